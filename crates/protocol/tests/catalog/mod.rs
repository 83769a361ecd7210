//! One of everything that TH/1 encodes: each structure in all of its forms, with the same as plain
//! values. `peer_cbor.rs` fails if a structure of the crate is missing here.
#![expect(dead_code, reason = "each test file uses the parts that it needs")]

use serde_json::Value;
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::Link;
use treehouse_protocol::chain::body::{Body, Genesis};
use treehouse_protocol::error::Refused;
use treehouse_protocol::sign::{Signed, VerifyKey};

use crate::house::{House, person};

mod chain;
pub mod data;
mod plain;
mod words;

/// One encoding.
pub struct Item {
    /// The type that it encodes, by its path in the crate; empty for what is only signed or bound
    /// and never decoded.
    pub structure: &'static str,
    pub name: String,
    pub bytes: Vec<u8>,
    /// The same as plain values.
    pub plain: Value,
    /// Decodes, and encodes again.
    pub again: fn(&[u8]) -> Result<Vec<u8>, Refused>,
    /// The same as the payload of a `COSE_Sign1`, where there is such.
    pub signed: Option<Statement>,
}

/// Something signed.
pub struct Statement {
    pub message: Vec<u8>,
    pub key: VerifyKey,
    /// Verifies a message and encodes again what it says.
    pub verify: fn(&Signed, &VerifyKey) -> Result<Vec<u8>, Refused>,
}

impl Item {
    fn new<T: Canonical>(
        structure: &'static str,
        name: impl Into<String>,
        value: &T,
        plain: Value,
    ) -> Self {
        Self {
            structure,
            name: name.into(),
            bytes: value.to_bytes(),
            plain,
            again: |bytes| T::from_bytes(bytes).map(|value| value.to_bytes()),
            signed: None,
        }
    }

    /// With the message in which it stands.
    fn signed<T: Canonical>(mut self, message: &Signed, key: VerifyKey) -> Self {
        self.signed = Some(Statement {
            message: message.to_bytes(),
            key,
            verify: |message, key| message.verify::<T>(key).map(|value| value.to_bytes()),
        });
        self
    }
}

/// All of them.
pub fn all() -> Vec<Item> {
    let house = chain::with_every_link();
    let links = links(&house);
    let mut items = words::all(&house, &links);
    items.extend(links);
    items.extend(data::all());
    let messages = items.iter().filter_map(|item| {
        let message = Signed::from_bytes(&item.signed.as_ref()?.message).unwrap();
        let (name, plain) = (format!("{}, signed", item.name), plain::sign1(&message));
        Some(Item::new("sign::Signed", name, &message, plain))
    });
    let messages: Vec<_> = messages.collect();
    items.extend(messages);
    items
}

/// The links of the chain, and one that founds a teen's own family.
fn links(house: &House) -> Vec<Item> {
    let teen = person(&mut house.rng.clone(), &house.attester);
    let genesis = Genesis { by_teen: true, keys: teen.keys.public(), vpc: teen.vpc };
    let body = Body::Genesis(Box::new(genesis));
    let link: Link = message(&house.links[0]).verify(&house.owner.keys.sig.verify_key()).unwrap();
    let founding = Link { body, ..link }.sign(&teen.keys.sig);
    let mut items = vec![self::link(&founding, teen.keys.sig.verify_key())];
    for bytes in &house.links {
        let signer = message(bytes).signer();
        let mut members = house.family.members();
        let member = members.find(|(kid, _)| *kid == signer);
        let key = member.map_or(house.server.verify_key(), |(_, member)| member.keys.sig);
        items.push(self::link(bytes, key));
    }
    items
}

fn link(bytes: &[u8], key: VerifyKey) -> Item {
    let message = message(bytes);
    let link: Link = message.verify(&key).unwrap();
    let name = format!("link {} ({:?})", link.seq, link.body.link_type());
    Item::new("chain::link::Link", name, &link, plain::link(&link)).signed::<Link>(&message, key)
}

fn message(bytes: &[u8]) -> Signed {
    Signed::from_bytes(bytes).unwrap()
}
