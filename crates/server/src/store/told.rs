//! What the log's leaves tell: to families, to the operator, and to who must know what was taken.
//!
//! Who reads by time reads along what waits. The time and the id of a leaf stay when it gets its
//! place, so that page after page misses none and tells none twice.

use std::collections::BTreeMap;

use treehouse_protocol::id::{Hash, KeyId};

use super::args;
use super::db::{Db, Row, Sql, StoreError, Value, statements};
use super::leaf::BATCH_COUNT_MAX;
use crate::access::{Permit, action};
use crate::domain::leaf::{self, LeafId};

statements! {
    OWN = "SELECT place, leaf FROM leaf WHERE owner_id = $1 AND place >= $2 ORDER BY place LIMIT $3";
    ONE = "SELECT place, leaf FROM leaf WHERE owner_id = $1 AND name = $2 ORDER BY place LIMIT 1";
    BETWEEN = "SELECT at_ms, leaf_id, leaf, token_hash FROM leaf WHERE (at_ms, leaf_id) > ($1, $2) AND at_ms < $3 ORDER BY at_ms, leaf_id LIMIT $4";
    WAITING_BETWEEN = "SELECT at_ms, leaf_id, leaf, token_hash FROM leaf_waiting WHERE (at_ms, leaf_id) > ($1, $2) AND at_ms < $3 AND owner_id IS NOT NULL ORDER BY at_ms, leaf_id LIMIT $4";
    UNDER_TOKEN = "SELECT at_ms, leaf_id, leaf, token_hash FROM leaf WHERE token_hash = $1 AND (at_ms, leaf_id) > ($2, $3) AND at_ms < $4 ORDER BY at_ms, leaf_id LIMIT $5";
    WAITING_UNDER_TOKEN = "SELECT at_ms, leaf_id, leaf, token_hash FROM leaf_waiting WHERE token_hash = $1 AND (at_ms, leaf_id) > ($2, $3) AND at_ms < $4 ORDER BY at_ms, leaf_id LIMIT $5";
    /// PostgreSQL's own function; SQLite is given one of this name.
    NAMING = "SELECT at_ms, leaf_id, leaf, token_hash FROM leaf WHERE (at_ms, leaf_id) > ($1, $2) AND at_ms < $3 AND \"position\"(leaf, $5) > 0 ORDER BY at_ms, leaf_id LIMIT $4";
    WAITING_NAMING = "SELECT at_ms, leaf_id, leaf, token_hash FROM leaf_waiting WHERE (at_ms, leaf_id) > ($1, $2) AND at_ms < $3 AND \"position\"(leaf, $5) > 0 AND owner_id IS NOT NULL ORDER BY at_ms, leaf_id LIMIT $4";
    FIRST = "SELECT MIN(at_ms) FROM leaf";
    LAST = "SELECT MAX(at_ms) FROM leaf";
    WAITING_FIRST = "SELECT MIN(at_ms) FROM leaf_waiting";
    WAITING_LAST = "SELECT MAX(at_ms) FROM leaf_waiting";
    COUNT_BETWEEN = "SELECT (SELECT COUNT(*) FROM leaf WHERE at_ms >= $1 AND at_ms < $2) + (SELECT COUNT(*) FROM leaf_waiting WHERE at_ms >= $1 AND at_ms < $2 AND owner_id IS NOT NULL)";
    /// Only a release is about a child.
    COUNT_UNTOLD = "SELECT (SELECT COUNT(*) FROM leaf WHERE at_ms >= $1 AND at_ms < $2 AND child_id IS NOT NULL AND token_hash IS NULL) + (SELECT COUNT(*) FROM leaf_waiting WHERE at_ms >= $1 AND at_ms < $2 AND child_id IS NOT NULL AND token_hash IS NULL)";
}

/// A leaf that has a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Its place in the log, from 0.
    pub place: u64,
    /// The leaf, encoded.
    pub leaf: Vec<u8>,
}

fn placed_of(row: &Row) -> Result<Placed, StoreError> {
    Ok(Placed { place: row.u64(0)?, leaf: row.blob(1)? })
}

/// What was logged about a family, from a place on; at most [`BATCH_COUNT_MAX`].
pub async fn of_family(
    db: &Db,
    permit: &Permit<action::Manage>,
    from: u64,
) -> Result<Vec<Placed>, StoreError> {
    let rows = db.rows(OWN, args![permit.family(), Value::place(from), BATCH_COUNT_MAX]).await?;
    rows.iter().map(placed_of).collect()
}

/// What was logged about nobody but the deployment itself, from a place on; at most
/// [`BATCH_COUNT_MAX`].
///
/// # Errors
/// The database fails.
pub async fn of_deployment(db: &Db, from: u64) -> Result<Vec<Placed>, StoreError> {
    let rows = db.rows(OWN, args![leaf::DEPLOYMENT, Value::place(from), BATCH_COUNT_MAX]).await?;
    rows.iter().map(placed_of).collect()
}

/// The leaf of the end of a destruction, once it has a place.
pub async fn of_erasure(
    db: &Db,
    permit: &Permit<action::ReadFamily>,
    link: Hash,
) -> Result<Option<Placed>, StoreError> {
    let row = db.row(ONE, args![permit.family(), leaf::erasure_name(link)]).await?;
    row.as_ref().map(placed_of).transpose()
}

/// The leaf of a version that was published, once it has a place in the log. Whoever asks may see
/// it: what is published concerns everybody.
pub async fn of_publication(
    db: &Db,
    kind: &str,
    version: u32,
) -> Result<Option<Placed>, StoreError> {
    let row = args![leaf::DEPLOYMENT, leaf::publication_name(kind, version)];
    let row = db.row(ONE, row).await?;
    row.as_ref().map(placed_of).transpose()
}

/// A leaf as the breach scope reads it, whether it has a place or waits for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Where to go on: the time and the id of its row.
    pub at: (i64, LeafId),
    /// The leaf, encoded.
    pub leaf: Vec<u8>,
    /// Under which token something was handed out, if something was and it was noted.
    pub token: Option<Hash>,
}

/// A page of both tables. In one statement PostgreSQL would sort all of the long one for each page.
async fn page(
    db: &Db,
    [waiting, placed]: [Sql; 2],
    range: Vec<Value>,
) -> Result<Vec<Listed>, StoreError> {
    let mut found = BTreeMap::new();
    // First what waits: a leaf that gets its place meanwhile is met twice, and not missed.
    for sql in [waiting, placed] {
        for row in db.rows(sql, range.clone()).await? {
            let at: (i64, LeafId) = (row.int(0)?, row.id(1)?);
            let listed = Listed { at, leaf: row.blob(2)?, token: row.opt_hash(3)? };
            found.insert(at, listed);
        }
    }
    let most = usize::try_from(BATCH_COUNT_MAX).unwrap_or_default();
    Ok(found.into_values().take(most).collect())
}

/// What was logged after one leaf and before a time, in order of time; at most
/// [`BATCH_COUNT_MAX`].
///
/// # Errors
/// The database fails.
pub async fn between(
    db: &Db,
    (at_ms, id): (i64, LeafId),
    before_ms: i64,
) -> Result<Vec<Listed>, StoreError> {
    let range = args![at_ms, id, before_ms, BATCH_COUNT_MAX];
    page(db, [WAITING_BETWEEN, BETWEEN], range).await
}

/// The times of the first and of the last leaf.
///
/// # Errors
/// The database fails.
pub async fn reach(db: &Db) -> Result<Option<(i64, i64)>, StoreError> {
    let mut ends = [None, None];
    for (at, sql) in [(0, FIRST), (0, WAITING_FIRST), (1, LAST), (1, WAITING_LAST)] {
        let row = db.row(sql, Vec::new()).await?;
        let found = row.map(|row| row.opt_int(0)).transpose()?.flatten();
        let all = ends[at].into_iter().chain(found);
        ends[at] = if at == 0 { all.min() } else { all.max() };
    }
    Ok(ends[0].zip(ends[1]))
}

/// What names a key after one leaf and before a time, in order of time; at most
/// [`BATCH_COUNT_MAX`].
///
/// # Errors
/// The database fails.
pub async fn naming(
    db: &Db,
    key: KeyId,
    (at_ms, id): (i64, LeafId),
    before_ms: i64,
) -> Result<Vec<Listed>, StoreError> {
    let range = args![at_ms, id, before_ms, BATCH_COUNT_MAX, key];
    page(db, [WAITING_NAMING, NAMING], range).await
}

/// What was handed out under one token after one leaf and before a time, in order of time; at most
/// [`BATCH_COUNT_MAX`].
///
/// # Errors
/// The database fails.
pub async fn under_token(
    db: &Db,
    token: Hash,
    (at_ms, id): (i64, LeafId),
    before_ms: i64,
) -> Result<Vec<Listed>, StoreError> {
    let range = args![token, at_ms, id, before_ms, BATCH_COUNT_MAX];
    page(db, [WAITING_UNDER_TOKEN, UNDER_TOKEN], range).await
}

/// How much was logged from one time until another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Leaves of every kind.
    pub leaves: u64,
    /// Those of releases of which nobody noted the token.
    pub without_token: u64,
}

/// How much was logged from one time until another, without reading it.
///
/// # Errors
/// The database fails.
pub async fn count(db: &Db, from_ms: i64, before_ms: i64) -> Result<Counted, StoreError> {
    let count = async |sql| {
        let row = db.row(sql, args![from_ms, before_ms]).await?;
        row.ok_or(StoreError::Corrupt { what: "a count" })?.u64(0)
    };
    let (leaves, without_token) = (count(COUNT_BETWEEN).await?, count(COUNT_UNTOLD).await?);
    Ok(Counted { leaves, without_token })
}
