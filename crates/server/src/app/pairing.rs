//! Linking a toy: its code, the guardian's proposal, the toy's proof, and at last its token.

use hmac::{Hmac, Mac};
use sha2::Sha256;
use treehouse_protocol::cbor::Writer;
use treehouse_protocol::chain::body::Caps;
use treehouse_protocol::id::{ChildId, FamilyId, Hash};
use treehouse_protocol::keys::PublicKeys;
use treehouse_protocol::pairing::UserCode;
use treehouse_protocol::registry::Coded;

use super::{App, families};
use crate::access;
use crate::data_map::RuleId;
use crate::domain::pairing::{POLL_S, PairingId, PairingState, Proposal, admit_keys};
use crate::domain::principal::Principal;
use crate::domain::token::Token;
use crate::error::Error;
use crate::live::Ring;
use crate::random;
use crate::store::pairing::{
    self, Accept, Claim, Finish, Pairing, Propose, Start, decode_proposal, encode_proposal,
};

/// What a toy is told when it asks to be linked.
#[derive(Debug)]
pub struct Started {
    /// What it asks with; a secret of its own.
    pub device_code: Token,
    /// What it shows.
    pub user_code: UserCode,
    /// How long the code counts, in seconds.
    pub expires_s: u32,
    /// How often it may ask, in seconds.
    pub interval_s: u32,
}

/// A toy asks to be linked.
///
/// # Errors
/// Its keys are malformed or weak, or it has a sensor that no product lists.
pub async fn start(
    app: &App,
    keys: &PublicKeys,
    caps: Caps,
    commitment: [u8; 32],
) -> Result<Started, Error> {
    require_listed(app, caps)?;
    let rng = &mut random::rng();
    let (device_code, user_code) = (Token::generate(rng), UserCode::generate(rng));
    let now = app.now().0;
    let start = Start {
        device_code: device_code.hash(),
        code: code_hash(app, &user_code),
        keys: encode_keys(keys, caps),
        commitment,
        now,
        expires_ms: now + RuleId::Pairing.ms(),
    };
    app.db.write(start).await?;
    let expires_s = u32::try_from(RuleId::Pairing.ms() / 1000).unwrap_or(u32::MAX);
    Ok(Started { device_code, user_code, expires_s, interval_s: POLL_S })
}

/// Refuses a toy with a sensor that stands in no product's list, and so in no notice (ETSI EN 303 645,
/// provision 5.8-3).
///
/// # Errors
/// It has one.
pub(super) fn require_listed(app: &App, caps: Caps) -> Result<(), Error> {
    match app.registers.unlisted_sensor(caps) {
        None => Ok(()),
        Some(_) => Err(Error::Denied(
            "the toy has a sensor that no product of this service lists: its maker must list it first",
        )),
    }
}

/// Codes have 40 bits: kept as a keyed hash, so that a copy of the database gives none away.
fn code_hash(app: &App, code: &UserCode) -> [u8; 32] {
    let mac = <Hmac<Sha256> as Mac>::new_from_slice(app.secrets.index.expose());
    let mac = mac.map(|mac| mac.chain_update(b"pairing").chain_update(code.text()));
    mac.map(|mac| mac.finalize().into_bytes().into()).unwrap_or_default()
}

fn encode_keys(keys: &PublicKeys, caps: Caps) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.array(4).bytes(keys.sig.bytes()).uint(keys.kem.suite().code()).bytes(keys.kem.bytes());
    writer.bytes(&[caps.bits()]);
    writer.into_bytes()
}

fn decode_keys(bytes: &[u8]) -> Result<(PublicKeys, Caps), Error> {
    const WRONG: Error = Error::Internal("pairing.keys");
    // array(4), bytes(32), uint(suite), bytes(kem), bytes(caps): as `encode_keys` writes it; three
    // of them, without what the toy can do, as servers before wrote it.
    let (keys, caps) = match bytes.first() {
        Some(0x84) => match bytes.split_last_chunk::<2>() {
            Some((keys, [0x41, bits])) => (keys, *bits),
            _ => return Err(WRONG),
        },
        _ => (bytes, 0),
    };
    let signing = keys.get(3..35);
    let suite = keys.get(35).copied();
    let sealing = keys.get(36..).and_then(|rest| match rest.first()? {
        0x58 => rest.get(2..),
        0x59 => rest.get(3..),
        _ => None,
    });
    let (Some(signing), Some(suite), Some(sealing)) = (signing, suite, sealing) else {
        return Err(WRONG);
    };
    Ok((admit_keys(signing, suite, sealing)?, Caps::from_bits(caps).ok_or(WRONG)?))
}

/// A toy that a guardian has claimed.
#[derive(Debug)]
pub struct Claimed {
    /// The pairing, for the family.
    pub id: PairingId,
    /// The keys that the server says are the toy's; the guardian checks them with the toy.
    pub keys: PublicKeys,
    /// What the toy says that it can do.
    pub caps: Caps,
    /// The toy's part of the three-picture check.
    pub commitment: [u8; 32],
}

/// A guardian types the code that a toy shows. It counts once.
///
/// # Errors
/// Not a guardian; no toy shows this code now; or the operator isn't ready for children.
pub async fn claim(
    app: &App,
    principal: &Principal,
    family: FamilyId,
    code: &UserCode,
) -> Result<Claimed, Error> {
    let family = families::of(app, principal, family).await?;
    let permit = access::manage(principal, &family)?;
    app.require_ready()?;
    let id = PairingId::random(&mut random::rng());
    let claim = Claim { permit, code: code_hash(app, code), id, now: app.now().0 };
    let (keys, commitment) = app.db.write(claim).await?.ok_or(Error::NotFound)?;
    let (keys, caps) = decode_keys(&keys)?;
    Ok(Claimed { id, keys, caps, commitment })
}

/// What a guardian proposes.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// The child that will play with it.
    pub child: Option<ChildId>,
    /// What it may do.
    pub caps: Caps,
    /// The guardian's part of the three-picture check.
    pub nonce: [u8; 16],
}

/// A guardian proposes a place in the family to the toy.
///
/// # Errors
/// Not a guardian, no such child, a sensor that no product lists, or the pairing doesn't wait for a proposal.
pub async fn propose(
    app: &App,
    principal: &Principal,
    family: FamilyId,
    id: PairingId,
    place: Place,
) -> Result<(), Error> {
    let family = families::of(app, principal, family).await?;
    let permit = access::manage(principal, &family)?;
    if place.child.is_some_and(|child| family.child(child).is_none()) {
        return Err(Error::invalid("child", "must be a child of the family"));
    }
    let Place { child, caps, nonce } = place;
    require_listed(app, caps)?;
    let proposal = Proposal { family: family.id(), genesis: family.genesis(), child, caps, nonce };
    let proposal = encode_proposal(&proposal);
    let propose = Propose { permit, id, proposal, now: app.now().0 };
    if app.db.write(propose).await? { Ok(()) } else { Err(Error::NotFound) }
}

/// How a pairing stands, for the guardian.
///
/// # Errors
/// Not a guardian, or the family has no such pairing.
pub async fn find(
    app: &App,
    principal: &Principal,
    family: FamilyId,
    id: PairingId,
) -> Result<Pairing, Error> {
    let family = families::of(app, principal, family).await?;
    let permit = access::manage(principal, &family)?;
    pairing::find_own(&app.db, &permit, id, app.now().0).await?.ok_or(Error::NotFound)
}

/// What a toy that waits is told.
#[derive(Debug)]
pub enum Progress {
    /// Nobody has typed the code, or the guardian is still thinking.
    Pending,
    /// A guardian proposes this.
    Proposed(Proposal),
    /// The chain has the toy: here is its token.
    Linked(Token, FamilyId),
}

/// A toy asks how far it has come.
///
/// # Errors
/// [`Error::Gone`] if its code is over, or it was linked before.
pub async fn poll(app: &App, device_code: &Token) -> Result<Progress, Error> {
    let now = app.now().0;
    let found = pairing::find(&app.db, device_code.hash(), now).await?;
    let pairing = found.ok_or(Error::Gone("the code is over: begin again"))?;
    let proposal = pairing.proposal.as_deref().map(decode_proposal).transpose()?;
    match (pairing.state, proposal) {
        (PairingState::Proposed, Some(proposal)) => Ok(Progress::Proposed(proposal)),
        (PairingState::Accepted, Some(proposal)) => {
            let key = decode_keys(&pairing.keys)?.0.id();
            let family = families::find(app, proposal.family).await?;
            if family.member(key).is_none() {
                return Ok(Progress::Pending);
            }
            let token = Token::generate(&mut random::rng());
            let finish = Finish {
                device_code: device_code.hash(),
                family: family.id(),
                key,
                token: token.hash(),
                now,
                day: app.today().0,
            };
            if app.db.write(finish).await? {
                app.bells.ring(family.id(), Ring::Family);
                return Ok(Progress::Linked(token, family.id()));
            }
            Err(Error::Gone("it was linked before"))
        }
        _ => Ok(Progress::Pending),
    }
}

/// The toy proves its key for the place that was proposed.
///
/// # Errors
/// It doesn't wait for that.
pub async fn accept(
    app: &App,
    device_code: &Token,
    nonce: [u8; 16],
    accept_sig: [u8; 64],
) -> Result<(), Error> {
    let hash: Hash = device_code.hash();
    let found = pairing::find(&app.db, hash, app.now().0).await?;
    let pairing = found.ok_or(Error::Gone("the code is over: begin again"))?;
    let accept = Accept { device_code: hash, nonce, proof: accept_sig, now: app.now().0 };
    if !app.db.write(accept).await? {
        return Err(Error::Conflict("the toy isn't asked to accept anything now"));
    }
    if let Some(family) = pairing.family {
        app.bells.ring(family, Ring::Family);
    }
    Ok(())
}
