//! A family at random: each move is tried, and those that the rules allow make the chain.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on stops where it is")]

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::house::{House, Made, Person, device_keys, person};
use treehouse_protocol::category::{CategoryKey, KeyName};
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::body::{
    Body, Caps, Erase, Freeze, FreezeReason, GuardianRemove, KeyVersion, KeyVersions, Policy,
};
use treehouse_protocol::chain::{Link, LinkType, Pen};
use treehouse_protocol::id::{ChildId, Day, Hash};
use treehouse_protocol::kem::Suite;
use treehouse_protocol::keys::{Bundle, PrivateKeys};
use treehouse_protocol::registry::{Category, Coded, GranteeKind, Purpose, Rights, Role};
use treehouse_protocol::sign::{Signed, SigningKey};

/// The most links that follow a removal in its own batch.
pub const BATCH_MOST: u64 = 64;

/// One thing that somebody tries.
#[derive(Debug, Clone)]
pub struct Move {
    pub who: u8,
    pub what: u8,
    pub child: u8,
    pub whom: u8,
    pub category: u8,
    pub days: u32,
}

/// Some moves of one game.
pub fn moves() -> impl Strategy<Value = Vec<Move>> {
    let days = prop_oneof![6 => Just(0_u32), 1 => 1..20_u32];
    let one = (any::<u8>(), any::<u8>(), any::<u8>(), any::<u8>(), any::<u8>(), days);
    let one = one.prop_map(|(who, what, child, whom, category, days)| Move {
        who,
        what,
        child,
        whom,
        category,
        days,
    });
    prop::collection::vec(one, 20..60)
}

pub struct Game {
    pub house: House,
    pub people: Vec<Person>,
    pub devices: Vec<PrivateKeys>,
    children: Vec<ChildId>,
    made: Vec<Made>,
    announced: Vec<Hash>,
    /// Every batch that the server took, with the day on which it did.
    pub batches: Vec<(Day, Vec<Vec<u8>>)>,
}

fn pick<T>(items: &[T], at: u8) -> &T {
    &items[usize::from(at) % items.len()]
}

impl Game {
    /// Two owners, a carer, two children, a toy, keys for two categories of each child.
    pub fn play(moves: &[Move]) -> Self {
        let mut house = House::new(7);
        let children = vec![house.child(), house.child()];
        let mut people = vec![house.owner.clone()];
        people.push(house.guardian(Role::Owner, Vec::new()));
        people.push(house.guardian(Role::Carer, vec![children[0]]));
        let devices = vec![house.device(None, Suite::XWing)];
        let mut made = Vec::new();
        for child in &children {
            made.extend(house.keys(*child, &[Category::Photos, Category::Voice]));
        }
        let day = house.today;
        let batches = house.links[1..].iter().map(|link| (day, vec![link.clone()]));
        let batches = batches.collect();
        let announced = Vec::new();
        let mut game = Self { house, people, devices, children, made, announced, batches };
        for step in moves {
            game.step(step);
        }
        game
    }

    /// Tries one move. If it's refused, nothing has changed.
    pub fn step(&mut self, step: &Move) {
        self.house.later(step.days);
        let (key, bundle) = self.signer(step.who);
        let Some((body, joins)) = self.body(step) else {
            return;
        };
        let link = self.house.link(&key, body.clone());
        let mut family = self.house.family.clone();
        if family.apply(&link, &self.house.trust, self.house.today).is_err() {
            assert_eq!(family, self.house.family, "a refused link changes nothing");
            return;
        }
        let trust = self.house.trust.clone();
        let mut pen = Pen::new(&self.house.family, &key, &trust, self.house.today);
        let hash = pen.write(body.clone()).unwrap();
        let mut made = Vec::new();
        if let Some(bundle) = bundle {
            // Whoever is frozen or decides for nobody makes no keys, and owes none.
            let rotated = pen.rotate(Some(&bundle), &mut self.house.rng);
            made = rotated.unwrap_or_default();
        }
        let batch = pen.finish();
        self.house.append(&batch).unwrap();
        self.batches.push((self.house.today, batch));
        self.made.extend(made);
        match body {
            Body::ChildAdd(child) => self.children.push(child),
            Body::GuardianRemove(GuardianRemove::Announce(_)) => self.announced.push(hash),
            _ => {}
        }
        match joins {
            Joins::Nobody => {}
            Joins::Person(person) => self.people.push(*person),
            Joins::Device(keys) => self.devices.push(*keys),
            Joins::Key(name, key) => self.made.push((name, key)),
        }
    }

    fn signer(&self, who: u8) -> (SigningKey, Option<Bundle>) {
        match who {
            200.. => (self.house.server.clone(), None),
            180..200 => (pick(&self.devices, who).sig.clone(), None),
            _ => {
                let person = pick(&self.people, who);
                (person.keys.sig.clone(), Some(person.bundle.clone()))
            }
        }
    }

    fn body(&mut self, step: &Move) -> Option<(Body, Joins)> {
        let child = *pick(&self.children, step.child);
        let (category, _, _) = *pick(Category::ALL, step.category % 4 + 1);
        let house = &mut self.house;
        let whom = pick(&self.people, step.whom).clone();
        let device = pick(&self.devices, step.whom).clone();
        let body = match step.what % 15 {
            0 => Body::ChildAdd(ChildId::random(&mut house.rng)),
            1 => {
                let keys = device_keys(&mut house.rng, Suite::X25519);
                let add = house.device_add(&keys, Some(child), Caps::SCREEN);
                let body = Body::DeviceAdd(Box::new(add));
                return Some((body, Joins::Device(Box::new(keys))));
            }
            2 => return Some(self.next_key(child, category)),
            3..=5 => {
                let (name, key) = pick(&self.made, step.category).clone();
                let rights = [Rights::READ, Rights::WRITE, Rights::READ_WRITE];
                let rights = *pick(&rights, step.whom);
                let (to, kind, purpose) = if step.what > 128 {
                    (whom.keys, GranteeKind::Guardian, Purpose::Care)
                } else {
                    (device, GranteeKind::Device, Purpose::Play)
                };
                let header = house.header(&to, kind, &name, rights, purpose, None);
                house.consent(header, rights.reads().then_some(&key), &to)
            }
            6 | 7 => {
                let live: Vec<Hash> = house.family.grants().map(|(hash, _)| hash).collect();
                Body::Revoke(vec![*live.get(usize::from(step.whom) % live.len().max(1))?])
            }
            8 | 9 => Body::DeviceRemove(device.sig.id()),
            10 if step.category > 230 => Body::ChildRemove(child),
            10 => {
                let whole = step.category > 205;
                let categories = if whole { Vec::new() } else { vec![category] };
                Body::Erase(Erase { child, categories })
            }
            11 => {
                let guardian = (step.category < 200).then(|| whom.id());
                let (until, reason) = (house.today.plus(3), FreezeReason::Dispute);
                Body::Freeze(Freeze { guardian, until, reason })
            }
            12 if step.category > 200 => {
                let teen = person(&mut house.rng, &house.attester);
                let promote = Body::Promote(Box::new(house.promotion(child, &teen.keys)));
                return Some((promote, Joins::Person(Box::new(teen))));
            }
            12 => {
                let new = person(&mut house.rng, &house.attester);
                let add = house.guardian_add(&new, Role::Owner, Vec::new());
                let add = Body::GuardianAdd(Box::new(add));
                return Some((add, Joins::Person(Box::new(new))));
            }
            13 if self.announced.is_empty() || step.category < 128 => {
                Body::GuardianRemove(GuardianRemove::Announce(whom.id()))
            }
            13 => Body::GuardianRemove(GuardianRemove::Due(*pick(&self.announced, step.whom))),
            _ => Body::Policy(Policy { toy_recovery: true, ..Policy::DEFAULT }),
        };
        Some((body, Joins::Nobody))
    }

    fn next_key(&mut self, child: ChildId, category: Category) -> (Body, Joins) {
        let line = self.house.family.keys(child, category);
        let last = line.and_then(|line| line.current()).map_or(0, |made| made.version.version);
        let (family, version) = (self.house.family.id(), last + 1);
        let name = KeyName { family, child, category, version };
        let key = CategoryKey::generate(&mut self.house.rng);
        let (commitment, drop_box) = (key.commitment(), key.drop_box_public());
        let made = KeyVersion { category, version, commitment, drop_box, wrapped: None };
        let body = Body::KeyVersion(KeyVersions { child, versions: vec![made] });
        (body, Joins::Key(name, key))
    }

    /// Everybody who ever had keys.
    pub fn everybody(&self) -> impl Iterator<Item = &PrivateKeys> {
        self.people.iter().map(|person| &person.keys).chain(&self.devices)
    }

    /// What every link says.
    fn read(&self) -> impl Iterator<Item = Body> {
        self.house.links.iter().filter_map(|link| {
            let signed = Signed::from_bytes(link).unwrap();
            let mut members = self.house.family.members();
            let by = members.find(|(kid, _)| *kid == signed.signer());
            let server = self.house.server.verify_key();
            let key = by.map_or(server, |(_, member)| member.keys.sig);
            signed.verify::<Link>(&key).ok().map(|link| link.body)
        })
    }

    /// The types of all links.
    pub fn types(&self) -> BTreeSet<LinkType> {
        self.read().map(|body| body.link_type()).collect()
    }

    /// Every key that somebody finds in the chain: what was granted to it.
    pub fn opened_by(&self, keys: &PrivateKeys) -> Vec<Made> {
        let mut found = Vec::new();
        for body in self.read() {
            let Body::Grant(grant) = body else { continue };
            let Ok(opened) = grant.open(&keys.kem) else {
                continue;
            };
            for (header, key) in grant.headers().zip(opened) {
                found.extend(key.map(|key| (header.key, key)));
            }
        }
        found
    }
}

/// Who or what comes into the game if the move is taken.
enum Joins {
    Nobody,
    Person(Box<Person>),
    Device(Box<PrivateKeys>),
    Key(KeyName, CategoryKey),
}
