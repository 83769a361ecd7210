//! A payment by card: the provider's page is asked for, its payment looked at, and the money given
//! back. Each step stands in the database before the next one begins, so that nothing is charged twice
//! and nothing that was taken is forgotten.

use serde::{Deserialize, Serialize};
use treehouse_protocol::id::Hash;
use treehouse_protocol::outer;
use treehouse_protocol::registry::Method;
use zeroize::Zeroizing;

use super::{App, verification};
use crate::data_map::RuleId;
use crate::domain::card::{self, Currency, PAGE_MS, PAGE_MS_MIN, Price, Verdict};
use crate::domain::evidence::Proof;
use crate::domain::letter::Text;
use crate::domain::principal::Session;
use crate::domain::sms::Bound;
use crate::domain::verification::{Verification, VerificationId, VerificationState};
use crate::error::Error;
use crate::port::card::{CardError, Cards, NewPage};
use crate::port::clock::Time;
use crate::random;
use crate::store::account;
use crate::store::payment::{
    self, Claim, Close, Forget, GivenBack, Key, Later, NewPayment, Opened, Payment, PaymentState,
    Take,
};
use crate::store::rows::PaymentRow;
use crate::store::verification::{self as verifications, Answer};

/// A parent who asks again within so many milliseconds isn't heard by the provider.
const ALONE_MS: i64 = 2000;
/// When the jobs take up what was cut off, in milliseconds.
const CUT_OFF_MS: i64 = 60_000;
/// How often an open page is looked at: the older it is, the seldomer.
const LOOK_MS_MIN: i64 = 5_000;
const LOOK_MS_MAX: i64 = 5 * 60_000;
/// How long to wait before the next try, in milliseconds, by how often it failed.
const RETRY_MS: [i64; 6] = [5_000, 30_000, 300_000, 1_800_000, 3_600_000, 6 * 3_600_000];
/// Rounds of one turn: a page, its payment, the way back.
const ROUNDS_MAX: usize = 4;

/// The provider's words, as they are sealed.
#[derive(Serialize, Deserialize)]
struct Words {
    session: String,
    page: String,
    payment: Option<String>,
}

/// Where a parent pays, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    /// The provider's page; none until it has made one.
    pub pay_at: Option<String>,
    /// Such as `USD 0.50`.
    pub price: String,
}

/// The payment that a verification begins with.
pub(super) fn ask(app: &App, bound: &Bound) -> Result<Answer, Error> {
    let cards = app.cards.as_ref().ok_or(Error::Denied("nobody takes cards here"))?;
    let price = cards.price();
    let reference = card::reference(&app.secrets.index, bound, price);
    Ok(Answer::Card(NewPayment { reference, price }))
}

/// Where a verification is paid for, while it waits for that.
///
/// # Errors
/// The database fails, or the row isn't ours.
pub async fn checkout(app: &App, found: &Verification) -> Result<Option<Checkout>, Error> {
    if found.method != Method::PaymentCard || found.state != VerificationState::Asked {
        return Ok(None);
    }
    let Some(payment) = payment::find(&app.db, (found.account, found.id)).await? else {
        return Ok(None);
    };
    let words =
        payment.sealed.as_deref().map(|sealed| unseal(app, found.id, sealed)).transpose()?;
    let pay_at = words.filter(|_| payment.state == PaymentState::Open).map(|words| words.page);
    Ok(Some(Checkout { pay_at, price: payment.price.to_string() }))
}

/// Asks the provider whether the parent has paid, unless somebody has just asked.
///
/// # Errors
/// The account has no such verification, or it isn't done by a card.
pub async fn look(app: &App, session: &Session, id: VerificationId) -> Result<Verification, Error> {
    let found = verification::find(app, session, id).await?;
    if found.method != Method::PaymentCard {
        return Err(Error::Conflict("this verification isn't done by a card"));
    }
    if found.state == VerificationState::Asked {
        Box::pin(step(app, (found.account, id), ALONE_MS)).await?;
    }
    verification::find(app, session, id).await
}

/// Takes an event of the provider's. It only says where to look.
///
/// # Errors
/// It isn't signed by the provider, or nobody takes cards here.
pub async fn hear(app: &App, signature: &str, event: &[u8]) -> Result<(), Error> {
    let cards = app.cards.as_ref().ok_or(Error::NotFound)?;
    let heard = cards.heard(signature, event, app.now());
    let reference = heard.map_err(|_| Error::Denied("it isn't signed by the card provider"))?;
    let Some(reference) = reference else { return Ok(()) };
    if let Some(key) = payment::by_reference(&app.db, reference).await? {
        Box::pin(step(app, key, 0)).await?;
    }
    Ok(())
}

/// Does whatever is due about payments. For the jobs. Answers how many steps were taken.
///
/// # Errors
/// The database fails.
pub async fn settle_due(app: &App) -> Result<usize, Error> {
    let until_ms = app.now().0 - RuleId::Payment.ms();
    let forgotten = app.db.write(Forget { until_ms }).await?;
    if forgotten > 0 {
        tracing::error!(forgotten, "payments are forgotten that were never settled");
    }
    let mut steps = 0;
    for _ in 0..ROUNDS_MAX {
        let due = payment::due(&app.db, app.now().0).await?;
        if due.is_empty() {
            break;
        }
        for key in due {
            Box::pin(step(app, key, 0)).await?;
            steps += 1;
        }
    }
    Ok(steps)
}

/// The next step of a payment. What the provider doesn't do now is tried again later, and is no error
/// to whoever waits. Nothing is done if somebody has asked less than so many milliseconds ago.
pub(super) async fn step(app: &App, key: Key, alone_ms: i64) -> Result<(), Error> {
    let now = app.now().0;
    let (asked_before, again_ms) = (now - alone_ms, now + CUT_OFF_MS);
    let claim = Claim { key, now, asked_before, again_ms };
    let Some(payment) = app.db.write(claim).await? else { return Ok(()) };
    let Some(cards) = &app.cards else {
        return later(app, &payment, 1, 0).await;
    };
    match payment.state {
        PaymentState::Wanted => open(app, cards, &payment).await,
        PaymentState::Open => examine(app, cards, &payment).await,
        PaymentState::Taken => give_back(app, cards, &payment).await,
    }
}

async fn open(app: &App, cards: &Cards, payment: &Payment) -> Result<(), Error> {
    let until_ms = payment.created_ms + PAGE_MS;
    let state = payment.state;
    if app.now().0 + PAGE_MS_MIN > until_ms {
        return close(app, payment, state).await;
    }
    let back = format!("{}/begin", app.public_url);
    let product = format!("{}: you are an adult. Given back at once.", app.operator.name());
    let Payment { reference, price, .. } = *payment;
    let page = NewPage { reference, price, product: &product, until_ms, back: &back };
    match cards.open(&page).await {
        Ok(page) => {
            let words = Words { session: page.session, page: page.url, payment: None };
            let sealed = seal(app, payment.verification, &words)?;
            let next_ms = app.now().0 + LOOK_MS_MIN;
            Ok(app.db.write(Opened { key: key_of(payment), sealed, next_ms }).await?)
        }
        Err(error) => {
            tracing::warn!(%error, "no page for a payment was made; it will be tried again");
            later(app, payment, 1, 0).await
        }
    }
}

async fn examine(app: &App, cards: &Cards, payment: &Payment) -> Result<(), Error> {
    let words = words_of(app, payment)?;
    let report = match cards.report(&words.session).await {
        Ok(report) => report,
        Err(error) => {
            tracing::warn!(%error, "how a payment stands isn't known; it will be asked again");
            return later(app, payment, 1, 0).await;
        }
    };
    // The row as it is now, so that nothing that was changed in it counts for this payment.
    let found = verifications::find(&app.db, payment.account, payment.verification).await?;
    let own = found.as_ref().map(|found| reference_of(app, found, payment.price));
    let is_own = own.is_none_or(|own| own == payment.reference);
    match card::judge(payment.reference, payment.price, report) {
        Verdict::Waits => later(app, payment, 0, 0).await,
        Verdict::Over => close(app, payment, PaymentState::Open).await,
        Verdict::Foreign => {
            tracing::error!("the card provider told of another payment than the one asked for");
            close(app, payment, PaymentState::Open).await
        }
        Verdict::GiveBack(why, id) => {
            tracing::error!(why, "a payment verifies nobody, and is given back");
            take(app, payment, words, id, None).await
        }
        Verdict::Paid(id) if !is_own => {
            tracing::error!("a verification was changed while it was paid for; it's given back");
            take(app, payment, words, id, None).await
        }
        Verdict::Paid(id) => take(app, payment, words, id, found.as_ref()).await,
    }
}

/// Money was taken: it is owed, and verifies whom it should.
async fn take(
    app: &App,
    payment: &Payment,
    words: Words,
    id: String,
    found: Option<&Verification>,
) -> Result<(), Error> {
    let (now, hash) = (app.now(), Hash::of(id.as_bytes()));
    let owner = account::find(&app.db, payment.account).await?;
    let signature = match (found, &owner) {
        (Some(found), Some(owner)) => {
            let proof = Proof::Card { payment: hash, price: payment.price };
            let letter = verification::write_to(app, owner, Text::PaymentAccepted, 0)?;
            Some((verification::attest(app, found, proof, now), letter))
        }
        _ => None,
    };
    let words = Words { payment: Some(id), ..words };
    let sealed = seal(app, payment.verification, &words)?;
    let take = Take { key: key_of(payment), sealed, payment: hash, signature, now: now.0 };
    let attested = app.db.write(take).await?;
    if let (true, Some(owner)) = (attested, &owner) {
        verification::ring(app, owner);
    }
    app.wake();
    Ok(())
}

async fn give_back(app: &App, cards: &Cards, payment: &Payment) -> Result<(), Error> {
    let id = words_of(app, payment)?.payment;
    let id = id.ok_or(Error::Internal("payment.sealed"))?;
    // What was refused once would be refused again under the same key.
    let again = format!("back-{}-{}", payment.reference, payment.refusals);
    match cards.give_back(&id, &again).await {
        Ok(()) => {
            let owner = account::find(&app.db, payment.account).await?;
            let letter =
                owner.map(|owner| verification::write_to(app, &owner, Text::PaymentGivenBack, 0));
            let letter = letter.transpose()?;
            app.db.write(GivenBack { key: key_of(payment), letter }).await?;
            app.wake();
            Ok(())
        }
        Err(error) => {
            metrics::counter!("treehouse_job_failures_total", "job" => "refunds").increment(1);
            tracing::warn!(%error, "a payment wasn't given back; it will be tried again");
            later(app, payment, 1, i64::from(error == CardError::Refused)).await
        }
    }
}

async fn close(app: &App, payment: &Payment, state: PaymentState) -> Result<(), Error> {
    Ok(app.db.write(Close { key: key_of(payment), state }).await?)
}

async fn later(app: &App, payment: &Payment, failed: i64, refused: i64) -> Result<(), Error> {
    let now = app.now();
    let wait_ms = if failed > 0 { retry_ms(payment.tries) } else { look_ms(payment, now) };
    let next_ms = now.0 + wait_ms;
    Ok(app.db.write(Later { key: key_of(payment), failed, refused, next_ms }).await?)
}

fn retry_ms(tries: i64) -> i64 {
    let tries = usize::try_from(tries).unwrap_or(usize::MAX);
    RETRY_MS[tries.min(RETRY_MS.len() - 1)]
}

fn look_ms(payment: &Payment, now: Time) -> i64 {
    ((now.0 - payment.created_ms) / 20).clamp(LOOK_MS_MIN, LOOK_MS_MAX)
}

/// What a payment of this verification is known by.
fn reference_of(app: &App, found: &Verification, price: Price) -> Hash {
    let Verification { account, id, key, notice, .. } = *found;
    card::reference(&app.secrets.index, &Bound { account, verification: id, key, notice }, price)
}

/// Whether a row is a payment that the service asked for, as far as it has come; for a verification
/// that is gone by now, whether the provider's words are the service's.
pub(super) fn is_whole(app: &App, row: &PaymentRow, found: Option<&Verification>) -> bool {
    let amount = u32::try_from(row.amount).ok();
    let price = amount.zip(Currency::parse(&row.currency));
    let Some(price) = price.and_then(|(amount, currency)| Price::new(amount, currency)) else {
        return false;
    };
    let own = found.is_none_or(|found| reference_of(app, found, price) == row.reference);
    let words = row.sealed.as_deref().map(|sealed| unseal(app, row.key.1, sealed));
    let paid = row.payment.as_deref();
    own && match (PaymentState::from_code(row.state), words) {
        (Some(PaymentState::Wanted), None) => paid.is_none(),
        (Some(PaymentState::Open), Some(Ok(words))) => words.payment.is_none() && paid.is_none(),
        (Some(PaymentState::Taken), Some(Ok(words))) => {
            words.payment.is_some_and(|id| paid == Some(Hash::of(id.as_bytes()).bytes().as_slice()))
        }
        _ => false,
    }
}

const fn key_of(payment: &Payment) -> Key {
    (payment.account, payment.verification)
}

fn words_of(app: &App, payment: &Payment) -> Result<Words, Error> {
    let sealed = payment.sealed.as_deref().ok_or(Error::Internal("payment.sealed"))?;
    unseal(app, payment.verification, sealed)
}

fn seal(app: &App, id: VerificationId, words: &Words) -> Result<Vec<u8>, Error> {
    let bytes = serde_json::to_vec(words).map_err(|_| Error::Internal("payment.sealed"))?;
    let bytes = Zeroizing::new(bytes);
    Ok(outer::seal(&app.secrets.ticket, &place(id), &bytes, &mut random::rng())?)
}

fn unseal(app: &App, id: VerificationId, sealed: &[u8]) -> Result<Words, Error> {
    const BAD: Error = Error::Internal("payment.sealed");
    let bytes = outer::open(&app.secrets.ticket, &place(id), sealed).map_err(|_| BAD)?;
    serde_json::from_slice(&Zeroizing::new(bytes)).map_err(|_| BAD)
}

fn place(id: VerificationId) -> Vec<u8> {
    [b"payment".as_slice(), id.bytes()].concat()
}
