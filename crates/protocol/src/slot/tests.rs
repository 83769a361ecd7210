//! The ways back to a guardian's keys, and the ways that must stay shut.

use proptest::prelude::*;

use super::*;
use crate::fixture::rng;

struct Guardian {
    bundle: Bundle,
    owner: Owner,
    sealed: SealedBundle,
    contents: Opened,
}

fn guardian(seed: u64) -> Guardian {
    let rng = &mut rng(seed);
    let bundle = Bundle::from_seed(Secret::random(rng));
    let (sealed, bundle_key) = SealedBundle::seal(FamilyId::random(rng), &bundle, rng);
    Guardian {
        owner: sealed.owner(),
        bundle,
        sealed,
        contents: Opened { bundle_key, seen: seen(17) },
    }
}

fn seen(seq: u64) -> Seen {
    Seen { seq, head: Hash::of(&seq.to_be_bytes()) }
}

fn keks() -> [Kek; 3] {
    [
        Kek::from_opaque(&Secret::from_bytes([1; 64])),
        Kek::from_prf(&Secret::from_bytes([1; 32])),
        Kek::from_kit(&KitCode::generate(&mut rng(1))),
    ]
}

fn slot(guardian: &Guardian, kek: &Kek) -> Slot {
    let id = SlotId::from_bytes([3; 16]);
    Slot::seal(id, &guardian.owner, kek, &guardian.contents, &mut rng(5))
}

fn helper(suite: Suite) -> KemPrivate {
    KemPrivate::from_seed(suite, Secret::from_bytes([6; 32]))
}

fn slot_to(guardian: &Guardian, anchor: Anchor, recipient: &KemPublic) -> Result<Slot, Refused> {
    let id = SlotId::from_bytes([4; 16]);
    let recipient = (anchor, recipient);
    Slot::seal_to(id, &guardian.owner, recipient, &guardian.contents, &mut rng(5))
}

#[test]
fn every_anchor_leads_back_to_the_keys() {
    let guardian = guardian(1);
    let helper = helper(Suite::XWing);
    let mut opened = Vec::new();
    for kek in keks() {
        let slot = slot(&guardian, &kek);
        assert_eq!((slot.anchor(), slot.recipient()), (kek.anchor(), None));
        opened.push(slot.open(&guardian.owner, &kek).expect("its own key"));
    }
    for anchor in [Anchor::Guardian, Anchor::Service] {
        let slot = slot_to(&guardian, anchor, &helper.public()).expect("suite 2");
        assert_eq!(slot.recipient(), Some(helper.public().id()));
        opened.push(slot.open_as(&guardian.owner, &helper).expect("its recipient"));
    }
    for contents in opened {
        assert_eq!(contents.seen, seen(17));
        let bundle = guardian.sealed.open(&guardian.owner, &contents.bundle_key);
        assert_eq!(bundle.as_ref(), Ok(&guardian.bundle));
    }
}

#[test]
fn a_bundle_opens_only_with_its_key_for_its_guardian() {
    let (guardian, other) = (guardian(1), guardian(2));
    let wrong_key = guardian.sealed.open(&guardian.owner, &other.contents.bundle_key);
    assert_eq!(wrong_key.expect_err("another key").field, "ct");
    let wrong_owner = guardian.sealed.open(&other.owner, &guardian.contents.bundle_key);
    assert_eq!(wrong_owner.expect_err("another's").field, "kid");
    // A server that changes the name on it gets no further.
    let renamed = SealedBundle { owner: other.owner, ..guardian.sealed };
    let renamed = renamed.open(&other.owner, &guardian.contents.bundle_key);
    assert_eq!(renamed.expect_err("renamed").field, "ct");
}

#[test]
fn a_bundle_of_other_keys_under_the_guardians_name_is_refused() {
    let (guardian, other) = (guardian(1), guardian(2));
    let header = bundle_header(&guardian.owner);
    let (key, salt) = (&guardian.contents.bundle_key, [7; 32]);
    let sealing_key = derive(&salt, key.0.expose(), &[b"TH-GB/1\0", &header]);
    let sealed = aead::seal(&sealing_key, other.bundle.seed().expose(), &header);
    let forged = SealedBundle {
        owner: guardian.owner,
        salt,
        ct: sealed.try_into().expect("a seed and a tag"),
    };
    let refused = forged.open(&guardian.owner, key).expect_err("other keys");
    assert_eq!(refused.field, "bundle");
}

#[test]
fn a_slot_opens_only_with_the_key_that_sealed_it() {
    let guardian = guardian(1);
    let slot = slot(&guardian, &keks()[0]);
    let other = Kek::from_opaque(&Secret::from_bytes([2; 64]));
    let refused = slot.open(&guardian.owner, &other).expect_err("another key");
    assert_eq!(refused.field, "ct");
    for kek in &keks()[1..] {
        let refused = slot.open(&guardian.owner, kek).expect_err("another anchor");
        assert_eq!(refused.field, "anchor");
    }
    let helper = helper(Suite::XWing);
    assert!(slot.open_as(&guardian.owner, &helper).is_err());
}

#[test]
fn the_same_bytes_at_two_anchors_are_two_keys() {
    let opaque = Kek::from_opaque(&Secret::from_bytes([1; 64]));
    let prf = Kek::from_prf(&Secret::from_bytes([1; 32]));
    assert_ne!(opaque.secret, prf.secret);
}

#[test]
fn a_slot_for_a_recipient_opens_only_for_it() {
    let guardian = guardian(1);
    let helper = helper(Suite::XWing);
    let slot = slot_to(&guardian, Anchor::Service, &helper.public()).expect("suite 2");
    let stranger = KemPrivate::from_seed(Suite::XWing, Secret::from_bytes([8; 32]));
    let refused = slot.open_as(&guardian.owner, &stranger);
    assert_eq!(refused.expect_err("a stranger").field, "recipient");
    let refused = slot.open(&guardian.owner, &keks()[0]);
    assert_eq!(refused.expect_err("no such anchor").field, "anchor");
}

#[test]
fn a_slot_works_in_one_place() {
    let guardian = guardian(1);
    let kek = &keks()[0];
    let right = slot(&guardian, kek);
    let helper = helper(Suite::XWing);
    let public = slot_to(&guardian, Anchor::Service, &helper.public()).expect("suite 2");

    let owners = [
        Owner { family: FamilyId::from_bytes([0; 16]), ..guardian.owner },
        Owner { guardian: KeyId::from_bytes([0; 16]), ..guardian.owner },
    ];
    for owner in &owners {
        assert_eq!(right.open(owner, kek), Err(refuse_opening()));
        assert_eq!(public.open_as(owner, &helper), Err(refuse_opening()));
    }
    let moved = Slot { id: SlotId::from_bytes([9; 16]), ..right };
    assert_eq!(moved.open(&guardian.owner, kek), Err(refuse_opening()));
    let moved = Slot { anchor: Anchor::Guardian, ..public };
    let moved = moved.open_as(&guardian.owner, &helper);
    assert_eq!(moved, Err(refuse_opening()));
}

#[test]
fn toys_passwords_and_weak_keys_get_no_public_slot() {
    let guardian = guardian(1);
    let strong = helper(Suite::XWing).public();
    for anchor in [Anchor::Toy, Anchor::Opaque, Anchor::Prf, Anchor::Kit] {
        let refused = slot_to(&guardian, anchor, &strong).expect_err("no public key");
        assert_eq!(refused.field, "anchor");
    }
    let weak = helper(Suite::X25519).public();
    let refused = slot_to(&guardian, Anchor::Service, &weak).expect_err("suite 1");
    assert_eq!(refused.field, "recipient");
}

#[test]
fn a_reseal_remembers_the_newer_place_under_a_fresh_key() {
    let guardian = guardian(1);
    let (kek, rng) = (&keks()[2], &mut rng(9));
    let old = slot(&guardian, kek);
    let new = old.reseal(&guardian.owner, kek, seen(18), rng);
    let new = new.expect("a newer place");
    let opened = new.open(&guardian.owner, kek).expect("the same key");
    assert_eq!(opened.seen, seen(18));
    assert_eq!(opened.bundle_key, guardian.contents.bundle_key);
    assert_eq!(new.id(), old.id());
    assert_ne!(new.lock, old.lock, "the salt is another");
    // The same place once more isn't going back.
    assert!(new.reseal(&guardian.owner, kek, seen(18), rng).is_ok());
}

#[test]
fn a_reseal_never_goes_back_or_aside() {
    let guardian = guardian(1);
    let kek = &keks()[0];
    let slot = slot(&guardian, kek);
    let aside = Seen { seq: 17, head: Hash::of(b"a fork") };
    for place in [seen(16), seen(0), aside] {
        let refused = slot.reseal(&guardian.owner, kek, place, &mut rng(9));
        assert_eq!(refused.expect_err("back").field, "seq");
    }
}

#[test]
fn a_new_password_replaces_the_slot() {
    let guardian = guardian(1);
    let old_kek = Kek::from_opaque(&Secret::from_bytes([1; 64]));
    let new_kek = Kek::from_opaque(&Secret::from_bytes([2; 64]));
    let old = slot(&guardian, &old_kek);
    let contents = old.open(&guardian.owner, &old_kek).expect("the old password");
    let id = SlotId::from_bytes([5; 16]);
    let new = Slot::seal(id, &guardian.owner, &new_kek, &contents, &mut rng(6));
    assert_eq!(new.open(&guardian.owner, &new_kek), Ok(contents));
    assert!(new.open(&guardian.owner, &old_kek).is_err());
}

#[test]
fn slots_and_bundles_survive_their_bytes() {
    let guardian = guardian(1);
    let sealed = SealedBundle::from_bytes(&guardian.sealed.to_bytes());
    assert_eq!(sealed, Ok(guardian.sealed.clone()));
    let helper = helper(Suite::XWing).public();
    let public = slot_to(&guardian, Anchor::Guardian, &helper).expect("suite 2");
    for slot in [slot(&guardian, &keks()[0]), public] {
        assert_eq!(Slot::from_bytes(&slot.to_bytes()), Ok(slot));
    }
}

#[test]
fn every_flipped_bit_is_noticed() {
    let guardian = guardian(1);
    let kek = &keks()[0];
    let bytes = slot(&guardian, kek).to_bytes();
    for bit in 0..bytes.len() * 8 {
        let mut wrong = bytes.clone();
        wrong[bit / 8] ^= 1 << (bit % 8);
        let opened = Slot::from_bytes(&wrong).and_then(|it| it.open(&guardian.owner, kek));
        assert!(opened.is_err(), "bit {bit}");
    }
    let bytes = guardian.sealed.to_bytes();
    for bit in 0..bytes.len() * 8 {
        let mut wrong = bytes.clone();
        wrong[bit / 8] ^= 1 << (bit % 8);
        let opened = SealedBundle::from_bytes(&wrong)
            .and_then(|it| it.open(&guardian.owner, &guardian.contents.bundle_key));
        assert!(opened.is_err(), "bit {bit}");
    }
}

/// A slot with these fields, whether they go together or not.
fn encoded(
    anchor: Anchor,
    recipient: Option<&[u8]>,
    salt: Option<&[u8]>,
    enc: Option<&[u8]>,
) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.array(7).text(SLOT).bytes(&[0; 16]).uint(anchor.code());
    writer.optional_bytes(recipient).optional_bytes(salt).optional_bytes(enc);
    writer.bytes(&[0; WRAPPED_BYTES]);
    writer.into_bytes()
}

#[test]
fn a_slot_has_a_salt_or_a_recipient_but_never_both() {
    let (kid, salt, enc) = (Some(&[0; 16][..]), Some(&[0; 32][..]), Some(&[0; 1120][..]));
    let field = |bytes: Vec<u8>| Slot::from_bytes(&bytes).expect_err("refused").field;
    assert!(Slot::from_bytes(&encoded(Anchor::Kit, None, salt, None)).is_ok());
    assert!(Slot::from_bytes(&encoded(Anchor::Guardian, kid, None, enc)).is_ok());
    assert_eq!(field(encoded(Anchor::Kit, None, None, None)), "salt");
    assert_eq!(field(encoded(Anchor::Kit, None, salt, enc)), "enc");
    assert_eq!(field(encoded(Anchor::Kit, kid, None, enc)), "anchor");
    assert_eq!(field(encoded(Anchor::Toy, None, salt, None)), "anchor");
    assert_eq!(field(encoded(Anchor::Toy, kid, None, enc)), "anchor");
    assert_eq!(field(encoded(Anchor::Service, None, salt, None)), "anchor");
    assert_eq!(field(encoded(Anchor::Service, kid, salt, enc)), "salt");
    assert_eq!(field(encoded(Anchor::Service, kid, None, None)), "enc");
    let short = Some(&[0; 32][..]);
    assert_eq!(field(encoded(Anchor::Service, kid, None, short)), "enc");
}

#[test]
fn debug_shows_no_key() {
    let guardian = guardian(1);
    assert_eq!(format!("{:?}", guardian.contents.bundle_key), "BundleKey(●●)");
    let shown = format!("{:?}", keks()[0]);
    assert_eq!(shown, "Kek { anchor: Opaque, secret: ●● }");
}

proptest! {
    #[test]
    fn any_place_survives_a_slot(seq: u64, head: [u8; 32]) {
        let mut guardian = guardian(1);
        guardian.contents.seen = Seen { seq, head: Hash::from_bytes(head) };
        let kek = &keks()[1];
        let opened = slot(&guardian, kek).open(&guardian.owner, kek);
        prop_assert_eq!(opened, Ok(guardian.contents));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Slot::from_bytes(&bytes);
        let _ = SealedBundle::from_bytes(&bytes);
    }
}
