//! The wasm face of `treehouse-protocol`: one call, and what it may ask for.
//!
//! A page says which operation it wants and with what, as CBOR, and gets CBOR back. A function for
//! each operation, with the conversions of its arguments, took a quarter of what a browser fetches;
//! so the classes that pages see stand in `face.js`, which is nothing but a table of them.
//!
//! The core has no clock, no I/O and no randomness of its own. The page passes days as numbers and
//! does all requests; only randomness is fetched from here, because keys must not depend on a page
//! that passes the right bytes.
//!
//! Secrets stay inside, on the shelf: to the page, a guardian, a keyring or a kit is a number, and
//! `free()` wipes what it stands for. What must leave (a record's text, the key of a blob for the
//! browser's own AES) is copied out once, and the copy in here is wiped. Ids and hashes are byte
//! strings, words of the registry are text, and what is refused is told as structure, field and
//! rule.
//!
//! One file for each topic, in the order of `docs/protocol.md`; `call`, `operations`, `shelf` and
//! `value` are the plumbing.

#![expect(clippy::unnecessary_wraps, reason = "all operations answer in one way")]

mod call;
mod operations;
mod random;
mod shelf;
mod value;

mod blob;
mod device;
mod family;
mod guardian;
mod heads;
mod invite;
mod keyring;
mod pairing;
#[cfg(feature = "password")]
mod password;
mod pen;
mod principal;
mod record;
mod slot;
mod summary;

pub use call::call;
pub use random::PageRandom;
