//! Contacts and credentials.

use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::body::{Approval, Body, Caps, DeviceAdd, Modes, NewKey, Peer};
use treehouse_protocol::chain::{Family, Pen};
use treehouse_protocol::contact::Credential;
use treehouse_protocol::error::Refused;
use treehouse_protocol::id::{ChildId, Day, Hash};
use treehouse_protocol::sign::{Signed, SigningKey, VerifyKey};

use crate::chain::cast::{self, DAY, Person};
use crate::json::{Entry, Json, hex};
use crate::notation;
use crate::seeds;

pub const CREDENTIAL: [&str; 7] =
    ["type", "fid", "peer_kind", "peer_id", "device_kid", "leaf_sig_key", "not_after"];

/// A family of one guardian, one child and the child's device; and its chain.
pub struct Home {
    pub guardian: &'static str,
    pub child: ChildId,
    pub links: Vec<Vec<u8>>,
    pub family: Family,
}

impl Home {
    fn new(guardian: &'static str, child: &str, device: &str) -> Self {
        let person = Person::new(guardian);
        let id = seeds::id(&format!("{guardian}'s family"));
        let first = person.found(id);
        let trust = cast::trust();
        let pinned = Hash::of(&first);
        let family = Family::replay(pinned, [first.as_slice()], &trust, Day(DAY)).unwrap();
        let child = seeds::id(child);
        let keys = cast::device(device);
        let add = DeviceAdd {
            keys: keys.public(),
            child: Some(child),
            caps: Caps::from_bits(Caps::SCREEN).unwrap(),
            accept_sig: [0; 64],
        };
        let add = add.accepted(id, &keys.sig);
        let mut pen = Pen::new(&family, &person.keys.sig, &trust, Day(DAY));
        pen.write(Body::ChildAdd(child)).unwrap();
        pen.write(Body::DeviceAdd(Box::new(add))).unwrap();
        let family = pen.family().clone();
        let links = [vec![first], pen.finish()].concat();
        Self { guardian, child, links, family }
    }

    /// The same after one more link.
    pub fn and(mut self, key: &SigningKey, body: Body) -> Self {
        let trust = cast::trust();
        let mut pen = Pen::new(&self.family, key, &trust, Day(DAY));
        pen.write(body).unwrap();
        self.family = pen.family().clone();
        self.links.extend(pen.finish());
        self
    }

    pub fn chain(&self) -> Json {
        self.links.iter().map(hex).collect::<Vec<_>>().into()
    }
}

pub fn homes() -> [Home; 2] {
    [Home::new("alice", "emma", "bear"), Home::new("dora", "nora", "camera")]
}

pub fn leaf() -> VerifyKey {
    cast::signing_key("MLS leaf").verify_key()
}

pub fn credential(home: &Home) -> Credential {
    Credential {
        family: home.family.id(),
        subject: Peer::Child(home.child),
        device: cast::device("bear").sig.id(),
        leaf_key: leaf(),
        not_after: Day(DAY + 28),
    }
}

pub fn vectors() -> Vec<Json> {
    let homes = homes();
    let mut vectors = vec![approval(&homes).into(), one_credential(&homes[0]).into()];
    vectors.extend(refused_credentials(&homes[0]));
    vectors.extend(crate::group::vectors());
    vectors
}

fn approval([one, two]: &[Home; 2]) -> Entry {
    let modes = Modes::from_bits(Modes::TEXT | Modes::VOICE).unwrap();
    let expires = Day(DAY + 100);
    let sides = [one.family.side(one.child), two.family.side(two.child)];
    let statement = Approval::statement(sides[0], sides[1], modes, expires);
    assert_eq!(statement, Approval::statement(sides[1], sides[0], modes, expires));
    let sign = |home: &Home| {
        let key = Person::new(home.guardian).keys.sig;
        Approval::agree(sides[0], sides[1], modes, expires, &key)
    };
    let approval = Approval {
        child: one.child,
        other: sides[1],
        modes,
        expires,
        co_key: Person::new(two.guardian).keys.sig.verify_key(),
        co_sig: sign(two),
    };
    Entry::new(
        "approval",
        "what both guardians sign: [\"TH-CONTACT/1\", side, side, modes, expires], the smaller \
         side first; a bare Ed25519 signature; its hash names the approval in both families",
    )
    .inputs([
        ("one_chain", one.chain()),
        ("other_chain", two.chain()),
        ("modes", u64::from(modes.bits()).into()),
        ("expires", u64::from(expires.0).into()),
    ])
    .steps([("diagnostic", notation::diagnostic(&statement).into())])
    .outputs([
        ("statement", hex(&statement)),
        ("hash", hex(approval.hash(sides[0]).bytes())),
        ("signature_of_one", hex(sign(one))),
        ("signature_of_other", hex(approval.co_sig)),
    ])
}

fn one_credential(home: &Home) -> Entry {
    let credential = credential(home);
    let signed = Signed::sign(&Person::new("alice").keys.sig, &credential);
    let read = Credential::verify(&signed, &home.family, &leaf(), Day(DAY + 1)).unwrap();
    assert_eq!(read, credential);
    let cbor = credential.to_bytes();
    Entry::new("credential", "what the leaf of emma's bear carries, signed by alice")
        .inputs([
            ("chain", home.chain()),
            ("signer_gb", hex(seeds::bytes("alice"))),
            ("fields", notation::fields(&CREDENTIAL, &cbor)),
        ])
        .outputs([("cbor", hex(cbor)), ("cose", hex(signed.to_bytes()))])
}

fn refused_credentials(home: &Home) -> Vec<Json> {
    type Change = fn(&mut Credential);
    let cases: [(&str, &str, Change); 7] = [
        ("by a stranger", "dora", |_| ()),
        ("of another family", "alice", |one| {
            one.family = seeds::id("another");
        }),
        ("for a child of nobody here", "alice", |one| {
            one.subject = Peer::Child(seeds::id("nora"));
        }),
        ("for somebody else's device", "alice", |one| {
            one.device = cast::device("camera").sig.id();
        }),
        ("for another leaf", "alice", |one| {
            one.leaf_key = cast::signing_key("another leaf").verify_key();
        }),
        ("that is over", "alice", |one| one.not_after = Day(DAY)),
        ("that lasts too long", "alice", |one| {
            one.not_after = Day(DAY + 1 + 367);
        }),
    ];
    let refused = |(what, signer, change): (&str, &str, Change)| {
        let mut credential = credential(home);
        change(&mut credential);
        let signed = Signed::sign(&Person::new(signer).keys.sig, &credential);
        let today = Day(DAY + 1);
        let refused = Credential::verify(&signed, &home.family, &leaf(), today);
        let refused: Refused = refused.unwrap_err();
        Entry::new(&format!("credential {what}"), "must be refused against the chain above")
            .inputs([
                ("leaf_sig_key", hex(leaf().bytes())),
                ("today", u64::from(today.0).into()),
                ("cose", hex(signed.to_bytes())),
            ])
            .refused(&refused)
            .into()
    };
    cases.into_iter().map(refused).collect()
}
