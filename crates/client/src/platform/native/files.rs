//! Files in a folder, for the owner's eyes only; each whole or not there, also if the power goes.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Result, Write as _};
use std::path::Path;

/// Makes the folder.
pub fn make(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)
}

/// Reads a file; `None` if there is none. One that can't be read is there all the same.
pub fn read(folder: &Path, name: &str) -> Result<Option<Vec<u8>>> {
    match fs::read(folder.join(name)) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes a file in place of what was there.
pub fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let fresh = folder.join(format!("{name}.new"));
    overwrite(&fresh, bytes)?;
    fs::rename(&fresh, folder.join(name))?;
    sync(folder)
}

/// Takes a file away, if it is there.
pub fn remove(folder: &Path, name: &str) -> Result<()> {
    match fs::remove_file(folder.join(name)) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The names of all files of ours.
pub fn names(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        // No name of ours is anything but text.
        names.extend(entry?.file_name().into_string().ok());
    }
    Ok(names)
}

/// Takes all files away, after this one was overwritten where it lies.
pub fn wipe(folder: &Path, first: &str, with: &[u8]) -> Result<()> {
    let path = folder.join(first);
    if path.try_exists()? {
        overwrite(&path, with)?;
    }
    for entry in fs::read_dir(folder)? {
        fs::remove_file(entry?.path())?;
    }
    sync(folder)
}

fn overwrite(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn sync(folder: &Path) -> Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
