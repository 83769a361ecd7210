//! Limits that are spent for good, and keys that fall due without anybody having to replace them.

use treehouse_protocol::chain::body::{Body, Erase};
use treehouse_protocol::id::{ChildId, KeyId};
use treehouse_protocol::registry::{Category, GranteeKind, Purpose, Role};

use crate::house::House;

const CHILDREN_MAX: usize = 64;

#[test]
fn a_carer_uses_up_half_of_the_children_and_an_owner_all() {
    let mut house = House::new(1);
    let first = house.child();
    let carer = house.guardian(Role::Carer, vec![first]);
    for _ in 1..CHILDREN_MAX / 2 {
        let child = ChildId::random(&mut house.rng);
        house.sign(&carer.keys.sig, Body::ChildAdd(child)).unwrap();
    }
    let child = ChildId::random(&mut house.rng);
    let refused = house.refuses(&carer.keys.sig, Body::ChildAdd(child));
    assert_eq!(refused, ("TH-LINK/1", "children"));
    for _ in CHILDREN_MAX / 2..CHILDREN_MAX {
        house.child();
    }
    let owner = house.owner.keys.sig.clone();
    let refused = house.refuses(&owner, Body::ChildAdd(child));
    assert_eq!(refused, ("TH-LINK/1", "children"));
}

#[test]
fn whoever_erases_a_category_need_not_make_a_new_key_for_it() {
    let (mut house, child, _, _) = House::with_camera(2);
    let erase = Erase { child, categories: vec![Category::Profile] };
    house.say(Body::Erase(erase)).unwrap();
    assert!(house.family.due().contains(&(child, Category::Profile)));
}

#[test]
fn a_verifying_key_is_found_for_members_past_and_present_and_for_who_is_listed() {
    let (mut house, _, _, camera) = House::with_camera(3);
    let service = house.listed(GranteeKind::Service, "svc:support", Purpose::Support);
    let find = |house: &House, kid: KeyId| house.family.verify_key(kid, &house.trust);
    let key = camera.sig.verify_key();
    assert_eq!(find(&house, camera.sig.id()), Some(key));
    assert_eq!(find(&house, service.sig.id()), Some(service.sig.verify_key()));
    assert_eq!(find(&house, KeyId::from_bytes([9; 16])), None);
    house.say(Body::DeviceRemove(camera.sig.id())).unwrap();
    assert_eq!(find(&house, camera.sig.id()), Some(key));
}
