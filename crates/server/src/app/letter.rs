//! Letters: what the service writes to guardians. Address, subject and text are sealed from the
//! moment they are written until the mailer takes them. Calls to the operator's program and text
//! messages wait in the same queue.

use serde::{Deserialize, Serialize};
use treehouse_protocol::outer;
use zeroize::Zeroizing;

use super::App;
use crate::domain::account::EmailAddress;
use crate::domain::letter::{Call, Sender, SmsText, Text};
use crate::domain::sms::ConsentSmsNumber;
use crate::error::Error;
use crate::port::mail::{self, Mailer};
use crate::port::sms::SmsError;
use crate::random;
use crate::store::letter::{self, Due, Letter, LetterId, Posted};

/// How long to wait before the next try, in milliseconds, by how often it was tried.
const RETRY_MS: [i64; 5] = [10_000, 60_000, 600_000, 3_600_000, 6 * 3_600_000];

/// A letter, the body of a call or a text message, in clear; never stored, never logged.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Plain {
    Letter { to: String, subject: String, text: String },
    Call { call: String },
    Sms { number: String, sms: String, until_ms: i64 },
}

/// How long a text message waits, and until when it makes sense.
#[derive(Clone, Copy)]
pub(super) struct SmsWait {
    /// Milliseconds until it goes.
    pub(super) delay_ms: i64,
    /// The moment from which it isn't sent any more.
    pub(super) until_ms: i64,
}

/// Seals a letter for the queue.
pub(super) fn seal(
    app: &App,
    to: &EmailAddress,
    text: Text<'_>,
    delay_ms: i64,
) -> Result<Letter, Error> {
    let sender = Sender { url: &app.public_url, operator: &app.operator };
    let subject = text.subject().to_owned();
    let plain = Plain::Letter { to: to.text().to_owned(), subject, text: text.body(sender) };
    seal_plain(app, &plain, delay_ms)
}

/// Seals a call for the queue.
pub(super) fn seal_call(app: &App, call: &Call<'_>) -> Result<Letter, Error> {
    let call = serde_json::to_string(call).map_err(|_| Error::Internal("call"))?;
    seal_plain(app, &Plain::Call { call }, 0)
}

/// Seals a text message for the queue.
pub(super) fn seal_sms(
    app: &App,
    number: &ConsentSmsNumber,
    text: SmsText<'_>,
    wait: SmsWait,
) -> Result<Letter, Error> {
    let sender = Sender { url: &app.public_url, operator: &app.operator };
    let (number, sms) = (number.text().to_owned(), text.body(sender));
    seal_plain(app, &Plain::Sms { number, sms, until_ms: wait.until_ms }, wait.delay_ms)
}

fn seal_plain(app: &App, plain: &Plain, delay_ms: i64) -> Result<Letter, Error> {
    let rng = &mut random::rng();
    let id = LetterId::random(rng);
    let bytes = serde_json::to_vec(plain).map_err(|_| Error::Internal("letter"))?;
    let sealed = outer::seal(&app.secrets.mail, &place(id), &Zeroizing::new(bytes), rng)?;
    let now = app.now().0;
    Ok(Letter { id, sealed, due_ms: now + delay_ms, written_ms: now })
}

/// Seals an address for its row, under the index that it's found by.
pub(super) fn seal_address(
    app: &App,
    email: &EmailAddress,
    index: &[u8; 32],
) -> Result<Vec<u8>, Error> {
    let place = [b"address".as_slice(), index].concat();
    Ok(outer::seal(&app.secrets.mail, &place, email.text().as_bytes(), &mut random::rng())?)
}

/// Opens an address that is stored, to write to it.
pub(super) fn open_address(
    app: &App,
    sealed: &[u8],
    index: &[u8; 32],
) -> Result<EmailAddress, Error> {
    let place = [b"address".as_slice(), index].concat();
    let bytes = Zeroizing::new(outer::open(&app.secrets.mail, &place, sealed)?);
    let text = std::str::from_utf8(&bytes).ok();
    text.and_then(EmailAddress::parse).ok_or(Error::Internal("account.email_sealed"))
}

/// Posts the letters that are due, makes the calls and sends the text messages. Answers how many of all
/// were taken.
///
/// # Errors
/// The database fails.
pub async fn post_due(app: &App, mailer: &Mailer) -> Result<usize, Error> {
    let due = letter::due(&app.db, app.now().0).await?;
    let mut sent = 0;
    // Many calls that time out one after the other would hold up all letters.
    let (mut unheard, mut unsent) = (false, false);
    for letter in due {
        let mut until_ms = i64::MAX;
        let taken = match open(app, &letter) {
            Some(Plain::Letter { to, subject, text }) => post(mailer, &to, subject, text).await,
            Some(Plain::Call { call }) => {
                let heard = !unheard && ring(app, &letter, call).await;
                unheard |= !heard;
                heard
            }
            Some(Plain::Sms { number, sms, until_ms: until }) => {
                until_ms = until;
                // What nobody waits for any more is dropped.
                let taken = until <= app.now().0 || (!unsent && text(app, &number, &sms).await);
                unsent |= !taken;
                taken
            }
            None => false,
        };
        let posted = if taken {
            sent += 1;
            Posted::Sent(letter.id)
        } else {
            let tries = usize::try_from(letter.tries).unwrap_or(usize::MAX).min(RETRY_MS.len() - 1);
            tracing::warn!(tries, "a letter, call or text was not taken; it will be tried again");
            Posted::Later(letter.id, until_ms.min(app.now().0 + RETRY_MS[tries]))
        };
        app.db.write(posted).await?;
    }
    Ok(sent)
}

fn open(app: &App, due: &Due) -> Option<Plain> {
    let bytes = outer::open(&app.secrets.mail, &place(due.id), &due.sealed).ok()?;
    serde_json::from_slice(&Zeroizing::new(bytes)).ok()
}

async fn post(mailer: &Mailer, to: &str, subject: String, text: String) -> bool {
    let Ok(to) = mail::Address::parse(to) else {
        return false;
    };
    mailer.send(&mail::Letter { to, subject, text }).await.is_ok()
}

async fn ring(app: &App, due: &Due, call: String) -> bool {
    let Some(hook) = &app.hook else {
        // The operator wants nobody to be called any more.
        return true;
    };
    let called = hook.call(&due.id.to_string(), app.now(), call).await;
    called
        .inspect_err(|error| tracing::warn!(%error, "alarms.webhook_url was not told of an alarm"))
        .is_ok()
}

async fn text(app: &App, number: &str, sms: &str) -> bool {
    let (Some(way), Some(number)) = (&app.sms, ConsentSmsNumber::parse(number)) else {
        return false;
    };
    match way.send(&number, sms).await {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!(%error, "a text message was not taken");
            // The same again would be refused again.
            error == SmsError::Refused
        }
    }
}

fn place(id: LetterId) -> Vec<u8> {
    [b"letter".as_slice(), id.bytes()].concat()
}
