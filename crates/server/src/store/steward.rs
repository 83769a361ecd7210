//! Stewards and what they did. An act and its row are one transaction: nothing that a steward
//! does is missing from the list.

use treehouse_protocol::id::{Hash, Id};
use treehouse_protocol::leaf::What;

use super::db::{Db, Row, StoreError, Tx, Write, statements};
use super::{args, leaf};
use crate::domain::leaf::Seal;
use crate::domain::row_seal::RowSeal;
use crate::domain::steward::{Act, ActId, Reason, StewardId, StewardName};

statements! {
    PUT = "INSERT INTO steward (steward_id, name, token_hash, expires_ms) VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO UPDATE SET token_hash = excluded.token_hash, expires_ms = excluded.expires_ms RETURNING steward_id";
    END = "UPDATE steward SET expires_ms = $2 WHERE name = $1 AND expires_ms > $2 RETURNING steward_id";
    FIND = "SELECT steward_id, token_hash, expires_ms FROM steward WHERE token_hash >= $1 AND token_hash < $2 AND expires_ms > $3 LIMIT 100";
    NAMED = "SELECT steward_id FROM steward WHERE name = $1";
    NOTE = "INSERT INTO steward_act (act_id, steward_id, act, subject, reason, at_ms) VALUES ($1, $2, $3, $4, $5, $6)";
    ACTS = "SELECT a.act_id, s.name, a.act, a.subject, a.reason, a.at_ms FROM steward_act a JOIN steward s ON s.steward_id = a.steward_id WHERE (a.at_ms, a.act_id) < ($1, $2) ORDER BY a.at_ms DESC, a.act_id DESC LIMIT 100";
    ACTS_ON = "SELECT a.act_id, s.name, a.act, a.subject, a.reason, a.at_ms FROM steward_act a JOIN steward s ON s.steward_id = a.steward_id WHERE a.subject = $1 ORDER BY a.at_ms DESC LIMIT 100";
}

/// An act that is about to be done: part of every write of a steward.
#[derive(Debug, Clone)]
pub struct NewAct {
    /// The id of its row.
    pub id: ActId,
    /// Who.
    pub by: StewardId,
    /// What.
    pub act: Act,
    /// Why.
    pub reason: Reason,
    /// Now, in milliseconds.
    pub at_ms: i64,
    /// Chance for its leaf.
    pub seal: Seal,
}

/// An act in a list.
#[derive(Debug, Clone)]
pub struct ListedAct {
    /// The id of its row.
    pub id: ActId,
    /// The name of the steward.
    pub by: String,
    /// What.
    pub act: Act,
    /// To what: the id of a verification, or of a steward.
    pub subject: [u8; 16],
    /// Why.
    pub reason: String,
    /// When, in milliseconds.
    pub at_ms: i64,
}

fn act_of(row: &Row) -> Result<ListedAct, StoreError> {
    let act = Act::from_word(&row.text(2)?);
    Ok(ListedAct {
        id: row.id(0)?,
        by: row.text(1)?,
        act: act.ok_or(StoreError::Corrupt { what: "steward_act.act" })?,
        subject: row.bytes(3)?,
        reason: row.text(4)?,
        at_ms: row.int(5)?,
    })
}

/// Writes down an act, in the list and in the log, in the transaction of the act.
pub(super) async fn note<K>(
    tx: &mut Tx<'_>,
    act: &NewAct,
    subject: Id<K>,
) -> Result<(), StoreError> {
    let row = args![act.id, act.by, act.act.word(), subject, act.reason.text(), act.at_ms];
    tx.execute(NOTE, row).await?;
    let what = What::Act {
        steward: *act.by.bytes(),
        act: act.act.word().to_owned(),
        subject: *subject.bytes(),
        reason: Hash::of(act.reason.text().as_bytes()),
    };
    leaf::log(tx, &act.seal, act.at_ms, what).await
}

/// Whose pass this is, while it lasts; nobody's, if the service didn't write its row.
///
/// # Errors
/// The database fails.
pub async fn find(
    db: &Db,
    seal: &RowSeal,
    token: Hash,
    now: i64,
) -> Result<Option<StewardId>, StoreError> {
    // What is kept begins with the hash, and no seal is longer than this.
    let end = [&token.bytes()[..], &[0xff; 33]].concat();
    for row in db.rows(FIND, args![token, end, now]).await? {
        let id = row.id(0)?;
        if seal.is_pass(id, &row.blob(1)?, row.int(2)?) {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// The steward who has, or had, a pass under this name.
///
/// # Errors
/// The database fails.
pub async fn find_by_name(db: &Db, name: &StewardName) -> Result<Option<StewardId>, StoreError> {
    db.row(NAMED, args![name.text()]).await?.map(|row| row.id(0)).transpose()
}

/// What came before this act, the latest first; at most 100.
///
/// # Errors
/// The database fails.
pub async fn acts(db: &Db, before_ms: i64, before: ActId) -> Result<Vec<ListedAct>, StoreError> {
    db.rows(ACTS, args![before_ms, before]).await?.iter().map(act_of).collect()
}

/// What was done to one thing, the latest first; at most 100.
///
/// # Errors
/// The database fails.
pub async fn acts_on<K>(db: &Db, subject: Id<K>) -> Result<Vec<ListedAct>, StoreError> {
    db.rows(ACTS_ON, args![subject]).await?.iter().map(act_of).collect()
}

/// Gives a pass to a steward; the one before ends. The same name stays the same steward.
#[derive(Debug)]
pub struct GivePass {
    /// The steward's id if the name is new.
    pub fresh: StewardId,
    /// The name.
    pub name: StewardName,
    /// The hash of the pass.
    pub token: Hash,
    /// Seals its row.
    pub rows: RowSeal,
    /// When it ends, in milliseconds.
    pub expires_ms: i64,
    /// The id of the act's row.
    pub act: ActId,
    /// Chance for its leaf.
    pub seal: Seal,
    /// Why.
    pub reason: Reason,
    /// Now, in milliseconds.
    pub now: i64,
}

impl Write for GivePass {
    const NAME: &'static str = "give-pass";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let named = tx.row(NAMED, args![self.name.text()]).await?;
        let id = named.map_or(Ok(self.fresh), |row| row.id(0))?;
        let pass = self.rows.pass(id, self.token, self.expires_ms);
        let row = args![id, self.name.text(), pass, self.expires_ms];
        let by: Option<StewardId> = tx.row(PUT, row).await?.map(|row| row.id(0)).transpose()?;
        let by = by.ok_or(StoreError::Corrupt { what: "steward" })?;
        let (act, reason) = (Act::GivePass, self.reason.clone());
        let (id, at_ms, seal) = (self.act, self.now, self.seal);
        note(tx, &NewAct { id, by, act, reason, at_ms, seal }, by).await
    }
}

/// Ends the pass of a steward.
#[derive(Debug)]
pub struct EndPass {
    /// The name.
    pub name: StewardName,
    /// The id of the act's row.
    pub act: ActId,
    /// Chance for its leaf.
    pub seal: Seal,
    /// Why.
    pub reason: Reason,
    /// Now, in milliseconds.
    pub now: i64,
}

impl Write for EndPass {
    const NAME: &'static str = "end-pass";
    /// Whether there was one.
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let Some(row) = tx.row(END, args![self.name.text(), self.now]).await? else {
            return Ok(false);
        };
        let by = row.id(0)?;
        let (act, reason) = (Act::EndPass, self.reason.clone());
        let (id, at_ms, seal) = (self.act, self.now, self.seal);
        note(tx, &NewAct { id, by, act, reason, at_ms, seal }, by).await?;
        Ok(true)
    }
}
