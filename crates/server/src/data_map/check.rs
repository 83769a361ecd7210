//! What must be so on any map, whatever it maps.

use std::collections::BTreeSet;

use treehouse_protocol::registry::{Category, Coded as _};

use super::{
    About, Class, DataMap, Datum, Event, Export, MapError, Place, RuleId, Sealing, Word as _,
};

/// Checks a whole map.
pub(super) fn check(map: &DataMap) -> Result<(), MapError> {
    rules(map)?;
    let mut ids = BTreeSet::new();
    let mut places = BTreeSet::new();
    for datum in map.data() {
        require(datum, ids.insert(&datum.id), "its name stands twice")?;
        lists(datum)?;
        class(datum)?;
        sealing(datum)?;
        retention(map, datum)?;
        for (kind, place) in datum.all_places() {
            let once = format!("{place} stands on the map twice");
            require(datum, places.insert((kind, place)), &once)?;
        }
    }
    shelves(map)
}

fn wrong(id: &str, problem: &str) -> MapError {
    MapError::Wrong { id: id.to_owned(), problem: problem.to_owned() }
}

fn require(datum: &Datum, holds: bool, problem: &str) -> Result<(), MapError> {
    if holds { Ok(()) } else { Err(wrong(&datum.id, problem)) }
}

fn rules(map: &DataMap) -> Result<(), MapError> {
    for id in RuleId::ALL {
        let count = map.rules().filter(|rule| rule.id == *id).count();
        if count != 1 {
            let problem = format!("there must be one rule of this name, and there are {count}");
            return Err(wrong(&id.word(), &problem));
        }
    }
    Ok(())
}

fn lists(datum: &Datum) -> Result<(), MapError> {
    let said = !datum.id.is_empty() && !datum.what.is_empty();
    require(datum, said, "a name and a phrase must be given")?;
    require(datum, !datum.purposes.is_empty(), "purposes must be given")?;
    require(datum, !datum.readers.is_empty(), "readers must be given")?;
    let needed = "required_by must name what can't work without it: nothing is collected in stock";
    require(datum, !datum.required_by.is_empty(), needed)?;
    require(datum, datum.all_places().next().is_some(), "it must be somewhere")?;
    let key = datum.notice_key.as_deref().unwrap_or("none");
    let plain = key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    require(datum, plain && !key.is_empty(), "notice_key must have small letters and hyphens")?;
    let dotted = |kind: Place| datum.places(kind).iter().all(|place| place.contains('.'));
    let shaped = [Place::Column, Place::KeyColumn, Place::Field, Place::LogField, Place::Label];
    require(datum, shaped.into_iter().all(dotted), "a place must be written as whole.part")
}

/// 16 CFR 312.2: one class each, or a reason why none; two classes aren't held at all.
fn class(datum: &Datum) -> Result<(), MapError> {
    let never = matches!(datum.class, Class::GovernmentId | Class::Biometric);
    require(datum, !never, "identity documents and biometric data are never stored")?;
    let reason = datum.why.as_deref().is_some_and(|why| !why.is_empty());
    require(datum, reason != datum.is_personal(), "`why` must say why it isn't personal, if so")?;
    if !datum.is_personal() {
        return Ok(());
    }
    require(datum, datum.notice_key.is_some(), "a notice must be able to name it: notice_key")?;
    let way = datum.export.is_some();
    require(datum, way, "`export` must say how a family gets it, or why it doesn't")?;
    let somebody = !matches!(datum.about, About::Nobody | About::Staff);
    require(datum, somebody, "personal information is about somebody")
}

/// The more it would hurt, the better it is sealed.
fn sealing(datum: &Datum) -> Result<(), MapError> {
    use Class::{Geolocation, HomeAddress, Media, Name, OnlineContact, Telephone, UserName};
    let telling = [Name, HomeAddress, OnlineContact, UserName, Telephone, Media, Geolocation];
    let clear = datum.sealed == Sealing::Clear;
    let hidden = !(clear && telling.contains(&datum.class));
    require(datum, hidden, "this class of data is never stored in clear")?;
    let contents = [Place::Field, Place::Shelf, Place::Blob];
    let is_content = contents.into_iter().any(|kind| !datum.places(kind).is_empty());
    if is_content && datum.about == About::Child {
        let outer = datum.sealed == Sealing::Outer;
        require(datum, outer, "a child's own data is sealed under keys per child and category")?;
        let opened = datum.export == Some(Export::Content);
        require(datum, opened, "a child's own data is exported as it is: export = \"content\"")?;
        require(datum, datum.category.is_some(), "a child's own data belongs to a category")?;
    }
    Ok(())
}

/// Nothing stays for ever (312.10), and nothing waits for the end of the deployment but its own
/// state.
fn retention(map: &DataMap, datum: &Datum) -> Result<(), MapError> {
    let ends = map.rule(datum.retention).after != Event::DeploymentEnded;
    require(datum, ends || !datum.is_personal(), "personal information can't stay that long")?;
    let published = !datum.published.is_empty();
    let problem = "unlinked_by must say how what is published loses its meaning, and only that";
    require(datum, published == datum.unlinked_by.is_some(), problem)
}

/// Every category that a record may have.
fn shelves(map: &DataMap) -> Result<(), MapError> {
    for (category, _, word) in Category::ALL {
        let shelf = map.places(Place::Shelf).find(|(place, _)| place == word);
        let fits = shelf.is_some_and(|(_, datum)| datum.category == Some(*category));
        if !fits {
            return Err(wrong(word, "records of this category must stand on the map as a shelf"));
        }
    }
    let unknown = map.places(Place::Shelf).find(|(place, _)| Category::from_word(place).is_none());
    unknown.map_or(Ok(()), |(place, _)| Err(wrong(place, "there is no such category")))
}
