//! Signing in with a password that the server never sees, and ending sessions.

use treehouse_protocol::id::{AccountId, Hash};
use treehouse_protocol::opaque::{
    RECORD_BYTES, SERVER_LOGIN_BYTES, ServerLogin, credential_identifier,
};
use treehouse_protocol::secret::Secret;
use zeroize::Zeroizing;

use super::App;
use crate::data_map::RuleId;
use crate::domain::account::EmailAddress;
use crate::domain::principal::{Principal, Session, SessionId};
use crate::domain::token::Token;
use crate::error::Error;
use crate::random;
use crate::store::account;
use crate::store::session::{self, Begin, End, Listed, NewSession};
use crate::store::toy as toys;

const TICKET: &[u8] = b"sign-in";

/// What answers the first message of a sign-in.
#[derive(Debug)]
pub struct Started {
    /// To be sent back with the second message. Sealed: nobody else can read or make one.
    pub ticket: Vec<u8>,
    /// The OPAQUE answer.
    pub response: Vec<u8>,
}

/// Answers the first message of a sign-in. Known and unknown addresses take the same way.
///
/// # Errors
/// The message is malformed.
pub async fn start(app: &App, email: &EmailAddress, request: &[u8]) -> Result<Started, Error> {
    let index = credential_identifier(&app.secrets.index, email.text());
    let known = account::find_by_address(&app.db, &index).await?;
    let record = known.as_ref().map(|account| account.opaque_record.as_slice());
    let deployment = app.deployment.as_bytes();
    let rng = &mut random::rng();
    let (login, response) = app.secrets.opaque.login(record, request, &index, deployment, rng)?;
    // A password that is changed before the second message lets nobody in any more.
    let checked = Hash::of(record.unwrap_or(&[0; RECORD_BYTES]));
    let account = known.as_ref().map_or([0; 16], |account| *account.id.bytes());
    let expires = (app.now().0 + RuleId::SignIn.ms()).to_be_bytes();
    let waiting = login.to_secret();
    let plain = [&account[..], checked.bytes(), &expires, waiting.expose()].concat();
    let plain = Zeroizing::new(plain);
    Ok(Started { ticket: app.seal_ticket(TICKET, &plain)?, response })
}

/// Takes the second message of a sign-in, and begins a session.
///
/// # Errors
/// [`Error::Unauthenticated`] for a wrong address, password or ticket: nobody can tell which.
pub async fn finish(app: &App, ticket: &[u8], message: &[u8]) -> Result<(AccountId, Token), Error> {
    let plain = app.open_ticket(TICKET, ticket).ok_or(Error::Unauthenticated)?;
    let read = || {
        let (account, rest) = plain.split_first_chunk::<16>()?;
        let (record, rest) = rest.split_first_chunk::<32>()?;
        let (expires, waiting) = rest.split_first_chunk::<8>()?;
        let waiting: &[u8; SERVER_LOGIN_BYTES] = waiting.try_into().ok()?;
        let whose = (AccountId::from_bytes(*account), Hash::from_bytes(*record));
        Some((whose, i64::from_be_bytes(*expires), waiting))
    };
    let ((account, record), expires, waiting) = read().ok_or(Error::Unauthenticated)?;
    if app.now().0 >= expires {
        return Err(Error::Unauthenticated);
    }
    let login = ServerLogin::from_secret(&Secret::from_bytes(*waiting));
    let finished = login.and_then(|login| login.finish(message, app.deployment.as_bytes()));
    finished.map_err(|_| Error::Unauthenticated)?;
    let (session, token) = fresh(app);
    let begun = app.db.write(Begin { account, record, session }).await?;
    if begun { Ok((account, token)) } else { Err(Error::Unauthenticated) }
}

/// A session that is about to begin, and its token.
pub(super) fn fresh(app: &App) -> (NewSession, Token) {
    let rng = &mut random::rng();
    let (token, now) = (Token::generate(rng), app.now().0);
    let (hash, seal) = (token.hash(), app.row_seal());
    (NewSession { hash, seal, created_ms: now, expires_ms: now + RuleId::Session.ms() }, token)
}

/// Whose session this token is of.
///
/// # Errors
/// [`Error::Unauthenticated`] if it's nobody's, or over.
pub async fn find(app: &App, token: &Token) -> Result<Session, Error> {
    let hash = token.hash();
    let found = session::find(&app.db, &app.row_seal(), hash, app.now().0).await?;
    let (account, family) = found.ok_or(Error::Unauthenticated)?;
    Ok(Session { account, family, hash })
}

/// Whether who asked could still ask: a session may have ended since, and a toy may have been asked to
/// forget everything. What either may do is another question.
///
/// # Errors
/// [`Error::Unauthenticated`].
pub async fn require(app: &App, principal: &Principal) -> Result<(), Error> {
    let stands = match principal {
        Principal::Guardian(own) => {
            session::find(&app.db, &app.row_seal(), own.hash, app.now().0).await?.is_some()
        }
        Principal::Toy(own) => {
            let known = toys::find_by_token(&app.db, own.hash).await?;
            known.is_some_and(|known| known.state == toys::ToyState::Linked)
        }
        Principal::Steward(_) => false,
    };
    if stands { Ok(()) } else { Err(Error::Unauthenticated) }
}

/// The sessions of an account.
///
/// # Errors
/// The database fails.
pub async fn list(app: &App, session: &Session) -> Result<Vec<Listed>, Error> {
    Ok(session::list(&app.db, session.account, app.now().0).await?)
}

/// Ends this session.
///
/// # Errors
/// The database fails.
pub async fn sign_out(app: &App, session: &Session) -> Result<(), Error> {
    app.db.write(End::This(session.hash)).await?;
    Ok(())
}

/// Ends one session of the account.
///
/// # Errors
/// It has no such session.
pub async fn end(app: &App, session: &Session, id: SessionId) -> Result<(), Error> {
    let ended = app.db.write(End::Named(session.account, id)).await?;
    if ended == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Ends every session of the account.
///
/// # Errors
/// The database fails.
pub async fn sign_out_everywhere(app: &App, session: &Session) -> Result<u64, Error> {
    Ok(app.db.write(End::All(session.account)).await?)
}
