//! One login at a token, on one thread.

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use zeroize::Zeroizing;

use super::super::RootKeyError;
use super::{TokenConfig, TokenError};

/// The first byte of what a token wrapped. Of what a file's key wrapped it is 1.
const VERSION: u8 = 2;
/// A random nonce. NIST SP 800-38D allows 2^32 of them a key: as many keys as all families need.
const NONCE_BYTES: usize = 12;
const TAG_BITS: u64 = 128;
const KEY_BYTES: u64 = 32;

/// The key, and the session that may use it.
pub(super) struct Login {
    session: UserSession,
    key: ObjectHandle,
}

/// A session in which the user is logged in, until it is dropped.
struct UserSession(Session);

impl Drop for UserSession {
    fn drop(&mut self) {
        // Closing alone ends the login only if the process has no other session. A token that is
        // gone has ended it already.
        let _ = self.0.logout();
    }
}

impl Login {
    /// Finds the key.
    pub(super) fn open(config: &TokenConfig) -> Result<Self, TokenError> {
        let session = log_in(config)?;
        let key = match find(&session.0, &config.key)?.as_slice() {
            [] => return Err(TokenError::Missing),
            [key] => *key,
            _ => return Err(TokenError::Ambiguous),
        };
        check(&session.0, key)?;
        Ok(Self { session, key })
    }

    /// Makes the key.
    pub(super) fn create(config: &TokenConfig) -> Result<Self, TokenError> {
        let session = log_in(config)?;
        if !find(&session.0, &config.key)?.is_empty() {
            return Err(TokenError::Exists);
        }
        let template = [
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::KeyType(KeyType::AES),
            Attribute::ValueLen(KEY_BYTES.into()),
            Attribute::Label(config.key.clone().into_bytes()),
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Modifiable(false),
            Attribute::Encrypt(true),
            Attribute::Decrypt(true),
            // A key that wraps others could be made to wrap itself.
            Attribute::Wrap(false),
            Attribute::Unwrap(false),
        ];
        let made = session.0.generate_key(&Mechanism::AesKeyGen, &template);
        let key = made.map_err(|_| TokenError::Unavailable)?;
        check(&session.0, key)?;
        Ok(Self { session, key })
    }

    /// Version byte, nonce, cipher text and tag.
    pub(super) fn wrap(
        &self,
        bound: &[u8],
        secret: &[u8],
        mut nonce: [u8; NONCE_BYTES],
    ) -> Result<Zeroizing<Vec<u8>>, RootKeyError> {
        let mut wrapped = vec![VERSION];
        wrapped.extend_from_slice(&nonce);
        let mechanism = gcm(&mut nonce, bound)?;
        let sealed = self.session.0.encrypt(&mechanism, self.key, secret);
        wrapped.extend(sealed.map_err(|_| RootKeyError::Unavailable)?);
        Ok(Zeroizing::new(wrapped))
    }

    /// `probe` is a fresh nonce, used only if the token can't say what is wrong.
    pub(super) fn unwrap(
        &self,
        bound: &[u8],
        wrapped: &[u8],
        probe: [u8; NONCE_BYTES],
    ) -> Result<Zeroizing<Vec<u8>>, RootKeyError> {
        const TAG_BYTES: usize = 16;
        let rest = wrapped.strip_prefix(&[VERSION]).ok_or(RootKeyError::Refused)?;
        let (nonce, sealed) =
            rest.split_first_chunk::<NONCE_BYTES>().ok_or(RootKeyError::Refused)?;
        if sealed.len() < TAG_BYTES {
            return Err(RootKeyError::Refused);
        }
        let mut nonce = *nonce;
        let mechanism = gcm(&mut nonce, bound)?;
        match self.session.0.decrypt(&mechanism, self.key, sealed) {
            Ok(secret) => Ok(Zeroizing::new(secret)),
            Err(_) if self.works(probe) => Err(RootKeyError::Refused),
            Err(_) => Err(RootKeyError::Unavailable),
        }
    }

    /// True if the token seals and opens. Tokens answer a wrong tag with all kinds of errors
    /// (`SoftHSM2`: "general error"); if this works, it was the tag.
    fn works(&self, nonce: [u8; NONCE_BYTES]) -> bool {
        const PROBE: &[u8] = b"treehouse-probe-v1";
        let Ok(mut sealed) = self.wrap(PROBE, PROBE, nonce) else {
            return false;
        };
        let mut nonce = nonce;
        let sealed = sealed.split_off(1 + NONCE_BYTES);
        let opened = gcm(&mut nonce, PROBE)
            .map(|mechanism| self.session.0.decrypt(&mechanism, self.key, &sealed));
        matches!(opened, Ok(Ok(opened)) if opened == PROBE)
    }
}

fn log_in(config: &TokenConfig) -> Result<UserSession, TokenError> {
    let module = Pkcs11::new(&config.module).map_err(|_| TokenError::Module)?;
    match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        // A process initialises a module once; this one did so before.
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
        Err(_) => return Err(TokenError::Module),
    }
    let slot = slot(&module, &config.token)?;
    let session = module.open_rw_session(slot).map_err(|_| TokenError::Unavailable)?;
    let pin = config.pin.expose().into();
    match session.login(UserType::User, Some(&pin)) {
        Ok(()) => Ok(UserSession(session)),
        Err(Error::Pkcs11(error, _)) => Err(match error {
            RvError::PinIncorrect
            | RvError::PinInvalid
            | RvError::PinLenRange
            | RvError::PinLocked
            | RvError::PinExpired => TokenError::Pin,
            RvError::UserAlreadyLoggedIn => TokenError::Busy,
            _ => TokenError::Unavailable,
        }),
        Err(_) => Err(TokenError::Unavailable),
    }
}

/// The slot with the token of this label. Slot numbers change when a token is plugged in again.
fn slot(module: &Pkcs11, label: &str) -> Result<Slot, TokenError> {
    let slots = module.get_slots_with_token().map_err(|_| TokenError::Unavailable)?;
    let mut found = slots.into_iter().filter(|slot| {
        // A token that doesn't tell its label isn't ours.
        module.get_token_info(*slot).is_ok_and(|token| token.label() == label)
    });
    match (found.next(), found.next()) {
        (Some(slot), None) => Ok(slot),
        _ => Err(TokenError::Token),
    }
}

fn find(session: &Session, label: &str) -> Result<Vec<ObjectHandle>, TokenError> {
    let template =
        [Attribute::Class(ObjectClass::SECRET_KEY), Attribute::Label(label.as_bytes().to_vec())];
    session.find_objects(&template).map_err(|_| TokenError::Unavailable)
}

/// Refuses a key that the token would give out, or that isn't for our cipher.
fn check(session: &Session, key: ObjectHandle) -> Result<(), TokenError> {
    let wanted = [
        Attribute::KeyType(KeyType::AES),
        Attribute::ValueLen(KEY_BYTES.into()),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        // True only if it was so from the beginning.
        Attribute::AlwaysSensitive(true),
        Attribute::NeverExtractable(true),
        Attribute::Encrypt(true),
        Attribute::Decrypt(true),
    ];
    let types: Vec<AttributeType> = wanted.iter().map(Attribute::attribute_type).collect();
    let found = session.get_attributes(key, &types).map_err(|_| TokenError::Unavailable)?;
    if wanted.iter().all(|each| found.contains(each)) { Ok(()) } else { Err(TokenError::Unfit) }
}

fn gcm<'a>(
    nonce: &'a mut [u8; NONCE_BYTES],
    bound: &'a [u8],
) -> Result<Mechanism<'a>, RootKeyError> {
    let params = GcmParams::new(nonce, bound, TAG_BITS.into());
    params.map(Mechanism::AesGcm).map_err(|_| RootKeyError::Unavailable)
}
