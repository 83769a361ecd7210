//! `treehouse data-map`.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use serde_json::json;
use treehouse_server::data_map::{DataMap, Word as _, page};

use crate::output::Output;

/// Prints what is kept about whom, why, how long, and who reads it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  treehouse data-map > data-map.md\n  \
    treehouse data-map --processing-record > art-30.md\n  \
    treehouse data-map --json | jq '.data[] | select(.about == \"child\")'")]
pub struct PrintMap {
    /// Print the record of processing activities instead (GDPR Art. 30)
    #[arg(long)]
    processing_record: bool,
}

impl PrintMap {
    /// Prints it.
    ///
    /// # Errors
    /// Standard output is closed.
    pub fn run(&self, output: Output) -> Result<ExitCode> {
        let map = DataMap::load().map_err(Clone::clone)?;
        let data = map.data().map(|datum| {
            let stay = map.stay(datum);
            json!({
                "id": datum.id,
                "what": datum.what,
                "class": datum.class.word(),
                "about": datum.about.word(),
                "sealed": datum.sealed.word(),
                "keep": stay.keep.to_string(),
                "after": stay.after.word(),
                "backup_days": stay.backup_days,
            })
        });
        let value = json!({ "data": data.collect::<Vec<_>>() });
        output.answer(&value, |_| {
            if self.processing_record { page::processing_record(map) } else { page::data_map(map) }
        })?;
        Ok(ExitCode::SUCCESS)
    }
}
