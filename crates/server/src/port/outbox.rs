//! Letters and text messages as files of a folder.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

pub(super) struct Outbox {
    folder: PathBuf,
    ending: &'static str,
}

impl Outbox {
    /// A folder, made if it is missing, whose files end so.
    pub(super) fn open(folder: &Path, ending: &'static str) -> io::Result<Self> {
        const OWNER_ONLY: u32 = 0o700;
        DirBuilder::new().recursive(true).mode(OWNER_ONLY).create(folder)?;
        Ok(Self { folder: folder.to_owned(), ending })
    }

    /// Writes `<id>.<ending>`, whole or not at all.
    pub(super) async fn write(&self, id: String, bytes: Vec<u8>) -> io::Result<()> {
        let (folder, ending) = (self.folder.clone(), self.ending);
        let written = tokio::task::spawn_blocking(move || write(&folder, &id, ending, &bytes));
        written.await.map_err(io::Error::other)?
    }

    pub(super) async fn ping(&self) -> io::Result<()> {
        tokio::fs::read_dir(&self.folder).await.map(drop)
    }
}

fn write(folder: &Path, id: &str, ending: &str, bytes: &[u8]) -> io::Result<()> {
    let unfinished = folder.join(format!("{id}.unfinished"));
    let written = fill(&unfinished, bytes)
        .and_then(|()| std::fs::rename(&unfinished, folder.join(format!("{id}.{ending}"))));
    if written.is_err() {
        // What is left of it has no ending that a reader looks for; it only takes room.
        let _ = std::fs::remove_file(&unfinished);
    }
    written?;
    // The name of the file is kept by its folder.
    File::open(folder)?.sync_all()
}

fn fill(path: &Path, bytes: &[u8]) -> io::Result<()> {
    const OWNER_ONLY: u32 = 0o600;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
