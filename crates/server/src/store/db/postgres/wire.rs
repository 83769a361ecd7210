//! How values travel to PostgreSQL and back: as 64-bit numbers, text and bytes, and nothing else.

use std::error::Error;

use bytes::BytesMut;
use tokio_postgres::Statement;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use super::super::{Row, StoreError, Value};

/// An argument is of another type than the statement expects.
#[derive(Debug, thiserror::Error)]
#[error("an argument has the wrong type")]
pub(super) struct Misfit;

const ARGUMENTS: [Type; 4] = [Type::INT8, Type::TEXT, Type::VARCHAR, Type::BYTEA];
const COLUMNS: [Type; 7] =
    [Type::INT8, Type::INT4, Type::INT2, Type::BOOL, Type::TEXT, Type::VARCHAR, Type::BYTEA];

/// Says which argument or column has a type that SQLite doesn't have.
pub(super) fn check(statement: &Statement) -> Result<(), String> {
    if let Some(at) = statement.params().iter().position(|of| !ARGUMENTS.contains(of)) {
        let of = &statement.params()[at];
        return Err(format!("${} is {of}; say CAST(${} AS BIGINT)", at + 1, at + 1));
    }
    match statement.columns().iter().find(|column| !COLUMNS.contains(column.type_())) {
        Some(column) => {
            Err(format!("{} is {}; say CAST(.. AS BIGINT)", column.name(), column.type_()))
        }
        None => Ok(()),
    }
}

/// A row as the rest of the store sees it.
pub(super) fn row(row: &tokio_postgres::Row) -> Result<Row, StoreError> {
    let cells = (0..row.len()).map(|column| row.try_get(column));
    let cells: Result<Vec<Value>, _> = cells.collect();
    cells.map(Row::new).map_err(|_| StoreError::Corrupt { what: "the type of a column" })
}

impl ToSql for Value {
    fn to_sql(
        &self,
        of: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) if *of == Type::INT8 => number.to_sql(of, out),
            Self::Text(text) if [Type::TEXT, Type::VARCHAR].contains(of) => text.to_sql(of, out),
            Self::Blob(bytes) if *of == Type::BYTEA => bytes.to_sql(of, out),
            _ => Err(Misfit.into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        // Decided with the value in hand, above.
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(of: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        match *of {
            Type::INT8 => i64::from_sql(of, raw).map(Self::Int),
            Type::INT4 => i32::from_sql(of, raw).map(|number| Self::Int(number.into())),
            Type::INT2 => i16::from_sql(of, raw).map(|number| Self::Int(number.into())),
            // What `EXISTS` and comparisons give; a number on SQLite.
            Type::BOOL => bool::from_sql(of, raw).map(|flag| Self::Int(flag.into())),
            Type::BYTEA => Vec::from_sql(of, raw).map(Self::Blob),
            _ => String::from_sql(of, raw).map(Self::Text),
        }
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(of: &Type) -> bool {
        COLUMNS.contains(of)
    }
}
