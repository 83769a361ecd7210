//! What a change of map, registers or features locks, and what it doesn't.

use std::collections::BTreeSet;

use treehouse_protocol::registry::Category;

use super::*;

fn facts(map: &str, features: &[Feature], registers: &str) -> Snapshot {
    Snapshot::of(&Ground::of(map, features, registers).sources())
}

fn usual() -> Snapshot {
    facts(MAP, &USUAL, PROFILE)
}

/// The map with one word changed in the datum of this name.
fn changed(id: &str, from: &str, to: &str) -> String {
    let (before, after) = MAP.split_once(&format!("id = \"{id}\"\n")).unwrap();
    let (datum, rest) = after.split_once("\n\n").unwrap();
    assert!(datum.contains(from), "{id}: {datum}");
    format!("{before}id = \"{id}\"\n{}\n\n{rest}", datum.replacen(from, to, 1))
}

fn locked(changes: &Changes) -> Vec<Category> {
    changes.locked.iter().copied().collect()
}

#[test]
fn the_same_facts_change_nothing() {
    let changes = Changes::between(&usual(), &usual());
    assert!(changes.is_empty() && changes.locked.is_empty());
}

#[test]
fn what_widens_locks_the_kinds_of_data_that_it_touches() {
    let nickname = "profile.nickname";
    let cases = [
        (changed(nickname, "purposes = [", "purposes = [\"support\", "), Category::Profile),
        (changed(nickname, "readers = [", "readers = [\"steward\", "), Category::Profile),
        (changed(nickname, "retention = \"child\"", "retention = \"log-line\""), Category::Profile),
        (
            changed(nickname, "notice_key = \"nickname\"", "notice_key = \"voice\""),
            Category::Profile,
        ),
    ];
    for (map, category) in cases {
        let after = facts(&map, &USUAL, PROFILE);
        let changes = Changes::between(&usual(), &after);
        assert!(changes.changes.iter().any(Change::widens), "{changes:?}");
        assert_eq!(locked(&changes), [category], "{changes:?}");
        // And back again: only less is done, so nobody is asked.
        let back = Changes::between(&after, &usual());
        let again = back.changes.iter().filter(|change| change.widens()).count();
        let other =
            map.contains("notice_key = \"voice\"") || map.contains("retention = \"log-line\"");
        assert!(other || (again == 0 && back.locked.is_empty()), "{back:?}");
    }
}

#[test]
fn a_longer_time_locks_and_a_shorter_one_does_not() {
    let with = |days: u32| {
        let from = "id = \"toy\"\nkeep = \"730 days\"";
        assert!(MAP.contains(from));
        facts(&MAP.replace(from, &format!("id = \"toy\"\nkeep = \"{days} days\"")), &USUAL, PROFILE)
    };
    let longer = Changes::between(&usual(), &with(800));
    assert!(matches!(longer.changes[..], [Change::LongerStay(..)]), "{longer:?}");
    // It belongs to toys, which everything needs.
    assert!(longer.locked.contains(&Category::Photos), "{longer:?}");
    let shorter = Changes::between(&usual(), &with(30));
    assert!(matches!(shorter.changes[..], [Change::ShorterStay(..)]), "{shorter:?}");
    assert!(shorter.locked.is_empty());
}

#[test]
fn a_further_feature_locks_itself_and_one_less_locks_nothing() {
    let more = [USUAL.as_slice(), &[Feature::Voice]].concat();
    let wider = Changes::between(&usual(), &facts(MAP, &more, PROFILE));
    assert!(wider.locked.contains(&Category::Voice), "{wider:?}");
    assert!(!wider.locked.contains(&Category::Photos), "{wider:?}");
    let fewer = Changes::between(&facts(MAP, &more, PROFILE), &usual());
    assert!(!fewer.is_empty() && fewer.locked.is_empty(), "{fewer:?}");
}

#[test]
fn what_is_only_about_guardians_locks_no_childs_data() {
    let map = changed("account.address", "purposes = [", "purposes = [\"support\", ");
    let changes = Changes::between(&usual(), &facts(&map, &USUAL, PROFILE));
    assert!(changes.changes.iter().any(Change::widens) && changes.locked.is_empty());
}

#[test]
fn whom_else_something_is_given_locks_what_they_get_unless_it_takes_its_own_consent() {
    let cases: [(&str, &str, bool, &[Category]); 4] = [
        ("service", "nickname", true, &[Category::Profile]),
        ("third-party", "pictures", true, &[Category::Photos]),
        ("third-party", "pictures", false, &[]),
        ("service", "guardian-address", true, &[]),
    ];
    for (kind, gets, integral, expected) in cases {
        let party = party("other", kind, "own-request", gets, integral);
        let after = facts(MAP, &USUAL, &format!("{PROFILE}{party}"));
        let changes = Changes::between(&usual(), &after);
        assert_eq!(changes.changes, [Change::NewParty("other".to_owned())]);
        assert_eq!(locked(&changes), expected, "{kind} {gets} {integral}");
        let elsewhere = party.replace("region = \"EU\"", "region = \"US\"");
        let moved = facts(MAP, &USUAL, &format!("{PROFILE}{elsewhere}"));
        let changes = Changes::between(&after, &moved);
        assert_eq!(changes.changes, [Change::WiderParty("other".to_owned())]);
        assert_eq!(locked(&changes), expected);
        let gone = Changes::between(&after, &usual());
        assert_eq!(gone.changes, [Change::PartyGone("other".to_owned())]);
        assert_eq!(gone.locked, BTreeSet::new());
    }
}

#[test]
fn a_weaker_seal_locks() {
    let map = changed("outer-key", "sealed = \"server\"", "sealed = \"clear\"");
    let after = facts(&map, &USUAL, PROFILE);
    let changes = Changes::between(&usual(), &after);
    assert!(matches!(changes.changes[..], [Change::WeakerSeal(..)]), "{changes:?}");
    assert!(!changes.locked.is_empty());
    assert!(Changes::between(&after, &usual()).locked.is_empty());
}
