//! The map of this program is sound, and a map that isn't is refused.

use treehouse_protocol::registry::{self, Coded};

use super::*;

#[test]
fn the_map_of_this_program_is_read() {
    let map = DataMap::parse(TEXT).unwrap();
    assert!(map.data().count() > 60);
    assert!(map.personal().all(|datum| map.stay(datum).keep.days() <= DAYS_MAX));
}

#[test]
fn every_phrase_of_a_notice_has_its_facts() {
    let map = DataMap::embedded();
    let all: BTreeSet<Feature> = Feature::ALL.iter().copied().collect();
    let facts = map.facts(&all);
    let keys: BTreeSet<&str> = facts.iter().map(|fact| fact.key).collect();
    assert_eq!(keys, map.notice_keys());
    let named: usize = facts.iter().map(|fact| fact.data.len()).sum();
    assert_eq!(named, map.data().filter(|datum| datum.notice_key.is_some()).count());
    let pictures = BTreeSet::from([Feature::Pictures]);
    let few = map.facts(&pictures);
    assert!(few.iter().any(|fact| fact.key == "pictures"));
    assert!(few.iter().all(|fact| fact.key != "nickname"), "it isn't needed for pictures");
}

#[test]
fn every_feature_needs_something_or_the_list_is_too_long() {
    let map = DataMap::embedded();
    for feature in Feature::ALL {
        let needed = map.of_features(&BTreeSet::from([*feature])).count();
        assert!(needed > 0, "{feature:?}");
    }
}

#[test]
fn every_purpose_of_a_grant_is_a_purpose_of_the_map() {
    for (purpose, _, word) in registry::Purpose::ALL {
        let own: Purpose = serde_json::from_value(serde_json::json!(word)).unwrap();
        assert_eq!(own.consented(), Some(*purpose), "{word}");
    }
    assert_eq!(Purpose::Secure.consented(), None, "it takes no consent");
}

/// The map with one piece of its text replaced.
fn changed(from: &str, to: &str) -> Result<DataMap, MapError> {
    assert!(TEXT.contains(from), "{from} doesn't stand on the map");
    DataMap::parse(&TEXT.replacen(from, to, 1))
}

#[test]
fn what_cant_be_is_refused() {
    let nickname = "id = \"profile.nickname\"";
    let cases = [
        (nickname, "id = \"profile.nickname\"\nforever = true"),
        (nickname, "id = \"profile.age-band\""),
        ("keep = \"1 hour\"", "keep = \"forever\""),
        ("keep = \"1 hour\"", "keep = \"36500 days\""),
        ("after = \"link-mailed\"", "after = \"never\""),
        ("class = \"name\"", "class = \"biometric\""),
        ("class = \"name\"", "class = \"government-id\""),
        ("class = \"name\"", "class = \"not-personal\""),
        ("class = \"name\"", "class = \"secret-question\""),
        ("retention = \"session\"", "retention = \"deployment\""),
        ("retention = \"session\"", "retention = \"for-ever\""),
        ("notice_key = \"nickname\"\n", ""),
        ("notice_key = \"nickname\"", "notice_key = \"Nick name\""),
        ("category = \"profile\"", "category = \"profiles\""),
        ("category = \"profile\"\n", ""),
        ("\"account.address_index\"", "\"account.email_sealed\""),
        ("purposes = [\"authenticate\"]", "purposes = [\"advertising\"]"),
        ("purposes = [\"authenticate\"]", "purposes = []"),
        ("required_by = [\"accounts\"]", "required_by = []"),
        ("shelves = [\"voice\"]", "shelves = [\"voices\"]"),
        ("unlinked_by", "what_for"),
    ];
    for (from, to) in cases {
        let from = from.replace("account.address_index", "account.email_index");
        assert!(changed(&from, to).is_err(), "{from} -> {to} was taken");
    }
    assert!(changed("keep = \"1 hour\"", "keep = \"2 hours\"").is_ok(), "the control");
}

#[test]
fn what_strangers_could_use_is_never_clear() {
    let sealed = "sealed = \"server\"";
    let (before, after) = TEXT.split_once("id = \"account.address\"").unwrap();
    let after = after.replacen(sealed, "sealed = \"clear\"", 1);
    let refused = DataMap::parse(&format!("{before}id = \"account.address\"{after}"));
    assert!(matches!(refused, Err(MapError::Wrong { id, .. }) if id == "account.address"));
}
