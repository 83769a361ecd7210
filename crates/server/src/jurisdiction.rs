//! What depends on where a family lives: the age from which a child consents itself, and within
//! what time whom an operator must tell of a breach. One dated table, as data.
//!
//! Not legal advice: which rows apply is for a lawyer, and each row says whether its source was
//! read or it must still be checked. Addresses of authorities are the operator's own to register.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::registers::Date;

/// The age that counts where the table names no place: nobody younger consents alone.
pub const UNKNOWN_AGE: u8 = 18;
/// The ages that a row may say.
const AGES: std::ops::RangeInclusive<u8> = 13..=18;

const TEXT: &str = include_str!("jurisdiction/table.toml");

static EMBEDDED: LazyLock<Result<Jurisdictions, TableError>> =
    LazyLock::new(|| Jurisdictions::parse(TEXT));

/// Why a table was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the table of jurisdictions is wrong: {0}")]
pub struct TableError(String);

/// The table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jurisdictions {
    /// The day on which it was last checked.
    pub as_of: Date,
    /// Ages of consent.
    age: Vec<Age>,
    /// Clocks of breaches, the most urgent first.
    clock: Vec<Clock>,
}

/// How well a row is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Known {
    /// A source was read.
    Read,
    /// From memory, or sources differ: to be checked before it is relied on.
    Check,
}

/// From what age children of some places consent themselves.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Age {
    /// The age, in years.
    pub years: u8,
    /// Where: codes of ISO 3166, such as `FR` or `CA-QC`.
    pub places: Vec<String>,
    /// By what law.
    pub law: String,
    /// How well that is known.
    pub known: Known,
    /// From when on, if that is still to come or was lately.
    pub since: Option<Date>,
}

/// One duty after a breach.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// Where.
    pub place: String,
    /// Who must be told.
    pub whom: String,
    /// How many hours after the operator became aware; none where the law says "without undue
    /// delay".
    pub within_hours: Option<u32>,
    /// By what law.
    pub law: String,
    /// How well that is known.
    pub known: Known,
}

impl Clock {
    /// The same in milliseconds.
    #[must_use]
    pub fn within_ms(&self) -> Option<i64> {
        self.within_hours.map(|hours| i64::from(hours) * 60 * 60 * 1000)
    }
}

impl Jurisdictions {
    /// The table of this program.
    ///
    /// # Panics
    /// Never in a program that was tested: the table is part of it, and a test reads it.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the table is part of the program, and a test reads it")]
    pub fn embedded() -> &'static Self {
        EMBEDDED.as_ref().expect("the table is part of the program, and a test reads it")
    }

    /// Reads and checks a table.
    ///
    /// # Errors
    /// An unknown key, an age that no law has, a place that stands twice, or clocks out of order.
    pub fn parse(text: &str) -> Result<Self, TableError> {
        let table: Self = toml::from_str(text).map_err(|error| TableError(error.to_string()))?;
        let mut seen = std::collections::BTreeSet::new();
        for Age { years, places, law, .. } in &table.age {
            if !AGES.contains(years) {
                return Err(TableError(format!("{law}: an age must be 13 to 18")));
            }
            for place in places {
                if !is_code(place) || !seen.insert(place.as_str()) {
                    return Err(TableError(format!("{place} must be a code that stands once")));
                }
            }
        }
        let hours = |clock: &Clock| clock.within_hours.unwrap_or(u32::MAX);
        if !table.clock.iter().map(hours).is_sorted() {
            return Err(TableError("the most urgent clock must come first".to_owned()));
        }
        Ok(table)
    }

    /// From what age a child who lives there on this day consents itself. A part of a country that
    /// isn't named counts as the country; what isn't known at all, as [`UNKNOWN_AGE`].
    #[must_use]
    pub fn consent_age(&self, place: &str, today: Date) -> u8 {
        let of = |code: &str| {
            let counts = |age: &&Age| age.since.is_none_or(|since| since <= today);
            let named = |age: &&Age| age.places.iter().any(|place| place == code);
            self.age.iter().filter(counts).find(named).map(|age| age.years)
        };
        let country = place.split_once('-').map_or(place, |(country, _)| country);
        of(place).or_else(|| of(country)).unwrap_or(UNKNOWN_AGE)
    }

    /// Every age, in the order of the table.
    #[must_use]
    pub fn ages(&self) -> &[Age] {
        &self.age
    }

    /// Every clock, the most urgent first.
    #[must_use]
    pub fn clocks(&self) -> &[Clock] {
        &self.clock
    }
}

/// Two capital letters, or those, a dash, and one to three more signs.
fn is_code(text: &str) -> bool {
    let (country, part) = text.split_once('-').map_or((text, None), |(a, b)| (a, Some(b)));
    let capital = |sign: u8| sign.is_ascii_uppercase();
    let part_fits = part.is_none_or(|part| {
        (1..=3).contains(&part.len()) && part.bytes().all(|sign| sign.is_ascii_alphanumeric())
    });
    country.len() == 2 && country.bytes().all(capital) && part_fits
}

#[cfg(test)]
mod tests;
