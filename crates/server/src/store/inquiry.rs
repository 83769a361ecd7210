//! What outside verifiers were asked about parents.

use treehouse_protocol::id::{AccountId, Hash};
use treehouse_protocol::registry::{Coded as _, Method};

use super::args;
use super::db::{Db, Row, StoreError, Tx, Write, statements};
use super::letter::Letter;
use super::verification::{Conclusion, Signature};
use crate::domain::verification::VerificationId;

// The numbers of the methods and the states stand in the statements; a test compares them with the types.
statements! {
    INSERT = "INSERT INTO inquiry (account_id, verification_id, method, reference, state, asked_ms) VALUES ($1, $2, $3, $4, 0, $5)";
    FIND = "SELECT account_id, verification_id, reference, state, sealed, asked_ms FROM inquiry WHERE account_id = $1 AND verification_id = $2";
    BY_REFERENCE = "SELECT account_id, verification_id, reference, state, sealed, asked_ms FROM inquiry WHERE reference = $1";
    SHOWN = "SELECT COUNT(*), MIN(asked_ms) FROM inquiry WHERE account_id = $1 AND method = 7 AND state <> 0 AND asked_ms > $2";
    CLAIM = "UPDATE inquiry SET state = 1, asked_ms = $3 WHERE account_id = $1 AND verification_id = $2 AND state = 0";
    RELEASE = "UPDATE inquiry SET state = 0 WHERE account_id = $1 AND verification_id = $2 AND state = 1 AND sealed IS NULL";
    OPENED = "UPDATE inquiry SET sealed = $3 WHERE account_id = $1 AND verification_id = $2 AND state = 1 AND sealed IS NULL";
    MATCHED = "UPDATE inquiry SET state = 2, sealed = $3 WHERE account_id = $1 AND verification_id = $2 AND state = 1";
    SPEND = "UPDATE inquiry SET state = 3, sealed = NULL WHERE account_id = $1 AND verification_id = $2 AND state = 1";
    OVER = "UPDATE inquiry SET state = 3, sealed = NULL WHERE account_id = $1 AND verification_id = $2 AND state IN (1, 2)";
    REVIEW = "UPDATE verification SET state = 1, expires_ms = $3 WHERE account_id = $1 AND verification_id = $2 AND method = 9 AND state = 0 AND expires_ms > $4";
    ATTEST = "UPDATE verification SET state = 3, evidence = $3, attestation = $4 WHERE account_id = $1 AND verification_id = $2 AND method IN (7, 8) AND state = 0 AND expires_ms > $5";
    DECLINE = "UPDATE verification SET state = 4 WHERE account_id = $1 AND verification_id = $2 AND method IN (7, 8, 9) AND state = 0";
}

/// How far an inquiry has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InquiryState {
    /// The verifier wasn't asked yet.
    Wanted,
    /// It was asked: there are questions, or a page.
    Open,
    /// A face was matched: two people compare the pictures.
    Matched,
    /// It was answered, or is over. Only that it was asked is still known.
    Over,
}

impl InquiryState {
    const ALL: [Self; 4] = [Self::Wanted, Self::Open, Self::Matched, Self::Over];

    /// The number in the database.
    #[must_use]
    pub const fn code(self) -> i64 {
        self as i64
    }

    /// The state with this number.
    #[must_use]
    pub fn from_code(code: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// An inquiry as stored.
#[derive(Debug, Clone)]
pub struct Inquiry {
    /// Whose, and for which verification.
    pub key: Key,
    /// What the verifier knows it by.
    pub reference: Hash,
    /// How far.
    pub state: InquiryState,
    /// The verifier's words for it, sealed.
    pub sealed: Option<Vec<u8>>,
    /// When it began, or the verifier was asked, in milliseconds.
    pub asked_ms: i64,
}

/// The name of an inquiry.
pub type Key = (AccountId, VerificationId);

fn inquiry_of(row: &Row) -> Result<Inquiry, StoreError> {
    let corrupt = |what| StoreError::Corrupt { what };
    Ok(Inquiry {
        key: (row.id(0)?, row.id(1)?),
        reference: row.hash(2)?,
        state: InquiryState::from_code(row.int(3)?).ok_or(corrupt("inquiry.state"))?,
        sealed: row.opt_blob(4)?,
        asked_ms: row.int(5)?,
    })
}

/// The inquiry of a verification.
///
/// # Errors
/// The database fails.
pub async fn find(db: &Db, key: Key) -> Result<Option<Inquiry>, StoreError> {
    db.row(FIND, args![key.0, key.1]).await?.as_ref().map(inquiry_of).transpose()
}

/// The inquiry that the verifier knows by this.
///
/// # Errors
/// The database fails.
pub async fn by_reference(db: &Db, reference: Hash) -> Result<Option<Inquiry>, StoreError> {
    db.row(BY_REFERENCE, args![reference]).await?.as_ref().map(inquiry_of).transpose()
}

pub(super) async fn insert(
    tx: &mut Tx<'_>,
    (account, verification): Key,
    method: Method,
    reference: Hash,
    now: i64,
) -> Result<(), StoreError> {
    let row = args![account, verification, method.code(), reference, now];
    tx.execute(INSERT, row).await.map(drop)
}

/// Ends the inquiry of a verification, if there is one: nothing that the verifier calls it by stays.
pub(super) async fn end(tx: &mut Tx<'_>, (account, verification): Key) -> Result<(), StoreError> {
    tx.execute(OVER, args![account, verification]).await.map(drop)
}

/// The verifier is about to be asked: once, and about questions not too often.
#[derive(Debug)]
pub struct Claim {
    /// Which.
    pub key: Key,
    /// How many sets of questions the account may be shown since then, in milliseconds.
    pub sets: (i64, i64),
    /// Now, in milliseconds.
    pub now: i64,
}

/// What became of a claim.
#[derive(Debug, PartialEq, Eq)]
pub enum Claimed {
    /// The verifier may be asked.
    Yes,
    /// It was asked already.
    Before,
    /// The account was shown too many sets; the first of them at this time, in milliseconds.
    TooMany(i64),
}

impl Write for Claim {
    const NAME: &'static str = "claim-inquiry";
    type Output = Claimed;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Claimed, StoreError> {
        let ((account, verification), (most, since_ms)) = (self.key, self.sets);
        let row = tx.row(SHOWN, args![account, since_ms]).await?;
        let row = row.ok_or(StoreError::Corrupt { what: "a count" })?;
        if row.int(0)? >= most {
            return Ok(Claimed::TooMany(row.int(1)?));
        }
        let claimed = tx.execute(CLAIM, args![account, verification, self.now]).await?;
        Ok(if claimed == 0 { Claimed::Before } else { Claimed::Yes })
    }
}

/// The verifier has made nothing that anybody could see: it may be asked again.
#[derive(Debug)]
pub struct Release {
    /// Which.
    pub key: Key,
}

impl Write for Release {
    const NAME: &'static str = "release-inquiry";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        tx.execute(RELEASE, args![self.key.0, self.key.1]).await.map(drop)
    }
}

/// The verifier has made questions or a page.
#[derive(Debug)]
pub struct Opened {
    /// Which.
    pub key: Key,
    /// Its words for it, sealed.
    pub sealed: Vec<u8>,
}

impl Write for Opened {
    const NAME: &'static str = "opened-inquiry";
    /// Whether nobody has begun anew meanwhile.
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let opened = args![self.key.0, self.key.1, self.sealed.clone()];
        Ok(tx.execute(OPENED, opened).await? > 0)
    }
}

/// Answers are about to be passed on: once.
#[derive(Debug)]
pub struct Spend {
    /// Which.
    pub key: Key,
}

impl Write for Spend {
    const NAME: &'static str = "spend-inquiry";
    /// Whether they weren't before.
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        Ok(tx.execute(SPEND, args![self.key.0, self.key.1]).await? > 0)
    }
}

/// The verifier has said what it found.
#[derive(Debug)]
pub struct Settle {
    /// Which.
    pub key: Key,
    /// What is kept of the verification, and the letter that tells of it; nothing if nobody is verified.
    pub signature: Option<(Signature, Letter)>,
    /// Now, in milliseconds.
    pub now: i64,
}

impl Write for Settle {
    const NAME: &'static str = "settle-inquiry";
    /// Whether a parent is verified now.
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        end(tx, self.key).await?;
        let Self { key, signature, now, .. } = self;
        let (key, signature, now) = (*key, signature.as_ref(), *now);
        Conclusion { attest: ATTEST, decline: DECLINE, key, signature, now }.write(tx).await
    }
}

/// A face is that of a document: it waits for two people.
#[derive(Debug)]
pub struct Match {
    /// Which.
    pub key: Key,
    /// The verifier's words, sealed.
    pub sealed: Vec<u8>,
    /// Until when they must have decided, in milliseconds.
    pub expires_ms: i64,
    /// Now, in milliseconds.
    pub now: i64,
}

impl Write for Match {
    const NAME: &'static str = "match-inquiry";
    /// Whether it was waiting for that.
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let (account, verification) = self.key;
        let review = args![account, verification, self.expires_ms, self.now];
        if tx.execute(REVIEW, review).await? == 0 {
            return Ok(false);
        }
        let matched = args![account, verification, self.sealed.clone()];
        Ok(tx.execute(MATCHED, matched).await? > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::verification::VerificationState as S;

    #[test]
    fn the_numbers_in_the_statements_are_those_of_the_types() {
        let methods = [Method::Questions, Method::GovernmentId, Method::FaceMatch];
        assert_eq!(methods.map(Method::code), [7, 8, 9]);
        let states = [S::Asked, S::Submitted, S::Attested, S::Declined];
        assert_eq!(states.map(S::code), [0, 1, 3, 4]);
        assert_eq!(InquiryState::ALL.map(InquiryState::code), [0, 1, 2, 3]);
    }
}
