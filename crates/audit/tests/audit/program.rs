//! The program: exit codes, JSON, help, and what it depends on.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::deployment::{Deployment, run};

/// Crates that the auditor is made of, with the three of this workspace; three in four come with
/// the protocol's ciphers.
const CRATES_MAX: usize = 94;
/// What an offline verifier has no use for.
const BANNED: [&str; 9] = [
    "aws-lc-rs",
    "openssl",
    "reqwest",
    "ring",
    "rusqlite",
    "rustls",
    "tokio",
    "treehouse-client",
    "treehouse-server",
];

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(ToOwned::to_owned).collect()
}

#[test]
fn a_wrong_command_line_and_an_unreadable_file_are_2() {
    let deployment = Deployment::new();
    let log = deployment.copy();
    let key = deployment.signer.key().to_string();
    let folder = log.path().display();
    for line in [
        String::new(),
        "verify".to_owned(),
        format!("verify --log {folder} --key nonsense"),
        format!("verify --log {folder} --key {key} --need 1"),
        format!("verify --log {folder} --key {key} --on yesterday"),
        format!("verify --log {folder} --key {key} --receipts {folder}/checkpoint"),
        format!("verify --log {folder} --key {key} --seen {folder}/nothing"),
        format!("verify --log {folder}/nothing --key {key}"),
        format!("fsck --log {folder}/nothing --key {key}"),
    ] {
        let ran = run(&words(&line));
        assert_eq!(ran.code, Some(2), "{line}: {}{}", ran.out, ran.err);
        assert!(!ran.err.is_empty() && !ran.out.contains("right"), "{line}: {}", ran.out);
    }
    fs::remove_file(log.path().join("tile/0/001")).unwrap();
    fs::create_dir(log.path().join("tile/0/001")).unwrap();
    let ran = run(&words(&format!("fsck --log {folder} --key {key}")));
    assert_eq!(ran.code, Some(2), "a place that fails says nothing about the log: {}", ran.err);
}

#[test]
fn fsck_is_silent_on_standard_error_unless_something_is_wrong() {
    let deployment = Deployment::new();
    let log = deployment.copy();
    let key = deployment.signer.key().to_string();
    let arguments = words(&format!("fsck --log {} --key {key}", log.path().display()));
    let ran = run(&arguments);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{}", ran.out);
    assert_eq!(ran.out, "toys.example/log: 600 entries, all right\n");
    fs::remove_file(log.path().join("tile/0/001")).unwrap();
    let ran = run(&arguments);
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
    assert_eq!(ran.err, "tile/0/001: isn't there\n");
}

#[test]
fn files_lists_what_a_mirror_lacks() {
    let deployment = Deployment::new();
    let (log, mirror) = (deployment.copy(), tempfile::tempdir().unwrap());
    let key = deployment.signer.key().to_string();
    fs::copy(log.path().join("checkpoint"), mirror.path().join("checkpoint")).unwrap();
    let folder = mirror.path().display();
    let lacks = |more: &str| run(&words(&format!("files --log {folder} --key {key} {more}")));
    let ran = lacks("");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(ran.out.lines().count(), 7, "two kinds of three, and one tile above: {}", ran.out);
    let (names, last) = ran.out.trim_end().rsplit_once('\n').unwrap();
    for name in names.lines() {
        let path = mirror.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(log.path().join(name), path).unwrap();
    }
    assert_eq!(lacks("").out, format!("{last}\n"), "what is there isn't listed again");
    let config =
        format!("url = \"https://toys.example/log/{last}\"\noutput = \"{folder}/{last}\"\n");
    assert_eq!(lacks("--from https://toys.example/log/").out, config);
    fs::create_dir_all(mirror.path().join(last).parent().unwrap()).unwrap();
    fs::copy(log.path().join(last), mirror.path().join(last)).unwrap();
    assert_eq!(lacks("").out, "");
    deployment.verify(mirror.path(), &[]).assert_right();
}

#[test]
fn json_says_the_same_to_machines() {
    let deployment = Deployment::new();
    let log = deployment.copy();
    let ran = deployment.verify(log.path(), &["--json"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&answer["ok"], &answer["log"]["size"]), (&Value::from(true), &Value::from(600)));
    assert_eq!(answer["log"]["days"]["2024-10-04"]["release"], 2);
    fs::remove_file(log.path().join("tile/0/001")).unwrap();
    let ran = deployment.verify(log.path(), &["--json"]);
    assert_eq!(ran.code, Some(1));
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(answer["ok"], false);
    assert_eq!(answer["findings"][0]["where"], "tile/0/001");
}

#[test]
fn help_has_examples_and_words_say_what_cant_be_proven() {
    for line in ["--help", "verify --help"] {
        let ran = run(&words(line));
        assert_eq!(ran.code, Some(0));
        assert!(ran.out.contains("Examples:"), "{}", ran.out);
    }
    let ran = run(&words("words"));
    assert_eq!(ran.code, Some(0));
    assert!(ran.out.contains("can't prove") && ran.out.contains("leaves no trace"), "{}", ran.out);
}

/// Whoever audits reads what is compiled into the auditor. The control: the same look at the
/// server finds what is banned here.
#[test]
fn the_list_of_dependencies_stays_small() {
    let crates = |package: &str| -> Vec<String> {
        let cargo = std::env!("CARGO");
        let mut command = Command::new(cargo);
        command.args(["tree", "--offline", "--locked", "-p", package, "-e", "normal"]);
        let output = command.args(["--prefix", "none", "--format", "{p}"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        let mut names: Vec<String> =
            text.lines().filter_map(|line| line.split(' ').next()).map(Into::into).collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    let found = crates("treehouse-audit");
    assert!(found.len() <= CRATES_MAX, "{} crates: {found:?}", found.len());
    for banned in BANNED {
        assert!(!found.contains(&banned.to_owned()), "the auditor depends on {banned}");
    }
    let server = crates("treehouse-server");
    assert!(server.len() > CRATES_MAX && server.contains(&"tokio".to_owned()));
}
