//! `treehouse doctor`.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use clap::Args;
use serde::Serialize;
use treehouse_server::app::rows::{self, Altered};
use treehouse_server::config::Config;
use treehouse_server::doctor::{self, Finding, Verdict};
use treehouse_server::port::clock::{Clock, SystemClock};
use treehouse_server::start;

use super::ConfigFile;
use crate::output::Output;

/// Tells what is in force, and what is unsafe.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  treehouse doctor --config treehouse.toml\n  \
    treehouse doctor --config treehouse.toml --json | jq '.findings[] | select(.verdict != \"ok\")'\n\n\
  treehouse doctor --config treehouse.toml --rows    # was the database written to by anybody else?\n\n\
    It changes nothing and connects to nothing. `serve` refuses what it refuses. With --rows it opens\n\
    both databases, beside the server or without it, and examines every row that says who somebody\n\
    is or what is whose.\n\n\
    Exit codes:\n  0  the server may start; look at what says warn\n  1  something is refused")]
pub struct Doctor {
    #[command(flatten)]
    file: ConfigFile,
    /// Examine the rows of the database, too
    #[arg(long)]
    rows: bool,
}

#[derive(Debug, Serialize)]
struct Report {
    refused: usize,
    findings: Vec<Finding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<Vec<Altered>>,
}

impl Doctor {
    /// Prints the table.
    ///
    /// # Errors
    /// The configuration isn't understood, a database doesn't open, or standard output is closed.
    pub async fn run(self, output: Output) -> Result<ExitCode> {
        let config = Config::parse(&self.file.config)?;
        let findings = doctor::examine(&config, SystemClock.now());
        let refused = findings.iter().filter(|each| each.verdict == Verdict::Refuse).count();
        let rows = if self.rows && refused == 0 { Some(altered(&config).await?) } else { None };
        let refused = refused + rows.as_ref().map_or(0, Vec::len);
        output.answer(&Report { refused, findings, rows }, |report| {
            table(&report.findings) + &report.rows.as_deref().map(listed).unwrap_or_default()
        })?;
        Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Rows that aren't the service's. Looks twice: a server that writes meanwhile may be between two
/// rows, but not at the same ones again.
async fn altered(config: &Config) -> Result<Vec<Altered>> {
    let app = start::start(config, Arc::new(SystemClock)).await?.app;
    let first = rows::examine(&app).await?;
    if first.is_empty() {
        return Ok(first);
    }
    let mut again = rows::examine(&app).await?;
    again.retain(|altered| first.contains(altered));
    Ok(again)
}

fn listed(altered: &[Altered]) -> String {
    if altered.is_empty() {
        return "ok      rows of the database: each was written by the service\n".to_owned();
    }
    let mut table = String::new();
    for Altered { table: name, row, rule } in altered {
        let _ = writeln!(table, "REFUSE  {name} {row}: {rule}");
    }
    table
}

fn table(findings: &[Finding]) -> String {
    let width = findings.iter().map(|each| each.subject.len()).max().unwrap_or_default();
    let mut table = String::new();
    for Finding { subject, verdict, found, advice, .. } in findings {
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
