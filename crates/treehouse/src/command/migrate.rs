//! `treehouse migrate`.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use serde_json::json;
use treehouse_server::config::Config;
use treehouse_server::start;

use super::ConfigFile;
use crate::output::Output;

/// Brings the databases to the tables of this version.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  treehouse migrate --config treehouse.toml --check\n  \
    treehouse migrate --config treehouse.toml\n\n\
    `serve` does so too when it starts; one at a time, whoever comes first. Changes only go \
    forward: an older version refuses a newer database.\n\n\
    Exit codes:\n  0  everything is there (with --check: nothing is pending)\n  \
    1  it failed (with --check: something is pending)")]
pub struct Migrate {
    #[command(flatten)]
    file: ConfigFile,
    /// Change nothing; tell what is pending
    #[arg(long)]
    check: bool,
}

impl Migrate {
    /// Migrates, or tells what is pending.
    ///
    /// # Errors
    /// The configuration is refused, or a database doesn't open.
    pub async fn run(self, output: Output) -> Result<ExitCode> {
        let config = Config::read(&self.file.config)?;
        let pending = start::pending(&config).await?;
        let listed = pending.join("\n");
        if self.check {
            output.answer(&json!({ "pending": pending }), |_| match pending.len() {
                0 => "nothing is pending".to_owned(),
                _ => format!("pending:\n{listed}"),
            })?;
            return Ok(if pending.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        start::migrate(&config).await?;
        output.answer(&json!({ "applied": pending }), |_| match pending.len() {
            0 => "everything was there".to_owned(),
            _ => format!("applied:\n{listed}"),
        })?;
        Ok(ExitCode::SUCCESS)
    }
}
