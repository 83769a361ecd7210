//! Who acts: a family in full swing, those who may still come in, and those who never may.

use treehouse_protocol::category::{CategoryKey, KeyName};
use treehouse_protocol::chain::body::{Body, Caps, Policy};
use treehouse_protocol::id::{ChildId, Hash, KeyId};
use treehouse_protocol::kem::Suite;
use treehouse_protocol::keys::{PrivateKeys, PublicKeys};
use treehouse_protocol::registry::{Category, GranteeKind, Method, Purpose, Rights, Role};
use treehouse_protocol::sign::{Signed, SigningKey};
use treehouse_protocol::trust::Attestation;

use crate::house::{DAY, House, Person, device_keys, person, signing_key};
use crate::input::pick;

/// Somebody with keys.
pub struct Actor {
    pub keys: PrivateKeys,
    /// Kept: it takes long to find.
    pub public: PublicKeys,
    pub kind: GranteeKind,
    /// The operator's word, for those who are or may become guardians.
    pub vpc: Option<Signed>,
}

impl Actor {
    pub fn id(&self) -> KeyId {
        self.keys.sig.id()
    }

    fn guardian(person: &Person) -> Self {
        Self {
            keys: person.keys.clone(),
            public: person.keys.public(),
            kind: GranteeKind::Guardian,
            vpc: Some(person.vpc.clone()),
        }
    }

    fn other(keys: PrivateKeys, kind: GranteeKind) -> Self {
        Self { public: keys.public(), keys, kind, vpc: None }
    }
}

pub struct Cast {
    pub house: House,
    /// Members first, then who may come in, then services.
    pub actors: Vec<Actor>,
    /// Two of the family, one that may come, one that nobody knows.
    pub children: [ChildId; 4],
    pub stranger: SigningKey,
    /// Who signs; the same several times, so that chance often finds who may.
    signers: Vec<SigningKey>,
    /// The hashes of all links of the house but its last, and that before the first.
    pub heads: Vec<Hash>,
}

impl Cast {
    pub fn new() -> Self {
        let (mut house, child, keys, camera) = House::with_camera(3);
        let second = house.child();
        let other = house.guardian(Role::Owner, Vec::new());
        let carer = house.guardian(Role::Carer, vec![child]);
        let toy = house.device_with(Some(child), Suite::X25519, Caps::RECOVERY);
        let frame = house.device(None, Suite::X25519);
        let service = house.listed(GranteeKind::Service, "svc:moderation", Purpose::Moderation);
        let third = house.listed(GranteeKind::ThirdParty, "example.com", Purpose::ThirdParty);
        let drawings = house.keys(second, &[Category::Photos]);
        consent(&mut house, &keys, &drawings, [&toy, &frame, &service, &other.keys]);
        let policy = Policy { toy_recovery: true, ..Policy::DEFAULT };
        house.say(Body::Policy(policy)).expect("an owner governs");

        let [newcomer, back] = newcomers(&mut house, &other);
        let mut actors: Vec<_> =
            [&house.owner, &other, &carer, &newcomer, &back].map(Actor::guardian).into();
        let device = |keys| Actor::other(keys, GranteeKind::Device);
        let (new_toy, new_frame) =
            (device_keys(&mut house.rng, Suite::X25519), device_keys(&mut house.rng, Suite::XWing));
        actors.extend([camera.clone(), toy.clone(), frame, new_toy, new_frame].map(device));
        let teen = device_keys(&mut house.rng, Suite::XWing);
        actors.push(Actor::other(teen.clone(), GranteeKind::Teen));
        actors.push(Actor::other(service, GranteeKind::Service));
        actors.push(Actor::other(third, GranteeKind::ThirdParty));

        let stranger = signing_key(&mut house.rng);
        let often = [0, 0, 0, 0, 1, 1, 2, 2, 6, 5, 10, 10];
        let often = often.map(|actor: usize| &actors[actor].keys.sig);
        let seldom = [&newcomer.keys.sig, &back.keys.sig, &stranger];
        let signers = often.into_iter().chain([&house.server; 3]).chain(seldom);
        let signers = signers.cloned().collect();
        let before_last = house.links[..house.links.len() - 1].iter();
        let heads = before_last.map(|link| Hash::of(link)).chain([Hash::NONE]);
        let heads = heads.collect();
        let [coming, unknown] = [[5; 16], [6; 16]].map(ChildId::from_bytes);
        Self { house, actors, children: [child, second, coming, unknown], stranger, signers, heads }
    }

    pub fn signer(&self, byte: u8) -> &SigningKey {
        pick(&self.signers, byte)
    }
}

/// Somebody new, and the same person as `other` with new keys.
fn newcomers(house: &mut House, other: &Person) -> [Person; 2] {
    let newcomer = person(&mut house.rng, &house.attester);
    let mut back = person(&mut house.rng, &house.attester);
    back.account = other.account;
    let attestation = Attestation {
        account: back.account,
        key: back.keys.sig.verify_key(),
        method: Method::Video,
        evidence: Hash::of(b"seen"),
        day: DAY,
    };
    back.vpc = Signed::sign(&house.attester, &attestation);
    [newcomer, back]
}

/// What the owner has granted before the program begins.
fn consent(
    house: &mut House,
    keys: &[(KeyName, CategoryKey)],
    drawings: &[(KeyName, CategoryKey)],
    [toy, frame, service, other]: [&PrivateKeys; 4],
) {
    house.allow(toy, &keys[1].0, Some(&keys[1].1), Rights::READ);
    house.allow(toy, &keys[2].0, Some(&keys[2].1), Rights::READ_WRITE);
    house.allow(frame, &drawings[0].0, Some(&drawings[0].1), Rights::READ_WRITE);
    let (name, key) = &keys[0];
    let until = Some(DAY.plus(30));
    let (kind, purpose) = (GranteeKind::Service, Purpose::Moderation);
    let header = house.header(service, kind, name, Rights::READ, purpose, until);
    house.grant(header, Some(key), service).expect("an owner consents");
    let (name, key) = &keys[1];
    let (kind, purpose) = (GranteeKind::Guardian, Purpose::Care);
    let header = house.header(other, kind, name, Rights::GUARDIAN, purpose, None);
    house.grant(header, Some(key), other).expect("an owner consents");
}
