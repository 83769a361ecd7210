//! Requests and answers, with problem documents as errors.

use base64ct::{Base64UrlUnpadded, Encoding};
use http::{HeaderMap, Method, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use treehouse_protocol::id::{Hash, Id};

use crate::error::{ClientError, Problem};

/// Bytes of an answer.
pub const ANSWER_BYTES_MAX: usize = 96 << 20;

/// One request.
#[derive(Debug)]
pub struct Call<'c> {
    /// The method.
    pub method: Method,
    /// The path, with query.
    pub path: String,
    /// The body.
    pub body: Body<'c>,
}

/// A body.
#[derive(Debug, Clone)]
pub enum Body<'c> {
    /// None.
    Empty,
    /// JSON.
    Json(serde_json::Value),
    /// Bytes, with their content type.
    Bytes(&'static str, std::borrow::Cow<'c, [u8]>),
}

impl<'c> Call<'c> {
    /// Reads something.
    pub fn get(path: String) -> Self {
        Self { method: Method::GET, path, body: Body::Empty }
    }

    /// Sends JSON.
    pub fn send(method: Method, path: String, body: serde_json::Value) -> Self {
        Self { method, path, body: Body::Json(body) }
    }

    /// Does something without a body.
    pub fn act(method: Method, path: String) -> Self {
        Self { method, path, body: Body::Empty }
    }

    /// Sends bytes.
    pub fn bytes(method: Method, path: String, kind: &'static str, bytes: &'c [u8]) -> Self {
        Self { method, path, body: Body::Bytes(kind, bytes.into()) }
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The same if the server didn't refuse.
    pub fn success(self) -> Result<Self, ClientError> {
        if self.status.is_success() {
            return Ok(self);
        }
        let status = self.status.as_u16();
        let problem = serde_json::from_slice::<Problem>(&self.body).unwrap_or_else(|_| Problem {
            kind: String::new(),
            title: "No problem document".to_owned(),
            status,
            detail: None,
            seq: None,
            retry_after_s: None,
        });
        Err(ClientError::Server(Box::new(Problem { status, ..problem })))
    }

    /// The JSON in it.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ClientError> {
        serde_json::from_slice(&self.body).map_err(|_| ClientError::Nonsense("its JSON is another"))
    }
}

/// Bytes as base64url without padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct B64(pub Vec<u8>);

impl Serialize for B64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&b64(&self.0))
    }
}

impl<'de> Deserialize<'de> for B64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = Base64UrlUnpadded::decode_vec(&text);
        bytes.map(Self).map_err(|_| serde::de::Error::custom("not base64url"))
    }
}

/// Bytes as base64url without padding.
pub fn b64(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// Reads hexadecimal digits, two for each of the `N` bytes.
///
/// # Errors
/// [`ClientError::Nonsense`]: more or fewer, or something else than digits.
pub fn hex<const N: usize>(text: &str) -> Result<[u8; N], ClientError> {
    let wrong = ClientError::Nonsense("an id isn't hexadecimal");
    let mut bytes = [0; N];
    // Digits are looked at here: a sign before one would pass for a number.
    if text.len() != 2 * N || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(wrong);
    }
    for (index, byte) in bytes.iter_mut().enumerate() {
        let Ok(value) = u8::from_str_radix(&text[2 * index..][..2], 16) else {
            return Err(wrong);
        };
        *byte = value;
    }
    Ok(bytes)
}

/// Reads an id.
pub fn id<K>(text: &str) -> Result<Id<K>, ClientError> {
    hex(text).map(Id::from_bytes)
}

/// Reads a hash.
pub fn hash(text: &str) -> Result<Hash, ClientError> {
    hex(text).map(Hash::from_bytes)
}
