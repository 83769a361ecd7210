//! nginx, which the server's blobs are held against: from Debian's package, unpacked and not
//! installed, because installing it would start a web server on this machine.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::cache::Cache;
use crate::setup::{packages, system};

/// Where the package, and most installations, have it.
const PROGRAM: &str = "usr/sbin/nginx";

/// The program: what is installed, or what Debian's package has.
pub fn program(cache: &Cache) -> Result<PathBuf> {
    let installed = Path::new("/").join(PROGRAM);
    if let Some(found) = system::on_path(&["nginx"]).or(installed.is_file().then_some(installed)) {
        return Ok(found);
    }
    let folder = cache.root().join("nginx");
    let unpacked = folder.join(PROGRAM);
    if !unpacked.is_file() {
        packages::unpack(&folder, &["nginx"])
            .context("nginx is missing, and is no package of this machine's")?;
        ensure!(unpacked.is_file(), "the package has no {PROGRAM}");
    }
    Ok(unpacked)
}
