//! The whole service over real HTTPS, on SQLite and on PostgreSQL.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test that can't go on fails")]

mod access;
mod alarm;
mod backup;
mod bad_input;
mod clock;
mod closing;
mod data_map;
mod dpop;
mod enumeration;
mod http;
mod log;
mod notices;
mod openapi;
mod people;
mod proofs;
mod races;
mod raw;
mod ready;
mod recovery;
mod retention;
mod rollback;
mod scope;
mod talks;
mod toys;
mod witness;
mod world;

#[path = "../support/mod.rs"]
mod support;
