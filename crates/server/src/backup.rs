//! Backups: data in one place, the keys that can destroy it in another, and a way back that brings
//! nothing back to life.
//!
//! A backup of the data without one of the key store is noise, and the key store's lives for days:
//! so what families erased is soon dead in every copy. In the days between, the log's tombstones
//! name it, and [`restore`] buries it again before anybody is served.

mod files;
mod manifest;
mod notes;
mod restore;
mod take;

pub use self::manifest::{Content, Manifest};
pub use self::notes::{known, note_restored, note_taken};
pub use self::restore::{Lost, Options, Restored, restore};
pub use self::take::{Taken, take};

use std::path::PathBuf;

use crate::error::Error;
use crate::ledger::LedgerError;
use crate::port::blob::BlobError;
use crate::start::StartError;
use crate::store::StoreError;

/// Why a backup wasn't taken or put back. Nothing has changed then, but where the text says so.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Not for this engine.
    #[error(
        "the databases lie in PostgreSQL: back both up with `pg_dump`, the key store's apart and \
         for a few days only; put them back with `pg_restore`, then run `treehouse restore \
         --in-place`"
    )]
    Postgres,
    /// The folder isn't empty.
    #[error("{0} must be a new or empty folder")]
    NotEmpty(PathBuf),
    /// Something is there that would be overwritten.
    #[error("{0} exists: a backup is put back into an empty place only")]
    Exists(PathBuf),
    /// One lies in the other.
    #[error("the backup of the keys must not lie in that of the data, nor the other way round")]
    Nested,
    /// The disk.
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
    /// It isn't a backup, or one of another kind.
    #[error("{0} isn't a backup of {1}")]
    NotOne(PathBuf, &'static str),
    /// A file isn't what was backed up.
    #[error("{0} isn't what was backed up: the backup is damaged")]
    Damaged(PathBuf),
    /// Two halves that don't belong together.
    #[error("these backups of data and keys were not taken together")]
    NotAPair,
    /// Another deployment's.
    #[error("this is a backup of {0}, and the configuration is of {1}")]
    Another(String, String),
    /// The keys' time is over.
    #[error(
        "the time of this key backup is over since {0} hours: what families have erased since \
         would come back to life. Take a newer one"
    )]
    Ended(i64),
    /// The database is older than the log.
    #[error(
        "this database is older than the log: {0}. Look for a newer one; if there is none, say \
         --even-though-older, and tell families what is lost"
    )]
    Older(Lost),
    /// The log.
    #[error("the log under {0} doesn't hold: {1}")]
    Log(PathBuf, String),
    /// A part of a blob.
    #[error("blob storage: {0}")]
    Blob(#[from] BlobError),
    /// A database.
    #[error("the database: {0}")]
    Store(#[from] StoreError),
    /// The service doesn't start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A use case.
    #[error(transparent)]
    Use(#[from] Error),
}

impl From<LedgerError> for BackupError {
    fn from(error: LedgerError) -> Self {
        Self::Start(error.into())
    }
}
