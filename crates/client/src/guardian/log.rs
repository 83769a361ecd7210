//! What the deployment has logged about the family, each line of it proven.

use std::collections::BTreeSet;

use serde::Deserialize;
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::id::{Hash, Seen};
use treehouse_protocol::leaf::{Leaf, What};

use super::Guardian;
use crate::error::ClientError;
use crate::http::{B64, Call};
use crate::log::Log;

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
    /// erasures. Each is proven to be in the log, and the log to have only grown.
    ///
    /// # Errors
    /// [`ClientError::Unproven`] names what the log doesn't prove; the server can't be reached.
    pub async fn activity(&self, log: &mut Log) -> Result<Activity, ClientError> {
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
            if let What::Link { seen, .. } = leaf.event.what {
                links.insert((seen.seq, seen.head));
            }
            leaves.push(Logged { place, leaf });
        }
        let own = (0..).zip(self.links()?).map(|(seq, link)| Seen { seq, head: Hash::of(link) });
        let unlogged = own.filter(|seen| !links.contains(&(seen.seq, seen.head))).collect();
        Ok(Activity { leaves, unlogged })
    }
}
