//! Golden vectors: the bytes of TH/1, frozen.
//!
//! Each file of `tests/vectors` is made again here and compared byte for byte. A difference is a
//! change of the protocol, or a mistake; either way somebody must look. To take a change over, run
//! once with `TREEHOUSE_BLESS=1` (which still fails), look at the diff, and run again.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failure here is the test's failure"
)]

mod blobs;
mod chain;
mod contacts;
mod grants;
mod ground;
mod json;
mod keepers;
mod letting_in;
mod notation;
mod outer;
mod proofs;
mod records;
mod seeds;
mod sign1;
mod trust;

use std::path::PathBuf;

use json::{Json, map};

/// A maker of one file: its name, what it holds, and the vectors.
type File = (&'static str, &'static str, fn() -> Vec<Json>);

const FILES: [File; 15] = [
    ("ground.json", "Ids, registries, deterministic CBOR, keys", ground::vectors),
    ("sign1.json", "COSE_Sign1", sign1::vectors),
    ("trust.json", "Attestations and listings", trust::vectors),
    ("chain.json", "A family's sigchain", chain::vectors),
    ("grants.json", "Grants", grants::vectors),
    ("records.json", "Records, padding, franking and a reader's memory", records::vectors),
    ("blobs.json", "Blobs", blobs::vectors),
    ("slot.json", "Key slots", keepers::slots),
    ("kit.json", "Codes of the recovery kit", keepers::kit),
    ("opaque.json", "OPAQUE", keepers::opaque),
    ("invite.json", "Invitations", letting_in::invitations),
    ("pairing.json", "Pairing of toys", letting_in::pairing),
    ("contacts.json", "Contacts and credentials", contacts::vectors),
    ("outer.json", "The server's outer layer", outer::vectors),
    ("proofs.json", "Receipts, leaves of the log and tombstones", proofs::vectors),
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

#[expect(clippy::disallowed_methods, reason = "only a person who runs the test by hand says this")]
fn is_blessing() -> bool {
    std::env::var("TREEHOUSE_BLESS").is_ok_and(|value| value == "1")
}

/// The line where two texts part.
fn first_difference(stored: &str, made: &str) -> String {
    let lines = stored.lines().zip(made.lines()).enumerate();
    let mut different = lines.filter(|(_, (stored, made))| stored != made);
    different.next().map_or_else(
        || "one is longer".to_owned(),
        |(line, (stored, made))| format!("line {}:\n- {stored}\n+ {made}", line + 1),
    )
}

fn check((name, title, vectors): File) -> Result<(), String> {
    let file = map([("title", title.into()), ("vectors", vectors().into())]);
    let (made, path) = (file.text(), folder().join(name));
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    if stored == made {
        return Ok(());
    }
    if is_blessing() {
        std::fs::write(&path, &made).unwrap();
        return Err(format!("{name}: blessed; look at the diff and run again"));
    }
    let difference =
        if path.exists() { first_difference(&stored, &made) } else { "it's missing".to_owned() };
    Err(format!(
        "{name} isn't what the code makes; set TREEHOUSE_BLESS=1 if that's meant: {difference}"
    ))
}

#[test]
fn every_vector_is_what_the_code_makes() {
    let failed: Vec<_> = FILES.into_iter().filter_map(|file| check(file).err()).collect();
    assert_eq!(failed.len(), 0, "{}", failed.join("\n"));
}

#[test]
fn the_folder_holds_these_files_and_their_description_and_no_others() {
    let readme = std::fs::read_to_string(folder().join("README.md")).unwrap();
    let mut found: Vec<_> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    let mut expected: Vec<_> = FILES.map(|(name, ..)| name.to_owned()).into();
    for name in &expected {
        assert!(readme.contains(&format!("`{name}`")), "{name} in README.md");
    }
    expected.push("README.md".to_owned());
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn a_difference_is_found_and_shown() {
    assert_eq!(first_difference("a\nb\n", "a\nc\n"), "line 2:\n- b\n+ c");
    assert_eq!(first_difference("a\n", "a\nb\n"), "one is longer");
    let missing: File = ("no-such-file.json", "", Vec::new);
    assert!(is_blessing() || check(missing).is_err());
}
