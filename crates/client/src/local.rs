//! A folder of sealed files: what a toy keeps while it is off or offline.
//!
//! Every file is sealed under a key that lies beside them, for the owner's eyes only. A toy with a
//! secure element would keep that one key there; on a plain file system it protects against
//! whoever copies files, not against whoever copies the whole folder.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use treehouse_protocol::outer::{self, OVERHEAD_BYTES, OuterKey, PLAIN_BYTES_MAX};
use treehouse_protocol::secret::Secret;
use zeroize::Zeroizing;

use crate::error::ClientError;
use crate::random;

const KEY_FILE: &str = "local.key";
const BYTES_MAX: usize = 256 << 20;

/// A folder of sealed files.
#[derive(Debug)]
pub struct Vault {
    folder: PathBuf,
    key: OuterKey,
}

impl Vault {
    /// Opens a folder, or makes it.
    pub fn open(folder: &Path) -> Result<Self, ClientError> {
        const FAILED: ClientError = ClientError::Local("it can't be made; check whose it is");
        fs::create_dir_all(folder).map_err(|_| FAILED)?;
        let path = folder.join(KEY_FILE);
        let key = if let Ok(bytes) = fs::read(&path) {
            let bytes = Zeroizing::new(bytes);
            let bytes = <[u8; 32]>::try_from(bytes.as_slice());
            Zeroizing::new(bytes.map_err(|_| ClientError::Local("its key is damaged"))?)
        } else {
            let fresh = Secret::<32>::random(&mut random::rng());
            write_private(&path, fresh.expose()).map_err(|_| FAILED)?;
            Zeroizing::new(*fresh.expose())
        };
        let key = OuterKey::from_secret(Secret::from_bytes(*key));
        Ok(Self { folder: folder.to_owned(), key })
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Keeps a file: as a whole or not at all, also if the power goes.
    pub fn put(&self, name: &str, bytes: &[u8]) -> Result<(), ClientError> {
        const FAILED: ClientError =
            ClientError::Local("a file can't be written; is the disk full?");
        if bytes.len() > BYTES_MAX {
            return Err(ClientError::Local("a file is over 256 MiB"));
        }
        let mut sealed = Vec::with_capacity(bytes.len() + 2 * OVERHEAD_BYTES);
        let pieces = bytes.chunks(PLAIN_BYTES_MAX).chain(bytes.is_empty().then_some(&[][..]));
        let last = bytes.len().div_ceil(PLAIN_BYTES_MAX).max(1) - 1;
        for (index, piece) in pieces.enumerate() {
            let place = place(name, index, index == last);
            sealed.extend(outer::seal(&self.key, &place, piece, &mut random::rng())?);
        }
        let path = self.folder.join(name);
        let fresh = self.folder.join(format!("{name}.new"));
        write_private(&fresh, &sealed).map_err(|_| FAILED)?;
        fs::rename(&fresh, &path).map_err(|_| FAILED)?;
        sync_folder(&self.folder).map_err(|_| FAILED)
    }

    /// Reads a file; `None` if there is none.
    pub fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, ClientError> {
        const STEP: usize = PLAIN_BYTES_MAX + OVERHEAD_BYTES;
        let Ok(sealed) = fs::read(self.folder.join(name)) else {
            return Ok(None);
        };
        let mut bytes = Zeroizing::new(Vec::with_capacity(sealed.len()));
        let last = sealed.len().div_ceil(STEP).max(1) - 1;
        for (index, piece) in sealed.chunks(STEP).enumerate() {
            let place = place(name, index, index == last);
            let opened = Zeroizing::new(outer::open(&self.key, &place, piece)?);
            bytes.extend_from_slice(&opened);
        }
        Ok(Some(bytes))
    }

    /// Takes a file away.
    pub fn remove(&self, name: &str) -> Result<(), ClientError> {
        match fs::remove_file(self.folder.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(ClientError::Local("a file can't be deleted"))
            }
            _ => Ok(()),
        }
    }

    /// The names of the files that end so, in order.
    pub fn names(&self, end: &str) -> Result<Vec<String>, ClientError> {
        let entries = fs::read_dir(&self.folder);
        let entries = entries.map_err(|_| ClientError::Local("it can't be read"))?;
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut names: Vec<String> = names.filter(|name| name.ends_with(end)).collect();
        names.sort_unstable();
        Ok(names)
    }

    /// Forgets everything: the key first, with which every file is dead, then the files.
    pub fn wipe(&self) -> Result<(), ClientError> {
        const FAILED: ClientError = ClientError::Local("it can't be emptied");
        let key = self.folder.join(KEY_FILE);
        if key.exists() {
            let blank = Secret::<32>::random(&mut random::rng());
            write_private(&key, blank.expose()).map_err(|_| FAILED)?;
        }
        for entry in fs::read_dir(&self.folder).map_err(|_| FAILED)? {
            let path = entry.map_err(|_| FAILED)?.path();
            fs::remove_file(path).map_err(|_| FAILED)?;
        }
        sync_folder(&self.folder).map_err(|_| FAILED)
    }
}

/// What a piece is sealed for: its file, its number, and whether it is the last.
fn place(name: &str, index: usize, last: bool) -> Vec<u8> {
    format!("local\0{name}\0{index}\0{last}").into_bytes()
}

fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back_and_is_not_readable_in_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(folder.path()).unwrap();
        let picture = b"a picture of the tree house".repeat(700_000);
        vault.put("one.full", &picture).unwrap();
        vault.put("two.full", b"").unwrap();
        let again = Vault::open(folder.path()).unwrap();
        assert_eq!(*again.read("one.full").unwrap().unwrap(), picture);
        assert_eq!(*again.read("two.full").unwrap().unwrap(), b"");
        assert!(again.read("three.full").unwrap().is_none());
        assert_eq!(again.names(".full").unwrap(), ["one.full", "two.full"]);
        let stored = fs::read(folder.path().join("one.full")).unwrap();
        assert!(!stored.windows(16).any(|window| window == &picture[..16]));
    }

    #[test]
    fn a_file_that_was_moved_cut_or_changed_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(folder.path()).unwrap();
        vault.put("one", &vec![7; PLAIN_BYTES_MAX + 5]).unwrap();
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        let stored = fs::read(&one).unwrap();
        fs::write(&two, &stored).unwrap();
        assert!(vault.read("two").is_err());
        fs::write(&one, &stored[..PLAIN_BYTES_MAX + OVERHEAD_BYTES]).unwrap();
        assert!(vault.read("one").is_err());
        let mut changed = stored;
        changed[40] ^= 1;
        fs::write(&one, &changed).unwrap();
        assert!(vault.read("one").is_err());
    }

    #[test]
    fn wiping_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(folder.path()).unwrap();
        vault.put("one", b"secret").unwrap();
        vault.wipe().unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
