//! The deployment's transparency log, as a client follows it.
//!
//! A follower remembers the newest head that it saw, takes only a log that has grown from there and
//! that the pinned witnesses saw, and believes of an entry what is proven to it. The files are the ones that anybody can read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::id;
use treehouse_protocol::leaf::{Leaf, What};
use treehouse_tlog::checkpoint::SignedCheckpoint;
use treehouse_tlog::cosignature::{Cosigned, QuorumError};
use treehouse_tlog::hash::Hash;
use treehouse_tlog::key::LogKey;
use treehouse_tlog::proof::{
    Head, prove_consistency, prove_inclusion, verify_consistency, verify_inclusion,
};
use treehouse_tlog::standalone::{Proof, ProofError, Proven};
use treehouse_tlog::tile::{TILE_WIDTH, TilePath};
use treehouse_tlog::tiles::{TilesError, Unreadable};

use crate::error::ClientError;
use crate::http::{B64, Call};
use crate::server::Server;

/// Files of the log that are kept at hand; a proof needs a handful.
const FILES_MAX: usize = 256;

/// A head of the log as it's kept from one run to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    size: u64,
    root: String,
}

impl Kept {
    /// The head that was kept; [`Head::EMPTY`] if none was yet.
    ///
    /// # Errors
    /// It isn't one. It isn't forgotten then: that would let the log go back.
    pub fn head_of(kept: Option<&Self>) -> Result<Head, ClientError> {
        let Some(Self { size, root }) = kept else {
            return Ok(Head::EMPTY);
        };
        let root =
            Hash::parse(root).ok_or(ClientError::Local("the log's head in it is damaged"))?;
        Ok(Head { size: *size, root })
    }
}

impl From<Head> for Kept {
    fn from(Head { size, root }: Head) -> Self {
        Self { size, root: root.to_string() }
    }
}

/// A follower of the log.
#[derive(Debug)]
pub struct Log {
    server: Server,
    key: LogKey,
    seen: Head,
    /// The checkpoint that says so, once one was read.
    checkpoint: Option<String>,
    cosigned: Vec<Cosigned>,
    files: BTreeMap<TilePath, Vec<u8>>,
}

impl Log {
    /// Follows the log of this deployment from a head that was seen before; from [`Head::EMPTY`]
    /// on, if none was.
    ///
    /// # Errors
    /// What was pinned isn't the key of a log.
    pub fn follow(server: &Server, seen: Head) -> Result<Self, ClientError> {
        let key = key_of(server)?;
        Ok(Self {
            server: server.clone(),
            key,
            seen,
            checkpoint: None,
            cosigned: Vec::new(),
            files: BTreeMap::new(),
        })
    }

    /// The newest head that was seen: to be kept, and compared with those of others.
    #[must_use]
    pub const fn seen(&self) -> Head {
        self.seen
    }

    /// The checkpoint of that head, as the log signed it; none before [`Log::advance`].
    #[must_use]
    pub fn checkpoint(&self) -> Option<&str> {
        self.checkpoint.as_deref()
    }

    /// Which of the pinned witnesses have cosigned that head, as far as it was read by this follower.
    #[must_use]
    pub fn cosigned(&self) -> &[Cosigned] {
        &self.cosigned
    }

    /// Reads the newest checkpoint, and has it proven that the log has only grown.
    ///
    /// # Errors
    /// [`ClientError::Unproven`] if it went back, is another history, or fewer of the pinned
    /// witnesses saw it than must have; the server can't be reached.
    pub async fn advance(&mut self) -> Result<Head, ClientError> {
        const BACK: ClientError =
            ClientError::Unproven("the log has gone back: what it said is gone");
        let answer = self.server.answer(&Call::get("/log/checkpoint".to_owned()), &[]).await?;
        if answer.status.as_u16() == 404 {
            // A log that has said nothing yet.
            return if self.seen.size == 0 { Ok(self.seen) } else { Err(BACK) };
        }
        let note = String::from_utf8(answer.success()?.body);
        let note = note.map_err(|_| ClientError::Nonsense("a checkpoint"))?;
        let signed = SignedCheckpoint::open(&note, std::slice::from_ref(&self.key));
        let unsigned = ClientError::Unproven("the log's checkpoint isn't signed by its key");
        let signed = signed.map_err(|_| unsigned)?;
        let quorum = self.server.quorum();
        let cosigned = quorum.map(|quorum| quorum.check(&signed).map_err(unwitnessed));
        let cosigned = cosigned.transpose()?.unwrap_or_default();
        let head = signed.head();
        if head.size < self.seen.size {
            return Err(BACK);
        }
        let (old, new) = (self.seen, head);
        let proof = self.read(|files| prove_consistency(files, old.size, new.size)).await?;
        let grown = verify_consistency(&old, &new, &proof);
        grown.map_err(|_| ClientError::Unproven("the log tells another history than before"))?;
        (self.seen, self.cosigned) = (head, cosigned);
        self.checkpoint = Some(note);
        Ok(head)
    }

    /// Has it proven that a leaf is the entry at this place, under the head that was seen.
    ///
    /// # Errors
    /// [`ClientError::Unproven`] if it isn't; the server can't be reached.
    pub async fn require(&mut self, place: u64, leaf: &Leaf) -> Result<(), ClientError> {
        const WRONG: ClientError = ClientError::Unproven("an entry isn't what the server said");
        let head = self.seen;
        if place >= head.size {
            return Err(WRONG);
        }
        let proof = self.read(|files| prove_inclusion(files, place, head.size)).await?;
        let hash = Hash::leaf(&leaf.entry().to_bytes());
        verify_inclusion(&hash, place, &head, &proof).map_err(|_| WRONG)
    }

    /// Does something with the log's files, fetching those that it asks for.
    async fn read<T>(
        &mut self,
        what: impl Fn(&BTreeMap<TilePath, Vec<u8>>) -> Result<T, TilesError>,
    ) -> Result<T, ClientError> {
        loop {
            match what(&self.files) {
                Ok(done) => return Ok(done),
                Err(TilesError::Unreadable { path, why: Unreadable::Missing }) => {
                    self.fetch(path).await?;
                }
                Err(_) => return Err(ClientError::Unproven("a file of the log is damaged")),
            }
        }
    }

    async fn fetch(&mut self, path: TilePath) -> Result<(), ClientError> {
        if self.files.len() >= FILES_MAX {
            self.files.clear();
        }
        let mut found = self.server.answer(&Call::get(format!("/log/{path}")), &[]).await?;
        let mut kept = path;
        // Once a tile is full, the narrower ones before it may be gone.
        if found.status.as_u16() == 404 && path.width() < TILE_WIDTH {
            kept = path.full();
            found = self.server.answer(&Call::get(format!("/log/{kept}")), &[]).await?;
        }
        if found.status.as_u16() == 404 {
            return Err(ClientError::Unproven("a file of the log is missing"));
        }
        self.files.insert(kept, found.success()?.body);
        Ok(())
    }
}

/// That something is in the log, as a server says it.
#[derive(Deserialize)]
pub(crate) struct LoggedAnswer {
    place: u64,
    leaf: B64,
    proof: String,
}

impl LoggedAnswer {
    /// Verifies that this was logged, with nothing but what was pinned.
    pub(crate) fn verify(&self, server: &Server, what: &What) -> Result<Proven, ClientError> {
        const WRONG: ClientError =
            ClientError::Unproven("what was logged isn't where the server says that it is");
        let leaf = Leaf::from_bytes(&self.leaf.0)?;
        let proof = Proof::parse(&self.proof).map_err(|_| WRONG)?;
        let (key, quorum) = (key_of(server)?, server.quorum());
        let proven = proof.verify(&leaf.entry().to_bytes(), &[key], quorum);
        let proven = proven.map_err(|error| match error {
            ProofError::Refused(_) => WRONG,
            ProofError::Quorum(error) => unwitnessed(error),
        })?;
        let right = leaf.event.what == *what && proven.index == self.place;
        if right { Ok(proven) } else { Err(WRONG) }
    }
}

/// What a deployment published under a word: a notice, its registers, or the app that it sends.
#[derive(Debug)]
pub struct Published {
    /// The number of the latest version, from 1.
    pub version: u32,
    /// The hash of its bytes.
    pub hash: id::Hash,
    /// Since when it counts, in milliseconds since 1970.
    pub at_ms: u64,
    /// Where in the log it is and who saw that; none until it's published there.
    pub proven: Option<Proven>,
}

impl Server {
    /// What was published last under this word: a kind of notice, `registers` or `bundle`. Anybody
    /// may ask.
    ///
    /// # Errors
    /// There is nothing; [`ClientError::Unproven`] if the log doesn't prove what the server says.
    pub async fn publication(&self, word: &str) -> Result<Published, ClientError> {
        #[derive(Deserialize)]
        struct Answer {
            version: u32,
            hash: String,
            at_ms: u64,
            logged: Option<LoggedAnswer>,
        }
        let path = format!("/v1/publications/{word}");
        let answer: Answer = self.call(Call::get(path), &[]).await?.json()?;
        let (version, hash) = (answer.version, crate::http::hash(&answer.hash)?);
        let what = What::Publication { kind: word.to_owned(), version, hash };
        let proven = answer.logged.map(|logged| logged.verify(self, &what)).transpose()?;
        Ok(Published { version, hash, at_ms: answer.at_ms, proven })
    }
}

/// The key of the log of this deployment.
fn key_of(server: &Server) -> Result<LogKey, ClientError> {
    let key = LogKey::parse(server.log_key());
    key.map_err(|_| ClientError::Nonsense("the log's key"))
}

/// Says who is missing.
fn unwitnessed(error: QuorumError) -> ClientError {
    ClientError::Unproven(match error {
        QuorumError::TooFew { .. } => {
            "fewer of its witnesses have cosigned it than must have: it may be shown to you alone"
        }
        QuorumError::Forged(_) => "a witness' cosignature was forged",
    })
}
