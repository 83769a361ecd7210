//! A reader's memory of records, against a server that shows something older (section 6).

use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::heads;
use treehouse_protocol::sorted::Set;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::js::{Thrown, Uint8Array, all_bytes, id, seq, whole, word};
use crate::record::Record;

/// The newest version seen of each record of one child and category.
#[wasm_bindgen]
pub struct Heads(heads::Heads);

#[wasm_bindgen]
impl Heads {
    /// A memory of nothing yet.
    #[wasm_bindgen(constructor)]
    pub fn new(
        family: &[u8],
        child: &[u8],
        #[wasm_bindgen(unchecked_param_type = "Category")] category: &str,
    ) -> Result<Heads, Thrown> {
        let (family, child) = (id(family, "fid")?, id(child, "cid")?);
        Ok(Self(heads::Heads::new(family, child, word(category)?)))
    }

    /// What `toBytes` gave.
    #[wasm_bindgen(js_name = fromBytes)]
    pub fn from_bytes(bytes: &[u8]) -> Result<Heads, Thrown> {
        Ok(Self(heads::Heads::from_bytes(bytes)?))
    }

    /// To be kept, sealed.
    #[wasm_bindgen(js_name = toBytes)]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes()
    }

    /// Remembers a record, unless it's older than what was seen.
    pub fn admit(&mut self, record: &Record) -> Result<(), Thrown> {
        Ok(self.0.admit(&record.0)?)
    }

    /// The longest log that a writer of these records had seen.
    #[wasm_bindgen(getter)]
    pub fn seq(&self) -> u32 {
        seq(self.0.seq())
    }

    /// How many records are remembered.
    #[wasm_bindgen(getter)]
    pub fn count(&self) -> usize {
        self.0.count()
    }

    /// Refuses a log, or a list of all records, that lacks what was seen.
    #[wasm_bindgen(js_name = checkView)]
    pub fn check_view(&self, log_seq: f64, listed: Vec<Uint8Array>) -> Result<(), Thrown> {
        let listed = all_bytes(listed)?;
        let listed = listed.iter().map(|record| id(record, "rid"));
        let listed = listed.collect::<Result<Set<_>, _>>()?;
        Ok(self.0.check_view(whole(log_seq, "seq")?.into(), &listed)?)
    }

    /// Forgets a record that was erased.
    pub fn forget(&mut self, record: &[u8]) -> Result<(), Thrown> {
        Ok(self.0.forget(id(record, "rid")?)?)
    }
}
