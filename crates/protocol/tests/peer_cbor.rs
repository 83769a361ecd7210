//! Every encoding of TH/1 against an independent CBOR, `cbor2` in canonical mode: it reads ours
//! and comes to the same bytes, and it makes the same bytes from plain values.
#![expect(clippy::unwrap_used, reason = "a helper of a test that can't go on fails the test")]

mod catalog;
#[expect(dead_code, reason = "only parts of it are needed here")]
mod house;
mod peers;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use peers::{Peer, bytes, text};
use serde_json::json;

fn start() -> Peer {
    Peer::python("cose_reader.py")
}

#[test]
fn they_read_ours_and_encode_it_the_same() {
    let mut peer = start();
    for item in catalog::all() {
        let again = peer.ask("again", &json!({ "bytes": text(&item.bytes) }));
        assert!(!again.is_null(), "{}: bytes are left over", item.name);
        assert_eq!(bytes(&again, "bytes"), item.bytes, "{}", item.name);
    }
}

#[test]
fn they_make_ours_from_plain_values() {
    let mut peer = start();
    for item in catalog::all() {
        let made = peer.ask("make", &json!({ "plain": item.plain }));
        let made = bytes(&made, "bytes");
        assert_eq!((item.again)(&made), Ok(made.clone()), "{}", item.name);
        assert_eq!(made, item.bytes, "{}", item.name);
    }
}

#[test]
fn a_longer_form_of_a_number_is_told_by_both() {
    let mut peer = start();
    for item in catalog::all() {
        // The head of the outermost item, in two bytes where one would do.
        let (kind, count) = (item.bytes[0] >> 5, item.bytes[0] & 0x1f);
        let longer = [&[(kind << 5) + 24, count], &item.bytes[1..]].concat();
        let again = peer.ask("again", &json!({ "bytes": text(&longer) }));
        assert_eq!(bytes(&again, "bytes"), item.bytes, "{}", item.name);
        let decoded = !item.structure.is_empty();
        assert!(!decoded || (item.again)(&longer).is_err(), "{}", item.name);
    }
}

#[test]
fn every_structure_of_the_crate_is_checked() {
    let mut there = BTreeSet::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    find_structures(&source, "", &mut there);
    let checked: BTreeSet<String> = catalog::all()
        .iter()
        .map(|item| item.structure.to_owned())
        .filter(|structure| !structure.is_empty())
        .collect();
    assert_eq!(there, checked);
}

/// Collects the paths of all types that have an `impl Canonical`, such as `chain::link::Link`.
fn find_structures(folder: &Path, module: &str, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let module = match (module, name) {
            ("", "lib") => String::new(),
            ("", _) => name.to_owned(),
            _ => format!("{module}::{name}"),
        };
        if path.is_dir() {
            find_structures(&path, &module, found);
            continue;
        }
        for line in fs::read_to_string(&path).unwrap().lines() {
            if let Some((_, rest)) = line.split_once("Canonical for ") {
                let structure = rest.trim_end_matches([' ', '{']);
                found.insert(format!("{module}::{structure}"));
            }
        }
    }
}
