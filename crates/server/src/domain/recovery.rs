//! Guardians who lost their keys and ask the family for a way back.
//!
//! What is asked and answered is made and checked by clients; here it has a length and an end.

use treehouse_protocol::id::{AccountId, FamilyId, KeyId};

/// Bytes of a request: public keys of suite 2, and a slot for each of a few guardians.
pub const REQUEST_BYTES_MAX: usize = 16 * 1024;
/// Bytes of what the asker keeps for itself meanwhile, sealed.
pub const KEPT_BYTES_MAX: usize = 4 * 1024;
/// Bytes of an answer.
pub const ANSWER_BYTES_MAX: usize = 4 * 1024;

/// A request as stored.
#[derive(Debug, Clone)]
pub struct Recovery {
    /// The family.
    pub family: FamilyId,
    /// Who asks.
    pub account: AccountId,
    /// What is asked, for guardians and toys of the family.
    pub request: Vec<u8>,
    /// What the asker keeps for itself meanwhile, sealed.
    pub kept: Vec<u8>,
    /// What another guardian answered.
    pub answer: Option<Vec<u8>>,
    /// Which guardian.
    pub answered_by: Option<KeyId>,
    /// The last moment, in milliseconds.
    pub expires_ms: i64,
}
