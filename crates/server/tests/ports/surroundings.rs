//! What the tests find around them.

use std::path::PathBuf;
use std::sync::Arc;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use treehouse_server::port::clock::{Clock, ManualClock, Time};
use treehouse_server::port::randomness::Randomness;

/// Where a real component is.
#[expect(clippy::disallowed_methods, reason = "where the servers are is known when tests start")]
pub fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!(
            "run through `cargo xtask test --only unit`, or set {name} (xtask/src/setup/servers)"
        )
    })
}

/// The path in a variable.
pub fn path(name: &str) -> PathBuf {
    PathBuf::from(variable(name))
}

/// Randomness that differs from run to run: servers outlive a test and remember names.
pub fn randomness() -> Randomness {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).unwrap();
    Randomness::new(Box::new(ChaCha20Rng::from_seed(seed)))
}

/// 2026-11-21 12:00:00 UTC.
pub fn noon() -> Arc<dyn Clock> {
    Arc::new(ManualClock::new(Time(1_795_262_400_000)))
}

/// A word that nobody else uses.
pub fn fresh_word() -> String {
    format!("t{:032x}", u128::from_be_bytes(randomness().bytes()))
}
