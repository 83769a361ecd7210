//! Adding a toy (section 7).

use treehouse_protocol::id::Hash;
use treehouse_protocol::pairing::{self, Pictures, UserCode};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::PageRandom;
use crate::js::{Thrown, argument, fixed, list};

/// What the QR picture on a toy's screen says.
#[wasm_bindgen]
pub struct PairingQr(pairing::PairingQr);

#[wasm_bindgen]
impl PairingQr {
    /// For the toy that was given this code.
    #[wasm_bindgen(constructor)]
    pub fn new(code: &str, fingerprint: &[u8]) -> Result<PairingQr, Thrown> {
        Ok(Self(pairing::PairingQr {
            code: UserCode::parse(code)?,
            fingerprint: fixed(fingerprint, "fingerprint")?,
        }))
    }

    /// What a camera saw, or what somebody typed from under the picture.
    pub fn parse(text: &str) -> Result<PairingQr, Thrown> {
        Ok(Self(pairing::PairingQr::parse(text)?))
    }

    /// What the picture holds.
    pub fn text(&self) -> String {
        self.0.text()
    }

    /// The code, to find the toy's request on the server.
    #[wasm_bindgen(getter)]
    pub fn code(&self) -> String {
        self.0.code.text()
    }

    /// The fingerprint that the toy's keys must have, whatever the server says.
    #[wasm_bindgen(getter)]
    pub fn fingerprint(&self) -> Vec<u8> {
        self.0.fingerprint.to_vec()
    }
}

/// A code as a guardian types it, in its one form: `XXXX-XXXX`.
#[wasm_bindgen(js_name = userCode)]
pub fn user_code(text: &str) -> Result<String, Thrown> {
    Ok(UserCode::parse(text)?.text())
}

/// The guardian's side of the three-picture check.
#[wasm_bindgen]
pub struct GuardianCheck {
    check: pairing::GuardianCheck,
    nonce: [u8; 16],
}

#[wasm_bindgen]
impl GuardianCheck {
    /// Begins once the toy's commitment has arrived.
    #[wasm_bindgen(constructor)]
    pub fn new(
        commitment: &[u8],
        fingerprint: &[u8],
        genesis: &[u8],
    ) -> Result<GuardianCheck, Thrown> {
        let (check, nonce) = pairing::GuardianCheck::start(
            fixed(commitment, "commitment")?,
            fixed(fingerprint, "fingerprint")?,
            Hash::from_bytes(fixed(genesis, "genesis")?),
            &mut PageRandom,
        );
        Ok(Self { check, nonce })
    }

    /// To be sent to the toy.
    #[wasm_bindgen(getter)]
    pub fn nonce(&self) -> Vec<u8> {
        self.nonce.to_vec()
    }

    /// Takes the toy's nonce. Answers the names of the pictures to show. Uses itself up.
    #[wasm_bindgen(unchecked_return_type = "string[]")]
    pub fn finish(self, toy_nonce: &[u8]) -> Result<JsValue, Thrown> {
        let pictures = self.check.finish(&fixed(toy_nonce, "nonce")?)?;
        Ok(names(pictures))
    }
}

/// The toy's side of the three-picture check.
#[wasm_bindgen]
pub struct ToyCheck {
    check: Option<pairing::ToyCheck>,
    commitment: [u8; 32],
    nonce: Option<[u8; 16]>,
}

#[wasm_bindgen]
impl ToyCheck {
    /// Begins a check of the toy's own keys.
    #[wasm_bindgen(constructor)]
    pub fn new(fingerprint: &[u8]) -> Result<ToyCheck, Thrown> {
        let fingerprint = fixed(fingerprint, "fingerprint")?;
        let (check, commitment) = pairing::ToyCheck::start(fingerprint, &mut PageRandom);
        Ok(Self { check: Some(check), commitment, nonce: None })
    }

    /// To be sent first.
    #[wasm_bindgen(getter)]
    pub fn commitment(&self) -> Vec<u8> {
        self.commitment.to_vec()
    }

    /// Takes the guardian's nonce and the genesis hash of its family, once. Answers the names of
    /// the pictures to show.
    #[wasm_bindgen(unchecked_return_type = "string[]")]
    pub fn reveal(&mut self, guardian_nonce: &[u8], genesis: &[u8]) -> Result<JsValue, Thrown> {
        let nonce = fixed(guardian_nonce, "nonce")?;
        let genesis = Hash::from_bytes(fixed(genesis, "genesis")?);
        let check = self.check.take();
        let check = check.ok_or(argument("check", "must be revealed once only"))?;
        let (nonce, pictures) = check.reveal(&nonce, genesis);
        self.nonce = Some(nonce);
        Ok(names(pictures))
    }

    /// The toy's nonce, which may be told once the guardian's is known.
    #[wasm_bindgen(getter)]
    pub fn nonce(&self) -> Option<Vec<u8>> {
        self.nonce.map(|nonce| nonce.to_vec())
    }
}

fn names(pictures: Pictures) -> JsValue {
    list(pictures.names().map(JsValue::from_str).into_iter())
}
