//! Public keys, and whose word counts (section 2).

use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::kem::{KemPublic, Suite};
use treehouse_protocol::keys;
use treehouse_protocol::registry::Coded;
use treehouse_protocol::sign::{Signed, VerifyKey};
use treehouse_protocol::trust;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::js::{Thrown, argument, fixed, small};

/// The two public keys of somebody, admitted.
#[wasm_bindgen]
pub struct PublicKeys(pub(crate) keys::PublicKeys);

#[wasm_bindgen]
impl PublicKeys {
    /// Admits a signing key and a sealing key of suite 1 or 2.
    #[wasm_bindgen(constructor)]
    pub fn new(sig: &[u8], suite: f64, kem: &[u8]) -> Result<PublicKeys, Thrown> {
        let suite =
            Suite::from_code(small(suite, "suite")?).ok_or(argument("suite", "must be 1 or 2"))?;
        let sig = VerifyKey::admit(&fixed(sig, "pk_sig")?)?;
        let kem = KemPublic::admit(suite, kem)?;
        Ok(Self(keys::PublicKeys { sig, kem }))
    }

    /// The id by which their holder is named.
    #[wasm_bindgen(getter)]
    pub fn kid(&self) -> Vec<u8> {
        self.0.id().bytes().to_vec()
    }

    /// The signing key.
    #[wasm_bindgen(getter)]
    pub fn sig(&self) -> Vec<u8> {
        self.0.sig.bytes().to_vec()
    }

    /// The suite of the sealing key.
    #[wasm_bindgen(getter)]
    pub fn suite(&self) -> u8 {
        self.0.kem.suite().code()
    }

    /// The sealing key.
    #[wasm_bindgen(getter)]
    pub fn kem(&self) -> Vec<u8> {
        self.0.kem.bytes().to_vec()
    }

    /// What a QR code shows of both.
    #[wasm_bindgen(getter)]
    pub fn fingerprint(&self) -> Vec<u8> {
        self.0.fingerprint().to_vec()
    }
}

/// Whose word counts: attesters, the server, and who is listed in the directory.
#[wasm_bindgen]
#[derive(Default)]
pub struct Trust(pub(crate) trust::Trust);

#[wasm_bindgen]
impl Trust {
    /// Nobody's yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Trust {
        Self::default()
    }

    /// Takes this key's word for who is a verified adult.
    #[wasm_bindgen(js_name = addAttester)]
    pub fn add_attester(&mut self, key: &[u8]) -> Result<(), Thrown> {
        let key = VerifyKey::admit(&fixed(key, "attester")?)?;
        self.0 = self.0.clone().with_attester(key);
        Ok(())
    }

    /// Takes this key's word as the server's, which may only take access away.
    #[wasm_bindgen(js_name = addServer)]
    pub fn add_server(&mut self, key: &[u8]) -> Result<(), Thrown> {
        let key = VerifyKey::admit(&fixed(key, "server")?)?;
        self.0 = self.0.clone().with_server(key);
        Ok(())
    }

    /// Takes a listing of the directory that `root` signed.
    #[wasm_bindgen(js_name = addListing)]
    pub fn add_listing(&mut self, listing: &[u8], root: &[u8]) -> Result<(), Thrown> {
        let root = VerifyKey::admit(&fixed(root, "root")?)?;
        let listing = Signed::from_bytes(listing)?;
        self.0 = self.0.clone().with_listing(&listing, &root)?;
        Ok(())
    }
}
