//! The log's files: each fault is planted in an untouched copy that passes.

use std::fs;
use std::path::Path;

use treehouse_protocol::cbor::Canonical as _;
use treehouse_protocol::id::{AccountId, Hash};
use treehouse_protocol::leaf::What;

use crate::deployment::{Deployment, entries, leaf, log_signer, publish, witnesses};

/// Plants a fault in a copy, and expects it to be named.
#[track_caller]
fn planted(deployment: &Deployment, fault: impl Fn(&Path), place: &str, what: &str) {
    let copy = deployment.copy();
    deployment.verify(copy.path(), &[]).assert_right();
    fault(copy.path());
    deployment.verify(copy.path(), &[]).assert_wrong(place, what);
}

fn change(path: &Path, change: impl Fn(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_sound_log_passes_and_is_counted() {
    let deployment = Deployment::new();
    let ran = deployment.verify(deployment.copy().path(), &[]);
    ran.assert_right();
    let columns =
        "month link attestation act key erasure release tombstone restore publication all";
    let columns = columns.split_whitespace();
    let table = ran.out.lines().find(|line| line.contains("month")).unwrap();
    assert_eq!(table.split_whitespace().collect::<Vec<_>>(), columns.collect::<Vec<_>>());
    let links = deployment.house.links.len();
    let counts = [links, 600 - links - 7, 1, 1, 1, 2, 0, 1, 1, 600].map(|count| count.to_string());
    let row = ran.out.lines().find(|line| line.trim().starts_with("2024-10")).unwrap();
    assert_eq!(row.split_whitespace().skip(1).collect::<Vec<_>>(), counts);
    assert!(ran.out.contains("seen by w1.example at 2024-10-04 01:00:00 UTC"), "{}", ran.out);
}

#[test]
fn flipped_bytes_are_found_where_they_are() {
    let deployment = Deployment::new();
    let flip = |name: &'static str, at: usize| {
        move |copy: &Path| change(&copy.join(name), |bytes| bytes[at] ^= 1)
    };
    let hash = "has a hash that isn't the one of what is below";
    planted(&deployment, flip("tile/0/001", 32 * 5), "entry 261 in tile/0/001", hash);
    planted(&deployment, flip("tile/1/000.p/2", 40), "entry 256 in tile/1/000.p/2", hash);
    let altered = "doesn't match its tile hash";
    planted(&deployment, flip("tile/entries/000", 30), "entry 0 in tile/entries/000", altered);
    planted(
        &deployment,
        flip("tile/entries/002.p/88", 30),
        "entry 512 in tile/entries/002.p/88",
        altered,
    );
    planted(&deployment, flip("checkpoint", 20), "checkpoint", "");
    planted(&deployment, flip("checkpoint", 40), "checkpoint", "signature");
}

#[test]
fn what_is_cut_off_or_missing_is_found() {
    let deployment = Deployment::new();
    let cut = |copy: &Path| change(&copy.join("tile/entries/001"), |bytes| bytes.truncate(3000));
    let first = 256 + 3000 / (2 + deployment.leaves[300].entry().to_bytes().len());
    let place = format!("entry {first} in tile/entries/001");
    planted(&deployment, cut, &place, "ends before its last item");
    let cut = |copy: &Path| change(&copy.join("tile/0/002.p/88"), |bytes| bytes.truncate(32));
    planted(&deployment, cut, "tile/0/002.p/88", "ends before its last item");
    let remove = |copy: &Path| fs::remove_file(copy.join("tile/0/001")).unwrap();
    planted(&deployment, remove, "tile/0/001", "isn't there");
    let longer = |copy: &Path| change(&copy.join("tile/0/000"), |bytes| bytes.extend([0; 32]));
    planted(&deployment, longer, "tile/0/000", "goes on after its last item");
}

#[test]
fn entries_that_changed_places_are_found() {
    let deployment = Deployment::new();
    let swap = |copy: &Path| {
        let path = copy.join("tile/entries/001");
        let all = entries(&deployment.leaves);
        let mut bundle = Vec::new();
        let mut order: Vec<usize> = (256..512).collect();
        order.swap(10, 20);
        for entry in order.into_iter().map(|index| &all[index]) {
            treehouse_tlog::tile::push_entry(&mut bundle, entry).unwrap();
        }
        fs::write(path, bundle).unwrap();
    };
    let what = "belongs to another place of its tile";
    planted(&deployment, swap, "entry 266 in tile/entries/001", what);
}

#[test]
fn a_part_of_another_log_is_found() {
    let deployment = Deployment::new();
    let splice = |copy: &Path| {
        let other = other_log(&deployment, 300);
        for name in ["tile/0/001", "tile/entries/001"] {
            fs::copy(other.path().join(name), copy.join(name)).unwrap();
        }
    };
    let what = "was replaced together with its lower tiles";
    planted(&deployment, splice, "entry 256 in tile/1/000.p/2", what);
    let all = |copy: &Path| {
        let checkpoint = fs::read(copy.join("checkpoint")).unwrap();
        let other = other_log(&deployment, 300);
        for entry in ["tile/0/001", "tile/entries/001", "tile/1/000.p/2"] {
            fs::copy(other.path().join(entry), copy.join(entry)).unwrap();
        }
        fs::write(copy.join("checkpoint"), checkpoint).unwrap();
    };
    planted(&deployment, all, "the log", "isn't the log that the checkpoint signs");
}

#[test]
fn a_log_of_another_key_is_refused() {
    let deployment = Deployment::new();
    let copy = deployment.copy();
    publish(copy.path(), &log_signer(2), &entries(&deployment.leaves), &witnesses(2));
    deployment
        .verify(copy.path(), &[])
        .assert_wrong("checkpoint", "must be by a key that is known");
}

#[test]
fn an_entry_of_something_else_is_named() {
    let deployment = Deployment::new();
    let copy = deployment.copy();
    let mut all = entries(&deployment.leaves);
    all[298] = b"anything else".to_vec();
    publish(copy.path(), &deployment.signer, &all, &witnesses(2));
    deployment.verify(copy.path(), &[]).assert_wrong("entry 298", "isn't an entry of Treehouse");
}

#[test]
fn days_that_go_back_are_odd_and_not_wrong() {
    let deployment = Deployment::new();
    let copy = deployment.copy();
    let publish = |days_back: u64| {
        let mut leaves = deployment.leaves.clone();
        leaves[300].event.at_ms -= days_back * 86_400_000;
        publish(copy.path(), &deployment.signer, &entries(&leaves), &witnesses(2));
        deployment.verify(copy.path(), &[])
    };
    let ran = publish(1);
    ran.assert_right();
    assert!(!ran.out.contains("Odd"), "a day is a matter of clocks: {}", ran.out);
    let ran = publish(3);
    ran.assert_right();
    assert!(
        ran.out.contains("entry 300: is dated 2024-10-01, more than 1 day before"),
        "{}",
        ran.out
    );
}

/// The same log up to an entry, and another event from there on, signed by the same key.
pub fn other_log(deployment: &Deployment, from: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut leaves = deployment.leaves.clone();
    let account = AccountId::from_bytes([3; 16]);
    let what = What::Attestation { account, attestation: Hash::of(b"another") };
    leaves[from] = leaf(from as u64, what);
    publish(folder.path(), &deployment.signer, &entries(&leaves), &witnesses(2));
    folder
}
