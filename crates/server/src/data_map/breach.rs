//! Which classes of data an incident has exposed, by the map: what a law about breaches asks first.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use treehouse_protocol::registry::Category;

use super::{About, Breach, Class, DataMap, Datum, Place, Sealing};

/// What somebody has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Got {
    /// What was handed out over the network, sealed.
    Released,
    /// The same, with keys that open it.
    ReleasedWithKeys,
    /// The database, a backup of it or the blobs, and what was handed out.
    Database,
}

/// One class of data about some people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExposedClass<'a> {
    /// The class.
    pub class: Class,
    /// Whom it is about.
    pub about: About,
    /// The names of the data that can be read as they were taken.
    pub readable: Vec<&'a str>,
    /// The names of the data that can't: sealed, or only a hash.
    pub sealed: Vec<&'a str>,
    /// What the readable ones mean to a law about breaches.
    pub flags: BTreeSet<Breach>,
    /// What the sealed ones would mean if their keys were taken, too.
    pub flags_if_opened: BTreeSet<Breach>,
}

impl DataMap {
    /// The classes of personal information in what was got: of the children's own data, only these
    /// categories were handed out.
    #[must_use]
    pub fn exposed(&self, got: Got, released: &BTreeSet<Category>) -> Vec<ExposedClass<'_>> {
        let data = self.personal().filter(|datum| is_in(datum, got, released));
        classes(data, got == Got::ReleasedWithKeys)
    }

    /// The same of one table of the database: what its columns hold, and of the children's own data,
    /// which is sealed in one of them, what is of these categories.
    #[must_use]
    pub fn exposed_in_table(
        &self,
        table: &str,
        categories: &BTreeSet<Category>,
    ) -> Vec<ExposedClass<'_>> {
        let is_in = |datum: &&Datum| {
            let of_table = |column: &String| {
                column.split_once('.').is_some_and(|(of_table, _)| of_table == table)
            };
            let own = datum.category.is_some_and(|category| categories.contains(&category));
            datum.places(Place::Column).iter().any(of_table) || own
        };
        classes(self.personal().filter(is_in), false)
    }
}

fn classes<'a>(data: impl Iterator<Item = &'a Datum>, opened: bool) -> Vec<ExposedClass<'a>> {
    let mut classes: BTreeMap<(Class, About), ExposedClass<'_>> = BTreeMap::new();
    for datum in data {
        let class = classes.entry((datum.class, datum.about)).or_insert_with(|| {
            let (readable, sealed) = (Vec::new(), Vec::new());
            let (flags, flags_if_opened) = (BTreeSet::new(), BTreeSet::new());
            let (class, about) = (datum.class, datum.about);
            ExposedClass { class, about, readable, sealed, flags, flags_if_opened }
        });
        if opened || datum.sealed == Sealing::Clear {
            class.readable.push(&datum.id);
            class.flags.extend(&datum.breach);
        } else {
            class.sealed.push(&datum.id);
            class.flags_if_opened.extend(&datum.breach);
        }
    }
    classes.into_values().collect()
}

fn is_in(datum: &Datum, got: Got, released: &BTreeSet<Category>) -> bool {
    let own = datum.category.is_some_and(|category| released.contains(&category));
    let kept = [Place::Column, Place::Field, Place::Shelf, Place::Blob];
    match got {
        Got::Released | Got::ReleasedWithKeys => own,
        Got::Database => kept.into_iter().any(|kind| !datum.places(kind).is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(got: Got, released: &[Category]) -> Vec<(Class, bool)> {
        let exposed = DataMap::embedded().exposed(got, &released.iter().copied().collect());
        exposed.iter().map(|each| (each.class, !each.readable.is_empty())).collect()
    }

    #[test]
    fn only_what_was_handed_out_counts() {
        assert!(classes(Got::Released, &[]).is_empty());
        let photos = classes(Got::Released, &[Category::Photos]);
        assert!(photos.contains(&(Class::Media, false)), "{photos:?}");
        assert!(photos.iter().all(|(class, _)| *class != Class::Name), "{photos:?}");
        let opened = classes(Got::ReleasedWithKeys, &[Category::Photos]);
        assert!(opened.contains(&(Class::Media, true)), "{opened:?}");
    }

    #[test]
    fn a_table_exposes_what_its_columns_hold() {
        let map = DataMap::embedded();
        let table = |name: &str, of: &[Category]| {
            let classes = map.exposed_in_table(name, &of.iter().copied().collect());
            classes.iter().map(|each| (each.class, !each.readable.is_empty())).collect::<Vec<_>>()
        };
        let record = table("record", &[Category::Photos]);
        assert!(record.contains(&(Class::Media, false)), "{record:?}");
        assert!(!table("record", &[]).contains(&(Class::Media, false)));
        let address = table("address", &[]);
        assert!(address.contains(&(Class::OnlineContact, false)), "{address:?}");
        assert!(table("rec", &[]).is_empty(), "a part of a name is no table");
    }

    #[test]
    fn a_stolen_database_has_no_class_in_clear_that_tells_who_somebody_is() {
        let map = DataMap::embedded();
        let stolen = map.exposed(Got::Database, &BTreeSet::new());
        assert!(stolen.iter().any(|each| each.class == Class::OnlineContact));
        for each in &stolen {
            let telling = [Class::Name, Class::Media, Class::OnlineContact, Class::Geolocation];
            assert!(!telling.contains(&each.class) || each.readable.is_empty(), "{each:?}");
            assert!(
                each.flags.is_empty(),
                "nothing readable is a credential or a contact: {each:?}"
            );
        }
        let sealed: BTreeSet<Breach> =
            stolen.iter().flat_map(|each| each.flags_if_opened.iter().copied()).collect();
        assert_eq!(sealed, [Breach::Credential, Breach::Contact, Breach::Child].into());
    }
}
