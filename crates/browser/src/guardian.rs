//! A guardian, or a teen: who holds a bundle (section 2).

use treehouse_protocol::cbor::{Canonical, Reader};
use treehouse_protocol::chain::body::{Genesis, GuardianAdd, GuardianRemove, NewKey, Promote};
use treehouse_protocol::chain::pen;
use treehouse_protocol::error::Refused;
use treehouse_protocol::franking::Franking;
use treehouse_protocol::id::{FamilyId, Hash};
use treehouse_protocol::keys::{Bundle, PrivateKeys, PublicKeys};
use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::Signed;

use crate::PageRandom;
use crate::family::Family;
use crate::keyring;
use crate::record;
use crate::shelf::Shelf;
use crate::value::{Answer, bytes, day, id, kid, list, pair, word};

/// A guardian's keys. They never leave.
pub struct Guardian {
    pub bundle: Bundle,
    pub keys: PrivateKeys,
}

impl Guardian {
    pub fn of(bundle: Bundle) -> Self {
        let keys = bundle.keys();
        Self { bundle, keys }
    }
}

pub fn generate(shelf: &mut Shelf, _: &mut Reader<'_>) -> Answer {
    shelf.keep(Guardian::of(Bundle::from_seed(Secret::random(&mut PageRandom))))
}

pub fn public_keys(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let keys = shelf.get::<Guardian>(args)?.keys.public();
    shelf.keep(keys)
}

pub fn facts(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let keys = shelf.get::<Guardian>(args)?.keys.public();
    pair(keys.id().bytes(), &keys.fingerprint())
}

pub fn sign(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    bytes(&shelf.get::<Guardian>(args)?.keys.sig.sign(args.bytes("message")?))
}

/// Answers the first link, whose hash everybody pins; the family's id is in it.
pub fn found_family(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let keys = &shelf.get::<Guardian>(args)?.keys;
    let vpc = Signed::from_bytes(args.bytes("vpc")?)?;
    let genesis = Genesis { by_teen: false, keys: keys.public(), vpc };
    let family = FamilyId::random(&mut PageRandom);
    bytes(&pen::found(family, genesis, day(args)?, &keys.sig))
}

pub fn accept_invitation(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let keys = &shelf.get::<Guardian>(args)?.keys;
    let family = id(args, "fid")?;
    let add = guardian_add(keys.public(), args)?;
    bytes(&add.accepted(family, &keys.sig).accept_sig)
}

pub fn accept_promotion(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let keys = &shelf.get::<Guardian>(args)?.keys;
    let family = id(args, "fid")?;
    let promote = Promote { child: id(args, "cid")?, keys: keys.public(), accept_sig: [0; 64] };
    bytes(&promote.accepted(family, &keys.sig).accept_sig)
}

/// Agrees that another guardian is removed by the very next link.
pub fn agree_to_removal(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let guardian = shelf.get::<Guardian>(args)?;
    let family = &shelf.get::<Family>(args)?.inner;
    let statement = GuardianRemove::agreement(family.id(), kid(args)?, family.seen().head);
    bytes(&guardian.keys.sig.sign(&statement))
}

pub fn open_grants(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let guardian = shelf.get::<Guardian>(args)?;
    let family = shelf.get(args)?;
    let keyring = keyring::open(family, &guardian.keys.kem, Some(&guardian.bundle), day(args)?)?;
    shelf.keep(keyring)
}

pub fn seal_record(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let guardian = shelf.get::<Guardian>(args)?;
    record::seal(&guardian.keys.sig, Franking::Without, shelf, args)
}

/// So that any reader can prove what was said.
pub fn seal_reportable(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let guardian = shelf.get::<Guardian>(args)?;
    record::seal(&guardian.keys.sig, Franking::Provable, shelf, args)
}

/// What lets a guardian in, not accepted yet; the one who joins and the one who lets in must mean
/// the same.
pub fn guardian_add(keys: PublicKeys, args: &mut Reader<'_>) -> Result<GuardianAdd, Refused> {
    let vpc = Signed::from_bytes(args.bytes("vpc")?)?;
    let role = word(args)?;
    let children = list(args, |args| id(args, "cid"))?.into_iter().collect();
    Ok(GuardianAdd { keys, vpc, role, children, accept_sig: [0; 64] })
}

/// The SHA-256 of a link, a notice or a sealed blob.
pub fn hash_of(_: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    bytes(Hash::of(args.bytes("bytes")?).bytes())
}

/// A fresh id of 16 bytes.
pub fn fresh_id(_: &mut Shelf, _: &mut Reader<'_>) -> Answer {
    bytes(FamilyId::random(&mut PageRandom).bytes())
}
