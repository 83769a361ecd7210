//! Guardians: through our own client, with the session and the keys at hand for requests that it
//! would never send.

use serde_json::{Value, json};
use treehouse_client::guardian::{Guardian, Verification, invitation_url};
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::{Family, Pen};
use treehouse_protocol::id::{Hash, KeyId, Seen, SlotId};
use treehouse_protocol::keys::PrivateKeys;
use treehouse_protocol::kit::KitCode;
use treehouse_protocol::opaque::{ClientLogin, ClientRegistration, Ksf};
use treehouse_protocol::registry::{Category, Method, Role};
use treehouse_protocol::secret::Secret;
use treehouse_protocol::slot::{Kek, Opened, Owner, SealedBundle, Slot};
use treehouse_server::notice::Kind;
use treehouse_server::random;

use crate::http::{Answer, Ask, Caller, b64, unb64};
use crate::world::World;

pub const DEPLOYMENT: &[u8] = b"treehouse-tests";

/// The hash of the notice that a parent reads before consenting.
pub fn notice(world: &World) -> Hash {
    let direct = world.app.notices.current(Kind::Direct);
    direct.expect("a direct notice is published").hash
}

/// A guardian.
pub struct Person {
    pub email: String,
    pub password: String,
    /// Asks whatever a test wants, with a session of its own.
    pub caller: Caller,
    /// Our client, with another session.
    pub guardian: Guardian,
    pub keys: PrivateKeys,
    /// What is printed on the recovery kit.
    pub kit: KitCode,
    owner: Owner,
    kek: Kek,
    opened: Opened,
}

impl Person {
    /// A guardian who has founded a family.
    pub async fn founder(world: &World, name: &str) -> Self {
        let (mut person, verified) = Self::verified(world, name, None).await;
        person.guardian.found_family(&verified).await.expect("a family is founded");
        person
    }

    /// Somebody with an account, keys, and a finished verification.
    pub async fn verified(
        world: &World,
        name: &str,
        invitation: Option<&str>,
    ) -> (Self, Verification) {
        let (email, password) = (address(name), format!("{name} climbs the tree house"));
        let server = world.connect().await;
        Guardian::ask_link(&server, &email, false).await.expect("a link is mailed");
        let token = world.letter(&email, "open").await;
        let ksf = Ksf::cheap_for_load_tests();
        let registered = Guardian::register(&server, &token, &password, &ksf).await;
        let mut guardian = registered.expect("an account is opened");
        let kit = match invitation {
            Some(url) => guardian.make_keys_for(url).await,
            None => guardian.make_keys(None).await,
        };
        let kit = kit.expect("keys are made");
        let read = server.notice("direct", "en").await.expect("the notice can be read");
        let asked = guardian.ask_verification(Method::EmailPlus, read.hash).await;
        let asked = asked.expect("a verification begins");
        let token = world.letter(&email, "verify").await;
        Guardian::confirm(&server, &token).await.expect("it is confirmed");
        let verified = guardian.verification(&asked.id).await.expect("and finished");
        (Self::unlocked(world, guardian, kit, email, password).await, verified)
    }

    async fn unlocked(
        world: &World,
        guardian: Guardian,
        kit: KitCode,
        email: String,
        password: String,
    ) -> Self {
        let (token, export_key) = sign_in(world, &email, &password).await;
        let caller = Caller::session(&world.http, token);
        let kek = Kek::from_opaque(&export_key);
        let kept = caller.ask(Ask::get("/v1/account/keys")).await.expect(200).json();
        let sealed = SealedBundle::from_bytes(&unb64(&kept["bundle"])).expect("a bundle");
        let owner = sealed.owner();
        let slots = kept["slots"].as_array().expect("slots").iter();
        let mut slots = slots.map(|slot| Slot::from_bytes(&unb64(slot)).expect("a slot"));
        let opened = slots.find_map(|slot| slot.open(&owner, &kek).ok()).expect("one opens");
        let keys = sealed.open(&owner, &opened.bundle_key).expect("the bundle opens").keys();
        Self { email, password, caller, guardian, keys, kit, owner, kek, opened }
    }

    /// Lets `name` in as a further guardian who may read these.
    pub async fn admit(
        &mut self,
        world: &World,
        name: &str,
        role: Role,
        share: &[(treehouse_protocol::id::ChildId, &[Category])],
    ) -> Self {
        let children: Vec<_> = share.iter().map(|(child, _)| *child).collect();
        let of_carer = if role == Role::Carer { children } else { Vec::new() };
        let invitation = self.guardian.invite(role, &of_carer).await.expect("an invitation");
        let url = invitation_url(&world.http.url, &invitation);
        let (mut person, verified) = Self::verified(world, name, Some(&url)).await;
        person.guardian.answer_invitation(&url, &verified).await.expect("it is answered");
        let admitted = self.guardian.admit(&invitation, share, notice(world)).await;
        assert_eq!(admitted.expect("somebody is let in"), Some(person.key()));
        person.guardian.sync().await.expect("the new guardian reads the chain");
        person
    }

    /// Signs in again: the session before may have been ended.
    pub async fn sign_in(&mut self, world: &World) {
        let (token, _) = sign_in(world, &self.email, &self.password).await;
        self.caller = Caller::session(&world.http, token);
    }

    pub fn key(&self) -> KeyId {
        self.keys.sig.id()
    }

    /// The family that the keys were made for.
    pub const fn owner_family(&self) -> treehouse_protocol::id::FamilyId {
        self.owner.family
    }

    pub const fn family_id(&self) -> treehouse_protocol::id::FamilyId {
        self.owner.family
    }

    /// What the password's slot remembered of the chain when the keys had just been made.
    pub const fn remembered_first(&self) -> Seen {
        self.opened.seen
    }

    /// The address of this guardian's family.
    pub fn family_path(&self) -> String {
        format!("/v1/families/{}", self.owner.family)
    }

    /// The family as its chain stands now.
    pub async fn family(&mut self) -> &Family {
        self.guardian.sync().await.expect("the chain can be read");
        self.guardian.family().expect("the chain was read")
    }

    /// The body that appends what `write` writes after the chain as it stands now.
    pub async fn links(&mut self, write: impl FnOnce(&mut Pen<'_>)) -> Value {
        self.guardian.sync().await.expect("the chain can be read");
        let family = self.guardian.family().expect("the chain was read");
        let (trust, today) = (self.guardian.server().trust(), self.guardian.today());
        let mut pen = Pen::new(family, &self.keys.sig, trust, today);
        write(&mut pen);
        let links: Vec<String> = pen.finish().iter().map(|link| b64(link)).collect();
        let seen = family.seen();
        json!({ "after": { "seq": seen.seq, "head": seen.head.to_string() }, "links": links })
    }

    /// A further slot for the password.
    pub fn slot(&self) -> (SlotId, Value) {
        let rng = &mut random::rng();
        let id = SlotId::random(rng);
        let slot = Slot::seal(id, &self.owner, &self.kek, &self.opened, rng);
        (id, json!({ "slot": b64(&slot.to_bytes()) }))
    }
}

/// The address of somebody of this name.
pub fn address(name: &str) -> String {
    format!("{name}@families.example")
}

/// The body that begins a sign-in, and what finishes it.
pub fn begin_sign_in(email: &str, password: &str) -> (ClientLogin, Value) {
    let (login, request) =
        ClientLogin::start(password.as_bytes(), &mut random::rng()).expect("a password");
    (login, json!({ "email": email, "request": b64(&request) }))
}

/// The body that finishes a sign-in, and the key that the password gives.
pub fn finish_sign_in(login: ClientLogin, started: &Answer) -> (Value, Secret<64>) {
    let started = started.json();
    let (ksf, rng) = (Ksf::cheap_for_load_tests(), &mut random::rng());
    let finished = login.finish(&unb64(&started["response"]), DEPLOYMENT, &ksf, rng);
    let finished = finished.expect("the password is right");
    let body = json!({ "ticket": started["ticket"], "message": b64(&finished.message) });
    (body, finished.export_key)
}

/// Signs in: a session, and the key that the password gives.
pub async fn sign_in(world: &World, email: &str, password: &str) -> (String, Secret<64>) {
    let nobody = world.nobody();
    let (login, body) = begin_sign_in(email, password);
    let started = nobody.ask(Ask::post("/v1/sessions/start", &body)).await.expect(200);
    let (body, export_key) = finish_sign_in(login, &started);
    let answer = nobody.ask(Ask::post("/v1/sessions", &body)).await.expect(201);
    (answer.session(), export_key)
}

/// Has a link mailed to open an account, and answers its token.
pub async fn mailed_link(world: &World, email: &str) -> String {
    let body = json!({ "email": email, "purpose": "register" });
    world.nobody().ask(Ask::post("/v1/accounts/links", &body)).await.expect(202);
    world.letter(email, "open").await
}

/// The body that opens an account with a mailed link.
pub async fn registration(world: &World, token: &str, password: &str) -> Value {
    let rng = &mut random::rng();
    let started = ClientRegistration::start(password.as_bytes(), rng);
    let (state, request) = started.expect("a password");
    let body = json!({ "token": token, "request": b64(&request) });
    let answer = world.nobody().ask(Ask::post("/v1/accounts/start", &body)).await.expect(200);
    let (response, ksf) = (unb64(&answer.json()["response"]), Ksf::cheap_for_load_tests());
    let registered = state.finish(&response, DEPLOYMENT, &ksf, rng).expect("the server's own");
    json!({ "token": token, "record": b64(&registered.record) })
}
