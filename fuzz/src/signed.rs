//! What is signed: envelopes, links, grants and statements, and the keys under it all.

use std::sync::LazyLock;

use treehouse_protocol::cbor::{Canonical, Reader, Writer};
use treehouse_protocol::chain::body::Body;
use treehouse_protocol::chain::{Family, Link};
use treehouse_protocol::contact::Credential;
use treehouse_protocol::error::Refused;
use treehouse_protocol::grant::{Grant, Header};
use treehouse_protocol::id::Hash;
use treehouse_protocol::kem::{KemPublic, Suite};
use treehouse_protocol::keys::PrivateKeys;
use treehouse_protocol::sign::{Signed, SigningKey, VerifyKey};
use treehouse_protocol::trust::{Attestation, Listing, Trust};

use crate::decode;
use crate::house::House;
use crate::input::Input;
use crate::specimens::{DAY, FAMILY, keys as device_keys, rng, sign_raw, signing_key};

static HOUSE: LazyLock<House> = LazyLock::new(|| House::new(1));
/// Who signs whatever the fuzzer says.
static SIGNER: LazyLock<SigningKey> = LazyLock::new(|| signing_key(1));
static GRANTEE: LazyLock<PrivateKeys> = LazyLock::new(|| device_keys(3));

/// A `COSE_Sign1`, as it comes, and around any payload.
pub fn sign1(input: &[u8]) {
    if let Some(signed) = decode::<Signed>(input) {
        let key = SIGNER.verify_key();
        if signed.verify::<Attestation>(&key).is_ok() {
            assert_eq!(signed.signer(), key.id());
        }
    }
    let Ok(signed) = Signed::from_bytes(&sign_raw(&SIGNER, input)) else {
        assert!(input.len() > 64 * 1024, "an envelope takes any payload");
        return;
    };
    assert!(
        signed
            .verify::<Nothing>(&signing_key(2).verify_key())
            .is_err()
    );
    assert!(signed.verify::<Nothing>(&SIGNER.verify_key()).is_err());
}

/// A structure that no payload is.
struct Nothing;

impl Canonical for Nothing {
    const NAME: &'static str = "TH-NOTHING/1";
    const BYTES_MAX: usize = usize::MAX;

    fn encode(&self, _: &mut Writer) {}

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        Err(reader.refuse("structure", "is never taken"))
    }
}

/// A link, and the same signed and given to a family.
pub fn link(input: &[u8]) {
    let signed_by_fuzzer = decode::<Signed>(input).is_some();
    let Some(link) = decode::<Link>(input) else {
        if signed_by_fuzzer {
            refuse_all(&HOUSE, input);
        }
        return;
    };
    let key = &*SIGNER;
    let bytes = link.sign(key);
    assert_eq!(bytes, sign_raw(key, input), "two ways to sign");
    let signed = Signed::from_bytes(&bytes).expect("what was signed is taken");
    assert_eq!(signed.verify::<Link>(&key.verify_key()), Ok(link));
    refuse_all(&HOUSE, &bytes);
}

/// Nobody in the house signed this.
fn refuse_all(house: &House, bytes: &[u8]) {
    let mut family = house.family.clone();
    if bytes != house.links[0] {
        let founded = Family::replay(Hash::of(bytes), [bytes], &house.trust, DAY);
        assert!(founded.is_err(), "a stranger founded a family");
    }
    let applied = family.apply(bytes, &house.trust, DAY);
    assert!(applied.is_err(), "a stranger's link was taken");
    assert_eq!(family, house.family, "a refused link changed something");
}

/// The header of a grant, and the body of one.
pub fn grant(input: &[u8]) {
    if let Some(header) = decode::<Header>(input) {
        assert!(header.key.version > 0);
        let lasts = header.expires.is_none_or(|day| header.not_before < day);
        assert!(lasts, "a grant that never counts");
    }
    let mut start = Writer::new();
    start.array(7).text("TH-LINK/1").bytes(FAMILY.bytes());
    start.uint(5_u8).bytes(&[0; 32]).uint(DAY.0).uint(9_u8);
    let bytes = [&start.into_bytes(), input].concat();
    if let Some(Link {
        body: Body::Grant(grant),
        ..
    }) = decode::<Link>(&bytes)
    {
        check_grant(&grant);
    }
}

fn check_grant(grant: &Grant) {
    let (first, count) = (grant.headers().next(), grant.headers().len());
    assert!((1..=64).contains(&count));
    let to = |header: &Header| (header.grantee, header.grantee_kind, header.suite);
    assert!(
        grant
            .headers()
            .all(|header| first.map(to) == Some(to(header)))
    );
    let Ok(keys) = grant.open(&GRANTEE.kem) else {
        return;
    };
    assert_eq!(keys.len(), count);
    for (header, key) in grant.headers().zip(keys) {
        assert_eq!(
            header.rights.reads(),
            key.is_some(),
            "a key for who may not read"
        );
    }
}

/// Attestation, listing and credential, by the first byte.
pub fn statements(input: &[u8]) {
    let mut input = Input::new(input);
    let (which, bytes) = (input.byte(), input.rest());
    let public = SIGNER.verify_key();
    let signed = Signed::from_bytes(&sign_raw(&SIGNER, bytes));
    let trust = Trust::default().with_attester(public);
    match which % 3 {
        0 => {
            let (Some(attestation), Ok(signed)) = (decode::<Attestation>(bytes), signed) else {
                return;
            };
            let attested = trust.attested(&signed, &attestation.key, attestation.day);
            assert_eq!(attested, Ok(attestation));
            assert!(trust.with_listing(&signed, &public).is_err());
        }
        1 => {
            let (Some(listing), Ok(signed)) = (decode::<Listing>(bytes), signed) else {
                return;
            };
            assert!(trust.attested(&signed, &listing.keys.sig, DAY).is_err());
            let stranger = signing_key(2).verify_key();
            assert!(trust.clone().with_listing(&signed, &stranger).is_err());
            let trust = trust.with_listing(&signed, &public).expect("it's signed");
            assert!(trust.listings(listing.keys.kem.id()).eq([&listing]));
        }
        _ => {
            let (Some(credential), Ok(signed)) = (decode::<Credential>(bytes), signed) else {
                return;
            };
            let leaf = credential.leaf_key;
            let seated = Credential::verify(&signed, &HOUSE.family, &leaf, DAY);
            assert!(seated.is_err(), "a stranger gave a seat");
        }
    }
}

/// Public keys: whatever is admitted can be used.
pub fn keys(input: &[u8]) {
    let mut input = Input::new(input);
    match input.byte() % 3 {
        0 => {
            let bytes = input.bytes();
            let Ok(key) = VerifyKey::admit(&bytes) else {
                return;
            };
            assert_eq!(*key.bytes(), bytes);
            let signature = input.bytes();
            assert!(key.verify(b"message", &signature).is_err(), "forged");
        }
        1 => admit_and_seal(Suite::X25519, input.rest()),
        _ => admit_and_seal(Suite::XWing, input.rest()),
    }
}

fn admit_and_seal(suite: Suite, bytes: &[u8]) {
    let Ok(key) = KemPublic::admit(suite, bytes) else {
        return;
    };
    assert_eq!((key.suite(), key.bytes()), (suite, bytes));
    let (enc, sealed) = key.seal(b"info", &[(b"aad", b"plain")], &mut rng());
    assert_eq!(
        (enc.len(), sealed[0].len()),
        (suite.encapsulated_bytes(), 5 + 16)
    );
    assert!(
        GRANTEE
            .kem
            .open(&enc, b"info", &[(b"aad", &sealed[0])])
            .is_err()
    );
    // What comes from outside as `enc` is a key too.
    let answer = GRANTEE.kem.open(bytes, b"info", &[(b"aad", &sealed[0])]);
    assert!(answer.is_err());
}

/// The control: a decoder with a bug. It must be found from nothing within seconds, or the other
/// targets prove nothing.
pub fn planted(input: &[u8]) {
    const WORDS: [&str; 3] = ["toy", "tablet", "phone"];
    let [b'T', b'H', length, rest @ ..] = input else {
        return;
    };
    if usize::from(*length) != rest.len() {
        return;
    }
    // The bug: a code that isn't on the list is looked up behind its end.
    let words = rest.iter().map(|code| WORDS[usize::from(*code)]);
    assert_eq!(words.count(), rest.len());
}
