//! What an audit finds, for people and for machines.

use std::fmt;

use serde::Serialize;

use crate::family::FamilyFound;
use crate::log::LogFound;
use crate::pack::PackFound;

/// Findings of one kind that are named one by one; the rest are counted.
pub const NAMED_MAX: u64 = 20;

/// Something that is wrong, or odd, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The file, the entry or the line.
    #[serde(rename = "where")]
    pub place: String,
    /// What is wrong with it, as the end of a sentence that begins with the place.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// Something that happened, or was signed for, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The file and the line or item that says so.
    #[serde(rename = "where")]
    pub place: String,
    /// What.
    pub text: String,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.text)
    }
}

/// All that an audit found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The log, if all of it is sound.
    pub log: Option<LogFound>,
    /// Leaves that were handed over and are what the log says.
    pub evidence: Vec<Line>,
    /// Receipts that the server signed.
    pub receipts: Vec<Line>,
    /// Families whose exports are right.
    pub families: Vec<FamilyFound>,
    /// The evidence pack, if one was checked and is whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pack: Option<PackFound>,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// What is odd, and proves nothing.
    pub warnings: Vec<Finding>,
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub const fn is_right(&self) -> bool {
        self.findings.is_empty()
    }

    pub(crate) fn wrong(&mut self, place: impl Into<String>, what: impl fmt::Display) {
        self.findings.push(Finding { place: place.into(), what: what.to_string() });
    }

    pub(crate) fn warn(&mut self, place: impl Into<String>, what: impl fmt::Display) {
        self.warnings.push(Finding { place: place.into(), what: what.to_string() });
    }
}

/// Why nothing can be said: something couldn't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place} can't be read: {why}")]
pub struct Unreadable {
    /// The file or folder.
    pub place: String,
    /// Why.
    pub why: String,
}
