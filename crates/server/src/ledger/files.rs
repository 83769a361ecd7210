//! The public files of the log, in a folder: tiles that never change once they are full, and the
//! checkpoint. Whatever serves static files can serve them.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use treehouse_tlog::frontier;
use treehouse_tlog::tile::TilePath;
use treehouse_tlog::tiles::{Tiles, Unreadable};

const CHECKPOINT: &str = "checkpoint";

/// The folder. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Files {
    folder: PathBuf,
}

impl Files {
    /// The files in this folder, which is made if it's missing.
    ///
    /// # Errors
    /// It can't be made.
    pub fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// The published checkpoint, if there is one yet.
    ///
    /// # Errors
    /// The disk fails.
    pub fn checkpoint(&self) -> io::Result<Option<String>> {
        match fs::read_to_string(self.folder.join(CHECKPOINT)) {
            Ok(note) => Ok(Some(note)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// When the published checkpoint was written, in milliseconds since 1970, by the disk's clock: what is
    /// signed has no time.
    ///
    /// # Errors
    /// The disk fails.
    pub fn checkpoint_ms(&self) -> io::Result<Option<i64>> {
        let written = match fs::metadata(self.folder.join(CHECKPOINT)) {
            Ok(file) => file.modified()?,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let since = written.duration_since(std::time::UNIX_EPOCH).map_err(io::Error::other)?;
        Ok(i64::try_from(since.as_millis()).ok())
    }

    /// Writes files that a next checkpoint will stand on. When it returns, they survive a power
    /// cut; the old checkpoint stands on files that are there, whatever happens.
    ///
    /// # Errors
    /// The disk fails or is full.
    pub async fn add(&self, files: Vec<frontier::File>) -> io::Result<()> {
        let own = self.clone();
        let written = tokio::task::spawn_blocking(move || {
            files.iter().try_for_each(|file| own.write(&file.path.to_string(), &file.bytes))
        });
        written.await.map_err(io::Error::other)?
    }

    /// Replaces the checkpoint. When it returns, that survives a power cut.
    ///
    /// # Errors
    /// The disk fails or is full; the old checkpoint stands.
    pub async fn put_checkpoint(&self, checkpoint: String) -> io::Result<()> {
        let own = self.clone();
        let written =
            tokio::task::spawn_blocking(move || own.write(CHECKPOINT, checkpoint.as_bytes()));
        written.await.map_err(io::Error::other)?
    }

    /// Writes a file whole or not at all.
    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.folder.join(name);
        let parent = path.parent().unwrap_or(&self.folder);
        if !parent.is_dir() {
            fs::create_dir_all(parent)?;
            // The folders above may be new, too, up to our own.
            for above in parent.ancestors().take_while(|above| above.starts_with(&self.folder)) {
                File::open(above)?.sync_all()?;
            }
        }
        let mut unfinished = path.clone().into_os_string();
        unfinished.push(".new");
        let unfinished = PathBuf::from(unfinished);
        let mut file = File::create(&unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&unfinished, &path)?;
        File::open(parent)?.sync_all()
    }
}

impl Tiles for Files {
    fn read(&self, path: TilePath) -> Result<Vec<u8>, Unreadable> {
        fs::read(self.folder.join(path.to_string())).map_err(|error| match error.kind() {
            ErrorKind::NotFound => Unreadable::Missing,
            _ => Unreadable::Failed,
        })
    }
}
