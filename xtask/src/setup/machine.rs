//! What a virtual machine boots: a kernel and a shell from Debian's packages, unpacked and not
//! installed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::cache::Cache;
use crate::setup::{packages, system};

/// Stands for the newest kernel for virtual machines, which has little to look for as it boots.
const KERNEL: &str = "linux-image-cloud-amd64";

/// A folder with a kernel, its modules and the shell, in the places of their packages.
pub fn parts(cache: &Cache) -> Result<PathBuf> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        bail!("the virtual machine runs this machine's programs, and is for Linux on x86-64");
    }
    system::install(system::MACHINE_NEEDS)?;
    let folder = cache.root().join("machine");
    if !is_whole(&folder) {
        // Of an older kernel nothing may be left.
        if folder.exists() {
            fs::remove_dir_all(&folder)
                .with_context(|| format!("cannot delete {}", folder.display()))?;
        }
        let kernel = packages::stands_for(KERNEL, "linux-image-")?;
        packages::unpack(&folder, &[&kernel, "busybox-static"])
            .context("a kernel and busybox are missing, and are no packages of this machine's")?;
    }
    if !is_whole(&folder) {
        bail!("the packages of Debian have no kernel, or no busybox");
    }
    Ok(folder)
}

fn is_whole(folder: &Path) -> bool {
    let has =
        |inner: &str| fs::read_dir(folder.join(inner)).is_ok_and(|mut all| all.next().is_some());
    has("boot") && has("lib/modules") && folder.join("bin/busybox").is_file()
}
