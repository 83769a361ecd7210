//! Inviting a further guardian. The secret of an invitation travels from person to person and
//! never through the server, so the server can't let in anybody else.

use treehouse_protocol::id::{AccountId, ChildId, FamilyId, Id};
use treehouse_protocol::registry::Role;

/// Invitations that a family may have open at once.
pub const INVITATIONS_MAX: i64 = 16;

/// The kind of an invitation's id.
#[derive(Debug)]
pub enum InvitationKind {}
/// An invitation's id.
pub type InvitationId = Id<InvitationKind>;

/// What somebody is invited to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Owner or carer.
    pub role: Role,
    /// A carer's children, ascending.
    pub children: Vec<ChildId>,
}

/// How far an invitation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvitationState {
    /// Nobody has answered.
    Open,
    /// Somebody has answered; the inviter must check and sign.
    Answered,
}

impl InvitationState {
    /// The number in the database.
    #[must_use]
    pub const fn code(self) -> i64 {
        self as i64
    }

    /// The state with this number.
    #[must_use]
    pub fn from_code(code: i64) -> Option<Self> {
        [Self::Open, Self::Answered].into_iter().find(|state| state.code() == code)
    }
}

/// An invitation as stored.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// The family that invites.
    pub family: FamilyId,
    /// Its id.
    pub id: InvitationId,
    /// How far it has come.
    pub state: InvitationState,
    /// What the invited one is to be.
    pub offer: Offer,
    /// The answer: keys, proof, attestation and acceptance, as the invited one's client wrote
    /// them.
    pub answer: Option<Vec<u8>>,
    /// The account that answered.
    pub answered_by: Option<AccountId>,
    /// The last moment, in milliseconds.
    pub expires_ms: i64,
}
