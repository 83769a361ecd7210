//! Signed notes: a text and lines that sign it (C2SP signed-note).

use std::fmt;

use crate::error::{Refused, require};
use crate::key::{KeyId, KeyName, LogKey, LogSigner, SIGNATURE_BYTES};
use crate::text;

/// Bytes of a note: room for 16 signatures of the largest kind that the specification foresees.
pub const NOTE_BYTES_MAX: usize = 128 * 1024;
/// Signatures of a note; the specification asks for at least 16.
pub const SIGNATURES_MAX: usize = 64;

const NOTE: &str = "signed note";

/// A note whose form is right. That says nothing yet about who signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

/// One signature line: who claims to have signed, and the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The name of the key.
    pub name: KeyName,
    /// The id of the key.
    pub id: KeyId,
    /// What the key's algorithm makes of the text; never empty.
    pub bytes: Vec<u8>,
}

impl Note {
    /// Takes a note apart.
    ///
    /// # Errors
    /// It isn't one: no text, no signature, control characters, a malformed line, or too large.
    pub fn parse(note: &str) -> Result<Self, Refused> {
        require(note.len() <= NOTE_BYTES_MAX, NOTE, "bytes", "must be at most 128 KiB")?;
        let control = |c: char| c < ' ' && c != '\n';
        require(!note.contains(control), NOTE, "text", "must have no control characters")?;
        let no_signature = Refused::new(NOTE, "signatures", "must follow an empty line");
        // The last empty line: the text may have some, too.
        let (text, lines) = note.rsplit_once("\n\n").ok_or(no_signature)?;
        let lines = lines.strip_suffix('\n').ok_or(no_signature)?;
        let mut signatures = Vec::new();
        for line in lines.split('\n') {
            let more = signatures.len() < SIGNATURES_MAX;
            require(more, NOTE, "signatures", "must be at most 64")?;
            signatures.push(Signature::parse(line)?);
        }
        Ok(Self { text: format!("{text}\n"), signatures })
    }

    /// Signs a text that isn't a checkpoint. The first line of a checkpoint is the name of its log,
    /// so no text that begins with the signer's own name is signed here.
    ///
    /// # Errors
    /// It begins as a checkpoint of this signer would, has control characters or no newline at its
    /// end, or is too large.
    pub fn sign(text: String, signer: &LogSigner) -> Result<Self, Refused> {
        require(text.len() < NOTE_BYTES_MAX / 2, NOTE, "bytes", "must be less than 64 KiB")?;
        let control = |c: char| c < ' ' && c != '\n';
        require(!text.contains(control), NOTE, "text", "must have no control characters")?;
        require(text.ends_with('\n'), NOTE, "text", "must end with a newline")?;
        let own = text.split('\n').next() == Some(signer.key().name().text());
        require(!own, NOTE, "text", "must not begin as a checkpoint does")?;
        let bytes = signer.sign(text.as_bytes()).to_vec();
        let (name, id) = (signer.key().name().clone(), signer.key().id());
        Ok(Self::new(text, Signature { name, id, bytes }))
    }

    /// A note over a text that this crate wrote.
    pub(crate) fn new(text: String, signature: Signature) -> Self {
        Self { text, signatures: vec![signature] }
    }

    /// The text that was signed, with the newline at its end.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its signatures, in the order in which they stand.
    #[must_use]
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Verifies the signatures of these keys; those of others mean nothing.
    ///
    /// # Errors
    /// None of these keys signed, or a signature that names one of them is wrong.
    pub fn verify<'k>(&self, keys: impl IntoIterator<Item = &'k LogKey>) -> Result<(), Refused> {
        let mut signed = false;
        for key in keys {
            for line in self.signatures.iter().filter(|line| line.is_by(key.name(), key.id())) {
                let bytes: Result<&[u8; SIGNATURE_BYTES], _> = line.bytes.as_slice().try_into();
                let valid = bytes.is_ok_and(|bytes| key.verify(self.text.as_bytes(), bytes));
                require(valid, NOTE, "signature", "must be by the key that it names")?;
                signed = true;
            }
        }
        require(signed, NOTE, "signature", "must be by a key that is known")
    }

    /// Adds a signature.
    ///
    /// # Errors
    /// There are [`SIGNATURES_MAX`] already.
    pub fn push(&mut self, signature: Signature) -> Result<(), Refused> {
        let more = self.signatures.len() < SIGNATURES_MAX;
        require(more, NOTE, "signatures", "must be at most 64")?;
        self.signatures.push(signature);
        Ok(())
    }
}

impl Signature {
    /// Reads a line, without the newline at its end.
    ///
    /// # Errors
    /// It isn't `— name base64`, or the bytes have no key id and signature.
    pub fn parse(line: &str) -> Result<Self, Refused> {
        let refuse = |rule| Refused::new(NOTE, "signature line", rule);
        let rest = line.strip_prefix("— ").ok_or(refuse("must start with a dash"))?;
        let (name, bytes) = rest.split_once(' ').ok_or(refuse("must have a name and bytes"))?;
        let bytes = text::bytes(bytes).ok_or(refuse("must be base64"))?;
        let (id, bytes) = bytes.split_first_chunk().ok_or(refuse("must have a key id"))?;
        require(!bytes.is_empty(), NOTE, "signature line", "must have a signature")?;
        let (id, bytes) = (KeyId::from_bytes(*id), bytes.to_vec());
        Ok(Self { name: KeyName::parse(name)?, id, bytes })
    }

    /// Whether it claims to be by the key of this name and id.
    #[must_use]
    pub fn is_by(&self, name: &KeyName, id: KeyId) -> bool {
        self.name == *name && self.id == id
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&self.id.bytes()[..], &self.bytes].concat();
        writeln!(f, "— {} {}", self.name, text::base64(&bytes))
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| signature.fmt(f))
    }
}
