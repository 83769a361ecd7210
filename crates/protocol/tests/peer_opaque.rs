//! OPAQUE against an independent implementation, `@serenity-kit/opaque`: its client with our
//! server, and our client with its server. Both directions use the production parameters.
#![expect(clippy::expect_used, reason = "a helper of a test that can't go on fails the test")]

mod peers;

use peers::{Peer, bytes, decoded, text};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::{Value, json};
use treehouse_protocol::opaque::{
    ClientLogin, ClientRegistration, Ksf, ServerSetup, credential_identifier,
};
use treehouse_protocol::secret::Secret;

const PASSWORD: &str = "Füchse schlafen unter'm Baumhaus";
/// Their interface takes texts only, so the deployment id is one here.
const HERE: &str = "treehouse.example";
const EMAIL: &str = "ada@example.org";

fn start() -> Peer {
    Peer::node("opaque.mjs", "@serenity-kit/opaque")
}

fn identifiers() -> Value {
    json!({ "server": HERE })
}

fn credential() -> [u8; 32] {
    credential_identifier(&Secret::from_bytes([9; 32]), EMAIL)
}

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(1)
}

/// Their client registers with our server. Answers the record and the export key.
fn their_registration(peer: &mut Peer, server: &ServerSetup) -> (Vec<u8>, Vec<u8>) {
    let started = peer.ask("client.startRegistration", &json!({ "password": PASSWORD }));
    let request = bytes(&started, "registrationRequest");
    let response = server.register(&request, &credential());
    let finished = peer.ask(
        "client.finishRegistration",
        &json!({
            "clientRegistrationState": started["clientRegistrationState"],
            "registrationResponse": text(&response.expect("their request is ours")),
            "password": PASSWORD,
            "identifiers": identifiers(),
            "keyStretching": "memory-constrained",
        }),
    );
    assert_eq!(bytes(&finished, "serverStaticPublicKey"), server.public_key());
    let record = ServerSetup::admit_record(&bytes(&finished, "registrationRecord"));
    let record = record.expect("their record is ours");
    (record, bytes(&finished, "exportKey"))
}

#[test]
fn their_client_signs_in_at_our_server() {
    let (mut peer, rng) = (start(), &mut rng());
    let server = ServerSetup::generate(rng);
    let (record, export_key) = their_registration(&mut peer, &server);
    for password in [PASSWORD, "wrong"] {
        let started = peer.ask("client.startLogin", &json!({ "password": password }));
        let request = bytes(&started, "startLoginRequest");
        let (waiting, response) = server
            .login(Some(&record), &request, &credential(), HERE.as_bytes(), rng)
            .expect("their request is ours");
        let finished = peer.ask(
            "client.finishLogin",
            &json!({
                "clientLoginState": started["clientLoginState"],
                "loginResponse": text(&response),
                "password": password,
                "identifiers": identifiers(),
                "keyStretching": "memory-constrained",
            }),
        );
        assert_eq!(finished.is_null(), password != PASSWORD);
        if finished.is_null() {
            continue;
        }
        let message = bytes(&finished, "finishLoginRequest");
        let session_key = waiting.finish(&message, HERE.as_bytes());
        let session_key = session_key.expect("the right password");
        assert_eq!(bytes(&finished, "sessionKey"), session_key.expose());
        assert_eq!(bytes(&finished, "exportKey"), export_key);
    }
}

#[test]
fn our_client_opens_what_theirs_registered() {
    let (mut peer, rng) = (start(), &mut rng());
    let server = ServerSetup::generate(rng);
    let (record, export_key) = their_registration(&mut peer, &server);
    let (client, request) = ClientLogin::start(PASSWORD.as_bytes(), rng).expect("a password");
    let (_, response) = server
        .login(Some(&record), &request, &credential(), HERE.as_bytes(), rng)
        .expect("our own request");
    let entered = client.finish(&response, HERE.as_bytes(), &Ksf::standard(), rng);
    assert_eq!(entered.expect("one Argon2id").export_key.expose()[..], export_key);
}

#[test]
fn our_client_signs_in_at_their_server() {
    let (mut peer, rng) = (start(), &mut rng());
    let setup = peer.ask("server.createSetup", &Value::Null);
    let (client, request) =
        ClientRegistration::start(PASSWORD.as_bytes(), rng).expect("a password");
    let answer = peer.ask(
        "server.createRegistrationResponse",
        &json!({
            "serverSetup": setup,
            "userIdentifier": EMAIL,
            "registrationRequest": text(&request),
        }),
    );
    let response = bytes(&answer, "registrationResponse");
    let registered = client
        .finish(&response, HERE.as_bytes(), &Ksf::standard(), rng)
        .expect("their answer is ours");

    let (client, request) = ClientLogin::start(PASSWORD.as_bytes(), rng).expect("a password");
    let answer = peer.ask(
        "server.startLogin",
        &json!({
            "serverSetup": setup,
            "userIdentifier": EMAIL,
            "registrationRecord": text(&registered.record),
            "startLoginRequest": text(&request),
            "identifiers": identifiers(),
        }),
    );
    let response = bytes(&answer, "loginResponse");
    let entered = client
        .finish(&response, HERE.as_bytes(), &Ksf::standard(), rng)
        .expect("the right password");
    let finished = peer.ask(
        "server.finishLogin",
        &json!({
            "serverLoginState": answer["serverLoginState"],
            "finishLoginRequest": text(&entered.message),
            "identifiers": identifiers(),
        }),
    );
    assert_eq!(bytes(&finished, "sessionKey"), entered.session_key.expose());
    assert_eq!(entered.export_key, registered.export_key);
    assert_eq!(entered.server_key, registered.server_key);
}

#[test]
fn a_server_setup_of_theirs_is_one_of_ours() {
    let mut peer = start();
    let setup = peer.ask("server.createSetup", &Value::Null);
    let setup_bytes = decoded(&setup).try_into().expect("128 bytes");
    let server = ServerSetup::from_secret(&Secret::from_bytes(setup_bytes)).expect("their keys");
    let theirs = peer.ask("server.getPublicKey", &setup);
    assert_eq!(theirs, json!(text(&server.public_key())));
}
