//! Taking a backup while the server runs.

use std::path::Path;

use bytes::Bytes;
use treehouse_protocol::id::{BlobId, FamilyId, Id};

use super::manifest::{Content, Manifest};
use super::{BackupError, files, notes};
use crate::config::Config;
use crate::data_map::RuleId;
use crate::port::blob::{BlobError, BlobStore, Place};
use crate::port::clock::Time;
use crate::random;
use crate::start::{self, DATABASE_FILE, KEY_STORE_FILE, LOG_FOLDER};
use crate::store::{self, Db, Location, blob, leaf};

/// The folder of blobs in a backup.
pub const BLOBS: &str = "blobs";

/// What a backup came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// How many parts of blobs it has.
    pub parts: u64,
    /// How many parts were erased while it was taken.
    pub erased: u64,
    /// How many entries of the log the database knew.
    pub log_size: u64,
    /// Whether that it was taken is noted beside the store, where the stewards' console reads it.
    pub noted: bool,
}

/// Backs up data into one new folder and keys into another. `progress` is told how many parts of
/// blobs are done.
///
/// # Errors
/// See [`BackupError`]. A folder without a manifest is no backup.
pub async fn take(
    config: &Config,
    data: &Path,
    keys: &Path,
    now: Time,
    mut progress: impl FnMut(u64),
) -> Result<Taken, BackupError> {
    if data.starts_with(keys) || keys.starts_with(data) {
        return Err(BackupError::Nested);
    }
    let [Location::Sqlite(database), Location::Sqlite(key_store)] = start::locations(config)?
    else {
        return Err(BackupError::Postgres);
    };
    files::make_empty(data)?;
    files::make_empty(keys)?;
    let pair = Id::<()>::random(&mut random::rng()).to_string();
    let deployment = &config.server.deployment;
    let copy = data.join(DATABASE_FILE);
    Db::snapshot(&database, &copy)?;
    let db = opened(&copy).await?;
    let mut manifest = Manifest::new(Content::Data, deployment, now.0, &pair);
    manifest.log_size = leaf::progress(&db).await?.size;
    copy_log(&start::log_folder(config), &data.join(LOG_FOLDER))?;
    let [parts, erased] = copy_blobs(config, &db, &data.join(BLOBS), &mut progress).await?;
    drop(db);
    // After the data: each key that the data needs is there, and what was erased meanwhile isn't.
    Db::snapshot(&key_store, &keys.join(KEY_STORE_FILE))?;
    let mut key_manifest = Manifest::new(Content::Keys, deployment, now.0, &pair);
    key_manifest.ends_ms = Some(now.0 + RuleId::KeyBackup.ms());
    for (manifest, folder) in [(&mut key_manifest, keys), (&mut manifest, data)] {
        for name in files::walk(folder)? {
            let hash = files::hash(&folder.join(&name))?;
            manifest.files.insert(name, hash);
        }
        manifest.write(folder)?;
    }
    let noted = notes::note_taken(config, now).is_ok();
    Ok(Taken { parts, erased, log_size: manifest.log_size, noted })
}

async fn opened(file: &Path) -> Result<Db, BackupError> {
    let location = Location::Sqlite(file.to_owned());
    let opened = Db::open(&location, store::MAIN, store::MAIN_STATEMENTS);
    opened.await.map_err(|_| BackupError::Damaged(file.to_owned()))
}

/// The checkpoint first, so that the files under it are all there.
fn copy_log(from: &Path, to: &Path) -> Result<(), BackupError> {
    const CHECKPOINT: &str = "checkpoint";
    if !from.join(CHECKPOINT).exists() {
        return Ok(());
    }
    files::copy(&from.join(CHECKPOINT), &to.join(CHECKPOINT))?;
    let names = files::walk(from)?;
    let unfinished = |name: &str| Path::new(name).extension().is_some_and(|end| end == "new");
    for name in names.iter().filter(|name| *name != CHECKPOINT && !unfinished(name)) {
        files::copy(&from.join(name), &to.join(name))?;
    }
    Ok(())
}

/// Copies every part that the database knows of. Answers how many, and how many were gone.
async fn copy_blobs(
    config: &Config,
    db: &Db,
    to: &Path,
    progress: &mut impl FnMut(u64),
) -> Result<[u64; 2], BackupError> {
    let (from, to) = (start::blobs(&config.blobs)?, BlobStore::disk(to)?);
    let (mut copied, mut erased) = (0, 0);
    let mut last = (FamilyId::from_bytes([0; 16]), BlobId::from_bytes([0; 16]), -1);
    loop {
        let places = blob::parts_after(db, last).await?;
        let Some(end) = places.last() else {
            return Ok([copied, erased]);
        };
        last = (end.family, end.blob, i64::from(end.part));
        for place in &places {
            let Place { family, blob, part } = *place;
            let place = Place { family, blob, part };
            match from.read(&place, None).await {
                Ok(bytes) => to.put(&place, Bytes::clone(&bytes)).await?,
                Err(BlobError::NotFound) => {
                    erased += 1;
                    continue;
                }
                Err(error) => return Err(error.into()),
            }
            copied += 1;
            progress(copied);
        }
    }
}
