//! Checkpoints: what a log says about itself, signed (C2SP tlog-checkpoint).

use std::fmt;

use crate::error::{Refused, require};
use crate::hash::Hash;
use crate::key::{KeyName, LogKey, LogSigner};
use crate::note::{Note, Signature};
use crate::proof::Head;
use crate::text;
use crate::tile::SIZE_MAX;

const CHECKPOINT: &str = "checkpoint";

/// The text of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log it is of; also the name of the log's key.
    pub origin: KeyName,
    /// Its size and root.
    pub head: Head,
    /// Lines that other logs may add, each with its newline; ours never does.
    extensions: String,
}

impl Checkpoint {
    /// Reads the text of a note.
    ///
    /// # Errors
    /// It isn't origin, size and root, or an extension line is empty.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let refuse = |field, rule| Refused::new(CHECKPOINT, field, rule);
        let lines = refuse("text", "must be three lines or more, each ended");
        let (origin, rest) = text.split_once('\n').ok_or(lines)?;
        let (size, rest) = rest.split_once('\n').ok_or(lines)?;
        let (root, extensions) = rest.split_once('\n').ok_or(lines)?;
        let size = text::number(size).filter(|size| *size <= SIZE_MAX);
        let size = size.ok_or(refuse("size", "must be a number, at most 2^62"))?;
        let root = Hash::parse(root).ok_or(refuse("root", "must be a hash in base64"))?;
        let ended = extensions.is_empty() || extensions.ends_with('\n');
        let full = !extensions.starts_with('\n') && !extensions.contains("\n\n");
        require(ended && full, CHECKPOINT, "extensions", "must be lines with text")?;
        let (origin, extensions) = (KeyName::parse(origin)?, extensions.to_owned());
        Ok(Self { origin, head: Head { size, root }, extensions })
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Head { size, root } = self.head;
        write!(f, "{}\n{size}\n{root}\n{}", self.origin, self.extensions)
    }
}

/// A checkpoint whose log signed it. There is no other way to one than signing and verifying.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: Note,
}

impl SignedCheckpoint {
    /// Signs a head.
    ///
    /// Whoever calls this must know that it never signed another history: that is what the
    /// sequencer's compare-and-swap is for.
    #[must_use]
    pub fn sign(signer: &LogSigner, head: Head) -> Self {
        let origin = signer.key().name().clone();
        let checkpoint = Checkpoint { origin, head, extensions: String::new() };
        let text = checkpoint.to_string();
        let bytes = signer.sign(text.as_bytes()).to_vec();
        let (name, id) = (signer.key().name().clone(), signer.key().id());
        Self { checkpoint, note: Note::new(text, Signature { name, id, bytes }) }
    }

    /// Reads a checkpoint and verifies it with the keys that are known for its origin.
    ///
    /// Signatures by others are kept and mean nothing.
    ///
    /// # Errors
    /// It's malformed, no known key signed it, or a known key's signature is wrong.
    pub fn open(note: &str, keys: &[LogKey]) -> Result<Self, Refused> {
        Self::verify(Note::parse(note)?, keys)
    }

    /// As [`SignedCheckpoint::open`], of a note whose form is known to be right.
    ///
    /// # Errors
    /// See there.
    pub fn verify(note: Note, keys: &[LogKey]) -> Result<Self, Refused> {
        let checkpoint = Checkpoint::parse(note.text())?;
        // A key signs for the log of its name only.
        note.verify(keys.iter().filter(|key| *key.name() == checkpoint.origin))?;
        Ok(Self { checkpoint, note })
    }

    /// Which log it is of.
    #[must_use]
    pub const fn origin(&self) -> &KeyName {
        &self.checkpoint.origin
    }

    /// The size and root that the log signed.
    #[must_use]
    pub const fn head(&self) -> Head {
        self.checkpoint.head
    }

    /// The note: the text, and who signed it.
    #[must_use]
    pub const fn note(&self) -> &Note {
        &self.note
    }

    pub(crate) const fn note_mut(&mut self) -> &mut Note {
        &mut self.note
    }
}

impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note.fmt(f)
    }
}
