//! That alarms were raised, and when: for the evidence of a time. Of whom stands nowhere here.

use treehouse_protocol::id::Id;

use super::args;
use super::db::{Db, StoreError, Tx, Write, statements};
use super::letter::{self, Letter};

statements! {
    PUT = "INSERT INTO alarm (alarm_id, word, at_ms) VALUES ($1, $2, $3)";
    BETWEEN = "SELECT word, at_ms FROM alarm WHERE at_ms >= $1 AND at_ms < $2 ORDER BY at_ms LIMIT 10000";
}

/// The kind of an alarm's id.
#[derive(Debug)]
pub enum AlarmKind {}
/// An alarm's id.
pub type AlarmId = Id<AlarmKind>;

/// Writes down that an alarm was raised, and puts the letter about it, and the call if there is
/// somebody to call, into the queue.
#[derive(Debug)]
pub struct Raise {
    /// The id of its row.
    pub id: AlarmId,
    /// The word for it.
    pub word: &'static str,
    /// Now, in milliseconds.
    pub now: i64,
    /// The letter to the operator.
    pub letter: Letter,
    /// The call to the operator's webhook.
    pub call: Option<Letter>,
}

impl Write for Raise {
    const NAME: &'static str = "raise-alarm";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        tx.execute(PUT, args![self.id, self.word, self.now]).await?;
        letter::enqueue(tx, &self.letter).await?;
        match &self.call {
            Some(call) => letter::enqueue(tx, call).await,
            None => Ok(()),
        }
    }
}

/// The alarms between two times, the second of them not within, the first one first; at most 10000.
///
/// # Errors
/// The database fails.
pub async fn between(
    db: &Db,
    (from_ms, to_ms): (i64, i64),
) -> Result<Vec<(String, i64)>, StoreError> {
    let rows = db.rows(BETWEEN, args![from_ms, to_ms]).await?;
    rows.iter().map(|row| Ok((row.text(0)?, row.int(1)?))).collect()
}
