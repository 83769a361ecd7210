//! SQLite: readers that are used where they are needed, and one writer on a thread of its own.

mod connection;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub(super) use self::connection::Connection;
use self::connection::Role;
use self::writer::Writer;
use super::{OpenError, Row, SWEEP, Settings, Sql, StoreError, Value, Write};

/// 3.51.3: the first version that doesn't corrupt a database when the log is reset in a bad moment.
const VERSION_MIN: i32 = 3_051_003;

/// Readers that stay open between reads; as many as ever read at once on a large machine.
const READER_COUNT_MAX: usize = 32;

/// A database in a file.
pub(super) struct Sqlite {
    path: PathBuf,
    readers: Mutex<Vec<Connection>>,
    writer: Writer,
}

impl Sqlite {
    /// Opens the file and starts the writer.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        recent(rusqlite::version_number())?;
        private(path)?;
        let writer = Writer::start(Connection::open(path, Role::Writer)?)?;
        Ok(Self { path: path.to_owned(), readers: Mutex::default(), writer })
    }

    /// What is in force in this file, if there is one.
    pub fn settings(path: &Path) -> Result<Settings, OpenError> {
        recent(rusqlite::version_number())?;
        let durable = if path.exists() {
            Some(Connection::open(path, Role::Writer)?.is_durable()?)
        } else {
            None
        };
        Ok(Settings::Sqlite { version: rusqlite::version(), durable })
    }

    /// Every column of every table in this file, if there is one. Changes nothing.
    pub fn columns(path: &Path, list: Sql) -> Result<Option<Vec<String>>, OpenError> {
        if !path.exists() {
            return Ok(None);
        }
        let mut reader = Connection::open(path, Role::Reader)?;
        let rows = reader.rows(list, &[]).map_err(OpenError::Engine)?;
        let columns = rows.iter().map(|row| row.text(0)).collect::<Result<_, _>>();
        columns.map(Some).map_err(OpenError::Engine)
    }

    /// Copies the database into a new file.
    pub fn snapshot(from: &Path, to: &Path) -> Result<(), StoreError> {
        // A reader may write nothing, not even into another file.
        let copier = Connection::open(from, Role::Writer).map_err(|_| StoreError::Unavailable)?;
        copier.copy_into(to)?;
        private(to).map_err(|_| StoreError::Unavailable)
    }

    /// Empties the log beside the database.
    pub fn settle(&self) -> Result<(), StoreError> {
        let writer =
            Connection::open(&self.path, Role::Writer).map_err(|_| StoreError::Unavailable)?;
        writer.settle()
    }

    /// The rows of one statement on committed state.
    pub fn rows(&self, sql: Sql, args: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.with_reader(|reader| reader.rows(sql, args))
    }

    /// Queues a write and waits until it's on disk.
    pub async fn write<W: Write>(&self, write: W) -> Result<W::Output, StoreError> {
        self.writer.write(write).await
    }

    /// Fails if the writer has stopped.
    pub fn require_writer(&self) -> Result<(), StoreError> {
        if self.writer.runs() { Ok(()) } else { Err(StoreError::Unavailable) }
    }

    /// Prepares a statement, and refuses it if it would read a whole table.
    pub fn check(&self, name: &'static str, sql: Sql) -> Result<(), OpenError> {
        let plan = self
            .with_reader(|reader| Ok(reader.scans(sql)))
            .map_err(OpenError::Engine)?
            .map_err(|complaint| OpenError::Statement { name, complaint })?;
        match plan.into_iter().next() {
            Some(plan) if !name.starts_with(SWEEP) => Err(OpenError::Scan { name, plan }),
            _ => Ok(()),
        }
    }

    /// Lends a reader. Nothing is awaited meanwhile, so there are never more than threads.
    fn with_reader<T>(
        &self,
        read: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let idle = self.idle().pop();
        let mut reader = match idle {
            Some(reader) => reader,
            None => {
                Connection::open(&self.path, Role::Reader).map_err(|_| StoreError::Unavailable)?
            }
        };
        let result = read(&mut reader);
        let mut idle = self.idle();
        if idle.len() < READER_COUNT_MAX {
            idle.push(reader);
        }
        result
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        // A panic elsewhere leaves the list as it was: at worst one reader short.
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn recent(found: i32) -> Result<(), OpenError> {
    if found < VERSION_MIN { Err(OpenError::OldSqlite { found }) } else { Ok(()) }
}

/// Makes the file for its owner alone; SQLite gives its log the same permissions.
fn private(path: &Path) -> Result<(), OpenError> {
    let failed = |_| OpenError::File { what: "make the database file" };
    let mut options = std::fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(failed)?;
    #[cfg(unix)]
    {
        let owner_only = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        file.set_permissions(owner_only).map_err(failed)?;
    }
    drop(file);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_with_the_log_reset_fault_is_refused() {
        assert!(matches!(recent(3_051_002), Err(OpenError::OldSqlite { found: 3_051_002 })));
        assert!(recent(3_051_003).is_ok());
    }
}
