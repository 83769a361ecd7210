//! npm packages of the web app, the browser journeys and the JavaScript peers.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::cache::Cache;
use crate::process;
use crate::repository;
use crate::setup::stamp;

/// The folder of the JavaScript peers.
pub const PEERS: &str = "crates/protocol/tests/peers";
/// The folder of the browser journeys.
pub const JOURNEYS: &str = "e2e";
/// The folder of the web app.
pub const WEB: &str = "web";

const LOCK: &str = "package-lock.json";

/// Installs the packages of every folder that has a lock file.
pub fn install_all(cache: &Cache) -> Result<()> {
    let files = repository::files()?;
    let folders = files.iter().filter_map(|path| path.strip_suffix(LOCK));
    for folder in folders {
        install(cache, folder.trim_end_matches('/'))?;
    }
    Ok(())
}

/// Installs the packages of one folder and gives its `node_modules`.
///
/// A folder whose lock file hasn't changed since is left as it is.
pub fn install(cache: &Cache, folder: &str) -> Result<PathBuf> {
    let path = repository::root().join(folder);
    if !path.join(LOCK).is_file() {
        bail!("{folder}/{LOCK} is missing; it pins the npm packages of {folder}");
    }
    let modules = path.join("node_modules");
    let marker = modules.join(".treehouse-stamp");
    let fingerprint = fingerprint(&path)?;
    if stamp::is_fresh(&marker, &fingerprint) {
        return Ok(modules);
    }
    println!("installing: npm packages of {folder} ({LOCK} is new or has changed)");
    process::run(
        Command::new("npm").current_dir(&path).env("npm_config_cache", cache.npm()).args([
            "ci",
            "--prefer-offline",
            "--no-audit",
            "--no-fund",
        ]),
    )?;
    fs::create_dir_all(&modules).with_context(|| format!("cannot make {}", modules.display()))?;
    stamp::write(&marker, &fingerprint)?;
    Ok(modules)
}

fn fingerprint(folder: &Path) -> Result<String> {
    let read = |name: &str| {
        let file = folder.join(name);
        fs::read(&file).with_context(|| format!("cannot read {}", file.display()))
    };
    let version = process::capture(Command::new("node").arg("--version"))?;
    Ok(stamp::fingerprint(&[&read(LOCK)?, &read("package.json")?, version.as_bytes()]))
}
