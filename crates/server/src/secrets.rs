//! The deployment's own secrets: made once, kept in the key store under the root key, and never
//! beside the data that they protect.

use rand_core::CryptoRng;
use treehouse_protocol::error::Refused;
use treehouse_protocol::franking::TagKey;
use treehouse_protocol::opaque::{SERVER_SETUP_BYTES, ServerSetup};
use treehouse_protocol::outer::OuterKey;
use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::SigningKey;
use zeroize::Zeroizing;

const KEYS: usize = 8;
/// Bytes of all secrets in one piece.
pub const SECRETS_BYTES: usize = SERVER_SETUP_BYTES + KEYS * 32;

/// Every secret that the server needs while it runs. Prints nothing.
pub struct Secrets {
    /// The pepper of all passwords.
    pub opaque: ServerSetup,
    /// Makes the blind index of an e-mail address.
    pub index: Secret<32>,
    /// Seals addresses and letters.
    pub mail: OuterKey,
    /// Signs who is a verified adult (`TH-VPC/1`).
    pub attester: SigningKey,
    /// Signs what takes access away, and receipts.
    pub server: SigningKey,
    /// Tags what was sent, so that a report can be proven.
    pub tag: TagKey,
    /// Seals the outer keys of families.
    pub outer: OuterKey,
    /// Seals what a client carries between two requests.
    pub ticket: OuterKey,
    /// Signs the checkpoints of the log.
    pub log: Secret<32>,
}

impl Secrets {
    /// Fresh secrets, in one piece, to be wrapped by the root key.
    #[must_use]
    pub fn generate(rng: &mut dyn CryptoRng) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(vec![0; SECRETS_BYTES]);
        let setup = ServerSetup::generate(rng).to_secret();
        bytes[..SERVER_SETUP_BYTES].copy_from_slice(setup.expose());
        rng.fill_bytes(&mut bytes[SERVER_SETUP_BYTES..]);
        bytes
    }

    /// Reads what [`Secrets::generate`] made.
    ///
    /// # Errors
    /// Another length, or no OPAQUE keys in it.
    pub fn read(bytes: &[u8]) -> Result<Self, Refused> {
        let refused =
            || Refused::new("secrets", "length", "must be that of the deployment's secrets");
        let (setup, keys) = bytes.split_first_chunk::<SERVER_SETUP_BYTES>().ok_or_else(refused)?;
        if keys.len() != KEYS * 32 {
            return Err(refused());
        }
        let key = |index: usize| {
            let mut secret = Zeroizing::new([0; 32]);
            secret.copy_from_slice(&keys[index * 32..][..32]);
            Secret::from_bytes(*secret)
        };
        Ok(Self {
            opaque: ServerSetup::from_secret(&Secret::from_bytes(*setup))?,
            index: key(0),
            mail: OuterKey::from_secret(key(1)),
            attester: SigningKey::from_seed(&key(2)),
            server: SigningKey::from_seed(&key(3)),
            tag: TagKey::from_secret(key(4)),
            outer: OuterKey::from_secret(key(5)),
            ticket: OuterKey::from_secret(key(6)),
            log: key(7),
        })
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(●●)")
    }
}
