//! What was handed out, to whom, of whom: the answer that a breach needs within hours, read from
//! the log and from nothing else.

use std::collections::{BTreeMap, BTreeSet};

use treehouse_protocol::id::{BlobId, ChildId, FamilyId, Hash, KeyId, RecordId};
use treehouse_protocol::leaf::{Event, What};
use treehouse_protocol::registry::Category;

use super::steward::StewardId;

/// Whose doings are asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// Everybody's.
    Anybody,
    /// Those of the holder of a key: a guardian, a toy, a service.
    Key(KeyId),
    /// Those of whoever showed the token with this hash.
    Token(Hash),
    /// Those of a steward.
    Steward(StewardId),
}

impl Who {
    /// Whether the database finds what concerns them, so that the rest needs no reading.
    #[must_use]
    pub const fn is_looked_up(&self) -> bool {
        matches!(self, Self::Key(_) | Self::Token(_))
    }

    fn is_asked(&self, reader: KeyId, token: Option<Hash>) -> bool {
        match self {
            Self::Anybody => true,
            Self::Key(key) => *key == reader,
            Self::Token(hash) => token == Some(*hash),
            Self::Steward(_) => false,
        }
    }
}

/// What was handed out of one child in one category.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exposed {
    /// The records.
    pub records: BTreeSet<RecordId>,
    /// The blobs.
    pub blobs: BTreeSet<BlobId>,
    /// To whom, and how often.
    pub readers: BTreeMap<KeyId, u64>,
    /// The first and the last time, in milliseconds since 1970.
    pub between_ms: Option<(u64, u64)>,
}

impl Exposed {
    fn note(&mut self, at_ms: u64, reader: KeyId) {
        *self.readers.entry(reader).or_default() += 1;
        let (first, last) = self.between_ms.unwrap_or((at_ms, at_ms));
        self.between_ms = Some((first.min(at_ms), last.max(at_ms)));
    }

    fn merge(&mut self, other: Self) {
        self.records.extend(other.records);
        self.blobs.extend(other.blobs);
        for (reader, times) in other.readers {
            *self.readers.entry(reader).or_default() += times;
        }
        let both = self.between_ms.into_iter().chain(other.between_ms);
        self.between_ms = both.reduce(|(a, b), (c, d)| (a.min(c), b.max(d)));
    }
}

/// The answer, as far as leaves have been added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// By family, child and category.
    pub families: BTreeMap<FamilyId, BTreeMap<(ChildId, Category), Exposed>>,
    /// What stewards did, by word; none of it reaches a child's data.
    pub acts: BTreeMap<String, u64>,
    /// How many leaves were looked at.
    pub leaves: u64,
    /// How many of them are of releases of which nobody noted the token, because they are older than
    /// that; counted if a token is asked about.
    pub without_token: u64,
}

impl Scope {
    /// Takes one event into account, and the token under which it happened.
    pub fn add(&mut self, event: &Event, token: Option<Hash>, who: &Who) {
        self.leaves += 1;
        match (&event.what, who) {
            (What::Release(_), Who::Token(_)) if token.is_none() => self.without_token += 1,
            (What::Release(release), _) if who.is_asked(release.reader, token) => {
                let family = self.families.entry(release.family).or_default();
                let exposed = family.entry((release.child, release.category)).or_default();
                exposed.records.extend(&release.records);
                exposed.blobs.extend(release.blob);
                exposed.note(event.at_ms, release.reader);
            }
            (What::Act { steward, act, .. }, Who::Anybody | Who::Steward(_)) => {
                let own = matches!(who, Who::Steward(asked) if asked.bytes() == steward);
                if own || *who == Who::Anybody {
                    *self.acts.entry(act.clone()).or_default() += 1;
                }
            }
            _ => {}
        }
    }

    /// Adds what was found in another span of time.
    pub fn merge(&mut self, other: Self) {
        for (family, shelves) in other.families {
            let own = self.families.entry(family).or_default();
            for (shelf, exposed) in shelves {
                own.entry(shelf).or_default().merge(exposed);
            }
        }
        for (act, times) in other.acts {
            *self.acts.entry(act).or_default() += times;
        }
        self.leaves += other.leaves;
        self.without_token += other.without_token;
    }

    /// How many children are concerned.
    #[must_use]
    pub fn children(&self) -> usize {
        let of_family = |shelves: &BTreeMap<(ChildId, Category), Exposed>| {
            shelves.keys().map(|(child, _)| *child).collect::<BTreeSet<_>>().len()
        };
        self.families.values().map(of_family).sum()
    }

    /// How many records and blobs were handed out.
    #[must_use]
    pub fn items(&self) -> (usize, usize) {
        let all = self.families.values().flat_map(BTreeMap::values);
        all.fold((0, 0), |(records, blobs), exposed| {
            (records + exposed.records.len(), blobs + exposed.blobs.len())
        })
    }
}

/// What lies in a table of the database, as far as its rows say whose they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// How many rows it has.
    pub rows: u64,
    /// Whose they are; none for a table whose rows name no family.
    pub families: BTreeMap<FamilyId, Owned>,
}

/// What a table has of a family.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Owned {
    /// How many rows.
    pub rows: u64,
    /// The same by child and category; none for a table whose rows name no child.
    pub shelves: BTreeMap<(ChildId, Category), u64>,
}

impl Table {
    /// The categories of children's data in it.
    #[must_use]
    pub fn categories(&self) -> BTreeSet<Category> {
        let shelves = self.families.values().flat_map(|owned| owned.shelves.keys());
        shelves.map(|(_, category)| *category).collect()
    }
}

#[cfg(test)]
mod tests {
    use treehouse_protocol::leaf::Release;

    use super::*;

    fn release(at_ms: u64, family: u8, child: u8, reader: u8, record: u8) -> Event {
        let release = Release {
            family: FamilyId::from_bytes([family; 16]),
            child: ChildId::from_bytes([child; 16]),
            category: Category::Photos,
            reader: KeyId::from_bytes([reader; 16]),
            grant: None,
            records: vec![RecordId::from_bytes([record; 16])],
            blob: None,
        };
        Event { at_ms, what: What::Release(release) }
    }

    #[test]
    fn counts_are_of_things_and_not_of_tries() {
        let mut scope = Scope::default();
        for event in [
            release(5, 1, 1, 1, 1),
            release(3, 1, 1, 1, 1),
            release(9, 1, 1, 2, 2),
            release(4, 1, 2, 1, 3),
            release(4, 2, 3, 3, 4),
        ] {
            scope.add(&event, None, &Who::Anybody);
        }
        assert_eq!((scope.families.len(), scope.children(), scope.items()), (2, 3, (4, 0)));
        let first = &scope.families[&FamilyId::from_bytes([1; 16])];
        let exposed = &first[&(ChildId::from_bytes([1; 16]), Category::Photos)];
        assert_eq!(exposed.between_ms, Some((3, 9)));
        assert_eq!(exposed.readers.values().sum::<u64>(), 3);
    }

    #[test]
    fn only_what_a_token_was_shown_for_counts_and_what_has_none_is_told() {
        let (stolen, other) = (Hash::of(b"stolen"), Hash::of(b"other"));
        let mut scope = Scope::default();
        for (record, token) in [(1, Some(stolen)), (2, Some(other)), (3, None)] {
            scope.add(&release(1, 1, 1, 1, record), token, &Who::Token(stolen));
        }
        assert_eq!((scope.items(), scope.without_token), ((1, 0), 1));
    }

    #[test]
    fn only_who_is_asked_about_counts() {
        let key = Who::Key(KeyId::from_bytes([1; 16]));
        let steward = Who::Steward(StewardId::from_bytes([7; 16]));
        let act = |steward: u8| What::Act {
            steward: [steward; 16],
            act: "read-scan".to_owned(),
            subject: [0; 16],
            reason: Hash::NONE,
        };
        let events = [
            release(1, 1, 1, 1, 1),
            release(1, 2, 2, 2, 2),
            Event { at_ms: 1, what: act(7) },
            Event { at_ms: 1, what: act(8) },
        ];
        let ask = |who: &Who| {
            let mut scope = Scope::default();
            for event in &events {
                scope.add(event, None, who);
            }
            (scope.families.len(), scope.acts.values().sum::<u64>())
        };
        assert_eq!([ask(&key), ask(&steward), ask(&Who::Anybody)], [(1, 0), (0, 1), (2, 2)]);
    }

    #[test]
    fn what_is_read_in_parts_comes_to_the_same() {
        let events: Vec<Event> =
            (0..30_u8).map(|n| release(u64::from(n), n % 2, n % 3, n % 5, n % 7)).collect();
        let read = |events: &[Event]| {
            let mut scope = Scope::default();
            for event in events {
                scope.add(event, None, &Who::Anybody);
            }
            scope
        };
        let whole = read(&events);
        for cut in [0, 1, 15, 29, 30] {
            let (first, second) = events.split_at(cut);
            let mut merged = read(second);
            merged.merge(read(first));
            assert_eq!(merged, whole, "cut after {cut}");
        }
    }
}
