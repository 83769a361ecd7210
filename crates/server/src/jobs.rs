//! What is done without being asked: letters, destructions, sweeping up.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::app::{App, alarm, blob, destruction, letter, log, retention, verification};
use crate::port::mail::Mailer;

/// How often the jobs look without being woken, in seconds.
const TURN_S: u64 = 5;
/// How often the log is published, in seconds.
const PUBLISH_S: u64 = 1;

/// Works until the server stops. A job that fails is logged and tried again in the next turn:
/// what it works off stands in the database.
pub async fn run(app: Arc<App>, mailer: Arc<Mailer>, closing: watch::Receiver<bool>) {
    if let Err(error) = alarm::tell_broken_claims(&app).await {
        failed("claims");
        tracing::error!(%error, "claims of the notices are broken, and the operator wasn't told");
    }
    tokio::join!(work_off(&app, &mailer, closing.clone()), publish(&app, closing));
}

async fn work_off(app: &App, mailer: &Mailer, mut closing: watch::Receiver<bool>) {
    while !*closing.borrow() {
        turn(app, mailer).await;
        let pause = tokio::time::sleep(Duration::from_secs(TURN_S));
        tokio::select! {
            () = pause => {}
            () = app.work.notified() => {}
            _ = closing.changed() => {}
        }
    }
}

/// Publishes the log until the server stops: whoever was told that something is done should be
/// able to prove it soon.
async fn publish(app: &App, mut closing: watch::Receiver<bool>) {
    while !*closing.borrow() {
        if let Err(error) = log::publish(app).await {
            failed("log");
            tracing::error!(%error, "the log was not published; it will be tried again");
        }
        let pause = tokio::time::sleep(Duration::from_secs(PUBLISH_S));
        tokio::select! {
            () = pause => {}
            _ = closing.changed() => {}
        }
    }
}

/// One turn of every job; tests and the demo call it themselves after they have moved the clock.
pub async fn turn(app: &App, mailer: &Mailer) {
    if let Err(error) = destruction::carry_out(app).await {
        failed("destruction");
        tracing::error!(%error, "a destruction was not finished; it will be tried again");
    }
    if let Err(error) = letter::post_due(app, mailer).await {
        failed("letters");
        tracing::error!(%error, "the letters can't be read; they will be tried again");
    }
    if let Err(error) = log::publish(app).await {
        failed("log");
        tracing::error!(%error, "the log was not published; it will be tried again");
    }
    if let Err(error) = blob::sweep(app).await {
        failed("blobs");
        tracing::error!(%error, "abandoned blobs were not swept up; they will be tried again");
    }
    if let Err(error) = verification::expire(app).await {
        failed("verifications");
        tracing::error!(%error, "old verifications were not deleted; they will be tried again");
    }
    if let Err(error) = retention::sweep(app).await {
        failed("retention");
        tracing::error!(%error, "what is over was not deleted; it will be tried again");
    }
    if let Err(error) = retention::end_unused(app).await {
        failed("unused");
        tracing::error!(%error, "unused accounts were not ended; they will be tried again");
    }
}

/// A job that fails again and again is for an operator to see.
fn failed(job: &'static str) {
    metrics::counter!("treehouse_job_failures_total", "job" => job).increment(1);
}
