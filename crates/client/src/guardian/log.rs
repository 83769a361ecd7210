//! What the deployment has logged about the family, each line of it proven.

use std::collections::BTreeSet;

use serde::Deserialize;
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::id::{Hash, Seen};
use treehouse_protocol::leaf::{Leaf, What};
use treehouse_protocol::receipt::Receipt;
use treehouse_protocol::sign::Signed;
use treehouse_tlog::standalone::Proven;

use super::Guardian;
use crate::error::ClientError;
use crate::http::{B64, Call};
use crate::log::{Log, LoggedAnswer};

/// A leaf of the family's, proven to be in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// Its place in the log.
    pub place: u64,
    /// What happened.
    pub leaf: Leaf,
}

/// What was logged about a family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// Every leaf, in the order of the log.
    pub leaves: Vec<Logged>,
    /// Links of the chain, as this client has replayed it, that the log doesn't show. A link shows
    /// a few seconds after it was added; one that is still missing then was kept from the log.
    pub unlogged: Vec<Seen>,
    /// Links that the log proves and that the chain lacks, as the server shows it to this client: it
    /// was cut off, or is another one. Tell others, and decide nothing on it.
    pub unshown: Vec<Seen>,
}

/// A receipt for what was destroyed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipted {
    /// The receipt, signed by the server.
    pub receipt: Receipt,
    /// Where in the log it is and who saw that; none until it's published there.
    pub proven: Option<Proven>,
}

#[derive(Deserialize)]
struct Answer {
    receipt: Option<B64>,
    logged: Option<LoggedAnswer>,
}

#[derive(Deserialize)]
struct Page {
    leaves: Vec<Listed>,
    next: Option<u64>,
}

#[derive(Deserialize)]
struct Listed {
    place: u64,
    leaf: B64,
}

impl Guardian {
    /// Reads what was logged about the family: who was handed what, under which grant; links;
    /// erasures. Each is proven to be in the log, and the log to have only grown. What was added to the
    /// chain meanwhile is read, too.
    ///
    /// # Errors
    /// [`ClientError::Unproven`] names what the log doesn't prove; the server can't be reached.
    pub async fn activity(&mut self, log: &mut Log) -> Result<Activity, ClientError> {
        let mut listed = Vec::new();
        let mut from = Some(0);
        while let Some(first) = from {
            let path = format!("/v1/families/{}/log?from={first}", self.family_id()?);
            let page: Page = self.caller.call(Call::get(path)).await?.json()?;
            listed.extend(page.leaves);
            from = page.next.filter(|next| *next > first);
        }
        log.advance().await?;
        let mut leaves = Vec::with_capacity(listed.len());
        let mut links = BTreeSet::new();
        for Listed { place, leaf: B64(bytes) } in listed {
            let leaf = Leaf::from_bytes(&bytes)?;
            log.require(place, &leaf).await?;
            if let What::Link { family, seen } = leaf.event.what {
                if family != self.family_id()? {
                    return Err(ClientError::Nonsense("it tells of another family's links"));
                }
                links.insert((seen.seq, seen.head));
            }
            leaves.push(Logged { place, leaf });
        }
        let newest = self.chain()?.seen().seq;
        if links.iter().any(|(seq, _)| *seq > newest) {
            self.sync().await?;
        }
        let chain: BTreeSet<_> = (0..).zip(self.links()?.map(Hash::of)).collect();
        let without = |these: &BTreeSet<(u64, Hash)>, those: &BTreeSet<(u64, Hash)>| {
            these.difference(those).map(|(seq, head)| Seen { seq: *seq, head: *head }).collect()
        };
        let (unlogged, unshown) = (without(&chain, &links), without(&links, &chain));
        Ok(Activity { leaves, unlogged, unshown })
    }

    /// The receipt for what a link asked to be destroyed, and the proof that it is in the log, which
    /// stands alone; `None` while it's being done.
    ///
    /// # Errors
    /// Nothing was asked for; the receipt isn't the server's or is for something else;
    /// [`ClientError::Unproven`] if the proof proves nothing, or too few witnesses saw it.
    pub async fn receipted(&self, link: Hash) -> Result<Option<Receipted>, ClientError> {
        let family = self.family_id()?;
        let path = format!("/v1/families/{family}/receipts/{link}");
        let answer: Answer = self.caller.call(Call::get(path)).await?.json()?;
        let Some(B64(bytes)) = answer.receipt else {
            return Ok(None);
        };
        let receipt: Receipt = Signed::from_bytes(&bytes)?.verify(&self.server().receipt_key()?)?;
        if receipt.link != link || receipt.family != family {
            return Err(ClientError::Nonsense("the receipt is for something else"));
        }
        let what = What::Erasure { family, link, receipt: Hash::of(&bytes) };
        let proven = answer.logged.map(|logged| logged.verify(self.server(), &what)).transpose()?;
        Ok(Some(Receipted { receipt, proven }))
    }
}
