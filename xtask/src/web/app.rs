//! The pages: what npm locked, checked and bundled by Vite.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::finish;

/// Where the bundle goes, in the repository.
pub const FOLDER: &str = "web/dist/app";

/// Installs exactly what the lock file names, checks the types and builds the bundle.
pub fn build(workspace: &Path) -> Result<()> {
    let web = workspace.join("web");
    let npm = |arguments: &[&str]| {
        let mut npm = Command::new("npm");
        npm.current_dir(&web).args(arguments);
        finish(&mut npm).with_context(|| format!("npm {} in web/", arguments.join(" ")))
    };
    npm(&["ci", "--no-audit", "--no-fund", "--loglevel=error"])?;
    npm(&["run", "--silent", "check"])?;
    npm(&["run", "--silent", "build"])
}
