//! Stewards: the operator's staff. They decide about papers and queues, and have no way to a
//! child's data: no use case that reads records or blobs takes a steward.

use treehouse_protocol::id::Id;

/// The kind of a steward's id.
#[derive(Debug)]
pub enum StewardKind {}
/// A steward's id.
pub type StewardId = Id<StewardKind>;

/// Why a steward did something: a sentence that the log keeps and the parent can read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(String);

impl Reason {
    /// Characters that it takes to say why.
    pub const CHARS_MIN: usize = 10;
    /// Characters of a reason.
    pub const CHARS_MAX: usize = 500;

    /// Reads a reason: one line of 10 to 500 printable characters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = (Self::CHARS_MIN..=Self::CHARS_MAX).contains(&text.chars().count());
        (fits && !text.chars().any(char::is_control)).then(|| Self(text.to_owned()))
    }

    /// The sentence.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}
