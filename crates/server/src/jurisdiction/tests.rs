//! The table against the requirements.

use super::*;

fn today() -> Date {
    Date::new(2026, 11, 22).unwrap()
}

/// AGE-01.
#[test]
fn a_child_is_one_until_the_age_of_its_country_and_longest_where_none_is_known() {
    let table = Jurisdictions::embedded();
    for (age, places) in [
        (13, "US GB BE EE FI LV MT PT SE IS NO"),
        (14, "AT BG CY IT LT ES CA-QC KR CN"),
        (15, "CZ FR GR SI DK"),
        (16, "DE HR HU IE LU NL PL RO SK LI"),
        (18, "IN"),
        // Neither named nor guessed from a neighbour, a part of it, or another spelling.
        (18, "XX CA CA-ON BR JP CH AU us U USA"),
    ] {
        for place in places.split(' ') {
            assert_eq!(table.consent_age(place, today()), age, "{place}");
        }
    }
    assert_eq!(table.consent_age("", today()), UNKNOWN_AGE);
    assert_eq!(table.consent_age("DE-BY", today()), 16, "a part of a country is the country");
    // Denmark raised its age on a day; before it, this table knows nothing of it.
    assert_eq!(table.consent_age("DK", Date::new(2023, 12, 31).unwrap()), UNKNOWN_AGE);
    assert_eq!(table.consent_age("DK", Date::new(2024, 1, 1).unwrap()), 15);
}

/// Requirements 9.3: each clock, in hours.
#[test]
fn the_clocks_are_those_of_the_requirements() {
    let clocks = Jurisdictions::embedded().clocks();
    let hours = |place: &str, law: &str| -> Vec<Option<u32>> {
        let meant = |clock: &&Clock| clock.place.contains(place) && clock.law.contains(law);
        clocks.iter().filter(meant).map(|clock| clock.within_hours).collect()
    };
    assert_eq!(hours("EU", "Cyber"), [Some(24), Some(72), Some(14 * 24), Some(30 * 24)]);
    assert_eq!(hours("EU", "GDPR"), [Some(72), None]);
    assert_eq!(hours("India", "rule 7"), [Some(72), None]);
    assert_eq!(hours("US-CA", "1798"), [Some(30 * 24)]);
    assert_eq!(hours("VT", "state"), [Some(45 * 24)]);
    assert_eq!(hours("DE, LA", "state"), [Some(60 * 24)]);
    assert_eq!(hours("Quebec", "Law 25"), [None]);
    assert_eq!(clocks[0].within_ms(), Some(24 * 60 * 60 * 1000));
}

#[test]
fn a_table_with_a_mistake_is_refused() {
    assert!(Jurisdictions::parse(TEXT).is_ok(), "the control");
    for (right, wrong) in [
        ("years = 13", "years = 12"),
        ("years = 18", "years = 21"),
        ("\"US\"", "\"USA\""),
        ("\"GB\"", "\"FR\""),
        ("as_of = 2026-11-21", "as_of = \"yesterday\""),
        ("within_hours = 24\n", "within_hours = 100\n"),
        ("known = \"check\"", "known = \"maybe\""),
        ("law = \"PIPA\"", "laws = \"PIPA\""),
    ] {
        assert!(TEXT.contains(right), "{right}");
        assert!(Jurisdictions::parse(&TEXT.replacen(right, wrong, 1)).is_err(), "{wrong}");
    }
}
