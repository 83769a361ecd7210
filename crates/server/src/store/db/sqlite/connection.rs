//! One connection to an SQLite file.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use memchr::memmem;
use rusqlite::config::DbConfig;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{ErrorCode, OpenFlags, ToSql, ffi, params_from_iter};

use super::super::{OpenError, ROW_COUNT_MAX, Row, Sql, StoreError, Value};
use crate::store::dialect;

/// How long a statement waits for another process to finish, in milliseconds.
const BUSY_MS_MAX: u64 = 5_000;

/// Prepared statements that a connection keeps; more than the program has.
const STATEMENT_COUNT_MAX: usize = 512;

/// What a connection is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The only one that changes anything.
    Writer,
    /// Sees what is committed and can't change it.
    Reader,
}

/// A connection with its prepared statements.
pub(in crate::store::db) struct Connection {
    raw: rusqlite::Connection,
    /// The texts as SQLite needs them; as many as the program has literals.
    texts: HashMap<&'static str, Box<str>>,
}

impl Connection {
    /// Opens the file.
    pub(super) fn open(path: &Path, role: Role) -> Result<Self, OpenError> {
        let access = match role {
            Role::Writer => OpenFlags::SQLITE_OPEN_READ_WRITE,
            Role::Reader => OpenFlags::SQLITE_OPEN_READ_ONLY,
        };
        let raw =
            rusqlite::Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)
                .map_err(|_| OpenError::File { what: "open the database file" })?;
        configure(&raw, role).map_err(|error| OpenError::Engine(meaning(&error)))?;
        let mode: String = raw
            .pragma_query_value(None, "journal_mode", |row| row.get(0))
            .map_err(|error| OpenError::Engine(meaning(&error)))?;
        if mode != "wal" {
            return Err(OpenError::File { what: "keep a write-ahead log beside the database" });
        }
        Ok(Self { raw, texts: HashMap::new() })
    }

    /// Whether the engine itself says that commits reach the disk. The log was asked about when
    /// the connection was opened.
    pub(super) fn is_durable(&self) -> Result<bool, OpenError> {
        const FULL: i64 = 2;
        let level = self.raw.pragma_query_value(None, "synchronous", |row| row.get::<_, i64>(0));
        level.map(|level| level >= FULL).map_err(|error| OpenError::Engine(meaning(&error)))
    }

    /// Runs a statement that gives no rows.
    pub fn execute(&mut self, sql: Sql, args: &[Value]) -> Result<u64, StoreError> {
        let mut statement = self.prepared(sql)?;
        count(&statement, args)?;
        let changed = statement.execute(params_from_iter(args)).map_err(|error| meaning(&error))?;
        Ok(changed as u64)
    }

    /// Runs a statement to its end and gives its rows.
    pub fn rows(&mut self, sql: Sql, args: &[Value]) -> Result<Vec<Row>, StoreError> {
        let mut statement = self.prepared(sql)?;
        count(&statement, args)?;
        let columns = statement.column_count();
        let mut answer =
            statement.query(params_from_iter(args)).map_err(|error| meaning(&error))?;
        let mut rows = Vec::new();
        while let Some(row) = answer.next().map_err(|error| meaning(&error))? {
            if rows.len() == ROW_COUNT_MAX {
                return Err(StoreError::Rejected { rule: "number of rows" });
            }
            let cells = (0..columns).map(|column| cell(row, column));
            rows.push(Row::new(cells.collect::<Result<_, _>>()?));
        }
        Ok(rows)
    }

    /// Runs statements that change tables.
    pub fn define(&mut self, text: &str) -> Result<(), StoreError> {
        self.raw.execute_batch(text).map_err(|error| meaning(&error))
    }

    /// Copies the database, as it is at one moment, into a new file.
    pub(super) fn copy_into(&self, to: &Path) -> Result<(), StoreError> {
        let to = to.to_str().ok_or(StoreError::Rejected { rule: "path in UTF-8" })?;
        self.raw.execute("VACUUM INTO ?1", [to]).map(drop).map_err(|error| meaning(&error))
    }

    /// Writes the log back into the database, and empties it.
    pub(super) fn settle(&self) -> Result<(), StoreError> {
        let busy: i64 = self
            .raw
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
            .map_err(|error| meaning(&error))?;
        if busy == 0 { Ok(()) } else { Err(StoreError::Unavailable) }
    }

    /// Runs a statement about transactions.
    pub(super) fn control(&mut self, text: &'static str) -> Result<(), StoreError> {
        let mut statement = self.raw.prepare_cached(text).map_err(|error| meaning(&error))?;
        statement.execute([]).map(|_| ()).map_err(|error| meaning(&error))
    }

    /// True between `BEGIN` and `COMMIT`, unless SQLite gave the transaction up by itself.
    pub(super) fn is_in_transaction(&self) -> bool {
        !self.raw.is_autocommit()
    }

    /// The lines of a statement's plan that read the whole of a table, or SQLite's complaint.
    ///
    /// The complaint holds no data: it's about the text, which is a literal.
    pub(super) fn scans(&mut self, sql: Sql) -> Result<Vec<String>, String> {
        let complaint = |error: rusqlite::Error| error.to_string();
        let text = dialect::numbered(sql.0);
        self.raw.prepare(&text).map_err(complaint)?;
        let mut plan =
            self.raw.prepare(&format!("EXPLAIN QUERY PLAN {text}")).map_err(complaint)?;
        let lines: Vec<String> = plan
            .query_map(params_from_iter((0..plan.parameter_count()).map(|_| Value::Null)), |row| {
                row.get(3)
            })
            .and_then(Iterator::collect)
            .map_err(complaint)?;
        // A table may stand there by its alias, so only what is surely none is let through: also what was
        // made just before, whose own reading has lines of its own.
        let made: Vec<_> =
            lines.iter().filter_map(|line| line.strip_prefix("MATERIALIZE ")).collect();
        let is_scan = |line: &&String| {
            let scanned = line.strip_prefix("SCAN ");
            let is_table = |of: &str| !of.contains("CONSTANT ROW") && !of.starts_with('(');
            scanned.is_some_and(|of| is_table(of) && !made.contains(&of))
        };
        Ok(lines.iter().filter(is_scan).cloned().collect())
    }

    fn prepared(&mut self, sql: Sql) -> Result<rusqlite::CachedStatement<'_>, StoreError> {
        let text = self.texts.entry(sql.0).or_insert_with(|| dialect::numbered(sql.0).into());
        self.raw.prepare_cached(text).map_err(|error| meaning(&error))
    }
}

fn configure(raw: &rusqlite::Connection, role: Role) -> rusqlite::Result<()> {
    raw.set_prepared_statement_cache_capacity(STATEMENT_COUNT_MAX);
    raw.busy_timeout(Duration::from_millis(BUSY_MS_MAX))?;
    // "x" is always a name, never a text that happens not to be one.
    raw.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    raw.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    raw.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    // One plan for all values: otherwise SQLite prepares a statement again whenever a bound value
    // changes, which costs several times what running it does.
    raw.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    raw.pragma_update(None, "foreign_keys", true)?;
    define_position(raw)?;
    match role {
        Role::Writer => {
            keep_log(raw)?;
            // What was deleted is overwritten, and not only forgotten.
            raw.pragma_update(None, "secure_delete", true)?;
            raw.pragma_update(None, "synchronous", "full")
        }
        Role::Reader => raw.pragma_update(None, "query_only", true),
    }
}

/// Where bytes stand in other bytes, from 1, or 0: the function of this name that PostgreSQL has.
fn define_position(raw: &rusqlite::Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    raw.create_scalar_function("position", 2, flags, |given| {
        let [within, what] = [0, 1].map(|at| given.get_raw(at).as_blob());
        let found = memmem::find(within?, what?);
        Ok(found.map_or(0, |at| i64::try_from(at).unwrap_or(i64::MAX - 1) + 1))
    })
}

/// Keeps a write-ahead log from now on.
///
/// Where several open a new file at once, all but one are told that it's busy: at once, since each
/// would wait for another that waits too. So whoever is told tries again.
#[expect(clippy::disallowed_methods, reason = "SQLite tells nobody when the file is free again")]
fn keep_log(raw: &rusqlite::Connection) -> rusqlite::Result<()> {
    const PAUSE_MS: u64 = 20;
    for _ in 0..BUSY_MS_MAX / PAUSE_MS {
        match raw.pragma_update(None, "journal_mode", "wal") {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                std::thread::sleep(Duration::from_millis(PAUSE_MS));
            }
            kept => return kept,
        }
    }
    raw.pragma_update(None, "journal_mode", "wal")
}

fn count(statement: &rusqlite::Statement<'_>, args: &[Value]) -> Result<(), StoreError> {
    if statement.parameter_count() == args.len() {
        return Ok(());
    }
    Err(StoreError::Rejected { rule: "number of arguments" })
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

fn cell(row: &rusqlite::Row<'_>, column: usize) -> Result<Value, StoreError> {
    match row.get_ref(column).map_err(|error| meaning(&error))? {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(number) => Ok(Value::Int(number)),
        ValueRef::Text(bytes) => String::from_utf8(bytes.to_vec())
            .map(Value::Text)
            .map_err(|_| StoreError::Corrupt { what: "the encoding of a text" }),
        ValueRef::Blob(bytes) => Ok(Value::Blob(bytes.to_vec())),
        ValueRef::Real(_) => Err(StoreError::Corrupt { what: "a fraction" }),
    }
}

/// What an error of SQLite means to a caller; its text ends here.
fn meaning(error: &rusqlite::Error) -> StoreError {
    let rusqlite::Error::SqliteFailure(failure, _) = error else {
        return StoreError::Rejected { rule: "form of the statement" };
    };
    match failure.extended_code {
        ffi::SQLITE_CONSTRAINT_UNIQUE
        | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
        | ffi::SQLITE_CONSTRAINT_ROWID => return StoreError::Conflict,
        ffi::SQLITE_CONSTRAINT_NOTNULL => return StoreError::Rejected { rule: "not null" },
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => return StoreError::Rejected { rule: "foreign key" },
        ffi::SQLITE_CONSTRAINT_CHECK => return StoreError::Rejected { rule: "check" },
        ffi::SQLITE_CONSTRAINT_DATATYPE => {
            return StoreError::Rejected { rule: "type of a value" };
        }
        _ => {}
    }
    match failure.code {
        ErrorCode::DiskFull => StoreError::Full,
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
            StoreError::Corrupt { what: "the file" }
        }
        ErrorCode::ReadOnly => StoreError::Rejected { rule: "a read changes nothing" },
        ErrorCode::DatabaseBusy
        | ErrorCode::DatabaseLocked
        | ErrorCode::CannotOpen
        | ErrorCode::OutOfMemory
        | ErrorCode::OperationInterrupted
        | ErrorCode::SystemIoFailure => StoreError::Unavailable,
        _ => StoreError::Rejected { rule: "form of the statement" },
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    #[test]
    fn a_statement_is_prepared_once_for_all_values() {
        const FIND: Sql = Sql::new("SELECT number FROM thing WHERE thing_id = $1");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("things.db");
        std::fs::write(&path, b"").unwrap();
        let mut connection = Connection::open(&path, Role::Writer).unwrap();
        let table = "CREATE TABLE thing (thing_id BLOB PRIMARY KEY, number INTEGER) WITHOUT ROWID;";
        connection.define(table).unwrap();
        for id in 0..4 {
            assert!(connection.rows(FIND, &[Value::Blob(vec![id])]).unwrap().is_empty());
        }
        let statement = connection.prepared(FIND).unwrap();
        assert_eq!(statement.get_status(StatementStatus::Run), 4);
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    }
}
