//! `treehouse drill`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use treehouse_client::Server;
use treehouse_protocol::PLANTED_PLAINTEXT;
use treehouse_server::port::clock::{Clock, SystemClock};
use treehouse_server::random;

use crate::drill::canary::Cage;
use crate::drill::families::Families;
use crate::drill::hidden;
use crate::drill::loot::{self, Piece, PostgresFiles, Taken};
use crate::drill::network::Capture;
use crate::drill::report::{Report, Row};
use crate::drill::search::{Found, Search};
use crate::drill::target::{Postgres, Target};
use crate::drill::thief::{self, Learned};
use crate::output::Output;

const CANARIES_MIN: usize = 50;

/// Steals everything from a server of its own, and searches it for what it planted before.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  treehouse drill\n  treehouse drill --canaries 10000\n  \
    treehouse drill --keep loot          # look for yourself: grep, sqlite3, strings\n  \
    treehouse drill --json | jq .passed\n\n\
    It starts a server of its own in a fresh folder and touches no other. docs/drill.md says how \
    to read the table.\n\n\
    Exit codes:\n  0  all was stolen, and nothing was found that mustn't be there\n  \
    1  something lies open, or couldn't be tried; the report says what")]
pub struct Drill {
    /// Canaries to plant, at least
    #[arg(long, default_value_t = 1000, value_name = "N")]
    canaries: usize,
    /// Keep what was stolen, in this folder, which must not exist
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
    /// Attack a server that seals nothing, and pass only if every canary is found. Needs a build
    /// of its own: `cargo build -p treehouse --features planted-plaintext`
    #[arg(long)]
    control: bool,
    /// Capture all networks of this machine meanwhile, too. Needs tcpdump, and root
    #[arg(long)]
    capture: bool,
    /// Let another thief in: a program and its arguments, to which `--database FILE` (with
    /// PostgreSQL `--postgres FILE`) and `--loot FOLDER` are added. What it leaves is searched, too
    #[arg(long, value_name = "WORD", num_args = 1.., allow_hyphen_values = true, value_terminator = ";")]
    thief: Vec<String>,
    /// A file with the address of a PostgreSQL database, for a drill without the embedded store
    #[arg(long, value_name = "FILE", requires_all = ["key_store_postgres", "postgres_folder"])]
    postgres: Option<PathBuf>,
    /// The same for the key store
    #[arg(long, value_name = "FILE", requires = "postgres")]
    key_store_postgres: Option<PathBuf>,
    /// The folder in which that PostgreSQL keeps its files
    #[arg(long, value_name = "FOLDER", requires = "postgres")]
    postgres_folder: Option<PathBuf>,
}

impl Drill {
    /// Plants, steals, searches and reports.
    ///
    /// # Errors
    /// The server can't be started or a folder not be used. What was found is no error.
    pub async fn run(self, output: Output) -> Result<ExitCode> {
        ensure!(self.canaries >= CANARIES_MIN, "--canaries must be at least {CANARIES_MIN}");
        match (self.control, PLANTED_PLAINTEXT) {
            (true, false) => bail!(
                "--control needs a program that seals nothing: `cargo run -p treehouse --features \
                 planted-plaintext -- drill --control`"
            ),
            (false, true) => bail!("this program seals NOTHING; it can only run with --control"),
            _ => {}
        }
        let scratch = tempfile::tempdir().context("there is no place for temporary files")?;
        let stolen = match &self.keep {
            Some(folder) => {
                ensure!(!folder.exists(), "the folder of --keep must not exist");
                folder.clone()
            }
            None => scratch.path().join("stolen"),
        };
        std::fs::create_dir_all(&stolen).context("the folder for the loot can't be made")?;
        let report = Box::pin(self.attack(scratch.path(), &stolen)).await?;
        let passed = report.passed;
        output.answer(&report, Report::text)?;
        Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn postgres(&self) -> Option<PostgresFiles> {
        let (database, key_store) = (self.postgres.clone()?, self.key_store_postgres.clone()?);
        let folder = self.postgres_folder.clone()?;
        Some(PostgresFiles { addresses: Postgres { database, key_store }, folder })
    }

    async fn attack(&self, scratch: &Path, stolen: &Path) -> Result<Report> {
        let begun = SystemClock.now();
        let postgres = self.postgres();
        let addresses = postgres.as_ref().map(|files| &files.addresses);
        let target = Target::start(&scratch.join("server"), addresses)?;
        let server = target.connect().await?;
        let toys = scratch.join("toys");
        let capture = self.capture.then(|| Capture::begin(stolen));
        let mut families = self.plant(&target, &toys).await?;
        let mut taken = vec![steal_busy(&target, &mut families, stolen)?];
        taken.push(loot::memory(&target, Piece::MemoryAfter, stolen));
        taken.splice(0..0, loot::disks(&target, postgres.as_ref(), stolen)?);
        if let Some(capture) = capture {
            taken.push(Taken { piece: Piece::Network, place: capture.and_then(Capture::end) });
        }
        if !self.thief.is_empty() {
            taken.push(loot::other(&self.thief, &target, postgres.as_ref(), stolen)?);
        }
        let metadata = match postgres {
            None => self.read(&server, stolen, &scratch.join("read")).await?,
            Some(_) => Vec::new(),
        };
        let (count, cage) = (families.len(), families.cage);
        // The thief has what he wanted.
        drop(target);
        let search = Search::new(cage.all())?;
        let (rows, on_disks) = search_all(&search, &cage, &taken)?;
        let straw = straw(&rows, &taken)?;
        let hay = scratch.join("hay");
        let control = hidden::run(&cage, &search, straw, &hay, &mut random::rng())?;
        let on_no_disk = cage.len() - on_disks.len();
        let clean = rows.iter().all(|row| !row.leaks() && row.not_tried.is_none());
        let found_all = on_no_disk == 0;
        let passed =
            control.found == control.hidden && if self.control { found_all } else { clean };
        Ok(Report {
            passed,
            control: self.control,
            canaries: cage.len(),
            families: count,
            planted: Report::planted(&cage),
            patterns: search.len(),
            loot: rows,
            search_control: control,
            on_no_disk,
            metadata,
            seconds: (SystemClock.now().0 - begun.0).unsigned_abs() / 1000,
        })
    }

    /// Adds families until there are enough canaries.
    async fn plant<'t>(&self, target: &'t Target, toys: &'t Path) -> Result<Families<'t>> {
        let bar = bar("canaries planted", self.canaries as u64)?;
        let mut families = Families::new(target, toys);
        while families.cage.len() < self.canaries {
            Box::pin(families.add()).await.context("a family couldn't do what families do")?;
            bar.set_position(families.cage.len() as u64);
        }
        bar.finish_and_clear();
        Ok(families)
    }

    /// Reads the stolen database, in a copy: reading would change it.
    async fn read(&self, server: &Server, stolen: &Path, copy: &Path) -> Result<Vec<Learned>> {
        std::fs::create_dir_all(copy)?;
        let database = copy.join("treehouse.db");
        std::fs::copy(stolen.join("database/treehouse.db"), &database)?;
        let log = stolen.join("wal/treehouse.db-wal");
        if log.exists() {
            std::fs::copy(log, copy.join("treehouse.db-wal"))?;
        }
        thief::read(&database, server.trust(), server.check().await?)
    }
}

/// Takes the memory while every family looks at what it has.
fn steal_busy(target: &Target, families: &mut Families<'_>, stolen: &Path) -> Result<Taken> {
    tokio::task::block_in_place(|| {
        std::thread::scope(|scope| {
            let dump = scope.spawn(|| loot::memory(target, Piece::MemoryBusy, stolen));
            let runtime = tokio::runtime::Handle::current();
            let mut home = 0;
            // At least one whole round, and as long as the thief needs.
            while home < families.len() || !dump.is_finished() {
                runtime.block_on(families.look(home % families.len()))?;
                home += 1;
            }
            dump.join().map_err(|_| anyhow::anyhow!("the memory couldn't be dumped"))
        })
    })
}

/// Answers what was found in each piece, and all that was found on disks.
fn search_all(search: &Search, cage: &Cage, taken: &[Taken]) -> Result<(Vec<Row>, Found)> {
    let bytes = taken.iter().filter_map(|taken| Some(weigh(taken.place.as_ref().ok()?))).sum();
    let bar = bar("bytes searched", bytes)?;
    let (mut rows, mut on_disks) = (Vec::new(), Found::new());
    for Taken { piece, place } in taken {
        let row = match place {
            Ok(path) => {
                let mut found = Found::new();
                let bytes = search.path(path, &mut found, &mut |bytes| bar.inc(bytes))?;
                let row = Row::searched(*piece, bytes, &found, cage);
                if piece.is_on_disk() {
                    on_disks.append(&mut found);
                }
                row
            }
            Err(why) => Row::not_tried(*piece, why.clone()),
        };
        rows.push(row);
    }
    bar.finish_and_clear();
    Ok((rows, on_disks))
}

/// The first piece in which nothing was found: what is found in it later was hidden there.
fn straw<'t>(rows: &[Row], taken: &'t [Taken]) -> Result<&'t Path> {
    let clean = rows.iter().zip(taken).filter(|(row, _)| row.found.is_empty());
    let mut places = clean.filter_map(|(_, taken)| taken.place.as_deref().ok());
    places.next().context("canaries lie in everything that was stolen")
}

fn weigh(path: &Path) -> u64 {
    if !path.is_dir() {
        return path.metadata().map_or(0, |file| file.len());
    }
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    entries.map(|entry| weigh(&entry.path())).sum()
}

fn bar(what: &str, length: u64) -> Result<ProgressBar> {
    let bar = ProgressBar::new(length);
    let template = format!("  {{bar:30}} {{pos}}/{{len}} {what}");
    bar.set_style(ProgressStyle::with_template(&template)?);
    Ok(bar)
}
