//! Attacks by those who read too long, write without the right, or hold on to an old key.

use crate::attack_grant::{ready, refuses};
use crate::house::{DAY, House};
use rand_chacha::rand_core::Rng;
use treehouse_protocol::category::CategoryKey;
use treehouse_protocol::chain::Pen;
use treehouse_protocol::chain::body::{Body, Erase, KeyVersion, KeyVersions};
use treehouse_protocol::grant::Header;
use treehouse_protocol::id::Hash;
use treehouse_protocol::kem::Suite;
use treehouse_protocol::registry::{Category, GranteeKind, Purpose, Rights};
use treehouse_protocol::secret::Secret;

#[test]
fn who_may_write_reads_nothing_and_who_may_read_writes_nothing() {
    let (mut house, keys, camera, tablet, header) = ready(90);
    house.grant(header, Some(&keys[1].1), &tablet).unwrap();
    let (photos, seq, family) = (&keys[1].0, house.family.seen().seq, &house.family);
    assert!(!family.may_read(camera.sig.id(), photos, DAY, &house.trust));
    let reader = family.writer(tablet.sig.id(), photos, seq, DAY, &house.trust);
    assert_eq!(reader.unwrap_err().field, "writer_kid");
    let elsewhere = family.writer(camera.sig.id(), &keys[0].0, seq, DAY, &house.trust);
    assert_eq!(elsewhere.unwrap_err().field, "writer_kid");
    let ahead = family.writer(camera.sig.id(), photos, seq + 1, DAY, &house.trust);
    assert_eq!(ahead.unwrap_err().field, "seq");
}

#[test]
fn a_granted_key_counts_only_if_the_chain_commits_to_it_and_the_grant_holds() {
    let (mut house, keys, _, tablet, header) = ready(91);
    let header = Header { expires: Some(DAY.plus(10)), ..header };
    house.grant(header.clone(), Some(&keys[1].1), &tablet).unwrap();
    let take = |house: &House, key: &CategoryKey, days| {
        let taken = house.family.granted_key(&header, key.clone(), DAY.plus(days));
        taken.map(drop).map_err(|refused| refused.field)
    };
    assert_eq!(take(&house, &keys[1].1, 9), Ok(()));
    assert_eq!(take(&house, &keys[1].1, 10), Err("expires"));
    assert_eq!(take(&house, &keys[0].1, 0), Err("ct"));
    let other = Header { nonce: [0; 16], ..header.clone() };
    let unknown = house.family.granted_key(&other, keys[1].1.clone(), DAY);
    assert_eq!(unknown.unwrap_err().field, "hdr");
    house.rotating(&house.owner.clone(), Body::Revoke(vec![header.hash()]));
    assert_eq!(take(&house, &keys[1].1, 0), Err("hdr"));
    // Ended once is ended: it can't be revoked again, and neither can what never was.
    let owner = house.owner.keys.sig.clone();
    for hash in [header.hash(), Hash::of(b"never")] {
        assert_eq!(house.refuses(&owner, Body::Revoke(vec![hash])), ("TH-LINK/1", "hash"));
    }
}

#[test]
fn a_weak_withdrawal_leaves_keys_due_and_nothing_is_granted_or_written_until_they_are_replaced() {
    let (mut house, keys, camera, tablet, header) = ready(92);
    let (photos, key) = (keys[1].0, &keys[1].1);
    let hash = house.grant(header.clone(), Some(key), &tablet).unwrap();
    let server = house.server.clone();
    house.sign(&server, Body::Revoke(vec![hash])).unwrap();
    assert_eq!(
        house.family.due().into_iter().collect::<Vec<_>>(),
        [(photos.child, Category::Photos)]
    );
    let again = Header { nonce: [3; 16], ..header };
    assert_eq!(refuses(&mut house, again, key, &tablet), "v");
    let (seq, trust) = (house.family.seen().seq, house.trust.clone());
    let writer =
        |house: &House, seq| house.family.writer(camera.sig.id(), &photos, seq, DAY, &trust);
    assert_eq!(writer(&house, seq).unwrap_err().field, "v");
    assert!(writer(&house, seq - 1).is_ok());
    let owner = house.owner.clone();
    let mut pen = Pen::new(&house.family, &owner.keys.sig, &trust, DAY);
    let made = pen.rotate(Some(&owner.bundle), &mut house.rng).unwrap();
    house.append(&pen.finish()).unwrap();
    assert!(house.family.due().is_empty());
    let seq = house.family.seen().seq;
    assert!(house.family.writer(camera.sig.id(), &made[0].0, seq, DAY, &trust).is_ok());
}

#[test]
fn a_key_is_replaced_by_a_new_key_with_the_next_number_and_by_nothing_else() {
    let (house, keys, ..) = ready(93);
    let owner = house.owner.keys.sig.clone();
    let fresh = CategoryKey::from_secret(Secret::from_bytes([5; 32]));
    let body = |versions: &[(Category, u32, &CategoryKey)]| {
        let versions = versions.iter().map(|(category, version, key)| KeyVersion {
            category: *category,
            version: *version,
            commitment: key.commitment(),
            drop_box: key.drop_box_public(),
            wrapped: None,
        });
        let (child, versions) = (keys[0].0.child, versions.collect());
        Body::KeyVersion(KeyVersions { child, versions })
    };
    let (photos, voice) = (Category::Photos, Category::Voice);
    let cases = [
        (body(&[(photos, 1, &fresh)]), "v"),
        (body(&[(photos, 3, &fresh)]), "v"),
        (body(&[(photos, 0, &fresh)]), "v"),
        (body(&[(voice, 2, &fresh)]), "v"),
        (body(&[(photos, 2, &keys[1].1)]), "kc"),
        (body(&[(photos, 2, &keys[0].1)]), "kc"),
        (body(&[(photos, 2, &fresh), (voice, 1, &fresh)]), "kc"),
    ];
    for (body, field) in cases {
        assert_eq!(house.refuses(&owner, body), ("TH-LINK/1", field));
    }
}

#[test]
fn what_was_erased_is_read_by_nobody_and_what_comes_after_it_by_whoever_is_granted_it() {
    let (mut house, keys, _, tablet, header) = ready(94);
    house.grant(header, Some(&keys[1].1), &tablet).unwrap();
    let (child, categories) = (keys[1].0.child, vec![Category::Photos]);
    let server = house.server.clone();
    house.sign(&server, Body::Erase(Erase { child, categories })).unwrap();
    let owner = house.owner.id();
    let reads = |house: &House, who, name| house.family.may_read(who, name, DAY, &house.trust);
    assert!(!reads(&house, owner, &keys[1].0) && !reads(&house, tablet.sig.id(), &keys[1].0));
    assert!(reads(&house, owner, &keys[0].0));
    let next = house.keys(child, &[Category::Photos]).remove(0);
    assert_eq!(next.0.version, 2);
    assert!(reads(&house, owner, &next.0) && !reads(&house, tablet.sig.id(), &next.0));
    assert!(!reads(&house, owner, &keys[1].0));
}

#[test]
fn a_rotation_carries_renewals_that_overlap_and_rights_that_came_apart() {
    let (mut house, keys, camera, tablet, header) = ready(95);
    let key = &keys[1].1;
    let mut nonce = [0; 16];
    for (rights, days) in [(Rights::READ, 40), (Rights::READ, 90), (Rights::READ_WRITE, 20)] {
        house.rng.fill_bytes(&mut nonce);
        let expires = Some(DAY.plus(days));
        let renewal = Header { nonce, rights, expires, ..header.clone() };
        house.grant(renewal, Some(key), &tablet).unwrap();
    }
    let frame = house.device(Some(keys[0].0.child), Suite::X25519);
    house.allow(&frame, &keys[1].0, Some(key), Rights::READ);
    let made = house.rotating(&house.owner.clone(), Body::DeviceRemove(frame.sig.id()));
    let live = house.family.live_grants(DAY).filter(|(_, granted)| granted.header.key == made[0].0);
    let mut terms: Vec<_> = live
        .map(|(_, granted)| {
            (granted.header.rights.bits(), granted.header.expires.map(|day| day.0 - DAY.0))
        })
        .collect();
    terms.sort_unstable();
    assert_eq!(terms, [(1, Some(90)), (2, None), (3, Some(20))]);
    assert!(house.family.member(camera.sig.id()).is_some());
}

#[test]
fn a_consent_that_is_yet_to_begin_outlives_a_change_of_keys() {
    let (mut house, child, keys, camera) = House::with_camera(139);
    let (name, key) = (keys[1].0, &keys[1].1);
    let frame = house.device(Some(child), Suite::XWing);
    let begins = house.today.plus(10);
    let (kind, rights, play) = (GranteeKind::Device, Rights::READ, Purpose::Play);
    for (from, until) in [(house.today, house.today.plus(3)), (begins, begins.plus(5))] {
        let header = house.header(&frame, kind, &name, rights, play, Some(until));
        house.grant(Header { not_before: from, ..header }, Some(key), &frame).unwrap();
    }
    house.allow(&camera, &name, Some(key), Rights::READ_WRITE);
    let made = house.rotating(&house.owner.clone(), Body::DeviceRemove(camera.sig.id()));
    let new = made.iter().find(|(new, _)| new.category == name.category).unwrap().0;
    let reads = |day| house.family.may_read(frame.sig.id(), &new, day, &house.trust);
    let days = [0, 2, 3, 9, 10, 14, 15].map(|days| reads(DAY.plus(days)));
    assert_eq!(days, [true, true, false, false, true, true, false]);
}
