//! `cargo xtask bench`: measuring speed on this machine.

use anyhow::Result;

use crate::cache::Cache;
use crate::process;

/// What can be measured.
#[derive(Clone, Copy, clap::ValueEnum)]
pub enum Suite {
    /// The protocol crate: chain replay, sealing, key agreement
    Core,
}

/// Runs a suite in a release build and shows what it prints.
pub fn run(cache: &Cache, suite: Suite, quick: bool, rest: &[String]) -> Result<()> {
    let (package, example) = match suite {
        Suite::Core => ("treehouse-protocol", "bench_core"),
    };
    let mut command = process::cargo(cache);
    command.args([
        "run",
        "--release",
        "--locked",
        "-p",
        package,
        // The clients of a load test use a cheap password hash; the server can't tell.
        "--features",
        "load-tests",
        "--example",
        example,
        "--",
    ]);
    if quick {
        command.arg("--quick");
    }
    process::run(command.args(rest))
}
