//! Public-key encryption: HPKE base mode (RFC 9180) in two suites.
//!
//! Suite 2 (X-Wing) withstands a quantum computer and is for guardians, services and capable
//! toys; suite 1 (X25519) is for small toys and for drop-boxes. Both use HKDF-SHA256 and
//! AES-256-GCM. The authenticated modes of RFC 9180 are never used: who speaks is told by a
//! signature, which can be shown to others.

use std::fmt;

use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::{X25519HkdfSha256, XWing};
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::cbor::{Reader, Writer};
use crate::error::{Refused, require};
use crate::id::KeyId;
use crate::registry::Coded;
use crate::secret::Secret;

const KEY: &str = "KEM public key";
const SEALED: &str = "HPKE";

/// The points of low order on Curve25519 and its twist, in their canonical encodings (RFC 7748
/// section 6.1): 0, 1, the two of order 8, and p - 1. Every shared secret with them is 0.
const LOW_ORDER: [[u8; 32]; 5] = [
    [0; 32],
    one(),
    *b"\xe0\xeb\x7a\x7c\x3b\x41\xb8\xae\x16\x56\xe3\xfa\xf1\x9f\xc4\x6a\
       \xda\x09\x8d\xeb\x9c\x32\xb1\xfd\x86\x62\x05\x16\x5f\x49\xb8\x00",
    *b"\x5f\x9c\x95\xbc\xa3\x50\x8c\x24\xb1\xd0\xb1\x55\x9c\x83\xef\x5b\
       \x04\x44\x5c\xc4\x58\x1c\x8e\x86\xd8\x22\x4e\xdd\xd0\x9f\x11\x57",
    *b"\xec\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\
       \xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
];

const fn one() -> [u8; 32] {
    let mut point = [0; 32];
    point[0] = 1;
    point
}

/// The HPKE suites of TH/1, by their code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Suite {
    /// DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
    X25519,
    /// X-Wing (KEM 0x647a), HKDF-SHA256, AES-256-GCM.
    XWing,
}

impl Suite {
    /// Bytes of a public key.
    #[must_use]
    pub const fn public_bytes(self) -> usize {
        match self {
            Self::X25519 => 32,
            Self::XWing => 1216,
        }
    }

    /// Bytes of an encapsulated key (`enc`).
    #[must_use]
    pub const fn encapsulated_bytes(self) -> usize {
        match self {
            Self::X25519 => 32,
            Self::XWing => 1120,
        }
    }
}

impl Coded for Suite {
    const FIELD: &'static str = "suite";
    const ALL: &'static [(Self, u8, &'static str)] =
        &[(Self::X25519, 1, "x25519"), (Self::XWing, 2, "x-wing")];
}

/// A public encryption key that was admitted.
#[derive(Clone, PartialEq, Eq)]
pub struct KemPublic {
    suite: Suite,
    bytes: Vec<u8>,
}

impl KemPublic {
    /// Admits bytes as a public key of `suite`.
    ///
    /// # Errors
    /// The wrong length, an X25519 point that isn't canonical or has low order (its shared secret
    /// would be known to all), or an ML-KEM key with a coefficient out of range.
    pub fn admit(suite: Suite, bytes: &[u8]) -> Result<Self, Refused> {
        let right_length = bytes.len() == suite.public_bytes();
        require(right_length, KEY, "length", "must be that of its suite")?;
        // X-Wing's public key ends with its X25519 half.
        let (_, x25519) = bytes.split_at(bytes.len() - 32);
        admit_x25519(x25519)?;
        if suite == Suite::XWing {
            let parsed = <XWing as Kem>::PublicKey::from_bytes(bytes);
            require(parsed.is_ok(), KEY, "ML-KEM half", "must have all coefficients in range")?;
        }
        Ok(Self { suite, bytes: bytes.to_vec() })
    }

    /// Its suite.
    #[must_use]
    pub fn suite(&self) -> Suite {
        self.suite
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its key id.
    #[must_use]
    pub fn id(&self) -> KeyId {
        KeyId::of(&self.bytes)
    }

    /// Seals `messages`, each `(aad, plain text)`, in order under one encapsulation.
    #[must_use]
    pub fn seal(
        &self,
        info: &[u8],
        messages: &[(&[u8], &[u8])],
        rng: &mut dyn CryptoRng,
    ) -> (Vec<u8>, Vec<Vec<u8>>) {
        match self.suite {
            Suite::X25519 => seal::<X25519HkdfSha256>(&self.bytes, info, messages, rng),
            Suite::XWing => seal::<XWing>(&self.bytes, info, messages, rng),
        }
    }

    /// A fresh secret that only the holder of the private key can find again from `enc`
    /// (RFC 9180 section 5.3). Answers `(enc, secret)`.
    #[must_use]
    pub(crate) fn export(
        &self,
        info: &[u8],
        label: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> (Vec<u8>, Secret<32>) {
        match self.suite {
            Suite::X25519 => export_to::<X25519HkdfSha256>(&self.bytes, info, label, rng),
            Suite::XWing => export_to::<XWing>(&self.bytes, info, label, rng),
        }
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.uint(self.suite.code()).bytes(&self.bytes);
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        let suite = Suite::read(reader)?;
        Self::admit(suite, reader.bytes("pk_kem")?)
    }
}

impl fmt::Debug for KemPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KemPublic({:?}, {:?})", self.suite, self.id())
    }
}

/// A private encryption key: 32 bytes in either suite. Wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct KemPrivate {
    suite: Suite,
    seed: Secret<32>,
}

impl KemPrivate {
    /// The private key with these 32 bytes: an X25519 scalar, or an X-Wing seed.
    #[must_use]
    pub fn from_seed(suite: Suite, seed: Secret<32>) -> Self {
        Self { suite, seed }
    }

    /// `DeriveKeyPair` of RFC 9180 section 7.1.3 for suite 1; drop-box keys are made so.
    #[must_use]
    pub(crate) fn derive_x25519(ikm: &Secret<32>) -> Self {
        let (private, _) = X25519HkdfSha256::derive_keypair(ikm.expose());
        let bytes = Zeroizing::new(<[u8; 32]>::from(private.to_bytes()));
        Self { suite: Suite::X25519, seed: Secret::from_bytes(*bytes) }
    }

    /// Its public half.
    #[must_use]
    pub fn public(&self) -> KemPublic {
        let bytes = match self.suite {
            Suite::X25519 => public::<X25519HkdfSha256>(&self.seed),
            Suite::XWing => public::<XWing>(&self.seed),
        };
        KemPublic { suite: self.suite, bytes }
    }

    /// Opens `messages`, each `(aad, cipher text)`, in the order in which they were sealed.
    ///
    /// # Errors
    /// `enc` or a cipher text is not for this key, `info`, `aad` and place in the order.
    pub fn open(
        &self,
        enc: &[u8],
        info: &[u8],
        messages: &[(&[u8], &[u8])],
    ) -> Result<Vec<Zeroizing<Vec<u8>>>, Refused> {
        match self.suite {
            Suite::X25519 => open::<X25519HkdfSha256>(&self.seed, enc, info, messages),
            Suite::XWing => open::<XWing>(&self.seed, enc, info, messages),
        }
    }

    pub(crate) fn export(
        &self,
        enc: &[u8],
        info: &[u8],
        label: &[u8],
    ) -> Result<Secret<32>, Refused> {
        match self.suite {
            Suite::X25519 => export_from::<X25519HkdfSha256>(&self.seed, enc, info, label),
            Suite::XWing => export_from::<XWing>(&self.seed, enc, info, label),
        }
    }
}

impl fmt::Debug for KemPrivate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KemPrivate({:?}, ●●)", self.suite)
    }
}

fn admit_x25519(bytes: &[u8]) -> Result<(), Refused> {
    let refuse = |rule| Refused::new(KEY, "X25519 point", rule);
    let point: [u8; 32] = bytes.try_into().map_err(|_| refuse("must have 32 bytes"))?;
    // p = 2^255 - 19: reject what is not below it, which is a second name for another point.
    let above = point[31] > 0x7f
        || (point[31] == 0x7f && point[0] >= 0xed && point[1..31].iter().all(|b| *b == 0xff));
    if above {
        return Err(refuse("must be in its canonical encoding"));
    }
    // Compared, not computed: a chain of many key versions admits many drop-boxes.
    if LOW_ORDER.contains(&point) {
        return Err(refuse("must not have low order"));
    }
    Ok(())
}

fn refuse_opening() -> Refused {
    Refused::new(SEALED, "cipher text", "must be sealed to this key for this header")
}

#[expect(clippy::expect_used, reason = "the bytes were admitted or made by this module")]
fn parsed<T: Deserializable>(bytes: &[u8]) -> T {
    T::from_bytes(bytes).expect("an admitted key parses")
}

fn public<K: Kem>(seed: &Secret<32>) -> Vec<u8> {
    K::sk_to_pk(&parsed(seed.expose())).to_bytes().to_vec()
}

#[expect(clippy::expect_used, reason = "fails only for a low-order key or after 2^64 messages")]
fn seal<K: Kem>(
    public: &[u8],
    info: &[u8],
    messages: &[(&[u8], &[u8])],
    mut rng: &mut dyn CryptoRng,
) -> (Vec<u8>, Vec<Vec<u8>>) {
    let key = parsed(public);
    let (enc, mut context) = hpke::setup_sender_with_rng::<AesGcm256, HkdfSha256, K>(
        &OpModeS::Base,
        &key,
        info,
        &mut rng,
    )
    .expect("an admitted key takes an encapsulation");
    let sealed = messages.iter().map(|(aad, plain)| context.seal(plain, aad).expect("seals"));
    let sealed = sealed.collect();
    (enc.to_bytes().to_vec(), sealed)
}

fn open<K: Kem>(
    seed: &Secret<32>,
    enc: &[u8],
    info: &[u8],
    messages: &[(&[u8], &[u8])],
) -> Result<Vec<Zeroizing<Vec<u8>>>, Refused> {
    let enc = K::EncappedKey::from_bytes(enc).map_err(|_| refuse_opening())?;
    let mut context = hpke::setup_receiver::<AesGcm256, HkdfSha256, K>(
        &OpModeR::Base,
        &parsed(seed.expose()),
        &enc,
        info,
    )
    .map_err(|_| refuse_opening())?;
    let open = |(aad, sealed): &(&[u8], &[u8])| context.open(sealed, aad).map(Zeroizing::new);
    messages.iter().map(open).collect::<Result<_, _>>().map_err(|_| refuse_opening())
}

#[expect(clippy::expect_used, reason = "fails only for a low-order key or a very long output")]
fn export_to<K: Kem>(
    public: &[u8],
    info: &[u8],
    label: &[u8],
    mut rng: &mut dyn CryptoRng,
) -> (Vec<u8>, Secret<32>) {
    let (enc, context) = hpke::setup_sender_with_rng::<AesGcm256, HkdfSha256, K>(
        &OpModeS::Base,
        &parsed(public),
        info,
        &mut rng,
    )
    .expect("an admitted key takes an encapsulation");
    let mut secret = Secret::from_bytes([0; 32]);
    context.export(label, secret.expose_mut()).expect("32 bytes are short enough");
    (enc.to_bytes().to_vec(), secret)
}

fn export_from<K: Kem>(
    seed: &Secret<32>,
    enc: &[u8],
    info: &[u8],
    label: &[u8],
) -> Result<Secret<32>, Refused> {
    let enc = K::EncappedKey::from_bytes(enc).map_err(|_| refuse_opening())?;
    let context = hpke::setup_receiver::<AesGcm256, HkdfSha256, K>(
        &OpModeR::Base,
        &parsed(seed.expose()),
        &enc,
        info,
    )
    .map_err(|_| refuse_opening())?;
    let mut secret = Secret::from_bytes([0; 32]);
    context.export(label, secret.expose_mut()).map_err(|_| refuse_opening())?;
    Ok(secret)
}

#[cfg(test)]
mod tests;
