//! The pages: what npm locked, checked and bundled by Vite.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::finish;
use crate::cache::Cache;
use crate::setup::node;

/// Where the bundle goes, in the repository.
pub const FOLDER: &str = "web/dist/app";

/// Installs what the lock file names, checks the types and builds the bundle.
pub fn build(cache: &Cache, workspace: &Path) -> Result<()> {
    node::install(cache, node::WEB)?;
    npm(cache, workspace, &["run", "--silent", "check"])?;
    npm(cache, workspace, &["run", "--silent", "build"])
}

/// Builds the bundle from a copy of the sources, with packages of its own.
pub fn build_copy(cache: &Cache, copy: &Path) -> Result<()> {
    npm(cache, copy, &["ci", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"])?;
    npm(cache, copy, &["run", "--silent", "build"])
}

fn npm(cache: &Cache, workspace: &Path, arguments: &[&str]) -> Result<()> {
    let mut npm = Command::new("npm");
    npm.current_dir(workspace.join(node::WEB)).env("npm_config_cache", cache.npm()).args(arguments);
    finish(&mut npm).with_context(|| format!("npm {} in web/", arguments.join(" ")))
}
