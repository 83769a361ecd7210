//! Recomputing a whole log from its files, up to a checkpoint.
//!
//! Every entry is hashed and every hash of every tile computed again. What doesn't agree is named:
//! the file, the entry and the rule, so that an auditor can point at it.

use std::fmt;

use crate::checkpoint::SignedCheckpoint;
use crate::frontier::Edge;
use crate::hash::{self, Hash};
use crate::proof::Head;
use crate::tile::{BadEntry, Content, Entries, LEVELS_MAX, TILE_WIDTH, TilePath};
use crate::tiles::{self, Tiles, TilesError, Unreadable};

/// What is wrong with a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// A file that the checkpoint promises isn't there.
    Missing,
    /// A file couldn't be read now; that says nothing about the log.
    Unreadable,
    /// A file ends before its last hash or entry.
    Truncated,
    /// A file goes on after its last hash or entry.
    Surplus,
    /// An entry is longer than an entry may be.
    EntryTooLong,
    /// An entry isn't the one that was logged: its bundle is cut differently, or the levels above
    /// agree with the tile of hashes.
    EntryAltered,
    /// A hash of a tile was changed: what is below and what is above agree with each other.
    HashAltered,
    /// What is there belongs to another place of the same tile.
    Reordered,
    /// A part of the log was replaced together with its lower tiles; the levels above remember.
    Spliced,
    /// A file agrees neither with what is below nor with what is above.
    Disagrees,
    /// The files agree with each other, but are not the log that the checkpoint signs.
    OtherHistory,
    /// The log no longer begins with what was seen before.
    Fork,
    /// The log is shorter than what was seen before.
    Rollback,
}

impl Rule {
    /// The rule, as the end of a sentence.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Missing => "isn't there",
            Self::Unreadable => "can't be read now",
            Self::Truncated => "ends before its last item",
            Self::Surplus => "goes on after its last item",
            Self::EntryTooLong => "is longer than an entry may be",
            Self::EntryAltered => "doesn't match its tile hash",
            Self::HashAltered => "has a hash that isn't the one of what is below",
            Self::Reordered => "belongs to another place of its tile",
            Self::Spliced => "was replaced together with its lower tiles",
            Self::Disagrees => "agrees neither with what is below nor with what is above",
            Self::OtherHistory => "is consistent, but isn't the log that the checkpoint signs",
            Self::Fork => "doesn't begin with the log that was seen before",
            Self::Rollback => "is shorter than the log that was seen before",
        }
    }
}

/// The first thing that is wrong with a log, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// Which rule is broken.
    pub rule: Rule,
    /// The file, if it's about one.
    pub file: Option<TilePath>,
    /// The entry, or the first of the entries under the hash that is wrong.
    pub entry: Option<u64>,
}

impl std::error::Error for Finding {}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.entry, self.file) {
            (Some(entry), Some(file)) => write!(f, "entry {entry} in {file}")?,
            (Some(entry), None) => write!(f, "entry {entry}")?,
            (None, Some(file)) => write!(f, "{file}")?,
            (None, None) => f.write_str("the log")?,
        }
        write!(f, " {}", self.rule.text())
    }
}

/// Verifies every file of the log that `checkpoint` signs.
///
/// `seen` are heads of this log that are known from before, in any order: the log must begin with
/// each. `each` is given every entry and its index as it comes; nothing of it counts until the
/// whole log has passed.
///
/// # Errors
/// The first thing that is wrong.
pub fn verify(
    tiles: &impl Tiles,
    checkpoint: &SignedCheckpoint,
    seen: &[Head],
    mut each: impl FnMut(u64, &[u8]),
) -> Result<(), Finding> {
    let head = checkpoint.head();
    let whole = |rule| Finding { rule, file: None, entry: None };
    if seen.iter().any(|seen| seen.size > head.size) {
        return Err(whole(Rule::Rollback));
    }
    let mut seen = seen.to_vec();
    seen.sort_unstable_by_key(|seen| std::cmp::Reverse(seen.size));
    let mut audit = Audit { tiles, head, edge: Edge::EMPTY, seen };
    audit.compare_seen(0)?;
    for index in 0..head.size.div_ceil(TILE_WIDTH.into()) {
        audit.step(index, &mut each)?;
    }
    for level in 1..LEVELS_MAX {
        audit.check_partial(level)?;
    }
    // The empty log has no file that could tell.
    if audit.edge.root() == head.root { Ok(()) } else { Err(whole(Rule::OtherHistory)) }
}

struct Audit<'t, T> {
    tiles: &'t T,
    head: Head,
    /// The tree over all entries so far.
    edge: Edge,
    /// Heads to come across, the smallest last.
    seen: Vec<Head>,
}

impl<T: Tiles> Audit<'_, T> {
    /// Verifies one bundle with its tile, and the tiles above that it completes.
    fn step(&mut self, index: u64, each: &mut impl FnMut(u64, &[u8])) -> Result<(), Finding> {
        let first = index * u64::from(TILE_WIDTH);
        let path = |content| tiles::holding(content, first, self.head.size);
        let (Some(bundle), Some(tile)) = (path(Content::Entries), path(Content::Hashes(0))) else {
            return Err(Finding { rule: Rule::OtherHistory, file: None, entry: Some(first) });
        };
        let published = self.hashes(tile)?;
        let leaves = self.leaves(bundle, first, &published, each)?;
        if leaves != published {
            return Err(self.blame_leaves(first, [bundle, tile], &leaves, &published));
        }
        for (entry, leaf) in (first..).zip(leaves) {
            let mut completed = Vec::new();
            self.edge.push(leaf, |level, row| {
                if level > 0 {
                    completed.push((level, row.to_vec()));
                }
            });
            for (level, row) in completed {
                self.check_tile(level, entry >> (8 * (u32::from(level) + 1)), &row)?;
            }
            self.compare_seen(entry + 1)?;
        }
        Ok(())
    }

    /// The leaf hashes of a bundle. Where its lengths are wrong, the first entry that isn't the
    /// published one is where they went wrong.
    fn leaves(
        &self,
        path: TilePath,
        first: u64,
        published: &[Hash],
        each: &mut impl FnMut(u64, &[u8]),
    ) -> Result<Vec<Hash>, Finding> {
        let (bytes, is_longer) = tiles::fetch(self.tiles, path).map_err(|error| found(&error))?;
        let mut entries = Entries::new(&bytes);
        let mut leaves = Vec::with_capacity(path.width().into());
        let finding = |rule, leaves: &[Hash], entry| match first_difference(leaves, published) {
            Some(at) => (Rule::EntryAltered, Some(first + at as u64)),
            None => (rule, entry),
        };
        let located = |(rule, entry)| Finding { rule, file: Some(path), entry };
        for entry in (first..).take(path.width().into()) {
            let rule = match entries.next() {
                Some(Ok(bytes)) => {
                    each(entry, bytes);
                    leaves.push(Hash::leaf(bytes));
                    continue;
                }
                Some(Err(BadEntry::TooLong)) => Rule::EntryTooLong,
                Some(Err(BadEntry::Cut)) | None => Rule::Truncated,
            };
            return Err(located(finding(rule, &leaves, Some(entry))));
        }
        if entries.next().is_some() && !is_longer {
            return Err(located(finding(Rule::Surplus, &leaves, None)));
        }
        Ok(leaves)
    }

    fn hashes(&self, path: TilePath) -> Result<Vec<Hash>, Finding> {
        tiles::fetch_hashes(self.tiles, path).map_err(|error| match error {
            // Its length is wrong: say in which way.
            TilesError::Malformed { path } => {
                let width = usize::from(path.width()) * hash::HASH_BYTES;
                let bytes = tiles::fetch(self.tiles, path).map_or(0, |(bytes, _)| bytes.len());
                let rule = if bytes < width { Rule::Truncated } else { Rule::Surplus };
                Finding { rule, file: Some(path), entry: None }
            }
            other => found(&other),
        })
    }

    /// Compares the last tile of a level with what its entries come to.
    fn check_partial(&self, level: u8) -> Result<(), Finding> {
        let row = self.edge.levels.get(usize::from(level));
        match row.filter(|row| !row.is_empty()) {
            None => Ok(()),
            Some(row) => {
                let items = tiles::items(Content::Hashes(level), self.head.size);
                self.check_tile(level, items / u64::from(TILE_WIDTH), row)
            }
        }
    }

    /// Compares a tile above the leaves with what its entries come to.
    fn check_tile(&self, level: u8, index: u64, computed: &[Hash]) -> Result<(), Finding> {
        let first = index * u64::from(TILE_WIDTH);
        let Some(path) = tiles::holding(Content::Hashes(level), first, self.head.size) else {
            return Err(Finding { rule: Rule::OtherHistory, file: None, entry: None });
        };
        let published = self.hashes(path)?;
        let Some(at) = first_difference(computed, &published) else { return Ok(()) };
        let entry = Some((first + at as u64) << (8 * u32::from(level)));
        let rule = if is_moved(computed, &published, at) {
            Rule::Reordered
        } else {
            match self.above(level, index, computed, &published) {
                Above::Computed => Rule::HashAltered,
                Above::Published => Rule::Spliced,
                Above::Neither => Rule::Disagrees,
            }
        };
        Err(Finding { rule, file: Some(path), entry })
    }

    /// Says whether it's the bundle or the tile that was changed, and where.
    fn blame_leaves(
        &self,
        first: u64,
        [bundle, tile]: [TilePath; 2],
        computed: &[Hash],
        published: &[Hash],
    ) -> Finding {
        let at = first_difference(computed, published).unwrap_or_default();
        let entry = Some(first + at as u64);
        if is_moved(computed, published, at) {
            return Finding { rule: Rule::Reordered, file: Some(bundle), entry };
        }
        let index = first / u64::from(TILE_WIDTH);
        let (rule, file) = match self.above(0, index, computed, published) {
            Above::Computed => (Rule::HashAltered, tile),
            Above::Published => (Rule::EntryAltered, bundle),
            Above::Neither => (Rule::Disagrees, bundle),
        };
        Finding { rule, file: Some(file), entry }
    }

    /// With which of the two what stands above agrees: the next level, or the checkpoint above the
    /// last tile of a level.
    fn above(&self, level: u8, index: u64, computed: &[Hash], published: &[Hash]) -> Above {
        let (one, other, above) = if computed.len() == usize::from(TILE_WIDTH) {
            let path = tiles::holding(Content::Hashes(level + 1), index, self.head.size);
            let row = path.and_then(|path| tiles::fetch_hashes(self.tiles, path).ok());
            let at = usize::try_from(index % u64::from(TILE_WIDTH)).unwrap_or(usize::MAX);
            let above = row.and_then(|row| row.get(at).copied());
            (hash::root(computed), hash::root(published), above)
        } else {
            (
                self.root_with(level, computed),
                self.root_with(level, published),
                Some(self.head.root),
            )
        };
        match above {
            Some(above) if above == one => Above::Computed,
            Some(above) if above == other => Above::Published,
            _ => Above::Neither,
        }
    }

    /// The root of the log if the last tile of a level were this one.
    fn root_with(&self, level: u8, row: &[Hash]) -> Hash {
        let mut levels = self.edge.levels.clone();
        if levels.len() <= usize::from(level) {
            levels.resize(usize::from(level) + 1, Vec::new());
        }
        if let Some(place) = levels.get_mut(usize::from(level)) {
            place.clear();
            place.extend_from_slice(row);
        }
        Edge { levels }.root()
    }

    /// Compares the log so far with a head of this size that was seen before.
    fn compare_seen(&mut self, size: u64) -> Result<(), Finding> {
        while let Some(seen) = self.seen.pop_if(|seen| seen.size == size) {
            if seen.root != self.edge.root() {
                return Err(Finding { rule: Rule::Fork, file: None, entry: size.checked_sub(1) });
            }
        }
        Ok(())
    }
}

/// What the next level agrees with.
enum Above {
    Computed,
    Published,
    Neither,
}

fn first_difference(computed: &[Hash], published: &[Hash]) -> Option<usize> {
    computed.iter().zip(published).position(|(one, other)| one != other)
}

/// Whether what is at this place was published for another one, and the other way round.
fn is_moved(computed: &[Hash], published: &[Hash], at: usize) -> bool {
    let moved = |from: &[Hash], to: &[Hash]| from.get(at).is_some_and(|hash| to.contains(hash));
    moved(computed, published) && moved(published, computed)
}

fn found(error: &TilesError) -> Finding {
    let (rule, file) = match *error {
        TilesError::Unreadable { path, why: Unreadable::Missing } => (Rule::Missing, Some(path)),
        TilesError::Unreadable { path, why: Unreadable::Failed } => (Rule::Unreadable, Some(path)),
        TilesError::Malformed { path } => (Rule::Truncated, Some(path)),
        TilesError::Outside => (Rule::OtherHistory, None),
    };
    Finding { rule, file, entry: None }
}
