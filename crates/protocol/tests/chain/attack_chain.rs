//! Attacks on the chain itself: its order, its place in time, its first link, and who gets in.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on stops where it is")]

use crate::house::{DAY, House, device_keys, person, signing_key};
use treehouse_protocol::chain::body::{Body, Caps, DeviceAdd, Genesis, GuardianRemove, NewKey};
use treehouse_protocol::chain::replay::{BATCH_LINKS_MAX, ChainRefused};
use treehouse_protocol::chain::{Family, Link, LinkType, Pen, pen};
use treehouse_protocol::id::{ChildId, Day, FamilyId, Hash, Seen};
use treehouse_protocol::kem::Suite;
use treehouse_protocol::keys::PrivateKeys;
use treehouse_protocol::registry::{Anchor, Category, GranteeKind, Purpose, Rights, Role};
use treehouse_protocol::sign::SigningKey;
use treehouse_protocol::trust::Trust;

/// Replays links in the order given, pinned to the house's genesis.
fn replay(house: &House, links: &[&[u8]]) -> Result<Family, ChainRefused> {
    let pinned = Hash::of(&house.links[0]);
    Family::replay(pinned, links.iter().copied(), &house.trust, house.today)
}

fn slices(links: &[Vec<u8>]) -> Vec<&[u8]> {
    links.iter().map(Vec::as_slice).collect()
}

/// A house whose chain has links 0 to 6: two children, three toys and a camera.
fn grown() -> (House, ChildId) {
    let mut house = House::new(50);
    let child = house.child();
    house.child();
    for _ in 0..4 {
        house.device(Some(child), Suite::X25519);
    }
    assert_eq!(house.family.seen().seq, 6);
    (house, child)
}

#[track_caller]
fn assert_refused(
    result: Result<Family, ChainRefused>,
    seq: u64,
    link_type: Option<LinkType>,
    field: &str,
) {
    let refused = result.unwrap_err();
    let named = (refused.seq, refused.link_type, refused.cause.field);
    assert_eq!(named, (seq, link_type, field), "{refused}");
}

#[test]
fn links_reordered_dropped_or_duplicated_are_refused_at_the_first_that_is_out_of_place() {
    let (house, _) = grown();
    let links = slices(&house.links);
    assert_eq!(replay(&house, &links).unwrap(), house.family);
    let add = Some(LinkType::DeviceAdd);

    let mut reordered = links.clone();
    reordered.swap(4, 5);
    assert_refused(replay(&house, &reordered), 4, add, "seq");
    let dropped = [&links[..4], &links[5..]].concat();
    assert_refused(replay(&house, &dropped), 4, add, "seq");
    let duplicated = [&links[..5], &links[4..]].concat();
    assert_refused(replay(&house, &duplicated), 5, add, "seq");
    let from_the_end: Vec<&[u8]> = links.iter().rev().copied().collect();
    assert_refused(replay(&house, &from_the_end), 0, None, "genesis");
    let again = [&links[..], &links[..1]].concat();
    assert_refused(replay(&house, &again), 7, Some(LinkType::Genesis), "seq");
}

#[test]
fn a_chain_cut_short_replays_and_is_known_as_rolled_back_by_whoever_saw_more() {
    let (house, _) = grown();
    let seen = house.family.seen();
    let links = slices(&house.links);
    let short = replay(&house, &links[..5]).unwrap();
    let refused = short.check_seen(&seen).unwrap_err();
    assert_eq!((refused.structure, refused.field), ("chain", "head"));
    assert!(refused.rule.starts_with("was rolled back"));
    assert!(house.family.check_seen(&short.seen()).is_ok());
    assert!(house.family.check_seen(&seen).is_ok());
    let never = Seen { seq: u64::MAX, head: seen.head };
    assert!(house.family.check_seen(&never).is_err());
}

#[test]
fn a_forked_chain_replays_and_is_known_as_forked_by_whoever_saw_the_other() {
    let (house, child) = grown();
    let (mut one, mut other) = (house.clone(), house);
    one.say(Body::ChildRemove(child)).unwrap();
    other.say(Body::RecoverySet(vec![Anchor::Kit])).unwrap();
    assert!(one.replay().is_ok() && other.replay().is_ok());
    let refused = other.family.check_seen(&one.family.seen()).unwrap_err();
    assert!(refused.rule.starts_with("was forked"));

    // The two branches can't be joined either: each link names the one before it.
    let next = one.link(&one.owner.keys.sig, Body::RecoverySet(vec![Anchor::Kit]));
    let refused = other.refuses_batch(&[next]);
    assert_eq!((refused.seq, refused.cause.field), (8, "prev"));
}

/// A link by the owner at any place.
fn placed(house: &House, change: impl Fn(&mut Link)) -> Vec<u8> {
    let seen = house.family.seen();
    let mut link = Link {
        family: house.family.id(),
        seq: seen.seq + 1,
        prev: seen.head,
        day: house.today,
        body: Body::RecoverySet(vec![Anchor::Kit]),
    };
    change(&mut link);
    link.sign(&house.owner.keys.sig)
}

#[test]
fn a_link_for_another_place_is_refused_with_its_number_and_its_type() {
    let (mut house, _) = grown();
    let other = FamilyId::random(&mut house.rng);
    let first = Hash::of(&house.links[0]);
    let forged = [
        (placed(&house, |link| link.family = other), "fid"),
        (placed(&house, |link| link.seq += 1), "seq"),
        (placed(&house, |link| link.seq -= 1), "seq"),
        (placed(&house, |link| link.seq = u64::MAX), "seq"),
        (placed(&house, |link| link.prev = first), "prev"),
        (placed(&house, |link| link.prev = Hash::NONE), "prev"),
        (placed(&house, |link| link.day = Day(DAY.0 - 1)), "day"),
        (placed(&house, |link| link.day = DAY.plus(2)), "day"),
        (placed(&house, |link| link.day = Day(u32::MAX)), "day"),
    ];
    for (link, field) in forged {
        let mut family = house.family.clone();
        let refused = family.apply(&link, &house.trust, DAY).unwrap_err();
        let named = (refused.seq, refused.link_type, refused.cause.structure);
        assert_eq!(named, (7, Some(LinkType::RecoverySet), "TH-LINK/1"));
        assert_eq!(refused.cause.field, field);
        assert_eq!(family, house.family);
        assert!(refused.to_string().starts_with("link 7 (recovery-set): TH-LINK/1: "));
    }
}

#[test]
fn the_server_takes_no_link_of_tomorrow_and_none_older_than_yesterday() {
    let (mut house, _) = grown();
    house.later(5);
    let dated = |days: u32| placed(&house, |link| link.day = DAY.plus(days));
    for (days, taken) in [(3, false), (4, true), (5, true), (6, false), (7, false)] {
        let link = dated(days);
        let appended = house.family.append(&[&link], &house.trust, house.today);
        assert_eq!(appended.is_ok(), taken, "{days}");
        if let Err(refused) = appended {
            assert_eq!((refused.seq, refused.cause.field), (7, "day"));
        }
    }
    // A verifier whose clock runs slow by a day still reads what the server took.
    let mut family = house.family.clone();
    assert!(family.apply(&dated(6), &house.trust, house.today).is_ok());
}

#[test]
fn a_link_of_another_family_is_refused_even_by_a_guardian_of_both() {
    let (mut house, child) = grown();
    let owner = house.owner.clone();
    let id = FamilyId::random(&mut house.rng);
    let genesis = Genesis { by_teen: false, keys: owner.keys.public(), vpc: owner.vpc.clone() };
    let first = pen::found(id, genesis, DAY, &owner.keys.sig);
    let other = Family::replay(Hash::of(&first), [first.as_slice()], &house.trust, DAY).unwrap();
    let mut pen = Pen::new(&other, &owner.keys.sig, &house.trust, DAY);
    pen.write(Body::ChildAdd(child)).unwrap();
    let refused = house.refuses_batch(&pen.finish());
    assert_eq!((refused.seq, refused.cause.field), (7, "fid"));
}

/// Founds a family by what the change makes of a right genesis.
fn found(
    change: impl Fn(&mut Link),
    by: impl Fn(&House) -> SigningKey,
) -> Result<Family, ChainRefused> {
    let house = House::new(51);
    let owner = &house.owner;
    let (keys, vpc) = (owner.keys.public(), owner.vpc.clone());
    let mut link = Link {
        family: house.family.id(),
        seq: 0,
        prev: Hash::NONE,
        day: DAY,
        body: Body::Genesis(Box::new(Genesis { by_teen: false, keys, vpc })),
    };
    change(&mut link);
    let first = link.sign(&by(&house));
    Family::replay(Hash::of(&first), [first.as_slice()], &house.trust, DAY)
}

fn genesis(link: &mut Link) -> &mut Genesis {
    match &mut link.body {
        Body::Genesis(genesis) => genesis,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_first_link_that_is_not_a_right_genesis_founds_nothing() {
    let owner = |house: &House| house.owner.keys.sig.clone();
    let seeded = |seed| {
        let mut house = House::new(seed);
        let stranger = signing_key(&mut house.rng);
        (person(&mut house.rng, &stranger), house)
    };
    let (stranger, _) = seeded(52);
    assert!(found(|_| (), owner).is_ok());
    let cases = [
        (found(|link| link.seq = 1, owner), "seq"),
        (found(|link| link.prev = Hash::of(b"x"), owner), "prev"),
        (found(|link| link.day = DAY.plus(2), owner), "day"),
        (found(|_| (), |house| house.attester.clone()), "kid"),
        (found(|link| link.body = Body::RecoverySet(Vec::new()), owner), "type"),
        (found(|link| genesis(link).vpc = stranger.vpc.clone(), owner), "kid"),
        (
            found(
                |link| {
                    let suite_1 = device_keys(&mut seeded(53).1.rng, Suite::X25519);
                    genesis(link).keys.kem = suite_1.kem.public();
                },
                owner,
            ),
            "suite",
        ),
    ];
    for (founded, field) in cases {
        assert_refused(founded, 0, None, field);
    }
    let (house, _) = grown();
    assert_refused(replay(&house, &[]), 0, None, "links");
    let other = House::new(54);
    assert_refused(replay(&house, &slices(&other.links)), 0, None, "genesis");
}

#[test]
fn a_founder_without_the_word_of_a_trusted_attester_founds_nothing() {
    let house = House::new(55);
    let links = slices(&house.links);
    let nobody = Trust::default().with_server(house.server.verify_key());
    let founded = Family::replay(Hash::of(links[0]), links, &nobody, DAY);
    let refused = founded.unwrap_err();
    assert_eq!((refused.cause.structure, refused.cause.field), ("TH-VPC/1", "kid"));
}

#[test]
fn a_refused_link_takes_its_whole_batch_with_it() {
    let (mut house, child) = grown();
    let owner = house.owner.keys.sig.clone();
    let mut pen = Pen::new(&house.family, &owner, &house.trust, DAY);
    pen.write(Body::RecoverySet(vec![Anchor::Kit])).unwrap();
    pen.make_keys(child, &[Category::Photos], None, &mut house.rng).unwrap();
    let mut batch = pen.finish();
    let good = batch.clone();
    batch.push(house.links[6].clone());
    let before = house.family.clone();
    let refused = house.refuses_batch(&batch);
    assert_eq!((refused.seq, refused.link_type), (9, Some(LinkType::DeviceAdd)));
    assert_eq!(house.family, before);
    assert!(house.append(&good).is_ok());

    assert_eq!(house.refuses_batch(&[]).cause.field, "batch");
    let many = vec![Vec::new(); BATCH_LINKS_MAX + 1];
    assert_eq!(house.refuses_batch(&many).cause.field, "batch");
}

#[test]
fn a_possession_proof_counts_for_one_key_one_family_and_one_body() {
    let (mut house, child) = grown();
    let owner = house.owner.keys.sig.clone();
    let toy = device_keys(&mut house.rng, Suite::X25519);
    let right = house.device_add(&toy, Some(child), Caps::CAMERA);
    let thief = device_keys(&mut house.rng, Suite::X25519);
    let elsewhere = House::new(56).family.id();
    let with = |change: &dyn Fn(&mut DeviceAdd)| {
        let mut add = right.clone();
        change(&mut add);
        Body::DeviceAdd(Box::new(add))
    };
    let forged = [
        with(&|add| *add = add.clone().accepted(elsewhere, &toy.sig)),
        with(&|add| *add = add.clone().accepted(house.family.id(), &thief.sig)),
        with(&|add| add.caps = Caps::from_bits(Caps::MICROPHONE).unwrap()),
        with(&|add| add.child = None),
        with(&|add| add.keys.kem = thief.kem.public()),
        with(&|add| add.keys.sig = thief.sig.verify_key()),
        with(&|add| add.accept_sig = [0; 64]),
    ];
    for body in forged {
        assert_eq!(house.refuses(&owner, body), ("TH-LINK/1", "accept_sig"));
    }
    // The proof for one type of link is none for another, even over the same key.
    let teen = device_keys(&mut house.rng, Suite::XWing);
    let mut promote = house.promotion(child, &teen);
    promote.accept_sig = house.device_add(&teen, Some(child), Caps::CAMERA).accept_sig;
    let refused = house.refuses(&owner, Body::Promote(Box::new(promote)));
    assert_eq!(refused, ("TH-LINK/1", "accept_sig"));
    assert!(house.say(Body::DeviceAdd(Box::new(right))).is_ok());
}

#[test]
fn a_guardian_gets_in_only_with_an_attestation_of_that_key_by_a_trusted_attester_in_time() {
    let (mut house, _) = grown();
    let owner = house.owner.keys.sig.clone();
    let new = person(&mut house.rng, &house.attester);
    let other = person(&mut house.rng, &house.attester);
    let stranger = signing_key(&mut house.rng);
    let attest = |attester: &SigningKey, keys: &PrivateKeys, days: u32| {
        let mut house = house.clone();
        house.attester = attester.clone();
        house.later(days);
        house.attest(keys, new.account)
    };
    let cases = [
        (other.vpc.clone(), "pk_sig"),
        (attest(&stranger, &new.keys, 0), "kid"),
        (attest(&new.keys.sig, &new.keys, 0), "kid"),
        (attest(&house.attester, &new.keys, 1), "day"),
    ];
    for (vpc, field) in cases {
        let mut new = new.clone();
        new.vpc = vpc;
        let add = house.guardian_add(&new, Role::Owner, Vec::new());
        let refused = house.refuses(&owner, Body::GuardianAdd(Box::new(add)));
        assert_eq!(refused, ("TH-VPC/1", field));
    }
    let add = house.guardian_add(&new, Role::Owner, Vec::new());
    assert!(house.say(Body::GuardianAdd(Box::new(add))).is_ok());
}

#[test]
fn guardians_and_teens_with_a_downgraded_suite_are_refused() {
    let (mut house, child) = grown();
    let owner = house.owner.keys.sig.clone();
    let weak = device_keys(&mut house.rng, Suite::X25519);
    let mut new = person(&mut house.rng, &house.attester);
    new.keys.kem = weak.kem.clone();
    let add = house.guardian_add(&new, Role::Carer, vec![child]);
    let refused = house.refuses(&owner, Body::GuardianAdd(Box::new(add)));
    assert_eq!(refused, ("TH-LINK/1", "suite"));
    let promote = house.promotion(child, &weak);
    let refused = house.refuses(&owner, Body::Promote(Box::new(promote)));
    assert_eq!(refused, ("TH-LINK/1", "suite"));
}

#[test]
fn a_key_that_was_removed_never_comes_back_in_any_role() {
    let (mut house, child, _, camera) = House::with_camera(57);
    let owner = house.owner.keys.sig.clone();
    let carer = house.guardian(Role::Carer, vec![child]);
    house.say(Body::DeviceRemove(camera.sig.id())).unwrap();
    house.say(Body::GuardianRemove(GuardianRemove::Announce(carer.id()))).unwrap();

    let add = house.device_add(&camera, Some(child), Caps::CAMERA);
    let refused = house.refuses(&owner, Body::DeviceAdd(Box::new(add)));
    assert_eq!(refused, ("TH-LINK/1", "pk_sig"));
    let add = house.guardian_add(&carer, Role::Owner, Vec::new());
    let refused = house.refuses(&owner, Body::GuardianAdd(Box::new(add)));
    assert_eq!(refused, ("TH-LINK/1", "pk_sig"));
    let promote = house.promotion(child, &carer.keys);
    let refused = house.refuses(&owner, Body::Promote(Box::new(promote)));
    assert_eq!(refused, ("TH-LINK/1", "pk_sig"));

    // Nor behind a new signing key: the old sealing key would get what it was refused.
    let mut disguised = device_keys(&mut house.rng, Suite::X25519);
    disguised.kem = camera.kem.clone();
    let add = house.device_add(&disguised, Some(child), Caps::CAMERA);
    let refused = house.refuses(&owner, Body::DeviceAdd(Box::new(add)));
    assert_eq!(refused, ("TH-LINK/1", "pk_kem"));
}

#[test]
fn whoever_was_removed_signs_nothing_any_more() {
    let (mut house, child, keys, camera) = House::with_camera(58);
    let carer = house.guardian(Role::Carer, vec![child]);
    house.say(Body::GuardianRemove(GuardianRemove::Announce(carer.id()))).unwrap();
    let refused = house.refuses(&carer.keys.sig, Body::ChildRemove(child));
    assert_eq!(refused, ("TH-LINK/1", "kid"));

    house.say(Body::DeviceRemove(camera.sig.id())).unwrap();
    let seq = house.family.seen().seq;
    let written = house.family.writer(camera.sig.id(), &keys[1].0, seq, DAY, &house.trust);
    assert_eq!(written.unwrap_err().field, "writer_kid");
}

#[test]
fn the_servers_key_stays_the_servers_even_where_a_guardian_let_it_in() {
    let (mut house, child) = grown();
    let mut keys = device_keys(&mut house.rng, Suite::XWing);
    keys.sig = house.server.clone();
    let mut person = person(&mut house.rng, &house.attester);
    person.keys = keys;
    person.vpc = house.attest(&person.keys, person.account);
    let add = house.guardian_add(&person, Role::Owner, Vec::new());
    house.say(Body::GuardianAdd(Box::new(add))).unwrap();
    let server = house.server.clone();
    let widens = house.refuses(&server, Body::ChildAdd(ChildId::from_bytes([7; 16])));
    assert_eq!(widens, ("TH-LINK/1", "signer"));
    assert!(house.sign(&server, Body::ChildRemove(child)).is_ok());
}

#[test]
fn a_child_that_left_or_was_erased_never_comes_back_and_nothing_is_said_about_it() {
    let (mut house, child, keys, camera) = House::with_camera(59);
    let owner = house.owner.clone();
    house.say(Body::ChildRemove(child)).unwrap();
    assert_eq!(house.refuses(&owner.keys.sig, Body::ChildAdd(child)), ("TH-LINK/1", "cid"));
    assert_eq!(house.refuses(&owner.keys.sig, Body::ChildRemove(child)), ("TH-LINK/1", "cid"));
    let (kind, rights, purpose) = (GranteeKind::Device, Rights::WRITE, Purpose::Play);
    let header = house.header(&camera, kind, &keys[0].0, rights, purpose, None);
    let consent = house.consent(header, None, &camera);
    assert_eq!(house.refuses(&owner.keys.sig, consent), ("TH-LINK/1", "cid"));
    let trust = house.trust.clone();
    assert!(house.family.member(camera.sig.id()).is_none());
    assert!(!house.family.may_read(owner.id(), &keys[1].0, DAY, &trust));
}
