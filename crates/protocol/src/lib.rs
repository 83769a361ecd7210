//! TH/1.
mod aead;
pub mod category;
pub mod cbor;
pub mod error;
pub mod id;
pub mod kem;
pub mod keys;
pub mod registry;
pub mod secret;
pub mod sign;

pub mod blob;
#[cfg(test)]
mod fixture;
pub mod franking;
pub mod heads;
pub mod outer;
mod pad;
pub mod record;
