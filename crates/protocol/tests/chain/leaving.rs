//! What ends with somebody who goes or comes of age, and what stands.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on stops where it is")]

use crate::house::{House, Person, device_keys};
use treehouse_protocol::chain::body::{Body, Caps, GuardianRemove, Policy, Recover};
use treehouse_protocol::id::{Hash, KeyId};
use treehouse_protocol::kem::Suite;
use treehouse_protocol::keys::PrivateKeys;
use treehouse_protocol::registry::{Category, GranteeKind, Purpose, Rights, Role};

const MEMBERS_MAX: usize = 1024;
const STANDS: (&str, &str) = ("TH-LINK/1", "announcement");

fn announce(kid: KeyId) -> Body {
    Body::GuardianRemove(GuardianRemove::Announce(kid))
}

fn due(announcement: Hash) -> Body {
    Body::GuardianRemove(GuardianRemove::Due(announcement))
}

/// A removal to which one other owner agrees.
fn agreed(house: &House, guardian: KeyId, by: &Person) -> Body {
    let prev = house.family.seen().head;
    let agreement = GuardianRemove::agreement(house.family.id(), guardian, prev);
    let signatures = vec![(by.id(), by.keys.sig.sign(&agreement))];
    Body::GuardianRemove(GuardianRemove::Agreed { guardian, signatures })
}

fn owners<const N: usize>(house: &mut House) -> [Person; N] {
    std::array::from_fn(|_| house.guardian(Role::Owner, Vec::new()))
}

/// A toy brings somebody back; with the new keys, and the link that announces it.
fn rescue(house: &mut House, toy: &PrivateKeys, lost: &Person) -> (Person, Hash) {
    let (new, announcement) = house.announcement(lost);
    let body = Body::Recover(Recover::Announce(Box::new(announcement)));
    let hash = house.sign(&toy.sig, body).unwrap();
    (new, hash)
}

/// A family in which toys may bring guardians back, and such a toy.
fn with_a_rescuer(seed: u64) -> (House, PrivateKeys) {
    let mut house = House::new(seed);
    let toy = house.device_with(None, Suite::XWing, Caps::RECOVERY);
    house.say(Body::Policy(Policy { toy_recovery: true, ..Policy::DEFAULT })).unwrap();
    (house, toy)
}

#[test]
fn a_removal_that_was_announced_falls_with_whoever_announced_it_or_is_meant_and_nobody_else() {
    let mut house = House::new(90);
    let [second, third, fourth, fifth] = owners(&mut house);
    let first = house.owner.keys.sig.clone();
    let meant = house.sign(&first, announce(second.id())).unwrap();
    let by_third = house.sign(&third.keys.sig, announce(fourth.id())).unwrap();
    let stands = house.sign(&first, announce(fifth.id())).unwrap();
    for leaves in [&second, &third] {
        house.sign(&leaves.keys.sig, announce(leaves.id())).unwrap();
    }
    house.later(15);
    assert_eq!(house.refuses(&first, due(meant)), STANDS);
    assert_eq!(house.refuses(&first, due(by_third)), STANDS);
    house.sign(&first, due(stands)).unwrap();
    assert!(house.family.member(fifth.id()).is_none());
    assert!(house.family.member(fourth.id()).is_some());
}

#[test]
fn an_owner_announces_many_removals_and_many_owners_one() {
    let mut house = House::new(91);
    let [second, third] = owners(&mut house);
    let first = house.owner.keys.sig.clone();
    for (by, whom) in [(&first, &second), (&first, &third), (&second.keys.sig, &third)] {
        house.sign(by, announce(whom.id())).unwrap();
    }
    assert_eq!(house.refuses(&first, announce(third.id())), ("TH-LINK/1", "kid"));
}

#[test]
fn a_way_back_falls_with_the_toy_or_with_whom_it_brings_back_and_with_nobody_else() {
    let (mut house, toy) = with_a_rescuer(92);
    let [lost, other] = owners(&mut house);
    let (new, hash) = rescue(&mut house, &toy, &lost);
    house.sign(&other.keys.sig, announce(other.id())).unwrap();
    let mut back = house.clone();
    back.later(4);
    let complete = Body::Recover(Recover::Complete { announcement: hash, grant: None });
    back.sign(&toy.sig, complete.clone()).unwrap();
    assert!(back.family.member(new.id()).is_some());

    let mut gone = house.clone();
    gone.sign(&lost.keys.sig, announce(lost.id())).unwrap();
    gone.later(4);
    assert_eq!(gone.refuses(&toy.sig, complete), STANDS);

    // Keys that wait to come back are nobody else's; without the toy they wait no longer.
    let add = |house: &House| {
        Body::GuardianAdd(Box::new(house.guardian_add(&new, Role::Owner, Vec::new())))
    };
    let first = house.owner.keys.sig.clone();
    assert_eq!(house.refuses(&first, add(&house)), ("TH-LINK/1", "pk_sig"));
    house.say(Body::DeviceRemove(toy.sig.id())).unwrap();
    house.sign(&first, add(&house)).unwrap();
}

#[test]
fn nobody_helps_to_remove_themselves_before_others_could_object() {
    let mut house = House::new(93);
    let first = house.owner.keys.sig.clone();
    house.later(1);
    let [second] = owners(&mut house);
    let alone = agreed(&house, second.id(), &second);
    assert_eq!(house.refuses(&first, alone), ("TH-LINK/1", "signatures"));
}

#[test]
fn a_carer_fills_half_of_the_family_with_toys_and_an_owner_goes_on() {
    let mut house = House::new(94);
    let child = house.child();
    let carer = house.guardian(Role::Carer, vec![child]).keys.sig;
    let toy = |house: &mut House| {
        let keys = device_keys(&mut house.rng, Suite::X25519);
        Body::DeviceAdd(Box::new(house.device_add(&keys, Some(child), Caps::CAMERA)))
    };
    for _ in 2..MEMBERS_MAX / 2 {
        let add = toy(&mut house);
        house.sign(&carer, add).unwrap();
    }
    let add = toy(&mut house);
    assert_eq!(house.refuses(&carer, add.clone()), ("TH-LINK/1", "members"));
    house.say(add).unwrap();
}

#[test]
fn a_teen_ends_what_guardians_read_of_it_and_nothing_else() {
    let mut house = House::new(95);
    let [teen, sibling] = [house.child(), house.child()];
    let camera = house.device(Some(teen), Suite::X25519);
    let [second] = owners(&mut house);
    let granted = |house: &mut House, child| {
        let (name, key) = house.keys(child, &[Category::Photos]).remove(0);
        let (kind, purpose) = (GranteeKind::Guardian, Purpose::Care);
        let header = house.header(&second.keys, kind, &name, Rights::READ, purpose, None);
        (house.grant(header, Some(&key), &second.keys).unwrap(), name)
    };
    let (of_teen, name) = granted(&mut house, teen);
    let (of_sibling, _) = granted(&mut house, sibling);
    let of_camera = house.allow(&camera, &name, None, Rights::WRITE);
    house.teen(teen);
    let live: Vec<Hash> = house.family.live_grants(house.today).map(|(hash, _)| hash).collect();
    let still = [of_teen, of_sibling, of_camera].map(|grant| live.contains(&grant));
    assert_eq!(still, [false, true, true]);
}

/// Somebody let in after a person must not come to be its senior because it lost its keys.
#[test]
fn whoever_comes_back_is_as_old_as_before_for_others_and_new_for_itself() {
    let (mut house, toy) = with_a_rescuer(97);
    let first = house.owner.keys.sig.clone();
    let [lost] = owners(&mut house);
    let (back, announced) = rescue(&mut house, &toy, &lost);
    house.later(4);
    let [friend] = owners(&mut house);
    let complete = Body::Recover(Recover::Complete { announcement: announced, grant: None });
    house.sign(&toy.sig, complete).unwrap();
    let signatures = ("TH-LINK/1", "signatures");
    let outvoted = agreed(&house, back.id(), &friend);
    assert_eq!(house.refuses(&first, outvoted), signatures, "the friend came later");
    let with_a_new_key = agreed(&house, friend.id(), &back);
    assert_eq!(house.refuses(&first, with_a_new_key), signatures, "it may be a thief's");
    // The control: the same two, once both have been seen for as long as a time lock runs.
    house.later(15);
    for (target, by) in [(&back, &friend), (&friend, &back)] {
        let removed = agreed(&house, target.id(), by);
        house.clone().sign(&first, removed).unwrap();
    }
}
