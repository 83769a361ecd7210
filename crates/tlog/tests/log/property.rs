//! What holds for every log: however it was written, whichever entry is asked for.

use proptest::prelude::*;
use treehouse_tlog::frontier::Frontier;
use treehouse_tlog::hash::Hash;
use treehouse_tlog::proof::{
    Head, prove_consistency, prove_inclusion, verify_consistency, verify_inclusion,
};
use treehouse_tlog::tile::{Content, ENTRY_BYTES_MAX};
use treehouse_tlog::tiles::{TilesError, holding, items};

use crate::house::{Log, entries};

/// The files that a reader of this size needs.
fn needed(size: u64) -> Vec<treehouse_tlog::tile::TilePath> {
    let contents = [Content::Entries].into_iter().chain((0..8).map(Content::Hashes));
    let of = |content| {
        let positions = (0..items(content, size)).step_by(256);
        positions.filter_map(move |position| holding(content, position, size))
    };
    contents.flat_map(of).collect()
}

/// Like [`Log::of`], in steps; the log is started again from its files before each.
fn in_steps(count: u64, steps: &[u64]) -> Log {
    let mut log = Log::new();
    let mut steps = steps.iter().copied().chain([count]);
    while log.frontier.size() < count {
        let (from, step) = (log.frontier.size(), steps.next().unwrap_or(count));
        log.frontier = Frontier::load(from, &log.files).unwrap();
        log.append(&entries(from..count.min(from + step)));
    }
    log
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_chunking_gives_the_same_files(
        count in 0_u64..1200,
        steps in proptest::collection::vec(0_u64..400, 0..12),
    ) {
        let (at_once, stepwise) = (Log::of(count), in_steps(count, &steps));
        prop_assert_eq!(at_once.head(), stepwise.head());
        prop_assert_eq!(&at_once.frontier, &stepwise.frontier);
        let needed = needed(count);
        // Written at once, nothing is superseded.
        prop_assert_eq!(needed.len(), at_once.files.len());
        for path in needed {
            prop_assert_eq!(at_once.files.get(&path), stepwise.files.get(&path), "{}", path);
        }
    }

    #[test]
    fn every_inclusion_proof_verifies_and_no_altered_one(
        size in 1_u64..1500, index in 0_u64..1500, bit in 0_usize..256, other in 0_u64..1500,
    ) {
        let index = index % size;
        let log = Log::of(size);
        let (head, leaf) = (log.head(), Hash::leaf(&entries(index..index + 1)[0]));
        let proof = prove_inclusion(&log.files, index, size).unwrap();
        prop_assert_eq!(verify_inclusion(&leaf, index, &head, &proof), Ok(()));
        for altered in alterations(&proof, bit) {
            prop_assert!(verify_inclusion(&leaf, index, &head, &altered).is_err());
        }
        if other != index {
            prop_assert!(verify_inclusion(&leaf, other, &head, &proof).is_err());
        }
        prop_assert!(verify_inclusion(&flipped(&leaf, bit), index, &head, &proof).is_err());
        let wrong = Head { root: flipped(&head.root, bit), size };
        prop_assert!(verify_inclusion(&leaf, index, &wrong, &proof).is_err());
        let outside = Err(TilesError::Outside);
        prop_assert_eq!(prove_inclusion(&log.files, size, size), outside);
    }

    #[test]
    fn every_consistency_proof_verifies_and_no_altered_one(
        new in 1_u64..1500, old in 0_u64..1500, bit in 0_usize..256,
    ) {
        let old = old % (new + 1);
        let (before, log) = (Log::of(old).head(), Log::of(new));
        let (head, proof) = (log.head(), prove_consistency(&log.files, old, new).unwrap());
        prop_assert_eq!(verify_consistency(&before, &head, &proof), Ok(()));
        for altered in alterations(&proof, bit) {
            prop_assert!(verify_consistency(&before, &head, &altered).is_err());
        }
        let wrong = Head { root: flipped(&before.root, bit), size: old };
        prop_assert!(verify_consistency(&wrong, &head, &proof).is_err());
        // From nothing, every log is a continuation: it's the proof's business only from one on.
        if old > 0 {
            let wrong = Head { root: flipped(&head.root, bit), size: new };
            prop_assert!(verify_consistency(&before, &wrong, &proof).is_err());
        }
        if old < new {
            prop_assert!(verify_consistency(&head, &before, &proof).is_err());
        }
    }
}

/// The proof with one bit changed, each hash left out, one more, and two exchanged.
fn alterations(proof: &[Hash], bit: usize) -> Vec<Vec<Hash>> {
    let mut altered = vec![[proof, &[Hash::EMPTY]].concat()];
    for at in 0..proof.len() {
        let mut changed = proof.to_vec();
        changed[at] = flipped(&changed[at], bit);
        altered.push(changed);
        let mut shorter = proof.to_vec();
        shorter.remove(at);
        altered.push(shorter);
        let mut doubled = proof.to_vec();
        doubled.insert(at, doubled[at]);
        altered.push(doubled);
    }
    for at in 1..proof.len() {
        let mut exchanged = proof.to_vec();
        exchanged.swap(at - 1, at);
        altered.push(exchanged);
    }
    altered
}

fn flipped(hash: &Hash, bit: usize) -> Hash {
    let mut bytes = *hash.bytes();
    bytes[bit / 8] ^= 1 << (bit % 8);
    Hash::from_bytes(bytes)
}

#[test]
fn an_entry_that_is_too_long_appends_nothing() {
    let log = Log::of(3);
    let over = vec![vec![1; ENTRY_BYTES_MAX], vec![1; ENTRY_BYTES_MAX + 1]];
    assert!(log.frontier.append(&over).is_err());
    assert!(log.frontier.append(&over[..1]).is_ok());
}

#[test]
fn a_restart_refuses_files_that_are_missing_or_damaged() {
    let log = Log::of(70_000);
    assert_eq!(Frontier::load(70_000, &log.files).as_ref(), Ok(&log.frontier));
    for path in ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1", "tile/entries/273.p/112"]
    {
        let path = treehouse_tlog::tile::TilePath::parse(path).unwrap();
        let mut files = log.files.clone();
        let bytes = files.remove(&path).unwrap();
        assert!(Frontier::load(70_000, &files).is_err(), "{path} missing");
        files.insert(path, bytes[..bytes.len() - 1].to_vec());
        assert!(Frontier::load(70_000, &files).is_err(), "{path} cut");
        let mut changed = bytes;
        changed[5] ^= 1;
        files.insert(path, changed);
        // A changed hash shows in the root, which the caller compares.
        let loaded = Frontier::load(70_000, &files);
        assert!(loaded.is_err() || loaded.unwrap().root() != log.head().root, "{path} changed");
    }
}
