//! What goes into a statement and what comes out of it.

use std::fmt;

use treehouse_protocol::id::{Day, Hash, Id, KeyId};

use super::StoreError;

/// One argument of a statement, or one column of a row. There are no other types.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing, of whatever type the statement expects.
    Null,
    /// A number, a time in milliseconds since 1970, or a truth as 0 or 1.
    Int(i64),
    /// Text; holds no zero byte, which PostgreSQL can't store.
    Text(String),
    /// Bytes: ids, hashes, sealed things.
    Blob(Vec<u8>),
}

impl Value {
    /// A number that may be too large for a database.
    ///
    /// # Errors
    /// It is 2^63 or more.
    pub fn from_u64(number: u64) -> Result<Self, StoreError> {
        let number = i64::try_from(number);
        number.map(Self::Int).map_err(|_| StoreError::Rejected { rule: "number below 2^63" })
    }

    /// A place to read on from. Nothing can lie beyond the last that a database can name, so one
    /// that is further out reads nothing, and breaks no rule.
    #[must_use]
    pub fn place(place: u64) -> Self {
        Self::Int(i64::try_from(place).unwrap_or(i64::MAX))
    }
}

// The content never reaches a log by way of `{:?}`.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "Null",
            Self::Int(_) => "Int(..)",
            Self::Text(_) => "Text(..)",
            Self::Blob(_) => "Blob(..)",
        })
    }
}

/// The arguments of a statement: `args![id, name, Some(day)]`, each by its `Into<Value>`.
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => {
        ::std::vec![$($crate::store::Value::from($value)),*]
    };
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}
impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Int(number.into())
    }
}
impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Int(number.into())
    }
}
impl From<u16> for Value {
    fn from(number: u16) -> Self {
        Self::Int(number.into())
    }
}
impl From<u8> for Value {
    fn from(number: u8) -> Self {
        Self::Int(number.into())
    }
}
impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Int(flag.into())
    }
}
impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}
impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Blob(bytes.to_vec())
    }
}
impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Blob(bytes)
    }
}
impl From<&Vec<u8>> for Value {
    fn from(bytes: &Vec<u8>) -> Self {
        Self::Blob(bytes.clone())
    }
}
impl<const N: usize> From<[u8; N]> for Value {
    fn from(bytes: [u8; N]) -> Self {
        Self::Blob(bytes.to_vec())
    }
}
impl<const N: usize> From<&[u8; N]> for Value {
    fn from(bytes: &[u8; N]) -> Self {
        Self::Blob(bytes.to_vec())
    }
}
impl<K> From<Id<K>> for Value {
    fn from(id: Id<K>) -> Self {
        Self::from(id.bytes())
    }
}
impl<K> From<&Id<K>> for Value {
    fn from(id: &Id<K>) -> Self {
        Self::from(id.bytes())
    }
}
impl From<KeyId> for Value {
    fn from(kid: KeyId) -> Self {
        Self::from(kid.bytes())
    }
}
impl From<&KeyId> for Value {
    fn from(kid: &KeyId) -> Self {
        Self::from(kid.bytes())
    }
}
impl From<Hash> for Value {
    fn from(hash: Hash) -> Self {
        Self::from(hash.bytes())
    }
}
impl From<&Hash> for Value {
    fn from(hash: &Hash) -> Self {
        Self::from(hash.bytes())
    }
}
impl From<Day> for Value {
    fn from(day: Day) -> Self {
        Self::from(day.0)
    }
}
impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One row of an answer; columns are counted from 0.
///
/// Each function gives a column as one type. [`StoreError::Corrupt`] says that it has another
/// type, another length or doesn't exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    cells: Vec<Value>,
}

#[expect(clippy::missing_errors_doc, reason = "said once for all of them, at the type")]
impl Row {
    /// A row of these cells.
    pub(super) const fn new(cells: Vec<Value>) -> Self {
        Self { cells }
    }

    /// A number.
    pub fn int(&self, column: usize) -> Result<i64, StoreError> {
        self.opt_int(column)?.ok_or(corrupt("an empty column"))
    }

    /// A number that is never negative.
    pub fn u64(&self, column: usize) -> Result<u64, StoreError> {
        self.int(column)?.try_into().map_err(|_| corrupt("a negative number"))
    }

    /// A number below 2^32.
    pub fn u32(&self, column: usize) -> Result<u32, StoreError> {
        self.int(column)?.try_into().map_err(|_| corrupt("a large or negative number"))
    }

    /// A truth, stored as 0 or 1.
    pub fn flag(&self, column: usize) -> Result<bool, StoreError> {
        match self.int(column)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(corrupt("a truth")),
        }
    }

    /// A day.
    pub fn day(&self, column: usize) -> Result<Day, StoreError> {
        self.u32(column).map(Day)
    }

    /// Text.
    pub fn text(&self, column: usize) -> Result<String, StoreError> {
        self.opt_text(column)?.ok_or(corrupt("an empty column"))
    }

    /// Bytes.
    pub fn blob(&self, column: usize) -> Result<Vec<u8>, StoreError> {
        self.opt_blob(column)?.ok_or(corrupt("an empty column"))
    }

    /// Bytes of one length.
    pub fn bytes<const N: usize>(&self, column: usize) -> Result<[u8; N], StoreError> {
        self.opt_bytes(column)?.ok_or(corrupt("an empty column"))
    }

    /// An id.
    pub fn id<K>(&self, column: usize) -> Result<Id<K>, StoreError> {
        self.bytes(column).map(Id::from_bytes)
    }

    /// A key id.
    pub fn kid(&self, column: usize) -> Result<KeyId, StoreError> {
        self.bytes(column).map(KeyId::from_bytes)
    }

    /// A hash.
    pub fn hash(&self, column: usize) -> Result<Hash, StoreError> {
        self.bytes(column).map(Hash::from_bytes)
    }

    /// A number, if there is one.
    pub fn opt_int(&self, column: usize) -> Result<Option<i64>, StoreError> {
        match self.cell(column)? {
            Value::Null => Ok(None),
            Value::Int(number) => Ok(Some(*number)),
            Value::Text(_) | Value::Blob(_) => Err(corrupt("a number")),
        }
    }

    /// Text, if there is any.
    pub fn opt_text(&self, column: usize) -> Result<Option<String>, StoreError> {
        match self.cell(column)? {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text.clone())),
            Value::Int(_) | Value::Blob(_) => Err(corrupt("a text")),
        }
    }

    /// Bytes, if there are any.
    pub fn opt_blob(&self, column: usize) -> Result<Option<Vec<u8>>, StoreError> {
        self.slice(column).map(|bytes| bytes.map(<[u8]>::to_vec))
    }

    /// Bytes of one length, if there are any.
    pub fn opt_bytes<const N: usize>(&self, column: usize) -> Result<Option<[u8; N]>, StoreError> {
        let bytes = self.slice(column)?.map(TryInto::try_into);
        bytes.transpose().map_err(|_| corrupt("the length of bytes"))
    }

    /// An id, if there is one.
    pub fn opt_id<K>(&self, column: usize) -> Result<Option<Id<K>>, StoreError> {
        self.opt_bytes(column).map(|bytes| bytes.map(Id::from_bytes))
    }

    /// A key id, if there is one.
    pub fn opt_kid(&self, column: usize) -> Result<Option<KeyId>, StoreError> {
        self.opt_bytes(column).map(|bytes| bytes.map(KeyId::from_bytes))
    }

    /// A hash, if there is one.
    pub fn opt_hash(&self, column: usize) -> Result<Option<Hash>, StoreError> {
        self.opt_bytes(column).map(|bytes| bytes.map(Hash::from_bytes))
    }

    fn slice(&self, column: usize) -> Result<Option<&[u8]>, StoreError> {
        match self.cell(column)? {
            Value::Null => Ok(None),
            Value::Blob(bytes) => Ok(Some(bytes)),
            Value::Int(_) | Value::Text(_) => Err(corrupt("a column of bytes")),
        }
    }

    fn cell(&self, column: usize) -> Result<&Value, StoreError> {
        self.cells.get(column).ok_or(corrupt("the number of columns"))
    }
}

const fn corrupt(what: &'static str) -> StoreError {
    StoreError::Corrupt { what }
}
