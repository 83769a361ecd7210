//! The operator: attester, directory and password server.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::{Value, json};
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::id::{AccountId, Day, Hash};
use treehouse_protocol::kem::{KemPublic, Suite};
use treehouse_protocol::keys::PublicKeys;
use treehouse_protocol::opaque::{ServerLogin, ServerSetup};
use treehouse_protocol::registry::{Coded, Method};
use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::{Signed, SigningKey, VerifyKey};
use treehouse_protocol::trust::{Attestation, Trust};

use crate::{Answer, bytes, fixed, hex};

/// The day on which all journeys happen.
pub const DAY: Day = Day(20_000);
const DEPLOYMENT: &[u8] = b"https://treehouse.example";
const CREDENTIAL: [u8; 32] = [7; 32];

pub struct Place {
    pub rng: ChaCha20Rng,
    pub trust: Trust,
    attester: SigningKey,
    setup: ServerSetup,
    record: Option<Vec<u8>>,
    waiting: Option<ServerLogin>,
}

impl Place {
    pub fn new() -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let attester = SigningKey::from_seed(&Secret::random(&mut rng));
        Self {
            trust: Trust::default().with_attester(attester.verify_key()),
            setup: ServerSetup::generate(&mut rng),
            attester,
            rng,
            record: None,
            waiting: None,
        }
    }

    pub fn trust_json(&self) -> Value {
        json!({
            "attester": hex(self.attester.verify_key().bytes()),
            "serverKey": hex(&self.setup.public_key()),
            "deployment": String::from_utf8_lossy(DEPLOYMENT),
            "day": DAY.0,
        })
    }

    /// The word that this key is a verified adult's.
    pub fn attest(&mut self, key: VerifyKey) -> Signed {
        let attestation = Attestation {
            account: AccountId::random(&mut self.rng),
            key,
            method: Method::SignedForm,
            evidence: Hash::of(b"evidence"),
            day: DAY,
        };
        Signed::sign(&self.attester, &attestation)
    }

    pub fn attest_json(&mut self, request: &Value) -> Value {
        let key = VerifyKey::admit(&fixed(&request["key"])).unwrap();
        json!({ "vpc": hex(&self.attest(key).to_bytes()) })
    }

    pub fn register(&mut self, request: &Value) -> Answer {
        let response = self.setup.register(&bytes(&request["request"]), &CREDENTIAL)?;
        Ok(json!({ "response": hex(&response) }))
    }

    pub fn keep_record(&mut self, request: &Value) -> Answer {
        self.record = Some(ServerSetup::admit_record(&bytes(&request["record"]))?);
        Ok(json!({}))
    }

    pub fn login(&mut self, request: &Value) -> Answer {
        let (waiting, response) = self.setup.login(
            self.record.as_deref(),
            &bytes(&request["request"]),
            &CREDENTIAL,
            DEPLOYMENT,
            &mut self.rng,
        )?;
        self.waiting = Some(waiting);
        Ok(json!({ "response": hex(&response) }))
    }

    pub fn finish_login(&mut self, request: &Value) -> Answer {
        let waiting = self.waiting.take().expect("log in first");
        let session_key = waiting.finish(&bytes(&request["message"]), DEPLOYMENT)?;
        Ok(json!({ "sessionKey": hex(session_key.expose()) }))
    }
}

/// Public keys of a request.
pub fn read_keys(value: &Value) -> PublicKeys {
    let suite = value["suite"].as_u64().and_then(|code| u8::try_from(code).ok());
    let suite = Suite::from_code(suite.unwrap()).unwrap();
    PublicKeys {
        sig: VerifyKey::admit(&fixed(&value["sig"])).unwrap(),
        kem: KemPublic::admit(suite, &bytes(&value["kem"])).unwrap(),
    }
}

/// Public keys of an answer.
pub fn keys_json(keys: &PublicKeys) -> Value {
    json!({
        "sig": hex(keys.sig.bytes()),
        "suite": keys.kem.suite().code(),
        "kem": hex(keys.kem.bytes()),
    })
}
