//! The table of rules, cell by cell: who may sign what about whom, tried with real links.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on stops where it is")]

use crate::house::{House, Person, person};
use crate::unreal::UNREAL;
use treehouse_protocol::category::{CategoryKey, KeyName};
use treehouse_protocol::chain::body::{
    Approval, Body, Caps, Erase, Freeze, FreezeReason, Genesis, GuardianRemove, KeyVersion,
    KeyVersions, Modes, Peer, Policy, Purge, Recover, Side,
};
use treehouse_protocol::chain::rules::{self, Effect, RULES, Scope, Signer, Target};
use treehouse_protocol::chain::{Family, LinkType, pen};
use treehouse_protocol::id::{ChildId, FamilyId, Hash, KeyId};
use treehouse_protocol::kem::Suite;
use treehouse_protocol::keys::PrivateKeys;
use treehouse_protocol::registry::{Anchor, Category, Coded, GranteeKind, Purpose, Rights, Role};
use treehouse_protocol::sign::SigningKey;

/// A child with one of everything that a link can be about.
struct Ward {
    child: ChildId,
    device: KeyId,
    key: KeyName,
    grant: Hash,
    contact: Hash,
}

/// A family with everybody in it.
struct World {
    house: House,
    other_owner: Person,
    carer: Person,
    teen: Person,
    toy: PrivateKeys,
    /// In the carer's care, not in it, the teen, another teen.
    wards: [Ward; 4],
    /// Announced recoveries: of the owner, and of the carer.
    coming_back: [Hash; 2],
    destroying: Hash,
    stranger: SigningKey,
}

fn approval(house: &mut House, child: ChildId) -> Body {
    let key = crate::house::signing_key(&mut house.rng);
    let peer = Peer::Child(ChildId::random(&mut house.rng));
    let family = FamilyId::random(&mut house.rng);
    let other = Side { family, genesis: Hash::of(b"met"), peer };
    let modes = Modes::from_bits(Modes::TEXT).unwrap();
    let expires = house.today.plus(30);
    let own = house.family.side(child);
    let co_sig = Approval::agree(own, other, modes, expires, &key);
    let co_key = key.verify_key();
    Body::ContactApprove(Box::new(Approval { child, other, modes, expires, co_key, co_sig }))
}

fn write_grant(house: &mut House, toy: &PrivateKeys, key: &KeyName) -> (Hash, Body) {
    let (kind, rights) = (GranteeKind::Device, Rights::WRITE);
    let header = house.header(toy, kind, key, rights, Purpose::Play, None);
    (header.hash(), house.consent(header, None, toy))
}

fn ward(house: &mut House, by: &Person, child: ChildId, toy: &PrivateKeys) -> Ward {
    let device = crate::house::device_keys(&mut house.rng, Suite::X25519);
    let add = house.device_add(&device, Some(child), Caps::SCREEN);
    house.sign(&by.keys.sig, Body::DeviceAdd(Box::new(add))).unwrap();
    let key = house.keys_by(by, child, &[Category::Photos])[0].0;
    let (grant, consent) = write_grant(house, toy, &key);
    house.sign(&by.keys.sig, consent).unwrap();
    let approval = approval(house, child);
    let contact = house.sign(&by.keys.sig, approval).unwrap();
    let device = device.sig.id();
    Ward { child, device, key, grant, contact }
}

impl World {
    fn new() -> Self {
        let mut house = House::new(19);
        let owner = house.owner.clone();
        let children: Vec<ChildId> = (0..4).map(|_| house.child()).collect();
        let other_owner = house.guardian(Role::Owner, Vec::new());
        let carer = house.guardian(Role::Carer, vec![children[0]]);
        let toy = house.device_with(None, Suite::XWing, Caps::RECOVERY);
        let (teen, other_teen) = (house.teen(children[2]), house.teen(children[3]));
        let by = [&owner, &owner, &teen, &other_teen];
        let wards = [0, 1, 2, 3].map(|at| ward(&mut house, by[at], children[at], &toy));
        let toy_recovery = true;
        house.say(Body::Policy(Policy { toy_recovery, ..Policy::DEFAULT })).unwrap();
        let coming_back = [&owner, &carer].map(|lost| {
            let announced = Recover::Announce(Box::new(house.announcement(lost).1));
            house.sign(&toy.sig, Body::Recover(announced)).unwrap()
        });
        let child = children[0];
        let categories = vec![Category::Voice];
        let destroying = house.say(Body::Erase(Erase { child, categories })).unwrap();
        let stranger = crate::house::signing_key(&mut house.rng);
        Self { house, other_owner, carer, teen, toy, wards, coming_back, destroying, stranger }
    }

    fn key(&self, signer: Signer) -> &SigningKey {
        match signer {
            Signer::Owner => &self.house.owner.keys.sig,
            Signer::Carer => &self.carer.keys.sig,
            Signer::Teen => &self.teen.keys.sig,
            Signer::Device => &self.toy.sig,
            Signer::Server => &self.house.server,
        }
    }

    /// A ward that stands to the signer as the target says.
    fn ward(&self, signer: Signer, target: Target) -> &Ward {
        let at = match (target, signer) {
            (Target::Teen, Signer::Teen) => 3,
            (Target::Teen, _) | (Target::OwnChild, Signer::Teen) => 2,
            (Target::OtherChild, Signer::Carer) => 1,
            _ => 0,
        };
        &self.wards[at]
    }

    /// What such a link says, right in everything; `None` if there can be none.
    fn body(&mut self, link: LinkType, signer: Signer, target: Target) -> Option<Body> {
        if UNREAL.iter().any(|cells| cells.names(link, signer, target)) {
            return None;
        }
        let ward = self.ward(signer, target);
        let (child, device, key) = (ward.child, ward.device, ward.key);
        let (grant, contact) = (ward.grant, ward.contact);
        let whole = target == Target::Family;
        let whom = match target {
            Target::Itself => self.key(signer).id(),
            _ => self.other_owner.id(),
        };
        let carers = usize::from(signer != Signer::Carer);
        let coming_back = match target {
            Target::Itself => self.coming_back[1 - carers],
            _ => self.coming_back[carers],
        };
        Some(match link {
            LinkType::ChildAdd => Body::ChildAdd(ChildId::random(&mut self.house.rng)),
            LinkType::ChildRemove => Body::ChildRemove(child),
            LinkType::DeviceAdd => {
                let keys = crate::house::device_keys(&mut self.house.rng, Suite::X25519);
                let child = (!whole).then_some(child);
                Body::DeviceAdd(Box::new(self.house.device_add(&keys, child, Caps::SCREEN)))
            }
            LinkType::DeviceRemove if whole => Body::DeviceRemove(self.toy.sig.id()),
            LinkType::DeviceRemove => Body::DeviceRemove(device),
            LinkType::KeyVersion => self.next_key(&key),
            LinkType::Grant => write_grant(&mut self.house, &self.toy, &key).1,
            LinkType::Revoke if matches!(target, Target::Family | Target::Itself) => {
                Body::Revoke(vec![coming_back])
            }
            LinkType::Revoke => Body::Revoke(vec![grant]),
            LinkType::Erase => Body::Erase(Erase { child, categories: Vec::new() }),
            LinkType::ContactApprove => approval(&mut self.house, child),
            LinkType::ContactRevoke => Body::ContactRevoke(contact),
            LinkType::Promote => {
                let keys = crate::house::device_keys(&mut self.house.rng, Suite::XWing);
                Body::Promote(Box::new(self.house.promotion(child, &keys)))
            }
            LinkType::GuardianRemove => Body::GuardianRemove(GuardianRemove::Announce(whom)),
            LinkType::Freeze => {
                let (until, reason) = (self.house.today.plus(9), FreezeReason::Dispute);
                let guardian = (!whole).then_some(whom);
                Body::Freeze(Freeze { guardian, until, reason })
            }
            _ => self.body_about_the_family(link),
        })
    }

    fn body_about_the_family(&mut self, link: LinkType) -> Body {
        let house = &mut self.house;
        let new = person(&mut house.rng, &house.attester);
        match link {
            LinkType::Genesis => {
                let (keys, vpc) = (new.keys.public(), new.vpc);
                Body::Genesis(Box::new(Genesis { by_teen: false, keys, vpc }))
            }
            LinkType::GuardianAdd => {
                let add = house.guardian_add(&new, Role::Owner, Vec::new());
                Body::GuardianAdd(Box::new(add))
            }
            LinkType::RecoverySet => Body::RecoverySet(vec![Anchor::Opaque, Anchor::Kit]),
            LinkType::Policy => Body::Policy(Policy { quorum: 2, ..Policy::DEFAULT }),
            LinkType::Purge => {
                let (link, receipt) = (self.destroying, Hash::of(b"receipt"));
                Body::Purge(Purge { link, receipt, service: None })
            }
            LinkType::Recover => {
                let lost = self.other_owner.clone();
                Body::Recover(Recover::Announce(Box::new(house.announcement(&lost).1)))
            }
            other => panic!("{other:?} is about somebody"),
        }
    }

    fn next_key(&mut self, name: &KeyName) -> Body {
        let key = CategoryKey::generate(&mut self.house.rng);
        let version = KeyVersion {
            category: name.category,
            version: name.version + 1,
            commitment: key.commitment(),
            drop_box: key.drop_box_public(),
            wrapped: None,
        };
        let (child, versions) = (name.child, vec![version]);
        Body::KeyVersion(KeyVersions { child, versions })
    }
}

/// A teen who has founded a family and not added itself yet: the one way to add oneself.
fn founded_by_a_teen(house: &mut House) -> (Family, SigningKey) {
    let teen = person(&mut house.rng, &house.attester);
    let (keys, vpc) = (teen.keys.public(), teen.vpc);
    let genesis = Genesis { by_teen: true, keys, vpc };
    let id = FamilyId::random(&mut house.rng);
    let first = pen::found(id, genesis, house.today, &teen.keys.sig);
    let hash = Hash::of(&first);
    let family = Family::replay(hash, [first.as_slice()], &house.trust, house.today).unwrap();
    (family, teen.keys.sig)
}

fn link_types() -> impl Iterator<Item = LinkType> {
    LinkType::ALL.iter().map(|row| row.0)
}

#[test]
fn every_cell_of_the_table_of_rules_is_what_replay_enforces() {
    let mut world = World::new();
    let (mut tried, mut accepted) = (0, 0);
    for link in link_types() {
        for signer in Signer::ALL {
            for target in Target::ALL {
                let Some(body) = world.body(link, signer, target) else {
                    continue;
                };
                let day = world.house.today;
                let house = &mut world.house;
                let (before, key, bytes) = if (signer, target) == (Signer::Teen, Target::Itself)
                    && link == LinkType::ChildAdd
                {
                    let (family, key) = founded_by_a_teen(house);
                    let alone = House { family, ..house.clone() };
                    let bytes = alone.link(&key, body);
                    (alone.family, key, bytes)
                } else {
                    let key = world.key(signer).clone();
                    let bytes = world.house.link(&key, body);
                    (world.house.family.clone(), key, bytes)
                };
                let mut family = before.clone();
                let outcome = family.apply(&bytes, &world.house.trust, day);
                let cell = format!("{link:?} by {signer:?} ({:?}) about {target:?}", key.id());
                let reaches = rules::scope(link, signer).reaches(target);
                assert_eq!(outcome.is_ok(), reaches, "{cell}: {outcome:?}");
                if let Err(refused) = outcome {
                    let named = (refused.cause.structure, refused.cause.field);
                    assert_eq!(named, ("TH-LINK/1", "signer"), "{cell}: {refused}");
                    assert_eq!(refused.link_type, Some(link), "{cell}");
                    assert_eq!(refused.seq, before.seen().seq + 1, "{cell}");
                    assert_eq!(family, before, "{cell} changed something");
                }
                tried += 1;
                accepted += u32::from(reaches);
            }
        }
    }
    // Each cell is either tried or listed; `no_cell_is_left_out_twice` makes the sum exact.
    assert_eq!((tried, accepted), (CELLS - count_of_unreal(), 59));
}

const CELLS: usize = 19 * 5 * 6;

fn count_of_unreal() -> usize {
    let rows = UNREAL.iter();
    rows.map(|cells| cells.links.len() * cells.signers.len() * cells.targets.len()).sum()
}

#[test]
fn no_cell_is_left_out_twice() {
    for link in link_types() {
        for signer in Signer::ALL {
            for target in Target::ALL {
                let rows = UNREAL.iter().filter(|cells| cells.names(link, signer, target));
                assert!(rows.count() <= 1, "{link:?} {signer:?} {target:?}");
            }
        }
    }
}

#[test]
fn a_stranger_signs_nothing() {
    let mut world = World::new();
    for link in link_types() {
        let target = Target::ALL.into_iter().find_map(|target| {
            let body = world.body(link, Signer::Owner, target);
            body.map(|body| (target, body))
        });
        let (_, body) = target.expect("each type can be signed by an owner about something");
        let mut family = world.house.family.clone();
        let bytes = world.house.link(&world.stranger, body);
        let refused = family.apply(&bytes, &world.house.trust, world.house.today).unwrap_err();
        assert_eq!(
            (refused.cause.structure, refused.cause.field),
            ("TH-LINK/1", "kid"),
            "{link:?}"
        );
        assert_eq!(family, world.house.family);
    }
}

#[test]
fn whatever_reduces_access_the_server_may_sign_and_whatever_widens_or_governs_it_may_not() {
    for rule in &RULES {
        let server = rules::scope(rule.link, Signer::Server);
        let expected = match rule.effect {
            Effect::Reduces | Effect::Tells => Scope::All,
            Effect::Widens | Effect::Governs => Scope::Never,
        };
        assert_eq!(server, expected, "{:?}", rule.link);
    }
}

#[test]
fn the_rows_stand_in_the_order_of_the_types_and_none_is_missing() {
    let rows: Vec<LinkType> = RULES.iter().map(|rule| rule.link).collect();
    assert_eq!(rows, link_types().collect::<Vec<_>>());
    assert!(RULES.iter().all(|rule| rules::effect(rule.link) == rule.effect));
    assert!(RULES.iter().all(|rule| !rule.why.is_empty()));
}

/// By owner, carer, teen, device and server. Written down a second time, so that nobody changes
/// the table without meaning to.
const AGREED: &str = "
    genesis          – – – – –
    guardian-add     family – – – –
    guardian-remove  family itself – – –
    device-add       family own own – –
    device-remove    family own own – all
    child-add        family own itself – –
    child-remove     family own own – all
    key-version      family own own – –
    grant            family own own – –
    revoke           family own own – all
    recovery-set     itself – itself – –
    policy           family – – – –
    promote          family – – – –
    erase            family own own – all
    freeze           – – – – all
    contact-approve  family own own – –
    contact-revoke   family own own – all
    purge            – – – – all
    recover          – – – family –
";

#[test]
fn the_table_is_the_one_that_was_agreed_on() {
    let rows = AGREED.lines().filter(|line| !line.is_empty());
    assert_eq!(rows.clone().count(), RULES.len());
    for (row, rule) in rows.zip(&RULES) {
        let mut words = row.split_whitespace();
        assert_eq!(words.next(), Some(rule.link.word()));
        let scopes = rule.scopes.iter().map(|scope| scope.word().split(' ').next());
        assert!(words.map(Some).eq(scopes), "{}", rule.link.word());
    }
}
