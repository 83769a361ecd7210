//! Signatures: Ed25519 (RFC 8032) in `COSE_Sign1` (RFC 9052), algorithm -19 (RFC 9864).
//!
//! Every signed thing of TH/1 is `18([protected, {}, payload, signature])` whose protected header
//! is exactly `{1: -19, 4: kid}`. There is nothing to negotiate.

use std::fmt;

use curve25519_dalek::edwards::CompressedEdwardsY;
use curve25519_dalek::traits::IsIdentity;
use ed25519_dalek::{Signature, Signer};

use crate::cbor::{Canonical, Reader, Writer};
use crate::error::{Refused, require};
use crate::id::KeyId;
use crate::secret::Secret;

const SIGN1: &str = "COSE_Sign1";
const KEY: &str = "Ed25519 public key";
const PROTECTED_BYTES: usize = 21;
/// What stands around the payload: heads, protected header, empty map and signature.
const ENVELOPE_BYTES_MAX: usize = 2 + 1 + PROTECTED_BYTES + 1 + 5 + 2 + 64;
/// `{1: -19, 4: h'` up to the 16 bytes of the key id: map of two, alg -19, kid of 16 bytes.
const PROTECTED_PREFIX: [u8; 5] = [0xa2, 0x01, 0x32, 0x04, 0x50];

/// A public key that was admitted: a canonical point of the prime-order group.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct VerifyKey(ed25519_dalek::VerifyingKey);

impl VerifyKey {
    /// Admits 32 bytes as a public key.
    ///
    /// A key of low order verifies signatures that nobody made, and one with a small-order part
    /// is several keys in one; both are refused here, once, so that no later code must think of it.
    ///
    /// # Errors
    /// Not a point, not its canonical encoding, or not in the prime-order group.
    pub fn admit(bytes: &[u8; 32]) -> Result<Self, Refused> {
        let refuse = |rule| Refused::new(KEY, "point", rule);
        let compressed = CompressedEdwardsY(*bytes);
        let point = compressed.decompress().ok_or_else(|| refuse("must be on the curve"))?;
        if point.compress() != compressed {
            return Err(refuse("must be in its canonical encoding"));
        }
        if point.is_identity() || !point.is_torsion_free() {
            return Err(refuse("must be in the prime-order group"));
        }
        let key = ed25519_dalek::VerifyingKey::from_bytes(bytes);
        key.map(Self).map_err(|_| refuse("must be on the curve"))
    }

    /// Its 32 bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Its key id.
    #[must_use]
    pub fn id(&self) -> KeyId {
        KeyId::of(self.bytes())
    }

    /// Checks a bare signature, strictly (RFC 8032 5.1.7 without the cofactor, canonical S).
    ///
    /// # Errors
    /// The signature isn't this key's over these bytes.
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> Result<(), Refused> {
        self.0
            .verify_strict(message, &Signature::from_bytes(signature))
            .map_err(|_| Refused::new("Ed25519", "signature", "must be by the key it names"))
    }
}

impl fmt::Debug for VerifyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyKey({:?})", self.id())
    }
}

/// A private signing key. Wiped when dropped.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// The key of this 32-byte seed (RFC 8032 5.1.5).
    #[must_use]
    pub fn from_seed(seed: &Secret<32>) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed.expose()))
    }

    /// Its public half. A key made from a seed is always in the prime-order group.
    #[must_use]
    pub fn verify_key(&self) -> VerifyKey {
        VerifyKey(self.0.verifying_key())
    }

    /// Its key id.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.verify_key().id()
    }

    /// A bare signature over `message`.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(●●)")
    }
}

/// A `COSE_Sign1`. What it says can be read only by verifying it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    signer: KeyId,
    payload: Vec<u8>,
    signature: [u8; 64],
}

impl Signed {
    /// Signs the one encoding of `statement`.
    #[must_use]
    pub fn sign(key: &SigningKey, statement: &impl Canonical) -> Self {
        let signer = key.id();
        let payload = statement.to_bytes();
        let signature = key.sign(&to_be_signed(signer, &payload));
        Self { signer, payload, signature }
    }

    /// The key id that the protected header names. Until [`Signed::verify`] it's a claim.
    #[must_use]
    pub fn signer(&self) -> KeyId {
        self.signer
    }

    /// Verifies with `key` and decodes what was signed.
    ///
    /// # Errors
    /// Another key is named, the signature is wrong, or the statement is.
    pub fn verify<T: Canonical>(&self, key: &VerifyKey) -> Result<T, Refused> {
        let named = key.id() == self.signer;
        require(named, T::NAME, "kid", "must name the key that verifies")?;
        key.verify(&to_be_signed(self.signer, &self.payload), &self.signature)
            .map_err(|refused| Refused::new(T::NAME, refused.field, refused.rule))?;
        T::from_bytes(&self.payload)
    }

    /// Decodes the statement without looking at the signature, for the two cases in which that is
    /// no loss: the key stands inside, and the caller then calls [`Signed::verify`] with it; or
    /// replay has verified these bytes before, and the caller compares their hash.
    ///
    /// # Errors
    /// The statement is malformed.
    pub(crate) fn decode_unverified<T: Canonical>(&self) -> Result<T, Refused> {
        T::from_bytes(&self.payload)
    }
}

impl Canonical for Signed {
    const NAME: &'static str = SIGN1;
    /// The largest statement is a record of [`crate::record::PLAIN_BYTES_MAX`] and its headers.
    const BYTES_MAX: usize = 80 * 1024;

    fn encode(&self, writer: &mut Writer) {
        writer.tag(18).array(4).bytes(&protected(self.signer)).empty_map();
        writer.bytes(&self.payload).bytes(&self.signature);
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::with_room(self.payload.len() + ENVELOPE_BYTES_MAX);
        self.encode(&mut writer);
        writer.into_bytes()
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.tag(18)?;
        reader.array("structure", 4)?;
        let protected: [u8; PROTECTED_BYTES] = reader.fixed("protected")?;
        let (prefix, kid) = protected.split_at(PROTECTED_PREFIX.len());
        reader.require(prefix == PROTECTED_PREFIX, "protected", "must be {1: -19, 4: kid}")?;
        let mut signer = [0; 16];
        signer.copy_from_slice(kid);
        reader.empty_map("unprotected")?;
        let payload = reader.bytes("payload")?.to_vec();
        let signature = reader.fixed("signature")?;
        Ok(Self { signer: KeyId::from_bytes(signer), payload, signature })
    }
}

fn protected(signer: KeyId) -> [u8; PROTECTED_BYTES] {
    let mut bytes = [0; PROTECTED_BYTES];
    bytes[..5].copy_from_slice(&PROTECTED_PREFIX);
    bytes[5..].copy_from_slice(signer.bytes());
    bytes
}

/// The `Sig_structure` of RFC 9052 section 4.4, with an empty `external_aad`.
fn to_be_signed(signer: KeyId, payload: &[u8]) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.array(4).text("Signature1").bytes(&protected(signer)).bytes(&[]).bytes(payload);
    writer.into_bytes()
}
