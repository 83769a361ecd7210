//! The client's side of OPAQUE.

use std::fmt;

use opaque_ke::{
    ClientLoginFinishParameters, ClientRegistrationFinishParameters, CredentialResponse,
    RegistrationResponse,
};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{
    Ksf, LOGIN_RESPONSE_BYTES, OPAQUE, PASSWORD_BYTES_MAX, REGISTRATION_RESPONSE_BYTES, Randomness,
    Suite, identifiers, parse, refuse_login,
};
use crate::error::{Refused, require};
use crate::secret::Secret;

/// A registration that waits for the server's answer. Holds the password, and wipes it.
pub struct ClientRegistration {
    state: opaque_ke::ClientRegistration<Suite>,
    password: Zeroizing<Vec<u8>>,
}

/// What a registration gives.
#[derive(Clone, PartialEq, Eq)]
pub struct Registered {
    /// For the server to keep. It's as good as a password hash, so it goes to nobody else.
    pub record: Vec<u8>,
    /// Makes the key of the password's slot; the same in each later log-in.
    pub export_key: Secret<64>,
    /// The server's public key, to be compared with the one that the client knows of the place.
    pub server_key: [u8; 32],
}

impl ClientRegistration {
    /// Begins to register `password`. Answers the first message.
    ///
    /// # Errors
    /// The password is empty or longer than [`PASSWORD_BYTES_MAX`].
    pub fn start(password: &[u8], rng: &mut dyn CryptoRng) -> Result<(Self, Vec<u8>), Refused> {
        let password = admit_password(password)?;
        let started =
            opaque_ke::ClientRegistration::start(&mut Randomness(rng), &password).map_err(drop);
        let started = started.map_err(|()| refuse_password())?;
        let state = started.state;
        let message = started.message.serialize().to_vec();
        Ok((Self { state, password }, message))
    }

    /// Takes the server's answer. With [`Ksf::standard`] this takes 64 MiB and a noticeable time.
    ///
    /// # Errors
    /// The answer is malformed, or sends the client's own message back.
    pub fn finish(
        self,
        response: &[u8],
        deployment: &[u8],
        ksf: &Ksf,
        rng: &mut dyn CryptoRng,
    ) -> Result<Registered, Refused> {
        let response = parse(
            response,
            REGISTRATION_RESPONSE_BYTES,
            "registration response",
            RegistrationResponse::deserialize,
        )?;
        let params = ClientRegistrationFinishParameters::new(identifiers(deployment), Some(ksf));
        let finished =
            self.state.finish(&mut Randomness(rng), &self.password, response, params).map_err(
                |_| Refused::new(OPAQUE, "registration response", "must be the server's own"),
            )?;
        Ok(Registered {
            record: finished.message.serialize().to_vec(),
            export_key: secret(finished.export_key.into()),
            server_key: finished.server_s_pk.serialize().into(),
        })
    }
}

/// A log-in that waits for the server's answer. Holds the password, and wipes it.
pub struct ClientLogin {
    state: opaque_ke::ClientLogin<Suite>,
    password: Zeroizing<Vec<u8>>,
}

/// What a log-in gives.
#[derive(Clone, PartialEq, Eq)]
pub struct LoggedIn {
    /// The last message, which proves to the server that the password was right.
    pub message: Vec<u8>,
    /// A key that only this client and the server know.
    pub session_key: Secret<64>,
    /// Makes the key of the password's slot; the same as at the registration.
    pub export_key: Secret<64>,
    /// The server's public key: proven, and the same as at the registration.
    pub server_key: [u8; 32],
}

impl ClientLogin {
    /// Begins to log in with `password`. Answers the first message.
    ///
    /// # Errors
    /// The password is empty or longer than [`PASSWORD_BYTES_MAX`].
    pub fn start(password: &[u8], rng: &mut dyn CryptoRng) -> Result<(Self, Vec<u8>), Refused> {
        let password = admit_password(password)?;
        let started = opaque_ke::ClientLogin::start(&mut Randomness(rng), &password);
        let started = started.map_err(|_| refuse_password())?;
        let state = started.state;
        let message = started.message.serialize().to_vec();
        Ok((Self { state, password }, message))
    }

    /// Takes the server's answer. With [`Ksf::standard`] this takes 64 MiB and a noticeable time.
    ///
    /// # Errors
    /// The answer is malformed; or the name or the password is wrong, or another server or
    /// another [`Ksf`] answered: which of these, nobody can tell.
    pub fn finish(
        self,
        response: &[u8],
        deployment: &[u8],
        ksf: &Ksf,
        rng: &mut dyn CryptoRng,
    ) -> Result<LoggedIn, Refused> {
        let response = parse(
            response,
            LOGIN_RESPONSE_BYTES,
            "log-in response",
            CredentialResponse::deserialize,
        )?;
        let params = ClientLoginFinishParameters::new(None, identifiers(deployment), Some(ksf));
        let finished = self
            .state
            .finish(&mut Randomness(rng), &self.password, response, params)
            .map_err(|_| refuse_login())?;
        Ok(LoggedIn {
            message: finished.message.serialize().to_vec(),
            session_key: secret(finished.session_key.into()),
            export_key: secret(finished.export_key.into()),
            server_key: finished.server_s_pk.serialize().into(),
        })
    }
}

impl fmt::Debug for ClientRegistration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientRegistration(●●)")
    }
}

// Written out because a derive would print the record, which is as good as a password hash.
impl fmt::Debug for Registered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Registered(●●)")
    }
}

impl fmt::Debug for LoggedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoggedIn(●●)")
    }
}

impl fmt::Debug for ClientLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientLogin(●●)")
    }
}

fn admit_password(password: &[u8]) -> Result<Zeroizing<Vec<u8>>, Refused> {
    let fits = (1..=PASSWORD_BYTES_MAX).contains(&password.len());
    require(fits, OPAQUE, "password", "must have 1 to 1024 bytes")?;
    Ok(Zeroizing::new(password.to_vec()))
}

/// Happens once in 2^252 passwords: one that hashes to the neutral element.
fn refuse_password() -> Refused {
    Refused::new(OPAQUE, "password", "must be another")
}

/// Takes the bytes into care and wipes the array that they came in.
fn secret(bytes: [u8; 64]) -> Secret<64> {
    Secret::from_bytes(*Zeroizing::new(bytes))
}
