//! What can go wrong, in words that hold no row: drivers' texts end here.

/// Why a statement or a write didn't happen.
///
/// Nothing of a driver's own text is kept: the detail of PostgreSQL holds the values of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// A unique key exists already, or other writes won every race; reading again shows which.
    #[error("the thing changed meanwhile or exists already; read it again")]
    Conflict,
    /// The database can't be reached, is busy or is stopping. A write may or may not have happened
    /// if the connection broke while it was being confirmed.
    #[error("the database can't be reached now; try again later")]
    Unavailable,
    /// The disk of the database is full.
    #[error("the disk of the database is full; make room")]
    Full,
    /// What is stored isn't what was written.
    #[error("{what} in the database isn't what was written; restore a backup")]
    Corrupt {
        /// What was found to be wrong, as the start of the sentence.
        what: &'static str,
    },
    /// The engine refused the statement: a fault of this program, not of its input.
    #[error("the database refused a statement ({rule}); report this as a fault of the program")]
    Rejected {
        /// The rule that the statement broke; the same word on both engines.
        rule: &'static str,
    },
}

/// Why a database couldn't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The library has a known fault that loses data when the log is reset.
    #[error("SQLite {found} can corrupt a database; this program needs 3.51.3 or newer")]
    OldSqlite {
        /// The version number as SQLite gives it: 3051003 is 3.51.3.
        found: i32,
    },
    /// The file can't be made or opened as it must be.
    #[error("can't {what}; check that its folder exists, has room and may be written")]
    File {
        /// What was tried, as the rest of the sentence.
        what: &'static str,
    },
    /// The text isn't the address of a PostgreSQL database.
    #[error("this isn't an address such as postgres://user:password@127.0.0.1:5432/treehouse")]
    Address,
    /// The connection would cross a network without encryption.
    #[error(
        "the database is on another machine and the connection isn't encrypted; use a socket or a \
         tunnel, or say `sslmode=disable` in its address if the network is private"
    )]
    Plaintext,
    /// The engine didn't answer as it should while it was opened.
    #[error("the database can't be opened: {0}")]
    Engine(StoreError),
    /// A migration that was applied isn't the one that this program has.
    #[error(
        "migration {number} ({name}) was applied with another text; run the version that wrote \
         this database, and never change a migration that has landed"
    )]
    ChangedMigration {
        /// Its number.
        number: i64,
        /// Its name in this program.
        name: &'static str,
    },
    /// The database is newer than the program.
    #[error("migration {number} was applied by a newer version; run that version or a newer one")]
    UnknownMigration {
        /// Its number.
        number: i64,
    },
    /// Migrations aren't numbered 1, 2, 3 and so on.
    #[error("migration {name} is out of order; number migrations from 1 without gaps")]
    Misnumbered {
        /// Its name in this program.
        name: &'static str,
    },
    /// A migration couldn't be applied; nothing of it remains.
    #[error("migration {number} ({name}) could not be applied: {source}")]
    Migration {
        /// Its number.
        number: u32,
        /// Its name in this program.
        name: &'static str,
        /// Why.
        source: StoreError,
    },
    /// Another program has been changing the tables for too long.
    #[error("another program is changing the tables; wait until it has finished and start again")]
    Leased,
    /// The engine doesn't accept a statement. Its complaint was made before there was any argument.
    #[error("the statement {name} doesn't work on this engine: {complaint}")]
    Statement {
        /// The statement's name.
        name: &'static str,
        /// What is wrong with it.
        complaint: String,
    },
    /// A statement would read a whole table.
    #[error("the statement {name} reads the whole of a table ({plan}); give it an index")]
    Scan {
        /// The statement's name.
        name: &'static str,
        /// The line of the plan.
        plan: String,
    },
}

/// Why a statement failed inside a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Fault {
    /// Another transaction was faster; the same write may succeed when it's run again.
    Lost,
    /// Running it again would fail again.
    Failed(StoreError),
}

impl Fault {
    /// What the caller of a write is told.
    pub const fn error(self) -> StoreError {
        match self {
            Self::Lost => StoreError::Conflict,
            Self::Failed(error) => error,
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}
