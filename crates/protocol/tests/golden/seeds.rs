//! Where the secrets and the randomness of the vectors come from.
//!
//! Everything is a hash of a name. So each vector can be made again alone, and its README can say
//! in one line how.

use std::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};
use treehouse_protocol::id::{Hash, Id};
use treehouse_protocol::secret::Secret;

use crate::json::{Json, hex};

/// `SHA-256("treehouse vectors/" || name)`.
pub fn bytes(name: &str) -> [u8; 32] {
    *Hash::of(format!("treehouse vectors/{name}").as_bytes()).bytes()
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
