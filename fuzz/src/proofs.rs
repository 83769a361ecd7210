//! What is left to prove: receipts, and the entries and leaves of the log.

use treehouse_protocol::cbor::{self, Canonical};
use treehouse_protocol::leaf::{Entry, Event, Kind, Leaf};
use treehouse_protocol::receipt::Receipt;

use crate::decode;
use crate::input::Input;

/// Receipt, entry, leaf, event and a sequence of entries, by the first byte.
pub fn proofs(input: &[u8]) {
    let mut input = Input::new(input);
    let (which, bytes) = (input.byte(), input.rest());
    match which % 5 {
        0 => {
            if let Some(receipt) = decode::<Receipt>(bytes) {
                assert!(receipt.categories.is_sorted_by(|a, b| a < b));
            }
        }
        1 => {
            let _ = decode::<Entry>(bytes);
        }
        2 => {
            if let Some(leaf) = decode::<Leaf>(bytes) {
                hides(&leaf);
            }
        }
        3 => {
            let _ = decode::<Event>(bytes);
        }
        _ => sequence(bytes),
    }
}

/// The public entry says kind and day; another salt makes another commitment of the same event.
fn hides(leaf: &Leaf) {
    let entry = leaf.entry();
    assert_eq!((entry.kind, entry.day), (leaf.event.what.kind(), leaf.event.day()));
    assert_ne!(entry.kind, Kind::Tombstone, "what is gone has no leaf");
    let mut salt = leaf.salt;
    salt[0] ^= 1;
    let other = Leaf { salt, event: leaf.event.clone() };
    assert_ne!(other.entry().commitment, entry.commitment);
}

fn sequence(bytes: &[u8]) {
    let Ok(entries) = cbor::sequence::<Entry>(bytes) else {
        return;
    };
    let again: Vec<u8> = entries.iter().flat_map(Canonical::to_bytes).collect();
    assert_eq!(again, bytes, "another encoding was taken");
    for entry in &entries {
        assert_eq!(decode::<Entry>(&entry.to_bytes()), Some(*entry));
    }
}
