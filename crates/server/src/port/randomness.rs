//! The source of randomness that a port keeps.

use std::sync::{Arc, Mutex, PoisonError};

use rand_core::CryptoRng;

/// A random source that several tasks share. Clones are the same source.
///
/// Ports keep one, since a borrowed source can't wait for a disk or a server with them.
#[derive(Clone)]
pub struct Randomness(Arc<Mutex<Box<dyn CryptoRng + Send>>>);

impl Randomness {
    /// Shares this source.
    #[must_use]
    pub fn new(rng: Box<dyn CryptoRng + Send>) -> Self {
        Self(Arc::new(Mutex::new(rng)))
    }

    /// Runs `draw` with the source, alone.
    pub fn with<T>(&self, draw: impl FnOnce(&mut dyn CryptoRng) -> T) -> T {
        // A panic elsewhere can't leave a random source in a bad state.
        let mut rng = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        draw(rng.as_mut())
    }

    /// `N` random bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        self.with(|rng| {
            let mut bytes = [0; N];
            rng.fill_bytes(&mut bytes);
            bytes
        })
    }
}
