//! What is over: rows whose time has come, by the rules of the data map. Each statement deletes a
//! bounded number, so that no write waits long behind it.

use treehouse_protocol::id::{AccountId, FamilyId};

use super::args;
use super::db::{Db, Row, Sql, StoreError, Tx, Write, statements};
use super::letter::{self, Letter};
use crate::data_map::RuleId;
use crate::port::clock::Time;

// Rows that one statement deletes at most: 500.
statements! {
    MAIL_LINKS = "DELETE FROM mail_link WHERE token_hash IN (SELECT token_hash FROM mail_link WHERE expires_ms <= $1 ORDER BY expires_ms LIMIT 500)";
    SESSIONS = "DELETE FROM session WHERE session_hash IN (SELECT session_hash FROM session WHERE expires_ms <= $1 ORDER BY expires_ms LIMIT 500)";
    PAIRINGS = "DELETE FROM pairing WHERE device_code_hash IN (SELECT device_code_hash FROM pairing WHERE expires_ms <= $1 ORDER BY expires_ms LIMIT 500)";
    INVITATIONS = "DELETE FROM invitation WHERE (family_id, invitation_id) IN (SELECT family_id, invitation_id FROM invitation WHERE expires_ms <= $1 ORDER BY expires_ms LIMIT 500)";
    RECOVERIES = "DELETE FROM recovery WHERE (family_id, account_id) IN (SELECT family_id, account_id FROM recovery WHERE expires_ms <= $1 ORDER BY expires_ms LIMIT 500)";
    ANSWERS = "DELETE FROM idempotency WHERE (asker, key_hash) IN (SELECT asker, key_hash FROM idempotency WHERE expires_ms <= $1 ORDER BY expires_ms LIMIT 500)";
    LETTERS = "DELETE FROM letter WHERE letter_id IN (SELECT letter_id FROM letter WHERE written_ms <= $1 ORDER BY written_ms LIMIT 500)";
    TOYS = "DELETE FROM toy WHERE (family_id, key_id) IN (SELECT family_id, key_id FROM toy WHERE state IN (1, 2) AND last_contact_day <= $1 ORDER BY last_contact_day LIMIT 500)";
    INQUIRIES = "DELETE FROM inquiry WHERE (account_id, verification_id) IN (SELECT account_id, verification_id FROM inquiry WHERE asked_ms <= $1 ORDER BY asked_ms LIMIT 500)";
    STEWARD_ACTS = "DELETE FROM steward_act WHERE act_id IN (SELECT act_id FROM steward_act WHERE at_ms <= $1 ORDER BY at_ms LIMIT 500)";
    SWEEP_STEWARDS = "DELETE FROM steward WHERE expires_ms <= $1 AND NOT EXISTS (SELECT 1 FROM steward_act a WHERE a.steward_id = steward.steward_id)";
    COMPLAINTS = "DELETE FROM complaint WHERE complaint_id IN (SELECT complaint_id FROM complaint WHERE received_ms <= $1 ORDER BY received_ms LIMIT 500)";
    ALARMS = "DELETE FROM alarm WHERE alarm_id IN (SELECT alarm_id FROM alarm WHERE at_ms <= $1 ORDER BY at_ms LIMIT 500)";
    UNUSED = "SELECT a.account_id, a.family_id FROM account a WHERE a.warned_ms = 0 AND a.seen_day <= $1 AND NOT EXISTS (SELECT 1 FROM toy t WHERE t.family_id = a.family_id AND t.state = 0 AND t.last_contact_day > $1) ORDER BY a.seen_day LIMIT 100";
    WARNED = "SELECT a.account_id, a.family_id FROM account a WHERE a.warned_ms > 0 AND a.warned_ms <= $1 AND a.seen_day <= $2 AND NOT EXISTS (SELECT 1 FROM toy t WHERE t.family_id = a.family_id AND t.state = 0 AND t.last_contact_day > $2) ORDER BY a.warned_ms LIMIT 100";
    WARN = "UPDATE account SET warned_ms = $2 WHERE account_id = $1 AND warned_ms = 0 AND seen_day <= $3";
    FORGIVE = "UPDATE account SET warned_ms = 0 WHERE warned_ms > 0 AND warned_ms <= $1 AND EXISTS (SELECT 1 FROM toy t WHERE t.family_id = account.family_id AND t.state = 0 AND t.last_contact_day > $2)";
}

/// Rows that one [`Sweep`] deletes at most, of each of its statements.
pub const BATCH_COUNT_MAX: u64 = 500;

/// From when on something is over: what its row holds is compared with this.
#[derive(Debug, Clone, Copy)]
enum Until {
    /// The row holds its end: now.
    Now,
    /// The row holds a moment after which the rule's time begins.
    MomentAgo,
    /// The row holds a day after which the rule's time begins.
    DayAgo,
}

/// Which statements delete what a rule has ended. What isn't here ends by other means, which
/// `app::retention` names.
const SWEEPS: &[(RuleId, Until, &[Sql])] = &[
    (RuleId::MailLink, Until::Now, &[MAIL_LINKS]),
    (RuleId::Session, Until::Now, &[SESSIONS]),
    (RuleId::Pairing, Until::Now, &[PAIRINGS]),
    (RuleId::Invitation, Until::Now, &[INVITATIONS]),
    (RuleId::Recovery, Until::Now, &[RECOVERIES]),
    (RuleId::Answer, Until::Now, &[ANSWERS]),
    (RuleId::Letter, Until::MomentAgo, &[LETTERS]),
    (RuleId::Inquiry, Until::MomentAgo, &[INQUIRIES]),
    (RuleId::Toy, Until::DayAgo, &[TOYS]),
    (RuleId::StewardAct, Until::MomentAgo, &[STEWARD_ACTS, SWEEP_STEWARDS, ALARMS]),
    (RuleId::Complaint, Until::MomentAgo, &[COMPLAINTS]),
];

/// Rules whose rows are deleted by [`Sweep`].
pub fn swept() -> impl Iterator<Item = RuleId> {
    SWEEPS.iter().map(|row| row.0)
}

/// Deletes rows whose time by a rule is over.
#[derive(Debug, Clone, Copy)]
pub struct Sweep {
    /// The rule.
    pub rule: RuleId,
    /// Now.
    pub now: Time,
}

impl Write for Sweep {
    const NAME: &'static str = "sweep";
    /// How many.
    type Output = u64;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<u64, StoreError> {
        let mut deleted = 0;
        for (_, until, statements) in SWEEPS.iter().filter(|row| row.0 == self.rule) {
            let ago = self.now.minus_ms(self.rule.ms());
            let until = match until {
                Until::Now => self.now.0,
                Until::MomentAgo => ago.0,
                Until::DayAgo => i64::from(ago.day().0),
            };
            for sql in *statements {
                deleted += tx.execute(*sql, args![until]).await?;
            }
        }
        Ok(deleted)
    }
}

/// An account that nobody uses, and its family.
pub type Unused = (AccountId, Option<FamilyId>);

fn unused_of(row: &Row) -> Result<Unused, StoreError> {
    Ok((row.id(0)?, row.opt_id(1)?))
}

/// Accounts that nobody has used since a day, nor any toy of their family, and whose holder wasn't
/// told; at most 100.
pub async fn unused(db: &Db, last_day: u32) -> Result<Vec<Unused>, StoreError> {
    db.rows(UNUSED, args![i64::from(last_day)]).await?.iter().map(unused_of).collect()
}

/// Accounts whose holder was told before a moment, and that are still unused since a day; at most
/// 100.
pub async fn warned(db: &Db, before_ms: i64, last_day: u32) -> Result<Vec<Unused>, StoreError> {
    let args = args![before_ms, i64::from(last_day)];
    db.rows(WARNED, args).await?.iter().map(unused_of).collect()
}

/// Notes that the holder of an unused account is told, with the letter that does so.
#[derive(Debug)]
pub struct Warn {
    /// Whose.
    pub account: AccountId,
    /// Unused since this day.
    pub last_day: u32,
    /// Now, in milliseconds.
    pub now: i64,
    /// The letter.
    pub letter: Letter,
}

impl Write for Warn {
    const NAME: &'static str = "warn-unused";
    /// Whether it was still unused, and nobody was told.
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let args = args![self.account, self.now, i64::from(self.last_day)];
        if tx.execute(WARN, args).await? == 0 {
            return Ok(false);
        }
        letter::enqueue(tx, &self.letter).await?;
        Ok(true)
    }
}

/// Takes back warnings of families whose toys were used meanwhile.
#[derive(Debug, Clone, Copy)]
pub struct Forgive {
    /// Warned before this moment, in milliseconds.
    pub before_ms: i64,
    /// Used after this day.
    pub last_day: u32,
}

impl Write for Forgive {
    const NAME: &'static str = "forgive-unused";
    /// How many.
    type Output = u64;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<u64, StoreError> {
        tx.execute(FORGIVE, args![self.before_ms, i64::from(self.last_day)]).await
    }
}
