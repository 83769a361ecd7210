//! Every signed statement of TH/1 against an independent COSE, `cwt` with OpenSSL's Ed25519: it
//! verifies ours, we verify what it signs, and both refuse what was changed.
#![expect(clippy::unwrap_used, reason = "a helper of a test that can't go on fails the test")]

mod catalog;
#[expect(dead_code, reason = "only parts of it are needed here")]
mod house;
mod peers;

use std::collections::BTreeSet;

use catalog::data::{WRITER_SEED, writer};
use catalog::{Item, Statement};
use peers::{Peer, bytes, text};
use serde_json::{Value, json};
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::{Link, LinkType};
use treehouse_protocol::registry::Coded;
use treehouse_protocol::sign::{Signed, VerifyKey};

/// Ed25519 in RFC 9864.
const ALGORITHM: i32 = -19;

fn start() -> Peer {
    Peer::python("cose_reader.py")
}

fn statements() -> Vec<(Item, Statement)> {
    let items = catalog::all().into_iter();
    let statements = items.filter_map(|mut item| {
        let statement = item.signed.take()?;
        Some((item, statement))
    });
    statements.collect()
}

/// What the peer says of a message; null if it refuses it.
fn verified(peer: &mut Peer, message: &[u8], key: &VerifyKey) -> Value {
    let key = text(key.bytes());
    peer.ask("verify", &json!({ "key": key, "message": text(message) }))
}

#[test]
fn they_verify_what_we_sign() {
    let mut peer = start();
    for (item, statement) in statements() {
        let said = verified(&mut peer, &statement.message, &statement.key);
        assert!(!said.is_null(), "{}", item.name);
        assert_eq!(bytes(&said, "payload"), item.bytes, "{}", item.name);
        assert_eq!(bytes(&said, "kid"), statement.key.id().bytes());
        assert_eq!(said["alg"], json!(ALGORITHM));
    }
}

#[test]
fn we_verify_what_they_make_and_sign() {
    let mut peer = start();
    for (item, statement) in statements() {
        let made = peer.ask("make", &json!({ "plain": item.plain }));
        let seed = text(&WRITER_SEED);
        let request = json!({ "seed": seed, "payload": made["bytes"] });
        let signed = peer.ask("sign", &request);
        let key: [u8; 32] = bytes(&signed, "key").try_into().unwrap();
        let key = VerifyKey::admit(&key).unwrap();
        assert_eq!(key, writer().verify_key());
        let message = Signed::from_bytes(&bytes(&signed, "message")).unwrap();
        let said = (statement.verify)(&message, &key);
        assert_eq!(said, Ok(item.bytes), "{}", item.name);
    }
}

#[test]
fn what_was_changed_is_refused_by_both() {
    let mut peer = start();
    for (item, statement) in statements() {
        let message = &statement.message;
        // Tag, array and the head of the protected header have 3 bytes, its map 5, the kid 16;
        // the signature is the last 64.
        let (kid, payload) = (3 + 5, 3 + 21 + 1 + 3);
        let (signature, last) = (message.len() - 64, message.len() - 1);
        for place in [kid, payload + item.bytes.len() / 2, signature, last] {
            let mut changed = message.clone();
            changed[place] ^= 1;
            let said = Signed::from_bytes(&changed)
                .and_then(|message| (statement.verify)(&message, &statement.key));
            assert!(said.is_err(), "{}: byte {place}", item.name);
            let said = verified(&mut peer, &changed, &statement.key);
            assert!(said.is_null(), "{}: byte {place}", item.name);
        }
    }
}

#[test]
fn what_somebody_else_signed_is_refused_by_both() {
    let (mut peer, message) = (start(), statements().remove(0).1.message);
    let key = writer().verify_key();
    assert!(verified(&mut peer, &message, &key).is_null());
    let message = Signed::from_bytes(&message).unwrap();
    assert!(message.verify::<Link>(&key).is_err());
}

#[test]
fn every_type_of_link_is_among_them() {
    let links = statements().into_iter();
    let links = links.filter_map(|(item, _)| Link::from_bytes(&item.bytes).ok());
    let types: BTreeSet<LinkType> = links.map(|link| link.body.link_type()).collect();
    assert_eq!(types.len(), LinkType::ALL.len());
}
