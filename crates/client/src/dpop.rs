//! Proofs of possession: DPoP (RFC 9449) with the toy's own key.

use serde_json::json;
use treehouse_protocol::id::Hash;
use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::SigningKey;

use crate::http::b64;
use crate::random;

/// What a proof is for.
#[derive(Debug)]
pub struct Request<'r> {
    /// The method.
    pub method: &'r str,
    /// The whole address without query.
    pub url: &'r str,
    /// The token that goes with it.
    pub token: &'r str,
    /// The server's nonce; empty before the first.
    pub nonce: &'r str,
    /// Now, in seconds since 1970, as well as the toy knows.
    pub now_s: i64,
}

/// Makes a proof.
pub fn proof(key: &SigningKey, request: &Request<'_>) -> String {
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": b64(key.verify_key().bytes()) });
    let header = json!({ "typ": "dpop+jwt", "alg": "EdDSA", "jwk": jwk });
    let jti = Secret::<16>::random(&mut random::rng());
    let claims = json!({
        "jti": b64(jti.expose()),
        "htm": request.method,
        "htu": request.url,
        "iat": request.now_s,
        "nonce": request.nonce,
        "ath": b64(Hash::of(request.token.as_bytes()).bytes()),
    });
    let encode = |value: &serde_json::Value| b64(value.to_string().as_bytes());
    let signed = format!("{}.{}", encode(&header), encode(&claims));
    let signature = key.sign(signed.as_bytes());
    format!("{signed}.{}", b64(&signature))
}
