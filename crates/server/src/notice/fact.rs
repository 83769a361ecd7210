//! The facts that a version of a notice states, in a form that is kept with it: what the next
//! version is compared with.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use treehouse_protocol::registry::Coded as _;

use super::Sources;
use crate::data_map::{About, Event, Fact, Feature, Purpose, Reader, Sealing, Stay};
use crate::registers::{Party, PartyKind};

/// Everything that is stated.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// What is on.
    pub features: BTreeSet<Feature>,
    /// What is collected, by the phrase that it is called by.
    pub data: BTreeMap<String, DatumFacts>,
    /// Who else gets something, by id.
    pub parties: BTreeMap<String, PartyFacts>,
    /// By what methods a parent may be verified.
    pub methods: BTreeSet<String>,
}

/// What is said of one phrase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatumFacts {
    /// Whom it is about.
    pub about: BTreeSet<About>,
    /// The words of the kinds of a child's data that it belongs to.
    pub categories: BTreeSet<String>,
    /// What couldn't work without it.
    pub required_by: BTreeSet<Feature>,
    /// Why.
    pub purposes: BTreeSet<Purpose>,
    /// Who can read it.
    pub readers: BTreeSet<Reader>,
    /// How it is sealed.
    pub sealed: BTreeSet<Sealing>,
    /// How long it stays.
    pub stays: BTreeSet<StayFacts>,
}

/// How long something stays.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StayFacts {
    /// After what.
    pub after: Event,
    /// How long, in milliseconds.
    pub keep_ms: i64,
    /// How many days more in backups.
    pub backup_days: u32,
}

/// What is said of somebody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartyFacts {
    /// Its name.
    pub name: String,
    /// Whether it gets something for itself.
    pub third_party: bool,
    /// The word of what for.
    pub purpose: String,
    /// The phrases of what it gets.
    pub gets: BTreeSet<String>,
    /// Where.
    pub region: String,
    /// Whether the service can't be had without it.
    pub integral: bool,
}

impl From<&Stay> for StayFacts {
    fn from(stay: &Stay) -> Self {
        Self { after: stay.after, keep_ms: stay.keep.ms(), backup_days: stay.backup_days }
    }
}

impl From<&Fact<'_>> for DatumFacts {
    fn from(fact: &Fact<'_>) -> Self {
        Self {
            about: fact.about.clone(),
            categories: fact.categories.iter().map(|each| each.word().to_owned()).collect(),
            required_by: fact.required_by.clone(),
            purposes: fact.purposes.clone(),
            readers: fact.readers.clone(),
            sealed: fact.sealed.clone(),
            stays: fact.stays.iter().map(StayFacts::from).collect(),
        }
    }
}

impl From<&Party> for PartyFacts {
    fn from(party: &Party) -> Self {
        Self {
            name: party.name.clone(),
            third_party: party.kind == PartyKind::ThirdParty,
            purpose: party.purpose.word().to_owned(),
            gets: party.gets.iter().cloned().collect(),
            region: party.region.clone(),
            integral: party.integral,
        }
    }
}

impl Snapshot {
    /// The facts of map, registers and features as they are now.
    #[must_use]
    pub fn of(sources: &Sources<'_>) -> Self {
        let facts = sources.map.facts(sources.offer.features());
        let data = facts.iter().map(|fact| (fact.key.to_owned(), DatumFacts::from(fact)));
        let parties = sources.registers.party.iter();
        let methods = sources.offer.methods().into_iter();
        Self {
            features: sources.offer.features().clone(),
            data: data.collect(),
            parties: parties.map(|party| (party.id.clone(), PartyFacts::from(party))).collect(),
            methods: methods.map(|method| method.word().to_owned()).collect(),
        }
    }
}
