//! Making a machine ready: a list of what is needed, checked, and installed where that is possible.
//!
//! Nothing is skipped because something is missing. What can be installed
//! without asking a person is installed; for the rest the error says the command.

mod kannel;
pub mod machine;
pub mod nginx;
pub mod node;
mod packages;
mod ports;
pub mod postgres;
pub mod python;
pub mod servers;
mod stamp;
pub mod system;
pub mod tools;

use anyhow::Result;

use crate::cache::Cache;

/// Installs everything that `cargo xtask test` needs.
pub fn run(cache: &Cache) -> Result<()> {
    println!("cache: {}", cache.root().display());
    system::install(system::NEEDS)?;
    tools::nextest(cache)?;
    tools::deny(cache)?;
    python::peers(cache)?;
    python::servers(cache)?;
    python::openapi(cache)?;
    python::fire(cache)?;
    python::sbom(cache)?;
    node::install_all(cache)?;
    Ok(())
}
