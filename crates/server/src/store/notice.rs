//! Versions of notices and registers: each is kept for good, with the bytes that were published.

use treehouse_protocol::id::Hash;
use treehouse_protocol::leaf::What;

use super::db::{Db, Row, StoreError, Tx, Value, Write, statements};
use super::{args, leaf};
use crate::domain::leaf::Seal;

statements! {
    LATEST = "SELECT version, hash, at_ms FROM notice WHERE kind = $1 ORDER BY version DESC LIMIT 1";
    FIND = "SELECT version, hash, at_ms, document, program FROM notice WHERE kind = $1 AND version = $2";
    LIST = "SELECT version, hash, at_ms FROM notice WHERE kind = $1 ORDER BY version LIMIT 10000";
    STARTS = "SELECT substr(document, 1, 65536) FROM notice WHERE kind = $1 ORDER BY version LIMIT 10000";
    PUT = "INSERT INTO notice (kind, version, hash, at_ms, program, document) VALUES ($1, $2, $3, $4, $5, $6)";
}

/// Bytes that [`starts`] reads of each document.
pub const START_BYTES: usize = 65536;

/// A version as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its number, from 1.
    pub version: u32,
    /// The hash of its bytes.
    pub hash: Hash,
    /// When it was published, in milliseconds.
    pub at_ms: i64,
    /// Its bytes.
    pub document: Vec<u8>,
    /// The version of the program that made it.
    pub program: String,
}

fn number(row: &Row) -> Result<u32, StoreError> {
    u32::try_from(row.int(0)?).map_err(|_| StoreError::Corrupt { what: "notice.version" })
}

fn kept(row: &Row) -> Result<Kept, StoreError> {
    let kept = Kept {
        version: number(row)?,
        hash: row.hash(1)?,
        at_ms: row.int(2)?,
        document: row.blob(3)?,
        program: row.text(4)?,
    };
    // What a hash was given out for must be what is given out.
    let whole = Hash::of(&kept.document) == kept.hash;
    if whole { Ok(kept) } else { Err(StoreError::Corrupt { what: "notice.document" }) }
}

/// A version of a kind.
///
/// # Errors
/// The database fails.
pub async fn find(db: &Db, kind: &str, version: u32) -> Result<Option<Kept>, StoreError> {
    db.row(FIND, args![kind, version]).await?.as_ref().map(kept).transpose()
}

/// The latest version of a kind.
///
/// # Errors
/// The database fails.
pub async fn latest(db: &Db, kind: &str) -> Result<Option<Kept>, StoreError> {
    let Some(row) = db.row(LATEST, args![kind]).await? else {
        return Ok(None);
    };
    find(db, kind, number(&row)?).await
}

/// The number, the hash and the time of the latest version of a kind, without what it says: archives
/// are large.
///
/// # Errors
/// The database fails.
pub async fn latest_listed(db: &Db, kind: &str) -> Result<Option<(u32, Hash, i64)>, StoreError> {
    db.row(LATEST, args![kind]).await?.as_ref().map(listed).transpose()
}

fn listed(row: &Row) -> Result<(u32, Hash, i64), StoreError> {
    Ok((number(row)?, row.hash(1)?, row.int(2)?))
}

/// The numbers, hashes and times of all versions of a kind, the first one first.
///
/// # Errors
/// The database fails.
pub async fn list(db: &Db, kind: &str) -> Result<Vec<(u32, Hash, i64)>, StoreError> {
    let rows = db.rows(LIST, args![kind]).await?;
    rows.iter().map(listed).collect()
}

/// The first [`START_BYTES`] of all versions of a kind, the first one first.
///
/// # Errors
/// The database fails.
pub async fn starts(db: &Db, kind: &str) -> Result<Vec<Vec<u8>>, StoreError> {
    db.rows(STARTS, args![kind]).await?.iter().map(|row| row.blob(0)).collect()
}

/// Publishes a version, unless the latest one has the same bytes.
#[derive(Debug)]
pub struct Publish {
    /// The word of its kind.
    pub kind: &'static str,
    /// Its bytes.
    pub document: Vec<u8>,
    /// The version of the program that made it.
    pub program: &'static str,
    /// The version that it was made from, which must still be the latest: 0 if there was none. `None`
    /// for what is made from nothing that was published.
    pub after: Option<u32>,
    /// Chance for its leaf.
    pub seal: Seal,
    /// Now, in milliseconds.
    pub now: i64,
}

impl Write for Publish {
    const NAME: &'static str = "publish-notice";
    /// The number of the version that counts now; `None` if somebody else has published meanwhile.
    type Output = Option<u32>;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Option<u32>, StoreError> {
        let hash = Hash::of(&self.document);
        let latest = tx.row(LATEST, args![self.kind]).await?;
        let number_of_latest = latest.as_ref().map_or(Ok(0), number)?;
        if self.after.is_some_and(|after| after != number_of_latest) {
            return Ok(None);
        }
        if let Some(row) = latest.filter(|row| row.hash(1).is_ok_and(|latest| latest == hash)) {
            return number(&row).map(Some);
        }
        let version = number_of_latest + 1;
        let Self { kind, document, program, now, .. } = self;
        let row = args![*kind, Value::from(version), hash, *now, *program, document];
        tx.execute(PUT, row).await?;
        let what = What::Publication { kind: (*kind).to_owned(), version, hash };
        leaf::log(tx, &self.seal, *now, what).await?;
        Ok(Some(version))
    }
}
