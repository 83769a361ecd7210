//! Verifying a parent: by a letter that is confirmed and followed by a second one, by a code that is
//! texted ([`super::sms`]), by a card that is charged ([`super::card`]), by an outside verifier
//! ([`super::inquiry`]), by a form that is signed and sent back, or by talking to trained staff; of
//! these last two, and of a face, two stewards are convinced. The operator signs at the end.

use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::id::{AccountId, Hash};
use treehouse_protocol::outer;
use treehouse_protocol::registry::Method;
use treehouse_protocol::sign::{Signed, VerifyKey};
use treehouse_protocol::trust::Attestation;
use zeroize::Zeroizing;

use super::{App, card, inquiry, letter, sms};
use crate::data_map::RuleId;
use crate::domain::evidence::{Evidence, Proof};
use crate::domain::inquiry::is_inquiry;
use crate::domain::leaf::Seal;
use crate::domain::letter::Text;
use crate::domain::principal::Session;
use crate::domain::sms::{Bound, ConsentSmsNumber};
use crate::domain::token::Token;
use crate::domain::verification::{
    Adult, CaseCode, EMAIL_PLUS_DELAY_MS, SCAN_BYTES_MAX, ScanType, Verification, VerificationId,
    VerificationState,
};
use crate::error::Error;
use crate::form::{self, Form};
use crate::live::Ring;
use crate::port::clock::Time;
use crate::random;
use crate::store::account::{self, Account};
use crate::store::letter::Letter;
use crate::store::steward::{self, ListedAct, NewAct};
use crate::store::verification::{
    self, Answer, Confirm, Expire, Scan, Signature, Start, Started, Submit,
};

pub(super) const OVER: Error =
    Error::Gone("the link or code was used, or its time is over: begin again");

const NUMBER: Error =
    Error::Invalid { field: "number", rule: "must be given to be texted, and for nothing else" };

/// Begins to verify the holder of this account for one key. The open verification of the same key
/// ends with it.
///
/// `adult` is the declaration that comes before any proof; `notice` is the one that was shown;
/// `number` is for text plus alone.
///
/// # Errors
/// A method that this server doesn't offer, too many beginnings in a day, a number where none is
/// asked for or none where one is, or the operator isn't ready for children.
pub async fn start(
    app: &App,
    session: &Session,
    method: Method,
    key: VerifyKey,
    notice: Hash,
    _adult: Adult,
    number: Option<ConsentSmsNumber>,
) -> Result<VerificationId, Error> {
    app.require_ready()?;
    super::notice::require_current(app, notice, method)?;
    let (account, now) = (session.account, app.now().0);
    let id = VerificationId::random(&mut random::rng());
    let rule = match method {
        Method::TextPlus => RuleId::SmsCode,
        Method::PaymentCard => RuleId::CardPage,
        method if is_inquiry(method) => RuleId::CardPage,
        _ => RuleId::Verification,
    };
    let expires_ms = now + rule.ms();
    let bound = Bound { account, verification: id, key, notice };
    let answer = match (method, number) {
        (Method::TextPlus, Some(number)) => sms::ask(app, &bound, &number, expires_ms)?,
        (Method::TextPlus, None) | (_, Some(_)) => return Err(NUMBER),
        (Method::PaymentCard, None) => card::ask(app, &bound)?,
        (method, None) if is_inquiry(method) => inquiry::ask(app, &bound, method)?,
        (Method::EmailPlus, None) => {
            let token = Token::generate(&mut random::rng());
            let text = Text::AskConsent { notice, key: &key, token: &token };
            let letter = write_to(app, &owner(app, account).await?, text, 0)?;
            Answer::Link(token.hash(), letter)
        }
        _ => Answer::Code(CaseCode::generate(&mut random::rng())),
    };
    let start = Start { account, id, method, key, notice, answer, now, expires_ms };
    match app.db.write(start).await? {
        Started::Done => {
            match method {
                Method::PaymentCard => Box::pin(card::step(app, (account, id), 0)).await?,
                Method::GovernmentId | Method::FaceMatch => {
                    Box::pin(inquiry::open(app, session, id)).await?;
                }
                _ => {}
            }
            app.wake();
            Ok(id)
        }
        Started::TooMany(again_ms) => {
            let wait = u64::try_from(again_ms - now).unwrap_or(0);
            Err(Error::TooMany { retry_s: wait.div_ceil(1000) })
        }
    }
}

/// Confirms by the link of the first letter: the operator signs, and the second letter is put
/// into the queue. The link counts once, however often and on whatever device it's opened.
///
/// The mailbox is the proof; whoever is signed in must be the account's owner, but nobody needs
/// to be.
///
/// # Errors
/// The link was used or is over; or somebody else is signed in.
pub async fn confirm(
    app: &App,
    session: Option<&Session>,
    token: &Token,
) -> Result<VerificationId, Error> {
    let (token, now) = (token.hash(), app.now());
    let found = verification::find_by_token(&app.db, token, now.0).await?;
    let found = found.filter(|found| found.method == Method::EmailPlus).ok_or(OVER)?;
    if session.is_some_and(|session| session.account != found.account) {
        return Err(Error::Denied("another account is signed in: sign out, then open the link"));
    }
    let account = owner(app, found.account).await?;
    let signature = attest(app, &found, Proof::Link { token }, now);
    let text = Text::ConsentGiven { notice: found.notice, key: &found.key };
    let letter = write_to(app, &account, text, EMAIL_PLUS_DELAY_MS)?;
    let confirmed = app.db.write(Confirm { token, signature, letter, now: now.0 }).await?;
    if !confirmed {
        return Err(OVER);
    }
    ring(app, &account);
    Ok(found.id)
}

/// The form to print, sign and send back, as PDF.
///
/// # Errors
/// It's not there, isn't done by a form, or waits for none.
pub async fn form_pdf(app: &App, session: &Session, id: VerificationId) -> Result<Vec<u8>, Error> {
    let found = find(app, session, id).await?;
    let code = awaits_form(app, &found)?;
    let page = Form {
        operator: &app.operator,
        public_url: &app.public_url,
        code,
        notice: found.notice,
        key: found.key.id(),
        printed: app.today(),
        expires: Time(found.expires_ms).day(),
    };
    form::pdf(&page).map_err(|_| Error::Internal("the form can't be made; see the operator's name"))
}

fn awaits_form<'a>(app: &App, found: &'a Verification) -> Result<&'a CaseCode, Error> {
    let code = found.code.as_ref().filter(|_| found.method == Method::SignedForm);
    let code = code.ok_or(Error::Conflict("this verification isn't done by a form"))?;
    if found.expires_ms <= app.now().0 {
        return Err(Error::Gone("its time is over: begin again"));
    }
    match found.state {
        VerificationState::Asked => Ok(code),
        _ => Err(Error::Conflict("its form has come already, or it was replaced")),
    }
}

/// Takes the signed form, as a scan or a photograph. What kind of file it is, its first bytes
/// say, and `content_type` must say the same.
///
/// # Errors
/// Too large, no PDF, JPEG or PNG; or no form is waited for.
pub async fn put_scan(
    app: &App,
    session: &Session,
    id: VerificationId,
    content_type: &str,
    bytes: &[u8],
) -> Result<(), Error> {
    let found = find(app, session, id).await?;
    submit(app, &found, content_type, bytes, None).await
}

/// Seals a scan and puts it before the stewards.
pub(super) async fn submit(
    app: &App,
    found: &Verification,
    content_type: &str,
    bytes: &[u8],
    act: Option<NewAct>,
) -> Result<(), Error> {
    awaits_form(app, found)?;
    if bytes.len() > SCAN_BYTES_MAX {
        return Err(Error::invalid("scan", "must have at most 8 MiB"));
    }
    let kind = ScanType::of(bytes).filter(|kind| kind.media_type() == content_type);
    let kind = kind.ok_or(Error::invalid("scan", "must be PDF, JPEG or PNG, and say so"))?;
    let rng = &mut random::rng();
    let sealed = outer::seal(&app.secrets.ticket, &scan_place(found.id), bytes, rng)?;
    let (account, id, now) = (found.account, found.id, app.now().0);
    let scan = Scan { hash: Hash::of(bytes), kind, sealed };
    let submitted = Submit { account, id, scan, act, now, expires_ms: now + RuleId::Review.ms() };
    if app.db.write(submitted).await? {
        Ok(())
    } else {
        Err(Error::Conflict("its form has come already, or it was replaced"))
    }
}

/// Opens the scan of a verification.
pub(super) fn open_scan(
    app: &App,
    id: VerificationId,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let opened = outer::open(&app.secrets.ticket, &scan_place(id), sealed);
    opened.map(Zeroizing::new).map_err(|_| Error::Internal("scan.sealed"))
}

fn scan_place(id: VerificationId) -> Vec<u8> {
    [b"scan".as_slice(), id.bytes()].concat()
}

/// One verification of the account: how far it has come, and the attestation once there is one.
///
/// # Errors
/// The account has no such verification.
pub async fn find(app: &App, session: &Session, id: VerificationId) -> Result<Verification, Error> {
    verification::find(&app.db, session.account, id).await?.ok_or(Error::NotFound)
}

/// The verifications of the account, the latest first; at most 100.
///
/// # Errors
/// The database fails.
pub async fn list(app: &App, session: &Session) -> Result<Vec<Verification>, Error> {
    Ok(verification::list(&app.db, session.account).await?)
}

/// What stewards did to a verification of the account, and why, the latest first.
///
/// # Errors
/// The account has no such verification.
pub async fn acts(
    app: &App,
    session: &Session,
    id: VerificationId,
) -> Result<Vec<ListedAct>, Error> {
    find(app, session, id).await?;
    Ok(steward::acts_on(&app.db, id).await?)
}

/// Deletes verifications that came to nothing in time, with their scans. For the jobs. Answers
/// how many were deleted.
///
/// # Errors
/// The database fails.
pub async fn expire(app: &App) -> Result<u64, Error> {
    Ok(app.db.write(Expire { now: app.now().0 }).await?)
}

/// What is kept when the operator signs: the evidence, and the attestation with its hash.
pub(super) fn attest(app: &App, found: &Verification, proof: Proof, now: Time) -> Signature {
    let Verification { account, key, notice, .. } = *found;
    let evidence = Evidence { account, key, notice, at_ms: now.0, proof }.to_bytes();
    let attestation = Attestation {
        account,
        key,
        method: proof.method(),
        evidence: Hash::of(&evidence),
        day: now.day(),
    };
    let attestation = Signed::sign(&app.secrets.attester, &attestation).to_bytes();
    let seal = Seal::random(&mut random::rng());
    Signature { account, evidence, attestation, seal }
}

/// The account that a verification is of.
pub(super) async fn owner(app: &App, account: AccountId) -> Result<Account, Error> {
    account::find(&app.db, account).await?.ok_or(Error::NotFound)
}

/// A letter to the owner of the account, for the queue.
pub(super) fn write_to(
    app: &App,
    account: &Account,
    text: Text<'_>,
    delay_ms: i64,
) -> Result<Letter, Error> {
    let to = letter::open_address(app, &account.email_sealed, &account.email_index)?;
    letter::seal(app, &to, text, delay_ms)
}

/// Tells the devices of the account's family, and the mailer, that something has moved on.
pub(super) fn ring(app: &App, account: &Account) {
    if let Some(family) = account.family {
        app.bells.ring(family, Ring::Family);
    }
    app.wake();
}
