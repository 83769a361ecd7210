//! Forging: well-signed COSE around payloads that no honest client would write.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on stops where it is")]

use treehouse_protocol::cbor::Writer;
use treehouse_protocol::sign::SigningKey;

/// `tag 18, array of 4, 21 bytes of protected header, empty map`: all before the payload.
const BEFORE_PAYLOAD: usize = 2 + 1 + 21 + 1;

/// `Sign1` of any payload, by any key; as `Signed::sign` does it for statements that are right.
pub fn sign1(key: &SigningKey, payload: &[u8]) -> Vec<u8> {
    let mut protected = vec![0xa2, 0x01, 0x32, 0x04, 0x50];
    protected.extend_from_slice(key.id().bytes());
    let mut signed = Writer::new();
    signed.array(4).text("Signature1").bytes(&protected);
    signed.bytes(&[]).bytes(payload);
    let signature = key.sign(&signed.into_bytes());
    let mut rest = Writer::new();
    rest.bytes(payload).bytes(&signature);
    let mut header = Writer::new();
    header.bytes(&protected);
    let parts = [vec![0xd2, 0x84], header.into_bytes(), vec![0xa0], rest.into_bytes()];
    parts.concat()
}

/// What a `Sign1` signs.
pub fn payload(signed: &[u8]) -> Vec<u8> {
    let mut decoder = minicbor::Decoder::new(&signed[BEFORE_PAYLOAD..]);
    decoder.bytes().unwrap().to_vec()
}

/// The same link, but for a place in its payload, signed again by `key`.
#[track_caller]
pub fn resigned(signed: &[u8], from: &[u8], to: &[u8], key: &SigningKey) -> Vec<u8> {
    sign1(key, &replaced(&payload(signed), from, to))
}

/// The one place where `from` stands says `to` instead.
#[track_caller]
pub fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let places: Vec<usize> =
        (0..=bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from)).collect();
    assert_eq!(places.len(), 1, "what is replaced must stand there once");
    let (before, after) = (&bytes[..places[0]], &bytes[places[0] + from.len()..]);
    [before, to, after].concat()
}
