//! Inviting another guardian (section 7).

use treehouse_protocol::cbor::Reader;
use treehouse_protocol::invite::{InviteLink, InviteSecret};

use crate::PageRandom;
use crate::family::Family;
use crate::shelf::Shelf;
use crate::value::{Answer, bytes, nothing, pair, text};

pub fn generate(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let family = &shelf.get::<Family>(args)?.inner;
    let link = InviteLink {
        family: family.id(),
        genesis: family.genesis(),
        secret: InviteSecret::generate(&mut PageRandom),
    };
    shelf.keep(link)
}

pub fn parse(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    shelf.keep(InviteLink::parse(args.text("link")?)?)
}

pub fn link(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    text(&shelf.get::<InviteLink>(args)?.text())
}

pub fn facts(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let link = shelf.get::<InviteLink>(args)?;
    pair(link.family.bytes(), link.genesis.bytes())
}

/// The proof that keys belong to whoever was handed the link.
pub fn mac(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let link = shelf.get::<InviteLink>(args)?;
    bytes(&link.secret.mac(link.family, link.genesis, shelf.get(args)?))
}

pub fn verify(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let link = shelf.get::<InviteLink>(args)?;
    let keys = shelf.get(args)?;
    link.secret.verify(link.family, link.genesis, keys, &args.fixed("mac")?)?;
    nothing()
}
