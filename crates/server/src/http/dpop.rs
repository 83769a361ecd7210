//! Proof of possession by toys: DPoP (RFC 9449), with a nonce of the server in every proof,
//! because toys have no clock that could be trusted.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::{Hmac, Mac};
use quick_cache::sync::Cache;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::VerifyKey;

use crate::port::clock::Time;

/// How long a nonce is given out, in milliseconds; it counts for as long again.
pub const NONCE_MS: i64 = 60_000;
/// Bytes of a proof.
pub const PROOF_BYTES_MAX: usize = 2048;
/// Proofs that are remembered for each minute; beyond that, requests wait for the next one.
const PROOFS_MAX: usize = 2_000_000;
/// Keys that are remembered as admitted: checking a point costs more than checking a signature.
const ADMITTED_MAX: usize = 16_384;

/// Why a proof was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofRefused {
    /// It has no nonce, or an old one: try again with the one in `DPoP-Nonce`.
    Nonce,
    /// It's malformed, for another request or token, or signed by another key.
    Invalid,
    /// It was used before.
    Replayed,
    /// Too many proofs in this minute.
    Busy,
}

/// Gives out nonces and remembers proofs. Each server process has its own: a proof for another
/// process is answered with a fresh nonce.
#[derive(Debug)]
pub struct Proofs {
    key: Secret<32>,
    seen: Mutex<Seen>,
    admitted: Cache<[u8; 32], VerifyKey>,
}

#[derive(Debug, Default)]
struct Seen {
    window: i64,
    now: HashSet<[u8; 16]>,
    before: HashSet<[u8; 16]>,
}

#[derive(Deserialize)]
struct Header {
    typ: String,
    alg: String,
    jwk: Jwk,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
    d: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    nonce: Option<String>,
    ath: Option<String>,
}

/// What a proof must be for.
#[derive(Debug, Clone, Copy)]
pub struct Request<'r> {
    /// The method.
    pub method: &'r str,
    /// The whole address without query.
    pub url: &'r str,
    /// The access token that comes with it.
    pub token: &'r str,
}

impl Proofs {
    /// An empty memory, with a key of its own.
    #[must_use]
    pub fn new(rng: &mut dyn rand_core::CryptoRng) -> Self {
        let admitted = Cache::new(ADMITTED_MAX);
        Self { key: Secret::random(rng), seen: Mutex::default(), admitted }
    }

    /// The nonce of this minute.
    #[must_use]
    pub fn nonce(&self, now: Time) -> String {
        self.nonce_of(now.0.div_euclid(NONCE_MS))
    }

    fn nonce_of(&self, window: i64) -> String {
        let mac = <Hmac<Sha256> as Mac>::new_from_slice(self.key.expose());
        let mac = mac.map(|mac| mac.chain_update(window.to_be_bytes()).finalize().into_bytes());
        mac.map(|tag| Base64UrlUnpadded::encode_string(&tag[..16])).unwrap_or_default()
    }

    /// Checks a proof for a request, and answers the key that made it.
    ///
    /// # Errors
    /// See [`ProofRefused`].
    pub fn check(
        &self,
        proof: &str,
        request: &Request<'_>,
        now: Time,
    ) -> Result<VerifyKey, ProofRefused> {
        let (key, claims) = self.read(proof).ok_or(ProofRefused::Invalid)?;
        let expected = Base64UrlUnpadded::encode_string(&Sha256::digest(request.token));
        let fits = claims.htm == request.method
            && claims.htu == request.url
            && claims.ath.as_deref() == Some(expected.as_str())
            && (1..=128).contains(&claims.jti.len());
        if !fits {
            return Err(ProofRefused::Invalid);
        }
        let window = now.0.div_euclid(NONCE_MS);
        let nonce = claims.nonce.unwrap_or_default();
        let is_of =
            |window| -> bool { nonce.as_bytes().ct_eq(self.nonce_of(window).as_bytes()).into() };
        if !is_of(window) && !is_of(window - 1) {
            return Err(ProofRefused::Nonce);
        }
        self.remember(&key, &claims.jti, window)?;
        Ok(key)
    }

    /// Reads a proof and verifies its signature with the key that it carries.
    fn read(&self, proof: &str) -> Option<(VerifyKey, Claims)> {
        if proof.len() > PROOF_BYTES_MAX {
            return None;
        }
        let (signed, signature) = proof.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let header: Header = serde_json::from_slice(&decode(header)?).ok()?;
        let right = header.typ == "dpop+jwt"
            && ["EdDSA", "Ed25519"].contains(&header.alg.as_str())
            && (header.jwk.kty.as_str(), header.jwk.crv.as_str()) == ("OKP", "Ed25519")
            && header.jwk.d.is_none();
        if !right {
            return None;
        }
        let bytes: [u8; 32] = decode(&header.jwk.x)?.try_into().ok()?;
        let known = self.admitted.get(&bytes);
        let key = match known {
            Some(key) => key,
            None => VerifyKey::admit(&bytes).ok()?,
        };
        let signature: [u8; 64] = decode(signature)?.try_into().ok()?;
        key.verify(signed.as_bytes(), &signature).ok()?;
        if known.is_none() {
            self.admitted.insert(bytes, key);
        }
        Some((key, serde_json::from_slice(&decode(claims)?).ok()?))
    }

    fn remember(&self, key: &VerifyKey, jti: &str, window: i64) -> Result<(), ProofRefused> {
        let digest = Sha256::new().chain_update(key.bytes()).chain_update(jti).finalize();
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.window != window {
            let old = std::mem::take(&mut seen.now);
            // A nonce counts in its own minute and the next: what is older can't come again.
            seen.before = if seen.window + 1 == window { old } else { HashSet::new() };
            seen.window = window;
        }
        if seen.now.len() >= PROOFS_MAX {
            return Err(ProofRefused::Busy);
        }
        if seen.before.contains(&id) || !seen.now.insert(id) {
            return Err(ProofRefused::Replayed);
        }
        Ok(())
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(text).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use treehouse_protocol::sign::SigningKey;

    use super::*;
    use crate::random;

    const URL: &str = "https://localhost/v1/families";
    const REQUEST: Request<'_> = Request { method: "GET", url: URL, token: "token" };

    /// A proof that fits [`REQUEST`], naming `named` as the key that signs.
    fn proof(signer: &SigningKey, named: &[u8; 32], nonce: &str, jti: &str) -> String {
        let encode = |bytes: &[u8]| Base64UrlUnpadded::encode_string(bytes);
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(named) });
        let header = json!({ "typ": "dpop+jwt", "alg": "EdDSA", "jwk": jwk }).to_string();
        let ath = encode(&Sha256::digest(REQUEST.token));
        let claims = json!({ "jti": jti, "htm": "GET", "htu": URL, "nonce": nonce, "ath": ath });
        let claims = claims.to_string();
        let claimed = format!("{}.{}", encode(header.as_bytes()), encode(claims.as_bytes()));
        let signature = encode(&signer.sign(claimed.as_bytes()));
        format!("{claimed}.{signature}")
    }

    fn key() -> SigningKey {
        SigningKey::from_seed(&Secret::random(&mut random::rng()))
    }

    #[test]
    fn a_key_that_is_known_still_has_to_sign() {
        let (proofs, toy, thief) = (Proofs::new(&mut random::rng()), key(), key());
        let (now, public) = (Time(1_000_000), *toy.verify_key().bytes());
        let nonce = proofs.nonce(now);
        for jti in ["first", "second"] {
            let proven = proofs.check(&proof(&toy, &public, &nonce, jti), &REQUEST, now);
            assert_eq!(proven, Ok(toy.verify_key()), "{jti}");
        }
        let again = proofs.check(&proof(&toy, &public, &nonce, "first"), &REQUEST, now);
        assert_eq!(again, Err(ProofRefused::Replayed));
        let forged = proofs.check(&proof(&thief, &public, &nonce, "third"), &REQUEST, now);
        assert_eq!(forged, Err(ProofRefused::Invalid));
        let old = proofs.check(&proof(&toy, &public, "old", "fourth"), &REQUEST, now);
        assert_eq!(old, Err(ProofRefused::Nonce));
    }

    #[test]
    fn a_key_of_low_order_is_never_admitted() {
        let (proofs, thief, now) = (Proofs::new(&mut random::rng()), key(), Time(1_000_000));
        let (nonce, mut neutral) = (proofs.nonce(now), [0; 32]);
        neutral[0] = 1;
        for jti in ["first", "second"] {
            let proof = proof(&thief, &neutral, &nonce, jti);
            assert_eq!(proofs.check(&proof, &REQUEST, now), Err(ProofRefused::Invalid), "{jti}");
        }
        assert!(proofs.admitted.is_empty());
    }
}
