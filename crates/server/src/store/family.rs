//! Families: their chains, and what must be destroyed because a link says so.

use treehouse_protocol::id::{AccountId, FamilyId, Hash, KeyId, Seen};
use treehouse_protocol::leaf::What;
use treehouse_protocol::tombstone::Gone;

use super::db::{Db, StoreError, Tx, Value, Write, statements};
use super::letter::{self, Letter};
use super::{account, args, leaf, toy};
use crate::access::{Permit, action};
use crate::domain::destruction::Counts;
use crate::domain::leaf::{LeafId, Seal};
use crate::port::clock::Time;

statements! {
    INSERT = "INSERT INTO family (family_id, genesis, seq, head, feed, bytes_used) VALUES ($1, $2, $3, $4, 0, 0)";
    HEAD = "SELECT genesis, seq, head, erased_ms FROM family WHERE family_id = $1";
    IDS_AFTER = "SELECT family_id FROM family WHERE family_id > $1 ORDER BY family_id LIMIT 500";
    LINKS = "SELECT signed FROM link WHERE family_id = $1 AND seq >= $2 ORDER BY seq LIMIT $3";
    INSERT_LINK = "INSERT INTO link (family_id, seq, signed) VALUES ($1, $2, $3)";
    MOVE_HEAD = "UPDATE family SET seq = $4, head = $5 WHERE family_id = $1 AND seq = $2 AND head = $3";
    INSERT_DESTRUCTION = "INSERT INTO destruction (family_id, link_hash, state, plan, created_ms) VALUES ($1, $2, 0, $3, $4)";
    OPEN_DESTRUCTIONS = "SELECT family_id, link_hash, plan, receipt, records, blobs, outer_keys, created_ms FROM destruction WHERE state IN (0, 2) AND (created_ms, link_hash) > ($1, $2) ORDER BY created_ms, link_hash LIMIT 32";
    COUNT_DESTRUCTION = "UPDATE destruction SET records = $3, blobs = $4, outer_keys = $5 WHERE family_id = $1 AND link_hash = $2 AND state = 0 AND records IS NULL";
    FIND_DESTRUCTION = "SELECT receipt FROM destruction WHERE family_id = $1 AND link_hash = $2";
    RECEIPTS = "SELECT receipt FROM destruction WHERE family_id = $1 AND state <> 0 ORDER BY created_ms LIMIT 200";
    FINISH_DESTRUCTION = "UPDATE destruction SET state = 2, receipt = $3 WHERE family_id = $1 AND link_hash = $2 AND state = 0";
    UNTOLD = "SELECT 1 FROM destruction WHERE family_id = $1 AND link_hash = $2 AND state = 2";
    TOLD = "UPDATE destruction SET state = 1 WHERE family_id = $1 AND link_hash = $2 AND state = 2";
    USE_ROOM = "UPDATE family SET bytes_used = bytes_used + $2 WHERE family_id = $1 RETURNING bytes_used";
    NEXT_FEED = "UPDATE family SET feed = feed + 1 WHERE family_id = $1 AND seq = $2 AND head = $3 RETURNING feed";
    TAKE_PLACE = "UPDATE family SET feed = feed + 1, bytes_used = bytes_used + $4 WHERE family_id = $1 AND seq = $2 AND head = $3 AND bytes_used + $4 <= $5 RETURNING feed";
    ANY_FEED = "UPDATE family SET feed = feed + 1 WHERE family_id = $1 RETURNING feed";
    SAME_HEAD = "SELECT 1 FROM family WHERE family_id = $1 AND seq = $2 AND head = $3";
}

/// The most links that are read at once.
pub const LINKS_PAGE_MAX: i64 = 512;

/// How far a family's chain has come.
#[derive(Debug, Clone, Copy)]
pub struct Head {
    /// The hash of its first link.
    pub genesis: Hash,
    /// Its last link.
    pub seen: Seen,
}

/// Where the chain of this family ends.
pub async fn head(db: &Db, family: FamilyId) -> Result<Option<Head>, StoreError> {
    let row = db.row(HEAD, args![family]).await?;
    row.map(|row| {
        let seen = Seen { seq: row.u64(1)?, head: row.hash(2)? };
        Ok(Head { genesis: row.hash(0)?, seen })
    })
    .transpose()
}

/// The ids of families after one, in order; at most 500.
pub async fn ids_after(db: &Db, after: FamilyId) -> Result<Vec<FamilyId>, StoreError> {
    db.rows(IDS_AFTER, args![after]).await?.iter().map(|row| row.id(0)).collect()
}

/// Links of a chain from `seq` on, at most `count`. For the server's own replay: whoever serves
/// them to somebody asks `access` before.
pub async fn links(
    db: &Db,
    family: FamilyId,
    seq: u64,
    count: i64,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let count = count.clamp(0, LINKS_PAGE_MAX);
    let rows = db.rows(LINKS, args![family, Value::place(seq), count]).await?;
    rows.iter().map(|row| row.blob(0)).collect()
}

/// Founds a family.
#[derive(Debug)]
pub struct Found {
    /// The family.
    pub family: FamilyId,
    /// The account that founds it.
    pub account: AccountId,
    /// The links of its first batch.
    pub links: Vec<Vec<u8>>,
    /// The last of them.
    pub seen: Seen,
    /// Chance for the leaf of each link.
    pub seals: Vec<Seal>,
    /// Now, in milliseconds.
    pub now: i64,
}

impl Write for Found {
    const NAME: &'static str = "found-family";
    /// Whether the account belonged to no other family.
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        if !account::may_join(tx, self.account, self.family).await? {
            return Ok(false);
        }
        let genesis = self.links.first().map_or(Hash::NONE, |link| Hash::of(link));
        let Seen { seq, head } = self.seen;
        tx.execute(INSERT, args![self.family, genesis, Value::from_u64(seq)?, head]).await?;
        insert_links(tx, self.family, 0, &self.links).await?;
        log_links(tx, self.family, 0, &self.links, &self.seals, self.now).await?;
        account::join(tx, self.account, self.family).await?;
        Ok(true)
    }
}

async fn insert_links(
    tx: &mut Tx<'_>,
    family: FamilyId,
    first: u64,
    links: &[Vec<u8>],
) -> Result<(), StoreError> {
    for (seq, link) in (first..).zip(links) {
        tx.execute(INSERT_LINK, args![family, Value::from_u64(seq)?, link.clone()]).await?;
    }
    Ok(())
}

async fn log_links(
    tx: &mut Tx<'_>,
    family: FamilyId,
    first: u64,
    links: &[Vec<u8>],
    seals: &[Seal],
    now: i64,
) -> Result<(), StoreError> {
    if links.len() != seals.len() {
        return Err(StoreError::Rejected { rule: "a leaf for each link" });
    }
    for ((seq, link), seal) in (first..).zip(links).zip(seals) {
        let seen = Seen { seq, head: Hash::of(link) };
        leaf::log(tx, seal, now, What::Link { family, seen }).await?;
    }
    Ok(())
}

/// What a batch of links asks for beside itself.
#[derive(Debug, Default)]
pub struct Effects {
    /// What must be destroyed: the hash of the link, and the plan.
    pub destructions: Vec<(Hash, Vec<u8>)>,
    /// Toys that no longer belong to the family.
    pub toys_removed: Vec<KeyId>,
    /// Accounts that now belong to it.
    pub accounts_joined: Vec<AccountId>,
    /// What guardians are told of it.
    pub letters: Vec<Letter>,
    /// What is gone for good by it, and the names of the entries that say so.
    pub gone: Vec<(LeafId, Gone)>,
    /// The links whose destruction it tells of.
    pub told: Vec<Hash>,
}

/// Adds links, if the chain still ends where the decision knew it to.
#[derive(Debug)]
pub struct Append {
    /// The permission; its head is the one that the links follow.
    pub permit: Permit<action::Append>,
    /// The links.
    pub links: Vec<Vec<u8>>,
    /// The last of them.
    pub seen: Seen,
    /// What comes with them.
    pub effects: Effects,
    /// Chance for the leaf of each link.
    pub seals: Vec<Seal>,
    /// Now, in milliseconds.
    pub now: i64,
}

impl Write for Append {
    const NAME: &'static str = "append-links";
    type Output = Appended;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Appended, StoreError> {
        let (family, old) = (self.permit.family(), self.permit.seen());
        for account in &self.effects.accounts_joined {
            if !account::may_join(tx, *account, family).await? {
                return Ok(Appended::Elsewhere);
            }
        }
        for link in &self.effects.told {
            if tx.row(UNTOLD, args![family, *link]).await?.is_none() {
                return Ok(Appended::Told);
            }
        }
        let (old_seq, seq) = (Value::from_u64(old.seq)?, Value::from_u64(self.seen.seq)?);
        let moved = args![family, old_seq, old.head, seq, self.seen.head];
        if tx.execute(MOVE_HEAD, moved).await? == 0 {
            return Ok(Appended::Behind);
        }
        insert_links(tx, family, old.seq + 1, &self.links).await?;
        log_links(tx, family, old.seq + 1, &self.links, &self.seals, self.now).await?;
        for (link, plan) in &self.effects.destructions {
            let row = args![family, *link, plan.clone(), self.now];
            tx.execute(INSERT_DESTRUCTION, row).await?;
        }
        for link in &self.effects.told {
            tx.execute(TOLD, args![family, *link]).await?;
        }
        toy::follow_chain(tx, family, &self.effects).await?;
        for account in &self.effects.accounts_joined {
            account::join(tx, *account, family).await?;
        }
        let day = Time(self.now).day();
        for (id, gone) in &self.effects.gone {
            leaf::log_entry(tx, *id, self.now, &gone.entry(day)).await?;
        }
        for letter in &self.effects.letters {
            letter::enqueue(tx, letter).await?;
        }
        Ok(Appended::Done)
    }
}

/// What became of links that were to be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// They were.
    Done,
    /// The chain doesn't end there any more.
    Behind,
    /// They let somebody in whose account belongs to another family.
    Elsewhere,
    /// They tell of a destruction that isn't finished, or that the chain tells of already.
    Told,
}

/// A destruction that was asked for, and of whose end the chain doesn't tell yet.
#[derive(Debug, Clone)]
pub struct Destruction {
    /// The family.
    pub family: FamilyId,
    /// The link that asks for it.
    pub link: Hash,
    /// What is to be destroyed.
    pub plan: Vec<u8>,
    /// The receipt, once everything is gone.
    pub receipt: Option<Vec<u8>>,
    /// What there was when it began; none before.
    pub counts: Option<Counts>,
    /// When it was asked for.
    pub created_ms: i64,
}

/// Destructions that wait behind one, or from the first on; the oldest first, at most 32.
pub async fn open_destructions(
    db: &Db,
    behind: Option<&Destruction>,
) -> Result<Vec<Destruction>, StoreError> {
    let first = (-1, Hash::from_bytes([0; 32]));
    let (created_ms, link) = behind.map_or(first, |last| (last.created_ms, last.link));
    let rows = db.rows(OPEN_DESTRUCTIONS, args![created_ms, link]).await?;
    let open = rows.iter().map(|row| {
        let counts = match row.opt_int(4)? {
            None => None,
            Some(_) => {
                Some(Counts { records: row.u64(4)?, blobs: row.u64(5)?, outer_keys: row.u64(6)? })
            }
        };
        let (family, link) = (row.id(0)?, row.hash(1)?);
        let (plan, receipt, created_ms) = (row.blob(2)?, row.opt_blob(3)?, row.int(7)?);
        Ok(Destruction { family, link, plan, receipt, counts, created_ms })
    });
    open.collect()
}

/// Notes what there is before the first of it goes.
#[derive(Debug)]
pub struct CountDestruction {
    /// The family.
    pub family: FamilyId,
    /// The link that asks for it.
    pub link: Hash,
    /// What there is.
    pub counts: Counts,
}

impl Write for CountDestruction {
    const NAME: &'static str = "count-destruction";
    /// Whether nobody had counted before.
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let Counts { records, blobs, outer_keys } = self.counts;
        let [records, blobs] = [Value::from_u64(records)?, Value::from_u64(blobs)?];
        let row = args![self.family, self.link, records, blobs, Value::from_u64(outer_keys)?];
        Ok(tx.execute(COUNT_DESTRUCTION, row).await? > 0)
    }
}

/// The receipt of a destruction; `None` inside if it isn't finished.
pub async fn receipt(
    db: &Db,
    permit: &Permit<action::ReadFamily>,
    link: Hash,
) -> Result<Option<Option<Vec<u8>>>, StoreError> {
    let row = db.row(FIND_DESTRUCTION, args![permit.family(), link]).await?;
    row.map(|row| row.opt_blob(0)).transpose()
}

/// The receipts that a family was given.
pub async fn receipts(
    db: &Db,
    permit: &Permit<action::ReadFamily>,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let rows = db.rows(RECEIPTS, args![permit.family()]).await?;
    rows.iter().map(|row| row.blob(0)).collect()
}

/// Notes that everything of a plan is gone, with the receipt for it.
#[derive(Debug)]
pub struct FinishDestruction {
    /// The family.
    pub family: FamilyId,
    /// The link that asks for it.
    pub link: Hash,
    /// The signed receipt.
    pub receipt: Vec<u8>,
    /// Chance for its leaf.
    pub seal: Seal,
    /// Now, in milliseconds.
    pub now: i64,
}

impl Write for FinishDestruction {
    const NAME: &'static str = "finish-destruction";
    /// Whether it was still open.
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let Self { family, link, .. } = *self;
        let row = args![family, link, self.receipt.clone()];
        if tx.execute(FINISH_DESTRUCTION, row).await? == 0 {
            return Ok(false);
        }
        let receipt = Hash::of(&self.receipt);
        let what = What::Erasure { family, link, receipt };
        leaf::log(tx, &self.seal, self.now, what).await?;
        Ok(true)
    }
}

/// Takes the next place in the family's feed, if its chain still ends at `seen`.
pub(super) async fn next_feed(
    tx: &mut Tx<'_>,
    family: FamilyId,
    seen: Seen,
) -> Result<Option<u64>, StoreError> {
    let row = tx.row(NEXT_FEED, args![family, Value::from_u64(seen.seq)?, seen.head]).await?;
    row.map(|row| row.u64(0)).transpose()
}

/// Takes the next place in the family's feed and room for so many bytes more, if its chain still
/// ends at `seen` and it uses no more than `room_bytes_max` then.
pub(super) async fn take_place(
    tx: &mut Tx<'_>,
    family: FamilyId,
    seen: Seen,
    bytes: i64,
    room_bytes_max: u64,
) -> Result<Option<u64>, StoreError> {
    let (seq, room) = (Value::from_u64(seen.seq)?, Value::from_u64(room_bytes_max)?);
    let row = tx.row(TAKE_PLACE, args![family, seq, seen.head, bytes, room]).await?;
    row.map(|row| row.u64(0)).transpose()
}

/// Takes the next place in the family's feed, wherever its chain ends.
pub(super) async fn any_feed(tx: &mut Tx<'_>, family: FamilyId) -> Result<u64, StoreError> {
    let row = tx.row(ANY_FEED, args![family]).await?;
    row.map_or(Err(StoreError::Conflict), |row| row.u64(0))
}

/// Whether a family's chain still ends at `seen`.
pub(super) async fn is_at(
    tx: &mut Tx<'_>,
    family: FamilyId,
    seen: Seen,
) -> Result<bool, StoreError> {
    let row = tx.row(SAME_HEAD, args![family, Value::from_u64(seen.seq)?, seen.head]).await?;
    Ok(row.is_some())
}

/// Counts bytes that were stored, or taken away if negative. Answers how many are used now.
pub(super) async fn use_room(
    tx: &mut Tx<'_>,
    family: FamilyId,
    bytes: i64,
) -> Result<u64, StoreError> {
    let row = tx.row(USE_ROOM, args![family, bytes]).await?;
    row.map_or(Err(StoreError::Conflict), |row| row.u64(0))
}
