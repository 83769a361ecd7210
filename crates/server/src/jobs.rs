//! What is done without being asked: letters, destructions, sweeping up.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{self, MissedTickBehavior};

use crate::app::scan::{self, SCAN_S};
use crate::app::{
    App, alarm, blob, card, destruction, incident, letter, log, retention, verification,
};
use crate::config::Config;
use crate::port::mail::Mailer;

/// How often the jobs look without being woken for what somebody waits for, in seconds.
const WORK_S: u64 = 5;
/// How often is swept up what is over, in seconds: nobody waits for that, and it looks into every
/// table.
const SWEEP_S: u64 = 60;
/// How often the log is published, in seconds.
const PUBLISH_S: u64 = 1;

/// Works until the server stops. A job that fails is logged and tried again in the next turn:
/// what it works off stands in the database.
pub async fn run(app: Arc<App>, mailer: Arc<Mailer>, closing: watch::Receiver<bool>) {
    if let Err(error) = alarm::tell_broken_claims(&app).await {
        failed("claims");
        tracing::error!(%error, "claims of the notices are broken, and the operator wasn't told");
    }
    tokio::join!(
        destroy(&app, closing.clone()),
        post(&app, &mailer, closing.clone()),
        Box::pin(settle(&app, closing.clone())),
        sweep_up(&app, closing.clone()),
        publish(&app, closing),
    );
}

/// Looks at the server itself, at once and then once a day, until it stops.
pub async fn scan(app: Arc<App>, config: Config, mut closing: watch::Receiver<bool>) {
    let mut scanning = every(SCAN_S);
    while !*closing.borrow() {
        tokio::select! {
            _ = scanning.tick() => {
                if let Err(error) = scan::run(&app, &config).await {
                    failed("scan");
                    tracing::error!(%error, "the server was not scanned; it will be tried again");
                }
            }
            _ = closing.changed() => {}
        }
    }
}

/// Destroys beside the letters: a mail server may take a minute for each, and an erasure doesn't wait
/// for it.
async fn destroy(app: &App, mut closing: watch::Receiver<bool>) {
    let mut working = every(WORK_S);
    while !*closing.borrow() {
        tokio::select! {
            _ = working.tick() => destroy_due(app).await,
            () = app.work.notified() => destroy_due(app).await,
            _ = closing.changed() => {}
        }
    }
}

async fn post(app: &App, mailer: &Mailer, mut closing: watch::Receiver<bool>) {
    let mut posting = every(WORK_S);
    while !*closing.borrow() {
        tokio::select! {
            _ = posting.tick() => post_due(app, mailer).await,
            () = app.post.notified() => post_due(app, mailer).await,
            _ = closing.changed() => {}
        }
    }
}

/// Settles payments beside the letters: a provider may take long for each answer.
async fn settle(app: &App, mut closing: watch::Receiver<bool>) {
    let mut settling = every(WORK_S);
    while !*closing.borrow() {
        tokio::select! {
            _ = settling.tick() => settle_due(app).await,
            _ = closing.changed() => {}
        }
    }
}

/// Sweeps up beside the other work: much may have ended at once, and letters don't wait for it.
async fn sweep_up(app: &App, mut closing: watch::Receiver<bool>) {
    let mut sweeping = every(SWEEP_S);
    while !*closing.borrow() {
        tokio::select! {
            _ = sweeping.tick() => while sweep(app).await && !*closing.borrow() {},
            _ = closing.changed() => {}
        }
    }
}

/// Rings every so many seconds; what takes longer than that doesn't make it ring twice.
fn every(seconds: u64) -> time::Interval {
    let mut interval = time::interval(Duration::from_secs(seconds));
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

/// Publishes the log until the server stops: whoever was told that something is done should be
/// able to prove it soon.
async fn publish(app: &App, mut closing: watch::Receiver<bool>) {
    while !*closing.borrow() {
        publish_once(app).await;
        let pause = time::sleep(Duration::from_secs(PUBLISH_S));
        tokio::select! {
            () = pause => {}
            _ = closing.changed() => {}
        }
    }
    if let Err(error) = log::give_back(app).await {
        tracing::warn!(%error, "the log's lease was not given back; the next server waits for its end");
    }
}

async fn publish_once(app: &App) {
    if let Err(error) = log::publish(app).await {
        failed("log");
        tracing::error!(%error, "the log was not published; it will be tried again");
    }
}

/// One turn of every job; tests and the demo call it themselves after they have moved the clock.
pub async fn turn(app: &App, mailer: &Mailer) {
    destroy_due(app).await;
    settle_due(app).await;
    post_due(app, mailer).await;
    publish_once(app).await;
    while sweep(app).await {}
}

async fn destroy_due(app: &App) {
    app.room.refill();
    if let Err(error) = destruction::carry_out(app).await {
        failed("destruction");
        tracing::error!(%error, "a destruction was not finished; it will be tried again");
    }
}

async fn post_due(app: &App, mailer: &Mailer) {
    if let Err(error) = letter::post_due(app, mailer).await {
        failed("letters");
        tracing::error!(%error, "the letters can't be read; they will be tried again");
    }
}

async fn settle_due(app: &App) {
    if let Err(error) = Box::pin(card::settle_due(app)).await {
        failed("payments");
        tracing::error!(%error, "payments were not settled; they will be tried again");
    }
}

/// What is over. Answers whether there may be more.
async fn sweep(app: &App) -> bool {
    if let Err(error) = blob::sweep(app).await {
        failed("blobs");
        tracing::error!(%error, "abandoned blobs were not swept up; they will be tried again");
    }
    if let Err(error) = verification::expire(app).await {
        failed("verifications");
        tracing::error!(%error, "old verifications were not deleted; they will be tried again");
    }
    let swept = retention::sweep(app).await.unwrap_or_else(|error| {
        failed("retention");
        tracing::error!(%error, "what is over was not deleted; it will be tried again");
        retention::Swept::default()
    });
    if let Err(error) = incident::tell_due(app).await {
        failed("incidents");
        tracing::error!(%error, "nobody was told of reports that are due; it will be tried again");
    }
    if let Err(error) = retention::end_unused(app).await {
        failed("unused");
        tracing::error!(%error, "unused accounts were not ended; they will be tried again");
    }
    swept.more
}

/// A job that fails again and again is for an operator to see.
fn failed(job: &'static str) {
    metrics::counter!("treehouse_job_failures_total", "job" => job).increment(1);
}
