//! Nothing stays for ever (16 CFR 312.10): what the data map says is over is deleted, and an account
//! that nobody uses ends as if its holder had closed it.

use treehouse_protocol::id::Hash;

use super::{App, closing, letter};
use crate::data_map::RuleId;
use crate::domain::letter::Text;
use crate::domain::principal::Session;
use crate::error::Error;
use crate::port::clock::steady;
use crate::store::account as accounts;
use crate::store::retention::{self, BATCH_COUNT_MAX, Forgive, Sweep, Warn};

/// Batches of one rule in one turn: what is left waits until every other rule had its turn.
const BATCHES_MAX: u32 = 20;

/// What ends what a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// Rows are deleted by [`sweep`].
    Sweep,
    /// A job of its own deletes rows, with what hangs on them.
    Job(&'static str),
    /// A guardian's act, or [`end_unused`] in its place, deletes it in the same turn.
    Act(&'static str),
    /// It isn't kept: whoever shows it later is refused, or the process forgets it.
    Refused(&'static str),
    /// The operator's to do, and said so; the program refuses what is older where it can.
    Operator(&'static str),
}

/// How each rule of the data map is carried out.
#[must_use]
pub const fn means(rule: RuleId) -> Means {
    match rule {
        RuleId::MailLink
        | RuleId::Session
        | RuleId::Pairing
        | RuleId::Invitation
        | RuleId::Recovery
        | RuleId::Answer
        | RuleId::Letter
        | RuleId::Inquiry
        | RuleId::Toy
        | RuleId::StewardAct
        | RuleId::Complaint => Means::Sweep,
        RuleId::Verification | RuleId::SmsCode | RuleId::CardPage | RuleId::Review => {
            Means::Job("app::verification::expire")
        }
        RuleId::Payment => Means::Job("app::card::settle_due"),
        RuleId::Upload => Means::Job("app::blob::sweep"),
        RuleId::Inactive | RuleId::Warned => Means::Job("app::retention::end_unused"),
        RuleId::Account | RuleId::Verified => Means::Act("app::closing::close"),
        RuleId::Family => Means::Act("app::closing::close, for the last owner"),
        RuleId::Child => Means::Act("app::destruction::carry_out"),
        RuleId::SignIn => Means::Refused("the ticket holds its end"),
        RuleId::Nonce => Means::Refused("the nonce is of its minute"),
        RuleId::StewardPass => Means::Refused("the row holds the end of the pass"),
        RuleId::Rate => Means::Refused("counters in memory, without a name"),
        RuleId::Connection => Means::Refused("memory of the process"),
        RuleId::KeyBackup => Means::Operator("`treehouse restore` refuses older keys"),
        RuleId::DataBackup | RuleId::LogLine => {
            Means::Operator("docs/operating.md says when to delete them")
        }
        RuleId::Deployment => Means::Operator("nothing personal"),
    }
}

/// What a turn of [`sweep`] came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// How many rows went.
    pub rows: u64,
    /// Whether there may be more that is over.
    pub more: bool,
}

/// Deletes what is over by now, so many batches of each rule. Between two batches the database is
/// left to others for as long as a batch takes: nobody waits for this, and many wait for them.
///
/// # Errors
/// The database fails; what is left is tried again.
pub async fn sweep(app: &App) -> Result<Swept, Error> {
    let mut swept = Swept::default();
    for rule in retention::swept() {
        let mut batches = 0;
        loop {
            let began = steady();
            let rows = app.db.write(Sweep { rule, now: app.now() }).await?;
            swept.rows += rows;
            batches += 1;
            if rows < BATCH_COUNT_MAX {
                break;
            }
            if batches == BATCHES_MAX {
                swept.more = true;
                break;
            }
            tokio::time::sleep(began.elapsed()).await;
        }
    }
    Ok(swept)
}

/// Warns the holders of accounts that nobody uses, and ends those that stay unused: the family is
/// erased if nobody else decides there, and the account is closed. Answers how many were warned and
/// how many were closed.
///
/// # Errors
/// The database fails; what is left is tried again.
pub async fn end_unused(app: &App) -> Result<(u64, u64), Error> {
    let now = app.now();
    let last_day = now.minus_days(app.inactive_days).day().0;
    let before_ms = now.minus_ms(RuleId::Warned.ms()).0;
    app.db.write(Forgive { before_ms, last_day }).await?;
    let (mut warned, mut closed) = (0, 0);
    for (account, family) in retention::warned(&app.db, before_ms, last_day).await? {
        let session = Session { account, family, hash: Hash::NONE };
        // A family that must be erased first is erased now, and the account goes in the next turn.
        closed += u64::from(closing::end(app, &session, Text::AccountEnded).await?);
    }
    for (account, _) in retention::unused(&app.db, last_day).await? {
        let Some(own) = accounts::find(&app.db, account).await? else {
            continue;
        };
        let to = letter::open_address(app, &own.email_sealed, &own.email_index)?;
        let letter = letter::seal(app, &to, Text::AccountUnused, 0)?;
        let warn = Warn { account, last_day, now: now.0, letter };
        warned += u64::from(app.db.write(warn).await?);
    }
    if warned + closed > 0 {
        app.wake();
    }
    Ok((warned, closed))
}
