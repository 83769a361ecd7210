//! Raising an alarm: in the log of the process, as a metric, by a letter to the operator, and by a
//! call to whoever the operator wants to be told.

use super::{App, letter};
use crate::domain::account::EmailAddress;
use crate::domain::letter::{Call, Text};
use crate::error::Error;
use crate::store::letter::Enqueue;
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
    app.db.write(Enqueue(sealed)).await?;
    if app.hook.is_some() {
        let at_ms = app.now().0;
        let call = Call { event: "alarm", alarm: word, url: &app.public_url, at_ms };
        app.db.write(Enqueue(letter::seal_call(app, &call)?)).await?;
    }
    app.work.notify_one();
    Ok(())
}
