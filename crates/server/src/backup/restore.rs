//! Putting a backup back: whole, from its own time, and with everything buried again that families
//! have taken away since.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::leaf::{Entry, Kind};
use treehouse_protocol::registry::Coded;
use treehouse_tlog::audit;
use treehouse_tlog::checkpoint::SignedCheckpoint;
use treehouse_tlog::key::LogSigner;

use super::manifest::{Content, Manifest};
use super::take::BLOBS;
use super::{BackupError, files, notes};
use crate::app::bury::{self, Buried, Tombstones};
use crate::config::{Blobs, Config};
use crate::domain::leaf::Seal;
use crate::ledger::{self, Files};
use crate::port::blob::Place;
use crate::port::clock::{Clock, Time};
use crate::random;
use crate::start::{self, DATABASE_FILE, KEY_STORE_FILE, LOG_FOLDER};
use crate::store::leaf::{self, PutBack};
use crate::store::{self, Db, Location};

/// How to put it back.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The folder with the log's newest public files, as the server or anybody's mirror has them;
    /// without it, those of the configuration, else those of the backup.
    pub log: Option<PathBuf>,
    /// Put back a database that is older than the log.
    pub even_though_older: bool,
}

/// What the log knows and a database doesn't: how many entries, by kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lost(pub BTreeMap<&'static str, u64>);

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: u64 = self.0.values().sum();
        write!(f, "{all} entries came after it")?;
        for (index, (kind, count)) in self.0.iter().enumerate() {
            write!(f, "{} {count} of kind {kind}", if index == 0 { ":" } else { "," })?;
        }
        Ok(())
    }
}

/// What was put back.
#[derive(Debug)]
pub struct Restored {
    /// How many parts of blobs.
    pub parts: u64,
    /// What the log knows and the database doesn't.
    pub lost: Lost,
    /// What had to go again.
    pub buried: Buried,
}

/// Puts a backup back into an empty place, or deals with databases that were put back by other
/// means (`from` is `None`). `progress` is told how many parts of blobs are done.
///
/// # Errors
/// See [`BackupError`]. What was put back by then is taken away again.
pub async fn restore(
    config: &Config,
    from: Option<(&Path, &Path)>,
    options: &Options,
    clock: Arc<dyn Clock>,
    mut progress: impl FnMut(u64),
) -> Result<Restored, BackupError> {
    config.check().map_err(start::StartError::from)?;
    let mut placed = Vec::new();
    let done = Box::pin(put_back(config, from, options, clock, &mut placed, &mut progress)).await;
    if done.is_err() {
        for path in placed {
            // What can't be deleted is reported by the next try, which refuses it.
            let _ = if path.is_dir() {
                std::fs::remove_dir_all(&path)
            } else {
                std::fs::remove_file(&path)
            };
        }
    }
    done
}

async fn put_back(
    config: &Config,
    from: Option<(&Path, &Path)>,
    options: &Options,
    clock: Arc<dyn Clock>,
    placed: &mut Vec<PathBuf>,
    progress: &mut impl FnMut(u64),
) -> Result<Restored, BackupError> {
    let mut parts = 0;
    let mut newest = options.log.clone().unwrap_or_else(|| start::log_folder(config));
    if let Some((data, keys)) = from {
        let manifests = pair(config, data, keys, clock.now().0)?;
        place(config, data, keys, placed)?;
        if options.log.is_none() && !newest.join("checkpoint").exists() {
            newest = data.join(LOG_FOLDER);
        }
        parts = place_blobs(config, data, &manifests.0, placed, progress).await?;
    }
    let [main, keys] = start::locations(config)?;
    let db = open(&main, store::MAIN, store::MAIN_STATEMENTS).await?;
    let keys = open(&keys, store::KEYS, store::KEYS_STATEMENTS).await?;
    let secrets = start::open_secrets(config, &keys).await?;
    let known = leaf::progress(&db).await?;
    let signer =
        LogSigner::from_seed(ledger::origin(&config.server.public_url)?, secrets.log.expose());
    let read = read_log(&newest, &signer, known.size)?;
    if !read.lost.0.is_empty() && !options.even_though_older {
        return Err(BackupError::Older(read.lost));
    }
    let own = start::log_folder(config);
    if own != newest && !own.join("checkpoint").exists() {
        for name in files::walk(&newest)? {
            files::copy(&newest.join(&name), &own.join(&name))?;
        }
        placed.push(own);
    }
    let (seal, now) = (Seal::random(&mut random::rng()), clock.now().0);
    db.write(PutBack { published: read.size, seal, now }).await?;
    drop((db, keys, secrets));
    let started = start::start(config, clock).await?;
    let buried = bury::again(&started.app, &read.gone).await?;
    if notes::note_restored(config, Time(now)).is_err() {
        tracing::warn!("it was put back, and that isn't noted for the stewards' console");
    }
    Ok(Restored { parts, lost: read.lost, buried })
}

/// Reads both halves of a backup, and refuses what doesn't belong together or here.
fn pair(
    config: &Config,
    data: &Path,
    keys: &Path,
    now: i64,
) -> Result<(Manifest, Manifest), BackupError> {
    let data = Manifest::read(data, Content::Data)?;
    let keys = Manifest::read(keys, Content::Keys)?;
    if data.pair != keys.pair {
        return Err(BackupError::NotAPair);
    }
    let own = &config.server.deployment;
    if data.deployment != *own {
        return Err(BackupError::Another(data.deployment, own.clone()));
    }
    if let Some(ends) = keys.ends_ms.filter(|ends| *ends <= now) {
        return Err(BackupError::Ended((now - ends) / 3_600_000));
    }
    Ok((data, keys))
}

fn place(
    config: &Config,
    data: &Path,
    keys: &Path,
    placed: &mut Vec<PathBuf>,
) -> Result<(), BackupError> {
    let [Location::Sqlite(database), Location::Sqlite(key_store)] = start::locations(config)?
    else {
        return Err(BackupError::Postgres);
    };
    for (from, to) in [(data.join(DATABASE_FILE), database), (keys.join(KEY_STORE_FILE), key_store)]
    {
        if to.exists() {
            return Err(BackupError::Exists(to));
        }
        placed.push(to.clone());
        files::copy(&from, &to)?;
    }
    Ok(())
}

async fn place_blobs(
    config: &Config,
    data: &Path,
    manifest: &Manifest,
    placed: &mut Vec<PathBuf>,
    progress: &mut impl FnMut(u64),
) -> Result<u64, BackupError> {
    if let Blobs::Disk { folder } = &config.blobs {
        files::make_empty(folder)?;
        placed.push(folder.clone());
    }
    let to = start::blobs(&config.blobs)?;
    let prefix = format!("{BLOBS}/");
    let mut parts = 0;
    for name in manifest.files.keys() {
        let Some(key) = name.strip_prefix(&prefix) else { continue };
        let path = data.join(name);
        let place = Place::named(key).ok_or(BackupError::Damaged(path.clone()))?;
        let bytes = std::fs::read(&path).map_err(|error| BackupError::File(path, error))?;
        to.put(&place, bytes.into()).await?;
        parts += 1;
        progress(parts);
    }
    Ok(parts)
}

async fn open(
    location: &Location,
    migrations: &'static [store::Migration],
    statements: &[store::db::Statements],
) -> Result<Db, BackupError> {
    let opened = Db::open(location, migrations, statements).await;
    opened.map_err(|error| start::StartError::Store("database", error.to_string()).into())
}

/// What the newest log says.
struct Read {
    size: u64,
    gone: Tombstones,
    lost: Lost,
}

/// Verifies the newest log there is, and reads what it buried and what came after the database.
fn read_log(folder: &Path, signer: &LogSigner, known: u64) -> Result<Read, BackupError> {
    let wrong = |why: String| BackupError::Log(folder.to_owned(), why);
    let mut read = Read { size: 0, gone: Tombstones::default(), lost: Lost::default() };
    let log = Files::open(folder).map_err(|error| wrong(error.to_string()))?;
    let Some(note) = log.checkpoint().map_err(|error| wrong(error.to_string()))? else {
        return Ok(read);
    };
    let checkpoint = SignedCheckpoint::open(&note, std::slice::from_ref(signer.key()));
    let checkpoint = checkpoint.map_err(|why| wrong(why.to_string()))?;
    let mut strange = None;
    let whole =
        audit::verify(&log, &checkpoint, &[], |place, bytes| match Entry::from_bytes(bytes) {
            Ok(entry) => {
                if entry.kind == Kind::Tombstone {
                    read.gone.add(entry.commitment, place >= known);
                }
                if place >= known {
                    *read.lost.0.entry(entry.kind.word()).or_default() += 1;
                }
            }
            Err(_) => strange = Some(place),
        });
    whole.map_err(|finding| wrong(finding.to_string()))?;
    if let Some(place) = strange {
        return Err(wrong(format!("entry {place} is none of ours")));
    }
    read.size = checkpoint.head().size;
    Ok(read)
}
