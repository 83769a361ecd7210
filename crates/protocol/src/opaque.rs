//! Password sign-in: OPAQUE (RFC 9807), so that the server never learns the password.
//!
//! Suite: Ristretto255, triple Diffie-Hellman with SHA-512, Argon2id on the client only; no
//! context; the client's identifier unset, the server's the deployment id. A registration gives
//! the server a record that is worthless without its [`ServerSetup`]; a log-in gives both sides a
//! session key, and the client an export key for [`crate::slot::Kek::from_opaque`].
//!
//! The three passes of a log-in: [`ClientLogin::start`], [`ServerSetup::login`],
//! [`ClientLogin::finish`], and last [`ServerLogin::finish`], which alone tells the server that
//! the password was right.

mod client;
mod group;
mod server;

pub use client::{ClientLogin, ClientRegistration, LoggedIn, Registered};
pub use group::Ristretto255;
pub use server::{ServerLogin, ServerSetup, credential_identifier};

use argon2::{Algorithm, Argon2, Params, Version};
use opaque_ke::errors::{InternalError, ProtocolError};
use opaque_ke::generic_array::{ArrayLength, GenericArray};
use opaque_ke::{CipherSuite, Identifiers, TripleDh};
use rand_core::CryptoRng;

use crate::error::{Refused, require};

const OPAQUE: &str = "OPAQUE";

/// Bytes of the client's first message when it registers.
pub const REGISTRATION_REQUEST_BYTES: usize = 32;
/// Bytes of the server's answer to it.
pub const REGISTRATION_RESPONSE_BYTES: usize = 64;
/// Bytes of what the client sends last when it registers, and of the record that the server keeps.
pub const RECORD_BYTES: usize = 192;
/// Bytes of the client's first message when it logs in.
pub const LOGIN_REQUEST_BYTES: usize = 96;
/// Bytes of the server's answer to it.
pub const LOGIN_RESPONSE_BYTES: usize = 320;
/// Bytes of the client's last message when it logs in.
pub const LOGIN_FINISH_BYTES: usize = 64;
/// Bytes of the server's secret keys.
pub const SERVER_SETUP_BYTES: usize = 128;
/// Bytes of what the server keeps between the two messages of a log-in.
pub const SERVER_LOGIN_BYTES: usize = 128;
/// Bytes of a password in UTF-8. The client brings it to NFC before (RFC 8265 section 4.2), so
/// that each keyboard gives the same bytes.
pub const PASSWORD_BYTES_MAX: usize = 1024;

/// Argon2's salt is zeros: what it stretches is already a secret of this one password, by the OPRF.
const SALT_BYTES: usize = 16;

/// The suite. Two sides with another one come to different keys, and refuse each other.
struct Suite;

impl CipherSuite for Suite {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, opaque_sha2::Sha512>;
    type Ksf = Ksf;
}

/// The key-stretching function: what a guess at a password costs whoever has stolen everything.
///
/// It runs on the client, and the server can't tell which one did. Each account must always use
/// the one of its registration; another one fails like a wrong password.
pub struct Ksf(Argon2<'static>);

impl Ksf {
    /// Argon2id with 64 MiB, 3 passes and 4 lanes: the second choice of RFC 9106 section 4, for
    /// places with little memory, such as a browser on a telephone.
    #[must_use]
    pub fn standard() -> Self {
        Self::argon2id(65_536, 3, 4)
    }

    /// As cheap as Argon2 gets, for accounts that a load test or a server's test makes by the
    /// thousand. It protects no password.
    #[cfg(any(test, feature = "load-tests"))]
    #[must_use]
    pub fn cheap_for_load_tests() -> Self {
        Self::argon2id(8, 1, 1)
    }

    #[expect(
        clippy::expect_used,
        reason = "the parameters are constants within the limits of RFC 9106"
    )]
    fn argon2id(memory_kib: u32, passes: u32, lanes: u32) -> Self {
        let params = Params::new(memory_kib, passes, lanes, None);
        let params = params.expect("within the limits of RFC 9106");
        Self(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    }
}

/// opaque-ke asks for one; nothing but the standard may ever come out of a default.
impl Default for Ksf {
    fn default() -> Self {
        Self::standard()
    }
}

impl opaque_ke::ksf::Ksf for Ksf {
    fn hash<L: ArrayLength<u8>>(
        &self,
        input: GenericArray<u8, L>,
    ) -> Result<GenericArray<u8, L>, InternalError> {
        let mut output = GenericArray::default();
        let stretched = self.0.hash_password_into(&input, &[0; SALT_BYTES], &mut output);
        stretched.map(|()| output).map_err(|_| InternalError::KsfError)
    }
}

/// opaque-ke takes randomness as rand 0.8 names it; the rest of the crate has `rand_core` 0.10.
struct Randomness<'r>(&'r mut dyn CryptoRng);

impl opaque_ke::rand::RngCore for Randomness<'_> {
    fn next_u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    fn fill_bytes(&mut self, dest: &mut [u8]) {
        self.0.fill_bytes(dest);
    }

    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), opaque_ke::rand::Error> {
        self.0.fill_bytes(dest);
        Ok(())
    }
}

impl opaque_ke::rand::CryptoRng for Randomness<'_> {}

fn identifiers(deployment: &[u8]) -> Identifiers<'_> {
    Identifiers { client: None, server: Some(deployment) }
}

/// Parses a message of exactly `length` bytes; opaque-ke itself would overlook bytes at the end.
fn parse<T>(
    bytes: &[u8],
    length: usize,
    field: &'static str,
    deserialize: impl FnOnce(&[u8]) -> Result<T, ProtocolError>,
) -> Result<T, Refused> {
    let fits = bytes.len() == length;
    require(fits, OPAQUE, field, "must have the fixed length")?;
    deserialize(bytes).map_err(|_| Refused::new(OPAQUE, field, "must hold valid group elements"))
}

/// The one refusal for a wrong name, a wrong password, another server and a forged message:
/// whoever asks learns no more.
fn refuse_login() -> Refused {
    Refused::new(OPAQUE, "log-in", "must be with a name and password of this place")
}

#[cfg(test)]
mod tests;
