use core::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    // Gets a view of wasm memory, so the bytes have no copy in the page's heap.
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn fill_from_page(bytes: &mut [u8]);
}

/// The browser's generator, `crypto.getRandomValues`, of the page or worker
/// that loaded the core.
///
/// A type of ours instead of the `getrandom` crate: the protocol takes its
/// generator as an argument, so nothing needs a hidden global one, and the
/// dependency graph for wasm stays without two versions of that crate.
///
/// It cannot fail from Rust's side: the only errors are a wrong array type and
/// too long a request, which the parts of 64 KiB rule out. A browser
/// that throws all the same ends the whole call with its exception, so no key
/// is ever made from bytes that were not filled.
#[derive(Clone, Copy, Debug, Default)]
pub struct PageRandom;

impl PageRandom {
    /// `getRandomValues` refuses more than this in one call.
    const REQUEST_BYTES_MAX: usize = 65_536;
}

impl TryRng for PageRandom {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for part in bytes.chunks_mut(Self::REQUEST_BYTES_MAX) {
            fill_from_page(part);
        }
        Ok(())
    }
}

impl TryCryptoRng for PageRandom {}
