//! Proofs of possession: whoever brings a new key into a family signs the link's body with it, so
//! nobody can bring in a key that is somebody else's. The family and the type of link are signed
//! too, so that a proof fits one family only.

use crate::cbor::Writer;
use crate::chain::link_type::{LINK, LinkType};
use crate::error::Refused;
use crate::id::{FamilyId, Hash};
use crate::keys::PublicKeys;
use crate::registry::Coded;
use crate::sign::SigningKey;

/// The body of a link that brings in a new key and ends with its proof of possession.
pub trait NewKey: Sized {
    /// The type of the link.
    const TYPE: LinkType;

    /// The new keys.
    fn keys(&self) -> &PublicKeys;

    /// The proof of possession (`accept_sig`).
    fn accept_sig(&mut self) -> &mut [u8; 64];

    /// Writes the body: an array whose last item is the proof, if there is one already.
    #[doc(hidden)]
    fn write_with(&self, proof: Option<&[u8; 64]>, writer: &mut Writer);

    /// The same with its proof of possession, signed with the new key.
    #[must_use]
    fn accepted(mut self, family: FamilyId, key: &SigningKey) -> Self {
        *self.accept_sig() = key.sign(&self.statement(family));
        self
    }

    /// Checks the proof of possession.
    ///
    /// # Errors
    /// It's by another key, for another family, or for another body.
    #[doc(hidden)]
    fn check_accepted(&self, family: FamilyId, proof: &[u8; 64]) -> Result<(), Refused> {
        let rule = "must be the new key's own signature over this link's body";
        let signed = self.keys().sig.verify(&self.statement(family), proof);
        signed.map_err(|_| Refused::new(LINK, "accept_sig", rule))
    }

    /// `["TH-ACCEPT/1", fid, type, SHA256(body without its last item)]`.
    #[doc(hidden)]
    fn statement(&self, family: FamilyId) -> Vec<u8> {
        let mut unsigned = Writer::new();
        self.write_with(None, &mut unsigned);
        let mut writer = Writer::new();
        writer.array(4).text("TH-ACCEPT/1").bytes(family.bytes()).uint(Self::TYPE.code());
        writer.bytes(Hash::of(&unsigned.into_bytes()).bytes());
        writer.into_bytes()
    }
}

/// Writes the header of an array of `items` and the proof, if there is one, then `body`, in order.
pub(super) fn write_body(
    items: usize,
    proof: Option<&[u8; 64]>,
    writer: &mut Writer,
    body: impl FnOnce(&mut Writer),
) {
    writer.array(items + usize::from(proof.is_some()));
    body(writer);
    if let Some(proof) = proof {
        writer.bytes(proof);
    }
}
