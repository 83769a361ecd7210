//! Attacks with grants: swapped, replayed, stale, too wide, or to the wrong one.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on stops where it is")]

use crate::house::{DAY, House, Made, device_keys};
use treehouse_protocol::category::CategoryKey;
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::Link;
use treehouse_protocol::chain::body::{Body, Caps};
use treehouse_protocol::error::Refused;
use treehouse_protocol::grant::{Grant, Header, OUTSIDER_DAYS_MAX};
use treehouse_protocol::id::{ChildId, FamilyId, Hash, KeyId};
use treehouse_protocol::kem::Suite;
use treehouse_protocol::keys::PrivateKeys;
use treehouse_protocol::registry::{Category, GranteeKind, Purpose, Rights};
use treehouse_protocol::sign::Signed;
use treehouse_protocol::trust::Listing;

const DEVICE: GranteeKind = GranteeKind::Device;
const SERVICE: GranteeKind = GranteeKind::Service;

/// A house with a camera, a tablet of the same child, and a header that lets the tablet read.
pub(crate) fn ready(seed: u64) -> (House, Vec<Made>, PrivateKeys, PrivateKeys, Header) {
    let (mut house, child, keys, camera) = House::with_camera(seed);
    let tablet = house.device(Some(child), Suite::XWing);
    let header = house.header(&tablet, DEVICE, &keys[1].0, Rights::READ, Purpose::Play, None);
    (house, keys, camera, tablet, header)
}

/// The field for which the house refuses this grant.
#[track_caller]
pub(crate) fn refuses(
    house: &mut House,
    header: Header,
    key: &CategoryKey,
    to: &PrivateKeys,
) -> &'static str {
    let key = header.rights.reads().then_some(key);
    let body = house.consent(header, key, to);
    let (structure, field) = house.refuses(&house.owner.keys.sig.clone(), body);
    assert_eq!(structure, "TH-GRANT/1");
    field
}

fn seal(
    house: &mut House,
    headers: Vec<(Header, Option<&CategoryKey>)>,
    to: &PrivateKeys,
) -> Result<Grant, Refused> {
    Grant::seal(headers, &to.kem.public(), &mut house.rng)
}

/// What a link grants, read as its grantee does.
fn granted(house: &House, link: &[u8]) -> Grant {
    let signed = Signed::from_bytes(link).unwrap();
    let read: Link = signed.verify(&house.owner.keys.sig.verify_key()).unwrap();
    match read.body {
        Body::Grant(grant) => grant,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_header_with_another_field_does_not_open_what_was_sealed_under_the_first() {
    let (mut house, keys, _, tablet, header) = ready(80);
    let consent = house.consent(header.clone(), Some(&keys[1].1), &tablet);
    let owner = house.owner.keys.sig.clone();
    let link = house.link(&owner, consent);
    assert!(granted(&house, &link).open(&tablet.kem).is_ok());
    let (sibling, family) = (ChildId::from_bytes([9; 16]), House::new(1).family.id());
    let changes: [&dyn Fn(&mut Header); 9] = [
        &|header| header.key.child = sibling,
        &|header| header.key.category = Category::Voice,
        &|header| header.key.version = 2,
        &|header| header.key.family = family,
        &|header| header.rights = Rights::READ_WRITE,
        &|header| header.purpose = Purpose::Chat,
        &|header| header.notice = Hash::of(b"another notice"),
        &|header| header.expires = Some(DAY.plus(9)),
        &|header| header.nonce = [0; 16],
    ];
    for change in changes {
        let mut lie = header.clone();
        change(&mut lie);
        let forged = crate::forge::resigned(&link, &header.to_bytes(), &lie.to_bytes(), &owner);
        let refused = granted(&house, &forged).open(&tablet.kem).unwrap_err();
        assert_eq!((refused.structure, refused.field), ("HPKE", "cipher text"));
    }
}

#[test]
fn cipher_texts_under_each_others_headers_do_not_open() {
    let (mut house, keys, _, tablet, header) = ready(81);
    let mut other = house.header(&tablet, DEVICE, &keys[0].0, Rights::READ, Purpose::Play, None);
    other.nonce = header.nonce;
    let both = vec![(header.clone(), Some(&keys[1].1)), (other.clone(), Some(&keys[0].1))];
    let grant = seal(&mut house, both, &tablet).unwrap();
    assert_eq!(grant.open(&tablet.kem).unwrap().len(), 2);
    // A thief who re-signs the whole: swapped headers, and one header left out.
    let swap = |plain: &[u8]| {
        let (one, two) = (header.to_bytes(), other.to_bytes());
        assert_eq!(one.len(), two.len());
        let at = |what: &[u8]| plain.windows(what.len()).position(|part| part == what).unwrap();
        let (first, second) = (at(&one), at(&two));
        let mut out = plain.to_vec();
        out[first..first + two.len()].copy_from_slice(&two);
        out[second..second + one.len()].copy_from_slice(&one);
        out
    };
    let link = house.link(&house.owner.keys.sig, Body::Grant(grant));
    let forged = crate::forge::sign1(&house.owner.keys.sig, &swap(&crate::forge::payload(&link)));
    house.append(std::slice::from_ref(&forged)).unwrap();
    let refused = granted(&house, &forged).open(&tablet.kem).unwrap_err();
    assert_eq!((refused.structure, refused.field), ("HPKE", "cipher text"));
}

#[test]
fn a_grant_opens_for_its_grantee_only_and_never_with_an_enc_of_low_order() {
    let (mut house, keys, camera, tablet, header) = ready(82);
    let grant = seal(&mut house, vec![(header, Some(&keys[1].1))], &tablet).unwrap();
    for thief in [&house.owner.keys.kem, &camera.kem] {
        assert_eq!(grant.open(thief).unwrap_err().structure, "HPKE");
    }
    assert!(camera.kem.open(&[0; 32], b"", &[(b"", &[0; 48])]).is_err());
    let mut one = [0; 32];
    one[0] = 1;
    assert!(camera.kem.open(&one, b"", &[(b"", &[0; 48])]).is_err());
}

#[test]
fn a_replayed_a_backdated_and_a_far_future_grant_are_refused() {
    let (mut house, keys, _, tablet, header) = ready(83);
    let key = &keys[1].1;
    house.grant(header.clone(), Some(key), &tablet).unwrap();
    assert_eq!(refuses(&mut house, header.clone(), key, &tablet), "nonce");
    house.say(Body::Revoke(vec![header.hash()])).unwrap_err();
    house.rotating(&house.owner.clone(), Body::Revoke(vec![header.hash()]));
    assert_eq!(refuses(&mut house, header.clone(), key, &tablet), "nonce");

    let (mut house, keys, _, tablet, header) = ready(83);
    let key = &keys[1].1;
    house.later(3);
    assert_eq!(refuses(&mut house, header.clone(), key, &tablet), "not_before");
    let later = Header { not_before: house.today.plus(32), ..header };
    assert_eq!(refuses(&mut house, later, key, &tablet), "not_before");
}

#[test]
fn there_is_no_version_zero() {
    let (_, _, _, _, mut header) = ready(40);
    header.key.version = 0;
    let refused = Header::from_bytes(&header.to_bytes()).unwrap_err();
    assert_eq!((refused.structure, refused.field), ("TH-GRANT/1", "v"));
    header.key.version = 1;
    assert_eq!(Header::from_bytes(&header.to_bytes()).unwrap(), header);
}

#[test]
fn a_grant_of_another_family_child_or_version_is_refused() {
    let (mut house, keys, _, tablet, header) = ready(84);
    let key = &keys[1].1;
    let with = |change: &dyn Fn(&mut Header)| {
        let mut other = header.clone();
        change(&mut other);
        other
    };
    let sibling = house.child();
    let foreign = House::new(2).family.id();
    let forged = [
        (with(&|header| header.key.family = foreign), "fid"),
        (with(&|header| header.key.version = 2), "v"),
        (with(&|header| header.key.category = Category::Voice), "v"),
        (with(&|header| header.key.child = sibling), "v"),
        (with(&|header| header.grantee_kind = GranteeKind::Guardian), "purpose"),
        (with(&|header| header.purpose = Purpose::Care), "purpose"),
    ];
    for (header, field) in forged {
        let sealed = seal(&mut house, vec![(header.clone(), Some(key))], &tablet);
        match sealed {
            Err(refused) => assert_eq!(refused.field, field),
            Ok(_) => assert_eq!(refuses(&mut house, header, key, &tablet), field),
        }
    }
    // A key of the right shape for a sibling is no key for the tablet of this child.
    let siblings = house.keys(sibling, &[Category::Photos]).remove(0);
    let header = house.header(&tablet, DEVICE, &siblings.0, Rights::READ, Purpose::Play, None);
    assert_eq!(refuses(&mut house, header, &siblings.1, &tablet), "grantee_kid");
    house.keys(keys[0].0.child, &[Category::Photos]);
    let header = house.header(&tablet, DEVICE, &keys[1].0, Rights::READ, Purpose::Play, None);
    assert_eq!(refuses(&mut house, header, key, &tablet), "v");
}

#[test]
fn one_consent_has_one_grantee_and_carries_keys_only_for_readers() {
    let (mut house, keys, camera, tablet, header) = ready(85);
    let (key, other) = (&keys[1].1, &keys[0].1);
    let to_camera = house.header(&camera, DEVICE, &keys[0].0, Rights::READ, Purpose::Play, None);
    let write = Header { rights: Rights::WRITE, ..header.clone() };
    let again = Header { nonce: [1; 16], ..header.clone() };
    let mut other_family = to_camera.clone();
    other_family.grantee = header.grantee;
    other_family.suite = header.suite;
    let same_family = other_family.clone();
    other_family.key.family = FamilyId::from_bytes([9; 16]);
    let other_suite = Header { suite: Suite::X25519, ..same_family.clone() };
    let other_kind = Header {
        grantee_kind: GranteeKind::Guardian,
        purpose: Purpose::Care,
        ..same_family.clone()
    };
    let other_grantee = Header { grantee: KeyId::from_bytes([9; 16]), ..same_family.clone() };
    let pair = vec![(header.clone(), Some(key)), (same_family, Some(other))];
    seal(&mut house, pair, &tablet).unwrap();
    for second in [other_family, other_suite, other_kind, other_grantee] {
        let pair = vec![(header.clone(), Some(key)), (second, Some(other))];
        assert_eq!(seal(&mut house, pair, &tablet).unwrap_err().field, "headers");
    }
    let mut elsewhere = camera.clone();
    elsewhere.kem = device_keys(&mut house.rng, Suite::XWing).kem;
    let cases = [
        (vec![(header.clone(), Some(key)), (to_camera, Some(other))], "headers"),
        (vec![(header.clone(), Some(key)), (again, Some(key))], "headers"),
        (vec![(write, Some(key))], "ct"),
        (vec![(header.clone(), None)], "ct"),
        (Vec::new(), "headers"),
    ];
    for (headers, field) in cases {
        let refused = seal(&mut house, headers, &tablet).unwrap_err();
        assert_eq!((refused.structure, refused.field), ("TH-GRANT/1", field));
    }
    let refused = seal(&mut house, vec![(header, Some(key))], &elsewhere).unwrap_err();
    assert_eq!(refused.field, "grantee_kid");
}

#[test]
fn outsiders_get_a_term_and_third_parties_never_write() {
    let (mut house, keys, ..) = ready(86);
    let shop = house.listed(GranteeKind::ThirdParty, "shop.example", Purpose::ThirdParty);
    let (key, third) = (&keys[1], GranteeKind::ThirdParty);
    let mut with = |rights, days: Option<u32>| {
        let expires = days.map(|days| DAY.plus(days));
        house.header(&shop, third, &key.0, rights, Purpose::ThirdParty, expires)
    };
    let cases = [
        (with(Rights::READ, None), "expires"),
        (with(Rights::READ, Some(0)), "expires"),
        (with(Rights::READ, Some(OUTSIDER_DAYS_MAX + 1)), "expires"),
        (with(Rights::WRITE, Some(9)), "rights"),
        (with(Rights::READ_WRITE, Some(9)), "rights"),
        (with(Rights::GUARDIAN, Some(9)), "rights"),
    ];
    let right = with(Rights::READ, Some(OUTSIDER_DAYS_MAX));
    for (header, field) in cases {
        let secret = header.rights.reads().then_some(&key.1);
        let refused = seal(&mut house, vec![(header, secret)], &shop).unwrap_err();
        assert_eq!((refused.structure, refused.field), ("TH-GRANT/1", field));
    }
    assert!(house.grant(right, Some(&key.1), &shop).is_ok());
    let seq = house.family.seen().seq;
    let written = house.family.writer(shop.sig.id(), &key.0, seq, DAY, &house.trust);
    assert_eq!(written.unwrap_err().field, "writer_kid");
}

#[test]
fn a_service_is_granted_only_while_it_is_listed_and_only_for_its_purpose() {
    let (mut house, keys, ..) = ready(87);
    let (name, key) = (&keys[1].0, &keys[1].1);
    let unlisted = device_keys(&mut house.rng, Suite::XWing);
    let listed = house.listed(SERVICE, "svc:moderation", Purpose::Moderation);
    let header = |house: &mut House, to: &PrivateKeys, purpose| {
        let expires = Some(house.today.plus(30));
        house.header(to, SERVICE, name, Rights::READ, purpose, expires)
    };
    let nobody = header(&mut house, &unlisted, Purpose::Moderation);
    assert_eq!(refuses(&mut house, nobody, key, &unlisted), "grantee_kid");
    let other_purpose = header(&mut house, &listed, Purpose::Support);
    assert_eq!(refuses(&mut house, other_purpose, key, &listed), "purpose");
    house.later(390);
    let expired = header(&mut house, &listed, Purpose::Moderation);
    assert_eq!(refuses(&mut house, expired, key, &listed), "grantee_kid");
}

#[test]
fn a_key_that_is_listed_for_two_purposes_is_granted_for_either_whichever_was_listed_first() {
    for [first, second] in
        [[Purpose::Support, Purpose::Moderation], [Purpose::Moderation, Purpose::Support]]
    {
        let (mut house, keys, ..) = ready(96);
        let (name, key) = (&keys[1].0, &keys[1].1);
        let listed = house.listed(SERVICE, "svc:help", first);
        let again = Listing {
            kind: SERVICE,
            name: "svc:help".to_owned(),
            purpose: second,
            keys: listed.public(),
            not_before: DAY,
            expires: DAY.plus(300),
        };
        let (again, root) = (Signed::sign(&house.root, &again), house.root.verify_key());
        house.trust = house.trust.clone().with_listing(&again, &root).unwrap();
        let expires = Some(DAY.plus(30));
        let header = |house: &mut House, purpose| {
            house.header(&listed, SERVICE, name, Rights::READ, purpose, expires)
        };
        for purpose in [first, second] {
            let header = header(&mut house, purpose);
            house.grant(header, Some(key), &listed).unwrap();
        }
        let neither = header(&mut house, Purpose::Library);
        assert_eq!(refuses(&mut house, neither, key, &listed), "purpose");
    }
}

#[test]
fn a_renewed_listing_leaves_the_chain_readable_that_granted_under_the_old_one() {
    let (mut house, keys, ..) = ready(88);
    let service = house.listed(SERVICE, "svc:support", Purpose::Support);
    let expires = Some(DAY.plus(300));
    let header =
        house.header(&service, SERVICE, &keys[1].0, Rights::READ, Purpose::Support, expires);
    house.grant(header, Some(&keys[1].1), &service).unwrap();
    let renewed = Listing {
        kind: SERVICE,
        name: "svc:support".to_owned(),
        purpose: Purpose::Support,
        keys: service.public(),
        not_before: DAY.plus(365),
        expires: DAY.plus(700),
    };
    let renewed = Signed::sign(&house.root, &renewed);
    let root = house.root.verify_key();
    house.trust = house.trust.clone().with_listing(&renewed, &root).unwrap();
    assert_eq!(house.replay().unwrap(), house.family);
    assert!(house.family.may_read(service.sig.id(), &keys[1].0, DAY, &house.trust));

    let forged = house.trust.clone().with_listing(&renewed, &house.attester.verify_key());
    assert_eq!(forged.unwrap_err().structure, "TH-SVC/1");
    let mut weak = device_keys(&mut house.rng, Suite::X25519).public();
    weak.sig = service.sig.verify_key();
    let read: Listing = renewed.verify(&root).unwrap();
    let weak = Signed::sign(&house.root, &Listing { keys: weak, ..read });
    let refused = house.trust.clone().with_listing(&weak, &root).unwrap_err();
    assert_eq!((refused.structure, refused.field), ("TH-SVC/1", "suite"));
}

#[test]
fn a_toy_that_claims_a_services_sealing_key_gets_nothing_of_the_services() {
    let (mut house, child, keys, _) = House::with_camera(89);
    let library = house.listed(SERVICE, "svc:library", Purpose::Library);
    let (name, expires) = (keys[1].0, Some(DAY.plus(300)));
    let rights = Rights::READ_WRITE;
    let header = house.header(&library, SERVICE, &name, rights, Purpose::Library, expires);
    let hash = house.grant(header, Some(&keys[1].1), &library).unwrap();

    let mut thief = device_keys(&mut house.rng, Suite::XWing);
    thief.kem = library.kem.clone();
    let add = house.device_add(&thief, Some(child), Caps::SCREEN);
    house.say(Body::DeviceAdd(Box::new(add))).unwrap();
    let (seq, trust) = (house.family.seen().seq, house.trust.clone());
    let family = &house.family;
    assert!(!family.may_read(thief.sig.id(), &name, DAY, &trust));
    assert!(family.writer(thief.sig.id(), &name, seq, DAY, &trust).is_err());
    assert!(family.writer(library.sig.id(), &name, seq, DAY, &trust).is_ok());
    house.say(Body::DeviceRemove(thief.sig.id())).unwrap();
    assert!(house.family.live_grants(DAY).any(|(live, _)| live == hash));
}
