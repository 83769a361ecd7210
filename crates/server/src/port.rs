//! The narrow openings to the outside: time, blobs, mail, text messages, cards,
//! verifiers, alarms and the operator's root key.
//!
//! Everything here may fail or be slow, so every operation has a limit and an error that says what
//! to do. No error repeats foreign text: a path, an address or an answer may hold personal data.

pub mod blob;
pub mod card;
pub mod clock;
pub mod hook;
pub mod mail;
mod outbox;
pub mod randomness;
pub mod room;
pub mod root_key;
pub mod secret_text;
mod signed;
pub mod sms;
pub mod verifier;
pub mod web;
