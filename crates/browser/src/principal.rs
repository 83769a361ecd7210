//! Public keys, and whose word counts (section 2).

use treehouse_protocol::cbor::{Canonical, Reader};
use treehouse_protocol::error::Refused;
use treehouse_protocol::kem::KemPublic;
use treehouse_protocol::keys::PublicKeys;
use treehouse_protocol::registry::Coded;
use treehouse_protocol::sign::Signed;
use treehouse_protocol::trust::Trust;

use crate::shelf::Shelf;
use crate::value::{Answer, answer, nothing, suite, verify_key};

/// Admits a signing key and a sealing key.
pub fn public_keys(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let sig = verify_key(args, "pk_sig")?;
    let kem = KemPublic::admit(suite(args)?, args.bytes("pk_kem")?)?;
    shelf.keep(PublicKeys { sig, kem })
}

pub fn facts(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let keys = shelf.get::<PublicKeys>(args)?;
    let mut writer = answer(0);
    writer.array(5).bytes(keys.id().bytes()).bytes(keys.sig.bytes());
    writer.uint(keys.kem.suite().code()).bytes(keys.kem.bytes()).bytes(&keys.fingerprint());
    Ok(writer)
}

pub fn trust(shelf: &mut Shelf, _: &mut Reader<'_>) -> Answer {
    shelf.keep(Trust::default())
}

pub fn add_attester(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    believe(shelf, args, |trust, args| Ok(trust.with_attester(verify_key(args, "attester")?)))
}

pub fn add_server(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    believe(shelf, args, |trust, args| Ok(trust.with_server(verify_key(args, "server")?)))
}

pub fn add_listing(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    believe(shelf, args, |trust, args| {
        let listing = Signed::from_bytes(args.bytes("listing")?)?;
        trust.with_listing(&listing, &verify_key(args, "root")?)
    })
}

fn believe(
    shelf: &mut Shelf,
    args: &mut Reader<'_>,
    more: fn(Trust, &mut Reader<'_>) -> Result<Trust, Refused>,
) -> Answer {
    shelf.change(args, |_, trust: &mut Trust, args| {
        *trust = more(trust.clone(), args)?;
        nothing()
    })
}
