//! How JavaScript reaches the desk and the bench.

use std::path::Path;

use js_sys::{Array, Uint8Array};
use serde_json::Value;
use treehouse_client::files;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::asked::{Asked, Given};
use crate::bench::Bench;
use crate::desk::Desk;
use crate::trouble::Trouble;

/// The folder of what is remembered of the deployment, among those that the page keeps.
const KEPT: &str = "kept";

/// A guardian and a toy in one worker; a page uses one of them.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Worker {
    desk: Desk,
    bench: Bench,
}

#[wasm_bindgen]
impl Worker {
    /// At the deployment with this address.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(url: &str) -> Self {
        let kept = Path::new(KEPT);
        Self { desk: Desk::new(url, None, kept), bench: Bench::new(url, kept) }
    }

    /// Asks the guardian (`guardian`) or the toy (`toy`) by a word, with arguments as JSON.
    /// Answers a JSON text, bytes, or pairs of name and bytes.
    ///
    /// # Errors
    /// A JSON text: a `Trouble` of `api.ts`.
    pub async fn ask(
        &mut self,
        whom: String,
        word: String,
        args: String,
        bytes: Option<Vec<u8>>,
    ) -> Result<JsValue, JsValue> {
        let args = serde_json::from_str::<Vec<Value>>(&args).unwrap_or_default();
        let asked = Asked { word, args, bytes: bytes.unwrap_or_default() };
        let given = match whom.as_str() {
            "toy" => self.bench.call(&asked).await,
            _ => self.desk.call(&asked).await,
        };
        given.map(passed).map_err(|trouble: Trouble| {
            JsValue::from_str(&serde_json::to_string(&trouble).unwrap_or_default())
        })
    }

    /// The files that have changed: folder, name, and bytes or nothing.
    #[must_use]
    pub fn changed(&self) -> Array {
        files::changed()
            .into_iter()
            .map(|(folder, name, bytes)| {
                let folder = JsValue::from_str(&folder.to_string_lossy());
                let bytes = bytes
                    .map_or(JsValue::UNDEFINED, |bytes| Uint8Array::from(bytes.as_slice()).into());
                Array::of3(&folder, &JsValue::from_str(&name), &bytes)
            })
            .collect()
    }

    /// Puts a file back that the page kept.
    #[wasm_bindgen(js_name = putBack)]
    pub fn put_back(&self, folder: &str, name: &str, bytes: &[u8]) {
        files::put_back(Path::new(folder), name, bytes);
    }
}

fn passed(given: Given) -> JsValue {
    match given {
        Given::Json(value) => JsValue::from_str(&value.to_string()),
        Given::Bytes(bytes) => Uint8Array::from(bytes.as_slice()).into(),
        Given::Files(files) => files
            .into_iter()
            .map(|(name, bytes)| {
                Array::of2(&JsValue::from_str(&name), &Uint8Array::from(bytes.as_slice()))
            })
            .collect::<Array>()
            .into(),
    }
}
