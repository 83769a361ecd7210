//! The operating system's generator, as the protocol takes it.

use getrandom::SysRng;
use rand_core::UnwrapErr;

/// Randomness for keys, ids and tokens. A system that can't give any stops the program: nothing
/// is ever made from bytes that were not filled.
#[must_use]
pub const fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}
