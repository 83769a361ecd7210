//! How long something stays: a number of minutes, hours or days. There is no word for "for ever".

use std::fmt;

use serde::Deserialize;

use crate::port::clock::DAY_MS;

/// The longest that anything may stay after its event, in days: ten years.
pub const DAYS_MAX: u32 = 3653;

const MINUTE_MS: i64 = 60 * 1000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// What a time is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// Minutes.
    Minute,
    /// Hours.
    Hour,
    /// Days.
    Day,
}

impl Unit {
    const ALL: [(Self, &'static str, i64); 3] = [
        (Self::Minute, "minute", MINUTE_MS),
        (Self::Hour, "hour", HOUR_MS),
        (Self::Day, "day", DAY_MS),
    ];

    /// The English word for one of it.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|row| row.0 == self).map_or("", |row| row.1)
    }

    fn ms(self) -> i64 {
        Self::ALL.iter().find(|row| row.0 == self).map_or(0, |row| row.2)
    }
}

/// A finite time, written `14 days`; at most [`DAYS_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Keep {
    count: u32,
    unit: Unit,
}

impl Keep {
    /// How many of its unit.
    #[must_use]
    pub const fn count(self) -> u32 {
        self.count
    }

    /// What it is counted in.
    #[must_use]
    pub const fn unit(self) -> Unit {
        self.unit
    }

    /// In milliseconds.
    #[must_use]
    pub fn ms(self) -> i64 {
        i64::from(self.count) * self.unit.ms()
    }

    /// In whole days, rounded up: what a notice may promise.
    #[must_use]
    pub fn days(self) -> u32 {
        let days = (self.ms() + DAY_MS - 1) / DAY_MS;
        u32::try_from(days).unwrap_or(u32::MAX)
    }

    /// Reads `14 days`, `1 hour` or `10 minutes`.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (count, unit) = text.split_once(' ')?;
        let one = unit.strip_suffix('s').unwrap_or(unit);
        let unit = Unit::ALL.iter().find(|row| row.1 == one)?.0;
        let keep = Self { count: count.parse().ok()?, unit };
        let finite = keep.ms() <= i64::from(DAYS_MAX) * DAY_MS;
        (finite && keep.to_string() == text).then_some(keep)
    }
}

impl TryFrom<String> for Keep {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::read(&text).ok_or_else(|| {
            format!("{text:?} must be a time such as \"14 days\", at most {DAYS_MAX} days")
        })
    }
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.count == 1 { "" } else { "s" };
        write!(f, "{} {}{plural}", self.count, self.unit.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_people_write_it() {
        for (text, ms) in [("1 hour", HOUR_MS), ("14 days", 14 * DAY_MS), ("10 minutes", 600_000)] {
            let keep = Keep::read(text).unwrap();
            assert_eq!((keep.ms(), keep.to_string()), (ms, text.to_owned()));
        }
        assert_eq!(Keep::read("1 minute").unwrap().days(), 1);
        assert_eq!(Keep::read("0 days").unwrap().days(), 0);
    }

    #[test]
    fn for_ever_cant_be_said() {
        for text in [
            "forever",
            "",
            "days",
            "-1 days",
            "inf days",
            "4000 days",
            "4294967296 days",
            "1 days",
            "2 day",
            "01 hours",
            "1 century",
            "unlimited",
            "90000 hours",
        ] {
            assert_eq!(Keep::read(text), None, "{text}");
        }
    }
}
