//! The tables of a database against the map.

use std::collections::BTreeSet;

use super::{DataMap, Place};

/// A database and the map that don't fit together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// The database has what nobody declared.
    #[error(
        "the column {0} isn't on the data map: say in data-map.toml what it is for, who reads it \
         and how long it stays, or take it out of the database"
    )]
    Undeclared(String),
    /// The map has what the database doesn't.
    #[error(
        "the data map names the column {0}, which isn't there: the tables are another version's"
    )]
    Missing(String),
}

impl DataMap {
    /// Compares the columns of a database, as `table.column`, with the map: those of the database
    /// ([`Place::Column`]) or of the key store ([`Place::KeyColumn`]).
    ///
    /// # Errors
    /// The first column that only one of them has.
    pub fn check_columns(&self, kind: Place, found: &[String]) -> Result<(), SchemaError> {
        let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
        let declared: BTreeSet<&str> = self.places(kind).map(|(place, _)| place).collect();
        if let Some(column) = found.difference(&declared).next() {
            return Err(SchemaError::Undeclared((*column).to_owned()));
        }
        match declared.difference(&found).next() {
            Some(column) => Err(SchemaError::Missing((*column).to_owned())),
            None => Ok(()),
        }
    }
}
