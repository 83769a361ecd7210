//! Building the web app: the wasm core and the pages.

use anyhow::{Result, bail};

use crate::cache::Cache;

/// Builds the wasm core and the web app.
pub fn run(cache: &Cache) -> Result<()> {
    bail!(
        "the web app has no build yet; its compiler will live in {}",
        cache.wasm_toolchain().display()
    )
}
