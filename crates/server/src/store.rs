//! The only place that holds SQL or knows a database; one text of each statement serves both engines.
//!
//! [`db`] runs statements and writes, `dialect` is the closed list of what differs between
//! SQLite and PostgreSQL, and [`migrate`] brings a database to the tables of this version. Each
//! noun of the service has a file of its own beside them, with its statements and its functions.

pub(crate) mod account;
pub(crate) mod alarm;
pub(crate) mod blob;
pub(crate) mod closing;
pub(crate) mod complaint;
pub mod db;
mod dialect;
pub(crate) mod family;
pub(crate) mod house;
pub(crate) mod idempotency;
pub(crate) mod inquiry;
pub(crate) mod invitation;
pub(crate) mod leaf;
pub(crate) mod letter;
pub mod migrate;
pub(crate) mod notice;
pub(crate) mod outer_key;
pub(crate) mod pairing;
pub(crate) mod payment;
pub(crate) mod record;
pub(crate) mod recovery;
pub(crate) mod retention;
pub(crate) mod rows;
pub(crate) mod session;
pub(crate) mod sms;
pub(crate) mod steward;
pub(crate) mod taken;
pub(crate) mod told;
pub(crate) mod toy;
pub(crate) mod verification;

pub use self::db::{
    Db, Engine, Location, OpenError, Row, Settings, Sql, StoreError, Tx, Value, Write, args,
};
pub use self::migrate::Migration;

/// The tables of the service, in the order in which they came; landed ones never change.
pub const MAIN: &[Migration] = &[
    Migration { number: 1, name: "start", text: include_str!("../migrations/0001_start.sql") },
    Migration { number: 2, name: "log", text: include_str!("../migrations/0002_log.sql") },
    Migration {
        number: 3,
        name: "recovery",
        text: include_str!("../migrations/0003_recovery.sql"),
    },
    Migration {
        number: 4,
        name: "retention",
        text: include_str!("../migrations/0004_retention.sql"),
    },
    Migration { number: 5, name: "notices", text: include_str!("../migrations/0005_notices.sql") },
    Migration {
        number: 6,
        name: "complaints",
        text: include_str!("../migrations/0006_complaints.sql"),
    },
    Migration {
        number: 7,
        name: "release_token",
        text: include_str!("../migrations/0007_release_token.sql"),
    },
    Migration {
        number: 8,
        name: "talk_script",
        text: include_str!("../migrations/0008_talk_script.sql"),
    },
    Migration { number: 9, name: "scope", text: include_str!("../migrations/0009_scope.sql") },
    Migration {
        number: 10,
        name: "leaf_own",
        text: include_str!("../migrations/0010_leaf_own.sql"),
    },
    Migration {
        number: 11,
        name: "leaf_waiting",
        text: include_str!("../migrations/0011_leaf_waiting.sql"),
    },
    Migration {
        number: 12,
        name: "text_plus",
        text: include_str!("../migrations/0012_text_plus.sql"),
    },
    Migration {
        number: 13,
        name: "destruction_counts",
        text: include_str!("../migrations/0013_destruction_counts.sql"),
    },
    Migration { number: 14, name: "payment", text: include_str!("../migrations/0014_payment.sql") },
    Migration { number: 15, name: "inquiry", text: include_str!("../migrations/0015_inquiry.sql") },
];

/// The tables of the key store.
pub const KEYS: &[Migration] = &[Migration {
    number: 1,
    name: "start",
    text: include_str!("../migrations/keys_0001_start.sql"),
}];

/// Every statement on the tables of the service.
pub const MAIN_STATEMENTS: &[db::Statements] = &[
    account::STATEMENTS,
    alarm::STATEMENTS,
    blob::STATEMENTS,
    closing::STATEMENTS,
    complaint::STATEMENTS,
    family::STATEMENTS,
    house::STATEMENTS,
    idempotency::STATEMENTS,
    inquiry::STATEMENTS,
    invitation::STATEMENTS,
    leaf::STATEMENTS,
    letter::STATEMENTS,
    notice::STATEMENTS,
    pairing::STATEMENTS,
    payment::STATEMENTS,
    record::STATEMENTS,
    recovery::STATEMENTS,
    retention::STATEMENTS,
    rows::STATEMENTS,
    session::STATEMENTS,
    sms::STATEMENTS,
    taken::STATEMENTS,
    told::STATEMENTS,
    steward::STATEMENTS,
    toy::STATEMENTS,
    verification::STATEMENTS,
];

/// Every statement on the tables of the key store.
pub const KEYS_STATEMENTS: &[db::Statements] = &[outer_key::STATEMENTS];
