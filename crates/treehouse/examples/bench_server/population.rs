//! A population of the shape of the breach of 2015, founded by real clients over TLS:
//! `cargo xtask bench population`.
//!
//! Every family opens an account, confirms by letter, founds its chain, adds its children with keys
//! for every category, links a toy, and stores a record. Meanwhile others read. The clients' work
//! and the server's share the machine; the server's CPU is counted apart.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use treehouse_protocol::registry::{Category, Coded as _};

use crate::house::House;
use crate::measures::{Sample, count};
use crate::now;
use crate::serve::Served;

/// Accounts of parents that were taken in 2015.
const PARENTS: usize = 4_854_209;
/// Profiles of children that were.
const CHILDREN: usize = 6_368_509;
/// Parts of the run, each with a line of its own: what grows faster than the population shows.
const STAGES: usize = 10;
/// Clients that found families at once.
const FOUNDERS: usize = 32;
/// Families whose toys read while others are founded.
const READERS_MAX: usize = 500;
/// Pause between two reads, in milliseconds.
const READ_EACH_MS: u64 = 5;

/// How many children a run has, unless somebody says.
pub const fn children_by_default(quick: bool) -> usize {
    if quick { CHILDREN / 5_000 } else { CHILDREN / 100 }
}

/// What one part of the run came to.
struct Stage {
    families: usize,
    children: usize,
    founding: Sample,
    rows: i64,
    /// More than before the first family.
    bytes: u64,
    reads: Sample,
}

impl Stage {
    fn bytes_per_child(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52 bytes")]
        let bytes = self.bytes as f64;
        bytes / count(self.children)
    }

    fn json(&self, rows_before: i64) -> Value {
        json!({
            "families": self.families,
            "children": self.children,
            "families_per_second": self.founding.per_second(),
            "rows_per_second": rows_per_second(self, rows_before),
            "server_cpu_us_per_family": self.founding.cpu_us(),
            "bytes_per_child": self.bytes_per_child(),
            "read_p50_ms": self.reads.wait_ms(50),
            "read_p99_ms": self.reads.wait_ms(99),
        })
    }
}

/// The number of children before this family, so that all have as many as in 2015.
const fn children_before(family: usize) -> usize {
    family * CHILDREN / PARENTS
}

/// Founds a population with so many children, prints a line for each part of it, and what the
/// whole of 2015 would take.
pub async fn population(folder: &Path, children: usize, json: Option<&Path>) -> Result<()> {
    let out = &mut std::io::stdout().lock();
    let served = Arc::new(Served::start(folder).await?);
    let families = (children * PARENTS).div_ceil(CHILDREN).max(STAGES);
    writeln!(
        out,
        "{families} families, {children} children: {:.2} % of 2015. Clients share the machine.\n\n\
         {:>9} {:>9} {:>10} {:>8} {:>12} {:>10} {:>9} {:>9}",
        count(children) / count(CHILDREN) * 100.0,
        "families",
        "children",
        "families/s",
        "rows/s",
        "server CPU",
        "B/child",
        "read p50",
        "p99",
    )?;
    let (mut houses, mut stages) = (Vec::new(), Vec::<Stage>::new());
    let empty = stored(&served.folder)?;
    let mut rows = empty.0;
    for number in 0..STAGES {
        let part = families * number / STAGES..families * (number + 1) / STAGES;
        let stage = found(&served, part, empty.1, &mut houses).await?;
        line(out, &stage, rows)?;
        rows = stage.rows;
        stages.push(stage);
    }
    outlook(out, &stages)?;
    if let Some(path) = json {
        let before = std::iter::once(empty.0).chain(stages.iter().map(|stage| stage.rows));
        let lines: Vec<Value> =
            stages.iter().zip(before).map(|(stage, rows)| stage.json(rows)).collect();
        std::fs::write(path, json!({ "population": lines }).to_string())?;
    }
    Ok(())
}

/// Founds these families, while the toys of some that are there read.
async fn found(
    served: &Arc<Served>,
    part: std::ops::Range<usize>,
    bytes_before: u64,
    houses: &mut Vec<Arc<House>>,
) -> Result<Stage> {
    let last = part.end;
    let every = (part.len() * STAGES).div_ceil(READERS_MAX);
    let next = Arc::new(AtomicUsize::new(part.start));
    let ended = Arc::new(AtomicBool::new(false));
    let readers = houses.clone();
    let reading = tokio::spawn(read(Arc::clone(served), readers, Arc::clone(&ended)));
    let (began, cpu_s) = (now(), served.cpu_s()?);
    let mut founders = JoinSet::new();
    for _ in 0..FOUNDERS {
        let (served, next) = (Arc::clone(served), Arc::clone(&next));
        founders.spawn(async move {
            let categories: Vec<Category> = Category::ALL.iter().map(|row| row.0).collect();
            let mut kept = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= last {
                    return anyhow::Ok(kept);
                }
                let children = children_before(number + 1) - children_before(number);
                let house =
                    Box::pin(House::found_with(&served, number, children, &categories)).await?;
                if number % every == 0 {
                    kept.push(Arc::new(house));
                }
            }
        });
    }
    while let Some(kept) = founders.join_next().await {
        houses.extend(kept??);
    }
    let founding = Sample {
        count: count(part.len()),
        wall_s: began.elapsed().as_secs_f64(),
        cpu_s: served.cpu_s()? - cpu_s,
        waits_ms: Vec::new(),
    };
    ended.store(true, Ordering::Relaxed);
    let reads = reading.await??;
    let (rows, bytes) = stored(&served.folder)?;
    let bytes = bytes.saturating_sub(bytes_before);
    Ok(Stage { families: last, children: children_before(last), founding, rows, bytes, reads })
}

/// Toys read their records, one after the other, until it's over.
async fn read(
    served: Arc<Served>,
    houses: Vec<Arc<House>>,
    ended: Arc<AtomicBool>,
) -> Result<Sample> {
    let mut sample = Sample::default();
    let Some(first) = houses.first() else {
        return Ok(sample);
    };
    let (url, mut wire) = (served.url(), served.connect().await?);
    let mut nonce = first.nonce(&mut wire, &served).await?;
    for house in houses.iter().cycle() {
        if ended.load(Ordering::Relaxed) {
            break;
        }
        let request = house.read(&url, &nonce);
        let began = now();
        let answer = wire.exchange(&request).await?;
        if answer.status == 200 {
            sample.waits_ms.push(began.elapsed().as_secs_f64() * 1e3);
        } else {
            // A nonce counts for some minutes.
            nonce = house.nonce(&mut wire, &served).await?;
        }
        tokio::time::sleep(Duration::from_millis(READ_EACH_MS)).await;
    }
    sample.count = count(sample.waits_ms.len());
    Ok(sample)
}

/// Rows in both databases, and bytes of all that is kept but letters.
fn stored(folder: &Path) -> Result<(i64, u64)> {
    const TABLES: &str = "SELECT name FROM sqlite_schema WHERE type = 'table'";
    let (mut rows, mut bytes, mut waiting) =
        (0, 0, vec![folder.join("store"), folder.join("blobs")]);
    while let Some(path) = waiting.pop() {
        for entry in std::fs::read_dir(&path)? {
            let entry = entry?;
            let (path, about) = (entry.path(), entry.metadata()?);
            if about.is_dir() {
                waiting.push(path);
                continue;
            }
            bytes += about.len();
            if path.extension().is_some_and(|extension| extension == "db") {
                let db = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
                let tables: Vec<String> = db
                    .prepare(TABLES)?
                    .query_map([], |row| row.get(0))?
                    .collect::<Result<_, _>>()?;
                for table in tables {
                    let sql = format!("SELECT COUNT(*) FROM \"{table}\"");
                    rows += db.query_row(&sql, [], |row| row.get::<_, i64>(0))?;
                }
            }
        }
    }
    Ok((rows, bytes))
}

fn rows_per_second(stage: &Stage, rows_before: i64) -> f64 {
    let rows = usize::try_from(stage.rows - rows_before).unwrap_or(0);
    count(rows) / stage.founding.wall_s
}

fn line(out: &mut impl Write, stage: &Stage, rows_before: i64) -> Result<()> {
    // Nobody reads before there is anything to read.
    let wait = |percent| match stage.reads.wait_ms(percent) {
        ms if ms.is_nan() => "–".to_owned(),
        ms => format!("{ms:.1} ms"),
    };
    writeln!(
        out,
        "{:>9} {:>9} {:>10.1} {:>8.0} {:>9.0} us {:>10.0} {:>9} {:>9}",
        stage.families,
        stage.children,
        stage.founding.per_second(),
        rows_per_second(stage, rows_before),
        stage.founding.cpu_us(),
        stage.bytes_per_child(),
        wait(50),
        wait(99),
    )?;
    Ok(())
}

/// What the whole of 2015 takes, if it goes on as it went; and whether it did go on evenly.
fn outlook(out: &mut impl Write, stages: &[Stage]) -> Result<()> {
    let last = stages.last().context("there were stages")?;
    let wall_s: f64 = stages.iter().map(|stage| stage.founding.wall_s).sum();
    let cpu_s: f64 = stages.iter().map(|stage| stage.founding.cpu_s).sum();
    let (families, parents) = (count(last.families), count(PARENTS));
    let hours = |seconds: f64| seconds / families * parents / 3600.0;
    let halves = stages.split_at(stages.len() / 2);
    let cost = |stages: &[Stage]| {
        let cpu: f64 = stages.iter().map(|stage| stage.founding.cpu_s).sum();
        let founded: f64 = stages.iter().map(|stage| stage.founding.count).sum();
        cpu / founded
    };
    writeln!(
        out,
        "\nBy a straight line through these: {PARENTS} families take {:.1} hours with the clients on \
         this machine,\n{:.1} hours of one core of the server alone, and {:.1} GiB. The second half cost \
         {:.2} times the CPU\nof the first for each family; 1.00 is a straight line.",
        hours(wall_s),
        hours(cpu_s),
        last.bytes_per_child() * count(CHILDREN) / f64::from(1 << 30),
        cost(halves.1) / cost(halves.0),
    )?;
    Ok(())
}
