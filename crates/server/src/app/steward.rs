//! What stewards do: they look at the forms of parents, compare faces on the page of a verifier, or talk
//! to parents, two of them at each. Every act has its reason and is written down with it. Nothing here
//! leads to records or blobs.

use treehouse_protocol::registry::Method;
use zeroize::Zeroizing;

use super::{App, inquiry, verification};
use crate::data_map::RuleId;
use crate::domain::evidence::Proof;
use crate::domain::leaf::Seal;
use crate::domain::letter::Text;
use crate::domain::steward::{Act, ActId, Reason, StewardId, StewardName};
use crate::domain::talk::Talk;
use crate::domain::token::Token;
use crate::domain::verification::{
    CaseCode, Decision, ScanType, Verification, VerificationId, VerificationState,
};
use crate::error::Error;
use crate::random;
use crate::store::steward::{self, EndPass, GivePass, ListedAct, NewAct};
use crate::store::verification::{self as stored, Decide, ReadScan, Recommend};

/// Gives a pass to a steward, who may be new; the pass that the name had before ends. Only the
/// operator's own command line calls this, and shows the token once.
///
/// # Errors
/// It would last longer than 12 hours, or not at all; or nobody of that name is trained.
pub async fn issue_pass(
    app: &App,
    name: &StewardName,
    lasts_ms: i64,
    reason: &Reason,
) -> Result<Token, Error> {
    if !(1..=RuleId::StewardPass.ms()).contains(&lasts_ms) {
        return Err(Error::invalid("pass", "must last at most 12 hours"));
    }
    if !app.registers.is_trained(name.text(), app.today()) {
        return Err(Error::Denied("the registers have no training of this name that counts today"));
    }
    let rng = &mut random::rng();
    let token = Token::generate(rng);
    let now = app.now().0;
    let pass = GivePass {
        fresh: StewardId::random(rng),
        name: name.clone(),
        token: token.hash(),
        rows: app.row_seal(),
        expires_ms: now + lasts_ms,
        act: ActId::random(rng),
        seal: Seal::random(rng),
        reason: reason.clone(),
        now,
    };
    app.db.write(pass).await?;
    Ok(token)
}

/// Ends the pass of a steward at once.
///
/// # Errors
/// Nobody of that name has one.
pub async fn end_pass(app: &App, name: &StewardName, reason: &Reason) -> Result<(), Error> {
    let (name, reason) = (name.clone(), reason.clone());
    let rng = &mut random::rng();
    let (act, seal, now) = (ActId::random(rng), Seal::random(rng), app.now().0);
    let ended = app.db.write(EndPass { name, act, seal, reason, now }).await?;
    if ended { Ok(()) } else { Err(Error::NotFound) }
}

/// Whose pass this is.
///
/// # Errors
/// [`Error::Unauthenticated`] if it's nobody's, or over.
pub async fn find(app: &App, token: &Token) -> Result<StewardId, Error> {
    let found = steward::find(&app.db, &app.row_seal(), token.hash(), app.now().0).await?;
    found.ok_or(Error::Unauthenticated)
}

/// A verification as stewards see it in their queue: nothing of the account.
#[derive(Debug, Clone)]
pub struct Queued {
    /// Its id.
    pub id: VerificationId,
    /// By what.
    pub method: Method,
    /// How far.
    pub state: VerificationState,
    /// The code that must stand on the form, or was read out.
    pub code: Option<CaseCode>,
    /// Where a face is compared with its document, at the verifier's.
    pub review_at: Option<String>,
    /// Who recommended it, and so can't decide.
    pub recommended_by: Option<StewardId>,
    /// When it began, in milliseconds.
    pub created_ms: i64,
    /// Until when it must be decided, in milliseconds.
    pub expires_ms: i64,
}

/// The forms and talks that wait for a steward: first those that wait for a second one, each the
/// oldest first; at most 100 of each.
///
/// # Errors
/// The database fails.
pub async fn queue(app: &App, _steward: StewardId) -> Result<Vec<Queued>, Error> {
    let mut queue = Vec::new();
    for state in [VerificationState::Recommended, VerificationState::Submitted] {
        for found in stored::queue(&app.db, state, app.now().0).await? {
            queue.push(Queued {
                id: found.id,
                method: found.method,
                state: found.state,
                review_at: inquiry::review_at(app, &found).await?,
                code: found.code,
                recommended_by: found.recommended_by,
                created_ms: found.created_ms,
                expires_ms: found.expires_ms,
            });
        }
    }
    Ok(queue)
}

/// Puts a form that came by post, and was scanned here, into the place that its code says.
///
/// # Errors
/// No such code, no form is waited for, or the scan is none.
pub async fn receive(
    app: &App,
    steward: StewardId,
    code: &CaseCode,
    content_type: &str,
    bytes: &[u8],
    reason: &Reason,
) -> Result<VerificationId, Error> {
    let found = stored::find_by_code(&app.db, code).await?.ok_or(Error::NotFound)?;
    let act = new_act(app, steward, Act::Receive, reason);
    verification::submit(app, &found, content_type, bytes, Some(act)).await?;
    Ok(found.id)
}

/// The scan of a form. Looking at it is an act.
///
/// # Errors
/// There is none, or none any more.
pub async fn scan(
    app: &App,
    steward: StewardId,
    id: VerificationId,
    reason: &Reason,
) -> Result<(ScanType, Zeroizing<Vec<u8>>), Error> {
    let account = waiting(app, id).await?.account;
    let act = new_act(app, steward, Act::ReadScan, reason);
    let read = app.db.write(ReadScan { account, id, act }).await?;
    let (kind, sealed) = read.ok_or(Error::NotFound)?;
    Ok((kind, verification::open_scan(app, id, &sealed)?))
}

/// Says that a form is good enough for the second steward to decide about it.
///
/// # Errors
/// It isn't there, or doesn't wait for a first steward.
pub async fn recommend(
    app: &App,
    steward: StewardId,
    id: VerificationId,
    reason: &Reason,
) -> Result<(), Error> {
    let account = waiting(app, id).await?.account;
    let act = new_act(app, steward, Act::Recommend, reason);
    let done = app.db.write(Recommend { account, id, act }).await?;
    if done { Ok(()) } else { Err(Error::Conflict("it doesn't wait for a first steward")) }
}

/// Says that a parent was talked to, by the code that the parent read out, and that every step of
/// the script was done: the first of two steps.
///
/// # Errors
/// No talk with this code is waited for, or a step was left out.
pub async fn talk(
    app: &App,
    steward: StewardId,
    code: &CaseCode,
    done: &[String],
    reason: &Reason,
) -> Result<VerificationId, Error> {
    const NOT_NOW: Error = Error::Conflict("no talk with this code is waited for");
    let found = stored::find_by_code(&app.db, code).await?.ok_or(Error::NotFound)?;
    if !Talk::is(found.method) {
        return Err(NOT_NOW);
    }
    let Talk { script, .. } = Talk::of(found.method, done)?;
    let act = new_act(app, steward, Act::Talk, reason);
    let (account, id) = (found.account, found.id);
    let expires_ms = act.at_ms + RuleId::Review.ms();
    let told = app.db.write(stored::Talked { account, id, act, expires_ms, script }).await?;
    if told { Ok(id) } else { Err(NOT_NOW) }
}

/// Decides about a form or face that another steward recommended, or a talk that another one had. A scan
/// is deleted; the verifier must have deleted a face and its document before. The parent is told, with
/// the reason if it's declined.
///
/// # Errors
/// It isn't there, doesn't wait for a second steward, or this one is the first; or the verifier doesn't
/// say that it has deleted what it was shown: then nothing is decided.
pub async fn decide(
    app: &App,
    steward: StewardId,
    id: VerificationId,
    decision: Decision,
    reason: &Reason,
) -> Result<(), Error> {
    const NOT_NOW: Error = Error::Conflict("it doesn't wait for a second steward");
    let found = waiting(app, id).await?;
    let first = found.recommended_by.ok_or(NOT_NOW)?;
    if first == steward {
        return Err(Error::Denied("the one who recommended it can't decide about it"));
    }
    let account = verification::owner(app, found.account).await?;
    let ended = match found.method {
        Method::FaceMatch => Some(Box::pin(inquiry::end(app, &found)).await?),
        _ => None,
    };
    let now = app.now();
    let (act, signature, text) = match decision {
        Decision::Approve => {
            let (proof, text) = match ended {
                Some((deleted_ms, told)) => {
                    let (recommended_by, decided_by) = (first, steward);
                    let proof = Proof::Face { told, deleted_ms, recommended_by, decided_by };
                    (proof, Text::InquiryAccepted)
                }
                None => proof_of(&found, first, steward)?,
            };
            (Act::Approve, Some(verification::attest(app, &found, proof, now)), text)
        }
        Decision::Decline => (Act::Decline, None, Text::Declined { reason }),
    };
    let letter = verification::write_to(app, &account, text, 0)?;
    let act = NewAct { at_ms: now.0, ..new_act(app, steward, act, reason) };
    let decided = Decide { account: found.account, id, signature, act, letter };
    if !app.db.write(decided).await? {
        return Err(NOT_NOW);
    }
    verification::ring(app, &account);
    Ok(())
}

/// What two stewards were convinced by, and the letter that says so.
fn proof_of(
    found: &Verification,
    first: StewardId,
    second: StewardId,
) -> Result<(Proof, Text<'static>), Error> {
    let method = found.method;
    if Talk::is(method) {
        let script = found.script.ok_or(Error::Internal("a talk without a script"))?;
        let talk = Talk { method, script };
        return Ok((Proof::Talk { talk, by: first, decided_by: second }, Text::TalkAccepted));
    }
    let scan = found.scan.ok_or(Error::Internal("a recommended form without a scan"))?;
    Ok((Proof::Form { scan, recommended_by: first, decided_by: second }, Text::FormAccepted))
}

/// What was done before the act with this time and id, the latest first; at most 100.
///
/// # Errors
/// The database fails.
pub async fn acts(
    app: &App,
    _steward: StewardId,
    before: Option<(i64, ActId)>,
) -> Result<Vec<ListedAct>, Error> {
    let (at_ms, id) = before.unwrap_or((i64::MAX, ActId::from_bytes([0xff; 16])));
    Ok(steward::acts(&app.db, at_ms, id).await?)
}

/// A form or a talk that is waiting for stewards, in time.
async fn waiting(app: &App, id: VerificationId) -> Result<Verification, Error> {
    use VerificationState::{Recommended, Submitted};
    let found = stored::find_by_id(&app.db, id).await?.ok_or(Error::NotFound)?;
    if !matches!(found.state, Submitted | Recommended) {
        return Err(Error::Conflict("it doesn't wait for stewards"));
    }
    if found.expires_ms <= app.now().0 {
        return Err(Error::Gone("its time is over"));
    }
    Ok(found)
}

/// An act that is about to be done.
pub(super) fn new_act(app: &App, by: StewardId, act: Act, reason: &Reason) -> NewAct {
    let rng = &mut random::rng();
    let (id, seal) = (ActId::random(rng), Seal::random(rng));
    NewAct { id, by, act, reason: reason.clone(), at_ms: app.now().0, seal }
}
