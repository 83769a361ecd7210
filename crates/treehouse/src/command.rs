//! The commands, one file each.

mod backup;
mod config;
mod data_map;
mod demo;
mod doctor;
mod drill;
mod evidence;
mod family;
mod home;
mod incident;
mod migrate;
mod openapi;
mod restore;
mod scope;
mod screens;
mod serve;
mod steward;
mod toy;
mod wall;
mod witness;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::output::Output;

/// A command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start everything, tell a story with simulated families and toys, and keep running
    Demo(demo::Demo),
    /// Steal everything from a server of its own, and show what a thief gets
    Drill(drill::Drill),
    /// Be a guardian: consent, link, look, withdraw, erase
    Family(family::Family),
    /// Be a toy: a virtual camera
    Toy(toy::Toy),
    /// Run the server
    Serve(serve::Serve),
    /// Be a witness of others' logs
    Witness(witness::Witness),
    /// Look at forms and decide, as a steward
    Steward(steward::Steward),
    /// Tell what is in force, and what is unsafe
    Doctor(doctor::Doctor),
    /// Bring the databases to the tables of this version
    Migrate(migrate::Migrate),
    /// Back up data and keys, while the server runs
    Backup(backup::Backup),
    /// Put a backup back, and bury again what families have taken away since
    Restore(restore::Restore),
    /// Tell what was handed out, to whom, of whom, and by when whom to tell
    Scope(scope::Scope),
    /// Write down an incident, and see which report to whom is due when
    Incident(incident::Incidents),
    /// Keep what families were shown, app by app
    Screens(screens::Screens),
    /// Write the evidence of a time, for an assessor or an authority
    Evidence(evidence::Evidence),
    /// Print the data map: what is kept about whom, why, how long, and who reads it
    DataMap(data_map::PrintMap),
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
            Self::Demo(command) => Box::pin(command.run(output)).await,
            Self::Drill(command) => Box::pin(command.run(output)).await,
            Self::Family(command) => command.run(output).await,
            Self::Toy(command) => command.run(output).await,
            Self::Steward(command) => command.run(output).await,
            Self::Serve(command) => command.run(output).await,
            Self::Witness(command) => Box::pin(command.run(output)).await,
            Self::Doctor(command) => command.run(output).await,
            Self::Migrate(command) => command.run(output).await,
            Self::Backup(command) => command.run(output).await,
            Self::Restore(command) => command.run(output).await,
            Self::Scope(command) => command.run(output).await,
            Self::Incident(command) => Box::pin(command.run(output)).await,
            Self::Screens(command) => Box::pin(command.run(output)).await,
            Self::Evidence(command) => Box::pin(command.run(output)).await,
            Self::Openapi(openapi::Openapi {}) => openapi::Openapi::run(output),
            Self::DataMap(command) => command.run(output),
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

impl ConfigFile {
    /// The path.
    #[must_use]
    pub fn path(&self) -> &std::path::Path {
        &self.config
    }
}
