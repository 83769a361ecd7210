//! A client in another language, written from `docs/protocol.md` and the golden vectors: it comes
//! to what each vector says, and refuses what it must. `peers/README.md` says where page and files
//! weren't enough.
#![expect(clippy::unwrap_used, reason = "a helper of a test that can't go on fails the test")]

mod peers;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use peers::Peer;
use serde_json::{Value, json};

/// What the reader isn't asked, and why: a file, and the name of a vector, or `*` for all of it.
const NOT_ASKED: &[(&str, &str, &str)] =
    &[("opaque", "*", "has a peer of its own, peer_opaque.rs, over a library for clients")];

/// Outputs that can only be read, not made: other ways to write the same.
const READ_ONLY: &[(&str, &str)] = &[("kit", "also_read")];

/// A vector of each file and one of its outputs, which isn't any more what it was.
const CHANGED: &[(&str, &str, &str)] = &[
    ("blobs", "blob of 100 bytes", "sealed"),
    ("chain", "link 4: grant", "cose"),
    ("contacts", "credential", "cose"),
    ("contents", "way back: asked of a guardian", "code"),
    ("grants", "grant, x-wing", "body"),
    ("ground", "own copy", "wrapped"),
    ("invite", "invitation", "mac"),
    ("kit", "kit", "text"),
    ("outer", "5 bytes", "sealed"),
    ("pairing", "QR picture", "qr_text"),
    ("proofs", "leaf: link", "entry_cbor"),
    ("records", "record to the drop-box, franked", "record"),
    ("sign1", "signed statement", "cose"),
    ("slot", "slot guardian", "cbor"),
    ("trust", "listing", "cose"),
];

/// A place in a vector of a file.
type Place = (&'static str, &'static str, &'static str);

/// Vectors to be refused, and what makes them right: a place in their inputs, and where the right
/// thing stands.
const MENDED: &[(&str, &str, &str, Place)] = &[
    ("blobs", "blob: another salt", "sealed", ("blobs", "blob of 100 bytes", "/outputs/sealed")),
    ("blobs", "reference: no subtype", "cbor", ("blobs", "reference", "/outputs/cbor")),
    ("chain", "refused: a gap", "links/0", ("chain", "link 3: guardian-add", "/outputs/cose")),
    (
        "chain",
        "refused: dated before the last link",
        "links/0",
        ("chain", "link 22: device-remove", "/outputs/cose"),
    ),
    (
        "chain",
        "written: a guardian who was granted nothing",
        "record",
        ("chain", "written: who was granted it", "/inputs/record"),
    ),
    ("contacts", "credential by a stranger", "cose", ("contacts", "credential", "/outputs/cose")),
    ("contents", "lost toy: an empty text", "cbor", ("contents", "lost toy", "/outputs/cbor")),
    ("grants", "grant: two in another order", "body", ("grants", "grant, x25519", "/outputs/body")),
    ("grants", "header: suite 3", "cbor", ("grants", "header", "/outputs/cbor")),
    ("ground", "grant header: a byte behind", "cbor", ("grants", "header", "/outputs/cbor")),
    (
        "ground",
        "Ed25519 key: order 8",
        "pk_sig",
        ("ground", "keys of a principal, x25519", "/outputs/pk_sig"),
    ),
    (
        "ground",
        "x-wing key: an ML-KEM coefficient out of range",
        "pk_kem",
        ("ground", "keys of a principal, x-wing", "/outputs/pk_kem"),
    ),
    ("invite", "link cut", "link", ("invite", "invitation", "/outputs/link")),
    ("invite", "proof for another genesis", "genesis", ("invite", "invitation", "/inputs/genesis")),
    ("kit", "code: nothing", "text", ("kit", "another kit", "/outputs/text")),
    ("outer", "another place", "place", ("outer", "5 bytes", "/inputs/place")),
    (
        "pairing",
        "QR picture: the code changed",
        "qr_text",
        ("pairing", "QR picture", "/outputs/qr_text"),
    ),
    (
        "pairing",
        "check: another nonce than was committed to",
        "toy_nonce",
        ("pairing", "one check", "/inputs/toy_nonce"),
    ),
    ("proofs", "leaf: a capital", "cbor", ("proofs", "leaf: key", "/steps/cbor")),
    ("proofs", "receipt: categories out of order", "cbor", ("proofs", "receipt", "/outputs/cbor")),
    (
        "records",
        "record: another day",
        "record",
        ("records", "record by a reader", "/outputs/record"),
    ),
    (
        "records",
        "memory: an older version",
        "record",
        ("records", "memory: the same once more", "/inputs/record"),
    ),
    ("records", "report: another server's tag", "tag", ("records", "report", "/outputs/tag")),
    ("sign1", "kid first", "cose", ("sign1", "signed statement", "/outputs/cose")),
    ("slot", "slot: another salt", "cbor", ("slot", "slot prf", "/outputs/cbor")),
    ("trust", "attestation: for another key", "cose", ("trust", "attestation", "/outputs/cose")),
    ("trust", "listing: no name", "cbor", ("trust", "listing", "/outputs/cbor")),
];

#[test]
fn it_comes_to_the_outputs_from_the_inputs() {
    let mut reader = Reader::start();
    for (file, vector) in asked() {
        if vector.get("refused").is_some() {
            continue;
        }
        let made = reader.ask("make", &file, &question(&file, &vector));
        for section in ["steps", "outputs"] {
            // A link is spelled out in its steps: they're what the reader is given.
            if file == "chain" && section == "steps" {
                continue;
            }
            for (field, value) in vector[section].as_object().into_iter().flatten() {
                if !READ_ONLY.contains(&(file.as_str(), field.as_str())) {
                    let came_to = &made[section][field];
                    assert_eq!(came_to, value, "{file}, {}: {section}, {field}", vector["name"]);
                }
            }
        }
    }
}

#[test]
fn it_reads_what_is_right_and_refuses_what_must_be() {
    let mut reader = Reader::start();
    let mut counts = BTreeMap::<_, [usize; 2]>::new();
    for (file, mut vector) in asked() {
        let refused = vector.as_object_mut().unwrap().remove("refused").is_some();
        let said = reader.ask("read", &file, &vector);
        let expected = if refused { Value::Null } else { json!(true) };
        assert_eq!(said, expected, "{file}, {}", vector["name"]);
        counts.entry(file).or_default()[usize::from(refused)] += 1;
    }
    for (file, [read, refused]) in counts {
        println!("{file}: {read} read, {refused} refused");
    }
}

#[test]
fn it_refuses_an_output_of_each_file_that_was_changed() {
    let mut reader = Reader::start();
    for (file, name, output) in CHANGED {
        let mut vector = find(file, name);
        assert_eq!(reader.ask("read", file, &vector), json!(true), "{file}, {name}");
        let value = &mut vector["outputs"][*output];
        let mut text = value.as_str().unwrap().to_owned();
        let last = text.pop().unwrap();
        text.push(if last == '0' { '1' } else { '0' });
        *value = json!(text);
        assert!(reader.ask("read", file, &vector).is_null(), "{file}, {name}: {output}");
    }
    let files: BTreeSet<_> = CHANGED.iter().map(|(file, ..)| (*file).to_owned()).collect();
    assert_eq!(files, asked_files(), "a control for each file");
}

#[test]
fn it_refuses_nothing_that_is_right() {
    let mut reader = Reader::start();
    for (file, name, place, (from, right, source)) in MENDED {
        let mut vector = find(file, name);
        assert!(vector.as_object_mut().unwrap().remove("refused").is_some());
        let value = find(from, right).pointer(source).unwrap().clone();
        *vector["inputs"].pointer_mut(&format!("/{place}")).unwrap() = value;
        assert_eq!(reader.ask("read", file, &vector), json!(true), "{file}, {name}");
    }
    let files: BTreeSet<_> = MENDED.iter().map(|(file, ..)| (*file).to_owned()).collect();
    assert_eq!(files, asked_files(), "a control for each file");
}

#[test]
fn every_vector_is_asked_or_named() {
    for (file, name, reason) in NOT_ASKED {
        assert!(!reason.is_empty());
        assert!(*name == "*" || !find(file, name).is_null(), "{file}, {name}: there is none");
    }
    let all: usize = files().iter().map(|file| vectors(file).len()).sum();
    let skipped =
        NOT_ASKED.iter().map(|(file, name, _)| if *name == "*" { vectors(file).len() } else { 1 });
    assert_eq!(asked().len() + skipped.sum::<usize>(), all);
}

/// The client. It refuses by null; what it doesn't know is an error, and fails the test.
struct Reader(Peer);

impl Reader {
    fn start() -> Self {
        Self(Peer::node("reader.mjs", "@hpke/core"))
    }

    fn ask(&mut self, op: &str, file: &str, vector: &Value) -> Value {
        self.0.ask(op, &json!({ "file": file, "vector": vector }))
    }
}

/// What the reader is given to make the outputs from. Where there are no inputs, the outputs are
/// rows, and it takes from them which rows are wanted.
fn question(file: &str, vector: &Value) -> Value {
    let mut question = vector.clone();
    let fields = question.as_object_mut().unwrap();
    if fields.contains_key("inputs") {
        fields.remove("outputs");
    }
    if file != "chain" {
        fields.remove("steps");
    }
    question
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

/// The names of all files of vectors.
fn files() -> BTreeSet<String> {
    let entries = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.filter(|path| path.extension().is_some_and(|end| end == "json"));
    files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

fn vectors(file: &str) -> Vec<Value> {
    let text = fs::read_to_string(folder().join(format!("{file}.json"))).unwrap();
    let mut value: Value = serde_json::from_str(&text).unwrap();
    serde_json::from_value(value["vectors"].take()).unwrap()
}

fn find(file: &str, name: &str) -> Value {
    let named = vectors(file).into_iter().find(|vector| vector["name"] == name);
    named.unwrap_or_else(|| panic!("{file}, {name}: there is none"))
}

fn is_asked(file: &str, name: &str) -> bool {
    !NOT_ASKED.iter().any(|(other, named, _)| *other == file && ["*", name].contains(named))
}

/// Every vector that the reader is asked, with its file.
fn asked() -> Vec<(String, Value)> {
    let files = files().into_iter();
    let all =
        files.flat_map(|file| vectors(&file).into_iter().map(move |vector| (file.clone(), vector)));
    all.filter(|(file, vector)| is_asked(file, vector["name"].as_str().unwrap())).collect()
}

fn asked_files() -> BTreeSet<String> {
    asked().into_iter().map(|(file, _)| file).collect()
}
