//! `cargo xtask deny`: what may come into the build, by `cargo-deny` and `deny.toml`.
//!
//! Before the real audit, the same program audits a planted project in which
//! every check must complain: an audit that can't fail says nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::cache::Cache;
use crate::setup::tools;
use crate::{environment, process, repository};

/// Where deny.toml looks for the advisory databases.
const PLACE: &str = "TREEHOUSE_ADVISORIES";
/// A database that is already here: a folder or a `.tar.gz` of one.
const GIVEN: &str = "TREEHOUSE_ADVISORY_DB";
/// Where a machine without internet has it, seen from the repository.
const BESIDE: &str = "../shared/data/advisory-db.tar.gz";
const ORIGIN: &str = "https://github.com/rustsec/advisory-db";
/// The folder name that cargo-deny derives from the origin (in lower case).
const FOLDER: &str = "advisory-db-3157b0e258782691";

/// Audits every dependency of the workspace.
pub fn run(cache: &Cache) -> Result<()> {
    let program = tools::deny(cache)?;
    let database = database(cache)?;
    println!("advisories: the newest is of {}", newest(&database)?);
    control(cache, &program)?;
    process::run(process::cargo(cache).args(["fetch", "--locked", "--quiet"]))?;
    process::run(audit(cache, &program).args(["check", "--hide-inclusion-graph"]))
        .context("deny.toml says what is allowed")
}

fn audit(cache: &Cache, program: &Path) -> Command {
    let mut command = process::cargo_program(cache, program);
    // Offline: the database is in place, and nothing else may decide the result.
    command.env(PLACE, cache.advisories()).args(["--offline", "--log-level", "error"]);
    command
}

/// Puts the advisory database into the cache, in the form that cargo-deny wants.
fn database(cache: &Cache) -> Result<PathBuf> {
    let folder = cache.advisories().join(FOLDER);
    let beside = repository::root().join(BESIDE);
    match environment::variable(GIVEN) {
        Some(given) => copy(Path::new(&given), &folder)?,
        None if beside.is_file() => copy(&beside, &folder)?,
        None => clone(&folder)?,
    }
    Ok(folder)
}

fn copy(from: &Path, folder: &Path) -> Result<()> {
    remove(folder)?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    if from.is_dir() {
        process::run(Command::new("cp").arg("-R").arg(from.join(".")).arg(folder))?;
    } else {
        process::run(Command::new("tar").arg("-xzf").arg(from).arg("-C").arg(folder))
            .with_context(|| format!("{} is no advisory database", from.display()))?;
    }
    // cargo-deny reads only git clones. The commit says nothing about the age
    // of the data, which is why the newest advisory's date is printed.
    remove(&folder.join(".git"))?;
    git(folder, &["init", "--quiet"])?;
    git(folder, &["add", "--all"])?;
    git(folder, &["commit", "--quiet", "--message", "Copied"])?;
    fs::write(folder.join(".git/FETCH_HEAD"), "").context("cannot write FETCH_HEAD")
}

fn clone(folder: &Path) -> Result<()> {
    // A leftover of a copied database has no origin to fetch from.
    remove(folder)?;
    println!("fetching: {ORIGIN} (known vulnerabilities)");
    let mut command = Command::new("git");
    command.args(["clone", "--quiet", "--depth", "1", ORIGIN]).arg(folder);
    process::run(&mut command).with_context(|| {
        format!(
            "no advisory database; go online, or set {GIVEN} to a folder or .tar.gz of {ORIGIN}"
        )
    })?;
    fs::write(folder.join(".git/FETCH_HEAD"), "").context("cannot write FETCH_HEAD")
}

fn git(folder: &Path, arguments: &[&str]) -> Result<()> {
    process::run(
        Command::new("git")
            .current_dir(folder)
            .args(["-c", "user.name=xtask", "-c", "user.email=xtask@localhost"])
            .args(["-c", "commit.gpgsign=false", "-c", "gc.auto=0"])
            .args(arguments),
    )
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot delete {}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// The date of the newest advisory: how old the data is, whatever the clone says.
fn newest(database: &Path) -> Result<String> {
    let mut dates = Vec::new();
    let crates = database.join("crates");
    for folder in fs::read_dir(&crates).context("the advisory database has no folder `crates`")? {
        let folder = folder.context("cannot list the advisory database")?.path();
        for file in fs::read_dir(&folder).into_iter().flatten().flatten() {
            dates.extend(fs::read_to_string(file.path()).ok().as_deref().and_then(date));
        }
    }
    dates.into_iter().max().context("the advisory database holds no advisory")
}

fn date(advisory: &str) -> Option<String> {
    let line = advisory.lines().find_map(|line| line.strip_prefix("date = \""))?;
    Some(line.trim_end_matches('"').to_owned())
}

/// Audits a project in which everything is wrong, and fails if anything passes.
fn control(cache: &Cache, program: &Path) -> Result<()> {
    let folder = cache.advisories().join("planted");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let manifest = folder.join("Cargo.toml");
    let text = "[package]\nname = \"planted\"\nversion = \"0.1.0\"\n";
    fs::write(&manifest, text).context("cannot write the planted manifest")?;
    let metadata = folder.join("metadata.json");
    fs::write(&metadata, planted(&folder).to_string()).context("cannot write planted metadata")?;
    let output = audit(cache, program)
        .arg("--metadata-path")
        .arg(&metadata)
        .arg("--config")
        .arg(repository::root().join("deny.toml"))
        .args(["--format", "json", "check"])
        .output()
        .context("cannot run cargo-deny")?;
    let report = String::from_utf8_lossy(&output.stderr);
    let Some(what) = passed_over(&report) else {
        return Ok(());
    };
    let kept = folder.join("report.json");
    fs::write(&kept, report.as_bytes())
        .context("cannot write the report of the planted project")?;
    bail!(
        "the audit passes over a planted {what}, so it proves nothing; it said {}",
        kept.display()
    )
}

/// The first planted fault that a report doesn't name.
fn passed_over(report: &str) -> Option<&'static str> {
    const EXPECTED: [(&str, &str); 4] = [
        ("vulnerability", "RUSTSEC-2020-0071"),
        ("banned crate", "\"banned\""),
        ("licence", "\"rejected\""),
        ("source", "\"source-not-allowed\""),
    ];
    EXPECTED.iter().find(|(_, sign)| !report.contains(sign)).map(|(what, _)| *what)
}

/// What `cargo metadata` would say of a project with a vulnerable crate, a
/// banned one, and one from elsewhere under a licence that isn't allowed.
fn planted(folder: &Path) -> Value {
    const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";
    const ELSEWHERE: &str =
        "git+https://example.org/elsewhere#0123456789012345678901234567890123456789";
    let manifest = folder.join("Cargo.toml");
    let parts = [
        ("time", "0.1.42", "MIT", REGISTRY),
        ("openssl", "0.10.70", "Apache-2.0", REGISTRY),
        ("elsewhere", "1.0.0", "AGPL-3.0-only", ELSEWHERE),
    ];
    let id = |name: &str, version: &str, source: &str| format!("{source}#{name}@{version}");
    let root = id("planted", "0.1.0", "path+file:///planted");
    let package = |id: &str, name: &str, version: &str, licence: &str, source: Value| {
        json!({
            "id": id, "name": name, "version": version, "license": licence, "source": source,
            "license_file": null, "description": null, "dependencies": [], "targets": [],
            "features": {}, "manifest_path": manifest, "metadata": null, "publish": null,
            "authors": [], "categories": [], "keywords": [], "readme": null, "repository": null,
            "homepage": null, "documentation": null, "edition": "2021", "links": null,
            "default_run": null, "rust_version": null,
        })
    };
    let mut packages = vec![package(&root, "planted", "0.1.0", "MIT", Value::Null)];
    packages[0]["dependencies"] = parts.iter().map(dependency).collect();
    let mut nodes = Vec::new();
    let mut links = Vec::new();
    for (name, version, licence, source) in parts {
        let id = id(name, version, source);
        packages.push(package(&id, name, version, licence, json!(source)));
        nodes.push(json!({ "id": id, "dependencies": [], "deps": [], "features": [] }));
        links.push(json!({
            "name": name, "pkg": id, "dep_kinds": [{ "kind": null, "target": null }],
        }));
    }
    let below: Vec<Value> = links.iter().map(|link| link["pkg"].clone()).collect();
    nodes.push(json!({ "id": root, "dependencies": below, "deps": links, "features": [] }));
    json!({
        "packages": packages, "workspace_members": [root], "workspace_default_members": [root],
        "resolve": { "nodes": nodes, "root": root }, "target_directory": folder,
        "version": 1, "workspace_root": folder, "metadata": null,
    })
}

fn dependency((name, version, _, source): &(&str, &str, &str, &str)) -> Value {
    json!({
        "name": name, "source": source, "req": format!("={version}"), "kind": null,
        "rename": null, "optional": false, "uses_default_features": true, "features": [],
        "target": null, "registry": null,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_that_lacks_one_fault_is_not_enough() {
        let full = r#"RUSTSEC-2020-0071 "banned" "rejected" "source-not-allowed""#;
        assert_eq!(passed_over(full), None);
        assert_eq!(passed_over(&full.replace("RUSTSEC-2020-0071", "")), Some("vulnerability"));
        assert_eq!(passed_over(""), Some("vulnerability"));
    }

    #[test]
    fn the_planted_project_holds_every_fault() {
        let text = planted(Path::new("planted")).to_string();
        for name in ["time@0.1.42", "openssl@0.10.70", "AGPL-3.0-only", "git+https"] {
            assert!(text.contains(name), "{name}");
        }
    }

    #[test]
    fn the_date_of_an_advisory_is_read() {
        assert_eq!(date("[advisory]\ndate = \"2026-08-21\"\n").as_deref(), Some("2026-08-21"));
    }
}
