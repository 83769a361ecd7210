//! A deployment: where it is, and the public keys by which it is known again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::id::Day;
use treehouse_protocol::registry::{Category, Coded as _, Method};
use treehouse_protocol::sign::{Signed, VerifyKey};
use treehouse_protocol::trust::Trust;
use treehouse_tlog::cosignature::Quorum;
use treehouse_tlog::key::WitnessKey;

use crate::age_signal::AgeSignal;
use crate::error::ClientError;
use crate::http::{Answer, B64, Call};
use crate::platform::Transport;

/// What a client remembers of a deployment from its first contact on. To be kept: a server that
/// later shows other keys is another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pinned {
    /// Where it is: `https://` and a host.
    pub url: String,
    /// The authority of its certificate, in PEM; the public ones if none was given.
    pub authority_pem: Option<String>,
    /// The name that passwords are bound to.
    pub deployment: String,
    attester: B64,
    reducer: B64,
    opaque: B64,
    log: String,
    /// Whose word about the log counted at the first contact, and of how many of them. None counts
    /// for who made contact when there were none.
    #[serde(default)]
    witnesses: Vec<String>,
    #[serde(default)]
    witnesses_needed: usize,
}

#[derive(Debug, Deserialize)]
struct Identity {
    deployment: String,
    attester: B64,
    server: B64,
    opaque: B64,
    log: String,
    witnesses: Vec<String>,
    witnesses_needed: usize,
    #[serde(default)]
    methods: Vec<String>,
    #[serde(default)]
    kinds: Vec<String>,
    day: u32,
    listings: Vec<B64>,
}

/// A connection to a deployment. Cheap to clone.
#[derive(Clone)]
pub struct Server {
    transport: Transport,
    pinned: Arc<Pinned>,
    trust: Arc<Trust>,
    quorum: Arc<Option<Quorum>>,
    /// Whether it was compared with what was pinned since this connection was made.
    checked: Arc<AtomicBool>,
    /// What the system says of its user's age. In memory alone.
    pub(crate) age: Option<AgeSignal>,
}

impl Server {
    /// Connects for the first time, and pins the deployment's public keys.
    /// `authority_pem` is the authority of its certificate, if it isn't a public one.
    ///
    /// # Errors
    /// It can't be reached, its certificate isn't trusted, or its answer makes no sense.
    pub async fn connect(url: &str, authority_pem: Option<&str>) -> Result<Self, ClientError> {
        let pinned = Pinned {
            url: url.trim_end_matches('/').to_owned(),
            authority_pem: authority_pem.map(ToOwned::to_owned),
            deployment: String::new(),
            attester: B64(Vec::new()),
            reducer: B64(Vec::new()),
            opaque: B64(Vec::new()),
            log: String::new(),
            witnesses: Vec::new(),
            witnesses_needed: 0,
        };
        let mut server = Self::unpinned(pinned)?;
        let found = server.deployment().await?;
        server.pin(Pinned {
            deployment: found.deployment,
            attester: found.attester,
            reducer: found.server,
            opaque: found.opaque,
            log: found.log,
            witnesses: found.witnesses,
            witnesses_needed: found.witnesses_needed,
            ..Pinned::clone(&server.pinned)
        })?;
        server.checked.store(true, Ordering::Relaxed);
        Ok(server)
    }

    /// A deployment that was pinned before. Nothing is sent yet.
    ///
    /// # Errors
    /// What was kept isn't a deployment's.
    pub fn known(pinned: Pinned) -> Result<Self, ClientError> {
        let mut server = Self::unpinned(pinned.clone())?;
        server.pin(pinned)?;
        Ok(server)
    }

    fn unpinned(pinned: Pinned) -> Result<Self, ClientError> {
        let transport = Transport::new(pinned.authority_pem.as_deref())?;
        Ok(Self {
            transport,
            pinned: Arc::new(pinned),
            trust: Arc::default(),
            quorum: Arc::default(),
            checked: Arc::default(),
            age: None,
        })
    }

    fn pin(&mut self, pinned: Pinned) -> Result<(), ClientError> {
        let key = |bytes: &B64| -> Result<VerifyKey, ClientError> {
            let bytes = bytes.0.as_slice().try_into();
            let bytes = bytes.map_err(|_| ClientError::Nonsense("a key has another length"))?;
            Ok(VerifyKey::admit(bytes)?)
        };
        let trust = Trust::default().with_attester(key(&pinned.attester)?);
        self.trust = Arc::new(trust.with_server(key(&pinned.reducer)?));
        self.quorum = Arc::new(quorum(&pinned)?);
        self.pinned = Arc::new(pinned);
        Ok(())
    }

    /// Compares the server with what was pinned. Answers the day by the server's calendar.
    ///
    /// Its witnesses may have become others: what counts is whether those that were pinned have
    /// cosigned, which [`Log`](crate::log::Log) asks of each checkpoint.
    ///
    /// # Errors
    /// [`ClientError::Impostor`] if it shows other keys.
    pub async fn check(&self) -> Result<Day, ClientError> {
        let found = self.deployment().await?;
        let same = found.deployment == self.pinned.deployment
            && found.attester == self.pinned.attester
            && found.server == self.pinned.reducer
            && found.opaque == self.pinned.opaque
            && found.log == self.pinned.log;
        if !same {
            return Err(ClientError::Impostor("its public keys are others"));
        }
        for listing in &found.listings {
            Signed::from_bytes(&listing.0)?;
        }
        self.checked.store(true, Ordering::Relaxed);
        Ok(Day(found.day))
    }

    /// Compares the server with what was pinned, the first time that something is asked of it.
    pub(crate) async fn check_once(&self) -> Result<(), ClientError> {
        if !self.checked.load(Ordering::Relaxed) {
            self.check().await?;
        }
        Ok(())
    }

    /// Asks for something with nothing, or with a bearer's pass, and reads the answer: for tools of
    /// an operator, and to see what strangers get. Families go by `Guardian` and `Toy`.
    ///
    /// # Errors
    /// The server can't be reached, or refuses.
    pub async fn get(&self, path: &str, pass: Option<&str>) -> Result<Vec<u8>, ClientError> {
        let bearer = pass.map(|pass| ("authorization", format!("Bearer {pass}")));
        let headers: Vec<_> = bearer.into_iter().collect();
        Ok(self.call(Call::get(path.to_owned()), &headers).await?.body)
    }

    async fn deployment(&self) -> Result<Identity, ClientError> {
        self.call(Call::get("/v1/deployment".to_owned()), &[]).await?.json()
    }

    /// The methods by which a parent may be verified there now, as far as this client knows them.
    ///
    /// # Errors
    /// It can't be reached, or its answer makes no sense.
    pub async fn methods(&self) -> Result<Vec<Method>, ClientError> {
        let words = self.deployment().await?.methods;
        Ok(words.iter().filter_map(|word| Method::from_word(word)).collect())
    }

    /// The kinds of a child's data that may be collected there now, as far as this client knows them.
    ///
    /// # Errors
    /// It can't be reached, or its answer makes no sense.
    pub async fn kinds(&self) -> Result<Vec<Category>, ClientError> {
        let words = self.deployment().await?.kinds;
        Ok(words.iter().filter_map(|word| Category::from_word(word)).collect())
    }

    /// What to keep, to know it again.
    #[must_use]
    pub fn pinned(&self) -> &Pinned {
        &self.pinned
    }

    /// Whose word counts in chains.
    #[must_use]
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    pub(crate) fn deployment_name(&self) -> &[u8] {
        self.pinned.deployment.as_bytes()
    }

    pub(crate) fn opaque_key(&self) -> &[u8] {
        &self.pinned.opaque.0
    }

    pub(crate) fn attester_key(&self) -> &B64 {
        &self.pinned.attester
    }

    pub(crate) fn server_key(&self) -> &B64 {
        &self.pinned.reducer
    }

    pub(crate) fn log_key(&self) -> &str {
        &self.pinned.log
    }

    /// Whose word about the log is enough; nobody's is needed without.
    pub(crate) fn quorum(&self) -> Option<&Quorum> {
        self.quorum.as_ref().as_ref()
    }

    /// The key that signs receipts.
    ///
    /// # Errors
    /// Never for a pinned server.
    pub fn receipt_key(&self) -> Result<VerifyKey, ClientError> {
        let bytes = self.pinned.reducer.0.as_slice().try_into();
        let bytes = bytes.map_err(|_| ClientError::Nonsense("a key has another length"))?;
        Ok(VerifyKey::admit(bytes)?)
    }

    #[cfg(not(target_family = "wasm"))]
    pub(crate) const fn transport(&self) -> &Transport {
        &self.transport
    }

    /// Sends a request, and reads the answer whatever it says.
    pub(crate) async fn answer(
        &self,
        call: &Call<'_>,
        headers: &[(&'static str, String)],
    ) -> Result<Answer, ClientError> {
        let url = format!("{}{}", self.pinned.url, call.path);
        self.transport.send(&url, call, headers).await
    }

    /// Sends a request that must succeed.
    pub(crate) async fn call(
        &self,
        call: Call<'_>,
        headers: &[(&'static str, String)],
    ) -> Result<Answer, ClientError> {
        self.answer(&call, headers).await?.success()
    }
}

/// The witnesses that were pinned, and how many are enough.
fn quorum(pinned: &Pinned) -> Result<Option<Quorum>, ClientError> {
    const WRONG: ClientError = ClientError::Nonsense("the log's witnesses");
    if pinned.witnesses_needed == 0 {
        return Ok(None);
    }
    let keys = pinned.witnesses.iter().map(|key| WitnessKey::parse(key));
    let keys = keys.collect::<Result<Vec<_>, _>>().map_err(|_| WRONG)?;
    Quorum::new(pinned.witnesses_needed, keys).map(Some).map_err(|_| WRONG)
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("url", &self.pinned.url).finish_non_exhaustive()
    }
}
