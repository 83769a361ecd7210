//! The server's outer layer: what is stored is sealed once more, under a key that the server can
//! destroy (section 10).
//!
//! A family's cipher text may be copied into backups, or kept by somebody who once could read it.
//! Once the server has deleted the outer key of a child, category and version, all those copies
//! are dead, whatever keys others still hold. It protects nothing while the server keeps the key.

use rand_core::CryptoRng;

use crate::aead::{self, TAG_BYTES};
use crate::error::{Refused, require};
use crate::secret::{Secret, derive};

const NAME: &str = "TH-OUTER/1";
const VERSION: u8 = 1;
const SALT_BYTES: usize = 32;
const PREFIX_BYTES: usize = 1 + SALT_BYTES;

/// Bytes that the outer layer adds.
pub const OVERHEAD_BYTES: usize = PREFIX_BYTES + TAG_BYTES;
/// The most that is sealed at once: a part of a blob. Records are smaller.
pub const PLAIN_BYTES_MAX: usize = crate::blob::PART_BYTES;

/// The outer key of one child, category and version (`ok`), from a store of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OuterKey(Secret<32>);

impl OuterKey {
    /// A fresh key.
    #[must_use]
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        Self(Secret::random(rng))
    }

    /// The key with these bytes, as its store keeps them.
    #[must_use]
    pub const fn from_secret(secret: Secret<32>) -> Self {
        Self(secret)
    }

    /// Its bytes.
    #[must_use]
    pub const fn secret(&self) -> &Secret<32> {
        &self.0
    }
}

/// Seals `bytes` for `place`, the one encoding of the row's or part's identity: what is moved to
/// another place doesn't open there. Answers version byte, salt and cipher text.
///
/// # Errors
/// More than [`PLAIN_BYTES_MAX`].
pub fn seal(
    key: &OuterKey,
    place: &[u8],
    bytes: &[u8],
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, Refused> {
    let fits = bytes.len() <= PLAIN_BYTES_MAX;
    require(fits, NAME, "length", "is over the limit of a part")?;
    let mut salt = [0; SALT_BYTES];
    rng.fill_bytes(&mut salt);
    let mut sealed = Vec::with_capacity(bytes.len() + OVERHEAD_BYTES);
    sealed.push(VERSION);
    sealed.extend_from_slice(&salt);
    sealed.extend_from_slice(bytes);
    // The salt makes the key, so the key seals nothing else and the nonce is 0.
    let cipher = aead::cipher(&content_key(key, &salt, place));
    let tag = aead::seal_bytes(&cipher, &[0; 12], &mut sealed[PREFIX_BYTES..]);
    sealed.extend_from_slice(&tag);
    Ok(sealed)
}

/// Opens what [`seal`] made.
///
/// # Errors
/// Sealed under another key, for another place, or changed since.
pub fn open(key: &OuterKey, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Refused> {
    let length = OVERHEAD_BYTES..=PLAIN_BYTES_MAX + OVERHEAD_BYTES;
    require(length.contains(&sealed.len()), NAME, "length", "must be that of a part, sealed")?;
    require(sealed[0] == VERSION, NAME, "version", "must be 1")?;
    let (salt, rest) = sealed[1..].split_at(SALT_BYTES);
    let cipher = aead::cipher(&content_key(key, salt, place));
    let refused = || Refused::new(NAME, "cipher text", "must be sealed with this key for here");
    let (cipher_text, tag) = rest.split_last_chunk().ok_or_else(refused)?;
    let mut bytes = cipher_text.to_vec();
    if aead::open_bytes(&cipher, &[0; 12], &mut bytes, tag) { Ok(bytes) } else { Err(refused()) }
}

fn content_key(key: &OuterKey, salt: &[u8], place: &[u8]) -> Secret<32> {
    derive(salt, key.0.expose(), &[b"TH-OUTER/1\0", place])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::rng;

    #[test]
    fn what_was_sealed_opens_in_its_place_only() {
        let mut rng = rng(1);
        let key = OuterKey::generate(&mut rng);
        for bytes in [&b""[..], b"row", &[7; 7000]] {
            let sealed = seal(&key, b"place", bytes, &mut rng).unwrap();
            assert_eq!(sealed.len(), bytes.len() + OVERHEAD_BYTES);
            assert_eq!(open(&key, b"place", &sealed).unwrap(), bytes);
            assert!(open(&key, b"elsewhere", &sealed).is_err());
            assert!(open(&OuterKey::generate(&mut rng), b"place", &sealed).is_err());
        }
    }

    #[test]
    fn every_changed_bit_and_length_is_refused() {
        let mut rng = rng(2);
        let key = OuterKey::generate(&mut rng);
        let sealed = seal(&key, b"place", b"row", &mut rng).unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&key, b"place", &changed).is_err(), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert!(open(&key, b"place", &sealed[..length]).is_err());
        }
        let longer = [&sealed[..], &[0]].concat();
        assert!(open(&key, b"place", &longer).is_err());
    }

    #[test]
    fn two_sealings_of_one_row_have_nothing_in_common() {
        let mut rng = rng(3);
        let key = OuterKey::generate(&mut rng);
        let one = seal(&key, b"place", b"row", &mut rng).unwrap();
        let two = seal(&key, b"place", b"row", &mut rng).unwrap();
        assert_ne!(one[1..33], two[1..33]);
        assert_ne!(one[33..], two[33..]);
    }

    #[test]
    fn more_than_a_part_is_refused() {
        let mut rng = rng(4);
        let key = OuterKey::generate(&mut rng);
        let bytes = vec![0; PLAIN_BYTES_MAX + 1];
        assert!(seal(&key, b"", &bytes, &mut rng).is_err());
        assert!(seal(&key, b"", &bytes[1..], &mut rng).is_ok());
    }
}
