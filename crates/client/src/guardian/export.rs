//! What a family can hand to an auditor: its chain, what was logged about it, and its receipts.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::id::Hash;
use treehouse_protocol::leaf::What;

use super::Guardian;
use crate::error::ClientError;
use crate::http::{B64, Call};
use crate::log::Log;

const FORMAT: &str = "TH-EXPORT/1";

/// A family's file for an auditor, to be written as JSON; `docs/export.md` describes it. It holds no
/// key that opens anything, no name and no picture; but it tells who was handed what, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Export {
    format: &'static str,
    family: String,
    genesis: String,
    log: String,
    attesters: Vec<B64>,
    servers: Vec<B64>,
    checkpoint: String,
    links: Vec<B64>,
    leaves: Vec<Leaf>,
    receipts: Vec<B64>,
    #[serde(skip)]
    whole: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Leaf {
    place: u64,
    leaf: B64,
}

impl Export {
    /// Whether every link and receipt in it has its leaf, and every leaf its link. What happened a
    /// few seconds ago may not stand in the log yet: try again. What is still missing then was kept
    /// from the log.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.whole
    }
}

impl Guardian {
    /// Reads what the family can hand to an auditor. Each leaf is proven to be in the log.
    ///
    /// # Errors
    /// The keys are locked, the server can't be reached, or it doesn't prove what it says.
    pub async fn export(&mut self, log: &mut Log) -> Result<Export, ClientError> {
        self.sync().await?;
        let receipts = self.signed_receipts().await?;
        let activity = self.activity(log).await?;
        let family = self.family()?;
        let links: Vec<B64> = self.links()?.map(|link| B64(link.to_vec())).collect();
        let erased = activity.leaves.iter().filter_map(|logged| match logged.leaf.event.what {
            What::Erasure { receipt, .. } => Some(receipt),
            _ => None,
        });
        let erased: BTreeSet<Hash> = erased.collect();
        let whole = activity.unlogged.is_empty()
            && activity.unshown.is_empty()
            && receipts.iter().all(|receipt| erased.contains(&Hash::of(&receipt.0)));
        let leaves = activity.leaves.iter();
        let leaves = leaves
            .map(|logged| Leaf { place: logged.place, leaf: B64(logged.leaf.to_bytes()) })
            .collect();
        let server = self.server();
        let missing = ClientError::Nonsense("the log has no checkpoint");
        Ok(Export {
            format: FORMAT,
            family: family.id().to_string(),
            genesis: family.genesis().to_string(),
            log: server.log_key().to_owned(),
            attesters: vec![server.attester_key().clone()],
            servers: vec![server.server_key().clone()],
            checkpoint: log.checkpoint().ok_or(missing)?.to_owned(),
            links,
            leaves,
            receipts,
            whole,
        })
    }

    /// The receipts that the server signed for the family, oldest first.
    async fn signed_receipts(&self) -> Result<Vec<B64>, ClientError> {
        #[derive(Deserialize)]
        struct Given {
            receipt: Option<B64>,
        }
        let path = format!("/v1/families/{}/receipts", self.family_id()?);
        let given: Vec<Given> = self.caller.call(Call::get(path)).await?.json()?;
        Ok(given.into_iter().filter_map(|given| given.receipt).collect())
    }
}
