//! `kill -9` again and again while eight families write: whatever was acknowledged must be there
//! exactly once, and the log must stay whole.

pub mod family;
pub mod log;
mod rows;

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use rand_core::Rng as _;
use tokio::task::JoinSet;
use treehouse_server::random;

use crate::serve::{Place, Served};
use family::Family;
use log::PublicLog;

/// Families that write at the same time.
const WRITERS: usize = 8;
/// A server lives for so many milliseconds of writing, and up to as many more.
const LIFE_MS: u32 = 150;
const LIFE_MORE_MS: u32 = 750;
/// What is asked of a restart. A run fails only far above it: this machine may do other work.
const READY_BAR: Duration = Duration::from_secs(2);
const READY_MAX: Duration = Duration::from_secs(10);
/// A new server waits for the lease of the one that was killed before it publishes the log.
const PUBLISHED_MAX: Duration = Duration::from_mins(2);
/// How often is told how far it is.
const KILLS_TOLD: usize = 50;

/// Kills a server so many times, and shows that the check can fail.
pub async fn run(place: &Place, kills: usize) -> Result<()> {
    let mut served = place.serve().await?;
    let mut families = Vec::with_capacity(WRITERS);
    for number in 0..WRITERS {
        families.push(Family::found(&served, number).await?);
    }
    let mut log = PublicLog::of(place.log(), &served).await?;
    let mut restarts = Vec::with_capacity(kills);
    for kill in 1..=kills {
        (served, families) = write_until_killed(place, served, families, &mut log).await?;
        restarts.push(served.ready_after);
        let found = check(&mut families, &served, false).await?;
        ensure!(found.is_empty(), "after kill {kill}: {}", found.join("; "));
        if kill % KILLS_TOLD == 0 {
            println!("{}: {kill} of {kills} kills, nothing lost so far", place.engine());
        }
    }
    let mut found = check(&mut families, &served, true).await?;
    let links = families.iter().map(Family::links).sum();
    for family in &mut families {
        found.extend(family.check_log(&served, PUBLISHED_MAX).await?);
    }
    found.extend(log.count_links(links)?);
    ensure!(found.is_empty(), "at the end: {}", found.join("; "));
    report(place, &families, &restarts)?;
    control(place, served, families).await
}

/// Lets all families write, kills the server in the middle of it, and starts it again.
async fn write_until_killed(
    place: &Place,
    served: Served,
    families: Vec<Family>,
    log: &mut PublicLog,
) -> Result<(Served, Vec<Family>)> {
    let mut writing = JoinSet::new();
    for family in families {
        let wire = served.connect().await?;
        writing.spawn(family.write(wire));
    }
    let life_ms = LIFE_MS + random::rng().next_u32() % LIFE_MORE_MS;
    tokio::time::sleep(Duration::from_millis(life_ms.into())).await;
    served.kill()?;
    log.audit()?;
    let served = place.serve().await?;
    let mut families = Vec::with_capacity(WRITERS);
    while let Some(family) = writing.join_next().await {
        families.push(family??);
    }
    Ok((served, families))
}

/// What is wrong with any family's things.
async fn check(families: &mut [Family], served: &Served, all: bool) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for family in families {
        found.extend(family.check(served, all).await?);
    }
    Ok(found)
}

fn report(place: &Place, families: &[Family], restarts: &[Duration]) -> Result<()> {
    let worst = restarts.iter().max().context("nothing was killed")?;
    let late = restarts.iter().filter(|wait| **wait > READY_BAR).count();
    let books = families.iter().map(|family| &family.books);
    let sum = |count: fn(&family::Books) -> usize| books.clone().map(count).sum::<usize>();
    println!(
        "{}: {} kills; acknowledged: {} records, {} blobs, {} links, {} logged reads; {} requests \
         were cut off; nothing lost, nothing doubled; ready again after {} ms at worst, {late} \
         times later than {} ms",
        place.engine(),
        restarts.len(),
        sum(|books| books.records.len()),
        sum(|books| books.blobs.len()),
        sum(|books| books.links_acknowledged),
        sum(|books| books.reads),
        sum(|books| books.cut_off),
        worst.as_millis(),
        READY_BAR.as_millis(),
    );
    for (count, what) in [
        (sum(|books| books.records.len()), "record"),
        (sum(|books| books.blobs.len()), "blob"),
        (sum(|books| books.links_acknowledged), "link"),
        (sum(|books| books.cut_off), "request that was cut off"),
    ] {
        ensure!(count >= restarts.len(), "too little was under way: {count} x {what}");
    }
    let waits = sum(|books| books.waits);
    ensure!(place.databases.is_some() || waits == 0, "{waits} requests can't be sent again");
    ensure!(*worst <= READY_MAX, "a restart took {} ms", worst.as_millis());
    Ok(())
}

/// The same checks on a database from which one record, then one line of the log, was deleted.
async fn control(place: &Place, served: Served, mut families: Vec<Family>) -> Result<()> {
    served.kill()?;
    let family = families.first_mut().context("a family")?;
    let record = family.books.records.first().context("a record")?.id;
    rows::delete_record(place, record).await?;
    let served = place.serve().await?;
    let found = family.check(&served, false).await?;
    ensure!(found.len() == 1 && found[0].contains("is lost"), "the control found {found:?}");
    served.kill()?;
    rows::delete_leaf_of_a_link(place, family.id()).await?;
    let served = place.serve().await?;
    let unlogged = family.check_log(&served, Duration::ZERO).await?;
    ensure!(unlogged.len() == 1, "the control found {unlogged:?}");
    println!("{}: control: a deleted record and a deleted leaf were found", place.engine());
    served.kill()
}
