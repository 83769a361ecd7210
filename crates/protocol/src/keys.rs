//! The keys of principals: guardians, toys and other devices, services, third parties, teens.
//!
//! Children have no key. A child is an id; what acts is a device.

use sha2::{Digest, Sha256};

use crate::cbor::{Reader, Writer};
use crate::error::Refused;
use crate::id::KeyId;
use crate::kem::{KemPrivate, KemPublic, Suite};
use crate::secret::{Secret, derive};
use crate::sign::{SigningKey, VerifyKey};

/// The two public keys of a principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKeys {
    /// Verifies what the principal signs.
    pub sig: VerifyKey,
    /// Takes what is sealed to the principal.
    pub kem: KemPublic,
}

impl PublicKeys {
    /// The name by which a principal signs and is listed: the id of its signing key.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.sig.id()
    }

    /// What a QR code on a toy or a screen shows of its keys: 20 bytes of the SHA-256 of both.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 20] {
        let digest = Sha256::new().chain_update(self.sig.bytes()).chain_update(self.kem.bytes());
        let mut out = [0; 20];
        out.copy_from_slice(&digest.finalize()[..20]);
        out
    }

    /// Items that [`PublicKeys::write`] writes: `pk_sig, suite, pk_kem`.
    pub(crate) const ITEMS: usize = 3;

    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.bytes(self.sig.bytes());
        self.kem.write(writer);
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        let sig = VerifyKey::admit(&reader.fixed("pk_sig")?)?;
        Ok(Self { sig, kem: KemPublic::read(reader)? })
    }
}

/// The two private keys of a principal. Wiped when dropped.
#[derive(Debug, Clone)]
pub struct PrivateKeys {
    /// Signs.
    pub sig: SigningKey,
    /// Opens.
    pub kem: KemPrivate,
}

impl PrivateKeys {
    /// The keys that follow from one 32-byte seed: `HKDF(seed, "", label)` for each.
    /// A toy keeps the seed in its secure element or file.
    #[must_use]
    pub fn from_seed(suite: Suite, seed: &Secret<32>) -> Self {
        let sig = SigningKey::from_seed(&derive(&[], seed.expose(), &[b"TH-KEY/1 sig"]));
        let kem = KemPrivate::from_seed(suite, derive(&[], seed.expose(), &[b"TH-KEY/1 kem"]));
        Self { sig, kem }
    }

    /// Their public halves.
    #[must_use]
    pub fn public(&self) -> PublicKeys {
        PublicKeys { sig: self.sig.verify_key(), kem: self.kem.public() }
    }
}

/// A guardian's bundle (`GB`): one 32-byte seed from which all keys of the guardian follow.
/// It is what key slots protect; see [`crate::slot`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle(Secret<32>);

impl Bundle {
    /// The bundle with this seed.
    #[must_use]
    pub const fn from_seed(seed: Secret<32>) -> Self {
        Self(seed)
    }

    /// Its seed, to be sealed.
    #[must_use]
    pub const fn seed(&self) -> &Secret<32> {
        &self.0
    }

    /// The guardian's keys, always of suite 2.
    #[must_use]
    pub fn keys(&self) -> PrivateKeys {
        PrivateKeys::from_seed(Suite::XWing, &self.0)
    }

    /// The key under which the guardian wraps its own copies of category keys; see
    /// [`crate::category::CategoryKey::wrap`].
    #[must_use]
    pub(crate) fn own_copies_key(&self) -> Secret<32> {
        derive(&[], self.0.expose(), &[b"TH-KEY/1 own"])
    }
}
