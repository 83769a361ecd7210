//! Tripwires: what no honest reader does. A stolen session, a toy gone wrong or an insider with a
//! working grant looks like a reader, but not like this.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};
use treehouse_protocol::id::{FamilyId, KeyId};

use crate::config::Alarms;
use crate::port::clock;

/// How long the same alarm isn't raised again: one hour.
const QUIET: Duration = Duration::from_hours(1);

/// Something that should never happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alarm {
    /// Data of a family was handed out that exists only to be noticed.
    Canary(FamilyId, KeyId),
    /// One reader took more than its budget.
    Budget(KeyId),
    /// The whole deployment hands out more than it ever should.
    Rate,
    /// A claim of the notices isn't shown to be so.
    Claim(&'static str),
}

impl Alarm {
    /// The word for it, for logs and metrics: it names nobody.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Canary(..) => "canary",
            Self::Budget(_) => "budget",
            Self::Rate => "rate",
            Self::Claim(_) => "claim",
        }
    }
}

/// The tripwires of this process.
#[derive(Debug)]
pub struct Tripwires {
    canaries: BTreeSet<FamilyId>,
    readers: DefaultKeyedRateLimiter<[u8; 16]>,
    all: DefaultDirectRateLimiter,
    raised: Mutex<BTreeMap<Alarm, Instant>>,
}

/// What became of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    /// Alarms to raise now: new ones, or old ones that were quiet for an hour.
    pub alarms: Vec<Alarm>,
    /// Whether the reader is beyond its budget, and gets nothing.
    pub beyond: bool,
}

impl Tripwires {
    /// As configured.
    #[must_use]
    pub fn new(alarms: &Alarms) -> Self {
        let count = |count: u32| NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
        Self {
            canaries: alarms.canary_families().collect(),
            readers: RateLimiter::keyed(Quota::per_hour(count(alarms.items_per_hour_max))),
            all: RateLimiter::direct(Quota::per_minute(count(alarms.items_per_minute_max))),
            raised: Mutex::default(),
        }
    }

    /// A reader is about to be handed so many records or blobs of a family.
    pub fn touch(&self, family: FamilyId, reader: KeyId, items: u32) -> Touched {
        let items = NonZeroU32::new(items).unwrap_or(NonZeroU32::MIN);
        let within = matches!(self.readers.check_key_n(reader.bytes(), items), Ok(Ok(())));
        let usual = matches!(self.all.check_n(items), Ok(Ok(())));
        let mut alarms = Vec::new();
        if self.canaries.contains(&family) {
            alarms.push(Alarm::Canary(family, reader));
        }
        if !within {
            alarms.push(Alarm::Budget(reader));
        }
        if !usual {
            alarms.push(Alarm::Rate);
        }
        alarms.retain(|alarm| self.is_news(*alarm));
        Touched { alarms, beyond: !within }
    }

    fn is_news(&self, alarm: Alarm) -> bool {
        let now = clock::steady();
        let mut raised = self.raised.lock().unwrap_or_else(PoisonError::into_inner);
        raised.retain(|_, at| now.duration_since(*at) < QUIET);
        raised.insert(alarm, now).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READER: KeyId = KeyId::from_bytes([1; 16]);
    const OTHER: KeyId = KeyId::from_bytes([2; 16]);

    fn family(byte: u8) -> FamilyId {
        FamilyId::from_bytes([byte; 16])
    }

    fn tripwires(per_hour: u32, per_minute: u32) -> Tripwires {
        Tripwires::new(&Alarms {
            canary_families: vec![family(9).to_string()],
            items_per_hour_max: per_hour,
            items_per_minute_max: per_minute,
            ..Alarms::default()
        })
    }

    #[test]
    fn a_reader_beyond_its_budget_gets_nothing_and_others_do() {
        let wires = tripwires(10, 1000);
        assert_eq!(wires.touch(family(1), READER, 10), Touched { alarms: vec![], beyond: false });
        let beyond = Touched { alarms: vec![Alarm::Budget(READER)], beyond: true };
        assert_eq!(wires.touch(family(1), READER, 1), beyond);
        let quiet = Touched { alarms: vec![], beyond: true };
        assert_eq!(wires.touch(family(1), READER, 1), quiet, "the same alarm is raised once");
        assert!(!wires.touch(family(1), OTHER, 10).beyond);
        assert!(wires.touch(family(1), OTHER, 11).beyond, "more than a whole budget at once");
    }

    #[test]
    fn a_canary_and_an_unusual_rate_raise_an_alarm_and_stop_nobody() {
        let wires = tripwires(1000, 10);
        let canary = wires.touch(family(9), READER, 1);
        let alarms = vec![Alarm::Canary(family(9), READER)];
        assert_eq!(canary, Touched { alarms, beyond: false });
        let many = wires.touch(family(1), READER, 10);
        assert_eq!(many, Touched { alarms: vec![Alarm::Rate], beyond: false });
    }
}
