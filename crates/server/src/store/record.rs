//! Sealed records. Reading takes a permit; writing compares the chain's head again inside the
//! transaction, so that nothing is stored under a consent that was withdrawn meanwhile.

use treehouse_protocol::category::KeyName;
use treehouse_protocol::id::{ChildId, Day, FamilyId, Hash, KeyId, RecordId, Seen};
use treehouse_protocol::registry::{Category, Coded};

use super::db::{Db, Row, StoreError, Tx, Value, Write, statements};
use super::{args, family};
use crate::access::{DataPermit, Permit, action};
use crate::domain::data::{Entry, Shelf};

statements! {
    PUT = "INSERT INTO record (family_id, record_id, child_id, category, version, ver, writer, feed, hash, sealed, frank_tag, received_day) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (family_id, record_id) DO UPDATE SET version = excluded.version, ver = excluded.ver, writer = excluded.writer, feed = excluded.feed, hash = excluded.hash, sealed = excluded.sealed, frank_tag = excluded.frank_tag, received_day = excluded.received_day";
    FIND = "SELECT r.record_id, r.child_id, r.category, r.version, r.ver, r.feed, r.hash, r.sealed, r.frank_tag, r.received_day, f.seq, f.head FROM record r JOIN family f ON f.family_id = r.family_id WHERE r.family_id = $1 AND r.record_id = $2";
    STATE = "SELECT child_id, category, ver, feed, hash, sealed FROM record WHERE family_id = $1 AND record_id = $2";
    PAGE = "SELECT r.record_id, r.child_id, r.category, r.version, r.ver, r.feed, r.hash, r.sealed, r.frank_tag, r.received_day, f.seq, f.head FROM record r JOIN family f ON f.family_id = r.family_id WHERE r.family_id = $1 AND r.child_id = $2 AND r.category = $3 AND r.feed > $4 ORDER BY r.feed LIMIT $5";
    EMPTY = "UPDATE record SET sealed = NULL, frank_tag = NULL, feed = $3, ver = ver + 1 WHERE family_id = $1 AND record_id = $2";
    FROM_WRITER = "SELECT record_id, sealed FROM record WHERE family_id = $1 AND child_id = $2 AND category = $3 AND writer = $4 AND sealed IS NOT NULL LIMIT 500";
    SIZE_OF_CHILD = "SELECT CAST(COALESCE(SUM(LENGTH(sealed)), 0) AS BIGINT), COUNT(*) FROM record WHERE family_id = $1 AND child_id = $2";
    SIZE_OF_SHELF = "SELECT CAST(COALESCE(SUM(LENGTH(sealed)), 0) AS BIGINT), COUNT(*) FROM record WHERE family_id = $1 AND child_id = $2 AND category = $3 AND version <= $4";
    COUNT_FROM_WRITER = "SELECT COUNT(*) FROM record WHERE family_id = $1 AND child_id = $2 AND category = $3 AND writer = $4 AND sealed IS NOT NULL";
    DELETE_CHILD = "DELETE FROM record WHERE family_id = $1 AND child_id = $2";
    DELETE_SHELF = "DELETE FROM record WHERE family_id = $1 AND child_id = $2 AND category = $3 AND version <= $4";
}

/// Records in one page.
pub const PAGE_MAX: i64 = 100;

fn entry_of(row: &Row, family: FamilyId) -> Result<(Entry, Seen), StoreError> {
    let category = u8::try_from(row.int(2)?).ok().and_then(Category::from_code);
    let category = category.ok_or(StoreError::Corrupt { what: "record.category" })?;
    let key = KeyName { family, child: row.id(1)?, category, version: row.u32(3)? };
    let entry = Entry {
        record: row.id(0)?,
        key,
        ver: row.u64(4)?,
        feed: row.u64(5)?,
        hash: row.hash(6)?,
        sealed: row.opt_blob(7)?,
        frank_tag: row.opt_blob(8)?,
        received: Day(row.u32(9)?),
    };
    Ok((entry, Seen { seq: row.u64(10)?, head: row.hash(11)? }))
}

/// One record, and where the chain ended at that moment: the caller's decision must have known
/// that link.
pub async fn find(
    db: &Db,
    permit: &Permit<action::ReadFamily>,
    record: RecordId,
) -> Result<Option<(Entry, Seen)>, StoreError> {
    let row = db.row(FIND, args![permit.family(), record]).await?;
    row.map(|row| entry_of(&row, permit.family())).transpose()
}

/// The records of a shelf that came after a place in the feed, deleted ones as empty entries.
pub async fn page(
    db: &Db,
    permit: &DataPermit<action::ReadData>,
    after: u64,
    count: i64,
) -> Result<Vec<(Entry, Seen)>, StoreError> {
    let Shelf { family, child, category } = permit.shelf();
    let count = count.clamp(1, PAGE_MAX);
    let from = args![family, child, i64::from(category.code()), Value::place(after), count];
    db.rows(PAGE, from).await?.iter().map(|row| entry_of(row, family)).collect()
}

/// Stores a record, or a newer state of it.
#[derive(Debug)]
pub struct Put {
    /// The permission.
    pub permit: DataPermit<action::WriteData>,
    /// The record's id.
    pub record: RecordId,
    /// The version of its key.
    pub version: u32,
    /// The number of its state.
    pub ver: u64,
    /// Its hash.
    pub hash: Hash,
    /// It, in the outer layer.
    pub sealed: Vec<u8>,
    /// The server's tag.
    pub frank_tag: Option<[u8; 32]>,
    /// Today.
    pub day: Day,
    /// The room that the family has, in bytes.
    pub room_bytes_max: u64,
}

/// What became of a record.
#[derive(Debug, PartialEq, Eq)]
pub enum Stored {
    /// It has this place in the feed, now or since it was sent before.
    At(u64),
    /// The chain has grown meanwhile: decide again.
    ChainGrew,
    /// There is a state with this number or a higher one, or the id is another shelf's.
    Stale,
    /// The family's room is full.
    NoRoom,
}

impl Write for Put {
    const NAME: &'static str = "put-record";
    type Output = Stored;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Stored, StoreError> {
        let Shelf { family, child, category } = self.permit.shelf();
        let mut old_bytes = 0;
        if let Some(row) = tx.row(STATE, args![family, self.record]).await? {
            let same = row.id(0)? == child && row.int(1)? == i64::from(category.code());
            let ver = row.u64(2)?;
            if same && ver == self.ver && row.hash(4)? == self.hash {
                return Ok(Stored::At(row.u64(3)?));
            }
            if !same || ver >= self.ver {
                return Ok(Stored::Stale);
            }
            old_bytes = row.opt_blob(5)?.map_or(0, |sealed| sealed.len());
        }
        let (seen, room) = (self.permit.seen(), self.room_bytes_max);
        let grows = bytes(self.sealed.len()) - bytes(old_bytes);
        let Some(feed) = family::take_place(tx, family, seen, grows, room).await? else {
            let same = family::is_at(tx, family, seen).await?;
            return Ok(if same { Stored::NoRoom } else { Stored::ChainGrew });
        };
        let row = args![
            family,
            self.record,
            child,
            i64::from(category.code()),
            i64::from(self.version),
            Value::from_u64(self.ver)?,
            self.permit.by(),
            Value::from_u64(feed)?,
            self.hash,
            self.sealed.clone(),
            self.frank_tag.map(Vec::from),
            i64::from(self.day.0)
        ];
        tx.execute(PUT, row).await?;
        Ok(Stored::At(feed))
    }
}

/// Takes one record away; an empty entry tells the other devices.
#[derive(Debug)]
pub struct Delete {
    /// The permission.
    pub permit: DataPermit<action::DeleteData>,
    /// Which.
    pub record: RecordId,
}

impl Write for Delete {
    const NAME: &'static str = "delete-record";
    /// Whether the chain was still the one that the decision knew.
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let Shelf { family, child, category } = self.permit.shelf();
        let Some(row) = tx.row(STATE, args![family, self.record]).await? else {
            return Ok(true);
        };
        let same = row.id(0)? == child && row.int(1)? == i64::from(category.code());
        let old = row.opt_blob(5)?;
        let (true, Some(old)) = (same, old) else {
            return Ok(true);
        };
        let Some(feed) = family::next_feed(tx, family, self.permit.seen()).await? else {
            return Ok(false);
        };
        family::use_room(tx, family, -bytes(old.len())).await?;
        tx.execute(EMPTY, args![family, self.record, Value::from_u64(feed)?]).await?;
        Ok(true)
    }
}

/// What is taken away because a link says so. No permit: the chain itself decided.
#[derive(Debug, Clone, Copy)]
pub enum Wipe {
    /// Everything of a child.
    Child(FamilyId, ChildId),
    /// A shelf, up to a version of its key.
    Shelf(Shelf, u32),
    /// What one writer put on a shelf; at most 500 records at a time.
    Writer(Shelf, KeyId),
}

/// How many records this would take.
pub async fn count(db: &Db, wipe: Wipe) -> Result<u64, StoreError> {
    let shelf =
        |Shelf { family, child, category }: Shelf| args![family, child, i64::from(category.code())];
    let (row, column) = match wipe {
        Wipe::Child(family, child) => (db.row(SIZE_OF_CHILD, args![family, child]).await?, 1),
        Wipe::Shelf(of, version) => {
            let which = [shelf(of), args![i64::from(version)]].concat();
            (db.row(SIZE_OF_SHELF, which).await?, 1)
        }
        Wipe::Writer(of, writer) => {
            (db.row(COUNT_FROM_WRITER, [shelf(of), args![writer]].concat()).await?, 0)
        }
    };
    row.map_or(Ok(0), |row| row.u64(column))
}

impl Write for Wipe {
    const NAME: &'static str = "wipe-records";
    /// How many records went.
    type Output = u64;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<u64, StoreError> {
        match *self {
            Self::Child(family, child) => {
                let size = tx.row(SIZE_OF_CHILD, args![family, child]).await?;
                give_back(tx, family, size.as_ref()).await?;
                tx.execute(DELETE_CHILD, args![family, child]).await
            }
            Self::Shelf(Shelf { family, child, category }, version) => {
                let which = || args![family, child, i64::from(category.code()), i64::from(version)];
                let size = tx.row(SIZE_OF_SHELF, which()).await?;
                give_back(tx, family, size.as_ref()).await?;
                tx.execute(DELETE_SHELF, which()).await
            }
            Self::Writer(of, writer) => wipe_writer(tx, of, writer).await,
        }
    }
}

async fn wipe_writer(tx: &mut Tx<'_>, shelf: Shelf, writer: KeyId) -> Result<u64, StoreError> {
    let Shelf { family, child, category } = shelf;
    let rows =
        tx.rows(FROM_WRITER, args![family, child, i64::from(category.code()), writer]).await?;
    for row in &rows {
        let (record, sealed) = (row.id::<treehouse_protocol::id::kind::Record>(0)?, row.blob(1)?);
        family::use_room(tx, family, -bytes(sealed.len())).await?;
        let feed = family::any_feed(tx, family).await?;
        tx.execute(EMPTY, args![family, record, Value::from_u64(feed)?]).await?;
    }
    Ok(rows.len() as u64)
}

async fn give_back(
    tx: &mut Tx<'_>,
    family: FamilyId,
    size: Option<&Row>,
) -> Result<(), StoreError> {
    let bytes = size.map_or(Ok(0), |row| row.int(0))?;
    family::use_room(tx, family, -bytes).await.map(drop)
}

fn bytes(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
