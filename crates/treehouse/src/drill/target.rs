//! The server that is attacked: this program as `treehouse serve`, in a process and a folder of its
//! own, over TLS, logging all that it can.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use treehouse_client::Server;
use treehouse_protocol::PLANTED_PLAINTEXT;
use treehouse_protocol::id::FamilyId;

/// How long a letter may take.
const LETTER_MAX: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(10);

/// Where the databases are, if they don't lie in the folder.
#[derive(Debug, Clone)]
pub struct Postgres {
    /// A file with the address of the database.
    pub database: PathBuf,
    /// A file with the address of the key store.
    pub key_store: PathBuf,
}

/// A running server, killed when this is dropped.
pub struct Target {
    /// Its folder.
    pub folder: PathBuf,
    /// Its process.
    pub process: u32,
    url: String,
    authority: String,
    child: Child,
}

impl Target {
    /// Starts a server in an empty folder and waits until it listens.
    ///
    /// # Errors
    /// It doesn't start; its log says why.
    pub fn start(folder: &Path, postgres: Option<&Postgres>) -> Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let url = format!("https://localhost:{}", address.port());
        private_folder(folder)?;
        private_folder(&folder.join("apart"))?;
        let phrase = FamilyId::random(&mut treehouse_server::random::rng()).to_string();
        private_file(&folder.join("apart/passphrase"), &phrase)?;
        private_file(&folder.join("registers.toml"), treehouse_server::registers::DEMONSTRATION)?;
        let config = folder.join("treehouse.toml");
        private_file(&config, &configuration(folder, &url, address.port(), postgres)?)?;
        let log = fs::File::create(folder.join("server.log"))?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["serve", "--json", "-vv", "--config"]).arg(&config);
        if PLANTED_PLAINTEXT {
            command.arg("--control-of-the-drill");
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().context("the server under attack can't be started")?;
        let mut said = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out).read_line(&mut said)?;
        }
        let process = child.id();
        let mut target =
            Self { folder: folder.to_owned(), process, url, authority: String::new(), child };
        ensure!(!said.is_empty(), "the server under attack doesn't start: {}", target.log());
        let certificate = folder.join("store/certificates/certificate.pem");
        target.authority = fs::read_to_string(certificate)?;
        Ok(target)
    }

    fn log(&self) -> String {
        let log = fs::read_to_string(self.folder.join("server.log")).unwrap_or_default();
        log.lines().next_back().unwrap_or("it says nothing").to_owned()
    }

    /// A connection for a new client.
    pub async fn connect(&self) -> Result<Server> {
        Ok(Server::connect(&self.url, Some(&self.authority)).await?)
    }

    /// The address that the clients use.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The token of the last letter to this address with a link of this kind, such as `open`.
    pub async fn letter(&self, to: &str, kind: &str) -> Result<String> {
        let start = format!("{}/{kind}#", self.url);
        let looked = tokio::time::timeout(LETTER_MAX, async {
            loop {
                for text in self.letters()?.iter().rev().filter(|text| text.contains(to)) {
                    if let Some((_, rest)) = text.split_once(&start) {
                        return Ok(rest.chars().take_while(|sign| !sign.is_whitespace()).collect());
                    }
                }
                tokio::time::sleep(PAUSE).await;
            }
        });
        looked.await.with_context(|| format!("a letter doesn't come: {}", self.log()))?
    }

    /// The letters, oldest first, as whoever gets them reads them.
    fn letters(&self) -> Result<Vec<String>> {
        let mut letters: Vec<(SystemTime, String)> = Vec::new();
        for entry in fs::read_dir(self.folder.join("mail"))? {
            let path = entry?.path();
            if path.extension().is_some_and(|ending| ending == "eml") {
                let text = fs::read_to_string(&path)?.replace("=\r\n", "");
                letters.push((path.metadata()?.modified()?, text));
            }
        }
        letters.sort_by_key(|(written, _)| *written);
        Ok(letters.into_iter().map(|(_, text)| text).collect())
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn configuration(
    folder: &Path,
    url: &str,
    port: u16,
    postgres: Option<&Postgres>,
) -> Result<String> {
    let folder = folder.to_str().context("the folder's name must be UTF-8")?;
    ensure!(!folder.contains(['"', '\\']), "the folder's name must have no quotes");
    let postgres = postgres.map_or_else(String::new, |postgres| {
        format!(
            "postgres_url_file = \"{}\"\nkey_store_postgres_url_file = \"{}\"\n",
            postgres.database.display(),
            postgres.key_store.display()
        )
    });
    Ok(format!(
        r#"
[server]
deployment = "treehouse-drill"
listen = "127.0.0.1:{port}"
public_url = "{url}"
[store]
folder = "{folder}/store"
{postgres}
[blobs]
kind = "disk"
folder = "{folder}/blobs"
[mail]
kind = "outbox"
folder = "{folder}/mail"
from = "treehouse@drill.example"
[root_key]
kind = "file"
path = "{folder}/apart/root.key"
passphrase_file = "{folder}/apart/passphrase"
[operator]
name = "Treehouse Drill"
address = ["1 Drill Street", "Exampletown"]
email = "operator@drill.example"
[registers]
file = "{folder}/registers.toml"
[limits]
anonymous_per_minute_max = 100000
requests_per_minute_max = 100000
"#
    ))
}

fn private_folder(path: &Path) -> Result<()> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.with_context(|| format!("{} can't be made", path.display()))
}

fn private_file(path: &Path, text: &str) -> Result<()> {
    let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = file.with_context(|| format!("{} can't be made", path.display()))?;
    Ok(std::io::Write::write_all(&mut file, text.as_bytes())?)
}
