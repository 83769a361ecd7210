//! Linking a toy, in the manner of RFC 8628: the toy shows a code, the guardian types or scans
//! it, and nobody has to trust the server for which keys are the toy's.

use treehouse_protocol::chain::body::Caps;
use treehouse_protocol::error::Refused;
use treehouse_protocol::id::{ChildId, FamilyId, Hash, Id};
use treehouse_protocol::kem::{KemPublic, Suite};
use treehouse_protocol::keys::PublicKeys;
use treehouse_protocol::registry::Coded;
use treehouse_protocol::sign::VerifyKey;

/// How often a toy may ask, in seconds.
pub const POLL_S: u32 = 1;

/// The kind of a pairing's id.
#[derive(Debug)]
pub enum PairingKind {}
/// A pairing's id, for the guardian who claimed it.
pub type PairingId = Id<PairingKind>;

/// How far a pairing has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairingState {
    /// The toy shows its code.
    Waiting,
    /// A guardian has typed it.
    Claimed,
    /// The guardian has said which family and child.
    Proposed,
    /// The toy has proven its key for that.
    Accepted,
    /// The chain has the toy.
    Linked,
}

impl PairingState {
    const ALL: [Self; 5] =
        [Self::Waiting, Self::Claimed, Self::Proposed, Self::Accepted, Self::Linked];

    /// The number in the database.
    #[must_use]
    pub const fn code(self) -> i64 {
        self as i64
    }

    /// The state with this number.
    #[must_use]
    pub fn from_code(code: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Claimed => "claimed",
            Self::Proposed => "proposed",
            Self::Accepted => "accepted",
            Self::Linked => "linked",
        }
    }
}

/// What a guardian proposes to the toy that it typed the code of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The family.
    pub family: FamilyId,
    /// The first link of its chain, for the toy to pin.
    pub genesis: Hash,
    /// The child that will play with it, if it's one child's.
    pub child: Option<ChildId>,
    /// What it may do.
    pub caps: Caps,
    /// The guardian's part of the three-picture check.
    pub nonce: [u8; 16],
}

/// Admits the two public keys of a principal.
///
/// # Errors
/// Not keys, weak ones, or of no known suite.
pub fn admit_keys(signing: &[u8], suite: u8, sealing: &[u8]) -> Result<PublicKeys, Refused> {
    let refuse = |field, rule| Refused::new("keys", field, rule);
    let signing = signing.try_into().map_err(|_| refuse("pk_sig", "must have 32 bytes"))?;
    let suite = Suite::from_code(suite).ok_or(refuse("suite", "must be 1 or 2"))?;
    Ok(PublicKeys { sig: VerifyKey::admit(signing)?, kem: KemPublic::admit(suite, sealing)? })
}
