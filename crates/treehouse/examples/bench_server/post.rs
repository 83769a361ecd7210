//! The mailbox of everybody: letters that the server wrote into a folder.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Result, bail};

/// Links that letters may hold, by what they are for.
const KINDS: [&str; 2] = ["open", "verify"];
/// How often the folder is looked into before a letter counts as lost.
const LOOKS_MAX: usize = 30_000;

/// Letters, each of which is read once and thrown away.
pub struct Post {
    folder: PathBuf,
    /// Tokens that nobody has taken yet, by address and kind of link.
    waiting: Mutex<HashMap<(String, &'static str), String>>,
}

impl Post {
    /// The mailbox in this folder.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, waiting: Mutex::default() }
    }

    /// The token of the letter to this address with a link of this kind.
    pub async fn token(&self, to: &str, kind: &'static str) -> Result<String> {
        for _ in 0..LOOKS_MAX {
            if let Some(token) = self.look(&(to.to_owned(), kind))? {
                return Ok(token);
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        bail!("no letter to {to} has a link to {kind}")
    }

    fn look(&self, wanted: &(String, &'static str)) -> Result<Option<String>> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = waiting.remove(wanted) {
            return Ok(Some(token));
        }
        // Whole once it has this name: it gets it when it's written.
        for entry in std::fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "eml") {
                waiting.extend(read(&path)?);
                std::fs::remove_file(path)?;
            }
        }
        Ok(waiting.remove(wanted))
    }
}

/// To whom, which link, and its token; of a letter that has one.
fn read(path: &Path) -> Result<Option<((String, &'static str), String)>> {
    let text = std::fs::read_to_string(path)?.replace("=\r\n", "");
    let to = text.lines().find_map(|line| line.strip_prefix("To: ")).map(str::trim);
    let found = KINDS.into_iter().find_map(|kind| {
        let (_, rest) = text.split_once(&format!("/{kind}#"))?;
        let token = rest.split_whitespace().next()?.to_owned();
        Some(((to?.to_owned(), kind), token))
    });
    Ok(found)
}
