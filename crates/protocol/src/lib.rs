//! TH/1.
mod aead;
pub mod category;
pub mod cbor;
pub mod chain;
pub mod contact;
pub mod error;
pub mod grant;
pub mod id;
pub mod kem;
pub mod keys;
pub mod registry;
pub mod secret;
pub mod sign;
pub mod trust;
