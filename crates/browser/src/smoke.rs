//! A temporary face that links every building block of TH/1, so that size,
//! loading and speed are measured before the protocol has an API. It goes when
//! the real bindings come.

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use argon2::Argon2;
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use hkdf::Hkdf;
use hpke::{
    Deserializable, Kem, OpModeR, OpModeS, Serializable,
    aead::AesGcm256,
    kdf::HkdfSha256,
    kem::{X25519HkdfSha256, XWing},
};
use opaque_ke::{
    CipherSuite, ClientLogin, ClientLoginFinishParameters, ClientRegistration,
    ClientRegistrationFinishParameters, CredentialResponse, Identifiers, RegistrationResponse,
    Ristretto255, TripleDh,
};
use rand_core::Rng;
use sha2::{Digest, Sha256, Sha512};
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

use crate::PageRandom;

type Bytes = Vec<u8>;

/// Says whether a sealed text comes back, and whether one changed bit is
/// refused, for the KEM of guardians (true) or of small toys (false).
#[wasm_bindgen(js_name = hpkeRoundTrip)]
pub fn hpke_round_trip(hybrid: bool, text: &[u8]) -> Result<Bytes, JsError> {
    if hybrid {
        seal_and_open::<XWing>(text)
    } else {
        seal_and_open::<X25519HkdfSha256>(text)
    }
}

fn seal_and_open<K: Kem>(text: &[u8]) -> Result<Bytes, JsError> {
    let (secret, public) = K::gen_keypair_with_rng(&mut PageRandom);
    let public = K::PublicKey::from_bytes(&public.to_bytes())?;
    let (enc, mut sender) = hpke::setup_sender_with_rng::<AesGcm256, HkdfSha256, K>(
        &OpModeS::Base,
        &public,
        b"smoke",
        &mut PageRandom,
    )?;
    let sealed = sender.seal(text, b"header")?;
    let enc = K::EncappedKey::from_bytes(&enc.to_bytes())?;
    let mut receiver =
        hpke::setup_receiver::<AesGcm256, HkdfSha256, K>(&OpModeR::Base, &secret, &enc, b"smoke")?;
    Ok(receiver.open(&sealed, b"header")?)
}

/// Signs a text with a new Ed25519 key and verifies it strictly.
#[wasm_bindgen(js_name = signAndVerify)]
pub fn sign_and_verify(text: &[u8]) -> Result<bool, JsError> {
    let mut seed = [0; 32];
    PageRandom.fill_bytes(&mut seed);
    let key = SigningKey::from_bytes(&seed);
    let public = VerifyingKey::from_bytes(key.verifying_key().as_bytes())
        .map_err(|_| JsError::new("not a key"))?;
    Ok(public.verify_strict(text, &key.sign(text)).is_ok())
}

/// Seals a record under a key expanded from a content key.
#[wasm_bindgen(js_name = sealRecord)]
pub fn seal_record(key: &[u8], header: &[u8], text: &[u8]) -> Result<Bytes, JsError> {
    let mut record_key = [0; 32];
    Hkdf::<Sha256>::new(None, key)
        .expand(header, &mut record_key)
        .map_err(|_| JsError::new("key length"))?;
    let nonce = Sha256::digest(header);
    let nonce = nonce
        .first_chunk::<12>()
        .ok_or_else(|| JsError::new("nonce length"))?;
    Aes256Gcm::new(&record_key.into())
        .encrypt(
            &(*nonce).into(),
            Payload {
                msg: text,
                aad: header,
            },
        )
        .map_err(|_| JsError::new("not sealed"))
}

struct Suite;

impl CipherSuite for Suite {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, Sha512>;
    type Ksf = Argon2<'static>;
}

struct OldRandom;

impl opaque_ke::rand::RngCore for OldRandom {
    fn next_u32(&mut self) -> u32 {
        PageRandom.next_u32()
    }
    fn next_u64(&mut self) -> u64 {
        PageRandom.next_u64()
    }
    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        PageRandom.fill_bytes(bytes);
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), opaque_ke::rand::Error> {
        PageRandom.fill_bytes(bytes);
        Ok(())
    }
}

impl opaque_ke::rand::CryptoRng for OldRandom {}

fn stretching() -> Result<Argon2<'static>, JsError> {
    let params = argon2::Params::new(65_536, 3, 4, None).map_err(|_| JsError::new("params"))?;
    Ok(Argon2::new(
        argon2::Algorithm::Argon2id,
        argon2::Version::V0x13,
        params,
    ))
}

/// Choosing a password, the client's half.
#[wasm_bindgen]
pub struct Registration {
    state: ClientRegistration<Suite>,
    password: Bytes,
    request: Bytes,
}

#[wasm_bindgen]
impl Registration {
    /// Blinds the password.
    #[wasm_bindgen(constructor)]
    pub fn start(password: &[u8]) -> Result<Registration, JsError> {
        let start = ClientRegistration::<Suite>::start(&mut OldRandom, password)?;
        Ok(Self {
            state: start.state,
            password: password.to_vec(),
            request: start.message.serialize().to_vec(),
        })
    }

    /// What the server has to see.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn request(&self) -> Bytes {
        self.request.clone()
    }

    /// Stretches the password; takes the state, so it cannot run twice.
    pub fn finish(self, response: &[u8]) -> Result<Bytes, JsError> {
        let stretching = stretching()?;
        let finish = self.state.finish(
            &mut OldRandom,
            &self.password,
            RegistrationResponse::deserialize(response)?,
            ClientRegistrationFinishParameters::new(Identifiers::default(), Some(&stretching)),
        )?;
        Ok(finish.message.serialize().to_vec())
    }
}

/// Proving a password, the client's half.
#[wasm_bindgen]
pub struct SignIn {
    state: ClientLogin<Suite>,
    password: Bytes,
    request: Bytes,
}

#[wasm_bindgen]
impl SignIn {
    /// Blinds the password.
    #[wasm_bindgen(constructor)]
    pub fn start(password: &[u8]) -> Result<SignIn, JsError> {
        let start = ClientLogin::<Suite>::start(&mut OldRandom, password)?;
        Ok(Self {
            state: start.state,
            password: password.to_vec(),
            request: start.message.serialize().to_vec(),
        })
    }

    /// What the server has to see.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn request(&self) -> Bytes {
        self.request.clone()
    }

    /// Opens the envelope and answers the server.
    pub fn finish(self, response: &[u8]) -> Result<Bytes, JsError> {
        let stretching = stretching()?;
        let finish = self.state.finish(
            &mut OldRandom,
            &self.password,
            CredentialResponse::deserialize(response)?,
            ClientLoginFinishParameters::new(None, Identifiers::default(), Some(&stretching)),
        )?;
        Ok(finish.message.serialize().to_vec())
    }
}
