//! What a witness keeps: one file with its key and the last head of each log that it cosigned.
//!
//! Key and memory lie together so that neither can be lost alone: a witness whose memory were made
//! anew could be brought to cosign a second history under the old name. For the same reason the file
//! belongs in no backup.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding as _};
use rand_core::Rng;
use treehouse_tlog::key::{KeyName, WitnessKey, WitnessSigner};
use treehouse_tlog::witness::Memory;
use zeroize::Zeroizing;

const FIRST_LINE: &str = "treehouse witness 1";
const SEED_BYTES: usize = 32;
/// Bytes of the file: names of at most 255 bytes, for as many logs as a witness remembers.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// Why the file of a witness isn't made or opened.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// There is a file already.
    #[error("there is a file already; a witness' memory must not be made anew")]
    Exists,
    /// There is no file.
    #[error(
        "the witness' file isn't there. Make one with `treehouse witness init`; if it was lost, \
         under a new name: a witness that forgot could cosign a second history"
    )]
    Missing,
    /// Another process uses it.
    #[error("another witness runs from this file")]
    InUse,
    /// It isn't what was written.
    #[error("the witness' file is damaged; begin anew, under a new name")]
    Damaged,
    /// The disk fails.
    #[error("the witness' file can't be read or written")]
    Disk(#[source] io::Error),
}

/// The file of a witness, which nobody else uses as long as this lives.
#[derive(Debug)]
pub struct StateFile {
    path: PathBuf,
    /// The lines before the memory, which never change.
    head: Zeroizing<String>,
    /// Held as long as the file is used; the file itself is replaced with every change.
    _lock: File,
}

/// A witness as it was saved.
#[derive(Debug)]
pub struct Opened {
    /// The file.
    pub file: StateFile,
    /// The key.
    pub signer: WitnessSigner,
    /// What it remembers.
    pub memory: Memory,
}

impl StateFile {
    /// Makes a witness of this name, with a new key and nothing seen, and answers its public key.
    ///
    /// # Errors
    /// There is a file already, or it can't be written.
    pub fn create(
        path: &Path,
        name: KeyName,
        rng: &mut impl Rng,
    ) -> Result<WitnessKey, StateError> {
        let lock = lock(path)?;
        if path.try_exists().map_err(StateError::Disk)? {
            return Err(StateError::Exists);
        }
        let mut seed = Zeroizing::new([0; SEED_BYTES]);
        rng.fill_bytes(&mut *seed);
        let text = Zeroizing::new(Base64::encode_string(&*seed));
        let head = Zeroizing::new(format!("{FIRST_LINE}\n{name}\n{}\n", *text));
        let file = Self { path: path.to_owned(), head, _lock: lock };
        file.save(&Memory::default()).map_err(StateError::Disk)?;
        Ok(WitnessSigner::from_seed(name, &seed).key().clone())
    }

    /// Opens what was made before.
    ///
    /// # Errors
    /// It isn't there, is in use, or is damaged.
    pub fn open(path: &Path) -> Result<Opened, StateError> {
        let missing = |error: io::Error| match error.kind() {
            ErrorKind::NotFound => StateError::Missing,
            _ => StateError::Disk(error),
        };
        if path.metadata().map_err(missing)?.len() > FILE_BYTES_MAX {
            return Err(StateError::Damaged);
        }
        let lock = lock(path)?;
        let text = Zeroizing::new(std::fs::read_to_string(path).map_err(missing)?);
        let (head, signer, memory) = read(&text).ok_or(StateError::Damaged)?;
        let head = Zeroizing::new(head.to_owned());
        let file = Self { path: path.to_owned(), head, _lock: lock };
        Ok(Opened { file, signer, memory })
    }

    /// Replaces the file as a whole. When this returns, a power cut doesn't undo it.
    ///
    /// # Errors
    /// The disk fails or is full; the old file stands.
    pub fn save(&self, memory: &Memory) -> io::Result<()> {
        let unfinished = beside(&self.path, ".new");
        let mut options = OpenOptions::new();
        let mut file =
            options.write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
        file.write_all(self.head.as_bytes())?;
        file.write_all(memory.to_string().as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&unfinished, &self.path)?;
        File::open(folder(&self.path))?.sync_all()
    }
}

/// The unchanging lines, the key and the memory that a file holds.
fn read(text: &str) -> Option<(&str, WitnessSigner, Memory)> {
    let mut lines = text.splitn(4, '\n');
    let (first, name, seed, memory) = (lines.next()?, lines.next()?, lines.next()?, lines.next()?);
    let mut bytes = Zeroizing::new([0; SEED_BYTES]);
    let decoded = Base64::decode(seed, &mut *bytes).ok()?;
    if first != FIRST_LINE || decoded.len() != SEED_BYTES {
        return None;
    }
    let signer = WitnessSigner::from_seed(KeyName::parse(name).ok()?, &bytes);
    let head = text.strip_suffix(memory)?;
    Some((head, signer, Memory::parse(memory).ok()?))
}

/// Two processes with one memory could cosign two histories: only one gets the lock.
fn lock(path: &Path) -> Result<File, StateError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600);
    let lock = options.open(beside(path, ".lock")).map_err(StateError::Disk)?;
    lock.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => StateError::InUse,
        TryLockError::Error(error) => StateError::Disk(error),
    })?;
    Ok(lock)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(ending);
    path.into()
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name() -> KeyName {
        KeyName::parse("witness.example/w1").unwrap()
    }

    #[test]
    fn a_witness_is_made_once_and_comes_back_with_its_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("witness");
        let rng = &mut crate::random::rng();
        assert!(matches!(StateFile::open(&path), Err(StateError::Missing)));
        let key = StateFile::create(&path, name(), rng).unwrap();
        assert!(matches!(StateFile::create(&path, name(), rng), Err(StateError::Exists)));
        let opened = StateFile::open(&path).unwrap();
        assert_eq!((opened.signer.key(), &opened.memory), (&key, &Memory::default()));
        assert!(matches!(StateFile::open(&path), Err(StateError::InUse)));
        opened.file.save(&opened.memory).unwrap();
        drop(opened);
        assert_eq!(*StateFile::open(&path).unwrap().signer.key(), key);
    }

    #[test]
    fn a_file_that_was_cut_off_or_changed_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("witness");
        StateFile::create(&path, name(), &mut crate::random::rng()).unwrap();
        let whole = std::fs::read_to_string(&path).unwrap();
        for end in 0..whole.len() {
            std::fs::write(&path, &whole[..end]).unwrap();
            assert!(matches!(StateFile::open(&path), Err(StateError::Damaged)), "{end} bytes");
        }
        std::fs::write(&path, whole.replace("memory 1", "memory 2")).unwrap();
        assert!(matches!(StateFile::open(&path), Err(StateError::Damaged)));
        std::fs::write(&path, whole).unwrap();
        assert!(StateFile::open(&path).is_ok());
    }
}
