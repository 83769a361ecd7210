//! What somebody can open: its own copies, and the grants that hold.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on stops where it is")]

use treehouse_protocol::category::{CategoryKey, KeyName};
use treehouse_protocol::chain::body::{Body, Caps, Policy, Recover};
use treehouse_protocol::chain::{Keyring, Pen};
use treehouse_protocol::grant::Grant;
use treehouse_protocol::id::Day;
use treehouse_protocol::kem::{KemPrivate, Suite};
use treehouse_protocol::keys::Bundle;
use treehouse_protocol::registry::{GranteeKind, Purpose, Rights, Role};
use treehouse_protocol::secret::Secret;

use crate::house::{DAY, House};

fn opened(house: &House, keys: &KemPrivate, day: Day) -> Vec<(KeyName, CategoryKey)> {
    let mut ring = Keyring::default();
    let links = house.links.iter().map(Vec::as_slice);
    let refused = ring.open_grants(&house.family, links, keys, day).unwrap();
    assert!(refused.is_empty(), "{refused:?}");
    ring.keys().map(|(name, key)| (*name, key.clone())).collect()
}

#[test]
fn a_maker_finds_its_own_copies_and_nobody_else_does() {
    let (house, _, keys, _) = House::with_camera(1);
    let mut ring = Keyring::default();
    assert!(ring.open_own_copies(&house.family, &house.owner.bundle).is_empty());
    assert_eq!(ring.keys().count(), keys.len());
    for (name, key) in &keys {
        assert_eq!(ring.key(name), Some(key));
    }
    let stranger = Bundle::from_seed(Secret::from_bytes([7; 32]));
    let mut ring = Keyring::default();
    assert!(ring.open_own_copies(&house.family, &stranger).is_empty());
    assert_eq!(ring.keys().count(), 0);
}

#[test]
fn a_maker_opens_no_copy_of_a_child_that_has_left() {
    let (mut house, child, _, _) = House::with_camera(2);
    house.say(Body::ChildRemove(child)).unwrap();
    let mut ring = Keyring::default();
    assert!(ring.open_own_copies(&house.family, &house.owner.bundle).is_empty());
    assert_eq!(ring.keys().count(), 0);
}

#[test]
fn a_grantee_opens_what_it_is_granted_while_that_holds() {
    let (mut house, child, keys, camera) = House::with_camera(3);
    let tablet = house.device(Some(child), Suite::XWing);
    let (name, key) = &keys[1];
    let until = Some(DAY.plus(9));
    let (kind, purpose) = (GranteeKind::Device, Purpose::Play);
    let header = house.header(&tablet, kind, name, Rights::READ, purpose, until);
    let hash = house.grant(header, Some(key), &tablet).unwrap();

    assert_eq!(opened(&house, &tablet.kem, DAY), [(*name, key.clone())]);
    assert_eq!(opened(&house, &tablet.kem, DAY.plus(8)).len(), 1);
    assert_eq!(opened(&house, &tablet.kem, DAY.plus(9)), []);
    assert_eq!(opened(&house, &camera.kem, DAY), [], "a camera may write, and is given no key");

    let (signing, trust) = (house.owner.keys.sig.clone(), house.trust.clone());
    let mut pen = Pen::new(&house.family, &signing, &trust, DAY);
    pen.write(Body::Revoke(vec![hash])).unwrap();
    pen.rotate(None, &mut house.rng).unwrap();
    house.append(&pen.finish()).unwrap();
    assert_eq!(opened(&house, &tablet.kem, DAY), []);
}

#[test]
fn a_key_that_the_chain_did_not_commit_to_is_refused_and_hides_no_other() {
    let (mut house, child, keys, _) = House::with_camera(4);
    let tablet = house.device(Some(child), Suite::XWing);
    let wrong = CategoryKey::generate(&mut house.rng);
    let hash = house.allow(&tablet, &keys[0].0, Some(&wrong), Rights::READ);
    house.allow(&tablet, &keys[1].0, Some(&keys[1].1), Rights::READ);
    let mut ring = Keyring::default();
    let links = house.links.iter().map(Vec::as_slice);
    let refused = ring.open_grants(&house.family, links, &tablet.kem, DAY).unwrap();
    assert_eq!(refused.len(), 1);
    assert_eq!((refused[0].0, refused[0].1.field), (hash, "ct"));
    assert_eq!(ring.key(&keys[1].0), Some(&keys[1].1));
    assert_eq!(ring.key(&keys[0].0), None);
}

#[test]
fn what_is_on_the_ring_is_not_opened_again() {
    let (mut house, child, keys, _) = House::with_camera(8);
    let tablet = house.device(Some(child), Suite::XWing);
    let wrong = CategoryKey::generate(&mut house.rng);
    house.allow(&tablet, &keys[0].0, Some(&wrong), Rights::READ);
    let mut ring = Keyring::default();
    ring.extend(vec![keys[0].clone()]);
    assert_eq!(ring.key(&keys[0].0), Some(&keys[0].1));
    // The grant is damaged: whoever opened it would say so.
    let links = house.links.iter().map(Vec::as_slice);
    let refused = ring.open_grants(&house.family, links, &tablet.kem, DAY).unwrap();
    assert!(refused.is_empty(), "{refused:?}");
    assert_eq!(ring.key(&keys[0].0), Some(&keys[0].1));
}

#[test]
fn links_of_another_chain_are_refused() {
    let (house, _, _, camera) = House::with_camera(5);
    let (other, ..) = House::with_camera(6);
    let mut ring = Keyring::default();
    let links = other.links.iter().map(Vec::as_slice);
    let refused = ring.open_grants(&house.family, links, &camera.kem, DAY).unwrap_err();
    assert_eq!((refused.structure, refused.field), ("chain", "links"));
}

#[test]
fn a_guardian_who_was_brought_back_opens_what_the_toy_handed_over() {
    let (mut house, child, keys, _) = House::with_camera(7);
    let lost = house.guardian(Role::Owner, Vec::new());
    house.say(Body::Policy(Policy { toy_recovery: true, ..Policy::DEFAULT })).unwrap();
    let toy = house.device_with(Some(child), Suite::X25519, Caps::RECOVERY);
    let (name, key) = &keys[1];
    house.allow(&toy, name, Some(key), Rights::READ);
    let (back, announced) = house.announcement(&lost);
    let announced = Body::Recover(Recover::Announce(Box::new(announced)));
    let announcement = house.sign(&toy.sig, announced).unwrap();
    house.later(4);
    let (kind, purpose) = (GranteeKind::Guardian, Purpose::Care);
    let header = house.header(&back.keys, kind, name, Rights::GUARDIAN, purpose, None);
    let to = back.keys.kem.public();
    let grant = Grant::seal(vec![(header, Some(key))], &to, &mut house.rng).unwrap();
    let complete = Recover::Complete { announcement, grant: Some(grant) };
    house.sign(&toy.sig, Body::Recover(complete)).unwrap();
    assert_eq!(opened(&house, &back.keys.kem, house.today), [(*name, key.clone())]);
}
