//! The operating system's generator, as the protocol takes it.

use getrandom::SysRng;
use rand_core::UnwrapErr;

/// Randomness for keys, ids and nonces.
pub const fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}
