//! The wasm face of `treehouse-protocol`: bindings, nothing else.
//!
//! The core has no clock, no I/O and no randomness of its own. The page passes days as numbers and
//! does all requests; only randomness is fetched from here, because keys must not depend on a page
//! that passes the right bytes.
//!
//! Secrets stay inside: a guardian, a keyring or a kit is a handle, and `free()` wipes what it
//! stands for. What must leave (a record's text, the key of a blob for the browser's own AES) is
//! copied out once, and the copy in here is wiped. Ids and hashes are byte arrays, words of the
//! registry are text, and what is refused is thrown as an `Error` that says which structure, which
//! field and which rule.
//!
//! One file for each topic, in the order of `docs/protocol.md`; `js` and `types` are the plumbing.

mod js;
mod random;
mod types;

mod blob;
mod device;
mod family;
mod guardian;
mod heads;
mod invite;
mod keyring;
mod pairing;
mod password;
mod pen;
mod principal;
mod record;
mod slot;
mod summary;

pub use random::PageRandom;
