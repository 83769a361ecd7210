//! Records (section 6).

use treehouse_protocol::cbor::{Canonical, Reader};
use treehouse_protocol::error::Refused;
use treehouse_protocol::franking::Franking;
use treehouse_protocol::record::{self, Expected, Header, Record, Root};
use treehouse_protocol::registry::{Category, Coded};
use treehouse_protocol::sign::{Signed, SigningKey};

use crate::PageRandom;
use crate::family::Family;
use crate::keyring::Keyring;
use crate::pen::current_key;
use crate::shelf::Shelf;
use crate::value::{Answer, answer, argument, bytes, day, id, kid, seq, word};

/// What stands before a record that is about to be sealed under the current key.
pub fn header(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let family = &shelf.get::<Family>(args)?.inner;
    let header = Header {
        name: current_key(family, id(args, "cid")?, word(args)?)?,
        record: id(args, "rid")?,
        ver: args.uint("ver")?,
        writer: kid(args)?,
        day: day(args)?,
        seq: family.seen().seq,
    };
    shelf.keep(header)
}

/// Seals under the category key.
pub fn seal(
    writer: &SigningKey,
    franking: Franking,
    shelf: &Shelf,
    args: &mut Reader<'_>,
) -> Answer {
    let header = shelf.get::<Header>(args)?;
    let key = shelf.get::<Keyring>(args)?.keys.key(&header.name);
    let root = Root::Category(key.ok_or_else(no_key)?);
    let plain = args.bytes("plain text")?;
    bytes(&record::seal(header, root, plain, franking, writer, &mut PageRandom)?.to_bytes())
}

/// Seals to the drop-box.
pub fn drop_in(writer: &SigningKey, shelf: &Shelf, args: &mut Reader<'_>) -> Answer {
    let header = shelf.get::<Header>(args)?;
    let family = &shelf.get::<Family>(args)?.inner;
    let line = family.keys(header.name.child, header.name.category);
    let made = line.and_then(|line| line.version(header.name.version));
    let made = made.ok_or_else(|| argument("family", "must be the one of the header"))?;
    let root = Root::DropBox(&made.version.drop_box);
    let (plain, without) = (args.bytes("plain text")?, Franking::Without);
    bytes(&record::seal(header, root, plain, without, writer, &mut PageRandom)?.to_bytes())
}

/// Checks a record against the chain of its family. What is in it stays sealed.
pub fn check(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let signed = Signed::from_bytes(args.bytes("record")?)?;
    let family = &shelf.get::<Family>(args)?.inner;
    let record = record::check_in(&signed, family, shelf.get(args)?)?;
    shelf.keep(record)
}

/// Opens it with a key of the ring, if it's of the child and category that were asked for, and the
/// record that was asked for, if one was.
pub fn open(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let record = shelf.get::<Record>(args)?;
    let keyring = shelf.get::<Keyring>(args)?;
    let mut name = record.header().name;
    name.child = id(args, "cid")?;
    name.category = word::<Category>(args)?;
    let asked = args.optional(|args| id(args, "rid"))?;
    let key = keyring.keys.key(&name).ok_or_else(no_key)?;
    let opened = record.open(key, &Expected { name, record: asked })?;
    let franking = opened.franking.as_ref().map(|key| key.secret().expose().as_slice());
    // Enough for all: an answer that grew would leave a copy of the text behind.
    let mut writer = answer(opened.plain.len() + 64);
    writer.array(2).bytes(&opened.plain).optional_bytes(franking);
    Ok(writer)
}

pub fn facts(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let record = shelf.get::<Record>(args)?;
    let Header { name, record: id, ver, writer: by, day, seq: had_seen } = record.header();
    let mut writer = answer(0);
    writer.array(10).bytes(id.bytes()).bytes(name.child.bytes()).text(name.category.word());
    writer.uint(name.version).uint(*ver).bytes(by.bytes()).uint(day.0).uint(seq(*had_seen));
    writer.bytes(record.hash().bytes()).uint(u8::from(record.is_drop_box()));
    Ok(writer)
}

fn no_key() -> Refused {
    argument("keyring", "must hold the key")
}
