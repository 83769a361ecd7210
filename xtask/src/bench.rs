//! `cargo xtask bench`: measuring speed on this machine.

use std::process::Command;

use anyhow::{Context as _, Result};

use crate::cache::Cache;
use crate::process;
use crate::setup::{nginx, postgres};

/// What can be measured.
#[derive(Clone, Copy, clap::ValueEnum)]
pub enum Suite {
    /// The protocol crate: chain replay, sealing, key agreement
    Core,
    /// The server over HTTPS: records, sign-ins, blobs, live channel, memory
    Server,
    /// A population of the shape of the breach of 2015: growth, size, reads; `-- --children N`
    Population,
    /// The transparency log: appending, proving, verifying all of it; what it costs a write or a
    /// read, and the breach scope over 10 million leaves; `-- --entries N`
    Ledger,
    /// Sweeping up 10 million rows while others read, erasing a child with 10 GB; `-- --rows N`
    Retention,
}

/// Runs a suite in a release build and shows what it prints.
pub fn run(cache: &Cache, suite: Suite, quick: bool, rest: &[String]) -> Result<()> {
    let server = |flag: &[&str], name: &str| -> Result<()> {
        let json = cache.root().join(name);
        let mut command = example(cache, "treehouse", "bench_server", quick);
        process::run(command.args(flag).arg("--json").arg(&json).args(rest))?;
        println!("the figures for programs: {}", json.display());
        Ok(())
    };
    match suite {
        Suite::Core => {
            process::run(example(cache, "treehouse-protocol", "bench_core", quick).args(rest))
        }
        Suite::Server => {
            // The peer runs until the end of this arm.
            let peer = postgres::Server::start(cache)?;
            let (nginx, postgres) = (nginx::program(cache)?, peer.address());
            let nginx = nginx.to_str().context("a path in UTF-8")?;
            server(&["--nginx", nginx, "--postgres", &postgres], "bench-server.json")
        }
        Suite::Population => server(&["--population"], "bench-population.json"),
        Suite::Ledger => {
            process::run(example(cache, "treehouse-tlog", "bench_log", quick).args(rest))?;
            server(&["--ledger"], "bench-ledger.json")
        }
        Suite::Retention => server(&["--retention"], "bench-retention.json"),
    }
}

/// What runs this program of a package.
fn example(cache: &Cache, package: &str, name: &str, quick: bool) -> Command {
    let mut command = process::cargo(cache);
    command.args(["run", "--release", "--locked", "-p", package]);
    if name == "bench_core" {
        // The clients of a load test use a cheap password hash; the server can't tell.
        command.args(["--features", "load-tests"]);
    }
    command.args(["--example", name, "--"]);
    if quick {
        command.arg("--quick");
    }
    command
}
