//! Golden vectors: the bytes of TH/1, frozen.
//!
//! Each file of `tests/vectors` is made again here and compared byte for byte; [`files`] says how a
//! change is taken over.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failure here is the test's failure"
)]

mod blobs;
mod chain;
mod ciphers;
mod contacts;
mod files;
mod grants;
mod ground;
mod group;
mod json;
mod keepers;
mod letting_in;
mod memory;
mod notation;
mod outer;
mod proofs;
mod records;
mod seeds;
mod sign1;
mod trust;

use files::{File, check, first_difference, folder, is_blessing};

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

/// What the crate of the clients makes: it knows what lies in records.
const MADE_ELSEWHERE: [&str; 1] = ["contents.json"];

#[test]
fn every_vector_is_what_the_code_makes() {
    files::check_all(FILES);
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
    expected.extend(MADE_ELSEWHERE.map(ToOwned::to_owned));
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
