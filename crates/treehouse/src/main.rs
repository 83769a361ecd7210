//! The program: the server and everything that an operator types.
//!
//! A command is a row in [`command::Command`] and a file under `command/`.

mod command;
mod drill;
mod log;
mod output;
mod sample;
mod story;
mod world;

use std::process::ExitCode;

use clap::Parser;

use command::Command;
use output::Output;

/// Connected toys and children's apps that only a family can read.
#[derive(Debug, Parser)]
#[command(
    name = "treehouse",
    version,
    after_help = "Exit codes:\n  \
        0  done\n  \
        1  refused or failed; the reason is on standard error\n  \
        2  the command line is wrong\n\n\
        Examples:\n  \
        treehouse config example > treehouse.toml\n  \
        treehouse doctor --config treehouse.toml\n  \
        treehouse serve --config treehouse.toml\n\n\
        Answers go to standard output, logs and errors to standard error. Logs never hold an \
        address, an e-mail address or the id of a person. NO_COLOR=1 turns colours off."
)]
struct Arguments {
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    log: log::Options,
    #[command(subcommand)]
    command: Command,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { output, log, command } = Arguments::parse();
    let ran = match log::start(&log) {
        Ok(()) => Box::pin(command.run(output)).await,
        Err(error) => Err(error),
    };
    match ran {
        Ok(code) => code,
        Err(error) => {
            output.complain(&error);
            ExitCode::FAILURE
        }
    }
}
