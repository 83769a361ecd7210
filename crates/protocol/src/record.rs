//! Records: small sealed items of a child's data (section 6).
//!
//! A record is sealed under a root that its readers share, bound to a header, and signed by its
//! writer. Whoever has no key can still check who wrote it, for which child and category; that is
//! all a server ever does with it. What is large goes into a [`crate::blob`].
//!
//! AES-GCM alone lets one cipher text open under two keys to two texts. The commitment `C` ends
//! that: it fixes the key, and it is compared before anything is decrypted.

use std::fmt;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::aead;
use crate::category::{CategoryKey, KeyName};
use crate::cbor::{Canonical, Reader, Writer};
use crate::chain::Family;
use crate::error::{Refused, require};
use crate::franking::{Frank, FrankKey, Franking};
use crate::id::{ChildId, Day, FamilyId, Hash, KeyId, RecordId};
use crate::kem::KemPublic;
use crate::pad::{pad, unpad};
use crate::record::body::{Body, Keys, receive_root, send_root};
use crate::registry::{Category, Coded};
use crate::secret::Secret;
use crate::sign::{Signed, SigningKey, VerifyKey};
use crate::trust::Trust;

mod body;

const NAME: &str = "TH-REC/1";

/// The longest plain text of a record.
pub const PLAIN_BYTES_MAX: usize = 64 * 1024;
const FRANK_KEY_BYTES: usize = 32;

/// What stands in the clear before a record, and is bound to it by key, tag and signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Family, child, category, and the version of the category key.
    pub name: KeyName,
    /// Which record.
    pub record: RecordId,
    /// The version of the record, from 1; one more at each change.
    pub ver: u32,
    /// The key that signs the record.
    pub writer: KeyId,
    /// The day of writing.
    pub day: Day,
    /// The last link of the family's chain that the writer had seen. Its right to write is judged
    /// there.
    pub seq: u64,
}

impl Header {
    /// What a blob of this record is bound to: the header without what changes when the record
    /// changes and the blob doesn't, `ver` and `seq`.
    #[must_use]
    pub fn blob_context(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.array(8);
        self.write_name(&mut writer);
        writer.bytes(self.writer.bytes()).uint(self.day.0);
        writer.into_bytes()
    }

    fn write_name(&self, writer: &mut Writer) {
        writer
            .text(NAME)
            .bytes(self.name.family.bytes())
            .bytes(self.name.child.bytes())
            .uint(self.name.category.code())
            .uint(self.name.version)
            .bytes(self.record.bytes());
    }

    fn check_versions(&self) -> Result<(), Refused> {
        const RULE: &str = "must count from 1";
        require(self.name.version > 0, NAME, "v", RULE)?;
        require(self.ver > 0, NAME, "ver", RULE)
    }
}

impl Canonical for Header {
    const NAME: &'static str = NAME;
    const BYTES_MAX: usize = 128;

    fn encode(&self, writer: &mut Writer) {
        writer.array(10);
        self.write_name(writer);
        writer.uint(self.ver).bytes(self.writer.bytes()).uint(self.day.0).uint(self.seq);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.open(10)?;
        let header = Self {
            name: KeyName {
                family: FamilyId::from_bytes(reader.fixed("fid")?),
                child: ChildId::from_bytes(reader.fixed("cid")?),
                category: Category::read(reader)?,
                version: reader.uint("v")?,
            },
            record: RecordId::from_bytes(reader.fixed("rid")?),
            ver: reader.uint("ver")?,
            writer: KeyId::from_bytes(reader.fixed("writer_kid")?),
            day: Day(reader.uint("day")?),
            seq: reader.uint("seq")?,
        };
        header.check_versions()?;
        Ok(header)
    }
}

/// Where the key of a record comes from.
#[derive(Debug, Clone, Copy)]
pub enum Root<'k> {
    /// The writer also reads. A record under the category key is itself a proof that its writer
    /// held that key: nobody else can make one that opens.
    Category(&'k CategoryKey),
    /// The writer only writes: a fresh secret is sent to the drop-box, and forgotten.
    DropBox(&'k KemPublic),
}

/// Seals and signs `plain` under `header`.
///
/// # Errors
/// The text is over [`PLAIN_BYTES_MAX`], the header counts from 0 or names another writer, or the
/// drop-box isn't of suite 1.
pub fn seal(
    header: &Header,
    root: Root<'_>,
    plain: &[u8],
    franking: Franking,
    writer: &SigningKey,
    rng: &mut dyn CryptoRng,
) -> Result<Signed, Refused> {
    check_plain(plain)?;
    header.check_versions()?;
    check_writer(header, writer.id())?;
    let bound = header.to_bytes();
    let (enc, root) = match root {
        Root::Category(key) => (None, key.secret().clone()),
        Root::DropBox(public) => {
            let (enc, root) = send_root(public, &bound, rng)?;
            (Some(enc), root)
        }
    };
    let mut salt = [0; 32];
    rng.fill_bytes(&mut salt);
    let keys = Keys::derive(&root, &salt, &bound);
    let (frank, padded) = match franking {
        Franking::Without => (None, pad(&[plain])),
        Franking::Provable => {
            let key = FrankKey::generate(rng);
            (Some(key.commit(plain)), pad(&[key.secret().expose(), plain]))
        }
    };
    let body = Body {
        header: *header,
        salt,
        commitment: *keys.commitment.expose(),
        cipher_text: aead::seal(&keys.content, &padded, &bound),
        enc,
        frank,
    };
    Ok(Signed::sign(writer, &body))
}

/// Checks a record without its key: `writer` signed it, and it's well-formed.
///
/// Whether `writer` had the right to write there is for the family's chain to say, at the header's
/// `seq`; who takes in a record must ask both.
///
/// # Errors
/// Not signed by `writer`, or malformed.
pub fn check(signed: &Signed, writer: &VerifyKey) -> Result<Record, Refused> {
    let body: Body = signed.verify(writer)?;
    check_writer(&body.header, writer.id())?;
    let hash = Hash::of(&signed.to_bytes());
    Ok(Record { body, hash })
}

/// [`check`] with the key that goes by the writer's name in `family`, and the right of the writer
/// there: all that can be asked of a record without its key.
///
/// # Errors
/// Those of [`check`] and [`Family::writer`], or the writer is nobody that the chain knows.
pub fn check_in(signed: &Signed, family: &Family, trust: &Trust) -> Result<Record, Refused> {
    const RULE: &str = "must be a member of the family, or listed";
    let key = family.verify_key(signed.signer(), trust);
    let record = check(signed, &key.ok_or_else(|| Refused::new(NAME, "writer_kid", RULE))?)?;
    let header = record.header();
    family.writer(header.writer, &header.name, header.seq, header.day, trust)?;
    Ok(record)
}

/// [`check`] and [`Record::open`] in one. Whether the writer had the right to write it doesn't ask:
/// that is [`check_in`].
///
/// # Errors
/// Those of both.
pub fn open(
    signed: &Signed,
    writer: &VerifyKey,
    key: &CategoryKey,
    expected: &Expected,
) -> Result<Opened, Refused> {
    check(signed, writer)?.open(key, expected)
}

/// A record whose writer's signature was checked. What is in it stays sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    body: Body,
    hash: Hash,
}

impl Record {
    /// Its header.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.body.header
    }

    /// The SHA-256 of the signed record.
    #[must_use]
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// Whether it came through the drop-box. If not, its writer claims to hold the category key.
    #[must_use]
    pub fn is_drop_box(&self) -> bool {
        self.body.enc.is_some()
    }

    /// The commitment to its plain text, if its readers can prove it.
    #[must_use]
    pub fn frank(&self) -> Option<Frank> {
        self.body.frank
    }

    /// Opens it with the category key, from which the drop-box's private key follows too.
    ///
    /// # Errors
    /// Not what was expected, sealed under another key, or malformed inside.
    pub fn open(&self, key: &CategoryKey, expected: &Expected) -> Result<Opened, Refused> {
        expected.check(&self.body.header)?;
        let bound = self.body.header.to_bytes();
        let root = match &self.body.enc {
            None => key.secret().clone(),
            Some(enc) => receive_root(key, enc, &bound)?,
        };
        let keys = Keys::derive(&root, &self.body.salt, &bound);
        let committed = keys.commitment == Secret::from_bytes(self.body.commitment);
        require(committed, NAME, "C", "must be made with this key and header")?;
        let padded = aead::open(&keys.content, &self.body.cipher_text, &bound)
            .ok_or_else(|| Refused::new(NAME, "ct", "must be sealed under this header"))?;
        let plain = unpad(padded)
            .ok_or_else(|| Refused::new(NAME, "padding", "must be the one there is"))?;
        let (franking, plain) = match self.body.frank {
            None => (None, plain),
            Some(frank) => {
                let (key, plain) = open_frank(frank, plain)?;
                (Some(key), plain)
            }
        };
        check_plain(&plain)?;
        Ok(Opened { header: self.body.header, plain, franking })
    }
}

/// What a reader asked for. A server that answers with another record, however genuine, is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    /// The family, child, category and version of the key at hand.
    pub name: KeyName,
    /// The record; `None` if any will do, as in a listing.
    pub record: Option<RecordId>,
}

impl Expected {
    fn check(&self, header: &Header) -> Result<(), Refused> {
        const RULE: &str = "must be the one that was asked for";
        let name = header.name;
        require(name.family == self.name.family, NAME, "fid", RULE)?;
        require(name.child == self.name.child, NAME, "cid", RULE)?;
        require(name.category == self.name.category, NAME, "cat", RULE)?;
        require(name.version == self.name.version, NAME, "v", RULE)?;
        let record = self.record.is_none_or(|record| record == header.record);
        require(record, NAME, "rid", RULE)
    }
}

/// A record, opened.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    /// Its header.
    pub header: Header,
    /// What was sealed. Wiped when dropped.
    pub plain: Zeroizing<Vec<u8>>,
    /// What a report must reveal beside the plain text, if the record is franked.
    pub franking: Option<FrankKey>,
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opened({:?}, ●●)", self.header)
    }
}

/// Takes the commitment's key from before the text, and checks the commitment: a reader never sees
/// what it could not report.
fn open_frank(
    frank: Frank,
    mut plain: Zeroizing<Vec<u8>>,
) -> Result<(FrankKey, Zeroizing<Vec<u8>>), Refused> {
    let refused = || Refused::new(NAME, "frank", "must commit to the plain text");
    let key = plain.first_chunk::<FRANK_KEY_BYTES>().ok_or_else(refused)?;
    let key = FrankKey::from_secret(Secret::from_bytes(*key));
    plain.drain(..FRANK_KEY_BYTES);
    if key.commit(&plain) == frank { Ok((key, plain)) } else { Err(refused()) }
}

fn check_plain(plain: &[u8]) -> Result<(), Refused> {
    let fits = plain.len() <= PLAIN_BYTES_MAX;
    require(fits, NAME, "plain text", "must have at most 64 KiB; more goes into a blob")
}

fn check_writer(header: &Header, signer: KeyId) -> Result<(), Refused> {
    let same = header.writer == signer;
    require(same, NAME, "writer_kid", "must be the key that signs")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Written, expected, header, rng, signing_key};

    #[test]
    fn a_record_opens_for_the_holder_of_the_category_key() {
        let longest = vec![0x80; PLAIN_BYTES_MAX];
        for drop_box in [false, true] {
            for franking in [Franking::Without, Franking::Provable] {
                for plain in [&b""[..], b"a first word", &longest] {
                    let record = Written::new(drop_box, franking, plain);
                    let bytes = record.signed.to_bytes();
                    assert_eq!(Signed::from_bytes(&bytes), Ok(record.signed.clone()));
                    let opened = record.open().unwrap();
                    assert_eq!(opened.plain.as_slice(), plain);
                    assert_eq!(opened.header, header(&record.writer));
                    assert_eq!(opened.franking.is_some(), franking == Franking::Provable);
                    let checked = check(&record.signed, &record.writer.verify_key()).unwrap();
                    assert_eq!(checked.is_drop_box(), drop_box);
                }
            }
        }
    }

    #[test]
    fn another_key_is_refused_before_anything_is_decrypted() {
        let other = CategoryKey::generate(&mut rng(2));
        for drop_box in [false, true] {
            let mut record = Written::new(drop_box, Franking::Without, b"hello");
            record.key = other.clone();
            assert_eq!(record.open().unwrap_err().field, "C");
        }
    }

    #[test]
    fn a_genuine_record_in_the_place_of_another_is_refused() {
        let record = Written::new(false, Franking::Without, b"hello");
        let name = expected(&header(&record.writer)).name;
        let (family, child) = (FamilyId::from_bytes([9; 16]), ChildId::from_bytes([9; 16]));
        let category = Category::Voice;
        let any = |name| Expected { name, record: None };
        let other = Some(RecordId::from_bytes([9; 16]));
        let requests = [
            ("fid", any(KeyName { family, ..name })),
            ("cid", any(KeyName { child, ..name })),
            ("cat", any(KeyName { category, ..name })),
            ("v", any(KeyName { version: 4, ..name })),
            ("rid", Expected { name, record: other }),
        ];
        for (field, expected) in requests {
            let writer = record.writer.verify_key();
            let opened = open(&record.signed, &writer, &record.key, &expected);
            assert_eq!(opened.unwrap_err().field, field);
        }
    }

    #[test]
    fn every_changed_bit_and_length_of_a_signed_record_is_refused() {
        let record = Written::new(true, Franking::Provable, b"hello");
        let bytes = record.signed.to_bytes();
        let refused = |bytes: &[u8]| {
            let signed = Signed::from_bytes(bytes);
            signed.and_then(|signed| check(&signed, &record.writer.verify_key())).is_err()
        };
        assert!(!refused(&bytes));
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(refused(&changed), "bit {bit}");
        }
        assert!((0..bytes.len()).all(|length| refused(&bytes[..length])));
        assert!(refused(&[&bytes[..], &[0]].concat()));
    }

    #[test]
    fn what_must_not_be_sealed_is_refused() {
        let mut rng = rng(3);
        let key = CategoryKey::generate(&mut rng);
        let x_wing = crate::keys::Bundle::from_seed(Secret::random(&mut rng)).keys().public().kem;
        let writer = signing_key(1);
        let mut field = |change: fn(&mut Header), root, plain: &[u8]| {
            let mut header = header(&writer);
            change(&mut header);
            let signed = seal(&header, root, plain, Franking::Without, &writer, &mut rng);
            signed.unwrap_err().field
        };
        let root = Root::Category(&key);
        assert_eq!(field(|_| {}, root, &vec![0; PLAIN_BYTES_MAX + 1]), "plain text");
        assert_eq!(field(|header| header.ver = 0, root, b""), "ver");
        assert_eq!(field(|header| header.name.version = 0, root, b""), "v");
        assert_eq!(field(|header| header.writer = signing_key(2).id(), root, b""), "writer_kid");
        assert_eq!(field(|_| {}, Root::DropBox(&x_wing), b""), "enc");
    }

    #[test]
    fn an_opened_record_is_shown_without_its_text() {
        let opened = Written::new(false, Franking::Provable, b"secret").open().unwrap();
        assert!(!format!("{opened:?}").contains("115"));
        assert!(!format!("{opened:?}").contains("secret"));
    }
}
