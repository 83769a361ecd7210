//! A family, as its chain tells it (section 3).

use treehouse_protocol::cbor::Reader;
use treehouse_protocol::chain;

use crate::shelf::Shelf;
use crate::summary;
use crate::value::{self, Answer, all_bytes, day, hash, nothing, pair, place};

/// A replayed chain, with its links.
pub struct Family {
    pub inner: chain::Family,
    pub links: Vec<Vec<u8>>,
}

/// Replays a chain from its first link, whose hash was pinned.
pub fn replay(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let (pinned, links) = (hash(args, "genesis")?, all_bytes(args)?);
    let slices = links.iter().map(Vec::as_slice);
    let inner = chain::Family::replay(pinned, slices, shelf.get(args)?, day(args)?)?;
    shelf.keep(Family { inner, links })
}

/// Reads one more link. If it's refused, nothing has changed.
pub fn apply(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    shelf.change(args, |shelf, family: &mut Family, args| {
        let link = args.bytes("link")?;
        family.inner.apply(link, shelf.get(args)?, day(args)?)?;
        family.links.push(link.to_vec());
        nothing()
    })
}

/// Checks a batch as the server does before it stores it. Answers the family after it.
pub fn append(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let family = shelf.get::<Family>(args)?;
    let batch = all_bytes(args)?;
    let slices: Vec<_> = batch.iter().map(Vec::as_slice).collect();
    let inner = family.inner.append(&slices, shelf.get(args)?, day(args)?)?;
    let links = [family.links.as_slice(), &batch].concat();
    shelf.keep(Family { inner, links })
}

pub fn facts(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let family = &shelf.get::<Family>(args)?.inner;
    pair(family.id().bytes(), family.genesis().bytes())
}

pub fn seen(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let mut answer = value::answer(0);
    value::seen(&mut answer, shelf.get::<Family>(args)?.inner.seen());
    Ok(answer)
}

/// Refuses a chain that lacks a place that was seen: rolled back, or another history.
pub fn check_seen(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let family = shelf.get::<Family>(args)?;
    family.inner.check_seen(&place(args)?)?;
    nothing()
}

/// All that the chain amounts to.
pub fn summary(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let family = shelf.get::<Family>(args)?;
    let mut answer = value::answer(0);
    summary::write(&mut answer, &family.inner, day(args)?);
    Ok(answer)
}
