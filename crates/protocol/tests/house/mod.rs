//! A household to tell stories about: real keys, a real chain, one seed.
//!
//! Everything follows from the seed, so a failing test fails again in the same way.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a story that cannot go on stops where it is"
)]

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use treehouse_protocol::category::{CategoryKey, KeyName};
use treehouse_protocol::chain::body::{
    Announcement, Body, Caps, DeviceAdd, Genesis, GuardianAdd, NewKey, Promote,
};
use treehouse_protocol::chain::{ChainRefused, Family, Link, Pen, pen};
use treehouse_protocol::grant::{Grant, Header};
use treehouse_protocol::id::{AccountId, ChildId, Day, FamilyId, Hash, KeyId};
use treehouse_protocol::kem::Suite;
use treehouse_protocol::keys::{Bundle, PrivateKeys};
use treehouse_protocol::registry::{Category, GranteeKind, Method, Purpose, Rights, Role};
use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::{Signed, SigningKey};
use treehouse_protocol::trust::{Attestation, Listing, Trust};

/// The day on which stories begin.
pub const DAY: Day = Day(20_000);

/// A key and its name.
pub type Made = (KeyName, CategoryKey);

/// Somebody with keys.
#[derive(Clone)]
pub struct Person {
    pub bundle: Bundle,
    pub keys: PrivateKeys,
    pub account: AccountId,
    pub vpc: Signed,
}

impl Person {
    pub fn id(&self) -> KeyId {
        self.keys.sig.id()
    }
}

#[derive(Clone)]
pub struct House {
    pub rng: ChaCha20Rng,
    pub trust: Trust,
    pub attester: SigningKey,
    pub server: SigningKey,
    pub root: SigningKey,
    pub owner: Person,
    /// Every link of the chain, as stored.
    pub links: Vec<Vec<u8>>,
    pub family: Family,
    pub today: Day,
}

pub fn signing_key(rng: &mut ChaCha20Rng) -> SigningKey {
    SigningKey::from_seed(&Secret::random(rng))
}

pub fn person(rng: &mut ChaCha20Rng, attester: &SigningKey) -> Person {
    let bundle = Bundle::from_seed(Secret::random(rng));
    let keys = bundle.keys();
    let account = AccountId::random(rng);
    let attestation = Attestation {
        account,
        key: keys.sig.verify_key(),
        method: Method::SignedForm,
        evidence: Hash::of(b"evidence"),
        day: DAY,
    };
    let vpc = Signed::sign(attester, &attestation);
    Person { bundle, keys, account, vpc }
}

pub fn device_keys(rng: &mut ChaCha20Rng, suite: Suite) -> PrivateKeys {
    PrivateKeys::from_seed(suite, &Secret::random(rng))
}

impl House {
    /// A family with one owner and nothing else.
    pub fn new(seed: u64) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let (attester, server) = (signing_key(&mut rng), signing_key(&mut rng));
        let root = signing_key(&mut rng);
        let trust =
            Trust::default().with_attester(attester.verify_key()).with_server(server.verify_key());
        let owner = person(&mut rng, &attester);
        let genesis = Genesis { by_teen: false, keys: owner.keys.public(), vpc: owner.vpc.clone() };
        let id = FamilyId::random(&mut rng);
        let first = pen::found(id, genesis, DAY, &owner.keys.sig);
        let family = Family::replay(Hash::of(&first), [first.as_slice()], &trust, DAY).unwrap();
        Self { rng, trust, attester, server, root, owner, links: vec![first], family, today: DAY }
    }

    /// A family with a child, keys for photos, profile and settings, and a camera that may add
    /// photos. Answers the child, the keys and the camera.
    pub fn with_camera(seed: u64) -> (Self, ChildId, Vec<Made>, PrivateKeys) {
        let mut house = Self::new(seed);
        let child = house.child();
        let categories = [Category::Profile, Category::Photos, Category::Settings];
        let keys = house.keys(child, &categories);
        let camera = house.device(Some(child), Suite::X25519);
        house.allow(&camera, &keys[1].0, None, Rights::WRITE);
        (house, child, keys, camera)
    }

    /// Takes a batch as the server does.
    pub fn append(&mut self, batch: &[Vec<u8>]) -> Result<(), ChainRefused> {
        let slices: Vec<&[u8]> = batch.iter().map(Vec::as_slice).collect();
        self.family = self.family.append(&slices, &self.trust, self.today)?;
        self.links.extend_from_slice(batch);
        Ok(())
    }

    /// Replays the whole chain from its genesis, as anybody does.
    pub fn replay(&self) -> Result<Family, ChainRefused> {
        let links = self.links.iter().map(Vec::as_slice);
        Family::replay(Hash::of(&self.links[0]), links, &self.trust, self.today)
    }

    /// Writes one link signed by `key` and appends it.
    pub fn sign(&mut self, key: &SigningKey, body: Body) -> Result<Hash, ChainRefused> {
        let trust = self.trust.clone();
        let mut pen = Pen::new(&self.family, key, &trust, self.today);
        let hash = pen.write(body)?;
        self.append(&pen.finish())?;
        Ok(hash)
    }

    /// Writes one link signed by the owner and appends it.
    pub fn say(&mut self, body: Body) -> Result<Hash, ChainRefused> {
        let key = self.owner.keys.sig.clone();
        self.sign(&key, body)
    }

    /// The next link, by anybody, dated today; nothing is checked.
    pub fn link(&self, key: &SigningKey, body: Body) -> Vec<u8> {
        let seen = self.family.seen();
        let (family, seq, prev, day) = (self.family.id(), seen.seq + 1, seen.head, self.today);
        Link { family, seq, prev, day, body }.sign(key)
    }

    /// The structure and the field for which the server refuses the link. It names the link, and
    /// the link changes nothing for anybody.
    #[track_caller]
    pub fn refuses(&self, key: &SigningKey, body: Body) -> (&'static str, &'static str) {
        let link_type = body.link_type();
        let refused = self.refuses_batch(&[self.link(key, body)]);
        assert_eq!(refused.seq, self.family.seen().seq + 1);
        let named = (refused.cause.structure, refused.cause.field);
        // What a stranger says isn't read.
        let known = self.family.member(key.id()).is_some() || key.id() == self.server.id();
        assert_eq!(refused.link_type, known.then_some(link_type));
        named
    }

    /// Why the server refuses a batch.
    #[track_caller]
    pub fn refuses_batch(&self, batch: &[Vec<u8>]) -> ChainRefused {
        let slices: Vec<&[u8]> = batch.iter().map(Vec::as_slice).collect();
        let appended = self.family.append(&slices, &self.trust, self.today);
        appended.expect_err("the batch should be refused")
    }

    /// One link and the new keys that must follow it, by a guardian.
    pub fn rotating(&mut self, by: &Person, body: Body) -> Vec<Made> {
        let trust = self.trust.clone();
        let mut pen = Pen::new(&self.family, &by.keys.sig, &trust, self.today);
        pen.write(body).unwrap();
        let made = pen.rotate(Some(&by.bundle), &mut self.rng).unwrap();
        self.append(&pen.finish()).unwrap();
        made
    }

    pub fn later(&mut self, days: u32) {
        self.today = self.today.plus(days);
    }

    /// The operator's word for a key, as of today.
    pub fn attest(&self, keys: &PrivateKeys, account: AccountId) -> Signed {
        let attestation = Attestation {
            account,
            key: keys.sig.verify_key(),
            method: Method::SignedForm,
            evidence: Hash::of(b"evidence"),
            day: self.today,
        };
        Signed::sign(&self.attester, &attestation)
    }

    /// What a toy announces to bring `lost` back with new keys.
    pub fn announcement(&mut self, lost: &Person) -> (Person, Announcement) {
        let mut new = person(&mut self.rng, &self.attester);
        new.account = lost.account;
        new.vpc = self.attest(&new.keys, lost.account);
        let announcement = Announcement {
            lost: lost.id(),
            keys: new.keys.public(),
            vpc: new.vpc.clone(),
            accept_sig: [0; 64],
        };
        let announcement = announcement.accepted(self.family.id(), &new.keys.sig);
        (new, announcement)
    }

    /// The owner hands over to a child.
    pub fn teen(&mut self, child: ChildId) -> Person {
        let teen = person(&mut self.rng, &self.attester);
        let promote = self.promotion(child, &teen.keys);
        self.say(Body::Promote(Box::new(promote))).unwrap();
        teen
    }

    pub fn promotion(&self, child: ChildId, keys: &PrivateKeys) -> Promote {
        let promote = Promote { child, keys: keys.public(), accept_sig: [0; 64] };
        promote.accepted(self.family.id(), &keys.sig)
    }

    pub fn child(&mut self) -> ChildId {
        let child = ChildId::random(&mut self.rng);
        self.say(Body::ChildAdd(child)).unwrap();
        child
    }

    /// The owner makes keys for categories of a child.
    pub fn keys(&mut self, child: ChildId, categories: &[Category]) -> Vec<Made> {
        let owner = self.owner.clone();
        self.keys_by(&owner, child, categories)
    }

    pub fn keys_by(&mut self, by: &Person, child: ChildId, categories: &[Category]) -> Vec<Made> {
        let trust = self.trust.clone();
        let mut pen = Pen::new(&self.family, &by.keys.sig, &trust, self.today);
        let made = pen.make_keys(child, categories, Some(&by.bundle), &mut self.rng);
        self.append(&pen.finish()).unwrap();
        made.unwrap()
    }

    pub fn device(&mut self, child: Option<ChildId>, suite: Suite) -> PrivateKeys {
        self.device_with(child, suite, Caps::CAMERA)
    }

    pub fn device_with(&mut self, child: Option<ChildId>, suite: Suite, caps: u8) -> PrivateKeys {
        let keys = device_keys(&mut self.rng, suite);
        let add = self.device_add(&keys, child, caps);
        self.say(Body::DeviceAdd(Box::new(add))).unwrap();
        keys
    }

    pub fn device_add(&self, keys: &PrivateKeys, child: Option<ChildId>, caps: u8) -> DeviceAdd {
        let add = DeviceAdd {
            keys: keys.public(),
            child,
            caps: Caps::from_bits(caps).unwrap(),
            accept_sig: [0; 64],
        };
        add.accepted(self.family.id(), &keys.sig)
    }

    pub fn guardian(&mut self, role: Role, children: Vec<ChildId>) -> Person {
        let guardian = person(&mut self.rng, &self.attester);
        let add = self.guardian_add(&guardian, role, children);
        self.say(Body::GuardianAdd(Box::new(add))).unwrap();
        guardian
    }

    pub fn guardian_add(
        &self,
        guardian: &Person,
        role: Role,
        children: Vec<ChildId>,
    ) -> GuardianAdd {
        let (keys, vpc) = (guardian.keys.public(), guardian.vpc.clone());
        let add = GuardianAdd { keys, vpc, role, children, accept_sig: [0; 64] };
        add.accepted(self.family.id(), &guardian.keys.sig)
    }

    /// A service or third party in the operator's directory.
    pub fn listed(&mut self, kind: GranteeKind, name: &str, purpose: Purpose) -> PrivateKeys {
        let keys = device_keys(&mut self.rng, Suite::XWing);
        let listing = Listing {
            kind,
            name: name.to_owned(),
            purpose,
            keys: keys.public(),
            not_before: DAY,
            expires: DAY.plus(390),
        };
        let signed = Signed::sign(&self.root, &listing);
        let root = self.root.verify_key();
        self.trust = self.trust.clone().with_listing(&signed, &root).unwrap();
        keys
    }

    pub fn header(
        &mut self,
        grantee: &PrivateKeys,
        kind: GranteeKind,
        key: &KeyName,
        rights: Rights,
        purpose: Purpose,
        expires: Option<Day>,
    ) -> Header {
        let public = grantee.kem.public();
        let mut nonce = [0; 16];
        self.rng.fill_bytes(&mut nonce);
        Header {
            suite: public.suite(),
            key: *key,
            grantee_kind: kind,
            grantee: public.id(),
            rights,
            purpose,
            notice: Hash::of(b"the notice that was shown"),
            not_before: self.today,
            expires,
            nonce,
        }
    }

    /// The owner grants a device something for play, until it's removed. Answers the hash of the
    /// grant.
    pub fn allow(
        &mut self,
        device: &PrivateKeys,
        name: &KeyName,
        key: Option<&CategoryKey>,
        rights: Rights,
    ) -> Hash {
        let header = self.header(device, GranteeKind::Device, name, rights, Purpose::Play, None);
        self.grant(header, key, device).unwrap()
    }

    /// The owner grants one header.
    pub fn grant(
        &mut self,
        header: Header,
        key: Option<&CategoryKey>,
        grantee: &PrivateKeys,
    ) -> Result<Hash, ChainRefused> {
        let hash = header.hash();
        let body = self.consent(header, key, grantee);
        self.say(body).map(|_| hash)
    }

    /// What consents to one header.
    pub fn consent(
        &mut self,
        header: Header,
        key: Option<&CategoryKey>,
        grantee: &PrivateKeys,
    ) -> Body {
        let headers = vec![(header, key)];
        Body::Grant(Grant::seal(headers, &grantee.kem.public(), &mut self.rng).unwrap())
    }
}
