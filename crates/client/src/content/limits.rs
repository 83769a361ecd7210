//! What a guardian sets for a child's toys: how long, when, and what during school.

use treehouse_protocol::cbor::{Canonical, Reader, Writer};
use treehouse_protocol::error::Refused;
use treehouse_protocol::id::{ChildId, RecordId};
use treehouse_protocol::registry::Coded;

/// Minutes of a day.
pub const DAY_MINUTES: u16 = 24 * 60;
const WEEKDAYS: u8 = 0b0111_1111;

/// A kind of activity, as a toy's maker sorts what the toy can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Taking pictures.
    Pictures,
    /// Games.
    Play,
    /// Learning.
    Learn,
    /// Films and stories.
    Watch,
    /// Talking with others.
    Chat,
}

impl Coded for Kind {
    const FIELD: &'static str = "kind";
    const ALL: &'static [(Self, u8, &'static str)] = &[
        (Self::Pictures, 1, "pictures"),
        (Self::Play, 2, "play"),
        (Self::Learn, 3, "learn"),
        (Self::Watch, 4, "watch"),
        (Self::Chat, 5, "chat"),
    ];
}

/// From one minute of the day until before another; over midnight if the second isn't later. The
/// same minute twice: all day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// The first minute, counted from midnight.
    pub from: u16,
    /// The first minute after.
    pub until: u16,
}

/// School mode: on some weekdays, between some hours, only some kinds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct School {
    /// One bit a weekday, Monday the lowest; at least one.
    pub weekdays: u8,
    /// When; not over midnight.
    pub hours: Hours,
    /// What stays allowed, ascending.
    pub kinds: Vec<Kind>,
}

/// A limit of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KindLimit {
    /// The kind.
    pub kind: Kind,
    /// Minutes a day; 0: never.
    pub minutes: u16,
}

/// All limits of a child: `["TH-LIMITS/1", day_minutes|null, [from, until]|null, [weekdays, from,
/// until, [kind...]]|null, [[kind, minutes]...]]`. One record, so that they are replaced together
/// and no old part of them comes back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    /// Minutes a day, all kinds together.
    pub day_minutes: Option<u16>,
    /// When nothing goes.
    pub bedtime: Option<Hours>,
    /// When only some things go.
    pub school: Option<School>,
    /// Kinds that have a limit of their own, ascending.
    pub kinds: Vec<KindLimit>,
}

/// The record that a child's limits stand in: one a child, so that none is moved to another and no
/// second one contradicts the first.
#[must_use]
pub const fn record_of(child: ChildId) -> RecordId {
    RecordId::from_bytes(*child.bytes())
}

impl Canonical for Limits {
    const NAME: &'static str = "TH-LIMITS/1";
    const BYTES_MAX: usize = 128;

    fn encode(&self, writer: &mut Writer) {
        writer.array(5).text(Self::NAME);
        match self.day_minutes {
            Some(minutes) => writer.uint(minutes),
            None => writer.null(),
        };
        match self.bedtime {
            Some(Hours { from, until }) => writer.array(2).uint(from).uint(until),
            None => writer.null(),
        };
        match &self.school {
            Some(School { weekdays, hours, kinds }) => {
                writer.array(4).uint(*weekdays).uint(hours.from).uint(hours.until);
                writer.list(kinds, |writer, kind| {
                    writer.uint(kind.code());
                });
            }
            None => {
                writer.null();
            }
        }
        writer.list(&self.kinds, |writer, limit| {
            writer.array(2).uint(limit.kind.code()).uint(limit.minutes);
        });
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.open(5)?;
        let day_minutes = reader.optional(|reader| minutes(reader, "day_minutes"))?;
        let bedtime = reader.optional(|reader| {
            reader.array("bedtime", 2)?;
            hours(reader)
        })?;
        let school = reader.optional(school)?;
        let mut kinds: Vec<KindLimit> = Vec::new();
        for _ in 0..reader.list_or_none("kinds", Kind::ALL.len())? {
            reader.array("kind", 2)?;
            let limit =
                KindLimit { kind: Kind::read(reader)?, minutes: minutes(reader, "minutes")? };
            let ascending = kinds.last().is_none_or(|last| last.kind < limit.kind);
            reader.require(ascending, "kinds", "must be ascending")?;
            kinds.push(limit);
        }
        Ok(Self { day_minutes, bedtime, school, kinds })
    }
}

fn minutes(reader: &mut Reader<'_>, field: &'static str) -> Result<u16, Refused> {
    let minutes = reader.uint(field)?;
    reader.require(minutes <= DAY_MINUTES, field, "must be at most 1440")?;
    Ok(minutes)
}

fn hours(reader: &mut Reader<'_>) -> Result<Hours, Refused> {
    let hours = Hours { from: reader.uint("from")?, until: reader.uint("until")? };
    let fits = hours.from < DAY_MINUTES && hours.until < DAY_MINUTES;
    reader.require(fits, "hours", "must be minutes of a day")?;
    Ok(hours)
}

fn school(reader: &mut Reader<'_>) -> Result<School, Refused> {
    reader.array("school", 4)?;
    let weekdays = reader.uint("weekdays")?;
    reader.require((1..=WEEKDAYS).contains(&weekdays), "weekdays", "must be 1 to 127")?;
    let hours = hours(reader)?;
    reader.require(hours.from < hours.until, "hours", "must not go over midnight")?;
    let mut kinds: Vec<Kind> = Vec::new();
    for _ in 0..reader.list_or_none("kinds", Kind::ALL.len())? {
        let kind = Kind::read(reader)?;
        let ascending = kinds.last().is_none_or(|last| *last < kind);
        reader.require(ascending, "kinds", "must be ascending")?;
        kinds.push(kind);
    }
    Ok(School { weekdays, hours, kinds })
}
