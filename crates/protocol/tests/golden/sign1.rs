//! `COSE_Sign1`.

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
    let mut to_sign = Writer::new();
    to_sign.array(4).text("Signature1").bytes(&protected(&HEAD));
    to_sign.bytes(&[]).bytes(&statement.to_bytes());
    let to_sign = to_sign.into_bytes();
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
    ];
    let refused = |(what, message): (&str, Vec<u8>)| {
        let refused = verified(&message, &key.verify_key()).unwrap_err();
        let entry = Entry::new(what, "must be refused when verified as TH-VPC/1 with pk_sig");
        let pk_sig = hex(key.verify_key().bytes());
        entry.inputs([("pk_sig", pk_sig), ("cose", hex(message))]).refused(&refused).into()
    };
    cases.into_iter().map(refused).collect()
}
