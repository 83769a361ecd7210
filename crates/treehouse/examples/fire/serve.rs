//! The server under attack: `treehouse serve`, with a folder and a port that stay the same from one
//! start to the next.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use treehouse_protocol::id::FamilyId;

use crate::now;
use crate::post::Post;
use crate::wire::Wire;

/// The name of the deployment.
pub const DEPLOYMENT: &str = "treehouse-fire";
/// How long a start may take before it counts as failed.
const START_MAX: Duration = Duration::from_mins(1);
/// How long one question may take whether it is ready.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// Addresses of two PostgreSQL databases.
pub struct Databases {
    /// The data.
    pub data: String,
    /// The key store.
    pub keys: String,
}

/// A configuration on a port of its own, and all that a server keeps.
pub struct Place {
    program: PathBuf,
    /// Everything lies in it.
    pub folder: PathBuf,
    /// The PostgreSQL databases, if it isn't the embedded store.
    pub databases: Option<Databases>,
    port: u16,
    /// Whom clients trust.
    authority: PathBuf,
}

impl Place {
    /// Prepares an empty folder.
    pub fn new(program: PathBuf, folder: PathBuf, databases: Option<Databases>) -> Result<Self> {
        private_folder(&folder)?;
        private_folder(&folder.join("apart"))?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let authority = folder.join("store/certificates/certificate.pem");
        let place = Self { program, folder, databases, port, authority };
        let phrase = FamilyId::random(&mut treehouse_server::random::rng()).to_string();
        place.private_file("apart/passphrase", &phrase)?;
        place.private_file("registers.toml", treehouse_server::registers::DEMONSTRATION)?;
        if let Some(Databases { data, keys }) = &place.databases {
            place.private_file("apart/data", data)?;
            place.private_file("apart/keys", keys)?;
        }
        place.private_file("treehouse.toml", &place.configuration()?)?;
        Ok(place)
    }

    /// On which engine it keeps its rows.
    pub const fn engine(&self) -> &'static str {
        if self.databases.is_some() { "PostgreSQL" } else { "SQLite" }
    }

    /// The program that serves.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Where it listens.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The folder of the public log.
    pub fn log(&self) -> PathBuf {
        self.folder.join("store/log")
    }

    /// The file of the embedded database.
    pub fn database(&self) -> PathBuf {
        self.folder.join("store/treehouse.db")
    }

    /// Gives it a certificate from these files in its folder, instead of one that it makes.
    pub fn certify(&mut self, chain: &str, key: &str, authority: &str) -> Result<()> {
        let [chain, key] = [chain, key].map(|name| self.folder.join(name).display().to_string());
        let section =
            format!("[tls]\nmode = \"files\"\ncertificate = \"{chain}\"\nkey = \"{key}\"\n");
        self.configure(&section)?;
        self.authority = self.folder.join(authority);
        Ok(())
    }

    /// Adds a section to the configuration.
    pub fn configure(&self, section: &str) -> Result<()> {
        let path = self.folder.join("treehouse.toml");
        Ok(fs::write(&path, fs::read_to_string(&path)? + section)?)
    }

    /// Changes the configuration.
    pub fn replace(&self, from: &str, to: &str) -> Result<()> {
        let path = self.folder.join("treehouse.toml");
        let text = fs::read_to_string(&path)?;
        ensure!(text.contains(from), "the configuration has no {from}");
        Ok(fs::write(&path, text.replace(from, to))?)
    }

    fn private_file(&self, name: &str, text: &str) -> Result<()> {
        let path = self.folder.join(name);
        let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let mut file = file.with_context(|| format!("{} can't be made", path.display()))?;
        Ok(std::io::Write::write_all(&mut file, text.as_bytes())?)
    }

    fn configuration(&self) -> Result<String> {
        let folder = self.folder.to_str().context("the folder's name must be UTF-8")?;
        let port = self.port;
        let postgres = match &self.databases {
            Some(_) => format!(
                "postgres_url_file = \"{folder}/apart/data\"\n\
                 key_store_postgres_url_file = \"{folder}/apart/keys\"\n"
            ),
            None => String::new(),
        };
        Ok(format!(
            r#"
[server]
deployment = "{DEPLOYMENT}"
listen = "127.0.0.1:{port}"
public_url = "https://localhost:{port}"
[store]
folder = "{folder}/store"
{postgres}
[blobs]
kind = "disk"
folder = "{folder}/blobs"
[mail]
kind = "outbox"
folder = "{folder}/mail"
from = "treehouse@fire.example"
[root_key]
kind = "file"
path = "{folder}/apart/root.key"
passphrase_file = "{folder}/apart/passphrase"
[operator]
name = "Treehouse Fire"
address = ["1 Fire Street", "Exampletown"]
email = "operator@fire.example"
[registers]
file = "{folder}/registers.toml"
# One process plays everybody.
[limits]
anonymous_per_minute_max = 1000000000
requests_per_minute_max = 1000000000
sign_ins_per_hour_max = 1000000000
letters_per_hour_max = 1000
codes_per_hour_max = 1000
"#
        ))
    }

    /// Starts a server and waits until it is ready.
    pub async fn serve(&self) -> Result<Served> {
        match self.serve_under(&[], START_MAX).await? {
            Some(served) => Ok(served),
            None => bail!("the server doesn't start: {}", self.last_words()),
        }
    }

    /// The same under another program, which must become the server. None if it ends, or isn't
    /// ready in time.
    pub async fn serve_under(&self, under: &[String], wait: Duration) -> Result<Option<Served>> {
        let log = self.folder.join("server.log");
        let log = fs::OpenOptions::new().append(true).create(true).open(log)?;
        let began = now();
        let program = self.program.to_str().context("the program's path must be UTF-8")?;
        let mut words = under.iter().map(String::as_str).chain([program]);
        let mut command = Command::new(words.next().unwrap_or(program));
        command.args(words).args(["serve", "--json", "--config"]);
        command.arg(self.folder.join("treehouse.toml"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let child = command.spawn().context("the server can't be started")?;
        let mut served = self.started(child);
        Ok(served.gets_ready(began, wait).await?.then_some(served))
    }

    /// What a process serves that was started for this place.
    pub fn started(&self, child: Child) -> Served {
        Served {
            child,
            port: self.port,
            folder: self.folder.clone(),
            certificate: self.authority.clone(),
            authority: String::new(),
            ready_after: Duration::ZERO,
            post: Post::new(self.folder.join("mail")),
        }
    }

    /// The last line of the server's log.
    pub fn last_words(&self) -> String {
        let log = fs::read_to_string(self.folder.join("server.log")).unwrap_or_default();
        log.lines().next_back().unwrap_or("it says nothing").to_owned()
    }
}

/// A running server, killed when this is dropped.
pub struct Served {
    child: Child,
    /// Where it listens.
    pub port: u16,
    /// Everything that it keeps.
    pub folder: PathBuf,
    certificate: PathBuf,
    /// The authority of its certificate, in PEM.
    pub authority: String,
    /// From starting the process to the first `ready`.
    pub ready_after: Duration,
    /// The letters that it writes.
    pub post: Post,
}

impl Served {
    /// A new connection.
    pub async fn connect(&self) -> Result<Wire> {
        Wire::connect(&self.authority, self.port).await
    }

    /// Where clients reach it.
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// Its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// How many files and connections it has open.
    pub fn open_files(&self) -> Result<usize> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.child.id()))?.count())
    }

    /// The memory that it takes, in KiB.
    pub fn memory_kib(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
        kib.context("the system doesn't say how much memory it takes")
    }

    /// Waits until it is ready, for so long from `began` on; false if it ends or takes longer.
    pub async fn gets_ready(&mut self, began: Instant, wait: Duration) -> Result<bool> {
        while began.elapsed() < wait {
            if self.has_ended()? {
                return Ok(false);
            }
            self.authority = fs::read_to_string(&self.certificate).unwrap_or_default();
            // A machine that has just started may take a connection and say nothing.
            if tokio::time::timeout(ANSWER_MAX, self.is_ready()).await == Ok(true) {
                self.ready_after = began.elapsed();
                return Ok(true);
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(false)
    }

    /// Whether its process has ended.
    pub fn has_ended(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    async fn is_ready(&self) -> bool {
        let Ok(mut wire) = self.connect().await else {
            return false;
        };
        wire.get("/readyz", "").await.is_ok_and(|answer| answer.status == 200)
    }

    /// SIGKILL: the process gets no chance to do anything more.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait().map(drop).context("the server can't be waited for")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn private_folder(path: &Path) -> Result<()> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.with_context(|| format!("{} can't be made", path.display()))
}
