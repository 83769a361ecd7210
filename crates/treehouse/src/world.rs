//! A whole deployment in one process, over real TLS: what the demo shows and the tests walk
//! through. Its clock can be moved, and its letters lie in a folder.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use treehouse_client::Server;
use treehouse_client::guardian::Guardian;
use treehouse_client::opaque::Ksf;
use treehouse_protocol::id::{FamilyId, Hash};
use treehouse_protocol::registry::Method;
use treehouse_server::app::{App, steward};
use treehouse_server::config::{
    Advisories, Alarms, Blobs, Claims, Config, Features, Limits, Log, LogWitness, Mail, Operator,
    Registers, Retention, RootKey, Server as Service, Sms, Store, Tls,
};
use treehouse_server::data_map::RuleId;
use treehouse_server::domain::offer::Desk;
use treehouse_server::domain::steward::{Reason, StewardName};
use treehouse_server::http;
use treehouse_server::http::bound::Bound;
use treehouse_server::http::serve::{self, Listening};
use treehouse_server::http::witness::{self, Witnessing};
use treehouse_server::jobs;
use treehouse_server::port::clock::{Clock, DAY_MS, ManualClock, SystemClock};
use treehouse_server::port::mail::Mailer;
use treehouse_server::registers::DEMONSTRATION;
use treehouse_server::start::{self, Started};
use treehouse_server::witness::{Opened, StateFile};
use treehouse_tlog::key::{KeyName, LogKey};

/// How many witnesses a world has, all of which are needed. They run on the same machine, which
/// proves nothing against whoever runs it: they show how it's done.
pub const WITNESSES: usize = 2;

/// Where a world keeps its things, and on which engine.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder.
    pub folder: PathBuf,
    /// Where it listens; port 0 for any.
    pub listen: SocketAddr,
    /// Files with the URLs of two PostgreSQL databases; the embedded store without them.
    pub postgres: Option<(PathBuf, PathBuf)>,
    /// The kinds of data that are offered.
    pub features: Features,
    /// Whether passwords are stretched as they must be, or cheaply, for tests.
    pub ksf: fn() -> Ksf,
}

/// A deployment that runs.
pub struct World {
    /// How clients reach it.
    pub url: String,
    /// Its certificate, in PEM.
    pub authority: String,
    /// Its time.
    pub clock: ManualClock,
    /// Its use cases.
    pub app: Arc<App>,
    mailer: Arc<Mailer>,
    listening: Listening,
    witnesses: Vec<Witnessing>,
    mail: PathBuf,
    toys: PathBuf,
    ksf: fn() -> Ksf,
}

/// A guardian of the story.
pub struct Person {
    /// The address.
    pub email: String,
    /// The password.
    pub password: String,
    /// The code of the recovery kit.
    pub kit: String,
    /// Signed in, with keys.
    pub guardian: Guardian,
}

impl World {
    /// Starts a deployment.
    pub async fn start(options: &Options) -> Result<Self> {
        let folder = &options.folder;
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join("registers.toml"), DEMONSTRATION)?;
        let passphrase = folder.join("passphrase");
        if !passphrase.exists() {
            let phrase = FamilyId::random(&mut treehouse_server::random::rng()).to_string();
            std::fs::write(&passphrase, phrase)?;
        }
        // The port must be known before the service starts: proofs name the whole address.
        let bound = Bound::to(options.listen).await?;
        let address = bound.address();
        let url = format!("https://localhost:{}", address.port());
        let mail = folder.join("mail");
        let neighbours = Neighbour::all(&folder.join("witnesses")).await?;
        let mut config = Self::config(options, &url, address, &mail, &passphrase);
        config.log.witness = neighbours.iter().map(Neighbour::row).collect();
        config.log.witnesses_needed = WITNESSES;
        let clock = ManualClock::new(SystemClock.now());
        let Started { app, mailer } = start::start(&config, Arc::new(clock.clone())).await?;
        let log = app.ledger.verifier();
        let mut witnesses = Vec::new();
        for neighbour in neighbours {
            witnesses.push(neighbour.listen(&log, clock.clone())?);
        }
        let certificate = serve::self_signed(folder, serve::names_of(&url))?;
        let service = http::Service::new(Arc::clone(&app));
        let listening = serve::listen(service, bound, &certificate)?;
        let authority = certificate.chain_pem.clone();
        let (toys, ksf) = (folder.join("toys"), options.ksf);
        Ok(Self { url, authority, clock, app, mailer, listening, witnesses, mail, toys, ksf })
    }

    fn config(
        options: &Options,
        url: &str,
        listen: SocketAddr,
        mail: &Path,
        passphrase: &Path,
    ) -> Config {
        let folder = &options.folder;
        let (database, key_store) = options.postgres.clone().unzip();
        Config {
            server: Service {
                deployment: "treehouse-demo".to_owned(),
                listen,
                public_url: url.to_owned(),
                metrics_listen: None,
            },
            tls: Tls::SelfSigned,
            store: Store {
                folder: folder.join("store"),
                postgres_url_file: database,
                key_store_postgres_url_file: key_store,
            },
            blobs: Blobs::Disk { folder: folder.join("blobs") },
            mail: Mail::Outbox {
                folder: mail.to_owned(),
                from: "treehouse@localhost.example".to_owned(),
            },
            sms: Some(Sms::Outbox { folder: folder.join("sms") }),
            card: None,
            verifier: None,
            root_key: RootKey::File {
                path: folder.join("root.key"),
                passphrase_file: passphrase.to_owned(),
            },
            operator: Operator {
                name: "Treehouse Demo".to_owned(),
                address: vec!["1 Example Street".to_owned(), "Exampletown".to_owned()],
                email: "operator@localhost.example".to_owned(),
            },
            features: options.features.clone(),
            verification: Desk::default(),
            advisories: Advisories::default(),
            registers: Registers { file: Some(folder.join("registers.toml")) },
            log: Log::default(),
            alarms: Alarms::default(),
            // One process plays everybody.
            retention: Retention::default(),
            claims: Claims::default(),
            limits: Limits {
                anonymous_per_minute_max: 100_000,
                requests_per_minute_max: 100_000,
                letters_per_hour_max: 1000,
                sign_ins_per_hour_max: 1000,
                ..Limits::default()
            },
        }
    }

    /// A connection for a new client.
    pub async fn connect(&self) -> Result<Server> {
        Ok(Server::connect(&self.url, Some(&self.authority)).await?)
    }

    /// Lets the jobs do what waits: letters, destructions.
    pub async fn work(&self) {
        jobs::turn(&self.app, &self.mailer).await;
    }

    /// Moves the clock.
    pub fn pass_days(&self, days: i64) {
        self.clock.advance_ms(days * DAY_MS);
    }

    /// The password stretching of this world.
    #[must_use]
    pub fn ksf(&self) -> Ksf {
        (self.ksf)()
    }

    /// The token of the last letter to this address with a link of this kind, such as `open`.
    pub async fn letter(&self, to: &str, kind: &str) -> Result<String> {
        self.work().await;
        let mut letters = Vec::new();
        for entry in std::fs::read_dir(&self.mail)? {
            let path = entry?.path();
            let written = path.metadata()?.modified()?;
            letters.push((written, std::fs::read_to_string(path)?));
        }
        letters.sort_by_key(|(written, _)| *written);
        let start = format!("{}/{kind}#", self.url);
        for (_, text) in letters.iter().rev().filter(|(_, text)| text.contains(to)) {
            let text = text.replace("=\r\n", "");
            if let Some((_, rest)) = text.split_once(&start) {
                return Ok(rest.chars().take_while(|sign| !sign.is_whitespace()).collect());
            }
        }
        bail!("no letter to {to} has a link to {kind}")
    }

    /// Checks that a letter to this address, or one that begins so, says something.
    pub async fn letter_says(&self, to: &str, said: &str) -> Result<()> {
        self.work().await;
        for entry in std::fs::read_dir(&self.mail)? {
            let text = std::fs::read_to_string(entry?.path())?.replace("=\r\n", "");
            let plain = text.replace("\r\n", " ").replace('\n', " ");
            if text.contains(to) && plain.contains(said) {
                return Ok(());
            }
        }
        bail!("no letter to {to} says that it {said}")
    }

    /// The pass of a steward of this name.
    pub async fn steward(&self, name: &str) -> Result<String> {
        let name = StewardName::parse(name).context("a steward's name")?;
        let reason = Reason::parse("a pass for the story").context("a reason")?;
        let pass = steward::issue_pass(&self.app, &name, RuleId::StewardPass.ms(), &reason).await?;
        Ok(pass.text().to_string())
    }

    /// Opens an account, with keys for a new family or for the one of an invitation, and has its
    /// holder verified by e-mail.
    pub async fn person(
        &self,
        name: &str,
        invitation: Option<&str>,
    ) -> Result<(Person, treehouse_client::guardian::Verification)> {
        let email = format!("{name}@families.example");
        let password = format!("{name} climbs the tree house");
        let server = self.connect().await?;
        Guardian::ask_link(&server, &email, false).await?;
        let token = self.letter(&email, "open").await?;
        let mut guardian = Guardian::register(&server, &token, &password, &self.ksf()).await?;
        let kit = match invitation {
            Some(url) => guardian.make_keys_for(url).await?,
            None => guardian.make_keys(None).await?,
        };
        let asked = guardian.ask_verification(Method::EmailPlus, notice(&server).await?).await?;
        let token = self.letter(&email, "verify").await?;
        Guardian::confirm(&server, &token).await?;
        let verified = guardian.verification(&asked.id).await?;
        let kit = kit.text().to_string();
        Ok((Person { email, password, kit, guardian }, verified))
    }

    /// A guardian who has founded a family.
    pub async fn founder(&self, name: &str) -> Result<Person> {
        let (mut person, verified) = self.person(name, None).await?;
        person.guardian.found_family(&verified).await?;
        Ok(person)
    }

    /// Where a toy of this name keeps its things.
    #[must_use]
    pub fn toy_folder(&self, name: &str) -> PathBuf {
        self.toys.join(name)
    }

    /// Stops the deployment.
    pub async fn stop(self) {
        self.listening.stop().await;
        for witness in self.witnesses {
            witness.stop().await;
        }
    }
}

/// A witness that doesn't listen yet: the log's key is known only when the log is open.
struct Neighbour {
    opened: Opened,
    bound: Bound,
}

impl Neighbour {
    /// Those that keep their memory in this folder; made if there are none.
    async fn all(folder: &Path) -> Result<Vec<Self>> {
        std::fs::create_dir_all(folder)?;
        let mut all = Vec::new();
        for number in 1..=WITNESSES {
            let state = folder.join(number.to_string());
            if !state.exists() {
                let name = KeyName::parse(&format!("localhost.example/witness-{number}"));
                let name = name.context("a witness' name")?;
                StateFile::create(&state, name, &mut treehouse_server::random::rng())?;
            }
            let bound = Bound::to((std::net::Ipv4Addr::LOCALHOST, 0).into()).await?;
            all.push(Self { opened: StateFile::open(&state)?, bound });
        }
        Ok(all)
    }

    fn row(&self) -> LogWitness {
        let key = self.opened.signer.key().to_string();
        LogWitness { key, url: format!("http://{}", self.bound.address()) }
    }

    fn listen(self, log: &str, clock: ManualClock) -> Result<Witnessing> {
        let logs = vec![LogKey::parse(log).context("the log's key")?];
        let clock = Arc::new(clock);
        Ok(witness::listen(self.opened, logs, clock, self.bound, None)?)
    }
}

/// The hash of the notice that a parent reads before consenting, as the server has it now.
pub async fn notice(server: &Server) -> Result<Hash> {
    Ok(server.notice("direct", "en").await?.hash)
}
