//! The rule against the real source, with something smuggled into it again and again.

use super::*;

fn real() -> Tree {
    Tree::load().unwrap()
}

/// What the rule finds once a file of the real source has another text.
fn with(path: &str, change: impl Fn(&str) -> String) -> Vec<Finding> {
    let mut tree = real();
    let file = tree.files.iter_mut().find(|file| file.path == path).unwrap();
    let changed = change(&file.text);
    assert_ne!(changed, file.text, "{path} wasn't changed");
    file.text = changed;
    check(&tree)
}

#[test]
fn the_control_nothing_is_smuggled_and_nothing_is_found() {
    assert_eq!(check(&real()), []);
}

/// Every place in a text after a pattern.
fn after(text: &str, pattern: &str) -> Vec<usize> {
    text.match_indices(pattern).map(|(at, _)| at + pattern.len()).collect()
}

fn with_inserted(text: &str, at: usize, what: &str) -> String {
    format!("{}{what}{}", &text[..at], &text[at..])
}

/// Smuggles `what` in at each place after a pattern, one at a time; answers how often, and that each
/// was found.
fn smuggle(tree: &Tree, files: &[&str], patterns: &[&str], what: &str, named: &str) -> usize {
    let mut count = 0;
    for file in tree.with_extension("rs") {
        if !files.iter().any(|start| file.path.starts_with(start)) {
            continue;
        }
        for at in patterns.iter().flat_map(|pattern| after(&file.text, pattern)) {
            let text = with_inserted(&file.text, at, what);
            let map = &tree.file(MAP).unwrap().text;
            let few = Tree::of(&[(MAP, map), (&file.path, &text)]);
            let found = check(&few);
            let caught = found.iter().any(|finding| finding.advice.contains(named));
            assert!(caught, "{} at {at}: {what} wasn't found", file.path);
            count += 1;
        }
    }
    count
}

#[test]
fn every_smuggled_field_is_caught() {
    let tree = real();
    let logs: Vec<String> = LEVELS.iter().map(|level| format!("tracing::{level}!(")).collect();
    let logs: Vec<&str> = logs.iter().map(String::as_str).collect();
    let mut count = 0;
    let ways = ["smuggled = %email, ", "%smuggled, ", "?smuggled, ", "user.smuggled = 1, "];
    for way in ways {
        count += smuggle(&tree, &SPEAKING, &logs, way, "smuggled");
    }
    count += smuggle(
        &tree,
        &SPEAKING,
        &[
            "treehouse_requests_total\"",
            "treehouse_job_failures_total\"",
            "treehouse_alarms_total\"",
            "treehouse_log_unwitnessed_total\"",
            "histogram!(REQUEST_SECONDS",
        ],
        ", \"smuggled\" => address",
        ".smuggled",
    );
    // Each type of a sealed content, and each letter.
    let field = " pub smuggled: String, ";
    let types = [
        "struct Photo {",
        "struct Profile {",
        "struct Answer {",
        "struct AskGuardian {",
        "struct AskToy {",
        "struct Kept {",
        "struct Limits {",
        "struct ToyName(",
    ];
    count += smuggle(&tree, &[CONTENT], &types[..7], field, ".smuggled");
    count +=
        smuggle(&tree, &[CONTENT], &["struct ToyName(pub String"], ", pub String", "TH-NAME/1.1");
    let letters = [
        "OpenAccount {",
        "SetPassword {",
        "AskConsent {",
        "ConsentGiven {",
        "Declined {",
        "Alarm {",
        "struct Sender<'a> {",
    ];
    for (index, letter) in letters.iter().enumerate() {
        let text = &tree.file(LETTERS).unwrap().text;
        let at = after(text, letter)[0];
        let of = if index == 6 { "pub smuggled: &'a str," } else { "smuggled: &'a str," };
        let changed = with_inserted(text, at, of);
        let found = with(LETTERS, |_| changed.clone());
        assert!(found.iter().any(|each| each.advice.contains(".smuggled")), "{letter}");
        count += 1;
    }
    println!("{count} smuggled fields were caught");
    assert!(count >= 100, "only {count} were smuggled");
}

#[test]
fn names_in_braces_count_as_fields() {
    let mut spoken = Spoken::default();
    spoken.walk(rust::tokens("fn f() { tracing::info!(\"{email} has {0} and {size:?}\", 1); }"));
    let names: Vec<&str> = spoken.log_fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["email", "size"]);
}

#[test]
fn imported_macros_and_instrument_are_seen() {
    let mut spoken = Spoken::default();
    let text =
        "use tracing::warn; #[tracing::instrument] fn f() { warn!(address = %peer, \"x\"); }";
    spoken.walk(rust::tokens(text));
    assert_eq!(spoken.log_fields[0].0, "address");
    assert_eq!(spoken.problems.len(), 1);
}

#[test]
fn a_smuggled_cookie_is_caught() {
    let found = with(PRINCIPAL, |text| text.replace("__Host-treehouse", "__Host-tracker"));
    assert!(found.iter().any(|each| each.advice.contains("__Host-tracker")), "{found:?}");
    assert!(found.iter().any(|each| each.path == MAP), "and the old one is missing");
}

#[test]
fn what_the_map_invents_is_found() {
    let found = with(MAP, |text| text.replace("TH-PROFILE/1.nickname", "TH-PROFILE/1.surname"));
    assert!(found.iter().any(|each| each.path == MAP), "{found:?}");
    assert!(found.iter().any(|each| each.advice.contains("TH-PROFILE/1.nickname")), "{found:?}");
    let found = with(MAP, |text| text.replace("http/limits.Rates", "http/limits.Diary"));
    assert!(found.iter().any(|each| each.advice.contains("http/limits.Diary")), "{found:?}");
}
