//! Stewards: the operator's staff. They decide about papers and queues, and have no way to a
//! child's data: no use case that reads records or blobs takes a steward.

use treehouse_protocol::id::Id;

/// The kind of a steward's id.
#[derive(Debug)]
pub enum StewardKind {}
/// A steward's id.
pub type StewardId = Id<StewardKind>;

/// The kind of an act's id.
#[derive(Debug)]
pub enum ActKind {}
/// The id of an act.
pub type ActId = Id<ActKind>;

/// A steward's name. One name is one person: the rule of two stewards rests on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StewardName(String);

impl StewardName {
    /// Characters of a name.
    pub const CHARS_MAX: usize = 40;

    /// Reads a name: 2 to 40 small letters, digits, dots and dashes, such as `ada.l`. So few signs
    /// leave no second way to write the same name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |sign: u8| matches!(sign, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-');
        let fits = (2..=Self::CHARS_MAX).contains(&text.len()) && text.bytes().all(plain);
        fits.then(|| Self(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

/// What a steward can do. Each is written down with its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// The operator gave a pass to a steward.
    GivePass,
    /// The operator ended a steward's pass.
    EndPass,
    /// Put a form that came by post into its place.
    Receive,
    /// Looked at a scan.
    ReadScan,
    /// Recommended a form to the next steward.
    Recommend,
    /// Talked to a parent, and recommends what came of it.
    Talk,
    /// Approved it.
    Approve,
    /// Declined it.
    Decline,
    /// Read a complaint.
    ReadComplaint,
    /// Answered a complaint.
    AnswerComplaint,
    /// Closed a complaint without an answer.
    CloseComplaint,
}

impl Act {
    const ALL: [Self; 11] = [
        Self::GivePass,
        Self::EndPass,
        Self::Receive,
        Self::ReadScan,
        Self::Recommend,
        Self::Talk,
        Self::Approve,
        Self::Decline,
        Self::ReadComplaint,
        Self::AnswerComplaint,
        Self::CloseComplaint,
    ];

    /// The word for it, in the database and for readers.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::GivePass => "give-pass",
            Self::EndPass => "end-pass",
            Self::Receive => "receive",
            Self::ReadScan => "read-scan",
            Self::Recommend => "recommend",
            Self::Talk => "talk",
            Self::Approve => "approve",
            Self::Decline => "decline",
            Self::ReadComplaint => "read-complaint",
            Self::AnswerComplaint => "answer-complaint",
            Self::CloseComplaint => "close-complaint",
        }
    }

    /// The act with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.word() == word)
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_spelling() {
        assert_eq!(StewardName::parse("ada.l-2").unwrap().text(), "ada.l-2");
        let long = "a".repeat(41);
        for wrong in ["", "a", "Ada", "ada l", "ada_l", "аda", "ada\n", &long] {
            assert_eq!(StewardName::parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn every_act_has_a_word_of_its_own() {
        for act in Act::ALL {
            assert_eq!(Act::from_word(act.word()), Some(act));
        }
        assert_eq!(Act::from_word("peek"), None);
    }

    #[test]
    fn a_reason_says_something() {
        assert_eq!(Reason::parse("  The signature is missing. ").unwrap().text().len(), 25);
        let long = "x".repeat(501);
        for wrong in ["", "ok", "          ok", "two lines\nof reasons", &long] {
            assert_eq!(Reason::parse(wrong), None, "{wrong:?}");
        }
    }
}
