//! One of each type that holds or reaches a secret, formatted, with the secrets to look for.

use std::convert::Infallible;
use std::fmt::Debug;

use hkdf::Hkdf;
use rand_core::{TryCryptoRng, TryRng};
use treehouse_protocol::blob::layout::Layout;
use treehouse_protocol::blob::{BlobKey, BlobRef, MediaType};
use treehouse_protocol::category::{CategoryKey, KeyName};
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::body::Genesis;
use treehouse_protocol::chain::{Family, Keyring, Pen, pen};
use treehouse_protocol::franking::{FrankKey, Franking, TagKey};
use treehouse_protocol::id::{
    AccountId, BlobId, ChildId, Day, FamilyId, Hash, KeyId, RecordId, Seen, SlotId,
};
use treehouse_protocol::invite::{InviteLink, InviteSecret};
use treehouse_protocol::kem::{KemPrivate, Suite};
use treehouse_protocol::keys::{Bundle, PrivateKeys};
use treehouse_protocol::kit::KitCode;
use treehouse_protocol::opaque::{ClientLogin, ClientRegistration, Ksf, ServerSetup};
use treehouse_protocol::outer::OuterKey;
use treehouse_protocol::pairing::{GuardianCheck, ToyCheck, UserCode};
use treehouse_protocol::record::{self, Expected, Header, Root};
use treehouse_protocol::registry::{Category, Method};
use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::{Signed, SigningKey};
use treehouse_protocol::slot::{Kek, Opened, Owner, SealedBundle, Slot};
use treehouse_protocol::trust::{Attestation, Trust};

/// A type, what its values print, and what must not stand there.
pub struct Holder {
    pub name: &'static str,
    pub printed: Vec<String>,
    pub secrets: Vec<Vec<u8>>,
}

fn holder(name: &'static str, value: &impl Debug, secrets: &[&[u8]]) -> Holder {
    let printed = vec![
        format!("{value:?}"),
        format!("{value:#?}"),
        format!("{value:x?}"),
        format!("{value:#X?}"),
    ];
    let secrets = secrets.iter().map(|secret| secret.to_vec()).collect();
    Holder { name, printed, secrets }
}

/// Random bytes from 128 on, which stand nowhere by chance; remembers them.
struct Noisy {
    state: u8,
    drawn: Vec<u8>,
}

impl Noisy {
    fn new(state: u8) -> Self {
        Self { state, drawn: Vec::new() }
    }

    fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.drawn)
    }
}

impl TryRng for Noisy {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("TH/1 draws bytes")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!("TH/1 draws bytes")
    }

    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), Infallible> {
        for place in &mut *dest {
            self.state = self.state.wrapping_mul(5).wrapping_add(77);
            *place = self.state | 0x80;
        }
        self.drawn.extend_from_slice(dest);
        Ok(())
    }
}

impl TryCryptoRng for Noisy {}

fn secret<const N: usize>(state: u8) -> Secret<N> {
    Secret::random(&mut Noisy::new(state))
}

fn derived(seed: &Secret<32>, label: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    let hkdf = Hkdf::<sha2::Sha256>::new(Some(&[]), seed.expose());
    hkdf.expand(label, &mut out).unwrap();
    out
}

pub fn all() -> Vec<Holder> {
    let mut all = keys();
    all.extend(chain());
    all.extend(records());
    all.extend(blobs());
    all.extend(slots());
    all.extend(letting_in());
    all.extend(opaque());
    all
}

fn keys() -> Vec<Holder> {
    let seed = secret::<32>(1);
    let (sig, kem) = (derived(&seed, b"TH-KEY/1 sig"), derived(&seed, b"TH-KEY/1 kem"));
    let own = derived(&seed, b"TH-KEY/1 own");
    let parts: [&[u8]; 4] = [seed.expose(), &sig, &kem, &own];
    let outer = OuterKey::from_secret(seed.clone());
    let category = CategoryKey::from_secret(seed.clone());
    let mut keyring = Keyring::default();
    keyring.extend(vec![(name(), category.clone())]);
    vec![
        holder("secret::Secret", &seed, &parts[..1]),
        holder("sign::SigningKey", &SigningKey::from_seed(&seed), &parts),
        holder("kem::KemPrivate", &KemPrivate::from_seed(Suite::XWing, seed.clone()), &parts),
        holder("keys::PrivateKeys", &PrivateKeys::from_seed(Suite::X25519, &seed), &parts),
        holder("keys::Bundle", &Bundle::from_seed(seed.clone()), &parts),
        holder("category::CategoryKey", &category, &parts),
        holder("chain::keyring::Keyring", &keyring, &parts),
        holder("outer::OuterKey", &outer, &parts),
        holder("franking::FrankKey", &FrankKey::from_secret(seed.clone()), &parts),
        holder("franking::TagKey", &TagKey::from_secret(seed.clone()), &parts),
    ]
}

/// A pen reaches the key that it signs with.
fn chain() -> Vec<Holder> {
    let seed = secret::<32>(2);
    let keys = Bundle::from_seed(seed.clone()).keys();
    let attester = SigningKey::from_seed(&secret(3));
    let attestation = Attestation {
        account: AccountId::from_bytes([1; 16]),
        key: keys.sig.verify_key(),
        method: Method::SignedForm,
        evidence: Hash::NONE,
        day: Day(20_000),
    };
    let vpc = Signed::sign(&attester, &attestation);
    let genesis = Genesis { by_teen: false, keys: keys.public(), vpc };
    let first = pen::found(FamilyId::from_bytes([2; 16]), genesis, Day(20_000), &keys.sig);
    let trust = Trust::default().with_attester(attester.verify_key());
    let pinned = Hash::of(&first);
    let family = Family::replay(pinned, [first.as_slice()], &trust, Day(20_000)).unwrap();
    // Before it has written anything: links are public, and may hold any two bytes.
    let pen = Pen::new(&family, &keys.sig, &trust, Day(20_000));
    let sig = derived(&seed, b"TH-KEY/1 sig");
    vec![holder("chain::pen::Pen", &pen, &[seed.expose(), &sig])]
}

fn name() -> KeyName {
    KeyName {
        family: FamilyId::from_bytes([1; 16]),
        child: ChildId::from_bytes([2; 16]),
        category: Category::Photos,
        version: 1,
    }
}

fn header(writer: KeyId) -> Header {
    Header {
        name: name(),
        record: RecordId::from_bytes([3; 16]),
        ver: 1,
        writer,
        day: Day(20_000),
        seq: 1,
    }
}

fn records() -> Vec<Holder> {
    let (writer, seed) = (SigningKey::from_seed(&secret(4)), secret::<32>(5));
    let key = CategoryKey::from_secret(seed.clone());
    let header = header(writer.id());
    let plain = secret::<32>(6);
    let plain = plain.expose();
    let mut rng = Noisy::new(7);
    let root = Root::Category(&key);
    let franking = Franking::Provable;
    let signed = record::seal(&header, root, plain, franking, &writer, &mut rng).unwrap();
    let expected = Expected { name: header.name, record: None };
    let opened = record::open(&signed, &writer.verify_key(), &key, &expected).unwrap();
    let kf = opened.franking.clone().unwrap();
    vec![
        holder("record::Root", &root, &[seed.expose()]),
        holder("record::Opened", &opened, &[plain, kf.secret().expose()]),
    ]
}

fn blobs() -> Vec<Holder> {
    let mut rng = Noisy::new(8);
    let key = BlobKey::generate(&mut rng);
    let dek = rng.take();
    let reference = BlobRef::new(
        BlobId::from_bytes([4; 16]),
        key.clone(),
        Layout::of_plain(5).unwrap(),
        MediaType::parse("image/jpeg").unwrap(),
        &header(KeyId::from_bytes([5; 16])),
    );
    assert!(reference.to_bytes().windows(32).any(|bytes| bytes == dek));
    vec![holder("blob::BlobKey", &key, &[&dek]), holder("blob::BlobRef", &reference, &[&dek])]
}

fn slots() -> Vec<Holder> {
    let bundle = Bundle::from_seed(secret(9));
    let family = FamilyId::from_bytes([1; 16]);
    let mut rng = Noisy::new(10);
    let (sealed, bundle_key) = SealedBundle::seal(family, &bundle, &mut rng);
    let drawn = rng.take();
    let bk = &drawn[..32];
    let export = secret::<64>(11);
    let kek = Kek::from_opaque(&export);
    let mut kek_bytes = [0; 32];
    let hkdf = Hkdf::<sha2::Sha256>::new(Some(&[]), export.expose());
    hkdf.expand(b"TH-KEK/opaque/1", &mut kek_bytes).unwrap();
    let seen = Seen { seq: 1, head: Hash::NONE };
    let contents = Opened { bundle_key: bundle_key.clone(), seen };
    let owner = Owner { family, guardian: sealed.owner().guardian };
    let id = SlotId::from_bytes([6; 16]);
    let slot = Slot::seal(id, &owner, &kek, &contents, &mut rng);
    let opened = slot.open(&owner, &kek).unwrap();
    vec![
        holder("slot::BundleKey", &bundle_key, &[bk]),
        holder("slot::Kek", &kek, &[export.expose(), &kek_bytes]),
        holder("slot::Opened", &opened, &[bk]),
    ]
}

fn letting_in() -> Vec<Holder> {
    let mut rng = Noisy::new(12);
    let kit = KitCode::generate(&mut rng);
    let kit_bits = rng.take();
    let kit_text = kit.text();
    let invited = InviteSecret::generate(&mut rng);
    let invite_bits = rng.take();
    let link = InviteLink {
        family: FamilyId::from_bytes([1; 16]),
        genesis: Hash::NONE,
        secret: invited.clone(),
    };
    let link_end = link.text()[70..].as_bytes().to_vec();
    let code = UserCode::generate(&mut rng);
    rng.take();
    let letters = code.text();
    let dense = letters.replace('-', "");
    let (toy, commitment) = ToyCheck::start([7; 20], &mut rng);
    let toy_bits = rng.take();
    let (toy_nonce, toy_secret) = toy_bits.split_at(16);
    let qr = toy.qr(code.clone());
    let (guardian, _) = GuardianCheck::start(commitment, [7; 20], Hash::NONE, &mut rng);
    let guardian_nonce = rng.take();
    let letters: [&[u8]; 2] = [letters.as_bytes(), dense.as_bytes()];
    vec![
        holder("kit::KitCode", &kit, &[&kit_bits, &kit_text.as_bytes()[..9]]),
        holder("invite::InviteSecret", &invited, &[&invite_bits]),
        holder("invite::InviteLink", &link, &[&invite_bits, &link_end]),
        holder("pairing::UserCode", &code, &letters),
        holder("pairing::PairingQr", &qr, &[letters[0], letters[1], toy_secret]),
        holder("pairing::ToyCheck", &toy, &[toy_nonce, toy_secret]),
        holder("pairing::GuardianCheck", &guardian, &[&guardian_nonce]),
    ]
}

fn opaque() -> Vec<Holder> {
    let (password, place, ksf) = (b"correct horse battery", b"place", Ksf::standard());
    let mut rng = Noisy::new(13);
    let setup = ServerSetup::generate(&mut rng);
    let setup_bytes = setup.to_secret();
    let (seed, private) = setup_bytes.expose()[..96].split_at(64);
    rng.take();
    let (client, request) = ClientRegistration::start(password, &mut rng).unwrap();
    let blind = rng.take();
    let registration = holder("opaque::client::ClientRegistration", &client, &[password, &blind]);
    let response = setup.register(&request, &[1; 32]).unwrap();
    let registered = client.finish(&response, place, &ksf, &mut rng).unwrap();
    rng.take();
    let (client, request) = ClientLogin::start(password, &mut rng).unwrap();
    let drawn = rng.take();
    let login = holder("opaque::client::ClientLogin", &client, &[password, &drawn]);
    let record = Some(registered.record.as_slice());
    let (server, response) = setup.login(record, &request, &[1; 32], place, &mut rng).unwrap();
    let waiting = server.to_secret();
    let logged_in = client.finish(&response, place, &ksf, &mut rng).unwrap();
    vec![
        holder("opaque::server::ServerSetup", &setup, &[seed, private]),
        registration,
        // The record too: with the server's keys it's as good as a password hash.
        holder(
            "opaque::client::Registered",
            &registered,
            &[registered.export_key.expose(), &registered.record],
        ),
        login,
        holder("opaque::server::ServerLogin", &server, &[waiting.expose()]),
        holder(
            "opaque::client::LoggedIn",
            &logged_in,
            &[logged_in.session_key.expose(), logged_in.export_key.expose()],
        ),
    ]
}
