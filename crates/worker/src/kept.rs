//! What a browser remembers of a deployment from one visit to the next: only what is public.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::trouble::Trouble;

/// The folder, among those that the page keeps.
#[cfg(target_family = "wasm")]
const FOLDER: &str = "kept";

/// What was kept under a name.
#[cfg(target_family = "wasm")]
pub fn read<T: DeserializeOwned>(name: &str) -> Result<Option<T>, Trouble> {
    let bytes = treehouse_client::files::read(std::path::Path::new(FOLDER), name);
    let read = bytes.map(|bytes| serde_json::from_slice(&bytes)).transpose();
    // It isn't forgotten then: that would let the log go back.
    read.map_err(|_| Trouble::not_now("what this browser keeps of the log is damaged"))
}

/// Keeps something under a name.
#[cfg(target_family = "wasm")]
pub fn write<T: Serialize>(name: &str, value: &T) -> Result<(), Trouble> {
    let bytes = serde_json::to_vec(value);
    let bytes = bytes.map_err(|_| Trouble::not_now("the log's head can't be kept"))?;
    let written = treehouse_client::files::write(std::path::Path::new(FOLDER), name, &bytes);
    written.map_err(|_| Trouble::not_now("the log's head can't be kept"))
}

/// Only a browser keeps something.
#[cfg(not(target_family = "wasm"))]
#[expect(clippy::unnecessary_wraps, reason = "a browser's can be damaged")]
pub fn read<T: DeserializeOwned>(_: &str) -> Result<Option<T>, Trouble> {
    Ok(None)
}

/// Only a browser keeps something.
#[cfg(not(target_family = "wasm"))]
#[expect(clippy::unnecessary_wraps, reason = "a browser's can fail")]
pub fn write<T: Serialize>(_: &str, _: &T) -> Result<(), Trouble> {
    Ok(())
}
