//! `treehouse evidence` at the command line.

use std::fs;

use serde_json::Value;

use crate::place::Place;

const JUNIT: &str = "<testsuites><testsuite name=\"t\">\
    <testcase name=\"a::what_cant_be_is_refused\"/>\
    <testcase name=\"for_ever_cant_be_said\"><failure/></testcase></testsuite></testsuites>";

#[test]
fn evidence_is_written_once_with_the_results_that_were_given() {
    let place = Place::new();
    place.serve().stop();
    fs::write(place.path("junit.xml"), JUNIT).unwrap();
    let (out, junit) = (place.path("evidence"), place.path("junit.xml"));
    let (out, junit) = (out.to_str().unwrap(), junit.to_str().unwrap());
    let line = ["evidence", "--json", "--from", "2026-01-01", "--to", "2036-12-31", "--out", out];
    let ran = place.run(&[&line[..], &["--results", junit]].concat());
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let said: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert!(said["versions"].as_u64().is_some_and(|versions| versions >= 8), "{said}");
    assert_eq!(said["tests_with_results"], 2, "{said}");
    let rows = fs::read(place.path("evidence/requirements.json")).unwrap();
    let rows: Value = serde_json::from_slice(&rows).unwrap();
    let results: Vec<(&str, Option<&str>)> = rows
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|row| row["tests"].as_array().unwrap())
        .map(|test| (test["name"].as_str().unwrap(), test["result"].as_str()))
        .collect();
    for (name, result) in results {
        let expected = match name {
            "what_cant_be_is_refused" => "passed",
            "for_ever_cant_be_said" => "failed",
            _ => "not run",
        };
        assert_eq!(result, Some(expected), "{name}");
    }
    let again = place.run(&line);
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("isn't empty"));
}

#[test]
fn evidence_of_days_that_cant_be_or_with_wrong_results_is_refused_and_nothing_is_written() {
    let place = Place::new();
    fs::write(place.path("wrong.xml"), "all passed").unwrap();
    let (out, wrong) = (place.path("evidence"), place.path("wrong.xml"));
    let (out, wrong) = (out.to_str().unwrap(), wrong.to_str().unwrap());
    for (from, to, more, reason) in [
        ("yesterday", "2026-12-31", &[][..], "--from"),
        ("2026-01-01", "2026-02-30", &[], "--to"),
        ("2026-01-02", "2026-01-01", &[], "before --from"),
        ("1970-01-01", "2026-01-01", &[], "20 years"),
        ("2026-01-01", "2026-12-31", &["--results", wrong], "JUnit"),
    ] {
        let line = [&["evidence", "--from", from, "--to", to, "--out", out][..], more].concat();
        let ran = place.run(&line);
        assert_eq!(ran.status.code(), Some(1), "{reason}");
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(said.contains(reason), "{reason}: {said}");
        assert!(!place.path("evidence").exists(), "{reason}");
    }
}
