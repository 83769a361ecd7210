//! What else is signed about people and keys: attestations, listings, credentials, headers of
//! grants, and the statements under bare signatures.

use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::Link;
use treehouse_protocol::chain::body::{
    Approval, Body, GuardianRemove, NewKey, Peer, Recover, Side,
};
use treehouse_protocol::contact::Credential;
use treehouse_protocol::id::{AccountId, BlobId, ChildId, FamilyId, Hash, RecordId};
use treehouse_protocol::kem::Suite;
use treehouse_protocol::keys::PrivateKeys;
use treehouse_protocol::leaf::{Event, Leaf, Release, What};
use treehouse_protocol::receipt::Receipt;
use treehouse_protocol::registry::{Category, GranteeKind, Purpose};
use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::{Signed, VerifyKey};
use treehouse_protocol::trust::{Attestation, Listing};

use super::{Item, Value, plain};
use crate::house::{DAY, House};

pub fn all(house: &House, links: &[Item]) -> Vec<Item> {
    let mut items = listings(house);
    items.extend(credentials(house));
    items.extend(receipts(house));
    items.extend(leaves(house));
    let attester = house.attester.verify_key();
    let own = (house.family.id(), house.family.genesis());
    for item in links {
        let link = Link::from_bytes(&item.bytes).unwrap();
        items.extend(within(&link, &attester, own, &item.name));
    }
    items
}

/// What a link holds, and what was signed for it without COSE.
fn within(
    link: &Link,
    attester: &VerifyKey,
    (family, genesis): (FamilyId, Hash),
    name: &str,
) -> Vec<Item> {
    let accept = |statement| bare(format!("acceptance of {name}"), statement, plain::accept(link));
    let vpc = |vpc| attestation(name, vpc, attester);
    match &link.body {
        Body::Genesis(genesis) => vec![vpc(&genesis.vpc)],
        Body::GuardianAdd(add) => vec![vpc(&add.vpc), accept(add.statement(family))],
        Body::Recover(Recover::Announce(add)) => {
            vec![vpc(&add.vpc), accept(add.statement(family))]
        }
        Body::DeviceAdd(add) => vec![accept(add.statement(family))],
        Body::Promote(add) => vec![accept(add.statement(family))],
        Body::GuardianRemove(GuardianRemove::Agreed { guardian, .. }) => {
            let statement = GuardianRemove::agreement(family, *guardian, link.prev);
            let plain = plain::agreement(family, *guardian, link.prev);
            vec![bare(format!("agreement to {name}"), statement, plain)]
        }
        Body::ContactApprove(approval) => {
            let own = Side { family, genesis, peer: Peer::Child(approval.child) };
            vec![contact(approval, own)]
        }
        Body::Grant(grant) => {
            let header = |header| {
                let name = format!("header in {name}");
                Item::new("grant::Header", name, header, plain::grant_header(header))
            };
            grant.headers().map(header).collect()
        }
        _ => vec![],
    }
}

fn attestation(of: &str, vpc: &Signed, attester: &VerifyKey) -> Item {
    let attestation: Attestation = vpc.verify(attester).unwrap();
    let (name, plain) = (format!("attestation in {of}"), plain::attestation(&attestation));
    Item::new("trust::Attestation", name, &attestation, plain).signed::<Attestation>(vpc, *attester)
}

fn contact(approval: &Approval, own: Side) -> Item {
    let (modes, expires) = (approval.modes, approval.expires);
    let mut sides = [approval.other, own];
    sides.sort_by_key(|side| *side.family.bytes());
    let plain = plain::contact(&sides, modes.bits(), expires.0);
    let statement = Approval::statement(own, approval.other, modes, expires);
    bare("approval of a contact".to_owned(), statement, plain)
}

fn listings(house: &House) -> Vec<Item> {
    let listed = [
        (GranteeKind::Service, Purpose::Moderation),
        (GranteeKind::ThirdParty, Purpose::ThirdParty),
    ];
    let listed = listed.map(|(kind, purpose)| Listing {
        kind,
        name: "bücherei.example".to_owned(),
        purpose,
        keys: PrivateKeys::from_seed(Suite::XWing, &Secret::from_bytes([5; 32])).public(),
        not_before: DAY,
        expires: DAY.plus(396),
    });
    let (root, key) = (&house.root, house.root.verify_key());
    let items = listed.map(|listing| {
        let (name, plain) = (format!("listing of {:?}", listing.kind), plain::listing(&listing));
        Item::new("trust::Listing", name, &listing, plain)
            .signed::<Listing>(&Signed::sign(root, &listing), key)
    });
    items.into()
}

fn credentials(house: &House) -> Vec<Item> {
    let (key, guardian) = (&house.owner.keys.sig, house.owner.id());
    let child = ChildId::from_bytes([6; 16]);
    let items = [Peer::Child(child), Peer::Adult(guardian)].map(|subject| {
        let credential = Credential {
            family: house.family.id(),
            subject,
            device: guardian,
            leaf_key: house.server.verify_key(),
            not_after: DAY.plus(366),
        };
        let (name, plain) = (format!("credential of {subject:?}"), plain::credential(&credential));
        Item::new("contact::Credential", name, &credential, plain)
            .signed::<Credential>(&Signed::sign(key, &credential), key.verify_key())
    });
    items.into()
}

fn receipts(house: &House) -> Vec<Item> {
    let (server, key) = (&house.server, house.server.verify_key());
    let child = ChildId::from_bytes([6; 16]);
    let wholly = (Some(child), vec![]);
    let partly = (None, vec![Category::Photos, Category::Voice]);
    let items = [wholly, partly].map(|(child, categories)| {
        let receipt = Receipt {
            family: house.family.id(),
            link: Hash::of(b"link"),
            child,
            categories,
            records: 300,
            blobs: 2,
            outer_keys: 0,
            day: DAY,
        };
        let whose = if child.is_some() { "a child" } else { "categories" };
        let (name, plain) = (format!("receipt for {whose}"), plain::receipt(&receipt));
        Item::new("receipt::Receipt", name, &receipt, plain)
            .signed::<Receipt>(&Signed::sign(server, &receipt), key)
    });
    items.into()
}

/// A leaf of each kind, and what the public log says of it.
fn leaves(house: &House) -> Vec<Item> {
    let (family, hash) = (house.family.id(), Hash::of(b"something"));
    let (key, word) = (house.owner.id(), "approve".to_owned());
    let release = Release {
        family,
        child: ChildId::from_bytes([6; 16]),
        category: Category::Photos,
        reader: key,
        grant: Some(hash),
        records: vec![RecordId::from_bytes([7; 16]), RecordId::from_bytes([8; 16])],
        blob: None,
    };
    let film = Release {
        grant: None,
        records: vec![],
        blob: Some(BlobId::from_bytes([9; 16])),
        ..release.clone()
    };
    let all = [
        What::Link { family, seen: house.family.seen() },
        What::Attestation { account: AccountId::from_bytes([4; 16]), attestation: hash },
        What::Act { steward: [1; 16], act: word.clone(), subject: [2; 16], reason: hash },
        What::Key { key, role: word },
        What::Erasure { family, link: hash, receipt: hash },
        What::Restore { known: 7, published: 300 },
        What::Publication { kind: "direct".to_owned(), version: 300, hash },
        What::Release(release),
        What::Release(film),
    ];
    let items = all.into_iter().flat_map(|what| {
        let name = format!("leaf of {:?}", what.kind());
        let leaf = Leaf { salt: [5; 32], event: Event { at_ms: 1_700_000_000_000, what } };
        let entry = leaf.entry();
        [
            Item::new("leaf::Leaf", name.clone(), &leaf, plain::leaf(&leaf)),
            Item::new(
                "leaf::Event",
                format!("event in the {name}"),
                &leaf.event,
                plain::event(&leaf.event),
            ),
            Item::new("leaf::Entry", format!("entry for the {name}"), &entry, plain::entry(&entry)),
        ]
    });
    items.collect()
}

/// What is signed or bound, and never decoded.
pub fn bare(name: String, bytes: Vec<u8>, plain: Value) -> Item {
    Item { structure: "", name, bytes, plain, again: |bytes| Ok(bytes.to_vec()), signed: None }
}
