//! What a page asks, and what it is given.

use serde::de::DeserializeOwned;
use serde_json::Value;
use treehouse_protocol::id::{ChildId, Hash, Id, KeyId};
use treehouse_protocol::registry::Coded;

use crate::trouble::Trouble;

/// One question: a word, named arguments, and bytes if it has some.
#[derive(Debug)]
pub struct Asked {
    /// The word, such as `signIn`.
    pub word: String,
    /// The arguments, in the order of `api.ts`.
    pub args: Vec<Value>,
    /// A file.
    pub bytes: Vec<u8>,
}

/// An answer.
#[derive(Debug)]
pub enum Given {
    /// Plain data.
    Json(Value),
    /// A file.
    Bytes(Vec<u8>),
    /// Files by name.
    Files(Vec<(String, Vec<u8>)>),
}

impl From<Value> for Given {
    fn from(value: Value) -> Self {
        Self::Json(value)
    }
}

impl Asked {
    /// The argument at this place.
    pub(crate) fn arg<T: DeserializeOwned>(&self, place: usize) -> Result<T, Trouble> {
        let value = self.args.get(place).cloned().unwrap_or_default();
        serde_json::from_value(value)
            .map_err(|_| Trouble::invalid(&format!("{}: argument {place} isn't fit", self.word)))
    }

    /// A text.
    pub(crate) fn text(&self, place: usize) -> Result<String, Trouble> {
        self.arg(place)
    }

    /// A child.
    pub(crate) fn child(&self, place: usize) -> Result<ChildId, Trouble> {
        Ok(Id::from_bytes(hex(&self.text(place)?)?))
    }

    /// A member's signing key.
    pub(crate) fn key(&self, place: usize) -> Result<KeyId, Trouble> {
        Ok(KeyId::from_bytes(hex(&self.text(place)?)?))
    }

    /// A link, or a notice.
    pub(crate) fn hash(&self, place: usize) -> Result<Hash, Trouble> {
        Ok(Hash::from_bytes(hex(&self.text(place)?)?))
    }

    /// A word of the registry.
    pub(crate) fn word<T: Coded>(&self, place: usize) -> Result<T, Trouble> {
        word(&self.text(place)?)
    }
}

/// The member of the registry with this word.
pub fn word<T: Coded>(text: &str) -> Result<T, Trouble> {
    T::from_word(text).ok_or_else(|| Trouble::invalid(&format!("unknown {}: {text}", T::FIELD)))
}

/// Reads hexadecimal digits.
pub fn hex<const N: usize>(text: &str) -> Result<[u8; N], Trouble> {
    treehouse_client::hex(text).map_err(|error| Trouble::invalid(&error.to_string()))
}
