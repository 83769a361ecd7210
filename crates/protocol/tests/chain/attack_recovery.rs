//! Attacks through those who come back and those who come of age: toys that bring a guardian back,
//! and teens.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on stops where it is")]

use crate::house::{DAY, House, Made, Person};
use treehouse_protocol::category::CategoryKey;
use treehouse_protocol::chain::body::{
    Body, Caps, Freeze, FreezeReason, GuardianRemove, KeyVersion, KeyVersions, Policy, Recover,
};
use treehouse_protocol::id::{ChildId, Hash, KeyId};
use treehouse_protocol::kem::Suite;
use treehouse_protocol::keys::PrivateKeys;
use treehouse_protocol::registry::{Category, GranteeKind, Purpose, Rights, Role};

const SIGNER: (&str, &str) = ("TH-LINK/1", "signer");

fn announce(kid: KeyId) -> Body {
    Body::GuardianRemove(GuardianRemove::Announce(kid))
}

fn due(announcement: Hash) -> Body {
    Body::GuardianRemove(GuardianRemove::Due(announcement))
}

/// A family with a toy that may bring guardians back, and a key that the toy may read.
fn with_a_rescuer(seed: u64) -> (House, PrivateKeys, ChildId, Person) {
    let mut house = House::new(seed);
    let child = house.child();
    let toy = house.device_with(None, Suite::XWing, Caps::RECOVERY);
    let lost = house.guardian(Role::Carer, vec![child]);
    house.say(Body::Policy(Policy { toy_recovery: true, ..Policy::DEFAULT })).unwrap();
    (house, toy, child, lost)
}

fn announced(house: &mut House, toy: &PrivateKeys, lost: &Person) -> (Person, Hash) {
    let (new, announcement) = house.announcement(lost);
    let body = Body::Recover(Recover::Announce(Box::new(announcement)));
    let hash = house.sign(&toy.sig, body).unwrap();
    (new, hash)
}

fn complete(announcement: Hash) -> Body {
    Body::Recover(Recover::Complete { announcement, grant: None })
}

#[test]
fn a_toy_brings_nobody_back_without_policy_capability_and_the_same_account() {
    let (mut house, toy, child, lost) = with_a_rescuer(70);
    let plain = house.device(Some(child), Suite::X25519);
    let (_, right) = house.announcement(&lost);
    let body = |announcement| Body::Recover(Recover::Announce(Box::new(announcement)));
    assert_eq!(house.refuses(&plain.sig, body(right.clone())), SIGNER);

    let mut impostor = lost.clone();
    impostor.account = house.owner.account;
    let (_, other_account) = house.announcement(&impostor);
    assert_eq!(house.refuses(&toy.sig, body(other_account)), ("TH-LINK/1", "vpc"));
    let mut no_guardian = lost.clone();
    no_guardian.keys = plain;
    let (_, of_a_toy) = house.announcement(&no_guardian);
    assert_eq!(house.refuses(&toy.sig, body(of_a_toy)), ("TH-LINK/1", "kid"));
    let mut unproven = right.clone();
    unproven.accept_sig = [0; 64];
    assert_eq!(house.refuses(&toy.sig, body(unproven)), ("TH-LINK/1", "accept_sig"));

    house.say(Body::Policy(Policy::DEFAULT)).unwrap();
    assert_eq!(house.refuses(&toy.sig, body(right)), ("TH-LINK/1", "policy"));
}

#[test]
fn a_toy_waits_for_three_whole_days_and_another_toy_completes_nothing() {
    let (mut house, toy, _, lost) = with_a_rescuer(71);
    let second = house.device_with(None, Suite::XWing, Caps::RECOVERY);
    let (new, hash) = announced(&mut house, &toy, &lost);
    let again = house.announcement(&lost).1;
    let again = Body::Recover(Recover::Announce(Box::new(again)));
    assert_eq!(house.refuses(&toy.sig, again), ("TH-LINK/1", "kid"));
    for days in [0, 1, 2] {
        house.later(days);
        assert_eq!(house.refuses(&toy.sig, complete(hash)), ("TH-LINK/1", "day"));
    }
    house.later(1);
    assert_eq!(house.refuses(&second.sig, complete(hash)), ("TH-LINK/1", "announcement"));
    house.sign(&toy.sig, complete(hash)).unwrap();
    assert!(house.family.member(new.id()).is_some());
    assert!(house.family.member(lost.id()).is_none());
}

#[test]
fn a_recovery_is_called_off_by_whose_key_it_is_by_an_owner_or_by_the_server() {
    let (mut house, toy, child, lost) = with_a_rescuer(72);
    let bystander = house.guardian(Role::Carer, vec![child]);
    let (_, hash) = announced(&mut house, &toy, &lost);
    let off = || Body::Revoke(vec![hash]);
    assert_eq!(house.refuses(&bystander.keys.sig, off()), SIGNER);
    assert_eq!(house.refuses(&toy.sig, off()), SIGNER);
    for key in [&lost.keys.sig, &house.owner.keys.sig, &house.server] {
        let mut house = house.clone();
        house.sign(key, off()).unwrap();
        house.later(9);
        assert_eq!(house.refuses(&toy.sig, complete(hash)), ("TH-LINK/1", "announcement"));
    }
    // And it ends with the toy that announced it.
    house.say(Body::DeviceRemove(toy.sig.id())).unwrap();
    house.later(9);
    assert_eq!(house.refuses(&toy.sig, complete(hash)), ("TH-LINK/1", "kid"));
}

#[test]
fn a_toy_hands_over_what_it_may_read_to_the_new_key_and_for_children_of_that_guardian() {
    let (mut house, toy, child, lost) = with_a_rescuer(73);
    let elsewhere = house.child();
    let teens = house.child();
    let mut made = Vec::new();
    for child in [child, elsewhere, teens] {
        made.extend(house.keys(child, &[Category::Photos, Category::Voice]));
    }
    for at in [0, 2, 4] {
        house.allow(&toy, &made[at].0, Some(&made[at].1), Rights::READ);
    }
    let teen = house.teen(teens);
    let teens_own = house.keys_by(&teen, teens, &[Category::Photos]).remove(0);
    let (kind, purpose) = (GranteeKind::Device, Purpose::Play);
    let header = house.header(&toy, kind, &teens_own.0, Rights::READ, purpose, None);
    let consent = house.consent(header, Some(&teens_own.1), &toy);
    house.sign(&teen.keys.sig, consent).unwrap();

    let (new, hash) = announced(&mut house, &toy, &lost);
    house.later(4);
    let hand_over = |house: &mut House, to: &PrivateKeys, made: &Made| {
        let (kind, rights) = (GranteeKind::Guardian, Rights::GUARDIAN);
        let header = house.header(to, kind, &made.0, rights, Purpose::Care, None);
        let Body::Grant(grant) = house.consent(header, Some(&made.1), to) else {
            panic!("a grant")
        };
        Body::Recover(Recover::Complete { announcement: hash, grant: Some(grant) })
    };
    let owner = house.owner.keys.clone();
    let forged = [
        hand_over(&mut house, &new.keys, &made[1]),
        hand_over(&mut house, &new.keys, &made[2]),
        hand_over(&mut house, &new.keys, &teens_own),
        hand_over(&mut house, &owner, &made[0]),
    ];
    for body in forged {
        assert_eq!(house.refuses(&toy.sig, body), ("TH-LINK/1", "grant"));
    }
    let right = hand_over(&mut house, &new.keys, &made[0]);
    house.sign(&toy.sig, right).unwrap();
    let trust = house.trust.clone();
    assert!(house.family.may_read(new.id(), &made[0].0, house.today, &trust));
}

#[test]
fn a_new_key_is_no_way_out_of_a_freeze_or_of_an_announced_removal() {
    let (mut house, toy, _, _) = with_a_rescuer(74);
    let second = house.guardian(Role::Owner, Vec::new());
    let first = house.owner.keys.sig.clone();
    let removal = house.sign(&first, announce(second.id())).unwrap();
    let (new, hash) = announced(&mut house, &toy, &second);
    let (guardian, reason) = (Some(second.id()), FreezeReason::LegalDemand);
    let until = house.today.plus(60);
    let server = house.server.clone();
    house.sign(&server, Body::Freeze(Freeze { guardian, until, reason })).unwrap();
    house.later(4);
    house.sign(&toy.sig, complete(hash)).unwrap();
    assert_eq!(house.refuses(&new.keys.sig, Body::Policy(Policy::DEFAULT)), SIGNER);
    house.later(11);
    house.sign(&first, due(removal)).unwrap();
    assert!(house.family.member(new.id()).is_none());
}

#[test]
fn a_promoted_teen_decides_alone_and_guardians_keep_nothing() {
    let (mut house, child, keys, _) = House::with_camera(75);
    let second = house.guardian(Role::Owner, Vec::new());
    let (name, key) = &keys[1];
    let (kind, rights) = (GranteeKind::Guardian, Rights::GUARDIAN);
    let header = house.header(&second.keys, kind, name, rights, Purpose::Care, None);
    house.grant(header, Some(key), &second.keys).unwrap();
    let teen = house.teen(child);
    let (owner, trust) = (house.owner.clone(), house.trust.clone());
    for guardian in [&owner, &second] {
        assert!(!house.family.may_read(guardian.id(), name, DAY, &trust));
        for body in [Body::ChildRemove(child), announce_keys(&mut house, child)] {
            assert_eq!(house.refuses(&guardian.keys.sig, body), SIGNER);
        }
    }
    let seq = house.family.seen().seq;
    let before = house.family.writer(owner.id(), name, seq - 1, DAY, &trust);
    assert!(before.is_ok(), "what was written before the promotion still verifies");
    assert!(house.family.writer(owner.id(), name, seq, DAY, &trust).is_err());

    // The teen lets one guardian read, who can still be removed by the others: what the teen
    // must replace doesn't hold that up.
    let (name, key) = house.keys_by(&teen, child, &[Category::Photos]).remove(0);
    let header = house.header(&second.keys, kind, &name, Rights::READ, Purpose::Care, None);
    let consent = house.consent(header, Some(&key), &second.keys);
    house.sign(&teen.keys.sig, consent).unwrap();
    let removal = house.sign(&owner.keys.sig, announce(second.id())).unwrap();
    house.later(15);
    house.rotating(&owner, due(removal));
    let due: Vec<_> = house.family.due().into_iter().collect();
    assert!(due.contains(&(child, Category::Photos)));
}

fn announce_keys(house: &mut House, child: ChildId) -> Body {
    let key = CategoryKey::generate(&mut house.rng);
    let (commitment, drop_box) = (key.commitment(), key.drop_box_public());
    let category = Category::Photos;
    let version = KeyVersion { category, version: 2, commitment, drop_box, wrapped: None };
    Body::KeyVersion(KeyVersions { child, versions: vec![version] })
}
