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

#[test]
fn an_incident_is_opened_drafted_reported_and_listed_by_the_program() {
    let place = Place::new();
    let file = place.path("treehouse.toml");
    let config = ["incident", "--config", file.to_str().unwrap()];
    let incident = |more: &[&str]| run(&[&config[..], &["--as", "grace"][..], more].concat());
    let text = |output: Output| String::from_utf8(output.stdout).unwrap();
    assert_eq!(text(incident(&["list"])), "no incident was written down\n");
    let what = "records are read with a stolen token";
    let open =
        ["open", "--kind", "exploited-hole", "--aware", "2026-01-05T06:30:00Z", "--what", what];
    let opened = text(incident(&open));
    for line in
        ["incident 1, open", what, "until 2026-01-06 06:30 UTC", "until 2026-01-08 06:30 UTC"]
    {
        assert!(opened.contains(line), "{line}: {opened}");
    }
    let late = incident(&["list"]);
    assert_eq!(late.status.code(), Some(1), "its time has run out");
    assert!(text(late).contains("LATE"));
    let draft = text(incident(&["draft", "1", "early-warning"]));
    for part in ["sent until 2026-01-06 06:30 UTC", what, "Member States", "0 families"] {
        assert!(draft.contains(part), "{part}: {draft}");
    }
    for report in ["early-warning", "notification", "final"] {
        let sent = ["report", "1", report, "--reference", "R-1", "--at", "2026-01-05T12:00:00Z"];
        if report == "final" {
            assert_eq!(incident(&sent).status.code(), Some(1), "the hole is open");
            let mended = incident(&["mended", "1", "--at", "2026-01-05T11:00:00Z"]);
            assert_eq!(mended.status.code(), Some(0));
        }
        let sent = text(incident(&sent));
        assert!(sent.contains("sent 2026-01-05 12:00 UTC by grace, R-1"), "{sent}");
    }
    let closed = text(incident(&["close", "1", "--because", "closed by version 2"]));
    assert!(closed.contains("incident 1, closed by grace: closed by version 2"), "{closed}");
    assert_eq!(incident(&["list"]).status.code(), Some(0));
    let nobody = run(&[&config[..], &["close", "1", "--because", "x"]].concat());
    assert_eq!(nobody.status.code(), Some(1), "who acts is written down");
}
