//! Cargo programs that the checks run, built from source into the cache.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::cache::Cache;
use crate::process;
use crate::setup::system;

/// A program from the package registry, at one exact version.
pub struct Tool {
    pub name: &'static str,
    version: &'static str,
    why: &'static str,
}

/// All cargo programs that any command uses.
pub const TOOLS: [&Tool; 3] = [&NEXTEST, &DENY, &MUTANTS];

const NEXTEST: Tool =
    Tool { name: "cargo-nextest", version: "0.9.143", why: "runs every test in its own process" };
const DENY: Tool = Tool {
    name: "cargo-deny",
    version: "0.20.2",
    why: "audits licences, sources and known vulnerabilities",
};
const MUTANTS: Tool = Tool {
    name: "cargo-mutants",
    version: "27.1.0",
    why: "shows which faults no test would notice",
};

/// The test runner; one that the machine brings is good enough.
pub fn nextest(cache: &Cache) -> Result<PathBuf> {
    match system::on_path(&[NEXTEST.name]) {
        Some(program) => Ok(program),
        None => install(cache, &NEXTEST),
    }
}

/// The dependency audit.
pub fn deny(cache: &Cache) -> Result<PathBuf> {
    install(cache, &DENY)
}

/// The mutation tester.
pub fn mutants(cache: &Cache) -> Result<PathBuf> {
    install(cache, &MUTANTS)
}

fn install(cache: &Cache, tool: &Tool) -> Result<PathBuf> {
    // One folder a version: an update never runs the old program by mistake.
    let folder = cache.tools().join(format!("{}-{}", tool.name, tool.version));
    let program = folder.join("bin").join(tool.name);
    if program.is_file() {
        return Ok(program);
    }
    println!("installing: {} {} ({})", tool.name, tool.version, tool.why);
    // A debug build takes a third of the time to make, and these programs wait
    // for the compiler and the disk most of the time.
    process::run(
        Command::new("cargo")
            .args(["install", "--locked", "--debug", "--quiet", tool.name, "--version"])
            .args([tool.version, "--root"])
            .arg(&folder)
            // Without it cargo builds in a folder that it deletes afterwards.
            .env_remove("CARGO_TARGET_DIR"),
    )?;
    Ok(program)
}
