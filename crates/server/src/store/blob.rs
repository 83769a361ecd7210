//! What the database knows of blobs; their bytes lie in the blob store.

use treehouse_protocol::category::KeyName;
use treehouse_protocol::id::{BlobId, FamilyId, Hash, KeyId, Seen};
use treehouse_protocol::registry::{Category, Coded};

use super::db::{Db, Row, StoreError, Tx, Write, statements};
use super::{args, family};
use crate::access::{DataPermit, Permit, action};
use crate::domain::data::{Blob, Shelf};
use crate::domain::destruction::Step;
use crate::port::blob::Place;

statements! {
    INSERT = "INSERT INTO blob (family_id, blob_id, child_id, category, version, writer, sealed_bytes, state, created_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8)";
    FIND = "SELECT b.child_id, b.category, b.version, b.writer, b.sealed_bytes, b.state, f.seq, f.head FROM blob b JOIN family f ON f.family_id = b.family_id WHERE b.family_id = $1 AND b.blob_id = $2";
    STATE = "SELECT child_id, category, version, writer, sealed_bytes, state FROM blob WHERE family_id = $1 AND blob_id = $2";
    PUT_PART = "INSERT INTO blob_part (family_id, blob_id, part, hash) VALUES ($1, $2, $3, $4) ON CONFLICT (family_id, blob_id, part) DO UPDATE SET hash = excluded.hash";
    PARTS = "SELECT part, hash FROM blob_part WHERE family_id = $1 AND blob_id = $2 ORDER BY part";
    COUNT_PARTS = "SELECT COUNT(*) FROM blob_part WHERE family_id = $1 AND blob_id = $2";
    COMPLETE = "UPDATE blob SET state = 1 WHERE family_id = $1 AND blob_id = $2 AND state = 0";
    DELETE = "DELETE FROM blob WHERE family_id = $1 AND blob_id = $2";
    DELETE_PARTS = "DELETE FROM blob_part WHERE family_id = $1 AND blob_id = $2";
    OF_CHILD = "SELECT blob_id, category, version, writer FROM blob WHERE family_id = $1 AND child_id = $2";
    PARTS_AFTER = "SELECT family_id, blob_id, part FROM blob_part WHERE (family_id, blob_id, part) > ($1, $2, $3) ORDER BY family_id, blob_id, part LIMIT 1000";
    ABANDONED = "SELECT family_id, blob_id FROM blob WHERE state = 0 AND created_ms < $1 ORDER BY created_ms LIMIT 64";
}

/// A part that has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Its number; the first is 0.
    pub part: u32,
    /// The SHA-256 of what came.
    pub hash: Hash,
}

/// The places of all parts after one, in order; at most 1000. For backups.
pub async fn parts_after(
    db: &Db,
    (family, blob, part): (FamilyId, BlobId, i64),
) -> Result<Vec<Place>, StoreError> {
    let rows = db.rows(PARTS_AFTER, args![family, blob, part]).await?;
    let each = rows
        .iter()
        .map(|row| Ok(Place { family: row.id(0)?, blob: row.id(1)?, part: row.u32(2)? }));
    each.collect()
}

fn blob_of(row: &Row, family: FamilyId, id: BlobId) -> Result<Blob, StoreError> {
    let category = u8::try_from(row.int(1)?).ok().and_then(Category::from_code);
    let category = category.ok_or(StoreError::Corrupt { what: "blob.category" })?;
    let key = KeyName { family, child: row.id(0)?, category, version: row.u32(2)? };
    let (writer, sealed_bytes, whole) = (row.kid(3)?, row.u64(4)?, row.flag(5)?);
    Ok(Blob { id, key, writer, sealed_bytes, whole })
}

/// A blob, and where the chain ended at that moment: the caller's decision must have known that
/// link.
pub async fn find(
    db: &Db,
    permit: &Permit<action::ReadFamily>,
    id: BlobId,
) -> Result<Option<(Blob, Seen)>, StoreError> {
    let family = permit.family();
    let row = db.row(FIND, args![family, id]).await?;
    row.map(|row| {
        let seen = Seen { seq: row.u64(6)?, head: row.hash(7)? };
        Ok((blob_of(&row, family, id)?, seen))
    })
    .transpose()
}

/// The parts of a blob that have come.
pub async fn parts(db: &Db, blob: &Blob) -> Result<Vec<Part>, StoreError> {
    let rows = db.rows(PARTS, args![blob.key.family, blob.id]).await?;
    rows.iter().map(|row| Ok(Part { part: row.u32(0)?, hash: row.hash(1)? })).collect()
}

/// Announces a blob: its room is taken from now on.
#[derive(Debug)]
pub struct Begin {
    /// The permission.
    pub permit: DataPermit<action::WriteData>,
    /// The blob's id.
    pub id: BlobId,
    /// The version of its key.
    pub version: u32,
    /// Its length, sealed, in bytes.
    pub sealed_bytes: u64,
    /// The room that the family has, in bytes.
    pub room_bytes_max: u64,
    /// Now, in milliseconds.
    pub now: i64,
}

/// What became of an announcement.
#[derive(Debug, PartialEq, Eq)]
pub enum Begun {
    /// It waits for its parts, also if it was announced before.
    Waiting,
    /// The chain has grown meanwhile: decide again.
    ChainGrew,
    /// There is another blob with this id.
    Taken,
    /// The family's room is full.
    NoRoom,
}

impl Write for Begin {
    const NAME: &'static str = "begin-blob";
    type Output = Begun;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Begun, StoreError> {
        let Shelf { family, child, category } = self.permit.shelf();
        if let Some(row) = tx.row(STATE, args![family, self.id]).await? {
            let old = blob_of(&row, family, self.id)?;
            let key = self.permit.shelf().key(self.version);
            let same = old.key == key
                && old.writer == self.permit.by()
                && old.sealed_bytes == self.sealed_bytes;
            return Ok(if same { Begun::Waiting } else { Begun::Taken });
        }
        if !family::is_at(tx, family, self.permit.seen()).await? {
            return Ok(Begun::ChainGrew);
        }
        let bytes = i64::try_from(self.sealed_bytes).unwrap_or(i64::MAX);
        if family::use_room(tx, family, bytes).await? > self.room_bytes_max {
            family::use_room(tx, family, -bytes).await?;
            return Ok(Begun::NoRoom);
        }
        let (category, version) = (i64::from(category.code()), i64::from(self.version));
        let by: KeyId = self.permit.by();
        let row = args![family, self.id, child, category, version, by, bytes, self.now];
        tx.execute(INSERT, row).await?;
        Ok(Begun::Waiting)
    }
}

/// Notes a part whose bytes are safe in the blob store.
#[derive(Debug)]
pub struct PutPart {
    /// The permission.
    pub permit: DataPermit<action::WriteData>,
    /// The blob.
    pub id: BlobId,
    /// The part.
    pub part: Part,
}

impl Write for PutPart {
    const NAME: &'static str = "put-part";
    /// Whether the blob still waits for parts.
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let family = self.permit.shelf().family;
        let Some(row) = tx.row(STATE, args![family, self.id]).await? else {
            return Ok(false);
        };
        if blob_of(&row, family, self.id)?.whole {
            return Ok(false);
        }
        let Part { part, hash } = self.part;
        tx.execute(PUT_PART, args![family, self.id, i64::from(part), hash]).await?;
        Ok(true)
    }
}

/// Calls a blob whole, if every part has come and the right to write still stands.
#[derive(Debug)]
pub struct Complete {
    /// The permission.
    pub permit: DataPermit<action::WriteData>,
    /// The blob.
    pub id: BlobId,
    /// How many parts it has.
    pub parts: u64,
}

/// What became of it.
#[derive(Debug, PartialEq, Eq)]
pub enum Completed {
    /// It's whole, also if it was before.
    Whole,
    /// Parts are missing.
    Missing,
    /// The chain has grown meanwhile: decide again.
    ChainGrew,
}

impl Write for Complete {
    const NAME: &'static str = "complete-blob";
    type Output = Completed;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Completed, StoreError> {
        let family = self.permit.shelf().family;
        if !family::is_at(tx, family, self.permit.seen()).await? {
            return Ok(Completed::ChainGrew);
        }
        let count = tx.row(COUNT_PARTS, args![family, self.id]).await?;
        if count.map_or(Ok(0), |row| row.u64(0))? != self.parts {
            return Ok(Completed::Missing);
        }
        tx.execute(COMPLETE, args![family, self.id]).await?;
        Ok(Completed::Whole)
    }
}

/// Takes a blob's row away; its bytes go after that.
#[derive(Debug)]
pub struct Delete {
    /// The family.
    pub family: FamilyId,
    /// The blob.
    pub id: BlobId,
}

impl Write for Delete {
    const NAME: &'static str = "delete-blob";
    /// Whether it was there.
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let Some(row) = tx.row(STATE, args![self.family, self.id]).await? else {
            return Ok(false);
        };
        let bytes = row.int(4)?;
        tx.execute(DELETE_PARTS, args![self.family, self.id]).await?;
        tx.execute(DELETE, args![self.family, self.id]).await?;
        family::use_room(tx, self.family, -bytes).await?;
        Ok(true)
    }
}

/// The blobs that a step of a destruction is about.
pub async fn meant_by(db: &Db, family: FamilyId, step: &Step) -> Result<Vec<BlobId>, StoreError> {
    let (Step::Child(child) | Step::Category(child, ..) | Step::Writer(child, ..)) = *step;
    let rows = db.rows(OF_CHILD, args![family, child]).await?;
    let mut meant = Vec::new();
    for row in &rows {
        let (category, version, writer) = (row.int(1)?, row.u32(2)?, row.kid(3)?);
        let is_meant = match *step {
            Step::Child(_) => true,
            Step::Category(_, of, up_to) => category == i64::from(of.code()) && version <= up_to,
            Step::Writer(_, of, by) => category == i64::from(of.code()) && writer == by,
        };
        if is_meant {
            meant.push(row.id(0)?);
        }
    }
    Ok(meant)
}

/// Blobs that were announced before `before_ms` and never became whole; at most 64.
pub async fn abandoned(db: &Db, before_ms: i64) -> Result<Vec<(FamilyId, BlobId)>, StoreError> {
    let rows = db.rows(ABANDONED, args![before_ms]).await?;
    rows.iter().map(|row| Ok((row.id(0)?, row.id(1)?))).collect()
}
