//! The main story, told once from end to end: a family consents, a toy comes and goes.

use crate::house::{DAY, House};
use treehouse_protocol::chain::Pen;
use treehouse_protocol::chain::body::Body;
use treehouse_protocol::kem::Suite;
use treehouse_protocol::registry::{Category, Rights};

#[test]
fn a_toy_that_may_write_writes_and_a_toy_that_is_removed_does_not() {
    let (mut house, _, keys, camera) = House::with_camera(1);
    let (photos, seq) = (keys[1].0, house.family.seen().seq);
    let writer = house.family.writer(camera.sig.id(), &photos, seq, DAY, &house.trust);
    assert_eq!(writer.unwrap(), camera.sig.verify_key());

    house.say(Body::DeviceRemove(camera.sig.id())).unwrap();

    let after = house.family.seen().seq;
    let trust = house.trust.clone();
    assert!(house.family.writer(camera.sig.id(), &photos, after, DAY, &trust).is_err());
    assert!(house.family.writer(camera.sig.id(), &photos, seq, DAY, &trust).is_ok());
    assert_eq!(house.replay().unwrap(), house.family);
}

#[test]
fn removing_a_reader_asks_for_new_keys_in_the_same_batch() {
    let (mut house, child, keys, camera) = House::with_camera(2);
    let tablet = house.device(Some(child), Suite::XWing);
    let frame = house.device(Some(child), Suite::X25519);
    let (name, key) = &keys[1];
    house.allow(&tablet, name, Some(key), Rights::READ);
    house.allow(&frame, name, Some(key), Rights::READ_WRITE);

    let alone = house.say(Body::DeviceRemove(tablet.sig.id()));
    assert_eq!(alone.unwrap_err().cause.field, "rotation");

    let (signing, trust) = (house.owner.keys.sig.clone(), house.trust.clone());
    let mut pen = Pen::new(&house.family, &signing, &trust, DAY);
    pen.write(Body::DeviceRemove(tablet.sig.id())).unwrap();
    let bundle = house.owner.bundle.clone();
    let made = pen.rotate(Some(&bundle), &mut house.rng).unwrap();
    house.append(&pen.finish()).unwrap();

    assert_eq!(made.len(), 1);
    let new = made[0].0;
    assert_eq!((new.category, new.version), (Category::Photos, 2));
    let family = &house.family;
    assert!(family.due().is_empty());
    assert!(!family.may_read(tablet.sig.id(), &new, DAY, &trust));
    assert!(family.may_read(frame.sig.id(), &new, DAY, &trust));
    let seq = family.seen().seq;
    assert!(family.writer(camera.sig.id(), &new, seq, DAY, &trust).is_ok());
    assert!(family.writer(camera.sig.id(), name, seq, DAY, &trust).is_err());
    assert_eq!(house.replay().unwrap(), house.family);
}
