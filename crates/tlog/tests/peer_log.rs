//! Logs that this crate wrote, read by an independent verifier: `peers/check_log.py`. It accepts
//! sound ones and finds what is planted.
#![expect(clippy::unwrap_used, reason = "a helper of a test that can't go on fails the test")]

#[expect(dead_code, reason = "only parts of it are needed here")]
mod house;

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use house::{Log, TIME, entries, witness_signers};
use tempfile::TempDir;
use treehouse_tlog::checkpoint::SignedCheckpoint;
use treehouse_tlog::proof::prove_consistency;
use treehouse_tlog::standalone::Proof;
use treehouse_tlog::witness::Request;

/// Names the Python that has `cryptography`; `cargo xtask test` sets it.
const PYTHON: &str = "TREEHOUSE_PEERS_PYTHON";
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/check_log.py");

/// Writes a log as it would be published, with some proofs and a request to a witness.
fn publish(log: &Log) -> TempDir {
    let folder = TempDir::new().unwrap();
    let write = |path: &str, bytes: &[u8]| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    for (path, bytes) in &log.files {
        write(&path.to_string(), bytes);
    }
    let (checkpoint, size) = (log.checkpoint(), log.frontier.size());
    write("checkpoint", checkpoint.to_string().as_bytes());
    for index in [0, 1, size / 3, size / 2, size.saturating_sub(1)] {
        if index < size {
            let proof = Proof::make(&log.files, index, &checkpoint).unwrap().to_string();
            write(&format!("proofs/{index}.tlog-proof"), proof.as_bytes());
        }
    }
    if size > 1 {
        let (old, checkpoint) = (size / 2, checkpoint.note().clone());
        let proof = prove_consistency(&log.files, old, size).unwrap();
        let request = Request { old, proof, checkpoint }.to_string();
        write("add-checkpoint", request.as_bytes());
    }
    folder
}

fn check(folder: &Path, log: &Log, need: usize) -> Output {
    let python = std::env::var_os(PYTHON).unwrap_or_else(|| OsString::from("python3"));
    let witnesses = witness_signers().into_iter().map(|signer| signer.key().to_string());
    let mut command = Command::new(python);
    command.arg(SCRIPT).arg(folder).arg(log.signer.key().to_string()).arg(need.to_string());
    command.args(witnesses).output().unwrap()
}

/// What the peer says is wrong; anything but a clear verdict fails the test.
fn wrong(folder: &Path, log: &Log) -> String {
    let output = check(folder, log, 3);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("wrong: "), "{said}");
    assert!(!output.status.success() && output.stdout.is_empty());
    said
}

#[test]
fn it_accepts_what_we_publish() {
    for size in [0, 1, 2, 256, 257, 1500, 66_000] {
        let log = Log::of(size);
        let output = check(publish(&log).path(), &log, 3);
        let (said, failed) = (output.stdout, String::from_utf8(output.stderr).unwrap());
        assert!(output.status.success(), "{size}: {failed}");
        let said = String::from_utf8(said).unwrap();
        let root = log.head().root;
        let head = format!("\"size\": {size}, \"root\": \"{root}\"");
        assert!(said.contains(&head), "{said}");
        assert!(said.contains(&format!("\"w3.example\": {}", TIME + 2)), "{said}");
    }
}

#[test]
fn it_finds_a_changed_byte_in_any_file() {
    let log = Log::of(600);
    let folder = publish(&log);
    let mut files = vec!["checkpoint".to_owned(), "add-checkpoint".to_owned()];
    files.extend(log.files.keys().map(ToString::to_string));
    files.push("proofs/200.tlog-proof".to_owned());
    for file in files {
        let path = folder.path().join(&file);
        let bytes = fs::read(&path).unwrap();
        for at in [3, bytes.len() / 3, bytes.len() / 2] {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            fs::write(&path, changed).unwrap();
            wrong(folder.path(), &log);
        }
        fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        wrong(folder.path(), &log);
        fs::remove_file(&path).unwrap();
        let may_be_absent = file.starts_with("proofs/") || file == "add-checkpoint";
        assert!(may_be_absent || wrong(folder.path(), &log).contains("missing"));
        fs::write(&path, &bytes).unwrap();
    }
    assert!(check(folder.path(), &log, 3).status.success());
}

#[test]
fn it_finds_a_rewritten_log_and_missing_witnesses() {
    let log = Log::of(600);
    let folder = publish(&log);
    let unseen = SignedCheckpoint::sign(&log.signer, log.head()).to_string();
    fs::write(folder.path().join("checkpoint"), unseen).unwrap();
    assert!(wrong(folder.path(), &log).contains("0 witnesses have cosigned"));
    let mut rewritten = Log::new();
    rewritten.append(&entries(1..601));
    let folder = publish(&rewritten);
    fs::write(folder.path().join("checkpoint"), log.checkpoint().to_string()).unwrap();
    assert!(wrong(folder.path(), &log).contains("not those that the checkpoint signs"));
}
