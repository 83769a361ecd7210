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
        Self {
            public: keys.public(),
            keys,
            kind,
            vpc: None,
        }
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
        consent(
            &mut house,
            &keys,
            &drawings,
            [&toy, &frame, &service, &other.keys],
        );
        let policy = Policy {
            toy_recovery: true,
            ..Policy::DEFAULT
        };
        house.say(Body::Policy(policy)).expect("an owner governs");

        let mut newcomer = person(&mut house.rng, &house.attester);
        let mut back = person(&mut house.rng, &house.attester);
        // The same person as `other`, with new keys.
        vouch(&house.attester, &mut back, &other);
        vouch_itself(&house.attester, &mut newcomer);
        let mut actors: Vec<_> = [&house.owner, &other, &carer, &newcomer, &back]
            .map(Actor::guardian)
            .into();
        let device = |keys| Actor::other(keys, GranteeKind::Device);
        let (new_toy, new_frame) = (
            device_keys(&mut house.rng, Suite::X25519),
            device_keys(&mut house.rng, Suite::XWing),
        );
        actors.extend([camera.clone(), toy.clone(), frame, new_toy, new_frame].map(device));
        let teen = device_keys(&mut house.rng, Suite::XWing);
        actors.push(Actor::other(teen.clone(), GranteeKind::Teen));
        actors.push(Actor::other(service, GranteeKind::Service));
        actors.push(Actor::other(third, GranteeKind::ThirdParty));

        let stranger = signing_key(&mut house.rng);
        let owner = &house.owner.keys.sig;
        let signers = [
            owner,
            owner,
            owner,
            owner,
            &other.keys.sig,
            &other.keys.sig,
            &carer.keys.sig,
            &carer.keys.sig,
            &toy.sig,
            &camera.sig,
            &teen.sig,
            &teen.sig,
            &house.server,
            &house.server,
            &house.server,
            &newcomer.keys.sig,
            &back.keys.sig,
            &stranger,
        ];
        let signers = signers.into_iter().cloned().collect();
        let before_last = house.links[..house.links.len() - 1].iter();
        let heads = before_last.map(|link| Hash::of(link)).chain([Hash::NONE]);
        let heads = heads.collect();
        let [coming, unknown] = [[5; 16], [6; 16]].map(ChildId::from_bytes);
        Self {
            house,
            actors,
            children: [child, second, coming, unknown],
            stranger,
            signers,
            heads,
        }
    }

    pub fn signer(&self, byte: u8) -> &SigningKey {
        pick(&self.signers, byte)
    }
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
    house.allow(
        frame,
        &drawings[0].0,
        Some(&drawings[0].1),
        Rights::READ_WRITE,
    );
    let (name, key) = &keys[0];
    let until = Some(DAY.plus(30));
    let (kind, purpose) = (GranteeKind::Service, Purpose::Moderation);
    let header = house.header(service, kind, name, Rights::READ, purpose, until);
    house
        .grant(header, Some(key), service)
        .expect("an owner consents");
    let (name, key) = &keys[1];
    let (kind, purpose) = (GranteeKind::Guardian, Purpose::Care);
    let header = house.header(other, kind, name, Rights::GUARDIAN, purpose, None);
    house
        .grant(header, Some(key), other)
        .expect("an owner consents");
}

/// The operator says that these keys belong to the holder of the account of `of`.
fn vouch(attester: &SigningKey, person: &mut Person, of: &Person) {
    person.account = of.account;
    vouch_itself(attester, person);
}

fn vouch_itself(attester: &SigningKey, person: &mut Person) {
    let attestation = Attestation {
        account: person.account,
        key: person.keys.sig.verify_key(),
        method: Method::Video,
        evidence: Hash::of(b"seen"),
        day: DAY,
    };
    person.vpc = Signed::sign(attester, &attestation);
}
