//! Who asks.

use treehouse_protocol::id::{AccountId, FamilyId, Hash, Id, KeyId};

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

impl Principal {
    /// The only family of which it can be a member: what the server has noted, before any chain is
    /// read.
    #[must_use]
    pub const fn family(&self) -> Option<FamilyId> {
        match self {
            Self::Guardian(session) => session.family,
            Self::Toy(toy) => Some(toy.family),
            Self::Steward(_) => None,
        }
    }
}

/// The kind of a session's id.
#[derive(Debug)]
pub enum SessionKind {}
/// The name of a session, by which its holder can end it; its token is another thing.
pub type SessionId = Id<SessionKind>;

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
    /// The hash of its token.
    pub hash: Hash,
}
