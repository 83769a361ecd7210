//! Fuzzing: libFuzzer with the address sanitizer, on the stable compiler.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;

use anyhow::{Context, Result, anyhow, bail};

use crate::cache::Cache;
use crate::{process, repository};

/// How long `cargo xtask test` attacks each target.
pub const SECONDS_IN_SUITE: u64 = 20;

/// A target with a bug in it: if that isn't found, the fuzzer finds nothing.
const PLANTED: &str = "planted";
const TARGETS: &str = "fuzz/fuzz_targets";
const CORPUS: &str = "fuzz/corpus";
const MEMORY_MIB_MAX: u32 = 2048;
const AT_ONCE: usize = 2;

/// What `cargo fuzz` passes to the compiler: coverage counters and the address sanitizer.
const RUSTFLAGS: [&str; 8] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Zsanitizer=address",
    "-Ccodegen-units=1",
    "--cfg=fuzzing",
];

/// How hard to try.
pub struct Plan {
    pub seconds: u64,
}

/// What became of one target.
pub struct Outcome {
    pub target: String,
    /// Inputs that were tried.
    pub executions: u64,
    /// The input that crashed it and the end of what the fuzzer said.
    pub crash: Option<Crash>,
}

/// A crash and how to see it again.
pub struct Crash {
    pub input: String,
    pub report: String,
}

/// Builds every target, replays its corpus and goes on from there; fails on a crash.
pub fn run(cache: &Cache, plan: &Plan) -> Result<()> {
    let outcomes = attack(cache, plan)?;
    judge(&outcomes)
}

/// Runs every target, two at a time, and tells what became of each.
pub fn attack(cache: &Cache, plan: &Plan) -> Result<Vec<Outcome>> {
    let targets = targets()?;
    let programs = build(cache)?;
    let queue = Mutex::new(targets.into_iter().rev().collect::<Vec<String>>());
    let outcomes = Mutex::new(Vec::new());
    let next = || queue.lock().ok()?.pop();
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(target) = next() {
                    let outcome = attack_one(cache, plan, &programs, target);
                    if let Ok(outcome) = &outcome {
                        println!("{}", line(outcome));
                    }
                    if let Ok(mut outcomes) = outcomes.lock() {
                        outcomes.push(outcome);
                    }
                }
            });
        }
    });
    let outcomes = outcomes.into_inner().map_err(|_| anyhow!("a fuzzing thread panicked"))?;
    outcomes.into_iter().collect()
}

/// Fails on a crash, and also when the planted bug was not found.
pub fn judge(outcomes: &[Outcome]) -> Result<()> {
    let planted = outcomes.iter().find(|outcome| outcome.target == PLANTED);
    let Some(planted) = planted else {
        bail!("{TARGETS}/{PLANTED}.rs is missing; without it nobody knows that a bug is found");
    };
    if planted.crash.is_none() {
        bail!("the planted bug was not found, so the fuzzer would find no other; see {TARGETS}");
    }
    let crashes: Vec<String> = outcomes
        .iter()
        .filter(|outcome| outcome.target != PLANTED)
        .filter_map(|outcome| {
            let crash = outcome.crash.as_ref()?;
            Some(format!(
                "{} crashed on {}; copy it to {CORPUS}/{} and mend the bug\n{}",
                outcome.target, crash.input, outcome.target, crash.report
            ))
        })
        .collect();
    if !crashes.is_empty() {
        bail!("{}", crashes.join("\n"));
    }
    if let Some(idle) = outcomes.iter().find(|each| each.executions == 0 && each.crash.is_none()) {
        bail!("{} tried no input at all", idle.target);
    }
    Ok(())
}

/// One line for a person.
pub fn line(outcome: &Outcome) -> String {
    let end = match (&outcome.crash, outcome.target.as_str()) {
        (None, _) => "no crash",
        (Some(_), PLANTED) => "planted bug found",
        (Some(_), _) => "CRASHED",
    };
    format!("{:<16} {:>10} inputs, {end}", outcome.target, outcome.executions)
}

fn targets() -> Result<Vec<String>> {
    let folder = repository::root().join(TARGETS);
    let entries = fs::read_dir(&folder).with_context(|| format!("there is no {TARGETS}"))?;
    let mut names = Vec::new();
    for entry in entries {
        let path = entry.with_context(|| format!("cannot list {TARGETS}"))?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    if names.is_empty() {
        bail!("{TARGETS} holds no target");
    }
    names.sort();
    Ok(names)
}

/// Builds all targets and gives the folder that they are in.
fn build(cache: &Cache) -> Result<PathBuf> {
    let host = host()?;
    let target_dir = cache.fuzz().join("target");
    process::run(
        Command::new("cargo")
            .current_dir(repository::root())
            .args(["build", "--quiet", "--release", "--locked", "--bins"])
            .args(["--manifest-path", "fuzz/Cargo.toml", "--target", &host])
            .env("CARGO_TARGET_DIR", &target_dir)
            .env("RUSTFLAGS", RUSTFLAGS.join(" "))
            // The sanitizer is an unstable flag of the same, stable compiler.
            .env("RUSTC_BOOTSTRAP", "1"),
    )
    .context("the fuzz targets do not build")?;
    Ok(target_dir.join(host).join("release"))
}

fn host() -> Result<String> {
    let version = process::capture(Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("`rustc -vV` names no host")?.to_owned())
}

fn attack_one(cache: &Cache, plan: &Plan, programs: &Path, target: String) -> Result<Outcome> {
    let found = cache.fuzz().join("corpus").join(&target);
    if target == PLANTED && found.is_dir() {
        // What an earlier run learned would make the control easier each time.
        fs::remove_dir_all(&found).context("cannot empty the corpus of the planted bug")?;
    }
    let found = folder(&found)?;
    let crashes = folder(&cache.fuzz().join("crashes").join(&target))?;
    let seeds = repository::root().join(CORPUS).join(&target);
    let mut command = Command::new(programs.join(&target));
    command
        .arg(format!("-max_total_time={}", plan.seconds))
        .arg(format!("-rss_limit_mb={MEMORY_MIB_MAX}"))
        .arg(format!("-artifact_prefix={}/", crashes.display()))
        .arg("-print_final_stats=1")
        // New inputs go to the first folder, outside the repository; every
        // input of both folders is replayed before the first new one.
        .arg(&found);
    if seeds.is_dir() {
        command.arg(&seeds);
    }
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run the fuzz target {target}"))?;
    let report = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok(outcome(target, output.status.success(), &report))
}

fn outcome(target: String, success: bool, report: &str) -> Outcome {
    let executions = report
        .lines()
        .find_map(|line| line.strip_prefix("stat::number_of_executed_units:"))
        .and_then(|number| number.trim().parse().ok())
        .unwrap_or(0);
    let crash = (!success).then(|| {
        let input = report.lines().find_map(|line| line.split_once("Test unit written to "));
        let input = input.map_or("an input that was not written", |(_, path)| path);
        Crash { input: input.to_owned(), report: cause(report) }
    });
    Outcome { target, executions, crash }
}

/// The part of a report that says what went wrong and where.
fn cause(report: &str) -> String {
    const LINES_MAX: usize = 30;
    let says_why = |line: &&str| line.contains("panicked at") || line.contains("ERROR:");
    let lines: Vec<&str> =
        report.lines().skip_while(|line| !says_why(line)).take(LINES_MAX).collect();
    lines.join("\n")
}

fn folder(path: &Path) -> Result<PathBuf> {
    fs::create_dir_all(path).with_context(|| format!("cannot make {}", path.display()))?;
    Ok(path.to_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALM: &str = "INITED cov: 3\nstat::number_of_executed_units: 512\n";
    const CRASHED: &str =
        "ERROR: AddressSanitizer\nartifact_prefix='x/'; Test unit written to x/crash-1\n";

    fn planted(success: bool) -> Outcome {
        outcome(PLANTED.to_owned(), success, CRASHED)
    }

    #[test]
    fn a_calm_target_and_a_found_plant_pass() {
        let calm = outcome("chain".to_owned(), true, CALM);
        assert_eq!(calm.executions, 512);
        assert!(judge(&[calm, planted(false)]).is_ok());
    }

    #[test]
    fn a_crash_fails_and_names_the_input() {
        let crashed = outcome("chain".to_owned(), false, CRASHED);
        let error = judge(&[crashed, planted(false)]).unwrap_err().to_string();
        assert!(error.contains("chain crashed on x/crash-1"), "{error}");
        assert!(error.contains("AddressSanitizer"), "{error}");
    }

    #[test]
    fn a_plant_that_is_not_found_or_not_there_fails() {
        assert!(judge(&[planted(true)]).is_err());
        assert!(judge(&[outcome("chain".to_owned(), true, CALM)]).is_err());
    }

    #[test]
    fn a_target_that_tried_nothing_fails() {
        let idle = outcome("chain".to_owned(), true, "");
        assert!(judge(&[idle, planted(false)]).is_err());
    }
}
