//! What a notice says, taken from the map: each phrase with why, how long and for whom. A notice that
//! is made of facts says what the map says, no more and no less.

use std::collections::{BTreeMap, BTreeSet};

use treehouse_protocol::registry::Category;

use super::{
    About, Class, DataMap, Datum, Event, Feature, Keep, Place, Purpose, Reader, RuleId, Sealing,
    Source,
};

/// How long something stays, and in which copies after that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stay {
    /// How long, in milliseconds, and so that people can read it.
    pub keep: Keep,
    /// After what.
    pub after: Event,
    /// How long at most if nobody answers or decides, and after what.
    pub unanswered: Option<(Keep, Event)>,
    /// How many days more a backup may hold something of it that can be read.
    pub backup_days: u32,
}

/// Everything that a notice says under one phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact<'a> {
    /// The phrase.
    pub key: &'a str,
    /// The names of the data that it stands for.
    pub data: Vec<&'a str>,
    /// Whom it is about.
    pub about: BTreeSet<About>,
    /// From whom it comes.
    pub from: BTreeSet<Source>,
    /// Its classes.
    pub classes: BTreeSet<Class>,
    /// The kinds of a child's data that it belongs to.
    pub categories: BTreeSet<Category>,
    /// Why.
    pub purposes: BTreeSet<Purpose>,
    /// Who can read it.
    pub readers: BTreeSet<Reader>,
    /// How it is sealed, in its places.
    pub sealed: BTreeSet<Sealing>,
    /// How long it stays, in its places.
    pub stays: BTreeSet<Stay>,
    /// What couldn't work without it.
    pub required_by: BTreeSet<Feature>,
    /// Whether some of it is published for good, as a hash that loses its meaning.
    pub is_published: bool,
}

impl DataMap {
    /// The facts that a notice must state when these features are on, by phrase.
    #[must_use]
    pub fn facts(&self, features: &BTreeSet<Feature>) -> Vec<Fact<'_>> {
        let mut facts: BTreeMap<&str, Fact<'_>> = BTreeMap::new();
        for datum in self.data() {
            let needed = datum.required_by.iter().any(|each| features.contains(each));
            let Some(key) = datum.notice_key.as_deref().filter(|_| needed) else {
                continue;
            };
            let fact = facts.entry(key).or_insert_with(|| Fact::new(key));
            fact.add(self, datum);
        }
        facts.into_values().collect()
    }

    /// How long a datum stays, with the backups that may hold it for longer. Whatever is under an
    /// outer key is unreadable once no backup of the key store has that key any more.
    #[must_use]
    pub fn stay(&self, datum: &Datum) -> Stay {
        let rule = self.rule(datum.retention);
        let days = |rule: RuleId| self.rule(rule).keep.days();
        let kept = |kind: Place| !datum.places(kind).is_empty();
        let child = [Place::Field, Place::Shelf, Place::Blob].into_iter().any(kept);
        let backup_days = match (kept(Place::Column), datum.sealed) {
            _ if kept(Place::KeyColumn) => days(RuleId::KeyBackup),
            (true, Sealing::Outer) => days(RuleId::KeyBackup),
            (true, _) => days(RuleId::DataBackup),
            (false, _) if child => days(RuleId::KeyBackup),
            (false, _) => 0,
        };
        let unanswered = datum.if_unanswered.map(|id| self.rule(id));
        let unanswered = unanswered.map(|rule| (rule.keep, rule.after));
        Stay { keep: rule.keep, after: rule.after, unanswered, backup_days }
    }
}

impl<'a> Fact<'a> {
    fn new(key: &'a str) -> Self {
        Self {
            key,
            data: Vec::new(),
            about: BTreeSet::new(),
            from: BTreeSet::new(),
            classes: BTreeSet::new(),
            categories: BTreeSet::new(),
            purposes: BTreeSet::new(),
            readers: BTreeSet::new(),
            sealed: BTreeSet::new(),
            stays: BTreeSet::new(),
            required_by: BTreeSet::new(),
            is_published: false,
        }
    }

    fn add(&mut self, map: &DataMap, datum: &'a Datum) {
        self.data.push(&datum.id);
        self.about.insert(datum.about);
        self.from.insert(datum.from);
        self.classes.insert(datum.class);
        self.categories.extend(datum.category);
        self.purposes.extend(&datum.purposes);
        self.readers.extend(&datum.readers);
        self.sealed.insert(datum.sealed);
        self.stays.insert(map.stay(datum));
        self.required_by.extend(&datum.required_by);
        self.is_published |= !datum.published.is_empty();
    }
}
