//! Attacks with bytes: encodings that mean the same, signatures that aren't, keys that are weak.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on stops where it is")]

use crate::forge::{payload, replaced, resigned, sign1};
use crate::house::{DAY, House};
use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::Link;
use treehouse_protocol::chain::body::{Body, Caps};
use treehouse_protocol::error::Refused;
use treehouse_protocol::grant::Header;
use treehouse_protocol::id::ChildId;
use treehouse_protocol::kem::{KemPublic, Suite};
use treehouse_protocol::registry::{Category, GranteeKind, Purpose, Rights};
use treehouse_protocol::sign::{Signed, VerifyKey};
use treehouse_protocol::trust::Attestation;

/// Applies one forged link to the family, which must refuse it and stay as it is.
#[track_caller]
fn refuses(house: &House, link: &[u8]) -> (&'static str, &'static str) {
    let mut family = house.family.clone();
    let refused = family.apply(link, &house.trust, house.today).unwrap_err();
    assert_eq!(refused.seq, house.family.seen().seq + 1);
    assert_eq!(family, house.family);
    (refused.cause.structure, refused.cause.field)
}

/// A house and the next link of its owner, which is right.
fn ready() -> (House, ChildId, Vec<u8>) {
    let mut house = House::new(40);
    let child = ChildId::random(&mut house.rng);
    let link = house.link(&house.owner.keys.sig, Body::ChildAdd(child));
    (house, child, link)
}

#[test]
fn a_forged_link_that_is_right_in_everything_is_the_link_itself() {
    let (house, _, link) = ready();
    assert_eq!(sign1(&house.owner.keys.sig, &payload(&link)), link);
}

#[test]
fn a_second_encoding_of_the_same_link_is_refused_even_if_the_owner_signed_it() {
    let (house, child, link) = ready();
    let key = &house.owner.keys.sig;
    let plain = payload(&link);
    let cid = [&[0x50][..], child.bytes()].concat();
    let seq_and_prev = [&[0x01, 0x58, 0x20][..], house.family.seen().head.bytes()].concat();

    let longer_seq = [&[0x18, 0x01][..], &seq_and_prev[1..]].concat();
    let longer_cid = [&[0x58, 0x10][..], child.bytes()].concat();
    for (from, to) in [(&seq_and_prev, &longer_seq), (&cid, &longer_cid)] {
        let forged = resigned(&link, from, to, key);
        assert_eq!(refuses(&house, &forged), ("TH-LINK/1", "encoding"));
    }

    let streamed = [&[0x5f, 0x50][..], child.bytes(), &[0xff]].concat();
    let forged = resigned(&link, &cid, &streamed, key);
    assert_eq!(refuses(&house, &forged), ("TH-LINK/1", "cid"));

    let open = [&[0x9f][..], &plain[1..], &[0xff]].concat();
    assert_eq!(refuses(&house, &sign1(key, &open)), ("TH-LINK/1", "structure"));

    let longer = [plain.as_slice(), &[0x00]].concat();
    assert_eq!(refuses(&house, &sign1(key, &longer)), ("TH-LINK/1", "length"));

    let shorter = &plain[..plain.len() - 1];
    assert_eq!(refuses(&house, &sign1(key, shorter)), ("TH-LINK/1", "cid"));

    let float_for_seq = [&[0xf9, 0x3c, 0x00][..], &seq_and_prev[1..]].concat();
    let forged = resigned(&link, &seq_and_prev, &float_for_seq, key);
    assert_eq!(refuses(&house, &forged), ("TH-LINK/1", "seq"));

    let negative_seq = [&[0x20][..], &seq_and_prev[1..]].concat();
    let forged = resigned(&link, &seq_and_prev, &negative_seq, key);
    assert_eq!(refuses(&house, &forged), ("TH-LINK/1", "seq"));
}

#[test]
fn a_cose_envelope_has_one_encoding_too() {
    let (house, _, link) = ready();
    let tagged_longer = [&[0xd8, 0x12][..], &link[1..]].concat();
    let in_an_open_array = [&link[..1], &[0x9f], &link[2..], &[0xff]].concat();
    let untagged = &link[1..];
    let of_a_mac = [&[0xd1][..], &link[1..]].concat();
    let with_an_unprotected_header = [&link[..24], &[0xa1, 0x01, 0x32], &link[25..]].concat();
    let with_something_after = [link.as_slice(), &[0xf6]].concat();
    let detached = [&link[..25], &[0xf6], &link[link.len() - 66..]].concat();
    let cases: [(&[u8], &str); 7] = [
        (&tagged_longer, "encoding"),
        (&in_an_open_array, "structure"),
        (untagged, "tag"),
        (&of_a_mac, "tag"),
        (&with_an_unprotected_header, "unprotected"),
        (&with_something_after, "length"),
        (&detached, "payload"),
    ];
    for (forged, field) in cases {
        assert_eq!(refuses(&house, forged), ("COSE_Sign1", field));
    }
}

#[test]
fn another_algorithm_in_the_header_is_refused_before_anything_is_verified() {
    let (house, _, link) = ready();
    // ES256 (-7), EdDSA (-8), a symmetric HMAC (5), and "none".
    for algorithm in [0x26, 0x27, 0x05, 0xf6] {
        let mut forged = link.clone();
        assert_eq!(forged[5], 0x32);
        forged[5] = algorithm;
        assert_eq!(refuses(&house, &forged), ("COSE_Sign1", "protected"));
    }
}

#[test]
fn a_statement_of_one_kind_is_never_one_of_another_kind() {
    let (house, _, link) = ready();
    let as_a_link = sign1(&house.owner.keys.sig, &payload(&house.owner.vpc.to_bytes()));
    assert_eq!(refuses(&house, &as_a_link), ("TH-LINK/1", "structure"));

    let next_protocol = resigned(&link, b"TH-LINK/1", b"TH-LINK/2", &house.owner.keys.sig);
    assert_eq!(refuses(&house, &next_protocol), ("TH-LINK/1", "type"));

    let signed_link = Signed::from_bytes(&link).unwrap();
    let read = signed_link.verify::<Attestation>(&house.owner.keys.sig.verify_key());
    assert_eq!(read.unwrap_err().structure, "TH-VPC/1");
}

#[test]
fn a_link_over_the_limit_is_refused_unread() {
    let (house, _, _) = ready();
    let key = &house.owner.keys.sig;
    let long = sign1(key, &vec![0; Link::BYTES_MAX + 1]);
    assert_eq!(refuses(&house, &long), ("TH-LINK/1", "length"));
    let longer = sign1(key, &vec![0; Signed::BYTES_MAX]);
    assert_eq!(refuses(&house, &longer), ("COSE_Sign1", "length"));
}

#[test]
fn a_length_that_lies_costs_nothing_and_is_refused() {
    let (house, child, link) = ready();
    let cid = [&[0x50][..], child.bytes()].concat();
    let huge = [0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    let forged = resigned(&link, &cid, &huge, &house.owner.keys.sig);
    assert_eq!(refuses(&house, &forged), ("TH-LINK/1", "cid"));

    let revoke = house.link(&house.owner.keys.sig, Body::Revoke(vec![house.family.seen().head]));
    let count = [&[0x81, 0x81, 0x58, 0x20][..], house.family.seen().head.bytes()].concat();
    for hashes in [[0x9a, 0xff, 0xff, 0xff, 0xff].as_slice(), &[0x99, 0x01, 0x01]] {
        let forged = resigned(&revoke, &count, &[&[0x81], hashes].concat(), &house.owner.keys.sig);
        assert_eq!(refuses(&house, &forged), ("TH-LINK/1", "hashes"));
    }
}

#[test]
fn a_signature_with_its_scalar_plus_the_order_of_the_group_is_refused() {
    let (house, _, mut link) = ready();
    let order: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let at = link.len() - 32;
    let mut carry = 0;
    for (byte, add) in link[at..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    assert_eq!(carry, 0);
    assert_eq!(refuses(&house, &link), ("TH-LINK/1", "signature"));
}

#[test]
fn the_signature_of_one_member_under_the_name_of_another_is_refused() {
    let (house, _, link) = ready();
    let by_a_stranger = sign1(&house.attester, &payload(&link));
    let owner = house.owner.id();
    let named = replaced(&by_a_stranger, house.attester.id().bytes(), owner.bytes());
    assert_eq!(refuses(&house, &named), ("TH-LINK/1", "signature"));
    assert_eq!(refuses(&house, &by_a_stranger), ("TH-LINK/1", "kid"));
}

#[test]
fn swapping_what_a_link_is_about_breaks_its_signature() {
    let (mut house, child, keys, camera) = House::with_camera(41);
    let sibling = house.child();
    let header =
        house.header(&camera, GranteeKind::Device, &keys[0].0, Rights::WRITE, Purpose::Play, None);
    let grant = house.consent(header.clone(), None, &camera);
    let link = house.link(&house.owner.keys.sig, grant);
    let swapped_in = |change: &dyn Fn(&mut Header)| {
        let mut other = header.clone();
        change(&mut other);
        replaced(&link, &header.to_bytes(), &other.to_bytes())
    };
    let forged = [
        swapped_in(&|header| header.key.child = sibling),
        swapped_in(&|header| header.key.category = Category::Photos),
        swapped_in(&|header| header.key.version = 2),
        swapped_in(&|header| header.grantee = house.owner.keys.kem.public().id()),
        swapped_in(&|header| header.rights = Rights::READ),
    ];
    assert_eq!(header.key.child, child);
    for link in &forged {
        assert_eq!(refuses(&house, link), ("TH-LINK/1", "signature"));
    }
}

#[track_caller]
fn not_admitted(point: [u8; 32], rule: &'static str) {
    let refused = VerifyKey::admit(&point).unwrap_err();
    assert_eq!(refused, Refused::new("Ed25519 public key", "point", rule));
}

#[test]
fn signing_keys_of_low_order_are_refused_in_every_encoding() {
    for point in EIGHT_TORSION {
        not_admitted(point.compress().to_bytes(), "must be in the prime-order group");
    }
    // y = p is another name of 0, y = p + 1 of 1; and x = 0 has no negative.
    let mut above = [0xff; 32];
    for (first, last) in [(0xed, 0x7f), (0xed, 0xff), (0xee, 0x7f), (0xee, 0xff)] {
        (above[0], above[31]) = (first, last);
        let refused = VerifyKey::admit(&above).unwrap_err();
        assert!(
            refused.rule == "must be in its canonical encoding"
                || refused.rule == "must be on the curve"
        );
    }
    for first in [0x01, 0xec] {
        let mut negative_zero = if first == 1 { [0; 32] } else { [0xff; 32] };
        (negative_zero[0], negative_zero[31]) = (first, if first == 1 { 0x80 } else { 0xff });
        let refused = VerifyKey::admit(&negative_zero).unwrap_err();
        assert_ne!(refused.rule, "must be in the prime-order group");
    }
}

#[test]
fn a_signing_key_with_a_part_of_small_order_is_refused() {
    for torsion in &EIGHT_TORSION[1..] {
        let mixed = (ED25519_BASEPOINT_POINT + torsion).compress().to_bytes();
        not_admitted(mixed, "must be in the prime-order group");
    }
    let not_a_point = {
        let mut bytes = [0; 32];
        bytes[0] = 2;
        bytes
    };
    not_admitted(not_a_point, "must be on the curve");
}

/// Every encoding of an X25519 point of low order: 0, 1, two of order 8, -1, and what is above p.
fn low_order_points() -> Vec<[u8; 32]> {
    let order_8 = [
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    ];
    let parsed = order_8.map(|hex| {
        let byte = |at: usize| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap();
        std::array::from_fn(byte)
    });
    let small = [0, 1].map(|first| {
        let mut point = [0; 32];
        point[0] = first;
        point
    });
    let near_p = [0xec, 0xed, 0xee].map(|first| {
        let mut point = [0xff; 32];
        (point[0], point[31]) = (first, 0x7f);
        point
    });
    let plain = [&small[..], &parsed, &near_p].concat();
    let with_the_high_bit = plain.iter().map(|point| {
        let mut point = *point;
        point[31] |= 0x80;
        point
    });
    plain.iter().copied().chain(with_the_high_bit).collect()
}

#[test]
fn sealing_keys_of_low_order_are_refused_in_every_encoding_and_in_both_suites() {
    let (mut house, _, _) = ready();
    let x_wing = crate::house::device_keys(&mut house.rng, Suite::XWing).kem.public();
    let points = low_order_points();
    assert_eq!(points.len(), 14);
    for point in points {
        let mut hybrid = x_wing.bytes().to_vec();
        hybrid[1184..].copy_from_slice(&point);
        for refused in
            [KemPublic::admit(Suite::X25519, &point), KemPublic::admit(Suite::XWing, &hybrid)]
        {
            let refused = refused.unwrap_err();
            assert_eq!((refused.structure, refused.field), ("KEM public key", "X25519 point"));
        }
    }
}

#[test]
fn a_sealing_key_with_a_coefficient_out_of_range_is_refused() {
    let (mut house, _, _) = ready();
    let x_wing = crate::house::device_keys(&mut house.rng, Suite::XWing).kem.public();
    // Two coefficients of 12 bits in 3 bytes; q = 3329 = 0xd01.
    for (at, bytes) in [(0, [0x01, 0x0d, 0x00]), (0, [0xff; 3]), (1149, [0x00, 0x10, 0xd0])] {
        let mut changed = x_wing.bytes().to_vec();
        changed[at..at + 3].copy_from_slice(&bytes);
        let refused = KemPublic::admit(Suite::XWing, &changed).unwrap_err();
        assert_eq!((refused.structure, refused.field), ("KEM public key", "ML-KEM half"));
    }
    let refused = KemPublic::admit(Suite::XWing, &x_wing.bytes()[1..]).unwrap_err();
    assert_eq!(refused.field, "length");
    let refused = KemPublic::admit(Suite::X25519, x_wing.bytes()).unwrap_err();
    assert_eq!(refused.field, "length");
}

#[test]
fn weak_keys_inside_links_are_refused_as_what_they_are() {
    let (mut house, child, _, _) = House::with_camera(42);
    let owner = house.owner.keys.sig.clone();
    let toy = crate::house::device_keys(&mut house.rng, Suite::X25519);
    let add = house.device_add(&toy, Some(child), Caps::CAMERA);
    let link = house.link(&owner, Body::DeviceAdd(Box::new(add)));
    let (sig, kem) = (toy.sig.verify_key(), toy.kem.public());
    let low = EIGHT_TORSION[1].compress().to_bytes();
    let forged = resigned(&link, sig.bytes(), &low, &owner);
    assert_eq!(refuses(&house, &forged), ("Ed25519 public key", "point"));
    let forged = resigned(&link, kem.bytes(), &low_order_points()[2], &owner);
    assert_eq!(refuses(&house, &forged), ("KEM public key", "X25519 point"));

    let photos = house.family.keys(child, Category::Photos).unwrap();
    let drop_box = photos.current().unwrap().version.drop_box.bytes().to_vec();
    let in_which =
        house.links.iter().find(|link| payload(link).windows(32).any(|bytes| bytes == drop_box));
    let forged = resigned(in_which.unwrap(), &drop_box, &low_order_points()[0], &owner);
    assert_eq!(refuses(&house, &forged), ("KEM public key", "X25519 point"));
}

#[test]
fn an_attestation_of_a_weak_key_is_none() {
    let (house, _, _) = ready();
    let key = house.owner.keys.sig.verify_key();
    let plain = payload(&house.owner.vpc.to_bytes());
    let low = EIGHT_TORSION[3].compress().to_bytes();
    let forged = sign1(&house.attester, &replaced(&plain, key.bytes(), &low));
    let forged = Signed::from_bytes(&forged).unwrap();
    let refused = house.trust.attested(&forged, &key, DAY).unwrap_err();
    assert_eq!((refused.structure, refused.field), ("Ed25519 public key", "point"));
}
