//! What a step says: one body of each type, of whatever the step picks.

use treehouse_protocol::category::{CategoryKey, KeyName};
use treehouse_protocol::chain::body::{
    Announcement, Approval, Body, Caps, DeviceAdd, Erase, Freeze, FreezeReason, Genesis,
    GuardianAdd, GuardianRemove, KeyVersion, KeyVersions, Modes, NewKey, Peer, Policy, Promote,
    Purge, Recover, Side,
};
use treehouse_protocol::grant::{Grant, Header};
use treehouse_protocol::id::{ChildId, FamilyId, Hash};
use treehouse_protocol::kem::KemPublic;
use treehouse_protocol::keys::PublicKeys;
use treehouse_protocol::registry::{Anchor, Category, GranteeKind, Purpose, Rights, Role};
use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::{Signed, SigningKey};

use super::cast::Actor;
use super::{Play, Step};
use crate::input::pick;
use crate::specimens::rng;

const CATEGORIES: [Category; 4] = [
    Category::Profile,
    Category::Photos,
    Category::Voice,
    Category::Settings,
];

/// The body of the type with the code `kind + 1`.
pub fn body(play: &Play<'_>, kind: u8, step: Step) -> Body {
    let [a, b, c, d, _] = step.of;
    let (child, actor) = (child(play, a), actor(play, a));
    match kind {
        0 => Body::Genesis(Box::new(Genesis {
            by_teen: b & 1 == 1,
            keys: actor.public.clone(),
            vpc: vpc(play, actor),
        })),
        1 => Body::GuardianAdd(Box::new(guardian_add(play, step))),
        2 => Body::GuardianRemove(guardian_remove(play, step)),
        3 => Body::DeviceAdd(Box::new(device_add(play, step))),
        4 => Body::DeviceRemove(actor.id()),
        5 => Body::ChildAdd(child),
        6 => Body::ChildRemove(child),
        7 => Body::KeyVersion(key_version(play, step)),
        8 => grant(play, step).map_or(Body::DeviceRemove(actor.id()), Body::Grant),
        9 => Body::Revoke(vec![hash(play, a, b)]),
        10 => Body::RecoverySet(
            [Anchor::Opaque, Anchor::Kit, Anchor::Toy][..usize::from(a % 4)].to_vec(),
        ),
        11 => Body::Policy(Policy {
            quorum: a % 4 + 1,
            timelock_days: 14 + u32::from(b % 77),
            toy_recovery: c & 1 == 1,
        }),
        12 => Body::Promote(Box::new(promote(play, step))),
        13 => {
            let categories = CATEGORIES.iter().enumerate();
            let picked = categories.filter(|(index, _)| b >> index & 1 == 1);
            Body::Erase(Erase {
                child,
                categories: picked.map(|(_, category)| *category).collect(),
            })
        }
        14 => Body::Freeze(Freeze {
            guardian: (b & 1 == 1).then(|| actor.id()),
            until: play.today.plus(u32::from(c % 100)),
            reason: FreezeReason::Dispute,
        }),
        15 => Body::ContactApprove(Box::new(approval(play, step))),
        16 => Body::ContactRevoke(hash(play, a, b)),
        17 => Body::Purge(Purge {
            link: hash(play, a, b),
            receipt: Hash::of(&[c, d]),
            service: (c & 1 == 1).then(|| actor.id()),
        }),
        _ => Body::Recover(recover(play, step)),
    }
}

fn child(play: &Play<'_>, byte: u8) -> ChildId {
    *pick(&play.cast.children, byte)
}

fn actor<'c>(play: &Play<'c>, byte: u8) -> &'c Actor {
    pick(&play.cast.actors, byte)
}

/// The hash of a link of this program, or that of a grant's header.
fn hash(play: &Play<'_>, which: u8, byte: u8) -> Hash {
    let grants: Vec<_> = play.family.grants().map(|(hash, _)| hash).collect();
    if which & 1 == 1 || play.hashes.is_empty() {
        *pick(&grants, byte)
    } else {
        *pick(&play.hashes, byte)
    }
}

fn vpc(play: &Play<'_>, actor: &Actor) -> Signed {
    let anybodys = || play.cast.house.owner.vpc.clone();
    actor.vpc.clone().unwrap_or_else(anybodys)
}

/// Mostly the proof of possession by the new key, sometimes another's.
fn accepted<B: NewKey>(play: &Play<'_>, body: B, key: &SigningKey, byte: u8) -> B {
    let key = if byte % 16 == 15 {
        &play.cast.stranger
    } else {
        key
    };
    let family = if byte % 16 == 14 {
        FamilyId::from_bytes([9; 16])
    } else {
        play.family.id()
    };
    body.accepted(family, key)
}

fn guardian_add(play: &Play<'_>, step: Step) -> GuardianAdd {
    let [a, b, c, d, _] = step.of;
    let new = actor(play, a);
    let children = play.cast.children.iter().enumerate();
    let mut children: Vec<_> = children
        .filter(|(index, _)| b >> index & 1 == 1)
        .map(|(_, child)| *child)
        .collect();
    children.sort_unstable();
    let role = if children.is_empty() {
        Role::Owner
    } else {
        Role::Carer
    };
    let vouched = if c % 8 == 7 { actor(play, c) } else { new };
    let add = GuardianAdd {
        keys: new.public.clone(),
        vpc: vpc(play, vouched),
        role,
        children,
        accept_sig: [0; 64],
    };
    accepted(play, add, &new.keys.sig, d)
}

fn guardian_remove(play: &Play<'_>, step: Step) -> GuardianRemove {
    let [a, b, c, d, _] = step.of;
    let guardian = actor(play, a).id();
    match b % 3 {
        0 => GuardianRemove::Announce(guardian),
        1 => {
            let prev = if d % 16 == 15 {
                Hash::NONE
            } else {
                play.family.seen().head
            };
            let statement = GuardianRemove::agreement(play.family.id(), guardian, prev);
            let owners = play.cast.actors.iter().take(5).enumerate();
            let agree = owners.filter(|(index, _)| c >> index & 1 == 1);
            let mut signatures: Vec<_> = agree
                .map(|(_, owner)| (owner.id(), owner.keys.sig.sign(&statement)))
                .collect();
            signatures.sort_unstable();
            if signatures.is_empty() {
                signatures.push((guardian, [0; 64]));
            }
            GuardianRemove::Agreed {
                guardian,
                signatures,
            }
        }
        _ => GuardianRemove::Due(hash(play, 0, c)),
    }
}

fn device_add(play: &Play<'_>, step: Step) -> DeviceAdd {
    let [a, b, c, d, _] = step.of;
    let new = actor(play, a);
    let add = DeviceAdd {
        keys: new.public.clone(),
        child: (b % 5 != 4).then(|| child(play, b)),
        caps: Caps::from_bits(c % 32).expect("5 bits"),
        accept_sig: [0; 64],
    };
    accepted(play, add, &new.keys.sig, d)
}

fn promote(play: &Play<'_>, step: Step) -> Promote {
    let [a, b, _, d, _] = step.of;
    let teen = GranteeKind::Teen;
    let new = if b < 192 {
        play.cast.actors.iter().find(|actor| actor.kind == teen)
    } else {
        None
    };
    let new = new.unwrap_or_else(|| actor(play, b));
    let promote = Promote {
        child: child(play, a),
        keys: new.public.clone(),
        accept_sig: [0; 64],
    };
    accepted(play, promote, &new.keys.sig, d)
}

/// A key that says nothing of others: its bytes follow from what the step picked.
fn category_key(step: Step) -> CategoryKey {
    CategoryKey::from_secret(Secret::from_bytes([step.of[3]; 32]))
}

fn key_version(play: &Play<'_>, step: Step) -> KeyVersions {
    let [a, b, c, _, _] = step.of;
    let (child, category) = (child(play, a), *pick(&CATEGORIES, b));
    let last = play
        .family
        .keys(child, category)
        .and_then(|line| line.current());
    let last = last.map_or(0, |made| made.version.version);
    let key = category_key(step);
    let version = KeyVersion {
        category,
        version: last + u32::from(c % 16 != 15),
        commitment: key.commitment(),
        drop_box: key.drop_box_public(),
        wrapped: None,
    };
    KeyVersions {
        child,
        versions: vec![version],
    }
}

fn header(play: &Play<'_>, step: Step, to: &KemPublic, kind: GranteeKind) -> Header {
    let [a, b, _, d, e] = step.of;
    let (child, category) = (child(play, a), *pick(&CATEGORIES, b));
    let current = play
        .family
        .keys(child, category)
        .and_then(|line| line.current());
    let version = current.map_or(1, |made| made.version.version);
    let purpose = match kind {
        GranteeKind::Guardian | GranteeKind::Teen => Purpose::Care,
        GranteeKind::Device => Purpose::Play,
        GranteeKind::Service => Purpose::Moderation,
        GranteeKind::ThirdParty => Purpose::ThirdParty,
    };
    let bounded = matches!(kind, GranteeKind::Service | GranteeKind::ThirdParty) || d & 8 == 8;
    let rights = *pick(
        &[
            Rights::READ,
            Rights::WRITE,
            Rights::READ_WRITE,
            Rights::GUARDIAN,
        ],
        d,
    );
    Header {
        suite: to.suite(),
        key: KeyName {
            family: play.family.id(),
            child,
            category,
            version: version.saturating_sub(u32::from(e % 32 == 31)).max(1),
        },
        grantee_kind: kind,
        grantee: to.id(),
        rights,
        purpose,
        notice: Hash::of(b"notice"),
        not_before: play.today.plus(u32::from(d >> 6)),
        expires: bounded.then(|| play.today.plus(u32::from(d >> 4 & 3) * 40 + 5)),
        // Sometimes the same twice.
        nonce: [if e % 8 == 7 {
            0
        } else {
            u8::try_from(play.count).unwrap_or(0)
        }; 16],
    }
}

fn grant(play: &Play<'_>, step: Step) -> Option<Grant> {
    let to = actor(play, step.of[2]);
    seal(play, step, &to.public, to.kind)
}

/// `None` if the rules of a header alone forbid it, so that it can't even be made.
fn seal(play: &Play<'_>, step: Step, to: &PublicKeys, kind: GranteeKind) -> Option<Grant> {
    let header = header(play, step, &to.kem, kind);
    let key = category_key(step);
    let key = header.rights.reads().then_some(&key);
    Grant::seal(vec![(header, key)], &to.kem, &mut rng()).ok()
}

fn approval(play: &Play<'_>, step: Step) -> Approval {
    let [a, b, c, d, _] = step.of;
    let child = child(play, a);
    let other = Side {
        family: FamilyId::from_bytes([7; 16]),
        genesis: Hash::of(b"another family"),
        peer: Peer::Child(ChildId::from_bytes([b; 16])),
    };
    let modes = Modes::from_bits(c % 15 + 1).expect("1 to 15");
    let expires = play.today.plus(u32::from(c));
    let (own, key) = (play.family.side(child), &play.cast.stranger);
    let signed_for = if d % 16 == 15 { other } else { own };
    Approval {
        child,
        other,
        modes,
        expires,
        co_key: key.verify_key(),
        co_sig: Approval::agree(signed_for, other, modes, expires, key),
    }
}

fn recover(play: &Play<'_>, step: Step) -> Recover {
    let [a, b, c, d, _] = step.of;
    if b & 1 == 0 {
        let (lost, new) = (actor(play, a), actor(play, b >> 1));
        let announcement = Announcement {
            lost: lost.id(),
            keys: new.public.clone(),
            vpc: vpc(play, new),
            accept_sig: [0; 64],
        };
        let announcement = accepted(play, announcement, &new.keys.sig, d);
        return Recover::Announce(Box::new(announcement));
    }
    let to = actor(play, b >> 1).public.clone();
    let grant = (c & 1 == 1)
        .then(|| seal(play, step, &to, GranteeKind::Guardian))
        .flatten();
    Recover::Complete {
        announcement: hash(play, 0, c >> 1),
        grant,
    }
}
