//! Letters: what the service writes to guardians. Address, subject and text are sealed from the
//! moment they are written until the mailer takes them.

use serde::{Deserialize, Serialize};
use treehouse_protocol::outer;
use zeroize::Zeroizing;

use super::App;
use crate::domain::account::EmailAddress;
use crate::domain::letter::{Sender, Text};
use crate::error::Error;
use crate::port::mail::{self, Mailer};
use crate::random;
use crate::store::letter::{self, Due, Letter, LetterId, Posted};

/// How long to wait before the next try, in milliseconds, by how often it was tried.
const RETRY_MS: [i64; 5] = [10_000, 60_000, 600_000, 3_600_000, 6 * 3_600_000];

/// A letter, in clear; never stored, never logged.
#[derive(Serialize, Deserialize)]
struct Plain {
    to: String,
    subject: String,
    text: String,
}

/// Seals a letter for the queue.
pub(super) fn seal(
    app: &App,
    to: &EmailAddress,
    text: Text<'_>,
    delay_ms: i64,
) -> Result<Letter, Error> {
    let rng = &mut random::rng();
    let id = LetterId::random(rng);
    let sender = Sender { url: &app.public_url, operator: &app.operator };
    let subject = text.subject().to_owned();
    let plain = Plain { to: to.text().to_owned(), subject, text: text.body(sender) };
    let bytes = serde_json::to_vec(&plain).map_err(|_| Error::Internal("letter"))?;
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

/// Posts the letters that are due. Answers how many were sent.
///
/// # Errors
/// The database fails.
pub async fn post_due(app: &App, mailer: &Mailer) -> Result<usize, Error> {
    let due = letter::due(&app.db, app.now().0).await?;
    let mut sent = 0;
    for letter in due {
        let posted = if post(app, mailer, &letter).await {
            sent += 1;
            Posted::Sent(letter.id)
        } else {
            let tries = usize::try_from(letter.tries).unwrap_or(usize::MAX).min(RETRY_MS.len() - 1);
            tracing::warn!(tries, "a letter could not be posted; it will be tried again");
            Posted::Later(letter.id, app.now().0 + RETRY_MS[tries])
        };
        app.db.write(posted).await?;
    }
    Ok(sent)
}

async fn post(app: &App, mailer: &Mailer, due: &Due) -> bool {
    let Ok(bytes) = outer::open(&app.secrets.mail, &place(due.id), &due.sealed) else {
        return false;
    };
    let bytes = Zeroizing::new(bytes);
    let Ok(plain) = serde_json::from_slice::<Plain>(&bytes) else {
        return false;
    };
    let Ok(to) = mail::Address::parse(&plain.to) else {
        return false;
    };
    let letter = mail::Letter { to, subject: plain.subject, text: plain.text };
    mailer.send(&letter).await.is_ok()
}

fn place(id: LetterId) -> Vec<u8> {
    [b"letter".as_slice(), id.bytes()].concat()
}
