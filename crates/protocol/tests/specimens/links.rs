//! A link of each type, and of each stage of those that have stages.

use treehouse_protocol::category::WRAPPED_BYTES;
use treehouse_protocol::chain::Link;
use treehouse_protocol::chain::body::{
    Announcement, Approval, Body, Caps, DeviceAdd, Erase, Freeze, FreezeReason, Genesis,
    GuardianAdd, GuardianRemove, KeyVersion, KeyVersions, Modes, NewKey, Peer, Policy, Promote,
    Purge, REVOKED_MAX, Recover, Side,
};
use treehouse_protocol::grant::{Grant, HEADERS_MAX};
use treehouse_protocol::id::{FamilyId, Hash, KeyId};
use treehouse_protocol::registry::{Anchor, Category, Coded, Rights, Role};
use treehouse_protocol::sign::Signed;

use super::{CHILD, DAY, FAMILY, attestation, category_key, grant_header, keys, rng, signing_key};

/// Every one of them, by name.
pub fn all() -> Vec<(&'static str, Link)> {
    let mut bodies = members();
    bodies.extend(guardians());
    bodies.extend(data());
    bodies.into_iter().map(|(name, body)| (name, link(body))).collect()
}

fn link(body: Body) -> Link {
    Link { family: FAMILY, seq: 5, prev: Hash::of(b"the link before"), day: DAY, body }
}

fn vpc() -> Signed {
    Signed::sign(&signing_key(1), &attestation())
}

fn guardians() -> Vec<(&'static str, Body)> {
    let (new, public) = (keys(2).sig, keys(2).public());
    let genesis = Genesis { by_teen: false, keys: public.clone(), vpc: vpc() };
    let add = GuardianAdd {
        keys: public.clone(),
        vpc: vpc(),
        role: Role::Carer,
        children: vec![CHILD],
        accept_sig: [0; 64],
    };
    let announcement =
        Announcement { lost: keys(3).sig.id(), keys: public, vpc: vpc(), accept_sig: [0; 64] };
    let announcement = announcement.accepted(FAMILY, &new);
    let agreed = GuardianRemove::Agreed {
        guardian: new.id(),
        signatures: vec![(keys(3).sig.id(), [9; 64])],
    };
    let hash = Hash::of(b"announcement");
    let complete = |grant| Body::Recover(Recover::Complete { announcement: hash, grant });
    vec![
        ("link-genesis", Body::Genesis(Box::new(genesis))),
        ("link-guardian-add", Body::GuardianAdd(Box::new(add.accepted(FAMILY, &new)))),
        ("link-remove-announce", Body::GuardianRemove(GuardianRemove::Announce(new.id()))),
        ("link-remove-agreed", Body::GuardianRemove(agreed)),
        ("link-remove-due", Body::GuardianRemove(GuardianRemove::Due(hash))),
        ("link-recover-announce", Body::Recover(Recover::Announce(Box::new(announcement)))),
        ("link-recover-complete", complete(Some(grant()))),
        ("link-recover-empty", complete(None)),
    ]
}

fn members() -> Vec<(&'static str, Body)> {
    let (new, public) = (keys(2).sig, keys(2).public());
    let device = DeviceAdd {
        keys: public.clone(),
        child: Some(CHILD),
        caps: Caps::from_bits(Caps::CAMERA | Caps::RECOVERY).unwrap(),
        accept_sig: [0; 64],
    };
    let promote = Promote { child: CHILD, keys: public, accept_sig: [0; 64] };
    let freeze =
        Freeze { guardian: Some(new.id()), until: DAY.plus(30), reason: FreezeReason::Dispute };
    vec![
        ("link-device-add", Body::DeviceAdd(Box::new(device.accepted(FAMILY, &new)))),
        ("link-device-remove", Body::DeviceRemove(new.id())),
        ("link-promote", Body::Promote(Box::new(promote.accepted(FAMILY, &new)))),
        ("link-policy", Body::Policy(Policy::DEFAULT)),
        ("link-freeze", Body::Freeze(freeze)),
        ("link-recovery-set", Body::RecoverySet(vec![Anchor::Opaque, Anchor::Kit])),
    ]
}

fn data() -> Vec<(&'static str, Body)> {
    let key = category_key().1;
    let version = |category, wrapped| KeyVersion {
        category,
        version: 3,
        commitment: key.commitment(),
        drop_box: key.drop_box_public(),
        wrapped,
    };
    let versions = KeyVersions {
        child: CHILD,
        versions: vec![
            version(Category::Photos, Some([14; WRAPPED_BYTES])),
            version(Category::Voice, None),
        ],
    };
    let erase = Erase { child: CHILD, categories: vec![Category::Photos, Category::Voice] };
    let purge = Purge { link: Hash::of(b"erase"), receipt: Hash::of(b"receipt"), service: None };
    vec![
        ("link-child-add", Body::ChildAdd(CHILD)),
        ("link-child-remove", Body::ChildRemove(CHILD)),
        ("link-key-version", Body::KeyVersion(versions)),
        ("link-grant", Body::Grant(grant())),
        ("link-revoke", Body::Revoke(vec![Hash::NONE, Hash::of(b"grant")])),
        ("link-erase", Body::Erase(erase)),
        ("link-contact-approve", Body::ContactApprove(Box::new(approval()))),
        ("link-contact-revoke", Body::ContactRevoke(Hash::of(b"contact"))),
        ("link-purge", Body::Purge(purge)),
    ]
}

/// Two headers, one with a key and one without, to one device.
pub fn grant() -> Grant {
    let (device, key) = (keys(3), category_key().1);
    let read = grant_header(&device, Rights::READ);
    let mut write = grant_header(&device, Rights::WRITE);
    write.key.category = Category::Voice;
    let headers = vec![(read, Some(&key)), (write, None)];
    Grant::seal(headers, &device.kem.public(), &mut rng()).unwrap()
}

fn approval() -> Approval {
    let peer = Peer::Child(CHILD);
    let (family, genesis) = (FAMILY, Hash::of(b"genesis"));
    let own = Side { family, genesis, peer };
    let other = Side { family: FamilyId::from_bytes([15; 16]), ..own };
    let modes = Modes::from_bits(Modes::TEXT | Modes::DRAWING).unwrap();
    let (expires, key) = (DAY.plus(200), signing_key(5));
    Approval {
        child: CHILD,
        other,
        modes,
        expires,
        co_key: key.verify_key(),
        co_sig: Approval::agree(own, other, modes, expires, &key),
    }
}

/// Links whose lists are as long as they may be, and their items as short.
pub fn longest() -> Vec<(&'static str, Link)> {
    let (device, key) = (keys(3), category_key().1);
    let header = |number: usize| {
        let mut header = grant_header(&device, Rights::WRITE);
        header.key.category = Category::ALL[number % 11].0;
        header.key.version = u32::try_from(number).unwrap() + 1;
        (header, None)
    };
    let headers = (0..HEADERS_MAX).map(header).collect();
    let grant = Grant::seal(headers, &device.kem.public(), &mut rng()).unwrap();
    let versions = Category::ALL.iter().map(|(category, _, _)| KeyVersion {
        category: *category,
        version: 1,
        commitment: key.commitment(),
        drop_box: key.drop_box_public(),
        wrapped: None,
    });
    let versions = KeyVersions { child: CHILD, versions: versions.collect() };
    let mut hashes: Vec<Hash> =
        (0..REVOKED_MAX).map(|number| Hash::of(&number.to_be_bytes())).collect();
    hashes.sort_by_key(|hash| *hash.bytes());
    let signatures = (0..8).map(|number| (KeyId::from_bytes([number; 16]), [number; 64]));
    let agreed =
        GuardianRemove::Agreed { guardian: device.sig.id(), signatures: signatures.collect() };
    let categories = Category::ALL.iter().map(|(category, _, _)| *category);
    let erase = Erase { child: CHILD, categories: categories.collect() };
    let bodies = vec![
        ("longest-grant", Body::Grant(grant)),
        ("longest-key-version", Body::KeyVersion(versions)),
        ("longest-revoke", Body::Revoke(hashes)),
        ("longest-agreed", Body::GuardianRemove(agreed)),
        ("longest-erase", Body::Erase(erase)),
    ];
    bodies.into_iter().map(|(name, body)| (name, link(body))).collect()
}
