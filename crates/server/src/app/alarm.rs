//! Raising an alarm: in the log of the process, as a metric, and by a letter to the operator.

use super::{App, letter};
use crate::domain::account::EmailAddress;
use crate::error::Error;
use crate::store::letter::Enqueue;
use crate::tripwire::Alarm;

/// Raises it. Whom it's about stands in the letter alone.
///
/// # Errors
/// The letter can't be put into the queue.
pub(super) async fn raise(app: &App, alarm: Alarm) -> Result<(), Error> {
    let word = alarm.word();
    metrics::counter!("treehouse_alarms_total", "alarm" => word).increment(1);
    tracing::error!(alarm = word, "a tripwire was touched; see the letter to the operator");
    let (what, next) = match alarm {
        Alarm::Canary(family, reader) => (
            format!("data of the canary family {family} was handed out to the key {reader:?}"),
            format!("treehouse scope --principal {reader:?} --from …"),
        ),
        Alarm::Budget(reader) => (
            format!("the reader with the key {reader:?} took more than its budget, and is stopped"),
            format!("treehouse scope --principal {reader:?} --from …"),
        ),
        Alarm::Rate => (
            "more data is handed out in a minute than this deployment ever should".to_owned(),
            "treehouse scope --from …".to_owned(),
        ),
    };
    let text = format!(
        "A tripwire at {} was touched: {what}.\n\nAll of it is in the log. To see what was handed \
         out, to whom, of whom, and by when whom to tell:\n\n  {next}\n\n\
         The same alarm isn't sent again within an hour.\n",
        app.public_url
    );
    let to = EmailAddress::parse(app.operator.email()).ok_or(Error::Internal("operator.email"))?;
    let sealed = letter::seal(app, &to, "ALARM: a tripwire was touched", text, 0)?;
    app.db.write(Enqueue(sealed)).await?;
    app.work.notify_one();
    Ok(())
}
