//! Published vectors, run through this crate's own code.
//!
//! Each file beside this one says where its numbers come from. What isn't public, `derive` and
//! `export`, meets its vectors in the unit tests of `secret` and `kem`. No published vector has
//! suite 2 (X-Wing with HKDF-SHA256 and AES-256-GCM); `hpke` says what stands in for it.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failure here is the test's failure"
)]

mod cbor;
mod cose;
mod ed25519;
mod hpke;
mod opaque;

use std::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};
use serde_json::Value;

/// A random number generator that answers these bytes, in order, and no others.
struct Told(std::vec::IntoIter<u8>);

impl Told {
    fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into().into_iter())
    }

    fn is_used_up(&self) -> bool {
        self.0.len() == 0
    }
}

impl TryRng for Told {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("these algorithms ask for bytes")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!("these algorithms ask for bytes")
    }

    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), Infallible> {
        for place in dest {
            *place = self.0.next().expect("asks for no more than was published");
        }
        Ok(())
    }
}

impl TryCryptoRng for Told {}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().unwrap()
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap()
}

fn bytes(value: &Value, name: &str) -> Vec<u8> {
    unhex(text(value, name))
}

fn fixed<const N: usize>(value: &Value, name: &str) -> [u8; N] {
    bytes(value, name).try_into().unwrap()
}

fn unhex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2), "whole bytes");
    let pairs = (0..text.len()).step_by(2).map(|at| &text[at..at + 2]);
    pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}
