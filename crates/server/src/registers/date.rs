//! A day of the calendar, as people write it into registers.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use treehouse_protocol::id::Day;

/// A day, written `2026-11-22` in TOML, without quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// A day between 1970 and 9999 that the Gregorian calendar has.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
        let last = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => 0,
        };
        let fits = (1970..=9999).contains(&year) && (1..=last).contains(&day);
        fits.then_some(Self { year, month, day })
    }

    /// The day of this number since 1970; days after 9999 count as its last.
    #[must_use]
    pub fn of(day: Day) -> Self {
        // The inverse of `Self::day`, by the same page.
        let shifted = day.0.min(2_932_896) + 719_468;
        let (era, of_era) = (shifted / 146_097, shifted % 146_097);
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let of_month = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = era * 400 + year + u32::from(month <= 2);
        // Each number is below its type's limit by construction.
        let narrow = |number: u32| u8::try_from(number).unwrap_or(u8::MAX);
        let year = u16::try_from(year).unwrap_or(u16::MAX);
        Self { year, month: narrow(month), day: narrow(of_month) }
    }

    /// The same day of the next month, or the last one of a shorter month.
    #[must_use]
    pub fn month_later(self) -> Self {
        let (year, month) =
            if self.month == 12 { (self.year + 1, 1) } else { (self.year, self.month + 1) };
        // Every month has 28 days; after the last year there is nothing.
        (28..=self.day)
            .rev()
            .find_map(|day| Self::new(year, month, day))
            .unwrap_or_else(|| Self::new(year, month, self.day).unwrap_or(self))
    }

    /// Reads a day such as `2026-11-22`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut part = |digits: usize| {
            let part = parts.next().filter(|part| part.len() == digits)?;
            part.bytes().all(|sign| sign.is_ascii_digit()).then_some(part)
        };
        let (year, month, day) = (part(4)?, part(2)?, part(2)?);
        let none_left = parts.next().is_none();
        let date = Self::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
        date.filter(|_| none_left)
    }

    /// The number of the day since 1970.
    #[must_use]
    pub fn day(self) -> Day {
        // Howard Hinnant's days_from_civil, with years that begin in March.
        let (month, day) = (u32::from(self.month), u32::from(self.day));
        let year = u32::from(self.year) - u32::from(month <= 2);
        let (era, of_era) = (year / 400, year % 400);
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let of_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
        Day(era * 146_097 + of_era - 719_468)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = toml::value::Datetime::deserialize(deserializer)?;
        let only_date = read.time.is_none() && read.offset.is_none();
        let date = read.date.filter(|_| only_date);
        let date = date.and_then(|date| Self::new(date.year, date.month, date.day));
        date.ok_or_else(|| serde::de::Error::custom("must be a day such as 2026-11-22"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form;

    #[test]
    fn a_day_is_the_one_that_letters_name() {
        for (date, text) in [
            (Date::new(1970, 1, 1), "1 January 1970"),
            (Date::new(1972, 2, 29), "29 February 1972"),
            (Date::new(2000, 3, 1), "1 March 2000"),
            (Date::new(2026, 11, 22), "22 November 2026"),
            (Date::new(2100, 3, 1), "1 March 2100"),
            (Date::new(9999, 12, 31), "31 December 9999"),
        ] {
            let date = date.unwrap();
            assert_eq!(form::date(date.day()), text);
            assert_eq!(Date::of(date.day()), date);
            assert_eq!(Date::parse(&date.to_string()), Some(date));
        }
        for day in (0..2_932_897).step_by(13) {
            assert_eq!(Date::of(Day(day)).day(), Day(day));
        }
        assert_eq!(Date::of(Day(u32::MAX)).to_string(), "9999-12-31");
    }

    #[test]
    fn a_month_later_is_the_same_day_or_the_last_of_a_shorter_month() {
        for (from, to) in [
            ("2026-11-22", "2026-12-22"),
            ("2026-12-31", "2027-01-31"),
            ("2027-01-31", "2027-02-28"),
            ("2028-01-30", "2028-02-29"),
            ("2026-05-31", "2026-06-30"),
        ] {
            assert_eq!(Date::parse(from).unwrap().month_later().to_string(), to);
        }
    }

    #[test]
    fn a_day_that_no_calendar_has_is_refused() {
        for (year, month, day) in
            [(2026, 2, 29), (2100, 2, 29), (2026, 13, 1), (2026, 0, 1), (2026, 4, 31), (1969, 1, 1)]
        {
            assert_eq!(Date::new(year, month, day), None, "{year}-{month}-{day}");
        }
        for text in ["", "2026", "2026-2-01", "2026-02-30", "+026-02-01", "2026-02-01-", "today"] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }
}
