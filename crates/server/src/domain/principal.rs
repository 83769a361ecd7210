//! Who asks.

use treehouse_protocol::id::{AccountId, FamilyId, Hash, KeyId};

use crate::domain::steward::StewardId;

/// Somebody whose proof was checked. What they may do is decided by `access`, from the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Principal {
    /// A guardian who has signed in.
    Guardian(Session),
    /// A toy that proved its key.
    Toy(Toy),
    /// Staff.
    Steward(StewardId),
}

/// A guardian's session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// Whose.
    pub account: AccountId,
    /// The family that the account belongs to, if it does yet.
    pub family: Option<FamilyId>,
    /// The hash of its token.
    pub hash: Hash,
}

/// A toy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Toy {
    /// The family that linked it.
    pub family: FamilyId,
    /// Its signing key.
    pub key: KeyId,
}
