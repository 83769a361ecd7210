//! Keys of logs and witnesses, and their names (C2SP signed-note, Ed25519).
//!
//! A log's key signs checkpoints; a witness' key signs that it saw them. They are different types
//! and different algorithm bytes, so that neither can be taken for the other.

use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::error::{Refused, require};
use crate::text;

/// Bytes of a name.
pub const NAME_BYTES_MAX: usize = 255;
/// Bytes of an Ed25519 signature.
pub(crate) const SIGNATURE_BYTES: usize = 64;

const VKEY: &str = "verifier key";
const NAME: &str = "key name";
const ED25519: u8 = 0x01;
const COSIGNATURE_V1: u8 = 0x04;

/// The name of a log or a witness, best a web address without `https://`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

impl KeyName {
    /// Reads a name.
    ///
    /// # Errors
    /// It's empty or too long, or has spaces, control characters or a plus sign.
    pub fn parse(name: &str) -> Result<Self, Refused> {
        let fits = (1..=NAME_BYTES_MAX).contains(&name.len());
        require(fits, NAME, "text", "must have 1 to 255 bytes")?;
        let banned = |c: char| c.is_whitespace() || c.is_control() || c == '+';
        require(!name.contains(banned), NAME, "text", "must have no space and no plus sign")?;
        Ok(Self(name.to_owned()))
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The short name of a key; together with its [`KeyName`] it says which key signed, no more.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; 4]);

impl KeyId {
    /// Bytes of a key id.
    pub const BYTES: usize = 4;

    /// An id that was read.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 4]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 4] {
        &self.0
    }

    fn of(name: &KeyName, algorithm: u8, public: &VerifyingKey) -> Self {
        let hash = Sha256::new()
            .chain_update(name.text())
            .chain_update([b'\n', algorithm])
            .chain_update(public.as_bytes())
            .finalize();
        Self([hash[0], hash[1], hash[2], hash[3]])
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// A public key with its name, for one algorithm.
#[derive(Clone, PartialEq, Eq)]
struct Named<const ALGORITHM: u8> {
    name: KeyName,
    id: KeyId,
    public: VerifyingKey,
}

impl<const ALGORITHM: u8> Named<ALGORITHM> {
    fn new(name: KeyName, public: VerifyingKey) -> Self {
        let id = KeyId::of(&name, ALGORITHM, &public);
        Self { name, id, public }
    }

    fn parse(vkey: &str) -> Result<Self, Refused> {
        let refuse = |field, rule| Refused::new(VKEY, field, rule);
        let mut parts = vkey.splitn(3, '+');
        let mut part = || parts.next().ok_or(refuse("text", "must be name+id+key"));
        let (name, id, key) = (KeyName::parse(part()?)?, part()?, part()?);
        let key = text::bytes(key).ok_or(refuse("key", "must be base64"))?;
        let (algorithm, public) = key.split_first().ok_or(refuse("key", "must be there"))?;
        require(*algorithm == ALGORITHM, VKEY, "algorithm", "must be the one that is used here")?;
        let public: &[u8; 32] =
            public.try_into().map_err(|_| refuse("key", "must have 32 bytes"))?;
        let public = VerifyingKey::from_bytes(public).ok().filter(|key| !key.is_weak());
        let public = public.ok_or(refuse("key", "must be a sound point of the curve"))?;
        let named = Self::new(name, public);
        require(named.id.to_string() == id, VKEY, "id", "must be the one of this name and key")?;
        Ok(named)
    }

    fn verify(&self, message: &[u8], signature: &[u8; SIGNATURE_BYTES]) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        // Strictly: no second signature of the same, none under a key of low order.
        self.public.verify_strict(message, &signature).is_ok()
    }

    fn text(&self) -> String {
        let key = [&[ALGORITHM], &self.public.as_bytes()[..]].concat();
        format!("{}+{}+{}", self.name, self.id, text::base64(&key))
    }
}

/// The public key of a log. Its name is the origin of the log's checkpoints.
#[derive(Clone, PartialEq, Eq)]
pub struct LogKey(Named<ED25519>);

/// The public key of a witness.
#[derive(Clone, PartialEq, Eq)]
pub struct WitnessKey(Named<COSIGNATURE_V1>);

/// The private key of a log. Wiped when dropped.
#[derive(Clone)]
pub struct LogSigner {
    key: LogKey,
    private: SigningKey,
}

/// The private key of a witness. Wiped when dropped.
#[derive(Clone)]
pub struct WitnessSigner {
    key: WitnessKey,
    private: SigningKey,
}

impl LogKey {
    /// Reads a verifier key, `name+id+base64`, with algorithm 1.
    ///
    /// # Errors
    /// It's malformed, of another algorithm, or its id isn't that of its name and key.
    pub fn parse(vkey: &str) -> Result<Self, Refused> {
        Named::parse(vkey).map(Self)
    }

    /// The origin of the log.
    #[must_use]
    pub const fn name(&self) -> &KeyName {
        &self.0.name
    }

    /// Its short name.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.0.id
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8; SIGNATURE_BYTES]) -> bool {
        self.0.verify(message, signature)
    }
}

impl WitnessKey {
    /// Reads a verifier key, `name+id+base64`, with algorithm 4.
    ///
    /// # Errors
    /// It's malformed, of another algorithm, or its id isn't that of its name and key.
    pub fn parse(vkey: &str) -> Result<Self, Refused> {
        Named::parse(vkey).map(Self)
    }

    /// The witness' name.
    #[must_use]
    pub const fn name(&self) -> &KeyName {
        &self.0.name
    }

    /// Its short name.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.0.id
    }

    /// Whether both are the same key, whatever their names: then they are one witness.
    #[must_use]
    pub fn is_same_key(&self, other: &Self) -> bool {
        self.0.public == other.0.public
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8; SIGNATURE_BYTES]) -> bool {
        self.0.verify(message, signature)
    }
}

impl LogSigner {
    /// The key of this seed (RFC 8032 section 5.1.5) under this name.
    #[must_use]
    pub fn from_seed(name: KeyName, seed: &[u8; 32]) -> Self {
        let private = SigningKey::from_bytes(seed);
        Self { key: LogKey(Named::new(name, private.verifying_key())), private }
    }

    /// Its public half.
    #[must_use]
    pub const fn key(&self) -> &LogKey {
        &self.key
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; SIGNATURE_BYTES] {
        self.private.sign(message).to_bytes()
    }
}

impl WitnessSigner {
    /// The key of this seed (RFC 8032 section 5.1.5) under this name. No other key may come from
    /// the same seed: what is signed doesn't name the witness.
    #[must_use]
    pub fn from_seed(name: KeyName, seed: &[u8; 32]) -> Self {
        let private = SigningKey::from_bytes(seed);
        Self { key: WitnessKey(Named::new(name, private.verifying_key())), private }
    }

    /// Its public half.
    #[must_use]
    pub const fn key(&self) -> &WitnessKey {
        &self.key
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; SIGNATURE_BYTES] {
        self.private.sign(message).to_bytes()
    }
}

impl fmt::Display for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text())
    }
}

impl fmt::Display for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text())
    }
}

impl fmt::Debug for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogKey({self})")
    }
}

impl fmt::Debug for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WitnessKey({self})")
    }
}

impl fmt::Debug for LogSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogSigner({}, ●●)", self.key.name())
    }
}

impl fmt::Debug for WitnessSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WitnessSigner({}, ●●)", self.key.name())
    }
}
