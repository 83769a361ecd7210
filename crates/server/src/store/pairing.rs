//! Toys that ask to be linked.

use treehouse_protocol::chain::body::Caps;
use treehouse_protocol::id::{FamilyId, Hash, KeyId};

use super::args;
use super::db::{Db, Row, StoreError, Tx, Write, statements};
use crate::access::{Permit, action};
use crate::domain::pairing::{PairingId, PairingState, Proposal};

statements! {
    INSERT = "INSERT INTO pairing (device_code_hash, code_hash, state, keys, commitment, created_ms, expires_ms) VALUES ($1, $2, 0, $3, $4, $5, $6)";
    CLAIM = "UPDATE pairing SET state = 1, family_id = $3, pairing_id = $4 WHERE code_hash = $1 AND state = 0 AND expires_ms > $2 RETURNING keys, commitment";
    FIND = "SELECT state, keys, commitment, family_id, pairing_id, proposal, toy_nonce, accept_sig FROM pairing WHERE device_code_hash = $1 AND expires_ms > $2";
    FIND_OWN = "SELECT state, keys, commitment, family_id, pairing_id, proposal, toy_nonce, accept_sig FROM pairing WHERE family_id = $1 AND pairing_id = $2 AND expires_ms > $3";
    PROPOSE = "UPDATE pairing SET state = 2, proposal = $3 WHERE family_id = $1 AND pairing_id = $2 AND state = 1 AND expires_ms > $4";
    ACCEPT = "UPDATE pairing SET state = 3, toy_nonce = $3, accept_sig = $4 WHERE device_code_hash = $1 AND state = 2 AND expires_ms > $2";
    LINK = "DELETE FROM pairing WHERE device_code_hash = $1 AND state = 3";
    EXPIRE = "DELETE FROM pairing WHERE expires_ms <= $1";
}

/// A pairing as stored.
#[derive(Debug, Clone)]
pub struct Pairing {
    /// How far it has come.
    pub state: PairingState,
    /// The toy's public keys, encoded.
    pub keys: Vec<u8>,
    /// The toy's part of the three-picture check.
    pub commitment: [u8; 32],
    /// The family that claimed it.
    pub family: Option<FamilyId>,
    /// Its id for that family.
    pub id: Option<PairingId>,
    /// What the guardian proposed, encoded.
    pub proposal: Option<Vec<u8>>,
    /// The toy's nonce, once it accepted.
    pub toy_nonce: Option<[u8; 16]>,
    /// The toy's proof of possession, once it accepted.
    pub accept_sig: Option<[u8; 64]>,
}

fn pairing_of(row: &Row) -> Result<Pairing, StoreError> {
    let state = PairingState::from_code(row.int(0)?);
    Ok(Pairing {
        state: state.ok_or(StoreError::Corrupt { what: "pairing.state" })?,
        keys: row.blob(1)?,
        commitment: row.bytes(2)?,
        family: row.opt_id(3)?,
        id: row.opt_id(4)?,
        proposal: row.opt_blob(5)?,
        toy_nonce: row.opt_bytes(6)?,
        accept_sig: row.opt_bytes(7)?,
    })
}

/// What the toy that holds this device code has come to.
pub async fn find(db: &Db, device_code: Hash, now: i64) -> Result<Option<Pairing>, StoreError> {
    db.row(FIND, args![device_code, now]).await?.as_ref().map(pairing_of).transpose()
}

/// A pairing that a family claimed.
pub async fn find_own(
    db: &Db,
    permit: &Permit<action::Manage>,
    pairing: PairingId,
    now: i64,
) -> Result<Option<Pairing>, StoreError> {
    let own = args![permit.family(), pairing, now];
    db.row(FIND_OWN, own).await?.as_ref().map(pairing_of).transpose()
}

/// A toy shows a code.
#[derive(Debug)]
pub struct Start {
    /// The hash of the device code, which the toy asks with.
    pub device_code: Hash,
    /// The keyed hash of the code that a person types.
    pub code: [u8; 32],
    /// The toy's public keys, encoded.
    pub keys: Vec<u8>,
    /// Its part of the three-picture check.
    pub commitment: [u8; 32],
    /// Now, in milliseconds.
    pub now: i64,
    /// When the code ends, in milliseconds.
    pub expires_ms: i64,
}

impl Write for Start {
    const NAME: &'static str = "start-pairing";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        tx.execute(EXPIRE, args![self.now]).await?;
        let (keys, commitment) = (self.keys.clone(), self.commitment);
        let row = args![self.device_code, self.code, keys, commitment, self.now, self.expires_ms];
        tx.execute(INSERT, row).await.map(drop)
    }
}

/// A guardian types a code. It counts once.
#[derive(Debug)]
pub struct Claim {
    /// The permission.
    pub permit: Permit<action::Manage>,
    /// The keyed hash of the code.
    pub code: [u8; 32],
    /// The id that the family will know the pairing by.
    pub id: PairingId,
    /// Now, in milliseconds.
    pub now: i64,
}

impl Write for Claim {
    const NAME: &'static str = "claim-pairing";
    /// The toy's keys, encoded, and its commitment.
    type Output = Option<(Vec<u8>, [u8; 32])>;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Self::Output, StoreError> {
        let claimed = args![self.code, self.now, self.permit.family(), self.id];
        let row = tx.row(CLAIM, claimed).await?;
        row.map(|row| Ok((row.blob(0)?, row.bytes(1)?))).transpose()
    }
}

/// A guardian proposes a place in the family.
#[derive(Debug)]
pub struct Propose {
    /// The permission.
    pub permit: Permit<action::Manage>,
    /// Which pairing.
    pub id: PairingId,
    /// The proposal, encoded.
    pub proposal: Vec<u8>,
    /// Now, in milliseconds.
    pub now: i64,
}

impl Write for Propose {
    const NAME: &'static str = "propose-pairing";
    /// Whether it was waiting for that.
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let row = args![self.permit.family(), self.id, self.proposal.clone(), self.now];
        Ok(tx.execute(PROPOSE, row).await? == 1)
    }
}

/// The toy proves its key for what was proposed.
#[derive(Debug)]
pub struct Accept {
    /// The hash of its device code.
    pub device_code: Hash,
    /// Its nonce.
    pub nonce: [u8; 16],
    /// Its proof of possession.
    pub proof: [u8; 64],
    /// Now, in milliseconds.
    pub now: i64,
}

impl Write for Accept {
    const NAME: &'static str = "accept-pairing";
    /// Whether it was waiting for that.
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let row = args![self.device_code, self.now, self.nonce, self.proof];
        Ok(tx.execute(ACCEPT, row).await? == 1)
    }
}

/// Ends a pairing: the chain has the toy, and it is given its token.
#[derive(Debug)]
pub struct Finish {
    /// The hash of its device code.
    pub device_code: Hash,
    /// The family.
    pub family: FamilyId,
    /// The toy's signing key.
    pub key: KeyId,
    /// The hash of its token.
    pub token: Hash,
    /// Now, in milliseconds.
    pub now: i64,
    /// Today.
    pub day: u32,
}

impl Write for Finish {
    const NAME: &'static str = "finish-pairing";
    /// Whether it was waiting for that; a token is given once.
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        if tx.execute(LINK, args![self.device_code]).await? == 0 {
            return Ok(false);
        }
        super::toy::give_token(tx, self).await?;
        Ok(true)
    }
}

/// Encodes a proposal for its row.
#[must_use]
pub fn encode_proposal(proposal: &Proposal) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(82);
    bytes.extend_from_slice(proposal.family.bytes());
    bytes.extend_from_slice(proposal.genesis.bytes());
    bytes.extend_from_slice(&proposal.nonce);
    bytes.push(proposal.caps.bits());
    bytes.extend(proposal.child.iter().flat_map(|child| *child.bytes()));
    bytes
}

/// Reads what [`encode_proposal`] made.
///
/// # Errors
/// The row holds something else.
pub fn decode_proposal(bytes: &[u8]) -> Result<Proposal, StoreError> {
    let read = || {
        let (family, rest) = bytes.split_first_chunk::<16>()?;
        let (genesis, rest) = rest.split_first_chunk::<32>()?;
        let (nonce, rest) = rest.split_first_chunk::<16>()?;
        let (caps, child) = rest.split_first()?;
        let child = match child.len() {
            0 => None,
            _ => Some(<[u8; 16]>::try_from(child).ok()?),
        };
        Some(Proposal {
            family: FamilyId::from_bytes(*family),
            genesis: Hash::from_bytes(*genesis),
            child: child.map(treehouse_protocol::id::ChildId::from_bytes),
            caps: Caps::from_bits(*caps)?,
            nonce: *nonce,
        })
    };
    read().ok_or(StoreError::Corrupt { what: "pairing.proposal" })
}
