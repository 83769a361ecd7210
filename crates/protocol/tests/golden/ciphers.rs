//! The ciphers once more, without the crate, to look inside of what it sealed.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use hkdf::Hkdf;
use sha2::Sha256;

/// HKDF-SHA256 to 32 bytes.
pub fn hkdf(salt: &[u8], secret: &[u8], info: &[&[u8]]) -> [u8; 32] {
    let mut out = [0; 32];
    let hkdf = Hkdf::<Sha256>::new(Some(salt), secret);
    hkdf.expand(&info.concat(), &mut out).unwrap();
    out
}

/// Seals with AES-256-GCM and nonce 0.
pub fn gcm_seal(key: &[u8; 32], plain: &[u8], aad: &[u8]) -> Vec<u8> {
    let cipher = aes_gcm::Aes256Gcm::new(key.into());
    let payload = Payload { msg: plain, aad };
    cipher.encrypt(&[0; 12].into(), payload).unwrap()
}

/// Opens AES-256-GCM with nonce 0.
pub fn gcm_open(key: &[u8; 32], sealed: &[u8], aad: &[u8]) -> Vec<u8> {
    gcm_open_at(key, [0; 12], sealed, aad)
}

/// Opens AES-256-GCM.
pub fn gcm_open_at(key: &[u8; 32], nonce: [u8; 12], sealed: &[u8], aad: &[u8]) -> Vec<u8> {
    let cipher = aes_gcm::Aes256Gcm::new(key.into());
    let payload = Payload { msg: sealed, aad };
    cipher.decrypt(&nonce.into(), payload).unwrap()
}
