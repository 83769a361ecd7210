//! What a reader refuses though its writer has signed it: what it has seen newer, and what is
//! padded as nobody pads.

use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::franking::Franking;
use treehouse_protocol::heads::Heads;
use treehouse_protocol::record::{self, Header, Record, Root};
use treehouse_protocol::registry::Category;
use treehouse_protocol::sign::Signed;

use crate::ciphers::{gcm_seal, hkdf};
use crate::json::{Entry, Json, hex};
use crate::notation::{self, content};
use crate::records::{header, key, refused_record, rewritten, string, writer};
use crate::seeds::Drawn;

pub fn vectors() -> Vec<Json> {
    let mut vectors = padded();
    let photos = at(Category::Photos, |_| (), b"one");
    let settings = at(Category::Settings, |_| (), b"one");
    let next = at(Category::Photos, |header| (header.ver, header.seq) = (4, 11), b"two");
    vectors.push(admitted("the next version, of somebody who has seen less", &photos, &next));
    vectors.push(admitted("the same once more", &photos, &photos));
    let older = at(Category::Photos, |header| header.ver = 2, b"one");
    vectors.push(refused("an older version", &photos, &older));
    let other = at(Category::Photos, |_| (), b"two");
    vectors.push(refused("another of the same version", &photos, &other));
    let less = at(Category::Settings, |header| (header.ver, header.seq) = (4, 11), b"two");
    vectors.push(refused("a setting of somebody who has seen less", &settings, &less));
    vectors.push(refused("of another category", &photos, &settings));
    vectors
}

/// The record of the examples, with a change.
fn at(category: Category, change: fn(&mut Header), plain: &[u8]) -> (Record, Vec<u8>) {
    let mut header = header();
    header.name.category = category;
    change(&mut header);
    let (key, mut rng) = (key(), Drawn::new("memory"));
    let root = Root::Category(&key);
    let signed =
        record::seal(&header, root, plain, Franking::Without, &writer(), &mut rng).unwrap();
    (record::check(&signed, &writer().verify_key()).unwrap(), signed.to_bytes())
}

fn memory(seen: &Record) -> Heads {
    let name = seen.header().name;
    let mut heads = Heads::new(name.family, name.child, name.category);
    heads.admit(seen).unwrap();
    heads
}

fn inputs(what: &str, shows: &str, seen: &Record, bytes: &[u8]) -> Entry {
    Entry::new(&format!("memory: {what}"), shows).inputs([
        ("memory", hex(memory(seen).to_bytes())),
        ("pk_sig", hex(writer().verify_key().bytes())),
        ("record", hex(bytes)),
    ])
}

fn admitted(what: &str, (seen, _): &(Record, Vec<u8>), next: &(Record, Vec<u8>)) -> Json {
    let mut heads = memory(seen);
    heads.admit(&next.0).unwrap();
    let entry = inputs(what, "is remembered", seen, &next.1);
    entry.outputs([("memory", hex(heads.to_bytes()))]).into()
}

fn refused(what: &str, (seen, _): &(Record, Vec<u8>), next: &(Record, Vec<u8>)) -> Json {
    let refused = memory(seen).admit(&next.0).unwrap_err();
    let shows = "must be refused by a reader with this memory";
    inputs(what, shows, seen, &next.1).refused(&refused).into()
}

/// Well sealed and signed, and padded otherwise than there is.
fn padded() -> Vec<Json> {
    let (_, bytes) = at(Category::Photos, |_| (), b"hello");
    let parts = notation::items(notation::payload(&bytes));
    let (bound, salt) = (parts[0], content(parts[1]));
    let sealing = hkdf(salt, key().secret().expose(), &[b"TH-REC/1 key\0", bound]);
    let signed = Signed::from_bytes(&bytes).unwrap();
    let with = |text: &[u8], length: usize| {
        let mut plain = text.to_vec();
        plain.resize(length, 0);
        rewritten(&signed, 3, &string(&gcm_seal(&sealing, &plain, bound)))
    };
    assert_eq!(with(b"hello\x80", 256), bytes);
    let cases = [
        ("zeros without 0x80", with(b"hello", 256)),
        ("nothing but zeros", with(b"", 256)),
        ("something behind the 0x80", with(b"hello\x80\0\x01", 256)),
        ("more padding than there is", with(b"hello\x80", 512)),
    ];
    cases.into_iter().map(refused_record).collect()
}
