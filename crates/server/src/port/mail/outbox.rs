//! Letters as files of a folder.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::MailError;

pub(super) struct Outbox {
    folder: PathBuf,
}

impl Outbox {
    pub(super) fn open(folder: &Path) -> Result<Self, MailError> {
        const OWNER_ONLY: u32 = 0o700;
        let made = DirBuilder::new().recursive(true).mode(OWNER_ONLY).create(folder);
        made.map_err(|_| MailError::Folder)?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// Writes `<id>.eml` (RFC 5322), whole or not at all.
    pub(super) async fn write(&self, id: String, bytes: Vec<u8>) -> Result<(), MailError> {
        let folder = self.folder.clone();
        let written = tokio::task::spawn_blocking(move || write(&folder, &id, &bytes)).await;
        written.map_err(|_| MailError::Folder)?.map_err(|_| MailError::Folder)
    }

    pub(super) async fn ping(&self) -> Result<(), MailError> {
        let listed = tokio::fs::read_dir(&self.folder).await;
        listed.map(drop).map_err(|_| MailError::Folder)
    }
}

fn write(folder: &Path, id: &str, bytes: &[u8]) -> io::Result<()> {
    let unfinished = folder.join(format!("{id}.unfinished"));
    let written = fill(&unfinished, bytes)
        .and_then(|()| std::fs::rename(&unfinished, folder.join(format!("{id}.eml"))));
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
