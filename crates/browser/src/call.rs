//! The one call between a page and the core.

use std::cell::RefCell;

use treehouse_protocol::cbor::{Reader, Writer};
use treehouse_protocol::registry::Coded;
use wasm_bindgen::prelude::wasm_bindgen;
use zeroize::Zeroizing;

use crate::operations::OPERATIONS;
#[cfg(feature = "password")]
use crate::operations::PASSWORD_OPERATIONS;
use crate::shelf::Shelf;
use crate::value::{ARGUMENT, Answer, Thrown, argument, seq};

/// Stands before an answer that is a refusal.
const REFUSED: u8 = 1;

thread_local! {
    // A module has one thread, and so a page has one shelf for each core that it loads.
    static SHELF: RefCell<Shelf> = const { RefCell::new(Shelf::new()) };
}

#[wasm_bindgen]
extern "C" {
    /// Bytes of the page.
    pub type Uint8Array;
    // Copies out of a view of wasm memory; what is in here stays in Rust's care, to be wiped.
    #[wasm_bindgen(constructor)]
    fn copied(bytes: &[u8]) -> Uint8Array;
}

/// Carries out an operation: its number, then what it takes. Answers 0 and what it gives, or 1 and
/// structure, field, rule and, of a chain, the place and type of the link.
#[wasm_bindgen]
#[must_use]
pub fn call(request: Vec<u8>) -> Uint8Array {
    let request = Zeroizing::new(request);
    let answer = SHELF.with_borrow_mut(|shelf| carry_out(shelf, &request));
    Uint8Array::copied(&Zeroizing::new(answer.unwrap_or_else(refusal).into_bytes()))
}

fn carry_out(shelf: &mut Shelf, request: &[u8]) -> Answer {
    let args = &mut Reader::new(ARGUMENT, request);
    let number = args.uint::<usize>("operation")?;
    let found = OPERATIONS.get(number);
    #[cfg(feature = "password")]
    let found = found.or_else(|| PASSWORD_OPERATIONS.get(number - OPERATIONS.len()));
    let work = found.ok_or_else(|| argument("operation", "must be one that this core has"))?;
    work(shelf, args)
}

fn refusal(thrown: Thrown) -> Writer {
    let (cause, link) = match thrown {
        Thrown::Refused(cause) => (cause, None),
        Thrown::Chain(refused) => (refused.cause, Some((refused.seq, refused.link_type))),
    };
    let mut writer = Writer::new();
    writer.uint(REFUSED).array(5).text(cause.structure).text(cause.field).text(cause.rule);
    let Some((place, link_type)) = link else {
        writer.null().null();
        return writer;
    };
    writer.uint(seq(place));
    match link_type {
        Some(link_type) => writer.text(link_type.word()),
        None => writer.null(),
    };
    writer
}
