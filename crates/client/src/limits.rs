//! Whether a child may do something now: a pure function of the limits, the clock on the wall and
//! what was used today. A toy asks it offline.

use treehouse_protocol::registry::Coded;

use crate::content::limits::{DAY_MINUTES, Hours, Kind, Limits};

/// 1970-01-01 was a Thursday; Monday counts as 0.
const FIRST_WEEKDAY: u32 = 3;

/// What the clock on the wall shows where the toy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalTime {
    /// Days since 1970-01-01, by the local calendar.
    pub day: u32,
    /// Minutes since midnight, below 1440.
    pub minute: u16,
}

impl LocalTime {
    const fn weekday_bit(self) -> u8 {
        1 << ((self.day % 7 + FIRST_WEEKDAY) % 7)
    }
}

/// Minutes used on one day, by kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Used {
    day: u32,
    minutes: Vec<(Kind, u16)>,
}

impl Used {
    /// As it was written down: the day, and codes of kinds with their minutes.
    #[must_use]
    pub fn read((day, minutes): (u32, Vec<(u8, u16)>)) -> Self {
        let minutes = minutes.into_iter();
        let minutes = minutes.filter_map(|(kind, used)| Some((Kind::from_code(kind)?, used)));
        Self { day, minutes: minutes.collect() }
    }

    /// To be written down.
    #[must_use]
    pub fn written(&self) -> (u32, Vec<(u8, u16)>) {
        (self.day, self.minutes.iter().map(|(kind, used)| (kind.code(), *used)).collect())
    }

    /// Counts minutes of a kind. They count for the latest day that was seen: a clock that is put
    /// back gives no minutes back.
    pub fn add(&mut self, kind: Kind, day: u32, minutes: u16) {
        if day > self.day {
            *self = Self { day, minutes: Vec::new() };
        }
        match self.minutes.iter_mut().find(|(own, _)| *own == kind) {
            Some((_, used)) => *used = used.saturating_add(minutes),
            None => self.minutes.push((kind, minutes)),
        }
    }

    /// Minutes of a kind on this day.
    #[must_use]
    pub fn of(&self, kind: Kind, day: u32) -> u16 {
        self.on(day).filter(|(own, _)| *own == kind).map(|(_, used)| *used).sum()
    }

    /// Minutes of all kinds on this day.
    #[must_use]
    pub fn all(&self, day: u32) -> u16 {
        self.on(day).fold(0_u16, |all, (_, used)| all.saturating_add(*used))
    }

    fn on(&self, day: u32) -> impl Iterator<Item = &(Kind, u16)> {
        self.minutes.iter().filter(move |_| day <= self.day)
    }
}

/// What is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It may go on for so many minutes, at least one; `None`: until midnight.
    Yes(Option<u16>),
    /// Not now.
    No(Why),
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It's bedtime, until this minute of the day.
    Bedtime(u16),
    /// It's school, until this minute of the day.
    School(u16),
    /// Today's minutes are used up.
    DayUsed,
    /// Today's minutes of this kind are used up.
    KindUsed,
    /// This kind is switched off.
    Never,
}

impl Why {
    /// The word for it, and until when it holds if the clock says so.
    #[must_use]
    pub const fn word(self) -> (&'static str, Option<u16>) {
        match self {
            Self::Bedtime(until) => ("bedtime", Some(until)),
            Self::School(until) => ("school", Some(until)),
            Self::DayUsed => ("day", None),
            Self::KindUsed => ("kind", None),
            Self::Never => ("never", None),
        }
    }
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (word, until) = self.word();
        match until {
            Some(until) => write!(f, "{word} until {:02}:{:02}", until / 60, until % 60),
            None => f.write_str(word),
        }
    }
}

/// Whether a child may do something of this kind now, and for how long.
#[must_use]
pub fn allowed(limits: &Limits, kind: Kind, now: LocalTime, used: &Used) -> Verdict {
    let own = limits.kinds.iter().find(|limit| limit.kind == kind).map(|limit| limit.minutes);
    if own == Some(0) {
        return Verdict::No(Why::Never);
    }
    if let Some(hours) = limits.bedtime.filter(|hours| within(*hours, now.minute)) {
        return Verdict::No(Why::Bedtime(hours.until));
    }
    let school = limits.school.as_ref();
    let school = school
        .filter(|school| school.weekdays & now.weekday_bit() != 0 && !school.kinds.contains(&kind));
    if let Some(school) = school.filter(|school| within(school.hours, now.minute)) {
        return Verdict::No(Why::School(school.hours.until));
    }
    let day_left = limits.day_minutes.map(|minutes| minutes.saturating_sub(used.all(now.day)));
    if day_left == Some(0) {
        return Verdict::No(Why::DayUsed);
    }
    let kind_left = own.map(|minutes| minutes.saturating_sub(used.of(kind, now.day)));
    if kind_left == Some(0) {
        return Verdict::No(Why::KindUsed);
    }
    // What begins later today.
    let begins = [limits.bedtime.map(|hours| hours.from), school.map(|school| school.hours.from)];
    let begins = begins.into_iter().flatten().filter_map(|from| from.checked_sub(now.minute));
    let left = begins.chain(day_left).chain(kind_left).min();
    // Midnight comes first, and with it a new day's minutes.
    Verdict::Yes(left.filter(|left| *left < DAY_MINUTES.saturating_sub(now.minute)))
}

const fn within(hours: Hours, minute: u16) -> bool {
    if hours.from < hours.until {
        hours.from <= minute && minute < hours.until
    } else {
        hours.from <= minute || minute < hours.until
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use treehouse_protocol::cbor::Canonical;

    use super::*;
    use crate::content::limits::{KindLimit, School};

    /// A Monday.
    const MONDAY: u32 = 20_000 - (20_000 + FIRST_WEEKDAY) % 7;

    const fn at(day: u32, hour: u16, minute: u16) -> LocalTime {
        LocalTime { day, minute: hour * 60 + minute }
    }

    const fn hours(from: u16, until: u16) -> Hours {
        Hours { from: from * 60, until: until * 60 }
    }

    /// An hour a day, twenty minutes of films, no chat, bed from eight to seven, school on
    /// weekdays from eight to one with nothing but learning.
    fn strict() -> Limits {
        let limit = |kind, minutes| KindLimit { kind, minutes };
        Limits {
            day_minutes: Some(60),
            bedtime: Some(hours(20, 7)),
            school: Some(School {
                weekdays: 0b001_1111,
                hours: hours(8, 13),
                kinds: vec![Kind::Learn],
            }),
            kinds: vec![limit(Kind::Watch, 20), limit(Kind::Chat, 0)],
        }
    }

    #[test]
    fn a_day_as_a_table() {
        use Kind::{Chat, Learn, Play, Watch};
        let (saturday, friday) = (MONDAY + 5, MONDAY + 4);
        let rows = [
            (Play, at(MONDAY, 7, 0), &[][..], Verdict::Yes(Some(60))),
            (Play, at(MONDAY, 7, 30), &[], Verdict::Yes(Some(30))),
            (Play, at(MONDAY, 8, 0), &[], Verdict::No(Why::School(13 * 60))),
            (Learn, at(MONDAY, 8, 0), &[], Verdict::Yes(Some(60))),
            (Play, at(friday, 12, 59), &[], Verdict::No(Why::School(13 * 60))),
            (Play, at(friday, 13, 0), &[], Verdict::Yes(Some(60))),
            (Play, at(saturday, 8, 0), &[], Verdict::Yes(Some(60))),
            (Play, at(saturday, 19, 50), &[], Verdict::Yes(Some(10))),
            (Play, at(saturday, 20, 0), &[], Verdict::No(Why::Bedtime(7 * 60))),
            (Learn, at(saturday, 6, 59), &[], Verdict::No(Why::Bedtime(7 * 60))),
            (Watch, at(saturday, 10, 0), &[], Verdict::Yes(Some(20))),
            (Watch, at(saturday, 10, 0), &[(Watch, 19)], Verdict::Yes(Some(1))),
            (Watch, at(saturday, 10, 0), &[(Watch, 20)], Verdict::No(Why::KindUsed)),
            (Play, at(saturday, 10, 0), &[(Watch, 20)], Verdict::Yes(Some(40))),
            (Play, at(saturday, 10, 0), &[(Watch, 20), (Play, 40)], Verdict::No(Why::DayUsed)),
            (Chat, at(saturday, 10, 0), &[], Verdict::No(Why::Never)),
        ];
        for (kind, now, minutes, expected) in rows {
            let mut used = Used::default();
            for (kind, minutes) in minutes {
                used.add(*kind, now.day, *minutes);
            }
            assert_eq!(allowed(&strict(), kind, now, &used), expected, "{kind:?} at {now:?}");
        }
    }

    #[test]
    fn a_clock_that_is_put_back_gives_no_minutes_back() {
        let mut used = Used::default();
        used.add(Kind::Play, MONDAY, 60);
        let noon = |day| at(day, 14, 0);
        assert_eq!(
            allowed(&strict(), Kind::Play, noon(MONDAY - 1), &used),
            Verdict::No(Why::DayUsed)
        );
        used.add(Kind::Play, MONDAY - 1, 5);
        assert_eq!(used.all(MONDAY), 65);
        assert_eq!(allowed(&strict(), Kind::Play, noon(MONDAY + 1), &used), Verdict::Yes(Some(60)));
    }

    fn some_hours() -> impl Strategy<Value = Hours> {
        (0..DAY_MINUTES, 0..DAY_MINUTES).prop_map(|(from, until)| Hours { from, until })
    }

    fn some_kind() -> impl Strategy<Value = Kind> {
        (0..Kind::ALL.len()).prop_map(|place| Kind::ALL[place].0)
    }

    fn some_limits() -> impl Strategy<Value = Limits> {
        let school = (1..=127_u8, 0..DAY_MINUTES - 1, 1..60_u16, some_kind());
        let school = school.prop_map(|(weekdays, from, more, kind)| School {
            weekdays,
            hours: Hours { from, until: (from + more).min(DAY_MINUTES - 1) },
            kinds: vec![kind],
        });
        let kind = (some_kind(), 0..90_u16);
        let kinds = kind.prop_map(|(kind, minutes)| KindLimit { kind, minutes });
        let own = prop::option::of(0..90_u16);
        let parts = (own, prop::option::of(some_hours()), prop::option::of(school));
        (parts, prop::option::of(kinds)).prop_map(|((day_minutes, bedtime, school), kinds)| {
            Limits { day_minutes, bedtime, school, kinds: kinds.into_iter().collect() }
        })
    }

    proptest! {
        /// What was promised holds minute by minute, and nothing is promised beyond that.
        #[test]
        fn minutes_that_are_left_are_those_that_go(
            limits in some_limits(), kind in some_kind(), minute in 0..DAY_MINUTES, day in 0..7_u32,
        ) {
            let (mut used, mut now) = (Used::default(), LocalTime { day: MONDAY + day, minute });
            if let Verdict::Yes(left) = allowed(&limits, kind, now, &used) {
                let goes = left.unwrap_or(DAY_MINUTES - minute);
                prop_assert!(goes > 0);
                for _ in 0..goes {
                    prop_assert!(matches!(allowed(&limits, kind, now, &used), Verdict::Yes(_)));
                    used.add(kind, now.day, 1);
                    now.minute += 1;
                }
                if left.is_some() {
                    prop_assert!(matches!(allowed(&limits, kind, now, &used), Verdict::No(_)));
                }
            }
        }

        /// Stricter limits never allow more.
        #[test]
        fn less_is_never_more(limits in some_limits(), kind in some_kind(), minute in 0..DAY_MINUTES) {
            let now = LocalTime { day: MONDAY, minute };
            let stricter = Limits { day_minutes: Some(0), ..limits };
            let refused = allowed(&stricter, kind, now, &Used::default());
            prop_assert!(matches!(refused, Verdict::No(_)));
        }

        #[test]
        fn limits_read_as_they_were_written(limits in some_limits()) {
            let bytes = limits.to_bytes();
            prop_assert_eq!(Limits::from_bytes(&bytes).unwrap(), limits);
        }
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let wrong: [fn(&mut Limits); 6] = [
            |limits| limits.day_minutes = Some(DAY_MINUTES + 1),
            |limits| limits.bedtime = Some(Hours { from: DAY_MINUTES, until: 0 }),
            |limits| limits.school.as_mut().unwrap().weekdays = 0,
            |limits| limits.school.as_mut().unwrap().hours = hours(13, 8),
            |limits| limits.school.as_mut().unwrap().kinds = vec![Kind::Watch, Kind::Learn],
            |limits| limits.kinds.reverse(),
        ];
        assert!(Limits::from_bytes(&strict().to_bytes()).is_ok());
        for (index, change) in wrong.into_iter().enumerate() {
            let mut limits = strict();
            change(&mut limits);
            assert!(Limits::from_bytes(&limits.to_bytes()).is_err(), "wrong {index}");
        }
    }
}
