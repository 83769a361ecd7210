//! How much waits, and how many toys there are: counted along an index and no further than a limit, so
//! that a look costs the same however long a queue has grown.

use treehouse_protocol::id::KeyId;
use treehouse_protocol::registry::{Coded as _, Method};

use super::args;
use super::db::{Db, Sql, StoreError, Value, statements};
use super::inquiry::InquiryState;
use super::payment::PaymentState;
use super::toy::ToyState;
use crate::data_map::RuleId;
use crate::domain::complaint::ComplaintState;
use crate::domain::house::{Depth, Toys};
use crate::domain::leaf;
use crate::domain::verification::VerificationState;

// Each limit is one more than the type tells; a test compares them.
statements! {
    /// A letter that may go later on isn't late, unless it was tried.
    LETTERS = "WITH waiting AS MATERIALIZED (SELECT written_ms AS at_ms FROM letter WHERE written_ms >= $1 AND (tries > 0 OR due_ms <= $2) ORDER BY written_ms LIMIT 1001) SELECT COUNT(*), MIN(at_ms) FROM waiting";
    DESTRUCTIONS = "WITH waiting AS MATERIALIZED (SELECT created_ms AS at_ms FROM destruction WHERE state IN (0, 2) ORDER BY created_ms LIMIT 1001) SELECT COUNT(*), MIN(at_ms) FROM waiting";
    PAYMENTS = "WITH waiting AS MATERIALIZED (SELECT created_ms AS at_ms FROM payment WHERE created_ms >= $1 AND state = $2 ORDER BY created_ms LIMIT 1001) SELECT COUNT(*), MIN(at_ms) FROM waiting";
    INQUIRIES = "WITH waiting AS MATERIALIZED (SELECT asked_ms AS at_ms FROM inquiry WHERE asked_ms >= $1 AND state <> $2 ORDER BY asked_ms LIMIT 1001) SELECT COUNT(*), MIN(at_ms) FROM waiting";
    COMPLAINTS = "WITH waiting AS MATERIALIZED (SELECT received_ms AS at_ms FROM complaint WHERE state = $1 ORDER BY received_ms LIMIT 1001) SELECT COUNT(*), MIN(at_ms) FROM waiting";
    ALARMS = "WITH waiting AS MATERIALIZED (SELECT at_ms FROM alarm WHERE at_ms >= $1 ORDER BY at_ms LIMIT 1001) SELECT COUNT(*), MIN(at_ms) FROM waiting";
    REVIEWS = "WITH waiting AS MATERIALIZED (SELECT method, expires_ms FROM verification WHERE state IN ($1, $2) AND expires_ms > $3 ORDER BY expires_ms LIMIT 1001) SELECT method, COUNT(*), MIN(expires_ms) FROM waiting GROUP BY method ORDER BY method";
    TOYS = "WITH counted AS MATERIALIZED (SELECT family_id FROM toy WHERE state = $1 AND last_contact_day >= $2 AND last_contact_day < $3 LIMIT 10001) SELECT COUNT(*), COUNT(DISTINCT family_id) FROM counted";
    KEY_BEGUN = "SELECT at_ms FROM leaf WHERE owner_id = $1 AND name = $2 ORDER BY place LIMIT 1";
    LOG_WAITS = "SELECT MIN(at_ms) FROM leaf_waiting";
}

async fn depth(db: &Db, sql: Sql, with: Vec<Value>) -> Result<Depth, StoreError> {
    let row = db.row(sql, with).await?.ok_or(StoreError::Corrupt { what: "a count" })?;
    Ok(Depth::of(row.u64(0)?, row.opt_int(1)?))
}

/// Letters that should have gone by now.
pub async fn letters(db: &Db, now: i64) -> Result<Depth, StoreError> {
    depth(db, LETTERS, args![0_i64, now]).await
}

/// Destructions that aren't done, or that the chain doesn't tell of yet.
pub async fn destructions(db: &Db) -> Result<Depth, StoreError> {
    depth(db, DESTRUCTIONS, args![]).await
}

/// Payments that must be given back.
pub async fn payments(db: &Db) -> Result<Depth, StoreError> {
    depth(db, PAYMENTS, args![0_i64, PaymentState::Taken.code()]).await
}

/// Questions to outside verifiers that are open.
pub async fn inquiries(db: &Db) -> Result<Depth, StoreError> {
    depth(db, INQUIRIES, args![0_i64, InquiryState::Over.code()]).await
}

/// Complaints that nobody has answered.
pub async fn complaints(db: &Db) -> Result<Depth, StoreError> {
    depth(db, COMPLAINTS, args![ComplaintState::Open.word()]).await
}

/// Alarms that were raised since a time.
pub async fn alarms(db: &Db, since_ms: i64) -> Result<Depth, StoreError> {
    depth(db, ALARMS, args![since_ms]).await
}

/// What waits for a steward, by the method of verification.
pub async fn reviews(db: &Db, now: i64) -> Result<Vec<(Method, Depth)>, StoreError> {
    let [first, second] =
        [VerificationState::Submitted, VerificationState::Recommended].map(VerificationState::code);
    let mut reviews = Vec::new();
    for row in db.rows(REVIEWS, args![first, second, now]).await? {
        let method = u8::try_from(row.int(0)?).ok().and_then(Method::from_code);
        let method = method.ok_or(StoreError::Corrupt { what: "verification.method" })?;
        // It ends so long after it came.
        let came_ms = row.opt_int(2)?.map(|ends_ms| ends_ms - RuleId::Review.ms());
        reviews.push((method, Depth::of(row.u64(1)?, came_ms)));
    }
    Ok(reviews)
}

/// Toys in a state that were last in contact on a day from the first one on, and before the second.
pub async fn toys(db: &Db, state: ToyState, days: [u32; 2]) -> Result<Toys, StoreError> {
    let row = db.row(TOYS, args![state.code(), i64::from(days[0]), i64::from(days[1])]).await?;
    let row = row.ok_or(StoreError::Corrupt { what: "a count" })?;
    Ok(Toys::of(row.u64(0)?, row.u64(1)?))
}

/// Since when one of the deployment's keys counts, once that has a place in the log.
pub async fn key_begun(db: &Db, key: KeyId) -> Result<Option<i64>, StoreError> {
    let row = db.row(KEY_BEGUN, args![leaf::DEPLOYMENT, leaf::key_name(key)]).await?;
    row.map(|row| row.int(0)).transpose()
}

/// Since when the first entry waits for its place in the log.
pub async fn log_waits(db: &Db) -> Result<Option<i64>, StoreError> {
    Ok(db.row(LOG_WAITS, args![]).await?.map(|row| row.opt_int(0)).transpose()?.flatten())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::house::{TOYS_MAX, WAITING_MAX};

    #[test]
    fn each_statement_counts_one_more_than_is_told() {
        let end =
            |sql: Sql, most: u32| format!("{sql:?}").contains(&format!("LIMIT {})", most + 1));
        for sql in [LETTERS, DESTRUCTIONS, PAYMENTS, INQUIRIES, COMPLAINTS, ALARMS, REVIEWS] {
            assert!(end(sql, WAITING_MAX), "{sql:?}");
        }
        assert!(end(TOYS, TOYS_MAX));
    }
}
