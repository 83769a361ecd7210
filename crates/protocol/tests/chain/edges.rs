//! What only a carer or a teen comes to, and what must stay as it was when something else ends.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on stops where it is")]

use crate::house::{DAY, House, Person, device_keys, person};
use treehouse_protocol::category::{CategoryKey, KeyName};
use treehouse_protocol::chain::body::{Body, Erase, Genesis, GuardianRemove, Purge};
use treehouse_protocol::chain::rules::Effect;
use treehouse_protocol::chain::{Family, pen};
use treehouse_protocol::id::{ChildId, FamilyId, Hash};
use treehouse_protocol::kem::Suite;
use treehouse_protocol::registry::{Category, GranteeKind, Method, Purpose, Rights, Role};
use treehouse_protocol::sign::Signed;
use treehouse_protocol::trust::Listing;

/// Grants somebody of the family the right to read, until it's revoked.
fn let_read(
    house: &mut House,
    who: &Person,
    kind: GranteeKind,
    (name, key): &(KeyName, CategoryKey),
) -> Hash {
    let header = house.header(&who.keys, kind, name, Rights::READ, Purpose::Care, None);
    house.grant(header, Some(key), &who.keys).unwrap()
}

fn holds(house: &House, grant: Hash) -> bool {
    house.family.live_grants(DAY).any(|(hash, _)| hash == grant)
}

#[test]
fn a_child_that_a_carer_adds_is_that_carers() {
    let mut house = House::new(70);
    let first = house.child();
    let carer = house.guardian(Role::Carer, vec![first]);
    let second = ChildId::random(&mut house.rng);
    house.sign(&carer.keys.sig, Body::ChildAdd(second)).unwrap();
    let other = house.child();
    assert!(house.family.decides_for(carer.id(), second));
    assert!(!house.family.decides_for(carer.id(), other));
}

#[test]
fn a_teen_that_begins_a_family_decides_for_itself_alone() {
    let mut house = House::new(71);
    let teen = person(&mut house.rng, &house.attester);
    let genesis = Genesis { by_teen: true, keys: teen.keys.public(), vpc: teen.vpc.clone() };
    let first = pen::found(FamilyId::random(&mut house.rng), genesis, DAY, &teen.keys.sig);
    let own = Family::replay(Hash::of(&first), [first.as_slice()], &house.trust, DAY);
    (house.family, house.links) = (own.unwrap(), vec![first]);
    let child = ChildId::random(&mut house.rng);
    house.sign(&teen.keys.sig, Body::ChildAdd(child)).unwrap();
    assert!(house.family.decides_for(teen.id(), child));
    assert_eq!(house.family.child(child).unwrap().teen, Some(teen.id()));
}

#[test]
fn a_carer_is_granted_what_is_of_its_children_and_of_no_other() {
    let mut house = House::new(72);
    let (own, other) = (house.child(), house.child());
    let carer = house.guardian(Role::Carer, vec![own]);
    let readable = house.keys(own, &[Category::Photos]);
    let grant = let_read(&mut house, &carer, GranteeKind::Guardian, &readable[0]);
    assert!(holds(&house, grant));

    let name = house.keys(other, &[Category::Photos])[0].0;
    let header =
        house.header(&carer.keys, GranteeKind::Guardian, &name, Rights::WRITE, Purpose::Care, None);
    let refused = house.grant(header, None, &carer.keys).unwrap_err();
    assert_eq!(refused.cause.field, "grantee_kid");
}

#[test]
fn a_teen_is_granted_what_is_its_own_and_nothing_of_a_sibling() {
    let mut house = House::new(73);
    let (own, sibling) = (house.child(), house.child());
    let made = house.keys(sibling, &[Category::Photos]);
    let teen = house.teen(own);
    let mut named = |name: &KeyName| {
        house.header(&teen.keys, GranteeKind::Teen, name, Rights::WRITE, Purpose::Care, None)
    };
    let of_sibling = named(&made[0].0);
    let refused = house.grant(of_sibling, None, &teen.keys).unwrap_err();
    assert_eq!(refused.cause.field, "grantee_kid");

    let name = house.keys_by(&teen, own, &[Category::Photos])[0].0;
    let header =
        house.header(&teen.keys, GranteeKind::Teen, &name, Rights::WRITE, Purpose::Care, None);
    let (hash, body) = (header.hash(), house.consent(header, None, &teen.keys));
    house.sign(&teen.keys.sig, body).unwrap();
    assert!(holds(&house, hash));
}

#[test]
fn a_child_that_leaves_takes_its_own_grants_and_those_of_no_sibling() {
    let mut house = House::new(74);
    let (leaves, stays) = (house.child(), house.child());
    let camera = house.device(None, Suite::X25519);
    let grants = [leaves, stays].map(|child| {
        let name = house.keys(child, &[Category::Photos])[0].0;
        house.allow(&camera, &name, None, Rights::WRITE)
    });
    house.say(Body::ChildRemove(leaves)).unwrap();
    assert_eq!(grants.map(|grant| holds(&house, grant)), [false, true]);
}

#[test]
fn an_owner_that_sends_a_carer_away_replaces_what_the_carer_could_read() {
    let mut house = House::new(75);
    let child = house.child();
    let carer = house.guardian(Role::Carer, vec![child]);
    let made = house.keys(child, &[Category::Photos]);
    let_read(&mut house, &carer, GranteeKind::Guardian, &made[0]);
    let away = Body::GuardianRemove(GuardianRemove::Announce(carer.id()));
    let owner = house.owner.clone();
    assert_eq!(house.refuses(&owner.keys.sig, away.clone()), ("TH-LINK/1", "rotation"));
    house.rotating(&owner, away);
    assert!(house.family.due().is_empty());

    // Who leaves by itself can't: it would know the new keys.
    let carer = house.guardian(Role::Carer, vec![child]);
    let made = house.keys(child, &[Category::Photos]);
    let_read(&mut house, &carer, GranteeKind::Guardian, &made[0]);
    let leave = Body::GuardianRemove(GuardianRemove::Announce(carer.id()));
    house.sign(&carer.keys.sig, leave).unwrap();
    assert!(house.family.due().contains(&(child, Category::Photos)));
}

#[test]
fn how_each_guardian_was_verified_is_known_and_of_a_toy_nothing() {
    let mut house = House::new(80);
    let (second, toy) =
        (house.guardian(Role::Owner, Vec::new()), house.device(None, Suite::X25519));
    let verified = |kid| house.family.verified_by(kid);
    for guardian in [&house.owner, &second] {
        assert_eq!(verified(guardian.id()), Some(Method::SignedForm));
    }
    assert_eq!(verified(toy.sig.id()), None);
}

#[test]
fn whoever_made_a_key_reads_the_next_one_too_while_it_decides_for_the_child() {
    let mut house = House::new(78);
    let child = house.child();
    let (second, carer) =
        (house.guardian(Role::Owner, Vec::new()), house.guardian(Role::Carer, vec![child]));
    let frame = house.device(Some(child), Suite::X25519);
    let other = house.child();
    let (name, key) = house.keys(other, &[Category::Photos]).remove(0);
    let care = Purpose::Care;
    let kind = GranteeKind::Guardian;
    let mut of_another = house.header(&second.keys, kind, &name, Rights::READ, care, None);
    of_another.notice = Hash::of(b"another notice");
    house.grant(of_another, Some(&key), &second.keys).unwrap();
    let (name, key) = house.keys_by(&carer, child, &[Category::Photos]).remove(0);
    let header =
        house.header(&frame, GranteeKind::Device, &name, Rights::READ, Purpose::Play, None);
    let consent = house.consent(header, Some(&key), &frame);
    house.sign(&carer.keys.sig, consent).unwrap();

    let gone = house.rotating(&second, Body::DeviceRemove(frame.sig.id()));
    let reads = |house: &House, name: &KeyName| {
        house.family.may_read(carer.id(), name, house.today, &house.trust)
    };
    assert!(reads(&house, &gone[0].0), "it never held a grant");
    let header = house.family.grants().find(|(_, granted)| granted.by == second.id());
    let header = &header.unwrap().1.header;
    assert_eq!((header.rights, header.purpose), (Rights::GUARDIAN, Purpose::Care));
    assert_eq!(header.notice, Hash::of(b"the notice that was shown"), "that of this child");

    let away = Body::GuardianRemove(GuardianRemove::Announce(carer.id()));
    let after = house.rotating(&second, away);
    assert!(!reads(&house, &after[0].0), "it no longer decides");
}

#[test]
fn a_key_ought_to_be_replaced_once_a_reader_s_grant_of_it_has_run_out() {
    let (mut house, child, made, _) = House::with_camera(80);
    let tablet = house.device(Some(child), Suite::X25519);
    let (name, key) = &made[0];
    let (kind, play, until) = (GranteeKind::Device, Purpose::Play, Some(DAY.plus(9)));
    let writes = house.header(&tablet, kind, &made[1].0, Rights::WRITE, play, until);
    house.grant(writes, None, &tablet).unwrap();
    let reads = house.header(&tablet, kind, name, Rights::READ, play, until);
    house.grant(reads, Some(key), &tablet).unwrap();
    let advised = |house: &House, days| {
        house.family.rotation_advised(DAY.plus(days)).into_iter().collect::<Vec<_>>()
    };
    assert_eq!(advised(&house, 8), []);
    assert_eq!(advised(&house, 9), [(child, name.category)], "who only wrote holds no key");
    house.keys(child, &[name.category]);
    assert_eq!(advised(&house, 9), [], "what ran out was of the key before");
    house.say(Body::Erase(Erase { child, categories: vec![name.category] })).unwrap();
    let line = house.family.keys(child, name.category).unwrap();
    assert_eq!(line.erased(), 2, "both versions");
}

#[test]
fn a_service_that_is_listed_for_something_else_by_now_is_in_nobody_s_way() {
    let (mut house, _, made, camera) = House::with_camera(79);
    let (name, key) = (&made[0].0, &made[0].1);
    let help = device_keys(&mut house.rng, Suite::XWing);
    let root = house.root.verify_key();
    for (purpose, days) in [(Purpose::Support, 10), (Purpose::Moderation, 300)] {
        let listing = Listing {
            kind: GranteeKind::Service,
            name: "svc:help".to_owned(),
            purpose,
            keys: help.public(),
            not_before: DAY,
            expires: DAY.plus(days),
        };
        let signed = Signed::sign(&house.root, &listing);
        house.trust = house.trust.clone().with_listing(&signed, &root).unwrap();
    }
    let until = Some(DAY.plus(30));
    let kind = GranteeKind::Service;
    let header = house.header(&help, kind, name, Rights::READ, Purpose::Support, until);
    house.grant(header, Some(key), &help).unwrap();
    house.allow(&camera, name, Some(key), Rights::READ);

    house.later(11);
    let owner = house.owner.clone();
    let next = house.rotating(&owner, Body::DeviceRemove(camera.sig.id()));
    let mut standing = house.family.live_grants(house.today).map(|(_, granted)| &granted.header);
    assert!(!standing.any(|header| header.key == next[0].0), "nobody is listed for it");
}

#[test]
fn whoever_is_listed_as_a_service_is_granted_nothing_as_a_third_party() {
    let mut house = House::new(77);
    let child = house.child();
    let made = house.keys(child, &[Category::Photos]);
    let service = house.listed(GranteeKind::Service, "svc:support", Purpose::Support);
    let (kind, purpose, expires) =
        (GranteeKind::ThirdParty, Purpose::ThirdParty, Some(DAY.plus(30)));
    let header = house.header(&service, kind, &made[0].0, Rights::READ, purpose, expires);
    let refused = house.grant(header, Some(&made[0].1), &service).unwrap_err();
    assert_eq!(refused.cause.field, "grantee_kind");
}

#[test]
fn nothing_is_told_to_be_destroyed_that_nobody_asked_for() {
    let mut house = House::new(76);
    let child = house.child();
    let told = |link| Body::Purge(Purge { link, receipt: Hash::of(b"receipt"), service: None });
    let server = house.server.clone();
    let added = house.family.seen().head;
    assert_eq!(house.refuses(&server, told(added)), ("TH-LINK/1", "hash"));
    let asked = house.say(Body::ChildRemove(child)).unwrap();
    house.sign(&server, told(asked)).unwrap();
}

#[test]
fn each_effect_has_its_word() {
    let all = [Effect::Widens, Effect::Reduces, Effect::Governs, Effect::Tells];
    assert_eq!(all.map(Effect::word), ["widens", "reduces", "governs", "tells"]);
}
