//! What must be refused of recoveries: toys that bring a guardian back.

use treehouse_protocol::chain::body::{Announcement, Body, Caps, NewKey, Policy, Recover};
use treehouse_protocol::grant::Grant;
use treehouse_protocol::id::{Hash, KeyId};
use treehouse_protocol::kem::{KemPublic, Suite};
use treehouse_protocol::keys::{PrivateKeys, PublicKeys};
use treehouse_protocol::registry::{Category, GranteeKind, Purpose, Rights};
use treehouse_protocol::sign::{Signed, SigningKey};

use super::before::{Before, key, server};
use super::cast::{self, Person};
use super::members::{device, freeze};
use super::story::{Story, emma};
use crate::json::Json;
use crate::seeds;

pub fn vectors(story: &Story) -> Vec<Json> {
    [announced(story), completed(story), handed_over(story)].concat()
}

fn announce(lost: KeyId, keys: PublicKeys, vpc: &Signed, proof: &SigningKey) -> Body {
    let announcement = Announcement { lost, keys, vpc: vpc.clone(), accept_sig: [0; 64] };
    let announcement = announcement.accepted(seeds::id("family"), proof);
    Body::Recover(Recover::Announce(Box::new(announcement)))
}

/// The announcement of this person's keys in the place of bob's.
fn instead_of_bob(person: &Person) -> Body {
    let lost = key("bob").id();
    announce(lost, person.keys.public(), &person.vpc, &person.keys.sig)
}

pub fn complete(announcement: Hash, grant: Option<Grant>) -> Body {
    Body::Recover(Recover::Complete { announcement, grant })
}

fn announced(story: &Story) -> Vec<Json> {
    let before = Before::new(story, "the bear announces");
    let (alice, bear, tablet) = (key("alice"), cast::device("bear"), cast::device("emma's tablet"));
    let anew = Person::new("bob anew");
    let small = PrivateKeys::from_seed(Suite::X25519, &seeds::seed("bob anew"));
    let plain = before.clone().and(&alice, device(&tablet, Some(emma()), Caps::SCREEN));
    let strict = before.clone().and(&alice, Body::Policy(Policy::DEFAULT));
    let small = announce(key("bob").id(), small.public(), &anew.vpc, &small.sig);
    let toy = announce(bear.sig.id(), anew.keys.public(), &anew.vpc, &anew.keys.sig);
    let here = Person::new("alice");
    let frozen = before.clone().and(&server(), freeze(None, before.day.plus(9)));
    let by = &bear.sig;
    vec![
        before.refuses("a guardian brings another back", &alice, instead_of_bob(&anew)),
        plain.refuses("a device brings back that can't", &tablet.sig, instead_of_bob(&anew)),
        strict.refuses("a toy brings back against the policy", by, instead_of_bob(&anew)),
        before.refuses("a new key of another account", by, instead_of_bob(&Person::new("dora"))),
        before.refuses("a new key that is here already", by, instead_of_bob(&here)),
        before.refuses("a new key of suite 1", by, small),
        before.refuses("a device brings itself back", by, toy),
        frozen.refuses("a toy brings back while everybody is frozen", by, instead_of_bob(&anew)),
    ]
}

fn completed(story: &Story) -> Vec<Json> {
    let before = Before::new(story, "more than 72 hours");
    let hash = before.family.seen().head;
    let (alice, bear, tablet) = (key("alice"), cast::device("bear"), cast::device("emma's tablet"));
    let (anew, again) = (Person::new("bob anew"), Person::new("bob anew anew"));
    let two = before.clone().and(&alice, device(&tablet, Some(emma()), Caps::RECOVERY));
    let off = before.clone().and(&alice, Body::Revoke(vec![hash]));
    let early = Before::new(story, "the bear announces");
    let early = early.and(&bear.sig, instead_of_bob(&anew)).later(3);
    let same = early.family.seen().head;
    let done = Before::new(story, "alice replaces all that bob");
    let carol = Before::new(story, "alice's ways back");
    let guardian = Body::GuardianAdd(Box::new(
        treehouse_protocol::chain::body::GuardianAdd {
            keys: anew.keys.public(),
            vpc: anew.vpc.clone(),
            role: treehouse_protocol::registry::Role::Owner,
            children: Vec::new(),
            accept_sig: [0; 64],
        }
        .accepted(carol.family.id(), &anew.keys.sig),
    ));
    vec![
        before.refuses("a recovery that is announced already", &bear.sig, instead_of_bob(&again)),
        two.refuses("a new key that waits already", &tablet.sig, instead_of_bob(&anew)),
        before.refuses("a key let in that waits to come back", &alice, guardian),
        early.refuses("a recovery on its third day", &bear.sig, complete(same, None)),
        two.refuses("a recovery completed by another device", &tablet.sig, complete(hash, None)),
        off.refuses("a recovery that was called off", &bear.sig, complete(hash, None)),
        done.refuses("a recovery completed twice", &bear.sig, complete(hash, None)),
    ]
}

/// What a toy may not hand over.
fn handed_over(story: &Story) -> Vec<Json> {
    let before = Before::new(story, "more than 72 hours");
    let hash = before.family.seen().head;
    let bear = cast::device("bear").sig;
    // Another toy reads photos, too, and goes on the server's word alone.
    let tablet = cast::device("emma's tablet");
    let mut due = before.clone().and(&key("alice"), device(&tablet, Some(emma()), Caps::SCREEN));
    let header = due.header(
        (GranteeKind::Device, &tablet.kem.public()),
        (Category::Photos, Rights::READ),
        Purpose::Play,
    );
    let reads = due.sealed(header, &tablet.kem.public());
    due = due.and(&key("alice"), Body::Grant(reads));
    due = due.and(&server(), Body::DeviceRemove(tablet.sig.id()));
    let [anew, alice] = ["bob anew", "alice"].map(|name| Person::new(name).keys.kem.public());
    let grant = |to: &KemPublic, category| {
        let granted = (category, Rights::GUARDIAN);
        let header = before.header((GranteeKind::Guardian, to), granted, Purpose::Care);
        complete(hash, Some(before.sealed(header, to)))
    };
    vec![
        before.refuses("a toy hands over to somebody else", &bear, grant(&alice, Category::Photos)),
        before.refuses(
            "a toy hands over what it can't read",
            &bear,
            grant(&anew, Category::Profile),
        ),
        before.refuses("a toy hands over what isn't there", &bear, grant(&anew, Category::Voice)),
        due.refuses("a toy hands over what is due", &bear, grant(&anew, Category::Photos)),
    ]
}
