//! The story: a household over a month, told so that each of the 19 types of link stands in it.

use treehouse_protocol::category::{CategoryKey, KeyName};
use treehouse_protocol::chain::body::{
    Announcement, Approval, Body, Caps, DeviceAdd, Erase, Freeze, FreezeReason, GuardianAdd,
    GuardianRemove, Modes, NewKey, Peer, Policy, Promote, Purge, Recover, Side,
};
use treehouse_protocol::chain::{Family, Pen};
use treehouse_protocol::grant::{Grant, Header};
use treehouse_protocol::id::{ChildId, Day, FamilyId, Hash};
use treehouse_protocol::kem::KemPublic;
use treehouse_protocol::keys::{Bundle, PrivateKeys};
use treehouse_protocol::registry::{Anchor, Category, GranteeKind, Purpose, Rights, Role};
use treehouse_protocol::sign::SigningKey;
use treehouse_protocol::trust::Trust;

use super::cast::{self, DAY, Person};
use crate::json::Json;
use crate::seeds::{self, Drawn};

/// A link, and what a reader wants to know of it.
pub struct Told {
    pub bytes: Vec<u8>,
    pub why: String,
    pub signer: &'static str,
    /// What the batch drew; with its first link.
    pub randomness: Json,
    /// How many links were taken together with this one.
    pub batch: u64,
}

pub struct Story {
    pub family: Family,
    pub trust: Trust,
    pub links: Vec<Told>,
    pub keys: Vec<(KeyName, CategoryKey)>,
    pub day: Day,
}

type Made = Vec<(KeyName, CategoryKey)>;

pub fn emma() -> ChildId {
    seeds::id("emma")
}

fn finn() -> ChildId {
    seeds::id("finn")
}

impl Story {
    pub fn tell() -> Self {
        let trust = cast::trust();
        let first = Person::new("alice").found(seeds::id("family"));
        let pinned = Hash::of(&first);
        let family = Family::replay(pinned, [first.as_slice()], &trust, Day(DAY)).unwrap();
        let links = vec![Told {
            bytes: first,
            why: "alice founds the family".to_owned(),
            signer: "alice",
            randomness: Json::Null,
            batch: 1,
        }];
        let mut story = Self { family, trust, links, keys: Vec::new(), day: Day(DAY) };
        story.begins();
        story.lets_toys_in();
        story.decides_how_it_decides();
        story.takes_back();
        story.parts();
        story.brings_bob_back();
        story.grows_up();
        story.ends();
        story
    }

    /// One batch of `signer`, taken as the server takes it.
    fn batch(
        &mut self,
        (signer, key): (&'static str, &SigningKey),
        why: &str,
        write: impl FnOnce(&mut Pen<'_>, &mut Drawn) -> Made,
    ) {
        let trust = self.trust.clone();
        let mut rng = Drawn::new(&format!("chain/{}", self.links.len()));
        let mut pen = Pen::new(&self.family, key, &trust, self.day);
        self.keys.extend(write(&mut pen, &mut rng));
        let batch = pen.finish();
        let slices: Vec<_> = batch.iter().map(Vec::as_slice).collect();
        self.family = self.family.append(&slices, &trust, self.day).unwrap();
        let count = batch.len() as u64;
        let mut randomness = rng.take();
        for bytes in batch {
            let randomness = std::mem::replace(&mut randomness, Json::Null);
            let why = why.to_owned();
            self.links.push(Told { bytes, why, signer, randomness, batch: count });
        }
    }

    /// One link of a guardian.
    fn says(&mut self, signer: &'static str, why: &str, body: Body) -> Hash {
        let key = Person::new(signer).keys.sig;
        self.signs((signer, &key), why, body)
    }

    fn signs(&mut self, signer: (&'static str, &SigningKey), why: &str, body: Body) -> Hash {
        self.batch(signer, why, |pen, _| {
            pen.write(body).unwrap();
            Vec::new()
        });
        self.family.seen().head
    }

    fn server(&mut self, why: &str, body: Body) {
        let key = cast::signing_key("server");
        self.signs(("server", &key), why, body);
    }

    fn adds(&mut self, name: &str, why: &str, role: Role, children: Vec<ChildId>) {
        let person = Person::new(name);
        let (keys, vpc) = (person.keys.public(), person.vpc.clone());
        let add = GuardianAdd { keys, vpc, role, children, accept_sig: [0; 64] };
        let add = add.accepted(self.family.id(), &person.keys.sig);
        self.says("alice", why, Body::GuardianAdd(Box::new(add)));
    }

    fn links_device(&mut self, name: &str, why: &str, caps: u8) {
        let keys = cast::device(name);
        let caps = Caps::from_bits(caps).unwrap();
        let (public, child) = (keys.public(), Some(emma()));
        let add = DeviceAdd { keys: public, child, caps, accept_sig: [0; 64] };
        let add = add.accepted(self.family.id(), &keys.sig);
        self.says("alice", why, Body::DeviceAdd(Box::new(add)));
    }

    /// The current key of a category.
    pub fn key(&self, category: Category) -> (KeyName, CategoryKey) {
        let mut found = self.keys.iter().filter(|(name, _)| name.category == category);
        found.next_back().unwrap().clone()
    }

    pub fn header(
        &self,
        (kind, grantee): (GranteeKind, &KemPublic),
        (category, rights): (Category, Rights),
        (purpose, expires): (Purpose, Option<Day>),
        rng: &mut Drawn,
    ) -> Header {
        let mut nonce = [0; 16];
        rand_core::Rng::fill_bytes(rng, &mut nonce);
        Header {
            suite: grantee.suite(),
            key: self.key(category).0,
            grantee_kind: kind,
            grantee: grantee.id(),
            rights,
            purpose,
            notice: Hash::of(b"the notice that was shown"),
            not_before: self.day,
            expires,
            nonce,
        }
    }

    /// Headers for one grantee and purpose, with their keys.
    pub fn consent(
        &self,
        grantee: (GranteeKind, &KemPublic),
        rights: &[(Category, Rights)],
        terms: (Purpose, Option<Day>),
        rng: &mut Drawn,
    ) -> Vec<(Header, Option<CategoryKey>)> {
        let mut headers = Vec::new();
        for (category, rights) in rights {
            let header = self.header(grantee, (*category, *rights), terms, rng);
            let key = rights.reads().then(|| self.key(*category).1);
            headers.push((header, key));
        }
        headers
    }

    fn grants(
        &mut self,
        signer: (&'static str, &SigningKey),
        why: &str,
        grantee: (GranteeKind, &KemPublic),
        rights: &[(Category, Rights)],
        terms: (Purpose, Option<Day>),
    ) {
        let mut nonces = Drawn::new(&format!("nonces/{}", self.links.len()));
        let headers = self.consent(grantee, rights, terms, &mut nonces);
        self.batch(signer, why, |pen, rng| {
            let headers = headers.iter().map(|(header, key)| (header.clone(), key.as_ref()));
            pen.consent(headers.collect(), grantee.1, rng).unwrap();
            Vec::new()
        });
    }

    fn begins(&mut self) {
        self.says("alice", "emma belongs to the family", Body::ChildAdd(emma()));
        let alice = Person::new("alice");
        let why = "alice makes emma's first keys and keeps a copy";
        self.batch(("alice", &alice.keys.sig), why, |pen, rng| {
            let categories = [Category::Profile, Category::Photos, Category::Settings];
            pen.make_keys(emma(), &categories, Some(&alice.bundle), rng).unwrap()
        });
        self.adds("bob", "bob decides too", Role::Owner, Vec::new());
        let bob = Person::new("bob").keys.kem.public();
        let all = [Category::Profile, Category::Photos, Category::Settings];
        self.grants(
            ("alice", &alice.keys.sig),
            "bob may read all of it, and grant on",
            (GranteeKind::Guardian, &bob),
            &all.map(|category| (category, Rights::GUARDIAN)),
            (Purpose::Care, None),
        );
        self.adds("carol", "carol cares for emma", Role::Carer, vec![emma()]);
    }

    fn lets_toys_in(&mut self) {
        let alice = Person::new("alice").keys.sig;
        self.links_device(
            "camera",
            "a camera that only writes, with keys of suite 1",
            Caps::CAMERA,
        );
        self.grants(
            ("alice", &alice),
            "it may add photos, and see none: the grant holds no key",
            (GranteeKind::Device, &cast::device("camera").kem.public()),
            &[(Category::Photos, Rights::WRITE)],
            (Purpose::Play, None),
        );
        let caps = Caps::MICROPHONE | Caps::RECOVERY;
        self.links_device("bear", "a bear, with keys of suite 2", caps);
        self.grants(
            ("alice", &alice),
            "the bear obeys settings and shows photos",
            (GranteeKind::Device, &cast::device("bear").kem.public()),
            &[(Category::Photos, Rights::READ_WRITE), (Category::Settings, Rights::READ)],
            (Purpose::Play, None),
        );
        self.grants(
            ("alice", &alice),
            "a service of the operator may read, for its one purpose and a year",
            (GranteeKind::Service, &cast::service().kem.public()),
            &[(Category::Profile, Rights::READ)],
            (Purpose::Moderation, Some(Day(DAY + 365))),
        );
    }

    fn decides_how_it_decides(&mut self) {
        let anchors = vec![Anchor::Opaque, Anchor::Kit];
        self.says("alice", "alice's ways back to her keys", Body::RecoverySet(anchors));
        let policy = Policy { quorum: 1, timelock_days: 14, toy_recovery: true };
        self.says("alice", "a linked toy may bring a guardian back", Body::Policy(policy));
        self.day = Day(DAY + 1);
        let dora = Person::new("dora");
        let other: FamilyId = seeds::id("dora's family");
        let other = Side {
            family: other,
            genesis: Hash::of(&dora.found(other)),
            peer: Peer::Child(seeds::id("nora")),
        };
        let modes = Modes::from_bits(Modes::TEXT | Modes::DRAWING).unwrap();
        let expires = Day(DAY + 180);
        let own = self.family.side(emma());
        let approval = Approval {
            child: emma(),
            other,
            modes,
            expires,
            co_key: dora.keys.sig.verify_key(),
            co_sig: Approval::agree(own, other, modes, expires, &dora.keys.sig),
        };
        let body = Body::ContactApprove(Box::new(approval));
        let link = self.says("alice", "emma and nora of another family may talk", body);
        self.says("bob", "bob ends that", Body::ContactRevoke(link));
    }

    fn takes_back(&mut self) {
        self.day = Day(DAY + 2);
        let service = cast::service().kem.public().id();
        let mut grants = self.family.grants();
        let granted = grants.find(|(_, granted)| granted.header.grantee == service);
        let hash = granted.unwrap().0;
        drop(grants);
        let alice = Person::new("alice");
        let why = "the service loses its grant; a new key and a new grant to bob follow at once";
        let mut revoke = Hash::NONE;
        self.batch(("alice", &alice.keys.sig), why, |pen, rng| {
            revoke = pen.write(Body::Revoke(vec![hash])).unwrap();
            pen.rotate(Some(&alice.bundle), rng).unwrap()
        });
        let purge = Purge { link: revoke, receipt: Hash::of(b"receipt"), service: None };
        self.server("the server tells that its copies are gone", Body::Purge(purge));
        self.day = Day(DAY + 3);
        let freeze = Freeze {
            guardian: Some(Person::new("carol").id()),
            until: Day(DAY + 13),
            reason: FreezeReason::LegalDemand,
        };
        self.server("carol may only take access away for ten days", Body::Freeze(freeze));
        self.says("bob", "finn belongs to the family", Body::ChildAdd(finn()));
        self.says("bob", "finn leaves", Body::ChildRemove(finn()));
        let camera = cast::device("camera").sig.id();
        self.day = Day(DAY + 4);
        let why = "the camera is lost; it could read nothing, so no key changes";
        self.says("bob", why, Body::DeviceRemove(camera));
    }

    fn parts(&mut self) {
        self.day = Day(DAY + 5);
        self.adds("dave", "dave decides too", Role::Owner, Vec::new());
        let remove = GuardianRemove::Announce(Person::new("dave").id());
        let why = "alice announces that dave shall leave";
        let announced = self.says("alice", why, Body::GuardianRemove(remove));
        self.day = Day(DAY + 20);
        let due = GuardianRemove::Due(announced);
        self.says("alice", "more than 14 days later he does", Body::GuardianRemove(due));
        self.adds("erin", "erin decides too", Role::Owner, Vec::new());
        let (erin, bob) = (Person::new("erin").id(), Person::new("bob"));
        let (family, prev) = (self.family.id(), self.family.seen().head);
        let agreement = GuardianRemove::agreement(family, erin, prev);
        let agreed = GuardianRemove::Agreed {
            guardian: erin,
            signatures: vec![(bob.id(), bob.keys.sig.sign(&agreement))],
        };
        self.says("alice", "bob agrees that erin leaves at once", Body::GuardianRemove(agreed));
        let leaves = GuardianRemove::Announce(Person::new("carol").id());
        self.says("carol", "carol leaves by herself", Body::GuardianRemove(leaves));
    }

    fn brings_bob_back(&mut self) {
        self.day = Day(DAY + 22);
        let (bear, anew) = (cast::device("bear"), Person::new("bob anew"));
        let announcement = Announcement {
            lost: Person::new("bob").id(),
            keys: anew.keys.public(),
            vpc: anew.vpc.clone(),
            accept_sig: [0; 64],
        };
        let announcement = announcement.accepted(self.family.id(), &anew.keys.sig);
        let body = Body::Recover(Recover::Announce(Box::new(announcement)));
        let why = "bob has lost his keys; the bear announces his new ones";
        let announcement = self.signs(("bear", &bear.sig), why, body);
        self.day = Day(DAY + 26);
        let public = anew.keys.kem.public();
        let rights = [Category::Photos, Category::Settings].map(|one| (one, Rights::GUARDIAN));
        let mut rng = Drawn::new("handed over");
        let grantee = (GranteeKind::Guardian, &public);
        let headers = self.consent(grantee, &rights, (Purpose::Care, None), &mut rng);
        let headers = headers.iter().map(|(header, key)| (header.clone(), key.as_ref()));
        let grant = Some(Grant::seal(headers.collect(), &public, &mut rng).unwrap());
        let body = Body::Recover(Recover::Complete { announcement, grant });
        let why = "more than 72 hours later it hands over what it may read";
        self.signs(("bear", &bear.sig), why, body);
        let alice = Person::new("alice");
        let why = "alice replaces all that bob's lost key could read";
        self.rotates(("alice", &alice.keys.sig), why, Some(&alice.bundle));
    }

    fn rotates(&mut self, signer: (&'static str, &SigningKey), why: &str, bundle: Option<&Bundle>) {
        self.batch(signer, why, |pen, rng| pen.rotate(bundle, rng).unwrap());
    }

    fn grows_up(&mut self) {
        self.day = Day(DAY + 28);
        let tablet: PrivateKeys = cast::device("emma's tablet");
        let promote = Promote { child: emma(), keys: tablet.public(), accept_sig: [0; 64] };
        let promote = promote.accepted(self.family.id(), &tablet.sig);
        let why = "emma is of age: guardians' grants lapse";
        self.says("alice", why, Body::Promote(Box::new(promote)));
        let emma = ("emma's tablet", &tablet.sig);
        self.rotates(emma, "emma makes keys that no guardian knows; her bear goes on", None);
        let bob = Person::new("bob anew").keys.kem.public();
        self.grants(
            emma,
            "bob may still see her photos, until she says otherwise",
            (GranteeKind::Guardian, &bob),
            &[(Category::Photos, Rights::READ)],
            (Purpose::Care, Some(Day(DAY + 100))),
        );
    }

    fn ends(&mut self) {
        self.day = Day(DAY + 29);
        let tablet = cast::device("emma's tablet");
        let categories = vec![Category::Profile];
        let erase = Erase { child: emma(), categories };
        let emma_signs = ("emma's tablet", &tablet.sig);
        let erased = self.signs(emma_signs, "emma has her profile destroyed", Body::Erase(erase));
        let purge = Purge {
            link: erased,
            receipt: Hash::of(b"the service's receipt"),
            service: Some(cast::service().sig.id()),
        };
        self.server("the service has destroyed its copies too", Body::Purge(purge));
        let erase = Erase { child: emma(), categories: Vec::new() };
        let why = "on an account sign-in alone, all that is left is destroyed";
        self.server(why, Body::Erase(erase));
    }
}
