//! HPKE: RFC 9180 for suite 1, the drafts of HPKE-PQ and X-Wing for suite 2.
//!
//! For suite 1 there are vectors with our KDF and AEAD. For X-Wing there are some with HKDF-SHA256
//! and ChaCha20-Poly1305, and some of the bare KEM, but none with AES-256-GCM. So the key schedule
//! of RFC 9180 section 5.1 is written down again here; it proves itself on the published keys
//! under both KEMs, and then, from the published shared secrets, tells what our suite must seal.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use hkdf::Hkdf;
use serde_json::Value;
use sha2::Sha256;
use treehouse_protocol::kem::{KemPrivate, KemPublic, Suite};
use treehouse_protocol::secret::Secret;

use crate::{Told, bytes, fixed, json, list, unhex};

const DHKEM_X25519: u16 = 0x0020;
const X_WING: u16 = 0x647a;
const HKDF_SHA256: u16 = 0x0001;
const AES_256_GCM: u16 = 0x0002;
const CHACHA20_POLY1305: u16 = 0x0003;

/// The key schedule of RFC 9180 section 5.1, base mode.
struct Schedule {
    suite_id: Vec<u8>,
    key: [u8; 32],
    base_nonce: [u8; 12],
    exporter: [u8; 32],
}

impl Schedule {
    fn new(kem: u16, aead: u16, shared_secret: &[u8], info: &[u8]) -> Self {
        let numbers = [kem, HKDF_SHA256, aead].map(u16::to_be_bytes).concat();
        let suite_id = [b"HPKE", &numbers[..]].concat();
        let extract = |salt: &[u8], label: &[u8], ikm: &[u8]| {
            let labeled = [b"HPKE-v1", &suite_id[..], label, ikm].concat();
            Hkdf::<Sha256>::extract(Some(salt), &labeled).0
        };
        let id_hash = extract(&[], b"psk_id_hash", &[]);
        let info_hash = extract(&[], b"info_hash", info);
        let context = [&[0][..], &id_hash, &info_hash].concat();
        let secret = extract(shared_secret, b"secret", &[]);
        Self {
            key: expand(&suite_id, &secret, b"key", &context),
            base_nonce: expand(&suite_id, &secret, b"base_nonce", &context),
            exporter: expand(&suite_id, &secret, b"exp", &context),
            suite_id,
        }
    }

    /// Section 5.3.
    fn export(&self, context: &[u8]) -> [u8; 32] {
        expand(&self.suite_id, &self.exporter, b"sec", context)
    }

    /// Section 5.2, with AES-256-GCM.
    fn seal(&self, seq: u64, aad: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut nonce = self.base_nonce;
        for (place, byte) in nonce[4..].iter_mut().zip(seq.to_be_bytes()) {
            *place ^= byte;
        }
        let cipher = aes_gcm::Aes256Gcm::new(&self.key.into());
        let payload = Payload { msg: plain, aad };
        cipher.encrypt(&nonce.into(), payload).unwrap()
    }

    fn assert_as_published(&self, vector: &Value) {
        assert_eq!(self.key, fixed(vector, "key"));
        assert_eq!(self.base_nonce, fixed(vector, "base_nonce"));
        assert_eq!(self.exporter, fixed(vector, "exporter_secret"));
        for export in list(vector, "exports").iter().filter(|e| e["L"] == 32) {
            let context = bytes(export, "exporter_context");
            assert_eq!(self.export(&context), fixed(export, "exported_value"));
        }
    }
}

/// `LabeledExpand` of section 4.
fn expand<const N: usize>(suite_id: &[u8], prk: &[u8], label: &[u8], info: &[u8]) -> [u8; N] {
    let length = u16::try_from(N).unwrap().to_be_bytes();
    let labeled = [&length[..], b"HPKE-v1", suite_id, label, info].concat();
    let mut out = [0; N];
    let hkdf = Hkdf::<Sha256>::from_prk(prk).unwrap();
    hkdf.expand(&labeled, &mut out).unwrap();
    out
}

fn slices(messages: &[(Vec<u8>, Vec<u8>)]) -> Vec<(&[u8], &[u8])> {
    let mut slices = Vec::new();
    for (aad, body) in messages {
        slices.push((&aad[..], &body[..]));
    }
    slices
}

fn encryptions(vector: &Value) -> Vec<(Vec<u8>, Vec<u8>)> {
    let all = list(vector, "encryptions").iter();
    all.map(|one| (bytes(one, "aad"), bytes(one, "pt"))).collect()
}

/// Seals with the published randomness, opens it again, and answers the cipher texts.
fn sealed_and_opened(
    private: &KemPrivate,
    (randomness, enc): (Vec<u8>, Vec<u8>),
    info: &[u8],
    plain: &[(Vec<u8>, Vec<u8>)],
) -> Vec<Vec<u8>> {
    let mut rng = Told::new(randomness);
    let (sent, sealed) = private.public().seal(info, &slices(plain), &mut rng);
    assert!(rng.is_used_up());
    assert_eq!(sent, enc);
    let aads = plain.iter().map(|(aad, _)| aad.clone());
    let received: Vec<_> = aads.zip(sealed.iter().cloned()).collect();
    let opened = private.open(&enc, info, &slices(&received)).unwrap();
    for ((_, plain), opened) in plain.iter().zip(&opened) {
        assert_eq!(**opened, *plain);
    }
    sealed
}

#[test]
fn suite_1_seals_and_opens_as_rfc_9180() {
    let file = json(include_str!("hpke_x25519.json"));
    let vector = &file["vector"];
    let private = KemPrivate::from_seed(Suite::X25519, Secret::from_bytes(fixed(vector, "skRm")));
    let public = KemPublic::admit(Suite::X25519, &bytes(vector, "pkRm")).unwrap();
    assert_eq!(private.public(), public);
    let info = bytes(vector, "info");
    let used = (bytes(vector, "ikmE"), bytes(vector, "enc"));
    let plain = encryptions(vector);
    let sealed = sealed_and_opened(&private, used, &info, &plain);
    let published = list(vector, "encryptions").iter();
    let published: Vec<_> = published.map(|one| bytes(one, "ct")).collect();
    assert_eq!(sealed.len(), 257);
    assert_eq!(sealed, published);

    let secret = bytes(vector, "shared_secret");
    let schedule = Schedule::new(DHKEM_X25519, AES_256_GCM, &secret, &info);
    schedule.assert_as_published(vector);
    for (seq, ((aad, plain), sealed)) in (0..).zip(plain.iter().zip(&sealed)) {
        assert_eq!(schedule.seal(seq, aad, plain), *sealed);
    }
}

#[test]
fn suite_2_encapsulates_as_hpke_pq_and_seals_what_follows_from_its_shared_secret() {
    let file = json(include_str!("hpke_xwing.json"));
    let vector = &file["vector"];
    let private = KemPrivate::from_seed(Suite::XWing, Secret::from_bytes(fixed(vector, "skRm")));
    let public = KemPublic::admit(Suite::XWing, &bytes(vector, "pkRm")).unwrap();
    assert_eq!(private.public(), public);
    let info = bytes(vector, "info");
    let secret = bytes(vector, "shared_secret");
    let published = Schedule::new(X_WING, CHACHA20_POLY1305, &secret, &info);
    published.assert_as_published(vector);

    let used = (bytes(vector, "ikmE"), bytes(vector, "enc"));
    let plain = encryptions(vector);
    let sealed = sealed_and_opened(&private, used, &info, &plain);
    let ours = Schedule::new(X_WING, AES_256_GCM, &secret, &info);
    for (seq, ((aad, plain), sealed)) in (0..).zip(plain.iter().zip(&sealed)) {
        assert_eq!(ours.seal(seq, aad, plain), *sealed);
    }
}

#[test]
fn suite_2_has_the_keys_and_shared_secrets_of_the_x_wing_draft() {
    let file = json(include_str!("xwing.json"));
    let vectors = list(&file, "vectors");
    assert_eq!(vectors.len(), 3);
    for vector in vectors {
        let seed = Secret::from_bytes(fixed(vector, "sk"));
        let private = KemPrivate::from_seed(Suite::XWing, seed);
        assert_eq!(private.public().bytes(), bytes(vector, "pk"));
        KemPublic::admit(Suite::XWing, &bytes(vector, "pk")).unwrap();
        let plain = [(b"aad".to_vec(), b"plain".to_vec())];
        let used = (bytes(vector, "eseed"), bytes(vector, "ct"));
        let sealed = sealed_and_opened(&private, used, b"info", &plain);
        let secret = bytes(vector, "ss");
        let schedule = Schedule::new(X_WING, AES_256_GCM, &secret, b"info");
        assert_eq!(sealed, [schedule.seal(0, b"aad", b"plain")]);
    }
}

/// The points of low order that Bernstein lists for Curve25519, and their other names.
#[test]
fn points_of_low_order_are_no_keys() {
    let order_8 = "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800";
    let other_8 = "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157";
    let edge = |low: u8, high: u8| {
        let middle = if low < 2 { 0 } else { 0xff };
        let mut bytes = [middle; 32];
        (bytes[0], bytes[31]) = (low, high);
        bytes
    };
    let mut points = vec![edge(0, 0), edge(1, 0)];
    points.extend([0xec, 0xed, 0xee].map(|low| edge(low, 0x7f)));
    for text in [order_8, other_8] {
        points.push(unhex(text).try_into().unwrap());
    }
    for point in points {
        let mut other_name = point;
        other_name[31] |= 0x80;
        for bytes in [point, other_name] {
            let refused = KemPublic::admit(Suite::X25519, &bytes).unwrap_err();
            assert_eq!(refused.field, "X25519 point");
        }
    }
}
