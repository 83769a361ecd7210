//! Everybody who asks, and everything that they ask about.

use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use treehouse_protocol::chain::body::{Body, GuardianRemove};
use treehouse_protocol::id::{BlobId, ChildId, FamilyId, Hash, KeyId, RecordId};
use treehouse_protocol::registry::{Category, Role};
use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::SigningKey;
use treehouse_server::data_map::RuleId;
use treehouse_server::random;

use crate::http::{Answer, Ask, Caller, b64};
use crate::people::{Person, notice};
use crate::toys::{self, Toy, Unlinked};
use crate::world::World;

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    Owner,
    Carer,
    Toy,
    Former,
    RemovedToy,
    OtherGuardian,
    OtherToy,
    Steward,
    Nobody,
}

impl Who {
    pub const ALL: [Self; 9] = [
        Self::Owner,
        Self::Carer,
        Self::Toy,
        Self::Former,
        Self::RemovedToy,
        Self::OtherGuardian,
        Self::OtherToy,
        Self::Steward,
        Self::Nobody,
    ];
    /// Those to whom the family is as if it weren't there.
    pub const STRANGERS: [Self; 6] = [
        Self::Former,
        Self::RemovedToy,
        Self::OtherGuardian,
        Self::OtherToy,
        Self::Steward,
        Self::Nobody,
    ];

    pub const fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Carer => "carer",
            Self::Toy => "toy",
            Self::Former => "former",
            Self::RemovedToy => "removed toy",
            Self::OtherGuardian => "other guardian",
            Self::OtherToy => "other toy",
            Self::Steward => "steward",
            Self::Nobody => "nobody",
        }
    }
}

/// What a request uses up when it succeeds, so that the next one finds it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consumes {
    Nothing,
    Record,
    Blob,
    OpenBlob,
    Slot,
    NamedSession,
    Invitation,
    Recovery,
    Pairing,
    Code,
    SpareToy,
    Scan,
    Form,
    Recommended,
    Talk,
    /// The session that asks, or every session of its account.
    Session,
    /// The toy that asks.
    OwnToy,
    /// The account that asks.
    Account,
}

impl Consumes {
    pub const fn is_last(self) -> bool {
        matches!(self, Self::Session | Self::OwnToy | Self::Account)
    }
}

/// A family and what it has.
pub struct Household {
    pub owner: Person,
    pub family: FamilyId,
    pub child: ChildId,
    pub camera: Toy,
    pub record: RecordId,
    pub deleted_record: RecordId,
    pub blob: BlobId,
    pub deleted_blob: BlobId,
    /// One that was announced, and isn't whole.
    pub open_blob: BlobId,
    pub spare_toy: KeyId,
    pub pairing: String,
    pub invitation: String,
    /// A link that had something destroyed.
    pub receipt: Hash,
}

impl Household {
    pub async fn new(world: &World, name: &str) -> Self {
        let mut owner = Person::founder(world, name).await;
        let kept = [Category::Photos, Category::Activity];
        let child = owner.guardian.add_child(&kept).await.expect("a child");
        let camera = Toy::camera(world, &mut owner, child).await;
        let spare = Toy::camera(world, &mut owner, child).await;
        let receipt = owner.guardian.erase(child, &[Category::Activity]).await;
        world.work().await;
        let mut household = Self {
            family: owner.guardian.family_id().expect("a family"),
            child,
            record: RecordId::from_bytes([0; 16]),
            deleted_record: RecordId::from_bytes([0; 16]),
            blob: BlobId::from_bytes([0; 16]),
            deleted_blob: BlobId::from_bytes([0; 16]),
            open_blob: BlobId::from_bytes([0; 16]),
            spare_toy: spare.key(),
            pairing: String::new(),
            invitation: String::new(),
            receipt: receipt.expect("something is erased"),
            owner,
            camera,
        };
        for consumes in [
            Consumes::Record,
            Consumes::Blob,
            Consumes::Pairing,
            Consumes::Invitation,
            Consumes::Recovery,
        ] {
            household.renew(world, consumes).await;
        }
        household.delete_some().await;
        household
    }

    async fn delete_some(&mut self) {
        self.deleted_record = self.put_record().await;
        self.deleted_blob = self.put_blob(Whole::Yes).await;
        self.open_blob = self.put_blob(Whole::No).await;
        let path = self.owner.family_path();
        for gone in [
            format!("{path}/records/{}", self.deleted_record),
            format!("{path}/blobs/{}", self.deleted_blob),
        ] {
            self.owner.caller.ask(Ask::delete(gone)).await.expect(204);
        }
    }

    async fn put_record(&mut self) -> RecordId {
        let key = &self.camera.keys.sig;
        let (id, bytes) = toys::record(self.owner.family().await, self.child, key);
        let put = Ask::new(reqwest::Method::POST, format!("{}/records", self.owner.family_path()));
        self.camera.caller.ask(put.bytes("application/cbor", bytes)).await.expect(201);
        id
    }

    /// What announces a blob of this id.
    pub fn announce(&self, id: BlobId) -> Value {
        json!({
            "blob": id.to_string(),
            "child": self.child.to_string(),
            "category": "photos",
            "version": 1,
            "sealed_bytes": BLOB.len(),
        })
    }

    async fn put_blob(&mut self, whole: Whole) -> BlobId {
        let id = BlobId::random(&mut random::rng());
        let (toy, blobs) = (&self.camera.caller, format!("{}/blobs", self.owner.family_path()));
        toy.ask(Ask::post(blobs.clone(), &self.announce(id))).await.expect(201);
        let part = Ask::new(reqwest::Method::PUT, format!("{blobs}/{id}/parts/0"));
        let part = part.bytes("application/octet-stream", BLOB.to_vec());
        toy.ask(part).await.expect(204);
        if whole == Whole::Yes {
            let complete = format!("{blobs}/{id}/complete");
            toy.ask(Ask::new(reqwest::Method::POST, complete)).await.expect(204);
        }
        id
    }

    /// Puts in the place of what was used up another one.
    async fn renew(&mut self, world: &World, consumed: Consumes) {
        let path = self.owner.family_path();
        match consumed {
            Consumes::Record => self.record = self.put_record().await,
            Consumes::Blob => self.blob = self.put_blob(Whole::Yes).await,
            Consumes::OpenBlob => self.open_blob = self.put_blob(Whole::No).await,
            Consumes::SpareToy => {
                let spare = Toy::camera(world, &mut self.owner, self.child).await;
                self.spare_toy = spare.key();
            }
            Consumes::Invitation => {
                let open = format!("{path}/invitations");
                if !self.invitation.is_empty() {
                    let old = format!("{open}/{}", self.invitation);
                    self.owner.caller.ask(Ask::delete(old)).await;
                }
                let ask = Ask::post(open, &json!({ "role": "owner" }));
                let invitation = self.owner.caller.ask(ask).await.expect(201).json();
                invitation["invitation"].as_str().expect("an id").clone_into(&mut self.invitation);
            }
            Consumes::Recovery => {
                let ask = Ask::put("/v1/account/recovery", &recovery());
                self.owner.caller.ask(ask).await.expect(204);
            }
            Consumes::Pairing => {
                let toy = Unlinked::new(world).await;
                let body = json!({ "user_code": toy.user_code });
                let ask = Ask::post(format!("{path}/pairings"), &body);
                let pairing = self.owner.caller.ask(ask).await.expect(201).json();
                pairing["pairing"].as_str().expect("an id").clone_into(&mut self.pairing);
            }
            other => panic!("a family has no {other:?}"),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Whole {
    Yes,
    No,
}

/// What asks a family for a way back; to the server it is bytes.
pub fn recovery() -> Value {
    json!({ "request": b64(b"public keys"), "kept": b64(b"sealed keys") })
}

/// As many sealed bytes as the smallest blob has.
pub const BLOB: [u8; SEALED] = [7; SEALED];
const SEALED: usize = treehouse_protocol::blob::PREFIX_BYTES + 16 + 16;

/// Everybody, and what they ask about.
pub struct Cast {
    pub own: Household,
    pub other: Household,
    pub carer: Person,
    pub former: Person,
    removed: Toy,
    steward: Caller,
    second: Caller,
    nobody: Caller,
    stray: SigningKey,
    /// A toy that shows a code.
    pub waiting: Unlinked,
    pub slot: String,
    pub session: String,
    /// Of the owner, by a form that hasn't come yet.
    pub verification: String,
    /// Forms that have come, and one that was recommended.
    pub form: String,
    pub recommended: String,
    /// The code of a talk that is waited for.
    pub talk: String,
    parents: u32,
}

impl Cast {
    /// Gathers everybody. Their story is too long for the stack.
    pub fn new(world: &World) -> BoxFuture<'_, Self> {
        Box::pin(Self::gather(world))
    }

    async fn gather(world: &World) -> Self {
        let mut own = Household::new(world, "ada").await;
        let other = Household::new(world, "eve").await;
        let share: [(ChildId, &[Category]); 1] = [(own.child, &[Category::Photos])];
        let carer = own.owner.admit(world, "cara", Role::Carer, &share).await;
        let mut former = own.owner.admit(world, "ben", Role::Owner, &[]).await;
        let key = former.key();
        let leave = former.links(|pen| {
            let leave = Body::GuardianRemove(GuardianRemove::Announce(key));
            pen.write(leave).expect("a guardian may leave");
        });
        let leave = Ask::post(format!("{}/chain", own.owner.family_path()), &leave.await);
        former.caller.ask(leave).await.expect(201);
        let removed = Toy::camera(world, &mut own.owner, own.child).await;
        own.owner.guardian.remove_toy(removed.key()).await.expect("a toy is removed");
        own.owner.guardian.rotate().await.expect("new keys are made");
        let mut cast = Self {
            own,
            other,
            carer,
            former,
            removed,
            steward: world.steward("sam", RuleId::StewardPass.ms()).await,
            second: world.steward("tom", RuleId::StewardPass.ms()).await,
            nobody: world.nobody(),
            stray: SigningKey::from_seed(&Secret::random(&mut random::rng())),
            waiting: Unlinked::new(world).await,
            slot: String::new(),
            session: String::new(),
            verification: String::new(),
            form: String::new(),
            recommended: String::new(),
            talk: String::new(),
            parents: 0,
        };
        let (who, nothing) = (Who::Owner, world.nobody().ask(Ask::get("/healthz")).await);
        for consumed in [
            Consumes::Slot,
            Consumes::NamedSession,
            Consumes::Scan,
            Consumes::Form,
            Consumes::Recommended,
            Consumes::Talk,
        ] {
            cast.renew(world, consumed, who, &nothing).await;
        }
        cast
    }

    pub const fn caller(&self, who: Who) -> &Caller {
        match who {
            Who::Owner => &self.own.owner.caller,
            Who::Carer => &self.carer.caller,
            Who::Toy => &self.own.camera.caller,
            Who::Former => &self.former.caller,
            Who::RemovedToy => &self.removed.caller,
            Who::OtherGuardian => &self.other.owner.caller,
            Who::OtherToy => &self.other.camera.caller,
            Who::Steward => &self.steward,
            Who::Nobody => &self.nobody,
        }
    }

    /// The key that this one would sign with.
    pub const fn key(&self, who: Who) -> &SigningKey {
        match who {
            Who::Owner => &self.own.owner.keys.sig,
            Who::Carer => &self.carer.keys.sig,
            Who::Toy => &self.own.camera.keys.sig,
            Who::Former => &self.former.keys.sig,
            Who::RemovedToy => &self.removed.keys.sig,
            Who::OtherGuardian => &self.other.owner.keys.sig,
            Who::OtherToy => &self.other.camera.keys.sig,
            Who::Steward | Who::Nobody => &self.stray,
        }
    }

    pub const fn person(&mut self, who: Who) -> Option<&mut Person> {
        match who {
            Who::Owner => Some(&mut self.own.owner),
            Who::Carer => Some(&mut self.carer),
            Who::Former => Some(&mut self.former),
            Who::OtherGuardian => Some(&mut self.other.owner),
            _ => None,
        }
    }

    /// Puts in the place of what was used up by `who` another one.
    pub async fn renew(&mut self, world: &World, consumed: Consumes, who: Who, answer: &Answer) {
        match consumed {
            Consumes::Nothing | Consumes::OwnToy | Consumes::Account => {}
            Consumes::Slot => {
                let (id, body) = self.own.owner.slot();
                self.own.owner.caller.ask(Ask::put("/v1/account/slots", &body)).await.expect(204);
                self.slot = id.to_string();
            }
            Consumes::NamedSession => self.session = self.fresh_session(world).await,
            Consumes::Code => self.waiting = Unlinked::new(world).await,
            Consumes::Scan => self.verification = ask_form(world, &self.own.owner).await,
            Consumes::Form => self.form = self.sent_form(world).await,
            Consumes::Recommended => {
                self.recommended = self.sent_form(world).await;
                let path = format!("/v1/steward/forms/{}/recommend", self.recommended);
                let body = json!({ "reason": "the signature is there" });
                self.second.ask(Ask::post(path, &body)).await.expect(204);
            }
            Consumes::Talk => {
                let parent = self.parent(world).await;
                let asked = ask_by(world, &parent, "call").await;
                asked["code"].as_str().expect("a code").clone_into(&mut self.talk);
            }
            Consumes::Session => {
                let person = self.person(who).expect("only people have sessions");
                if answer.headers.get("set-cookie").is_some_and(|cookie| {
                    !cookie.to_str().unwrap_or_default().contains("Max-Age=0")
                }) {
                    person.caller = Caller::session(&world.http, answer.session());
                } else {
                    person.sign_in(world).await;
                }
            }
            other => self.own.renew(world, other).await,
        }
    }

    async fn fresh_session(&self, world: &World) -> String {
        let owner = &self.own.owner;
        let listed = |answer: Answer| -> Vec<String> {
            let listed = answer.json();
            let listed = listed.as_array().expect("a list").iter();
            listed.map(|session| session["session"].as_str().expect("an id").to_owned()).collect()
        };
        let ask = || owner.caller.ask(Ask::get("/v1/sessions"));
        let before = listed(ask().await.expect(200));
        crate::people::sign_in(world, &owner.email, &owner.password).await;
        let after = listed(ask().await.expect(200));
        let fresh = after.into_iter().find(|session| !before.contains(session));
        fresh.expect("there is one more session")
    }

    /// Another parent: one may begin five verifications a day.
    async fn parent(&mut self, world: &World) -> Person {
        self.parents += 1;
        Person::verified(world, &format!("parent{}", self.parents), None).await.0
    }

    /// A form that a parent has sent.
    async fn sent_form(&mut self, world: &World) -> String {
        let parent = self.parent(world).await;
        let id = ask_form(world, &parent).await;
        let scan = Ask::new(reqwest::Method::PUT, format!("/v1/verifications/{id}/scan"));
        parent.caller.ask(scan.bytes("image/png", SCAN.to_vec())).await.expect(204);
        id
    }
}

/// What a scan begins with.
pub const SCAN: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

/// What asks for a verification by this method.
pub fn ask_verification(world: &World, key: &SigningKey, method: &str) -> Value {
    json!({
        "method": method,
        "signing_key": b64(key.verify_key().bytes()),
        "notice": notice(world).to_string(),
        "adult": true,
    })
}

async fn ask_form(world: &World, person: &Person) -> String {
    let asked = ask_by(world, person, "signed-form").await;
    asked["verification"].as_str().expect("an id").to_owned()
}

/// A verification by this method, as it was answered.
pub async fn ask_by(world: &World, person: &Person, method: &str) -> Value {
    let body = ask_verification(world, &person.keys.sig, method);
    person.caller.ask(Ask::post("/v1/verifications", &body)).await.expect(201).json()
}
