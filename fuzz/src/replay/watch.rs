//! What a link that was taken may have done: the promises of `docs/protocol.md`, told once more
//! and without the code that keeps them.

use std::collections::BTreeSet;

use treehouse_protocol::category::KeyName;
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::body::{Body, Recover};
use treehouse_protocol::chain::{Family, Link};
use treehouse_protocol::id::{ChildId, Day, Hash, KeyId};
use treehouse_protocol::sign::Signed;

use super::cast::Cast;

type Access = BTreeSet<(KeyId, KeyName)>;

/// Holds a link that was taken to what its signer may do.
pub fn taken(cast: &Cast, before: &Family, after: &Family, link: &[u8], said: &Link) {
    let signer = Signed::from_bytes(link).expect("it was taken").signer();
    let (old, new) = (before.seen(), after.seen());
    assert_eq!((new.seq, new.head), (old.seq + 1, Hash::of(link)));
    assert_eq!((said.seq, said.prev), (new.seq, old.head));
    let by_server = signer == cast.house.server.id();
    assert!(
        by_server || before.member(signer).is_some(),
        "a stranger signed"
    );
    assert!(
        !by_server || server_may_say(&said.body),
        "beyond the server"
    );

    let widens = gains(cast, before, after, said.day);
    if by_server || reduces(&said.body) {
        assert_eq!(widens, Gains::default(), "weak evidence widened access");
        only_less(before, after);
    }
    let hands_over = matches!(said.body, Body::Recover(Recover::Complete { .. }));
    let hands_keys = matches!(said.body, Body::KeyVersion(_) | Body::Grant(_)) || hands_over;
    assert!(hands_keys || widens.readers.is_empty() && widens.writers.is_empty());
    for (_, key) in widens.readers.iter().chain(&widens.writers) {
        let decides = before.decides_for(signer, key.child);
        let trust = &cast.house.trust;
        let reads = hands_over && before.may_read(signer, key, said.day, trust);
        assert!(decides || reads, "access by who doesn't decide");
        let due = before.due().contains(&(key.child, key.category));
        assert!(
            !due || matches!(said.body, Body::KeyVersion(_)),
            "access under a due key"
        );
    }
    frozen(before, signer, said);
    standing_rules(cast, after, said.day);
}

/// The server's column of the table of rules.
fn server_may_say(body: &Body) -> bool {
    matches!(body, Body::Freeze(_) | Body::Purge(_)) || reduces(body)
}

fn reduces(body: &Body) -> bool {
    matches!(
        body,
        Body::DeviceRemove(_)
            | Body::ChildRemove(_)
            | Body::Revoke(_)
            | Body::Erase(_)
            | Body::ContactRevoke(_)
    )
}

/// What somebody may after a link that it couldn't before.
#[derive(Debug, Default, PartialEq, Eq)]
struct Gains {
    readers: Access,
    writers: Access,
    members: BTreeSet<KeyId>,
    deciders: BTreeSet<(KeyId, ChildId)>,
}

fn gains(cast: &Cast, before: &Family, after: &Family, day: Day) -> Gains {
    let new = |old: Access, new: Access| new.difference(&old).copied().collect();
    Gains {
        readers: new(readers(cast, before, day), readers(cast, after, day)),
        writers: new(writers(cast, before, day), writers(cast, after, day)),
        members: members(after)
            .difference(&members(before))
            .copied()
            .collect(),
        deciders: deciders(cast, after)
            .difference(&deciders(cast, before))
            .copied()
            .collect(),
    }
}

fn keys(family: &Family) -> Vec<KeyName> {
    let mut names = Vec::new();
    for (child, member) in family.children() {
        for (category, line) in &member.keys {
            let last = line.current().map_or(0, |made| made.version.version);
            names.extend((1..=last).map(|version| KeyName {
                family: family.id(),
                child,
                category: *category,
                version,
            }));
        }
    }
    names
}

fn readers(cast: &Cast, family: &Family, day: Day) -> Access {
    access(cast, family, |kid, key| {
        family.may_read(kid, key, day, &cast.house.trust)
    })
}

fn writers(cast: &Cast, family: &Family, day: Day) -> Access {
    let seq = family.seen().seq;
    access(cast, family, |kid, key| {
        family.writer(kid, key, seq, day, &cast.house.trust).is_ok()
    })
}

fn access(cast: &Cast, family: &Family, may: impl Fn(KeyId, &KeyName) -> bool) -> Access {
    let keys = keys(family);
    let strangers = [cast.house.server.id(), cast.stranger.id()];
    let people = cast
        .actors
        .iter()
        .map(super::cast::Actor::id)
        .chain(strangers);
    people
        .flat_map(|kid| keys.iter().map(move |key| (kid, *key)))
        .filter(|(kid, key)| may(*kid, key))
        .collect()
}

fn members(family: &Family) -> BTreeSet<KeyId> {
    let open = family.members().filter(|(_, member)| member.span.is_open());
    open.map(|(kid, _)| kid).collect()
}

fn deciders(cast: &Cast, family: &Family) -> BTreeSet<(KeyId, ChildId)> {
    let children = cast.children;
    let pairs = cast
        .actors
        .iter()
        .flat_map(|actor| children.map(|child| (actor.id(), child)));
    pairs
        .filter(|(kid, child)| family.decides_for(*kid, *child))
        .collect()
}

/// What isn't access, but stands for it.
fn only_less(before: &Family, after: &Family) {
    assert_eq!(before.policy(), after.policy());
    let children = |family: &Family| -> BTreeSet<ChildId> {
        let open = family.children().filter(|(_, child)| child.span.is_open());
        open.map(|(id, _)| id).collect()
    };
    assert!(children(after).is_subset(&children(before)));
    let due = before.due();
    let mut still = due
        .iter()
        .filter(|(child, _)| after.child(*child).is_some());
    assert!(
        still.all(|key| after.due().contains(key)),
        "a due key was forgotten"
    );
    assert!(after.grants().count() == before.grants().count());
    for (kid, member) in before.members() {
        let frozen = after.members().find(|(other, _)| *other == kid);
        let frozen = frozen.map(|(_, member)| member.frozen_until);
        assert!(
            frozen >= Some(member.frozen_until),
            "a freeze was shortened"
        );
    }
}

/// Who is frozen only takes access away.
fn frozen(before: &Family, signer: KeyId, said: &Link) {
    let until = before.member(signer).and_then(|member| member.frozen_until);
    let is_frozen = until.is_some_and(|until| said.day < until);
    assert!(
        !is_frozen || reduces(&said.body),
        "a frozen guardian widened access"
    );
}

/// What holds after every link.
fn standing_rules(cast: &Cast, family: &Family, day: Day) {
    let members = members(family);
    let outside = |kid: &KeyId| {
        let listed = cast.house.trust.listings_of_signer(*kid).next().is_some();
        !members.contains(kid) && !listed
    };
    let (readers, writers) = (readers(cast, family, day), writers(cast, family, day));
    for (kid, key) in readers.iter().chain(&writers) {
        assert!(!outside(kid), "somebody outside the family has access");
        assert_ne!(*kid, cast.house.server.id());
        let teen = family.child(key.child).and_then(|child| child.teen);
        let decides = family.decides_for(*kid, key.child);
        assert!(teen.is_none() || !decides || teen == Some(*kid));
    }
    let due = family.due();
    for (_, key) in &writers {
        let line = family
            .keys(key.child, key.category)
            .and_then(|line| line.current());
        let current = line.is_some_and(|made| made.version.version == key.version);
        assert!(current, "a writer under an old key");
        assert!(
            !due.contains(&(key.child, key.category)),
            "a writer under a due key"
        );
        assert!(family.child(key.child).is_some(), "a writer about nobody");
    }
    let owner = family.members().any(|(_, member)| {
        let owner = treehouse_protocol::chain::family::Standing::Owner {
            account: member.account().unwrap_or(cast.house.owner.account),
        };
        member.span.is_open() && member.standing == owner
    });
    assert!(owner, "nobody owns the family");
}
