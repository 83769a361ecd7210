//! The server's side of OPAQUE: two scalar multiplications instead of a slow hash.

use std::fmt;

use hmac::Mac;
use opaque_ke::{
    CredentialFinalization, CredentialRequest, RegistrationRequest, RegistrationUpload,
    ServerLoginParameters, ServerRegistration,
};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{
    LOGIN_FINISH_BYTES, LOGIN_REQUEST_BYTES, OPAQUE, RECORD_BYTES, REGISTRATION_REQUEST_BYTES,
    Randomness, SERVER_LOGIN_BYTES, SERVER_SETUP_BYTES, Suite, identifiers, parse, refuse_login,
};
use crate::error::Refused;
use crate::secret::{Secret, keyed_hash};

/// Under which name the server evaluates a password: `HMAC-SHA256(k_idx, e-mail)`, for known and
/// unknown users alike. It stays on the server.
///
/// `email` is already normalised (NFKC, lower case); that is the server's work, and must give the
/// same at each log-in as at the registration.
#[must_use]
pub fn credential_identifier(index_key: &Secret<32>, email: &str) -> [u8; 32] {
    keyed_hash(index_key).chain_update(email).finalize().into_bytes().into()
}

/// The server's secret keys: the pepper of all passwords, the same for as long as there are
/// records. They are kept with the root key and never in the database: whoever has them and a
/// record can guess passwords offline, and without them all records are worthless.
pub struct ServerSetup {
    setup: opaque_ke::ServerSetup<Suite>,
    /// Parses as a record. It's read where there's none, so that an unknown user costs the same.
    stand_in: [u8; RECORD_BYTES],
}

impl ServerSetup {
    /// Fresh keys, for a new deployment.
    #[must_use]
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        Self::of(opaque_ke::ServerSetup::new(&mut Randomness(rng)))
    }

    /// The keys that [`ServerSetup::to_secret`] gave.
    ///
    /// # Errors
    /// They aren't keys.
    pub fn from_secret(secret: &Secret<SERVER_SETUP_BYTES>) -> Result<Self, Refused> {
        let bytes = secret.expose();
        let setup = parse(bytes, SERVER_SETUP_BYTES, "server setup", |bytes| {
            opaque_ke::ServerSetup::deserialize(bytes)
        })?;
        Ok(Self::of(setup))
    }

    /// The keys, to be kept.
    #[must_use]
    pub fn to_secret(&self) -> Secret<SERVER_SETUP_BYTES> {
        let bytes = Zeroizing::new(<[u8; SERVER_SETUP_BYTES]>::from(self.setup.serialize()));
        Secret::from_bytes(*bytes)
    }

    /// The public key, by which clients know the place again.
    #[must_use]
    pub fn public_key(&self) -> [u8; 32] {
        self.setup.keypair().public().serialize().into()
    }

    /// Answers the first message of a registration.
    ///
    /// # Errors
    /// The message is malformed.
    pub fn register(&self, request: &[u8], credential: &[u8; 32]) -> Result<Vec<u8>, Refused> {
        const FIELD: &str = "registration request";
        let request =
            parse(request, REGISTRATION_REQUEST_BYTES, FIELD, RegistrationRequest::deserialize)?;
        let answer = ServerRegistration::start(&self.setup, request, credential)
            .map_err(|_| Refused::new(OPAQUE, FIELD, "must hold valid group elements"))?;
        Ok(answer.message.serialize().to_vec())
    }

    /// Checks the last message of a registration. It is the record to keep, unchanged.
    ///
    /// # Errors
    /// It's malformed.
    pub fn admit_record(record: &[u8]) -> Result<Vec<u8>, Refused> {
        let upload = RegistrationUpload::<Suite>::deserialize;
        let record = parse(record, RECORD_BYTES, "record", upload)?;
        Ok(ServerRegistration::finish(record).serialize().to_vec())
    }

    /// Answers the first message of a log-in. `record` is `None` for an unknown user, who gets an
    /// answer of the same length after the same work; the log-in then fails in its last step,
    /// like one with a wrong password.
    ///
    /// # Errors
    /// The message is malformed, or the record is.
    pub fn login(
        &self,
        record: Option<&[u8]>,
        request: &[u8],
        credential: &[u8; 32],
        deployment: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<(ServerLogin, Vec<u8>), Refused> {
        let request =
            parse(request, LOGIN_REQUEST_BYTES, "log-in request", CredentialRequest::deserialize)?;
        let bytes = record.unwrap_or(&self.stand_in);
        let parsed = parse(bytes, RECORD_BYTES, "record", ServerRegistration::deserialize)?;
        let started = opaque_ke::ServerLogin::start(
            &mut Randomness(rng),
            &self.setup,
            record.map(|_| parsed),
            request,
            credential,
            parameters(deployment),
        )
        .map_err(|_| refuse_login())?;
        let message = started.message.serialize().to_vec();
        Ok((ServerLogin(started.state), message))
    }

    fn of(setup: opaque_ke::ServerSetup<Suite>) -> Self {
        let mut stand_in = [0; RECORD_BYTES];
        stand_in[..32].copy_from_slice(&setup.keypair().public().serialize());
        Self { setup, stand_in }
    }
}

/// A log-in that waits for the client's last message. Wiped when dropped.
pub struct ServerLogin(opaque_ke::ServerLogin<Suite>);

impl ServerLogin {
    /// What [`ServerLogin::to_secret`] gave, if another process of the server continues.
    ///
    /// # Errors
    /// It isn't a waiting log-in.
    pub fn from_secret(secret: &Secret<SERVER_LOGIN_BYTES>) -> Result<Self, Refused> {
        let bytes = secret.expose();
        let state = parse(bytes, SERVER_LOGIN_BYTES, "waiting log-in", |bytes| {
            opaque_ke::ServerLogin::deserialize(bytes)
        })?;
        Ok(Self(state))
    }

    /// The waiting log-in, to be kept for a minute where only the server can read it: the session
    /// key is in it.
    #[must_use]
    pub fn to_secret(&self) -> Secret<SERVER_LOGIN_BYTES> {
        let bytes = Zeroizing::new(<[u8; SERVER_LOGIN_BYTES]>::from(self.0.serialize()));
        Secret::from_bytes(*bytes)
    }

    /// Takes the client's last message. Answers the session key, the same as the client's. Only
    /// now is the user the one it says.
    ///
    /// # Errors
    /// The name or the password was wrong; which of them, nobody can tell.
    pub fn finish(self, message: &[u8], deployment: &[u8]) -> Result<Secret<64>, Refused> {
        let message = parse(
            message,
            LOGIN_FINISH_BYTES,
            "log-in finish",
            CredentialFinalization::deserialize,
        )?;
        let finished = self.0.finish(message, parameters(deployment));
        let finished = finished.map_err(|_| refuse_login())?;
        let key = Zeroizing::new(<[u8; 64]>::from(finished.session_key));
        Ok(Secret::from_bytes(*key))
    }
}

fn parameters(deployment: &[u8]) -> ServerLoginParameters<'_, '_> {
    ServerLoginParameters { context: None, identifiers: identifiers(deployment) }
}

impl fmt::Debug for ServerSetup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerSetup(●●)")
    }
}

impl fmt::Debug for ServerLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerLogin(●●)")
    }
}
