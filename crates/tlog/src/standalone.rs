//! A proof that stands alone: an entry is in the log, and witnesses saw it (C2SP tlog-proof).
//!
//! It's the text that a receipt carries. It can be verified offline, years later, by anybody who
//! has the entry, the log's key and the witnesses' keys; no server is asked.

use std::fmt;

use crate::checkpoint::SignedCheckpoint;
use crate::cosignature::{Cosigned, Quorum, QuorumError};
use crate::error::{Refused, require};
use crate::hash::Hash;
use crate::key::LogKey;
use crate::note::{NOTE_BYTES_MAX, Note};
use crate::proof::{Head, PROOF_HASHES_MAX, prove_inclusion, verify_inclusion};
use crate::text;
use crate::tiles::{Tiles, TilesError};

/// Bytes of what an application may add.
pub const EXTRA_BYTES_MAX: usize = 4096;
/// Bytes of the text.
pub const PROOF_BYTES_MAX: usize = NOTE_BYTES_MAX + 16 * 1024;

const PROOF: &str = "tlog-proof";
const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";

/// A proof as it was read. What it says counts once it's verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    extra: Option<Vec<u8>>,
    index: u64,
    hashes: Vec<Hash>,
    checkpoint: Note,
}

/// What a proof proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// Which entry of the log it is.
    pub index: u64,
    /// The log when it was proven.
    pub head: Head,
    /// The witnesses that saw that head, of those that were asked for.
    pub cosigned: Vec<Cosigned>,
}

/// Why a proof proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The checkpoint or the hashes are wrong, or belong to another entry.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Too few witnesses saw the checkpoint.
    #[error(transparent)]
    Quorum(#[from] QuorumError),
}

impl Proof {
    /// Proves entry `index` under a checkpoint that includes it.
    ///
    /// # Errors
    /// There is no such entry, or a tile is missing or damaged.
    pub fn make(
        tiles: &impl Tiles,
        index: u64,
        checkpoint: &SignedCheckpoint,
    ) -> Result<Self, TilesError> {
        let hashes = prove_inclusion(tiles, index, checkpoint.head().size)?;
        Ok(Self { extra: None, index, hashes, checkpoint: checkpoint.note().clone() })
    }

    /// Adds bytes for the application. Nothing protects them.
    ///
    /// # Errors
    /// More than [`EXTRA_BYTES_MAX`].
    pub fn with_extra(self, extra: Vec<u8>) -> Result<Self, Refused> {
        require(extra.len() <= EXTRA_BYTES_MAX, PROOF, "extra", "must have at most 4096 bytes")?;
        Ok(Self { extra: Some(extra), ..self })
    }

    /// What the application added. Nothing protects it.
    #[must_use]
    pub fn extra(&self) -> Option<&[u8]> {
        self.extra.as_deref()
    }

    /// Reads the text of a proof.
    ///
    /// # Errors
    /// It's malformed.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let refuse = |field, rule| Refused::new(PROOF, field, rule);
        require(text.len() <= PROOF_BYTES_MAX, PROOF, "bytes", "must be at most 144 KiB")?;
        let (head, checkpoint) =
            text.split_once("\n\n").ok_or(refuse("checkpoint", "must follow an empty line"))?;
        let mut lines = head.split('\n').peekable();
        let first = lines.next() == Some(FIRST_LINE);
        require(first, PROOF, "first line", "must be c2sp.org/tlog-proof@v1")?;
        let mut extra = None;
        if let Some(line) = lines.peek().and_then(|line| line.strip_prefix("extra ")) {
            let bytes = text::bytes(line).filter(|bytes| bytes.len() <= EXTRA_BYTES_MAX);
            extra = Some(bytes.ok_or(refuse("extra", "must be base64 of at most 4096 bytes"))?);
            lines.next();
        }
        let index = lines.next().and_then(|line| line.strip_prefix("index "));
        let index = index.and_then(text::number).ok_or(refuse("index", "must be a number"))?;
        let mut hashes = Vec::new();
        for line in lines {
            let more = hashes.len() < PROOF_HASHES_MAX;
            require(more, PROOF, "hashes", "must be at most 63")?;
            let hash = Hash::parse(line).ok_or(refuse("hashes", "must be hashes in base64"))?;
            hashes.push(hash);
        }
        Ok(Self { extra, index, hashes, checkpoint: Note::parse(checkpoint)? })
    }

    /// Verifies that `entry` is in the log of one of `keys`, under a head that `quorum` saw.
    /// Without a quorum, only the log's own word counts.
    ///
    /// # Errors
    /// It isn't proven; the error says what failed.
    pub fn verify(
        &self,
        entry: &[u8],
        keys: &[LogKey],
        quorum: Option<&Quorum>,
    ) -> Result<Proven, ProofError> {
        let checkpoint = SignedCheckpoint::verify(self.checkpoint.clone(), keys)?;
        let head = checkpoint.head();
        verify_inclusion(&Hash::leaf(entry), self.index, &head, &self.hashes)?;
        let cosigned = quorum.map(|quorum| quorum.check(&checkpoint)).transpose()?;
        Ok(Proven { index: self.index, head, cosigned: cosigned.unwrap_or_default() })
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", text::base64(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}
