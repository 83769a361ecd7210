//! What the server may do alone, on an account sign-in or on demand of a court, and what stays
//! undone until a guardian comes.

mod house;

use house::{DAY, House};
use treehouse_protocol::chain::Pen;
use treehouse_protocol::chain::body::{Body, Freeze, FreezeReason, Policy};
use treehouse_protocol::kem::Suite;
use treehouse_protocol::registry::Rights;

/// Found by the fuzz target `replay`: writers went on under the key that a removed reader held.
#[test]
fn nothing_is_written_under_a_key_that_a_removed_reader_holds() {
    let (mut house, child, keys, camera) = House::with_camera(1);
    let tablet = house.device(Some(child), Suite::X25519);
    let (photos, key) = &keys[1];
    house.allow(&tablet, photos, Some(key), Rights::READ);
    let before = house.family.seen().seq;
    let server = house.server.clone();

    house
        .sign(&server, Body::DeviceRemove(tablet.sig.id()))
        .unwrap();

    let (after, trust) = (house.family.seen().seq, house.trust.clone());
    let writer = |house: &House, seq| {
        let by = house
            .family
            .writer(camera.sig.id(), photos, seq, DAY, &trust);
        by.map(drop).map_err(|refused| refused.field)
    };
    assert_eq!(
        writer(&house, before),
        Ok(()),
        "sealed before the toy was lost"
    );
    assert_eq!(writer(&house, after), Err("v"));

    let (signing, bundle) = (house.owner.keys.sig.clone(), house.owner.bundle.clone());
    let mut pen = Pen::new(&house.family, &signing, &trust, DAY);
    let made = pen.rotate(Some(&bundle), &mut house.rng).unwrap();
    house.append(&pen.finish()).unwrap();
    let (new, now) = (made[0].0, house.family.seen().seq);
    assert!(
        house
            .family
            .writer(camera.sig.id(), &new, now, DAY, &trust)
            .is_ok()
    );
    assert_eq!(writer(&house, before), Ok(()));
    assert_eq!(house.replay().unwrap(), house.family);
}

/// A freeze that a later one could shorten would be lifted by the server alone.
#[test]
fn a_second_freeze_never_shortens_the_first() {
    for whole_family in [true, false] {
        let mut house = House::new(2);
        let (server, owner) = (house.server.clone(), house.owner.id());
        let freeze = |days| Freeze {
            guardian: (!whole_family).then_some(owner),
            until: DAY.plus(days),
            reason: FreezeReason::Dispute,
        };
        house.sign(&server, Body::Freeze(freeze(60))).unwrap();
        house.sign(&server, Body::Freeze(freeze(1))).unwrap();
        house.today = DAY.plus(59);
        let refused = house.say(Body::Policy(Policy::DEFAULT)).unwrap_err();
        assert_eq!(refused.cause.rule, "is frozen: may only take access away");
        house.today = DAY.plus(60);
        house.say(Body::Policy(Policy::DEFAULT)).unwrap();
    }
}
