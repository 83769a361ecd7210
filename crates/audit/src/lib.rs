//! The offline verifier: whether a deployment's log is whole, and whether what a family or the
//! operator hands over is what the log says.
//!
//! It needs the log's public files and its key, and nothing else: no server is asked, and neither
//! the server's nor the client's code is used. `docs/audit.md` shows how to run it, and what it
//! can't show.
//!
//! # Reading it top to bottom
//!
//! 1. The ground: [`calendar`], [`report`], [`input`], [`folder`].
//! 2. The log: [`tally`], [`log`].
//! 3. What is handed over: [`told`], [`evidence`], [`receipt`], [`export`], [`family`], [`pack`].
//! 4. All of it: [`verify()`]; and [`words`] says in plain words what it comes to.

pub mod calendar;
pub mod evidence;
pub mod export;
pub mod family;
pub mod folder;
pub mod input;
pub mod log;
pub mod pack;
pub mod receipt;
pub mod report;
pub mod tally;
pub mod told;
pub mod verify;
pub mod words;

pub use report::Report;
pub use verify::{Brief, verify};
