//! What can go wrong between a client and its server, by what the caller can do.

use serde::Deserialize;
use treehouse_protocol::chain::ChainRefused;
use treehouse_protocol::error::Refused;

use crate::limits::Why;
use crate::picture::PictureRefused;
use crate::recording::RecordingRefused;

/// What the server refused, as a problem document (RFC 9457).
#[derive(Debug, Clone, Deserialize)]
pub struct Problem {
    /// What kind: `urn:treehouse:problem:` and a word.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// The kind in words.
    #[serde(default)]
    pub title: String,
    /// The HTTP status.
    #[serde(default)]
    pub status: u16,
    /// What is wrong this time.
    #[serde(default)]
    pub detail: Option<String>,
    /// The number of the last link, if the chain has grown.
    #[serde(default)]
    pub seq: Option<u64>,
    /// How long to wait, in seconds.
    #[serde(default)]
    pub retry_after_s: Option<u64>,
}

impl Problem {
    /// Whether it is of this kind.
    #[must_use]
    pub fn is(&self, kind: &str) -> bool {
        self.kind.strip_prefix("urn:treehouse:problem:") == Some(kind)
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.detail {
            Some(detail) => write!(f, "{} ({}): {detail}", self.title, self.status),
            None => write!(f, "{} ({})", self.title, self.status),
        }
    }
}

/// Why a client didn't get on.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The server can't be reached, or doesn't answer in time. Try again later.
    #[error("the server can't be reached: {0}")]
    Unreachable(&'static str),
    /// The server isn't the one that was pinned, or its certificate isn't trusted.
    #[error("this isn't the server that was pinned: {0}")]
    Impostor(&'static str),
    /// What a device shows, or whoever holds it reads out, isn't what the server passed on: somebody
    /// stands in between.
    #[error("somebody stands in between: {0}")]
    Swapped(&'static str),
    /// The server refused.
    #[error("the server refused: {0}")]
    Server(Box<Problem>),
    /// The server answered something that no server of ours answers.
    #[error("the server's answer makes no sense: {0}")]
    Nonsense(&'static str),
    /// A protocol object was refused: made by somebody else, changed, or rolled back.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// A link of a chain was refused.
    #[error(transparent)]
    Chain(#[from] ChainRefused),
    /// The transparency log doesn't prove what the server said. Tell others: this is what the log
    /// is for.
    #[error("the log doesn't prove it: {0}")]
    Unproven(&'static str),
    /// The picture can't be used.
    #[error(transparent)]
    Picture(#[from] PictureRefused),
    /// The recording can't be used.
    #[error(transparent)]
    Recording(#[from] RecordingRefused),
    /// The keys are locked, or there are none.
    #[error("{0}")]
    Locked(&'static str),
    /// It must not be done, or can't be in this state.
    #[error("{0}")]
    NotNow(&'static str),
    /// Whoever uses the app is too young for it, as the system says: the app shows a child's way.
    #[error("{0}: ask a parent or guardian")]
    AskGuardian(&'static str),
    /// The address, the password or the recovery kit is wrong.
    #[error("the address or the password is wrong")]
    WrongPassword,
    /// The toy was removed from its family and has forgotten everything.
    #[error("this toy was removed from its family, and has forgotten everything")]
    Wiped,
    /// The child's limits forbid it now.
    #[error("the limits say no: {0}")]
    Limit(Why),
    /// A guardian said that the toy is lost: it does nothing until it's found.
    #[error("this toy is lost: it shows nothing, records nothing and sends nothing")]
    Lost,
    /// The folder of the toy or the guardian can't be read or written.
    #[error("the local folder can't be used: {0}")]
    Local(&'static str),
}

impl ClientError {
    /// Whether the server refused with a problem of this kind.
    #[must_use]
    pub fn is(&self, kind: &str) -> bool {
        matches!(self, Self::Server(problem) if problem.is(kind))
    }

    /// The HTTP status, if the server refused.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Server(problem) => Some(problem.status),
            _ => None,
        }
    }
}
