//! Complaints: what anybody may tell the operator, and what becomes of it.

use serde::{Deserialize, Serialize};
use treehouse_protocol::id::Id;

/// The kind of a complaint's id.
#[derive(Debug)]
pub enum ComplaintKind {}
/// A complaint's id: random, and a secret of whoever sent it.
pub type ComplaintId = Id<ComplaintKind>;

/// What somebody writes, or is answered. Never logged, and stored sealed only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ComplaintText(String);

impl ComplaintText {
    /// Characters of a text.
    pub const CHARS_MAX: usize = 4000;
    /// Below this many, nobody could act on it.
    pub const CHARS_MIN: usize = 10;

    /// Reads a text of some lines.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = (Self::CHARS_MIN..=Self::CHARS_MAX).contains(&text.chars().count());
        let plain = !text.chars().any(|sign| sign.is_control() && sign != '\n');
        (fits && plain).then(|| Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ComplaintText {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("must have 10 to 4000 characters")
    }
}

impl From<ComplaintText> for String {
    fn from(text: ComplaintText) -> Self {
        text.0
    }
}

impl std::fmt::Debug for ComplaintText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ComplaintText(●●)")
    }
}

/// How far a complaint is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ComplaintState {
    /// Nobody has answered it.
    Open,
    /// It was answered.
    Answered,
    /// It was closed without an answer, for a reason.
    Closed,
}

impl ComplaintState {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Open, Self::Answered, Self::Closed];

    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Answered => "answered",
            Self::Closed => "closed",
        }
    }

    /// The state with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_is_some_lines_and_prints_as_nothing() {
        let text = ComplaintText::parse(" you kept\nmy pictures ").unwrap();
        assert_eq!(text.text(), "you kept\nmy pictures");
        assert!(!format!("{text:?}").contains("pictures"));
        let long = "x".repeat(ComplaintText::CHARS_MAX);
        assert!(ComplaintText::parse(&long).is_some(), "the control");
        for wrong in
            ["", "too short", "a tab\tin the middle", "nothing\0after", &format!("{long}x")]
        {
            assert_eq!(ComplaintText::parse(wrong), None, "{wrong:?}");
        }
    }
}
