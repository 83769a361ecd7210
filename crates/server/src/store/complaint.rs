//! Complaints. Every look at one and every answer is an act of a steward, in the same transaction.

use super::args;
use super::db::{Db, Row, StoreError, Tx, Write, statements};
use super::letter::{self, Letter};
use super::steward::{self, NewAct};
use crate::domain::complaint::{ComplaintId, ComplaintState};

statements! {
    PUT = "INSERT INTO complaint (complaint_id, received_ms, state, sealed) VALUES ($1, $2, $3, $4)";
    LIST = "SELECT complaint_id, received_ms FROM complaint WHERE state = $1 ORDER BY received_ms LIMIT 100";
    READ = "SELECT sealed, state FROM complaint WHERE complaint_id = $1";
    ANSWER = "UPDATE complaint SET state = $2, answer_sealed = $3, answered_ms = $4 WHERE complaint_id = $1 AND state = $5";
    COUNTS = "SELECT state, COUNT(*) FROM complaint WHERE received_ms >= $1 AND received_ms < $2 GROUP BY state";
}

fn state(row: &Row, column: usize) -> Result<ComplaintState, StoreError> {
    let state = ComplaintState::from_word(&row.text(column)?);
    state.ok_or(StoreError::Corrupt { what: "complaint.state" })
}

/// Puts a complaint into the inbox.
#[derive(Debug)]
pub struct Put {
    /// Its id; also where it is sealed for.
    pub id: ComplaintId,
    /// The sealed complaint.
    pub sealed: Vec<u8>,
    /// Now, in milliseconds.
    pub now: i64,
}

impl Write for Put {
    const NAME: &'static str = "put-complaint";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let open = ComplaintState::Open.word();
        tx.execute(PUT, args![self.id, self.now, open, self.sealed.clone()]).await.map(drop)
    }
}

/// The complaints in this state and when they came, the oldest first; at most 100.
///
/// # Errors
/// The database fails.
pub async fn list(db: &Db, state: ComplaintState) -> Result<Vec<(ComplaintId, i64)>, StoreError> {
    let rows = db.rows(LIST, args![state.word()]).await?;
    rows.iter().map(|row| Ok((row.id(0)?, row.int(1)?))).collect()
}

/// How many complaints that came between two times, the second of them not within, are in which
/// state.
///
/// # Errors
/// The database fails.
pub async fn counts(
    db: &Db,
    (from_ms, to_ms): (i64, i64),
) -> Result<Vec<(ComplaintState, u64)>, StoreError> {
    let rows = db.rows(COUNTS, args![from_ms, to_ms]).await?;
    rows.iter().map(|row| Ok((state(row, 0)?, row.u64(1)?))).collect()
}

/// Reads a complaint, which is an act.
#[derive(Debug)]
pub struct Read {
    /// Which.
    pub id: ComplaintId,
    /// By whom and why.
    pub act: NewAct,
}

impl Write for Read {
    const NAME: &'static str = "read-complaint";
    /// The sealed complaint and how far it is; `None` if there is none.
    type Output = Option<(Vec<u8>, ComplaintState)>;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Self::Output, StoreError> {
        let Some(row) = tx.row(READ, args![self.id]).await? else {
            return Ok(None);
        };
        steward::note(tx, &self.act, self.id).await?;
        Ok(Some((row.blob(0)?, state(&row, 1)?)))
    }
}

/// Answers or closes a complaint that is open.
#[derive(Debug)]
pub struct End {
    /// Which.
    pub id: ComplaintId,
    /// As what.
    pub state: ComplaintState,
    /// The sealed answer, if it was answered.
    pub answer: Option<Vec<u8>>,
    /// The letter to whoever complained, if they want one.
    pub letter: Option<Letter>,
    /// By whom and why.
    pub act: NewAct,
}

impl Write for End {
    const NAME: &'static str = "end-complaint";
    /// Whether it was open.
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let Self { id, state, answer, letter, act } = self;
        let open = ComplaintState::Open.word();
        let row = args![*id, state.word(), answer.clone(), act.at_ms, open];
        if tx.execute(ANSWER, row).await? == 0 {
            return Ok(false);
        }
        if let Some(letter) = letter {
            letter::enqueue(tx, letter).await?;
        }
        steward::note(tx, act, *id).await?;
        Ok(true)
    }
}
