//! What the example and the keys must have in common.

use super::*;

#[test]
fn the_example_is_understood_safe_and_shows_the_defaults() {
    let example: Config = toml::from_str(EXAMPLE).unwrap();
    example.check().unwrap();
    assert_eq!(format!("{:?}", example.limits), format!("{:?}", Limits::default()));
}

#[test]
fn every_key_stands_in_the_example() {
    let source = include_str!("../config.rs");
    let (structs, _) = source.split_once("/// Something that must hold").unwrap();
    let (_, structs) = structs.split_once("pub struct Config").unwrap();
    let (alarms, _) = include_str!("alarms.rs").split_once("impl Default").unwrap();
    let (sms, _) = include_str!("sms.rs").split_once("impl Sms").unwrap();
    let (card, _) = include_str!("card.rs").split_once("impl Card").unwrap();
    let (verifier, _) = include_str!("verifier.rs").split_once("/// A way to").unwrap();
    let mut count = 0;
    for line in structs
        .lines()
        .chain(alarms.lines())
        .chain(sms.lines())
        .chain(card.lines())
        .chain(verifier.lines())
        .filter(|line| line.starts_with("    "))
    {
        let line = line.trim().trim_start_matches("pub ");
        let Some((key, "")) = line.split_once(": ").map(|(key, rest)| {
            (key, if rest.ends_with(',') && !rest.contains('(') { "" } else { rest })
        }) else {
            continue;
        };
        // Values of defaults, not keys.
        if !key.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit()) {
            continue;
        }
        count += 1;
        let stands = [format!("{key} = "), format!("[{key}]"), format!(".{key}]]")];
        assert!(stands.iter().any(|text| EXAMPLE.contains(text)), "{key} is not in the example");
    }
    assert!(count > 35, "only {count} keys were found; has the form of this file changed?");
}
