//! Reading published files.

use std::collections::BTreeMap;

use crate::hash::{self, Hash};
use crate::tile::{Content, SIZE_MAX, TILE_WIDTH, TilePath, decode_hashes};

/// Where a log's files come from: a folder, an HTTP client, a database.
///
/// Nothing that it gives is believed: what is made from it is checked against a checkpoint.
pub trait Tiles {
    /// The bytes of the file of this name.
    ///
    /// # Errors
    /// It isn't there, or the place can't be read at all.
    fn read(&self, path: TilePath) -> Result<Vec<u8>, Unreadable>;
}

/// Files in memory.
impl Tiles for BTreeMap<TilePath, Vec<u8>> {
    fn read(&self, path: TilePath) -> Result<Vec<u8>, Unreadable> {
        self.get(&path).cloned().ok_or(Unreadable::Missing)
    }
}

/// Why a file wasn't given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// There is no such file: the log lacks it.
    #[error("isn't there")]
    Missing,
    /// The place failed; asking again may help.
    #[error("can't be read now")]
    Failed,
}

/// Why files couldn't be used, and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TilesError {
    /// A file wasn't given.
    #[error("{path} {why}")]
    Unreadable {
        /// Its name.
        path: TilePath,
        /// Why.
        why: Unreadable,
    },
    /// A file hasn't what its name says: whole hashes or entries, and as many.
    #[error("{path} doesn't have what its name says")]
    Malformed {
        /// Its name.
        path: TilePath,
    },
    /// What was asked for lies outside the log.
    #[error("what was asked for lies outside the log")]
    Outside,
}

/// The file of a log of `size` entries that holds item `position` of its content, if it has it.
#[must_use]
pub fn holding(content: Content, position: u64, size: u64) -> Option<TilePath> {
    let items = items(content, size);
    let index = position / u64::from(TILE_WIDTH);
    let after = items.checked_sub(index * u64::from(TILE_WIDTH))?;
    let width = u16::try_from(after.min(TILE_WIDTH.into())).ok()?;
    TilePath::new(content, index, width).ok().filter(|_| position < items)
}

/// How many entries, or hashes of a level, a log of `size` entries publishes.
#[must_use]
pub fn items(content: Content, size: u64) -> u64 {
    match content {
        Content::Entries => size,
        Content::Hashes(level) => size.checked_shr(8 * u32::from(level)).unwrap_or(0),
    }
}

/// The bytes of a file. A log may delete a partial one once it's full, and `true` says that the
/// full one was given instead.
pub(crate) fn fetch(tiles: &impl Tiles, path: TilePath) -> Result<(Vec<u8>, bool), TilesError> {
    let unreadable = |why| TilesError::Unreadable { path, why };
    match tiles.read(path) {
        Ok(bytes) => Ok((bytes, false)),
        Err(Unreadable::Missing) if path.width() < TILE_WIDTH => {
            tiles.read(path.full()).map(|bytes| (bytes, true)).map_err(unreadable)
        }
        Err(why) => Err(unreadable(why)),
    }
}

/// The hashes of a tile, as many as its name says.
pub(crate) fn fetch_hashes(tiles: &impl Tiles, path: TilePath) -> Result<Vec<Hash>, TilesError> {
    let malformed = TilesError::Malformed { path };
    let (bytes, full) = fetch(tiles, path)?;
    let mut hashes = decode_hashes(&bytes).map_err(|_| malformed)?;
    let expected = if full { TILE_WIDTH } else { path.width() };
    if hashes.len() != usize::from(expected) {
        return Err(malformed);
    }
    hashes.truncate(path.width().into());
    Ok(hashes)
}

/// Computes the hashes of parts of the tree from its tiles, and reads each tile once.
pub(crate) struct Reader<'t, T> {
    tiles: &'t T,
    size: u64,
    read: BTreeMap<TilePath, Vec<Hash>>,
}

impl<'t, T: Tiles> Reader<'t, T> {
    /// A reader of the log as it was with `size` entries.
    pub(crate) fn new(tiles: &'t T, size: u64) -> Result<Self, TilesError> {
        if size > SIZE_MAX {
            return Err(TilesError::Outside);
        }
        Ok(Self { tiles, size, read: BTreeMap::new() })
    }

    /// The hash over entries `from..to`, which is a part that the tree has: `from` is a multiple
    /// of the smallest power of two that is at least `to - from`.
    pub(crate) fn part(&mut self, mut from: u64, to: u64) -> Result<Hash, TilesError> {
        let mut full = Vec::new();
        while from < to {
            let height = (to - from).ilog2();
            full.push(self.full(from, height)?);
            from += 1 << height;
        }
        let last = full.pop().ok_or(TilesError::Outside)?;
        Ok(full.iter().rev().fold(last, |right, left| Hash::node(left, &right)))
    }

    /// The hash over 2 to the `height` entries from `from` on.
    fn full(&mut self, from: u64, height: u32) -> Result<Hash, TilesError> {
        let (level, count) = (height / 8, 1_usize << (height % 8));
        let first = from >> (8 * level);
        let level = u8::try_from(level).map_err(|_| TilesError::Outside)?;
        let path = holding(Content::Hashes(level), first, self.size).ok_or(TilesError::Outside)?;
        let mut hashes = self.tile(path)?.chunks(count);
        let chunk = (first % u64::from(TILE_WIDTH)) >> (height % 8);
        let chunk = usize::try_from(chunk).ok().and_then(|chunk| hashes.nth(chunk));
        chunk.filter(|chunk| chunk.len() == count).map(hash::root).ok_or(TilesError::Outside)
    }

    fn tile(&mut self, path: TilePath) -> Result<&[Hash], TilesError> {
        if !self.read.contains_key(&path) {
            self.read.insert(path, fetch_hashes(self.tiles, path)?);
        }
        self.read.get(&path).map(Vec::as_slice).ok_or(TilesError::Outside)
    }
}
