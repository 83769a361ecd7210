//! Raising an alarm: in the log of the process, as a metric, by a letter to the operator, and by a
//! call to whoever the operator wants to be told.

use super::{App, letter};
use crate::domain::account::EmailAddress;
use crate::domain::letter::{Call, Text};
use crate::error::Error;
use crate::pack::moment;
use crate::port::clock::Time;
use crate::random;
use crate::store::alarm::{AlarmId, Raise};
use crate::tripwire::Alarm;

/// Raises it. Whom it's about stands in the letter alone. Nobody is called or written to yet: that
/// is for the jobs, and whatever was asked for isn't held up by it.
///
/// # Errors
/// The letter or the call can't be put into the queue.
pub(super) async fn raise(app: &App, alarm: Alarm) -> Result<(), Error> {
    tell(app, alarm.word(), Text::Alarm { alarm }).await
}

/// The same for what a scan has found, line by line.
///
/// # Errors
/// As for [`raise`].
pub(super) async fn tell_found(app: &App, found: &str) -> Result<(), Error> {
    tell(app, "scan", Text::Scan { found }).await
}

/// The same for a report of an incident whose clock runs out.
///
/// # Errors
/// As for [`raise`].
pub(super) async fn tell_report_due(
    app: &App,
    incident: u32,
    report: &str,
    due_ms: Option<i64>,
) -> Result<(), Error> {
    let due = due_ms.map(|at_ms| moment(Time(at_ms))).unwrap_or_default();
    tell(app, "report-due", Text::ReportDue { incident, report, due: &due }).await
}

async fn tell(app: &App, word: &'static str, text: Text<'_>) -> Result<(), Error> {
    metrics::counter!("treehouse_alarms_total", "alarm" => word).increment(1);
    tracing::error!(alarm = word, "an alarm was raised; see the letter to the operator");
    let to = EmailAddress::parse(app.operator.email()).ok_or(Error::Internal("operator.email"))?;
    let sealed = letter::seal(app, &to, text, 0)?;
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
