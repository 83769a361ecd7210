//! Toys that were linked step by step, with their keys and tokens at hand.

use serde_json::{Value, json};
use treehouse_protocol::category::KeyName;
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::Family;
use treehouse_protocol::chain::body::{Caps, DeviceAdd, NewKey};
use treehouse_protocol::franking::Franking;
use treehouse_protocol::id::{ChildId, FamilyId, Hash, KeyId, RecordId};
use treehouse_protocol::kem::Suite;
use treehouse_protocol::keys::PrivateKeys;
use treehouse_protocol::pairing::ToyCheck;
use treehouse_protocol::record::{self, Header, Root};
use treehouse_protocol::registry::{Category, Coded, Rights};
use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::SigningKey;
use treehouse_server::random;

use crate::http::{Ask, Caller, b64, unb64};
use crate::people::{Person, notice};
use crate::world::World;

/// A toy.
pub struct Toy {
    pub caller: Caller,
    pub keys: PrivateKeys,
}

/// A toy that waits to be linked.
pub struct Unlinked {
    pub keys: PrivateKeys,
    pub device_code: String,
    pub user_code: String,
    check: Option<ToyCheck>,
}

impl Unlinked {
    /// A new toy that asks for a code, with keys of the suite for toys that only write.
    pub async fn new(world: &World) -> Self {
        Self::of_suite(world, Suite::X25519).await
    }

    /// The same with keys of this suite.
    pub async fn of_suite(world: &World, suite: Suite) -> Self {
        let keys = PrivateKeys::from_seed(suite, &Secret::random(&mut random::rng()));
        let public = keys.public();
        let (check, commitment) = ToyCheck::start(public.fingerprint(), &mut random::rng());
        let body = json!({
            "signing_key": b64(public.sig.bytes()),
            "suite": public.kem.suite().code(),
            "sealing_key": b64(public.kem.bytes()),
            "commitment": b64(&commitment),
        });
        let code = world.nobody().ask(Ask::post("/v1/toys/code", &body)).await.expect(201).json();
        let text = |name: &str| code[name].as_str().expect("a code").to_owned();
        let (device_code, user_code) = (text("device_code"), text("user_code"));
        Self { keys, device_code, user_code, check: Some(check) }
    }

    /// How far it has come.
    pub async fn progress(&self, world: &World) -> Value {
        let body = json!({ "device_code": self.device_code });
        world.nobody().ask(Ask::post("/v1/toys/progress", &body)).await.expect(200).json()
    }

    /// Is linked to a child of this guardian's family, or to none.
    pub async fn link(
        mut self,
        world: &World,
        owner: &mut Person,
        child: impl Into<Option<ChildId>>,
        rights: &[(Category, Rights)],
    ) -> Toy {
        let child = child.into();
        let guardian = &mut owner.guardian;
        let caps = Caps::from_bits(Caps::CAMERA).expect("a camera");
        let linked = guardian.link_typed(&self.user_code, child, caps).await;
        let mut pairing = linked.expect("the code counts");
        let family = guardian.family_id().expect("a family");
        self.accept(world, family, child, caps).await;
        let accepted = guardian.accepted(&mut pairing).await.expect("the pairing is there");
        let (_, proof) = accepted.expect("the toy has accepted");
        let key = guardian.finish_link(&pairing, proof, rights, notice(world)).await;
        assert_eq!(key.expect("the chain takes the toy"), self.keys.sig.id());
        let linked = self.progress(world).await;
        assert_eq!(linked["state"], "linked");
        let token = linked["access_token"].as_str().expect("a token").to_owned();
        let caller = Caller::toy(&world.http, token, self.keys.sig.clone());
        Toy { caller, keys: self.keys }
    }

    /// Accepts the place that it was proposed.
    async fn accept(
        &mut self,
        world: &World,
        family: FamilyId,
        child: Option<ChildId>,
        caps: Caps,
    ) {
        let progress = self.progress(world).await;
        assert_eq!(progress["state"], "proposed");
        let nonce: [u8; 16] = unb64(&progress["nonce"]).try_into().expect("16 bytes");
        let genesis = progress["genesis"].as_str().expect("a genesis");
        let check = self.check.take().expect("a toy accepts once");
        let (toy_nonce, _) = check.reveal(&nonce, hash(genesis));
        let keys = self.keys.public();
        let add = DeviceAdd { keys, child, caps, accept_sig: [0; 64] };
        let mut accepted = add.accepted(family, &self.keys.sig);
        let body = json!({
            "device_code": self.device_code,
            "nonce": b64(&toy_nonce),
            "accept_sig": b64(accepted.accept_sig()),
        });
        world.nobody().ask(Ask::post("/v1/toys/accept", &body)).await.expect(204);
    }
}

impl Toy {
    /// A toy that may write this child's pictures.
    pub async fn camera(world: &World, owner: &mut Person, child: ChildId) -> Self {
        let rights = [(Category::Photos, Rights::WRITE)];
        Unlinked::new(world).await.link(world, owner, child, &rights).await
    }

    /// A toy that shows this child's pictures.
    pub async fn frame(world: &World, owner: &mut Person, child: ChildId) -> Self {
        let rights = [(Category::Photos, Rights::READ)];
        Unlinked::of_suite(world, Suite::XWing).await.link(world, owner, child, &rights).await
    }

    pub fn key(&self) -> KeyId {
        self.keys.sig.id()
    }
}

/// Reads 64 hexadecimal digits.
pub fn hash(text: &str) -> Hash {
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal");
    Hash::from_bytes(std::array::from_fn(|index| digit(2 * index)))
}

/// A sealed picture of this child, by this writer.
pub fn record(family: &Family, child: ChildId, writer: &SigningKey) -> (RecordId, Vec<u8>) {
    record_of(family, child, Category::Photos, writer)
}

/// The same of any kind of data.
pub fn record_of(
    family: &Family,
    child: ChildId,
    category: Category,
    writer: &SigningKey,
) -> (RecordId, Vec<u8>) {
    let id = RecordId::random(&mut random::rng());
    let made = family.keys(child, category).and_then(|line| line.current()).expect("a key");
    let name = KeyName { family: family.id(), child, category, version: made.version.version };
    let (day, seq) = (family.day(), family.seen().seq);
    let header = Header { name, record: id, ver: 1, writer: writer.id(), day, seq };
    let root = Root::DropBox(&made.version.drop_box);
    let rng = &mut random::rng();
    let sealed = record::seal(&header, root, b"a picture", Franking::Without, writer, rng);
    (id, sealed.expect("it can be sealed").to_bytes())
}
