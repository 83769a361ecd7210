//! What isn't public, against the vectors of RFC 9180, and the list of points of low order.

use std::convert::Infallible;

use curve25519_dalek::MontgomeryPoint;
use rand_core::{TryCryptoRng, TryRng};
use serde_json::Value;

use super::{KemPrivate, KemPublic, LOW_ORDER, Suite};
use crate::secret::Secret;

/// Answers the same 32 bytes to the one question it is asked.
struct Told(Option<[u8; 32]>);

impl TryRng for Told {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("HPKE asks for bytes")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!("HPKE asks for bytes")
    }

    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), Infallible> {
        dest.copy_from_slice(&self.0.take().unwrap());
        Ok(())
    }
}

impl TryCryptoRng for Told {}

fn bytes(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    let pairs = (0..text.len()).step_by(2).map(|at| &text[at..at + 2]);
    pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

fn fixed(value: &Value) -> [u8; 32] {
    bytes(value).try_into().unwrap()
}

fn vector() -> Value {
    let file = include_str!("../../tests/published/hpke_x25519.json");
    serde_json::from_str::<Value>(file).unwrap()["vector"].take()
}

#[test]
fn derives_a_key_pair_as_rfc_9180_section_7_1_3() {
    let vector = vector();
    for (ikm, private, public) in [("ikmR", "skRm", "pkRm"), ("ikmE", "skEm", "pkEm")] {
        let ikm = Secret::from_bytes(fixed(&vector[ikm]));
        let derived = KemPrivate::derive_x25519(&ikm);
        // Section 7.1.2 clamps when a private key is written; the vectors were made before.
        let mut private = fixed(&vector[private]);
        private[0] &= 0xf8;
        private[31] = private[31] & 0x7f | 0x40;
        assert_eq!(derived.seed.expose(), &private);
        assert_eq!(derived.public().bytes(), fixed(&vector[public]));
    }
}

#[test]
fn exports_as_rfc_9180_section_5_3() {
    let vector = vector();
    let seed = Secret::from_bytes(fixed(&vector["skRm"]));
    let private = KemPrivate::from_seed(Suite::X25519, seed);
    let (info, enc) = (bytes(&vector["info"]), bytes(&vector["enc"]));
    let exports = vector["exports"].as_array().unwrap();
    assert_eq!(exports.len(), 3);
    for export in exports {
        let label = bytes(&export["exporter_context"]);
        let expected = Secret::from_bytes(fixed(&export["exported_value"]));
        let mut rng = Told(Some(fixed(&vector["ikmE"])));
        let (sent, secret) = private.public().export(&info, &label, &mut rng);
        assert_eq!((sent, &secret), (enc.clone(), &expected));
        assert_eq!(private.export(&enc, &info, &label).unwrap(), expected);
    }
}

#[test]
fn the_points_of_low_order_are_those_that_a_clamped_scalar_takes_to_zero() {
    // A clamped scalar is a multiple of the cofactor 8, and so takes low order, and only
    // that, to 0.
    for point in LOW_ORDER {
        assert_eq!(MontgomeryPoint(point).mul_clamped([7; 32]).0, [0; 32]);
        assert!(KemPublic::admit(Suite::X25519, &point).is_err());
    }
    for low_byte in 2..=255 {
        let mut point = [0; 32];
        point[0] = low_byte;
        assert_ne!(MontgomeryPoint(point).mul_clamped([7; 32]).0, [0; 32]);
        assert!(KemPublic::admit(Suite::X25519, &point).is_ok());
    }
}
