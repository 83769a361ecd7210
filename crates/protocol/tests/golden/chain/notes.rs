//! Links with a name for each of their fields.

use treehouse_protocol::cbor::Writer;
use treehouse_protocol::chain::LinkType;
use treehouse_protocol::id::Hash;
use treehouse_protocol::registry::Coded;

use super::story::Told;
use crate::json::{Entry, Json, hex};
use crate::notation::{self, content, diagnostic, fields, items, number};

const LINK: [&str; 7] = ["type", "fid", "seq", "prev", "day", "link_type", "body"];

/// The names of a body's fields; those of the stages that a type has, by their number of items.
fn body_fields(link_type: LinkType, count: usize) -> &'static [&'static str] {
    match (link_type, count) {
        (LinkType::Genesis, _) => &["kind", "pk_sig", "suite", "pk_kem", "vpc"],
        (LinkType::GuardianAdd, _) => {
            &["pk_sig", "suite", "pk_kem", "vpc", "role", "children", "accept_sig"]
        }
        (LinkType::GuardianRemove, 2) => &["stage", "kid_or_announcement"],
        (LinkType::GuardianRemove, _) => &["stage", "kid", "signatures"],
        (LinkType::DeviceAdd, _) => &["pk_sig", "suite", "pk_kem", "cid", "caps", "accept_sig"],
        (LinkType::DeviceRemove, _) => &["kid"],
        (LinkType::ChildAdd | LinkType::ChildRemove, _) => &["cid"],
        (LinkType::KeyVersion, _) => &["cid", "[[cat, v, kc, drop_pk, wrapped]...]"],
        (LinkType::Grant, _) => &["enc", "[[hdr, ct]...]"],
        (LinkType::Revoke, _) => &["hashes"],
        (LinkType::RecoverySet, _) => &["anchors"],
        (LinkType::Policy, _) => &["quorum", "timelock_days", "toy_recovery"],
        (LinkType::Promote, _) => &["cid", "pk_sig", "suite", "pk_kem", "accept_sig"],
        (LinkType::Erase, _) => &["cid", "categories"],
        (LinkType::Freeze, _) => &["kid", "until", "reason"],
        (LinkType::ContactApprove, _) => &[
            "cid",
            "other_fid",
            "other_genesis",
            "peer_kind",
            "peer_id",
            "modes",
            "expires",
            "co_pk",
            "co_sig",
        ],
        (LinkType::ContactRevoke, _) => &["hash"],
        (LinkType::Purge, _) => &["hash", "receipt", "service"],
        (LinkType::Recover, 7) => {
            &["stage", "kid", "pk_sig", "suite", "pk_kem", "vpc", "accept_sig"]
        }
        (LinkType::Recover, _) => &["stage", "announcement", "grant"],
    }
}

/// What was signed beside the link: by the new key, or by who agreed.
pub fn signed_beside(told: &Told) -> Option<Json> {
    let link = notation::payload(&told.bytes);
    let parts = items(link);
    let (seq, body) = (number(parts[2]), items(parts[6]));
    let link_type = LinkType::from_code(u8::try_from(number(parts[5])).unwrap()).unwrap();
    let mut said = Writer::new();
    let proof = body.last().is_some_and(|last| last.starts_with(&[0x58, 64]));
    match (link_type, body.len()) {
        (LinkType::GuardianRemove, 3) => {
            said.array(4).text("TH-REMOVE/1").bytes(content(parts[1]));
            said.bytes(content(body[1])).bytes(content(parts[3]));
        }
        (LinkType::GuardianAdd | LinkType::DeviceAdd | LinkType::Promote, _)
        | (LinkType::Recover, 7) => {
            assert!(proof, "a proof of possession is the last item");
            let head = 0x80 | u8::try_from(body.len() - 1).unwrap();
            let unsigned = [&[head], &body[..body.len() - 1].concat()[..]].concat();
            said.array(4).text("TH-ACCEPT/1").bytes(content(parts[1])).uint(link_type.code());
            said.bytes(Hash::of(&unsigned).bytes());
        }
        _ => return None,
    }
    let said = said.into_bytes();
    let entry = Entry::new(
        &format!("signed beside link {seq}"),
        "the bytes under accept_sig, or under each of the signatures",
    );
    let outputs = [("diagnostic", diagnostic(&said).into()), ("statement", hex(&said))];
    Some(entry.inputs([("seq", seq.into())]).outputs(outputs).into())
}

pub fn link(told: &Told) -> Json {
    let link = notation::payload(&told.bytes);
    let parts = items(link);
    let (seq, code) = (number(parts[2]), number(parts[5]));
    let link_type = LinkType::from_code(u8::try_from(code).unwrap()).unwrap();
    let names = body_fields(link_type, items(parts[6]).len());
    Entry::new(&format!("link {seq}: {}", link_type.word()), &told.why)
        .inputs([
            ("signer", told.signer.into()),
            ("links_in_batch", told.batch.into()),
            ("randomness", told.randomness.clone()),
        ])
        .steps([
            ("link", fields(&LINK[..6], &without_body(link))),
            ("body", fields(names, parts[6])),
        ])
        .outputs([("cose", hex(&told.bytes)), ("hash", hex(Hash::of(&told.bytes).bytes()))])
        .into()
}

/// The link's array without its last item, which is shown apart.
fn without_body(link: &[u8]) -> Vec<u8> {
    let parts = items(link);
    [&[0x86], &parts[..6].concat()[..]].concat()
}
