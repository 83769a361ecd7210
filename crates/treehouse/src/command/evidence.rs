//! `treehouse evidence`: what an operator hands to an assessor, an authority or a court.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, ensure};
use clap::Args;
use serde_json::json;
use treehouse_server::app::{evidence, log};
use treehouse_server::config::Config;
use treehouse_server::pack::{self, MANIFEST, Period, SIGNATURE};
use treehouse_server::port::clock::SystemClock;
use treehouse_server::registers::Date;
use treehouse_server::requirements;
use treehouse_server::results::Results;
use treehouse_server::start;

use super::ConfigFile;
use crate::output::{self, Output};

/// Entries of the log between two movements of the bar.
const STEP_COUNT: u64 = 4096;

/// Write the evidence of a time: demands and tests, notices, registers, acts, and the log's proof.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    treehouse evidence --config treehouse.toml --from 2026-01-01 --to 2026-12-31 --out evidence/\n  \
    cargo nextest run --workspace   # with [profile.default.junit] path = \"junit.xml\"\n  \
    treehouse evidence --config treehouse.toml --from 2026-01-01 --to 2026-12-31 --out evidence/ \\\n    \
    --results target/nextest/default/junit.xml\n  \
    treehouse-audit evidence evidence/ --key KEY\n\n\
    It holds no family's data. What came of a test is read from --results; a test that isn't named\n\
    there reads \"not run\". Run it beside the server or without it.")]
pub struct Evidence {
    #[command(flatten)]
    file: ConfigFile,
    /// The first day, such as 2026-01-01
    #[arg(long, value_name = "DAY")]
    from: String,
    /// The last day
    #[arg(long, value_name = "DAY")]
    to: String,
    /// A new or empty folder
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// What came of the tests: a `JUnit` file
    #[arg(long, value_name = "FILE")]
    results: Option<PathBuf>,
}

impl Evidence {
    /// Gathers, signs and writes it.
    ///
    /// # Errors
    /// What went wrong, for people.
    pub async fn run(self, output: Output) -> Result<ExitCode> {
        let day = |text: &str| Date::parse(text).context("must be a day such as 2026-11-22");
        let from = day(&self.from).context("--from")?;
        let to = day(&self.to).context("--to")?;
        let period = Period::new(from.day(), to.day());
        let period =
            period.context("--to must not lie before --from, nor over 20 years after it")?;
        let empty = std::fs::read_dir(&self.out).map_or(true, |mut each| each.next().is_none());
        ensure!(empty, "{} isn't empty; name a new folder", self.out.display());
        let results = self.results.as_deref().map(Results::read).transpose()?;
        let list = requirements::embedded().map_err(|why| anyhow!(why))?;
        let config = Config::read(self.file.path())?;
        let app = start::start(&config, Arc::new(SystemClock)).await?.app;
        // What waits is published first, unless a server does that beside this.
        log::publish(&app).await?;
        let bar = output::count("entries of the log");
        let own = bar.clone();
        let progress = move |done: u64| {
            if done.is_multiple_of(STEP_COUNT) {
                own.set_position(done);
            }
        };
        let found = evidence::collect(&app, period, progress).await;
        bar.finish_and_clear();
        let found = found?;
        let mut pages = pack::pages(&found, list, results.as_ref());
        let (manifest, statement) = pack::statement(&found, &pages);
        let note = app.ledger.sign(statement).context("the deployment's name can't be signed")?;
        pages.insert(MANIFEST.to_owned(), manifest);
        pages.insert(SIGNATURE.to_owned(), note.to_string().into_bytes());
        let written = pack::write(&self.out, &pages);
        written.with_context(|| format!("{} can't be written", self.out.display()))?;
        let value = json!({
            "folder": self.out,
            "files": pages.len(),
            "key": found.log.key,
            "log_size": found.log.size,
            "proven": found.log.proven.len(),
            "versions": found.publications.len(),
            "tests_with_results": results.as_ref().map(Results::count),
        });
        output.answer(&value, |_| {
            let results = results.as_ref().map_or_else(
                || "no results of tests were given".to_owned(),
                |results| format!("results of {} tests", results.count()),
            );
            format!(
                "{} files in {}: {} entries under the checkpoint, {} of them proven, {} versions of \
                 notices and registers, {results}\n  treehouse-audit evidence {} --key '{}'",
                pages.len(),
                self.out.display(),
                found.log.size,
                found.log.proven.len(),
                found.publications.len(),
                self.out.display(),
                found.log.key,
            )
        })?;
        Ok(ExitCode::SUCCESS)
    }
}
