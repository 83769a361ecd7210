//! Category keys: one key for each child, category and version. Whoever holds it reads.
//!
//! Write right is something else: the public half of the drop-box key, which follows from the
//! category key. A camera that knows only that can add pictures and can't look at any.

use rand_core::CryptoRng;

use crate::aead;
use crate::cbor::Writer;
use crate::error::Refused;
use crate::id::{ChildId, FamilyId, Hash};
use crate::kem::{KemPrivate, KemPublic};
use crate::keys::Bundle;
use crate::registry::{Category, Coded};
use crate::secret::{Secret, derive};

const OWN_COPY: &str = "TH-OWN/1";

/// Bytes of a guardian's own wrapped copy of a category key.
pub const WRAPPED_BYTES: usize = 32 + aead::TAG_BYTES;

/// Which key: family, child, category and version. Versions count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName {
    /// The family.
    pub family: FamilyId,
    /// The child.
    pub child: ChildId,
    /// The category.
    pub category: Category,
    /// The version, from 1; one more at each rotation.
    pub version: u32,
}

/// A category key (`ck`): 32 random bytes, made by a guardian's client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryKey(Secret<32>);

impl CategoryKey {
    /// A fresh key.
    #[must_use]
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        Self(Secret::random(rng))
    }

    /// The key with these bytes, as a grant carries them.
    #[must_use]
    pub const fn from_secret(secret: Secret<32>) -> Self {
        Self(secret)
    }

    /// Its bytes.
    #[must_use]
    pub const fn secret(&self) -> &Secret<32> {
        &self.0
    }

    /// `kc = SHA256("TH-KC/1" || ck)`. It stands in the `key-version` link, so every grantee can
    /// check that all got the same key.
    #[must_use]
    pub fn commitment(&self) -> Hash {
        let mut bytes = [0; 39];
        bytes[..7].copy_from_slice(b"TH-KC/1");
        bytes[7..].copy_from_slice(self.0.expose());
        let hash = Hash::of(&bytes);
        zeroize::Zeroize::zeroize(&mut bytes);
        hash
    }

    /// The private half of the drop-box: `DeriveKeyPair(HKDF(ck, "", "TH-DROP/1 ikm"))`, suite 1.
    #[must_use]
    pub fn drop_box(&self) -> KemPrivate {
        KemPrivate::derive_x25519(&derive(&[], self.0.expose(), &[b"TH-DROP/1 ikm"]))
    }

    /// The public half of the drop-box (`drop_pk`), which stands in the `key-version` link.
    #[must_use]
    pub fn drop_box_public(&self) -> KemPublic {
        self.drop_box().public()
    }

    /// The maker's own copy, wrapped under a key of its bundle: cheaper than a grant to oneself.
    ///
    /// The wrapping key is used once, for this name and this category key, so the nonce is 0.
    #[must_use]
    pub fn wrap(&self, bundle: &Bundle, name: &KeyName) -> [u8; WRAPPED_BYTES] {
        let header = own_copy_header(name, self.commitment());
        let sealed = aead::seal(&own_copy_key(bundle, &header), self.0.expose(), &header);
        let mut out = [0; WRAPPED_BYTES];
        out.copy_from_slice(&sealed);
        out
    }

    /// Opens what [`CategoryKey::wrap`] made, and checks it against the commitment.
    ///
    /// # Errors
    /// Wrapped under another bundle, or for another name or key.
    pub fn unwrap(
        wrapped: &[u8; WRAPPED_BYTES],
        bundle: &Bundle,
        name: &KeyName,
        commitment: Hash,
    ) -> Result<Self, Refused> {
        let refused =
            || Refused::new(OWN_COPY, "wrapped", "must be made by this bundle for this key");
        let header = own_copy_header(name, commitment);
        let plain =
            aead::open(&own_copy_key(bundle, &header), wrapped, &header).ok_or_else(refused)?;
        let bytes = <[u8; 32]>::try_from(plain.as_slice()).map_err(|_| refused())?;
        let key = Self(Secret::from_bytes(bytes));
        if key.commitment() == commitment { Ok(key) } else { Err(refused()) }
    }
}

fn own_copy_header(name: &KeyName, commitment: Hash) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.array(6).text(OWN_COPY).bytes(name.family.bytes()).bytes(name.child.bytes());
    writer.uint(name.category.code()).uint(name.version).bytes(commitment.bytes());
    writer.into_bytes()
}

fn own_copy_key(bundle: &Bundle, header: &[u8]) -> Secret<32> {
    derive(&[], bundle.own_copies_key().expose(), &[header])
}
