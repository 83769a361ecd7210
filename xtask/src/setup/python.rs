//! The Python environments that tests use: peers of the protocol, and servers.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::cache::Cache;
use crate::process;
use crate::repository;
use crate::setup::stamp;

/// Packages of the Python peers, with exact versions.
const PEERS: &str = "crates/protocol/tests/peers/requirements.txt";
/// Real servers that the server's tests talk to, with exact versions.
const SERVERS: &str = "crates/server/tests/ports/requirements.txt";
/// Readers of the service's OpenAPI document, with exact versions.
const OPENAPI: &str = "crates/server/tests/openapi/requirements.txt";
/// Programs that attack a running server, with exact versions.
const FIRE: &str = "crates/treehouse/examples/fire/requirements.txt";
/// Reads the list of parts of a release, with exact versions.
const SBOM: &str = "xtask/src/release/requirements.txt";

/// The Python that has the peers' packages; makes its environment if need be.
pub fn peers(cache: &Cache) -> Result<PathBuf> {
    environment(cache, "peers", PEERS)
}

/// The Python that has the servers' packages; programs of theirs stand beside it.
pub fn servers(cache: &Cache) -> Result<PathBuf> {
    environment(cache, "servers", SERVERS)
}

/// The Python that reads the service's OpenAPI document.
pub fn openapi(cache: &Cache) -> Result<PathBuf> {
    environment(cache, "openapi", OPENAPI)
}

/// The Python beside which the programs stand that attack a running server.
pub fn fire(cache: &Cache) -> Result<PathBuf> {
    environment(cache, "fire", FIRE)
}

/// The Python that reads the list of parts of a release.
pub fn sbom(cache: &Cache) -> Result<PathBuf> {
    environment(cache, "sbom", SBOM)
}

fn environment(cache: &Cache, name: &str, requirements: &str) -> Result<PathBuf> {
    let listed = repository::root().join(requirements);
    let text = fs::read(&listed)
        .with_context(|| format!("{requirements} is missing; it lists the Python packages"))?;
    let version = process::capture(Command::new("python3").arg("--version"))?;
    let fingerprint = stamp::fingerprint(&[&text, version.as_bytes()]);
    let folder = cache.venv().join(name);
    let python = folder.join("bin").join("python");
    let marker = folder.join("treehouse-stamp");
    if stamp::is_fresh(&marker, &fingerprint) && python.is_file() {
        return Ok(python);
    }
    println!("installing: Python packages of {requirements}");
    process::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    process::run(
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
            .arg(&listed),
    )?;
    stamp::write(&marker, &fingerprint)?;
    Ok(python)
}
