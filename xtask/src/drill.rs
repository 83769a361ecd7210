//! The step `drill`: everything is stolen from a real server on each engine and searched; and the
//! same from one that seals nothing, in which everything must be found. All networks are captured
//! meanwhile, and another thief comes through a planted hole in front of the database, with sqlmap.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::cache::Cache;
use crate::process;
use crate::setup::{postgres, python};
use crate::tally::Tally;

/// Canaries that the promise speaks of.
const CANARIES: &str = "1000";
/// Canaries on the second engine, for what differs there: how it is stolen.
const CANARIES_ON_POSTGRES: &str = "300";
const PLANTED: &str = "treehouse/planted-plaintext";

/// Runs the drill and its control on both engines; each is one check.
pub fn run(cache: &Cache) -> Result<Tally> {
    let thief = executable(cache, "fire", &[])?;
    let sqlmap = python::fire(cache)?.with_file_name("sqlmap");
    let [thief, sqlmap] = [&thief, &sqlmap].map(|path| path.display().to_string());
    let more = ["--capture", "--thief", &thief, "dump", "--sqlmap", &sqlmap];
    let real = on_both(cache, &program(cache)?, &more)?;
    let control = executable(cache, "treehouse", &["--features", PLANTED])
        .and_then(|program| on_both(cache, &program, &[&["--control"], &more[..]].concat()));
    // No program that seals nothing stays where somebody could take it for the real one.
    program(cache)?;
    let checks = real.into_iter().chain(control?);
    Ok(checks.fold(Tally::default(), |sum, tally| sum + tally))
}

fn on_both(cache: &Cache, program: &Path, more: &[&str]) -> Result<[Tally; 2]> {
    let report = drill(program, CANARIES, more)?;
    let on_postgres = on_postgres(cache, program, more)?;
    let is_control = more.contains(&"--control");
    let embedded = Asked { canaries: CANARIES, pieces: 12, is_control };
    // There, the operator backs up by pg_dump, which is how the thief takes the database.
    let shared = Asked { canaries: CANARIES_ON_POSTGRES, pieces: 11, is_control };
    Ok([(report, embedded), (on_postgres, shared)]
        .map(|(report, asked)| Tally::of(judge(&report, &asked))))
}

/// Builds the program as it is meant to be.
pub fn program(cache: &Cache) -> Result<PathBuf> {
    executable(cache, "treehouse", &[])
}

/// Builds the program and its example `fire`, with the features that the tests of the workspace
/// have, so that nothing is compiled a second time; answers where the one of this name is.
pub fn executable(cache: &Cache, name: &str, features: &[&str]) -> Result<PathBuf> {
    let mut command = process::cargo(cache);
    command.args(["build", "--locked", "--workspace"]).args(features);
    command.args(["--bin", "treehouse", "--example", "fire"]);
    let messages = process::capture(command.args(["--message-format", "json-render-diagnostics"]))?;
    let mut compiled = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let program = compiled.find_map(|message| {
        let is_this = message.pointer("/target/name")? == name;
        is_this.then(|| message.get("executable")?.as_str().map(PathBuf::from)).flatten()
    });
    program.with_context(|| format!("cargo didn't say where {name} is"))
}

/// The drill on a PostgreSQL of its own, of which the thief takes dumps and files.
fn on_postgres(cache: &Cache, program: &Path, more: &[&str]) -> Result<Value> {
    let server = postgres::Server::start(cache)?;
    let folder = cache.servers().join(format!("drill-{}", std::process::id()));
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut words = Vec::new();
    for (option, database) in [("--postgres", "data"), ("--key-store-postgres", "keys")] {
        let file = folder.join(database);
        let mut open = fs::OpenOptions::new();
        let opened = open.write(true).create(true).truncate(true).mode(0o600).open(&file);
        let address = server.create(database)?;
        let written = opened.and_then(|mut opened| opened.write_all(address.as_bytes()));
        written.with_context(|| format!("cannot write {}", file.display()))?;
        words.extend([option.to_owned(), file.display().to_string()]);
    }
    words.extend(["--postgres-folder".to_owned(), server.data().display().to_string()]);
    let words: Vec<&str> = words.iter().map(String::as_str).chain(more.iter().copied()).collect();
    let report = drill(program, CANARIES_ON_POSTGRES, &words);
    fs::remove_dir_all(&folder).with_context(|| format!("cannot delete {}", folder.display()))?;
    report
}

/// A drill that finds something exits with 1, and still reports.
fn drill(program: &Path, canaries: &str, more: &[&str]) -> Result<Value> {
    let mut command = Command::new(program);
    command.args(["drill", "--json", "--canaries", canaries]).args(more).stdin(Stdio::null());
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.with_context(|| format!("cannot run `{}`", process::text(&command)))?;
    let Ok(report) = serde_json::from_slice::<Value>(&output.stdout) else {
        bail!("`{}` gave no report ({})", process::text(&command), output.status);
    };
    ensure!(report["passed"] == Value::Bool(output.status.success()), "exit and report differ");
    Ok(report)
}

/// What a drill must have been.
struct Asked {
    /// Canaries, at least.
    canaries: &'static str,
    /// How many things were stolen.
    pieces: usize,
    /// Whether it was the control.
    is_control: bool,
}

/// Judges by the figures, not by the drill's own verdict alone.
fn judge(report: &Value, asked: &Asked) -> Result<()> {
    let Asked { canaries, pieces, is_control } = *asked;
    let number = |value: &Value| value.as_u64().context("the report lacks a number");
    let planted = number(&report["canaries"])?;
    ensure!(planted >= canaries.parse()?, "only {planted} canaries were planted");
    ensure!(report["control"] == Value::Bool(is_control), "this was another kind of drill");
    let search = &report["search_control"];
    let (hidden, found) = (number(&search["hidden"])?, number(&search["found"])?);
    ensure!(hidden > 10 * planted && found == hidden, "the search found {found} of {hidden}");
    let loot = report["loot"].as_array().context("the report lacks the loot")?;
    ensure!(loot.len() == pieces, "{} things were stolen", loot.len());
    for row in loot {
        let bytes = row["bytes"].as_u64().unwrap_or_default();
        ensure!(bytes > 0, "{} wasn't tried: {}", row["title"], row["not_tried"]);
        let hits = row["found"].as_array().context("the report lacks what was found")?;
        let leak = hits.iter().find(|hit| !is_control && hit["expected"] != Value::Bool(true));
        if let Some(hit) = leak {
            bail!("found in {}: {hit}", row["title"]);
        }
    }
    let by_injection = loot.iter().find(|row| row["piece"] == "other");
    let hits = by_injection.and_then(|row| row["found"].as_array()).context("the other thief")?;
    let names = hits.iter().any(|hit| hit["kind"] == "nickname");
    ensure!(
        names == is_control,
        "of a server that seals nothing an injection gives names of children, and of no other"
    );
    let hidden_well = number(&report["on_no_disk"])?;
    ensure!(!is_control || hidden_well == 0, "{hidden_well} canaries weren't found");
    ensure!(report["passed"] == Value::Bool(true), "the drill itself says no");
    println!("{planted} canaries, {hidden_well} of them on no disk, {} s", report["seconds"]);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Value {
        let row = serde_json::json!({ "piece": "other", "title": "it", "bytes": 5, "found": [] });
        serde_json::json!({
            "passed": true, "control": false, "canaries": 1000, "on_no_disk": 900,
            "search_control": { "hidden": 20_000, "found": 20_000 }, "loot": vec![row; 12],
            "seconds": 1,
        })
    }

    const REAL: Asked = Asked { canaries: CANARIES, pieces: 12, is_control: false };
    const CONTROL: Asked = Asked { is_control: true, ..REAL };

    fn fails(change: impl FnOnce(&mut Value)) -> bool {
        let mut report = report();
        change(&mut report);
        judge(&report, &REAL).is_err()
    }

    #[test]
    fn a_good_report_is_good() {
        assert!(judge(&report(), &REAL).is_ok());
    }

    #[test]
    fn each_flaw_is_a_failure() {
        assert!(judge(&report(), &CONTROL).is_err());
        assert!(fails(|report| report["passed"] = false.into()));
        assert!(fails(|report| report["canaries"] = 999.into()));
        assert!(fails(|report| report["search_control"]["found"] = 19_999.into()));
        assert!(fails(|report| report["loot"][3]["bytes"] = Value::Null));
        assert!(fails(|report| drop(report["loot"].as_array_mut().unwrap().pop())));
        let hit = serde_json::json!([{ "kind": "nickname", "expected": false }]);
        assert!(fails(|report| report["loot"][8]["found"] = hit));
    }

    #[test]
    fn the_control_must_find_all() {
        let mut control = report();
        control["control"] = true.into();
        assert!(judge(&control, &CONTROL).is_err());
        control["on_no_disk"] = 0.into();
        assert!(judge(&control, &CONTROL).is_err());
        let hit = serde_json::json!([{ "kind": "nickname", "expected": false }]);
        control["loot"][0]["found"] = hit;
        assert!(judge(&control, &CONTROL).is_ok());
    }
}
