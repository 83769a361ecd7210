//! Logs: on standard error, and never with an address, an e-mail address or the id of a person.
//!
//! Libraries log what they were handed, addresses too, so only their warnings are shown unless
//! an operator asks by name.

use std::io::IsTerminal as _;

use anyhow::{Context, Result};
use clap::{ArgAction, Args, ValueEnum};
use tracing_subscriber::EnvFilter;

/// What is logged, and how.
#[derive(Debug, Args)]
pub struct Options {
    /// Log more of what the program does
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
    /// What to log exactly, such as `info,treehouse_server=debug`; may show what libraries know
    #[arg(long, global = true, value_name = "FILTER", conflicts_with = "verbose")]
    log_filter: Option<String>,
    /// How log lines look
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    log_format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

/// Logs from now on.
///
/// # Errors
/// The filter isn't one.
pub fn start(options: &Options) -> Result<()> {
    let filter = match (&options.log_filter, options.verbose) {
        (Some(filter), _) => filter.clone(),
        (None, 0) => "warn,treehouse=info,treehouse_server=info".to_owned(),
        (None, 1) => "warn,treehouse=debug,treehouse_server=debug".to_owned(),
        (None, _) => "warn,treehouse=trace,treehouse_server=trace".to_owned(),
    };
    let filter = EnvFilter::builder()
        .parse(filter)
        .context("--log-filter must be like `info,treehouse_server=debug`")?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match options.log_format {
        Format::Json => builder.json().flatten_event(true).init(),
        // The default heeds NO_COLOR.
        Format::Text if std::io::stderr().is_terminal() => builder.init(),
        Format::Text => builder.with_ansi(false).init(),
    }
    Ok(())
}
