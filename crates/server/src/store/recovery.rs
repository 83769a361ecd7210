//! Requests of guardians who lost their keys.

use treehouse_protocol::id::{AccountId, FamilyId, KeyId};

use super::db::{Db, Row, StoreError, Tx, Write, statements};
use super::letter::{self, Letter};
use super::{args, family};
use crate::access::{Permit, action};
use crate::domain::recovery::Recovery;

statements! {
    PUT = "INSERT INTO recovery (family_id, account_id, request, kept, created_ms, expires_ms) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (family_id, account_id) DO UPDATE SET request = excluded.request, kept = excluded.kept, answer = NULL, answered_by = NULL, created_ms = excluded.created_ms, expires_ms = excluded.expires_ms";
    FIND = "SELECT family_id, account_id, request, kept, answer, answered_by, expires_ms FROM recovery WHERE family_id = $1 AND account_id = $2 AND expires_ms > $3";
    LIST = "SELECT family_id, account_id, request, kept, answer, answered_by, expires_ms FROM recovery WHERE family_id = $1 AND expires_ms > $2 ORDER BY account_id LIMIT 100";
    ANSWER = "UPDATE recovery SET answer = $3, answered_by = $4 WHERE family_id = $1 AND account_id = $2 AND answer IS NULL AND expires_ms > $5";
    DELETE = "DELETE FROM recovery WHERE family_id = $1 AND account_id = $2";
}

fn recovery_of(row: &Row) -> Result<Recovery, StoreError> {
    Ok(Recovery {
        family: row.id(0)?,
        account: row.id(1)?,
        request: row.blob(2)?,
        kept: row.blob(3)?,
        answer: row.opt_blob(4)?,
        answered_by: row.opt_bytes(5)?.map(KeyId::from_bytes),
        expires_ms: row.int(6)?,
    })
}

/// The request of an account, while it counts.
pub async fn find(
    db: &Db,
    family: FamilyId,
    account: AccountId,
    now: i64,
) -> Result<Option<Recovery>, StoreError> {
    db.row(FIND, args![family, account, now]).await?.as_ref().map(recovery_of).transpose()
}

/// The requests in a family that count.
pub async fn list(
    db: &Db,
    permit: &Permit<action::ReadFamily>,
    now: i64,
) -> Result<Vec<Recovery>, StoreError> {
    db.rows(LIST, args![permit.family(), now]).await?.iter().map(recovery_of).collect()
}

/// Asks, in place of what the same account asked before; the family's guardians are told.
#[derive(Debug)]
pub struct Ask {
    /// The permission.
    pub permit: Permit<action::AskBack>,
    /// Who asks.
    pub account: AccountId,
    /// What is asked.
    pub request: Vec<u8>,
    /// What the asker keeps for itself.
    pub kept: Vec<u8>,
    /// Now, in milliseconds.
    pub now: i64,
    /// The last moment, in milliseconds.
    pub expires_ms: i64,
    /// What the guardians are told.
    pub letters: Vec<Letter>,
}

impl Write for Ask {
    const NAME: &'static str = "ask-recovery";
    /// Whether the chain still ended where the decision knew it to.
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let family = self.permit.family();
        if !family::is_at(tx, family, self.permit.seen()).await? {
            return Ok(false);
        }
        let (request, kept) = (self.request.clone(), self.kept.clone());
        let row = args![family, self.account, request, kept, self.now, self.expires_ms];
        tx.execute(PUT, row).await?;
        for letter in &self.letters {
            letter::enqueue(tx, letter).await?;
        }
        Ok(true)
    }
}

/// Another guardian answers; the first answer counts until it is asked anew.
#[derive(Debug)]
pub struct Answer {
    /// The permission.
    pub permit: Permit<action::Manage>,
    /// Whose request.
    pub account: AccountId,
    /// What that guardian's client sealed for the asker.
    pub written: Vec<u8>,
    /// Now, in milliseconds.
    pub now: i64,
}

impl Write for Answer {
    const NAME: &'static str = "answer-recovery";
    /// Whether it waited for an answer.
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let (family, by) = (self.permit.family(), self.permit.by());
        let row = args![family, self.account, self.written.clone(), by, self.now];
        Ok(tx.execute(ANSWER, row).await? == 1)
    }
}

/// Takes a request back, or clears it away.
#[derive(Debug)]
pub struct Delete {
    /// The family.
    pub family: FamilyId,
    /// Whose.
    pub account: AccountId,
}

impl Write for Delete {
    const NAME: &'static str = "delete-recovery";
    /// Whether it was there.
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        Ok(tx.execute(DELETE, args![self.family, self.account]).await? == 1)
    }
}
