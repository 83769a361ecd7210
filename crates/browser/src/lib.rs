//! The wasm face of `treehouse-protocol`: bindings, nothing else.
//!
//! The core has no clock, no I/O and no randomness of its own. The page passes
//! times as numbers and does all requests; only randomness is fetched from
//! here, because keys must not depend on a page that passes the right bytes.

mod random;
mod smoke;

pub use random::PageRandom;
