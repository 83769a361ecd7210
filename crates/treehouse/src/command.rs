//! The commands, one file each.

mod config;
mod doctor;
mod migrate;
mod openapi;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::output::Output;

/// A command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server
    Serve(serve::Serve),
    /// Tell what is in force, and what is unsafe
    Doctor(doctor::Doctor),
    /// Bring the databases to the tables of this version
    Migrate(migrate::Migrate),
    /// Print the OpenAPI document of the server
    Openapi(openapi::Openapi),
    /// Print an example configuration, or check one
    Config(config::Config),
}

impl Command {
    /// Runs it to its end.
    ///
    /// # Errors
    /// What went wrong, for people.
    pub async fn run(self, output: Output) -> Result<ExitCode> {
        match self {
            Self::Serve(command) => command.run(output).await,
            Self::Doctor(command) => command.run(output),
            Self::Migrate(command) => command.run(output).await,
            Self::Openapi(openapi::Openapi {}) => openapi::Openapi::run(output),
            Self::Config(command) => command.run(output),
        }
    }
}

/// Where the configuration is.
#[derive(Debug, Args)]
pub struct ConfigFile {
    /// The configuration; `treehouse config example` prints one
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}
