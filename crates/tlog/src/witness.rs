//! A witness: remembers one head of each log and cosigns only what extends it (C2SP tlog-witness).
//!
//! This is the whole decision, without HTTP and without a disk. What makes forks impossible is the
//! order: the new head is saved before the cosignature exists, so that a witness that crashes
//! remembers at least what it told.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::cosignature;
use crate::error::{Refused, require};
use crate::hash::Hash;
use crate::key::{KeyName, LogKey, WitnessSigner};
use crate::note::{NOTE_BYTES_MAX, Note};
use crate::proof::{Head, PROOF_HASHES_MAX, verify_consistency};
use crate::text;

/// Bytes of a request: the note, 63 hashes, and the line with the old size.
pub const REQUEST_BYTES_MAX: usize = NOTE_BYTES_MAX + 4096;
/// Logs that a witness remembers.
pub const LOGS_MAX: usize = 4096;

const REQUEST: &str = "add-checkpoint";
const MEMORY: &str = "witness memory";
const MEMORY_FIRST_LINE: &str = "treehouse witness memory 1";

/// What a log asks of a witness: to cosign this checkpoint, which extends `old` entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The size that the witness cosigned last, as far as the log knows.
    pub old: u64,
    /// That the checkpoint extends the log of that size.
    pub proof: Vec<Hash>,
    /// The checkpoint.
    pub checkpoint: Note,
}

impl Request {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// It's malformed.
    pub fn parse(body: &[u8]) -> Result<Self, Refused> {
        let refuse = |field, rule| Refused::new(REQUEST, field, rule);
        require(body.len() <= REQUEST_BYTES_MAX, REQUEST, "bytes", "must be at most 132 KiB")?;
        let body = str::from_utf8(body).map_err(|_| refuse("bytes", "must be text"))?;
        let (head, note) =
            body.split_once("\n\n").ok_or(refuse("checkpoint", "must follow an empty line"))?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old "));
        let old = old.and_then(text::number).ok_or(refuse("old size", "must be a number"))?;
        let mut proof = Vec::new();
        for line in lines {
            let more = proof.len() < PROOF_HASHES_MAX;
            require(more, REQUEST, "proof", "must have at most 63 hashes")?;
            proof.push(Hash::parse(line).ok_or(refuse("proof", "must be hashes in base64"))?);
        }
        Ok(Self { old, proof, checkpoint: Note::parse(note)? })
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old)?;
        self.proof.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

/// The last head that was cosigned of each log: all that a witness must never forget.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Memory(BTreeMap<KeyName, Head>);

impl Memory {
    /// The last head of a log, or the empty one.
    #[must_use]
    pub fn head(&self, origin: &KeyName) -> Head {
        self.0.get(origin).copied().unwrap_or(Head::EMPTY)
    }

    /// Reads what [`Memory::to_string`](ToString) wrote.
    ///
    /// # Errors
    /// It's malformed, or damaged: the last line is a hash over the rest.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let refuse = |field, rule| Refused::new(MEMORY, field, rule);
        let whole = refuse("last line", "must be the hash over the rest");
        let (lines, sum) =
            text.strip_suffix('\n').and_then(|text| text.rsplit_once('\n')).ok_or(whole)?;
        let sum_of = Hash::leaf(format!("{lines}\n").as_bytes());
        require(Hash::parse(sum) == Some(sum_of), MEMORY, "last line", whole.rule)?;
        let mut lines = lines.split('\n');
        let first = lines.next() == Some(MEMORY_FIRST_LINE);
        require(first, MEMORY, "first line", "must be treehouse witness memory 1")?;
        let mut heads = BTreeMap::new();
        for line in lines {
            let line = line.splitn(3, ' ').collect::<Vec<_>>();
            let [size, root, origin] = line[..] else {
                return Err(refuse("line", "must be size, root and origin"));
            };
            let size = text::number(size).ok_or(refuse("size", "must be a number"))?;
            let root = Hash::parse(root).ok_or(refuse("root", "must be a hash in base64"))?;
            let again = heads.insert(KeyName::parse(origin)?, Head { size, root });
            require(again.is_none(), MEMORY, "origin", "must stand there once")?;
        }
        Ok(Self(heads))
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = format!("{MEMORY_FIRST_LINE}\n");
        for (origin, Head { size, root }) in &self.0 {
            writeln!(text, "{size} {root} {origin}")?;
        }
        let sum = Hash::leaf(text.as_bytes());
        writeln!(f, "{text}{sum}")
    }
}

/// Why a witness doesn't cosign, as the specification tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The request is malformed.
    #[error(transparent)]
    Malformed(Refused),
    /// The witness doesn't know this log.
    #[error("this witness does not know the log")]
    UnknownLog,
    /// No known key of the log signed the checkpoint.
    #[error("{0}")]
    Unsigned(Refused),
    /// The old size is larger than the checkpoint's.
    #[error("the old size is larger than the checkpoint's")]
    OldTooLarge,
    /// The witness remembers another size, or another root of this size: a stale log, a rollback
    /// or a fork.
    #[error("the last cosigned checkpoint has {size} entries and is not the one that is extended")]
    Conflict {
        /// The size that it cosigned last.
        size: u64,
    },
    /// The checkpoint isn't shown to extend what the witness remembers.
    #[error("{0}")]
    Unproven(Refused),
}

impl Refusal {
    /// The type of the body of an answer to a conflict.
    pub const CONFLICT_CONTENT_TYPE: &'static str = "text/x.tlog.size";

    /// The HTTP status of the answer.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Malformed(_) | Self::OldTooLarge => 400,
            Self::Unsigned(_) => 403,
            Self::UnknownLog => 404,
            Self::Conflict { .. } => 409,
            Self::Unproven(_) => 422,
        }
    }

    /// The body of the answer: for a conflict exactly the size, otherwise a sentence.
    #[must_use]
    pub fn body(&self) -> String {
        match self {
            Self::Conflict { size } => format!("{size}\n"),
            other => format!("{other}\n"),
        }
    }
}

/// Why there is no cosignature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddError<E> {
    /// The request was refused.
    #[error(transparent)]
    Refused(Refusal),
    /// The new head couldn't be saved, so nothing was signed.
    #[error("the witness can't save what it saw")]
    Unsaved(E),
}

impl<E> From<Refusal> for AddError<E> {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// A witness of some logs.
#[derive(Debug, Clone)]
pub struct Witness {
    signer: WitnessSigner,
    logs: Vec<LogKey>,
    memory: Memory,
}

impl Witness {
    /// A witness of the logs of these keys; keys of one name are keys of one log. `memory` is the
    /// last that was saved: with an older one, the witness could be made to cosign a fork.
    ///
    /// # Errors
    /// More logs than [`LOGS_MAX`].
    pub fn new(signer: WitnessSigner, logs: Vec<LogKey>, memory: Memory) -> Result<Self, Refused> {
        require(logs.len() <= LOGS_MAX, "witness", "logs", "must be at most 4096")?;
        Ok(Self { signer, logs, memory })
    }

    /// What it remembers.
    #[must_use]
    pub const fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Answers a request with its cosignature, made at `time` in seconds since 1970.
    ///
    /// `save` must have put its argument where a crash can't undo it before it returns. If it
    /// fails, nothing is signed and nothing remembered.
    ///
    /// # Errors
    /// The request is refused, or what it changes couldn't be saved.
    pub fn add_checkpoint<E>(
        &mut self,
        body: &[u8],
        time: u64,
        save: impl FnOnce(&Memory) -> Result<(), E>,
    ) -> Result<String, AddError<E>> {
        let checkpoint = self.judge(body)?;
        if self.memory.head(checkpoint.origin()) != checkpoint.head() {
            let mut memory = self.memory.clone();
            memory.0.insert(checkpoint.origin().clone(), checkpoint.head());
            save(&memory).map_err(AddError::Unsaved)?;
            self.memory = memory;
        }
        let line = cosignature::cosign(&self.signer, &checkpoint, time);
        Ok(line.map_err(Refusal::Malformed)?.to_string())
    }

    /// The checkpoint of a request that may be cosigned. The order of the checks is the
    /// specification's.
    fn judge(&self, body: &[u8]) -> Result<SignedCheckpoint, Refusal> {
        let request = Request::parse(body).map_err(Refusal::Malformed)?;
        let claimed = Checkpoint::parse(request.checkpoint.text()).map_err(Refusal::Malformed)?;
        if !self.logs.iter().any(|key| *key.name() == claimed.origin) {
            return Err(Refusal::UnknownLog);
        }
        let checkpoint = SignedCheckpoint::verify(request.checkpoint, &self.logs);
        let checkpoint = checkpoint.map_err(Refusal::Unsigned)?;
        let (last, next) = (self.memory.head(checkpoint.origin()), checkpoint.head());
        if request.old > next.size {
            return Err(Refusal::OldTooLarge);
        }
        let conflict = Refusal::Conflict { size: last.size };
        if request.old != last.size {
            return Err(conflict);
        }
        if last.size == next.size && last.size > 0 && last.root != next.root {
            return Err(conflict);
        }
        verify_consistency(&last, &next, &request.proof).map_err(Refusal::Unproven)?;
        Ok(checkpoint)
    }
}
