//! Inviting another guardian (section 7).

use treehouse_protocol::invite;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::PageRandom;
use crate::family::Family;
use crate::js::{Thrown, fixed};
use crate::principal::PublicKeys;

/// What the fragment of an invitation's link says. `free()` wipes the secret.
#[wasm_bindgen]
pub struct InviteLink(invite::InviteLink);

#[wasm_bindgen]
impl InviteLink {
    /// A fresh invitation into a family.
    pub fn generate(family: &Family) -> InviteLink {
        Self(invite::InviteLink {
            family: family.inner.id(),
            genesis: family.inner.genesis(),
            secret: invite::InviteSecret::generate(&mut PageRandom),
        })
    }

    /// Reads the text of a fragment, without `#`.
    pub fn parse(text: &str) -> Result<InviteLink, Thrown> {
        Ok(Self(invite::InviteLink::parse(text)?))
    }

    /// The text of the fragment, without `#`.
    #[wasm_bindgen(unchecked_return_type = "string")]
    pub fn text(&self) -> JsValue {
        self.0.text().as_str().into()
    }

    /// The family.
    #[wasm_bindgen(getter)]
    pub fn family(&self) -> Vec<u8> {
        self.0.family.bytes().to_vec()
    }

    /// The hash of its first link, by which the invited one pins the chain.
    #[wasm_bindgen(getter)]
    pub fn genesis(&self) -> Vec<u8> {
        self.0.genesis.bytes().to_vec()
    }

    /// The proof that these keys belong to whoever was handed the link.
    pub fn mac(&self, keys: &PublicKeys) -> Vec<u8> {
        let InviteLink(link) = self;
        link.secret.mac(link.family, link.genesis, &keys.0).to_vec()
    }

    /// Checks that proof.
    pub fn verify(&self, keys: &PublicKeys, mac: &[u8]) -> Result<(), Thrown> {
        let (InviteLink(link), mac) = (self, fixed(mac, "mac")?);
        Ok(link.secret.verify(link.family, link.genesis, &keys.0, &mac)?)
    }
}
