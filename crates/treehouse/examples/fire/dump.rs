//! A thief who comes through an injected statement: sqlmap empties every table of a database through
//! the planted hole. `treehouse drill --thief` runs it, and searches what it leaves.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use tokio::process::Command;

use crate::hole::{self, Hole};
use crate::proxy;

/// Tables that must have come, at least: a thief who takes less shows nothing.
const TABLES_MIN: usize = 12;
/// Leaves pass through this table on their way into the log: there may be some before and after the
/// thief's look, and none at it.
const PASSING: &str = "leaf_waiting";

/// Takes every table of this database into the folder.
pub async fn run(sqlmap: &Path, hole: Hole, loot: &Path) -> Result<()> {
    let hole = Arc::new(hole);
    let before = contents(&hole).await?;
    let engine = if matches!(*hole, Hole::Sqlite(_)) { "sqlite" } else { "postgresql" };
    let binary = binary_fields(&hole).await?;
    let address = proxy::listen_before(Arc::clone(&hole)).await?;
    let url = format!("http://{address}{}?{}=start", hole::PATH, hole::FIELD);
    let mut command = Command::new(sqlmap);
    command.args(["--url", &url, "--dbms", engine, "--technique", "BEU", "--dump-all"]);
    if let Some(binary) = &binary {
        command.args(["--binary-fields", binary]);
    }
    command.args(["--exclude-sysdbs", "--skip-waf", "--batch"]);
    command.args(["--disable-coloring", "--disable-hashing"]);
    command.args(["--threads", "4"]);
    command.arg("--output-dir").arg(loot).stdin(Stdio::null());
    let log = fs::File::create(loot.join("sqlmap.log"))?;
    let status =
        command.stdout(log).stderr(Stdio::inherit()).status().await.context("no sqlmap")?;
    ensure!(status.success(), "sqlmap could not do its work ({status})");
    let mut taken = BTreeMap::new();
    count_rows(loot, &mut taken)?;
    // The server works meanwhile: a letter more, a waiting link less. What stood there all the time
    // must have come.
    let mut there = contents(&hole).await?;
    there.retain(|table, count| {
        let stood = before.get(table).copied().unwrap_or_default();
        *count = stood.min(*count);
        *count > 0 && table != PASSING
    });
    let total: usize = there.values().sum();
    let (mut tables, mut rows) = (0, 0);
    for (table, count) in &there {
        let got = taken.get(table).copied().unwrap_or_default();
        ensure!(got > 0, "the thief got nothing of {table}, which has {count} rows");
        (tables, rows) = (tables + 1, rows + got.min(*count));
    }
    ensure!(tables >= TABLES_MIN, "only {tables} tables hold anything");
    ensure!(rows * 10 >= total * 9, "the thief got {rows} of {total} rows");
    eprintln!("through an injected statement: {rows} of {total} rows of {tables} tables");
    Ok(())
}

/// How many rows there are in each table that has some.
async fn contents(hole: &Hole) -> Result<BTreeMap<String, usize>> {
    let tables = match hole {
        Hole::Sqlite(_) => "SELECT name FROM sqlite_schema WHERE type = 'table'",
        Hole::Postgres(_) => "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
    };
    let mut there = BTreeMap::new();
    for table in hole.column(tables).await? {
        let count = hole.column(&format!("SELECT count(*) FROM {table}")).await?;
        let count: usize = count.first().context("a count")?.parse()?;
        if count > 0 {
            there.insert(table, count);
        }
    }
    Ok(there)
}

/// The columns whose bytes sqlmap must ask for as digits: as text they would end at the first zero.
/// PostgreSQL gives digits by itself, and asked again it would give the digits of digits.
async fn binary_fields(hole: &Hole) -> Result<Option<String>> {
    const BLOBS: &str = "SELECT DISTINCT c.name FROM sqlite_schema t, pragma_table_info(t.name) c \
                         WHERE t.type = 'table' AND c.type = 'BLOB'";
    match hole {
        Hole::Sqlite(_) => Ok(Some(hole.column(BLOBS).await?.join(","))),
        Hole::Postgres(_) => Ok(None),
    }
}

/// Counts the rows of each table in the lists that sqlmap left.
fn count_rows(folder: &Path, taken: &mut BTreeMap<String, usize>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            count_rows(&path, taken)?;
        } else if path.extension().is_some_and(|ending| ending == "csv") {
            let table = path.file_stem().context("a name")?.to_string_lossy().into_owned();
            // The first line names the columns.
            let rows = fs::read_to_string(&path)?.lines().count().saturating_sub(1);
            *taken.entry(table).or_default() += rows;
        }
    }
    Ok(())
}
