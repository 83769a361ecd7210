//! Verifying a parent through an outside verifier: its questions and the parent's answers pass through
//! here and stay nowhere; a document is shown on the verifier's own page, of which it tells, signed.
//! Each step stands in the database before the verifier is asked, so that nothing counts twice.

use serde::{Deserialize, Serialize};
use treehouse_protocol::id::Hash;
use treehouse_protocol::outer;
use treehouse_protocol::registry::{Coded as _, Method};
use zeroize::Zeroizing;

use super::{App, verification};
use crate::data_map::RuleId;
use crate::domain::evidence::Proof;
use crate::domain::inquiry::{
    self, ANSWER_MS, Asked, PAGE_MS, Question, SETS_MAX, Shape, Told, Verdict, is_deleted,
    is_inquiry, shape_of,
};
use crate::domain::letter::Text;
use crate::domain::principal::Session;
use crate::domain::sms::Bound;
use crate::domain::verification::{Verification, VerificationId, VerificationState};
use crate::error::Error;
use crate::port::verifier::{Set, Verifier, VerifierError};
use crate::random;
use crate::store::account;
use crate::store::inquiry::{
    self as stored, Claim, Claimed, Inquiry, InquiryState, Match, Opened, Release, Settle, Spend,
};
use crate::store::rows::InquiryRow;
use crate::store::verification::{self as verifications, Answer};

const AWAY: Error = Error::Unavailable("the verifier can't do it now: try again later");
const BAD: Error = Error::Internal("inquiry.sealed");

/// The verifier's words, as they are sealed.
#[derive(Serialize, Deserialize)]
enum Words {
    Set { set: String, choices: Vec<u8>, right: u8, until_ms: i64 },
    Check { check: String, page: String },
    Matched { check: String, review_at: String },
}

/// Questions that were made for a parent.
#[derive(Debug)]
pub struct Handed {
    /// The questions.
    pub questions: Vec<Question>,
    /// Until when they may be answered, in milliseconds.
    pub until_ms: i64,
}

/// The inquiry that a verification begins with.
pub(super) fn ask(app: &App, bound: &Bound, method: Method) -> Result<Answer, Error> {
    verifier(app)?;
    Ok(Answer::Inquiry(inquiry::reference(&app.secrets.index, bound, method)))
}

/// Asks the verifier for the page of a verification that has begun. Without one the parent begins anew.
pub(super) async fn open(app: &App, session: &Session, id: VerificationId) -> Result<(), Error> {
    let found = verification::find(app, session, id).await?;
    let (verifier, now, key) = (verifier(app)?, app.now(), key_of(&found));
    let claim = Claim { key, sets: (i64::MAX, now.0), now: now.0 };
    if app.db.write(claim).await? != Claimed::Yes {
        return Ok(());
    }
    let (reference, until_ms) = (reference_of(app, &found), now.0 + PAGE_MS);
    let back = format!("{}/begin", app.public_url);
    match verifier.open(reference, found.method, until_ms, &back).await {
        Ok(page) => {
            let words = Words::Check { check: page.check, page: page.url };
            let sealed = seal(app, found.id, &words)?;
            app.db.write(Opened { key, sealed }).await?;
        }
        Err(error) => {
            tracing::warn!(%error, "no page of the verifier's was made");
            app.db.write(Release { key }).await?;
        }
    }
    Ok(())
}

/// The verifier's page of a verification, while the parent may use it.
///
/// # Errors
/// The database fails, or the row isn't ours.
pub async fn page(app: &App, found: &Verification) -> Result<Option<String>, Error> {
    if !is_inquiry(found.method) || found.state != VerificationState::Asked {
        return Ok(None);
    }
    let inquiry = stored::find(&app.db, key_of(found)).await?;
    let usable = inquiry.filter(|inquiry| app.now().0 < inquiry.asked_ms + PAGE_MS);
    Ok(match usable.and_then(|inquiry| inquiry.sealed) {
        Some(sealed) => match unseal(app, found.id, &sealed)? {
            Words::Check { page, .. } => Some(page),
            Words::Set { .. } | Words::Matched { .. } => None,
        },
        None => None,
    })
}

/// Has the verifier make questions about somebody, whom it's told of and nobody else. An account is
/// shown [`SETS_MAX`] sets, whatever becomes of them; then it's locked out for a while.
///
/// # Errors
/// The account has no such verification, was shown too many sets or this one's; the verifier knows too
/// little, is away, or asks what can be guessed.
pub async fn questions(
    app: &App,
    session: &Session,
    id: VerificationId,
    asked: &Asked,
) -> Result<Handed, Error> {
    let found = waiting(app, session, id).await?;
    let (verifier, now, key) = (verifier(app)?, app.now(), key_of(&found));
    let (reference, _) = own(app, &found).await?;
    let sets = (SETS_MAX, now.minus_ms(RuleId::Inquiry.ms()).0);
    match app.db.write(Claim { key, sets, now: now.0 }).await? {
        Claimed::Yes => {}
        Claimed::Before => return Err(Error::Conflict("its questions were made: begin again")),
        Claimed::TooMany(first_ms) => {
            let wait_ms = first_ms + RuleId::Inquiry.ms() - now.0;
            let wait = u64::try_from(wait_ms).unwrap_or(0);
            return Err(Error::TooMany { retry_s: wait.div_ceil(1000) });
        }
    }
    let until_ms = now.0 + ANSWER_MS;
    match made(verifier, reference, asked, until_ms).await {
        Ok((set, shape)) => {
            let (choices, right) = (shape.choices().to_vec(), shape.right());
            let words = Words::Set { set: set.word, choices, right, until_ms };
            let sealed = seal(app, id, &words)?;
            if !app.db.write(Opened { key, sealed }).await? {
                return Err(verification::OVER);
            }
            Ok(Handed { questions: set.questions, until_ms })
        }
        Err(error) => {
            // Nobody has seen any.
            app.db.write(Release { key }).await?;
            Err(error)
        }
    }
}

/// A set that is hard enough to guess.
async fn made(
    verifier: &Verifier,
    reference: Hash,
    asked: &Asked,
    until_ms: i64,
) -> Result<(Set, Shape), Error> {
    let set =
        verifier.questions(reference, asked, until_ms).await.map_err(|error| match error {
            VerifierError::Refused => {
                Error::Conflict("the verifier knows too little to ask about: choose another way")
            }
            error => away(error),
        })?;
    let shape = shape_of(&set.questions, verifier.right()).filter(Shape::is_improbable);
    let Some(shape) = shape else {
        tracing::error!("the verifier's questions can be guessed; nobody is shown them");
        return Err(AWAY);
    };
    Ok((set, shape))
}

/// Passes answers on, each as the place of a choice: once, in time. How the verification stands then.
///
/// # Errors
/// The account has no such verification; it waits for no answers, or not for these; or the verifier
/// is away: then the parent begins anew.
pub async fn answer(
    app: &App,
    session: &Session,
    id: VerificationId,
    chosen: &[u8],
) -> Result<Verification, Error> {
    let found = waiting(app, session, id).await?;
    let (verifier, now, key) = (verifier(app)?, app.now(), key_of(&found));
    let (reference, inquiry) = own(app, &found).await?;
    let words = inquiry.sealed.map(|sealed| unseal(app, id, &sealed)).transpose()?;
    let Some(Words::Set { set, choices, right, until_ms }) = words else {
        return Err(Error::Conflict("it waits for no answers"));
    };
    let shape = Shape::new(&choices, right).ok_or(BAD)?;
    let fits = chosen.len() == choices.len() && chosen.iter().zip(&choices).all(|(c, n)| c < n);
    if !fits {
        return Err(Error::invalid("chosen", "must be one choice of each question"));
    }
    if !app.db.write(Spend { key }).await? {
        return Err(Error::Conflict("it waits for no answers"));
    }
    let graded = if now.0 < until_ms {
        verifier.answers(reference, &set, chosen).await.map_err(away)
    } else {
        Err(Error::Gone("the time for the answers is over: begin again"))
    };
    let signature = match &graded {
        Ok(graded) if graded.adult && graded.right >= shape.right() => {
            let report = Hash::of(graded.report.as_bytes());
            Some(Proof::Questions { report, shape, right: graded.right })
        }
        _ => None,
    };
    settle(app, &found, signature).await?;
    graded?;
    verification::find(app, session, id).await
}

/// Takes what the verifier says by itself of a document.
///
/// # Errors
/// It isn't signed by the verifier, is about another check, or nobody verifies anybody here.
pub async fn hear(app: &App, signature: &str, body: &[u8]) -> Result<(), Error> {
    let (verifier, now) = (app.verifier.as_ref().ok_or(Error::NotFound)?, app.now());
    let told = verifier.heard(signature, body, now).map_err(|error| match error {
        VerifierError::Forged => Error::Denied("it isn't signed by the verifier, or is old"),
        _ => Error::invalid("event", "must be what docs/verifier.md says"),
    })?;
    let Some(inquiry) = stored::by_reference(&app.db, told.reference).await? else {
        return Ok(());
    };
    let (account, id) = inquiry.key;
    let found = verifications::find(&app.db, account, id).await?;
    // It was told before, or the parent has begun anew.
    let open = found.filter(|_| inquiry.state == InquiryState::Open);
    let (Some(found), Some(sealed)) = (open, &inquiry.sealed) else { return Ok(()) };
    let Words::Check { check, .. } = unseal(app, id, sealed)? else { return Ok(()) };
    if check != told.check {
        return Err(Error::Conflict("it is about another check"));
    }
    if reference_of(app, &found) != inquiry.reference {
        tracing::error!("a verification was changed while a document was looked at");
        return settle(app, &found, None).await;
    }
    take(app, &found, &inquiry, told, Hash::of(body)).await
}

async fn take(
    app: &App,
    found: &Verification,
    inquiry: &Inquiry,
    told: Told,
    hash: Hash,
) -> Result<(), Error> {
    let now = app.now().0;
    match inquiry::judge(found.method, &told, inquiry.asked_ms, now) {
        Verdict::Waits => Ok(()),
        Verdict::Refused => {
            let is_gone = |at_ms| is_deleted(at_ms, inquiry.asked_ms, now);
            if !told.deleted_ms.is_some_and(is_gone) {
                // If it can't be had, the verifier tells of the check again.
                delete(app, inquiry, &told.check).await?;
            }
            settle(app, found, None).await
        }
        Verdict::Found(deleted_ms) => {
            let deleted_ms = deleted_ms.unsigned_abs();
            settle(app, found, Some(Proof::Document { told: hash, deleted_ms })).await
        }
        Verdict::Matched(review_at) => {
            let sealed = seal(app, found.id, &Words::Matched { check: told.check, review_at })?;
            let (key, expires_ms) = (key_of(found), now + RuleId::Review.ms());
            app.db.write(Match { key, sealed, expires_ms, now }).await?;
            Ok(())
        }
    }
}

/// Where two people compare a face with its document.
pub(super) async fn review_at(app: &App, found: &Verification) -> Result<Option<String>, Error> {
    if found.method != Method::FaceMatch {
        return Ok(None);
    }
    Ok(matched(app, found).await?.map(|(_, review_at)| review_at))
}

/// Has document and pictures deleted, before anything is decided about them: when they were, by the
/// verifier's signed word, and the hash of that.
pub(super) async fn end(app: &App, found: &Verification) -> Result<(u64, Hash), Error> {
    let (_, inquiry) = own(app, found).await?;
    let (check, _) = matched(app, found).await?.ok_or(BAD)?;
    delete(app, &inquiry, &check).await
}

/// Ends a check: document and pictures are deleted, by the verifier's signed word.
async fn delete(app: &App, inquiry: &Inquiry, check: &str) -> Result<(u64, Hash), Error> {
    const LEFT: Error =
        Error::Unavailable("the verifier hasn't deleted the pictures: try again later");
    let (verifier, now) = (verifier(app)?, app.now());
    let ended = verifier.end(inquiry.reference, check, now).await;
    let (deleted_ms, told) = ended.map_err(|error| {
        tracing::error!(%error, "pictures of a parent aren't known to be deleted");
        LEFT
    })?;
    if !is_deleted(deleted_ms, inquiry.asked_ms, now.0) {
        return Err(LEFT);
    }
    Ok((deleted_ms.unsigned_abs(), told))
}

async fn matched(app: &App, found: &Verification) -> Result<Option<(String, String)>, Error> {
    let inquiry = stored::find(&app.db, key_of(found)).await?;
    let Some(sealed) = inquiry.and_then(|inquiry| inquiry.sealed) else { return Ok(None) };
    Ok(match unseal(app, found.id, &sealed)? {
        Words::Matched { check, review_at } => Some((check, review_at)),
        Words::Set { .. } | Words::Check { .. } => None,
    })
}

/// The operator signs, or nobody is verified.
async fn settle(app: &App, found: &Verification, proof: Option<Proof>) -> Result<(), Error> {
    let (key, now) = (key_of(found), app.now());
    let owner = account::find(&app.db, found.account).await?;
    let signature = match (proof, &owner) {
        (Some(proof), Some(owner)) => {
            let letter = verification::write_to(app, owner, Text::InquiryAccepted, 0)?;
            Some((verification::attest(app, found, proof, now), letter))
        }
        _ => None,
    };
    let attested = app.db.write(Settle { key, signature, now: now.0 }).await?;
    if let (true, Some(owner)) = (attested, &owner) {
        verification::ring(app, owner);
    }
    Ok(())
}

/// A verification by questions that waits for its parent.
async fn waiting(app: &App, session: &Session, id: VerificationId) -> Result<Verification, Error> {
    let found = verification::find(app, session, id).await?;
    if found.method != Method::Questions {
        return Err(Error::Conflict("this verification isn't done by questions"));
    }
    if found.state != VerificationState::Asked || found.expires_ms <= app.now().0 {
        return Err(verification::OVER);
    }
    Ok(found)
}

/// The inquiry of a verification, if it is for what the verification is about now.
async fn own(app: &App, found: &Verification) -> Result<(Hash, Inquiry), Error> {
    let inquiry = stored::find(&app.db, key_of(found)).await?.ok_or(verification::OVER)?;
    let reference = reference_of(app, found);
    if inquiry.reference != reference {
        tracing::error!("a verification was changed after it had begun");
        return Err(Error::Internal("inquiry.reference"));
    }
    Ok((reference, inquiry))
}

/// Whether a row is an inquiry that the service made, as far as it has come.
pub(super) fn is_whole(app: &App, row: &InquiryRow, found: Option<&Verification>) -> bool {
    let method = u8::try_from(row.method).ok().and_then(Method::from_code);
    let own = found.is_none_or(|found| {
        Some(found.method) == method && reference_of(app, found) == row.reference
    });
    let words = row.sealed.as_deref().map(|sealed| unseal(app, row.key.1, sealed));
    own && method.is_some_and(is_inquiry)
        && match (InquiryState::from_code(row.state), words, method) {
            (Some(InquiryState::Wanted | InquiryState::Open | InquiryState::Over), None, _) => true,
            (Some(InquiryState::Open), Some(Ok(Words::Set { .. })), Some(method)) => {
                method == Method::Questions
            }
            (Some(InquiryState::Open), Some(Ok(Words::Check { .. })), Some(method)) => {
                method != Method::Questions
            }
            (Some(InquiryState::Matched), Some(Ok(Words::Matched { .. })), Some(method)) => {
                method == Method::FaceMatch
            }
            _ => false,
        }
}

fn verifier(app: &App) -> Result<&Verifier, Error> {
    app.verifier.as_deref().ok_or(Error::Denied("nobody outside verifies parents here"))
}

fn away(error: VerifierError) -> Error {
    tracing::warn!(%error, "the verifier did not do what it was asked for");
    AWAY
}

/// What an inquiry of this verification is known by.
fn reference_of(app: &App, found: &Verification) -> Hash {
    let Verification { account, id: verification, key, notice, method, .. } = *found;
    let bound = Bound { account, verification, key, notice };
    inquiry::reference(&app.secrets.index, &bound, method)
}

const fn key_of(found: &Verification) -> stored::Key {
    (found.account, found.id)
}

fn seal(app: &App, id: VerificationId, words: &Words) -> Result<Vec<u8>, Error> {
    let bytes = Zeroizing::new(serde_json::to_vec(words).map_err(|_| BAD)?);
    Ok(outer::seal(&app.secrets.ticket, &place(id), &bytes, &mut random::rng())?)
}

fn unseal(app: &App, id: VerificationId, sealed: &[u8]) -> Result<Words, Error> {
    let bytes = outer::open(&app.secrets.ticket, &place(id), sealed).map_err(|_| BAD)?;
    serde_json::from_slice(&Zeroizing::new(bytes)).map_err(|_| BAD)
}

fn place(id: VerificationId) -> Vec<u8> {
    [b"inquiry".as_slice(), id.bytes()].concat()
}
