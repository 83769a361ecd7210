//! Packages of Debian's that are unpacked and not installed: what they would do to this machine when
//! they are installed isn't wanted.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;

/// Downloads packages into this folder and unpacks them there.
pub fn unpack(folder: &Path, packages: &[&str]) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let download = || {
        let mut apt = Command::new("apt-get");
        // As root, apt fetches as another user, who may not write here.
        apt.current_dir(folder).args(["-q", "-o", "APT::Sandbox::User=root", "download"]);
        process::run(apt.args(packages))
    };
    // An old list of packages names versions that the archive has replaced.
    let update = || process::run(Command::new("apt-get").args(["-q", "update"]));
    download().or_else(|_| update().and_then(|()| download()))?;
    for entry in fs::read_dir(folder)? {
        let archive = entry?.path();
        if archive.extension().is_some_and(|end| end == "deb") {
            process::run(Command::new("dpkg-deb").arg("-x").arg(&archive).arg(folder))?;
            fs::remove_file(&archive)?;
        }
    }
    Ok(())
}

/// The newest package that this one stands for, whose name starts so.
pub fn stands_for(package: &str, start: &str) -> Result<String> {
    let told = process::capture(Command::new("apt-cache").args(["depends", package]))
        .with_context(|| format!("apt knows no {package}"))?;
    let needed = told.lines().filter_map(|line| line.trim().strip_prefix("Depends: "));
    match needed.into_iter().find(|name| name.starts_with(start)) {
        Some(name) => Ok(name.to_owned()),
        None => bail!("{package} stands for no {start}"),
    }
}
