//! Asking the family for a way back to lost keys. A mailbox gives a session and no key; another
//! guardian or a toy gives the rest, sealed by its own client. The server carries it, tells
//! everybody, and could open none of it.

use treehouse_protocol::id::{AccountId, FamilyId};

use super::{App, account, families};
use crate::access;
use crate::data_map::RuleId;
use crate::domain::letter::Text;
use crate::domain::principal::{Principal, Session};
use crate::domain::recovery::{ANSWER_BYTES_MAX, KEPT_BYTES_MAX, REQUEST_BYTES_MAX, Recovery};
use crate::error::Error;
use crate::live::Ring;
use crate::store::recovery::{self, Answer, Ask, Delete};

/// How often a request is decided again because the chain has grown meanwhile.
const TRIES_MAX: u32 = 4;

/// Asks the guardians and toys of one's family for a way back, in place of what was asked before.
/// Every guardian of the family is written to.
///
/// # Errors
/// No family, no guardian of it, too long, or the database fails.
pub async fn ask(
    app: &App,
    session: &Session,
    request: Vec<u8>,
    kept: Vec<u8>,
) -> Result<(), Error> {
    if request.len() > REQUEST_BYTES_MAX {
        return Err(Error::invalid("request", "must have at most 16384 bytes"));
    }
    if kept.len() > KEPT_BYTES_MAX {
        return Err(Error::invalid("kept", "must have at most 4096 bytes"));
    }
    let id = session.family.ok_or(Error::NotFound)?;
    for _ in 0..TRIES_MAX {
        let family = families::find(app, id).await?;
        let permit = access::ask_back(&Principal::Guardian(*session), &family)?;
        // Without a request yet, somebody only keeps new keys here until they are verified.
        let letters = if request.is_empty() {
            Vec::new()
        } else {
            account::letters(app, &family, Text::GuardianAsks).await?
        };
        let (request, kept, now) = (request.clone(), kept.clone(), app.now().0);
        let expires_ms = now + RuleId::Recovery.ms();
        let account = session.account;
        let ask = Ask { permit, account, request, kept, now, expires_ms, letters };
        if app.db.write(ask).await? {
            app.bells.ring(id, Ring::Family);
            app.wake();
            return Ok(());
        }
    }
    Err(Error::Conflict("the chain is busy: try again"))
}

/// What this account has asked.
///
/// # Errors
/// Nothing, or it's over.
pub async fn find(app: &App, session: &Session) -> Result<Recovery, Error> {
    let family = session.family.ok_or(Error::NotFound)?;
    let found = recovery::find(&app.db, family, session.account, app.now().0).await?;
    found.ok_or(Error::NotFound)
}

/// Takes back what this account has asked, or clears it away.
///
/// # Errors
/// Nothing was asked.
pub async fn delete(app: &App, session: &Session) -> Result<(), Error> {
    let family = session.family.ok_or(Error::NotFound)?;
    let deleted = app.db.write(Delete { family, account: session.account }).await?;
    if deleted { Ok(()) } else { Err(Error::NotFound) }
}

/// What guardians of a family ask its guardians and toys.
///
/// # Errors
/// Not a member.
pub async fn list(app: &App, principal: &Principal, id: FamilyId) -> Result<Vec<Recovery>, Error> {
    let family = families::of(app, principal, id).await?;
    let permit = access::read_family(principal, &family)?;
    Ok(recovery::list(&app.db, &permit, app.now().0).await?)
}

/// A guardian answers another.
///
/// # Errors
/// Not a guardian, too long, nothing was asked, or it was answered before.
pub async fn answer(
    app: &App,
    principal: &Principal,
    id: FamilyId,
    account: AccountId,
    answer: Vec<u8>,
) -> Result<(), Error> {
    if answer.len() > ANSWER_BYTES_MAX {
        return Err(Error::invalid("answer", "must have at most 4096 bytes"));
    }
    let family = families::of(app, principal, id).await?;
    let permit = access::manage(principal, &family)?;
    let now = app.now().0;
    recovery::find(&app.db, id, account, now).await?.ok_or(Error::NotFound)?;
    if !app.db.write(Answer { permit, account, written: answer, now }).await? {
        return Err(Error::Conflict("it was answered before"));
    }
    app.bells.ring(id, Ring::Family);
    Ok(())
}
