//! The structures of TH/1 as plain values, spelled out as `docs/protocol.md` tells it and not as
//! the crate's encoders do: integers, texts, bytes, lists. From these a peer makes the encoding.

use minicbor::Decoder;
use minicbor::data::Type;
use serde_json::{Value, json};
use treehouse_protocol::blob::BlobRef;
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::Link;
use treehouse_protocol::chain::body::{Body, GuardianRemove, KeyVersion, Peer, Recover, Side};
use treehouse_protocol::contact::Credential;
use treehouse_protocol::grant::{self, Grant};
use treehouse_protocol::id::{FamilyId, Hash, KeyId};
use treehouse_protocol::keys::PublicKeys;
use treehouse_protocol::leaf::{Entry, Event, Leaf, What};
use treehouse_protocol::receipt::Receipt;
use treehouse_protocol::record;
use treehouse_protocol::registry::Coded;
use treehouse_protocol::sign::Signed;
use treehouse_protocol::trust::{Attestation, Listing};

use crate::peers::text;

/// A byte string.
pub fn b(bytes: impl AsRef<[u8]>) -> Value {
    json!({ "bytes": text(bytes.as_ref()) })
}

/// A byte string, or null.
pub fn optional(bytes: Option<impl AsRef<[u8]>>) -> Value {
    bytes.map_or(Value::Null, b)
}

/// All byte strings of an encoding, in order: for what the crate keeps private.
pub fn strings(encoding: &[u8]) -> Vec<Vec<u8>> {
    let (mut decoder, mut strings) = (Decoder::new(encoding), vec![]);
    while let Ok(next) = decoder.datatype() {
        match next {
            Type::Bytes => strings.push(decoder.bytes().unwrap().to_vec()),
            Type::Array => drop(decoder.array().unwrap()),
            Type::Map => drop(decoder.map().unwrap()),
            Type::Tag => drop(decoder.tag().unwrap()),
            _ => decoder.skip().unwrap(),
        }
    }
    strings
}

/// `18([<< {1: -19, 4: kid} >>, {}, payload, signature])`.
pub fn sign1(signed: &Signed) -> Value {
    let [_, payload, signature] = &strings(&signed.to_bytes())[..] else {
        panic!("three byte strings");
    };
    let protected = json!({ "map": [[1, -19], [4, b(signed.signer().bytes())]] });
    let items = json!([{ "cbor": protected }, { "map": [] }, b(payload), b(signature)]);
    json!({ "tag": 18, "value": items })
}

fn keys(keys: &PublicKeys) -> [Value; 3] {
    let suite = json!(keys.kem.suite().code());
    [b(keys.sig.bytes()), suite, b(keys.kem.bytes())]
}

fn hashes(hashes: &[Hash]) -> Value {
    hashes.iter().map(|hash| b(hash.bytes())).collect()
}

fn codes<C: Coded>(codes: &[C]) -> Value {
    codes.iter().map(|code| code.code()).collect()
}

pub fn attestation(of: &Attestation) -> Value {
    let (account, key) = (b(of.account.bytes()), b(of.key.bytes()));
    let evidence = b(of.evidence.bytes());
    let method = of.method.code();
    json!(["TH-VPC/1", account, key, method, evidence, of.day.0])
}

pub fn listing(of: &Listing) -> Value {
    let [sig, suite, kem] = keys(&of.keys);
    let (kind, purpose) = (of.kind.code(), of.purpose.code());
    let (from, until) = (of.not_before.0, of.expires.0);
    json!(["TH-SVC/1", kind, of.name, purpose, sig, suite, kem, from, until])
}

pub fn receipt(of: &Receipt) -> Value {
    let (family, link) = (b(of.family.bytes()), b(of.link.bytes()));
    let child = optional(of.child.map(|child| *child.bytes()));
    let (categories, day) = (codes(&of.categories), of.day.0);
    json!([
        "TH-RECEIPT/1",
        family,
        link,
        child,
        categories,
        of.records,
        of.blobs,
        of.outer_keys,
        day
    ])
}

pub fn entry(of: &Entry) -> Value {
    json!(["TH-ENTRY/1", of.kind.code(), of.day.0, b(of.commitment.bytes())])
}

pub fn leaf(of: &Leaf) -> Value {
    json!(["TH-LEAF/1", b(of.salt), event(&of.event)])
}

pub fn event(of: &Event) -> Value {
    let what = match &of.what {
        What::Link { family, seen } => {
            json!([b(family.bytes()), seen.seq, b(seen.head.bytes())])
        }
        What::Attestation { account, attestation } => {
            json!([b(account.bytes()), b(attestation.bytes())])
        }
        What::Act { steward, act, subject, reason } => {
            json!([b(steward), act, b(subject), b(reason.bytes())])
        }
        What::Key { key, role } => json!([b(key.bytes()), role]),
        What::Erasure { family, link, receipt } => {
            json!([b(family.bytes()), b(link.bytes()), b(receipt.bytes())])
        }
        What::Restore { known, published } => json!([known, published]),
        What::Publication { kind, version, hash } => json!([kind, version, b(hash.bytes())]),
        What::Release(of) => {
            let (family, child, reader) =
                (b(of.family.bytes()), b(of.child.bytes()), b(of.reader.bytes()));
            let (grant, blob) = (of.grant.map(|it| *it.bytes()), of.blob.map(|it| *it.bytes()));
            let records: Value = of.records.iter().map(|record| b(record.bytes())).collect();
            let category = of.category.code();
            json!([family, child, category, reader, optional(grant), records, optional(blob)])
        }
    };
    json!(["TH-EVENT/1", of.at_ms, of.what.kind().code(), what])
}

pub fn credential(of: &Credential) -> Value {
    let (role, subject) = peer(of.subject);
    let (family, device) = (b(of.family.bytes()), b(of.device.bytes()));
    let (leaf, until) = (b(of.leaf_key.bytes()), of.not_after.0);
    json!(["TH-CRED/1", family, role, subject, device, leaf, until])
}

fn peer(peer: Peer) -> (u8, Value) {
    match peer {
        Peer::Child(child) => (1, b(child.bytes())),
        Peer::Adult(kid) => (2, b(kid.bytes())),
    }
}

/// A link with its body. `Grant` keeps its cipher texts to itself; they come from the encoding.
pub fn link(of: &Link) -> Value {
    let (family, prev) = (b(of.family.bytes()), b(of.prev.bytes()));
    let body = body(&of.body, &strings(&of.to_bytes()));
    let code = of.body.link_type().code();
    json!(["TH-LINK/1", family, of.seq, prev, of.day.0, code, body])
}

fn body(body: &Body, strings: &[Vec<u8>]) -> Value {
    match body {
        Body::Genesis(genesis) => {
            let [sig, suite, kem] = keys(&genesis.keys);
            let kind = if genesis.by_teen { 2 } else { 1 };
            json!([kind, sig, suite, kem, sign1(&genesis.vpc)])
        }
        Body::GuardianAdd(add) => {
            let [sig, suite, kem] = keys(&add.keys);
            let (vpc, role) = (sign1(&add.vpc), add.role.code());
            let children = add.children.iter().map(|child| b(child.bytes()));
            let children: Value = children.collect();
            let accept = b(add.accept_sig);
            json!([sig, suite, kem, vpc, role, children, accept])
        }
        Body::GuardianRemove(remove) => guardian_remove(remove),
        Body::DeviceAdd(add) => {
            let [sig, suite, kem] = keys(&add.keys);
            let child = optional(add.child.map(|child| *child.bytes()));
            let accept = b(add.accept_sig);
            json!([sig, suite, kem, child, add.caps.bits(), accept])
        }
        Body::DeviceRemove(kid) => json!([b(kid.bytes())]),
        Body::ChildAdd(child) | Body::ChildRemove(child) => json!([b(child.bytes())]),
        Body::KeyVersion(made) => {
            let versions: Value = made.versions.iter().map(key_version).collect();
            json!([b(made.child.bytes()), versions])
        }
        Body::Grant(grant) => consent(grant, &strings[2..]),
        Body::Revoke(revoked) => json!([hashes(revoked)]),
        Body::RecoverySet(anchors) => json!([codes(anchors)]),
        Body::Policy(policy) => {
            let toys = u8::from(policy.toy_recovery);
            json!([policy.quorum, policy.timelock_days, toys])
        }
        Body::Promote(promote) => {
            let [sig, suite, kem] = keys(&promote.keys);
            let (child, accept) = (b(promote.child.bytes()), b(promote.accept_sig));
            json!([child, sig, suite, kem, accept])
        }
        Body::Erase(erase) => json!([b(erase.child.bytes()), codes(&erase.categories)]),
        Body::Freeze(freeze) => {
            let guardian = optional(freeze.guardian.map(|kid| *kid.bytes()));
            json!([guardian, freeze.until.0, freeze.reason.code()])
        }
        Body::ContactApprove(approval) => {
            let (child, co_pk) = (b(approval.child.bytes()), b(approval.co_key.bytes()));
            let mut items = vec![child];
            items.extend(side(&approval.other));
            items.extend([json!(approval.modes.bits()), json!(approval.expires.0)]);
            items.extend([co_pk, b(approval.co_sig)]);
            Value::Array(items)
        }
        Body::ContactRevoke(hash) => json!([b(hash.bytes())]),
        Body::Purge(purge) => {
            let service = optional(purge.service.map(|kid| *kid.bytes()));
            json!([b(purge.link.bytes()), b(purge.receipt.bytes()), service])
        }
        Body::Recover(recover) => self::recover(recover, strings),
    }
}

fn guardian_remove(remove: &GuardianRemove) -> Value {
    match remove {
        GuardianRemove::Announce(kid) => json!([1, b(kid.bytes())]),
        GuardianRemove::Agreed { guardian, signatures } => {
            let signatures = signatures.iter();
            let signatures: Value =
                signatures.map(|(kid, signature)| json!([b(kid.bytes()), b(signature)])).collect();
            json!([2, b(guardian.bytes()), signatures])
        }
        GuardianRemove::Due(announcement) => json!([3, b(announcement.bytes())]),
    }
}

fn recover(recover: &Recover, strings: &[Vec<u8>]) -> Value {
    match recover {
        Recover::Announce(announced) => {
            let [sig, suite, kem] = keys(&announced.keys);
            let (lost, vpc) = (b(announced.lost.bytes()), sign1(&announced.vpc));
            json!([1, lost, sig, suite, kem, vpc, b(announced.accept_sig)])
        }
        Recover::Complete { announcement, grant } => {
            let grant = grant.as_ref();
            let grant = grant.map_or(Value::Null, |grant| consent(grant, &strings[3..]));
            json!([2, b(announcement.bytes()), grant])
        }
    }
}

fn key_version(version: &KeyVersion) -> Value {
    let (commitment, drop_box) = (b(version.commitment.bytes()), b(version.drop_box.bytes()));
    let (category, wrapped) = (version.category.code(), optional(version.wrapped));
    json!([category, version.version, commitment, drop_box, wrapped])
}

/// `[enc, [[hdr, ct]...]]`; five byte strings stand in each header.
fn consent(grant: &Grant, strings: &[Vec<u8>]) -> Value {
    let items = grant.headers().zip(strings[1..].chunks(6));
    let items: Value =
        items.map(|(header, strings)| json!([grant_header(header), b(&strings[5])])).collect();
    json!([b(&strings[0]), items])
}

pub fn grant_header(of: &grant::Header) -> Value {
    let key = &of.key;
    Value::Array(vec![
        json!("TH-GRANT/1"),
        json!(of.suite.code()),
        b(key.family.bytes()),
        b(key.child.bytes()),
        json!(key.category.code()),
        json!(key.version),
        json!(of.grantee_kind.code()),
        b(of.grantee.bytes()),
        json!(of.rights.bits()),
        json!(of.purpose.code()),
        b(of.notice.bytes()),
        json!(of.not_before.0),
        json!(of.expires.map(|day| day.0)),
        b(of.nonce),
    ])
}

pub fn record_header(of: &record::Header) -> Value {
    let mut items = record_name(of);
    items.push(json!(of.ver));
    items.extend([b(of.writer.bytes()), json!(of.day.0), json!(of.seq)]);
    Value::Array(items)
}

/// What a blob is bound to: the header of its record without `ver` and `seq`.
pub fn blob_context(of: &record::Header) -> Value {
    let mut items = record_name(of);
    items.extend([b(of.writer.bytes()), json!(of.day.0)]);
    Value::Array(items)
}

fn record_name(of: &record::Header) -> Vec<Value> {
    let name = &of.name;
    vec![
        json!("TH-REC/1"),
        b(name.family.bytes()),
        b(name.child.bytes()),
        json!(name.category.code()),
        json!(name.version),
        b(of.record.bytes()),
    ]
}

/// `key` is the blob's, which the crate doesn't give out.
pub fn blob_ref(of: &BlobRef, key: &[u8]) -> Value {
    Value::Array(vec![
        json!("TH-BLOB/1"),
        b(of.id.bytes()),
        b(key),
        json!(of.layout.plain_len()),
        json!(of.media_type.text()),
        optional(of.sealed_hash.map(|hash| *hash.bytes())),
        json!(of.version),
        b(of.writer.bytes()),
        json!(of.day.0),
    ])
}

/// What a new key signs to come in; `{"sha256": value}` is the hash of the value's encoding.
pub fn accept(of: &Link) -> Value {
    let Value::Array(mut unsigned) = body(&of.body, &[]) else {
        panic!("a body is a list");
    };
    unsigned.pop();
    let code = of.body.link_type().code();
    json!(["TH-ACCEPT/1", b(of.family.bytes()), code, { "sha256": unsigned }])
}

/// What owners sign to remove another.
pub fn agreement(family: FamilyId, guardian: KeyId, prev: Hash) -> Value {
    let (family, guardian) = (b(family.bytes()), b(guardian.bytes()));
    json!(["TH-REMOVE/1", family, guardian, b(prev.bytes())])
}

/// What both guardians sign of a contact.
pub fn contact(sides: &[Side; 2], modes: u8, expires: u32) -> Value {
    let [one, other] = sides.each_ref().map(side).map(Value::Array);
    json!(["TH-CONTACT/1", one, other, modes, expires])
}

fn side(side: &Side) -> Vec<Value> {
    let (kind, id) = peer(side.peer);
    let family = b(side.family.bytes());
    vec![family, b(side.genesis.bytes()), json!(kind), id]
}
