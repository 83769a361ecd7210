//! The data map: every datum that the service stores, logs, counts, sends or keeps in mind. Whose it
//! is, what it is for, who reads it, how it is sealed and how long it stays.
//!
//! It is written in `data-map.toml` at the root of the repository and is part of the program. What
//! the service does is derived from it or compared with it: a column that isn't on the map stops the
//! start, and the numbers of days that a notice prints are those that the jobs work by.

mod breach;
mod check;
mod fact;
mod feature;
mod keep;
pub mod page;
mod schema;
mod words;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;
use treehouse_protocol::registry::{Category, Coded as _};

pub use self::breach::{ExposedClass, Got};
pub use self::fact::{Fact, Stay};
pub use self::feature::Feature;
pub use self::keep::{DAYS_MAX, Keep, Unit};
pub use self::schema::SchemaError;
pub use self::words::{
    About, Breach, Class, Event, Export, Place, Purpose, Reader, RuleId, Sealing, Source, Word,
};

/// The map, as it is written.
const TEXT: &str = include_str!("../../../data-map.toml");

static EMBEDDED: LazyLock<Result<DataMap, MapError>> = LazyLock::new(|| DataMap::parse(TEXT));

/// Why a map was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MapError {
    /// It isn't written as a map must be.
    #[error("data-map.toml: {0}")]
    Unreadable(String),
    /// It says something that can't be so.
    #[error("data-map.toml, {id}: {problem}")]
    Wrong {
        /// The datum or rule.
        id: String,
        /// What must be so, and isn't.
        problem: String,
    },
}

/// Every datum, and how long each stays.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataMap {
    /// How long data stay.
    #[serde(rename = "rule")]
    rules: Vec<Rule>,
    /// The data, in the order of the file.
    #[serde(rename = "datum")]
    data: Vec<Datum>,
}

/// How long something stays: a time after an event, never for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name.
    pub id: RuleId,
    /// How long.
    pub keep: Keep,
    /// After what.
    pub after: Event,
}

/// One datum: what has one meaning, one purpose and one end, in one or several places.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Datum {
    /// Its name, such as `account.address`.
    pub id: String,
    /// What it is, as one English phrase for people.
    pub what: String,
    /// Which class of personal information it is (16 CFR 312.2), or none.
    pub class: Class,
    /// Why it is in none.
    pub why: Option<String>,
    /// Whom it tells something about.
    pub about: About,
    /// From whom it comes.
    pub from: Source,
    /// The kind of a child's data whose key seals it.
    #[serde(default, deserialize_with = "words::category")]
    pub category: Option<Category>,
    /// What it is used for, and nothing else.
    pub purposes: Vec<Purpose>,
    /// Who can read it where it lies.
    pub readers: Vec<Reader>,
    /// How it is kept from everybody else.
    pub sealed: Sealing,
    /// How long it stays.
    pub retention: RuleId,
    /// How long it stays at most if nobody answers or decides by then: sooner than `retention`.
    pub if_unanswered: Option<RuleId>,
    /// How a family gets it when it asks for everything; what is personal has a way or a reason.
    pub export: Option<Export>,
    /// For what is published for good: what takes away its meaning when the rule's time has come.
    pub unlinked_by: Option<String>,
    /// What couldn't work without it.
    pub required_by: Vec<Feature>,
    /// What its loss would mean to a law about breaches.
    #[serde(default)]
    pub breach: Vec<Breach>,
    /// The phrase that notices call it by; several data may share one.
    pub notice_key: Option<String>,
    /// Columns of the database, as `table.column`.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Columns of the key store.
    #[serde(default)]
    pub key_columns: Vec<String>,
    /// Fields of sealed contents, as `TYPE/1.field`.
    #[serde(default)]
    pub fields: Vec<String>,
    /// Categories of records whose contents are an app's own.
    #[serde(default)]
    pub shelves: Vec<String>,
    /// Blobs, by the field that names them.
    #[serde(default)]
    pub blobs: Vec<String>,
    /// Cookies.
    #[serde(default)]
    pub cookies: Vec<String>,
    /// What is only kept in mind, by module and type.
    #[serde(default)]
    pub memory: Vec<String>,
    /// Fields of log lines, as `module.field`.
    #[serde(default)]
    pub log_fields: Vec<String>,
    /// Labels of metrics, as `metric.label`.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Variables of letters, as `letter.variable`.
    #[serde(default)]
    pub letters: Vec<String>,
    /// What everybody can fetch.
    #[serde(default)]
    pub published: Vec<String>,
    /// Copies that an operator takes.
    #[serde(default)]
    pub backups: Vec<String>,
}

impl DataMap {
    /// The map of this program.
    ///
    /// # Panics
    /// Never in a program that was tested: the map is part of it, and a test reads it. The service
    /// asks [`Self::load`] first and doesn't start with a map that is wrong.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the map is part of the program, and a test reads it")]
    pub fn embedded() -> &'static Self {
        Self::load().expect("the map is part of the program, and a test reads it")
    }

    /// The same, or what is wrong with it.
    ///
    /// # Errors
    /// See [`MapError`].
    pub fn load() -> Result<&'static Self, &'static MapError> {
        EMBEDDED.as_ref()
    }

    /// Reads and checks a map.
    ///
    /// # Errors
    /// An unknown key or word, a number that isn't finite, or a contradiction.
    pub fn parse(text: &str) -> Result<Self, MapError> {
        let map: Self =
            toml::from_str(text).map_err(|error| MapError::Unreadable(error.to_string()))?;
        check::check(&map)?;
        Ok(map)
    }

    /// Every datum, in the order of the file.
    pub fn data(&self) -> impl Iterator<Item = &Datum> {
        self.data.iter()
    }

    /// Every rule, in the order of the file.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter()
    }

    /// The datum of this name.
    #[must_use]
    pub fn datum(&self, id: &str) -> Option<&Datum> {
        self.data.iter().find(|datum| datum.id == id)
    }

    /// How long something stays.
    ///
    /// # Panics
    /// Never: a map without one of the rules isn't read.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a map without one of the rules isn't read")]
    pub fn rule(&self, id: RuleId) -> Rule {
        let found = self.rules.iter().find(|rule| rule.id == id);
        *found.expect("a map without one of the rules isn't read")
    }

    /// The data that any of these features needs.
    pub fn of_features<'a>(
        &'a self,
        features: &'a BTreeSet<Feature>,
    ) -> impl Iterator<Item = &'a Datum> {
        self.data
            .iter()
            .filter(|datum| datum.required_by.iter().any(|each| features.contains(each)))
    }

    /// The data that are personal information.
    pub fn personal(&self) -> impl Iterator<Item = &Datum> {
        self.data.iter().filter(|datum| datum.is_personal())
    }

    /// The phrases that notices must know, in order.
    #[must_use]
    pub fn notice_keys(&self) -> BTreeSet<&str> {
        self.data.iter().filter_map(|datum| datum.notice_key.as_deref()).collect()
    }

    /// Every place of one kind, with the datum that it holds.
    pub fn places(&self, kind: Place) -> impl Iterator<Item = (&str, &Datum)> {
        self.data.iter().flat_map(move |datum| {
            datum.places(kind).iter().map(move |place| (place.as_str(), datum))
        })
    }
}

impl Datum {
    /// Whether it is personal information.
    #[must_use]
    pub fn is_personal(&self) -> bool {
        self.class != Class::NotPersonal
    }

    /// Where it is, of one kind of place.
    #[must_use]
    pub fn places(&self, kind: Place) -> &[String] {
        match kind {
            Place::Column => &self.columns,
            Place::KeyColumn => &self.key_columns,
            Place::Field => &self.fields,
            Place::Shelf => &self.shelves,
            Place::Blob => &self.blobs,
            Place::Cookie => &self.cookies,
            Place::Memory => &self.memory,
            Place::LogField => &self.log_fields,
            Place::Label => &self.labels,
            Place::Letter => &self.letters,
            Place::Published => &self.published,
            Place::Backup => &self.backups,
        }
    }

    /// Everywhere it is: the kind of place, and which.
    pub fn all_places(&self) -> impl Iterator<Item = (Place, &str)> {
        let all = Place::ALL.iter().copied();
        all.flat_map(|kind| self.places(kind).iter().map(move |place| (kind, place.as_str())))
    }

    /// The word of its category, if it has one.
    #[must_use]
    pub fn category_word(&self) -> Option<&'static str> {
        self.category.map(Category::word)
    }
}

impl RuleId {
    /// How long, by the map of this program, in milliseconds.
    #[must_use]
    pub fn ms(self) -> i64 {
        self.keep().ms()
    }

    /// How long, by the map of this program; prints as people say it.
    #[must_use]
    pub fn keep(self) -> Keep {
        DataMap::embedded().rule(self).keep
    }
}

#[cfg(test)]
mod tests;
