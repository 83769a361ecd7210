//! The transparency log of Treehouse: anybody can check that nothing was taken back.
//!
//! A log is a Merkle tree over entries (RFC 6962), published as files that never change (C2SP
//! tlog-tiles) under a head that the log signs (tlog-checkpoint) and that outside witnesses
//! cosign after they saw that it only grew (tlog-witness, tlog-cosignature). Server, auditor,
//! witness and clients run these lines; `docs/log.md` explains the log to an outsider.
//!
//! The crate does no I/O and has no clock, randomness, thread or async of its own: bytes come from
//! a [`Tiles`](tiles::Tiles), and times and seeds are arguments.
//!
//! # Reading it top to bottom
//!
//! 1. The ground: [`error`], [`hash`], [`tile`], [`tiles`].
//! 2. The tree: [`frontier`] grows it, [`proof`] proves parts of it, [`audit`] recomputes all of it.
//! 3. Who says so: [`key`], [`note`], [`checkpoint`], [`cosignature`].
//! 4. What others hold: [`standalone`] proves one entry offline, [`witness`] refuses a second history.

mod text;

pub mod audit;
pub mod checkpoint;
pub mod cosignature;
pub mod error;
pub mod frontier;
pub mod hash;
pub mod key;
pub mod note;
pub mod proof;
pub mod standalone;
pub mod tile;
pub mod tiles;
pub mod witness;
