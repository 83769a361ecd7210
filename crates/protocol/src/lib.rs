//! TH/1.
mod aead;
mod base32;
pub mod category;
pub mod cbor;
pub mod error;
#[cfg(test)]
mod fixture;
pub mod id;
pub mod invite;
pub mod kem;
pub mod keys;
pub mod kit;
pub mod opaque;
pub mod pairing;
pub mod registry;
pub mod secret;
pub mod sign;
pub mod slot;
