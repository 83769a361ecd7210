//! The log as a whole: what others publish, what holds for every log, and what every damage shows.
#![expect(clippy::unwrap_used, reason = "a helper of a test that can't go on fails the test")]

#[path = "../house/mod.rs"]
mod house;

mod audit;
mod azul;
mod property;
mod published;
mod signed;
mod standalone;
mod witness;
