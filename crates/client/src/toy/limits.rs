//! Limits as a toy keeps them, and the other settings that it obeys: read when it is online, obeyed
//! whether or not it is.
//!
//! The newest limits that a guardian signed stay in the toy's folder, so a server that withholds
//! them later changes nothing. Who holds the toy and its clock can lie to it about the time.

use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::registry::Category;
use zeroize::Zeroizing;

use super::Toy;
use crate::content::limits::{Kind, Limits, record_of};
use crate::content::lost;
use crate::data;
use crate::error::ClientError;
use crate::http::B64;
use crate::limits::{LocalTime, Used, Verdict, allowed};

const FILE: &str = "limits.state";

/// What a toy remembers.
#[derive(Debug, Default)]
struct Remembered {
    /// The place in the feed of settings up to which it has read.
    feed: u64,
    limits: Option<Limits>,
    used: Used,
}

/// The same as it's written down: the limits as they were signed.
type Written = (u64, Option<B64>, (u32, Vec<(u8, u16)>));

impl Toy {
    /// Whether the child may do something of this kind now. Works offline. Without limits, or
    /// without the right to read them, everything may be done.
    ///
    /// # Errors
    /// The folder can't be read.
    pub fn may(&self, kind: Kind, now: LocalTime) -> Result<Verdict, ClientError> {
        let Remembered { limits, used, .. } = self.remembered()?;
        Ok(limits.map_or(Verdict::Yes(None), |limits| allowed(&limits, kind, now, &used)))
    }

    /// Refuses what the child may not do now. Works offline.
    ///
    /// # Errors
    /// [`ClientError::Limit`], or [`ClientError::Lost`]; or the folder can't be read.
    pub fn obey(&self, kind: Kind, now: LocalTime) -> Result<(), ClientError> {
        self.require_found()?;
        match self.may(kind, now)? {
            Verdict::Yes(_) => Ok(()),
            Verdict::No(why) => Err(ClientError::Limit(why)),
        }
    }

    /// The limits that this toy obeys.
    ///
    /// # Errors
    /// The folder can't be read.
    pub fn limits(&self) -> Result<Option<Limits>, ClientError> {
        Ok(self.remembered()?.limits)
    }

    /// Counts minutes that were spent.
    ///
    /// # Errors
    /// The folder can't be written.
    pub fn spend(&self, kind: Kind, day: u32, minutes: u16) -> Result<(), ClientError> {
        let mut remembered = self.remembered()?;
        remembered.used.add(kind, day, minutes);
        self.remember(&remembered)
    }

    /// Minutes that were spent on this day, by the kind and of all.
    ///
    /// # Errors
    /// The folder can't be read.
    pub fn spent(&self, kind: Kind, day: u32) -> Result<(u16, u16), ClientError> {
        let used = self.remembered()?.used;
        Ok((used.of(kind, day), used.all(day)))
    }

    /// Reads settings that are new, if the toy may: limits, and whether it's lost. What can't be
    /// understood leaves what was before in force; so does what was deleted.
    ///
    /// # Errors
    /// The server can't be reached, or shows what is older than what was seen.
    pub(super) async fn read_settings(&mut self) -> Result<(), ClientError> {
        // A toy of the whole family has no child, and no child's limits.
        if self.linked()?.child.is_none() || !self.reads(Category::Settings)? {
            return Ok(());
        }
        let (family, child) = (self.family_id()?, self.child()?);
        let mut remembered = self.remembered()?;
        let after = remembered.feed;
        let caller = self.caller()?;
        let listed = data::records(caller, family, child, Category::Settings, after).await?;
        let Some(feed) = listed.last().map(|listed| listed.feed) else {
            return Ok(());
        };
        let (chain, trust) = (self.family()?, self.server.trust());
        let mut heads = self.heads(family, child, Category::Settings)?;
        let admit = |it: &_| heads.admit(it);
        let items = data::open_listed(listed, chain, trust, &self.ring, admit);
        for item in items {
            let Some(Ok(opened)) = item.opened else {
                continue;
            };
            let by = chain.members().find(|(key, _)| *key == opened.header.writer);
            if !by.is_some_and(|(_, member)| member.is_guardian()) {
                continue;
            }
            if item.record == lost::record_of(self.key()) {
                self.hear_lost(&opened)?;
            } else if item.record == record_of(child)
                && let Ok(limits) = Limits::from_bytes(&opened.plain)
            {
                remembered.limits = Some(limits);
            }
        }
        remembered.feed = feed;
        self.keep_heads(&heads)?;
        self.remember(&remembered)
    }

    fn reads(&self, category: Category) -> Result<bool, ClientError> {
        let (family, child, own) = (self.family()?, self.child()?, self.keys.kem.public().id());
        Ok(family.live_grants(self.today()).any(|(_, grant)| {
            let header = &grant.header;
            header.grantee == own
                && (header.key.child, header.key.category) == (child, category)
                && header.rights.reads()
        }))
    }

    fn remembered(&self) -> Result<Remembered, ClientError> {
        // Not forgotten then: that would lift every limit.
        const DAMAGED: ClientError = ClientError::Local("its limits are damaged");
        let Some(bytes) = self.vault.read(FILE)? else {
            return Ok(Remembered::default());
        };
        let (feed, limits, used): Written = serde_json::from_slice(&bytes).map_err(|_| DAMAGED)?;
        let limits = limits.map(|bytes| Limits::from_bytes(&bytes.0)).transpose()?;
        Ok(Remembered { feed, limits, used: Used::read(used) })
    }

    fn remember(&self, remembered: &Remembered) -> Result<(), ClientError> {
        let Remembered { feed, limits, used } = remembered;
        let limits = limits.as_ref().map(|limits| B64(limits.to_bytes()));
        let written: Written = (*feed, limits, used.written());
        let bytes = serde_json::to_vec(&written);
        let bytes = bytes.map_err(|_| ClientError::Local("its limits can't be written"))?;
        self.vault.put(FILE, &Zeroizing::new(bytes))
    }
}
