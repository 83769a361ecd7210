//! `cargo xtask bench`: measuring speed on this machine.

use std::path::PathBuf;

use anyhow::Result;

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
    /// The transparency log: appending, proving, verifying all of it
    Ledger,
}

/// Runs a suite in a release build and shows what it prints.
pub fn run(cache: &Cache, suite: Suite, quick: bool, rest: &[String]) -> Result<()> {
    let (package, example) = match suite {
        Suite::Core => ("treehouse-protocol", "bench_core"),
        Suite::Server | Suite::Population => ("treehouse", "bench_server"),
        Suite::Ledger => ("treehouse-tlog", "bench_log"),
    };
    let mut command = process::cargo(cache);
    command.args(["run", "--release", "--locked", "-p", package]);
    if let Suite::Core = suite {
        // The clients of a load test use a cheap password hash; the server can't tell.
        command.args(["--features", "load-tests"]);
    }
    command.args(["--example", example, "--"]);
    if quick {
        command.arg("--quick");
    }
    if let Suite::Population = suite {
        command.arg("--population").arg("--json").arg(cache.root().join("bench-population.json"));
    }
    // The peer runs until the end of this function.
    let peer = match suite {
        Suite::Core | Suite::Ledger | Suite::Population => None,
        Suite::Server => Some(postgres::Server::start(cache)?),
    };
    if let Some(peer) = &peer {
        let json: PathBuf = cache.root().join("bench-server.json");
        command.arg("--nginx").arg(nginx::program(cache)?);
        command.args(["--postgres", &peer.address(), "--json"]).arg(&json);
        process::run(command.args(rest))?;
        println!("the figures for programs: {}", json.display());
        return Ok(());
    }
    process::run(command.args(rest))
}
