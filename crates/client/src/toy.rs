//! A toy's client: linked once, then seals what a child makes, keeps it while it is offline, and
//! sends it when it can.
//!
//! Everything that a toy keeps lies in one folder, sealed. By itself a toy can add to what the
//! family keeps and read nothing back, unless a guardian granted it more: a stolen toy yields what
//! it hasn't sent yet, not the cloud.

mod limits;
mod link;
mod log;
mod lost;
mod outbox;
mod recover;

pub use link::{Progress, Waiting};
pub use outbox::Sent;
pub use recover::AskedBack;

use std::path::Path;

use http::Method;
use serde::{Deserialize, Serialize};
use treehouse_protocol::blob::BlobRef;
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::{Family, Keyring};
use treehouse_protocol::heads::Heads;
use treehouse_protocol::id::{ChildId, Day, FamilyId, Hash, KeyId};
use treehouse_protocol::kem::Suite;
use treehouse_protocol::keys::PrivateKeys;
use treehouse_protocol::record::Header;
use treehouse_protocol::registry::{Category, Coded};
use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::Signed;
use zeroize::Zeroizing;

use crate::caller::Caller;
use crate::chain::Chain;
use crate::data;
use crate::error::ClientError;
use crate::guardian::Item;
use crate::http::{B64, Call};
#[cfg(not(target_family = "wasm"))]
use crate::live::Live;
use crate::local::Vault;
use crate::log::Kept;
use crate::random;
use crate::server::{Pinned, Server};

const STATE: &str = "toy.state";

/// A toy, linked or not.
#[derive(Debug)]
pub struct Toy {
    server: Server,
    vault: Vault,
    keys: PrivateKeys,
    state: State,
    caller: Option<Caller>,
    chain: Option<Chain>,
    ring: Keyring,
}

/// What a toy keeps.
#[derive(Serialize, Deserialize)]
struct State {
    pinned: Pinned,
    seed: B64,
    suite: u8,
    linked: Option<Linked>,
    links: Vec<B64>,
    day: u32,
    /// The newest head of the log that was seen.
    #[serde(default)]
    log: Option<Kept>,
}

/// The family that a toy belongs to.
#[derive(Clone, Serialize, Deserialize)]
struct Linked {
    token: String,
    family: B64,
    genesis: B64,
    child: Option<B64>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("State(●●)")
    }
}

impl Toy {
    /// A new toy in an empty folder, with keys of its own.
    ///
    /// # Errors
    /// The folder can't be used, or holds a toy already.
    pub fn create(folder: &Path, server: &Server, suite: Suite) -> Result<Self, ClientError> {
        let vault = Vault::open(folder)?;
        if vault.read(STATE)?.is_some() {
            return Err(ClientError::Local("there is a toy in it already"));
        }
        let seed = Secret::<32>::random(&mut random::rng());
        let state = State {
            pinned: server.pinned().clone(),
            seed: B64(seed.expose().to_vec()),
            suite: Coded::code(suite),
            linked: None,
            links: Vec::new(),
            day: 0,
            log: None,
        };
        let keys = PrivateKeys::from_seed(suite, &seed);
        let toy = Self {
            server: server.clone(),
            vault,
            keys,
            state,
            caller: None,
            chain: None,
            ring: Keyring::default(),
        };
        toy.save()?;
        Ok(toy)
    }

    /// The toy in this folder, as it was when it was switched off. Nothing is sent yet.
    ///
    /// # Errors
    /// There is none, or its folder is damaged.
    pub fn open(folder: &Path) -> Result<Self, ClientError> {
        const DAMAGED: ClientError = ClientError::Local("the toy in it is damaged");
        let vault = Vault::open(folder)?;
        let bytes = vault.read(STATE)?.ok_or(ClientError::Local("there is no toy in it"))?;
        let state: State = serde_json::from_slice(&bytes).map_err(|_| DAMAGED)?;
        let server = Server::known(state.pinned.clone())?;
        let seed =
            Zeroizing::new(<[u8; 32]>::try_from(state.seed.0.as_slice()).map_err(|_| DAMAGED)?);
        let suite = Coded::from_code(state.suite).ok_or(DAMAGED)?;
        let keys = PrivateKeys::from_seed(suite, &Secret::from_bytes(*seed));
        let mut toy = Self {
            server,
            vault,
            keys,
            state,
            caller: None,
            chain: None,
            ring: Keyring::default(),
        };
        toy.take_up()?;
        Ok(toy)
    }

    /// Replays what was kept, so that a toy knows its family before it is online.
    fn take_up(&mut self) -> Result<(), ClientError> {
        let Some(linked) = &self.state.linked else {
            return Ok(());
        };
        self.caller = Some(Caller::toy(&self.server, &linked.token, &self.keys.sig));
        if self.state.links.is_empty() {
            return Ok(());
        }
        let links = self.state.links.iter().map(|link| link.0.clone()).collect();
        let (genesis, today) = (self.genesis()?, Day(self.state.day));
        self.chain = Some(Chain::replay(genesis, links, self.server.trust(), today)?);
        self.open_keys()
    }

    fn save(&self) -> Result<(), ClientError> {
        let bytes = serde_json::to_vec(&self.state);
        let bytes = bytes.map_err(|_| ClientError::Local("its state can't be written"))?;
        self.vault.put(STATE, &Zeroizing::new(bytes))
    }

    /// Today, by the server's calendar as it was told last.
    #[must_use]
    pub const fn today(&self) -> Day {
        Day(self.state.day)
    }

    /// Where it keeps its things.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.vault.folder()
    }

    /// The id of its signing key.
    #[must_use]
    pub fn key(&self) -> KeyId {
        self.keys.sig.id()
    }

    /// The deployment.
    #[must_use]
    pub const fn server(&self) -> &Server {
        &self.server
    }

    fn linked(&self) -> Result<&Linked, ClientError> {
        let not = ClientError::NotNow("the toy isn't linked to a family yet");
        self.state.linked.as_ref().ok_or(not)
    }

    fn caller(&self) -> Result<&Caller, ClientError> {
        self.caller.as_ref().ok_or(ClientError::NotNow("the toy isn't linked to a family yet"))
    }

    /// Whether it belongs to a family.
    #[must_use]
    pub const fn is_linked(&self) -> bool {
        self.state.linked.is_some()
    }

    fn family_id(&self) -> Result<FamilyId, ClientError> {
        Ok(FamilyId::from_bytes(exactly(&self.linked()?.family)?))
    }

    fn genesis(&self) -> Result<Hash, ClientError> {
        Ok(Hash::from_bytes(exactly(&self.linked()?.genesis)?))
    }

    /// The child that plays with it.
    ///
    /// # Errors
    /// It isn't linked, or is the whole family's.
    pub fn child(&self) -> Result<ChildId, ClientError> {
        let child = self.linked()?.child.as_ref();
        let child =
            child.ok_or(ClientError::NotNow("the toy is the whole family's, not a child's"))?;
        Ok(ChildId::from_bytes(exactly(child)?))
    }

    /// The family, as far as the toy knows its chain.
    ///
    /// # Errors
    /// It isn't linked, or has read nothing yet.
    pub fn family(&self) -> Result<&Family, ClientError> {
        let unread = ClientError::NotNow("the family's chain wasn't read yet");
        Ok(self.chain.as_ref().ok_or(unread)?.family())
    }

    fn open_keys(&mut self) -> Result<(), ClientError> {
        if let Some(chain) = &self.chain {
            let (sealing, today) = (&self.keys.kem, Day(self.state.day));
            self.ring.open_grants(chain.family(), chain.links(), sealing, today)?;
        }
        Ok(())
    }

    /// Reads what is new in the family's chain, and new settings: limits, and whether it's lost. A toy that was
    /// removed forgets everything.
    ///
    /// # Errors
    /// [`ClientError::Wiped`]; the server can't be reached, or shows another history.
    pub async fn refresh(&mut self) -> Result<(), ClientError> {
        let (family, genesis) = (self.family_id()?, self.genesis()?);
        let (mut chain, before) = (self.chain.take(), Day(self.state.day));
        let synced = data::sync(self.caller()?, family, genesis, &mut chain, before).await;
        self.chain = chain;
        match synced {
            Ok(today) => self.state.day = today.0,
            Err(error) => return Err(self.after(error).await),
        }
        if let Some(chain) = &self.chain {
            let known = self.state.links.len();
            self.state.links.extend(chain.links().skip(known).map(|link| B64(link.to_vec())));
        }
        self.open_keys()?;
        self.save()?;
        match self.read_settings().await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.after(error).await),
        }
    }

    /// Forgets everything if that is what the server asks, and says what happened.
    async fn after(&mut self, error: ClientError) -> ClientError {
        if !error.is("gone") {
            return error;
        }
        match self.wipe().await {
            Ok(()) => ClientError::Wiped,
            Err(error) => error,
        }
    }

    /// Forgets everything: keys first, then what was not sent yet. The family is told.
    async fn wipe(&mut self) -> Result<(), ClientError> {
        let told = match &self.caller {
            Some(caller) => {
                caller.call(Call::act(Method::POST, "/v1/toys/wiped".to_owned())).await.map(drop)
            }
            None => Ok(()),
        };
        self.vault.wipe()?;
        self.state.linked = None;
        (self.caller, self.chain, self.ring) = (None, None, Keyring::default());
        // What the toy held is gone, whether or not the server could be told.
        drop(told);
        Ok(())
    }

    /// What the toy may read of its child's data of one kind: each record, opened.
    ///
    /// # Errors
    /// It may not read it, or is lost; the server can't be reached.
    pub async fn shelf(&mut self, category: Category) -> Result<Vec<Item>, ClientError> {
        self.refresh().await?;
        self.require_found()?;
        let (family, child) = (self.family_id()?, self.child()?);
        let listed = match data::records(self.caller()?, family, child, category, 0).await {
            Ok(listed) => listed,
            Err(error) => return Err(self.after(error).await),
        };
        let (chain, trust) = (self.family()?, self.server.trust());
        let mut heads = self.heads(family, child, category)?;
        let items = data::open_listed(listed, chain, trust, &self.ring, |it| heads.admit(it));
        self.keep_heads(&heads)?;
        Ok(items)
    }

    /// What this toy has seen of a shelf, so that nothing older comes back as the present.
    fn heads(
        &self,
        family: FamilyId,
        child: ChildId,
        category: Category,
    ) -> Result<Heads, ClientError> {
        let bytes = self.vault.read(&heads_file(category))?;
        Ok(match bytes {
            Some(bytes) => Heads::from_bytes(&bytes)?,
            None => Heads::new(family, child, category),
        })
    }

    fn keep_heads(&self, heads: &Heads) -> Result<(), ClientError> {
        self.vault.put(&heads_file(heads.category()), &Zeroizing::new(heads.to_bytes()))
    }

    /// Fetches a blob that a record names, and opens it.
    ///
    /// # Errors
    /// The toy may not read it, it isn't there, or isn't what the record says.
    pub async fn blob(
        &self,
        header: &Header,
        reference: &BlobRef,
    ) -> Result<Zeroizing<Vec<u8>>, ClientError> {
        self.require_found()?;
        data::read_blob(self.caller()?, header, reference).await
    }

    /// The records of a shelf as the server gives them, still sealed; of any family, to see what it
    /// gives to whom.
    ///
    /// # Errors
    /// The shelf may not be read.
    pub async fn sealed_shelf(
        &self,
        family: FamilyId,
        child: ChildId,
        category: Category,
    ) -> Result<Vec<Signed>, ClientError> {
        data::sealed(self.caller()?, family, child, category).await
    }

    /// The category keys that this toy holds.
    #[must_use]
    pub const fn keyring(&self) -> &Keyring {
        &self.ring
    }

    /// What nobody but this toy may hold: the seed of its keys. For a drill, which searches for it
    /// wherever else it could be.
    #[must_use]
    pub fn private_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.state.seed.0.clone())
    }

    /// Its token, which the server knows only by its hash. For a drill.
    ///
    /// # Errors
    /// It isn't linked.
    pub fn token(&self) -> Result<Zeroizing<String>, ClientError> {
        Ok(self.caller()?.token())
    }

    /// Opens the live channel, which rings when there is something to fetch.
    ///
    /// # Errors
    /// It isn't linked, or the server can't be reached.
    #[cfg(not(target_family = "wasm"))]
    pub async fn live(&self) -> Result<Live, ClientError> {
        Live::open(self.caller()?).await
    }
}

fn heads_file(category: Category) -> String {
    format!("{}.heads", category.word())
}

fn exactly<const N: usize>(bytes: &B64) -> Result<[u8; N], ClientError> {
    let bytes = bytes.0.as_slice().try_into();
    bytes.map_err(|_| ClientError::Local("the toy in it is damaged"))
}
