//! What must be refused along the story: one link, or one batch, after a number of good links.

use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::Link;
use treehouse_protocol::chain::body::{
    Body, Caps, DeviceAdd, GuardianAdd, GuardianRemove, KeyVersion, KeyVersions, NewKey, Policy,
    Purge,
};
use treehouse_protocol::id::{Day, Hash};
use treehouse_protocol::registry::{Category, Role};
use treehouse_protocol::sign::Signed;

use super::before::{Before, key};
use super::cast::{self, DAY, Person};
use super::story::{Story, emma};
use crate::json::Json;
use crate::seeds;

pub fn vectors(story: &Story) -> Vec<Json> {
    let mut vectors = places(story);
    vectors.extend(signers(story));
    vectors.extend(bodies(story));
    vectors.extend(batches(story));
    vectors
}

/// Links that don't fit where they stand.
fn places(story: &Story) -> Vec<Json> {
    let before = Before::new(story, "bob decides too");
    let alice = key("alice");
    let child = || Body::ChildAdd(seeds::id("finn"));
    let link = || before.link(child());
    let signed = |link: Link| link.sign(&alice);
    let mut forged = signed(link());
    *forged.last_mut().unwrap() ^= 0x80;
    let genesis = before.story.links[0].bytes.clone();
    let cases = [
        ("a gap", signed(Link { seq: before.family.seen().seq + 2, ..link() })),
        ("another history", signed(Link { prev: Hash::of(b"another"), ..link() })),
        ("another family's link", signed(Link { family: seeds::id("another"), ..link() })),
        ("before the last link's day", signed(Link { day: Day(DAY - 1), ..link() })),
        ("in the future", signed(Link { day: Day(DAY + 2), ..link() })),
        ("a link again", before.story.links[before.count - 1].bytes.clone()),
        ("a second genesis", genesis),
        ("a changed signature", forged),
        ("a link left out", before.story.links[before.count + 1].bytes.clone()),
    ];
    cases.iter().map(|(name, link)| before.replay(name, link)).collect()
}

/// Links of somebody who may not say so.
fn signers(story: &Story) -> Vec<Json> {
    let before = Before::new(story, "a camera that only writes");
    let child = before.link(Body::ChildAdd(seeds::id("finn")));
    let policy = before.link(Body::Policy(Policy::DEFAULT));
    let server = cast::signing_key("server");
    let mut out = vec![
        before.replay("a stranger", &child.sign(&key("dora"))),
        before.replay("the server widens access", &child.sign(&server)),
        before.replay("a carer decides for the family", &policy.sign(&key("carol"))),
    ];
    let frozen = Before::new(story, "finn belongs to the family");
    let child = frozen.link(Body::ChildAdd(seeds::id("finn")));
    out.push(frozen.replay("a frozen carer widens access", &child.sign(&key("carol"))));
    let gone = Before::new(story, "the bear announces");
    let child = gone.link(Body::ChildAdd(seeds::id("another child")));
    out.push(gone.replay("who has left", &child.sign(&key("carol"))));
    let grown = Before::new(story, "emma makes keys");
    let remove = grown.link(Body::ChildRemove(emma()));
    out.push(grown.replay("a guardian decides for a teen", &remove.sign(&key("alice"))));
    out
}

/// Links that say what can't be.
fn bodies(story: &Story) -> Vec<Json> {
    let alice = key("alice");
    let mut out = Vec::new();
    let before = Before::new(story, "the bear obeys");
    let camera = cast::device("camera");
    let caps = Caps::from_bits(Caps::SCREEN).unwrap();
    let device = |keys: &treehouse_protocol::keys::PrivateKeys, family| {
        let add = DeviceAdd { keys: keys.public(), child: None, caps, accept_sig: [0; 64] };
        Body::DeviceAdd(Box::new(add.accepted(family, &keys.sig)))
    };
    let tablet = cast::device("emma's tablet");
    let here = before.family.id();
    let again = before.link(device(&camera, here)).sign(&alice);
    out.push(before.replay("a key that is let in twice", &again));
    let elsewhere = before.link(device(&tablet, seeds::id("another"))).sign(&alice);
    out.push(before.replay("a proof of possession for another family", &elsewhere));

    let version = |version| KeyVersion {
        category: Category::Voice,
        version,
        commitment: Hash::of(b"kc"),
        drop_box: camera.kem.public(),
        wrapped: None,
    };
    let gap = KeyVersions { child: emma(), versions: vec![version(2)] };
    let gap = before.link(Body::KeyVersion(gap)).sign(&alice);
    out.push(before.replay("a key version left out", &gap));

    let purge = Purge { link: story.family.genesis(), receipt: Hash::NONE, service: None };
    let purge = before.link(Body::Purge(purge)).sign(&cast::signing_key("server"));
    out.push(before.replay("a receipt for what nobody asked for", &purge));

    let dave = Person::new("dave");
    let vpc = Person::new("erin").vpc;
    let (keys, children) = (dave.keys.public(), Vec::new());
    let add = GuardianAdd { keys, vpc, role: Role::Owner, children, accept_sig: [0; 64] };
    let add = Body::GuardianAdd(Box::new(add.accepted(here, &dave.keys.sig)));
    let add = before.link(add).sign(&alice);
    out.push(before.replay("an attestation of another key", &add));
    out.extend(late_and_early(story));
    out
}

/// What was right once, or will be.
fn late_and_early(story: &Story) -> Vec<Json> {
    let alice = key("alice");
    let after = Before::new(story, "the server tells that its copies");
    let grant = story.links.iter().find(|link| link.why.contains("a service of the operator"));
    let grant = Signed::from_bytes(&grant.unwrap().bytes).unwrap();
    let grant: Link = grant.verify(&alice.verify_key()).unwrap();
    let replayed = after.link(grant.body).sign(&alice);
    let due = Before::new(story, "more than 14 days later");
    let announced = due.family.seen().head;
    let mut early = due.link(Body::GuardianRemove(GuardianRemove::Due(announced)));
    early.day = Day(DAY + 19);
    vec![
        after.replay("a grant that was taken back", &replayed),
        due.replay("a removal on the last day of its time lock", &early.sign(&alice)),
    ]
}

/// What only the server refuses, since it sees the batch and the calendar.
fn batches(story: &Story) -> Vec<Json> {
    let revoke = Before::new(story, "the service loses its grant");
    let camera = Before::new(story, "the camera is lost");
    let mut old = camera.link(Body::DeviceRemove(cast::device("camera").sig.id()));
    old.day = Day(DAY + 2);
    let too_old = camera.link(Body::DeviceRemove(cast::device("camera").sig.id()));
    let calendar = Before::new(story, "the camera is lost").later(5);
    vec![
        revoke.append("a reader taken out without new keys", &[revoke.next()]),
        camera.append("a batch of nothing", &[]),
        camera.append("dated before the last link", &[&old.sign(&key("bob"))]),
        calendar.append("dated long before the server's day", &[&too_old.sign(&key("bob"))]),
    ]
}
