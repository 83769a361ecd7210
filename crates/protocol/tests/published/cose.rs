//! `COSE_Sign1`: the `EdDSA` examples of the COSE working group.
//!
//! No example with alg -19 is published (RFC 9864 has none). What the examples show is how the
//! bytes to be signed are put together, and that is checked against ours; as messages they are
//! refused, since their headers aren't the one header of TH/1.

use serde_json::Value;
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::id::{AccountId, Day, Hash};
use treehouse_protocol::registry::Method;
use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::{Signed, SigningKey};
use treehouse_protocol::trust::Attestation;

use crate::{bytes, fixed, json, list, unhex};

/// `["Signature1", protected, h'', payload]`, RFC 9052 section 4.4, put together by hand.
fn to_be_signed(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut out = unhex("846a5369676e617475726531");
    for string in [protected, &[], payload] {
        match u8::try_from(string.len()).unwrap() {
            short @ ..24 => out.push(0x40 | short),
            long => out.extend([0x58, long]),
        }
        out.extend_from_slice(string);
    }
    out
}

fn examples() -> Vec<Value> {
    let file = json(include_str!("cose.json"));
    list(&file, "vectors").to_vec()
}

fn attestation(key: &SigningKey) -> Attestation {
    Attestation {
        account: AccountId::from_bytes([1; 16]),
        key: key.verify_key(),
        method: Method::SignedForm,
        evidence: Hash::NONE,
        day: Day(20_000),
    }
}

#[test]
fn signs_the_structure_that_the_examples_show() {
    for example in examples() {
        let built = to_be_signed(&bytes(&example, "protected"), &bytes(&example, "payload"));
        assert_eq!(built, bytes(&example, "to_be_signed"));
    }
    let example = &examples()[0];
    let key = SigningKey::from_seed(&Secret::from_bytes(fixed(example, "key")));
    let to_sign = bytes(example, "to_be_signed");
    let message = bytes(example, "cbor");
    let signature = message.last_chunk().unwrap();
    assert_eq!(&key.sign(&to_sign), signature);
    key.verify_key().verify(&to_sign, signature).unwrap();

    let statement = attestation(&key);
    let ours = Signed::sign(&key, &statement).to_bytes();
    let protected = [&unhex("a201320450")[..], key.id().bytes()].concat();
    let to_sign = to_be_signed(&protected, &statement.to_bytes());
    let signature = ours.last_chunk().unwrap();
    key.verify_key().verify(&to_sign, signature).unwrap();
    let head = [&unhex("d28455")[..], &protected, &unhex("a0")].concat();
    assert!(ours.starts_with(&head));
}

#[test]
fn refuses_every_header_but_the_one() {
    for example in examples() {
        let refused = Signed::from_bytes(&bytes(&example, "cbor")).unwrap_err();
        assert_eq!(refused.field, "protected");
    }
    let key = SigningKey::from_seed(&Secret::from_bytes([7; 32]));
    let good = Signed::sign(&key, &attestation(&key)).to_bytes();
    Signed::from_bytes(&good).unwrap();
    let rest = &good[25..];
    let kid = key.id();
    let with =
        |head: &str, tail: &str| [&unhex(head)[..], kid.bytes(), &unhex(tail), rest].concat();
    assert_eq!(with("d28455a201320450", "a0"), good);
    for (head, tail, field) in [
        ("8455a201320450", "a0", "tag"),               // untagged
        ("d18455a201320450", "a0", "tag"),             // COSE_Mac0
        ("d86284 55a201320450", "a0", "tag"),          // COSE_Sign
        ("d28455a201270450", "a0", "protected"),       // alg -8, EdDSA of any curve
        ("d28455a201260450", "a0", "protected"),       // alg -7, ES256
        ("d28457a30132024004 50", "a0", "protected"),  // a critical header, empty
        ("d28455a201320450", "a1040a", "unprotected"), // a second kid
        ("d28455a201320450", "bfff", "unprotected"),   // a map of indefinite length
        ("d28355a201320450", "a0", "structure"),       // three items
        ("d2845815a201320450", "a0", "encoding"),      // the length in two bytes
    ] {
        let refused = Signed::from_bytes(&with(&head.replace(' ', ""), tail)).unwrap_err();
        assert_eq!(refused.field, field, "{head} {tail}");
    }
}
