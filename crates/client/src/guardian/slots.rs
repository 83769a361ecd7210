//! What key slots remember of the family's chain, so that a server that shows less of it to a new
//! device is found out.

use http::Method;
use serde_json::json;
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::id::{Hash, Seen};
use treehouse_protocol::slot::{Kek, Opened, Slot};

use super::Guardian;
use crate::chain::require_seen;
use crate::error::ClientError;
use crate::http::{Call, b64};
use crate::random;

/// What a slot remembers that was sealed before anything of the chain was seen.
pub(super) const NOTHING: Seen = Seen { seq: 0, head: Hash::NONE };

/// What a slot remembers, if it remembers something.
pub(super) fn remembered(opened: &Opened) -> Option<Seen> {
    (opened.seen != NOTHING).then_some(opened.seen)
}

impl Guardian {
    /// Lets the slots remember the newest place in the chain, if it has grown since they did.
    pub(super) async fn remember(&mut self) -> Result<(), ClientError> {
        let newest = self.chain()?.seen();
        if self.keys()?.seen.is_some_and(|seen| seen.seq >= newest.seq) {
            return Ok(());
        }
        match self.reseal(newest).await {
            Ok(seen) => {
                if let Some(keys) = &mut self.keys {
                    keys.seen = Some(seen);
                }
                Ok(())
            }
            // They still remember an older place, and are sealed anew at the next turn.
            Err(ClientError::Unreachable(_) | ClientError::Server(_)) => Ok(()),
            Err(other) => {
                self.chain = None;
                Err(other)
            }
        }
    }

    /// Seals every slot anew that this session opens and that remembers less than this. Answers the
    /// newest place that one of them remembers then.
    async fn reseal(&self, newest: Seen) -> Result<Seen, ClientError> {
        let keys = self.keys()?;
        let (sealed, slots) = self.fetch_keys().await?;
        let (owner, mut all) = (sealed.owner(), newest);
        // Keys that a toy has announced have no slots yet.
        if owner.guardian != keys.private.sig.id() {
            return Ok(newest);
        }
        let password = self.export_key.as_ref().map(Kek::from_opaque);
        for kek in password.iter().chain(&keys.beside) {
            for slot in &slots {
                let Ok(opened) = slot.open(&owner, kek) else { continue };
                if let Some(seen) = remembered(&opened) {
                    // Another session has seen more: the next turn must show that, too.
                    if seen.seq > newest.seq {
                        all = if seen.seq > all.seq { seen } else { all };
                        continue;
                    }
                    require_seen(self.family()?, &seen)?;
                    if seen == newest {
                        continue;
                    }
                }
                let (contents, rng) = (Opened { seen: newest, ..opened }, &mut random::rng());
                let slot = Slot::seal(slot.id(), &owner, kek, &contents, rng);
                // A passkey that was removed meanwhile stays removed.
                let body = json!({ "slot": b64(&slot.to_bytes()), "again": true });
                let call = Call::send(Method::PUT, "/v1/account/slots".to_owned(), body);
                self.caller.call(call).await?;
            }
        }
        Ok(all)
    }
}
