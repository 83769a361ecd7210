//! OPAQUE: RFC 9807 appendix C, through opaque-ke's public functions.
//!
//! The vectors stretch no password and have a context and a client identity. So this is our
//! library with our group, hash and key exchange; [`treehouse_protocol::opaque`] adds Argon2id and
//! its identifiers, and has golden vectors of its own.

use opaque_ke::ksf::Identity;
use opaque_ke::{
    CipherSuite, ClientLogin, ClientLoginFinishParameters, ClientRegistration,
    ClientRegistrationFinishParameters, CredentialFinalization, CredentialRequest,
    CredentialResponse, Identifiers, RegistrationRequest, RegistrationResponse, RegistrationUpload,
    ServerLogin, ServerLoginParameters, ServerRegistration, ServerSetup, TripleDh,
};
use serde_json::Value;
use treehouse_protocol::opaque::Ristretto255;

use crate::{Told, bytes, json, list};

/// The suite of [`treehouse_protocol::opaque`] but for the KSF.
struct Unstretched;

impl CipherSuite for Unstretched {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, opaque_sha2::Sha512>;
    type Ksf = Identity;
}

/// opaque-ke takes randomness as rand 0.8 names it.
impl opaque_ke::rand::RngCore for Told {
    fn next_u32(&mut self) -> u32 {
        unreachable!("OPAQUE asks for bytes")
    }

    fn next_u64(&mut self) -> u64 {
        unreachable!("OPAQUE asks for bytes")
    }

    fn fill_bytes(&mut self, dest: &mut [u8]) {
        rand_core::Rng::fill_bytes(self, dest);
    }

    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), opaque_ke::rand::Error> {
        rand_core::Rng::fill_bytes(self, dest);
        Ok(())
    }
}

impl opaque_ke::rand::CryptoRng for Told {}

struct Case {
    vector: Value,
    client: Option<Vec<u8>>,
    server: Option<Vec<u8>>,
    context: Vec<u8>,
    setup: ServerSetup<Unstretched>,
}

impl Case {
    fn new(vector: &Value) -> Self {
        let optional = |name: &str| vector.get(name).map(|_| bytes(vector, name));
        let public = if vector.get("password").is_some() {
            "server_public_key" // any key: only an unknown user meets it
        } else {
            "client_public_key"
        };
        let setup = ["oprf_seed", "server_private_key", public].map(|name| bytes(vector, name));
        Self {
            client: optional("client_identity"),
            server: optional("server_identity"),
            context: bytes(vector, "context"),
            setup: ServerSetup::deserialize(&setup.concat()).unwrap(),
            vector: vector.clone(),
        }
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        bytes(&self.vector, name)
    }

    /// Randomness: what the vector calls by these names.
    fn told(&self, names: &[&str]) -> Told {
        let parts: Vec<_> = names.iter().map(|name| self.bytes(name)).collect();
        Told::new(parts.concat())
    }

    /// A blind is drawn as 64 bytes and reduced; so a published one is told with zeros behind.
    fn blind(&self, name: &str, more: &[&str]) -> Told {
        let more = more.iter().map(|name| self.bytes(name));
        let parts: Vec<_> = [self.bytes(name), vec![0; 32]].into_iter().chain(more).collect();
        Told::new(parts.concat())
    }

    fn identifiers(&self) -> Identifiers<'_> {
        Identifiers { client: self.client.as_deref(), server: self.server.as_deref() }
    }

    fn server_parameters(&self) -> ServerLoginParameters<'_, '_> {
        ServerLoginParameters { context: Some(&self.context), identifiers: self.identifiers() }
    }

    fn registers(&self) {
        let password = self.bytes("password");
        let mut rng = self.blind("blind_registration", &[]);
        let client = ClientRegistration::<Unstretched>::start(&mut rng, &password).unwrap();
        assert!(rng.is_used_up());
        let request = client.message.serialize().to_vec();
        assert_eq!(request, self.bytes("registration_request"));

        let request = RegistrationRequest::deserialize(&request).unwrap();
        let credential = self.bytes("credential_identifier");
        let answer = ServerRegistration::start(&self.setup, request, &credential).unwrap();
        let response = answer.message.serialize().to_vec();
        assert_eq!(response, self.bytes("registration_response"));

        let response = RegistrationResponse::deserialize(&response).unwrap();
        let parameters = ClientRegistrationFinishParameters::new(self.identifiers(), None);
        let mut rng = self.told(&["envelope_nonce"]);
        let finished = client.state.finish(&mut rng, &password, response, parameters).unwrap();
        assert!(rng.is_used_up());
        assert_eq!(finished.message.serialize().to_vec(), self.bytes("registration_upload"));
        assert_eq!(finished.export_key.to_vec(), self.bytes("export_key"));
    }

    fn record(&self) -> ServerRegistration<Unstretched> {
        let upload = RegistrationUpload::deserialize(&self.bytes("registration_upload"));
        ServerRegistration::finish(upload.unwrap())
    }

    /// What opaque-ke draws on the server: a masking key for an unknown user, always; the masking
    /// nonce; the key share; the nonce.
    fn server_rng(&self, masking_key: Vec<u8>) -> Told {
        let names = ["masking_nonce", "server_keyshare_seed", "server_nonce"];
        let parts = names.map(|name| self.bytes(name)).concat();
        Told::new([masking_key, parts].concat())
    }

    fn logs_in(&self) {
        let password = self.bytes("password");
        let mut rng = self.blind("blind_login", &["client_keyshare_seed", "client_nonce"]);
        let client = ClientLogin::<Unstretched>::start(&mut rng, &password).unwrap();
        assert!(rng.is_used_up());
        let ke1 = client.message.serialize().to_vec();
        assert_eq!(ke1, self.bytes("KE1"));

        let mut rng = self.server_rng(vec![0; 64]);
        let server = ServerLogin::start(
            &mut rng,
            &self.setup,
            Some(self.record()),
            CredentialRequest::deserialize(&ke1).unwrap(),
            &self.bytes("credential_identifier"),
            self.server_parameters(),
        )
        .unwrap();
        assert!(rng.is_used_up());
        let ke2 = server.message.serialize().to_vec();
        assert_eq!(ke2, self.bytes("KE2"));

        let parameters =
            ClientLoginFinishParameters::new(Some(&self.context), self.identifiers(), None);
        let response = CredentialResponse::deserialize(&ke2).unwrap();
        let finished =
            client.state.finish(&mut Told::new([]), &password, response, parameters).unwrap();
        let ke3 = finished.message.serialize().to_vec();
        assert_eq!(ke3, self.bytes("KE3"));
        assert_eq!(finished.session_key.to_vec(), self.bytes("session_key"));
        assert_eq!(finished.export_key.to_vec(), self.bytes("export_key"));

        let ke3 = CredentialFinalization::deserialize(&ke3).unwrap();
        let finished = server.state.finish(ke3, self.server_parameters()).unwrap();
        assert_eq!(finished.session_key.to_vec(), self.bytes("session_key"));
    }

    fn answers_an_unknown_user(&self) {
        let mut rng = self.server_rng(self.bytes("masking_key"));
        let server = ServerLogin::start(
            &mut rng,
            &self.setup,
            None,
            CredentialRequest::deserialize(&self.bytes("KE1")).unwrap(),
            &self.bytes("credential_identifier"),
            self.server_parameters(),
        )
        .unwrap();
        assert!(rng.is_used_up());
        assert_eq!(server.message.serialize().to_vec(), self.bytes("KE2"));
    }
}

#[test]
fn registers_logs_in_and_answers_strangers_as_rfc_9807() {
    let file = json(include_str!("opaque.json"));
    let cases: Vec<_> = list(&file, "vectors").iter().map(Case::new).collect();
    let [first, second, fake] = &cases[..] else {
        panic!("two real vectors and a fake one");
    };
    for case in [first, second] {
        case.registers();
        case.logs_in();
    }
    fake.answers_an_unknown_user();
}
