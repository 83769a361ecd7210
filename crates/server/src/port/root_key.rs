//! The operator's root key: the key over all keys that the server keeps for itself.
//!
//! It never leaves this port. What others get is a secret of theirs, wrapped for one purpose, and
//! later the secret back. With the root key gone, so is everything that was ever wrapped.

mod file;
mod token;

use std::fmt;

use zeroize::Zeroizing;

use self::file::FileKey;
pub use self::file::{PASSPHRASE_BYTES_MIN, RootFileError};
use self::token::TokenKey;
pub use self::token::{TokenConfig, TokenError};
use super::randomness::Randomness;
use super::secret_text::SecretText;

/// The most bytes of a secret that is wrapped.
pub const SECRET_BYTES_MAX: usize = 4096;
/// The most bytes of a purpose.
pub const PURPOSE_BYTES_MAX: usize = 256;

/// Why a secret was not wrapped or unwrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RootKeyError {
    /// A secret over [`SECRET_BYTES_MAX`], or a purpose over [`PURPOSE_BYTES_MAX`].
    #[error(
        "wrap at most {SECRET_BYTES_MAX} bytes, for a purpose of at most {PURPOSE_BYTES_MAX} bytes"
    )]
    TooLong,
    /// Changed since it was wrapped, moved from another purpose, or wrapped by another root key.
    #[error("the wrapped secret is not of this root key and purpose; restore the right one")]
    Refused,
    /// The token doesn't answer. Nothing is lost.
    #[error("the token that holds the root key does not answer; check it and try again")]
    Unavailable,
}

/// The root key, wherever it is kept.
pub struct RootKey(Keeper);

enum Keeper {
    File(FileKey),
    Token(TokenKey),
}

impl RootKey {
    /// Makes a root key and keeps it in a new file, for the owner's eyes only, sealed under a
    /// passphrase. Takes 64 MiB and a tenth of a second or more, on a thread for blocking work.
    ///
    /// # Errors
    /// The file exists or can't be written, or the passphrase is too short.
    pub async fn create_file(
        path: &std::path::Path,
        passphrase: &SecretText,
        randomness: Randomness,
    ) -> Result<Self, RootFileError> {
        FileKey::create(path, passphrase, randomness).await.map(|key| Self(Keeper::File(key)))
    }

    /// Opens the file that [`Self::create_file`] made.
    ///
    /// # Errors
    /// The file is missing, readable by others or damaged, or the passphrase is another one.
    pub async fn open_file(
        path: &std::path::Path,
        passphrase: &SecretText,
        randomness: Randomness,
    ) -> Result<Self, RootFileError> {
        FileKey::open(path, passphrase, randomness).await.map(|key| Self(Keeper::File(key)))
    }

    /// Makes a root key inside a PKCS#11 token, which never gives it out.
    ///
    /// # Errors
    /// The token can't be used, or holds a key with this label already.
    pub async fn create_in_token(
        config: TokenConfig,
        randomness: Randomness,
    ) -> Result<Self, TokenError> {
        TokenKey::create(config, randomness).await.map(|key| Self(Keeper::Token(key)))
    }

    /// Finds the root key in a PKCS#11 token.
    ///
    /// # Errors
    /// The token can't be used, or holds no such key, several, or one that it would give out.
    pub async fn open_token(
        config: TokenConfig,
        randomness: Randomness,
    ) -> Result<Self, TokenError> {
        TokenKey::open(config, randomness).await.map(|key| Self(Keeper::Token(key)))
    }

    /// Wraps a secret for `purpose`, the one encoding of what the secret is for and whose it is:
    /// it unwraps for the same purpose only.
    ///
    /// # Errors
    /// Too long, or the token doesn't answer.
    pub async fn wrap(&self, purpose: &[u8], secret: &[u8]) -> Result<Vec<u8>, RootKeyError> {
        if secret.len() > SECRET_BYTES_MAX || purpose.len() > PURPOSE_BYTES_MAX {
            return Err(RootKeyError::TooLong);
        }
        match &self.0 {
            Keeper::File(key) => key.wrap(purpose, secret),
            Keeper::Token(key) => key.wrap(purpose, secret).await,
        }
    }

    /// Gives the secret back that [`Self::wrap`] wrapped.
    ///
    /// # Errors
    /// Changed, of another purpose or root key, or the token doesn't answer.
    pub async fn unwrap(
        &self,
        purpose: &[u8],
        wrapped: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, RootKeyError> {
        const OVERHEAD_BYTES_MAX: usize = 64;
        if wrapped.len() > SECRET_BYTES_MAX + OVERHEAD_BYTES_MAX {
            return Err(RootKeyError::Refused);
        }
        if purpose.len() > PURPOSE_BYTES_MAX {
            return Err(RootKeyError::TooLong);
        }
        match &self.0 {
            Keeper::File(key) => key.unwrap(purpose, wrapped),
            Keeper::Token(key) => key.unwrap(purpose, wrapped).await,
        }
    }
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RootKey(●●)")
    }
}

/// What a wrapped secret is bound to: nothing else that is sealed anywhere starts like this.
fn bound(purpose: &[u8]) -> Vec<u8> {
    [b"treehouse-wrap-v1\0", purpose].concat()
}
