//! Notices: what parents and children are told before anything is collected.
//!
//! Every fact in them (what, why, for whom, how long, who else) is taken from the data map, the
//! registers and the features that are on; only how things are called stands in `notice/texts`.
//! A test reads the facts back out of the finished text of each language and compares them with
//! the map.

mod change;
mod compose;
mod direct;
mod fact;
mod online;
mod page;
mod plain;
mod sheet;
mod simple;
mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use treehouse_protocol::id::Hash;

pub use self::change::{Change, Changes};
pub use self::compose::{Asker, Sources, compose};
pub use self::fact::{DatumFacts, PartyFacts, Snapshot, StayFacts};
pub use self::page::{STYLE, escaped, html};
pub use self::plain::text;
pub use self::sheet::pdf;
pub use self::words::called;

/// A notice can't be made: a fault of the program, or a phrase that the map needs and a language
/// lacks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoticeError {
    /// A language lacks a phrase.
    #[error("the {lang} notices have no words for {id}")]
    Unsaid {
        /// The language.
        lang: &'static str,
        /// The phrase.
        id: String,
    },
    /// The words of a language can't be read.
    #[error("the words of the {0} notices can't be read")]
    Words(&'static str),
    /// A stored version isn't one.
    #[error("a stored version of a notice can't be read")]
    Stored,
    /// The page as PDF breaks its standards.
    #[error("the notice can't be made as PDF")]
    Sheet,
}

/// A language of the notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lang {
    /// English.
    En,
    /// French.
    Fr,
    /// Spanish.
    Es,
    /// German.
    De,
}

impl Lang {
    /// Every one, with its tag and its own name.
    pub const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::En, "en", "English"),
        (Self::Fr, "fr", "Français"),
        (Self::Es, "es", "Español"),
        (Self::De, "de", "Deutsch"),
    ];

    /// Its tag.
    #[must_use]
    pub fn tag(self) -> &'static str {
        Self::ALL.iter().find(|row| row.0 == self).map_or("en", |row| row.1)
    }

    /// The language with this tag.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        Self::ALL.iter().find(|row| row.1 == tag).map(|row| row.0)
    }
}

/// A kind of notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The whole notice (16 CFR 312.4(d)).
    Online,
    /// What a parent reads before consent (312.4(c)(1)).
    Direct,
    /// To a parent of whom only an address was taken (312.4(c)(2)).
    Voluntary,
    /// Before a child is written to more than once (312.4(c)(3)).
    Contact,
    /// When addresses were taken for a child's safety (312.4(c)(4)).
    Safety,
    /// In a child's words.
    Child,
    /// Beside each form, what it is about to collect.
    Forms,
}

impl Kind {
    /// Every one, with its word.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Online, "online"),
        (Self::Direct, "direct"),
        (Self::Voluntary, "voluntary"),
        (Self::Contact, "contact"),
        (Self::Safety, "safety"),
        (Self::Child, "child"),
        (Self::Forms, "forms"),
    ];

    /// Its word, as in addresses.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|row| row.0 == self).map_or("", |row| row.1)
    }

    /// The kind with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|row| row.1 == word).map(|row| row.0)
    }
}

/// A piece of a notice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// A word for it, the same in every language.
    pub id: String,
    /// What it is about.
    pub heading: String,
    /// What is said.
    pub paragraphs: Vec<String>,
    /// What is listed.
    pub list: Vec<String>,
    /// The demands of the law that it answers, such as `DN1-02` (docs/notices.md).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub elements: Vec<String>,
    /// The picture beside it, for who can't read yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pictogram: Option<String>,
}

/// A notice in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// What it is called.
    pub title: String,
    /// Its pieces, in order.
    pub sections: Vec<Section>,
}

/// A notice in every language, and the facts that it states. Its bytes are what is hashed and kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// The word of its kind.
    pub kind: String,
    /// The text, by the tag of the language.
    pub texts: BTreeMap<String, Text>,
    /// What is collected, why, for whom, for how long and who else gets it.
    pub facts: Snapshot,
}

impl Document {
    /// The bytes that are kept: JSON with its keys in order.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // A struct of texts and lists always has a JSON form.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads bytes that were kept.
    ///
    /// # Errors
    /// They aren't a notice's.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NoticeError> {
        serde_json::from_slice(bytes).map_err(|_| NoticeError::Stored)
    }

    /// The text in this language, or in English if it wasn't written in that one.
    #[must_use]
    pub fn text(&self, lang: Lang) -> Option<&Text> {
        self.texts.get(lang.tag()).or_else(|| self.texts.get(Lang::En.tag()))
    }
}

/// A version of a notice: what was published as one.
#[derive(Debug, Clone)]
pub struct Version {
    /// The kind.
    pub kind: Kind,
    /// 1 for the first of its kind, then counting up.
    pub number: u32,
    /// The hash of its bytes: of all languages together.
    pub hash: Hash,
    /// What it says.
    pub document: Document,
}

#[cfg(test)]
mod tests;
