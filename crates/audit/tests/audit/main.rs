//! The auditor on a log with everything in it: what is sound passes, and each single fault that is
//! planted is found and located, by the program that people run.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod deployment;
mod family;
mod files;
mod handed;
#[path = "../../../protocol/tests/house/mod.rs"]
#[expect(dead_code, reason = "other stories need the rest")]
mod house;
mod program;
mod seen;
