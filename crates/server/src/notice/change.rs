//! What one version of a notice changed of another: what widens, and so must be asked for again,
//! and what only narrows.

use std::collections::BTreeSet;

use treehouse_protocol::registry::{Category, Coded as _};

use super::fact::{DatumFacts, PartyFacts, Snapshot, StayFacts};
use crate::data_map::{About, Feature, Purpose, Reader, Sealing};
use crate::domain::offer::category_of;

/// One difference. What is about data names the phrase that it is called by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Something is collected that wasn't.
    NewDatum(String),
    /// Something isn't collected any more.
    DatumGone(String),
    /// Something is used for more.
    NewPurpose(String, Purpose),
    /// Something is used for less.
    PurposeGone(String, Purpose),
    /// Somebody more can read something.
    NewReader(String, Reader),
    /// Somebody can't read something any more.
    ReaderGone(String, Reader),
    /// Something stays longer, or after something else.
    LongerStay(String, StayFacts),
    /// Something stays less long, or in fewer places.
    ShorterStay(String, StayFacts),
    /// Something is sealed in a weaker way than before.
    WeakerSeal(String, Sealing),
    /// Somebody else gets something.
    NewParty(String),
    /// Somebody gets more, for something else, elsewhere, or becomes a part of the service.
    WiderParty(String),
    /// Somebody gets less, or nothing any more.
    PartyGone(String),
}

impl Change {
    /// Whether more is done than a parent agreed to.
    #[must_use]
    pub const fn widens(&self) -> bool {
        match self {
            Self::NewDatum(_)
            | Self::NewPurpose(..)
            | Self::NewReader(..)
            | Self::LongerStay(..)
            | Self::WeakerSeal(..)
            | Self::NewParty(_)
            | Self::WiderParty(_) => true,
            Self::DatumGone(_)
            | Self::PurposeGone(..)
            | Self::ReaderGone(..)
            | Self::ShorterStay(..)
            | Self::PartyGone(_) => false,
        }
    }
}

/// All differences between two versions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Each of them.
    pub changes: Vec<Change>,
    /// The kinds of a child's data that what widens touches: locked until a parent agreed again.
    pub locked: BTreeSet<Category>,
}

impl Changes {
    /// What changed from an older version to a newer one.
    #[must_use]
    pub fn between(before: &Snapshot, after: &Snapshot) -> Self {
        let mut all = Self::default();
        for (key, now) in &after.data {
            match before.data.get(key) {
                None => all.add(Change::NewDatum(key.clone()), Some(now)),
                Some(then) => all.compare(key, then, now),
            }
        }
        let gone = before.data.keys().filter(|key| !after.data.contains_key(*key));
        all.changes.extend(gone.map(|key| Change::DatumGone(key.clone())));
        all.parties(before, after);
        all
    }

    /// Whether nothing is different.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    fn add(&mut self, change: Change, datum: Option<&DatumFacts>) {
        if let (true, Some(datum)) = (change.widens(), datum) {
            self.locked.extend(touched(datum));
        }
        self.changes.push(change);
    }

    fn compare(&mut self, key: &str, then: &DatumFacts, now: &DatumFacts) {
        let key = || key.to_owned();
        for purpose in now.purposes.difference(&then.purposes) {
            self.add(Change::NewPurpose(key(), *purpose), Some(now));
        }
        for purpose in then.purposes.difference(&now.purposes) {
            self.add(Change::PurposeGone(key(), *purpose), None);
        }
        for reader in now.readers.difference(&then.readers) {
            self.add(Change::NewReader(key(), *reader), Some(now));
        }
        for reader in then.readers.difference(&now.readers) {
            self.add(Change::ReaderGone(key(), *reader), None);
        }
        for stay in now.stays.difference(&then.stays) {
            let longer = !then.stays.iter().any(|before| covers(before, stay));
            let change = if longer { Change::LongerStay } else { Change::ShorterStay };
            self.add(change(key(), stay.clone()), Some(now));
        }
        let same_event = |stay: &StayFacts| now.stays.iter().any(|other| other.after == stay.after);
        for stay in then.stays.iter().filter(|stay| !same_event(stay)) {
            self.add(Change::ShorterStay(key(), stay.clone()), None);
        }
        // The order of the list is from the strongest seal to none at all.
        let weakest = |facts: &DatumFacts| facts.sealed.iter().max().copied();
        if let Some(sealing) = weakest(now).filter(|sealing| Some(*sealing) > weakest(then)) {
            self.add(Change::WeakerSeal(key(), sealing), Some(now));
        }
    }

    fn parties(&mut self, before: &Snapshot, after: &Snapshot) {
        for (id, now) in &after.parties {
            let then = before.parties.get(id);
            let change = match then {
                None => Change::NewParty(id.clone()),
                Some(then) if widens(then, now) => Change::WiderParty(id.clone()),
                Some(then) if then == now => continue,
                Some(_) => Change::PartyGone(id.clone()),
            };
            // What isn't integral takes a consent of its own, and locks nothing else.
            if change.widens() && (now.integral || !now.third_party) {
                let gets = now.gets.iter().filter_map(|key| after.data.get(key));
                self.locked.extend(gets.flat_map(touched));
            }
            self.changes.push(change);
        }
        let gone = before.parties.keys().filter(|id| !after.parties.contains_key(*id));
        self.changes.extend(gone.map(|id| Change::PartyGone(id.clone())));
    }
}

/// Whether who agreed to one stay has agreed to the other.
fn covers(before: &StayFacts, now: &StayFacts) -> bool {
    before.after == now.after
        && before.keep_ms >= now.keep_ms
        && before.backup_days >= now.backup_days
}

fn widens(then: &PartyFacts, now: &PartyFacts) -> bool {
    let more = !now.gets.is_subset(&then.gets);
    let other = then.purpose != now.purpose || then.region != now.region || then.name != now.name;
    more || other || (now.third_party && !then.third_party) || (now.integral && !then.integral)
}

/// The kinds of a child's data that a fact touches: its own, or those of the features that need it.
/// What is about guardians alone touches none.
fn touched(datum: &DatumFacts) -> BTreeSet<Category> {
    if !datum.about.contains(&About::Child) {
        return BTreeSet::new();
    }
    let word = |category: &Category| datum.categories.contains(category.word());
    let own: BTreeSet<Category> = Category::ALL.iter().map(|row| row.0).filter(word).collect();
    if !own.is_empty() {
        return own;
    }
    let of_features: BTreeSet<Category> =
        datum.required_by.iter().copied().filter_map(category_of).collect();
    if !of_features.is_empty() {
        return of_features;
    }
    // It is needed by what everything needs.
    let all = |feature: &Feature| category_of(*feature);
    Feature::ALL.iter().filter_map(all).collect()
}
