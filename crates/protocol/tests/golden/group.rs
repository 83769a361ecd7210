//! Who may sit in a group: credentials of all kinds of members, and groups that hold or don't.

use std::collections::BTreeMap;

use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::body::{
    Approval, Body, Caps, DeviceAdd, Freeze, FreezeReason, Modes, NewKey, Peer, Promote, Side,
};
use treehouse_protocol::contact::{Credential, Seat, check_group};
use treehouse_protocol::id::{Day, KeyId};
use treehouse_protocol::sign::{Signed, SigningKey};

use crate::chain::cast::{self, DAY, Person};
use crate::contacts::{CREDENTIAL, Home, credential, homes, leaf};
use crate::json::{Entry, Json, hex, map};
use crate::notation;
use crate::seeds;

const TODAY: Day = Day(DAY + 1);

pub fn vectors() -> Vec<Json> {
    let mut vectors = credentials();
    vectors.extend(groups());
    vectors
}

fn key(name: &str) -> SigningKey {
    Person::new(name).keys.sig
}

/// Alice's home with a tablet of the whole family.
fn shared() -> Home {
    let [home, _] = homes();
    let tablet = cast::device("emma's tablet");
    let caps = Caps::from_bits(Caps::SCREEN).unwrap();
    let add = DeviceAdd { keys: tablet.public(), child: None, caps, accept_sig: [0; 64] };
    let add = add.accepted(home.family.id(), &tablet.sig);
    home.and(&key("alice"), Body::DeviceAdd(Box::new(add)))
}

/// Alice's home, where emma has come of age.
fn grown() -> Home {
    let [home, _] = homes();
    let tablet = cast::device("emma's tablet");
    let promote = Promote { child: home.child, keys: tablet.public(), accept_sig: [0; 64] };
    let promote = promote.accepted(home.family.id(), &tablet.sig);
    home.and(&key("alice"), Body::Promote(Box::new(promote)))
}

fn frozen() -> Home {
    let [home, _] = homes();
    let reason = FreezeReason::Dispute;
    let freeze = Freeze { guardian: Some(key("alice").id()), until: Day(DAY + 9), reason };
    home.and(&cast::signing_key("server"), Body::Freeze(freeze))
}

fn credentials() -> Vec<Json> {
    let (shared, grown, frozen) = (shared(), grown(), frozen());
    let (alice, tablet) = (key("alice"), cast::device("emma's tablet").sig);
    let bear = cast::device("bear").sig.id();
    let adult = Peer::Adult(alice.id());
    let emma = Peer::Child(shared.child);
    let of =
        |home: &Home, subject, device: KeyId| Credential { subject, device, ..credential(home) };
    let cases = [
        ("of a guardian", &shared, &alice, of(&shared, adult, alice.id())),
        ("of a guardian on the family's device", &shared, &alice, of(&shared, adult, tablet.id())),
        ("of a child on the family's device", &shared, &alice, of(&shared, emma, tablet.id())),
        ("of a teen by itself", &grown, &tablet, of(&grown, emma, tablet.id())),
        ("of a teen's toy", &grown, &tablet, of(&grown, emma, bear)),
        ("of a guardian on a child's toy", &shared, &alice, of(&shared, adult, bear)),
        ("of a child on its guardian's key", &shared, &alice, of(&shared, emma, alice.id())),
        ("of another adult", &shared, &alice, of(&shared, Peer::Adult(tablet.id()), bear)),
        ("of a teen by its guardian", &grown, &alice, of(&grown, emma, bear)),
        ("by who is frozen", &frozen, &alice, of(&frozen, emma, bear)),
        ("by a toy", &shared, &tablet, of(&shared, emma, tablet.id())),
    ];
    cases.into_iter().map(|(what, home, key, said)| one(what, home, key, &said)).collect()
}

fn one(what: &str, home: &Home, by: &SigningKey, credential: &Credential) -> Json {
    let signed = Signed::sign(by, credential);
    let (cbor, cose) = (credential.to_bytes(), hex(signed.to_bytes()));
    let (leaf_key, today) = (hex(leaf().bytes()), u64::from(TODAY.0).into());
    let entry = |shows| Entry::new(&format!("credential {what}"), shows);
    match Credential::verify(&signed, &home.family, &leaf(), TODAY) {
        Ok(read) => {
            assert_eq!(read, *credential);
            let name = if by.id() == key("alice").id() { "alice" } else { "emma's tablet" };
            entry("counts in the family with this chain")
                .inputs([
                    ("chain", home.chain()),
                    ("signer_gb", hex(seeds::bytes(name))),
                    ("fields", notation::fields(&CREDENTIAL, &cbor)),
                    ("today", today),
                ])
                .outputs([("cbor", hex(cbor)), ("cose", cose)])
                .into()
        }
        Err(refused) => entry("must be refused against this chain")
            .inputs([
                ("chain", home.chain()),
                ("leaf_sig_key", leaf_key),
                ("today", today),
                ("cose", cose),
            ])
            .refused(&refused)
            .into(),
    }
}

/// Both children, approved by both families, or by those that are named.
fn friends(approving: &[&str]) -> [Home; 2] {
    let [one, two] = homes();
    let sides = [one.family.side(one.child), two.family.side(two.child)];
    [approved(one, sides[1], "dora", approving), approved(two, sides[0], "alice", approving)]
}

fn approved(home: Home, other: Side, co: &str, approving: &[&str]) -> Home {
    if !approving.contains(&home.guardian) {
        return home;
    }
    let (modes, expires) = (Modes::from_bits(Modes::TEXT).unwrap(), Day(DAY + 30));
    let (own, signer) = (home.family.side(home.child), key(home.guardian));
    let co_sig = Approval::agree(own, other, modes, expires, &key(co));
    let (child, co_key) = (home.child, key(co).verify_key());
    let approval = Approval { child, other, modes, expires, co_key, co_sig };
    home.and(&signer, Body::ContactApprove(Box::new(approval)))
}

/// Emma may talk with dora herself.
fn with_dora() -> [Home; 2] {
    let [one, two] = homes();
    let dora = Side { peer: Peer::Adult(key("dora").id()), ..two.family.side(two.child) };
    [approved(one, dora, "dora", &["alice"]), two]
}

fn groups() -> Vec<Json> {
    let both = || friends(&["alice", "dora"]);
    let all = ["alice", "emma", "dora", "nora"];
    let cases: [(&str, [Home; 2], &[&str], Day); 9] = [
        ("two children and their guardians", both(), &all, TODAY),
        ("a child and its guardian", both(), &["alice", "emma"], TODAY),
        ("two guardians", homes(), &["alice", "dora"], TODAY),
        (
            "a child and an adult whom it may talk with",
            with_dora(),
            &["alice", "emma", "dora"],
            TODAY,
        ),
        ("nobody watches over nora", both(), &["alice", "emma", "nora"], TODAY),
        ("children who aren't approved", homes(), &all, TODAY),
        ("children whom one family approved", friends(&["alice"]), &all, TODAY),
        ("children whose approval is over", both(), &all, Day(DAY + 30)),
        ("an adult who watches over nobody there", both(), &["alice", "emma", "dora"], TODAY),
    ];
    cases.into_iter().map(|(what, homes, who, day)| group(what, &homes, who, day)).collect()
}

fn group(what: &str, homes: &[Home; 2], who: &[&str], day: Day) -> Json {
    let seats: Vec<Seat> = who.iter().map(|name| seat(homes, name)).collect();
    let families: BTreeMap<_, _> =
        homes.iter().map(|home| (home.family.id(), &home.family)).collect();
    let rows = seats.iter().map(|seat| {
        let (kind, id): (u64, _) = match &seat.peer {
            Peer::Child(child) => (1, hex(child.bytes())),
            Peer::Adult(kid) => (2, hex(kid.bytes())),
        };
        map([("fid", hex(seat.family.bytes())), ("peer_kind", kind.into()), ("peer_id", id)])
    });
    let entry = Entry::new(&format!("group: {what}"), "who sits in a group, by both chains");
    let entry = entry.inputs([
        ("one_chain", homes[0].chain()),
        ("other_chain", homes[1].chain()),
        ("seats", Json::List(rows.collect())),
        ("today", u64::from(day.0).into()),
    ]);
    match check_group(&seats, &families, day) {
        Ok(()) => entry.outputs([("seats", (seats.len() as u64).into())]).into(),
        Err(refused) => entry.refused(&refused).into(),
    }
}

fn seat(homes: &[Home; 2], name: &str) -> Seat {
    let home = &homes[usize::from(["dora", "nora"].contains(&name))];
    let adult = name == home.guardian;
    let peer = if adult { Peer::Adult(key(name).id()) } else { Peer::Child(home.child) };
    Seat { family: home.family.id(), peer }
}
