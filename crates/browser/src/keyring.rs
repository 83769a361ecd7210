//! Category keys that somebody holds (sections 4 and 5).

use treehouse_protocol::chain;
use treehouse_protocol::id::Day;
use treehouse_protocol::kem::KemPrivate;
use treehouse_protocol::keys::Bundle;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::family::Family;
use crate::js::{Thrown, bytes, list};
use crate::summary::key;

/// Category keys. They never leave; `free()` wipes them.
#[wasm_bindgen]
#[derive(Default)]
pub struct Keyring {
    pub(crate) keys: chain::Keyring,
    refused: Vec<JsValue>,
}

#[wasm_bindgen]
impl Keyring {
    /// Which keys are on it.
    #[wasm_bindgen(unchecked_return_type = "HeldKey[]")]
    pub fn list(&self) -> JsValue {
        list(self.keys.keys().map(|(name, held)| {
            key(name.child, name.category)
                .with("version", name.version.into())
                .with("commitment", bytes(held.commitment().bytes()))
                .done()
        }))
    }

    /// Why grants or copies that ought to have given a key gave none.
    #[wasm_bindgen(unchecked_return_type = "Refused[]")]
    pub fn refused(&self) -> JsValue {
        list(self.refused.iter().cloned())
    }
}

pub fn open(
    family: &Family,
    private: &KemPrivate,
    bundle: Option<&Bundle>,
    today: Day,
) -> Result<Keyring, Thrown> {
    let mut keys = chain::Keyring::default();
    let thrown = |cause| JsValue::from(Thrown::from(cause));
    let mut refused = Vec::new();
    if let Some(bundle) = bundle {
        let copies = keys.open_own_copies(&family.inner, bundle);
        refused.extend(copies.into_iter().map(|(_, cause)| thrown(cause)));
    }
    let links = family.links.iter().map(Vec::as_slice);
    let grants = keys.open_grants(&family.inner, links, private, today)?;
    refused.extend(grants.into_iter().map(|(_, cause)| thrown(cause)));
    Ok(Keyring { keys, refused })
}
