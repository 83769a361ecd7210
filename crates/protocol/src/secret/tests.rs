//! HKDF against RFC 5869, appendix A.1 to A.3.

use serde_json::Value;

use super::derive;

fn bytes(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    let pairs = (0..text.len()).step_by(2).map(|at| &text[at..at + 2]);
    pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

fn check<const N: usize>(vector: &Value) {
    let (salt, ikm) = (bytes(&vector["salt"]), bytes(&vector["ikm"]));
    let (info, okm) = (bytes(&vector["info"]), bytes(&vector["okm"]));
    assert_eq!(derive::<N>(&salt, &ikm, &[&info]).expose()[..], okm);
    // However the info is cut, it's the same info.
    let (start, end) = info.split_at(info.len() / 2);
    assert_eq!(derive::<N>(&salt, &ikm, &[start, end]).expose()[..], okm);
    // A shorter output is the start of a longer one.
    assert_eq!(derive::<32>(&salt, &ikm, &[&info]).expose(), &okm[..32]);
}

#[test]
fn derives_as_rfc_5869() {
    let file = include_str!("../../tests/published/hkdf.json");
    let mut file = serde_json::from_str::<Value>(file).unwrap();
    let vectors = file["vectors"].as_array_mut().unwrap();
    let [first, second, third] = &vectors[..] else {
        panic!("three vectors");
    };
    check::<42>(first);
    check::<82>(second);
    check::<42>(third);
}
