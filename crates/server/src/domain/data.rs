//! A family's data, as the server sees it: places and sizes, never contents.

use treehouse_protocol::category::KeyName;
use treehouse_protocol::cbor::Writer;
use treehouse_protocol::id::{BlobId, ChildId, Day, FamilyId, Hash, KeyId, RecordId};
use treehouse_protocol::registry::{Category, Coded};

/// The data of one child in one category.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shelf {
    /// The family.
    pub family: FamilyId,
    /// The child.
    pub child: ChildId,
    /// The category.
    pub category: Category,
}

impl Shelf {
    /// The name of one version of its key.
    #[must_use]
    pub const fn key(&self, version: u32) -> KeyName {
        KeyName { family: self.family, child: self.child, category: self.category, version }
    }

    /// The shelf that a key belongs to.
    #[must_use]
    pub const fn of(key: &KeyName) -> Self {
        Self { family: key.family, child: key.child, category: key.category }
    }
}

/// A record as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub record: RecordId,
    /// The key that it is sealed under.
    pub key: KeyName,
    /// The number of this state of the record.
    pub ver: u64,
    /// Its place in the family's feed.
    pub feed: u64,
    /// The SHA-256 of the signed record.
    pub hash: Hash,
    /// The signed record inside the outer layer; `None` once it was deleted.
    pub sealed: Option<Vec<u8>>,
    /// The server's tag, by which a reader can prove later that this was sent.
    pub frank_tag: Option<Vec<u8>>,
    /// The day on which it came.
    pub received: Day,
}

/// Where a record lies, for the outer layer: what was moved doesn't open.
#[must_use]
pub fn record_place(key: &KeyName, record: RecordId, ver: u64) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.array(7).text("record");
    write_key(&mut writer, key);
    writer.bytes(record.bytes()).uint(ver);
    writer.into_bytes()
}

/// Where a part of a blob lies, for the outer layer.
#[must_use]
pub fn part_place(key: &KeyName, blob: BlobId, part: u32) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.array(7).text("part");
    write_key(&mut writer, key);
    writer.bytes(blob.bytes()).uint(part);
    writer.into_bytes()
}

fn write_key(writer: &mut Writer, key: &KeyName) {
    writer.bytes(key.family.bytes()).bytes(key.child.bytes());
    writer.uint(key.category.code()).uint(key.version);
}

/// A blob as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blob {
    /// Its id.
    pub id: BlobId,
    /// The key that names its outer key.
    pub key: KeyName,
    /// Who sent it.
    pub writer: KeyId,
    /// Its length when it left its writer, in bytes.
    pub sealed_bytes: u64,
    /// Whether every part has come.
    pub whole: bool,
}
