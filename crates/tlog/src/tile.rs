//! Names and contents of the files that a log publishes (C2SP tlog-tiles).

use std::fmt;

use crate::error::{Refused, require};
use crate::hash::{HASH_BYTES, Hash};
use crate::text;

/// Hashes of a full tile, entries of a full bundle.
pub const TILE_WIDTH: u16 = 256;
/// What an entry may have at most.
pub const ENTRY_BYTES_MAX: usize = 1024;
/// What a log may hold: sums of positions must not overflow.
pub const SIZE_MAX: u64 = 1 << 62;
/// Levels that a log of [`SIZE_MAX`] entries has: the eighth holds its last hashes.
pub const LEVELS_MAX: u8 = 8;

/// Bytes of the longest path: level, seven parts of three digits and a width.
const PATH_BYTES_MAX: usize = 64;
const LENGTH_BYTES: usize = 2;
const PATH: &str = "tile path";
const BUNDLE: &str = "entry bundle";

/// What a file of the log holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Content {
    /// Hashes: of entries at level 0, of full tiles of the level below otherwise.
    Hashes(u8),
    /// The entries themselves.
    Entries,
}

/// The name of one file: `tile/0/x001/x234/067`, `tile/entries/000.p/5`.
///
/// Its end is at most [`SIZE_MAX`], and its width is 1 to 256; below 256 it's partial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TilePath {
    content: Content,
    index: u64,
    width: u16,
}

impl TilePath {
    /// The name of the file that holds `width` items from `index` times 256 on.
    ///
    /// # Errors
    /// Beyond what a log may hold, or a width that isn't 1 to 256.
    pub fn new(content: Content, index: u64, width: u16) -> Result<Self, Refused> {
        let level = match content {
            Content::Hashes(level) => level,
            Content::Entries => 0,
        };
        require(level < LEVELS_MAX, PATH, "level", "must be below 8")?;
        require((1..=TILE_WIDTH).contains(&width), PATH, "width", "must be 1 to 256")?;
        let indexes = SIZE_MAX.checked_shr(8 * (u32::from(level) + 1)).unwrap_or(0).max(1);
        require(index < indexes, PATH, "index", "must lie within the largest log")?;
        Ok(Self { content, index, width })
    }

    /// Reads a name.
    ///
    /// # Errors
    /// It isn't the one spelling of a name that a log may have.
    pub fn parse(path: &str) -> Result<Self, Refused> {
        let refuse = |field, rule| Refused::new(PATH, field, rule);
        require(path.len() <= PATH_BYTES_MAX, PATH, "text", "must have at most 64 bytes")?;
        let rest = path.strip_prefix("tile/").ok_or(refuse("text", "must start with tile/"))?;
        let (content, rest) = rest.split_once('/').ok_or(refuse("index", "must be there"))?;
        let content = match content {
            "entries" => Content::Entries,
            level => {
                let level = text::number(level).and_then(|level| u8::try_from(level).ok());
                Content::Hashes(level.ok_or(refuse("level", "must be below 8"))?)
            }
        };
        let (index, width) = match rest.split_once(".p/") {
            None => (rest, TILE_WIDTH),
            Some((index, width)) => {
                let width = text::number(width).filter(|width| *width < TILE_WIDTH.into());
                let width = width.and_then(|width| u16::try_from(width).ok());
                (index, width.ok_or(refuse("width", "must be 1 to 255 if it's written"))?)
            }
        };
        let index = parse_index(index).ok_or(refuse("index", "must be parts of three digits"))?;
        let parsed = Self::new(content, index, width)?;
        require(parsed.to_string() == path, PATH, "text", "must be the one spelling")?;
        Ok(parsed)
    }

    /// What it holds.
    #[must_use]
    pub const fn content(&self) -> Content {
        self.content
    }

    /// Which one of its level it is.
    #[must_use]
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// How many hashes or entries it has.
    #[must_use]
    pub const fn width(&self) -> u16 {
        self.width
    }

    /// The full file at the same place.
    #[must_use]
    pub const fn full(&self) -> Self {
        Self { width: TILE_WIDTH, ..*self }
    }
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.content {
            Content::Hashes(level) => write!(f, "tile/{level}/")?,
            Content::Entries => f.write_str("tile/entries/")?,
        }
        let digits = self.index.to_string();
        let parts = digits.len().div_ceil(3);
        let padded = format!("{digits:0>width$}", width = 3 * parts);
        for part in 0..parts {
            let last = part + 1 == parts;
            let three = padded.get(3 * part..3 * part + 3).unwrap_or_default();
            write!(f, "{}{three}{}", if last { "" } else { "x" }, if last { "" } else { "/" })?;
        }
        if self.width < TILE_WIDTH { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

/// Reads `x001/x234/067`.
fn parse_index(text: &str) -> Option<u64> {
    let mut index = 0_u64;
    let mut parts = text.split('/').peekable();
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        let digits = if last { part } else { part.strip_prefix('x')? };
        if digits.len() != 3 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        index = index.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
    }
    Some(index)
}

/// The bytes of a tile.
#[must_use]
pub fn encode_hashes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| *hash.bytes()).collect()
}

/// The hashes of a tile.
///
/// # Errors
/// The bytes are no hashes.
pub fn decode_hashes(bytes: &[u8]) -> Result<Vec<Hash>, Refused> {
    let (hashes, rest) = bytes.as_chunks::<HASH_BYTES>();
    require(rest.is_empty(), "tile", "bytes", "must be whole hashes")?;
    Ok(hashes.iter().copied().map(Hash::from_bytes).collect())
}

/// Appends an entry to the bytes of a bundle.
///
/// # Errors
/// The entry is longer than [`ENTRY_BYTES_MAX`].
pub fn push_entry(bundle: &mut Vec<u8>, entry: &[u8]) -> Result<(), Refused> {
    let length = u16::try_from(entry.len()).ok().filter(|_| entry.len() <= ENTRY_BYTES_MAX);
    let length = length.ok_or(Refused::new(BUNDLE, "entry", "must have at most 1024 bytes"))?;
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    Ok(())
}

/// What is wrong with an entry of a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadEntry {
    /// It says that it's longer than [`ENTRY_BYTES_MAX`].
    #[error("an entry is longer than an entry may be")]
    TooLong,
    /// The bundle ends before it does.
    #[error("an entry is cut off")]
    Cut,
}

/// The entries of a bundle, one after the other; ends after the first that is refused.
#[derive(Debug, Clone)]
pub struct Entries<'b>(&'b [u8]);

impl<'b> Entries<'b> {
    /// The entries in the bytes of a bundle.
    #[must_use]
    pub const fn new(bundle: &'b [u8]) -> Self {
        Self(bundle)
    }
}

impl<'b> Iterator for Entries<'b> {
    type Item = Result<&'b [u8], BadEntry>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let entry = split_entry(self.0);
        self.0 = entry.as_ref().map_or(&[], |(_, rest)| rest);
        Some(entry.map(|(entry, _)| entry))
    }
}

fn split_entry(bytes: &[u8]) -> Result<(&[u8], &[u8]), BadEntry> {
    let (length, rest) = bytes.split_first_chunk::<LENGTH_BYTES>().ok_or(BadEntry::Cut)?;
    let length = usize::from(u16::from_be_bytes(*length));
    if length > ENTRY_BYTES_MAX {
        return Err(BadEntry::TooLong);
    }
    rest.split_at_checked(length).ok_or(BadEntry::Cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_spelled_as_the_specification_does() {
        let path = |content, index, width| TilePath::new(content, index, width).unwrap();
        for (path, text) in [
            (path(Content::Hashes(0), 1_234_067, 256), "tile/0/x001/x234/067"),
            (path(Content::Entries, 0, 5), "tile/entries/000.p/5"),
            (path(Content::Hashes(1), 273, 112), "tile/1/273.p/112"),
            (path(Content::Entries, 1000, 255), "tile/entries/x001/000.p/255"),
            (path(Content::Hashes(7), 0, 1), "tile/7/000.p/1"),
        ] {
            assert_eq!(path.to_string(), text);
            assert_eq!(TilePath::parse(text), Ok(path));
        }
    }

    #[test]
    fn other_spellings_are_refused() {
        for text in [
            "",
            "tile",
            "tile/",
            "tile/0",
            "tile/0/",
            "tile/0/0",
            "tile/0/00",
            "tile/0/0000",
            "tile/0/x000/001",
            "tile/0/001/002",
            "tile/0/x001",
            "tile/00/001",
            "tile/8/000",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/01",
            "tile/0/000.p/",
            "tile/data/000",
            "/tile/0/000",
            "tile/0/+01",
            "tile/0/../000",
            "tile/0/000/",
            "tile/0/x018/x446/x744/x073/x709/x551/616",
            "tile/7/001",
        ] {
            assert!(TilePath::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn entries_come_back_and_damage_is_seen() {
        let mut bundle = Vec::new();
        let long = vec![7; ENTRY_BYTES_MAX];
        for entry in [&b"one"[..], b"", &long] {
            push_entry(&mut bundle, entry).unwrap();
        }
        let entries: Vec<&[u8]> = Entries::new(&bundle).map(Result::unwrap).collect();
        assert_eq!(entries, [&b"one"[..], b"", &long]);
        assert!(Entries::new(&bundle[..bundle.len() - 1]).any(|entry| entry.is_err()));
        assert!(push_entry(&mut bundle, &vec![7; ENTRY_BYTES_MAX + 1]).is_err());
        assert!(Entries::new(&[4, 1]).any(|entry| entry.is_err()));
    }
}
