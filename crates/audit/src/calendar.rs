//! Days and milliseconds as dates of the Gregorian calendar, in UTC.

use treehouse_protocol::id::Day;

/// Seconds of a day.
pub const DAY_S: u64 = 24 * 60 * 60;

/// Any 400 years that follow each other have as many days.
const DAYS_OF_400_YEARS: u32 = 146_097;

/// The date, such as `2026-11-22`.
#[must_use]
pub fn date(day: Day) -> String {
    let (year, month, day) = split(day);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The month, such as `2026-11`.
#[must_use]
pub fn month(day: Day) -> String {
    let (year, month, _) = split(day);
    format!("{year:04}-{month:02}")
}

/// Seconds since 1970, such as `2026-11-22 10:11:12 UTC`.
#[must_use]
pub fn moment(seconds: u64) -> String {
    let of_day = seconds % DAY_S;
    let (hours, minutes, seconds_left) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{} {hours:02}:{minutes:02}:{seconds_left:02} UTC", date(day_of(seconds)))
}

/// The day of a moment, in seconds since 1970; the last one there is, if it's beyond that.
#[must_use]
pub fn day_of(seconds: u64) -> Day {
    Day(u32::try_from(seconds / DAY_S).unwrap_or(u32::MAX))
}

/// Reads a date from 1970 to 9999.
#[must_use]
pub fn parse(text: &str) -> Option<Day> {
    let [year, month, day] = text.split('-').collect::<Vec<_>>()[..] else {
        return None;
    };
    let (year, month, day): (u32, u32, u32) =
        (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) {
        return None;
    }
    let years: u32 = (1970..year).map(days_of_year).sum();
    let months: u32 = (1..month).map(|month| days_of_month(year, month)).sum();
    let found = Day(years + months + day.checked_sub(1)?);
    // Also refuses the 31st of a month that has none, and other spellings.
    (date(found) == text).then_some(found)
}

fn split(day: Day) -> (u32, u32, u32) {
    let mut year = 1970 + 400 * (day.0 / DAYS_OF_400_YEARS);
    let mut rest = day.0 % DAYS_OF_400_YEARS;
    while rest >= days_of_year(year) {
        rest -= days_of_year(year);
        year += 1;
    }
    let mut month = 1;
    while rest >= days_of_month(year, month) {
        rest -= days_of_month(year, month);
        month += 1;
    }
    (year, month, rest + 1)
}

fn is_leap(year: u32) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_of_year(year: u32) -> u32 {
    if is_leap(year) { 366 } else { 365 }
}

fn days_of_month(year: u32, month: u32) -> u32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_the_dates_that_everybody_knows() {
        for (day, text) in [
            (0, "1970-01-01"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (20_000, "2024-10-04"),
            (20_779, "2026-11-22"),
            (47_540, "2100-02-28"),
            (47_541, "2100-03-01"),
        ] {
            assert_eq!(date(Day(day)), text);
            assert_eq!(parse(text), Some(Day(day)));
        }
        assert_eq!(moment(1_795_305_599), "2026-11-21 23:59:59 UTC");
        assert_eq!(month(Day(20_779)), "2026-11");
        assert_eq!(date(Day(u32::MAX)), "11761191-01-20", "the last day that there is");
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in ["", "2026", "2026-13-01", "2026-02-29", "2026-00-01", "2026-1-1", "1969-12-31"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
