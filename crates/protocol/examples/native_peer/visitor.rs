//! A native toy and a native guardian who are let into a browser's family.

use serde_json::{Value, json};
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::body::{GuardianAdd, NewKey};
use treehouse_protocol::chain::{Family, Keyring};
use treehouse_protocol::franking::Franking;
use treehouse_protocol::id::{ChildId, FamilyId, Hash, RecordId};
use treehouse_protocol::kem::Suite;
use treehouse_protocol::keys::{Bundle, PrivateKeys};
use treehouse_protocol::record::{self, Expected, Header, Root};
use treehouse_protocol::registry::{Coded, Role};
use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::Signed;

use crate::household::{device_add, key_text};
use crate::place::{DAY, Place, keys_json};
use crate::{Answer, bytes, fixed, hex};

pub struct Visitors {
    toy: PrivateKeys,
    guardian: PrivateKeys,
    inside: Option<(Family, Keyring)>,
}

impl Visitors {
    pub fn come(place: &mut Place, request: &Value) -> Self {
        let suite = request["suite"].as_u64().and_then(|code| u8::try_from(code).ok());
        let suite = Suite::from_code(suite.unwrap()).unwrap();
        Self {
            toy: PrivateKeys::from_seed(suite, &Secret::random(&mut place.rng)),
            guardian: Bundle::from_seed(Secret::random(&mut place.rng)).keys(),
            inside: None,
        }
    }

    /// Public keys and proofs that both want in.
    pub fn knock(&self, place: &mut Place, request: &Value) -> Value {
        let family = FamilyId::from_bytes(fixed(&request["family"]));
        let child = ChildId::from_bytes(fixed(&request["child"]));
        let toy = device_add(self.toy.public(), child).accepted(family, &self.toy.sig);
        let join = GuardianAdd {
            keys: self.guardian.public(),
            vpc: place.attest(self.guardian.sig.verify_key()),
            role: Role::Carer,
            children: vec![child],
            accept_sig: [0; 64],
        };
        let join = join.accepted(family, &self.guardian.sig);
        json!({
            "device": keys_json(&toy.keys),
            "deviceAccept": hex(&toy.accept_sig),
            "guardian": keys_json(&join.keys),
            "guardianVpc": hex(&join.vpc.to_bytes()),
            "guardianAccept": hex(&join.accept_sig),
        })
    }

    /// Replays the chain, as anybody does, and opens what was granted to each.
    pub fn enter(&mut self, place: &Place, request: &Value) -> Answer {
        let links = request["links"].as_array().unwrap();
        let links: Vec<_> = links.iter().map(bytes).collect();
        let slices = || links.iter().map(Vec::as_slice);
        let pinned = Hash::from_bytes(fixed(&request["pinned"]));
        let family = Family::replay(pinned, slices(), &place.trust, DAY)?;
        let mut toy = Keyring::default();
        let mut guardian = Keyring::default();
        let refused = [
            toy.open_grants(&family, slices(), &self.toy.kem, DAY)?,
            guardian.open_grants(&family, slices(), &self.guardian.kem, DAY)?,
        ];
        assert!(refused.iter().all(Vec::is_empty), "an honest grant opens");
        let answer = json!({ "device": ring_json(&toy), "guardian": ring_json(&guardian) });
        self.inside = Some((family, guardian));
        Ok(answer)
    }

    /// Opens a record as the guardian, and answers it as the toy, which only writes.
    pub fn reply(&mut self, place: &mut Place, request: &Value) -> Answer {
        let (family, keyring) = self.inside.as_ref().expect("enter first");
        let signed = Signed::from_bytes(&bytes(&request["record"]))?;
        let record = record::check_in(&signed, family, &place.trust)?;
        let name = record.header().name;
        let key = keyring.key(&name).ok_or("no key for this record")?;
        let opened = record.open(key, &Expected { name, record: None })?;

        let header = Header {
            name,
            record: RecordId::random(&mut place.rng),
            ver: 1,
            writer: self.toy.sig.id(),
            day: DAY,
            seq: family.seen().seq,
        };
        let line = family.keys(name.child, name.category).unwrap();
        let reply = record::seal(
            &header,
            Root::DropBox(&line.current().unwrap().version.drop_box),
            b"the toy has heard it",
            Franking::Without,
            &self.toy.sig,
            &mut place.rng,
        )?;
        Ok(json!({
            "plain": hex(&opened.plain),
            "reply": hex(&reply.to_bytes()),
        }))
    }
}

fn ring_json(keyring: &Keyring) -> Value {
    let keys = keyring.keys().map(|(name, key)| key_text(&(*name, key.clone())));
    keys.collect()
}
