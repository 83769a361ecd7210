//! Structures of a child's data and of a guardian's keys: records, references to blobs, memories
//! of readers, sealed bundles and key slots.

use minicbor::Encoder;
use minicbor::data::Tag;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::json;
use treehouse_protocol::blob::layout::Layout;
use treehouse_protocol::blob::{BlobKey, BlobRef, MediaType};
use treehouse_protocol::category::{CategoryKey, KeyName};
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::franking::Franking;
use treehouse_protocol::heads::Heads;
use treehouse_protocol::id::{BlobId, ChildId, Day, FamilyId, Hash, RecordId, Seen, SlotId};
use treehouse_protocol::keys::Bundle;
use treehouse_protocol::kit::KitCode;
use treehouse_protocol::record::{self, Header, Root};
use treehouse_protocol::registry::{Anchor, Category, Coded};
use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::{Signed, SigningKey};
use treehouse_protocol::slot::{Kek, Opened, Owner, SealedBundle, Slot};

use super::plain::{self, b, optional, strings};
use super::words::bare;
use super::{Item, Statement, Value};

/// The seed of the key that writes records; peers sign with it too.
pub const WRITER_SEED: [u8; 32] = [7; 32];

pub fn writer() -> SigningKey {
    SigningKey::from_seed(&Secret::from_bytes(WRITER_SEED))
}

pub fn all() -> Vec<Item> {
    let mut rng = ChaCha20Rng::seed_from_u64(22);
    let mut items = headers();
    items.extend(records(&mut rng));
    items.extend(blobs(&mut rng));
    items.extend(heads(&mut rng));
    items.extend(slots(&mut rng));
    items
}

fn header() -> Header {
    Header {
        name: KeyName {
            family: FamilyId::from_bytes([1; 16]),
            child: ChildId::from_bytes([2; 16]),
            category: Category::Messages,
            version: 3,
        },
        record: RecordId::from_bytes([4; 16]),
        ver: 1,
        writer: writer().id(),
        day: Day(20_000),
        seq: 6,
    }
}

/// Headers with each length that an integer can have, and what a blob is bound to.
fn headers() -> Vec<Item> {
    let edges = [23, 24, 255, 256, 65_535, 65_536, u32::MAX];
    let mut items = vec![];
    for edge in edges {
        let mut header = header();
        (header.name.version, header.ver, header.day) = (edge, edge, Day(edge));
        header.seq = u64::from(edge) + 1;
        let (name, plain) = (format!("header of a record, {edge}"), plain::record_header(&header));
        items.push(Item::new("record::Header", name, &header, plain));
    }
    let (context, plain) = (header().blob_context(), plain::blob_context(&header()));
    items.push(bare("context of a blob".to_owned(), context, plain));
    items
}

fn records(rng: &mut ChaCha20Rng) -> Vec<Item> {
    let key = CategoryKey::generate(rng);
    let (drop_box, header) = (key.drop_box_public(), header());
    let mut items = vec![];
    for (way, root) in
        [("a reader-writer", Root::Category(&key)), ("the drop-box", Root::DropBox(&drop_box))]
    {
        for franking in [Franking::Without, Franking::Provable] {
            let name = format!("record by {way}, {franking:?}");
            let message = record::seal(&header, root, b"hello", franking, &writer(), rng).unwrap();
            items.push(record_item(name, &header, &message));
        }
    }
    items
}

/// The signed part of a record is private to the crate, so it's decoded under a signature.
fn record_item(name: String, header: &Header, message: &Signed) -> Item {
    let bytes = payload(message);
    let record = record::check(message, &writer().verify_key()).unwrap();
    let parts = &strings(&bytes)[4..];
    let enc = record.is_drop_box().then(|| &parts[3]);
    let frank = record.frank().map(|frank| *frank.bytes());
    let head = plain::record_header(header);
    let [salt, commitment, sealed] = [0, 1, 2].map(|index| b(&parts[index]));
    Item {
        structure: "record::body::Body",
        name,
        bytes,
        plain: json!([head, salt, commitment, sealed, optional(enc), optional(frank)]),
        again: |bytes| {
            let message = Signed::from_bytes(&wrapped(bytes))?;
            record::check(&message, &writer().verify_key()).map(|_| payload(&message))
        },
        signed: Some(Statement {
            message: message.to_bytes(),
            key: writer().verify_key(),
            verify: |message, key| record::check(message, key).map(|_| payload(message)),
        }),
    }
}

fn payload(message: &Signed) -> Vec<u8> {
    strings(&message.to_bytes()).remove(1)
}

/// A `COSE_Sign1` of the writer over any payload.
pub fn wrapped(payload: &[u8]) -> Vec<u8> {
    let protected = [&[0xa2, 1, 0x32, 4, 0x50], &writer().id().bytes()[..]].concat();
    let mut to_sign = Encoder::new(vec![]);
    let structure = to_sign.array(4).unwrap().str("Signature1").unwrap();
    let structure = structure.bytes(&protected).unwrap().bytes(&[]).unwrap();
    structure.bytes(payload).unwrap();
    let signature = writer().sign(to_sign.writer());
    let mut message = Encoder::new(vec![]);
    let structure = message.tag(Tag::new(18)).unwrap().array(4).unwrap();
    let structure = structure.bytes(&protected).unwrap().map(0).unwrap();
    structure.bytes(payload).unwrap().bytes(&signature).unwrap();
    message.into_writer()
}

fn blobs(rng: &mut ChaCha20Rng) -> Vec<Item> {
    let items = [(0, None), (2 << 30, Some(Hash::of(b"the sealed blob")))];
    let items = items.map(|(length, sealed_hash)| {
        let (id, key) = (BlobId::random(rng), BlobKey::generate(rng));
        let layout = Layout::of_plain(length).unwrap();
        let media_type = MediaType::parse("image/jpeg").unwrap();
        let mut blob = BlobRef::new(id, key, layout, media_type, &header());
        blob.sealed_hash = sealed_hash;
        let plain = plain::blob_ref(&blob, &strings(&blob.to_bytes())[1]);
        let name = format!("reference to a blob of {length} bytes");
        Item::new("blob::BlobRef", name, &blob, plain)
    });
    items.into()
}

fn heads(rng: &mut ChaCha20Rng) -> Vec<Item> {
    let (key, name) = (CategoryKey::generate(rng), header().name);
    let mut heads = Heads::new(name.family, name.child, name.category);
    let mut seen: Vec<Value> = vec![];
    let mut items = vec![];
    for count in 0..=2 {
        let (family, child) = (b(name.family.bytes()), b(name.child.bytes()));
        let plain = json!(["TH-HEADS/1", family, child, name.category.code(), seen]);
        let item = format!("memory of {count} records");
        items.push(Item::new("heads::Heads", item, &heads, plain));
        let header = Header {
            record: RecordId::from_bytes([count; 16]),
            ver: 300 + u32::from(count),
            ..header()
        };
        let root = Root::Category(&key);
        let message = record::seal(&header, root, b"", Franking::Without, &writer(), rng).unwrap();
        let record = record::check(&message, &writer().verify_key()).unwrap();
        heads.admit(&record).unwrap();
        let (id, hash) = (b(header.record.bytes()), b(record.hash().bytes()));
        seen.push(json!([id, header.ver, header.seq, hash]));
    }
    items
}

fn slots(rng: &mut ChaCha20Rng) -> Vec<Item> {
    let (family, bundle) = (header().name.family, Bundle::from_seed(Secret::from_bytes([8; 32])));
    let guardian = bundle.keys().sig.id();
    let owner = Owner { family, guardian };
    let (sealed, bundle_key) = SealedBundle::seal(family, &bundle, rng);
    let parts = strings(&sealed.to_bytes());
    let [salt, ct] = [2, 3].map(|index| b(&parts[index]));
    let plain = json!(["TH-GB/1", b(family.bytes()), b(guardian.bytes()), salt, ct]);
    let name = "sealed bundle";
    let mut items = vec![Item::new("slot::SealedBundle", name, &sealed, plain)];

    let seen = Seen { seq: 9, head: Hash::of(b"a link") };
    let contents = Opened { bundle_key, seen };
    let held = [
        Kek::from_opaque(&Secret::random(rng)),
        Kek::from_prf(&Secret::random(rng)),
        Kek::from_kit(&KitCode::generate(rng)),
    ];
    for kek in held {
        let slot = Slot::seal(SlotId::random(rng), &owner, &kek, &contents, rng);
        items.push(slot_item(&slot));
    }
    let recipient = bundle.keys().public().kem;
    for anchor in [Anchor::Guardian, Anchor::Service] {
        let id = SlotId::random(rng);
        let slot = Slot::seal_to(id, &owner, (anchor, &recipient), &contents, rng);
        items.push(slot_item(&slot.unwrap()));
    }
    items
}

fn slot_item(slot: &Slot) -> Item {
    let parts = strings(&slot.to_bytes());
    let (id, anchor) = (b(slot.id().bytes()), slot.anchor().code());
    let plain = match &parts[..] {
        [_, salt, ct] => json!(["TH-SLOT/1", id, anchor, null, b(salt), null, b(ct)]),
        [_, kid, enc, ct] => json!(["TH-SLOT/1", id, anchor, b(kid), null, b(enc), b(ct)]),
        _ => panic!("three or four byte strings"),
    };
    let name = format!("slot of {:?}", slot.anchor());
    Item::new("slot::Slot", name, slot, plain)
}
