//! The small commands.

use std::process::{Command, Output};

use serde_json::Value;

use super::place::Place;

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_treehouse")).args(arguments).output().unwrap()
}

#[test]
fn migrate_tells_what_is_pending_and_applies_it_once() {
    let place = Place::new();
    let check = || {
        let output = place.run(&["migrate", "--check", "--json"]);
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code(), answer["pending"].as_array().unwrap().len())
    };
    let (code, pending) = check();
    assert_eq!(code, Some(1));
    assert!(pending >= 2, "{pending}");
    assert!(!place.path("store").exists(), "a check makes nothing");
    assert_eq!(place.run(&["migrate"]).status.code(), Some(0));
    assert_eq!(check(), (Some(0), 0));
    let again = place.run(&["migrate"]);
    assert_eq!(String::from_utf8(again.stdout).unwrap(), "everything was there\n");
}

#[test]
fn the_openapi_document_is_the_running_servers() {
    let printed = run(&["openapi"]);
    let printed: Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert!(printed["openapi"].as_str().unwrap().starts_with("3.1"));
    let place = Place::new();
    let served = place.serve().get("/v1/openapi.json");
    assert_eq!(serde_json::from_str::<Value>(&served.body).unwrap(), printed);
}

#[test]
fn the_example_passes_its_own_check() {
    let place = Place::new();
    let example = run(&["config", "example"]);
    let example = String::from_utf8(example.stdout).unwrap();
    place.write_config(|_| example);
    let checked = place.run(&["config", "check"]);
    assert_eq!(checked.status.code(), Some(0), "{checked:?}");
}

#[test]
fn exit_codes_and_errors_are_as_the_help_says() {
    assert_eq!(run(&["nonsense"]).status.code(), Some(2));
    let help = String::from_utf8(run(&["--help"]).stdout).unwrap();
    for word in ["Exit codes", "Examples", "NO_COLOR", "serve", "doctor"] {
        assert!(help.contains(word), "{help}");
    }
    let failed = run(&["serve", "--json", "--config", "/nowhere/treehouse.toml"]);
    assert_eq!(failed.status.code(), Some(1));
    let error: Value = serde_json::from_slice(&failed.stderr).unwrap();
    assert!(error["error"].as_str().unwrap().contains("give another with --config"), "{error}");
}
