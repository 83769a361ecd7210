//! The only place that holds SQL or knows a database; one text of each statement serves both engines.
//!
//! [`db`] runs statements and writes, `dialect` is the closed list of what differs between
//! SQLite and PostgreSQL, and [`migrate`] brings a database to the tables of this version. Each
//! noun of the service has a file of its own beside them, with its statements and its functions.

pub mod db;
mod dialect;
pub mod migrate;

pub use self::db::{Db, Engine, Location, OpenError, Row, Sql, StoreError, Tx, Value, Write, args};
pub use self::migrate::Migration;

/// The tables of the service, in the order in which they came; landed ones never change.
pub const MAIN: &[Migration] = &[];
