//! One small valid encoding of each structure, beside the decoder that takes it.
//!
//! Hostile tests damage them, and the fuzz targets start from them.
#![expect(clippy::unwrap_used, reason = "a specimen that can't be made is a bug in this file")]

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use treehouse_protocol::blob::layout::Layout;
use treehouse_protocol::blob::{BlobKey, BlobRef, MediaType};
use treehouse_protocol::category::{CategoryKey, KeyName};
use treehouse_protocol::cbor::{Canonical, Writer};
use treehouse_protocol::chain::body::Peer;
use treehouse_protocol::contact::Credential;
use treehouse_protocol::error::Refused;
use treehouse_protocol::franking::Franking;
use treehouse_protocol::grant::Header;
use treehouse_protocol::heads::Heads;
use treehouse_protocol::id::{
    AccountId, BlobId, ChildId, Day, FamilyId, Hash, KeyId, RecordId, Seen, SlotId,
};
use treehouse_protocol::kem::Suite;
use treehouse_protocol::keys::{Bundle, PrivateKeys};
use treehouse_protocol::kit::KitCode;
use treehouse_protocol::record::{self, Root};
use treehouse_protocol::registry::{Anchor, Category, GranteeKind, Method, Purpose, Rights};
use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::{Signed, SigningKey};
use treehouse_protocol::slot::{Kek, Opened, Owner, SealedBundle, Slot};
use treehouse_protocol::trust::{Attestation, Listing};

pub mod links;
pub mod proofs;

/// The day on which everything here was made.
pub const DAY: Day = Day(20_000);
/// The family of every specimen.
pub const FAMILY: FamilyId = FamilyId::from_bytes([1; 16]);
/// Its child.
pub const CHILD: ChildId = ChildId::from_bytes([2; 16]);

/// A structure, encoded, and how it's read.
pub struct Specimen {
    pub name: &'static str,
    /// Its type string.
    pub structure: &'static str,
    pub bytes: Vec<u8>,
    /// Puts it into what the decoder takes; for most, that is itself.
    pub envelope: fn(&[u8]) -> Vec<u8>,
    /// Reads that and drops what it read.
    pub admit: fn(&[u8]) -> Result<(), Refused>,
    /// Reads it and encodes what it read.
    pub encode_again: fn(&[u8]) -> Result<Vec<u8>, Refused>,
}

impl Specimen {
    pub fn of<T: Canonical>(name: &'static str, value: &T) -> Self {
        Self {
            name,
            structure: T::NAME,
            bytes: value.to_bytes(),
            envelope: <[u8]>::to_vec,
            admit: |bytes| T::from_bytes(bytes).map(drop),
            encode_again: |bytes| T::from_bytes(bytes).map(|value| value.to_bytes()),
        }
    }
}

/// A specimen of every structure.
pub fn all() -> Vec<Specimen> {
    let mut all = vec![
        Specimen::of("attestation", &attestation()),
        Specimen::of("listing", &listing()),
        Specimen::of("credential", &credential()),
        Specimen::of("sign1", &Signed::sign(&signing_key(1), &attestation())),
        Specimen::of("grant-header", &grant_header(&keys(3), Rights::READ)),
        Specimen::of("record-header", &record_header()),
        record_body(),
        Specimen::of("heads", &heads()),
        Specimen::of("blob-ref", &blob_ref()),
    ];
    all.extend(slots());
    all.extend(proofs::all());
    all.extend(links::all().iter().map(|(name, link)| Specimen::of(name, link)));
    all
}

/// Structures as long as they may be.
pub fn longest() -> Vec<Specimen> {
    let mut heads = Heads::new(FAMILY, CHILD, Category::Photos);
    for number in 0..4096_u32 {
        let mut header = record_header();
        header.record =
            RecordId::from_bytes(Hash::of(&number.to_be_bytes()).bytes()[..16].try_into().unwrap());
        heads.admit(&checked(&seal(&header, b""))).unwrap();
    }
    let text = vec![0; record::PLAIN_BYTES_MAX];
    let record = seal(&record_header(), &text).to_bytes();
    let mut longest = vec![
        Specimen::of("longest-heads", &heads),
        proofs::longest(),
        Specimen { bytes: payload(&record).to_vec(), ..record_body() },
    ];
    longest.extend(links::longest().iter().map(|(name, link)| Specimen::of(name, link)));
    longest
}

fn seal(header: &record::Header, plain: &[u8]) -> Signed {
    let (key, writer) = (category_key().1, signing_key(1));
    let root = Root::Category(&key);
    record::seal(header, root, plain, Franking::Without, &writer, &mut rng()).unwrap()
}

fn checked(signed: &Signed) -> record::Record {
    record::check(signed, &signing_key(1).verify_key()).unwrap()
}

/// The same in every run.
pub fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(7)
}

/// A signing key; another for each `seed`.
pub fn signing_key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&Secret::from_bytes([seed; 32]))
}

/// Keys of suite 1, which are short; another pair for each `seed`.
pub fn keys(seed: u8) -> PrivateKeys {
    PrivateKeys::from_seed(Suite::X25519, &Secret::from_bytes([seed; 32]))
}

/// The key that is granted, and under which records are sealed.
pub fn category_key() -> (KeyName, CategoryKey) {
    let name = KeyName { family: FAMILY, child: CHILD, category: Category::Photos, version: 3 };
    (name, CategoryKey::from_secret(Secret::from_bytes([4; 32])))
}

pub fn attestation() -> Attestation {
    Attestation {
        account: AccountId::from_bytes([5; 16]),
        key: keys(2).sig.verify_key(),
        method: Method::SignedForm,
        evidence: Hash::of(b"evidence"),
        day: DAY,
    }
}

pub fn listing() -> Listing {
    Listing {
        kind: GranteeKind::Service,
        name: "svc:moderation".to_owned(),
        purpose: Purpose::Moderation,
        keys: recipient().public(),
        not_before: DAY,
        expires: DAY.plus(300),
    }
}

pub fn credential() -> Credential {
    Credential {
        family: FAMILY,
        subject: Peer::Child(CHILD),
        device: keys(3).sig.id(),
        leaf_key: signing_key(7).verify_key(),
        not_after: DAY.plus(30),
    }
}

pub fn grant_header(grantee: &PrivateKeys, rights: Rights) -> Header {
    Header {
        suite: grantee.kem.public().suite(),
        key: category_key().0,
        grantee_kind: GranteeKind::Device,
        grantee: grantee.kem.public().id(),
        rights,
        purpose: Purpose::Play,
        notice: Hash::of(b"notice"),
        not_before: DAY,
        expires: Some(DAY.plus(100)),
        nonce: [8; 16],
    }
}

pub fn record_header() -> record::Header {
    record::Header {
        name: category_key().0,
        record: RecordId::from_bytes([9; 16]),
        ver: 1,
        writer: signing_key(1).id(),
        day: DAY,
        seq: 6,
    }
}

/// A record as it's stored; `drop_box` if its writer can't read.
pub fn record(drop_box: bool, franking: Franking) -> Signed {
    let key = category_key().1;
    let public = key.drop_box_public();
    let root = if drop_box { Root::DropBox(&public) } else { Root::Category(&key) };
    let plain = b"a first word";
    let (header, writer) = (record_header(), signing_key(1));
    record::seal(&header, root, plain, franking, &writer, &mut rng()).unwrap()
}

/// What the writer of a record signs. It has no decoder of its own: it's read with the signature,
/// which is made anew over whatever it was changed to, as a writer with bad intentions would.
fn record_body() -> Specimen {
    fn check(signed: &[u8]) -> Result<Signed, Refused> {
        let signed = Signed::from_bytes(signed)?;
        record::check(&signed, &signing_key(1).verify_key())?;
        Ok(signed)
    }
    let signed = record(true, Franking::Provable).to_bytes();
    Specimen {
        name: "record-body",
        structure: record::Header::NAME,
        bytes: payload(&signed).to_vec(),
        envelope: |payload| sign_raw(&signing_key(1), payload),
        admit: |signed| check(signed).map(drop),
        encode_again: |signed| check(signed).map(|signed| signed.to_bytes()),
    }
}

fn heads() -> Heads {
    let mut heads = Heads::new(FAMILY, CHILD, Category::Photos);
    heads.admit(&checked(&seal(&record_header(), b""))).unwrap();
    heads
}

pub fn blob_ref() -> BlobRef {
    let media_type = MediaType::parse("image/jpeg").unwrap();
    let layout = Layout::of_plain(100_000).unwrap();
    let (id, key) = (BlobId::from_bytes([10; 16]), BlobKey::generate(&mut rng()));
    let mut reference = BlobRef::new(id, key, layout, media_type, &record_header());
    reference.sealed_hash = Some(Hash::of(b"sealed"));
    reference
}

/// Whose bundle the slots are for.
pub fn slot_owner() -> Owner {
    let bundle = Bundle::from_seed(Secret::from_bytes([11; 32]));
    Owner { family: FAMILY, guardian: bundle.keys().sig.id() }
}

/// What opens [`slots`]' first slot.
pub fn kit_kek() -> Kek {
    Kek::from_kit(&KitCode::generate(&mut rng()))
}

/// What opens the second, and what a listing lists: it must be of suite 2.
pub fn recipient() -> PrivateKeys {
    PrivateKeys::from_seed(Suite::XWing, &Secret::from_bytes([12; 32]))
}

/// A slot of each lock, and the bundle.
fn slots() -> [Specimen; 3] {
    let bundle = Bundle::from_seed(Secret::from_bytes([11; 32]));
    let (sealed, bundle_key) = SealedBundle::seal(FAMILY, &bundle, &mut rng());
    let (seq, head) = (4, Hash::of(b"link"));
    let contents = Opened { bundle_key, seen: Seen { seq, head } };
    let (id, owner) = (SlotId::from_bytes([13; 16]), slot_owner());
    let kit = Slot::seal(id, &owner, &kit_kek(), &contents, &mut rng());
    let to = (Anchor::Guardian, &recipient().kem.public());
    let guardian = Slot::seal_to(id, &owner, to, &contents, &mut rng()).unwrap();
    [
        Specimen::of("slot-kit", &kit),
        Specimen::of("slot-guardian", &guardian),
        Specimen::of("sealed-bundle", &sealed),
    ]
}

/// A `COSE_Sign1` over any payload, also one that is no structure, put together from RFC 9052
/// alone.
pub fn sign_raw(key: &SigningKey, payload: &[u8]) -> Vec<u8> {
    let kid: KeyId = key.id();
    let protected = [&[0xa2, 0x01, 0x32, 0x04, 0x50], &kid.bytes()[..]].concat();
    let mut signed = Writer::new();
    signed.array(4).text("Signature1").bytes(&protected);
    signed.bytes(&[]).bytes(payload);
    let signature = key.sign(&signed.into_bytes());
    let mut tail = Writer::new();
    tail.bytes(payload).bytes(&signature);
    [&SIGN1_START[..], &protected, &[0xa0], &tail.into_bytes()].concat()
}

/// Tag 18, an array of 4, a byte string of 21.
const SIGN1_START: [u8; 3] = [0xd2, 0x84, 0x55];

/// The payload inside a `COSE_Sign1`.
pub fn payload(signed: &[u8]) -> &[u8] {
    let rest = &signed[SIGN1_START.len() + 21 + 1..];
    let head = match rest[0] {
        0x58 => 2,
        0x59 => 3,
        0x5a => 5,
        _ => 1,
    };
    // Behind it stands the signature: a head of 2 bytes and 64 more.
    &rest[head..rest.len() - 66]
}
