//! Raising an alarm: in the log of the process, as a metric, by a letter to the operator, and by a
//! call to whoever the operator wants to be told.

use super::{App, letter};
use crate::domain::account::EmailAddress;
use crate::domain::letter::{Call, Text};
use crate::error::Error;
use crate::random;
use crate::store::alarm::{AlarmId, Raise};
use crate::tripwire::Alarm;

/// Raises it. Whom it's about stands in the letter alone. Nobody is called or written to yet: that
/// is for the jobs, and whatever was asked for isn't held up by it.
///
/// # Errors
/// The letter or the call can't be put into the queue.
pub(super) async fn raise(app: &App, alarm: Alarm) -> Result<(), Error> {
    let word = alarm.word();
    metrics::counter!("treehouse_alarms_total", "alarm" => word).increment(1);
    tracing::error!(alarm = word, "a tripwire was touched; see the letter to the operator");
    let to = EmailAddress::parse(app.operator.email()).ok_or(Error::Internal("operator.email"))?;
    let sealed = letter::seal(app, &to, Text::Alarm { alarm }, 0)?;
    let (id, at_ms) = (AlarmId::random(&mut random::rng()), app.now().0);
    let call = Call { event: "alarm", alarm: word, url: &app.public_url, at_ms };
    let call = app.hook.as_ref().map(|_| letter::seal_call(app, &call)).transpose()?;
    app.db.write(Raise { id, word, now: at_ms, letter: sealed, call }).await?;
    app.wake();
    Ok(())
}

/// Raises an alarm for each claim of the notices that isn't shown to be so: when the service starts,
/// which is when it reads what came of the tests. Answers how many.
///
/// # Errors
/// A letter can't be put into the queue.
pub async fn tell_broken_claims(app: &App) -> Result<usize, Error> {
    let broken: Vec<&'static str> = app.claims.broken().map(|(phrase, _)| phrase).collect();
    for phrase in &broken {
        raise(app, Alarm::Claim(phrase)).await?;
    }
    Ok(broken.len())
}
