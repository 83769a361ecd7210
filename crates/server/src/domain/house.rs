//! How it stands with a deployment, for its stewards: numbers of things, and nothing of anybody.

use crate::port::clock::DAY_MS;

/// Things that are counted in one queue; of more, only that there are more.
pub const WAITING_MAX: u32 = 1000;
/// Toys that are counted in one state.
pub const TOYS_MAX: u32 = 10_000;
/// Families without which a number of toys isn't told: one family alone may have several toys, and
/// who knows which model it has would read its doings out of a small number.
pub const FAMILIES_MIN: u64 = 5;
/// Days after which a toy counts as not seen.
pub const UNSEEN_DAYS: u32 = 30;
/// Over how long alarms are counted, in milliseconds.
pub const ALARMS_MS: i64 = 7 * DAY_MS;
/// How old the last proof may be that a backup comes back, in milliseconds: 90 days.
pub const PROOF_MS_MAX: i64 = 90 * DAY_MS;
/// Days before its end from which on a line of the registers wants to be looked at.
pub const SOON_DAYS: u32 = 30;

const HOUR_MS: i64 = 60 * 60 * 1000;

/// What to do about something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Care {
    /// Nothing.
    Good,
    /// Somebody should look at it.
    Look,
    /// Somebody must do something now.
    Act,
}

impl Care {
    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Look => "look",
            Self::Act => "act",
        }
    }
}

/// Where something waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    /// Letters that should have gone.
    Letters,
    /// Destructions that aren't done.
    Destructions,
    /// Payments that must be given back.
    Payments,
    /// Questions to outside verifiers that are open.
    Inquiries,
    /// Complaints that nobody has answered.
    Complaints,
    /// Forms, faces and talks that wait for a steward.
    Reviews,
    /// Alarms that were raised lately: nobody takes them off, so they end by their age.
    Alarms,
}

impl Queue {
    /// Every one, with its word, and for how long something may wait there until somebody should look,
    /// and until somebody must act, in milliseconds.
    const ALL: [(Self, &'static str, [i64; 2]); 7] = [
        (Self::Letters, "letters", [HOUR_MS, DAY_MS]),
        (Self::Destructions, "destructions", [HOUR_MS, DAY_MS]),
        (Self::Payments, "payments", [DAY_MS, 7 * DAY_MS]),
        (Self::Inquiries, "inquiries", [DAY_MS, 7 * DAY_MS]),
        (Self::Complaints, "complaints", [7 * DAY_MS, 30 * DAY_MS]),
        (Self::Reviews, "reviews", [2 * DAY_MS, 7 * DAY_MS]),
        // An alarm was made to be looked at, however young it is; the letter about it says what to do.
        (Self::Alarms, "alarms", [0, i64::MAX]),
    ];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|row| row.0 == self).map_or("", |row| row.1)
    }

    /// What to do about what waits in it.
    #[must_use]
    pub fn care(self, depth: &Depth, now_ms: i64) -> Care {
        let limits = Self::ALL.iter().find(|row| row.0 == self).map(|row| row.2);
        let (Some([look, act]), Some(oldest_ms)) = (limits, depth.oldest_ms) else {
            return Care::Good;
        };
        match now_ms - oldest_ms {
            age if age >= act => Care::Act,
            age if age >= look => Care::Look,
            _ => Care::Good,
        }
    }
}

/// How much waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Depth {
    /// How much, up to [`WAITING_MAX`].
    pub count: u32,
    /// Whether there is more.
    pub more: bool,
    /// Since when the oldest waits, in milliseconds.
    pub oldest_ms: Option<i64>,
}

impl Depth {
    /// Of so many that were counted, at most one more than are told.
    #[must_use]
    pub fn of(counted: u64, oldest_ms: Option<i64>) -> Self {
        let (count, more) = told(counted, WAITING_MAX);
        Self { count, more, oldest_ms }
    }
}

/// How many toys are in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Toys {
    /// How many, up to [`TOYS_MAX`]; `None` if there are some of fewer than [`FAMILIES_MIN`] families.
    pub count: Option<u32>,
    /// Whether there are more.
    pub more: bool,
}

impl Toys {
    /// Of so many that were counted, of so many families.
    #[must_use]
    pub fn of(counted: u64, families: u64) -> Self {
        let (count, more) = told(counted, TOYS_MAX);
        let hidden = (1..FAMILIES_MIN).contains(&families);
        Self { count: (!hidden).then_some(count), more: more && !hidden }
    }
}

fn told(counted: u64, most: u32) -> (u32, bool) {
    u32::try_from(counted).ok().filter(|count| *count <= most).map_or((most, true), |n| (n, false))
}

/// When data and keys were backed up last, and when it was last shown that a backup comes back, in
/// milliseconds; `None` if nobody knows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BackedUp {
    /// Database, blobs and the log's public files.
    pub data_ms: Option<i64>,
    /// The key store.
    pub keys_ms: Option<i64>,
    /// The last restore that went well.
    pub restored_ms: Option<i64>,
}

impl BackedUp {
    /// What to do about it: without a key backup that still counts, a broken disk ends the service.
    #[must_use]
    pub fn care(&self, now_ms: i64, key_backup_ms: i64) -> Care {
        let young = |at_ms: Option<i64>, most| at_ms.is_some_and(|at_ms| now_ms - at_ms < most);
        if !young(self.data_ms, key_backup_ms) || !young(self.keys_ms, key_backup_ms) {
            return Care::Act;
        }
        if young(self.restored_ms, PROOF_MS_MAX) { Care::Good } else { Care::Look }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_for_long_is_looked_at_and_then_acted_upon() {
        let care = |queue: Queue, age_ms: i64| {
            queue.care(&Depth::of(1, Some(1_000_000)), 1_000_000 + age_ms)
        };
        for (queue, word, [look, act]) in Queue::ALL {
            assert_eq!(queue.word(), word);
            assert_eq!(queue.care(&Depth::of(0, None), i64::MAX), Care::Good, "{word}");
            assert_eq!(care(queue, look), Care::Look, "{word}");
            if queue != Queue::Alarms {
                assert_eq!(care(queue, look - 1), Care::Good, "{word}");
                assert_eq!(care(queue, act - 1), Care::Look, "{word}");
                assert_eq!(care(queue, act), Care::Act, "{word}");
            }
        }
    }

    #[test]
    fn a_number_ends_at_its_limit_and_says_that_there_is_more() {
        let depth = |counted| {
            let depth = Depth::of(counted, None);
            (depth.count, depth.more)
        };
        assert_eq!(depth(0), (0, false));
        assert_eq!(depth(1000), (1000, false));
        assert_eq!(depth(1001), (1000, true));
        assert_eq!(Toys::of(10_001, 2000), Toys { count: Some(10_000), more: true });
    }

    #[test]
    fn toys_of_a_few_families_are_not_counted_out() {
        assert_eq!(Toys::of(0, 0).count, Some(0));
        for families in 1..FAMILIES_MIN {
            for toys in [families, 50, 20_000] {
                assert_eq!(Toys::of(toys, families), Toys { count: None, more: false });
            }
        }
        assert_eq!(Toys::of(5, 5).count, Some(5), "the control");
    }

    #[test]
    fn a_backup_that_nobody_knows_of_or_that_is_over_is_acted_upon() {
        let (now, week) = (100 * DAY_MS, 7 * DAY_MS);
        let ago = |days: i64| Some(now - days * DAY_MS);
        let care = |data_ms, keys_ms, restored_ms| {
            BackedUp { data_ms, keys_ms, restored_ms }.care(now, week)
        };
        assert_eq!(care(None, None, None), Care::Act);
        assert_eq!(care(ago(1), None, ago(1)), Care::Act);
        assert_eq!(care(ago(1), ago(7), ago(1)), Care::Act);
        assert_eq!(care(ago(7), ago(1), ago(1)), Care::Act);
        assert_eq!(care(ago(1), ago(1), None), Care::Look);
        assert_eq!(care(ago(1), ago(1), ago(90)), Care::Look);
        assert_eq!(care(ago(1), ago(1), ago(89)), Care::Good);
    }
}
