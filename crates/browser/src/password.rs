//! Password sign-in: the client's side of OPAQUE (section 8).
//!
//! `finish` takes 64 MiB and about a second, so it belongs into a worker.

use treehouse_protocol::opaque::{self, ClientLogin, ClientRegistration, Ksf};
use treehouse_protocol::slot;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use zeroize::Zeroizing;

use crate::PageRandom;
use crate::js::{Thrown, bytes};
use crate::slot::Kek;

/// A registration that waits for the server's answer. `free()` wipes the password.
#[wasm_bindgen]
pub struct Registration {
    state: ClientRegistration,
    request: Vec<u8>,
}

#[wasm_bindgen]
impl Registration {
    /// Begins to register a password: UTF-8 in NFC.
    #[wasm_bindgen(constructor)]
    pub fn new(password: Vec<u8>) -> Result<Registration, Thrown> {
        let password = Zeroizing::new(password);
        let (state, request) = ClientRegistration::start(&password, &mut PageRandom)?;
        Ok(Self { state, request })
    }

    /// What the server has to see.
    #[wasm_bindgen(getter)]
    pub fn request(&self) -> Vec<u8> {
        self.request.clone()
    }

    /// Takes the server's answer, and stretches the password. Uses itself up.
    pub fn finish(self, response: &[u8], deployment: &str) -> Result<Registered, Thrown> {
        let (deployment, ksf) = (deployment.as_bytes(), Ksf::standard());
        let finished = self.state.finish(response, deployment, &ksf, &mut PageRandom)?;
        Ok(Registered(finished))
    }
}

/// What a registration gives. `free()` wipes it.
#[wasm_bindgen]
pub struct Registered(opaque::Registered);

#[wasm_bindgen]
impl Registered {
    /// For the server to keep.
    #[wasm_bindgen(getter)]
    pub fn record(&self) -> Vec<u8> {
        self.0.record.clone()
    }

    /// Opens the password's slot.
    pub fn kek(&self) -> Kek {
        Kek(slot::Kek::from_opaque(&self.0.export_key))
    }

    /// The server's public key.
    #[wasm_bindgen(getter, js_name = serverKey)]
    pub fn server_key(&self) -> Vec<u8> {
        self.0.server_key.to_vec()
    }
}

/// A log-in that waits for the server's answer. `free()` wipes the password.
#[wasm_bindgen]
pub struct Login {
    state: ClientLogin,
    request: Vec<u8>,
}

#[wasm_bindgen]
impl Login {
    /// Begins to log in with a password: UTF-8 in NFC.
    #[wasm_bindgen(constructor)]
    pub fn new(password: Vec<u8>) -> Result<Login, Thrown> {
        let password = Zeroizing::new(password);
        let (state, request) = ClientLogin::start(&password, &mut PageRandom)?;
        Ok(Self { state, request })
    }

    /// What the server has to see.
    #[wasm_bindgen(getter)]
    pub fn request(&self) -> Vec<u8> {
        self.request.clone()
    }

    /// Takes the server's answer, and stretches the password. Uses itself up.
    pub fn finish(self, response: &[u8], deployment: &str) -> Result<LoggedIn, Thrown> {
        let (deployment, ksf) = (deployment.as_bytes(), Ksf::standard());
        let finished = self.state.finish(response, deployment, &ksf, &mut PageRandom)?;
        Ok(LoggedIn(finished))
    }
}

/// What a log-in gives. `free()` wipes it.
#[wasm_bindgen]
pub struct LoggedIn(opaque::LoggedIn);

#[wasm_bindgen]
impl LoggedIn {
    /// The last message, which proves to the server that the password was right.
    #[wasm_bindgen(getter)]
    pub fn message(&self) -> Vec<u8> {
        self.0.message.clone()
    }

    /// Opens the password's slot.
    pub fn kek(&self) -> Kek {
        Kek(slot::Kek::from_opaque(&self.0.export_key))
    }

    /// The server's public key: proven.
    #[wasm_bindgen(getter, js_name = serverKey)]
    pub fn server_key(&self) -> Vec<u8> {
        self.0.server_key.to_vec()
    }

    /// A key that only this client and the server know.
    #[wasm_bindgen(js_name = sessionKey, unchecked_return_type = "Uint8Array")]
    pub fn session_key(&self) -> JsValue {
        bytes(self.0.session_key.expose())
    }
}
