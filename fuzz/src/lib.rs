//! Fuzz targets of the protocol and the log: one function each, called by the programs in
//! `fuzz_targets/`. `cargo xtask test --only fuzz` builds and runs them.
//!
//! All of them hold decoders to the same promise: what is taken is encoded as it came, and has the
//! one encoding that there is. `replay` holds a family's chain to its rules.

#[expect(dead_code, reason = "only parts of it are needed here")]
#[path = "../../crates/protocol/tests/house/mod.rs"]
mod house;
#[expect(dead_code, reason = "items that lie are for the tests without a fuzzer")]
#[path = "../../crates/protocol/tests/scan/mod.rs"]
mod scan;
#[expect(dead_code, reason = "the longest structures are for those tests too")]
#[path = "../../crates/protocol/tests/specimens/mod.rs"]
mod specimens;

mod input;
mod log;
mod proofs;
mod replay;
mod sealed;
pub mod seeds;
mod signed;
mod words;

pub use log::{checkpoint, log_proof, tile_path, witness};
pub use proofs::proofs;
pub use replay::{links_taken, replay};
pub use sealed::{blob, record, slot};
pub use signed::{grant, keys, link, planted, sign1, statements};
pub use words::{opaque, text};

use std::fmt::Debug;

use treehouse_protocol::cbor::Canonical;

/// Decodes `bytes`; if they are taken, holds the decoder to its promise.
fn decode<T: Canonical + Debug + PartialEq>(bytes: &[u8]) -> Option<T> {
    let value = match T::from_bytes(bytes) {
        Ok(value) => value,
        Err(refused) => {
            assert!(!refused.structure.is_empty() && !refused.field.is_empty());
            return None;
        }
    };
    assert_eq!(value.to_bytes(), bytes, "another encoding was taken");
    assert!(scan::is_deterministic(bytes), "not the one encoding");
    assert!(bytes.len() <= T::BYTES_MAX, "over the limit");
    let cut = T::from_bytes(&bytes[..bytes.len() - 1]);
    assert!(cut.is_err(), "a beginning was taken");
    assert!(!format!("{value:?}").is_empty());
    Some(value)
}
