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

/// A structure, with a name for each of its items.
fn structure<T: Canonical>(name: &str, shows: &str, names: &[&str], value: &T) -> Entry {
    let cbor = value.to_bytes();
    assert_eq!(T::from_bytes(&cbor).unwrap().to_bytes(), cbor);
    Entry::new(name, shows)
        .inputs([("fields", notation::fields(names, &cbor))])
        .outputs([("cbor", hex(&cbor))])
}

/// The same, but one that nobody may read.
fn refused<T: Canonical>(name: &str, value: &T) -> Json {
    let cbor = value.to_bytes();
    let Err(refused) = T::from_bytes(&cbor) else {
        panic!("{name}: was read");
    };
    let entry = Entry::new(name, "must be refused");
    entry.inputs([("cbor", hex(&cbor))]).refused(&refused).into()
}
