//! A root key in a file, sealed under a passphrase.
//!
//! The file is the word `treehouse-root-v1`, 16 bytes of salt, and the key, sealed under what
//! Argon2id makes of passphrase and salt. Whoever has the file still has to guess the passphrase,
//! at 64 MiB and a tenth of a second a guess.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use argon2::{Algorithm, Argon2, Params, Version};
use treehouse_protocol::outer::{self, OVERHEAD_BYTES, OuterKey};
use treehouse_protocol::secret::Secret;
use zeroize::Zeroizing;

use super::{RootKeyError, bound};
use crate::port::randomness::Randomness;
use crate::port::secret_text::SecretText;

/// The fewest bytes of a passphrase. Five words chosen by dice have more.
pub const PASSPHRASE_BYTES_MIN: usize = 16;

/// The first bytes of the file, and the place that its key is sealed for.
const WORD: &[u8] = b"treehouse-root-v1";
const SALT_BYTES: usize = 16;
const KEY_BYTES: usize = 32;
const FILE_BYTES: usize = WORD.len() + SALT_BYTES + KEY_BYTES + OVERHEAD_BYTES;

const ARGON2_KIB: u32 = 64 * 1024;
const ARGON2_PASSES: u32 = 3;
const ARGON2_LANES: u32 = 1;

const OWNER_ONLY: u32 = 0o600;
const OTHERS: u32 = 0o077;

/// Why a file with a root key was not made or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RootFileError {
    /// There is no file.
    #[error("the root key file is missing; restore it, or create one for a new installation")]
    Missing,
    /// A file is there already; a root key is never overwritten.
    #[error("the root key file exists; a root key is never overwritten: choose another path")]
    Exists,
    /// Others than the owner may read or write the file.
    #[error("others can read or change the root key file; `chmod 600` it")]
    Exposed,
    /// The file has another length or beginning than a root key file.
    #[error("this is no whole root key file; restore it from its copy")]
    Damaged,
    /// The passphrase doesn't open the file.
    #[error("the passphrase does not open the root key file; give the one it was created with")]
    Passphrase,
    /// The passphrase is shorter than [`PASSPHRASE_BYTES_MIN`].
    #[error("choose a passphrase of at least {PASSPHRASE_BYTES_MIN} bytes")]
    Short,
    /// The disk failed, is full, or doesn't let us in.
    #[error("the root key file can't be read or written; check its folder and disk")]
    Disk,
    /// The machine has not the memory to open it now.
    #[error("opening the root key file takes 64 MiB of memory; make room and try again")]
    Memory,
}

pub(super) struct FileKey {
    key: OuterKey,
    randomness: Randomness,
}

impl FileKey {
    pub(super) async fn create(
        path: &Path,
        passphrase: &SecretText,
        randomness: Randomness,
    ) -> Result<Self, RootFileError> {
        if passphrase.expose().len() < PASSPHRASE_BYTES_MIN {
            return Err(RootFileError::Short);
        }
        let (path, passphrase) = (path.to_owned(), passphrase.clone());
        blocking(move || {
            let key = OuterKey::from_secret(randomness.with(Secret::random));
            write(&path, &seal(&key, &passphrase, &randomness)?)?;
            Ok(Self { key, randomness })
        })
        .await
    }

    pub(super) async fn open(
        path: &Path,
        passphrase: &SecretText,
        randomness: Randomness,
    ) -> Result<Self, RootFileError> {
        let (path, passphrase) = (path.to_owned(), passphrase.clone());
        blocking(move || {
            let bytes = read(&path)?;
            Ok(Self { key: unseal(&bytes, &passphrase)?, randomness })
        })
        .await
    }

    pub(super) fn wrap(&self, purpose: &[u8], secret: &[u8]) -> Result<Vec<u8>, RootKeyError> {
        let sealed =
            self.randomness.with(|rng| outer::seal(&self.key, &bound(purpose), secret, rng));
        sealed.map_err(|_| RootKeyError::TooLong)
    }

    pub(super) fn unwrap(
        &self,
        purpose: &[u8],
        wrapped: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, RootKeyError> {
        let opened = outer::open(&self.key, &bound(purpose), wrapped);
        opened.map(Zeroizing::new).map_err(|_| RootKeyError::Refused)
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, RootFileError> + Send + 'static,
) -> Result<T, RootFileError> {
    // The only ways to fail are a panic in `work` and a runtime that shuts down.
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(RootFileError::Disk))
}

fn seal(
    key: &OuterKey,
    passphrase: &SecretText,
    randomness: &Randomness,
) -> Result<Vec<u8>, RootFileError> {
    let salt: [u8; SALT_BYTES] = randomness.bytes();
    let over = stretch(passphrase, &salt)?;
    let sealed = randomness.with(|rng| outer::seal(&over, WORD, key.secret().expose(), rng));
    let sealed = sealed.map_err(|_| RootFileError::Damaged)?;
    Ok([WORD, &salt, &sealed].concat())
}

fn unseal(bytes: &[u8], passphrase: &SecretText) -> Result<OuterKey, RootFileError> {
    let rest = bytes.strip_prefix(WORD).ok_or(RootFileError::Damaged)?;
    let (salt, sealed) = rest.split_first_chunk::<SALT_BYTES>().ok_or(RootFileError::Damaged)?;
    if bytes.len() != FILE_BYTES {
        return Err(RootFileError::Damaged);
    }
    let over = stretch(passphrase, salt)?;
    let opened = outer::open(&over, WORD, sealed).map_err(|_| RootFileError::Passphrase)?;
    let opened = Zeroizing::new(opened);
    let key = opened.as_slice().try_into().map_err(|_| RootFileError::Damaged)?;
    Ok(OuterKey::from_secret(Secret::from_bytes(key)))
}

/// The key that a passphrase makes, slowly and with much memory.
fn stretch(passphrase: &SecretText, salt: &[u8; SALT_BYTES]) -> Result<OuterKey, RootFileError> {
    let params = Params::new(ARGON2_KIB, ARGON2_PASSES, ARGON2_LANES, Some(KEY_BYTES))
        .map_err(|_| RootFileError::Memory)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    argon2
        .hash_password_into(passphrase.expose().as_bytes(), salt, key.as_mut())
        .map_err(|_| RootFileError::Memory)?;
    Ok(OuterKey::from_secret(Secret::from_bytes(*key)))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), RootFileError> {
    let opened = OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(path);
    let file = opened.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => RootFileError::Exists,
        _ => RootFileError::Disk,
    })?;
    fill(file, path, bytes).map_err(|_| {
        // Half a file would stand in the way of the next try. If it can't be deleted either, it
        // says itself that it is damaged.
        let _ = std::fs::remove_file(path);
        RootFileError::Disk
    })
}

fn fill(mut file: File, path: &Path, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    file.sync_all()?;
    // The name of the file is kept by its folder.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.map_or_else(|| PathBuf::from("."), Path::to_owned))?.sync_all()
}

fn read(path: &Path) -> Result<Vec<u8>, RootFileError> {
    let file = File::open(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => RootFileError::Missing,
        _ => RootFileError::Disk,
    })?;
    let about = file.metadata().map_err(|_| RootFileError::Disk)?;
    if about.permissions().mode() & OTHERS != 0 {
        return Err(RootFileError::Exposed);
    }
    let mut bytes = Vec::with_capacity(FILE_BYTES + 1);
    // One byte more, to see a file that is too long.
    file.take(FILE_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(|_| RootFileError::Disk)?;
    Ok(bytes)
}
