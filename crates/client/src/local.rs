//! A folder of sealed files: what a toy keeps while it is off or offline.
//!
//! Every file is sealed under a key that lies beside them, for the owner's eyes only. A toy with a
//! secure element would keep that one key there; on a plain file system it protects against
//! whoever copies files, not against whoever copies the whole folder.

use std::path::{Path, PathBuf};

use treehouse_protocol::outer::{self, OVERHEAD_BYTES, OuterKey, PLAIN_BYTES_MAX};
use treehouse_protocol::secret::Secret;
use zeroize::Zeroizing;

use crate::error::ClientError;
use crate::platform::files;
use crate::random;

const KEY_FILE: &str = "local.key";
const BYTES_MAX: usize = 256 << 20;
const UNREADABLE: ClientError =
    ClientError::Local("a file in it can't be read; check whose it is, and the disk");

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
        files::make(folder).map_err(|_| FAILED)?;
        let found = files::read(folder, KEY_FILE).map_err(|_| UNREADABLE)?;
        let key = if let Some(bytes) = found {
            let bytes = Zeroizing::new(bytes);
            let bytes = <[u8; 32]>::try_from(bytes.as_slice());
            Zeroizing::new(bytes.map_err(|_| ClientError::Local("its key is damaged"))?)
        } else {
            let fresh = Secret::<32>::random(&mut random::rng());
            files::write(folder, KEY_FILE, fresh.expose()).map_err(|_| FAILED)?;
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
        files::write(&self.folder, name, &sealed).map_err(|_| FAILED)
    }

    /// Reads a file; `None` if there is none.
    pub fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, ClientError> {
        const STEP: usize = PLAIN_BYTES_MAX + OVERHEAD_BYTES;
        let Some(sealed) = files::read(&self.folder, name).map_err(|_| UNREADABLE)? else {
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
        let removed = files::remove(&self.folder, name);
        removed.map_err(|_| ClientError::Local("a file can't be deleted"))
    }

    /// The names of the files that end so, in order.
    pub fn names(&self, end: &str) -> Result<Vec<String>, ClientError> {
        let names = files::names(&self.folder);
        let mut names = names.map_err(|_| ClientError::Local("it can't be read"))?;
        names.retain(|name| name.ends_with(end));
        names.sort_unstable();
        Ok(names)
    }

    /// Forgets everything: the key first, with which every file is dead, then the files.
    pub fn wipe(&self) -> Result<(), ClientError> {
        let blank = Secret::<32>::random(&mut random::rng());
        let wiped = files::wipe(&self.folder, KEY_FILE, blank.expose());
        wiped.map_err(|_| ClientError::Local("it can't be emptied"))
    }
}

/// What a piece is sealed for: its file, its number, and whether it is the last.
fn place(name: &str, index: usize, last: bool) -> Vec<u8> {
    format!("local\0{name}\0{index}\0{last}").into_bytes()
}

#[cfg(test)]
mod tests {
    use std::fs;

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

    #[cfg(unix)]
    #[test]
    fn a_file_that_cannot_be_read_is_not_one_that_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(folder.path()).unwrap();
        // Reading a folder fails, also for who may read everything.
        fs::create_dir(folder.path().join("one")).unwrap();
        assert!(matches!(vault.read("one"), Err(ClientError::Local(_))));
        assert!(vault.read("two").unwrap().is_none(), "the control");

        let key = folder.path().join(KEY_FILE);
        fs::rename(&key, folder.path().join("away")).unwrap();
        std::os::unix::fs::symlink(KEY_FILE, &key).unwrap();
        assert!(matches!(Vault::open(folder.path()), Err(ClientError::Local(_))));
        assert!(key.is_symlink(), "and nothing lies in its place");
        fs::rename(folder.path().join("away"), &key).unwrap();
        assert!(Vault::open(folder.path()).is_ok(), "the control");
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
