//! What a use case answers when it can't do what was asked: a few kinds, each of which says what
//! the caller can do. None holds anything that came from a request.

use treehouse_protocol::chain::ChainRefused;
use treehouse_protocol::error::Refused;
use treehouse_protocol::id::{Hash, Seen};

use crate::port::blob::BlobError;
use crate::store::db::StoreError;

/// Why a request was not carried out; nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It isn't there, or the asker may not know that it is.
    #[error("not found")]
    NotFound,
    /// Nobody is signed in, or the proof of the toy's key is missing.
    #[error("sign in first")]
    Unauthenticated,
    /// The asker is known and may not do this.
    #[error("not allowed: {0}")]
    Denied(&'static str),
    /// A field breaks a rule.
    #[error("{field} {rule}")]
    Invalid {
        /// The field, as the request names it.
        field: &'static str,
        /// The rule, as the end of a sentence that starts with the field.
        rule: &'static str,
    },
    /// A protocol object was refused.
    #[error(transparent)]
    Refused(Refused),
    /// A link of a batch was refused.
    #[error(transparent)]
    Chain(ChainRefused),
    /// The chain has grown; read it and try again.
    #[error("the chain has grown: read it, then try again")]
    Behind(Seen),
    /// Something is in the way: it was used, exists already, or was changed meanwhile.
    #[error("{0}")]
    Conflict(&'static str),
    /// A later state of the same is there, or it was deleted since.
    #[error("a later state of it is there, or it was deleted")]
    Superseded,
    /// It was there, and its time is over.
    #[error("{0}")]
    Gone(&'static str),
    /// Too many tries.
    #[error("too many requests: try again in {retry_s} seconds")]
    TooMany {
        /// How long to wait, in seconds.
        retry_s: u64,
    },
    /// The family has used all the room that it has.
    #[error("the family's room is full: delete something, or ask for more")]
    Quota,
    /// Nothing is handed out until the operator has mended something.
    #[error("{0}")]
    Halted(&'static str),
    /// The consent was given to an older notice, and this goes beyond it.
    #[error("a guardian must read the notice again, and agree, before this may be stored")]
    Outdated {
        /// The notice to be read.
        notice: Hash,
    },
    /// No further child is served until the operator's registers are filled in; says what is missing.
    #[error("no further child is served yet: {0}")]
    NotReady(String),
    /// The disk is full; what takes data away still works.
    #[error("the server has no room left")]
    Full,
    /// Somebody outside whom it takes doesn't answer, or not as it should.
    #[error("{0}")]
    Unavailable(&'static str),
    /// It's ours to mend.
    #[error("internal error: {0}")]
    Internal(&'static str),
}

impl Error {
    /// A field that breaks a rule.
    #[must_use]
    pub const fn invalid(field: &'static str, rule: &'static str) -> Self {
        Self::Invalid { field, rule }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Conflict("it was changed meanwhile: try again"),
            StoreError::Full => Self::Full,
            StoreError::Corrupt { what } => Self::Internal(what),
            _ => Self::Internal("the database can't be reached"),
        }
    }
}

impl From<BlobError> for Error {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::NotFound => Self::NotFound,
            BlobError::Full => Self::Full,
            _ => Self::Internal("the blob store can't be reached"),
        }
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}
