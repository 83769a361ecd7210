//! `COSE_Sign1`.

use curve25519_dalek::scalar::Scalar;
use sha2::{Digest, Sha512};
use treehouse_protocol::cbor::{Canonical, Writer};
use treehouse_protocol::error::Refused;
use treehouse_protocol::id::Day;
use treehouse_protocol::sign::{Signed, SigningKey, VerifyKey};
use treehouse_protocol::trust::Attestation;

use crate::json::{Entry, Json, hex};
use crate::notation::{self, diagnostic};
use crate::seeds;
use crate::trust::attestation;

pub fn vectors() -> Vec<Json> {
    let mut vectors = vec![signed().into()];
    vectors.extend(refused());
    vectors
}

fn signer() -> SigningKey {
    SigningKey::from_seed(&seeds::seed("attester"))
}

fn protected(head: &[u8]) -> Vec<u8> {
    [head, signer().id().bytes()].concat()
}

const HEAD: [u8; 5] = [0xa2, 0x01, 0x32, 0x04, 0x50];

fn signed() -> Entry {
    let (key, statement) = (signer(), attestation());
    let message = Signed::sign(&key, &statement).to_bytes();
    let to_sign = to_be_signed(&statement.to_bytes());
    let signature = message.last_chunk().unwrap();
    key.verify_key().verify(&to_sign, signature).unwrap();
    Entry::new(
        "signed statement",
        "18([protected, {}, payload, signature]), protected = {1: -19, 4: kid}; Ed25519 over \
         [\"Signature1\", protected, h'', payload] (RFC 9052 4.4)",
    )
    .inputs([
        ("ed25519_seed", hex(seeds::bytes("attester"))),
        ("payload", hex(statement.to_bytes())),
    ])
    .steps([
        ("pk_sig", hex(key.verify_key().bytes())),
        ("kid", hex(key.id().bytes())),
        ("protected", hex(protected(&HEAD))),
        ("to_be_signed", hex(&to_sign)),
        ("signature", hex(signature)),
    ])
    .outputs([("cose", hex(&message)), ("diagnostic", diagnostic(&message).into())])
}

/// The order of the group, little end first.
const ORDER: [u8; 32] = {
    let mut order = *b"\xed\xd3\xf5\x5c\x1a\x63\x12\x58\xd6\x9c\xf7\xa2\xde\xf9\xde\x14\
        \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    order[31] = 0x10;
    order
};

/// The same signature under another name: `S + L`.
fn with_large_s(message: &[u8]) -> Vec<u8> {
    let (before, s) = message.split_at(message.len() - 32);
    let mut carry = 0;
    let sum = s.iter().zip(ORDER).map(|(one, other)| {
        let sum = u16::from(*one) + u16::from(other) + carry;
        carry = sum >> 8;
        sum.to_le_bytes()[0]
    });
    let sum: Vec<u8> = sum.collect();
    [before, &sum].concat()
}

/// What only the holder of the key can sign, with a nonce of 0: `R` is the identity.
fn with_no_nonce(message: &[u8], to_sign: &[u8]) -> Vec<u8> {
    let key = signer().verify_key();
    let mut secret: [u8; 32] = *Sha512::digest(seeds::bytes("attester")).first_chunk().unwrap();
    secret[0] &= 0xf8;
    secret[31] = secret[31] & 0x7f | 0x40;
    let mut identity = [0; 32];
    identity[0] = 1;
    let challenge = Sha512::new().chain_update(identity).chain_update(key.bytes());
    let challenge: [u8; 64] = challenge.chain_update(to_sign).finalize().into();
    let s = Scalar::from_bytes_mod_order_wide(&challenge) * Scalar::from_bytes_mod_order(secret);
    let signature = [identity, s.to_bytes()].concat();
    // It holds where nobody looks at R: the control of this vector.
    let lenient = ed25519_dalek::VerifyingKey::from_bytes(key.bytes()).unwrap();
    let said = ed25519_dalek::Signature::from_slice(&signature).unwrap();
    ed25519_dalek::Verifier::verify(&lenient, to_sign, &said).unwrap();
    [&message[..message.len() - 64], &signature].concat()
}

fn to_be_signed(payload: &[u8]) -> Vec<u8> {
    let mut to_sign = Writer::new();
    to_sign.array(4).text("Signature1").bytes(&protected(&HEAD)).bytes(&[]).bytes(payload);
    to_sign.into_bytes()
}

fn verified(message: &[u8], key: &VerifyKey) -> Result<Attestation, Refused> {
    Signed::from_bytes(message)?.verify(key)
}

fn refused() -> Vec<Json> {
    let key = signer();
    let message = Signed::sign(&key, &attestation()).to_bytes();
    let parts = notation::items(&message);
    let written = |protected: &[u8], unprotected: &[u8], payload: &[u8]| {
        let mut head = Writer::new();
        head.bytes(protected);
        let parts = [&[0xd2, 0x84], &head.into_bytes()[..], unprotected, payload, parts[3]];
        parts.concat()
    };
    let good = protected(&HEAD);
    let empty = [0xa0];
    assert_eq!(written(&good, &empty, parts[2]), message);
    let other_day = Attestation { day: Day(20_001), ..attestation() };
    let mut other_payload = Writer::new();
    other_payload.bytes(&other_day.to_bytes());
    let mut forged = message.clone();
    *forged.last_mut().unwrap() ^= 0x80;
    let mut another_kid = HEAD.to_vec();
    another_kid.extend(seeds::bytes("somebody")[..16].iter());
    let cases = [
        ("alg -8", written(&protected(&[0xa2, 1, 0x27, 4, 0x50]), &empty, parts[2])),
        ("kid first", {
            let reversed = [&[0xa2, 4, 0x50], &key.id().bytes()[..], &[1, 0x32]].concat();
            written(&reversed, &empty, parts[2])
        }),
        ("no kid", written(&[0xa1, 1, 0x32], &empty, parts[2])),
        ("another kid", written(&another_kid, &empty, parts[2])),
        ("an unprotected header", written(&good, &[0xa1, 4, 0x40], parts[2])),
        ("a detached payload", written(&good, &empty, &[0xf6])),
        ("another payload", written(&good, &empty, &other_payload.into_bytes())),
        ("a changed signature", forged),
        ("no tag", message[1..].to_vec()),
        ("the tag of COSE_Mac0", [&[0xd1], &message[1..]].concat()),
        ("a byte behind", [&message[..], &[0]].concat()),
        ("S + L for S", with_large_s(&message)),
        ("R the identity", with_no_nonce(&message, &to_be_signed(&attestation().to_bytes()))),
    ];
    let refused = |(what, message): (&str, Vec<u8>)| {
        let refused = verified(&message, &key.verify_key()).unwrap_err();
        let entry = Entry::new(what, "must be refused when verified as TH-VPC/1 with pk_sig");
        let pk_sig = hex(key.verify_key().bytes());
        entry.inputs([("pk_sig", pk_sig), ("cose", hex(message))]).refused(&refused).into()
    };
    cases.into_iter().map(refused).collect()
}
