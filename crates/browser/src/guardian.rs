//! A guardian, or a teen: who holds a bundle (section 2).

use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::body::{Genesis, GuardianAdd, GuardianRemove, NewKey, Promote};
use treehouse_protocol::chain::pen;
use treehouse_protocol::franking::Franking;
use treehouse_protocol::id::FamilyId;
use treehouse_protocol::keys::{Bundle, PrivateKeys};
use treehouse_protocol::registry::Role;
use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::Signed;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::PageRandom;
use crate::family::Family;
use crate::js::{Thrown, Uint8Array, all_bytes, day, fixed, id, kid, word};
use crate::keyring::{self, Keyring};
use crate::principal::PublicKeys;
use crate::record::{self, RecordHeader};

/// A guardian's keys. They never leave; `free()` wipes them.
#[wasm_bindgen]
pub struct Guardian {
    pub(crate) bundle: Bundle,
    pub(crate) keys: PrivateKeys,
}

impl Guardian {
    pub(crate) fn of(bundle: Bundle) -> Self {
        let keys = bundle.keys();
        Self { bundle, keys }
    }
}

#[wasm_bindgen]
impl Guardian {
    /// Somebody new.
    pub fn generate() -> Guardian {
        Self::of(Bundle::from_seed(Secret::random(&mut PageRandom)))
    }

    /// The public keys.
    #[wasm_bindgen(js_name = publicKeys)]
    pub fn public_keys(&self) -> PublicKeys {
        PublicKeys(self.keys.public())
    }

    /// The id by which the guardian is named.
    #[wasm_bindgen(getter)]
    pub fn kid(&self) -> Vec<u8> {
        self.keys.sig.id().bytes().to_vec()
    }

    /// What a screen shows of the keys.
    #[wasm_bindgen(getter)]
    pub fn fingerprint(&self) -> Vec<u8> {
        self.keys.public().fingerprint().to_vec()
    }

    /// A bare Ed25519 signature.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.keys.sig.sign(message).to_vec()
    }

    /// Founds a family with the operator's word that this is a verified adult. Answers the first
    /// link, whose hash everybody pins; the family's id is in it.
    #[wasm_bindgen(js_name = foundFamily)]
    pub fn found_family(&self, vpc: &[u8], today: f64) -> Result<Vec<u8>, Thrown> {
        let genesis =
            Genesis { by_teen: false, keys: self.keys.public(), vpc: Signed::from_bytes(vpc)? };
        let family = FamilyId::random(&mut PageRandom);
        Ok(pen::found(family, genesis, day(today)?, &self.keys.sig))
    }

    /// The proof that this guardian wants in, for whoever invites: an `accept_sig`.
    #[wasm_bindgen(js_name = acceptInvitation)]
    pub fn accept_invitation(
        &self,
        family: &[u8],
        vpc: &[u8],
        #[wasm_bindgen(unchecked_param_type = "Role")] role: &str,
        children: Vec<Uint8Array>,
    ) -> Result<Vec<u8>, Thrown> {
        let keys = self.public_keys();
        let add = guardian_add(&keys, vpc, word(role)?, children, [0; 64])?;
        let accepted = add.accepted(id(family, "fid")?, &self.keys.sig);
        Ok(accepted.accept_sig.to_vec())
    }

    /// The proof that this teen wants to stand for itself: an `accept_sig`.
    #[wasm_bindgen(js_name = acceptPromotion)]
    pub fn accept_promotion(&self, family: &[u8], child: &[u8]) -> Result<Vec<u8>, Thrown> {
        let promote =
            Promote { child: id(child, "cid")?, keys: self.keys.public(), accept_sig: [0; 64] };
        let accepted = promote.accepted(id(family, "fid")?, &self.keys.sig);
        Ok(accepted.accept_sig.to_vec())
    }

    /// Agrees that another guardian is removed by the very next link.
    #[wasm_bindgen(js_name = agreeToRemoval)]
    pub fn agree_to_removal(&self, family: &Family, guardian: &[u8]) -> Result<Vec<u8>, Thrown> {
        let (id, prev) = (family.inner.id(), family.inner.seen().head);
        let statement = GuardianRemove::agreement(id, kid(guardian)?, prev);
        Ok(self.keys.sig.sign(&statement).to_vec())
    }

    /// All category keys that this guardian can open today.
    #[wasm_bindgen(js_name = openGrants)]
    pub fn open_grants(&self, family: &Family, today: f64) -> Result<Keyring, Thrown> {
        keyring::open(family, &self.keys.kem, Some(&self.bundle), day(today)?)
    }

    /// Seals a record for those who hold its category key.
    #[wasm_bindgen(js_name = sealRecord)]
    pub fn seal_record(
        &self,
        header: &RecordHeader,
        keyring: &Keyring,
        plain: Vec<u8>,
    ) -> Result<Vec<u8>, Thrown> {
        record::seal(&self.keys.sig, header, keyring, plain, Franking::Without)
    }

    /// The same, so that any reader can prove what was said.
    #[wasm_bindgen(js_name = sealReportable)]
    pub fn seal_reportable(
        &self,
        header: &RecordHeader,
        keyring: &Keyring,
        plain: Vec<u8>,
    ) -> Result<Vec<u8>, Thrown> {
        record::seal(&self.keys.sig, header, keyring, plain, Franking::Provable)
    }
}

/// What lets a guardian in; the one who joins and the one who lets in must mean the same.
pub(crate) fn guardian_add(
    keys: &PublicKeys,
    vpc: &[u8],
    role: Role,
    children: Vec<Uint8Array>,
    accept_sig: [u8; 64],
) -> Result<GuardianAdd, Thrown> {
    let children = all_bytes(children)?;
    let children = children.iter().map(|child| id(child, "cid"));
    Ok(GuardianAdd {
        keys: keys.0.clone(),
        vpc: Signed::from_bytes(vpc)?,
        role,
        children: children.collect::<Result<_, _>>()?,
        accept_sig,
    })
}

/// The SHA-256 of a link, a notice or a sealed blob.
#[wasm_bindgen(js_name = hashOf)]
pub fn hash_of(bytes: &[u8]) -> Vec<u8> {
    treehouse_protocol::id::Hash::of(bytes).bytes().to_vec()
}

/// A fresh id of 16 bytes.
#[wasm_bindgen(js_name = freshId)]
pub fn fresh_id() -> Vec<u8> {
    FamilyId::random(&mut PageRandom).bytes().to_vec()
}

/// The bytes of an `accept_sig`.
pub(crate) fn accept_sig(bytes: &[u8]) -> Result<[u8; 64], Thrown> {
    fixed(bytes, "accept_sig")
}
