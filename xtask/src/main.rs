//! Every developer command of Treehouse: `cargo xtask --help`.

mod bench;
mod cache;
mod demo;
mod deny;
mod docs;
mod drill;
mod environment;
mod fire;
mod fuzz;
mod power;
mod process;
mod release;
mod repository;
mod setup;
mod siege;
mod steps;
mod suite;
mod tally;
mod tidy;
mod web;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::cache::Cache;

/// Every developer command of Treehouse
#[derive(Parser)]
#[command(name = "cargo xtask", after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  cargo xtask demo                         see it: a server, families and toys
  cargo xtask test                         everything that must hold before a change lands
  cargo xtask test --only tidy --only fmt  two quick steps of it
  cargo xtask docs                         write docs/generated again
  cargo xtask siege core --minutes 60      attack the protocol crate for an hour a target";

#[derive(Subcommand)]
enum Command {
    /// Build everything and show it: a server, families and toys, over TLS
    #[command(after_help = "Examples:\n  cargo xtask demo\n  cargo xtask demo -- --once\n  \
        cargo xtask demo -- --families 20")]
    Demo {
        /// Passed on as it is; `cargo xtask demo -- --help` shows what there is
        #[arg(last = true)]
        rest: Vec<String>,
    },
    /// Install everything that the other commands need
    Setup,
    /// Run every check, in order, to the end
    #[command(after_help = "Example:\n  cargo xtask test --only unit --only tidy")]
    Test {
        /// Run only this step; may be given more than once
        #[arg(long, value_name = "STEP")]
        only: Vec<String>,
        /// Show the steps and run none
        #[arg(long)]
        list: bool,
    },
    /// Run some of the unit step's tests, with the servers that they need
    #[command(after_help = "Examples:\n  cargo xtask unit 'test(talk)'\n  \
        cargo xtask unit 'binary(serve) and test(production)'")]
    Unit {
        /// Which, as an expression of nextest
        tests: String,
    },
    /// Check the rules of the source tree
    Tidy,
    /// Write the pages under docs/generated
    Docs {
        /// Write nothing; fail if a page is stale
        #[arg(long)]
        check: bool,
    },
    /// Audit the dependencies: licences, sources, bans, known vulnerabilities
    Deny,
    /// Build the wasm core and the web app
    Web(web::Web),
    /// Build what is given to operators and auditors: programs, web app, list of parts, hashes
    #[command(after_help = "Examples:\n  cargo xtask release\n  \
        cargo xtask release --sbom-only --to /tmp/parts")]
    Release(release::Release),
    /// Fuzz every target for a while
    #[command(after_help = "Example:\n  cargo xtask fuzz --seconds 300")]
    Fuzz {
        /// How long to attack each target
        #[arg(long, default_value_t = fuzz::SECONDS_IN_SUITE)]
        seconds: u64,
    },
    /// Measure speed
    #[command(after_help = "Examples:\n  cargo xtask bench\n  cargo xtask bench server --quick")]
    Bench {
        /// What to measure
        #[arg(value_enum, default_value_t = bench::Suite::Core)]
        suite: bench::Suite,
        /// Fewer rounds: shows that it works, not how fast
        #[arg(long)]
        quick: bool,
        /// Passed on as it is
        #[arg(last = true)]
        rest: Vec<String>,
    },
    /// Attack a part for a long time: fuzzing and planted faults, a whole server, or its power
    #[command(after_help = "Examples:\n  cargo xtask siege core\n  \
        cargo xtask siege fire\n  \
        cargo xtask siege power --cuts 5\n  \
        cargo xtask siege core --minutes 1 crates/protocol/src/grant.rs")]
    Siege {
        /// What to attack
        #[arg(value_enum)]
        part: siege::Part,
        #[command(flatten)]
        options: siege::Options,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        // One line with every cause: a backtrace of ours helps nobody here.
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<()> {
    let cache = Cache::locate()?;
    match arguments.command {
        Command::Demo { rest } => demo::run(&cache, &rest),
        Command::Setup => setup::run(&cache),
        Command::Test { list: true, .. } => {
            suite::list();
            Ok(())
        }
        Command::Test { only, list: false } => suite::run(&cache, &only),
        Command::Unit { tests } => steps::some(&cache, &tests),
        Command::Tidy => tidy::run(),
        Command::Docs { check: true } => docs::run(&cache, docs::Mode::Check),
        Command::Docs { check: false } => docs::run(&cache, docs::Mode::Write),
        Command::Deny => deny::run(&cache),
        Command::Release(options) => release::run(&cache, &options),
        Command::Web(options) => web::run(&cache, &options),
        Command::Fuzz { seconds } => fuzz::run(&cache, &fuzz::Plan { seconds }),
        Command::Bench { suite, quick, rest } => bench::run(&cache, suite, quick, &rest),
        Command::Siege { part, options } => siege::run(&cache, part, &options),
    }
}
