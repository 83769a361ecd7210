//! The whole service over real HTTPS, on SQLite and on PostgreSQL.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test that can't go on fails")]

mod access;
mod age;
mod alarm;
mod backup;
mod bad_input;
mod breaches;
mod cards;
mod carers;
mod claims;
mod clock;
mod closing;
mod complaints;
mod data_map;
mod destructions;
mod downloads;
mod dpop;
mod enumeration;
mod faces;
mod house;
mod http;
mod incidents;
mod insider;
mod linking;
mod log;
mod lost;
mod meanwhile;
mod notices;
mod openapi;
mod outbox;
mod people;
mod product;
mod proofs;
mod races;
mod raw;
mod ready;
mod recordings;
mod recovery;
mod refusing;
mod remembered;
mod retention;
mod rollback;
mod scan;
mod scope;
mod screens;
mod strangers;
mod talks;
mod texts;
mod toys;
mod upgrade;
mod verifiers;
mod witness;
mod world;

#[path = "../support/provider.rs"]
mod provider;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/verifier.rs"]
mod verifier;
