//! Who acts in the story.

use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::body::Genesis;
use treehouse_protocol::chain::pen;
use treehouse_protocol::id::{AccountId, Day, FamilyId, Hash, KeyId};
use treehouse_protocol::kem::Suite;
use treehouse_protocol::keys::{Bundle, PrivateKeys};
use treehouse_protocol::registry::{GranteeKind, Method, Purpose};
use treehouse_protocol::sign::{Signed, SigningKey};
use treehouse_protocol::trust::{Attestation, Listing, Trust};

use crate::seeds;

/// The day on which it begins.
pub const DAY: u32 = 20_000;
/// Guardians; bob comes back with a new key, and dora is of another family.
pub const PEOPLE: [&str; 7] = ["alice", "bob", "bob anew", "carol", "dave", "erin", "dora"];
pub const DEVICES: [(&str, Suite); 3] =
    [("camera", Suite::X25519), ("bear", Suite::XWing), ("emma's tablet", Suite::XWing)];

/// A guardian.
pub struct Person {
    pub bundle: Bundle,
    pub keys: PrivateKeys,
    pub vpc: Signed,
}

impl Person {
    pub fn new(name: &str) -> Self {
        let bundle = Bundle::from_seed(seeds::seed(name));
        let keys = bundle.keys();
        // Who comes back has the same account as before.
        let account: AccountId = seeds::id(&format!("{} account", name.replace(" anew", "")));
        let attestation = Attestation {
            account,
            key: keys.sig.verify_key(),
            method: Method::SignedForm,
            evidence: Hash::of(b"evidence"),
            day: Day(DAY),
        };
        let vpc = Signed::sign(&signing_key("attester"), &attestation);
        Self { bundle, keys, vpc }
    }

    pub fn id(&self) -> KeyId {
        self.keys.sig.id()
    }

    /// The first link of a family.
    pub fn found(&self, family: FamilyId) -> Vec<u8> {
        let genesis = Genesis { by_teen: false, keys: self.keys.public(), vpc: self.vpc.clone() };
        pen::found(family, genesis, Day(DAY), &self.keys.sig)
    }
}

pub fn signing_key(name: &str) -> SigningKey {
    SigningKey::from_seed(&seeds::seed(name))
}

pub fn device(name: &str) -> PrivateKeys {
    let suite = DEVICES.iter().find(|device| device.0 == name).unwrap().1;
    PrivateKeys::from_seed(suite, &seeds::seed(name))
}

pub fn service() -> PrivateKeys {
    PrivateKeys::from_seed(Suite::XWing, &seeds::seed("moderation"))
}

/// The service's listing, signed.
pub fn listing() -> Vec<u8> {
    let listing = Listing {
        kind: GranteeKind::Service,
        name: "svc:moderation".to_owned(),
        purpose: Purpose::Moderation,
        keys: service().public(),
        not_before: Day(DAY),
        expires: Day(DAY + 390),
    };
    Signed::sign(&signing_key("root"), &listing).to_bytes()
}

pub fn trust() -> Trust {
    let listing = Signed::from_bytes(&listing()).unwrap();
    Trust::default()
        .with_attester(signing_key("attester").verify_key())
        .with_server(signing_key("server").verify_key())
        .with_listing(&listing, &signing_key("root").verify_key())
        .unwrap()
}
