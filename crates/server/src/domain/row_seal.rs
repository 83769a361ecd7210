//! What shows that a row was written by the service: a keyed hash of its cells, under a secret that
//! isn't in the database. Whoever can write to the database alone can't let anybody in: a row that
//! was inserted, or whose cells were exchanged, counts for nothing.
//!
//! Rows about families need none, because a chain, a signature or an AEAD already says what they
//! are. These are all that lets somebody in and has nothing else behind it.

use treehouse_protocol::id::{AccountId, Hash};
use treehouse_protocol::opaque::credential_identifier;
use treehouse_protocol::secret::Secret;

use super::account::LinkPurpose;
use super::principal::SessionId;
use super::steward::StewardId;

/// The secret. Prints nothing.
#[derive(Clone)]
pub struct RowSeal(Secret<32>);

impl RowSeal {
    /// Seals under the secret of blind indexes: an address has no spaces, so that nothing here is
    /// ever the index of one.
    #[must_use]
    pub fn new(index: &Secret<32>) -> Self {
        Self(index.clone())
    }

    /// The name that a session with these cells has.
    #[must_use]
    pub fn session(
        &self,
        account: AccountId,
        token: Hash,
        created_ms: i64,
        expires_ms: i64,
    ) -> SessionId {
        let cells = format!("row session {account} {token} {created_ms} {expires_ms}");
        let sealed = credential_identifier(&self.0, &cells);
        SessionId::from_bytes(std::array::from_fn(|at| sealed[at]))
    }

    /// What is kept behind the sealed address of a mailed link: the seal of whom it was mailed to, what
    /// for and until when. Whoever sets a password by a link has read the letter.
    #[must_use]
    pub fn link(
        &self,
        token: Hash,
        purpose: LinkPurpose,
        email_index: &[u8; 32],
        expires_ms: i64,
    ) -> [u8; 32] {
        let (purpose, index) = (purpose.code(), Hash::from_bytes(*email_index));
        let cells = format!("row link {token} {purpose} {index} {expires_ms}");
        credential_identifier(&self.0, &cells)
    }

    /// What is kept of a steward's pass: the hash of its token, by which it is found, and behind it
    /// the seal of whose it is and until when.
    #[must_use]
    pub fn pass(&self, steward: StewardId, token: Hash, expires_ms: i64) -> Vec<u8> {
        let cells = format!("row steward {steward} {token} {expires_ms}");
        [&token.bytes()[..], &credential_identifier(&self.0, &cells)].concat()
    }

    /// Whether this is what [`RowSeal::pass`] makes.
    #[must_use]
    pub fn is_pass(&self, steward: StewardId, kept: &[u8], expires_ms: i64) -> bool {
        let token = kept.first_chunk::<32>().map(|token| Hash::from_bytes(*token));
        token.is_some_and(|token| self.pass(steward, token, expires_ms) == kept)
    }
}

impl std::fmt::Debug for RowSeal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RowSeal(●●)")
    }
}
