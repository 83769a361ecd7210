//! The public log as an auditor finds it: files alone, between one server and the next.

use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow};
use treehouse_protocol::cbor::Canonical as _;
use treehouse_protocol::leaf::{Entry, Kind};
use treehouse_server::ledger::Files;
use treehouse_tlog::audit;
use treehouse_tlog::checkpoint::SignedCheckpoint;
use treehouse_tlog::key::LogKey;
use treehouse_tlog::proof::Head;

use crate::serve::Served;

/// The folder of the log, its key, and every head that was seen.
pub struct PublicLog {
    folder: PathBuf,
    key: LogKey,
    seen: Vec<Head>,
}

impl PublicLog {
    /// The log of this server, in this folder.
    pub async fn of(folder: PathBuf, served: &Served) -> Result<Self> {
        let told = served.connect().await?.get("/v1/deployment", "").await?.json()?;
        let key = told["log"].as_str().context("a deployment says its log's key")?;
        let key = LogKey::parse(key).map_err(|_| anyhow!("the log's key isn't one"))?;
        Ok(Self { folder, key, seen: Vec::new() })
    }

    /// Recomputes all of it, and answers how many entries are of links.
    pub fn audit(&mut self) -> Result<usize> {
        let files = Files::open(&self.folder)?;
        let Some(note) = files.checkpoint()? else {
            return Ok(0);
        };
        let checkpoint = SignedCheckpoint::open(&note, std::slice::from_ref(&self.key));
        let checkpoint = checkpoint.map_err(|_| anyhow!("the checkpoint isn't the log's"))?;
        let mut links = 0;
        audit::verify(&files, &checkpoint, &self.seen, |_, entry| {
            let is_link = Entry::from_bytes(entry).is_ok_and(|entry| entry.kind == Kind::Link);
            links += usize::from(is_link);
        })?;
        self.seen.push(checkpoint.head());
        Ok(links)
    }

    /// How many heads were seen, each with more in the log than the last.
    pub fn heads(&self) -> usize {
        let sizes: std::collections::BTreeSet<u64> =
            self.seen.iter().map(|head| head.size).collect();
        sizes.len()
    }

    /// Whether the log has exactly so many links.
    pub fn count_links(&mut self, expected: usize) -> Result<Option<String>> {
        let links = self.audit()?;
        Ok((links != expected).then(|| format!("the log has {links} links, not {expected}")))
    }
}
