//! Attacks by and on guardians: expulsion, freezes, carers.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on stops where it is")]

use crate::house::{DAY, House, Person, person};
use treehouse_protocol::chain::LinkType;
use treehouse_protocol::chain::body::{Body, Caps, Freeze, FreezeReason, GuardianRemove, Policy};
use treehouse_protocol::id::{ChildId, Hash, KeyId};
use treehouse_protocol::kem::Suite;
use treehouse_protocol::registry::{Category, GranteeKind, Purpose, Rights, Role};
use treehouse_protocol::sign::SigningKey;

const SIGNER: (&str, &str) = ("TH-LINK/1", "signer");
const SIGNATURES: (&str, &str) = ("TH-LINK/1", "signatures");

fn announce(kid: KeyId) -> Body {
    Body::GuardianRemove(GuardianRemove::Announce(kid))
}

fn due(announcement: Hash) -> Body {
    Body::GuardianRemove(GuardianRemove::Due(announcement))
}

/// Others agree to a removal, for the next link.
fn agreed(house: &House, guardian: KeyId, by: &[&Person]) -> Body {
    let prev = house.family.seen().head;
    let agreement = GuardianRemove::agreement(house.family.id(), guardian, prev);
    let signed = by.iter().map(|by| (by.id(), by.keys.sig.sign(&agreement)));
    let mut signatures: Vec<_> = signed.collect();
    signatures.sort_unstable();
    Body::GuardianRemove(GuardianRemove::Agreed { guardian, signatures })
}

fn freeze(house: &mut House, guardian: Option<KeyId>, days: u32) {
    let (until, reason) = (house.today.plus(days), FreezeReason::LegalDemand);
    let server = house.server.clone();
    house.sign(&server, Body::Freeze(Freeze { guardian, until, reason })).unwrap();
}

/// A family with a second owner, who came after the first.
fn couple(seed: u64) -> (House, SigningKey, Person) {
    let mut house = House::new(seed);
    let second = house.guardian(Role::Owner, Vec::new());
    let key = house.owner.keys.sig.clone();
    (house, key, second)
}

#[test]
fn a_time_lock_runs_for_two_weeks_and_no_date_cuts_it_short() {
    let (mut house, first, second) = couple(60);
    let id = second.id();
    let announced = house.sign(&first, announce(id)).unwrap();
    for days in [0, 1, 13] {
        house.later(days);
        assert_eq!(house.refuses(&first, due(announced)), ("TH-LINK/1", "day"), "{days}");
    }
    assert_eq!(house.today, DAY.plus(14));

    // With the date of tomorrow, or announced with the date of yesterday, it would run shorter.
    let mut other = couple(60).0;
    let yesterday = other.link(&first, announce(id));
    other.later(1);
    let refused = other.refuses_batch(&[yesterday]);
    assert_eq!((refused.seq, refused.cause.field), (2, "day"));
    assert_eq!(refused.link_type, Some(LinkType::GuardianRemove));
    let mut tomorrow = house.clone();
    tomorrow.later(1);
    let early = tomorrow.link(&first, due(announced));
    assert_eq!(house.refuses_batch(&[early]).cause.field, "day");

    house.later(1);
    house.sign(&first, due(announced)).unwrap();
    assert!(house.family.member(id).is_none());
}

#[test]
fn only_whoever_announced_a_removal_calls_it_off() {
    let (mut house, first, second) = couple(61);
    let third = house.guardian(Role::Owner, Vec::new());
    let announced = house.sign(&first, announce(second.id())).unwrap();
    let off = || Body::Revoke(vec![announced]);
    let server = house.server.clone();
    for other in [&second.keys.sig, &third.keys.sig, &server] {
        assert_eq!(house.refuses(other, off()), ("TH-LINK/1", "hash"));
    }
    assert_eq!(house.refuses(&first, announce(second.id())), ("TH-LINK/1", "kid"));
    house.sign(&first, off()).unwrap();
    house.later(20);
    assert_eq!(house.refuses(&first, due(announced)), ("TH-LINK/1", "announcement"));
}

#[test]
fn the_day_of_an_announced_removal_is_moved_by_neither_side() {
    let (mut house, first, second) = couple(62);
    let announced = house.sign(&first, announce(second.id())).unwrap();
    let slower = Policy { timelock_days: 90, ..Policy::DEFAULT };
    house.sign(&second.keys.sig, Body::Policy(slower)).unwrap();
    house.later(15);
    house.sign(&first, due(announced)).unwrap();

    let (mut house, first, second) = couple(62);
    house.sign(&second.keys.sig, Body::Policy(slower)).unwrap();
    let announced = house.sign(&first, announce(second.id())).unwrap();
    house.sign(&first, Body::Policy(Policy::DEFAULT)).unwrap();
    house.later(15);
    assert_eq!(house.refuses(&first, due(announced)), ("TH-LINK/1", "day"));
}

#[test]
fn an_owner_agrees_to_one_removal_at_one_head_and_nothing_else() {
    let (mut house, first, second) = couple(63);
    let third = house.guardian(Role::Owner, Vec::new());
    let carer_of = house.child();
    let carer = house.guardian(Role::Carer, vec![carer_of]);
    let stranger = person(&mut house.rng, &house.attester);
    let owner = house.owner.clone();
    for by in [&owner, &carer, &stranger] {
        let alone = agreed(&house, third.id(), &[by]);
        assert_eq!(house.refuses(&first, alone), SIGNATURES);
    }
    let replayed = agreed(&house, third.id(), &[&second]);
    house.child();
    assert_eq!(house.refuses(&first, replayed), SIGNATURES);
    let of_another = agreed(&house, carer.id(), &[&second]);
    let Body::GuardianRemove(GuardianRemove::Agreed { signatures, .. }) = of_another else {
        panic!("an agreement")
    };
    let guardian = third.id();
    let swapped = Body::GuardianRemove(GuardianRemove::Agreed { guardian, signatures });
    assert_eq!(house.refuses(&first, swapped), SIGNATURES);

    house.say(Body::Policy(Policy { quorum: 2, ..Policy::DEFAULT })).unwrap();
    let one_of_two = agreed(&house, third.id(), &[&second]);
    assert_eq!(house.refuses(&first, one_of_two), SIGNATURES);
    let twice = agreed(&house, third.id(), &[&second, &second]);
    let refused = house.refuses_batch(&[house.link(&first, twice)]);
    assert_eq!(refused.cause.field, "signatures");
}

#[test]
fn no_guardian_expels_another_with_the_help_of_somebody_it_has_just_let_in() {
    let (mut house, first, second) = couple(64);
    house.later(1);
    let friend = house.guardian(Role::Owner, Vec::new());
    let outvoted = agreed(&house, second.id(), &[&friend]);
    assert_eq!(house.refuses(&first, outvoted), SIGNATURES);
    // Whoever was there before the target agrees at once.
    let rightly = agreed(&house, friend.id(), &[&second]);
    assert!(house.clone().sign(&first, rightly).is_ok());
    // The friend, after it has been seen for as long as a time lock runs.
    house.later(15);
    let outvoted = agreed(&house, second.id(), &[&friend]);
    assert!(house.sign(&first, outvoted).is_ok());
}

#[test]
fn nobody_who_was_just_let_in_expels_another_with_the_help_of_whoever_let_it_in() {
    let (mut house, _, second) = couple(68);
    house.later(15);
    let (owner, friend) = (house.owner.clone(), house.guardian(Role::Owner, Vec::new()));
    let swapped = agreed(&house, second.id(), &[&owner]);
    assert_eq!(house.refuses(&friend.keys.sig, swapped), SIGNATURES);
    // The same two, after the friend has been seen for as long as a time lock runs.
    house.later(15);
    let swapped = agreed(&house, second.id(), &[&owner]);
    assert!(house.sign(&friend.keys.sig, swapped).is_ok());
}

#[test]
fn no_guardian_expels_another_with_a_second_key_of_its_own() {
    let (mut house, first, second) = couple(65);
    let mut again = person(&mut house.rng, &house.attester);
    again.account = house.owner.account;
    again.vpc = house.attest(&again.keys, again.account);
    let add = house.guardian_add(&again, Role::Owner, Vec::new());
    house.say(Body::GuardianAdd(Box::new(add))).unwrap();
    house.later(60);
    let alone = agreed(&house, second.id(), &[&again]);
    assert_eq!(house.refuses(&first, alone), SIGNATURES);
}

#[test]
fn the_last_owner_cannot_leave_or_be_removed() {
    let (mut house, first, second) = couple(66);
    let child = house.child();
    let carer = house.guardian(Role::Carer, vec![child]);
    house.sign(&second.keys.sig, announce(second.id())).unwrap();
    assert_eq!(house.refuses(&first, announce(house.owner.id())), ("TH-LINK/1", "kid"));
    assert_eq!(house.refuses(&carer.keys.sig, announce(house.owner.id())), SIGNER);
    let server = house.server.clone();
    assert_eq!(house.refuses(&server, announce(carer.id())), SIGNER);
}

#[test]
fn a_frozen_guardian_only_takes_access_away_and_the_freeze_ends_by_itself() {
    let (mut house, first, second) = couple(67);
    let (child, frozen) = (house.child(), second.keys.sig.clone());
    let toy = house.device(Some(child), Suite::X25519);
    let (name, key) = house.keys(child, &[Category::Photos]).remove(0);
    house.allow(&toy, &name, Some(&key), Rights::READ);
    freeze(&mut house, Some(second.id()), 10);
    let child_add = Body::ChildAdd(ChildId::random(&mut house.rng));
    for body in [child_add.clone(), announce(house.owner.id()), Body::Policy(Policy::DEFAULT)] {
        assert_eq!(house.refuses(&frozen, body), SIGNER);
    }
    let agreed_by_frozen = {
        let third = house.guardian(Role::Owner, Vec::new());
        agreed(&house, third.id(), &[&second])
    };
    assert_eq!(house.refuses(&first, agreed_by_frozen), SIGNATURES);

    // It can't make new keys, so what it takes away leaves keys due and isn't held up by that.
    house.sign(&frozen, Body::DeviceRemove(toy.sig.id())).unwrap();
    assert_eq!(house.family.due().len(), 1);

    house.later(9);
    assert_eq!(house.refuses(&frozen, child_add.clone()), SIGNER);
    house.later(1);
    assert!(house.sign(&frozen, child_add).is_ok());
}

#[test]
fn a_freeze_of_the_family_holds_for_all_and_is_neither_too_long_nor_cut_short() {
    let (mut house, first, _) = couple(68);
    let server = house.server.clone();
    for (days, taken) in [(0, false), (91, false), (90, true)] {
        let (until, reason) = (house.today.plus(days), FreezeReason::Takeover);
        let body = Body::Freeze(Freeze { guardian: None, until, reason });
        if taken {
            house.sign(&server, body).unwrap();
        } else {
            assert_eq!(house.refuses(&server, body), ("TH-LINK/1", "until"));
        }
    }
    // A shorter freeze on top would be the server lifting the longer one.
    freeze(&mut house, None, 1);
    house.later(2);
    assert_eq!(house.refuses(&first, Body::Policy(Policy::DEFAULT)), SIGNER);
    house.later(88);
    assert!(house.say(Body::Policy(Policy::DEFAULT)).is_ok());
}

#[test]
fn a_carer_decides_for_the_children_in_its_care_and_for_no_other() {
    let mut house = House::new(69);
    let (own, other) = (house.child(), house.child());
    let carer = house.guardian(Role::Carer, vec![own]);
    let toy = crate::house::device_keys(&mut house.rng, Suite::X25519);
    let add =
        |house: &House, child, caps| Body::DeviceAdd(Box::new(house.device_add(&toy, child, caps)));
    let key = &carer.keys.sig;
    assert_eq!(house.refuses(key, add(&house, Some(other), Caps::SCREEN)), SIGNER);
    assert_eq!(house.refuses(key, add(&house, None, Caps::SCREEN)), SIGNER);
    assert_eq!(house.refuses(key, Body::ChildRemove(other)), SIGNER);
    // A device that brings guardians back would be a way to become an owner.
    let ladder = add(&house, Some(own), Caps::RECOVERY);
    assert_eq!(house.refuses(key, ladder), ("TH-LINK/1", "caps"));
    let body = add(&house, Some(own), Caps::SCREEN);
    assert!(house.sign(key, body).is_ok());

    // And it's granted nothing of another child, not even by an owner.
    let (name, secret) = house.keys(other, &[Category::Voice]).remove(0);
    let (kind, rights) = (GranteeKind::Guardian, Rights::GUARDIAN);
    let header = house.header(&carer.keys, kind, &name, rights, Purpose::Care, None);
    let refused = house.grant(header, Some(&secret), &carer.keys).unwrap_err();
    assert_eq!(refused.cause.field, "grantee_kid");
}
