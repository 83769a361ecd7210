//! What else is right: links beside the story, and what holds after them.

use treehouse_protocol::chain::body::{
    Approval, Body, Caps, Genesis, KeyVersion, KeyVersions, Peer, Purge,
};
use treehouse_protocol::chain::{ChainRefused, Family, Link, Pen, pen};
use treehouse_protocol::id::{Day, FamilyId, Hash};
use treehouse_protocol::kem::Suite;
use treehouse_protocol::keys::PrivateKeys;
use treehouse_protocol::registry::{Category, GranteeKind, Purpose, Rights};
use treehouse_protocol::sign::SigningKey;

use super::back::complete;
use super::before::{Before, key, server, unknown};
use super::cast::{self, DAY, Person};
use super::data::{approval, other_side};
use super::members::{agreement, announce, device, freeze, owner};
use super::now;
use super::story::{Story, emma};
use crate::json::{Entry, Json, hex};
use crate::seeds;

pub fn vectors(story: &Story) -> Vec<Json> {
    let mut vectors = beside(story);
    vectors.extend(removals(story));
    vectors.extend(doubtful(story));
    vectors.push(a_teen_founds(story));
    vectors.extend(refused_founders());
    vectors
}

fn beside(story: &Story) -> Vec<Json> {
    let (alice, tablet) = (key("alice"), cast::device("emma's tablet"));
    let contact = Before::new(story, "bob ends that");
    let back = Before::new(story, "more than 72 hours");
    let announced = back.family.seen().head;
    let alone = back.clone().and(&cast::device("bear").sig, complete(announced, None));
    let own = back.clone().and(&key("bob"), Body::Revoke(vec![announced]));
    let frozen = Before::new(story, "carol may only take access away");
    let until = frozen.day.plus(90);
    let frozen = frozen.and(&server(), freeze(None, until));
    let camera = Body::DeviceRemove(cast::device("camera").sig.id());
    let frozen = frozen.and(&alice, camera);
    let shared = Before::new(story, "alice's ways back");
    let shared = shared.and(&alice, device(&tablet, None, Caps::SCREEN));
    let adult = Before::new(story, "emma and nora");
    let dora = other_side(Peer::Adult(key("dora").id()));
    let approved: Approval = approval(&adult, dora, 366, "dora");
    let adult = adult.and(&alice, Body::ContactApprove(Box::new(approved)));
    let erased = Before::new(story, "on an account sign-in alone");
    let again = KeyVersion {
        category: Category::Profile,
        version: erased
            .family
            .keys(emma(), Category::Profile)
            .unwrap()
            .current()
            .unwrap()
            .version
            .version
            + 1,
        commitment: unknown().commitment(),
        drop_box: unknown().drop_box_public(),
        wrapped: None,
    };
    let again = Body::KeyVersion(KeyVersions { child: emma(), versions: vec![again] });
    let begun = erased.and(&tablet.sig, again);
    vec![
        contact.taken("nothing, while a contact stands", "what holds after 14 links"),
        back.taken("nothing, while a recovery stands", "what holds after 30 links"),
        own.taken("who hasn't lost its key says so", "bob calls his recovery off"),
        alone.taken("a recovery that hands nothing over", "bob's first key goes all the same"),
        frozen.taken("a freeze of everybody", "nobody widens, everybody still reduces"),
        shared.taken("a device of the whole family", "its cid is null"),
        adult.taken("a contact with an adult", "dora herself, for as long as there is"),
        begun.taken("a key after an erasure", "versions count on behind what was erased"),
    ]
}

fn removals(story: &Story) -> Vec<Json> {
    let (alice, dave) = (key("alice"), key("dave"));
    let before = Before::new(story, "alice announces that dave");
    let both = before.clone().and(&alice, announce(dave.id()));
    let both = both.and(&dave, announce(alice.id()));
    let off = Before::new(story, "more than 14 days later");
    let announced = off.family.seen().head;
    let off = off.and(&alice, Body::Revoke(vec![announced]));
    let old = before.clone().later(15);
    let by_dave = agreement(&old, key("bob").id(), &["alice"], None);
    let old = old.and(&dave, by_dave);
    let three = before.and(&alice, owner(&Person::new("erin")));
    let two_agree = agreement(&three, key("erin").id(), &["bob", "dave"], None);
    let three = three.and(&alice, two_agree);
    vec![
        both.taken("two owners announce each other's removal", "both stand"),
        off.taken("a removal called off", "by whom it was announced"),
        old.taken("who came a time lock ago removes", "with an owner who came first"),
        three.taken("two agree to a removal", "ascending by kid"),
    ]
}

/// What one might refuse, or forget.
fn doubtful(story: &Story) -> Vec<Json> {
    let alice = key("alice");
    let over = Before::new(story, "the service loses its grant").later(400);
    let service = cast::service().kem.public();
    let mut grants = over.family.grants();
    let hash = grants.find(|(_, granted)| granted.header.grantee == service.id()).unwrap().0;
    drop(grants);
    let over = over.and(&server(), Body::Revoke(vec![hash]));
    let maker = Before::new(story, "alice's ways back").and(&alice, announce(alice.id()));
    let back = Before::new(story, "more than 72 hours");
    let announced = back.family.seen().head;
    let free = back.and(&alice, Body::Revoke(vec![announced]));
    let free = free.and(&alice, owner(&Person::new("bob anew")));
    let long = Before::new(story, "a service of the operator").later(30);
    let read = (Category::Profile, Rights::READ);
    let mut header = long.header((GranteeKind::Service, &service), read, Purpose::Moderation);
    header.expires = Some(long.day.plus(365));
    let long_grant = long.sealed(header, &service);
    let long = long.and(&alice, Body::Grant(long_grant));
    let carer = Before::new(story, "alice's ways back");
    let bear = cast::device("bear").kem.public();
    let header = carer.header((GranteeKind::Device, &bear), read, Purpose::Play);
    let by_carer = carer.sealed(header, &bear);
    let carer = carer.and(&key("carol"), Body::Grant(by_carer));
    let purged = Before::new(story, "carol may only take access away");
    let (link, receipt) = (Hash::of(&story.links[15].bytes), Hash::of(b"another receipt"));
    let nobody = Some(key("dora").id());
    let purged = purged.and(&server(), Body::Purge(Purge { link, receipt, service: nobody }));
    vec![
        over.taken("a grant that has run out, taken back", "its key is due all the same"),
        maker.taken("who made keys leaves", "all that were the last of their category are due"),
        free.taken("the keys of a recovery that was called off", "they come in another way"),
        long.taken("a grant that outlives the listing", "who is listed on the day is granted"),
        carer.taken("a carer grants who was granted nothing", "nobody is asked for right 4"),
        purged.taken("a second receipt, of a service that isn't listed", "nothing follows from it"),
    ]
}

/// The keys of a teen who founds a family, and the first link.
fn teen() -> (PrivateKeys, Genesis) {
    let person = Person::new("emma herself");
    let genesis = Genesis { by_teen: true, keys: person.keys.public(), vpc: person.vpc.clone() };
    (person.keys, genesis)
}

fn founded(genesis: Genesis, key: &SigningKey) -> Vec<u8> {
    pen::found(seeds::id("emma's family"), genesis, Day(DAY), key)
}

fn a_teen_founds(story: &Story) -> Json {
    let (keys, genesis) = teen();
    let first = founded(genesis, &keys.sig);
    let family =
        Family::replay(Hash::of(&first), [first.as_slice()], &story.trust, Day(DAY)).unwrap();
    let mut pen = Pen::new(&family, &keys.sig, &story.trust, Day(DAY));
    pen.write(Body::ChildAdd(emma())).unwrap();
    let family = pen.family().clone();
    let links = [vec![first], pen.finish()].concat();
    Entry::new("taken: a teen founds a family", "its one child is itself")
        .inputs([
            ("after_links", 0.into()),
            ("today", u64::from(DAY).into()),
            ("links", links.iter().map(hex).collect::<Vec<_>>().into()),
        ])
        .outputs([("now", now::now(&family, story, Day(DAY), &links))])
        .into()
}

/// First links that nobody may take, whoever pinned them.
fn refused_founders() -> Vec<Json> {
    let (keys, genesis) = teen();
    let small = PrivateKeys::from_seed(Suite::X25519, &seeds::seed("emma herself"));
    let family: FamilyId = seeds::id("emma's family");
    let link = |seq, prev, day| {
        let body = Body::Genesis(Box::new(genesis.clone()));
        Link { family, seq, prev, day: Day(day), body }.sign(&keys.sig)
    };
    let child = Body::ChildAdd(emma());
    let child = Link { family, seq: 0, prev: Hash::NONE, day: Day(DAY), body: child };
    let vpc = Person::new("dora").vpc;
    let cases = [
        ("a founder's link by another key", founded(genesis.clone(), &key("dora"))),
        (
            "a founder with keys of suite 1",
            founded(Genesis { keys: small.public(), ..genesis.clone() }, &keys.sig),
        ),
        (
            "a founder with another's attestation",
            founded(Genesis { vpc, ..genesis.clone() }, &keys.sig),
        ),
        ("a first link that counts from 1", link(1, Hash::NONE, DAY)),
        ("a first link behind another", link(0, Hash::of(b"another"), DAY)),
        ("a first link in the future", link(0, Hash::NONE, DAY + 2)),
        ("a first link that isn't genesis", child.sign(&keys.sig)),
    ];
    let refused = |(name, link): (&str, Vec<u8>)| {
        let replayed = Family::replay(Hash::of(&link), [link.as_slice()], &cast::trust(), Day(DAY));
        let refused: ChainRefused = replayed.expect_err(name);
        Entry::new(&format!("refused: {name}"), "must be refused by whoever replays")
            .inputs([
                ("after_links", 0.into()),
                ("today", u64::from(DAY).into()),
                ("links", vec![hex(link)].into()),
            ])
            .refused_at(refused.seq, &refused.cause)
            .into()
    };
    cases.into_iter().map(refused).collect()
}
