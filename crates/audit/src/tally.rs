//! How much of what happened when: all that a log tells an outsider of what its entries say.

use std::collections::BTreeMap;

use serde::Serialize;
use treehouse_protocol::cbor::Canonical as _;
use treehouse_protocol::id::Day;
use treehouse_protocol::leaf::{Entry, Kind};
use treehouse_protocol::registry::Coded as _;

use crate::calendar;
use crate::report::{NAMED_MAX, Report};

/// How many days an entry may be dated before one that stands before it: leaves wait a few seconds
/// for their places, and servers that share a log have clocks of their own.
pub const DAYS_BACK_MAX: u32 = 1;

const KINDS: usize = Kind::ALL.len();

/// Counts entries while they come.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    days: BTreeMap<Day, [u64; KINDS]>,
    /// Entries that say nothing that is known here, and why the first ones don't.
    unknown: u64,
    named: Vec<(u64, String)>,
    /// The latest day so far.
    latest: Option<Day>,
    /// The first entry that goes back too far, with its day and the latest before it.
    back: Option<(u64, Day, Day)>,
    backward: u64,
}

impl Default for Counts {
    fn default() -> Self {
        Self([0; KINDS])
    }
}

/// How many entries of each kind, in the order of their codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts(pub [u64; KINDS]);

impl Counts {
    /// Their sum.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

impl Serialize for Counts {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(Kind::ALL.iter().map(|(.., word)| word).zip(self.0))
    }
}

impl Tally {
    pub(crate) fn add(&mut self, index: u64, bytes: &[u8]) {
        let entry = match Entry::from_bytes(bytes) {
            Ok(entry) => entry,
            Err(refused) => {
                self.unknown += 1;
                if self.unknown <= NAMED_MAX {
                    self.named.push((index, refused.to_string()));
                }
                return;
            }
        };
        let place = Kind::ALL.iter().position(|(kind, ..)| *kind == entry.kind);
        let counts = self.days.entry(entry.day).or_default();
        if let Some(count) = place.and_then(|place| counts.get_mut(place)) {
            *count += 1;
        }
        let latest = self.latest.unwrap_or(entry.day);
        if entry.day.plus(DAYS_BACK_MAX) < latest {
            self.backward += 1;
            self.back.get_or_insert((index, entry.day, latest));
        }
        self.latest = Some(latest.max(entry.day));
    }

    /// The counts by month, oldest first.
    pub(crate) fn months(&self) -> BTreeMap<String, Counts> {
        self.grouped(calendar::month)
    }

    /// The counts by day, oldest first.
    pub(crate) fn days(&self) -> BTreeMap<String, Counts> {
        self.grouped(calendar::date)
    }

    fn grouped(&self, name: fn(Day) -> String) -> BTreeMap<String, Counts> {
        let mut groups: BTreeMap<String, Counts> = BTreeMap::new();
        for (day, counts) in &self.days {
            let group = groups.entry(name(*day)).or_default();
            for (sum, count) in group.0.iter_mut().zip(counts) {
                *sum += count;
            }
        }
        groups
    }

    /// Says what is wrong or odd with the entries.
    pub(crate) fn judge(&self, today: Day, report: &mut Report) {
        for (index, why) in &self.named {
            report.wrong(format!("entry {index}"), format!("isn't an entry of Treehouse: {why}"));
        }
        let more = self.unknown.saturating_sub(NAMED_MAX);
        if more > 0 {
            report.wrong("the log", format!("{more} more entries aren't entries of Treehouse"));
        }
        if let Some((index, day, latest)) = self.back {
            let (day, latest) = (calendar::date(day), calendar::date(latest));
            let count = self.backward;
            let what = format!(
                "is dated {day}, more than {DAYS_BACK_MAX} day before an entry that stands before \
                 it ({latest}); {count} in all: a clock was wrong, or somebody dated it back"
            );
            report.warn(format!("entry {index}"), what);
        }
        if let Some(latest) = self.latest.filter(|latest| *latest > today.plus(DAYS_BACK_MAX)) {
            let latest = calendar::date(latest);
            report.warn("the log", format!("has an entry of {latest}, which lies in the future"));
        }
    }
}
