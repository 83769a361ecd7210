//! Registering and logging in, and everything that must fail alike.

use proptest::prelude::*;

use super::*;
use crate::fixture::rng;
use crate::secret::Secret;

const HERE: &[u8] = b"treehouse.example";
const PASSWORD: &[u8] = b"correct horse battery staple";

struct Account {
    server: ServerSetup,
    credential: [u8; 32],
    registered: Registered,
}

fn credential(email: &str) -> [u8; 32] {
    credential_identifier(&Secret::from_bytes([9; 32]), email)
}

fn register(seed: u64) -> Account {
    let rng = &mut rng(seed);
    let server = ServerSetup::generate(rng);
    let credential = credential("ada@example.org");
    let (client, request) = ClientRegistration::start(PASSWORD, rng).expect("a password");
    let response = server.register(&request, &credential).expect("answers");
    let registered = client
        .finish(&response, HERE, &Ksf::cheap_for_load_tests(), rng)
        .expect("the server's answer");
    Account { server, credential, registered }
}

impl Account {
    fn record(&self) -> &[u8] {
        &self.registered.record
    }

    fn login(
        &self,
        password: &[u8],
        record: Option<&[u8]>,
        ksf: &Ksf,
    ) -> (ServerLogin, Result<LoggedIn, Refused>) {
        let rng = &mut rng(77);
        let (client, request) = ClientLogin::start(password, rng).expect("a password");
        let started = self.server.login(record, &request, &self.credential, HERE, rng);
        let (server, response) = started.expect("answers");
        (server, client.finish(&response, HERE, ksf, rng))
    }
}

fn refuse(result: Result<LoggedIn, Refused>) -> Refused {
    result.expect_err("refused")
}

#[test]
fn both_sides_come_to_the_same_session_key() {
    let account = register(1);
    let ksf = Ksf::cheap_for_load_tests();
    let (server, client) = account.login(PASSWORD, Some(account.record()), &ksf);
    let client = client.expect("the right password");
    let session_key = server.finish(&client.message, HERE).expect("the client's");
    assert_eq!(session_key, client.session_key);
    assert_eq!(client.export_key, account.registered.export_key);
    assert_eq!(client.server_key, account.server.public_key());
    assert_eq!(account.registered.server_key, account.server.public_key());
}

#[test]
fn messages_have_the_lengths_of_the_suite() {
    let rng = &mut rng(1);
    let account = register(1);
    let (_, request) = ClientRegistration::start(PASSWORD, rng).expect("a password");
    let response = account.server.register(&request, &account.credential);
    assert_eq!(request.len(), REGISTRATION_REQUEST_BYTES);
    assert_eq!(response.map(|it| it.len()), Ok(REGISTRATION_RESPONSE_BYTES));
    assert_eq!(account.registered.record.len(), RECORD_BYTES);
    let (_, request) = ClientLogin::start(PASSWORD, rng).expect("a password");
    assert_eq!(request.len(), LOGIN_REQUEST_BYTES);
    let ksf = Ksf::cheap_for_load_tests();
    let (_, client) = account.login(PASSWORD, Some(account.record()), &ksf);
    assert_eq!(client.map(|it| it.message.len()), Ok(LOGIN_FINISH_BYTES));
}

#[test]
fn an_unknown_user_looks_like_a_wrong_password() {
    let account = register(1);
    let ksf = Ksf::cheap_for_load_tests();
    let (_, unknown) = account.login(PASSWORD, None, &ksf);
    let (_, wrong) = account.login(b"wrong", Some(account.record()), &ksf);
    assert_eq!(refuse(unknown), refuse(wrong));
    let rng = &mut rng(3);
    let (_, request) = ClientLogin::start(PASSWORD, rng).expect("a password");
    let answer = |record| {
        let answer =
            account.server.login(record, &request, &account.credential, HERE, &mut self::rng(4));
        answer.expect("answers").1
    };
    let (known, unknown) = (answer(Some(account.record())), answer(None));
    assert_eq!(known.len(), unknown.len());
    // The first 32 bytes are the same function of name and password, whether there's a record
    // or not: asking twice tells nothing.
    assert_eq!(known[..32], unknown[..32]);
}

#[test]
fn another_ksf_name_or_place_fails_closed() {
    let account = register(1);
    let argon2_default = Ksf(Argon2::default());
    let (_, other_ksf) = account.login(PASSWORD, Some(account.record()), &argon2_default);
    let moved = Account { credential: credential("eve@example.org"), ..register(1) };
    let ksf = Ksf::cheap_for_load_tests();
    let (_, other_name) = moved.login(PASSWORD, Some(moved.record()), &ksf);
    assert_eq!(refuse(other_ksf), refuse(other_name));

    let rng = &mut rng(5);
    let (client, request) = ClientLogin::start(PASSWORD, rng).expect("a password");
    let started =
        account.server.login(Some(account.record()), &request, &account.credential, HERE, rng);
    let (_, response) = started.expect("answers");
    let elsewhere = client.finish(&response, b"elsewhere.example", &ksf, rng);
    assert_eq!(refuse(elsewhere), refuse_login());
}

#[test]
fn another_server_cannot_use_a_stolen_record() {
    let account = register(1);
    let thief = Account { server: ServerSetup::generate(&mut rng(99)), ..register(1) };
    let ksf = Ksf::cheap_for_load_tests();
    let (_, client) = thief.login(PASSWORD, Some(account.record()), &ksf);
    assert_eq!(refuse(client), refuse_login());
}

#[test]
fn a_forged_or_repeated_last_message_is_refused() {
    let account = register(1);
    let ksf = Ksf::cheap_for_load_tests();
    let (server, client) = account.login(PASSWORD, Some(account.record()), &ksf);
    let mut message = client.expect("the right password").message;
    message[63] ^= 1;
    assert_eq!(server.finish(&message, HERE), Err(refuse_login()));

    // The message of one log-in says nothing in the next.
    message[63] ^= 1;
    let rng = &mut rng(8);
    let (_, request) = ClientLogin::start(PASSWORD, rng).expect("a password");
    let started =
        account.server.login(Some(account.record()), &request, &account.credential, HERE, rng);
    let (server, _) = started.expect("answers");
    assert_eq!(server.finish(&message, HERE), Err(refuse_login()));
}

#[test]
fn the_server_can_stop_between_two_messages() {
    let account = register(1);
    let kept = account.server.to_secret();
    let again = ServerSetup::from_secret(&kept).expect("the keys");
    assert_eq!(again.public_key(), account.server.public_key());
    assert_eq!(again.to_secret(), kept);

    let ksf = Ksf::cheap_for_load_tests();
    let (server, client) = account.login(PASSWORD, Some(account.record()), &ksf);
    let client = client.expect("the right password");
    let server = ServerLogin::from_secret(&server.to_secret()).expect("a waiting log-in");
    assert_eq!(server.finish(&client.message, HERE), Ok(client.session_key));
}

#[test]
fn every_message_has_exactly_its_length() {
    let account = register(1);
    let server = &account.server;
    let rule = "must have the fixed length";
    for length in [0, 1, 31, 33, 63, 65, 95, 97, 191, 193, 319, 321, 100_000] {
        let bytes = vec![0; length];
        let rng = &mut rng(1);
        let ksf = &Ksf::cheap_for_load_tests();
        let credential = &account.credential;
        let (registering, _) = ClientRegistration::start(PASSWORD, rng).expect("a password");
        let (entering, request) = ClientLogin::start(PASSWORD, rng).expect("a password");
        let (waiting, _) = server.login(None, &request, credential, HERE, rng).expect("answers");
        let refusals = [
            server.register(&bytes, credential).err(),
            ServerSetup::admit_record(&bytes).err(),
            server.login(None, &bytes, credential, HERE, rng).err(),
            server.login(Some(&bytes), &request, credential, HERE, rng).err(),
            waiting.finish(&bytes, HERE).err(),
            registering.finish(&bytes, HERE, ksf, rng).err(),
            entering.finish(&bytes, HERE, ksf, rng).err(),
        ];
        for refused in refusals {
            assert_eq!(refused.map(|refused| refused.rule), Some(rule));
        }
    }
}

#[test]
fn what_is_no_group_element_is_refused() {
    let account = register(1);
    // 0xff.. is no canonical encoding, and 0 is the neutral element.
    for byte in [0xff, 0] {
        let server = &account.server;
        let credential = &account.credential;
        assert!(server.register(&[byte; 32], credential).is_err());
        assert!(ServerSetup::admit_record(&[byte; 192]).is_err());
        let started = server.login(None, &[byte; 96], credential, HERE, &mut rng(1));
        assert!(started.is_err());
    }
    let zero = Secret::from_bytes([0; SERVER_SETUP_BYTES]);
    assert!(ServerSetup::from_secret(&zero).is_err());
}

#[test]
fn a_reflected_registration_is_refused() {
    let rng = &mut rng(1);
    let account = register(1);
    let (client, mut request) = ClientRegistration::start(PASSWORD, rng).expect("a password");
    request.extend(account.server.public_key());
    let finished = client.finish(&request, HERE, &Ksf::cheap_for_load_tests(), rng);
    let refused = finished.expect_err("the client's own element");
    assert_eq!(refused.rule, "must be the server's own");
}

#[test]
fn an_admitted_record_is_unchanged() {
    let account = register(1);
    let admitted = ServerSetup::admit_record(&account.registered.record);
    assert_eq!(admitted, Ok(account.registered.record));
}

#[test]
fn a_password_has_limits() {
    let rng = &mut rng(1);
    let long = [b'a'; PASSWORD_BYTES_MAX + 1];
    for password in [&[][..], &long] {
        let registering = ClientRegistration::start(password, rng).map(drop);
        let entering = ClientLogin::start(password, rng).map(drop);
        assert_eq!(registering, entering);
        assert_eq!(registering.expect_err("a limit").field, "password");
    }
    assert!(ClientLogin::start(&long[1..], rng).is_ok());
}

#[test]
fn a_name_is_hidden_by_the_index_key() {
    let other_key = credential_identifier(&Secret::from_bytes([8; 32]), "ada@example.org");
    assert_ne!(credential("ada@example.org"), other_key);
    assert_ne!(credential("ada@example.org"), credential("eve@example.org"));
    assert_eq!(credential("ada@example.org"), credential("ada@example.org"));
}

#[test]
fn the_standard_ksf_is_the_one_of_the_design() {
    for ksf in [Ksf::standard(), Ksf::default()] {
        let params = ksf.0.params();
        assert_eq!((params.m_cost(), params.t_cost(), params.p_cost()), (65_536, 3, 4));
    }
}

#[test]
fn debug_shows_no_secret() {
    let account = register(1);
    let rng = &mut rng(1);
    let (registering, _) = ClientRegistration::start(PASSWORD, rng).expect("a password");
    let (entering, request) = ClientLogin::start(PASSWORD, rng).expect("a password");
    let started = account.server.login(None, &request, &account.credential, HERE, rng);
    let (waiting, _) = started.expect("answers");
    assert_eq!(format!("{registering:?}"), "ClientRegistration(●●)");
    assert_eq!(format!("{entering:?}"), "ClientLogin(●●)");
    assert_eq!(format!("{waiting:?}"), "ServerLogin(●●)");
    assert_eq!(format!("{:?}", account.server), "ServerSetup(●●)");
    assert_eq!(format!("{:?}", account.registered), "Registered(●●)");
}

proptest! {
    #[test]
    fn any_request_is_answered_or_refused(
        registration: [u8; REGISTRATION_REQUEST_BYTES],
        login in proptest::collection::vec(any::<u8>(), LOGIN_REQUEST_BYTES),
        record in proptest::collection::vec(any::<u8>(), RECORD_BYTES),
    ) {
        let rng = &mut rng(1);
        let server = ServerSetup::generate(rng);
        let _ = server.register(&registration, &[1; 32]);
        let _ = server.login(None, &login, &[1; 32], HERE, rng);
        let _ = ServerSetup::admit_record(&record);
    }
}
