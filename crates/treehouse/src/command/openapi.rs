//! `treehouse openapi`.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use treehouse_server::http;

use crate::output::Output;

/// Prints the OpenAPI document.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  treehouse openapi > openapi.json\n\n\
    A running server gives the same at /v1/openapi.json.")]
pub struct Openapi {}

impl Openapi {
    /// Prints it: on one line with `--json`, else for reading.
    ///
    /// # Errors
    /// Standard output is closed.
    pub fn run(output: Output) -> Result<ExitCode> {
        let document = http::openapi();
        let pretty = document.to_pretty_json()?;
        output.answer(&document, |_| pretty)?;
        Ok(ExitCode::SUCCESS)
    }
}
