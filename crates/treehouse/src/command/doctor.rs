//! `treehouse doctor`.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use serde::Serialize;
use treehouse_server::config::Config;
use treehouse_server::doctor::{self, Finding, Verdict};
use treehouse_server::port::clock::{Clock, SystemClock};

use super::ConfigFile;
use crate::output::Output;

/// Tells what is in force, and what is unsafe.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  treehouse doctor --config treehouse.toml\n  \
    treehouse doctor --config treehouse.toml --json | jq '.findings[] | select(.verdict != \"ok\")'\n\n\
    It changes nothing and connects to nothing. `serve` refuses what it refuses.\n\n\
    Exit codes:\n  0  the server may start; look at what says warn\n  1  something is refused")]
pub struct Doctor {
    #[command(flatten)]
    file: ConfigFile,
}

#[derive(Debug, Serialize)]
struct Report {
    refused: usize,
    findings: Vec<Finding>,
}

impl Doctor {
    /// Prints the table.
    ///
    /// # Errors
    /// The configuration isn't understood, or standard output is closed.
    pub fn run(self, output: Output) -> Result<ExitCode> {
        let config = Config::parse(&self.file.config)?;
        let findings = doctor::examine(&config, SystemClock.now());
        let refused = findings.iter().filter(|each| each.verdict == Verdict::Refuse).count();
        output.answer(&Report { refused, findings }, |report| table(&report.findings))?;
        Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn table(findings: &[Finding]) -> String {
    let width = findings.iter().map(|each| each.subject.len()).max().unwrap_or_default();
    let mut table = String::new();
    for Finding { subject, verdict, found, advice } in findings {
        let word = match verdict {
            Verdict::Ok => "ok",
            Verdict::Warn => "warn",
            Verdict::Refuse => "REFUSE",
        };
        // Writing to a string can't fail.
        let _ = writeln!(table, "{word:<7} {subject:<width$}  {found}");
        if let Some(advice) = advice {
            let _ = writeln!(table, "{:<8}{:<width$}  -> {advice}", "", "");
        }
    }
    table
}
