//! What is over goes while others read, and a child with everything it has.
//!
//! Sweeping: the rows are inserted in bulk, of the tables and about the sizes that the service's own
//! have, and are all over at one moment; from then on the server's own job deletes them. Readers read
//! before that moment and until the last row is gone.
//!
//! Erasing: blobs of 2 MB are uploaded by the real path, bytes and all; then the guardian erases the
//! child, and asks until the receipt is there.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use rusqlite::{Connection, OptionalExtension as _, params};
use tokio::task::JoinSet;
use treehouse_protocol::id::Hash;
use treehouse_protocol::registry::Category;
use treehouse_server::data_map::RuleId;
use treehouse_server::port::clock::{Clock as _, SystemClock};

use crate::house::House;
use crate::measures::{BLOB_BYTES, Sample, Town, UPLOADERS, count, drive};
use crate::now;
use crate::serve::{Served, database};
use crate::table::{Goal, Row};

/// Rows that are over at once.
const ROWS: usize = 10_000_000;
const ROWS_QUICK: usize = 40_000;
/// Bytes of a child's blobs.
const BLOBS_BYTES: usize = 10_000_000_000;
const BLOBS_BYTES_QUICK: usize = 100_000_000;
/// Those who read meanwhile, each on a connection of its own, with pauses.
const READERS: usize = 8;
const READ_EACH_MS: u64 = 5;
/// For how long is read before, in seconds: at least. The server's job looks once a minute.
const BEFORE_S: u64 = 20;
const BEFORE_QUICK_S: u64 = 5;
/// Rows that are inserted in a second, at least: until when they aren't over depends on it.
const FILLED_PER_S: usize = 20_000;
/// How much longer a read may take meanwhile, 99 of 100.
const TIMES_MAX: f64 = 2.0;
/// How long an erasure may take, in seconds.
const ERASURE_S_MAX: f64 = 60.0;
/// Blobs that a connection sends in one go, made before.
const BLOBS_AT_ONCE: usize = 8;

/// How many rows a run has, unless somebody says.
pub const fn rows_by_default(quick: bool) -> usize {
    if quick { ROWS_QUICK } else { ROWS }
}

/// Sweeps so many rows, and erases a child; or only one of the two, `sweep` or `erase`.
pub async fn retention(
    folder: &Path,
    rows: usize,
    quick: bool,
    only: Option<&str>,
) -> Result<Vec<Row>> {
    let mut table = Vec::new();
    if only != Some("erase") {
        table.extend(Box::pin(sweep(&folder.join("sweep"), rows, quick)).await?);
    }
    if only != Some("sweep") {
        let bytes = if quick { BLOBS_BYTES_QUICK } else { BLOBS_BYTES };
        table.extend(Box::pin(erase(&folder.join("erase"), bytes)).await?);
    }
    Ok(table)
}

async fn sweep(folder: &Path, rows: usize, quick: bool) -> Result<Vec<Row>> {
    let Town { served, houses } = Box::pin(Town::found(Served::start(folder).await?)).await?;
    drop(served);
    let before = Duration::from_secs(if quick { BEFORE_QUICK_S } else { BEFORE_S });
    let filling = Duration::from_secs(2 + (rows / FILLED_PER_S) as u64);
    let over = wall_ms() + i64::try_from((before + filling).as_millis())?;
    fill(database(folder)?, rows, over)?;
    let town = Arc::new(Town { served: Served::start(folder).await?, houses });
    let left = Duration::from_millis(u64::try_from(over - wall_ms()).unwrap_or(0));
    ensure!(left * 2 > before, "inserting the rows took too long: they are over already");
    let waiting = async {
        tokio::time::sleep(left).await;
        Ok(())
    };
    let earlier = read_until(&town, waiting).await?;
    let (began, cpu, db) = (now(), town.served.cpu_s()?, database(folder)?);
    let mut first = None;
    let gone = async {
        let full = first_link(&db)?;
        while !is_gone(&db, over)? {
            if first.is_none() && first_link(&db)? != full {
                first = Some(began.elapsed().as_secs_f64());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    };
    let meanwhile = read_until(&town, gone).await?;
    let (seconds, cpu) = (began.elapsed().as_secs_f64(), town.served.cpu_s()? - cpu);
    let swept_s = seconds - first.unwrap_or(0.0);
    let speed = count(rows) / swept_s;
    Ok(vec![
        Row::new("rows that were over at once, of four tables", count(rows), ""),
        Row::new("swept, with readings meanwhile", speed, " rows/s")
            .costing(cpu / count(rows) * 1e6),
        Row::new("from the first to the last of them", swept_s, " s"),
        Row::new("a read meanwhile, median", meanwhile.wait_ms(50), " ms")
            .beside("before", earlier.wait_ms(50)),
        Row::new("a read meanwhile, 99 of 100", meanwhile.wait_ms(99), " ms")
            .beside("before", earlier.wait_ms(99))
            .meant(Goal::AtMostTimes(TIMES_MAX)),
        Row::new("readings that this rests on", meanwhile.count, "")
            .beside("before", earlier.count),
    ])
}

/// Now, in milliseconds since 1970.
fn wall_ms() -> i64 {
    SystemClock.now().0
}

/// Inserts rows that are over at that moment.
fn fill(mut db: Connection, rows: usize, over_ms: i64) -> Result<()> {
    db.execute_batch(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -3000000;",
    )?;
    let group = db.transaction()?;
    {
        let mut session = group.prepare("INSERT INTO session (session_hash, session_id, account_id, created_ms, expires_ms) VALUES (?1, ?2, ?3, ?4, ?5)")?;
        let mut answer = group.prepare("INSERT INTO idempotency (asker, key_hash, request_hash, status, body, expires_ms) VALUES (?1, ?2, ?3, 201, ?4, ?5)")?;
        let mut link = group.prepare("INSERT INTO mail_link (token_hash, purpose, email_index, email_sealed, expires_ms) VALUES (?1, 0, ?2, ?3, ?4)")?;
        let mut letter = group.prepare("INSERT INTO letter (letter_id, sealed, due_ms, tries, written_ms) VALUES (?1, ?2, ?3, 0, ?4)")?;
        let written_ms = over_ms - RuleId::Letter.ms();
        for number in 0..rows {
            let hash = Hash::of(&number.to_le_bytes());
            let (long, short) = (&hash.bytes()[..], &hash.bytes()[..16]);
            // Of ten rows: four answers, three sessions, two links, one letter.
            match number % 10 {
                0..=3 => answer.execute(params![short, long, long, &[7_u8; 120][..], over_ms])?,
                4..=6 => session.execute(params![long, short, short, written_ms, over_ms])?,
                7..=8 => link.execute(params![long, long, &[7_u8; 96][..], over_ms])?,
                // Nobody posts it: it's due when it's over.
                _ => letter.execute(params![short, &[7_u8; 900][..], i64::MAX, written_ms])?,
            };
        }
    }
    group.commit()?;
    Ok(())
}

/// Whether no row is left that was over at that moment.
fn is_gone(db: &Connection, over_ms: i64) -> Result<bool> {
    const LEFT: [&str; 4] = [
        "SELECT 1 FROM session WHERE expires_ms <= ?1 LIMIT 1",
        "SELECT 1 FROM idempotency WHERE expires_ms <= ?1 LIMIT 1",
        "SELECT 1 FROM mail_link WHERE expires_ms <= ?1 LIMIT 1",
        "SELECT 1 FROM letter WHERE written_ms <= ?1 LIMIT 1",
    ];
    for (sql, until) in
        LEFT.into_iter().zip([over_ms, over_ms, over_ms, over_ms - RuleId::Letter.ms()])
    {
        if db.query_row(sql, [until], |_| Ok(())).optional()?.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The first mailed link that is left: the first rule that is swept deletes it.
fn first_link(db: &Connection) -> Result<Option<Vec<u8>>> {
    const FIRST: &str = "SELECT token_hash FROM mail_link ORDER BY expires_ms LIMIT 1";
    Ok(db.query_row(FIRST, [], |row| row.get(0)).optional()?)
}

/// Reads, with sessions, until that ends.
async fn read_until(town: &Arc<Town>, until: impl Future<Output = Result<()>>) -> Result<Sample> {
    let (mut tasks, ended) = (JoinSet::new(), Arc::new(AtomicBool::new(false)));
    for reader in 0..READERS {
        let (town, ended) = (Arc::clone(town), Arc::clone(&ended));
        tasks.spawn(async move {
            let (mut wire, mut waits_ms) = (town.served.connect().await?, Vec::new());
            for house in town.houses.iter().cycle().skip(reader * READERS) {
                if ended.load(Ordering::Relaxed) {
                    break;
                }
                let request = house.read_with_session();
                let began = now();
                ensure!(wire.exchange(&request).await?.status == 200, "a read is refused");
                waits_ms.push(began.elapsed().as_secs_f64() * 1e3);
                tokio::time::sleep(Duration::from_millis(READ_EACH_MS)).await;
            }
            anyhow::Ok(waits_ms)
        });
    }
    let done = until.await;
    ended.store(true, Ordering::Relaxed);
    let mut sample = Sample::default();
    while let Some(waits_ms) = tasks.join_next().await {
        sample.waits_ms.extend(waits_ms??);
    }
    sample.count = count(sample.waits_ms.len());
    done.map(|()| sample)
}

/// Uploads blobs of so many bytes together, and erases their child.
async fn erase(folder: &Path, bytes: usize) -> Result<Vec<Row>> {
    let served = Served::start(folder).await?;
    let both = House::found_and_kept(&served, 0, 1, &[Category::Photos]);
    let (house, mut guardian) = Box::pin(both).await?;
    let (blobs, url) = (bytes.div_ceil(BLOB_BYTES), served.url());
    let (began, sealed) = (now(), house.seal_blob(BLOB_BYTES)?);
    let mut left = blobs;
    while left > 0 {
        let nonce = house.nonce(&mut served.connect().await?, &served).await?;
        let mut loads = Vec::new();
        for _ in 0..UPLOADERS {
            let some = left.min(BLOBS_AT_ONCE);
            left -= some;
            loads.push((0..some).flat_map(|_| house.upload(&url, &nonce, &sealed)).collect());
        }
        drive(&served.place(), loads).await?;
    }
    let uploaded_s = began.elapsed().as_secs_f64();
    let kept = bytes_in(&served.folder.join("blobs"))?;
    ensure!(kept >= bytes as u64, "{kept} bytes lie there");
    let (began, cpu) = (now(), served.cpu_s()?);
    let link = Box::pin(guardian.erase(house.child, &[])).await?;
    let receipt = loop {
        if let Some(receipt) = guardian.receipt(link).await? {
            break receipt;
        }
        ensure!(began.elapsed() < Duration::from_mins(30), "there is no receipt");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let (seconds, cpu) = (began.elapsed().as_secs_f64(), served.cpu_s()? - cpu);
    ensure!(receipt.blobs == blobs as u64, "{} of {blobs} blobs were destroyed", receipt.blobs);
    let rest = bytes_in(&served.folder.join("blobs"))?;
    ensure!(rest == 0, "{rest} bytes are left");
    Ok(vec![
        Row::new("blobs of a child, of 2 MB", count(blobs), ""),
        Row::new("uploading them", count(blobs) * count(BLOB_BYTES) / 1e6 / uploaded_s, " MB/s"),
        Row::new("erasing the child, until the receipt", seconds, " s")
            .costing(cpu * 1e6)
            .meant(Goal::AtMost(ERASURE_S_MAX)),
    ])
}

/// Bytes of all files in a folder and below.
fn bytes_in(folder: &Path) -> Result<u64> {
    let (mut bytes, mut waiting) = (0, vec![folder.to_owned()]);
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder).context("a folder of blobs")? {
            let entry = entry?;
            let about = entry.metadata()?;
            if about.is_dir() {
                waiting.push(entry.path());
            } else {
                bytes += about.len();
            }
        }
    }
    Ok(bytes)
}
