//! Proofs of possession (RFC 9449), right ones and wrong ones.

use serde_json::{Value, json};
use treehouse_protocol::id::Hash;
use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::SigningKey;
use treehouse_server::random;

use crate::http::{Ask, Http, b64};

/// What a proof says before it is signed; a test may change anything.
#[derive(Debug, Clone)]
pub struct Proof {
    pub header: Value,
    pub claims: Value,
}

impl Proof {
    /// The right one for this request.
    pub fn of(http: &Http, ask: &Ask, token: &str, nonce: &str) -> Self {
        let path = ask.path.split('?').next().unwrap_or_default();
        let jti = Secret::<16>::random(&mut random::rng());
        let header = json!({ "typ": "dpop+jwt", "alg": "EdDSA" });
        let claims = json!({
            "jti": b64(jti.expose()),
            "htm": ask.method.as_str(),
            "htu": format!("{}{path}", http.url),
            "iat": 0,
            "nonce": nonce,
            "ath": b64(Hash::of(token.as_bytes()).bytes()),
        });
        Self { header, claims }
    }

    /// Signed with this key, which it names.
    pub fn sign(mut self, key: &SigningKey) -> String {
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": b64(key.verify_key().bytes()) });
        self.header["jwk"] = jwk;
        let encode = |value: &Value| b64(value.to_string().as_bytes());
        let signed = format!("{}.{}", encode(&self.header), encode(&self.claims));
        let signature = key.sign(signed.as_bytes());
        format!("{signed}.{}", b64(&signature))
    }
}
