//! What it takes to log an event: an id for its row and a salt that hides it, both random.

use std::fmt;

use rand_core::CryptoRng;
use treehouse_protocol::id::{ChildId, Hash, Id, KeyId};
use treehouse_protocol::leaf::{Event, Leaf, SALT_BYTES, What};

/// The kind of a leaf's id.
#[derive(Debug)]
pub enum LeafKind {}
/// The id of a leaf's row.
pub type LeafId = Id<LeafKind>;

/// The kind of a leaf's name.
#[derive(Debug)]
pub enum NameKind {}
/// What a leaf is looked up by.
pub type LeafName = Id<NameKind>;

/// The owner of what concerns nobody but the deployment itself.
pub const DEPLOYMENT: [u8; 16] = [0; 16];

/// What a leaf takes beside its event. Part of every write that is logged, because chance, too, is
/// an argument of a write.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Seal {
    /// The id of its row.
    pub id: LeafId,
    salt: [u8; SALT_BYTES],
}

impl Seal {
    /// A fresh one.
    pub fn random(rng: &mut dyn CryptoRng) -> Self {
        let mut salt = [0; SALT_BYTES];
        rng.fill_bytes(&mut salt);
        Self { id: LeafId::random(rng), salt }
    }

    /// As many fresh ones as there are events.
    pub fn several(count: usize, rng: &mut dyn CryptoRng) -> Vec<Self> {
        (0..count).map(|_| Self::random(rng)).collect()
    }

    /// The leaf for something that happened at this time, in milliseconds.
    #[must_use]
    pub fn leaf(&self, at_ms: i64, what: What) -> Leaf {
        let at_ms = u64::try_from(at_ms).unwrap_or(0);
        Leaf { salt: self.salt, event: Event { at_ms, what } }
    }
}

// Who knows the salt can guess the event.
impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Seal({})", self.id)
    }
}

/// The name of the leaf that says that what this link asked for is destroyed. It names no more than
/// the row of the receipt does.
#[must_use]
pub fn erasure_name(link: Hash) -> LeafName {
    first_half(link)
}

/// The name of the leaf that says that a version was published.
#[must_use]
pub fn publication_name(kind: &str, version: u32) -> LeafName {
    first_half(Hash::of(format!("{kind} {version}").as_bytes()))
}

/// The name of the leaf that says that a key counts.
#[must_use]
pub const fn key_name(key: KeyId) -> LeafName {
    LeafName::from_bytes(*key.bytes())
}

/// The name of the leaf of an event, if it's ever looked up alone: most aren't, and cost no index.
#[must_use]
pub fn name(what: &What) -> Option<LeafName> {
    match what {
        What::Erasure { link, .. } => Some(erasure_name(*link)),
        What::Publication { kind, version, .. } => Some(publication_name(kind, *version)),
        What::Key { key, .. } => Some(key_name(*key)),
        What::Link { .. }
        | What::Attestation { .. }
        | What::Act { .. }
        | What::Release(_)
        | What::Restore { .. } => None,
    }
}

/// Whom an event concerns: when they are erased, so is what is known of it.
#[must_use]
pub const fn owner(what: &What) -> [u8; 16] {
    match what {
        What::Link { family, .. } | What::Erasure { family, .. } => *family.bytes(),
        What::Release(release) => *release.family.bytes(),
        What::Attestation { account, .. } => *account.bytes(),
        What::Act { .. } | What::Key { .. } | What::Publication { .. } | What::Restore { .. } => {
            DEPLOYMENT
        }
    }
}

/// The child that an event is about.
#[must_use]
pub const fn child(what: &What) -> Option<ChildId> {
    match what {
        What::Release(release) => Some(release.child),
        _ => None,
    }
}

fn first_half(hash: Hash) -> LeafName {
    let mut half = [0; 16];
    half.copy_from_slice(&hash.bytes()[..16]);
    LeafName::from_bytes(half)
}
