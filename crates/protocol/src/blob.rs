//! Blobs: pictures, sounds and films, sealed in chunks (section 6).
//!
//! The bytes are `"THB1", 1, 16, 0, 0 | salt | chunks`. They are public to whoever stores them; what
//! opens them, a [`BlobRef`], stands in the plain text of a record. A blob is sealed and opened as
//! a stream in constant memory, and any part of it can be opened alone: see [`stream`] and
//! [`layout`].
//!
//! A blob isn't signed. Whoever holds its key can make another that opens in its place, if the
//! store lets it: a reader together with the server. Where that matters, the writer puts the hash
//! of the sealed bytes into the reference, and the reader takes the whole blob and compares.

use std::fmt;

use rand_core::CryptoRng;

use crate::blob::layout::Layout;
use crate::cbor::{Canonical, Reader, Writer};
use crate::error::{Refused, require};
use crate::id::{BlobId, Day, Hash, KeyId};
use crate::record::Header;
use crate::secret::{Secret, derive};

pub mod layout;
pub mod stream;

const NAME: &str = "TH-BLOB/1";

/// Plain text in a chunk; the last may have less.
pub const CHUNK_BYTES: usize = 1 << 16;
/// The longest plain text of a blob.
pub const PLAIN_BYTES_MAX: u64 = 2 << 30;
/// Bytes of a sealed blob that are uploaded at once.
pub const PART_BYTES: usize = 8 << 20;
/// Bytes before the first chunk: what this is, and the salt.
pub const PREFIX_BYTES: usize = START.len() + SALT_BYTES;
/// The longest media type.
pub const MEDIA_TYPE_BYTES_MAX: usize = 127;

/// Magic, version, the power of two that is [`CHUNK_BYTES`], and two bytes to spare.
const START: [u8; 8] = *b"THB1\x01\x10\0\0";
const SALT_BYTES: usize = 32;

/// What stands before the first chunk of a new blob: what this is, and a fresh salt.
#[must_use]
pub fn fresh_prefix(rng: &mut dyn CryptoRng) -> [u8; PREFIX_BYTES] {
    let mut prefix = [0; PREFIX_BYTES];
    prefix[..START.len()].copy_from_slice(&START);
    rng.fill_bytes(&mut prefix[START.len()..]);
    prefix
}

/// The key of one blob (`dek`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobKey(Secret<32>);

impl BlobKey {
    /// A fresh key.
    #[must_use]
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        Self(Secret::random(rng))
    }

    /// Its bytes.
    #[must_use]
    pub const fn secret(&self) -> &Secret<32> {
        &self.0
    }

    /// The key of the chunks, `HKDF(dek, salt, "TH-BLOB/1\0" || start || context)`; with
    /// [`Layout::nonce`] all that another AES-256-GCM needs, such as a browser's own. `None` if
    /// `prefix` isn't that of a blob.
    #[must_use]
    pub fn content_key(
        &self,
        prefix: &[u8; PREFIX_BYTES],
        context: &Context,
    ) -> Option<Secret<32>> {
        let (start, salt) = prefix.split_at(START.len());
        let info: [&[u8]; 3] = [b"TH-BLOB/1\0", start, &context.0];
        (start == START).then(|| derive(salt, self.0.expose(), &info))
    }
}

/// What a blob is bound to: the record that it was sealed for, but not the record's version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context(Vec<u8>);

impl Context {
    /// The context in which to seal a blob for the record with this header.
    #[must_use]
    pub fn new(header: &Header) -> Self {
        Self(header.blob_context())
    }
}

/// What a record says of a blob: everything that it takes to fetch and open it.
///
/// Its encoding contains the key, so keep it only in a record's plain text, and wipe it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobRef {
    /// Which blob.
    pub id: BlobId,
    /// Its key.
    pub key: BlobKey,
    /// Its layout; tells a reader where the end must be.
    pub layout: Layout,
    /// What is in it.
    pub media_type: MediaType,
    /// The SHA-256 of the sealed blob, where a forgery by another reader matters.
    pub sealed_hash: Option<Hash>,
    /// The version of the category key when the blob was sealed.
    pub version: u32,
    /// Who sealed it.
    pub writer: KeyId,
    /// The day on which it was sealed.
    pub day: Day,
}

impl BlobRef {
    /// A reference to a blob that is sealed in the context of `header`.
    #[must_use]
    pub fn new(
        id: BlobId,
        key: BlobKey,
        layout: Layout,
        media_type: MediaType,
        header: &Header,
    ) -> Self {
        Self {
            id,
            key,
            layout,
            media_type,
            sealed_hash: None,
            version: header.name.version,
            writer: header.writer,
            day: header.day,
        }
    }

    /// The context in which the blob was sealed, for a reader that found this reference in the
    /// record with `header`.
    ///
    /// Family, child, category and record are the header's: a reference that was moved to another
    /// record opens nothing. Key version, writer and day are those of the first record, so that
    /// another guardian can change a caption, or the key can rotate, before the film is sealed
    /// anew.
    #[must_use]
    pub fn context(&self, header: &Header) -> Context {
        let mut first = *header;
        first.name.version = self.version;
        first.writer = self.writer;
        first.day = self.day;
        Context::new(&first)
    }
}

impl Canonical for BlobRef {
    const NAME: &'static str = NAME;
    const BYTES_MAX: usize = 320;
    const HOLDS_KEY: bool = true;

    fn encode(&self, writer: &mut Writer) {
        writer
            .array(9)
            .text(NAME)
            .bytes(self.id.bytes())
            .bytes(self.key.0.expose())
            .uint(self.layout.plain_len())
            .text(&self.media_type.0)
            .optional_bytes(self.sealed_hash.as_ref().map(|hash| hash.bytes().as_slice()))
            .uint(self.version)
            .bytes(self.writer.bytes())
            .uint(self.day.0);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.open(9)?;
        let reference = Self {
            id: BlobId::from_bytes(reader.fixed("blob_id")?),
            key: BlobKey(Secret::from_bytes(reader.fixed("dek")?)),
            layout: Layout::of_plain(reader.uint("plain_len")?)?,
            media_type: MediaType::parse(reader.text("media_type")?)?,
            sealed_hash: reader.optional(|reader| reader.fixed("hash").map(Hash::from_bytes))?,
            version: reader.uint("v")?,
            writer: KeyId::from_bytes(reader.fixed("writer_kid")?),
            day: Day(reader.uint("day")?),
        };
        reader.require(reference.version > 0, "v", "must count from 1")?;
        Ok(reference)
    }
}

/// A media type without parameters, in lower case, such as `image/jpeg` (RFC 6838 section 4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaType(String);

impl MediaType {
    /// The media type with this name.
    ///
    /// # Errors
    /// Not two names with a slash between them, or too long.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let fits = text.len() <= MEDIA_TYPE_BYTES_MAX;
        let names = text.split_once('/').is_some_and(|(kind, subtype)| {
            is_media_name(kind.as_bytes()) && is_media_name(subtype.as_bytes())
        });
        require(fits && names, NAME, "media_type", "must be type/subtype in lower case")?;
        Ok(Self(text.to_owned()))
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_media_name(name: &[u8]) -> bool {
    let plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let marks = b"!#$&-^_.+";
    let fits = |byte: &u8| plain(byte) || marks.contains(byte);
    name.first().is_some_and(plain) && name.iter().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{header, rng, signing_key};

    fn reference(header: &Header) -> BlobRef {
        let mut rng = rng(1);
        BlobRef::new(
            BlobId::random(&mut rng),
            BlobKey(Secret::from_bytes([0xab; 32])),
            Layout::of_plain(PLAIN_BYTES_MAX).unwrap(),
            MediaType::parse("image/svg+xml").unwrap(),
            header,
        )
    }

    #[test]
    fn a_reference_has_one_encoding_within_its_limit() {
        let mut reference = reference(&header(&signing_key(1)));
        assert_eq!(BlobRef::from_bytes(&reference.to_bytes()), Ok(reference.clone()));
        let longest = format!("a/{}", "b".repeat(MEDIA_TYPE_BYTES_MAX - 2));
        reference.media_type = MediaType::parse(&longest).unwrap();
        reference.sealed_hash = Some(Hash::NONE);
        reference.version = u32::MAX;
        reference.day = Day(u32::MAX);
        assert_eq!(BlobRef::from_bytes(&reference.to_bytes()), Ok(reference));
    }

    #[test]
    fn a_reference_is_shown_without_its_key() {
        let shown = format!("{:?}", reference(&header(&signing_key(1))));
        assert!(shown.contains("●●"));
        assert!(!shown.to_lowercase().contains("ab, ") && !shown.contains("171"));
    }

    #[test]
    fn a_reference_opens_its_blob_from_any_version_of_its_record_and_no_other() {
        let first = header(&signing_key(1));
        let reference = reference(&first);
        let mut later = header(&signing_key(2));
        (later.ver, later.seq) = (9, 99);
        later.name.version += 1;
        later.day = Day(first.day.0 + 1);
        assert_eq!(reference.context(&later), Context::new(&first));
        later.record = crate::id::RecordId::from_bytes([9; 16]);
        assert_ne!(reference.context(&later), Context::new(&first));
    }

    #[test]
    fn only_plain_media_types_are_taken() {
        for text in ["image/jpeg", "audio/ogg", "application/vnd.treehouse.drawing+json"] {
            assert_eq!(MediaType::parse(text).unwrap().text(), text);
        }
        let long = format!("a/{}", "b".repeat(MEDIA_TYPE_BYTES_MAX));
        for text in ["", "image", "/", "image/", "/jpeg", "a/b/c", "Image/jpeg", "a/b; c=d", &long]
        {
            assert!(MediaType::parse(text).is_err(), "{text}");
        }
    }
}
