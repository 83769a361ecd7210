//! A toy brings a guardian back who lost every other way to the keys, if the family's policy permits
//! it and an owner gave the toy that capability when it was linked.
//!
//! Somebody who holds the toy confirms on it that the code is the one on the guardian's screen; the
//! toy announces the new key, everybody is told, and after three days it hands over what it may
//! read itself. Any owner calls it off in between.

use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::Pen;
use treehouse_protocol::chain::body::{Body, Recover};
use treehouse_protocol::chain::replay::RECOVERY_DAYS;
use treehouse_protocol::grant::{Grant, Header};
use treehouse_protocol::id::{AccountId, Day, Hash, Seen};
use treehouse_protocol::keys::PublicKeys;
use treehouse_protocol::registry::{GranteeKind, Purpose, Rights};

use super::Toy;
use crate::content::back::{self, AskToy};
use crate::data;
use crate::error::ClientError;
use crate::random;

/// How often a link is written again because somebody else was faster.
const TRIES_MAX: u32 = 8;

/// A guardian who asks this toy for a way back.
#[derive(Debug, Clone)]
pub struct AskedBack {
    /// The account that asks.
    pub account: AccountId,
    request: Vec<u8>,
}

impl AskedBack {
    /// What the guardian's screen must show, too.
    #[must_use]
    pub fn code(&self) -> String {
        back::code(&self.request)
    }

    /// Whether this is the code that somebody typed.
    #[must_use]
    pub fn is(&self, code: &str) -> bool {
        back::is_code(&self.request, code)
    }
}

impl Toy {
    /// The guardians who ask for a way back now.
    ///
    /// # Errors
    /// The toy isn't linked, or the server can't be reached.
    pub async fn asked_back(&mut self) -> Result<Vec<AskedBack>, ClientError> {
        self.refresh().await?;
        let asked = data::asked_back(self.caller()?, self.family_id()?).await?;
        let asked = asked.into_iter().filter(|(_, bytes)| AskToy::from_bytes(bytes).is_ok());
        Ok(asked.map(|(account, request)| AskedBack { account, request }).collect())
    }

    /// Announces a guardian's new key. To be called only after somebody has compared the codes and
    /// pressed the toy's button for ten seconds. Answers the announcement's link.
    ///
    /// # Errors
    /// The policy permits it to no toy, this toy hasn't the capability, or the key isn't attested
    /// for the account of the one that was lost.
    pub async fn confirm(&mut self, asked: &AskedBack, code: &str) -> Result<Hash, ClientError> {
        // Who has found a toy brings nobody back.
        self.require_found()?;
        if !back::is_code(&asked.request, code) {
            return Err(ClientError::Swapped("somebody else asks: the codes differ"));
        }
        let AskToy { genesis, announcement } = AskToy::from_bytes(&asked.request)?;
        if genesis != self.genesis()? {
            return Err(ClientError::Swapped("the guardian was shown another family"));
        }
        let body = Body::Recover(Recover::Announce(Box::new(announcement)));
        self.say(|_| Ok(body.clone())).await
    }

    /// Hands over what this toy may read to each new key that it has announced, as far as the three
    /// days are over. Answers how many came back.
    ///
    /// # Errors
    /// The server can't be reached.
    pub async fn hand_over_due(&mut self) -> Result<usize, ClientError> {
        self.refresh().await?;
        let (own, today) = (self.key(), Day(self.state.day));
        let recoveries = self.family()?.recoveries();
        let due =
            recoveries.filter(|asked| asked.by == own && asked.day.plus(RECOVERY_DAYS) < today);
        let due: Vec<Hash> = due.map(|asked| asked.link).collect();
        for announcement in &due {
            self.hand_over(*announcement).await?;
        }
        Ok(due.len())
    }

    /// Hands over what this toy may read to the key that it announced with this link.
    ///
    /// # Errors
    /// It is too early, or it was called off.
    pub async fn hand_over(&mut self, announcement: Hash) -> Result<(), ClientError> {
        self.require_found()?;
        self.refresh().await?;
        let over = ClientError::NotNow("it was called off, or is done");
        let announced = self.family()?.recoveries().find(|asked| asked.link == announcement);
        let to = announced.ok_or(over)?.keys.clone();
        self.say(|toy| {
            let grant = toy.all_that_it_reads(&to)?;
            Ok(Body::Recover(Recover::Complete { announcement, grant }))
        })
        .await
        .map(drop)
    }

    /// A grant of every current key on the ring. Older versions stay where they are: nothing can
    /// be granted under them any more.
    fn all_that_it_reads(&self, to: &PublicKeys) -> Result<Option<Grant>, ClientError> {
        let (family, today) = (self.family()?, Day(self.state.day));
        let lost = family.recoveries().find(|asked| asked.keys == to).map(|asked| asked.lost);
        let mut headers = Vec::new();
        for (name, key) in self.ring.keys() {
            let line = family.keys(name.child, name.category);
            let current = line
                .and_then(|line| line.current())
                .filter(|made| made.version.version == name.version && made.due_since.is_none());
            let decides = lost.is_some_and(|lost| family.decides_for(lost, name.child));
            let reads = family.may_read(self.key(), name, today, self.server.trust());
            if current.is_none() || !decides || !reads {
                continue;
            }
            let mut own = family.live_grants(today).filter(|(_, granted)| {
                granted.header.key == *name && granted.header.grantee == self.keys.kem.public().id()
            });
            // What was consented to for the toy says what was read before that.
            let notice = own.next().map_or(Hash::NONE, |(_, granted)| granted.header.notice);
            let mut header = Header {
                suite: to.kem.suite(),
                key: *name,
                grantee_kind: GranteeKind::Guardian,
                grantee: to.kem.id(),
                rights: Rights::GUARDIAN,
                purpose: Purpose::Care,
                notice,
                not_before: today,
                expires: None,
                nonce: [0; 16],
            };
            rand_core::Rng::fill_bytes(&mut random::rng(), &mut header.nonce);
            headers.push((header, Some(key)));
        }
        if headers.is_empty() {
            return Ok(None);
        }
        Ok(Some(Grant::seal(headers, &to.kem, &mut random::rng())?))
    }

    /// Writes one link of the toy's own, again if somebody else was faster.
    async fn say(
        &mut self,
        body: impl Fn(&Self) -> Result<Body, ClientError>,
    ) -> Result<Hash, ClientError> {
        for _ in 0..TRIES_MAX {
            self.refresh().await?;
            let body = body(self)?;
            let (family, after): (_, Seen) = (self.family()?, self.family()?.seen());
            let (trust, today) = (self.server.trust(), Day(self.state.day));
            let mut pen = Pen::new(family, &self.keys.sig, trust, today);
            let hash = pen.write(body)?;
            let links = pen.finish();
            let (caller, id) = (self.caller()?, self.family_id()?);
            let appended = data::append(caller, id, after, &links).await?.is_some();
            self.refresh().await?;
            // A server that was cut off has forgotten that it did it: the chain tells.
            if appended || self.chain.as_ref().is_some_and(|chain| chain.has(after, &links)) {
                return Ok(hash);
            }
        }
        Err(ClientError::NotNow("the chain is busy: try again"))
    }
}
