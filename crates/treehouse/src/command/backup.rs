//! `treehouse backup`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use serde_json::json;
use treehouse_server::backup;
use treehouse_server::config::Config;
use treehouse_server::data_map::RuleId;
use treehouse_server::port::clock::{Clock, SystemClock};

use super::ConfigFile;
use crate::output::{self, Output};

const UNNOTED: &str =
    "\nIt couldn't be noted in the store's folder: the stewards' console doesn't know of it.";

/// Back up data and keys, while the server runs.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    treehouse backup --config treehouse.toml --data /backup/data/mon --keys /backup/keys/mon\n\n\
    Keep the two apart: the data may be kept as long as you like, the keys for seven days, and then\n\
    no longer. After that nobody can read in the data what a family has erased. Neither holds the\n\
    root key: without that, both are noise.\n\n\
    With PostgreSQL, use pg_dump for both databases, see docs/operating.md, and say so afterwards:\n  \
    treehouse backup --config treehouse.toml --noted")]
pub struct Backup {
    #[command(flatten)]
    file: ConfigFile,
    /// A new folder for the database, blobs and the log's public files
    #[arg(long, value_name = "FOLDER", requires = "keys", required_unless_present = "noted")]
    data: Option<PathBuf>,
    /// A new folder, elsewhere, for the key store
    #[arg(long, value_name = "FOLDER", requires = "data")]
    keys: Option<PathBuf>,
    /// Take nothing: only note that both were backed up now by other means, for the stewards' console
    #[arg(long, conflicts_with = "data")]
    noted: bool,
}

impl Backup {
    /// Takes it.
    ///
    /// # Errors
    /// What went wrong, for people.
    pub async fn run(self, output: Output) -> Result<ExitCode> {
        let config = Config::read(self.file.path())?;
        let now = SystemClock.now();
        let (Some(data), Some(keys)) = (self.data, self.keys) else {
            backup::note_taken(&config, now)?;
            let value = json!({ "noted_ms": now.0 });
            output.answer(&value, |_| "noted: data and keys were backed up now".to_owned())?;
            return Ok(ExitCode::SUCCESS);
        };
        let bar = output::count("parts of blobs");
        let progress = |done| bar.set_position(done);
        let taken = backup::take(&config, &data, &keys, now, progress).await;
        bar.finish_and_clear();
        let taken = taken?;
        let value = json!({
            "parts": taken.parts,
            "erased_meanwhile": taken.erased,
            "log_size": taken.log_size,
            "keys_end_ms": now.0 + RuleId::KeyBackup.ms(),
            "noted": taken.noted,
        });
        output.answer(&value, |_| {
            format!(
                "backed up: the database with {} entries of the log, {} parts of blobs ({} erased \
                 meanwhile), the key store\n  data  {}\n  keys  {}   delete this one after 7 days{}",
                taken.log_size,
                taken.parts,
                taken.erased,
                data.display(),
                keys.display(),
                if taken.noted { "" } else { UNNOTED }
            )
        })?;
        Ok(ExitCode::SUCCESS)
    }
}
