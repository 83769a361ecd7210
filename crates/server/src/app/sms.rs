//! Text plus: a code goes to the parent's telephone, is typed, and a day later a second message
//! follows. The number is kept as long as that takes, sealed.

use treehouse_protocol::id::Hash;
use treehouse_protocol::outer;
use treehouse_protocol::registry::Method;
use zeroize::Zeroizing;

use super::verification::{self, OVER};
use super::{App, letter};
use crate::domain::evidence::Proof;
use crate::domain::letter::SmsText;
use crate::domain::principal::Session;
use crate::domain::sms::{Bound, ConsentSmsNumber, SmsCode, TEXT_PLUS_DELAY_MS};
use crate::domain::verification::{Verification, VerificationId};
use crate::error::Error;
use crate::random;
use crate::store::sms::{GiveUp, TypeCode};
use crate::store::verification::{Answer, Confirm};

/// Where parents are texted: the queue holds one who can't be reached at once.
pub(super) fn ask(
    app: &App,
    bound: &Bound,
    number: &ConsentSmsNumber,
    expires_ms: i64,
) -> Result<Answer, Error> {
    let rng = &mut random::rng();
    let code = SmsCode::generate(rng);
    // After that the code counts for nothing, and the number is forgotten.
    let wait = letter::SmsWait { delay_ms: 0, until_ms: expires_ms };
    let message = letter::seal_sms(app, number, SmsText::AskBySms { code: &code }, wait)?;
    let place = number_place(bound.verification);
    let sealed = outer::seal(&app.secrets.mail, &place, number.text().as_bytes(), rng)?;
    Ok(Answer::Sms(code.hash(&app.secrets.index, bound), sealed, message))
}

/// Takes the code of a text message: the operator signs, and the second message is put into the
/// queue. The code counts once, and only for who is signed in.
///
/// # Errors
/// Another code; too many were typed; its time is over; or the verification isn't done by one.
pub async fn type_code(
    app: &App,
    session: &Session,
    id: VerificationId,
    code: &SmsCode,
) -> Result<(), Error> {
    let found = verification::find(app, session, id).await?;
    if found.method != Method::TextPlus {
        return Err(Error::Conflict("this verification isn't done by a text message"));
    }
    let (account, now) = (found.account, app.now());
    let typed = TypeCode { account, id, now: now.0 };
    let expected = app.db.write(typed).await?.ok_or(OVER)?;
    let token = hash(app, &found, code);
    if token != expected.token {
        if expected.is_last {
            app.db.write(GiveUp { account, id }).await?;
            return Err(Error::Gone("too many codes were wrong: begin again"));
        }
        return Err(Error::invalid("code", "must be the one of the text message"));
    }
    let number = open_number(app, id, &expected.number)?;
    let owner = verification::owner(app, account).await?;
    let signature = verification::attest(app, &found, Proof::Sms { code: token }, now);
    let wait = letter::SmsWait { delay_ms: TEXT_PLUS_DELAY_MS, until_ms: i64::MAX };
    let letter = letter::seal_sms(app, &number, SmsText::ConsentBySms, wait)?;
    if !app.db.write(Confirm { token, signature, letter, now: now.0 }).await? {
        return Err(OVER);
    }
    verification::ring(app, &owner);
    Ok(())
}

fn hash(app: &App, found: &Verification, code: &SmsCode) -> Hash {
    let Verification { account, id: verification, key, notice, .. } = *found;
    code.hash(&app.secrets.index, &Bound { account, verification, key, notice })
}

/// Opens the number of a verification.
pub(super) fn open_number(
    app: &App,
    id: VerificationId,
    sealed: &[u8],
) -> Result<ConsentSmsNumber, Error> {
    const BAD: Error = Error::Internal("verification.number_sealed");
    let opened = outer::open(&app.secrets.mail, &number_place(id), sealed);
    let bytes = Zeroizing::new(opened.map_err(|_| BAD)?);
    std::str::from_utf8(&bytes).ok().and_then(ConsentSmsNumber::parse).ok_or(BAD)
}

fn number_place(id: VerificationId) -> Vec<u8> {
    [b"number".as_slice(), id.bytes()].concat()
}
