//! A reader's memory of what it has seen, against a server that shows it something older (section 6).
//!
//! One memory for each child and category, kept by the reader, sealed like everything that it
//! stores. For each record it remembers the newest version. So an old limit on screen time can't
//! come back as the present one.

use crate::cbor::{Canonical, Reader, Writer};
use crate::error::{Refused, require};
use crate::id::{ChildId, FamilyId, Hash, RecordId};
use crate::record::Record;
use crate::registry::{Category, Coded};
use crate::sorted::{Map, Set};

const NAME: &str = "TH-HEADS/1";

/// Records that one memory holds at most.
pub const RECORDS_MAX: usize = 65_536;
const ENTRY_BYTES_MAX: usize = 80;

/// The newest version seen of each record of one child and category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heads {
    family: FamilyId,
    child: ChildId,
    category: Category,
    newest: Map<RecordId, Newest>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Newest {
    ver: u32,
    seq: u64,
    hash: Hash,
}

impl Heads {
    /// A memory of nothing yet.
    #[must_use]
    pub const fn new(family: FamilyId, child: ChildId, category: Category) -> Self {
        Self { family, child, category, newest: Map::new() }
    }

    /// The category that it is a memory of.
    #[must_use]
    pub const fn category(&self) -> Category {
        self.category
    }

    /// Admits a record and remembers it, if it's not older than what was seen. To read the same
    /// record again is harmless. Ask the family's chain for the writer's right first: who may not
    /// write must not be remembered.
    ///
    /// # Errors
    /// Of another child or category, older than a version that was seen, another record under the
    /// same version, or one too many.
    pub fn admit(&mut self, record: &Record) -> Result<(), Refused> {
        let header = record.header();
        let name = header.name;
        let ours = (self.family, self.child, self.category);
        require(
            (name.family, name.child, name.category) == ours,
            NAME,
            "header",
            "must be of this child and category",
        )?;
        let next = Newest { ver: header.ver, seq: header.seq, hash: record.hash() };
        match self.newest.get(&header.record) {
            Some(seen) => self.check_successor(seen, &next)?,
            None => require(
                self.newest.len() < RECORDS_MAX,
                NAME,
                "records",
                "are too many to remember",
            )?,
        }
        self.newest.insert(header.record, next);
        Ok(())
    }

    fn check_successor(&self, seen: &Newest, next: &Newest) -> Result<(), Refused> {
        let refuse = |field, rule| Err(Refused::new(NAME, field, rule));
        if next.ver < seen.ver {
            return refuse("ver", "must not be lower than one that was seen");
        }
        if next.ver == seen.ver {
            return require(next.hash == seen.hash, NAME, "ver", "must not stand for two records");
        }
        // Who replaces a setting has read it, and with it how long the chain was. A writer that
        // pretends to know less may be a guardian who was removed meanwhile.
        if self.category == Category::Settings && next.seq < seen.seq {
            return refuse("seq", "must not be lower than that of the setting it replaces");
        }
        Ok(())
    }

    /// The longest chain that a writer of these records had seen. A reader whose copy ends before
    /// that was not shown all of it.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.newest.values().map(|newest| newest.seq).max().unwrap_or(0)
    }

    /// How many records are remembered.
    #[must_use]
    pub fn count(&self) -> usize {
        self.newest.len()
    }

    /// Refuses a server's view of the family that lacks what was seen: a chain that ends before
    /// [`Heads::seq`], or a list of all records of the category that leaves one out.
    ///
    /// A toy asks this about its settings before it obeys them: a limit that is merely withheld
    /// is as gone as one that was rolled back.
    ///
    /// # Errors
    /// The chain is too short, or a record is missing.
    pub fn check_view(&self, chain_seq: u64, listed: &Set<RecordId>) -> Result<(), Refused> {
        const RULE: &str = "must not lack what was seen before";
        require(chain_seq >= self.seq(), NAME, "chain", RULE)?;
        let all = self.newest.keys().all(|record| listed.contains(record));
        require(all, NAME, "list", RULE)
    }

    /// Forgets a record that a guardian erased. After that an old version of it would be admitted,
    /// which opens for nobody once the server has destroyed the outer key. Settings are replaced,
    /// never erased one by one, and stay remembered.
    ///
    /// # Errors
    /// The category is settings.
    pub fn forget(&mut self, record: RecordId) -> Result<(), Refused> {
        let erasable = self.category != Category::Settings;
        require(erasable, NAME, "cat", "must not be settings")?;
        self.newest.remove(&record);
        Ok(())
    }
}

impl Canonical for Heads {
    const NAME: &'static str = NAME;
    const BYTES_MAX: usize = RECORDS_MAX * ENTRY_BYTES_MAX + 128;

    fn encode(&self, writer: &mut Writer) {
        writer
            .array(5)
            .text(NAME)
            .bytes(self.family.bytes())
            .bytes(self.child.bytes())
            .uint(self.category.code())
            .array(self.newest.len());
        for (record, newest) in self.newest.iter() {
            writer
                .array(4)
                .bytes(record.bytes())
                .uint(newest.ver)
                .uint(newest.seq)
                .bytes(newest.hash.bytes());
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.open(5)?;
        let family = FamilyId::from_bytes(reader.fixed("fid")?);
        let child = ChildId::from_bytes(reader.fixed("cid")?);
        let mut heads = Self::new(family, child, Category::read(reader)?);
        let count = reader.list_or_none("records", RECORDS_MAX)?;
        for _ in 0..count {
            reader.array("record", 4)?;
            let record = RecordId::from_bytes(reader.fixed("rid")?);
            let newest = Newest {
                ver: reader.uint("ver")?,
                seq: reader.uint("seq")?,
                hash: Hash::from_bytes(reader.fixed("hash")?),
            };
            let last = heads.newest.last_key_value();
            let ascending = last.is_none_or(|(last, _)| *last < record);
            reader.require(ascending, "rid", "must be greater than the one before")?;
            heads.newest.insert(record, newest);
        }
        Ok(heads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::category::CategoryKey;
    use crate::fixture::{header, rng, signing_key};
    use crate::franking::Franking;
    use crate::record::{self, Header, Root};

    fn heads(category: Category) -> Heads {
        let name = header(&signing_key(1)).name;
        Heads::new(name.family, name.child, category)
    }

    /// A record of this category; `text` makes two of one version differ.
    fn written(category: Category, change: impl FnOnce(&mut Header), text: &[u8]) -> Record {
        let writer = signing_key(1);
        let mut header = header(&writer);
        header.name.category = category;
        change(&mut header);
        let mut rng = rng(7);
        let key = CategoryKey::generate(&mut rng);
        let root = Root::Category(&key);
        let signed = record::seal(&header, root, text, Franking::Without, &writer, &mut rng);
        record::check(&signed.unwrap(), &writer.verify_key()).unwrap()
    }

    #[test]
    fn an_older_version_never_comes_back() {
        let mut heads = heads(Category::Photos);
        let version = |ver| written(Category::Photos, |header| header.ver = ver, b"");
        heads.admit(&version(2)).unwrap();
        heads.admit(&version(2)).unwrap();
        assert!(heads.admit(&version(1)).is_err());
        heads.admit(&version(7)).unwrap();
        assert!(heads.admit(&version(2)).is_err());
        assert_eq!(heads.count(), 1);
    }

    #[test]
    fn one_version_stands_for_one_record() {
        let mut heads = heads(Category::Photos);
        heads.admit(&written(Category::Photos, |_| {}, b"one")).unwrap();
        assert!(heads.admit(&written(Category::Photos, |_| {}, b"two")).is_err());
    }

    #[test]
    fn records_of_another_child_or_category_are_refused() {
        let mut heads = heads(Category::Photos);
        let other = |change: fn(&mut Header)| written(Category::Photos, change, b"");
        let family = FamilyId::from_bytes([9; 16]);
        assert!(heads.admit(&written(Category::Voice, |_| {}, b"")).is_err());
        assert!(
            heads.admit(&other(|header| header.name.child = ChildId::from_bytes([9; 16]))).is_err()
        );
        let moved = written(Category::Photos, |header| header.name.family = family, b"");
        assert!(heads.admit(&moved).is_err());
        assert_eq!(heads.count(), 0);
    }

    #[test]
    fn a_setting_is_not_replaced_by_who_has_seen_less_of_the_log() {
        let at = |category, ver, seq| {
            let change = |header: &mut Header| (header.ver, header.seq) = (ver, seq);
            written(category, change, b"")
        };
        let mut settings = heads(Category::Settings);
        settings.admit(&at(Category::Settings, 1, 10)).unwrap();
        assert!(settings.admit(&at(Category::Settings, 2, 9)).is_err());
        settings.admit(&at(Category::Settings, 2, 10)).unwrap();
        let mut photos = heads(Category::Photos);
        photos.admit(&at(Category::Photos, 1, 10)).unwrap();
        photos.admit(&at(Category::Photos, 2, 9)).unwrap();
    }

    #[test]
    fn a_view_that_lacks_what_was_seen_is_refused() {
        let mut settings = heads(Category::Settings);
        let seen = written(Category::Settings, |header| header.seq = 10, b"");
        settings.admit(&seen).unwrap();
        let all = Set::from_iter([seen.header().record, RecordId::from_bytes([9; 16])]);
        settings.check_view(10, &all).unwrap();
        assert!(settings.check_view(9, &all).is_err());
        assert!(settings.check_view(10, &Set::default()).is_err());
        assert!(settings.forget(seen.header().record).is_err());
    }

    #[test]
    fn a_memory_survives_storage_and_has_an_end() {
        let mut heads = heads(Category::Photos);
        assert_eq!(Heads::from_bytes(&heads.to_bytes()).unwrap(), heads);
        let newest = Newest { ver: u32::MAX, seq: u64::MAX, hash: Hash::NONE };
        for number in 0..RECORDS_MAX as u128 {
            heads.newest.insert(RecordId::from_bytes(number.to_be_bytes()), newest);
        }
        assert_eq!(Heads::from_bytes(&heads.to_bytes()).unwrap(), heads);
        let record = written(Category::Photos, |_| {}, b"");
        assert!(heads.admit(&record).is_err());
        heads.forget(RecordId::from_bytes([0; 16])).unwrap();
        heads.admit(&record).unwrap();
    }
}
