//! `treehouse drill` as somebody runs it, with few canaries: what it reports, what it keeps and what
//! it refuses. The whole drill and its control are a step of their own, `cargo xtask test --only drill`.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn drill(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_treehouse")).arg("drill").args(arguments).output().unwrap()
}

fn refusal(arguments: &[&str]) -> String {
    let output = drill(arguments);
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = |path: std::path::PathBuf| {
        if path.is_dir() { files(&path) } else { vec![path.display().to_string()] }
    };
    entries.flat_map(below).collect()
}

#[test]
fn a_thief_of_everything_reads_nothing_and_the_report_says_what_he_gets() {
    let folder = tempfile::tempdir().unwrap();
    let loot = folder.path().join("loot");
    let output = drill(&["--json", "--canaries", "50", "--keep", loot.to_str().unwrap()]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = report["loot"].as_array().unwrap();
    for row in rows {
        let memory = row["piece"].as_str().unwrap().starts_with("memory");
        // Where no memory can be had, the drill must say so, and must not pass.
        let tried = row["not_tried"].is_null();
        assert!(tried || memory && report["passed"] == false, "{row}");
        let hits = row["found"].as_array().unwrap();
        assert!(hits.iter().all(|hit| hit["expected"] == true), "{row}");
    }
    let linux = cfg!(target_os = "linux");
    assert_eq!(output.status.success(), linux);
    let mail = rows.iter().find(|row| row["piece"] == "mail").unwrap();
    assert!(!mail["found"].as_array().unwrap().is_empty(), "letters name whom they go to");
    assert_eq!(report["search_control"]["hidden"], report["search_control"]["found"]);
    assert!(report["metadata"].as_array().unwrap().len() >= 6);
    let stolen = files(&loot);
    assert!(stolen.iter().any(|file| file.ends_with("database/treehouse.db")));
    assert!(stolen.iter().any(|file| file.contains("/blobs/")));
    let apart = ["root.key", "passphrase"];
    assert!(!stolen.iter().any(|file| apart.iter().any(|name| file.ends_with(name))));
}

#[test]
fn the_control_needs_a_build_that_seals_nothing() {
    assert!(refusal(&["--control"]).contains("--features planted-plaintext"));
}

#[test]
fn few_canaries_and_a_folder_that_is_there_are_refused() {
    assert!(refusal(&["--canaries", "49"]).contains("at least 50"));
    let folder = tempfile::tempdir().unwrap();
    let there = folder.path().to_str().unwrap();
    assert!(refusal(&["--keep", there]).contains("must not exist"));
}
