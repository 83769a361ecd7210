//! A log's public files in a folder, as they were mirrored.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use treehouse_tlog::note::NOTE_BYTES_MAX;
use treehouse_tlog::tile::{Content, ENTRY_BYTES_MAX, LEVELS_MAX, TILE_WIDTH, TilePath};
use treehouse_tlog::tiles::{self, Tiles};

use crate::report::Unreadable;

/// Bytes of the longest file that a log may have, and one more.
const READ_BYTES_MAX: usize = TILE_WIDTH as usize * (2 + ENTRY_BYTES_MAX) + 1;

/// The folder. Nothing is ever written to it.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    /// The folder at this path; it's looked at when it's read.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// The newest checkpoint. Bytes that aren't text become signs that no checkpoint has.
    ///
    /// # Errors
    /// It isn't there or can't be read: then this isn't the folder of a log.
    pub fn checkpoint(&self) -> Result<String, Unreadable> {
        let path = self.0.join("checkpoint");
        let bytes = read(&path, NOTE_BYTES_MAX + 1);
        let unreadable = |error: io::Error| Unreadable {
            place: path.display().to_string(),
            why: error.to_string(),
        };
        Ok(String::from_utf8_lossy(&bytes.map_err(unreadable)?).into_owned())
    }

    /// Which files of a log of `size` entries aren't here yet: what a mirror has to fetch.
    pub fn missing(&self, size: u64) -> impl Iterator<Item = TilePath> {
        names(size).filter(|name| !self.0.join(name.to_string()).is_file())
    }
}

/// The names of all files that a log of `size` entries has, beside its checkpoint.
pub fn names(size: u64) -> impl Iterator<Item = TilePath> {
    let levels = (0..LEVELS_MAX).map(Content::Hashes);
    [Content::Entries].into_iter().chain(levels).flat_map(move |content| {
        let files = tiles::items(content, size).div_ceil(TILE_WIDTH.into());
        (0..files)
            .filter_map(move |file| tiles::holding(content, file * u64::from(TILE_WIDTH), size))
    })
}

impl Tiles for Folder {
    fn read(&self, path: TilePath) -> Result<Vec<u8>, tiles::Unreadable> {
        read(&self.0.join(path.to_string()), READ_BYTES_MAX).map_err(|error| match error.kind() {
            // Beside a full tile of the same name there can be no folder of partial ones.
            ErrorKind::NotFound | ErrorKind::NotADirectory => tiles::Unreadable::Missing,
            _ => tiles::Unreadable::Failed,
        })
    }
}

fn read(path: &Path, bytes_max: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(bytes_max as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}
