//! What must be refused of members: who comes, who goes, and how the family decides.

use treehouse_protocol::cbor::Writer;
use treehouse_protocol::chain::body::{
    Body, Caps, DeviceAdd, Freeze, FreezeReason, GuardianAdd, GuardianRemove, NewKey, Policy,
    Promote,
};
use treehouse_protocol::id::{AccountId, ChildId, Day, Hash, KeyId};
use treehouse_protocol::kem::Suite;
use treehouse_protocol::keys::{PrivateKeys, PublicKeys};
use treehouse_protocol::registry::{Anchor, Coded, Method, Role};
use treehouse_protocol::sign::{Signed, SigningKey};
use treehouse_protocol::trust::Attestation;

use super::before::{Before, key, server};
use super::cast::{self, DAY, Person};
use super::story::{Story, emma};
use crate::json::Json;
use crate::seeds;

pub fn vectors(story: &Story) -> Vec<Json> {
    [
        coming(story),
        devices(story),
        leaving(story),
        agreed(story),
        agreed_by_whom(story),
        deciding(story),
        freezing(story),
        growing(story),
    ]
    .concat()
}

/// A guardian that comes in; `proof` is whose signature of possession stands there.
fn add(
    keys: PublicKeys,
    vpc: &Signed,
    who: (Role, Vec<ChildId>),
    proof: &SigningKey,
) -> GuardianAdd {
    let (role, children) = who;
    let add = GuardianAdd { keys, vpc: vpc.clone(), role, children, accept_sig: [0; 64] };
    add.accepted(seeds::id("family"), proof)
}

/// An owner with these keys.
pub fn owner(person: &Person) -> Body {
    let keys = person.keys.public();
    let add = add(keys, &person.vpc, (Role::Owner, Vec::new()), &person.keys.sig);
    Body::GuardianAdd(Box::new(add))
}

fn attested(person: &Person, by: &str, day: u32) -> Signed {
    let attestation = Attestation {
        account: AccountId::from_bytes([7; 16]),
        key: person.keys.sig.verify_key(),
        method: Method::SignedForm,
        evidence: Hash::of(b"evidence"),
        day: Day(day),
    };
    Signed::sign(&cast::signing_key(by), &attestation)
}

fn coming(story: &Story) -> Vec<Json> {
    let before = Before::new(story, "carol cares for emma");
    let (alice, carol) = (key("alice"), Person::new("carol"));
    let mut children: Vec<ChildId> = vec![emma(), seeds::id("finn")];
    children.sort();
    let both = before.clone().and(&alice, Body::ChildAdd(seeds::id("finn")));
    let small = PrivateKeys::from_seed(Suite::X25519, &seeds::seed("carol")).public();
    let sealing = Person::new("bob").keys.kem.public();
    let taken = PublicKeys { kem: sealing, ..carol.keys.public() };
    let (late, strange) =
        (attested(&carol, "attester", DAY + 1), attested(&carol, "another attester", DAY));
    let public = || carol.keys.public();
    let care = |children: &[ChildId]| (Role::Carer, children.to_vec());
    let (vpc, own) = (&carol.vpc, &carol.keys.sig);
    let bob = key("bob");
    let cases = [
        ("a carer of nobody's child", add(public(), vpc, care(&[seeds::id("nora")]), own)),
        ("a carer of no child", add(public(), vpc, care(&[]), own)),
        ("an owner with a list of children", add(public(), vpc, (Role::Owner, vec![emma()]), own)),
        ("a guardian with keys of suite 1", add(small, vpc, care(&[emma()]), own)),
        ("a sealing key that came in already", add(taken, vpc, care(&[emma()]), own)),
        ("an attestation from after the link", add(public(), &late, care(&[emma()]), own)),
        ("an attestation by a stranger", add(public(), &strange, care(&[emma()]), own)),
        ("a proof of possession by another key", add(public(), vpc, care(&[emma()]), &bob)),
    ];
    let refused = |(name, add): (&str, GuardianAdd)| {
        before.refuses(name, &alice, Body::GuardianAdd(Box::new(add)))
    };
    let mut out: Vec<_> = cases.into_iter().map(refused).collect();
    children.reverse();
    let disordered = add(public(), vpc, care(&children), own);
    let disordered = Body::GuardianAdd(Box::new(disordered));
    out.push(both.refuses("a carer's children out of order", &alice, disordered));
    out
}

/// A device that comes in.
pub fn device(keys: &PrivateKeys, child: Option<ChildId>, caps: u8) -> Body {
    let caps = Caps::from_bits(caps).unwrap();
    let add = DeviceAdd { keys: keys.public(), child, caps, accept_sig: [0; 64] };
    Body::DeviceAdd(Box::new(add.accepted(seeds::id("family"), &keys.sig)))
}

/// The body of a `device-add` with bits that mean nothing, well signed by the new key.
fn unknown_caps(keys: &PrivateKeys, writer: &mut Writer) {
    let public = keys.public();
    let items = |writer: &mut Writer, count| {
        writer.array(count).bytes(public.sig.bytes()).uint(public.kem.suite().code());
        writer.bytes(public.kem.bytes()).bytes(emma().bytes()).uint(32_u8);
    };
    let (mut unsigned, mut said) = (Writer::new(), Writer::new());
    items(&mut unsigned, 5);
    said.array(4).text("TH-ACCEPT/1").bytes(seeds::id::<()>("family").bytes()).uint(4_u8);
    said.bytes(Hash::of(&unsigned.into_bytes()).bytes());
    items(writer, 6);
    writer.bytes(&keys.sig.sign(&said.into_bytes()));
}

fn devices(story: &Story) -> Vec<Json> {
    let before = Before::new(story, "alice's ways back");
    let (alice, carol, tablet) = (key("alice"), key("carol"), cast::device("emma's tablet"));
    let nora = Some(seeds::id("nora"));
    let unknown = before.odd(device(&tablet, None, 0), &alice, &|writer| {
        unknown_caps(&tablet, writer);
    });
    let gone = Before::new(story, "dave decides too");
    let camera = Body::DeviceRemove(cast::device("camera").sig.id());
    let ways = |anchors: &[Anchor]| Body::RecoverySet(anchors.to_vec());
    let toy = device(&tablet, Some(emma()), Caps::RECOVERY);
    vec![
        before.refuses("a carer links a device that may bring guardians back", &carol, toy),
        before.refuses("a carer links a device of the family", &carol, device(&tablet, None, 8)),
        before.refuses("a device of nobody's child", &alice, device(&tablet, nora, 8)),
        before.replay("a capability that nobody knows", &unknown),
        before.refuses("a carer's ways back", &carol, ways(&[Anchor::Kit])),
        before.refuses("ways back out of order", &alice, ways(&[Anchor::Kit, Anchor::Opaque])),
        before.refuses("a guardian removed as a device", &alice, Body::DeviceRemove(carol.id())),
        gone.refuses("a device that has gone", &key("bob"), camera),
    ]
}

pub fn announce(kid: KeyId) -> Body {
    Body::GuardianRemove(GuardianRemove::Announce(kid))
}

pub fn due(hash: Hash) -> Body {
    Body::GuardianRemove(GuardianRemove::Due(hash))
}

fn leaving(story: &Story) -> Vec<Json> {
    let [alice, bob, carol, dave] = ["alice", "bob", "carol", "dave"].map(key);
    let alone = Before::new(story, "bob decides too");
    let all = Before::new(story, "alice's ways back");
    let frozen = Before::new(story, "finn belongs to the family");
    let waits = Before::new(story, "more than 14 days later");
    let announced = waits.family.seen().head;
    let off = || Body::Revoke(vec![announced]);
    let called_off = waits.clone().and(&alice, off());
    let left = Before::new(story, "the bear announces");
    let bear = cast::device("bear").sig.id();
    vec![
        alone.refuses("the last owner leaves", &alice, announce(alice.id())),
        all.refuses("a carer removes a guardian", &carol, announce(bob.id())),
        all.refuses("a device removed as a guardian", &alice, announce(bear)),
        frozen.refuses("who is frozen leaves", &carol, announce(carol.id())),
        waits.refuses("a removal that is announced already", &alice, announce(dave.id())),
        waits.refuses("a removal called off by whom it's about", &dave, off()),
        waits.refuses("a removal called off by another owner", &bob, off()),
        waits.refuses("a removal that nobody announced", &alice, due(Hash::NONE)),
        called_off.refuses("a removal that was called off", &alice, due(announced)),
        left.refuses("a guardian who has left is removed", &alice, announce(carol.id())),
    ]
}

/// A removal here, to which these agree, ascending.
pub fn agreement(before: &Before<'_>, whom: KeyId, by: &[&str], prev: Option<Hash>) -> Body {
    let prev = prev.unwrap_or(before.family.seen().head);
    let said = GuardianRemove::agreement(before.family.id(), whom, prev);
    let keys = by.iter().map(|name| key(name));
    let mut signatures: Vec<_> = keys.map(|key| (key.id(), key.sign(&said))).collect();
    signatures.sort_by_key(|(kid, _)| *kid);
    Body::GuardianRemove(GuardianRemove::Agreed { guardian: whom, signatures })
}

fn agreed(story: &Story) -> Vec<Json> {
    let before = Before::new(story, "alice announces that dave");
    let (alice, dave) = (key("alice"), key("dave").id());
    let of = |by: &[&str]| agreement(&before, dave, by, None);
    let elsewhere = agreement(&before, dave, &["bob"], Some(Hash::NONE));
    let policy = Body::Policy(Policy { quorum: 2, ..Policy::DEFAULT });
    let strict = before.clone().and(&alice, policy);
    let too_few = agreement(&strict, dave, &["bob"], None);
    let mut twice = of(&["bob"]);
    if let Body::GuardianRemove(GuardianRemove::Agreed { signatures, .. }) = &mut twice {
        signatures.push(signatures[0]);
    }
    let child = before.clone().and(&alice, Body::ChildAdd(seeds::id("another child")));
    let late = of(&["bob"]);
    vec![
        before.refuses("a removal to which nobody agrees", &alice, of(&[])),
        strict.refuses("fewer agree than the policy says", &alice, too_few),
        before.refuses("who agrees means another place", &alice, elsewhere),
        child.refuses("who agrees meant the place before", &alice, late),
        before.refuses("who agrees twice", &alice, twice),
        before.refuses("who signs agrees with itself", &alice, of(&["alice"])),
        before.refuses("a carer agrees", &alice, of(&["carol"])),
        before.refuses("who is to go agrees", &alice, of(&["dave"])),
    ]
}

/// Owners who may not agree, or not sign what others agree to.
fn agreed_by_whom(story: &Story) -> Vec<Json> {
    let before = Before::new(story, "alice announces that dave");
    let [alice, bob, dave] = ["alice", "bob", "dave"].map(key);
    let freeze = Freeze {
        guardian: Some(bob.id()),
        until: before.day.plus(9),
        reason: FreezeReason::Dispute,
    };
    let frozen = before.clone().and(&server(), Body::Freeze(freeze));
    let erin = before.clone().and(&alice, owner(&Person::new("erin")));
    let twice = erin.clone().and(&alice, owner(&Person::new("bob anew")));
    let strict = Policy { quorum: 2, ..Policy::DEFAULT };
    let twice = twice.and(&alice, Body::Policy(strict));
    let friend = agreement(&erin, dave.id(), &["erin"], None);
    let junior = agreement(&before, bob.id(), &["alice"], None);
    let same = agreement(&twice, dave.id(), &["bob", "bob anew"], None);
    let removed = agreement(&erin, key("erin").id(), &["bob", "dave"], None);
    let mut disordered = removed;
    if let Body::GuardianRemove(GuardianRemove::Agreed { signatures, .. }) = &mut disordered {
        signatures.reverse();
    }
    // A time lock ago is as long as the policy says now.
    let later = before.clone().later(15);
    let later = later.and(&alice, Body::Policy(Policy { timelock_days: 30, ..Policy::DEFAULT }));
    let too_soon = agreement(&later, bob.id(), &["alice"], None);
    let by_frozen = agreement(&frozen, dave.id(), &["bob"], None);
    vec![
        frozen.refuses("who agrees is frozen", &alice, by_frozen),
        erin.refuses("who agrees came later than who is to go", &alice, friend),
        before.refuses("who signs came later than who is to go", &dave, junior),
        later.refuses("who signs came less than today's time lock ago", &dave, too_soon),
        twice.refuses("two keys of one account agree", &alice, same),
        erin.refuses("who agree out of order", &alice, disordered),
    ]
}

fn deciding(story: &Story) -> Vec<Json> {
    let before = Before::new(story, "a linked toy may bring");
    let alice = key("alice");
    let policy =
        |quorum, timelock_days| Body::Policy(Policy { quorum, timelock_days, toy_recovery: false });
    let neither = before.odd(policy(1, 14), &alice, &|writer| {
        writer.array(3).uint(1_u8).uint(14_u8).uint(2_u8);
    });
    vec![
        before.refuses("a quorum of none", &alice, policy(0, 14)),
        before.refuses("a quorum of 9", &alice, policy(9, 14)),
        before.refuses("a time lock of 13 days", &alice, policy(1, 13)),
        before.refuses("a time lock of 91 days", &alice, policy(1, 91)),
        before.replay("toys that may bring back, or may not: 2", &neither),
    ]
}

/// A freeze by the server.
pub fn freeze(guardian: Option<KeyId>, until: Day) -> Body {
    Body::Freeze(Freeze { guardian, until, reason: FreezeReason::Takeover })
}

fn freezing(story: &Story) -> Vec<Json> {
    let before = Before::new(story, "carol may only take access away");
    let (alice, day) = (key("alice"), before.day);
    let kid = key("carol").id();
    let carol = Some(kid);
    let bear = Some(cast::device("bear").sig.id());
    let teen = Some(cast::device("emma's tablet").sig.id());
    let grown = Before::new(story, "emma makes keys");
    let reason = before.odd(freeze(carol, day), &server(), &|writer| {
        writer.array(3).bytes(kid.bytes()).uint(day.plus(9).0).uint(4_u8);
    });
    let all = before.clone().and(&server(), freeze(None, day.plus(9)));
    let child = Body::ChildAdd(seeds::id("finn"));
    vec![
        before.refuses("a freeze of no day", &server(), freeze(carol, day)),
        before.refuses("a freeze of 91 days", &server(), freeze(carol, day.plus(91))),
        before.refuses("a freeze of a device", &server(), freeze(bear, day.plus(9))),
        before.refuses("an owner freezes", &alice, freeze(carol, day.plus(9))),
        before.replay("a freeze for another reason", &reason),
        grown.refuses("a freeze of a teen", &server(), freeze(teen, grown.day.plus(9))),
        all.refuses("everybody is frozen", &alice, child),
    ]
}

fn growing(story: &Story) -> Vec<Json> {
    let before = Before::new(story, "emma is of age");
    let (alice, tablet) = (key("alice"), cast::device("emma's tablet"));
    let promote = |keys: &PrivateKeys, proof: &SigningKey| {
        let promote = Promote { child: emma(), keys: keys.public(), accept_sig: [0; 64] };
        Body::Promote(Box::new(promote.accepted(seeds::id("family"), proof)))
    };
    let small = PrivateKeys::from_seed(Suite::X25519, &seeds::seed("emma's tablet"));
    let (bear, another) = (cast::device("bear"), cast::device("camera"));
    let grown = Before::new(story, "emma makes keys");
    let second = Body::ChildAdd(seeds::id("another child"));
    vec![
        before.refuses("a teen with keys of suite 1", &alice, promote(&small, &small.sig)),
        before.refuses("a teen with the keys of a toy", &alice, promote(&bear, &bear.sig)),
        before.refuses("a teen that proves another key", &alice, promote(&tablet, &another.sig)),
        grown.refuses("a child of age comes of age", &alice, promote(&another, &another.sig)),
        grown.refuses("a teen adds a second child", &tablet.sig, second),
        grown.refuses("a teen leaves", &tablet.sig, announce(tablet.sig.id())),
    ]
}
