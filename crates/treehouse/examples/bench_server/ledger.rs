//! What the log costs: the same writes with and without it, and answers that wait for it.
//!
//! *Without* is the service's own code over a database in which a trigger takes each leaf away before
//! its row is written; nothing but this program can be run like that. What making the leaf costs, and
//! for a read the write that there would be no reason for, is measured apart and taken off.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use rusqlite::Connection;
use tokio::task::JoinSet;
use treehouse_client::guardian::Guardian;
use treehouse_protocol::cbor::Canonical as _;
use treehouse_protocol::id::{AccountId, FamilyId, Hash, RecordId, Seen};
use treehouse_protocol::leaf::{Release, What};
use treehouse_protocol::registry::Category;
use treehouse_server::app::{App, chain, families, log};
use treehouse_server::domain::leaf::Seal;
use treehouse_server::domain::principal::{Principal, Session};
use treehouse_server::random;
use treehouse_server::start::{DATABASE_FILE, KEY_STORE_FILE};
use treehouse_server::store::{Db, StoreError, Tx, Write};

use crate::house::House;
use crate::measures::{CONNECTIONS, Town, count};
use crate::serve::{Served, cpu_s, database, open};
use crate::table::{Goal, Row, median};

/// Takes leaves away before they are rows.
const WITHOUT: &str = "CREATE TRIGGER bench_without_log BEFORE INSERT ON leaf_waiting BEGIN SELECT RAISE(IGNORE); END";
/// How much more it may cost with the log.
const TIMES_MAX: f64 = 1.25;
/// Links in a batch: a child, and the keys for one kind of its data.
const BATCH_LINKS: usize = 2;
/// Until whatever was logged is published, in milliseconds.
const PUBLISHED_MS: u64 = 2_500;

/// How much is done.
struct Plan {
    rounds: usize,
    children: usize,
    reads: usize,
    tries: usize,
}

/// A batch that a guardian has signed, and who sends it.
#[derive(Clone)]
struct Batch {
    account: AccountId,
    family: FamilyId,
    after: Seen,
    links: Vec<Vec<u8>>,
}

/// A write that writes nothing.
#[derive(Debug)]
struct Nothing;

impl Write for Nothing {
    const NAME: &'static str = "nothing";
    type Output = ();

    async fn run(&self, _: &mut Tx<'_>) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Measures both, in turns.
pub async fn ledger(folder: &Path, quick: bool) -> Result<Vec<Row>> {
    let plan = if quick {
        Plan { rounds: 1, children: 2, reads: 30, tries: 1_000 }
    } else {
        Plan { rounds: 5, children: 8, reads: 200, tries: 100_000 }
    };
    let (first, before) = (folder.join("first"), folder.join("before"));
    let served = Served::start(&first).await?;
    let (houses, guardians) = found(&served).await?;
    published().await;
    keep(&first, &before)?;
    grow(guardians, plan.children).await?;
    let town = Town { served, houses };
    let [mut read, mut read_without] = [Vec::new(), Vec::new()];
    for _ in 0..plan.rounds {
        read_without.push(reads(&town, plan.reads, false).await?);
        read.push(reads(&town, plan.reads, true).await?);
    }
    drop(town);
    let batches = harvest(&before, &first)?;
    let [mut appended, mut appended_without] = [Vec::new(), Vec::new()];
    for round in 0..plan.rounds {
        for with_log in [false, true] {
            let fresh = folder.join(format!("round-{round}-{with_log}"));
            keep(&before, &fresh)?;
            let to = if with_log { &mut appended } else { &mut appended_without };
            to.push(appends(&fresh, &batches, with_log).await?);
            std::fs::remove_dir_all(&fresh)?;
        }
    }
    let [of_link, of_release] = made(plan.tries)?;
    let nothing = nothing(&open(&before).await?, plan.tries / 10).await?;
    let [read, appended] = [read, appended].map(|all| median(all.into_iter()));
    let read_without = median(read_without.into_iter()) - of_release - nothing;
    let appended_without = median(appended_without.into_iter()) - of_link;
    let without = "the same without the log";
    let goal = || Goal::AtMostTimes(TIMES_MAX);
    Ok(vec![
        Row::new("a link appended, use case and store, CPU", appended, " us")
            .beside(without, appended_without)
            .meant(goal()),
        Row::new("a record read over TLS with a session, CPU", read, " us")
            .beside(without, read_without)
            .meant(goal()),
        Row::new("of these: making a leaf", of_release, " us"),
        Row::new("of a read without the log: a write of nothing, taken off", nothing, " us"),
    ])
}

async fn published() {
    tokio::time::sleep(Duration::from_millis(PUBLISHED_MS)).await;
}

/// Families, and the clients of their guardians.
async fn found(served: &Served) -> Result<(Vec<House>, Vec<Guardian>)> {
    let (mut houses, mut guardians) = (Vec::new(), Vec::new());
    for number in 0..CONNECTIONS {
        let both = House::found_and_kept(served, number, 1, &[Category::Photos]);
        let (house, guardian) = Box::pin(both).await?;
        houses.push(house);
        guardians.push(guardian);
    }
    Ok((houses, guardians))
}

/// Every guardian adds so many children.
async fn grow(guardians: Vec<Guardian>, children: usize) -> Result<()> {
    let mut tasks = JoinSet::new();
    for mut guardian in guardians {
        tasks.spawn(async move {
            for _ in 0..children {
                Box::pin(guardian.add_child(&[Category::Photos])).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(grown) = tasks.join_next().await {
        grown??;
    }
    Ok(())
}

/// Copies everything that a server keeps; it may run, if nothing is asked of it.
fn keep(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let text = name.to_string_lossy();
        if entry.file_type()?.is_dir() {
            keep(&path, &to.join(&name))?;
        } else if text == DATABASE_FILE || text == KEY_STORE_FILE {
            Db::snapshot(&path, &to.join(&name))?;
        } else if !text.ends_with("-wal") && !text.ends_with("-shm") {
            std::fs::copy(&path, to.join(&name))?;
        }
    }
    Ok(())
}

/// Reads over TLS, with the log or without. Answers microseconds of the server's CPU for each.
async fn reads(town: &Town, each: usize, with_log: bool) -> Result<f64> {
    let db = database(&town.served.folder)?;
    if !with_log {
        db.execute_batch(WITHOUT)?;
    }
    let (before, cpu_s) = (leaves(&db)?, town.served.cpu_s()?);
    let sample = town.reads_with_session(each).await?;
    published().await;
    let cpu_s = town.served.cpu_s()? - cpu_s;
    let logged = count(usize::try_from(leaves(&db)? - before)?);
    if !with_log {
        db.execute_batch("DROP TRIGGER bench_without_log")?;
    }
    let meant = if with_log { sample.count } else { 0.0 };
    ensure!((logged - meant).abs() < 0.5, "{logged} of {} reads were logged", sample.count);
    Ok(cpu_s / sample.count * 1e6)
}

fn leaves(db: &Connection) -> Result<i64> {
    const COUNT: &str = "SELECT (SELECT COUNT(*) FROM leaf) + (SELECT COUNT(*) FROM leaf_waiting)";
    Ok(db.query_row(COUNT, [], |row| row.get(0))?)
}

/// The batches that came after a copy was made, by family, in order.
fn harvest(before: &Path, after: &Path) -> Result<Vec<Vec<Batch>>> {
    const HEADS: &str = "SELECT f.family_id, f.seq, f.head, a.account_id FROM family f \
        JOIN account a ON a.family_id = f.family_id";
    const LINKS: &str = "SELECT signed FROM link WHERE family_id = ?1 AND seq > ?2 ORDER BY seq";
    let (before, after) = (database(before)?, database(after)?);
    let (mut heads, mut links) = (before.prepare(HEADS)?, after.prepare(LINKS)?);
    let heads = heads.query_map([], |row| {
        let ids: ([u8; 16], [u8; 32], [u8; 16]) = (row.get(0)?, row.get(2)?, row.get(3)?);
        Ok((ids, row.get::<_, u32>(1)?))
    })?;
    let mut all = Vec::new();
    for head in heads {
        let ((family, head, account), seq) = head?;
        let signed = links.query_map((&family[..], seq), |row| row.get(0))?;
        let signed: Vec<Vec<u8>> = signed.collect::<Result<_, _>>()?;
        let mut after = Seen { seq: u64::from(seq), head: Hash::from_bytes(head) };
        let (family, account) = (FamilyId::from_bytes(family), AccountId::from_bytes(account));
        let batch = |links: &[Vec<u8>]| {
            let batch = Batch { account, family, after, links: links.to_vec() };
            after.seq += links.len() as u64;
            after.head = links.last().map_or(after.head, |link| Hash::of(link));
            batch
        };
        all.push(signed.chunks(BATCH_LINKS).map(batch).collect());
    }
    Ok(all)
}

/// Appends the batches, in this process, and publishes what is logged. Answers microseconds of CPU
/// for each link.
async fn appends(folder: &Path, batches: &[Vec<Batch>], with_log: bool) -> Result<f64> {
    let app = open(folder).await?;
    let db = database(folder)?;
    // The server that the copy was taken from doesn't grow this one.
    db.execute_batch("UPDATE log_state SET lease_until_ms = 0")?;
    if !with_log {
        db.execute_batch(WITHOUT)?;
    }
    for batch in batches.iter().flatten() {
        families::find(&app, batch.family).await?;
    }
    let (before, cpu, mut tasks) = (leaves(&db)?, cpu_s(std::process::id())?, JoinSet::new());
    for own in batches.iter().cloned() {
        tasks.spawn(send(Arc::clone(&app), own));
    }
    while let Some(sent) = tasks.join_next().await {
        sent??;
    }
    log::publish(&app).await?;
    let cpu = cpu_s(std::process::id())? - cpu;
    let links: usize = batches.iter().flatten().map(|batch| batch.links.len()).sum();
    let logged = usize::try_from(leaves(&db)? - before)?;
    ensure!(logged == if with_log { links } else { 0 }, "{logged} of {links} links were logged");
    Ok(cpu / count(links) * 1e6)
}

async fn send(app: Arc<App>, batches: Vec<Batch>) -> Result<()> {
    for Batch { account, family, after, links } in batches {
        let session = Session { account, family: Some(family), hash: Hash::NONE };
        chain::append(&app, &Principal::Guardian(session), family, after, links).await?;
    }
    Ok(())
}

/// Microseconds of CPU for making a leaf of a link, and of a release.
fn made(tries: usize) -> Result<[f64; 2]> {
    let rng = &mut random::rng();
    let family = FamilyId::random(rng);
    let release = Release {
        family,
        child: treehouse_protocol::id::ChildId::random(rng),
        category: Category::Photos,
        reader: treehouse_protocol::id::KeyId::from_bytes([7; 16]),
        grant: None,
        records: vec![RecordId::random(rng)],
        blob: None,
    };
    let link = What::Link { family, seen: Seen { seq: 7, head: Hash::NONE } };
    let mut each = [0.0; 2];
    for (each, what) in each.iter_mut().zip([link, What::Release(release)]) {
        let (cpu, mut bytes) = (cpu_s(std::process::id())?, 0);
        for _ in 0..tries {
            bytes += Seal::random(&mut random::rng()).leaf(0, what.clone()).to_bytes().len();
        }
        ensure!(bytes > tries, "leaves have bytes");
        *each = (cpu_s(std::process::id())? - cpu) / count(tries) * 1e6;
    }
    Ok(each)
}

/// Microseconds of CPU for a write of nothing, when as many are on their way as there are readers.
async fn nothing(app: &Arc<App>, tries: usize) -> Result<f64> {
    let (cpu, mut tasks) = (cpu_s(std::process::id())?, JoinSet::new());
    let each = tries.div_ceil(CONNECTIONS);
    for _ in 0..CONNECTIONS {
        let app = Arc::clone(app);
        tasks.spawn(async move {
            for _ in 0..each {
                app.db.write(Nothing).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(written) = tasks.join_next().await {
        written??;
    }
    Ok((cpu_s(std::process::id())? - cpu) / count(each * CONNECTIONS) * 1e6)
}
