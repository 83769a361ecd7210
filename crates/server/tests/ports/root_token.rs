//! A root key in a PKCS#11 token. Each test has a key of its own, since all share a token.

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use treehouse_server::port::root_key::{
    PURPOSE_BYTES_MAX, RootKey, RootKeyError, SECRET_BYTES_MAX, TokenConfig, TokenError,
};
use treehouse_server::port::secret_text::SecretText;

use crate::surroundings::{fresh_word, path, randomness, variable};

fn config() -> TokenConfig {
    // SoftHSM2 itself finds the token through this.
    variable("SOFTHSM2_CONF");
    TokenConfig {
        module: path("TREEHOUSE_TEST_PKCS11"),
        token: variable("TREEHOUSE_TEST_PKCS11_TOKEN"),
        pin: SecretText::new(variable("TREEHOUSE_TEST_PKCS11_PIN")),
        key: fresh_word(),
    }
}

async fn create(config: &TokenConfig) -> RootKey {
    RootKey::create_in_token(config.clone(), randomness()).await.unwrap()
}

async fn open(config: &TokenConfig) -> Result<RootKey, TokenError> {
    RootKey::open_token(config.clone(), randomness()).await
}

/// A session beside the port's, as anybody with the PIN could open.
fn session(config: &TokenConfig) -> Session {
    let module = Pkcs11::new(&config.module).unwrap();
    // In one process with other tests it may be initialised already.
    let _ = module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK));
    let slots = module.get_slots_with_token().unwrap();
    let mut slots = slots.into_iter();
    let slot =
        slots.find(|slot| module.get_token_info(*slot).unwrap().label() == config.token).unwrap();
    let session = module.open_rw_session(slot).unwrap();
    session.login(UserType::User, Some(&config.pin.expose().into())).unwrap();
    session
}

fn find(session: &Session, label: &str) -> ObjectHandle {
    let label = Attribute::Label(label.as_bytes().to_vec());
    session.find_objects(&[label]).unwrap()[0]
}

fn key_template(label: &str, key_bytes: u64, extractable: bool) -> Vec<Attribute> {
    vec![
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::Label(label.as_bytes().to_vec()),
        Attribute::ValueLen(key_bytes.into()),
        Attribute::Token(true),
        Attribute::Sensitive(!extractable),
        Attribute::Extractable(extractable),
        Attribute::Encrypt(true),
        Attribute::Decrypt(true),
    ]
}

#[tokio::test]
async fn what_was_wrapped_unwraps_after_a_restart() {
    let config = config();
    let key = create(&config).await;
    let wrapped = key.wrap(b"family 1", b"secret").await.unwrap();
    assert_ne!(key.wrap(b"family 1", b"secret").await.unwrap(), wrapped);
    drop(key);
    let key = open(&config).await.unwrap();
    assert_eq!(*key.unwrap(b"family 1", &wrapped).await.unwrap(), b"secret");
}

#[tokio::test]
async fn another_purpose_key_or_bit_is_refused() {
    let config = config();
    let key = create(&config).await;
    let wrapped = key.wrap(b"family 1", b"secret").await.unwrap();
    let refused = Err(RootKeyError::Refused);
    for purpose in [&b"family 2"[..], b"", b"family 1\0"] {
        assert_eq!(key.unwrap(purpose, &wrapped).await, refused);
    }
    for bit in 0..wrapped.len() * 8 {
        let mut changed = wrapped.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(key.unwrap(b"family 1", &changed).await, refused, "bit {bit}");
    }
    for length in 0..wrapped.len() {
        assert_eq!(key.unwrap(b"family 1", &wrapped[..length]).await, refused);
    }
    // After all that the token still does its work.
    assert_eq!(*key.unwrap(b"family 1", &wrapped).await.unwrap(), b"secret");
    drop(key);
    let stranger = create(&TokenConfig { key: fresh_word(), ..config }).await;
    assert_eq!(stranger.unwrap(b"family 1", &wrapped).await, refused);
}

#[tokio::test]
async fn limits_hold_to_the_byte() {
    let key = create(&config()).await;
    let purpose = [7; PURPOSE_BYTES_MAX + 1];
    let secret = [9; SECRET_BYTES_MAX + 1];
    for secret in [&[][..], &secret[1..]] {
        let wrapped = key.wrap(&purpose[1..], secret).await.unwrap();
        assert_eq!(key.unwrap(&purpose[1..], &wrapped).await.unwrap().as_slice(), secret);
    }
    assert_eq!(key.wrap(&purpose, b"").await, Err(RootKeyError::TooLong));
    assert_eq!(key.wrap(b"", &secret).await, Err(RootKeyError::TooLong));
    assert_eq!(key.unwrap(b"", &vec![2; 1 << 20]).await, Err(RootKeyError::Refused));
}

#[tokio::test]
async fn the_token_does_not_give_the_key_out() {
    let config = config();
    drop(create(&config).await);
    let session = session(&config);
    let key = find(&session, &config.key);
    assert_eq!(session.get_attributes(key, &[AttributeType::Value]).unwrap(), []);
    // Nor does it take back that the key is sensitive.
    assert!(session.update_attributes(key, &[Attribute::Extractable(true)]).is_err());
    assert!(session.update_attributes(key, &[Attribute::Sensitive(false)]).is_err());
    // Nor does another key carry it out.
    let other = session.generate_key(&Mechanism::AesKeyGen, &wrapping_key()).unwrap();
    assert!(session.wrap_key(&Mechanism::AesKeyWrap, other, key).is_err());
}

fn wrapping_key() -> [Attribute; 4] {
    [
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::ValueLen(32.into()),
        Attribute::Wrap(true),
        Attribute::Token(false),
    ]
}

#[tokio::test]
async fn a_key_that_could_leave_the_token_is_not_used() {
    let config = config();
    let session = session(&config);
    for (bytes, extractable) in [(32, true), (16, false)] {
        let config = TokenConfig { key: fresh_word(), ..config.clone() };
        let template = key_template(&config.key, bytes, extractable);
        session.generate_key(&Mechanism::AesKeyGen, &template).unwrap();
        session.logout().unwrap();
        assert_eq!(open(&config).await.unwrap_err(), TokenError::Unfit);
        session.login(UserType::User, Some(&config.pin.expose().into())).unwrap();
    }
}

#[tokio::test]
async fn two_keys_of_one_name_are_not_guessed_between() {
    let config = config();
    drop(create(&config).await);
    let session = session(&config);
    let template = key_template(&config.key, 32, false);
    session.generate_key(&Mechanism::AesKeyGen, &template).unwrap();
    drop(session);
    assert_eq!(open(&config).await.unwrap_err(), TokenError::Ambiguous);
}

#[tokio::test]
async fn a_key_is_made_only_when_asked_and_only_once() {
    let config = config();
    assert_eq!(open(&config).await.unwrap_err(), TokenError::Missing);
    assert_eq!(open(&config).await.unwrap_err(), TokenError::Missing);
    drop(create(&config).await);
    let again = RootKey::create_in_token(config.clone(), randomness()).await;
    assert_eq!(again.unwrap_err(), TokenError::Exists);
    assert!(open(&config).await.is_ok());
}

#[tokio::test]
async fn a_wrong_pin_token_or_module_is_said() {
    let config = config();
    drop(create(&config).await);
    let pin = TokenConfig { pin: SecretText::new("9999".to_owned()), ..config.clone() };
    assert_eq!(open(&pin).await.unwrap_err(), TokenError::Pin);
    let token = TokenConfig { token: "no such token".to_owned(), ..config.clone() };
    assert_eq!(open(&token).await.unwrap_err(), TokenError::Token);
    let module = TokenConfig { module: "no/such/module.so".into(), ..config.clone() };
    assert_eq!(open(&module).await.unwrap_err(), TokenError::Module);
    let printed = format!("{config:?}");
    assert!(!printed.contains(config.pin.expose()), "{printed}");
    assert!(open(&config).await.is_ok());
}

#[tokio::test]
async fn one_process_uses_a_token_once() {
    let config = config();
    let key = create(&config).await;
    assert_eq!(open(&config).await.unwrap_err(), TokenError::Busy);
    let wrapped = key.wrap(b"family 1", b"secret").await.unwrap();
    assert_eq!(*key.unwrap(b"family 1", &wrapped).await.unwrap(), b"secret");
}

#[tokio::test]
async fn many_may_ask_at_once() {
    let key = std::sync::Arc::new(create(&config()).await);
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..200_u32 {
        let key = key.clone();
        tasks.spawn(async move {
            let secret = number.to_be_bytes();
            let wrapped = key.wrap(b"purpose", &secret).await.unwrap();
            assert_eq!(key.unwrap(b"purpose", &wrapped).await.unwrap().as_slice(), secret);
        });
    }
    tasks.join_all().await;
}
