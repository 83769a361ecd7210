//! Leaves of the transparency log: what happened, so that it can be proven, and hidden so that the
//! log tells nobody's story.
//!
//! The public log holds an [`Entry`] for each event: its kind, its day and a commitment. Whoever was
//! given the [`Leaf`], event and salt, can prove that it is that entry. Once every copy of the salt
//! is destroyed nobody can, and the log stays as whole as it was.

use std::fmt;

use crate::cbor::{Canonical, Reader, Writer};
use crate::error::Refused;
use crate::id::{AccountId, BlobId, ChildId, Day, FamilyId, Hash, KeyId, RecordId, Seen};
use crate::registry::{Category, Coded};

/// Records that one release names at most: a page of them.
pub const RECORDS_MAX: usize = 100;
/// Bytes of a salt.
pub const SALT_BYTES: usize = 32;
/// Bytes of the word for what a steward did.
pub const ACT_BYTES_MAX: usize = 32;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// The kind of an event: all that the public log says of it, beside its day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A link was added to a family's chain.
    Link,
    /// The operator signed that somebody is a verified adult.
    Attestation,
    /// A steward did something.
    Act,
    /// One of the deployment's own keys began to count.
    Key,
    /// Something was destroyed because a family said so.
    Erasure,
    /// Sealed data was handed out.
    Release,
    /// Something is gone for good; see [`crate::tombstone`]. Has no leaf.
    Tombstone,
    /// An older state of the database was put back.
    Restore,
    /// A version of a notice, or of the operator's registers, began to count.
    Publication,
}

impl Coded for Kind {
    const FIELD: &'static str = "kind";
    const ALL: &'static [(Self, u8, &'static str)] = &[
        (Self::Link, 1, "link"),
        (Self::Attestation, 2, "attestation"),
        (Self::Act, 3, "act"),
        (Self::Key, 4, "key"),
        (Self::Erasure, 5, "erasure"),
        (Self::Release, 6, "release"),
        (Self::Tombstone, 7, "tombstone"),
        (Self::Restore, 8, "restore"),
        (Self::Publication, 9, "publication"),
    ];
}

/// What stands in the public log: `["TH-ENTRY/1", kind, day, commitment]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The kind of event.
    pub kind: Kind,
    /// When it happened.
    pub day: Day,
    /// The hash of salt and event.
    pub commitment: Hash,
}

impl Canonical for Entry {
    const NAME: &'static str = "TH-ENTRY/1";
    const BYTES_MAX: usize = 64;

    fn encode(&self, writer: &mut Writer) {
        writer.array(4).text(Self::NAME).uint(self.kind.code()).uint(self.day.0);
        writer.bytes(self.commitment.bytes());
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.open(4)?;
        Ok(Self {
            kind: Kind::read(reader)?,
            day: Day(reader.uint("day")?),
            commitment: Hash::from_bytes(reader.fixed("commitment")?),
        })
    }
}

/// An event and the salt that hides it: `["TH-LEAF/1", salt, event]`, whose hash is the commitment.
#[derive(Clone, PartialEq, Eq)]
pub struct Leaf {
    /// Random, and known to nobody but those who may see the event.
    pub salt: [u8; SALT_BYTES],
    /// The event.
    pub event: Event,
}

impl fmt::Debug for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leaf").field("salt", &"●●").field("event", &self.event).finish()
    }
}

impl Leaf {
    /// What the public log says of it.
    #[must_use]
    pub fn entry(&self) -> Entry {
        Entry {
            kind: self.event.what.kind(),
            day: self.event.day(),
            commitment: Hash::of(&self.to_bytes()),
        }
    }
}

impl Canonical for Leaf {
    const NAME: &'static str = "TH-LEAF/1";
    const BYTES_MAX: usize = 2560;

    fn encode(&self, writer: &mut Writer) {
        writer.array(3).text(Self::NAME).bytes(&self.salt).nested(&self.event);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.open(3)?;
        Ok(Self { salt: reader.fixed("salt")?, event: reader.nested()? })
    }
}

/// Something that happened: `["TH-EVENT/1", milliseconds since 1970, kind, [what…]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When, in milliseconds since 1970, by the server's clock.
    pub at_ms: u64,
    /// What.
    pub what: What,
}

impl Event {
    /// The day on which it happened; days beyond the last that a link can name count as that one.
    #[must_use]
    pub fn day(&self) -> Day {
        Day(u32::try_from(self.at_ms / DAY_MS).unwrap_or(u32::MAX))
    }
}

impl Canonical for Event {
    const NAME: &'static str = "TH-EVENT/1";
    const BYTES_MAX: usize = 2432;

    fn encode(&self, writer: &mut Writer) {
        writer.array(4).text(Self::NAME).uint(self.at_ms).uint(self.what.kind().code());
        self.what.write(writer);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.open(4)?;
        let at_ms = reader.uint("at")?;
        let kind = Kind::read(reader)?;
        Ok(Self { at_ms, what: What::read(kind, reader)? })
    }
}

/// What happened, in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// `[fid, seq, hash of the link]`
    Link {
        /// The family.
        family: FamilyId,
        /// The link's place, and its hash.
        seen: Seen,
    },
    /// `[account, hash of the signed attestation]`
    Attestation {
        /// The account whose holder was verified.
        account: AccountId,
        /// The hash of the signed `TH-VPC/1`.
        attestation: Hash,
    },
    /// `[steward, word, subject, hash of the reason]`
    Act {
        /// The steward's id.
        steward: [u8; 16],
        /// The word for what was done, such as `approve`.
        act: String,
        /// The id of what it was done to.
        subject: [u8; 16],
        /// The hash of the reason that was given.
        reason: Hash,
    },
    /// `[kid, word]`
    Key {
        /// The key.
        key: KeyId,
        /// What it's for, such as `attester`.
        role: String,
    },
    /// `[fid, hash of the link that asked, hash of the signed receipt]`
    Erasure {
        /// The family.
        family: FamilyId,
        /// The link.
        link: Hash,
        /// The receipt.
        receipt: Hash,
    },
    /// See [`Release`].
    Release(Release),
    /// `[entries that the database knew, entries that were published]`
    Restore {
        /// How many entries the database knew that was put back.
        known: u64,
        /// How many had been published.
        published: u64,
    },
    /// `[word, number, hash of its bytes]`
    Publication {
        /// The word of what it is, such as `direct`.
        kind: String,
        /// The number of the version, from 1.
        version: u32,
        /// The hash of its bytes.
        hash: Hash,
    },
}

impl What {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Link { .. } => Kind::Link,
            Self::Attestation { .. } => Kind::Attestation,
            Self::Act { .. } => Kind::Act,
            Self::Key { .. } => Kind::Key,
            Self::Erasure { .. } => Kind::Erasure,
            Self::Release(_) => Kind::Release,
            Self::Restore { .. } => Kind::Restore,
            Self::Publication { .. } => Kind::Publication,
        }
    }

    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Link { family, seen } => {
                writer.array(3).bytes(family.bytes()).uint(seen.seq).bytes(seen.head.bytes());
            }
            Self::Attestation { account, attestation } => {
                writer.array(2).bytes(account.bytes()).bytes(attestation.bytes());
            }
            Self::Act { steward, act, subject, reason } => {
                writer.array(4).bytes(steward).text(act).bytes(subject).bytes(reason.bytes());
            }
            Self::Key { key, role } => {
                writer.array(2).bytes(key.bytes()).text(role);
            }
            Self::Erasure { family, link, receipt } => {
                writer.array(3).bytes(family.bytes()).bytes(link.bytes()).bytes(receipt.bytes());
            }
            Self::Release(release) => release.write(writer),
            Self::Restore { known, published } => {
                writer.array(2).uint(*known).uint(*published);
            }
            Self::Publication { kind, version, hash } => {
                writer.array(3).text(kind).uint(*version).bytes(hash.bytes());
            }
        }
    }

    fn read(kind: Kind, reader: &mut Reader<'_>) -> Result<Self, Refused> {
        Ok(match kind {
            Kind::Link => {
                reader.array("what", 3)?;
                let family = FamilyId::from_bytes(reader.fixed("fid")?);
                let seq = reader.uint("seq")?;
                let head = Hash::from_bytes(reader.fixed("link")?);
                Self::Link { family, seen: Seen { seq, head } }
            }
            Kind::Attestation => {
                reader.array("what", 2)?;
                let account = AccountId::from_bytes(reader.fixed("account")?);
                let attestation = Hash::from_bytes(reader.fixed("attestation")?);
                Self::Attestation { account, attestation }
            }
            Kind::Act => {
                reader.array("what", 4)?;
                let steward = reader.fixed("steward")?;
                let act = word(reader, "act")?;
                let subject = reader.fixed("subject")?;
                let reason = Hash::from_bytes(reader.fixed("reason")?);
                Self::Act { steward, act, subject, reason }
            }
            Kind::Key => {
                reader.array("what", 2)?;
                let key = KeyId::from_bytes(reader.fixed("kid")?);
                Self::Key { key, role: word(reader, "role")? }
            }
            Kind::Erasure => {
                reader.array("what", 3)?;
                let family = FamilyId::from_bytes(reader.fixed("fid")?);
                let link = Hash::from_bytes(reader.fixed("link")?);
                let receipt = Hash::from_bytes(reader.fixed("receipt")?);
                Self::Erasure { family, link, receipt }
            }
            Kind::Release => Self::Release(Release::read(reader)?),
            Kind::Tombstone => return Err(reader.refuse("kind", "must be one that has a leaf")),
            Kind::Restore => {
                reader.array("what", 2)?;
                Self::Restore { known: reader.uint("known")?, published: reader.uint("published")? }
            }
            Kind::Publication => {
                reader.array("what", 3)?;
                let kind = word(reader, "notice")?;
                let version = reader.uint("version")?;
                let hash = Hash::from_bytes(reader.fixed("hash")?);
                Self::Publication { kind, version, hash }
            }
        })
    }
}

fn word(reader: &mut Reader<'_>, field: &'static str) -> Result<String, Refused> {
    let word = reader.text(field)?;
    let plain = word.bytes().all(|sign| sign.is_ascii_lowercase() || sign == b'-');
    let fits = (1..=ACT_BYTES_MAX).contains(&word.len()) && plain;
    reader.require(fits, field, "must be a word of at most 32 small letters and dashes")?;
    Ok(word.to_owned())
}

/// Sealed data was handed out: `[fid, cid, cat, reader kid, hash of the grant or null, [rid…], blob
/// or null]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The family.
    pub family: FamilyId,
    /// The child that it is about.
    pub child: ChildId,
    /// The kind of data.
    pub category: Category,
    /// Who got it.
    pub reader: KeyId,
    /// The grant that it was handed out under; none if the reader made the key itself.
    pub grant: Option<Hash>,
    /// The records.
    pub records: Vec<RecordId>,
    /// The blob, if it was one.
    pub blob: Option<BlobId>,
}

impl Release {
    fn write(&self, writer: &mut Writer) {
        writer.array(7).bytes(self.family.bytes()).bytes(self.child.bytes());
        writer.uint(self.category.code()).bytes(self.reader.bytes());
        writer.optional_bytes(self.grant.as_ref().map(|grant| grant.bytes().as_slice()));
        writer.list(&self.records, |writer, record| {
            writer.bytes(record.bytes());
        });
        writer.optional_bytes(self.blob.as_ref().map(|blob| blob.bytes().as_slice()));
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.array("what", 7)?;
        let family = FamilyId::from_bytes(reader.fixed("fid")?);
        let child = ChildId::from_bytes(reader.fixed("cid")?);
        let category = Category::read(reader)?;
        let by = KeyId::from_bytes(reader.fixed("kid")?);
        let grant = reader.optional(|reader| reader.fixed("grant").map(Hash::from_bytes))?;
        let count = reader.list_or_none("records", RECORDS_MAX)?;
        let records =
            reader.items(count, |reader| reader.fixed("rid").map(RecordId::from_bytes))?;
        let blob = reader.optional(|reader| reader.fixed("blob").map(BlobId::from_bytes))?;
        Ok(Self { family, child, category, reader: by, grant, records, blob })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cbor;

    fn leaf(salt: u8) -> Leaf {
        let release = Release {
            family: FamilyId::from_bytes([1; 16]),
            child: ChildId::from_bytes([2; 16]),
            category: Category::Photos,
            reader: KeyId::from_bytes([3; 16]),
            grant: Some(Hash::of(b"grant")),
            records: vec![RecordId::from_bytes([4; 16]); RECORDS_MAX],
            blob: None,
        };
        let event = Event { at_ms: 20_000 * DAY_MS + 1, what: What::Release(release) };
        Leaf { salt: [salt; SALT_BYTES], event }
    }

    #[test]
    fn the_longest_leaf_fits_its_limit_and_comes_back() {
        let leaf = leaf(7);
        let bytes = leaf.to_bytes();
        assert!(bytes.len() <= Leaf::BYTES_MAX, "{} bytes", bytes.len());
        assert_eq!(Leaf::from_bytes(&bytes), Ok(leaf));
    }

    #[test]
    fn an_entry_says_kind_and_day_and_hides_the_rest_under_the_salt() {
        let (one, other) = (leaf(7).entry(), leaf(8).entry());
        assert_eq!((one.kind, one.day), (Kind::Release, Day(20_000)));
        assert_ne!(one.commitment, other.commitment);
        assert_eq!(Entry::from_bytes(&one.to_bytes()), Ok(one));
    }

    #[test]
    fn a_sequence_of_entries_comes_back_whole_or_not_at_all() {
        let entries: Vec<Entry> = (0..3).map(|salt| leaf(salt).entry()).collect();
        let bytes = entries.iter().flat_map(Canonical::to_bytes).collect::<Vec<u8>>();
        assert_eq!(cbor::sequence::<Entry>(&bytes), Ok(entries.clone()));
        assert_eq!(cbor::sequence::<Entry>(&[]), Ok(Vec::new()));
        for cut in 1..bytes.len() {
            let whole = cut % (bytes.len() / 3) == 0;
            assert_eq!(cbor::sequence::<Entry>(&bytes[..cut]).is_ok(), whole, "{cut} bytes");
        }
        // The kind, behind two headers and the name, with a byte more: another encoding of it.
        let mut longer = bytes;
        longer.insert(2 + Entry::NAME.len(), 0x18);
        assert!(cbor::sequence::<Entry>(&longer).is_err());
    }

    #[test]
    fn a_word_is_small_letters() {
        let act = |act: &str| {
            let what = What::Act {
                steward: [1; 16],
                act: act.to_owned(),
                subject: [2; 16],
                reason: Hash::of(b"why"),
            };
            Event::from_bytes(&Event { at_ms: 1, what }.to_bytes())
        };
        assert!(act("read-scan").is_ok());
        for bad in ["", "Approve", "a b", "name@example.org", &"a".repeat(ACT_BYTES_MAX + 1)] {
            assert!(act(bad).is_err(), "{bad}");
        }
    }
}
