//! Blobs.

use sha2::{Digest, Sha256};
use treehouse_protocol::blob::layout::Layout;
use treehouse_protocol::blob::stream::{Opener, Sealer};
use treehouse_protocol::blob::{BlobKey, BlobRef, CHUNK_BYTES, Context, MediaType, PREFIX_BYTES};
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::error::Refused;
use treehouse_protocol::id::Hash;

use crate::ciphers::{gcm_open_at, hkdf};
use crate::json::{Entry, Json, hex, map};
use crate::notation;
use crate::records::header;
use crate::seeds::{self, Drawn};

const REFERENCE: [&str; 9] =
    ["type", "blob_id", "dek", "plain_len", "media_type", "hash", "v", "writer_kid", "day"];

pub fn vectors() -> Vec<Json> {
    let mut vectors: Vec<Json> = vec![reference().into()];
    vectors.extend([0, 1, 100].map(|length| small(length).into()));
    vectors.extend([CHUNK_BYTES, CHUNK_BYTES + 1, 1 << 20].map(|length| large(length).into()));
    vectors.push(layouts());
    vectors.extend(refused_blobs());
    vectors.extend(refused_references());
    vectors
}

/// 0, 1, 2, ... 250, 0, 1, ...
fn plain(length: usize) -> Vec<u8> {
    (0..=250).cycle().take(length).collect()
}

/// The key that a generator drew for this blob, and what else it drew.
fn key(name: &str) -> (BlobKey, Json) {
    let mut rng = Drawn::new(&format!("blob key of {name}"));
    (BlobKey::generate(&mut rng), rng.take())
}

struct Sealed {
    bytes: Vec<u8>,
    key: BlobKey,
    dek: Json,
    salt: Json,
    layout: Layout,
}

fn sealed(length: usize) -> Sealed {
    let name = format!("{length} bytes");
    let (key, dek) = key(&name);
    let layout = Layout::of_plain(length as u64).unwrap();
    let (mut rng, mut bytes) = (Drawn::new(&name), Vec::new());
    let context = Context::new(&header());
    let mut sealer = Sealer::start(&key, &context, layout, &mut rng, &mut bytes);
    sealer.push(&plain(length), &mut bytes).unwrap();
    sealer.finish().unwrap();
    Sealed { bytes, key, dek, salt: rng.take(), layout }
}

impl Sealed {
    fn prefix(&self) -> &[u8; PREFIX_BYTES] {
        self.bytes.first_chunk().unwrap()
    }

    /// Found without the crate: `HKDF(dek, salt, "TH-BLOB/1\0" || start || context)`.
    fn content_key(&self) -> [u8; 32] {
        let context = header().blob_context();
        let reference = BlobRef::new(
            seeds::id("blob"),
            self.key.clone(),
            self.layout,
            MediaType::parse("image/jpeg").unwrap(),
            &header(),
        )
        .to_bytes();
        let dek = notation::content(notation::items(&reference)[2]).to_vec();
        let (start, salt) = self.prefix().split_at(8);
        hkdf(salt, &dek, &[b"TH-BLOB/1\0", start, &context])
    }

    fn chunks(&self) -> Vec<Json> {
        let key = self.content_key();
        let mut chunks = Vec::new();
        for chunk in 0..self.layout.chunk_count() {
            let range = self.layout.sealed_range(&(chunk..chunk + 1));
            let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
            let (nonce, sealed) = (self.layout.nonce(chunk), &self.bytes[range]);
            let opened = gcm_open_at(&key, nonce, sealed, &[]);
            chunks.push(map([
                ("nonce", hex(nonce)),
                ("plain_len", (opened.len() as u64).into()),
                ("sealed_sha256", hex(Sha256::digest(sealed))),
            ]));
        }
        chunks
    }
}

fn small(length: usize) -> Entry {
    let sealed = sealed(length);
    Entry::new(
        &format!("blob of {length} bytes"),
        "\"THB1\" 01 10 00 00 || salt || chunks; the key of the chunks is HKDF(dek, salt, \
         \"TH-BLOB/1\\0\" || first 8 bytes || context), no aad",
    )
    .inputs([
        ("dek", sealed.dek.clone()),
        ("context", hex(header().blob_context())),
        ("plain", hex(plain(length))),
        ("salt", sealed.salt.clone()),
    ])
    .steps([("content_key", hex(sealed.content_key())), ("chunks", sealed.chunks().into())])
    .outputs([("sealed", hex(&sealed.bytes))])
}

fn large(length: usize) -> Entry {
    let sealed = sealed(length);
    Entry::new(&format!("blob of {length} bytes"), "the plain text counts 0 to 250, over and over")
        .inputs([
            ("dek", sealed.dek.clone()),
            ("context", hex(header().blob_context())),
            ("plain_len", (length as u64).into()),
            ("plain_sha256", hex(Sha256::digest(plain(length)))),
            ("salt", sealed.salt.clone()),
        ])
        .steps([("content_key", hex(sealed.content_key())), ("chunks", sealed.chunks().into())])
        .outputs([
            ("sealed_len", sealed.layout.sealed_len().into()),
            ("sealed_sha256", hex(Sha256::digest(&sealed.bytes))),
        ])
}

fn reference() -> Entry {
    let (key, dek) = key("reference");
    let mut reference = BlobRef::new(
        seeds::id("blob"),
        key,
        Layout::of_plain(123_456).unwrap(),
        MediaType::parse("image/jpeg").unwrap(),
        &header(),
    );
    reference.sealed_hash = Some(Hash::of(b"the sealed blob"));
    let cbor = reference.to_bytes();
    Entry::new("reference", "what a record says of a blob: in its plain text, since it has the key")
        .inputs([("dek", dek), ("fields", notation::fields(&REFERENCE, &cbor))])
        .outputs([("cbor", hex(cbor)), ("context", hex(header().blob_context()))])
}

fn layouts() -> Json {
    let lengths = [0, 1, 65_535, 65_536, 65_537, 131_072, 8 << 20, (2 << 30) - 1, 2 << 30];
    let rows = lengths.map(|length: u64| {
        let layout = Layout::of_plain(length).unwrap();
        map([
            ("plain_len", length.into()),
            ("sealed_len", layout.sealed_len().into()),
            ("chunks", layout.chunk_count().into()),
            ("parts", layout.part_count().into()),
            ("last_nonce", hex(layout.nonce(layout.chunk_count() - 1))),
        ])
    });
    Entry::new("layouts", "65536 bytes a chunk, 16 for each tag, 40 before the first; 8 MiB a part")
        .outputs([("rows", Json::List(rows.into()))])
        .into()
}

fn opened(sealed: &Sealed, bytes: &[u8]) -> Result<(), Refused> {
    let context = Context::new(&header());
    let prefix = bytes.first_chunk().unwrap();
    let mut opener = Opener::new(&sealed.key, &context, sealed.layout, prefix)?;
    opener.push(&bytes[PREFIX_BYTES..], &mut Vec::new())?;
    opener.finish()
}

fn refused_blobs() -> Vec<Json> {
    let sealed = sealed(100);
    let good = &sealed.bytes;
    opened(&sealed, good).unwrap();
    let changed = |place: usize| {
        let mut bytes = good.clone();
        bytes[place] ^= 1;
        bytes
    };
    let cases = [
        ("another magic", changed(0)),
        ("another format version", changed(4)),
        ("another chunk size", changed(5)),
        ("a spare byte set", changed(7)),
        ("another salt", changed(8)),
        ("a changed byte", changed(40)),
        ("a changed tag", changed(good.len() - 1)),
        ("the last byte missing", good[..good.len() - 1].to_vec()),
        ("a byte behind", [&good[..], &[0]].concat()),
        ("no chunk", good[..PREFIX_BYTES].to_vec()),
    ];
    let refused = |(what, bytes): (&str, Vec<u8>)| {
        let refused = opened(&sealed, &bytes).unwrap_err();
        Entry::new(&format!("blob: {what}"), "must be refused as the blob of 100 bytes")
            .inputs([("dek", sealed.dek.clone()), ("sealed", hex(bytes))])
            .refused(&refused)
            .into()
    };
    cases.into_iter().map(refused).collect()
}

fn refused_references() -> Vec<Json> {
    let (key, _) = key("reference");
    let media_type = MediaType::parse("image/jpeg").unwrap();
    let layout = Layout::of_plain(1).unwrap();
    let good = BlobRef::new(seeds::id("blob"), key, layout, media_type, &header()).to_bytes();
    let items = notation::items(&good);
    let replaced = |index: usize, item: &[u8]| {
        let mut items = items.clone();
        items[index] = item;
        [&[0x89], &items.concat()[..]].concat()
    };
    let cases = [
        ("over 2 GiB", replaced(3, &[0x1a, 0x80, 0, 0, 1])),
        ("an upper-case media type", replaced(4, b"\x69Image/jpg")),
        ("no subtype", replaced(4, b"\x65image")),
        ("key version 0", replaced(6, &[0])),
    ];
    let refused = |(what, cbor): (&str, Vec<u8>)| {
        let refused = BlobRef::from_bytes(&cbor).unwrap_err();
        let entry = Entry::new(&format!("reference: {what}"), "must be refused");
        entry.inputs([("cbor", hex(cbor))]).refused(&refused).into()
    };
    cases.into_iter().map(refused).collect()
}
