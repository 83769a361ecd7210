//! What handlers take from a request. Each refusal is a problem document that names the field.

use axum::extract::rejection::{BytesRejection, JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use base64ct::{Base64UrlUnpadded, Encoding};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use treehouse_protocol::id::{Hash, Id, KeyId};
use utoipa::openapi::schema::{KnownFormat, SchemaFormat, Type};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::problem::Problem;
use crate::domain::text;

/// A JSON body; unknown fields are refused by the types.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let body = axum::Json::<T>::from_request(request, state).await;
        body.map(|axum::Json(value)| Self(value)).map_err(|rejection| match rejection {
            JsonRejection::JsonDataError(error) => {
                // serde names the field and the type that it wants, and repeats no value of ours.
                Problem::invalid("body", &limited(&error.body_text()))
            }
            JsonRejection::JsonSyntaxError(_) => {
                // A null where a word must stand comes here too.
                Problem::new(StatusCode::BAD_REQUEST, "malformed", "Malformed")
                    .with("the body must be JSON, with a word wherever one is asked for")
            }
            JsonRejection::MissingJsonContentType(_) => Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "media-type",
                "Another content type is needed",
            )
            .with("content-type must be application/json"),
            other => too_large_or(other.status(), "the body can't be read"),
        })
    }
}

/// A body of bytes.
#[derive(Debug)]
pub struct Body(pub bytes::Bytes);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let body = bytes::Bytes::from_request(request, state).await;
        body.map(Self).map_err(|rejection: BytesRejection| {
            too_large_or(rejection.status(), "the body can't be read")
        })
    }
}

fn too_large_or(status: StatusCode, otherwise: &str) -> Problem {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::too_large();
    }
    Problem::new(StatusCode::BAD_REQUEST, "malformed", "Malformed").with(otherwise)
}

/// At most 200 characters of a message.
fn limited(text: &str) -> String {
    text.chars().filter(|sign| !sign.is_control()).take(200).collect()
}

/// Parts of the path. What can't be an id of ours doesn't exist.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        path.map(|path| Self(path.0)).map_err(|_: PathRejection| Problem::not_found())
    }
}

/// The query.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = axum::extract::Query::<T>::from_request_parts(parts, state).await;
        query.map(|query| Self(query.0)).map_err(|rejection: QueryRejection| {
            Problem::invalid("query", &limited(&rejection.body_text()))
        })
    }
}

/// Bytes as base64url without padding (RFC 4648 section 5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct B64(pub Vec<u8>);

impl B64 {
    /// Exactly `N` bytes.
    ///
    /// # Errors
    /// More or fewer.
    pub fn exactly<const N: usize>(&self, field: &'static str) -> Result<[u8; N], Problem> {
        let bytes = <[u8; N]>::try_from(self.0.as_slice());
        bytes.map_err(|_| Problem::invalid(field, &format!("must have {N} bytes")))
    }
}

impl Serialize for B64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Base64UrlUnpadded::encode_string(&self.0))
    }
}

impl<'de> Deserialize<'de> for B64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = Base64UrlUnpadded::decode_vec(&text);
        bytes.map(Self).map_err(|_| serde::de::Error::custom("must be base64url without padding"))
    }
}

/// Reads a place in a list: no more than what the document's 64-bit numbers can say.
///
/// # Errors
/// It's no such number.
pub fn place<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let place = u64::deserialize(deserializer)?;
    let sayable = i64::try_from(place).is_ok();
    if sayable { Ok(place) } else { Err(serde::de::Error::custom("must be below 2^63")) }
}

/// Reads how many are asked for: 1 to `MAX`.
///
/// # Errors
/// It's no such number.
pub fn count<'de, const MAX: i64, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let count = i64::deserialize(deserializer)?;
    let allowed = (1..=MAX).contains(&count);
    if allowed { Ok(count) } else { Err(serde::de::Error::custom(format!("must be 1 to {MAX}"))) }
}

/// A body that is bytes, for the document.
#[derive(Debug)]
pub struct Octets;

impl PartialSchema for Octets {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::Binary);
        let schema = ObjectBuilder::new().schema_type(Type::String).format(Some(format));
        RefOr::T(Schema::Object(schema.build()))
    }
}

impl ToSchema for Octets {}

fn text_schema(pattern: &str, description: &str) -> RefOr<Schema> {
    let schema = ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern));
    RefOr::T(Schema::Object(schema.description(Some(description)).build()))
}

impl PartialSchema for B64 {
    fn schema() -> RefOr<Schema> {
        text_schema("^[A-Za-z0-9_-]*$", "bytes as base64url without padding")
    }
}

impl ToSchema for B64 {}

/// Something that is written in hexadecimal.
pub trait Hexadecimal: Sized {
    /// Digits of it.
    const DIGITS: usize;
    /// Reads it.
    fn read(text: &str) -> Option<Self>;
    /// Writes it.
    fn write(&self) -> String;
}

impl<K> Hexadecimal for Id<K> {
    const DIGITS: usize = 32;

    fn read(digits: &str) -> Option<Self> {
        text::id(digits)
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl Hexadecimal for KeyId {
    const DIGITS: usize = 32;

    fn read(digits: &str) -> Option<Self> {
        text::key_id(digits)
    }

    fn write(&self) -> String {
        format!("{self:?}")
    }
}

impl Hexadecimal for Hash {
    const DIGITS: usize = 64;

    fn read(digits: &str) -> Option<Self> {
        text::hash(digits)
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

/// An id, a key id or a hash in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hex<T>(pub T);

impl<T: Hexadecimal> Serialize for Hex<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.write())
    }
}

impl<'de, T: Hexadecimal> Deserialize<'de> for Hex<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = String::deserialize(deserializer)?;
        let read = T::read(&digits).map(Self);
        read.ok_or_else(|| serde::de::Error::custom("must be lower-case hexadecimal digits"))
    }
}

impl<T: Hexadecimal> PartialSchema for Hex<T> {
    fn schema() -> RefOr<Schema> {
        let pattern = format!("^[0-9a-f]{{{}}}$", T::DIGITS);
        text_schema(&pattern, "lower-case hexadecimal digits")
    }
}

impl<T: Hexadecimal> ToSchema for Hex<T> {
    fn name() -> std::borrow::Cow<'static, str> {
        std::borrow::Cow::Owned(format!("Hex{}", T::DIGITS))
    }
}
