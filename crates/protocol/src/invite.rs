//! Inviting another guardian (section 7).
//!
//! The inviter hands over a link, in person or by a channel of its own. The secret stands in the
//! link's fragment, which no browser sends to a server; the invited one proves with it that the
//! keys which the server shows to the inviter are really its own.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::{Hmac, Mac};
use rand_core::CryptoRng;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::cbor::Writer;
use crate::error::{Refused, require};
use crate::id::{FamilyId, Hash};
use crate::keys::PublicKeys;
use crate::secret::{Secret, derive, keyed_hash};

const INVITE: &str = "TH-INVITE/1";
/// What stands before the base64url part of a link's fragment: the version of the format.
const LINK_PREFIX: &str = "1.";
const LINK_BYTES: usize = 16 + 32 + 16;
const LINK_CHARS: usize = LINK_PREFIX.len() + (LINK_BYTES * 4).div_ceil(3);

/// 128 random bits that only the inviter and the invited one know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InviteSecret(Secret<16>);

impl InviteSecret {
    /// A fresh secret, for one invitation.
    #[must_use]
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        Self(Secret::random(rng))
    }

    /// The proof that `keys` belong to whoever was handed this secret: HMAC-SHA256 with
    /// `HKDF(secret, "TH-INVITE/1")` over
    /// `["TH-INVITE/1", fid, genesis, pk_sig, suite, pk_kem]`.
    #[must_use]
    pub fn mac(&self, family: FamilyId, genesis: Hash, keys: &PublicKeys) -> [u8; 32] {
        self.keyed(family, genesis, keys).finalize().into_bytes().into()
    }

    /// Checks that proof, in constant time.
    ///
    /// # Errors
    /// It was made with another secret, for another family, or for other keys.
    pub fn verify(
        &self,
        family: FamilyId,
        genesis: Hash,
        keys: &PublicKeys,
        mac: &[u8; 32],
    ) -> Result<(), Refused> {
        let right = self.keyed(family, genesis, keys).verify_slice(mac);
        require(right.is_ok(), INVITE, "mac", "must be made with the invitation for these keys")
    }

    fn keyed(&self, family: FamilyId, genesis: Hash, keys: &PublicKeys) -> Hmac<Sha256> {
        let key = derive(&[], self.0.expose(), &[INVITE.as_bytes()]);
        let mut writer = Writer::new();
        writer
            .array(3 + PublicKeys::ITEMS)
            .text(INVITE)
            .bytes(family.bytes())
            .bytes(genesis.bytes());
        keys.write(&mut writer);
        keyed_hash(&key).chain_update(writer.into_bytes())
    }
}

/// What the fragment of an invitation's link says: `1.` and `fid || genesis || secret` in
/// base64url without padding (RFC 4648 section 5), 88 characters.
///
/// The genesis hash comes with it, so the invited one's first replay of the chain is already
/// pinned, whatever the server shows.
#[derive(Clone, PartialEq, Eq)]
pub struct InviteLink {
    /// The family.
    pub family: FamilyId,
    /// The hash of the first link of its chain.
    pub genesis: Hash,
    /// The secret.
    pub secret: InviteSecret,
}

impl InviteLink {
    /// The text of the fragment, without `#`.
    #[must_use]
    pub fn text(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new([0; LINK_BYTES]);
        bytes[..16].copy_from_slice(self.family.bytes());
        bytes[16..48].copy_from_slice(self.genesis.bytes());
        bytes[48..].copy_from_slice(self.secret.0.expose());
        let encoded = Zeroizing::new(Base64UrlUnpadded::encode_string(&*bytes));
        let mut text = Zeroizing::new(String::with_capacity(LINK_CHARS));
        text.push_str(LINK_PREFIX);
        text.push_str(&encoded);
        text
    }

    /// Reads the text of a fragment, without `#`.
    ///
    /// # Errors
    /// Cut off or longer, of another version, or not the one encoding.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let refuse = |rule| Refused::new(INVITE, "link", rule);
        let encoded =
            text.strip_prefix(LINK_PREFIX).ok_or_else(|| refuse("must start with the version"))?;
        let complete = text.len() == LINK_CHARS;
        require(complete, INVITE, "link", "must be complete")?;
        let mut bytes = Zeroizing::new([0; LINK_BYTES]);
        Base64UrlUnpadded::decode(encoded, &mut *bytes)
            .map_err(|_| refuse("must be canonical base64url"))?;
        let (mut family, mut genesis, mut secret) = ([0; 16], [0; 32], Secret::from_bytes([0; 16]));
        family.copy_from_slice(&bytes[..16]);
        genesis.copy_from_slice(&bytes[16..48]);
        secret.expose_mut().copy_from_slice(&bytes[48..]);
        Ok(Self {
            family: FamilyId::from_bytes(family),
            genesis: Hash::from_bytes(genesis),
            secret: InviteSecret(secret),
        })
    }
}

impl fmt::Debug for InviteLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InviteLink({:?}, ●●)", self.family)
    }
}

#[cfg(test)]
mod tests;
