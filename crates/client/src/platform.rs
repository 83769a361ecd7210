//! What isn't the same on a machine of its own and in a browser's worker: connections, waiting,
//! cookies, and where files lie.
//!
//! In a browser, the browser itself makes the connections (its TLS, its authorities) and keeps the
//! cookie of the session, which no script can read.

#[cfg(not(target_family = "wasm"))]
mod native;
#[cfg(target_family = "wasm")]
mod web;

#[cfg(not(target_family = "wasm"))]
pub use native::{KEEPS_COOKIES, Transport, files, nfc, sleep};
#[cfg(target_family = "wasm")]
pub use web::{KEEPS_COOKIES, Transport, files, nfc, sleep};
