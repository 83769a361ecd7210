//! Building the web app: the wasm core and the pages.

use anyhow::{Result, bail};

use crate::cache::Cache;

/// Builds the wasm core and the web app.
pub fn run(_cache: &Cache) -> Result<()> {
    bail!("the web app has no build yet; it comes with the `web` folder")
}
