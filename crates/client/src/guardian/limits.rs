//! Limits that a child's toys obey.

use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::id::ChildId;
use treehouse_protocol::record::Opened;
use treehouse_protocol::registry::Category;

use super::Guardian;
use crate::content::limits::{Limits, record_of};
use crate::data;
use crate::error::ClientError;

impl Guardian {
    /// The limits of a child; `None` if none were ever set.
    ///
    /// # Errors
    /// As for [`Guardian::shelf`]; or what stands there isn't limits, or by no guardian.
    pub async fn limits(&mut self, child: ChildId) -> Result<Option<Limits>, ClientError> {
        let opened = self.limits_record(child).await?;
        Ok(opened.map(|opened| Limits::from_bytes(&opened.plain)).transpose()?)
    }

    /// Replaces the limits of a child. Toys that may read its settings obey them from their next
    /// contact on, offline too.
    ///
    /// # Errors
    /// They contradict themselves; this guardian doesn't hold the key, or may not write.
    pub async fn set_limits(&mut self, child: ChildId, limits: &Limits) -> Result<(), ClientError> {
        let bytes = limits.to_bytes();
        Limits::from_bytes(&bytes)?;
        let ver = self.limits_record(child).await?.map_or(1, |opened| opened.header.ver + 1);
        self.put(child, Category::Settings, record_of(child), ver, &bytes).await
    }

    /// Seals the limits again if their key was replaced since: a toy that was linked later doesn't
    /// hold the old one.
    pub(super) async fn renew_limits(&mut self, child: ChildId) -> Result<(), ClientError> {
        let Some(opened) = self.limits_record(child).await? else {
            return Ok(());
        };
        let current = data::writable(self.chain()?, child, Category::Settings)?.version.version;
        if opened.header.name.version == current {
            return Ok(());
        }
        self.set_limits(child, &Limits::from_bytes(&opened.plain)?).await
    }

    async fn limits_record(&mut self, child: ChildId) -> Result<Option<Opened>, ClientError> {
        let items = self.shelf(child, Category::Settings).await?;
        let item = items.into_iter().find(|item| item.record == record_of(child));
        Ok(item.and_then(|item| item.opened).transpose()?)
    }
}
