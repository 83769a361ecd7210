//! `cargo xtask siege power`: a server on a virtual machine, whose power is cut. docs/fire.md says
//! what is done and what was found.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use crate::cache::Cache;
use crate::setup::machine;
use crate::{drill, process};

/// Cuts the power so many times, and shows that the check can fail.
pub fn siege(cache: &Cache, cuts: u32) -> Result<()> {
    let parts = machine::parts(cache)?;
    let attacker = drill::executable(cache, "fire", &[])?;
    let program = drill::program(cache)?;
    let folder = cache.servers().join(format!("power-{}", std::process::id()));
    let report = cache.root().join("power.json");
    let mut command = Command::new(attacker);
    command.args(["power", "--cuts", &cuts.to_string()]).arg("--program").arg(program);
    command.arg("--parts").arg(parts).arg("--report").arg(&report);
    command.arg("--folder").arg(folder.join("place")).arg("--work").arg(folder.join("work"));
    let ran = process::run(&mut command);
    fs::remove_dir_all(&folder).with_context(|| format!("cannot delete {}", folder.display()))?;
    ran?;
    println!("figures: {}", report.display());
    Ok(())
}
