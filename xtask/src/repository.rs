//! The repository on disk: its root and the files that belong to it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::environment;
use crate::process;

/// The top folder of the repository.
pub fn root() -> PathBuf {
    // Cargo sets the variable when it runs us, which stays right when a build
    // is shared between two clones; the built-in value is for a bare binary.
    let manifest = environment::variable("CARGO_MANIFEST_DIR")
        .unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").to_owned());
    let manifest = PathBuf::from(manifest);
    manifest.parent().map_or_else(|| manifest.clone(), Path::to_path_buf)
}

/// Paths of all files that are or would be committed, relative to the root, sorted.
///
/// New files count too, so that a finding comes before the commit and not after.
pub fn files() -> Result<Vec<String>> {
    let listing = process::capture(Command::new("git").current_dir(root()).args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]))?;
    let mut paths: Vec<String> =
        listing.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect();
    paths.retain(|path| root().join(path).is_file());
    paths.sort();
    paths.dedup();
    Ok(paths)
}

/// The date of the commit that is checked out, as `YYYY-MM-DD`.
pub fn head_date() -> Result<String> {
    let date = process::capture(Command::new("git").current_dir(root()).args([
        "log",
        "-1",
        "--format=%cs",
    ]))
    .context("the repository has no commit yet")?;
    Ok(date.trim().to_owned())
}
