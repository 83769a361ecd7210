//! SQL injection: sqlmap tries every field of every operation, through the proxy that proves who
//! asks, and must find the one hole that was planted among them, and no other.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::Ordering;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::hole::{self, Hole};
use crate::house::House;
use crate::proxy::Proxy;
use crate::serve::Place;

/// Where sqlmap lists what it found.
const RESULTS: &str = "sqlmap.csv";
/// Requests for each operation that it takes to have tried its fields.
const REQUESTS_MIN: usize = 20;

/// Requests that must not have been refused: those that sqlmap sends before it changes them, to
/// operations that take an example. Statements in a name or a number are refused as such.
const TAKEN_MIN: usize = 15;

/// How much is done.
pub struct Plan<'p> {
    /// The program.
    pub sqlmap: &'p Path,
    /// sqlmap's `--level`, from 1 to 5: how many places and forms of injection it tries.
    pub level: usize,
    /// sqlmap's `--risk`, from 1 to 3.
    pub risk: usize,
}

/// Attacks every operation and the planted hole at once.
pub async fn run(place: &Place, plan: &Plan<'_>) -> Result<()> {
    let served = place.serve().await?;
    let document = served.connect().await?.get("/v1/openapi.json", "").await?.json()?;
    let (ada, ben) = (House::found(&served, 0).await?, House::found(&served, 1).await?);
    let (document, operations) = targets(&document, &ada)?;
    fs::write(place.folder.join("targets.json"), document.to_string())?;
    let hole = match &place.databases {
        None => Hole::into_sqlite(&place.database())?,
        Some(databases) => Hole::into_postgres(&databases.data).await?,
    };
    let proxy = Proxy::new(&served, ada, ben, Some(hole));
    let address = proxy.clone().listen().await?;
    sqlmap(place, plan, &format!("http://{address}")).await?;
    let found = found(&fs::read_to_string(place.folder.join(RESULTS))?);
    let requests = proxy.count.load(Ordering::Relaxed);
    let real: Vec<&String> = found.iter().filter(|url| !url.contains(hole::PATH)).collect();
    ensure!(real.is_empty(), "statements can be injected: {real:?}");
    ensure!(!found.is_empty(), "control: the planted hole wasn't found");
    println!("control: the planted hole was found");
    ensure!(requests > operations * REQUESTS_MIN, "only {requests} requests were sent");
    let log = fs::read_to_string(place.folder.join("sqlmap.log"))?;
    let skipped = log.lines().find(|line| line.contains("skipping '"));
    ensure!(skipped.is_none(), "sqlmap left something out: {skipped:?}");
    let taken = proxy.taken.load(Ordering::Relaxed);
    ensure!(taken >= TAKEN_MIN, "only {taken} requests weren't refused: who asks isn't proven");
    println!(
        "{}: {requests} requests with statements in every field of {operations} operations, level \
         {} and risk {}; {taken} requests did what they ask for, and none was injected",
        place.engine(),
        plan.level,
        plan.risk
    );
    Ok(())
}

async fn sqlmap(place: &Place, plan: &Plan<'_>, url: &str) -> Result<()> {
    let engine = if place.databases.is_some() { "postgresql" } else { "sqlite" };
    let log = fs::File::create(place.folder.join("sqlmap.log"))?;
    let mut command = Command::new(plan.sqlmap);
    command.current_dir(&place.folder).args(["--openapi", "targets.json", "--openapi-base", url]);
    command.args(["--headers", "Authorization: Bearer ada", "--dbms", engine]);
    command.args(["--level", &plan.level.to_string(), "--risk", &plan.risk.to_string()]);
    // Without statements that wait: a busy machine would look like a hole.
    command.args(["--technique", "BEU", "--threads", "2", "--results-file", RESULTS]);
    // Refusals are what most requests get, and are compared like all answers.
    command.args(["--ignore-code", "*", "--skip-waf", "--batch", "--disable-coloring"]);
    // It would stop at the first hole of a host, which is the planted one.
    command.args(["--answers", "skip further tests=N"]);
    command.args(["--flush-session", "--output-dir", "sqlmap"]);
    let output = command.stdin(Stdio::null()).stdout(log).stderr(Stdio::inherit()).status();
    let status = output.await.context("no sqlmap")?;
    // What it found doesn't show in its status; whether it ran does.
    ensure!(status.success(), "sqlmap could not do its work ({status})");
    Ok(())
}

/// The addresses in sqlmap's list in which something can be injected.
fn found(list: &str) -> BTreeSet<String> {
    // Target URL, Place, Parameter, Technique(s), Note(s); a row without a technique found nothing.
    let rows = list.lines().skip(1).filter_map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        let technique = cells.get(3).is_some_and(|technique| !technique.is_empty());
        technique.then(|| cells[0].to_owned())
    });
    rows.collect()
}

/// The operations that have a field, each with what is there in it, and the planted hole; how many
/// there are.
fn targets(document: &Value, ada: &House) -> Result<(Value, usize)> {
    let mut document = document.clone();
    let known = [
        ("family", ada.family.to_string()),
        ("child", ada.child.to_string()),
        ("record", ada.record.to_string()),
        ("category", "photos".to_owned()),
        ("kind", "direct".to_owned()),
        ("lang", "en".to_owned()),
    ];
    let paths = document["paths"].as_object_mut().context("a document has paths")?;
    let mut count = 0;
    for item in paths.values_mut() {
        let item = item.as_object_mut().context("a path has operations")?;
        item.retain(|_, operation| {
            operation["parameters"].is_array() || operation["requestBody"].is_object()
        });
        count += item.len();
        for operation in item.values_mut() {
            for parameter in operation["parameters"].as_array_mut().into_iter().flatten() {
                let here = known.iter().find(|(name, _)| parameter["name"] == *name);
                if let Some((_, value)) = here {
                    parameter["example"] = json!(value);
                }
            }
        }
    }
    let field = json!({ "name": hole::FIELD, "in": "query", "example": "start" });
    paths.insert(hole::PATH.to_owned(), json!({ "get": { "parameters": [field] } }));
    Ok((document, count))
}
