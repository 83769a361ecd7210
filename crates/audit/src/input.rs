//! Files that are handed over, and the few forms in which keys and bytes stand in them.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use treehouse_protocol::sign::VerifyKey;

use crate::report::Unreadable;

/// Bytes of a file that is handed over: a family of many years has some 10 MB.
pub const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// A text file that was read, and what to call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its name, as it was given.
    pub name: String,
    /// What stands in it.
    pub text: String,
}

impl Document {
    /// Reads a file.
    ///
    /// # Errors
    /// It can't be read, isn't text, or has more than [`FILE_BYTES_MAX`].
    pub fn read(path: &Path) -> Result<Self, Unreadable> {
        let name = path.display().to_string();
        let unreadable = |why: String| Unreadable { place: name.clone(), why };
        let file = File::open(path).map_err(|error| unreadable(error.to_string()))?;
        let mut text = String::new();
        let read = file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text);
        if read.map_err(|error| unreadable(error.to_string()))? as u64 > FILE_BYTES_MAX {
            return Err(unreadable("it has more than 256 MiB".to_owned()));
        }
        Ok(Self { name, text })
    }

    /// Its lines that aren't empty, each with its name.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (String, &str)> {
        let lines = (1..).zip(self.text.lines()).filter(|(_, line)| !line.trim().is_empty());
        lines.map(|(number, line)| (format!("{} line {number}", self.name), line.trim()))
    }
}

/// Reads base64url without padding.
#[must_use]
pub fn b64(text: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(text).ok()
}

/// Writes base64url without padding.
#[must_use]
pub fn to_b64(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// Reads a public signing key: 32 bytes as base64url.
///
/// # Errors
/// It isn't one.
pub fn key(text: &str) -> Result<VerifyKey, String> {
    let bytes = b64(text).ok_or("it isn't base64url")?;
    let bytes: &[u8; 32] = bytes.as_slice().try_into().map_err(|_| "it hasn't 32 bytes")?;
    VerifyKey::admit(bytes).map_err(|refused| refused.to_string())
}

/// Reads as many hexadecimal digits as `N` bytes have.
pub(crate) fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != N || !rest.is_empty() {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        let value = |digit: u8| char::from(digit).to_digit(16);
        *byte = u8::try_from(16 * value(pair[0])? + value(pair[1])?).ok()?;
    }
    Some(bytes)
}
