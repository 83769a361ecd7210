//! A guardian at work: one account in one tab, and what it has open.

mod account;
mod data;
mod family;
mod recordings;
mod toys;

use std::path::Path;

use serde_json::Value;
use treehouse_client::content::Profile;
use treehouse_client::guardian::{Guardian, Invitation, Opening, Pairing, Picture, Recording};
use treehouse_client::log::Log;
use treehouse_client::{Memory, Server};
use treehouse_protocol::id::{ChildId, KeyId, RecordId};
use treehouse_protocol::sorted::Map;

use crate::asked::{Asked, Given};
use crate::trouble::Trouble;

/// One guardian in one tab.
#[derive(Debug)]
pub struct Desk {
    url: String,
    authority_pem: Option<String>,
    /// What was seen of the deployment at earlier visits.
    memory: Memory,
    server: Option<Server>,
    guardian: Option<Guardian>,
    /// What children are called, as far as it was opened since the last change.
    profiles: Option<Map<ChildId, Profile>>,
    /// Which toys are lost, and what they show, as far as it was read since the last change.
    lost: Option<Map<KeyId, String>>,
    /// The album that was opened last, so that its pictures can be asked for by their record.
    album: Vec<Picture>,
    recordings: Vec<Recording>,
    /// What of them is being fetched, part by part.
    openings: Vec<((RecordId, String), Opening)>,
    pairing: Option<(Pairing, Option<[u8; 64]>)>,
    invitations: Vec<Invitation>,
    log: Option<Log>,
}

impl Desk {
    /// At the deployment with this address, which is remembered in a folder; `authority_pem` as for
    /// [`Server::connect`].
    #[must_use]
    pub fn new(url: &str, authority_pem: Option<&str>, folder: &Path) -> Self {
        Self {
            url: url.to_owned(),
            authority_pem: authority_pem.map(ToOwned::to_owned),
            memory: Memory::of(folder),
            server: None,
            guardian: None,
            profiles: None,
            lost: None,
            album: Vec::new(),
            recordings: Vec::new(),
            openings: Vec::new(),
            pairing: None,
            invitations: Vec::new(),
            log: None,
        }
    }

    /// Does what a page asks.
    ///
    /// # Errors
    /// What went wrong, for the page to say.
    pub async fn call(&mut self, asked: &Asked) -> Result<Given, Trouble> {
        if let Some(given) = self.account(asked).await? {
            return Ok(given);
        }
        if let Some(given) = self.decide(asked).await? {
            return Ok(given);
        }
        if let Some(given) = self.toys(asked).await? {
            return Ok(given);
        }
        if let Some(given) = self.recordings(asked).await? {
            return Ok(given);
        }
        if let Some(given) = self.data(asked).await? {
            return Ok(given);
        }
        Err(Trouble::invalid(&format!("nothing is called {}", asked.word)))
    }

    async fn server(&mut self) -> Result<Server, Trouble> {
        if self.server.is_none() {
            let authority = self.authority_pem.as_deref();
            self.server = Some(self.memory.server(&self.url, authority).await?);
        }
        self.server.clone().ok_or_else(|| Trouble::not_now("there is no connection"))
    }

    fn guardian(&mut self) -> Result<&mut Guardian, Trouble> {
        self.guardian.as_mut().ok_or_else(|| Trouble::not_now("nobody is signed in"))
    }

    /// Forgets what belongs to one guardian.
    fn leave(&mut self) {
        self.guardian = None;
        self.profiles = None;
        self.lost = None;
        self.album = Vec::new();
        self.recordings = Vec::new();
        self.openings = Vec::new();
        self.pairing = None;
        self.invitations = Vec::new();
        self.log = None;
    }
}

const fn nothing() -> Given {
    Given::Json(Value::Null)
}
