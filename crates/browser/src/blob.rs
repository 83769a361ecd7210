//! Blobs (section 6): keys, places and nonces. The browser's own AES-256-GCM does the bulk.

use std::ops::Range;

use treehouse_protocol::blob::stream::Opener;
use treehouse_protocol::blob::{self, BlobKey, BlobRef, Context, MediaType, layout::Layout};
use treehouse_protocol::cbor::{Canonical, Reader};
use treehouse_protocol::error::Refused;
use treehouse_protocol::id::BlobId;
use treehouse_protocol::record::{Header, Record};
use zeroize::Zeroizing;

use crate::PageRandom;
use crate::shelf::Shelf;
use crate::value::{Answer, answer, argument, bytes, hash, nothing, number};

/// The layout of a blob with this much plain text. Lengths are at most 2 GiB.
pub fn of_plain(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    shelf.keep(Layout::of_plain(whole(args, "plain_len")?)?)
}

/// The layout of a sealed blob with this many bytes.
pub fn of_sealed(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    shelf.keep(Layout::of_sealed(whole(args, "length")?)?)
}

pub fn lengths(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let layout = shelf.get::<Layout>(args)?;
    let mut writer = answer(0);
    writer.array(4).uint(layout.plain_len()).uint(layout.sealed_len());
    writer.uint(layout.chunk_count()).uint(layout.part_count());
    Ok(writer)
}

/// Where the plain text of a chunk starts.
pub fn plain_start(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    number(shelf.get::<Layout>(args)?.plain_start(whole(args, "chunk")?))
}

/// Bytes of plain text in a chunk.
pub fn chunk_length(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    number(shelf.get::<Layout>(args)?.chunk_len(whole(args, "chunk")?) as u64)
}

pub fn nonce(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    bytes(&shelf.get::<Layout>(args)?.nonce(whole(args, "chunk")?))
}

/// The chunks that hold this range of the plain text, the last one exclusive.
pub fn chunks_of(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let layout = shelf.get::<Layout>(args)?;
    range(&layout.chunks_of(&between(args)?)?)
}

/// Where these chunks stand in the sealed blob: what to ask a server for.
pub fn sealed_range(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let layout = shelf.get::<Layout>(args)?;
    range(&layout.sealed_range(&between(args)?))
}

/// Where a part of an upload stands in the sealed blob.
pub fn part_range(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let found = shelf.get::<Layout>(args)?.part_range(whole(args, "part")?);
    range(&found.ok_or_else(|| argument("part", "must be one of the blob's"))?)
}

/// What stands before the first chunk of a new blob.
pub fn fresh_prefix(_: &mut Shelf, _: &mut Reader<'_>) -> Answer {
    bytes(&blob::fresh_prefix(&mut PageRandom))
}

/// The key of a new blob, before there is a reference to it.
pub fn generate(shelf: &mut Shelf, _: &mut Reader<'_>) -> Answer {
    shelf.keep(BlobKey::generate(&mut PageRandom))
}

/// The 32 bytes for `crypto.subtle.importKey`, to seal a blob for the record of a header.
pub fn sealing_key(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let key = shelf.get::<BlobKey>(args)?;
    let prefix = args.fixed("prefix")?;
    content_key(key, &prefix, &Context::new(shelf.get::<Header>(args)?))
}

/// A reference to a blob that was sealed for the record of a header, with a fresh id.
pub fn reference(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let key = shelf.get::<BlobKey>(args)?.clone();
    let layout = *shelf.get::<Layout>(args)?;
    let media_type = MediaType::parse(args.text("media_type")?)?;
    let id = BlobId::random(&mut PageRandom);
    let reference = BlobRef::new(id, key, layout, media_type, shelf.get(args)?);
    shelf.keep(reference)
}

/// The reference in a record's plain text.
pub fn from_bytes(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    shelf.keep(BlobRef::from_bytes(args.bytes("reference")?)?)
}

/// The reference, for a record's plain text. The key is in it.
pub fn to_bytes(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    bytes(&Zeroizing::new(shelf.get::<BlobRef>(args)?.to_bytes()))
}

/// With the SHA-256 of the sealed blob, where a forgery by another reader matters.
pub fn facts(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let reference = shelf.get::<BlobRef>(args)?;
    let mut writer = answer(0);
    writer.array(3).bytes(reference.id.bytes()).text(reference.media_type.text());
    writer.optional_bytes(reference.sealed_hash.as_ref().map(|hash| hash.bytes().as_slice()));
    Ok(writer)
}

pub fn layout(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let layout = shelf.get::<BlobRef>(args)?.layout;
    shelf.keep(layout)
}

pub fn set_sealed_hash(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    shelf.change(args, |_, reference: &mut BlobRef, args| {
        reference.sealed_hash = Some(hash(args, "hash")?);
        nothing()
    })
}

/// The 32 bytes for `crypto.subtle.importKey`, to open the blob; the record is the one in which
/// the reference stood.
pub fn opening_key(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let reference = shelf.get::<BlobRef>(args)?;
    let prefix = args.fixed("prefix")?;
    let record = shelf.get::<Record>(args)?;
    content_key(&reference.key, &prefix, &reference.context(record.header()))
}

/// Opens one chunk in here, for places without the browser's own AES, and for tests.
pub fn open_chunk(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let reference = shelf.get::<BlobRef>(args)?;
    let prefix = args.fixed("prefix")?;
    let context = reference.context(shelf.get::<Record>(args)?.header());
    let opener = Opener::new(&reference.key, &context, reference.layout, &prefix)?;
    let chunk = whole(args, "chunk")?;
    let mut sealed = Zeroizing::new(args.bytes("chunk")?.to_vec());
    bytes(opener.open_chunk(chunk, &mut sealed)?)
}

fn content_key(key: &BlobKey, prefix: &[u8; blob::PREFIX_BYTES], context: &Context) -> Answer {
    let key = key.content_key(prefix, context);
    let wrong = || argument("prefix", "must be that of a blob of version 1");
    bytes(key.ok_or_else(wrong)?.expose())
}

fn whole(args: &mut Reader<'_>, field: &'static str) -> Result<u64, Refused> {
    args.uint::<u32>(field).map(u64::from)
}

fn between(args: &mut Reader<'_>) -> Result<Range<u64>, Refused> {
    Ok(whole(args, "start")?..whole(args, "end")?)
}

fn range(range: &Range<u64>) -> Answer {
    let mut writer = answer(0);
    writer.array(2).uint(range.start).uint(range.end);
    Ok(writer)
}
