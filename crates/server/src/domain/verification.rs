//! Verifying that an account belongs to an adult (16 CFR 312.5(b)), before its key may consent.

use treehouse_protocol::id::{AccountId, Hash, Id};
use treehouse_protocol::registry::Method;
use treehouse_protocol::sign::VerifyKey;

/// The kind of a verification's id.
#[derive(Debug)]
pub enum VerificationKind {}
/// A verification's id.
pub type VerificationId = Id<VerificationKind>;

/// How long a parent has to finish, in milliseconds: 14 days.
pub const VERIFICATION_MS: i64 = 14 * 24 * 60 * 60 * 1000;
/// Bytes of a scanned form.
pub const SCAN_BYTES_MAX: usize = 8 << 20;

/// How far a verification has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerificationState {
    /// The parent must act: confirm the letter, or send the form.
    Asked,
    /// A form has come and waits for a steward.
    Submitted,
    /// One steward has recommended it; another must decide.
    Recommended,
    /// The operator has signed.
    Attested,
    /// It was turned down; the parent may begin again.
    Declined,
}

impl VerificationState {
    const ALL: [Self; 5] =
        [Self::Asked, Self::Submitted, Self::Recommended, Self::Attested, Self::Declined];

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
            Self::Asked => "asked",
            Self::Submitted => "submitted",
            Self::Recommended => "recommended",
            Self::Attested => "attested",
            Self::Declined => "declined",
        }
    }
}

/// A verification as stored.
#[derive(Debug, Clone)]
pub struct Verification {
    /// Whose.
    pub account: AccountId,
    /// Its id.
    pub id: VerificationId,
    /// How.
    pub method: Method,
    /// How far.
    pub state: VerificationState,
    /// The key that is to be attested.
    pub key: VerifyKey,
    /// The notice that the parent was shown.
    pub notice: Hash,
    /// The code on the form.
    pub code: String,
    /// The signed attestation (`TH-VPC/1`), once there is one.
    pub attestation: Option<Vec<u8>>,
    /// The steward who recommended it.
    pub recommended_by: Option<crate::domain::steward::StewardId>,
    /// The last moment, in milliseconds.
    pub expires_ms: i64,
}
