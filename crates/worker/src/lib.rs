//! A guardian's and a toy's client in a browser's worker: what pages may ask for.
//!
//! A page asks by a word and JSON, and gets JSON or bytes; `web/src/core/api.ts` lists the words.
//! Keys, chains and proofs stay in the worker. Who a guardian is and which toy this is lives in a
//! [`Desk`] and a `Bench`; `face` is how JavaScript reaches them, there is nothing of it elsewhere.

mod asked;
mod desk;
mod trouble;
mod view;

#[cfg(target_family = "wasm")]
mod bench;
#[cfg(target_family = "wasm")]
mod face;

pub use asked::{Asked, Given};
pub use desk::Desk;
pub use trouble::Trouble;
