//! Sessions of guardians.

use treehouse_protocol::id::{AccountId, FamilyId, Hash};

use super::args;
use super::db::{Db, Row, StoreError, Tx, Write, statements};
use crate::domain::principal::SessionId;
use crate::domain::row_seal::RowSeal;
use crate::port::clock::Time;

statements! {
    INSERT = "INSERT INTO session (session_hash, session_id, account_id, created_ms, expires_ms) VALUES ($1, $2, $3, $4, $5)";
    FIND = "SELECT a.account_id, a.family_id, s.session_id, s.created_ms, s.expires_ms FROM session s JOIN account a ON a.account_id = s.account_id WHERE s.session_hash = $1 AND s.expires_ms > $2";
    STANDS = "SELECT 1 FROM session WHERE session_hash = $1 AND account_id = $2";
    RECORD = "SELECT opaque_record FROM account WHERE account_id = $1";
    LIST = "SELECT session_hash, session_id, created_ms, expires_ms FROM session WHERE account_id = $1 AND expires_ms > $2 ORDER BY created_ms LIMIT 100";
    SEEN = "UPDATE account SET seen_day = $2, warned_ms = 0 WHERE account_id = $1";
    END = "DELETE FROM session WHERE session_hash = $1";
    END_BY_ID = "DELETE FROM session WHERE account_id = $1 AND session_id = $2";
    END_ALL = "DELETE FROM session WHERE account_id = $1";
}

/// A session that begins.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// The hash of its token.
    pub hash: Hash,
    /// Makes its name, which seals its row.
    pub seal: RowSeal,
    /// Now, in milliseconds.
    pub created_ms: i64,
    /// When it ends, in milliseconds.
    pub expires_ms: i64,
}

/// A session in a list.
#[derive(Debug, Clone, Copy)]
pub struct Listed {
    /// The hash of its token.
    pub hash: Hash,
    /// Its name.
    pub id: SessionId,
    /// When it began, in milliseconds.
    pub created_ms: i64,
    /// When it ends, in milliseconds.
    pub expires_ms: i64,
}

/// Whose session this is, and that account's family; nobody's, if the service didn't write its row.
pub async fn find(
    db: &Db,
    seal: &RowSeal,
    hash: Hash,
    now: i64,
) -> Result<Option<(AccountId, Option<FamilyId>)>, StoreError> {
    let Some(row) = db.row(FIND, args![hash, now]).await? else {
        return Ok(None);
    };
    let (account, id): (AccountId, SessionId) = (row.id(0)?, row.id(2)?);
    let sealed = seal.session(account, hash, row.int(3)?, row.int(4)?) == id;
    Ok(if sealed { Some((account, row.opt_id(1)?)) } else { None })
}

/// The sessions of an account.
pub async fn list(db: &Db, account: AccountId, now: i64) -> Result<Vec<Listed>, StoreError> {
    let listed = |row: &Row| {
        let (hash, id) = (row.hash(0)?, row.id(1)?);
        Ok(Listed { hash, id, created_ms: row.int(2)?, expires_ms: row.int(3)? })
    };
    db.rows(LIST, args![account, now]).await?.iter().map(listed).collect()
}

pub(super) async fn insert(
    tx: &mut Tx<'_>,
    account: AccountId,
    session: &NewSession,
) -> Result<(), StoreError> {
    let NewSession { hash, created_ms, expires_ms, .. } = *session;
    let id = session.seal.session(account, hash, created_ms, expires_ms);
    // Whoever signs in uses the account; a warning that nobody does is over.
    let today = i64::from(Time(created_ms).day().0);
    tx.execute(SEEN, args![account, today]).await?;
    tx.execute(INSERT, args![hash, id, account, created_ms, expires_ms]).await.map(drop)
}

/// Whether a session wasn't ended meanwhile: the body of a request may come long after its head.
pub(super) async fn stands(
    tx: &mut Tx<'_>,
    account: AccountId,
    session: Hash,
) -> Result<bool, StoreError> {
    Ok(tx.row(STANDS, args![session, account]).await?.is_some())
}

pub(super) async fn end_all(tx: &mut Tx<'_>, account: AccountId) -> Result<(), StoreError> {
    tx.execute(END_ALL, args![account]).await.map(drop)
}

/// Begins a session, if the password is still the one that was checked.
#[derive(Debug)]
pub struct Begin {
    /// Whose.
    pub account: AccountId,
    /// The hash of what the password was checked with.
    pub record: Hash,
    /// The session.
    pub session: NewSession,
}

impl Write for Begin {
    const NAME: &'static str = "begin-session";
    /// Whether it began.
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let record = tx.row(RECORD, args![self.account]).await?;
        let record = record.map(|row| row.blob(0)).transpose()?;
        if record.is_none_or(|record| Hash::of(&record) != self.record) {
            return Ok(false);
        }
        insert(tx, self.account, &self.session).await?;
        Ok(true)
    }
}

/// Ends sessions.
#[derive(Debug)]
pub enum End {
    /// The one with this token.
    This(Hash),
    /// One of the account's, by its name.
    Named(AccountId, SessionId),
    /// All of the account's.
    All(AccountId),
}

impl Write for End {
    const NAME: &'static str = "end-session";
    /// How many were ended.
    type Output = u64;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<u64, StoreError> {
        match self {
            Self::This(hash) => tx.execute(END, args![*hash]).await,
            Self::Named(account, id) => tx.execute(END_BY_ID, args![*account, *id]).await,
            Self::All(account) => tx.execute(END_ALL, args![*account]).await,
        }
    }
}
