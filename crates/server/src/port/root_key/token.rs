//! A root key inside a PKCS#11 token: a hardware security module, or a stand-in for one.
//!
//! The token seals and opens by itself; the key can't be read out of it, not even by us. A session
//! belongs to one thread, so one thread talks to the token and everybody else asks that thread.

mod session;

use std::path::PathBuf;
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};
use zeroize::Zeroizing;

use self::session::Login;
use super::{RootKeyError, bound};
use crate::port::randomness::Randomness;
use crate::port::secret_text::SecretText;

/// How many may wait for the token; more wait for room.
const WAITING_COUNT_MAX: usize = 64;

/// Where a token is, and which of its keys is the root key.
#[derive(Debug, Clone)]
pub struct TokenConfig {
    /// The PKCS#11 module: the library that came with the token.
    pub module: PathBuf,
    /// The label of the token.
    pub token: String,
    /// The user's PIN.
    pub pin: SecretText,
    /// The label of the key.
    pub key: String,
}

/// Why a token can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The module can't be loaded or doesn't start.
    #[error("the PKCS#11 module can't be loaded; check its path and its own configuration")]
    Module,
    /// No token, or several, have the label.
    #[error("exactly one token must have the configured label; plug it in or rename the other")]
    Token,
    /// The PIN is wrong or locked.
    #[error("the token refuses the PIN; check it before the token locks itself")]
    Pin,
    /// This process is logged in to the token already.
    #[error("this process uses the token already; close the other root key first")]
    Busy,
    /// No key has the label.
    #[error("the token holds no key with the configured label; check it, or create the key")]
    Missing,
    /// A key with the label exists; a root key is never made twice.
    #[error("the token holds a key with this label; a root key is never made twice")]
    Exists,
    /// Several keys have the label.
    #[error("several keys of the token have the configured label; rename all but one")]
    Ambiguous,
    /// The key isn't an AES-256 key that seals, opens and never leaves the token.
    #[error("the key must be an AES-256 key that the token never gives out; create another")]
    Unfit,
    /// The token failed.
    #[error("the token does not answer as it should; check it and try again")]
    Unavailable,
}

/// The way to the thread that talks to the token.
pub(super) struct TokenKey {
    /// Empty once it is being dropped.
    requests: Option<mpsc::Sender<Request>>,
    thread: Option<JoinHandle<()>>,
}

struct Request {
    work: Work,
    bound: Vec<u8>,
    bytes: Zeroizing<Vec<u8>>,
    answer: oneshot::Sender<Result<Zeroizing<Vec<u8>>, RootKeyError>>,
}

#[derive(Clone, Copy)]
enum Work {
    Wrap,
    Unwrap,
}

#[derive(Clone, Copy)]
enum Start {
    Create,
    Open,
}

impl TokenKey {
    pub(super) async fn create(config: TokenConfig, rng: Randomness) -> Result<Self, TokenError> {
        Self::start(config, rng, Start::Create).await
    }

    pub(super) async fn open(config: TokenConfig, rng: Randomness) -> Result<Self, TokenError> {
        Self::start(config, rng, Start::Open).await
    }

    async fn start(
        config: TokenConfig,
        randomness: Randomness,
        start: Start,
    ) -> Result<Self, TokenError> {
        let (requests, waiting) = mpsc::channel(WAITING_COUNT_MAX);
        let (started, ready) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("root-key".to_owned())
            .spawn(move || talk(&config, &randomness, start, started, waiting))
            .map_err(|_| TokenError::Unavailable)?;
        let key = Self { requests: Some(requests), thread: Some(thread) };
        ready.await.unwrap_or(Err(TokenError::Unavailable))?;
        Ok(key)
    }

    pub(super) async fn wrap(
        &self,
        purpose: &[u8],
        secret: &[u8],
    ) -> Result<Vec<u8>, RootKeyError> {
        let mut wrapped = self.ask(Work::Wrap, purpose, secret).await?;
        Ok(std::mem::take(&mut *wrapped))
    }

    pub(super) async fn unwrap(
        &self,
        purpose: &[u8],
        wrapped: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, RootKeyError> {
        self.ask(Work::Unwrap, purpose, wrapped).await
    }

    async fn ask(
        &self,
        work: Work,
        purpose: &[u8],
        bytes: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, RootKeyError> {
        let (answer, answered) = oneshot::channel();
        let bytes = Zeroizing::new(bytes.to_vec());
        let request = Request { work, bound: bound(purpose), bytes, answer };
        let requests = self.requests.as_ref().ok_or(RootKeyError::Unavailable)?;
        requests.send(request).await.map_err(|_| RootKeyError::Unavailable)?;
        answered.await.unwrap_or(Err(RootKeyError::Unavailable))
    }
}

impl Drop for TokenKey {
    fn drop(&mut self) {
        // Without senders the thread finishes what it does, logs out and ends. Waiting for it means
        // that whoever opens the token next finds it free.
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The thread's life: log in, say how that went, then answer until nobody can ask any more.
fn talk(
    config: &TokenConfig,
    randomness: &Randomness,
    start: Start,
    started: oneshot::Sender<Result<(), TokenError>>,
    mut waiting: mpsc::Receiver<Request>,
) {
    let first = match start {
        Start::Create => Login::create(config),
        Start::Open => Login::open(config),
    };
    let mut login = match first {
        Ok(login) => {
            if started.send(Ok(())).is_err() {
                return;
            }
            Some(login)
        }
        Err(error) => {
            let _ = started.send(Err(error));
            return;
        }
    };
    while let Some(request) = waiting.blocking_recv() {
        let Request { work, bound, bytes, answer } = request;
        // A token that was unplugged and came back needs a new login.
        let live = login.take().map_or_else(|| Login::open(config), Ok);
        let outcome = match &live {
            Ok(live) => match work {
                Work::Wrap => live.wrap(&bound, &bytes, randomness.bytes()),
                Work::Unwrap => live.unwrap(&bound, &bytes, randomness.bytes()),
            },
            Err(_) => Err(RootKeyError::Unavailable),
        };
        if outcome.as_ref().err() != Some(&RootKeyError::Unavailable) {
            login = live.ok();
        }
        // Whoever asked may have given up meanwhile.
        let _ = answer.send(outcome);
    }
}
