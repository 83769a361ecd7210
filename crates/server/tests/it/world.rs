//! A whole deployment in this process, over real TLS, on either engine. Its clock stands still
//! until a test moves it, and its letters lie in a folder.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use treehouse_client::Server;
use treehouse_server::app::{App, steward};
use treehouse_server::config::{
    self, Advisories, Alarms, Blobs, Config, Limits, Log, Mail, Operator, RootKey, Sms, Store, Tls,
};
use treehouse_server::domain::offer::Desk;
use treehouse_server::domain::steward::{Reason, StewardName};
use treehouse_server::http::bound::Bound;
use treehouse_server::http::{self, serve};
use treehouse_server::jobs;
use treehouse_server::port::clock::{Clock as _, ManualClock, SystemClock, Time};
use treehouse_server::port::mail::Mailer;
use treehouse_server::start::{self, Started};
use treehouse_server::store::{self, Db, Engine, Location, Sql};

use crate::http::{Caller, Http};
use crate::support::{self, Fresh};

/// When every story begins: 3 August 2026, nine o'clock.
const START: Time = Time(1_785_747_600_000);

/// What the server keeps, by table; letters are counted in their folder.
const COUNTS: &[(&str, Sql)] = &[
    ("account", Sql::new("SELECT COUNT(*) FROM account")),
    ("bundle", Sql::new("SELECT COUNT(*) FROM bundle")),
    ("slot", Sql::new("SELECT COUNT(*) FROM slot")),
    ("verification", Sql::new("SELECT COUNT(*) FROM verification")),
    ("scan", Sql::new("SELECT COUNT(*) FROM scan")),
    ("inquiry", Sql::new("SELECT COUNT(*) FROM inquiry")),
    ("payment", Sql::new("SELECT COUNT(*) FROM payment")),
    ("family", Sql::new("SELECT COUNT(*) FROM family")),
    ("link", Sql::new("SELECT COUNT(*) FROM link")),
    ("destruction", Sql::new("SELECT COUNT(*) FROM destruction")),
    ("record", Sql::new("SELECT COUNT(*) FROM record")),
    ("blob", Sql::new("SELECT COUNT(*) FROM blob")),
    ("blob_part", Sql::new("SELECT COUNT(*) FROM blob_part")),
    ("pairing", Sql::new("SELECT COUNT(*) FROM pairing")),
    ("toy", Sql::new("SELECT COUNT(*) FROM toy")),
    ("invitation", Sql::new("SELECT COUNT(*) FROM invitation")),
    ("steward", Sql::new("SELECT COUNT(*) FROM steward")),
    ("complaint", Sql::new("SELECT COUNT(*) FROM complaint")),
    ("steward_act", Sql::new("SELECT COUNT(*) FROM steward_act")),
    ("recovery", Sql::new("SELECT COUNT(*) FROM recovery")),
    ("address", Sql::new("SELECT COUNT(*) FROM address")),
    ("session", Sql::new("SELECT COUNT(*) FROM session")),
    ("mail_link", Sql::new("SELECT COUNT(*) FROM mail_link")),
];

/// A deployment that runs.
pub struct World {
    pub engine: Engine,
    pub config: Config,
    pub http: Http,
    /// Its certificate, in PEM.
    pub authority: String,
    pub clock: ManualClock,
    pub app: Arc<App>,
    /// The database, as another process sees it.
    pub db: Db,
    pub mailer: Arc<Mailer>,
    mail: PathBuf,
    /// The public files of the log.
    pub log_folder: PathBuf,
    listening: serve::Listening,
    // Last: it may only go when nothing uses it any more.
    folder: TempDir,
    databases: [Fresh; 2],
}

impl World {
    /// One deployment on each engine.
    pub async fn both() -> [Self; 2] {
        Self::both_with(|_| {}).await
    }

    /// The same, configured differently.
    pub async fn both_with(change: impl Fn(&mut Config)) -> [Self; 2] {
        let [sqlite, postgres] = support::engines().await;
        let [sqlite_keys, postgres_keys] = support::engines().await;
        [
            Self::start([sqlite, sqlite_keys], &change).await,
            Self::start([postgres, postgres_keys], &change).await,
        ]
    }

    /// The same at the time that it is: for whoever speaks to a real program, which has no other.
    pub async fn both_now(change: impl Fn(&mut Config)) -> [Self; 2] {
        let worlds = Self::both_with(change).await;
        for world in &worlds {
            world.clock.set(SystemClock.now());
        }
        worlds
    }

    async fn start(databases: [Fresh; 2], change: &impl Fn(&mut Config)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        // The port must be known before the service starts: proofs name the whole address.
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let bound = Bound::to(any).await.expect("a port is free");
        let address = bound.address();
        let url = format!("https://localhost:{}", address.port());
        let mut config = config(folder.path(), &databases, address, &url);
        change(&mut config);
        let clock = ManualClock::new(START);
        let started = start::start(&config, Arc::new(clock.clone())).await;
        let Started { app, mailer } = started.expect("the service starts");
        let certificate = serve::self_signed(folder.path(), serve::names_of(&url));
        let certificate = certificate.expect("a certificate can be made");
        let service = http::Service::new(Arc::clone(&app));
        let listening = serve::listen(service, bound, &certificate);
        Self {
            engine: databases[0].engine,
            config,
            http: Http::new(&url, &certificate.chain_pem),
            authority: certificate.chain_pem.clone(),
            clock,
            app,
            db: databases[0].open(store::MAIN, store::MAIN_STATEMENTS).await,
            mailer,
            mail: folder.path().join("mail"),
            log_folder: folder.path().join("log"),
            listening: listening.expect("the port is still free"),
            folder,
            databases,
        }
    }

    /// The same deployment at the same address, from other databases; the old one has stopped.
    pub async fn again(self, config: Config) -> Self {
        let Self { engine, http, authority, clock, mail, listening, folder, databases, .. } = self;
        listening.stop().await;
        let certificate = serve::self_signed(folder.path(), serve::names_of(&http.url));
        let certificate = certificate.expect("the certificate is there");
        let started = start::start(&config, Arc::new(clock.clone())).await;
        let Started { app, mailer } = started.expect("the service starts");
        let service = http::Service::new(Arc::clone(&app));
        let bound = Bound::to(config.server.listen).await.expect("the port is free again");
        let listening = serve::listen(service, bound, &certificate);
        let listening = listening.expect("the service listens again");
        let [location, _] = start::locations(&config).expect("the databases are known");
        let db = Db::open(&location, store::MAIN, store::MAIN_STATEMENTS).await;
        let (db, log_folder) = (db.expect("it opens"), start::log_folder(&config));
        Self {
            engine,
            config,
            http,
            authority,
            clock,
            app,
            db,
            mailer,
            mail,
            log_folder,
            listening,
            folder,
            databases,
        }
    }

    /// A second server over the same databases and the same log, that nobody asks anything.
    pub async fn second(&self) -> Arc<App> {
        let started = start::start(&self.config, Arc::new(self.clock.clone())).await;
        started.expect("a second server starts").app
    }

    /// A connection for a client of ours.
    pub async fn connect(&self) -> Server {
        let server = Server::connect(&self.http.url, Some(&self.authority)).await;
        server.expect("the client knows the server")
    }

    /// Somebody who proves nothing.
    pub fn nobody(&self) -> Caller {
        Caller::nobody(&self.http)
    }

    /// A steward with a pass for this long.
    pub async fn steward(&self, name: &str, lasts_ms: i64) -> Caller {
        let name = StewardName::parse(name).expect("a steward's name");
        let reason = Reason::parse("a pass for an integration test").expect("a reason");
        let pass = steward::issue_pass(&self.app, &name, lasts_ms, &reason).await;
        Caller::steward(&self.http, pass.expect("a pass is given").text().to_string())
    }

    /// Lets the jobs do what waits: letters, destructions.
    pub async fn work(&self) {
        jobs::turn(&self.app, &self.mailer).await;
    }

    /// How many letters have been posted.
    pub async fn letters(&self) -> usize {
        self.work().await;
        std::fs::read_dir(&self.mail).map_or(0, Iterator::count)
    }

    /// The token of the one letter to this address with a link of this kind, such as `open`. The
    /// letter is taken out of the folder.
    pub async fn letter(&self, to: &str, kind: &str) -> String {
        self.work().await;
        let start = format!("{}/{kind}#", self.http.url);
        for entry in std::fs::read_dir(&self.mail).expect("there are letters") {
            let path = entry.expect("a letter").path();
            let text = std::fs::read_to_string(&path).expect("a letter can be read");
            let text = text.replace("=\r\n", "");
            if let (true, Some((_, rest))) = (text.contains(to), text.split_once(&start)) {
                std::fs::remove_file(&path).expect("a letter can be taken");
                return rest.chars().take_while(|sign| !sign.is_whitespace()).collect();
            }
        }
        panic!("no letter to {to} has a link to {kind}")
    }

    /// The text messages that were sent to a number so far; they stay where they are.
    pub async fn texts(&self, to: &str) -> Vec<String> {
        self.work().await;
        let Some(Sms::Outbox { folder }) = &self.config.sms else { panic!("a folder") };
        let files = std::fs::read_dir(folder).expect("the folder is there");
        let texts = files.map(|file| {
            std::fs::read_to_string(file.expect("a file").path()).expect("a text can be read")
        });
        let start = format!("To: {to}\n\n");
        let mut texts: Vec<_> =
            texts.filter_map(|text| text.strip_prefix(&start).map(str::to_owned)).collect();
        texts.sort();
        texts
    }

    /// How many rows there are, by table.
    pub async fn census(&self) -> BTreeMap<&'static str, i64> {
        let mut counts = BTreeMap::new();
        for (table, sql) in COUNTS {
            let row = self.db.row(*sql, Vec::new()).await.expect("rows can be counted");
            counts.insert(*table, row.expect("a count").int(0).expect("is a number"));
        }
        counts
    }
}

fn desk() -> Desk {
    let (call, room) = ("+1 800 555 0100", "https://meet.localhost.example/parents");
    Desk::new(Some(call.to_owned()), Some(room.to_owned())).expect("staff can be reached")
}

fn config(folder: &Path, databases: &[Fresh; 2], listen: SocketAddr, url: &str) -> Config {
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).expect("a file can be written");
        path
    };
    let url_of = |database: &Fresh, name: &str| match &database.location {
        Location::Sqlite(_) => None,
        Location::Postgres(url) => Some(write(name, url)),
    };
    Config {
        server: config::Server {
            deployment: "treehouse-tests".to_owned(),
            listen,
            public_url: url.to_owned(),
            metrics_listen: None,
        },
        tls: Tls::SelfSigned,
        store: Store {
            folder: folder_of(&databases[0]).unwrap_or_else(|| folder.join("store")),
            postgres_url_file: url_of(&databases[0], "main.url"),
            key_store_postgres_url_file: url_of(&databases[1], "keys.url"),
        },
        blobs: Blobs::Disk { folder: folder.join("blobs") },
        mail: Mail::Outbox {
            folder: folder.join("mail"),
            from: "treehouse@localhost.example".to_owned(),
        },
        sms: Some(Sms::Outbox { folder: folder.join("sms") }),
        card: None,
        verifier: None,
        root_key: RootKey::File {
            path: folder.join("root.key"),
            passphrase_file: write("passphrase", "a passphrase for integration tests"),
        },
        operator: Operator {
            name: "Treehouse Tests".to_owned(),
            address: vec!["1 Example Street".to_owned()],
            email: "operator@localhost.example".to_owned(),
        },
        features: config::Features::default(),
        verification: desk(),
        registers: config::Registers {
            file: Some(write("registers.toml", treehouse_server::registers::DEMONSTRATION)),
        },
        // One process plays everybody.
        advisories: Advisories::default(),
        log: Log { folder: Some(folder.join("log")), ..Log::default() },
        alarms: Alarms::default(),
        retention: config::Retention::default(),
        claims: config::Claims::default(),
        limits: Limits {
            requests_per_minute_max: 1_000_000,
            anonymous_per_minute_max: 1_000_000,
            sign_ins_per_hour_max: 1_000_000,
            letters_per_hour_max: 1_000_000,
            codes_per_hour_max: 1_000_000,
            sms_per_hour_max: 1_000_000,
            sms_of_all_per_hour_max: 1_000_000,
            ..Limits::default()
        },
    }
}

/// Where an SQLite database lies, under the name that the service gives it.
fn folder_of(database: &Fresh) -> Option<PathBuf> {
    match &database.location {
        Location::Sqlite(file) => file.parent().map(Path::to_owned),
        Location::Postgres(_) => None,
    }
}
