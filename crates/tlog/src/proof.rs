//! Proofs: that an entry is in the log, and that the log only grew (RFC 6962, RFC 9162 section 2.1).

use crate::error::{Refused, require};
use crate::hash::Hash;
use crate::tile::SIZE_MAX;
use crate::tiles::{Reader, Tiles, TilesError};

/// Hashes that a proof may have: one for each doubling of the largest log, and one more.
pub const PROOF_HASHES_MAX: usize = 63;

const INCLUSION: &str = "inclusion proof";
const CONSISTENCY: &str = "consistency proof";

/// The size and root of a log at some time: what a checkpoint says, without who says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// How many entries it has.
    pub size: u64,
    /// The root over all of them.
    pub root: Hash,
}

impl Head {
    /// The head of the log without entries.
    pub const EMPTY: Self = Self { size: 0, root: Hash::EMPTY };
}

/// Proves that entry `index` is in the log as it was with `size` entries.
///
/// # Errors
/// There is no such entry, or a tile is missing or damaged.
pub fn prove_inclusion(tiles: &impl Tiles, index: u64, size: u64) -> Result<Vec<Hash>, TilesError> {
    let mut reader = Reader::new(tiles, size)?;
    if index >= size {
        return Err(TilesError::Outside);
    }
    let (mut from, mut to, mut parts) = (0, size, Vec::new());
    while to - from > 1 {
        let middle = from + split(to - from);
        if index < middle {
            parts.push((middle, to));
            to = middle;
        } else {
            parts.push((from, middle));
            from = middle;
        }
    }
    parts.into_iter().rev().map(|(from, to)| reader.part(from, to)).collect()
}

/// Proves that the log with `new` entries begins with all that it had with `old`.
///
/// # Errors
/// `old` is larger than `new`, or a tile is missing or damaged.
pub fn prove_consistency(tiles: &impl Tiles, old: u64, new: u64) -> Result<Vec<Hash>, TilesError> {
    let mut reader = Reader::new(tiles, new)?;
    if old > new {
        return Err(TilesError::Outside);
    }
    if old == 0 || old == new {
        return Ok(Vec::new());
    }
    let (mut from, mut to, mut parts) = (0, new, Vec::new());
    // `SUBPROOF` of RFC 6962: down to the last part of the old tree that is one of the new, too.
    while old != to {
        let middle = from + split(to - from);
        if old <= middle {
            parts.push((middle, to));
            to = middle;
        } else {
            parts.push((from, middle));
            from = middle;
        }
    }
    // From the first entry on, that part is the old tree itself, which the verifier has.
    if from > 0 {
        parts.push((from, to));
    }
    parts.into_iter().rev().map(|(from, to)| reader.part(from, to)).collect()
}

/// Verifies that an entry with this leaf hash is entry `index` under `head`.
///
/// # Errors
/// It isn't, or not by this proof.
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    head: &Head,
    proof: &[Hash],
) -> Result<(), Refused> {
    require(head.size <= SIZE_MAX, INCLUSION, "size", "must be at most 2^62")?;
    require(index < head.size, INCLUSION, "index", "must be below the size")?;
    let (mut place, mut last, mut root) = (index, head.size - 1, *leaf);
    for hash in proof {
        require(last > 0, INCLUSION, "hashes", "must be as many as the tree asks for")?;
        if place & 1 == 1 || place == last {
            root = Hash::node(hash, &root);
            // A right edge without neighbour moves up until it has one.
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            root = Hash::node(&root, hash);
        }
        place >>= 1;
        last >>= 1;
    }
    require(last == 0, INCLUSION, "hashes", "must be as many as the tree asks for")?;
    require(root == head.root, INCLUSION, "root", "must be the one of the head")
}

/// Verifies that the log of `new` begins with the log of `old`.
///
/// # Errors
/// It doesn't, or not by this proof.
pub fn verify_consistency(old: &Head, new: &Head, proof: &[Hash]) -> Result<(), Refused> {
    let wrong_count = Refused::new(CONSISTENCY, "hashes", "must be as many as the trees ask for");
    require(new.size <= SIZE_MAX, CONSISTENCY, "size", "must be at most 2^62")?;
    require(old.size <= new.size, CONSISTENCY, "old size", "must be at most the new one")?;
    for head in [old, new] {
        let sound = head.size > 0 || head.root == Hash::EMPTY;
        require(sound, CONSISTENCY, "root", "must be the hash of nothing for an empty log")?;
    }
    if old.size == 0 || old.size == new.size {
        require(proof.is_empty(), CONSISTENCY, "hashes", "must be none")?;
        let same = old.size == 0 || old.root == new.root;
        return require(same, CONSISTENCY, "root", "must be the same for the same size");
    }
    // RFC 9162 section 2.1.4.2. A full old tree is its own first hash.
    let seed = old.size.is_power_of_two().then_some(old.root);
    let mut hashes = seed.into_iter().chain(proof.iter().copied());
    let up = (old.size - 1).trailing_ones();
    let (mut place, mut last) = ((old.size - 1) >> up, (new.size - 1) >> up);
    let first = hashes.next().ok_or(wrong_count)?;
    let (mut old_root, mut new_root) = (first, first);
    for hash in hashes {
        if last == 0 {
            return Err(wrong_count);
        }
        if place & 1 == 1 || place == last {
            old_root = Hash::node(&hash, &old_root);
            new_root = Hash::node(&hash, &new_root);
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            new_root = Hash::node(&new_root, &hash);
        }
        place >>= 1;
        last >>= 1;
    }
    require(last == 0, CONSISTENCY, "hashes", "must be as many as the trees ask for")?;
    require(old_root == old.root, CONSISTENCY, "old root", "must be the one that was known")?;
    require(new_root == new.root, CONSISTENCY, "new root", "must be the one of the head")
}

/// The largest power of two below `count`, which is at least 2.
fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}
