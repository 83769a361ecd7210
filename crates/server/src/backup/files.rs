//! Files of a backup: copied so that they are on the disk, and known by their hash.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Component, Path, PathBuf};

use sha2::{Digest, Sha256};
use treehouse_protocol::id::Hash;

use super::BackupError;

const BUFFER_BYTES: usize = 1 << 20;

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> BackupError {
    let path = path.to_owned();
    move |error| BackupError::File(path, error)
}

/// Makes a folder for the owner's eyes only, which must be new or empty.
pub fn make_empty(folder: &Path) -> Result<(), BackupError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(failed(folder))?;
    let mut entries = fs::read_dir(folder).map_err(failed(folder))?;
    if entries.next().is_some() {
        return Err(BackupError::NotEmpty(folder.to_owned()));
    }
    Ok(())
}

/// Writes a file that isn't there yet.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), BackupError> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed(parent))?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(failed(path))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed(path))
}

/// Copies a file to a place where there is none.
pub fn copy(from: &Path, to: &Path) -> Result<(), BackupError> {
    write(to, &fs::read(from).map_err(failed(from))?)
}

/// The SHA-256 of a file, in hexadecimal digits.
pub fn hash(path: &Path) -> Result<String, BackupError> {
    let mut file = File::open(path).map_err(failed(path))?;
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; BUFFER_BYTES]);
    loop {
        let read = file.read(&mut buffer).map_err(failed(path))?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
    }
    Ok(Hash::from_bytes(hasher.finalize().into()).to_string())
}

/// The names of all files under a folder, relative to it and in order.
pub fn walk(folder: &Path) -> Result<Vec<String>, BackupError> {
    let (mut names, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).map_err(failed(&next))? {
            let path = entry.map_err(failed(&next))?.path();
            if path.is_dir() {
                open.push(path);
            } else if let Some(name) = path.strip_prefix(folder).ok().and_then(Path::to_str) {
                names.push(name.to_owned());
            }
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// The file of this name in a folder; none if the name leads out of it.
pub fn within(folder: &Path, name: &str) -> Option<PathBuf> {
    let path = Path::new(name);
    let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    plain.then(|| folder.join(path))
}
