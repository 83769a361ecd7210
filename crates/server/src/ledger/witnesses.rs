//! The witnesses of the log: asked for their word before a checkpoint is published.
//!
//! What goes to them is public, and what comes back is checked with the keys of the configuration,
//! so nothing here depends on the way in between.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use reqwest::{Client, StatusCode};
use treehouse_tlog::checkpoint::SignedCheckpoint;
use treehouse_tlog::cosignature::{Quorum, QuorumError};
use treehouse_tlog::key::WitnessKey;
use treehouse_tlog::proof::prove_consistency;
use treehouse_tlog::witness::Request;

use super::{Files, LedgerError};
use crate::config;
use crate::port::web;

/// How long one question to a witness may take, in seconds.
const ASK_S_MAX: u64 = 4;
/// How long the others are waited for once enough have cosigned, in seconds.
const OTHERS_S_MAX: u64 = 1;
/// Bytes of an answer: a few lines.
const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// Whose cosignatures the log's checkpoints carry.
#[derive(Debug)]
pub struct Witnesses {
    keys: Vec<WitnessKey>,
    /// Whose word is enough; nobody's is needed without.
    quorum: Option<Quorum>,
    needed: usize,
    each: Vec<One>,
    client: Client,
}

#[derive(Debug)]
struct One {
    key: WitnessKey,
    url: String,
    /// The size that it cosigned last, as far as is known; it says so if it's another.
    knows: AtomicU64,
}

/// Why a witness hasn't cosigned. For the operator's log: fixed texts, and sizes that are public.
#[derive(Debug, thiserror::Error)]
enum Unwitnessed {
    #[error("it can't be reached in time")]
    Unreachable,
    #[error("it knows {0} entries, which is more than the log has: was an old log put back?")]
    Ahead(u64),
    #[error("it refused: HTTP status {0}")]
    Refused(u16),
    #[error("its answer is no cosignature of its key")]
    Nonsense,
    #[error("the log's files can't be read")]
    Files,
}

impl Witnesses {
    /// The witnesses of a configuration.
    ///
    /// # Errors
    /// A key isn't a witness', two are the same, or more are needed than there are.
    pub fn new(config: &config::Log) -> Result<Self, LedgerError> {
        let wrong = |_| LedgerError::Witnesses;
        let one = |row: &config::LogWitness| {
            let key = WitnessKey::parse(&row.key).map_err(wrong)?;
            let url = format!("{}/add-checkpoint", row.url.trim_end_matches('/'));
            Ok(One { key, url, knows: AtomicU64::new(0) })
        };
        let each = config.witness.iter().map(one).collect::<Result<Vec<_>, LedgerError>>()?;
        let keys: Vec<_> = each.iter().map(|one| one.key.clone()).collect();
        let needed = config.witnesses_needed;
        if !keys.is_empty() {
            // They must be different even if none is needed.
            Quorum::new(1, keys.clone()).map_err(wrong)?;
        }
        let quorum = (needed > 0).then(|| Quorum::new(needed, keys.clone()));
        let quorum = quorum.transpose().map_err(wrong)?;
        let client = web::client(Duration::from_secs(ASK_S_MAX), web::public_authorities());
        let client = client.ok_or(LedgerError::Witnesses)?;
        Ok(Self { keys, quorum, needed, each, client })
    }

    /// The public keys, which clients pin.
    #[must_use]
    pub fn keys(&self) -> &[WitnessKey] {
        &self.keys
    }

    /// How many must have cosigned a checkpoint before it is published.
    #[must_use]
    pub const fn needed(&self) -> usize {
        self.needed
    }

    /// Whether enough have cosigned this.
    pub(super) fn are_enough(&self, checkpoint: &SignedCheckpoint) -> Result<(), QuorumError> {
        self.quorum.as_ref().map_or(Ok(()), |quorum| quorum.check(checkpoint).map(drop))
    }

    /// How many of them have cosigned this, whether that is enough or not.
    #[must_use]
    pub fn cosigned(&self, checkpoint: &SignedCheckpoint) -> usize {
        let any = Quorum::new(1, self.keys.clone()).ok();
        any.and_then(|any| any.check(checkpoint).ok()).map_or(0, |cosigned| cosigned.len())
    }

    /// Asks all witnesses at once, and adds what they answer. The log's files must be on the disk.
    ///
    /// # Errors
    /// Fewer have cosigned than are needed.
    pub(super) async fn cosign(
        &self,
        files: &Files,
        mut checkpoint: SignedCheckpoint,
    ) -> Result<SignedCheckpoint, QuorumError> {
        let asked = &Arc::new(checkpoint.clone());
        let client = &self.client;
        let mut answers: FuturesUnordered<_> = self
            .each
            .iter()
            .map(|one| async move { (one, one.ask(client, files, asked).await) })
            .collect();
        loop {
            let enough = self.are_enough(&checkpoint).is_ok();
            // Each question ends by itself; the last ones aren't worth waiting for that.
            let wait = Duration::from_secs(if enough { OTHERS_S_MAX } else { 4 * ASK_S_MAX });
            let Ok(Some((one, answer))) = tokio::time::timeout(wait, answers.next()).await else {
                break;
            };
            let own = std::slice::from_ref(&one.key);
            let added = answer.and_then(|lines| {
                checkpoint.add_cosignatures(&lines, own).map_err(|_| Unwitnessed::Nonsense)
            });
            match added {
                Ok(()) => one.knows.store(checkpoint.head().size, Ordering::Relaxed),
                Err(why) => {
                    metrics::counter!("treehouse_log_unwitnessed_total").increment(1);
                    tracing::warn!(witness = %one.key.name(), %why, "a witness has not cosigned");
                }
            }
        }
        self.are_enough(&checkpoint).map(|()| checkpoint)
    }
}

impl One {
    /// Its answer. If it knows another size than was thought, it's asked once more.
    async fn ask(
        &self,
        client: &Client,
        files: &Files,
        checkpoint: &Arc<SignedCheckpoint>,
    ) -> Result<String, Unwitnessed> {
        let mut old = self.knows.load(Ordering::Relaxed);
        for last in [false, true] {
            if old > checkpoint.head().size {
                return Err(Unwitnessed::Ahead(old));
            }
            let body = request(files, checkpoint, old).await?;
            let (status, text) = self.send(client, body).await?;
            match status {
                StatusCode::OK => return Ok(text),
                StatusCode::CONFLICT if !last => {
                    old = text.trim_end().parse().map_err(|_| Unwitnessed::Nonsense)?;
                }
                other => return Err(Unwitnessed::Refused(other.as_u16())),
            }
        }
        Err(Unwitnessed::Nonsense)
    }

    async fn send(
        &self,
        client: &Client,
        body: String,
    ) -> Result<(StatusCode, String), Unwitnessed> {
        // What the transport says of an error may hold an address.
        let unreachable = |_| Unwitnessed::Unreachable;
        let mut answer = client.post(&self.url).body(body).send().await.map_err(unreachable)?;
        let mut text = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(unreachable)? {
            if text.len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err(Unwitnessed::Nonsense);
            }
            text.extend_from_slice(&chunk);
        }
        let text = String::from_utf8(text).map_err(|_| Unwitnessed::Nonsense)?;
        Ok((answer.status(), text))
    }
}

/// The body of a request, with the proof that the log has grown from `old` entries.
async fn request(
    files: &Files,
    checkpoint: &Arc<SignedCheckpoint>,
    old: u64,
) -> Result<String, Unwitnessed> {
    let (files, checkpoint) = (files.clone(), Arc::clone(checkpoint));
    let made = tokio::task::spawn_blocking(move || {
        let proof = prove_consistency(&files, old, checkpoint.head().size);
        proof.map(|proof| Request { old, proof, checkpoint: checkpoint.note().clone() }.to_string())
    });
    made.await.ok().and_then(Result::ok).ok_or(Unwitnessed::Files)
}
