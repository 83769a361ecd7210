//! Every developer command of Treehouse: `cargo xtask --help`.

mod web;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Parser;

#[derive(Parser)]
enum Command {
    /// Build the browser's core.
    Web(web::Web),
}

fn main() -> Result<()> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    let workspace = workspace.context("xtask lies in the workspace")?;
    match Command::parse() {
        Command::Web(options) => web::run(&options, workspace, &cache()?),
    }
}

fn cache() -> Result<PathBuf> {
    if let Some(cache) = std::env::var_os("TREEHOUSE_CACHE") {
        return Ok(cache.into());
    }
    match std::env::home_dir() {
        Some(home) => Ok(home.join(".cache/treehouse")),
        None => bail!("set TREEHOUSE_CACHE to a folder"),
    }
}
