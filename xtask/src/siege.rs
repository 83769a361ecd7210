//! `cargo xtask siege`: attacking one part for a long time.
//!
//! Two questions that the suite has no time for: does any input crash a
//! decoder, and would the tests notice a fault in the rules? The answer is
//! written down in docs/siege-core.md, with what was missed. What a person
//! has explained there is kept, and is no failure.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::cache::Cache;
use crate::fuzz::{self, Outcome};
use crate::setup::tools;
use crate::{environment, fire, power, process, repository};

/// What can be attacked.
#[derive(Clone, Copy, clap::ValueEnum)]
pub enum Part {
    /// The protocol crate
    Core,
    /// A running server
    Fire,
    /// A server on a machine that loses its power
    Power,
}

const PAGE: &str = "docs/siege-core.md";
/// Below it on the page, people say why a fault that was missed needs no test.
const EXPLAINED: &str = "\n## Explained\n";
const PACKAGE: &str = "treehouse-protocol";
/// Where a fault would let somebody in: rules, replay, what it amounts to, and grants.
const FILES: [&str; 7] = [
    "crates/protocol/src/chain/access.rs",
    "crates/protocol/src/chain/family.rs",
    "crates/protocol/src/chain/keyring.rs",
    "crates/protocol/src/chain/replay.rs",
    "crates/protocol/src/chain/replay/*.rs",
    "crates/protocol/src/chain/rules.rs",
    "crates/protocol/src/grant.rs",
];
/// The tests that judge a fault. Properties take as long as all others, and find by luck.
const JUDGES: &str = "kind(lib) or binary(golden) or (binary(chain) and not test(property::))";
const SECONDS_A_MUTANT_MAX: u32 = 120;

/// How long, how often and where.
#[derive(clap::Args)]
pub struct Options {
    /// Minutes of fuzzing for each target of `core`
    #[arg(long, default_value_t = 10)]
    minutes: u64,
    /// How often `power` cuts the power
    #[arg(long, default_value_t = 40)]
    cuts: u32,
    /// Source files (or patterns) in which `core` plants faults, or attacks of `fire` by name; all if
    /// none
    what: Vec<String>,
}

/// Attacks a part.
pub fn run(cache: &Cache, part: Part, options: &Options) -> Result<()> {
    match part {
        Part::Core => core(cache, options.minutes, &options.what),
        Part::Fire => fire::siege(cache, &options.what),
        Part::Power => power::siege(cache, options.cuts),
    }
}

/// Fuzzes for `minutes` a target, plants faults in `files`, and writes the page.
fn core(cache: &Cache, minutes: u64, files: &[String]) -> Result<()> {
    let outcomes = fuzz::attack(cache, &fuzz::Plan { seconds: minutes * 60 })?;
    let mutants = plant_faults(cache, files)?;
    let path = repository::root().join(PAGE);
    let explained = explained(&fs::read_to_string(&path).unwrap_or_default());
    let page = render(&repository::head_date()?, minutes, &outcomes, &mutants) + &explained;
    fs::write(&path, &page).with_context(|| format!("cannot write {PAGE}"))?;
    println!("{page}\nwrote {PAGE}");
    fuzz::judge(&outcomes)?;
    let open = mutants.missed.iter().filter(|missed| !explained.contains(fault(missed))).count();
    if open > 0 {
        bail!(
            "{open} planted faults were not noticed; add a test for each, or explain it in {PAGE}"
        );
    }
    Ok(())
}

/// What stands under [`EXPLAINED`], heading included.
fn explained(page: &str) -> String {
    page.find(EXPLAINED).map(|start| page[start..].to_owned()).unwrap_or_default()
}

/// A fault without its line and column, which move with every change above them.
fn fault(missed: &str) -> &str {
    missed.split_once(": ").map_or(missed, |(_, fault)| fault)
}

/// What the tests said to each planted fault.
struct Mutants {
    /// Where they were planted.
    files: Vec<String>,
    caught: Vec<String>,
    missed: Vec<String>,
    unviable: Vec<String>,
    timeouts: Vec<String>,
}

fn plant_faults(cache: &Cache, files: &[String]) -> Result<Mutants> {
    let program = tools::mutants(cache)?;
    let runner = tools::nextest(cache)?;
    let results = cache.mutants();
    let defaults = FILES.map(str::to_owned);
    let files = if files.is_empty() { &defaults[..] } else { files };
    let mut command = process::cargo_program(cache, &program);
    command
        .args(["mutants", "--package", PACKAGE, "--test-tool", "nextest", "--colors", "never"])
        .args(["--timeout", &SECONDS_A_MUTANT_MAX.to_string(), "--output"])
        .arg(&results);
    for file in files {
        command.args(["--file", file]);
    }
    command.args(["--", "-E", JUDGES]);
    // Each fault is built in a copy of the tree, in a target folder of its own. The crates of
    // ciphers have their own level of optimisation; the rest is compiled more often than run.
    command.env_remove("CARGO_TARGET_DIR").env("PATH", path_with(&runner)?);
    command.env("CARGO_PROFILE_DEV_OPT_LEVEL", "0").env("CARGO_PROFILE_DEV_DEBUG", "0");
    fs::create_dir_all(&results).with_context(|| format!("cannot make {}", results.display()))?;
    // 2: a fault was missed, 3: one timed out; both are results, not failures.
    let status = command.status().context("cannot run cargo-mutants; run `cargo xtask setup`")?;
    if !matches!(status.code(), Some(0 | 2 | 3)) {
        bail!("cargo-mutants could not do its work ({status})");
    }
    let folder = results.join("mutants.out");
    let mutants = Mutants {
        files: files.iter().map(|file| format!("`{file}`")).collect(),
        caught: lines(&folder.join("caught.txt"))?,
        missed: lines(&folder.join("missed.txt"))?,
        unviable: lines(&folder.join("unviable.txt"))?,
        timeouts: lines(&folder.join("timeout.txt"))?,
    };
    if mutants.caught.is_empty() && mutants.missed.is_empty() {
        bail!("no fault could be planted in {}", files.join(", "));
    }
    Ok(mutants)
}

/// The search path with the folder of `program` in front, so that `cargo` finds it.
fn path_with(program: &Path) -> Result<OsString> {
    let path = environment::variable("PATH").unwrap_or_default();
    let folder = program.parent().map(Path::to_path_buf);
    std::env::join_paths(folder.into_iter().chain(std::env::split_paths(&path)))
        .context("the PATH holds a folder that can't be written in one")
}

fn lines(path: &Path) -> Result<Vec<String>> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(text.lines().map(str::to_owned).collect())
}

fn render(date: &str, minutes: u64, outcomes: &[Outcome], mutants: &Mutants) -> String {
    let mut page = format!(
        "# Siege of the protocol crate\n\n\
         Written by `cargo xtask siege core`; source as of {date}.\n\n\
         ## Fuzzing, {minutes} minutes a target\n\n\
         | target | inputs | end |\n|---|---|---|\n"
    );
    page.extend(outcomes.iter().map(row));
    let counts = [&mutants.caught, &mutants.missed, &mutants.unviable, &mutants.timeouts];
    page.push_str("\n## Planted faults\n\nIn ");
    page.push_str(&mutants.files.join(", "));
    page.push_str(
        "; judged by the unit tests, the golden vectors and the tests of the chain without their \
         properties.\n\n| caught by a test | missed | did not compile | timed out |\n\
         |---|---|---|---|\n|",
    );
    page.extend(counts.iter().map(|faults| format!(" {} |", faults.len())));
    page.push('\n');
    if !mutants.missed.is_empty() {
        page.push_str("\nMissed:\n\n");
        page.extend(mutants.missed.iter().map(|missed| format!("- `{missed}`\n")));
    }
    page
}

fn row(outcome: &Outcome) -> String {
    let end = if outcome.crash.is_some() { "crash found" } else { "no crash" };
    format!("| {} | {} | {end} |\n", outcome.target, outcome.executions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_missed_stands_on_the_page() {
        let outcome = Outcome { target: "chain".to_owned(), executions: 7, crash: None };
        let mutants = Mutants {
            files: vec!["`grant.rs`".to_owned()],
            caught: vec!["a".to_owned(), "b".to_owned()],
            missed: vec!["grant.rs:1: replace is_live with true".to_owned()],
            unviable: Vec::new(),
            timeouts: Vec::new(),
        };
        let page = render("2026-01-02", 10, &[outcome], &mutants);
        assert!(page.contains("as of 2026-01-02"), "{page}");
        assert!(page.contains("| chain | 7 | no crash |"), "{page}");
        assert!(page.contains("In `grant.rs`; judged"), "{page}");
        assert!(page.contains("| 2 | 1 | 0 | 0 |"), "{page}");
        assert!(page.contains("- `grant.rs:1: replace is_live with true`"), "{page}");
    }

    #[test]
    fn what_was_explained_is_kept_and_excuses_that_fault_on_any_line() {
        let page = "# Siege\n\n## Explained\n\n- `replace < with <= in Family::check_place`: why\n";
        let kept = explained(page);
        assert!(kept.starts_with(EXPLAINED) && kept.ends_with("why\n"), "{kept}");
        assert_eq!(explained("# Siege\n"), "");
        let missed =
            "crates/protocol/src/chain/replay.rs:271:37: replace < with <= in Family::check_place";
        assert!(kept.contains(fault(missed)));
        assert!(!kept.contains(fault("a.rs:1:2: replace < with == in Family::check_place")));
    }
}
