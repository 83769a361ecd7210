//! Stub.

pub mod port;
