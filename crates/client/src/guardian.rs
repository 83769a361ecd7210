//! A guardian's client: signs in, founds or joins a family, decides, reads and takes away.

mod account;
mod album;
mod decide;
mod export;
mod invite;
mod limits;
mod link;
mod log;
mod lost;
mod passkey;
mod recover;
mod slots;
mod verification;

pub use album::{Item, Opening, Picture, Recorded, Recording};
pub use decide::Consent;
pub use export::Export;
pub use invite::{Invitation, invitation_url};
pub use link::{ListedToy, Pairing};
pub use log::{Activity, Logged, Receipted};
pub use recover::Asked;
pub use verification::Verification;

use treehouse_protocol::chain::{Family, Keyring, Pen};
use treehouse_protocol::heads::Heads;
use treehouse_protocol::id::{AccountId, ChildId, Day, FamilyId, Hash, KeyId, Seen};
use treehouse_protocol::keys::{Bundle, PrivateKeys, PublicKeys};
use treehouse_protocol::registry::Category;
use treehouse_protocol::secret::Secret;
use treehouse_protocol::slot::Kek;
use treehouse_protocol::sorted::Map;
use zeroize::Zeroizing;

use crate::caller::Caller;
use crate::chain::{Chain, require_seen};
use crate::data;
use crate::error::ClientError;
#[cfg(not(target_family = "wasm"))]
use crate::live::Live;
use crate::server::Server;

/// How often a batch of links is written again because somebody else was faster.
const TRIES_MAX: u32 = 8;

/// A guardian who has signed in. The keys are a second step: [`Guardian::unlock`],
/// or with the recovery kit.
#[derive(Debug)]
pub struct Guardian {
    caller: Caller,
    account: AccountId,
    export_key: Option<Secret<64>>,
    keys: Option<Keys>,
    chain: Option<Chain>,
    ring: Keyring,
    heads: Map<(ChildId, Category), Heads>,
    today: Day,
}

/// A guardian's unlocked keys.
#[derive(Debug)]
struct Keys {
    bundle: Bundle,
    private: PrivateKeys,
    family: FamilyId,
    /// The first link of the family's chain, once there is one.
    genesis: Option<Hash>,
    /// The newest place in the chain that a slot remembers: a chain without it doesn't count.
    seen: Option<Seen>,
    /// What opens slots in this session beside the password: the kit, or a passkey.
    beside: Option<Kek>,
}

impl Guardian {
    fn new(caller: Caller, account: AccountId, export_key: Secret<64>) -> Self {
        Self {
            caller,
            account,
            export_key: Some(export_key),
            keys: None,
            chain: None,
            ring: Keyring::default(),
            heads: Map::new(),
            today: Day(0),
        }
    }

    /// The account.
    #[must_use]
    pub const fn account(&self) -> AccountId {
        self.account
    }

    /// The deployment.
    #[must_use]
    pub const fn server(&self) -> &Server {
        self.caller.server()
    }

    fn keys(&self) -> Result<&Keys, ClientError> {
        self.keys.as_ref().ok_or(ClientError::Locked(
            "the keys are locked: unlock them with the password or the recovery kit",
        ))
    }

    /// The public keys.
    ///
    /// # Errors
    /// The keys are locked.
    pub fn public(&self) -> Result<PublicKeys, ClientError> {
        Ok(self.keys()?.private.public())
    }

    /// The id of the signing key.
    ///
    /// # Errors
    /// The keys are locked.
    pub fn key(&self) -> Result<KeyId, ClientError> {
        Ok(self.keys()?.private.sig.id())
    }

    /// The id of the family that the keys are of.
    ///
    /// # Errors
    /// The keys are locked.
    pub fn family_id(&self) -> Result<FamilyId, ClientError> {
        Ok(self.keys()?.family)
    }

    fn chain(&self) -> Result<&Chain, ClientError> {
        self.chain.as_ref().ok_or(ClientError::NotNow("the family's chain wasn't read yet"))
    }

    /// The family, as its chain told it at the last [`Guardian::sync`].
    ///
    /// # Errors
    /// It wasn't read yet.
    pub fn family(&self) -> Result<&Family, ClientError> {
        Ok(self.chain()?.family())
    }

    /// The category keys that this guardian holds.
    #[must_use]
    pub const fn keyring(&self) -> &Keyring {
        &self.ring
    }

    /// The links of the family's chain, in order, for an export.
    ///
    /// # Errors
    /// It wasn't read yet.
    pub fn links(&self) -> Result<impl Iterator<Item = &[u8]>, ClientError> {
        Ok(self.chain()?.links())
    }

    /// Today, by the server's calendar. It never goes back; a wrong day can make a grant that has
    /// run out look alive here, and makes no forged link count.
    #[must_use]
    pub const fn today(&self) -> Day {
        self.today
    }

    /// Reads what is new in the family's chain, checks it, opens every key that it gives, and lets the
    /// key slots remember how far it has come.
    ///
    /// # Errors
    /// The keys are locked, the server can't be reached, or it shows another history than the one
    /// that was seen before.
    pub async fn sync(&mut self) -> Result<(), ClientError> {
        let Keys { family, genesis, seen, private, .. } = self.keys()?;
        let (family, pinned, seen, own) = (*family, *genesis, *seen, private.sig.id());
        let missing = ClientError::NotNow("the account belongs to no family yet");
        let genesis = match pinned {
            Some(genesis) => genesis,
            None => self.fetch_genesis(family).await?.ok_or(missing)?,
        };
        let today = self.today;
        self.today = data::sync(&self.caller, family, genesis, &mut self.chain, today).await?;
        let chain = self.chain()?.family();
        // Read for the first time, a chain counts only if this guardian's own key stands in it,
        // which the server can't forge.
        if pinned.is_none() && chain.member(own).is_none() {
            self.chain = None;
            return Err(ClientError::NotNow("the family doesn't have this guardian yet"));
        }
        if let Some(Err(refused)) = seen.map(|seen| require_seen(chain, &seen)) {
            self.chain = None;
            return Err(refused);
        }
        if let Some(keys) = &mut self.keys {
            keys.genesis = Some(genesis);
        }
        self.open_keys()?;
        self.remember().await
    }

    fn open_keys(&mut self) -> Result<(), ClientError> {
        let (Some(keys), Some(chain)) = (&self.keys, &self.chain) else {
            return Ok(());
        };
        self.ring.open_own_copies(chain.family(), &keys.bundle);
        let sealing = &keys.private.kem;
        self.ring.open_grants(chain.family(), chain.links(), sealing, self.today)?;
        Ok(())
    }

    /// Writes a batch of links, again if somebody else was faster, and takes up the new keys.
    async fn append<T>(
        &mut self,
        write: impl Fn(&mut Pen<'_>, &Keys, &Keyring) -> Result<T, ClientError>,
    ) -> Result<T, ClientError> {
        self.server().require_adult()?;
        for _ in 0..TRIES_MAX {
            self.sync().await?;
            let (keys, chain) = (self.keys()?, self.chain()?);
            let trust = self.caller.server().trust();
            let mut pen = Pen::new(chain.family(), &keys.private.sig, trust, self.today);
            let written = write(&mut pen, keys, &self.ring)?;
            let links = pen.finish();
            if links.is_empty() {
                return Ok(written);
            }
            let (family, after) = (keys.family, chain.seen());
            let appended = data::append(&self.caller, family, after, &links).await?.is_some();
            self.sync().await?;
            // A server that was cut off has forgotten that it did it: the chain tells.
            if appended || self.chain()?.has(after, &links) {
                return Ok(written);
            }
        }
        Err(ClientError::NotNow("the chain is busy: try again"))
    }

    /// What nobody but this client may hold: the seed of its keys and the keys of the family's
    /// data. For a drill, which searches for them wherever else they could be.
    ///
    /// # Errors
    /// The keys are locked.
    pub fn private_bytes(&self) -> Result<Vec<Zeroizing<Vec<u8>>>, ClientError> {
        let seed = self.keys()?.bundle.seed();
        let secrets = self.ring.keys().map(|(_, key)| key.secret());
        let all = std::iter::once(seed).chain(secrets);
        Ok(all.map(|secret| Zeroizing::new(secret.expose().to_vec())).collect())
    }

    /// The token of the session, which the server knows only by its hash. For a drill.
    #[must_use]
    pub fn token(&self) -> Zeroizing<String> {
        self.caller.token()
    }

    /// Opens the live channel, which rings when there is something to fetch.
    ///
    /// # Errors
    /// The server can't be reached.
    #[cfg(not(target_family = "wasm"))]
    pub async fn live(&self) -> Result<Live, ClientError> {
        Live::open(&self.caller).await
    }
}
