//! What is left to prove: receipts, and what the log holds and hides.

use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::error::Refused;
use treehouse_protocol::id::{Day, Hash, KeyId, Seen};
use treehouse_protocol::leaf::{Entry as LogEntry, Event, Leaf, Release, What};
use treehouse_protocol::receipt::Receipt;
use treehouse_protocol::registry::{Category, Coded};
use treehouse_protocol::sign::{Signed, SigningKey};
use treehouse_protocol::tombstone::Gone;

use crate::json::{Entry, Json, hex};
use crate::{notation, seeds};

const RECEIPT: [&str; 9] =
    ["type", "fid", "link", "cid", "categories", "records", "blobs", "outer_keys", "day"];
const ENTRY: [&str; 4] = ["type", "kind", "day", "commitment"];
const LEAF: [&str; 3] = ["type", "salt", "event"];
const DAY: Day = Day(20_000);
/// The second before the day ends: an event's day is that of UTC, rounded down.
const AT_MS: u64 = 20_001 * 86_400_000 - 1_000;

pub fn vectors() -> Vec<Json> {
    let mut vectors = vec![signed_receipt()];
    vectors.extend(events().into_iter().map(leaf));
    vectors.extend(gone().into_iter().map(tombstone));
    vectors.push(waiting());
    vectors.extend(refused());
    vectors
}

fn receipt() -> Receipt {
    Receipt {
        family: seeds::id("family"),
        link: Hash::of(b"link"),
        child: Some(seeds::id("child")),
        categories: vec![Category::Photos],
        records: 300,
        blobs: 3,
        outer_keys: 1,
        day: DAY,
    }
}

fn signed_receipt() -> Json {
    let cbor = receipt().to_bytes();
    let signed = Signed::sign(&SigningKey::from_seed(&seeds::seed("server")), &receipt());
    Entry::new("receipt", "what the server destroyed, and because of which link; signed by it")
        .inputs([
            ("signer_ed25519_seed", hex(seeds::bytes("server"))),
            ("fields", notation::fields(&RECEIPT, &cbor)),
        ])
        .outputs([("cbor", hex(&cbor)), ("cose", hex(signed.to_bytes()))])
        .into()
}

fn release() -> Release {
    Release {
        family: seeds::id("family"),
        child: seeds::id("child"),
        category: Category::Photos,
        reader: key(),
        grant: Some(Hash::of(b"grant")),
        records: vec![seeds::id("a record"), seeds::id("another")],
        blob: None,
    }
}

fn key() -> KeyId {
    SigningKey::from_seed(&seeds::seed("reader")).id()
}

fn events() -> Vec<What> {
    let (family, hash) = (seeds::id("family"), Hash::of(b"bytes"));
    let own =
        Release { grant: None, records: Vec::new(), blob: Some(seeds::id("blob")), ..release() };
    vec![
        What::Link { family, seen: Seen { seq: 4, head: hash } },
        What::Attestation { account: seeds::id("account"), attestation: hash },
        What::Act {
            steward: *seeds::bytes("steward").first_chunk().unwrap(),
            act: "approve".to_owned(),
            subject: *seeds::bytes("subject").first_chunk().unwrap(),
            reason: Hash::of(b"the form is signed"),
        },
        What::Key { key: key(), role: "attester".to_owned() },
        What::Erasure { family, link: hash, receipt: Hash::of(&receipt().to_bytes()) },
        What::Release(release()),
        What::Release(own),
        What::Restore { known: 1_000, published: 1_001 },
        What::Publication { kind: "direct".to_owned(), version: 2, hash },
    ]
}

fn made(what: What) -> Leaf {
    Leaf { salt: seeds::bytes("salt"), event: Event { at_ms: AT_MS, what } }
}

fn leaf(what: What) -> Json {
    let of_a_blob = matches!(&what, What::Release(Release { blob: Some(_), .. }));
    let name = format!("leaf: {}{}", what.kind().word(), if of_a_blob { " of a blob" } else { "" });
    let leaf = made(what);
    let (cbor, entry) = (leaf.to_bytes(), leaf.entry().to_bytes());
    Entry::new(&name, "an event under its salt, and what the public log says of it")
        .inputs([("leaf", notation::fields(&LEAF, &cbor))])
        .steps([("cbor", hex(&cbor)), ("entry", notation::fields(&ENTRY, &entry))])
        .outputs([("entry_cbor", hex(&entry))])
        .into()
}

fn gone() -> [(&'static str, Gone); 6] {
    let (family, child, category) = (seeds::id("family"), seeds::id("child"), Category::Photos);
    let name = treehouse_protocol::category::KeyName { family, child, category, version: 1 };
    [
        ("a child", Gone::Child(family, child)),
        ("a key", Gone::Key(name)),
        ("what somebody wrote", Gone::Written(family, child, category, key())),
        ("a grant", Gone::Grant(family, Hash::of(b"grant"))),
        ("a toy\u{2019}s place", Gone::Toy(family, key())),
        ("an account", Gone::Account(seeds::id("account"))),
    ]
}

fn tombstone((what, gone): (&str, Gone)) -> Json {
    let entry = gone.entry(DAY).to_bytes();
    let named = notation::diagnostic(&gone.to_bytes());
    Entry::new(&format!("tombstone: {what}"), "what the log says of something that is gone")
        .inputs([("gone", named.into()), ("day", u64::from(DAY.0).into())])
        .steps([("cbor", hex(gone.to_bytes()))])
        .outputs([("entry_cbor", hex(&entry))])
        .into()
}

/// Entries that wait for their place are kept one after the other.
fn waiting() -> Json {
    let entries: Vec<LogEntry> =
        events().into_iter().take(3).map(|what| made(what).entry()).collect();
    let bytes: Vec<u8> = entries.iter().flat_map(Canonical::to_bytes).collect();
    let each = entries.iter().map(|entry| hex(entry.to_bytes())).collect::<Vec<_>>();
    Entry::new("sequence", "three entries as a CBOR sequence (RFC 8742)")
        .inputs([("entries", each.into())])
        .outputs([("sequence", hex(bytes))])
        .into()
}

fn refused() -> Vec<Json> {
    let mut vectors = Vec::new();
    let mut add = |what: &str, cbor: &[u8], refused: Refused| {
        let entry = Entry::new(what, "must be refused");
        vectors.push(entry.inputs([("cbor", hex(cbor))]).refused(&refused).into());
    };
    let descending =
        Receipt { categories: vec![Category::Photos, Category::Profile], ..receipt() }.to_bytes();
    add("receipt: categories out of order", &descending, of::<Receipt>(&descending));
    let mut gone = made(events().remove(0)).to_bytes();
    let kind = gone.windows(2).rposition(|pair| pair == [0x01, 0x83]).unwrap();
    gone[kind] = 7;
    add("leaf: of a tombstone", &gone, of::<Leaf>(&gone));
    for (what, word) in
        [("no word", ""), ("a capital", "Approve"), ("a word of 33 bytes", &"a".repeat(33))]
    {
        let what = (what, What::Key { key: key(), role: word.to_owned() });
        let bytes = made(what.1).to_bytes();
        add(&format!("leaf: {}", what.0), &bytes, of::<Leaf>(&bytes));
    }
    let many = Release { records: vec![seeds::id("a record"); 101], ..release() };
    let many = made(What::Release(many)).to_bytes();
    add("leaf: 101 records", &many, of::<Leaf>(&many));
    vectors
}

fn of<T: Canonical + std::fmt::Debug>(bytes: &[u8]) -> Refused {
    T::from_bytes(bytes).unwrap_err()
}
