//! Deterministic CBOR (RFC 8949 section 4.2.1), reduced to what TH/1 uses: unsigned integers,
//! byte strings, text strings, arrays of fixed shape and `null`. No maps, no floats.
//!
//! There is one encoding of each value, and a decoder proves it: it encodes again what it has
//! read and compares the bytes. So a hash or a signature over the bytes is a hash or a signature
//! over the value, and nobody can argue about it later.

use minicbor::data::{Tag, Type};
use minicbor::{Decoder, Encoder};
use zeroize::Zeroize as _;

use crate::error::{Refused, require};

const NOT_CBOR: &str = "must be deterministic CBOR (RFC 8949 4.2.1)";

/// A structure with exactly one encoding.
pub trait Canonical: Sized {
    /// The type string that stands first in the array and separates it from all others.
    const NAME: &'static str;
    /// The longest encoding that a decoder looks at, in bytes.
    const BYTES_MAX: usize;
    /// Whether the encoding holds a key. Then what is encoded on the way is wiped.
    const HOLDS_KEY: bool = false;

    /// Writes the structure, its array header first.
    fn encode(&self, writer: &mut Writer);

    /// Reads what [`Canonical::encode`] wrote, and checks every rule that needs no other knowledge.
    ///
    /// # Errors
    /// The first field that breaks a rule.
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused>;

    /// The one encoding.
    fn to_bytes(&self) -> Vec<u8> {
        // One that grows would leave keys behind.
        let mut writer = Writer::with_room(if Self::HOLDS_KEY { Self::BYTES_MAX } else { 0 });
        self.encode(&mut writer);
        writer.into_bytes()
    }

    /// Decodes the whole of `bytes`.
    ///
    /// # Errors
    /// Too long, not this structure, bytes left over, or not the one encoding.
    fn from_bytes(bytes: &[u8]) -> Result<Self, Refused> {
        require(bytes.len() <= Self::BYTES_MAX, Self::NAME, "length", "is over the limit")?;
        let mut reader = Reader::new(Self::NAME, bytes);
        let value = Self::decode(&mut reader)?;
        let whole = reader.decoder.position() == bytes.len();
        require(whole, Self::NAME, "length", "must end with the structure")?;
        let mut again = Writer::with_room(bytes.len());
        value.encode(&mut again);
        let mut again = again.into_bytes();
        let same = again == bytes;
        if Self::HOLDS_KEY {
            again.zeroize();
        }
        require(same, Self::NAME, "encoding", NOT_CBOR)?;
        Ok(value)
    }
}

/// The structures of a CBOR sequence (RFC 8742): one encoding after the other.
///
/// # Errors
/// The first of them that isn't this structure, or not its one encoding.
pub fn sequence<T: Canonical>(bytes: &[u8]) -> Result<Vec<T>, Refused> {
    let mut reader = Reader::new(T::NAME, bytes);
    let (mut values, mut again) = (Vec::new(), Writer::with_room(bytes.len()));
    while reader.decoder.position() < bytes.len() {
        let value = T::decode(&mut reader)?;
        value.encode(&mut again);
        values.push(value);
    }
    let same = again.into_bytes() == bytes;
    require(same, T::NAME, "encoding", NOT_CBOR)?;
    Ok(values)
}

/// Writes CBOR items one after the other; array headers come first and are counted by the caller.
pub struct Writer(Encoder<Vec<u8>>);

impl Writer {
    /// An empty writer.
    #[must_use]
    pub fn new() -> Self {
        Self(Encoder::new(Vec::new()))
    }

    /// An empty writer that takes this many bytes before it must move them. One that grows holds
    /// up to three times as many for a moment.
    #[must_use]
    pub fn with_room(bytes: usize) -> Self {
        Self(Encoder::new(Vec::with_capacity(bytes)))
    }

    /// What was written.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0.into_writer()
    }

    /// The header of an array of `length` items.
    pub fn array(&mut self, length: usize) -> &mut Self {
        written(self.0.array(length as u64).map(|_| ()));
        self
    }

    /// An unsigned integer in its shortest form.
    pub fn uint(&mut self, value: impl Into<u64>) -> &mut Self {
        written(self.0.u64(value.into()).map(|_| ()));
        self
    }

    /// A byte string.
    pub fn bytes(&mut self, value: &[u8]) -> &mut Self {
        written(self.0.bytes(value).map(|_| ()));
        self
    }

    /// A text string.
    pub fn text(&mut self, value: &str) -> &mut Self {
        written(self.0.str(value).map(|_| ()));
        self
    }

    /// `null`: the field is absent.
    pub fn null(&mut self) -> &mut Self {
        written(self.0.null().map(|_| ()));
        self
    }

    /// A tag before the next item; COSE needs one.
    pub(crate) fn tag(&mut self, number: u64) -> &mut Self {
        written(self.0.tag(Tag::new(number)).map(|_| ()));
        self
    }

    /// The empty map, the one map of TH/1: COSE's unprotected header.
    pub(crate) fn empty_map(&mut self) -> &mut Self {
        written(self.0.map(0).map(|_| ()));
        self
    }

    /// A byte string, or `null` when it is absent.
    pub fn optional_bytes(&mut self, value: Option<&[u8]>) -> &mut Self {
        match value {
            Some(bytes) => self.bytes(bytes),
            None => self.null(),
        }
    }

    /// An array of `items`, each written by `write`.
    pub fn list<T>(&mut self, items: &[T], mut write: impl FnMut(&mut Self, &T)) -> &mut Self {
        self.array(items.len());
        for item in items {
            write(self, item);
        }
        self
    }

    /// A structure inside another.
    pub fn nested(&mut self, value: &impl Canonical) -> &mut Self {
        value.encode(self);
        self
    }
}

impl Default for Writer {
    fn default() -> Self {
        Self::new()
    }
}

#[expect(clippy::expect_used, reason = "the sink is a Vec, which takes every write")]
fn written<E: std::fmt::Debug>(result: Result<(), minicbor::encode::Error<E>>) {
    result.expect("a Vec takes every write");
}

/// Reads CBOR items one after the other and names structure and field in every refusal.
pub struct Reader<'b> {
    structure: &'static str,
    decoder: Decoder<'b>,
}

impl<'b> Reader<'b> {
    /// A reader of items that stand in no structure, under a name for refusals. What must have one
    /// encoding is read by [`Canonical::from_bytes`].
    #[must_use]
    pub fn new(name: &'static str, bytes: &'b [u8]) -> Self {
        Self { structure: name, decoder: Decoder::new(bytes) }
    }

    /// The name of the structure being read.
    #[must_use]
    pub fn structure(&self) -> &'static str {
        self.structure
    }

    /// A refusal of `field` of the structure being read.
    #[must_use]
    pub fn refuse(&self, field: &'static str, rule: &'static str) -> Refused {
        Refused::new(self.structure, field, rule)
    }

    /// Refuses unless `holds`.
    ///
    /// # Errors
    /// `field` breaks `rule`.
    pub fn require(
        &self,
        holds: bool,
        field: &'static str,
        rule: &'static str,
    ) -> Result<(), Refused> {
        require(holds, self.structure, field, rule)
    }

    /// The header of an array of exactly `length` items.
    ///
    /// # Errors
    /// Another type, another length, or an indefinite length.
    pub fn array(&mut self, field: &'static str, length: usize) -> Result<(), Refused> {
        let found = self.decoder.array();
        if matches!(found, Ok(Some(count)) if count == length as u64) {
            return Ok(());
        }
        Err(self.refuse(field, "must be an array of the fixed length"))
    }

    /// The array header and the type string of the structure being read.
    ///
    /// # Errors
    /// Another shape, or the type string of another structure.
    pub fn open(&mut self, length: usize) -> Result<(), Refused> {
        self.array("structure", length)?;
        let found = self.text("type")?;
        self.require(found == self.structure, "type", "must be the structure's type string")
    }

    /// The header of an array of `1..=most` items; answers how many.
    ///
    /// # Errors
    /// Another type, an indefinite length, none, or more than `most`.
    pub fn list(&mut self, field: &'static str, most: usize) -> Result<usize, Refused> {
        let length = self.list_or_none(field, most)?;
        self.require(length > 0, field, "must have at least one item")?;
        Ok(length)
    }

    /// The header of an array of `0..=most` items; answers how many.
    ///
    /// # Errors
    /// Another type, an indefinite length, or more than `most`.
    pub fn list_or_none(&mut self, field: &'static str, most: usize) -> Result<usize, Refused> {
        let Ok(Some(length)) = self.decoder.array() else {
            return Err(self.refuse(field, "must be an array"));
        };
        match usize::try_from(length) {
            Ok(length) if length <= most => Ok(length),
            _ => Err(self.refuse(field, "has more items than allowed")),
        }
    }

    /// An unsigned integer that fits `T`.
    ///
    /// # Errors
    /// Another type, or too large.
    pub fn uint<T: TryFrom<u64>>(&mut self, field: &'static str) -> Result<T, Refused> {
        let found = self.decoder.u64().ok().and_then(|value| T::try_from(value).ok());
        found.ok_or_else(|| self.refuse(field, "must be an unsigned integer in range"))
    }

    /// A byte string of any length.
    ///
    /// # Errors
    /// Another type, or an indefinite length.
    pub fn bytes(&mut self, field: &'static str) -> Result<&'b [u8], Refused> {
        self.decoder.bytes().map_err(|_| self.refuse(field, "must be a byte string"))
    }

    /// A byte string of exactly `N` bytes.
    ///
    /// # Errors
    /// Another type or another length.
    pub fn fixed<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], Refused> {
        let bytes = self.bytes(field)?;
        bytes.try_into().map_err(|_| self.refuse(field, "must have the fixed number of bytes"))
    }

    /// The tag `number`.
    ///
    /// # Errors
    /// No tag, or another.
    pub(crate) fn tag(&mut self, number: u64) -> Result<(), Refused> {
        let found = self.decoder.tag().is_ok_and(|tag| tag == Tag::new(number));
        self.require(found, "tag", "must be the structure's CBOR tag")
    }

    /// The empty map.
    ///
    /// # Errors
    /// Anything else.
    pub(crate) fn empty_map(&mut self, field: &'static str) -> Result<(), Refused> {
        let found = matches!(self.decoder.map(), Ok(Some(0)));
        self.require(found, field, "must be an empty map")
    }

    /// A text string.
    ///
    /// # Errors
    /// Another type, an indefinite length, or not UTF-8.
    pub fn text(&mut self, field: &'static str) -> Result<&'b str, Refused> {
        self.decoder.str().map_err(|_| self.refuse(field, "must be a text string"))
    }

    /// Takes a `null`, if one comes next.
    pub fn null(&mut self) -> bool {
        matches!(self.decoder.datatype(), Ok(Type::Null)) && self.decoder.null().is_ok()
    }

    /// What `read` reads, or `None` for a `null`.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn optional<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Refused>,
    ) -> Result<Option<T>, Refused> {
        if self.null() { Ok(None) } else { read(self).map(Some) }
    }

    /// A structure inside the one being read. Refusals name the inner one.
    ///
    /// # Errors
    /// Those of the inner structure.
    pub fn nested<T: Canonical>(&mut self) -> Result<T, Refused> {
        let outer = std::mem::replace(&mut self.structure, T::NAME);
        let value = T::decode(self);
        self.structure = outer;
        value
    }

    /// `count` items, each read by `read`.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn items<T>(
        &mut self,
        count: usize,
        mut read: impl FnMut(&mut Self) -> Result<T, Refused>,
    ) -> Result<Vec<T>, Refused> {
        // Grown as items prove to be there: a length that lies costs nothing.
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(read(self)?);
        }
        Ok(items)
    }
}
