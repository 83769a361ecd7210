//! A PostgreSQL server of our own for the tests: made, started and thrown away again.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{DirBuilderExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::cache::Cache;
use crate::process;
use crate::setup::{ports, system};

/// Folders that have one folder a version, where packages put the programs.
const HOMES: [(&str, &str); 3] = [
    ("/usr/lib/postgresql", ""),
    ("/opt/homebrew/opt", "postgresql@"),
    ("/usr/local/opt", "postgresql@"),
];

/// The folder with `initdb` and `postgres`: the newest that a package brought, or the PATH's.
pub fn programs() -> Result<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> =
        HOMES.iter().flat_map(|(home, prefix)| versions(Path::new(home), prefix)).collect();
    versions.sort();
    let newest = versions.pop().map(|(_, programs)| programs);
    let on_path = || {
        // A link stands for the folder that it leads to: the others lie there.
        let found = system::on_path(&["initdb"])?.canonicalize().ok()?;
        found.parent().map(Path::to_owned).filter(|folder| is_complete(folder))
    };
    newest.or_else(on_path).context("PostgreSQL is missing; run `cargo xtask setup`")
}

fn versions(home: &Path, prefix: &str) -> Vec<(u32, PathBuf)> {
    let Ok(entries) = fs::read_dir(home) else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let version = name.to_str()?.strip_prefix(prefix)?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(_, programs)| is_complete(programs))
        .collect()
}

fn is_complete(programs: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|program| programs.join(program).is_file())
}

/// A server that runs until this is dropped.
pub struct Server {
    process: Child,
    port: u16,
    /// Deleted after the process has ended.
    folder: Folder,
}

impl Server {
    /// Makes a database in a temporary folder and serves it on a free port of this machine.
    ///
    /// It writes to disk as a real one does: a test that passes only without `fsync` proves little.
    pub fn start(cache: &Cache) -> Result<Self> {
        let programs = programs()?;
        let user = User::find()?;
        let folder = Folder::make(cache, user.as_ref())?;
        let data = folder.0.join("data");
        let mut initdb = Command::new(programs.join("initdb"));
        initdb.args(["-U", "treehouse", "--auth=trust", "-E", "UTF8", "--locale=C", "-D"]);
        initdb.arg(&data).stdout(Stdio::null());
        process::run(run_as(&mut initdb, user.as_ref(), &folder))?;

        let [port] = ports::free::<1>()?;
        let mut postgres = Command::new(programs.join("postgres"));
        postgres.arg("-D").arg(&data).args(["-p", &port.to_string()]);
        for setting in [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=500",
            "lc_messages=C",
        ] {
            postgres.args(["-c", setting]);
        }
        postgres.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let process = run_as(&mut postgres, user.as_ref(), &folder)
            .spawn()
            .context("cannot start PostgreSQL")?;
        // From here on, whatever fails stops it again.
        let mut server = Self { process, port, folder };
        let log = server.process.stderr.take().context("PostgreSQL has no log")?;
        wait_until_ready(log)?;
        Ok(server)
    }

    /// Where it listens, with a user who may do everything.
    pub fn address(&self) -> String {
        self.address_of("postgres")
    }

    fn address_of(&self, database: &str) -> String {
        format!("postgres://treehouse@127.0.0.1:{}/{database}", self.port)
    }

    /// Makes an empty database; answers its address.
    pub fn create(&self, name: &str) -> Result<String> {
        let mut createdb = Command::new(programs()?.join("createdb"));
        createdb.arg("--maintenance-db").arg(self.address()).arg(name);
        process::run(&mut createdb)?;
        Ok(self.address_of(name))
    }

    /// The folder in which it keeps everything.
    pub fn data(&self) -> PathBuf {
        self.folder.0.join("data")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGINT asks it to end at once and in order; only this one, by its own number.
        let process = self.process.id().to_string();
        let asked = process::succeeds(Command::new("kill").args(["-INT", &process]));
        if !asked && self.process.kill().is_err() {
            let folder = self.folder.0.display();
            println!("PostgreSQL (process {process}, {folder}) cannot be stopped; do it by hand");
            return;
        }
        if let Err(error) = self.process.wait() {
            println!("PostgreSQL (process {process}) did not end: {error}");
        }
    }
}

/// Reads the log until the server takes connections, then lets it flow on unread.
fn wait_until_ready(log: ChildStderr) -> Result<()> {
    let mut log = BufReader::new(log);
    let mut text = String::new();
    while !text.contains("ready to accept connections") {
        if log.read_line(&mut text).context("cannot read the log of PostgreSQL")? == 0 {
            bail!("PostgreSQL ended before it was ready:\n{text}");
        }
    }
    std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
    Ok(())
}

/// Whom PostgreSQL runs as, because it refuses to run as root.
struct User {
    uid: u32,
    gid: u32,
}

impl User {
    /// The user that its package makes; nobody else than ourselves, unless we are root.
    fn find() -> Result<Option<Self>> {
        if !system::is_root() {
            return Ok(None);
        }
        let number = |flag: &str| -> Result<u32> {
            let text = process::capture(Command::new("id").args([flag, "postgres"])).context(
                "PostgreSQL refuses to run as root, and there is no user `postgres`; \
                 run the tests as another user",
            )?;
            text.trim().parse().context("`id` printed something that is not a number")
        };
        Ok(Some(Self { uid: number("-u")?, gid: number("-g")? }))
    }
}

fn run_as<'a>(command: &'a mut Command, user: Option<&User>, folder: &Folder) -> &'a mut Command {
    command.current_dir(&folder.0);
    match user {
        Some(user) => command.uid(user.uid).gid(user.gid),
        None => command,
    }
}

/// Where the database lies; one for each run of the tests, deleted at its end.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            println!("{} cannot be deleted: {error}", self.0.display());
        }
    }
}

impl Folder {
    fn make(cache: &Cache, user: Option<&User>) -> Result<Self> {
        // Nobody else can enter the home of root, in which the cache lies.
        let parent = if user.is_some() { std::env::temp_dir() } else { cache.root().to_owned() };
        let folder = parent.join(format!("treehouse-postgres-{}", std::process::id()));
        if folder.exists() {
            // Left by a run that was killed and had the number that we have now.
            fs::remove_dir_all(&folder)
                .with_context(|| format!("cannot delete {}", folder.display()))?;
        }
        let made = fs::DirBuilder::new().mode(0o700).create(&folder);
        made.with_context(|| format!("cannot make {}", folder.display()))?;
        if let Some(user) = user {
            chown(&folder, Some(user.uid), Some(user.gid))
                .with_context(|| format!("cannot give away {}", folder.display()))?;
        }
        Ok(Self(folder))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_starts_serves_and_leaves_nothing_behind() {
        let cache = Cache::locate().unwrap();
        let server = Server::start(&cache).unwrap();
        let (port, folder) = (server.port, server.folder.0.clone());
        let ready = programs().unwrap().join("pg_isready");
        let answers = || {
            let port = port.to_string();
            process::succeeds(Command::new(&ready).args(["-h", "127.0.0.1", "-p", &port]))
        };
        assert!(answers());
        assert!(folder.is_dir());
        drop(server);
        assert!(!answers());
        assert!(!folder.exists());
    }

    #[test]
    fn the_newest_version_is_taken_and_half_a_one_is_not() {
        let home = std::env::temp_dir().join(format!("treehouse-homes-{}", std::process::id()));
        for version in ["9", "15", "16"] {
            let programs = home.join(version).join("bin");
            fs::create_dir_all(&programs).unwrap();
            fs::write(programs.join("initdb"), "").unwrap();
            if version != "16" {
                fs::write(programs.join("postgres"), "").unwrap();
            }
        }
        let newest = versions(&home, "").into_iter().max();
        fs::remove_dir_all(&home).unwrap();
        assert_eq!(newest, Some((15, home.join("15").join("bin"))));
    }
}
