//! What a thief takes: everything that the server keeps, but for the root key and its passphrase.
//!
//! To have something else stolen, such as a backup, add a [`Piece`] and how it is taken.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde::Serialize;

use super::canary::{Class, Kind};
use super::memory;
use super::target::{Postgres, Target};

/// A thing that is stolen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Piece {
    /// The database.
    Database,
    /// What was written to it last.
    Wal,
    /// The store of outer keys and of the deployment's secrets, without the root key.
    KeyStore,
    /// Pictures.
    Blobs,
    /// The log, as verbose as it gets.
    Logs,
    /// Settings and certificates.
    Settings,
    /// The memory while requests run.
    MemoryBusy,
    /// The memory a moment later.
    MemoryAfter,
    /// The letters on their way out.
    Mail,
    /// A backup of data and keys, as `treehouse backup` takes it.
    Backup,
    /// Everything that went over any network, this machine's own too, while canaries were planted.
    Network,
    /// What another program stole.
    Other,
}

impl Piece {
    /// What it is called in the table.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Database => "the database",
            Self::Wal => "its write-ahead log",
            Self::KeyStore => "the key store, without the root key",
            Self::Blobs => "the pictures' store",
            Self::Logs => "the log, as verbose as it gets",
            Self::Settings => "settings and certificates",
            Self::MemoryBusy => "the memory, while requests run",
            Self::MemoryAfter => "the memory, afterwards",
            Self::Mail => "what leaves by mail",
            Self::Backup => "a backup of all of it",
            Self::Network => "what went over the network",
            Self::Other => "what another thief took",
        }
    }

    /// Whether it lies on a disk of the server, or where its backups do.
    pub const fn is_on_disk(self) -> bool {
        !matches!(self, Self::MemoryBusy | Self::MemoryAfter | Self::Network | Self::Other)
    }

    /// Whether a canary of this kind may be found in it. The server must read some things while it
    /// works, and letters must say whom they go to and how to go on.
    pub const fn may_hold(self, kind: Kind) -> bool {
        match self {
            Self::MemoryBusy | Self::MemoryAfter => {
                matches!(kind.class(), Class::Read | Class::Tokens)
            }
            Self::Mail => matches!(kind, Kind::Email | Kind::Letter),
            _ => false,
        }
    }
}

/// A piece as it was taken.
#[derive(Debug)]
pub struct Taken {
    /// Which.
    pub piece: Piece,
    /// Where it lies now; or why it wasn't taken, and what to do.
    pub place: Result<PathBuf, String>,
}

/// Takes the memory of the server into the thief's folder.
pub fn memory(target: &Target, piece: Piece, folder: &Path) -> Taken {
    let to = folder.join(format!("{piece:?}.bin").to_lowercase());
    Taken { piece, place: memory::dump(target.process, &to).map(|_| to) }
}

/// Takes everything that lies on disks into the thief's folder.
///
/// # Errors
/// A file can't be copied.
pub fn disks(target: &Target, postgres: Option<&PostgresFiles>, to: &Path) -> Result<Vec<Taken>> {
    let from = &target.folder;
    let mut taken = match postgres {
        None => vec![
            backup(from, to)?,
            copy(Piece::Database, from, to, &["store/treehouse.db"])?,
            copy(Piece::Wal, from, to, &["store/treehouse.db-wal", "store/treehouse.db-shm"])?,
            copy(
                Piece::KeyStore,
                from,
                to,
                &["store/keys.db", "store/keys.db-wal", "store/keys.db-shm"],
            )?,
        ],
        Some(files) => files.take(to)?,
    };
    taken.extend([
        copy(Piece::Blobs, from, to, &["blobs"])?,
        copy(Piece::Logs, from, to, &["server.log"])?,
        copy(Piece::Settings, from, to, &["treehouse.toml", "store/certificates"])?,
        copy(Piece::Mail, from, to, &["mail"])?,
    ]);
    Ok(taken)
}

/// Takes a backup, both halves of it, as the operator does while the server runs.
fn backup(from: &Path, to: &Path) -> Result<Taken> {
    let folder = to.join("backup");
    fs::create_dir_all(&folder)?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["backup", "--config"]).arg(from.join("treehouse.toml"));
    command.arg("--data").arg(folder.join("data")).arg("--keys").arg(folder.join("keys"));
    let output = command.output().context("no backup can be taken")?;
    let said = || String::from_utf8_lossy(&output.stderr).trim().to_owned();
    let place = if output.status.success() { Ok(folder) } else { Err(said()) };
    Ok(Taken { piece: Piece::Backup, place })
}

/// Runs another thief: a program that is told where the database is, and leaves its loot in an empty
/// folder.
///
/// # Errors
/// The folder can't be made.
pub fn other(
    thief: &[String],
    target: &Target,
    postgres: Option<&PostgresFiles>,
    to: &Path,
) -> Result<Taken> {
    let folder = to.join("other");
    fs::create_dir_all(&folder)?;
    let mut words = thief.iter();
    let mut command = Command::new(words.next().context("the thief has no name")?);
    command.args(words);
    match postgres {
        None => command.arg("--database").arg(target.folder.join("store/treehouse.db")),
        Some(files) => command.arg("--postgres").arg(&files.addresses.database),
    };
    let status = command.arg("--loot").arg(&folder).stdin(Stdio::null()).stdout(Stdio::null());
    let place = match status.status() {
        Ok(status) if status.success() => Ok(folder),
        Ok(status) => Err(format!("the program of --thief failed ({status}); it says why")),
        Err(error) => Err(format!("the program of --thief can't be run: {error}")),
    };
    Ok(Taken { piece: Piece::Other, place })
}

/// Where a thief finds PostgreSQL's databases.
#[derive(Debug, Clone)]
pub struct PostgresFiles {
    /// Their addresses.
    pub addresses: Postgres,
    /// The folder in which PostgreSQL keeps everything, its write-ahead log too.
    pub folder: PathBuf,
}

impl PostgresFiles {
    /// Takes a dump of each database, and the folder with everything in it.
    fn take(&self, to: &Path) -> Result<Vec<Taken>> {
        let Postgres { database, key_store } = &self.addresses;
        Ok(vec![
            Taken { piece: Piece::Database, place: dumped(database, &to.join("database.sql")) },
            Taken { piece: Piece::KeyStore, place: dumped(key_store, &to.join("keystore.sql")) },
            copy(Piece::Wal, &self.folder, to, &["base", "pg_wal"])?,
        ])
    }
}

fn dumped(address: &Path, to: &Path) -> Result<PathBuf, String> {
    let advice = |error: String| format!("pg_dump doesn't run ({error}); put it into the PATH");
    let url = fs::read_to_string(address).map_err(|error| advice(error.to_string()))?;
    let mut command = Command::new("pg_dump");
    let dumped = command.arg("--file").arg(to).arg(url.trim()).output();
    let dumped = dumped.map_err(|error| advice(error.to_string()))?;
    if dumped.status.success() {
        return Ok(to.to_owned());
    }
    Err(advice(String::from_utf8_lossy(&dumped.stderr).trim().to_owned()))
}

/// Copies what is there of these files and folders.
fn copy(piece: Piece, from: &Path, to: &Path, names: &[&str]) -> Result<Taken> {
    let folder = to.join(format!("{piece:?}").to_lowercase());
    fs::create_dir_all(&folder)?;
    for name in names {
        let path = from.join(name);
        let Some(last) = path.file_name().filter(|_| path.exists()) else {
            continue;
        };
        copy_all(&path, &folder.join(last))
            .with_context(|| format!("{} can't be stolen", path.display()))?;
    }
    Ok(Taken { piece, place: Ok(folder) })
}

fn copy_all(from: &Path, to: &Path) -> Result<()> {
    if !from.is_dir() {
        return match fs::copy(from, to) {
            // A server that works makes and deletes files.
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        };
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        if let Some(name) = path.file_name() {
            copy_all(&path, &to.join(name))?;
        }
    }
    Ok(())
}
