//! Blobs (section 6): keys, places and nonces. The browser's own AES-256-GCM does the bulk.

use std::ops::Range;

use treehouse_protocol::blob::stream::Opener;
use treehouse_protocol::blob::{self, Context, MediaType, PREFIX_BYTES, layout};
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::id::{BlobId, Hash};
use treehouse_protocol::secret::Secret;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use zeroize::Zeroizing;

use crate::PageRandom;
use crate::js::{Thrown, argument, bytes, fixed, list, whole};
use crate::record::{Record, RecordHeader};

/// Where things are in a blob. Lengths are at most 2 GiB, and so are plain numbers.
#[wasm_bindgen]
pub struct Layout(layout::Layout);

#[wasm_bindgen]
impl Layout {
    /// The layout of a blob with this much plain text.
    #[wasm_bindgen(js_name = ofPlain)]
    pub fn of_plain(length: f64) -> Result<Layout, Thrown> {
        let length = whole(length, "plain_len")?.into();
        Ok(Self(layout::Layout::of_plain(length)?))
    }

    /// The layout of a sealed blob with this many bytes.
    #[wasm_bindgen(js_name = ofSealed)]
    pub fn of_sealed(length: f64) -> Result<Layout, Thrown> {
        let length = whole(length, "length")?.into();
        Ok(Self(layout::Layout::of_sealed(length)?))
    }

    /// Bytes of plain text.
    #[wasm_bindgen(getter, js_name = plainLength)]
    pub fn plain_length(&self) -> f64 {
        number(self.0.plain_len())
    }

    /// Bytes of the sealed blob.
    #[wasm_bindgen(getter, js_name = sealedLength)]
    pub fn sealed_length(&self) -> f64 {
        number(self.0.sealed_len())
    }

    /// How many chunks there are.
    #[wasm_bindgen(getter, js_name = chunkCount)]
    pub fn chunk_count(&self) -> f64 {
        number(self.0.chunk_count())
    }

    /// How many parts an upload has.
    #[wasm_bindgen(getter, js_name = partCount)]
    pub fn part_count(&self) -> f64 {
        number(self.0.part_count())
    }

    /// Where the plain text of a chunk starts.
    #[wasm_bindgen(js_name = plainStart)]
    pub fn plain_start(&self, chunk: f64) -> Result<f64, Thrown> {
        Ok(number(self.0.plain_start(whole(chunk, "chunk")?.into())))
    }

    /// Bytes of plain text in a chunk.
    #[wasm_bindgen(js_name = chunkLength)]
    pub fn chunk_length(&self, chunk: f64) -> Result<usize, Thrown> {
        Ok(self.0.chunk_len(whole(chunk, "chunk")?.into()))
    }

    /// The nonce of a chunk.
    pub fn nonce(&self, chunk: f64) -> Result<Vec<u8>, Thrown> {
        Ok(self.0.nonce(whole(chunk, "chunk")?.into()).to_vec())
    }

    /// The chunks that hold this range of the plain text, the last one exclusive.
    #[wasm_bindgen(js_name = chunksOf, unchecked_return_type = "[number, number]")]
    pub fn chunks_of(&self, start: f64, end: f64) -> Result<JsValue, Thrown> {
        Ok(range(&self.0.chunks_of(&between(start, end)?)?))
    }

    /// Where these chunks stand in the sealed blob: what to ask a server for.
    #[wasm_bindgen(js_name = sealedRange, unchecked_return_type = "[number, number]")]
    pub fn sealed_range(&self, start: f64, end: f64) -> Result<JsValue, Thrown> {
        Ok(range(&self.0.sealed_range(&between(start, end)?)))
    }

    /// Where a part of an upload stands in the sealed blob.
    #[wasm_bindgen(js_name = partRange, unchecked_return_type = "[number, number]")]
    pub fn part_range(&self, part: f64) -> Result<JsValue, Thrown> {
        let found = self.0.part_range(whole(part, "part")?.into());
        Ok(range(&found.ok_or(argument("part", "must be one of the blob's"))?))
    }
}

/// What stands before the first chunk of a new blob.
#[wasm_bindgen(js_name = freshBlobPrefix)]
pub fn fresh_blob_prefix() -> Vec<u8> {
    blob::fresh_prefix(&mut PageRandom).to_vec()
}

/// The key of a new blob, before there is a reference to it. `free()` wipes it.
#[wasm_bindgen]
pub struct BlobKey(blob::BlobKey);

#[wasm_bindgen]
impl BlobKey {
    /// A fresh key.
    pub fn generate() -> BlobKey {
        Self(blob::BlobKey::generate(&mut PageRandom))
    }

    /// The 32 bytes for `crypto.subtle.importKey`, to seal a blob for the record of `header`.
    #[wasm_bindgen(js_name = contentKey, unchecked_return_type = "Uint8Array")]
    pub fn content_key(&self, prefix: &[u8], header: &RecordHeader) -> Result<JsValue, Thrown> {
        content_key(&self.0, prefix, &Context::new(&header.0))
    }
}

/// What a record says of a blob: all that it takes to fetch and open it. `free()` wipes the key.
#[wasm_bindgen]
pub struct BlobRef(blob::BlobRef);

#[wasm_bindgen]
impl BlobRef {
    /// A reference to a blob that was sealed for the record of `header`, with a fresh id.
    #[wasm_bindgen(constructor)]
    pub fn new(
        key: &BlobKey,
        layout: &Layout,
        media_type: &str,
        header: &RecordHeader,
    ) -> Result<BlobRef, Thrown> {
        let id = BlobId::random(&mut PageRandom);
        let (key, media_type) = (key.0.clone(), MediaType::parse(media_type)?);
        let reference = blob::BlobRef::new(id, key, layout.0, media_type, &header.0);
        Ok(Self(reference))
    }

    /// The reference in a record's plain text.
    #[wasm_bindgen(js_name = fromBytes)]
    pub fn from_bytes(bytes: Vec<u8>) -> Result<BlobRef, Thrown> {
        let bytes = Zeroizing::new(bytes);
        Ok(Self(blob::BlobRef::from_bytes(&bytes)?))
    }

    /// The reference, for a record's plain text. The key is in it.
    #[wasm_bindgen(js_name = toBytes, unchecked_return_type = "Uint8Array")]
    pub fn to_bytes(&self) -> JsValue {
        bytes(&Zeroizing::new(self.0.to_bytes()))
    }

    /// The blob's id.
    #[wasm_bindgen(getter)]
    pub fn id(&self) -> Vec<u8> {
        self.0.id.bytes().to_vec()
    }

    /// What is in it.
    #[wasm_bindgen(getter, js_name = mediaType)]
    pub fn media_type(&self) -> String {
        self.0.media_type.text().to_owned()
    }

    /// Where things are in it.
    #[wasm_bindgen(getter)]
    pub fn layout(&self) -> Layout {
        Layout(self.0.layout)
    }

    /// The SHA-256 of the sealed blob, where a forgery by another reader matters.
    #[wasm_bindgen(getter, js_name = sealedHash)]
    pub fn sealed_hash(&self) -> Option<Vec<u8>> {
        self.0.sealed_hash.map(|hash| hash.bytes().to_vec())
    }

    /// Fixes the SHA-256 of the sealed blob.
    #[wasm_bindgen(setter, js_name = sealedHash)]
    pub fn set_sealed_hash(&mut self, hash: &[u8]) -> Result<(), Thrown> {
        self.0.sealed_hash = Some(Hash::from_bytes(fixed(hash, "hash")?));
        Ok(())
    }

    /// The 32 bytes for `crypto.subtle.importKey`, to open the blob; `record` is the one in which
    /// this reference stood.
    #[wasm_bindgen(js_name = contentKey, unchecked_return_type = "Uint8Array")]
    pub fn content_key(&self, prefix: &[u8], record: &Record) -> Result<JsValue, Thrown> {
        content_key(&self.0.key, prefix, &self.0.context(record.0.header()))
    }

    /// Opens one chunk in here, for places without the browser's own AES, and for tests.
    #[wasm_bindgen(js_name = openChunk, unchecked_return_type = "Uint8Array")]
    pub fn open_chunk(
        &self,
        prefix: &[u8],
        record: &Record,
        chunk: f64,
        sealed: Vec<u8>,
    ) -> Result<JsValue, Thrown> {
        let mut sealed = Zeroizing::new(sealed);
        let context = self.0.context(record.0.header());
        let prefix = fixed(prefix, "prefix")?;
        let opener = Opener::new(&self.0.key, &context, self.0.layout, &prefix)?;
        let chunk = whole(chunk, "chunk")?.into();
        Ok(bytes(opener.open_chunk(chunk, &mut sealed)?))
    }
}

fn content_key(key: &blob::BlobKey, prefix: &[u8], context: &Context) -> Result<JsValue, Thrown> {
    let prefix = fixed::<PREFIX_BYTES>(prefix, "prefix")?;
    let key: Option<Secret<32>> = key.content_key(&prefix, context);
    let key = key.ok_or(argument("prefix", "must be that of a blob of version 1"))?;
    Ok(bytes(key.expose()))
}

fn between(start: f64, end: f64) -> Result<Range<u64>, Thrown> {
    Ok(whole(start, "start")?.into()..whole(end, "end")?.into())
}

fn range(range: &Range<u64>) -> JsValue {
    list([range.start, range.end].map(|end| number(end).into()).into_iter())
}

/// Exact: no blob is longer than 2^53 bytes.
#[expect(clippy::cast_precision_loss, reason = "no blob is that long")]
const fn number(value: u64) -> f64 {
    value as f64
}
