//! The server's figures, each beside its limit or peer: `cargo xtask bench server`.
//!
//! The server is a process of its own, over TLS on this machine, with the embedded store, and
//! everything on: proofs of possession, consent checks, the outer layer. Loads take turns for
//! some rounds, and the median counts. Wall figures move with whatever else the machine does;
//! CPU for each operation, which is the server's alone, moves little.

mod house;
mod ledger;
mod measures;
mod nginx;
mod notices;
mod peers;
mod population;
mod post;
mod retention;
mod scope;
mod serve;
mod table;
mod wire;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result};

use measures::{BLOB_BYTES, Sample, Town};
use nginx::Nginx;
use peers::Pgcrypto;
use serve::{SERVE, Served};
use table::{Figures, Name, Row};

/// Now, for measuring.
#[expect(clippy::disallowed_methods, reason = "a benchmark is about how long things take")]
fn now() -> Instant {
    Instant::now()
}

/// How much of everything in one round.
struct Plan {
    rounds: usize,
    writes: usize,
    reads: usize,
    sign_ins: usize,
    blobs: usize,
    appends: usize,
    peer: usize,
}

const WHOLE: Plan =
    Plan { rounds: 3, writes: 200, reads: 500, sign_ins: 30, blobs: 6, appends: 40, peer: 20 };
const QUICK: Plan =
    Plan { rounds: 1, writes: 60, reads: 150, sign_ins: 8, blobs: 2, appends: 10, peer: 5 };

/// What the command line says.
struct Arguments {
    quick: bool,
    postgres: Option<String>,
    nginx: Option<PathBuf>,
    json: Option<PathBuf>,
    /// Only what these words begin: for looking at one figure with `perf`.
    only: Option<String>,
    /// Something else than the server's speed.
    other: Option<Other>,
    /// How many children, leaves or rows it has; as many as usual without it.
    children: Option<usize>,
    entries: Option<usize>,
    rows: Option<usize>,
}

/// What else can be measured.
#[derive(Clone, Copy)]
enum Other {
    /// Found a population.
    Population,
    /// What the log costs, and the breach scope over a long one.
    Ledger,
    /// Sweeping and erasing.
    Retention,
}

impl Arguments {
    fn read() -> Result<Self> {
        let all: Vec<String> = std::env::args().collect();
        let value = |flag: &str| {
            let at = all.iter().position(|argument| argument == flag)?;
            all.get(at + 1).cloned()
        };
        let quick = all.iter().any(|argument| argument == "--quick");
        let json = value("--json").map(PathBuf::from);
        let others = [
            ("--population", Other::Population),
            ("--ledger", Other::Ledger),
            ("--retention", Other::Retention),
        ];
        let other = others.into_iter().find(|other| all.iter().any(|argument| argument == other.0));
        let other = other.map(|other| other.1);
        let number = |flag: &str| {
            let number = value(flag).map(|number| number.parse()).transpose();
            number.with_context(|| format!("{flag} must be a number"))
        };
        let (children, entries) = (number("--children")?, number("--entries")?);
        let rows = number("--rows")?;
        let (postgres, only) = (value("--postgres"), value("--only"));
        let nginx = value("--nginx").map(PathBuf::from);
        Ok(Self { quick, postgres, nginx, json, only, other, children, entries, rows })
    }
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match arguments.get(1..4) {
        Some([serve, folder, port]) if serve == SERVE => {
            runtime.block_on(serve::serve(Path::new(folder), port.parse()?))
        }
        _ => runtime.block_on(bench(&Arguments::read()?)),
    }
}

async fn bench(arguments: &Arguments) -> Result<()> {
    let plan = if arguments.quick { &QUICK } else { &WHOLE };
    let folder = tempfile::tempdir().context("no folder for the server")?;
    if let Some(other) = arguments.other {
        return measure(other, arguments, folder.path()).await;
    }
    let mut figures = Figures(BTreeMap::new());
    for round in 0..plan.rounds {
        let served = Served::start(&folder.path().join(format!("start-{round}"))).await?;
        figures.note(Name::StartFresh, moment(&served));
        figures.note(Name::Idle, size(served.memory_mib()?));
        drop(served);
        let served = Served::start(&folder.path().join(format!("start-{round}"))).await?;
        figures.note(Name::StartAgain, moment(&served));
    }
    let served = Served::start(&folder.path().join("town")).await?;
    let town = Town::found(served).await?;
    figures.note(Name::Live, size(town.memory_live_mib().await?));
    let mut pgcrypto = match &arguments.postgres {
        Some(address) => Some(Pgcrypto::connect(address).await?),
        None => None,
    };
    let nginx = match &arguments.nginx {
        Some(program) => Some(Nginx::start(program, &town.served).await?),
        None => None,
    };
    for _ in 0..plan.rounds {
        round(&town, plan, arguments.only.as_deref(), &mut figures).await?;
        if let Some(pgcrypto) = &mut pgcrypto {
            figures.note(Name::PgInserts, pgcrypto.inserts(plan.peer).await?);
            figures.note(Name::PgReads, pgcrypto.reads(plan.peer).await?);
        }
        if let Some(nginx) = &nginx {
            let sealed = town.houses[0].seal_blob(BLOB_BYTES)?;
            figures.note(Name::NginxPuts, nginx.uploads(plan.blobs, &sealed).await?);
            figures.note(Name::NginxGets, nginx.reads(plan.reads).await?);
        }
    }
    drop((nginx, town));
    show(&figures.rows(), arguments.json.as_deref())
}

/// Prints a table, and writes it for programs.
fn show(rows: &[Row], json: Option<&Path>) -> Result<()> {
    table::print(rows, std::io::stdout().lock())?;
    json.map_or(Ok(()), |path| Ok(std::fs::write(path, table::json(rows).to_string())?))
}

/// What isn't the server's speed.
async fn measure(other: Other, arguments: &Arguments, folder: &Path) -> Result<()> {
    let (quick, json) = (arguments.quick, arguments.json.as_deref());
    match other {
        Other::Population => {
            let usual = population::children_by_default(quick);
            let children = arguments.children.unwrap_or(usual);
            population::population(folder, children, json).await
        }
        Other::Ledger => {
            let entries = arguments.entries.unwrap_or(scope::entries_by_default(quick));
            let mut rows = match arguments.only.as_deref() {
                Some("scope") => Vec::new(),
                _ => Box::pin(ledger::ledger(&folder.join("ledger"), quick)).await?,
            };
            if arguments.only.as_deref() != Some("append") {
                rows.extend(scope::scope(&folder.join("scope"), entries).await?);
            }
            show(&rows, json)
        }
        Other::Retention => {
            let number = arguments.rows.unwrap_or(retention::rows_by_default(quick));
            let only = arguments.only.as_deref();
            let rows = Box::pin(retention::retention(folder, number, quick, only)).await?;
            show(&rows, json)
        }
    }
}

/// One turn of every load, and of the limits.
async fn round(town: &Town, plan: &Plan, only: Option<&str>, figures: &mut Figures) -> Result<()> {
    let wanted = |word: &str| only.is_none_or(|only| word.starts_with(only));
    let folder = town.served.folder.as_path();
    if wanted("writes") {
        figures.note(Name::Writes, town.writes(plan.writes).await?);
        figures.note(Name::Sqlite, peers::sqlite(folder, plan.writes * 64)?);
    }
    if wanted("reads") {
        figures.note(Name::Reads, town.reads(plan.reads).await?);
    }
    if wanted("session") {
        figures.note(Name::SessionReads, town.reads_with_session(plan.reads).await?);
    }
    if wanted("nothing") {
        figures.note(Name::Nothing, town.nothing(plan.reads).await?);
    }
    if wanted("sign") {
        figures.note(Name::SignIns, town.sign_ins(plan.sign_ins).await?);
        let storm = town.reads_in_storm(plan.sign_ins * 10, plan.sign_ins).await?;
        figures.note(Name::Storm, storm);
    }
    if wanted("blobs") {
        let sealed = town.houses[0].seal_blob(BLOB_BYTES)?;
        figures.note(Name::Uploads, town.uploads(plan.blobs).await?);
        figures.note(Name::Files, peers::files(folder, plan.blobs * 8, &sealed)?);
    }
    if wanted("notices") {
        let [composed, pages, sheets] = notices::measured(100)?;
        figures.note(Name::Notices, composed);
        figures.note(Name::Pages, pages);
        figures.note(Name::Sheets, sheets);
    }
    if wanted("rings") {
        figures.note(Name::Rings, town.rings(plan.appends).await?);
    }
    Ok(())
}

/// How long a start took, as a sample.
fn moment(served: &Served) -> Sample {
    let wait_ms = served.ready_after.as_secs_f64() * 1e3;
    Sample { waits_ms: vec![wait_ms], ..size(f64::NAN) }
}

/// A size, as a sample.
fn size(mib: f64) -> Sample {
    Sample { count: mib, wall_s: 1.0, cpu_s: f64::NAN, waits_ms: Vec::new() }
}
