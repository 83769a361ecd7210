//! `treehouse restore`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use clap::Args;
use serde_json::json;
use treehouse_server::backup::{self, Options};
use treehouse_server::config::Config;
use treehouse_server::port::clock::{Clock as _, SystemClock};

use super::ConfigFile;
use crate::output::{self, Output};

/// Put a backup back, and bury again what families have taken away since.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    treehouse restore --config treehouse.toml --data /backup/data/mon --keys /backup/keys/mon --log /mirror/log\n  \
    treehouse restore --config treehouse.toml --in-place     # after pg_restore\n  \
    treehouse restore --config trial.toml --data … --keys … --proof-for treehouse.toml\n\n\
    It starts nothing. It replays every family's chain, and whatever has a tombstone in the log\n\
    (erased children, withdrawn grants, removed toys, closed accounts) goes again, before anybody\n\
    is served. Give it the newest public files of the log that there are: yours, a mirror's, a\n\
    witness'.\n\n\
    A database that is older than the log is refused; --even-though-older says that families are\n\
    to lose what came after it. Everybody has to sign in again, with the password of that time.\n\n\
    Exit codes:\n  0  it may be served\n  1  it was not put back; the message says what to do")]
pub struct Restore {
    #[command(flatten)]
    file: ConfigFile,
    /// The backup of the data
    #[arg(long, value_name = "FOLDER", requires = "keys", required_unless_present = "in_place")]
    data: Option<PathBuf>,
    /// The backup of the keys that was taken with it
    #[arg(long, value_name = "FOLDER", requires = "data")]
    keys: Option<PathBuf>,
    /// The databases were put back by other means: only compare them with the log, and bury
    #[arg(long, conflicts_with = "data")]
    in_place: bool,
    /// The newest public files of the log
    #[arg(long, value_name = "FOLDER")]
    log: Option<PathBuf>,
    /// Put back a database that is older than the log: what came after it is lost
    #[arg(long)]
    even_though_older: bool,
    /// The configuration of the server whose backup this is: its stewards' console is told that it came back
    #[arg(long, value_name = "FILE")]
    proof_for: Option<PathBuf>,
}

impl Restore {
    /// Puts it back.
    ///
    /// # Errors
    /// What went wrong, for people.
    pub async fn run(self, output: Output) -> Result<ExitCode> {
        let config = Config::read(self.file.path())?;
        let from = self.data.as_deref().zip(self.keys.as_deref());
        let options = Options { log: self.log, even_though_older: self.even_though_older };
        let bar = output::count("parts of blobs");
        let progress = |done| bar.set_position(done);
        let restored =
            Box::pin(backup::restore(&config, from, &options, Arc::new(SystemClock), progress))
                .await;
        bar.finish_and_clear();
        let restored = restored?;
        if let Some(file) = &self.proof_for {
            backup::note_restored(&Config::read(file)?, SystemClock.now())?;
        }
        let buried = restored.buried;
        let value = json!({
            "parts": restored.parts,
            "lost": restored.lost.0,
            "families": buried.families,
            "erased_again": buried.erased,
            "grants_ended_again": buried.grants,
            "toys_removed_again": buried.toys,
            "accounts_closed_again": buried.accounts,
        });
        output.answer(&value, |_| {
            let lost = if restored.lost.0.is_empty() {
                "nothing is lost: the database is as new as the log".to_owned()
            } else {
                format!("LOST: {}. Tell the families.", restored.lost)
            };
            format!(
                "put back: {} families, whose chains all replay, and {} parts of blobs\n{lost}\n\
                 gone again: {} erasures, {} grants, {} toys, {} accounts\nIt may be served.",
                buried.families,
                restored.parts,
                buried.erased,
                buried.grants,
                buried.toys,
                buried.accounts
            )
        })?;
        Ok(ExitCode::SUCCESS)
    }
}
