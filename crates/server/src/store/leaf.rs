//! Leaves of the log: written in the transaction of what they tell, placed afterwards by whoever
//! holds the log's lease, and kept until what they tell is erased.
//!
//! Until it has a place a leaf waits in a queue, which has no index beside its order: what is told
//! waits for nothing more. Many are placed at once, and their entries wait as one row until they are
//! in the public files (`docs/adr/0016`).

use treehouse_protocol::cbor::{self, Canonical, Writer};
use treehouse_protocol::id::{ChildId, Hash, KeyId};
use treehouse_protocol::leaf::{Entry, Leaf, Release, What};

use super::args;
use super::db::{Db, Row, StoreError, Tx, Value, Write, statements};
use crate::domain::leaf::{self, LeafId, Seal};

statements! {
    WAIT = "INSERT INTO leaf_waiting (at_ms, leaf_id, owner_id, child_id, leaf, token_hash, name) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    /// At start, and the queue is short.
    SWEEP_NAMED = "SELECT 1 FROM leaf WHERE owner_id = $1 AND name = $2 UNION ALL SELECT 1 FROM leaf_waiting WHERE owner_id = $1 AND name = $2 LIMIT 1";
    /// Of any time; but a statement that names none would count as one that reads a whole table.
    WAITING = "SELECT at_ms, leaf_id, owner_id, leaf FROM leaf_waiting WHERE at_ms >= $1 ORDER BY at_ms, leaf_id LIMIT $2";
    /// An entry alone takes a place, too, but leaves no row.
    SWEEP_PLACE = "INSERT INTO leaf (place, owner_id, leaf_id, child_id, at_ms, leaf, token_hash, name) SELECT place, owner_id, leaf_id, child_id, at_ms, leaf, token_hash, name FROM (SELECT CAST($1 AS BIGINT) - 1 + row_number() OVER (ORDER BY at_ms, leaf_id) AS place, owner_id, leaf_id, child_id, at_ms, leaf, token_hash, name FROM leaf_waiting WHERE (at_ms, leaf_id) <= ($2, $3)) AS numbered WHERE owner_id IS NOT NULL";
    PLACED = "DELETE FROM leaf_waiting WHERE (at_ms, leaf_id) <= ($1, $2)";
    STAGE = "INSERT INTO log_entry (place, entry) VALUES ($1, $2)";
    STAGED = "SELECT place, entry FROM log_entry WHERE place >= $1 AND place < $2 ORDER BY place";
    STAGED_BEFORE = "SELECT place, entry FROM log_entry WHERE place < $1 ORDER BY place DESC LIMIT 1";
    UNSTAGE = "DELETE FROM log_entry WHERE place < $1";
    STATE = "SELECT size, published, holder, lease_until_ms FROM log_state WHERE id = 1";
    BEGIN = "INSERT INTO log_state (id, size, published, holder, lease_until_ms) VALUES (1, 0, 0, $1, $2) ON CONFLICT (id) DO NOTHING";
    GIVE_BACK = "UPDATE log_state SET lease_until_ms = 0 WHERE id = 1 AND holder = $1";
    HOLD = "UPDATE log_state SET size = $2, holder = $1, lease_until_ms = $3 WHERE id = 1";
    PUBLISH = "UPDATE log_state SET published = $2 WHERE id = 1 AND holder = $1 AND published < $2 AND size >= $2";
    CONTINUE = "UPDATE log_state SET size = $1, published = $2 WHERE id = 1";
    SWEEP_SESSIONS = "DELETE FROM session";
    SWEEP_MAIL_LINKS = "DELETE FROM mail_link";
    SWEEP_PAIRINGS = "DELETE FROM pairing";
    DROP_OF_CHILD = "DELETE FROM leaf WHERE owner_id = $1 AND child_id = $2";
    DROP_OF_OWNER = "DELETE FROM leaf WHERE owner_id = $1";
    /// The queue is short, and an index of owners would cost every leaf.
    SWEEP_WAITING_OF_CHILD = "SELECT at_ms, leaf_id, leaf FROM leaf_waiting WHERE owner_id = $1 AND child_id = $2 LIMIT $3";
    SWEEP_WAITING_OF_OWNER = "SELECT at_ms, leaf_id, leaf FROM leaf_waiting WHERE owner_id = $1 LIMIT $2";
    EMPTY = "UPDATE leaf_waiting SET owner_id = NULL, child_id = NULL, leaf = $3, token_hash = NULL, name = NULL WHERE at_ms = $1 AND leaf_id = $2";
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
    wait(tx, seal, at_ms, what, None).await
}

async fn wait(
    tx: &mut Tx<'_>,
    seal: &Seal,
    at_ms: i64,
    what: What,
    token: Option<Hash>,
) -> Result<(), StoreError> {
    let (owner, child, name) = (leaf::owner(&what), leaf::child(&what), leaf::name(&what));
    let bytes = seal.leaf(at_ms, what).to_bytes();
    tx.execute(WAIT, args![at_ms, seal.id, owner, child, bytes, token, name]).await.map(drop)
}

/// Logs an entry without anything that it tells.
pub(super) async fn log_entry(
    tx: &mut Tx<'_>,
    id: LeafId,
    at_ms: i64,
    entry: &Entry,
) -> Result<(), StoreError> {
    let none = Value::Null;
    let row = args![at_ms, id, none.clone(), none.clone(), entry.to_bytes(), none.clone(), none];
    tx.execute(WAIT, row).await.map(drop)
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
        wait(tx, &self.seal, self.at_ms, what, Some(self.token)).await
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
        let name = leaf::key_name(self.key);
        if tx.row(SWEEP_NAMED, args![leaf::DEPLOYMENT, name]).await?.is_some() {
            return Ok(());
        }
        let what = What::Key { key: self.key, role: self.role.to_owned() };
        log(tx, &self.seal, self.now, what).await
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

/// Who grows the log, and how far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grown {
    /// The asker does.
    Here(Progress),
    /// Another server does.
    Elsewhere {
        /// How many entries it has published.
        published: u64,
        /// Whether any wait for it.
        waiting: bool,
    },
}

impl Write for Place {
    const NAME: &'static str = "place-leaves";
    type Output = Grown;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Self::Output, StoreError> {
        tx.execute(BEGIN, args![self.holder, self.lease_until_ms]).await?;
        let row = tx.row(STATE, args![]).await?.ok_or(StoreError::Corrupt { what: "log_state" })?;
        let (mut size, published) = (row.u64(0)?, row.u64(1)?);
        let own = row.bytes::<16>(2)? == self.holder;
        if !own && row.int(3)? > self.now {
            let waiting =
                size > published || tx.row(WAITING, args![i64::MIN, 1_i64]).await?.is_some();
            return Ok(Grown::Elsewhere { published, waiting });
        }
        size += place(tx, size).await?;
        let held = args![self.holder, Value::from_u64(size)?, self.lease_until_ms];
        tx.execute(HOLD, held).await?;
        Ok(Grown::Here(Progress { size, published }))
    }
}

/// Ends the lease before its time, if this process holds it: it stops, and another server takes over at
/// once.
#[derive(Debug)]
pub struct GiveBack {
    /// Who held it.
    pub holder: [u8; 16],
}

impl Write for GiveBack {
    const NAME: &'static str = "give-back-log";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        tx.execute(GIVE_BACK, args![self.holder]).await.map(drop)
    }
}

/// Places the first leaves that wait. Answers how many.
async fn place(tx: &mut Tx<'_>, first: u64) -> Result<u64, StoreError> {
    let page = tx.rows(WAITING, args![i64::MIN, BATCH_COUNT_MAX]).await?;
    let Some(last) = page.last() else {
        return Ok(0);
    };
    let (at_ms, id): (i64, LeafId) = (last.int(0)?, last.id(1)?);
    let (mut batch, mut leaves) = (Writer::new(), 0);
    for row in &page {
        let bytes = row.blob(3)?;
        let entry = if row.opt_bytes::<16>(2)?.is_some() {
            leaves += 1;
            Leaf::from_bytes(&bytes).map(|leaf| leaf.entry())
        } else {
            Entry::from_bytes(&bytes)
        };
        batch.nested(&entry.map_err(|_| StoreError::Corrupt { what: "leaf_waiting.leaf" })?);
    }
    let first = Value::from_u64(first)?;
    let placed = tx.execute(SWEEP_PLACE, args![first.clone(), at_ms, id]).await?;
    let gone = tx.execute(PLACED, args![at_ms, id]).await?;
    // All three statements see the same rows: a write is serializable.
    if (placed, gone) != (leaves, page.len() as u64) {
        return Err(StoreError::Corrupt { what: "leaf_waiting" });
    }
    tx.execute(STAGE, args![first, batch.into_bytes()]).await?;
    Ok(gone)
}

/// Entries that have a place and aren't published, from this place on: whole batches, as many as
/// begin within [`BATCH_COUNT_MAX`] places. Asked again, it answers at least as many.
///
/// # Errors
/// The database fails, or an entry is missing.
pub async fn staged(db: &Db, from: u64) -> Result<Vec<Vec<u8>>, StoreError> {
    let end = from.saturating_add(BATCH_COUNT_MAX.unsigned_abs());
    let rows = db.rows(STAGED, args![Value::place(from), Value::place(end)]).await?;
    let mut entries = Vec::new();
    for row in &rows {
        let (place, batch) = batch_of(row)?;
        if place != from + entries.len() as u64 {
            return Err(StoreError::Corrupt { what: "log_entry.place" });
        }
        entries.extend(batch.iter().map(Canonical::to_bytes));
    }
    Ok(entries)
}

/// The place of the first entry of a batch, and its entries.
fn batch_of(row: &Row) -> Result<(u64, Vec<Entry>), StoreError> {
    let entries = cbor::sequence(&row.blob(1)?);
    let entries = entries.map_err(|_| StoreError::Corrupt { what: "log_entry.entry" })?;
    Ok((row.u64(0)?, entries))
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

/// Forgets entries that are in published files. A batch of which only a part is there leaves its rest,
/// whoever published that part.
async fn unstage(tx: &mut Tx<'_>, published: u64) -> Result<(), StoreError> {
    let end = Value::from_u64(published)?;
    let straddling = tx.row(STAGED_BEFORE, args![end.clone()]).await?;
    tx.execute(UNSTAGE, args![end.clone()]).await?;
    let Some((place, batch)) = straddling.as_ref().map(batch_of).transpose()? else {
        return Ok(());
    };
    let known = usize::try_from(published - place).unwrap_or(usize::MAX);
    let Some(rest) = batch.get(known..).filter(|rest| !rest.is_empty()) else {
        return Ok(());
    };
    let mut batch = Writer::new();
    for entry in rest {
        batch.nested(entry);
    }
    tx.execute(STAGE, args![end, batch.into_bytes()]).await.map(drop)
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
        tx.execute(CONTINUE, args![size, published]).await?;
        unstage(tx, self.published).await?;
        let what = What::Restore { known, published: self.published };
        log(tx, &self.seal, self.now, what).await
    }
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
            Some(child) => {
                let one = args![owner, child, BATCH_COUNT_MAX];
                tx.rows(SWEEP_WAITING_OF_CHILD, one).await?
            }
            None => tx.rows(SWEEP_WAITING_OF_OWNER, args![owner, BATCH_COUNT_MAX]).await?,
        };
        if rows.is_empty() {
            return Ok(());
        }
        for row in rows {
            // It has no place yet: the log must still get its entry.
            let (at_ms, id): (i64, LeafId) = (row.int(0)?, row.id(1)?);
            let leaf = Leaf::from_bytes(&row.blob(2)?);
            let leaf = leaf.map_err(|_| StoreError::Corrupt { what: "leaf_waiting.leaf" })?;
            tx.execute(EMPTY, args![at_ms, id, leaf.entry().to_bytes()]).await?;
        }
    }
}

#[cfg(test)]
mod tests;
