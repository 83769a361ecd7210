//! What a backup holds, and how to know that it still does.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{BackupError, files};

/// The file that describes a backup.
pub const FILE: &str = "manifest.json";
const FORMAT: u32 = 1;

/// What a backup is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// Database, blobs and the log's public files.
    Data,
    /// The key store.
    Keys,
}

/// The description of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    format: u32,
    /// What it is of.
    pub content: Content,
    /// Whose.
    pub deployment: String,
    /// When it was taken, in milliseconds since 1970.
    pub taken_ms: i64,
    /// Until when it may be put back, in milliseconds since 1970.
    pub ends_ms: Option<i64>,
    /// The same for data and keys that were taken together.
    pub pair: String,
    /// How many entries of the log the database knows.
    pub log_size: u64,
    /// The files, by name, with the SHA-256 of each in hexadecimal digits.
    pub files: BTreeMap<String, String>,
}

impl Manifest {
    /// A description without files.
    pub(super) fn new(content: Content, deployment: &str, taken_ms: i64, pair: &str) -> Self {
        Self {
            format: FORMAT,
            content,
            deployment: deployment.to_owned(),
            taken_ms,
            ends_ms: None,
            pair: pair.to_owned(),
            log_size: 0,
            files: BTreeMap::new(),
        }
    }

    /// Writes it, and so makes the folder a backup.
    pub(super) fn write(&self, folder: &Path) -> Result<(), BackupError> {
        let text = serde_json::to_vec_pretty(self).unwrap_or_default();
        files::write(&folder.join(FILE), &text)
    }

    /// Reads the description of a backup of this kind, and checks every file.
    ///
    /// # Errors
    /// It isn't one, or a file isn't what was backed up.
    pub fn read(folder: &Path, content: Content) -> Result<Self, BackupError> {
        let what = match content {
            Content::Data => "data",
            Content::Keys => "keys",
        };
        let not_one = || BackupError::NotOne(folder.to_owned(), what);
        let text = std::fs::read(folder.join(FILE)).map_err(|_| not_one())?;
        let manifest: Self = serde_json::from_slice(&text).map_err(|_| not_one())?;
        if manifest.format != FORMAT || manifest.content != content {
            return Err(not_one());
        }
        for (name, hash) in &manifest.files {
            let path = files::within(folder, name).ok_or_else(not_one)?;
            if files::hash(&path)? != *hash {
                return Err(BackupError::Damaged(path));
            }
        }
        Ok(manifest)
    }
}
