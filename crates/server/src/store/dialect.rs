//! Everything that differs between the two engines, as a closed list.
//!
//! At most ten entries; the eleventh needs a decision in `docs/adr`. Whatever isn't here is
//! written once and means the same on both: see the rules in `docs/storage.md`.

use super::db::{Engine, Sql};

/// What one engine writes differently.
pub(super) struct Dialect {
    /// The type of bytes.
    pub blob: &'static str,
    /// The type of a 64-bit number.
    pub int: &'static str,
    /// The type of text; compared by its bytes on both engines, whatever the database's locale.
    pub text: &'static str,
    /// What follows the closing bracket of a table.
    pub strict: &'static str,
    /// The database's own clock, in milliseconds since 1970; several servers share only this one.
    pub now_ms: Sql,
    /// Every column of every table, as `table.column`.
    pub columns: Sql,
}

const SQLITE: Dialect = Dialect {
    blob: "BLOB",
    int: "INTEGER",
    text: "TEXT",
    strict: "STRICT, WITHOUT ROWID",
    now_ms: Sql::new("SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER)"),
    columns: Sql::new(
        "SELECT m.name || '.' || c.name AS name FROM sqlite_schema m, pragma_table_xinfo(m.name) c \
         WHERE m.type IN ('table', 'view') ORDER BY 1",
    ),
};

const POSTGRES: Dialect = Dialect {
    blob: "BYTEA",
    int: "BIGINT",
    text: "TEXT COLLATE \"C\"",
    strict: "",
    now_ms: Sql::new("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"),
    columns: Sql::new(
        "SELECT CAST(table_name || '.' || column_name AS TEXT) COLLATE \"C\" AS name \
         FROM information_schema.columns WHERE table_schema = CURRENT_SCHEMA ORDER BY name",
    ),
};

impl Dialect {
    /// What this engine writes.
    pub const fn of(engine: Engine) -> &'static Self {
        match engine {
            Engine::Sqlite => &SQLITE,
            Engine::Postgres => &POSTGRES,
        }
    }
}

/// The statement as SQLite needs it: `?n` for `$n`.
///
/// SQLite takes `$2` for a name and numbers names by their first use, so `SELECT $2, $1` would
/// swap its arguments without an error. Text in quotes stays as it is.
pub(super) fn numbered(text: &str) -> String {
    let mut numbered = String::with_capacity(text.len());
    let mut quote = None;
    let mut rest = text.chars().peekable();
    while let Some(letter) = rest.next() {
        match quote {
            Some(mark) if mark == letter => quote = None,
            None if letter == '\'' || letter == '"' => quote = Some(letter),
            _ => {}
        }
        let is_number = rest.peek().is_some_and(char::is_ascii_digit);
        let is_argument = quote.is_none() && letter == '$' && is_number;
        numbered.push(if is_argument { '?' } else { letter });
    }
    numbered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_keep_their_numbers() {
        assert_eq!(numbered("SELECT $2, $1, $12"), "SELECT ?2, ?1, ?12");
    }

    #[test]
    fn what_is_quoted_is_no_argument() {
        assert_eq!(
            numbered("SELECT '$1 it''s $2', \"$3\", $4"),
            "SELECT '$1 it''s $2', \"$3\", ?4"
        );
        assert_eq!(numbered("SELECT 'a\"$1', $2 || '$'"), "SELECT 'a\"$1', ?2 || '$'");
    }
}
