//! Versions of notices and registers: each is kept for good, with the bytes that were published.

use treehouse_protocol::id::Hash;
use treehouse_protocol::leaf::What;

use super::db::{Db, Row, StoreError, Tx, Value, Write, statements};
use super::{args, leaf};
use crate::domain::leaf::Seal;

statements! {
    LATEST = "SELECT version, hash FROM notice WHERE kind = $1 ORDER BY version DESC LIMIT 1";
    FIND = "SELECT version, hash, at_ms, document, program FROM notice WHERE kind = $1 AND version = $2";
    LIST = "SELECT version, hash, at_ms FROM notice WHERE kind = $1 ORDER BY version LIMIT 10000";
    PUT = "INSERT INTO notice (kind, version, hash, at_ms, program, document) VALUES ($1, $2, $3, $4, $5, $6)";
}

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

/// The numbers, hashes and times of all versions of a kind, the first one first.
///
/// # Errors
/// The database fails.
pub async fn list(db: &Db, kind: &str) -> Result<Vec<(u32, Hash, i64)>, StoreError> {
    let rows = db.rows(LIST, args![kind]).await?;
    rows.iter().map(|row| Ok((number(row)?, row.hash(1)?, row.int(2)?))).collect()
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
    /// Chance for its leaf.
    pub seal: Seal,
    /// Now, in milliseconds.
    pub now: i64,
}

impl Write for Publish {
    const NAME: &'static str = "publish-notice";
    /// The number of the version that counts now.
    type Output = u32;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<u32, StoreError> {
        let hash = Hash::of(&self.document);
        let version = match tx.row(LATEST, args![self.kind]).await? {
            Some(row) if row.hash(1)? == hash => return number(&row),
            Some(row) => number(&row)? + 1,
            None => 1,
        };
        let Self { kind, document, program, now, .. } = self;
        let row = args![*kind, Value::from(version), hash, *now, *program, document];
        tx.execute(PUT, row).await?;
        let what = What::Publication { kind: (*kind).to_owned(), version, hash };
        leaf::log(tx, &self.seal, *now, what).await?;
        Ok(version)
    }
}
