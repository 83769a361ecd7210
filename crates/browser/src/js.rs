//! Values on their way between JavaScript and the core. Written by hand for what this face needs:
//! the generic ways cost more bytes than the whole sigchain.

use treehouse_protocol::chain::ChainRefused;
use treehouse_protocol::error::Refused;
use treehouse_protocol::id::{Day, Id, KeyId, Seen};
use treehouse_protocol::registry::Coded;
use treehouse_protocol::sorted::Set;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    type Object;
    #[wasm_bindgen(constructor)]
    fn new() -> Object;
    #[wasm_bindgen(method, structural, indexing_setter)]
    fn put(this: &Object, key: &str, value: JsValue);

    type Array;
    #[wasm_bindgen(constructor)]
    fn new() -> Array;
    #[wasm_bindgen(method)]
    fn push(this: &Array, value: JsValue) -> u32;

    type Error;
    #[wasm_bindgen(constructor)]
    fn new(message: &str) -> Error;
    #[wasm_bindgen(method, structural, indexing_setter)]
    fn put(this: &Error, key: &str, value: JsValue);

    /// Bytes of the page.
    pub type Uint8Array;
    // Copies out of a view of wasm memory; what is in here stays in Rust's care, to be wiped.
    #[wasm_bindgen(constructor)]
    fn copied(bytes: &[u8]) -> Uint8Array;
    #[wasm_bindgen(method, catch, js_name = slice)]
    fn taken(this: &Uint8Array) -> Result<Vec<u8>, JsValue>;
}

/// What a call throws: an `Error` with the fields of a [`Refused`].
pub struct Thrown(JsValue);

impl Thrown {
    fn error(name: &str, message: &str, cause: Refused) -> Error {
        let error = Error::new(message);
        error.put("name", name.into());
        error.put("structure", cause.structure.into());
        error.put("field", cause.field.into());
        error.put("rule", cause.rule.into());
        error
    }
}

impl From<Refused> for Thrown {
    fn from(cause: Refused) -> Self {
        Self(Self::error("Refused", &cause.to_string(), cause).into())
    }
}

impl From<ChainRefused> for Thrown {
    fn from(refused: ChainRefused) -> Self {
        let error = Self::error("ChainRefused", &refused.to_string(), refused.cause);
        error.put("seq", seq(refused.seq).into());
        if let Some(link_type) = refused.link_type {
            error.put("linkType", link_type.word().into());
        }
        Self(error.into())
    }
}

/// What the page's own code threw, when it was asked for a value.
impl From<JsValue> for Thrown {
    fn from(thrown: JsValue) -> Self {
        Self(thrown)
    }
}

impl From<Thrown> for JsValue {
    fn from(thrown: Thrown) -> Self {
        thrown.0
    }
}

/// A plain object, field by field.
pub struct Plain(Object);

impl Plain {
    pub fn new() -> Self {
        Self(Object::new())
    }

    pub fn with(self, key: &str, value: JsValue) -> Self {
        self.0.put(key, value);
        self
    }

    /// A field that is missing where there is no value.
    pub fn with_some(self, key: &str, value: Option<JsValue>) -> Self {
        if let Some(value) = value {
            self.0.put(key, value);
        }
        self
    }

    pub fn done(self) -> JsValue {
        self.0.into()
    }
}

/// An array of values.
pub fn list(values: impl Iterator<Item = JsValue>) -> JsValue {
    let array = Array::new();
    values.for_each(|value| {
        array.push(value);
    });
    array.into()
}

/// A copy of bytes, for the page.
pub fn bytes(bytes: &[u8]) -> JsValue {
    Uint8Array::copied(bytes).into()
}

/// The bytes of each of an array's items.
pub fn all_bytes(arrays: Vec<Uint8Array>) -> Result<Vec<Vec<u8>>, Thrown> {
    let bytes = arrays.into_iter().map(|array| Ok(array.taken()?));
    bytes.collect()
}

/// The number of a link. A chain has at most 65536; a number beyond any chain stays beyond it.
pub fn seq(seq: u64) -> u32 {
    u32::try_from(seq).unwrap_or(u32::MAX)
}

/// A place in a chain.
pub fn seen(seen: Seen) -> JsValue {
    Plain::new().with("seq", seq(seen.seq).into()).with("head", bytes(seen.head.bytes())).done()
}

/// Exactly `N` bytes.
pub fn fixed<const N: usize>(bytes: &[u8], field: &'static str) -> Result<[u8; N], Thrown> {
    let rule = "must have the fixed number of bytes";
    Ok(bytes.try_into().map_err(|_| argument(field, rule))?)
}

/// An id of 16 bytes.
pub fn id<K>(bytes: &[u8], field: &'static str) -> Result<Id<K>, Thrown> {
    fixed(bytes, field).map(Id::from_bytes)
}

/// A key id.
pub fn kid(bytes: &[u8]) -> Result<KeyId, Thrown> {
    fixed(bytes, "kid").map(KeyId::from_bytes)
}

/// A whole number. Nothing is rounded or wrapped: a day that isn't one must not become the first.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it was compared with the limits before"
)]
pub fn whole(value: f64, field: &'static str) -> Result<u32, Thrown> {
    let fits = (0.0..=f64::from(u32::MAX)).contains(&value) && value.fract() == 0.0;
    if fits {
        Ok(value as u32)
    } else {
        Err(argument(field, "must be a whole number in range").into())
    }
}

/// A whole number of one byte.
pub fn small(value: f64, field: &'static str) -> Result<u8, Thrown> {
    let rule = "must be a whole number in range";
    Ok(u8::try_from(whole(value, field)?).map_err(|_| argument(field, rule))?)
}

/// A day.
pub fn day(value: f64) -> Result<Day, Thrown> {
    whole(value, "day").map(Day)
}

/// A member of a closed list, by its word.
pub fn word<C: Coded>(text: &str) -> Result<C, Thrown> {
    let rule = "must be a word of the registry";
    Ok(C::from_word(text).ok_or(argument(C::FIELD, rule))?)
}

/// Members of a closed list, by their words.
pub fn words<C: Coded + Ord>(texts: Vec<JsValue>) -> Result<Set<C>, Thrown> {
    let text = |value: JsValue| value.as_string().unwrap_or_default();
    texts.into_iter().map(|value| word(&text(value))).collect()
}

/// A refusal of what the page passed.
pub const fn argument(field: &'static str, rule: &'static str) -> Refused {
    Refused::new("argument", field, rule)
}
