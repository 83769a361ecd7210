//! Complaints: anybody may send one, without an account; a steward reads and answers, each time for
//! a reason that is written down.

use serde::{Deserialize, Serialize};
use treehouse_protocol::outer;
use zeroize::Zeroizing;

use super::{App, letter, steward};
use crate::domain::account::EmailAddress;
use crate::domain::complaint::{ComplaintId, ComplaintState, ComplaintText};
use crate::domain::letter::Text;
use crate::domain::steward::{Act, Reason, StewardId};
use crate::error::Error;
use crate::random;
use crate::store::complaint::{self as store, End, Put, Read};

/// A complaint, in clear; never stored, never logged.
#[derive(Serialize, Deserialize)]
struct Plain {
    text: ComplaintText,
    /// Where an answer goes, if one is wanted.
    email: Option<String>,
}

/// What a steward reads.
pub struct Opened {
    /// What was written.
    pub text: ComplaintText,
    /// Where an answer goes, if one is wanted.
    pub email: Option<EmailAddress>,
    /// How far it is.
    pub state: ComplaintState,
}

fn place(part: &[u8], id: ComplaintId) -> Vec<u8> {
    [b"complaint ".as_slice(), part, id.bytes()].concat()
}

/// Takes a complaint.
///
/// # Errors
/// The database fails.
pub async fn put(
    app: &App,
    text: ComplaintText,
    email: Option<&EmailAddress>,
) -> Result<ComplaintId, Error> {
    let rng = &mut random::rng();
    let id = ComplaintId::random(rng);
    let plain = Plain { text, email: email.map(|email| email.text().to_owned()) };
    let bytes = serde_json::to_vec(&plain).map_err(|_| Error::Internal("complaint"))?;
    let bytes = Zeroizing::new(bytes);
    let sealed = outer::seal(&app.secrets.mail, &place(b"text", id), &bytes, rng)?;
    app.db.write(Put { id, sealed, now: app.now().0 }).await?;
    Ok(id)
}

/// The complaints in a state and when they came, the oldest first; at most 100.
///
/// # Errors
/// The database fails.
pub async fn list(
    app: &App,
    _steward: StewardId,
    state: ComplaintState,
) -> Result<Vec<(ComplaintId, i64)>, Error> {
    Ok(store::list(&app.db, state).await?)
}

/// Opens a complaint for a steward, who says why.
///
/// # Errors
/// There is none, or the database fails.
pub async fn read(
    app: &App,
    by: StewardId,
    id: ComplaintId,
    reason: &Reason,
) -> Result<Opened, Error> {
    let act = steward::new_act(app, by, Act::ReadComplaint, reason);
    let found = app.db.write(Read { id, act }).await?.ok_or(Error::NotFound)?;
    open(app, id, &found)
}

fn open(
    app: &App,
    id: ComplaintId,
    (sealed, state): &(Vec<u8>, ComplaintState),
) -> Result<Opened, Error> {
    let bytes = Zeroizing::new(outer::open(&app.secrets.mail, &place(b"text", id), sealed)?);
    let plain: Plain =
        serde_json::from_slice(&bytes).map_err(|_| Error::Internal("complaint.sealed"))?;
    let email = plain.email.as_deref().and_then(EmailAddress::parse);
    Ok(Opened { text: plain.text, email, state: *state })
}

/// Answers a complaint: by letter, if an address was given. Answers whether one goes out.
///
/// # Errors
/// There is none that is open, or the database fails.
pub async fn answer(
    app: &App,
    by: StewardId,
    id: ComplaintId,
    answer: &ComplaintText,
    reason: &Reason,
) -> Result<bool, Error> {
    let opened = read(app, by, id, reason).await?;
    let text = Text::ComplaintAnswered { answer };
    let letter = opened.email.map(|to| letter::seal(app, &to, text, 0)).transpose()?;
    let rng = &mut random::rng();
    let sealed =
        outer::seal(&app.secrets.mail, &place(b"answer", id), answer.text().as_bytes(), rng)?;
    let (state, goes) = (ComplaintState::Answered, letter.is_some());
    let act = steward::new_act(app, by, Act::AnswerComplaint, reason);
    let end = End { id, state, answer: Some(sealed), letter, act };
    ended(app.db.write(end).await?)?;
    app.wake();
    Ok(goes)
}

/// Closes a complaint without an answer.
///
/// # Errors
/// There is none that is open, or the database fails.
pub async fn close(
    app: &App,
    by: StewardId,
    id: ComplaintId,
    reason: &Reason,
) -> Result<(), Error> {
    let act = steward::new_act(app, by, Act::CloseComplaint, reason);
    let end = End { id, state: ComplaintState::Closed, answer: None, letter: None, act };
    ended(app.db.write(end).await?)
}

fn ended(was_open: bool) -> Result<(), Error> {
    if was_open { Ok(()) } else { Err(Error::Conflict("there is no such complaint that is open")) }
}
