//! Growing the log: the right edge of the tree, and the files that an append publishes.

use crate::error::{Refused, require};
use crate::hash::{self, Hash};
use crate::tile::{
    Content, Entries, LEVELS_MAX, SIZE_MAX, TILE_WIDTH, TilePath, encode_hashes, push_entry,
};
use crate::tiles::{self, Tiles, TilesError};

const WIDTH: usize = TILE_WIDTH as usize;

/// The right edge of a log: all that is needed to go on.
///
/// It holds the files that aren't full yet, so at most 64 KiB of hashes and 255 entries. It's a
/// value: an append gives a new one, and whoever fails to write the files keeps the old.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    edge: Edge,
    /// The bytes of the last, partial bundle.
    bundle: Vec<u8>,
}

/// What an append comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The log afterwards.
    pub frontier: Frontier,
    /// Every file that is new. They must all be written before a checkpoint of this size is
    /// signed; to write one twice does no harm, since the bytes behind a name never change.
    pub files: Vec<File>,
}

/// A file to publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub path: TilePath,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Frontier {
    /// The log without entries.
    #[must_use]
    pub const fn empty() -> Self {
        Self { size: 0, edge: Edge::EMPTY, bundle: Vec::new() }
    }

    /// Goes on where a log of `size` entries ended, from the files that it published.
    ///
    /// The caller compares [`Frontier::root`] with the last checkpoint that it signed: files are
    /// only believed if they agree with it.
    ///
    /// # Errors
    /// A file is missing or damaged, or the partial bundle doesn't hash to its tile.
    pub fn load(size: u64, tiles: &impl Tiles) -> Result<Self, TilesError> {
        if size > SIZE_MAX {
            return Err(TilesError::Outside);
        }
        let mut levels = Vec::new();
        let top =
            (0..LEVELS_MAX).take_while(|&level| tiles::items(Content::Hashes(level), size) > 0);
        for level in top {
            levels.push(match last_partial(Content::Hashes(level), size) {
                Some(path) => tiles::fetch_hashes(tiles, path)?,
                None => Vec::new(),
            });
        }
        let mut bundle = Vec::new();
        if let Some(path) = last_partial(Content::Entries, size) {
            let leaves = levels.first().map_or(&[][..], Vec::as_slice);
            bundle = load_bundle(tiles, path, leaves)?;
        }
        Ok(Self { size, edge: Edge { levels }, bundle })
    }

    /// How many entries the log has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.edge.root()
    }

    /// Appends entries, in this order.
    ///
    /// # Errors
    /// An entry is too long or the log would be; nothing is appended then.
    pub fn append(&self, entries: &[impl AsRef<[u8]>]) -> Result<Appended, Refused> {
        let room = SIZE_MAX - self.size;
        require(entries.len() as u64 <= room, "log", "size", "must be at most 2^62")?;
        let (mut frontier, mut files) = (self.clone(), Vec::new());
        for entry in entries {
            frontier.push(entry.as_ref(), &mut files)?;
        }
        if !entries.is_empty() {
            frontier.push_partial(self.size, &mut files);
        }
        Ok(Appended { frontier, files })
    }

    /// Adds one entry; what became full by it goes into `files`.
    fn push(&mut self, entry: &[u8], files: &mut Vec<File>) -> Result<(), Refused> {
        push_entry(&mut self.bundle, entry)?;
        self.size += 1;
        if self.size.is_multiple_of(TILE_WIDTH.into()) {
            let bytes = std::mem::take(&mut self.bundle);
            files.extend(last_full(Content::Entries, self.size).map(|path| File { path, bytes }));
        }
        let size = self.size;
        self.edge.push(Hash::leaf(entry), |level, row| {
            let bytes = encode_hashes(row);
            let path = last_full(Content::Hashes(level), size);
            files.extend(path.map(|path| File { path, bytes }));
        });
        Ok(())
    }

    /// The files that are partial now and weren't so at `before`.
    fn push_partial(&self, before: u64, files: &mut Vec<File>) {
        let mut add = |content, bytes: &dyn Fn() -> Vec<u8>| {
            let path = last_partial(content, self.size);
            let is_new = path != last_partial(content, before);
            files.extend(path.filter(|_| is_new).map(|path| File { path, bytes: bytes() }));
        };
        add(Content::Entries, &|| self.bundle.clone());
        for (level, row) in (0..).zip(&self.edge.levels) {
            add(Content::Hashes(level), &|| encode_hashes(row));
        }
    }
}

/// The hashes along the right edge of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Edge {
    /// The last, partial tile of each level, from the leaves up. None is ever full.
    pub(crate) levels: Vec<Vec<Hash>>,
}

impl Edge {
    pub(crate) const EMPTY: Self = Self { levels: Vec::new() };

    /// Adds a leaf; `full` gets the level and the hashes of each tile that it completes.
    pub(crate) fn push(&mut self, leaf: Hash, mut full: impl FnMut(u8, &[Hash])) {
        let mut carried = leaf;
        for level in 0..LEVELS_MAX {
            if self.levels.len() == usize::from(level) {
                self.levels.push(Vec::with_capacity(WIDTH));
            }
            let Some(row) = self.levels.get_mut(usize::from(level)) else { break };
            row.push(carried);
            if row.len() < WIDTH {
                break;
            }
            full(level, row);
            carried = hash::root(row);
            row.clear();
        }
    }

    /// The root of the tree.
    pub(crate) fn root(&self) -> Hash {
        let mut below = None;
        for level in &self.levels {
            let row: Vec<Hash> = level.iter().copied().chain(below).collect();
            below = (!row.is_empty()).then(|| hash::root(&row));
        }
        below.unwrap_or(Hash::EMPTY)
    }
}

/// The last file of its kind in a log of `size` entries, if it's partial.
fn last_partial(content: Content, size: u64) -> Option<TilePath> {
    let last = tiles::items(content, size).checked_sub(1)?;
    tiles::holding(content, last, size).filter(|path| path.width() < TILE_WIDTH)
}

/// The last file of its kind in a log of `size` entries, if it's full.
fn last_full(content: Content, size: u64) -> Option<TilePath> {
    let last = tiles::items(content, size).checked_sub(1)?;
    tiles::holding(content, last, size).filter(|path| path.width() == TILE_WIDTH)
}

/// Reads the partial bundle, and takes only entries that are the tile's leaves.
fn load_bundle(tiles: &impl Tiles, path: TilePath, leaves: &[Hash]) -> Result<Vec<u8>, TilesError> {
    let malformed = TilesError::Malformed { path };
    let (bytes, _) = tiles::fetch(tiles, path)?;
    let (mut entries, mut bundle) = (Entries::new(&bytes), Vec::new());
    for leaf in leaves {
        let entry = entries.next().and_then(Result::ok).ok_or(malformed)?;
        if Hash::leaf(entry) != *leaf {
            return Err(malformed);
        }
        push_entry(&mut bundle, entry).map_err(|_| malformed)?;
    }
    Ok(bundle)
}
