//! `cargo xtask demo`: builds the app and the program, and runs its demo.

use anyhow::{Result, bail};

use crate::cache::Cache;
use crate::process;
use crate::setup::system;
use crate::web::{self, Web};

/// Runs the demo; `rest` goes to it as it is.
pub fn run(cache: &Cache, rest: &[String]) -> Result<()> {
    system::install(system::BUILD_NEEDS)?;
    println!("building Treehouse; the first time takes some minutes");
    // Debug builds of the program read the app from its folder.
    web::run(cache, &Web { check_reproducible: false })?;
    process::run(process::cargo(cache).args(["build", "--locked", "--package", "treehouse"]))?;
    let mut demo = process::cargo(cache);
    demo.args(["run", "--quiet", "--locked", "--package", "treehouse", "--", "demo"]).args(rest);
    // Ctrl-C ends the demo, and with it this command; that is no failure.
    let status = demo.status()?;
    if status.success() || status.code().is_none() {
        return Ok(());
    }
    bail!("the demo ended with an error")
}
