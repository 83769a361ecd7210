//! Where the secrets and the randomness of the vectors come from, and the ciphers once more.
//!
//! Everything is a hash of a name. So each vector can be made again alone, and its README can say
//! in one line how.

use std::convert::Infallible;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use hkdf::Hkdf;
use rand_core::{TryCryptoRng, TryRng};
use sha2::{Digest, Sha256};
use treehouse_protocol::id::Id;
use treehouse_protocol::secret::Secret;

use crate::json::{Json, hex};

/// `SHA-256("treehouse vectors/" || name)`.
pub fn bytes(name: &str) -> [u8; 32] {
    Sha256::digest(format!("treehouse vectors/{name}")).into()
}

/// The same as a secret.
pub fn seed(name: &str) -> Secret<32> {
    Secret::from_bytes(bytes(name))
}

/// An id: the first 16 of those bytes.
pub fn id<K>(name: &str) -> Id<K> {
    Id::from_bytes(*bytes(name).first_chunk().unwrap())
}

/// A random number generator that writes down what it answers:
/// `SHA-256("treehouse vectors/" || name || "/" || n)` for n = 0, 1, 2, ..., one after the other.
pub struct Drawn {
    name: String,
    block: u32,
    spare: Vec<u8>,
    told: Vec<u8>,
}

impl Drawn {
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), block: 0, spare: Vec::new(), told: Vec::new() }
    }

    /// What was drawn since the last time that this was asked.
    pub fn take(&mut self) -> Json {
        hex(std::mem::take(&mut self.told))
    }
}

impl TryRng for Drawn {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("TH/1 draws bytes")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!("TH/1 draws bytes")
    }

    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), Infallible> {
        for place in &mut *dest {
            if self.spare.is_empty() {
                self.spare = bytes(&format!("{}/{}", self.name, self.block)).to_vec();
                self.spare.reverse();
                self.block += 1;
            }
            *place = self.spare.pop().expect("just filled");
        }
        self.told.extend_from_slice(dest);
        Ok(())
    }
}

impl TryCryptoRng for Drawn {}

/// HKDF-SHA256 to 32 bytes.
pub fn hkdf(salt: &[u8], secret: &[u8], info: &[&[u8]]) -> [u8; 32] {
    let mut out = [0; 32];
    let hkdf = Hkdf::<Sha256>::new(Some(salt), secret);
    hkdf.expand(&info.concat(), &mut out).unwrap();
    out
}

/// Opens AES-256-GCM with nonce 0.
pub fn gcm_open(key: &[u8; 32], sealed: &[u8], aad: &[u8]) -> Vec<u8> {
    gcm_open_at(key, [0; 12], sealed, aad)
}

/// Opens AES-256-GCM.
pub fn gcm_open_at(key: &[u8; 32], nonce: [u8; 12], sealed: &[u8], aad: &[u8]) -> Vec<u8> {
    let cipher = aes_gcm::Aes256Gcm::new(key.into());
    let payload = Payload { msg: sealed, aad };
    cipher.decrypt(&nonce.into(), payload).unwrap()
}
