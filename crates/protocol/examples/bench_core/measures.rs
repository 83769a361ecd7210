//! What is measured, and against what.

use std::hint::black_box;

use aes_gcm::aead::{Aead, AeadInOut, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hkdf::Hkdf;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use sha2::Sha256;
use treehouse_protocol::blob::layout::Layout;
use treehouse_protocol::blob::stream::{Opener, Sealer};
use treehouse_protocol::blob::{BlobKey, Context, PREFIX_BYTES};
use treehouse_protocol::category::{CategoryKey, KeyName};
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::body::Body;
use treehouse_protocol::chain::{Family, Pen};
use treehouse_protocol::franking::Franking;
use treehouse_protocol::id::{ChildId, FamilyId, Hash, RecordId, SlotId};
use treehouse_protocol::kem::Suite;
use treehouse_protocol::kit::KitCode;
use treehouse_protocol::opaque::{ClientLogin, ClientRegistration, Ksf, ServerSetup};
use treehouse_protocol::record::{self, Expected, Header, Root};
use treehouse_protocol::registry::{Category, Coded, Rights};
use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::{Signed, SigningKey};
use treehouse_protocol::slot::{Kek, Opened, Owner, SealedBundle, Slot};

use crate::house::{DAY, House};
use crate::{Goal, Row, in_turn};

/// Operations in one round; the CPU clock is too coarse for one.
const BATCH: usize = 200;
const RECORD_BYTES: usize = 300;
/// What 300 bytes are padded to.
const PADDED_BYTES: usize = 512;
const BLOB_BYTES: usize = 16 << 20;
const CHUNK_BYTES: usize = 1 << 16;
const TAG_BYTES: usize = 16;
const LINKS: usize = 1000;

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(7)
}

fn header(writer: &SigningKey) -> Header {
    Header {
        name: KeyName {
            family: FamilyId::from_bytes([1; 16]),
            child: ChildId::from_bytes([2; 16]),
            category: Category::Photos,
            version: 1,
        },
        record: RecordId::from_bytes([3; 16]),
        ver: 1,
        writer: writer.id(),
        day: DAY,
        seq: 9,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred operations")]
fn each(seconds: f64, operations: usize) -> f64 {
    seconds / operations as f64
}

/// A record of a reader-writer, and what it can't do without.
struct Record {
    writer: SigningKey,
    key: CategoryKey,
    header: Header,
    bound: Vec<u8>,
}

impl Record {
    fn new(rng: &mut ChaCha20Rng) -> Self {
        let writer = SigningKey::from_seed(&Secret::random(rng));
        let (key, header) = (CategoryKey::generate(rng), header(&writer));
        Self { writer, key, header, bound: header.to_bytes() }
    }

    #[expect(clippy::expect_used, reason = "within all limits")]
    fn seal(&self, rng: &mut ChaCha20Rng) -> Signed {
        let (root, plain) = (Root::Category(&self.key), [7; RECORD_BYTES]);
        record::seal(&self.header, root, &plain, Franking::Without, &self.writer, rng)
            .expect("seals")
    }

    /// One HKDF with two outputs, and a cipher set up with the first.
    #[expect(clippy::expect_used, reason = "32 bytes are short enough for HKDF")]
    fn cipher(&self) -> Aes256Gcm {
        let hkdf = Hkdf::<Sha256>::new(Some(&[5; 32]), self.key.secret().expose());
        let (mut content, mut commitment) = ([0; 32], [0; 32]);
        hkdf.expand_multi_info(&[b"TH-REC/1 key\0", &self.bound], &mut content).expect("short");
        hkdf.expand_multi_info(&[b"TH-REC/1 com\0", &self.bound], &mut commitment).expect("short");
        black_box(commitment);
        Aes256Gcm::new(&content.into())
    }
}

/// Sealing and opening against the sum of primitives: one HKDF with two outputs, one AES-256-GCM
/// over the padded text, one Ed25519 signature or check.
pub(super) fn records(rounds: usize) -> Vec<Row> {
    let mut rng = rng();
    let record = Record::new(&mut rng);
    let signed = record.seal(&mut rng);
    let row = |what, (product, limit): (f64, f64)| Row {
        what,
        product: each(product, BATCH),
        against: Some(("sum of its primitives", each(limit, BATCH))),
        goal: Goal::TimesAtMost(2.0),
    };
    vec![
        row("seal a 300 B record", sealing(rounds, &record, &signed, &mut rng)),
        row("open a 300 B record", opening(rounds, &record, &signed)),
    ]
}

#[expect(clippy::expect_used, reason = "within all limits")]
fn sealing(rounds: usize, record: &Record, signed: &Signed, rng: &mut ChaCha20Rng) -> (f64, f64) {
    let (message, padded) = (signed.to_bytes(), [7; PADDED_BYTES]);
    in_turn(
        rounds,
        || (0..BATCH).for_each(|_| drop(black_box(record.seal(rng)))),
        || {
            for _ in 0..BATCH {
                let payload = Payload { msg: &padded, aad: &record.bound };
                black_box(record.cipher().encrypt(&Nonce::default(), payload).expect("seals"));
                black_box(record.writer.sign(&message));
            }
        },
    )
}

#[expect(clippy::expect_used, reason = "a measurement over what was just made")]
fn opening(rounds: usize, record: &Record, signed: &Signed) -> (f64, f64) {
    let (message, padded) = (signed.to_bytes(), [7; PADDED_BYTES]);
    let (verify, bare) = (record.writer.verify_key(), record.writer.sign(&message));
    let payload = Payload { msg: &padded, aad: &record.bound };
    let sealed = record.cipher().encrypt(&Nonce::default(), payload).expect("seals");
    let expected = Expected { name: record.header.name, record: Some(record.header.record) };
    in_turn(
        rounds,
        || {
            for _ in 0..BATCH {
                let opened = record::open(signed, &verify, &record.key, &expected);
                black_box(opened.expect("opens"));
            }
        },
        || {
            for _ in 0..BATCH {
                let payload = Payload { msg: &sealed, aad: &record.bound };
                black_box(record.cipher().decrypt(&Nonce::default(), payload).expect("opens"));
                verify.verify(&message, &bare).expect("verifies");
            }
        },
    )
}

/// A 16 MiB blob in slices as they come from a file, against AES-256-GCM of the same library over as
/// many bytes in chunks of the same size, in place.
#[expect(clippy::expect_used, reason = "a measurement over what was just made")]
pub(super) fn blobs(rounds: usize) -> Vec<Row> {
    let mut rng = rng();
    let writer = SigningKey::from_seed(&Secret::random(&mut rng));
    let (key, context) = (BlobKey::generate(&mut rng), Context::new(&header(&writer)));
    let layout = Layout::of_plain(BLOB_BYTES as u64).expect("below the limit");
    let plain = vec![7; BLOB_BYTES];
    let mut whole = Vec::new();
    let mut sealer = Sealer::start(&key, &context, layout, &mut rng, &mut whole);
    sealer.push(&plain, &mut whole).expect("fits");
    sealer.finish().expect("whole");
    let cipher = Aes256Gcm::new(&[7; 32].into());
    let mut bare = plain.clone();
    let mut raw = || {
        for chunk in bare.chunks_mut(CHUNK_BYTES) {
            let tag = cipher.encrypt_inout_detached(&Nonce::default(), &[], chunk.into());
            black_box(tag.expect("seals"));
        }
    };
    let mut out = Vec::with_capacity(2 * CHUNK_BYTES);
    let sealing = in_turn(
        rounds,
        || {
            out.clear();
            let mut sealer = Sealer::start(&key, &context, layout, &mut rng, &mut out);
            for slice in plain.chunks(CHUNK_BYTES) {
                out.clear();
                sealer.push(slice, &mut out).expect("fits");
            }
            sealer.finish().expect("whole");
        },
        &mut raw,
    );
    let (prefix, chunks) = whole.split_at(PREFIX_BYTES);
    let prefix = prefix.try_into().expect("has its length");
    let opening = in_turn(
        rounds,
        || {
            let mut opener = Opener::new(&key, &context, layout, prefix).expect("is a blob");
            for slice in chunks.chunks(CHUNK_BYTES + TAG_BYTES) {
                out.clear();
                opener.push(slice, &mut out).expect("is this blob");
            }
            opener.finish().expect("whole");
        },
        &mut raw,
    );
    let row = |what, (product, limit): (f64, f64)| Row {
        what,
        product,
        against: Some(("raw AES-256-GCM, in place", limit)),
        goal: Goal::SpeedAtLeast(0.8),
    };
    vec![row("seal a 16 MiB blob", sealing), row("open a 16 MiB blob", opening)]
}

/// A chain of 1,000 links as families grow them, against bare checks of as many signatures as
/// it has: one for each link, one more for each possession proof and attestation.
#[expect(clippy::expect_used, reason = "a measurement over what was just made")]
pub(super) fn replay(rounds: usize) -> Row {
    let (house, signatures) = long_chain();
    let pinned = Hash::of(&house.links[0]);
    let key = &house.owner.keys.sig;
    let (verify, message) = (key.verify_key(), house.links[1].clone());
    let signature = key.sign(&message);
    let (product, limit) = in_turn(
        rounds.min(9),
        || {
            let links = house.links.iter().map(Vec::as_slice);
            black_box(Family::replay(pinned, links, &house.trust, DAY).expect("replays"));
        },
        || {
            for _ in 0..signatures {
                verify.verify(&message, &signature).expect("verifies");
            }
        },
    );
    Row {
        what: "replay 1,000 links",
        product,
        against: Some(("its signature checks alone", limit)),
        goal: Goal::TimesAtMost(1.3),
    }
}

/// Three children; a toy for one of them every so often; keys made, granted, revoked and rotated.
/// Answers how many signatures a replay must check.
#[expect(clippy::expect_used, reason = "a measurement over what was just made")]
fn long_chain() -> (House, usize) {
    let mut house = House::new(3);
    let mut extra = 1;
    let children: Vec<_> = (0..3).map(|_| house.child()).collect();
    let categories = [Category::Photos, Category::Voice, Category::Activity];
    for child in &children {
        house.keys(*child, &categories);
    }
    let mut toys = Vec::new();
    for turn in 0.. {
        if house.links.len() >= LINKS {
            break;
        }
        let child = children[turn % children.len()];
        if turn % 10 < 3 {
            toys.push((child, house.device(Some(child), Suite::X25519)));
            extra += 1;
        }
        let (child, toy) = toys[turn % toys.len()].clone();
        let made = house.keys(child, &[Category::Photos]);
        let hash = house.allow(&toy, &made[0].0, Some(&made[0].1), Rights::READ_WRITE);
        let (key, trust) = (house.owner.keys.sig.clone(), house.trust.clone());
        let mut pen = Pen::new(&house.family, &key, &trust, house.today);
        pen.write(Body::Revoke(vec![hash])).expect("is a live grant");
        pen.rotate(None, &mut house.rng).expect("decides for the child");
        house.append(&pen.finish()).expect("is a whole batch");
    }
    house.links.truncate(LINKS);
    let signatures = house.links.len() + extra;
    (house, signatures)
}

/// The server's side of a log-in: both of its messages. What the client does is not counted.
#[expect(clippy::expect_used, reason = "a measurement over what was just made")]
pub(super) fn logins(rounds: usize) -> Row {
    const LOGINS: usize = 50;
    let mut rng = rng();
    let setup = ServerSetup::generate(&mut rng);
    let (credential, deployment, ksf) = ([1; 32], b"example", Ksf::cheap_for_load_tests());
    let (client, request) = ClientRegistration::start(b"password", &mut rng).expect("starts");
    let response = setup.register(&request, &credential).expect("answers");
    let registered = client.finish(&response, deployment, &ksf, &mut rng).expect("registers");
    let stored = ServerSetup::admit_record(&registered.record).expect("is a record");
    let (client, request) = ClientLogin::start(b"password", &mut rng).expect("starts");
    let (waiting, answer) =
        setup.login(Some(&stored), &request, &credential, deployment, &mut rng).expect("answers");
    let last = client.finish(&answer, deployment, &ksf, &mut rng).expect("logs in").message;
    let waiting = waiting.to_secret();
    let (product, _) = in_turn(
        rounds,
        || {
            for _ in 0..LOGINS {
                let answer =
                    setup.login(Some(&stored), &request, &credential, deployment, &mut rng);
                black_box(answer.expect("answers"));
                let login = treehouse_protocol::opaque::ServerLogin::from_secret(&waiting);
                black_box(login.expect("waits").finish(&last, deployment).expect("logs in"));
            }
        },
        || {},
    );
    Row {
        what: "OPAQUE log-in, server side",
        product: each(product, LOGINS),
        against: None,
        goal: Goal::PerSecondAtLeast(4000.0),
    }
}

/// What one child costs in bytes when a family starts: the chain from genesis to the first grants
/// (keys for all categories, a camera that adds pictures and reads settings), the sealed bundle,
/// and slots for password, passkey and kit.
#[expect(clippy::cast_precision_loss, reason = "a few thousand bytes")]
pub(super) fn bytes_of_a_child() -> Row {
    let mut house = House::new(4);
    let child = house.child();
    let categories: Vec<_> = Category::ALL.iter().map(|row| row.0).collect();
    let keys = house.keys(child, &categories);
    let camera = house.device(Some(child), Suite::X25519);
    house.allow(&camera, &keys[1].0, None, Rights::WRITE);
    house.allow(&camera, &keys[8].0, Some(&keys[8].1), Rights::READ);
    let (sealed, bundle_key) =
        SealedBundle::seal(house.family.id(), &house.owner.bundle, &mut house.rng);
    let opened = Opened { bundle_key, seen: house.family.seen() };
    let owner = Owner { family: house.family.id(), guardian: house.owner.id() };
    let ways = [
        Kek::from_opaque(&Secret::random(&mut house.rng)),
        Kek::from_prf(&Secret::random(&mut house.rng)),
        Kek::from_kit(&KitCode::generate(&mut house.rng)),
    ];
    let slots = ways.iter().map(|kek| {
        let id = SlotId::random(&mut house.rng);
        Slot::seal(id, &owner, kek, &opened, &mut house.rng).to_bytes().len()
    });
    let slots: usize = slots.sum();
    let chain: usize = house.links.iter().map(Vec::len).sum();
    let bytes = chain + slots + sealed.to_bytes().len();
    Row {
        what: "chain, slots and first grants of a child",
        product: bytes as f64,
        against: None,
        goal: Goal::BytesAtMost(6144.0),
    }
}
