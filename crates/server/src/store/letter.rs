//! Letters that wait for the mailer, in the same transaction as what they tell of.

use treehouse_protocol::id::Id;

use super::args;
use super::db::{Db, StoreError, Tx, Write, statements};

statements! {
    INSERT = "INSERT INTO letter (letter_id, sealed, due_ms, tries, written_ms) VALUES ($1, $2, $3, 0, $4)";
    DUE = "SELECT letter_id, sealed, tries FROM letter WHERE due_ms <= $1 ORDER BY due_ms LIMIT 64";
    DELETE = "DELETE FROM letter WHERE letter_id = $1";
    LATER = "UPDATE letter SET due_ms = $2, tries = tries + 1 WHERE letter_id = $1";
}

/// The kind of a letter's id.
#[derive(Debug)]
pub enum LetterKind {}
/// A letter's id.
pub type LetterId = Id<LetterKind>;

/// A letter in its envelope: address, subject and text are sealed.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Its id; also where it is sealed for.
    pub id: LetterId,
    /// The sealed letter.
    pub sealed: Vec<u8>,
    /// When it may go, in milliseconds.
    pub due_ms: i64,
    /// When it was written, in milliseconds: one that nobody takes isn't kept for long.
    pub written_ms: i64,
}

/// A letter that is due.
#[derive(Debug)]
pub struct Due {
    /// Its id.
    pub id: LetterId,
    /// The sealed letter.
    pub sealed: Vec<u8>,
    /// How often it was tried.
    pub tries: i64,
}

pub(super) async fn enqueue(tx: &mut Tx<'_>, letter: &Letter) -> Result<(), StoreError> {
    let row = args![letter.id, letter.sealed.clone(), letter.due_ms, letter.written_ms];
    tx.execute(INSERT, row).await.map(drop)
}

/// The letters that are due, the oldest first; at most 64.
pub async fn due(db: &Db, now: i64) -> Result<Vec<Due>, StoreError> {
    let rows = db.rows(DUE, args![now]).await?;
    let due =
        rows.iter().map(|row| Ok(Due { id: row.id(0)?, sealed: row.blob(1)?, tries: row.int(2)? }));
    due.collect()
}

/// What became of a letter.
#[derive(Debug)]
pub enum Posted {
    /// It's gone.
    Sent(LetterId),
    /// It must be tried again, at this time in milliseconds.
    Later(LetterId, i64),
}

impl Write for Posted {
    const NAME: &'static str = "posted";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        match self {
            Self::Sent(id) => tx.execute(DELETE, args![*id]).await.map(drop),
            Self::Later(id, due_ms) => tx.execute(LATER, args![*id, *due_ms]).await.map(drop),
        }
    }
}

/// Puts a letter into the queue.
#[derive(Debug)]
pub struct Enqueue(pub Letter);

impl Write for Enqueue {
    const NAME: &'static str = "enqueue-letter";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        enqueue(tx, &self.0).await
    }
}
