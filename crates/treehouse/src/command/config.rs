//! `treehouse config`.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::json;
use treehouse_server::config::{self, EXAMPLE};
use treehouse_server::registers;

use super::ConfigFile;
use crate::output::Output;

/// The configuration.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  treehouse config example > treehouse.toml\n  \
    treehouse config registers > registers.toml\n  \
    treehouse config check --config treehouse.toml")]
pub struct Config {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print a whole configuration, with what each key is for
    Example,
    /// Print registers to fill in: the file of `[registers]`
    Registers,
    /// Tell whether a configuration is understood and safe by itself; `doctor` also looks around it
    Check(ConfigFile),
}

impl Config {
    /// Prints or checks.
    ///
    /// # Errors
    /// The configuration is refused, or standard output is closed.
    pub fn run(self, output: Output) -> Result<ExitCode> {
        match self.action {
            Action::Example => {
                output.answer(&json!({ "toml": EXAMPLE }), |_| EXAMPLE.to_owned())?;
            }
            Action::Registers => {
                let text = registers::EXAMPLE;
                output.answer(&json!({ "toml": text }), |_| text.to_owned())?;
            }
            Action::Check(ConfigFile { config }) => {
                config::Config::read(&config)?;
                output.answer(&json!({ "safe": true }), |_| {
                    format!("{} is understood and safe by itself", config.display())
                })?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
