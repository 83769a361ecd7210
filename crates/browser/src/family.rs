//! A family, as its chain tells it (section 3).

use treehouse_protocol::chain;
use treehouse_protocol::id::{Hash, Seen};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::js::{Thrown, Uint8Array, all_bytes, day, fixed, seen, whole};
use crate::principal::Trust;
use crate::summary;

/// A replayed chain, with its links.
#[wasm_bindgen]
pub struct Family {
    pub(crate) inner: chain::Family,
    pub(crate) links: Vec<Vec<u8>>,
}

#[wasm_bindgen]
impl Family {
    /// Replays a chain from its first link, whose hash was pinned.
    pub fn replay(
        pinned: &[u8],
        links: Vec<Uint8Array>,
        trust: &Trust,
        today: f64,
    ) -> Result<Family, Thrown> {
        let links = all_bytes(links)?;
        let slices = links.iter().map(Vec::as_slice);
        let pinned = Hash::from_bytes(fixed(pinned, "genesis")?);
        let inner = chain::Family::replay(pinned, slices, &trust.0, day(today)?)?;
        Ok(Self { inner, links })
    }

    /// Reads one more link. If it's refused, nothing has changed.
    pub fn apply(&mut self, link: &[u8], trust: &Trust, today: f64) -> Result<(), Thrown> {
        self.inner.apply(link, &trust.0, day(today)?)?;
        self.links.push(link.to_vec());
        Ok(())
    }

    /// Checks a batch as the server does before it stores it. Answers the family after it.
    pub fn append(
        &self,
        batch: Vec<Uint8Array>,
        trust: &Trust,
        today: f64,
    ) -> Result<Family, Thrown> {
        let batch = all_bytes(batch)?;
        let slices: Vec<_> = batch.iter().map(Vec::as_slice).collect();
        let inner = self.inner.append(&slices, &trust.0, day(today)?)?;
        let links = [self.links.as_slice(), &batch].concat();
        Ok(Self { inner, links })
    }

    /// Its id.
    #[wasm_bindgen(getter)]
    pub fn id(&self) -> Vec<u8> {
        self.inner.id().bytes().to_vec()
    }

    /// The hash of its first link.
    #[wasm_bindgen(getter)]
    pub fn genesis(&self) -> Vec<u8> {
        self.inner.genesis().bytes().to_vec()
    }

    /// The place of the last link, to be remembered.
    #[wasm_bindgen(unchecked_return_type = "Seen")]
    pub fn seen(&self) -> JsValue {
        seen(self.inner.seen())
    }

    /// Refuses a chain that lacks a place that was seen: rolled back, or another history.
    #[wasm_bindgen(js_name = checkSeen)]
    pub fn check_seen(&self, seq: f64, head: &[u8]) -> Result<(), Thrown> {
        let seq = whole(seq, "seq")?.into();
        let head = Hash::from_bytes(fixed(head, "head")?);
        Ok(self.inner.check_seen(&Seen { seq, head })?)
    }

    /// All that the chain amounts to, as a plain object.
    #[wasm_bindgen(unchecked_return_type = "Summary")]
    pub fn summary(&self, today: f64) -> Result<JsValue, Thrown> {
        Ok(summary::of(&self.inner, day(today)?))
    }
}
