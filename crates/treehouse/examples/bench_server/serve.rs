//! The server under load: this program again, as a process of its own, so that what it costs is
//! counted apart from the load.

use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rusqlite::Connection;
use treehouse_protocol::id::FamilyId;
use treehouse_server::app::App;
use treehouse_server::config::{
    Alarms, Blobs, Config, Features, Limits, Log, Mail, Operator, Registers, Retention, RootKey,
    Server as Service, Store, Tls,
};
use treehouse_server::domain::offer::Desk;
use treehouse_server::http::bound::Bound;
use treehouse_server::http::serve::{self, names_of, self_signed};
use treehouse_server::port::clock::SystemClock;
use treehouse_server::registers::DEMONSTRATION;
use treehouse_server::start::{self, Started};
use treehouse_server::{http, jobs};

use crate::now;
use crate::post::Post;
use crate::wire::Wire;

/// The argument that makes this program the server.
pub const SERVE: &str = "--serve";
/// The name of the deployment.
pub const DEPLOYMENT: &str = "bench";
/// One process plays everybody, so nobody is slowed down.
const UNLIMITED: u32 = 1_000_000_000;

/// The configuration of a server over this folder.
pub fn config(folder: &Path, port: u16) -> Config {
    Config {
        server: Service {
            deployment: DEPLOYMENT.to_owned(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            public_url: format!("https://localhost:{port}"),
            metrics_listen: None,
        },
        tls: Tls::SelfSigned,
        store: Store {
            folder: folder.join("store"),
            postgres_url_file: None,
            key_store_postgres_url_file: None,
        },
        blobs: Blobs::Disk { folder: folder.join("blobs") },
        mail: Mail::Outbox {
            folder: folder.join("mail"),
            from: "treehouse@localhost.example".to_owned(),
        },
        sms: None,
        card: None,
        verifier: None,
        root_key: RootKey::File {
            path: folder.join("root.key"),
            passphrase_file: folder.join("passphrase"),
        },
        operator: Operator {
            name: "Treehouse Bench".to_owned(),
            address: vec!["1 Example Street".to_owned(), "Exampletown".to_owned()],
            email: "operator@localhost.example".to_owned(),
        },
        features: Features::default(),
        verification: Desk::default(),
        registers: Registers { file: Some(folder.join("registers.toml")) },
        log: Log::default(),
        // A few readers stand for many.
        alarms: Alarms {
            items_per_hour_max: u32::MAX,
            items_per_minute_max: u32::MAX,
            ..Alarms::default()
        },
        retention: Retention::default(),
        claims: treehouse_server::config::Claims::default(),
        advisories: treehouse_server::config::Advisories::default(),
        limits: Limits {
            anonymous_per_minute_max: UNLIMITED,
            requests_per_minute_max: UNLIMITED,
            sign_ins_per_hour_max: UNLIMITED,
            letters_per_hour_max: UNLIMITED,
            codes_per_hour_max: UNLIMITED,
            live_per_family_max: 1_024,
            // All of its clients are on this machine.
            connections_per_address_max: UNLIMITED,
            ..Limits::default()
        },
    }
}

/// Is the server, until standard input ends.
pub async fn serve(folder: &Path, port: u16) -> Result<()> {
    let config = config(folder, port);
    let Started { app, mailer } = start::start(&config, Arc::new(SystemClock)).await?;
    let certificate = self_signed(folder, names_of(&config.server.public_url))?;
    let service = http::Service::new(Arc::clone(&app));
    let bound = Bound::to(config.server.listen).await?;
    let listening = serve::listen(service, bound, &certificate)?;
    let jobs = tokio::spawn(jobs::run(app, mailer, listening.closing()));
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    listening.stop().await;
    jobs.await.context("the jobs failed")
}

/// A server that runs until this is dropped.
pub struct Served {
    process: Child,
    /// The server stops when this is closed.
    input: Option<ChildStdin>,
    /// Where it listens.
    pub port: u16,
    /// Everything that it keeps.
    pub folder: PathBuf,
    /// The authority of its certificate, in PEM.
    pub authority: String,
    /// From starting the process to the first `ready`.
    pub ready_after: Duration,
    /// The letters that it writes.
    pub post: Post,
}

impl Served {
    /// Starts a server over this folder; a fresh one if it's empty.
    pub async fn start(folder: &Path) -> Result<Self> {
        let port = prepare(folder)?;
        let began = now();
        let mut process = Command::new(std::env::current_exe()?)
            .args([SERVE.as_ref(), folder.as_os_str(), port.to_string().as_ref()])
            .stdin(Stdio::piped())
            .spawn()
            .context("the server can't be started")?;
        let input = process.stdin.take();
        let mut served = Self {
            process,
            input,
            port,
            folder: folder.to_owned(),
            authority: String::new(),
            ready_after: Duration::ZERO,
            post: Post::new(folder.join("mail")),
        };
        served.wait(began).await?;
        Ok(served)
    }

    async fn wait(&mut self, began: Instant) -> Result<()> {
        let certificate = self.folder.join("certificate.pem");
        while began.elapsed() < Duration::from_mins(1) {
            ensure!(self.process.try_wait()?.is_none(), "the server ended; its log says why");
            self.authority = std::fs::read_to_string(&certificate).unwrap_or_default();
            if let Ok(mut wire) = Wire::connect(&self.authority, self.port).await {
                let answer = wire.get("/readyz", "").await?;
                ensure!(answer.status == 200, "the server isn't ready: {}", answer.status);
                self.ready_after = began.elapsed();
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        anyhow::bail!("the server isn't ready after a minute")
    }

    /// Where it listens.
    pub fn place(&self) -> Place {
        let processes = vec![self.process.id()];
        Place { authority: self.authority.clone(), port: self.port, processes }
    }

    /// A new connection.
    pub async fn connect(&self) -> Result<Wire> {
        Wire::connect(&self.authority, self.port).await
    }

    /// Where clients reach it.
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// CPU that it has used, in seconds.
    pub fn cpu_s(&self) -> Result<f64> {
        cpu_s(self.process.id())
    }

    /// Memory that it holds, in MiB.
    pub fn memory_mib(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib: f64 = line.context("no VmRSS")?.trim().trim_end_matches(" kB").parse()?;
        Ok(kib / 1024.0)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.input.take());
        if let Err(error) = self.process.wait() {
            eprintln!("the server can't be waited for: {error}");
        }
    }
}

/// Puts into a folder what a configuration needs, unless it's there. Answers the port.
fn prepare(folder: &Path) -> Result<u16> {
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("registers.toml"), DEMONSTRATION)?;
    let passphrase = folder.join("passphrase");
    if !passphrase.exists() {
        let phrase = FamilyId::random(&mut treehouse_server::random::rng()).to_string();
        std::fs::write(&passphrase, phrase)?;
    }
    port(folder)
}

/// The use cases over a folder, in this process.
pub async fn open(folder: &Path) -> Result<Arc<App>> {
    let config = config(folder, prepare(folder)?);
    Ok(start::start(&config, Arc::new(SystemClock)).await?.app)
}

/// The database of a folder, for a look or a hand that the service doesn't offer.
pub fn database(folder: &Path) -> Result<Connection> {
    let db = Connection::open(folder.join("store").join(start::DATABASE_FILE))?;
    db.busy_timeout(Duration::from_secs(10))?;
    Ok(db)
}

/// A free port, and the same one again: it names the server's log, which keeps its name.
fn port(folder: &Path) -> Result<u16> {
    let kept = folder.join("port");
    if let Ok(port) = std::fs::read_to_string(&kept) {
        return Ok(port.parse()?);
    }
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    std::fs::write(&kept, port.to_string())?;
    Ok(port)
}

/// Where something listens on this machine, and what does the work there.
pub struct Place {
    /// The authority of its certificate, in PEM.
    pub authority: String,
    /// Its port.
    pub port: u16,
    /// Its processes.
    pub processes: Vec<u32>,
}

impl Place {
    /// CPU that it has used, in seconds.
    pub fn cpu_s(&self) -> Result<f64> {
        self.processes.iter().map(|process| cpu_s(*process)).sum()
    }
}

/// CPU that the threads of a process have used, in seconds.
pub fn cpu_s(process: u32) -> Result<f64> {
    let mut ns = 0.0;
    for task in std::fs::read_dir(format!("/proc/{process}/task"))? {
        // A thread may end between the two.
        let times = std::fs::read_to_string(task?.path().join("schedstat")).unwrap_or_default();
        ns += times.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0);
    }
    Ok(ns / 1e9)
}
