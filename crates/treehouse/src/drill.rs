//! The drill: real clients plant canaries in a server of its own, everything that the server keeps
//! is stolen, and the loot is searched for them.
//!
//! The server is another process that only ever holds what a server holds; this one plays the
//! families and the thief, and writes no canary where the thief looks.

pub mod canary;
pub mod encoding;
pub mod families;
pub mod hidden;
pub mod loot;
mod memory;
pub mod network;
pub mod report;
pub mod search;
pub mod target;
pub mod thief;
