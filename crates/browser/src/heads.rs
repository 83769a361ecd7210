//! A reader's memory of records, against a server that shows something older (section 6).

use treehouse_protocol::cbor::{Canonical, Reader};
use treehouse_protocol::heads::Heads;
use treehouse_protocol::sorted::Set;

use crate::shelf::Shelf;
use crate::value::{Answer, bytes, id, list, nothing, number, seq, word};

pub fn new(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let (family, child) = (id(args, "fid")?, id(args, "cid")?);
    shelf.keep(Heads::new(family, child, word(args)?))
}

pub fn from_bytes(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    shelf.keep(Heads::from_bytes(args.bytes("heads")?)?)
}

pub fn to_bytes(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    bytes(&shelf.get::<Heads>(args)?.to_bytes())
}

pub fn admit(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    shelf.change(args, |shelf, heads: &mut Heads, args| {
        heads.admit(shelf.get(args)?)?;
        nothing()
    })
}

pub fn longest(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    number(seq(shelf.get::<Heads>(args)?.seq()))
}

pub fn count(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    number(shelf.get::<Heads>(args)?.count() as u64)
}

/// Refuses a log, or a list of all records, that lacks what was seen.
pub fn check_view(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let heads = shelf.get::<Heads>(args)?;
    let log_seq = args.uint("seq")?;
    let listed: Set<_> = list(args, |args| id(args, "rid"))?.into_iter().collect();
    heads.check_view(log_seq, &listed)?;
    nothing()
}

pub fn forget(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    shelf.change(args, |_, heads: &mut Heads, args| {
        heads.forget(id(args, "rid")?)?;
        nothing()
    })
}
