//! Golden vectors of what only clients read: what lies in records, and what guardians ask each other.
//!
//! They lie beside those of the protocol's crate, for whoever writes another client.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failure here is the test's failure"
)]

mod asked;
mod contents;
#[path = "../../../protocol/tests/golden/files.rs"]
mod files;
#[path = "../../../protocol/tests/golden/json.rs"]
#[expect(dead_code, reason = "the vectors of the protocol's crate need the rest")]
mod json;
#[path = "../../../protocol/tests/golden/notation.rs"]
#[expect(dead_code, reason = "the vectors of the protocol's crate need the rest")]
mod notation;
#[path = "../../../protocol/tests/golden/seeds.rs"]
#[expect(dead_code, reason = "the vectors of the protocol's crate need the rest")]
mod seeds;

use json::{Entry, Json, hex};
use treehouse_protocol::cbor::Canonical;

#[test]
fn every_vector_is_what_the_code_makes() {
    let title = "What lies in records, and what guardians ask";
    let file: files::File = ("contents.json", title, vectors);
    files::check_all([file]);
}

fn vectors() -> Vec<Json> {
    [contents::vectors(), asked::vectors()].concat()
}

/// A structure, with a name for each of its items, and its bytes.
fn spelled<T: Canonical>(name: &str, shows: &str, names: &[&str], value: &T) -> (Entry, Vec<u8>) {
    let cbor = value.to_bytes();
    assert_eq!(T::from_bytes(&cbor).unwrap().to_bytes(), cbor);
    let fields = notation::fields(names, &cbor);
    (Entry::new(name, shows).inputs([("fields", fields)]), cbor)
}

/// The same as a vector.
fn structure(name: &str, shows: &str, names: &[&str], value: &impl Canonical) -> Json {
    let (entry, cbor) = spelled(name, shows, names, value);
    entry.outputs([("cbor", hex(&cbor))]).into()
}

/// The bytes of one that nobody may read.
fn unreadable<T: Canonical>(name: &str, cbor: &[u8]) -> Json {
    let Err(refused) = T::from_bytes(cbor) else {
        panic!("{name}: was read");
    };
    let entry = Entry::new(name, "must be refused");
    entry.inputs([("cbor", hex(cbor))]).refused(&refused).into()
}

/// One with a value that nobody may write.
fn refused<T: Canonical>(name: &str, value: &T) -> Json {
    unreadable::<T>(name, &value.to_bytes())
}
