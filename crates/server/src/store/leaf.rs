//! Leaves of the log: written in the transaction of what they tell, placed afterwards by whoever
//! holds the log's lease, and kept until what they tell is erased.

use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::id::{ChildId, Hash, KeyId};
use treehouse_protocol::leaf::{Entry, Leaf, Release, What};

use super::args;
use super::db::{Db, Row, StoreError, Tx, Value, Write, statements};
use crate::access::{Permit, action};
use crate::domain::leaf::{self, LeafId, Seal};

statements! {
    INSERT = "INSERT INTO leaf (owner_id, leaf_id, child_id, at_ms, leaf) VALUES ($1, $2, $3, $4, $5)";
    INSERT_RELEASE = "INSERT INTO leaf (owner_id, leaf_id, child_id, at_ms, leaf, token_hash) VALUES ($1, $2, $3, $4, $5, $6)";
    INSERT_ONCE = "INSERT INTO leaf (owner_id, leaf_id, at_ms, leaf) VALUES ($1, $2, $3, $4) ON CONFLICT (owner_id, leaf_id) DO NOTHING";
    /// Of any time; but a statement that names none would count as one that reads a whole table.
    WAITING = "SELECT owner_id, leaf_id, leaf FROM leaf WHERE place IS NULL AND at_ms >= $1 ORDER BY at_ms LIMIT $2";
    PLACE = "UPDATE leaf SET place = $3 WHERE owner_id = $1 AND leaf_id = $2";
    DROP = "DELETE FROM leaf WHERE owner_id = $1 AND leaf_id = $2";
    STAGE = "INSERT INTO log_entry (place, entry) VALUES ($1, $2)";
    STAGED = "SELECT place, entry FROM log_entry WHERE place >= $1 ORDER BY place LIMIT $2";
    UNSTAGE = "DELETE FROM log_entry WHERE place < $1";
    STATE = "SELECT size, published, holder, lease_until_ms FROM log_state WHERE id = 1";
    BEGIN = "INSERT INTO log_state (id, size, published, holder, lease_until_ms) VALUES (1, 0, 0, $1, $2) ON CONFLICT (id) DO NOTHING";
    HOLD = "UPDATE log_state SET size = $2, holder = $1, lease_until_ms = $3 WHERE id = 1";
    PUBLISH = "UPDATE log_state SET published = $2 WHERE id = 1 AND holder = $1 AND published < $2 AND size >= $2";
    CONTINUE = "UPDATE log_state SET size = $1, published = $2 WHERE id = 1";
    SWEEP_SESSIONS = "DELETE FROM session";
    SWEEP_MAIL_LINKS = "DELETE FROM mail_link";
    SWEEP_PAIRINGS = "DELETE FROM pairing";
    OWN = "SELECT place, leaf FROM leaf WHERE owner_id = $1 AND place >= $2 ORDER BY place LIMIT $3";
    ONE = "SELECT place, leaf FROM leaf WHERE owner_id = $1 AND leaf_id = $2 AND place >= 0";
    BETWEEN = "SELECT owner_id, leaf_id, at_ms, place, leaf, token_hash FROM leaf WHERE (at_ms, owner_id, leaf_id) > ($1, $2, $3) AND at_ms < $4 ORDER BY at_ms, owner_id, leaf_id LIMIT $5";
    UNDER_TOKEN = "SELECT owner_id, leaf_id, at_ms, place, leaf, token_hash FROM leaf WHERE token_hash = $1 AND (at_ms, owner_id, leaf_id) > ($2, $3, $4) AND at_ms < $5 ORDER BY at_ms, owner_id, leaf_id LIMIT $6";
    COUNT_BETWEEN = "SELECT COUNT(*) FROM leaf WHERE at_ms >= $1 AND at_ms < $2";
    /// Only a release is about a child.
    COUNT_UNTOLD = "SELECT COUNT(*) FROM leaf WHERE at_ms >= $1 AND at_ms < $2 AND child_id IS NOT NULL AND token_hash IS NULL";
    DROP_OF_CHILD = "DELETE FROM leaf WHERE owner_id = $1 AND child_id = $2 AND place >= 0";
    DROP_OF_OWNER = "DELETE FROM leaf WHERE owner_id = $1 AND place >= 0";
    WAITING_OF_CHILD = "SELECT leaf_id, at_ms, leaf FROM leaf WHERE owner_id = $1 AND child_id = $2 AND place IS NULL LIMIT $3";
    WAITING_OF_OWNER = "SELECT leaf_id, at_ms, leaf FROM leaf WHERE owner_id = $1 AND place IS NULL LIMIT $2";
}

/// Leaves that are placed, listed or erased at once.
pub const BATCH_COUNT_MAX: i64 = 1000;

/// Logs what happened at this time, in the transaction in which it happens.
pub(super) async fn log(
    tx: &mut Tx<'_>,
    seal: &Seal,
    at_ms: i64,
    what: What,
) -> Result<(), StoreError> {
    let (owner, child) = (leaf::owner(&what), leaf::child(&what));
    let bytes = seal.leaf(at_ms, what).to_bytes();
    tx.execute(INSERT, args![owner, seal.id, child, at_ms, bytes]).await.map(drop)
}

/// A release that is about to happen.
#[derive(Debug)]
pub struct NoteRelease {
    /// Chance for its leaf.
    pub seal: Seal,
    /// Now, in milliseconds.
    pub at_ms: i64,
    /// What is handed out.
    pub release: Release,
    /// Under which token.
    pub token: Hash,
}

impl Write for NoteRelease {
    const NAME: &'static str = "log";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let what = What::Release(self.release.clone());
        let (owner, child) = (leaf::owner(&what), leaf::child(&what));
        let bytes = self.seal.leaf(self.at_ms, what).to_bytes();
        let row = args![owner, self.seal.id, child, self.at_ms, bytes, self.token];
        tx.execute(INSERT_RELEASE, row).await.map(drop)
    }
}

/// One of the deployment's keys begins to count. It is logged once, however often it's said.
#[derive(Debug)]
pub struct BeginKey {
    /// The key.
    pub key: KeyId,
    /// What it's for.
    pub role: &'static str,
    /// Chance for its leaf.
    pub seal: Seal,
    /// Now, in milliseconds.
    pub now: i64,
}

impl Write for BeginKey {
    const NAME: &'static str = "begin-key";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let what = What::Key { key: self.key, role: self.role.to_owned() };
        let leaf = self.seal.leaf(self.now, what).to_bytes();
        // The key's own id is the row's: a second time finds it.
        let row = args![leaf::DEPLOYMENT, self.key, self.now, leaf];
        tx.execute(INSERT_ONCE, row).await.map(drop)
    }
}

/// How far the log has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Entries that have a place.
    pub size: u64,
    /// Of those, the ones in published files.
    pub published: u64,
}

/// How far the log has come; nothing has before the first leaf was placed.
pub async fn progress(db: &Db) -> Result<Progress, StoreError> {
    let row = db.row(STATE, args![]).await?;
    let Some(row) = row else {
        return Ok(Progress { size: 0, published: 0 });
    };
    Ok(Progress { size: row.u64(0)?, published: row.u64(1)? })
}

/// Gives waiting leaves their places, oldest first, if nobody else holds the lease.
#[derive(Debug)]
pub struct Place {
    /// Who asks: a number that a process draws when it starts.
    pub holder: [u8; 16],
    /// Now, in milliseconds.
    pub now: i64,
    /// Until when it holds the lease then.
    pub lease_until_ms: i64,
}

impl Write for Place {
    const NAME: &'static str = "place-leaves";
    /// How far the log is now; `None` if somebody else holds the lease.
    type Output = Option<Progress>;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Self::Output, StoreError> {
        tx.execute(BEGIN, args![self.holder, self.lease_until_ms]).await?;
        let row = tx.row(STATE, args![]).await?.ok_or(StoreError::Corrupt { what: "log_state" })?;
        let (mut size, published) = (row.u64(0)?, row.u64(1)?);
        let own = row.bytes::<16>(2)? == self.holder;
        if !own && row.int(3)? > self.now {
            return Ok(None);
        }
        for row in tx.rows(WAITING, args![i64::MIN, BATCH_COUNT_MAX]).await? {
            let (owner, id): ([u8; 16], LeafId) = (row.bytes(0)?, row.id(1)?);
            let bytes = row.blob(2)?;
            let place = Value::from_u64(size)?;
            let entry = if let Ok(leaf) = Leaf::from_bytes(&bytes) {
                tx.execute(PLACE, args![owner, id, place.clone()]).await?;
                leaf.entry().to_bytes()
            } else {
                // An entry alone: a tombstone, or what it told was erased before it had a place.
                tx.execute(DROP, args![owner, id]).await?;
                bytes
            };
            tx.execute(STAGE, args![place, entry]).await?;
            size += 1;
        }
        let held = args![self.holder, Value::from_u64(size)?, self.lease_until_ms];
        tx.execute(HOLD, held).await?;
        Ok(Some(Progress { size, published }))
    }
}

/// Entries that have a place and aren't published, from this place on; at most
/// [`BATCH_COUNT_MAX`].
///
/// # Errors
/// The database fails, or an entry is missing.
pub async fn staged(db: &Db, from: u64) -> Result<Vec<Vec<u8>>, StoreError> {
    let rows = db.rows(STAGED, args![Value::place(from), BATCH_COUNT_MAX]).await?;
    let each = (from..).zip(&rows).map(|(place, row)| {
        let follows = row.u64(0)? == place;
        if follows { row.blob(1) } else { Err(StoreError::Corrupt { what: "log_entry.place" }) }
    });
    each.collect()
}

/// Notes that entries are in published files, and forgets them here.
#[derive(Debug)]
pub struct Publish {
    /// Who holds the lease.
    pub holder: [u8; 16],
    /// How many are published.
    pub published: u64,
}

impl Write for Publish {
    const NAME: &'static str = "publish-log";
    /// Whether the lease was still held.
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let published = Value::from_u64(self.published)?;
        if tx.execute(PUBLISH, args![self.holder, published.clone()]).await? == 0 {
            return Ok(false);
        }
        tx.execute(UNSTAGE, args![published]).await?;
        Ok(true)
    }
}

/// Takes note that this database was put back: the log goes on after what is published, and
/// sessions, mailed links and pairings of the old time end.
#[derive(Debug)]
pub struct PutBack {
    /// How many entries are published.
    pub published: u64,
    /// Chance for the leaf.
    pub seal: Seal,
    /// Now, in milliseconds.
    pub now: i64,
}

impl Write for PutBack {
    const NAME: &'static str = "put-back";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        for sql in [SWEEP_SESSIONS, SWEEP_MAIL_LINKS, SWEEP_PAIRINGS] {
            tx.execute(sql, args![]).await?;
        }
        tx.execute(BEGIN, args![[0_u8; 16], 0_i64]).await?;
        let row = tx.row(STATE, args![]).await?.ok_or(StoreError::Corrupt { what: "log_state" })?;
        let known = row.u64(0)?;
        let published = Value::from_u64(self.published)?;
        let size = Value::from_u64(known.max(self.published))?;
        tx.execute(CONTINUE, args![size, published.clone()]).await?;
        tx.execute(UNSTAGE, args![published]).await?;
        let what = What::Restore { known, published: self.published };
        log(tx, &self.seal, self.now, what).await
    }
}

/// A leaf that has a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Its place in the log, from 0.
    pub place: u64,
    /// The leaf, encoded.
    pub leaf: Vec<u8>,
}

/// What was logged about a family, from a place on; at most [`BATCH_COUNT_MAX`].
pub async fn of_family(
    db: &Db,
    permit: &Permit<action::Manage>,
    from: u64,
) -> Result<Vec<Placed>, StoreError> {
    let rows = db.rows(OWN, args![permit.family(), Value::place(from), BATCH_COUNT_MAX]).await?;
    rows.iter().map(|row| Ok(Placed { place: row.u64(0)?, leaf: row.blob(1)? })).collect()
}

/// What was logged about nobody but the deployment itself, from a place on; at most
/// [`BATCH_COUNT_MAX`].
///
/// # Errors
/// The database fails.
pub async fn of_deployment(db: &Db, from: u64) -> Result<Vec<Placed>, StoreError> {
    let rows = db.rows(OWN, args![leaf::DEPLOYMENT, Value::place(from), BATCH_COUNT_MAX]).await?;
    rows.iter().map(|row| Ok(Placed { place: row.u64(0)?, leaf: row.blob(1)? })).collect()
}

/// The leaf of the end of a destruction, once it has a place.
pub async fn of_erasure(
    db: &Db,
    permit: &Permit<action::ReadFamily>,
    link: Hash,
) -> Result<Option<Placed>, StoreError> {
    let row = db.row(ONE, args![permit.family(), leaf::erasure_row(link)]).await?;
    row.map(|row| Ok(Placed { place: row.u64(0)?, leaf: row.blob(1)? })).transpose()
}

/// The leaf of a version that was published, once it has a place in the log. Whoever asks may see
/// it: what is published concerns everybody.
pub async fn of_publication(
    db: &Db,
    kind: &str,
    version: u32,
) -> Result<Option<Placed>, StoreError> {
    let row = args![leaf::DEPLOYMENT, leaf::publication_row(kind, version)];
    let row = db.row(ONE, row).await?;
    row.map(|row| Ok(Placed { place: row.u64(0)?, leaf: row.blob(1)? })).transpose()
}

/// A leaf as the breach scope and the operator's evidence read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Where to go on: the time, the owner and the name of its row.
    pub at: (i64, [u8; 16], LeafId),
    /// Its place in the log, once it has one.
    pub place: Option<u64>,
    /// The leaf, encoded.
    pub leaf: Vec<u8>,
    /// Under which token something was handed out, if something was and it was noted.
    pub token: Option<Hash>,
}

fn listed_of(row: &Row) -> Result<Listed, StoreError> {
    let place = row.opt_int(3)?.and_then(|place| u64::try_from(place).ok());
    let token = row.opt_bytes(5)?.map(Hash::from_bytes);
    Ok(Listed { at: (row.int(2)?, row.bytes(0)?, row.id(1)?), place, leaf: row.blob(4)?, token })
}

/// What was logged after one leaf and before a time, in order of time; at most
/// [`BATCH_COUNT_MAX`].
///
/// # Errors
/// The database fails.
pub async fn between(
    db: &Db,
    after: (i64, [u8; 16], LeafId),
    before_ms: i64,
) -> Result<Vec<Listed>, StoreError> {
    let (at_ms, owner, id) = after;
    let range = args![at_ms, owner, id, before_ms, BATCH_COUNT_MAX];
    db.rows(BETWEEN, range).await?.iter().map(listed_of).collect()
}

/// What was handed out under one token after one leaf and before a time, in order of time; at most
/// [`BATCH_COUNT_MAX`].
///
/// # Errors
/// The database fails.
pub async fn under_token(
    db: &Db,
    token: Hash,
    after: (i64, [u8; 16], LeafId),
    before_ms: i64,
) -> Result<Vec<Listed>, StoreError> {
    let (at_ms, owner, id) = after;
    let range = args![token, at_ms, owner, id, before_ms, BATCH_COUNT_MAX];
    db.rows(UNDER_TOKEN, range).await?.iter().map(listed_of).collect()
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

/// Erases what leaves tell about somebody, and so unlinks their entries from everybody.
#[derive(Debug, Clone, Copy)]
pub struct Unlink {
    /// The owner of the leaves.
    pub owner: [u8; 16],
    /// Only what is about this child.
    pub child: Option<ChildId>,
}

impl Write for Unlink {
    const NAME: &'static str = "unlink-leaves";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        unlink(tx, self.owner, self.child).await
    }
}

/// The same, as part of another write.
pub(super) async fn unlink(
    tx: &mut Tx<'_>,
    owner: [u8; 16],
    child: Option<ChildId>,
) -> Result<(), StoreError> {
    match child {
        Some(child) => tx.execute(DROP_OF_CHILD, args![owner, child]).await?,
        None => tx.execute(DROP_OF_OWNER, args![owner]).await?,
    };
    loop {
        let rows = match child {
            Some(child) => tx.rows(WAITING_OF_CHILD, args![owner, child, BATCH_COUNT_MAX]).await?,
            None => tx.rows(WAITING_OF_OWNER, args![owner, BATCH_COUNT_MAX]).await?,
        };
        if rows.is_empty() {
            return Ok(());
        }
        for row in rows {
            let (id, at_ms): (LeafId, i64) = (row.id(0)?, row.int(1)?);
            tx.execute(DROP, args![owner, id]).await?;
            // It has no place yet: the log must still get its entry.
            let leaf = Leaf::from_bytes(&row.blob(2)?);
            let leaf = leaf.map_err(|_| StoreError::Corrupt { what: "leaf.leaf" })?;
            log_entry(tx, id, at_ms, &leaf.entry()).await?;
        }
    }
}

/// Logs an entry without anything that it tells.
pub(super) async fn log_entry(
    tx: &mut Tx<'_>,
    id: LeafId,
    at_ms: i64,
    entry: &Entry,
) -> Result<(), StoreError> {
    let row = args![leaf::DEPLOYMENT, id, None::<ChildId>, at_ms, entry.to_bytes()];
    tx.execute(INSERT, row).await.map(drop)
}
