//! nginx, which the server's blobs are held against: from Debian's package, unpacked and not
//! installed, because installing it would start a web server on this machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::cache::Cache;
use crate::process;
use crate::setup::system;

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
        unpack(&folder).context("nginx is missing, and is no package of this machine's")?;
    }
    Ok(unpacked)
}

fn unpack(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let download = || {
        let mut apt = Command::new("apt-get");
        // As root, apt fetches as another user, who may not write here.
        apt.current_dir(folder).args(["-q", "-o", "APT::Sandbox::User=root", "download", "nginx"]);
        process::run(&mut apt)
    };
    // An old list of packages names versions that the archive has replaced.
    let update = || process::run(Command::new("apt-get").args(["-q", "update"]));
    download().or_else(|_| update().and_then(|()| download()))?;
    for entry in fs::read_dir(folder)? {
        let archive = entry?.path();
        if archive.extension().is_some_and(|end| end == "deb") {
            process::run(Command::new("dpkg-deb").arg("-x").arg(&archive).arg(folder))?;
        }
    }
    ensure!(folder.join(PROGRAM).is_file(), "the package has no {PROGRAM}");
    Ok(())
}
