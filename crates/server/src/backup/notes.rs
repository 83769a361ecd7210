//! What a server knows of its backups: a small file in its store's folder, which `treehouse backup` and
//! `treehouse restore` write. It holds three times and nothing else. Not a row of the database: a row
//! that came after the backup would make every backup older than its log.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::BackupError;
use crate::config::Config;
use crate::domain::house::BackedUp;
use crate::port::clock::Time;

const FILE: &str = "backups.json";

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_field_names,
    reason = "the unit stands in the name of every time in a file"
)]
struct Notes {
    data_ms: Option<i64>,
    keys_ms: Option<i64>,
    restored_ms: Option<i64>,
}

/// What is known of the backups of the store in this folder: nothing, if the file isn't there or isn't
/// one of ours. Who is warned for nothing has lost less than who isn't warned.
#[must_use]
pub fn known(store: &Path) -> BackedUp {
    let Notes { data_ms, keys_ms, restored_ms } = read(store);
    BackedUp { data_ms, keys_ms, restored_ms }
}

/// Notes that data and keys were backed up.
///
/// # Errors
/// The file can't be written.
pub fn note_taken(config: &Config, at: Time) -> Result<(), BackupError> {
    let at_ms = Some(at.0);
    change(&config.store.folder, |notes| Notes { data_ms: at_ms, keys_ms: at_ms, ..notes })
}

/// Notes that a backup came back.
///
/// # Errors
/// The file can't be written.
pub fn note_restored(config: &Config, at: Time) -> Result<(), BackupError> {
    change(&config.store.folder, |notes| Notes { restored_ms: Some(at.0), ..notes })
}

fn read(store: &Path) -> Notes {
    let read = match fs::read(store.join(FILE)) {
        Ok(text) => serde_json::from_slice(&text).ok(),
        Err(error) if error.kind() == ErrorKind::NotFound => Some(Notes::default()),
        Err(_) => None,
    };
    read.unwrap_or_else(|| {
        tracing::warn!("backups.json in the store's folder can't be read: no backup is known");
        Notes::default()
    })
}

/// Writes the file whole or not at all.
fn change(store: &Path, change: impl FnOnce(Notes) -> Notes) -> Result<(), BackupError> {
    let text = serde_json::to_vec_pretty(&change(read(store))).unwrap_or_default();
    let (path, unfinished) = (store.join(FILE), store.join(format!("{FILE}.new")));
    let written = File::create(&unfinished).and_then(|mut file| {
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&unfinished, &path)
    });
    written.map_err(|error| BackupError::File(path, error))
}
