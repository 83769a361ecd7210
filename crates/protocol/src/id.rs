//! Names of things: random ids, key ids, hashes and days.

use std::{fmt, marker::PhantomData};

use rand_core::CryptoRng;
use sha2::{Digest, Sha256};

use crate::error::{Refused, require};

/// A random 16-byte name of a `K`. Never ordered by time, so that it tells nothing else.
pub struct Id<K> {
    bytes: [u8; 16],
    kind: PhantomData<fn() -> K>,
}

/// What an [`Id`] can name.
pub mod kind {
    /// A household: the unit of tenancy, with a sigchain of its own.
    pub enum Family {}
    /// A person under the age of consent; has no key.
    pub enum Child {}
    /// A small sealed item.
    pub enum Record {}
    /// A large sealed stream.
    pub enum Blob {}
    /// An account of the platform, as the operator names it in an attestation.
    pub enum Account {}
    /// A sealed copy of the key to a guardian's bundle.
    pub enum Slot {}
}

/// The id of a family (`fid`).
pub type FamilyId = Id<kind::Family>;
/// The id of a child (`cid`).
pub type ChildId = Id<kind::Child>;
/// The id of a record (`rid`).
pub type RecordId = Id<kind::Record>;
/// The id of a blob.
pub type BlobId = Id<kind::Blob>;
/// The id of an account.
pub type AccountId = Id<kind::Account>;
/// The id of a key slot.
pub type SlotId = Id<kind::Slot>;

impl<K> Id<K> {
    /// The id with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self { bytes, kind: PhantomData }
    }

    /// A fresh id.
    pub fn random(rng: &mut dyn CryptoRng) -> Self {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes);
        Self::from_bytes(bytes)
    }

    /// Its 16 bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.bytes
    }
}

// Written out because a derive would ask the same of `K`, which is only a name.
impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.bytes.cmp(&other.bytes)
    }
}
impl<K> std::hash::Hash for Id<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}
impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.bytes)
    }
}
impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.bytes)
    }
}

/// A key id (`kid`): the first 16 bytes of the SHA-256 of a public key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; 16]);

impl KeyId {
    /// The id of this public key.
    #[must_use]
    pub fn of(public_key: &[u8]) -> Self {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&Sha256::digest(public_key)[..16]);
        Self(bytes)
    }

    /// The id with these bytes, as read from outside.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its 16 bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

/// A SHA-256 hash: of a link, a grant header, a notice, a piece of evidence.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// 32 zero bytes: "nothing before this", the `prev` of a genesis link.
    pub const NONE: Self = Self([0; 32]);

    /// The hash of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The hash with these bytes, as read from outside.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its 32 bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

/// A place in a family's chain that somebody has seen: the number of a link and its hash.
///
/// Toys, clients and key slots remember one. A chain that doesn't contain it was rolled back or
/// forked; see `docs/protocol.md` sections 8 and 11.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Seen {
    /// The number of the link; the genesis is 0.
    pub seq: u64,
    /// The hash of the link.
    pub head: Hash,
}

impl Seen {
    /// The later of two places: `newer`, which the caller found by replaying the chain.
    ///
    /// # Errors
    /// `newer` comes before this place, or is another link of the same number.
    pub fn advance(self, newer: Self) -> Result<Self, Refused> {
        let forward = newer.seq > self.seq || newer == self;
        require(forward, "seen", "seq", "must not go back")?;
        Ok(newer)
    }
}

fn write_hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

/// A day: whole days since 1970-01-01 UTC. TH/1 tells no finer time unless the law needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub u32);

impl Day {
    /// The day `days` later; the last day there is, if that would be beyond it.
    #[must_use]
    pub const fn plus(self, days: u32) -> Self {
        Self(self.0.saturating_add(days))
    }
}
