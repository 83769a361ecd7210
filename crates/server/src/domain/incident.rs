//! Incidents that a maker reports (Regulation (EU) 2024/2847, Art. 14): an exploited hole or a severe
//! incident, and the three reports that each takes, with their clocks.

use serde::{Deserialize, Serialize};

use crate::port::clock::{DAY_MS, Time};
use crate::registers::Date;

const HOUR_MS: i64 = 60 * 60 * 1000;
/// Art. 14(2)(a) and (4)(a).
const WARNING_MS: i64 = 24 * HOUR_MS;
/// Art. 14(2)(b) and (4)(b).
const NOTIFICATION_MS: i64 = 72 * HOUR_MS;
/// Days after a hole can be closed until its last report (Art. 14(2)(c)).
const FINAL_DAYS: i64 = 14;
/// How long before a clock runs out somebody is told that it does.
const SOON_MS: i64 = 6 * HOUR_MS;

/// Signs of a text about an incident.
pub const TEXT_CHARS_MAX: usize = 1000;
/// Incidents of one deployment.
pub const INCIDENTS_MAX: usize = 1000;

/// What has happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A hole that somebody uses (Art. 14(1)).
    ExploitedHole,
    /// An incident that touches the security of the product (Art. 14(3) and (5)).
    SevereIncident,
}

impl Kind {
    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::ExploitedHole => "exploited-hole",
            Self::SevereIncident => "severe-incident",
        }
    }
}

/// A report to the authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Report {
    /// Within 24 hours.
    EarlyWarning,
    /// Within 72 hours.
    Notification,
    /// Within 14 days after a hole can be closed, or a month after the notification of an incident.
    Final,
}

impl Report {
    /// Every one, with its word, in their order.
    pub const ALL: [(Self, &'static str); 3] = [
        (Self::EarlyWarning, "early-warning"),
        (Self::Notification, "notification"),
        (Self::Final, "final"),
    ];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|row| row.0 == self).map_or("", |row| row.1)
    }

    /// The one with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|row| row.1 == word).map(|row| row.0)
    }
}

/// That a report was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Which.
    pub report: Report,
    /// When, in milliseconds.
    pub at_ms: i64,
    /// Who sent it: a steward's name.
    pub by: String,
    /// What the authority knows it by.
    pub reference: String,
}

/// Why nothing more is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// When, in milliseconds.
    pub at_ms: i64,
    /// By whom.
    pub by: String,
    /// Why.
    pub because: String,
}

/// An incident. Nobody of a family is named in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Its number, from 1.
    pub number: u32,
    /// What has happened.
    pub kind: Kind,
    /// When the operator became aware, in milliseconds: from then on the clocks run.
    pub aware_ms: i64,
    /// What is known of it.
    pub what: String,
    /// Who wrote it down.
    pub opened_by: String,
    /// When, in milliseconds.
    pub opened_ms: i64,
    /// Since when there is a way to close the hole, in milliseconds.
    pub mended_ms: Option<i64>,
    /// Reports that were sent.
    pub sent: Vec<Sent>,
    /// Whether it's over.
    pub closed: Option<Closed>,
}

/// Why something can't be written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotSo(pub &'static str);

/// How it stands with a report's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It was sent.
    Sent,
    /// Its clock hasn't begun: it waits for something else.
    Waits,
    /// There is time.
    Runs,
    /// It runs out within six hours.
    Soon,
    /// It has run out, and the report isn't sent.
    Over,
}

impl Incident {
    fn sent(&self, report: Report) -> Option<&Sent> {
        self.sent.iter().find(|sent| sent.report == report)
    }

    /// Until when a report must be sent, in milliseconds; `None` as long as its clock hasn't begun.
    #[must_use]
    pub fn due_ms(&self, report: Report) -> Option<i64> {
        match (report, self.kind) {
            (Report::EarlyWarning, _) => Some(self.aware_ms + WARNING_MS),
            (Report::Notification, _) => Some(self.aware_ms + NOTIFICATION_MS),
            (Report::Final, Kind::ExploitedHole) => {
                self.mended_ms.map(|at_ms| at_ms + FINAL_DAYS * DAY_MS)
            }
            (Report::Final, Kind::SevereIncident) => {
                self.sent(Report::Notification).map(|sent| month_after(sent.at_ms))
            }
        }
    }

    /// How it stands with a report at this time.
    #[must_use]
    pub fn standing(&self, report: Report, now: Time) -> Standing {
        match (self.sent(report), self.due_ms(report)) {
            (Some(_), _) => Standing::Sent,
            (None, None) => Standing::Waits,
            (None, Some(due)) if due <= now.0 => Standing::Over,
            (None, Some(due)) if due - SOON_MS <= now.0 => Standing::Soon,
            (None, Some(_)) => Standing::Runs,
        }
    }

    /// Reports of an open incident whose clock has run out, or soon does.
    pub fn pressing(&self, now: Time) -> impl Iterator<Item = (Report, Standing)> + '_ {
        let each =
            Report::ALL.iter().map(move |(report, _)| (*report, self.standing(*report, now)));
        let open = self.closed.is_none();
        each.filter(move |(_, standing)| open && *standing >= Standing::Soon)
    }

    /// Writes down that a report was sent.
    ///
    /// # Errors
    /// The incident is closed, the report was sent before or comes out of turn, its clock hasn't
    /// begun, or the time can't be.
    pub fn report(&mut self, sent: Sent, now: Time) -> Result<(), NotSo> {
        if self.closed.is_some() {
            return Err(NotSo("the incident is closed"));
        }
        if self.sent(sent.report).is_some() {
            return Err(NotSo("this report was sent before"));
        }
        if !(self.aware_ms..=now.0).contains(&sent.at_ms) {
            return Err(NotSo(
                "a report is sent after the operator became aware, and not in the future",
            ));
        }
        let earlier = Report::ALL.iter().take_while(|(report, _)| *report != sent.report);
        if earlier.into_iter().any(|(report, _)| self.sent(*report).is_none()) {
            return Err(NotSo("the reports before this one must be sent first"));
        }
        if self.due_ms(sent.report).is_none() {
            return Err(NotSo("there must be a way to close the hole first: `mended`"));
        }
        if sent.report == Report::Final && self.mended_ms.is_some_and(|at_ms| sent.at_ms < at_ms) {
            return Err(NotSo("the last report is sent after there is a way to close the hole"));
        }
        self.sent.push(sent);
        Ok(())
    }

    /// Writes down since when there is a way to close the hole. It isn't moved to a later time.
    ///
    /// # Errors
    /// The incident is closed, or the time can't be.
    pub fn mend(&mut self, at_ms: i64, now: Time) -> Result<(), NotSo> {
        if self.closed.is_some() {
            return Err(NotSo("the incident is closed"));
        }
        if at_ms > now.0 || self.mended_ms.is_some_and(|before| at_ms > before) {
            return Err(NotSo("it isn't in the future, and not later than what was written down"));
        }
        self.mended_ms = Some(at_ms);
        Ok(())
    }

    /// Closes it.
    ///
    /// # Errors
    /// It is closed, or a report isn't sent.
    pub fn close(&mut self, closed: Closed) -> Result<(), NotSo> {
        if self.closed.is_some() {
            return Err(NotSo("the incident is closed"));
        }
        if Report::ALL.iter().any(|(report, _)| self.sent(*report).is_none()) {
            return Err(NotSo("every report must be sent first"));
        }
        self.closed = Some(closed);
        Ok(())
    }
}

/// The same time of day a month later, or on the last day of a shorter month.
fn month_after(at_ms: i64) -> i64 {
    let (day, of_day) = (Time(at_ms).day(), at_ms.rem_euclid(DAY_MS));
    i64::from(Date::of(day).month_later().day().0) * DAY_MS + of_day
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(year: u16, month: u8, day: u8) -> i64 {
        i64::from(Date::new(year, month, day).unwrap().day().0) * DAY_MS
    }

    fn incident(kind: Kind) -> Incident {
        Incident {
            number: 1,
            kind,
            aware_ms: at(2027, 1, 29),
            what: "somebody reads records".to_owned(),
            opened_by: "grace".to_owned(),
            opened_ms: at(2027, 1, 29),
            mended_ms: None,
            sent: Vec::new(),
            closed: None,
        }
    }

    fn sent(report: Report, at_ms: i64) -> Sent {
        Sent { report, at_ms, by: "grace".to_owned(), reference: "R-1".to_owned() }
    }

    #[test]
    fn clocks_run_for_24_hours_72_hours_and_to_the_last_report() {
        use Report::{EarlyWarning, Final, Notification};
        let (mut hole, mut severe) =
            (incident(Kind::ExploitedHole), incident(Kind::SevereIncident));
        for each in [&hole, &severe] {
            let due = |report| each.due_ms(report).map(|due| due - each.aware_ms);
            assert_eq!(due(EarlyWarning), Some(24 * HOUR_MS));
            assert_eq!(due(Notification), Some(72 * HOUR_MS));
            assert_eq!(due(Final), None);
            let standing =
                |hours| each.standing(EarlyWarning, Time(each.aware_ms + hours * HOUR_MS));
            assert_eq!([0, 17].map(standing), [Standing::Runs; 2]);
            assert_eq!([18, 23].map(standing), [Standing::Soon; 2]);
            assert_eq!([24, 1000].map(standing), [Standing::Over; 2]);
            assert_eq!(each.standing(Final, Time(i64::MAX)), Standing::Waits);
        }
        // Fourteen days after there is a way to close it; a month after the notification.
        let now = Time(at(2028, 1, 1));
        hole.mend(at(2027, 2, 20), now).unwrap();
        assert_eq!(hole.due_ms(Final), Some(at(2027, 3, 6)));
        severe.mend(at(2027, 2, 20), now).unwrap();
        severe.report(sent(EarlyWarning, at(2027, 1, 30)), now).unwrap();
        severe.report(sent(Notification, at(2027, 1, 31) + HOUR_MS), now).unwrap();
        assert_eq!(severe.due_ms(Final), Some(at(2027, 2, 28) + HOUR_MS), "February is short");
        assert_eq!(severe.standing(EarlyWarning, now), Standing::Sent);
        let pressing: Vec<_> = severe.pressing(now).collect();
        assert_eq!(pressing, [(Final, Standing::Over)]);
    }

    #[test]
    fn nothing_is_written_down_out_of_turn_twice_or_of_the_future() {
        use Report::{EarlyWarning, Final, Notification};
        let mut hole = incident(Kind::ExploitedHole);
        let now = Time(at(2027, 2, 1));
        let closed = || Closed { at_ms: now.0, by: "kim".to_owned(), because: "mended".to_owned() };
        let day = at(2027, 1, 30);
        let mut refused = hole.clone();
        for wrong in [
            sent(Notification, day),
            sent(Final, day),
            sent(EarlyWarning, now.0 + 1),
            sent(EarlyWarning, hole.aware_ms - 1),
        ] {
            assert!(refused.report(wrong, now).is_err());
        }
        assert!(refused.close(closed()).is_err() && refused.mend(now.0 + 1, now).is_err());
        assert_eq!(refused, hole, "what is refused changes nothing");
        for report in [EarlyWarning, Notification, Final] {
            assert!(hole.close(closed()).is_err());
            if report == Final {
                assert!(hole.report(sent(report, day), now).is_err(), "the hole is open");
                hole.mend(day, now).unwrap();
            }
            hole.report(sent(report, day), now).unwrap();
            assert!(hole.report(sent(report, day), now).is_err(), "once");
        }
        assert!(hole.mend(day + 1, now).is_err(), "the clock isn't set back");
        hole.close(closed()).unwrap();
        assert!(hole.close(closed()).is_err() && hole.mend(day, now).is_err());
        assert_eq!(hole.pressing(Time(i64::MAX)).count(), 0);
    }
}
