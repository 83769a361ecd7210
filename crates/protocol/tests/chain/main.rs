//! The chain, its rules, its grants and its contacts: stories, attacks and properties.
//!
//! One program, so that all of it is linked once.

mod attack_bytes;
mod attack_chain;
mod attack_contact;
mod attack_grant;
mod attack_guardian;
mod attack_reader;
mod attack_recovery;
mod edges;
mod forge;
mod game;
#[path = "../house/mod.rs"]
mod house;
mod keyring;
mod leaving;
mod limits;
mod property;
mod rules;
mod story;
mod unreal;
