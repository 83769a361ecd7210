//! Toys that are lost, and found again.

use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::family::Standing;
use treehouse_protocol::id::{ChildId, KeyId};
use treehouse_protocol::record::Opened;
use treehouse_protocol::registry::Category;

use super::Guardian;
use crate::content::lost::{Lost, record_of};
use crate::data;
use crate::error::ClientError;

impl Guardian {
    /// Tells a toy that it's lost, and what to show to whoever finds it. From its next contact on it
    /// hides what it keeps, records and sends nothing; offline, too, until it hears that it's found.
    ///
    /// # Errors
    /// No such toy of a child, one that doesn't read its child's settings, or this guardian doesn't;
    /// the text hasn't 1 to 120 printable characters.
    pub async fn mark_lost(&mut self, toy: KeyId, text: &str) -> Result<(), ClientError> {
        self.say_lost(&Lost { toy, text: Some(text.to_owned()) }).await
    }

    /// Tells a toy that it's found.
    ///
    /// # Errors
    /// As for [`Guardian::mark_lost`].
    pub async fn mark_found(&mut self, toy: KeyId) -> Result<(), ClientError> {
        self.say_lost(&Lost { toy, text: None }).await
    }

    async fn say_lost(&mut self, lost: &Lost) -> Result<(), ClientError> {
        let bytes = lost.to_bytes();
        Lost::from_bytes(&bytes)?;
        self.sync().await?;
        let child = self.reached_in(lost.toy)?;
        let ver =
            self.lost_record(child, lost.toy).await?.map_or(1, |opened| opened.header.ver + 1);
        self.put(child, Category::Settings, record_of(lost.toy), ver, &bytes).await
    }

    /// The child in whose settings this toy reads.
    fn reached_in(&self, toy: KeyId) -> Result<ChildId, ClientError> {
        let missing = ClientError::NotNow("there is no such toy in the family");
        let member = self.family()?.member(toy).filter(|member| member.span.is_open());
        let member = member.ok_or(missing)?;
        let Standing::Device { child: Some(child), .. } = member.standing else {
            return Err(ClientError::NotNow("only a child's toy can be told that it is lost"));
        };
        let reads = self.family()?.live_grants(self.today()).any(|(_, granted)| {
            let header = &granted.header;
            header.grantee == member.keys.kem.id()
                && (header.key.child, header.key.category) == (child, Category::Settings)
                && header.rights.reads()
        });
        let deaf = "the toy doesn't read its child's settings, so it can't hear of it: wipe it";
        if reads { Ok(child) } else { Err(ClientError::NotNow(deaf)) }
    }

    /// The toys of a child that are lost, and what each shows.
    ///
    /// # Errors
    /// As for [`Guardian::shelf`].
    pub async fn lost_toys(&mut self, child: ChildId) -> Result<Vec<(KeyId, String)>, ClientError> {
        let items = self.shelf(child, Category::Settings).await?;
        let opened = items.into_iter().filter_map(|item| Some((item.record, item.opened?.ok()?)));
        let lost = opened.filter_map(|(record, opened)| {
            let Lost { toy, text } = Lost::from_bytes(&opened.plain).ok()?;
            (record == record_of(toy)).then_some((toy, text?))
        });
        Ok(lost.collect())
    }

    async fn lost_record(
        &mut self,
        child: ChildId,
        toy: KeyId,
    ) -> Result<Option<Opened>, ClientError> {
        let items = self.shelf(child, Category::Settings).await?;
        let item = items.into_iter().find(|item| item.record == record_of(toy));
        Ok(item.and_then(|item| item.opened).transpose()?)
    }

    /// Says again that toys are lost if the key was replaced since: one that was linked again
    /// doesn't hold the old one.
    pub(super) async fn renew_lost(&mut self, child: ChildId) -> Result<(), ClientError> {
        for (toy, text) in self.lost_toys(child).await? {
            let Some(opened) = self.lost_record(child, toy).await? else {
                continue;
            };
            let current = data::writable(self.chain()?, child, Category::Settings)?.version.version;
            if opened.header.name.version != current && self.reached_in(toy).is_ok() {
                self.mark_lost(toy, &text).await?;
            }
        }
        Ok(())
    }
}
