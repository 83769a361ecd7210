//! Payments by which parents are verified, until they were given back.

use treehouse_protocol::id::{AccountId, Hash};

use super::args;
use super::db::{Db, Row, StoreError, Tx, Write, statements};
use super::letter::{self, Letter};
use super::verification::{Conclusion, Signature};
use crate::domain::card::{Currency, Price};
use crate::domain::verification::VerificationId;

// The numbers of the method and the states stand in the statements; a test compares them with the types.
statements! {
    INSERT = "INSERT INTO payment (account_id, verification_id, reference, state, amount, currency, refusals, tries, asked_ms, next_ms, created_ms) VALUES ($1, $2, $3, 0, $4, $5, 0, 0, 0, $6, $6)";
    FIND = "SELECT account_id, verification_id, reference, state, amount, currency, sealed, refusals, tries, created_ms FROM payment WHERE account_id = $1 AND verification_id = $2";
    BY_REFERENCE = "SELECT account_id, verification_id FROM payment WHERE reference = $1";
    DUE = "SELECT account_id, verification_id FROM payment WHERE next_ms <= $1 ORDER BY next_ms LIMIT 64";
    CLAIM = "UPDATE payment SET asked_ms = $3, next_ms = $4 WHERE account_id = $1 AND verification_id = $2 AND asked_ms <= $5 RETURNING account_id, verification_id, reference, state, amount, currency, sealed, refusals, tries, created_ms";
    OPENED = "UPDATE payment SET state = 1, sealed = $3, tries = 0, next_ms = $4 WHERE account_id = $1 AND verification_id = $2 AND state = 0";
    LATER = "UPDATE payment SET tries = tries + $3, refusals = refusals + $4, next_ms = $5 WHERE account_id = $1 AND verification_id = $2";
    TAKE = "UPDATE payment SET state = 2, sealed = $3, payment_hash = $4, tries = 0, asked_ms = 0, next_ms = $5 WHERE account_id = $1 AND verification_id = $2 AND state = 1";
    ATTEST = "UPDATE verification SET state = 3, evidence = $3, attestation = $4 WHERE account_id = $1 AND verification_id = $2 AND method = 4 AND state = 0 AND expires_ms > $5";
    DECLINE = "UPDATE verification SET state = 4 WHERE account_id = $1 AND verification_id = $2 AND method = 4 AND state = 0";
    DELETE = "DELETE FROM payment WHERE account_id = $1 AND verification_id = $2 AND state = $3";
    FORGET = "DELETE FROM payment WHERE created_ms <= $1";
}

/// How far a payment has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentState {
    /// The provider wasn't asked for a page yet, or hasn't answered.
    Wanted,
    /// There is a page.
    Open,
    /// Money was taken, and must go back.
    Taken,
}

impl PaymentState {
    const ALL: [Self; 3] = [Self::Wanted, Self::Open, Self::Taken];

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

/// A payment as stored.
#[derive(Debug, Clone)]
pub struct Payment {
    /// Whose.
    pub account: AccountId,
    /// For which verification.
    pub verification: VerificationId,
    /// What the provider knows it by.
    pub reference: Hash,
    /// How far.
    pub state: PaymentState,
    /// What is paid.
    pub price: Price,
    /// The provider's words for page and payment, sealed.
    pub sealed: Option<Vec<u8>>,
    /// How often the provider refused to give it back.
    pub refusals: i64,
    /// How often something was tried in vain.
    pub tries: i64,
    /// When it began, in milliseconds.
    pub created_ms: i64,
}

/// The name of a payment.
pub type Key = (AccountId, VerificationId);

fn payment_of(row: &Row) -> Result<Payment, StoreError> {
    let corrupt = |what| StoreError::Corrupt { what };
    let state = PaymentState::from_code(row.int(3)?);
    let amount = u32::try_from(row.int(4)?).ok();
    let price = amount.zip(Currency::parse(&row.text(5)?));
    let price = price.and_then(|(amount, currency)| Price::new(amount, currency));
    Ok(Payment {
        account: row.id(0)?,
        verification: row.id(1)?,
        reference: row.hash(2)?,
        state: state.ok_or(corrupt("payment.state"))?,
        price: price.ok_or(corrupt("payment.amount"))?,
        sealed: row.opt_blob(6)?,
        refusals: row.int(7)?,
        tries: row.int(8)?,
        created_ms: row.int(9)?,
    })
}

/// The payment of a verification, while there is one.
///
/// # Errors
/// The database fails.
pub async fn find(db: &Db, key: Key) -> Result<Option<Payment>, StoreError> {
    db.row(FIND, args![key.0, key.1]).await?.as_ref().map(payment_of).transpose()
}

/// The payment that the provider knows by this.
///
/// # Errors
/// The database fails.
pub async fn by_reference(db: &Db, reference: Hash) -> Result<Option<Key>, StoreError> {
    let row = db.row(BY_REFERENCE, args![reference]).await?;
    row.map(|row| Ok((row.id(0)?, row.id(1)?))).transpose()
}

/// The payments about which something is to be done, the longest due first; at most 64.
///
/// # Errors
/// The database fails.
pub async fn due(db: &Db, now: i64) -> Result<Vec<Key>, StoreError> {
    let rows = db.rows(DUE, args![now]).await?;
    rows.iter().map(|row| Ok((row.id(0)?, row.id(1)?))).collect()
}

/// A payment that begins.
#[derive(Debug, Clone)]
pub struct NewPayment {
    /// What the provider will know it by.
    pub reference: Hash,
    /// What is paid.
    pub price: Price,
}

pub(super) async fn insert(
    tx: &mut Tx<'_>,
    (account, verification): Key,
    payment: &NewPayment,
    now: i64,
) -> Result<(), StoreError> {
    let NewPayment { reference, price } = payment;
    let (amount, currency) = (i64::from(price.amount()), price.currency().code());
    let row = args![account, verification, *reference, amount, currency, now];
    tx.execute(INSERT, row).await.map(drop)
}

/// Somebody is about to ask the provider: nobody else does for a moment.
#[derive(Debug)]
pub struct Claim {
    /// Which.
    pub key: Key,
    /// Now, in milliseconds.
    pub now: i64,
    /// Whoever asked at this time or later keeps others from it.
    pub asked_before: i64,
    /// When the jobs try again if nothing comes of it.
    pub again_ms: i64,
}

impl Write for Claim {
    const NAME: &'static str = "claim-payment";
    /// The payment, unless somebody else has just asked.
    type Output = Option<Payment>;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Option<Payment>, StoreError> {
        let (account, verification) = self.key;
        let claim = args![account, verification, self.now, self.again_ms, self.asked_before];
        tx.row(CLAIM, claim).await?.as_ref().map(payment_of).transpose()
    }
}

/// The provider has made a page.
#[derive(Debug)]
pub struct Opened {
    /// Which.
    pub key: Key,
    /// Its words for it, sealed.
    pub sealed: Vec<u8>,
    /// When it's looked at next, in milliseconds.
    pub next_ms: i64,
}

impl Write for Opened {
    const NAME: &'static str = "opened-payment";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let (account, verification) = self.key;
        let row = args![account, verification, self.sealed.clone(), self.next_ms];
        tx.execute(OPENED, row).await.map(drop)
    }
}

/// Nothing has come of it yet.
#[derive(Debug)]
pub struct Later {
    /// Which.
    pub key: Key,
    /// How many tries failed.
    pub failed: i64,
    /// How many of them the provider has refused.
    pub refused: i64,
    /// When it's tried again, in milliseconds.
    pub next_ms: i64,
}

impl Write for Later {
    const NAME: &'static str = "payment-later";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let (account, verification) = self.key;
        let row = args![account, verification, self.failed, self.refused, self.next_ms];
        tx.execute(LATER, row).await.map(drop)
    }
}

/// Money was taken: it is owed from now on, and verifies a parent if it should.
#[derive(Debug)]
pub struct Take {
    /// Which.
    pub key: Key,
    /// The provider's words for page and payment, sealed.
    pub sealed: Vec<u8>,
    /// The hash of its word for the payment: none is taken for two verifications.
    pub payment: Hash,
    /// What is kept of the verification, and the letter that tells of it; nothing if it shows nothing.
    pub signature: Option<(Signature, Letter)>,
    /// Now, in milliseconds.
    pub now: i64,
}

impl Write for Take {
    const NAME: &'static str = "take-payment";
    /// Whether a parent is verified now.
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let (account, verification) = self.key;
        let taken = args![account, verification, self.sealed.clone(), self.payment, self.now];
        if tx.execute(TAKE, taken).await? == 0 {
            return Ok(false);
        }
        let Self { key, signature, now, .. } = self;
        let (key, signature, now) = (*key, signature.as_ref(), *now);
        Conclusion { attest: ATTEST, decline: DECLINE, key, signature, now }.write(tx).await
    }
}

/// Nobody will pay any more, and nothing is owed.
#[derive(Debug)]
pub struct Close {
    /// Which.
    pub key: Key,
    /// As it was found.
    pub state: PaymentState,
}

impl Write for Close {
    const NAME: &'static str = "close-payment";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let (account, verification) = self.key;
        if tx.execute(DELETE, args![account, verification, self.state.code()]).await? > 0 {
            tx.execute(DECLINE, args![account, verification]).await?;
        }
        Ok(())
    }
}

/// The provider has given it back.
#[derive(Debug)]
pub struct GivenBack {
    /// Which.
    pub key: Key,
    /// The letter that tells of it; none if the account is gone.
    pub letter: Option<Letter>,
}

impl Write for GivenBack {
    const NAME: &'static str = "payment-given-back";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let (account, verification) = self.key;
        let state = PaymentState::Taken.code();
        if tx.execute(DELETE, args![account, verification, state]).await? == 0 {
            return Ok(());
        }
        match &self.letter {
            Some(letter) => letter::enqueue(tx, letter).await,
            None => Ok(()),
        }
    }
}

/// Deletes what no bank gives back any more.
#[derive(Debug)]
pub struct Forget {
    /// What began until then, in milliseconds.
    pub until_ms: i64,
}

impl Write for Forget {
    const NAME: &'static str = "forget-payments";
    /// How many were deleted.
    type Output = u64;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<u64, StoreError> {
        tx.execute(FORGET, args![self.until_ms]).await
    }
}

#[cfg(test)]
mod tests {
    use treehouse_protocol::registry::{Coded as _, Method};

    use super::PaymentState;
    use crate::domain::verification::VerificationState;

    #[test]
    fn the_numbers_in_the_statements_are_those_of_the_types() {
        assert_eq!(Method::PaymentCard.code(), 4);
        let states = [VerificationState::Asked, VerificationState::Attested];
        assert_eq!(states.map(VerificationState::code), [0, 3]);
        assert_eq!(VerificationState::Declined.code(), 4);
        assert_eq!(PaymentState::ALL.map(PaymentState::code), [0, 1, 2]);
    }
}
