//! Statements and writes over SQLite or PostgreSQL, behind one small interface.
//!
//! A read is one statement on committed state. A change is a [`Write`]: a named value that is run
//! in one serializable transaction, and run again as a whole if it loses a race. Only the files
//! under this one name a driver.

mod error;
mod postgres;
mod sqlite;
mod value;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::error::Fault;
pub use self::error::{OpenError, StoreError};
use self::postgres::Postgres;
use self::sqlite::Sqlite;
pub use self::value::{Row, Value};
use super::dialect::Dialect;
use super::migrate::{self, Migration};
pub use crate::args;

/// The text of a statement: a literal, so nothing that is made at run time can become SQL.
///
/// Arguments are `$1` to `$n` on both engines.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Sql(&'static str);

impl Sql {
    /// The statement with this text.
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Sql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Names the statements of one noun, and lists them as `STATEMENTS` for the check at start.
///
/// ```ignore
/// statements! {
///     /// The name of a child.
///     FIND_NAME = "SELECT name FROM child WHERE family_id = $1 AND child_id = $2";
/// }
/// ```
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)+) => {
        $($(#[$doc])* const $name: $crate::store::Sql = $crate::store::Sql::new($text);)+
        /// Every statement of this file, by name; tried on the live engine at start.
        pub(in $crate::store) const STATEMENTS: &[(&str, $crate::store::Sql)] =
            &[$((stringify!($name), $name)),+];
    };
}
pub(in crate::store) use statements;

/// Statements by name, as `statements!` lists them.
pub type Statements = &'static [(&'static str, Sql)];

/// Statements with names that start so may read a whole table: they sweep up in the background.
pub const SWEEP: &str = "SWEEP_";

/// Rows that one statement may give; ask page by page for more.
pub const ROW_COUNT_MAX: usize = 100_000;

/// Which engine holds the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    /// A file of this machine.
    Sqlite,
    /// PostgreSQL, or whatever speaks its protocol and its SERIALIZABLE.
    Postgres,
}

/// Where the data lies.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// The file of an SQLite database; made, for its owner only, if there is none.
    Sqlite(PathBuf),
    /// The address of a PostgreSQL database, `postgres://user:password@host:port/name`.
    ///
    /// Connections aren't encrypted: the host is this machine or a socket, unless the address says
    /// `sslmode=disable` because the network is private.
    Postgres(String),
}

impl Location {
    /// What is in force there, without changing anything; connects to nothing.
    ///
    /// # Errors
    /// The library or the address is refused, or the file doesn't open.
    pub fn settings(&self) -> Result<Settings, OpenError> {
        match self {
            Self::Sqlite(path) => Sqlite::settings(path),
            Self::Postgres(address) => Postgres::open(address).map(|_| Settings::Postgres),
        }
    }
}

impl Location {
    /// Every column of every table of an embedded database, as `table.column`; none if there is no
    /// file, or if it is another machine's to ask. Changes nothing, and connects to nothing.
    ///
    /// # Errors
    /// The file doesn't open.
    pub fn columns(&self) -> Result<Option<Vec<String>>, OpenError> {
        match self {
            Self::Sqlite(path) => Sqlite::columns(path, Dialect::of(Engine::Sqlite).columns),
            Self::Postgres(_) => Ok(None),
        }
    }
}

/// What is in force where data lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settings {
    /// A file of this machine.
    Sqlite {
        /// The version of the library.
        version: &'static str,
        /// Whether a commit that was answered survives a loss of power: `synchronous` is FULL and
        /// the log is written ahead. None if there is no file yet.
        durable: Option<bool>,
    },
    /// PostgreSQL, on this machine or in a network that the operator says is private.
    Postgres,
}

// The address may hold a password.
impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            Self::Postgres(_) => f.write_str("Postgres(●●)"),
        }
    }
}

/// One write transaction, as a value: its input is `self`, so a lost race can replay it whole.
///
/// `run` awaits nothing but its transaction, and has no effect but through it: it may run several
/// times, and what it did counts only once the write is answered. Effects leave through a row.
pub trait Write: Send + Sync + 'static {
    /// What it is called in logs.
    const NAME: &'static str;
    /// What it tells its caller.
    type Output: Send + 'static;

    /// Does it.
    ///
    /// # Errors
    /// Any error undoes the write. A refusal by the rules of the service is a kind of output.
    fn run(&self, tx: &mut Tx<'_>)
    -> impl Future<Output = Result<Self::Output, StoreError>> + Send;
}

/// A database that is open, migrated and checked; a clone is another handle to the same one.
#[derive(Clone)]
pub struct Db(Arc<Store>);

enum Store {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Db {
    /// Opens a database, brings it to these tables and tries every statement on it.
    ///
    /// # Errors
    /// See [`OpenError`]; its text says what to do.
    pub async fn open(
        location: &Location,
        migrations: &'static [Migration],
        statements: &[Statements],
    ) -> Result<Self, OpenError> {
        let db = Self(Arc::new(match location {
            Location::Sqlite(path) => Store::Sqlite(Sqlite::open(path)?),
            Location::Postgres(address) => Store::Postgres(Postgres::open(address)?),
        }));
        db.ping().await.map_err(OpenError::Engine)?;
        migrate::run(&db, migrations).await?;
        let mut all = migrate::STATEMENTS.to_vec();
        all.extend(statements.iter().copied().flatten());
        for (name, sql) in all {
            match &*db.0 {
                Store::Sqlite(sqlite) => sqlite.check(name, sql)?,
                Store::Postgres(postgres) => postgres.check(name, sql).await?,
            }
        }
        Ok(db)
    }

    /// Copies an SQLite database, as it is at one moment, into a new file. Others may use it
    /// meanwhile.
    ///
    /// # Errors
    /// The database doesn't open, or the file can't be written.
    pub fn snapshot(from: &Path, to: &Path) -> Result<(), StoreError> {
        Sqlite::snapshot(from, to)
    }

    /// Writes back what was changed, and empties the log beside the database: what was deleted is
    /// gone from the disk then, too. PostgreSQL does as its operator has set it.
    ///
    /// # Errors
    /// The database is in use for too long.
    pub fn settle(&self) -> Result<(), StoreError> {
        match &*self.0 {
            Store::Sqlite(sqlite) => sqlite.settle(),
            Store::Postgres(_) => Ok(()),
        }
    }

    /// The migrations that [`Db::open`] would apply. Changes nothing, and makes no file.
    ///
    /// # Errors
    /// The database doesn't answer, or has other migrations than these.
    pub async fn pending(
        location: &Location,
        migrations: &'static [Migration],
    ) -> Result<&'static [Migration], OpenError> {
        let store = match location {
            Location::Sqlite(path) if !path.exists() => return Ok(migrations),
            Location::Sqlite(path) => Store::Sqlite(Sqlite::open(path)?),
            Location::Postgres(address) => Store::Postgres(Postgres::open(address)?),
        };
        migrate::pending(&Self(Arc::new(store)), migrations).await
    }

    /// The rows of one statement, as of now; it can't change anything.
    ///
    /// # Errors
    /// The statement fails, or gives more than [`ROW_COUNT_MAX`] rows.
    pub async fn rows(&self, sql: Sql, args: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        fit(&args)?;
        match &*self.0 {
            // Here and now: a point read takes less time than waking another thread.
            Store::Sqlite(sqlite) => sqlite.rows(sql, &args),
            Store::Postgres(postgres) => postgres.rows(sql, args).await,
        }
    }

    /// The only row of one statement, or none.
    ///
    /// # Errors
    /// The statement fails, or gives more than one row.
    pub async fn row(&self, sql: Sql, args: Vec<Value>) -> Result<Option<Row>, StoreError> {
        only(self.rows(sql, args).await?)
    }

    /// Runs a write; when it returns, the change is on disk.
    ///
    /// Dropping the future doesn't always stop the write.
    ///
    /// # Errors
    /// The error of the write, or of a statement in it: nothing has changed. [`StoreError::Conflict`]
    /// also means that it lost too many races. After [`StoreError::Unavailable`] it's not known
    /// whether it happened.
    pub async fn write<W: Write>(&self, write: W) -> Result<W::Output, StoreError> {
        match &*self.0 {
            Store::Sqlite(sqlite) => sqlite.write(write).await,
            Store::Postgres(postgres) => postgres.write(&write).await,
        }
    }

    /// Every column of every table and view, as `table.column`, in order.
    ///
    /// # Errors
    /// The database doesn't answer.
    pub async fn columns(&self) -> Result<Vec<String>, StoreError> {
        let columns = Dialect::of(self.engine()).columns;
        self.rows(columns, Vec::new()).await?.iter().map(|row| row.text(0)).collect()
    }

    /// Which engine it is.
    #[must_use]
    pub fn engine(&self) -> Engine {
        match &*self.0 {
            Store::Sqlite(_) => Engine::Sqlite,
            Store::Postgres(_) => Engine::Postgres,
        }
    }

    /// Asks whether the database answers.
    ///
    /// # Errors
    /// It doesn't.
    pub async fn ping(&self) -> Result<(), StoreError> {
        const PING: Sql = Sql::new("SELECT 1");
        if let Store::Sqlite(sqlite) = &*self.0 {
            sqlite.require_writer()?;
        }
        self.row(PING, Vec::new()).await.map(|_| ())
    }
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Db").field(&self.engine()).finish()
    }
}

/// A transaction, as a [`Write`] sees it.
///
/// A statement that fails fails the write: whatever `run` returns, the caller gets the first
/// error. Statements that may meet an existing row say `ON CONFLICT DO NOTHING` and count.
pub struct Tx<'a> {
    on: On<'a>,
    fault: Option<Fault>,
}

enum On<'a> {
    Sqlite(&'a mut sqlite::Connection),
    Postgres(&'a postgres::Transaction<'a>),
}

impl<'a> Tx<'a> {
    const fn new(on: On<'a>) -> Self {
        Self { on, fault: None }
    }

    /// Runs a statement that gives no rows; says how many rows it changed.
    ///
    /// # Errors
    /// The statement fails, or one before it has failed.
    pub async fn execute(&mut self, sql: Sql, args: Vec<Value>) -> Result<u64, StoreError> {
        self.ready(&args)?;
        let result = match &mut self.on {
            On::Sqlite(connection) => connection.execute(sql, &args).map_err(Fault::Failed),
            On::Postgres(transaction) => postgres::execute(*transaction, sql, args).await,
        };
        self.noted(result)
    }

    /// The rows of a statement: a `SELECT`, or a change that says `RETURNING`.
    ///
    /// # Errors
    /// As for [`Tx::execute`], or it gives more than [`ROW_COUNT_MAX`] rows.
    pub async fn rows(&mut self, sql: Sql, args: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        self.ready(&args)?;
        let result = match &mut self.on {
            On::Sqlite(connection) => connection.rows(sql, &args).map_err(Fault::Failed),
            On::Postgres(transaction) => postgres::rows(*transaction, sql, args).await,
        };
        self.noted(result)
    }

    /// The only row of a statement, or none.
    ///
    /// # Errors
    /// As for [`Tx::rows`], or it gives more than one row.
    pub async fn row(&mut self, sql: Sql, args: Vec<Value>) -> Result<Option<Row>, StoreError> {
        let rows = self.rows(sql, args).await?;
        self.noted(only(rows).map_err(Fault::Failed))
    }

    /// Changes tables; for `migrate` alone, which is the only one that makes SQL from a template.
    pub(in crate::store) async fn define(&mut self, text: &str) -> Result<(), StoreError> {
        self.ready(&[])?;
        let result = match &mut self.on {
            On::Sqlite(connection) => connection.define(text).map_err(Fault::Failed),
            On::Postgres(transaction) => postgres::define(transaction, text).await,
        };
        self.noted(result)
    }

    fn ready(&self, args: &[Value]) -> Result<(), StoreError> {
        self.fault.map_or(Ok(()), |fault| Err(fault.error()))?;
        fit(args)
    }

    fn noted<T>(&mut self, result: Result<T, Fault>) -> Result<T, StoreError> {
        result.map_err(|fault| {
            self.fault = Some(fault);
            fault.error()
        })
    }

    /// What came of a write: the first fault of its statements counts more than what it says.
    fn outcome<T>(self, result: Result<T, StoreError>) -> Result<T, Fault> {
        self.fault.map_or_else(|| result.map_err(Fault::Failed), Err)
    }
}

/// Refuses what only one of the engines could store.
fn fit(args: &[Value]) -> Result<(), StoreError> {
    let zero = |value: &Value| matches!(value, Value::Text(text) if text.contains('\0'));
    if args.iter().any(zero) {
        return Err(StoreError::Rejected { rule: "text without zero bytes" });
    }
    Ok(())
}

fn only(rows: Vec<Row>) -> Result<Option<Row>, StoreError> {
    let mut rows = rows.into_iter();
    match (rows.next(), rows.next()) {
        (row, None) => Ok(row),
        (_, Some(_)) => Err(StoreError::Corrupt { what: "the number of rows" }),
    }
}
