//! Writing the next links of a chain, as one batch (sections 3 to 5).

use rand_core::Rng;
use treehouse_protocol::category::{CategoryKey, KeyName};
use treehouse_protocol::chain::body::{Body, Erase, GuardianRemove, Policy, Promote};
use treehouse_protocol::chain::family::Standing;
use treehouse_protocol::chain::{self, ChainRefused};
use treehouse_protocol::error::Refused;
use treehouse_protocol::grant::Header;
use treehouse_protocol::id::{ChildId, Day, Hash, KeyId};
use treehouse_protocol::keys::{Bundle, PublicKeys as Keys};
use treehouse_protocol::registry::{Anchor, Category, GranteeKind, Rights};
use treehouse_protocol::sign::SigningKey;
use treehouse_protocol::sorted::Set;
use treehouse_protocol::trust;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::PageRandom;
use crate::device::device_add;
use crate::family::Family;
use crate::guardian::{Guardian, accept_sig, guardian_add};
use crate::js::{
    Thrown, Uint8Array, all_bytes, argument, bytes, day, fixed, id, kid, list, small, whole, word,
    words,
};
use crate::keyring::Keyring;
use crate::principal::{PublicKeys, Trust};

#[wasm_bindgen]
extern "C" {
    /// One thing that a grantee shall be allowed, as a plain object.
    #[wasm_bindgen(typescript_type = "Terms")]
    pub type Terms;
    #[wasm_bindgen(method, getter, structural, catch)]
    fn child(this: &Terms) -> Result<Vec<u8>, JsValue>;
    #[wasm_bindgen(method, getter, structural, catch)]
    fn category(this: &Terms) -> Result<String, JsValue>;
    #[wasm_bindgen(method, getter, structural, catch)]
    fn rights(this: &Terms) -> Result<f64, JsValue>;
    #[wasm_bindgen(method, getter, structural, catch)]
    fn purpose(this: &Terms) -> Result<String, JsValue>;
    #[wasm_bindgen(method, getter, structural, catch, js_name = noticeHash)]
    fn notice_hash(this: &Terms) -> Result<Vec<u8>, JsValue>;
    #[wasm_bindgen(method, getter, structural, catch)]
    fn expires(this: &Terms) -> Result<Option<f64>, JsValue>;
}

/// Continues a family with links that a guardian signs. Each is checked as everybody else will;
/// one that is refused was not written. The server takes the batch as a whole or not at all.
#[wasm_bindgen]
pub struct Pen {
    family: chain::Family,
    key: SigningKey,
    bundle: Bundle,
    trust: trust::Trust,
    keys: chain::Keyring,
    day: Day,
    links: Vec<Vec<u8>>,
}

/// Writes with the pen of the core; answers the keys that it made.
type Writing<'w> = dyn FnMut(&mut chain::Pen<'_>, &Bundle) -> Result<Vec<(KeyName, CategoryKey)>, ChainRefused>
    + 'w;

/// Whom a grant is made to.
struct Grantee {
    kind: GranteeKind,
    keys: Keys,
}

#[wasm_bindgen]
impl Pen {
    /// A pen for a guardian who holds these keys.
    #[wasm_bindgen(constructor)]
    pub fn new(
        family: &Family,
        guardian: &Guardian,
        trust: &Trust,
        keyring: &Keyring,
        today: f64,
    ) -> Result<Pen, Thrown> {
        Ok(Self {
            family: family.inner.clone(),
            key: guardian.keys.sig.clone(),
            bundle: guardian.bundle.clone(),
            trust: trust.0.clone(),
            keys: keyring.keys.clone(),
            day: day(today)?,
            links: Vec::new(),
        })
    }

    /// Names a new child. Answers its id.
    #[wasm_bindgen(js_name = childAdd)]
    pub fn child_add(&mut self) -> Result<Vec<u8>, Thrown> {
        let child = ChildId::random(&mut PageRandom);
        self.say(Body::ChildAdd(child))?;
        Ok(child.bytes().to_vec())
    }

    /// Takes a child out of the family.
    #[wasm_bindgen(js_name = childRemove)]
    pub fn child_remove(&mut self, child: &[u8]) -> Result<Vec<u8>, Thrown> {
        self.say(Body::ChildRemove(id(child, "cid")?))
    }

    /// Links a device that has accepted.
    #[wasm_bindgen(js_name = deviceAdd)]
    pub fn device_add(
        &mut self,
        keys: &PublicKeys,
        child: Option<Vec<u8>>,
        caps: f64,
        proof: &[u8],
    ) -> Result<Vec<u8>, Thrown> {
        let add = device_add(keys, child, caps, proof)?;
        self.say(Body::DeviceAdd(Box::new(add)))
    }

    /// Unlinks a device. If it could read, `rotate` must follow.
    #[wasm_bindgen(js_name = deviceRemove)]
    pub fn device_remove(&mut self, device: &[u8]) -> Result<Vec<u8>, Thrown> {
        self.say(Body::DeviceRemove(kid(device)?))
    }

    /// Lets a guardian in who has accepted.
    #[wasm_bindgen(js_name = guardianAdd)]
    pub fn guardian_add(
        &mut self,
        keys: &PublicKeys,
        vpc: &[u8],
        #[wasm_bindgen(unchecked_param_type = "Role")] role: &str,
        children: Vec<Uint8Array>,
        proof: &[u8],
    ) -> Result<Vec<u8>, Thrown> {
        let add = guardian_add(keys, vpc, word(role)?, children, accept_sig(proof)?)?;
        self.say(Body::GuardianAdd(Box::new(add)))
    }

    /// Leaves, removes a carer, or announces that an owner is to be removed.
    #[wasm_bindgen(js_name = guardianRemove)]
    pub fn guardian_remove(&mut self, guardian: &[u8]) -> Result<Vec<u8>, Thrown> {
        let remove = GuardianRemove::Announce(kid(guardian)?);
        self.say(Body::GuardianRemove(remove))
    }

    /// Removes an owner with the signatures of others, each in the place of its key id.
    #[wasm_bindgen(js_name = guardianRemoveAgreed)]
    pub fn guardian_remove_agreed(
        &mut self,
        guardian: &[u8],
        owners: Vec<Uint8Array>,
        signatures: Vec<Uint8Array>,
    ) -> Result<Vec<u8>, Thrown> {
        let (owners, proofs) = (all_bytes(owners)?, all_bytes(signatures)?);
        let pairs = owners.iter().zip(&proofs);
        let pairs = pairs.map(|(owner, proof)| Ok((kid(owner)?, fixed(proof, "sig")?)));
        let signatures = pairs.collect::<Result<Set<_>, Thrown>>()?;
        let (guardian, signatures) = (kid(guardian)?, signatures.into_iter().collect());
        let remove = GuardianRemove::Agreed { guardian, signatures };
        self.say(Body::GuardianRemove(remove))
    }

    /// Completes the removal that this link announced, when its time lock has run out.
    #[wasm_bindgen(js_name = guardianRemoveDue)]
    pub fn guardian_remove_due(&mut self, announcement: &[u8]) -> Result<Vec<u8>, Thrown> {
        let remove = GuardianRemove::Due(hash(announcement)?);
        self.say(Body::GuardianRemove(remove))
    }

    /// Makes the first or the next key of some categories of a child. The pen can grant them.
    #[wasm_bindgen(js_name = makeKeys)]
    pub fn make_keys(
        &mut self,
        child: &[u8],
        #[wasm_bindgen(unchecked_param_type = "Category[]")] categories: Vec<JsValue>,
    ) -> Result<(), Thrown> {
        let child = id(child, "cid")?;
        let categories: Set<Category> = words(categories)?;
        let categories: Vec<_> = categories.into_iter().collect();
        self.write(&mut |pen, bundle| {
            pen.make_keys(child, &categories, Some(bundle), &mut PageRandom)
        })
    }

    /// Consents: grants these terms on the current keys to one principal, named by its signing
    /// key. Answers the hash of each grant, by which it is revoked.
    #[wasm_bindgen(unchecked_return_type = "Hash[]")]
    pub fn consent(&mut self, grantee: &[u8], terms: Vec<Terms>) -> Result<JsValue, Thrown> {
        let grantee = self.grantee(kid(grantee)?)?;
        let headers = terms.into_iter().map(|terms| self.header(&grantee, &terms));
        let headers = headers.collect::<Result<Vec<_>, _>>()?;
        let mut keys = Vec::new();
        for header in &headers {
            keys.push(self.key_for(header)?);
        }
        self.write(&mut |pen, _| {
            let carried = headers.iter().cloned().zip(keys.iter().map(Option::as_ref));
            pen.consent(carried.collect(), &grantee.keys.kem, &mut PageRandom)?;
            Ok(Vec::new())
        })?;
        Ok(list(headers.iter().map(|header| bytes(header.hash().bytes()))))
    }

    /// Ends grants, by the hashes of their headers, or calls announcements off.
    pub fn revoke(&mut self, hashes: Vec<Uint8Array>) -> Result<Vec<u8>, Thrown> {
        let hashes = all_bytes(hashes)?;
        let hashes = hashes.iter().map(|bytes| hash(bytes));
        let hashes = hashes.collect::<Result<Set<_>, _>>()?;
        self.say(Body::Revoke(hashes.into_iter().collect()))
    }

    /// Replaces the keys that are due, and grants the new ones again to whoever still may.
    pub fn rotate(&mut self) -> Result<(), Thrown> {
        self.write(&mut |pen, bundle| pen.rotate(Some(bundle), &mut PageRandom))
    }

    /// Tells which ways back to its keys this guardian has.
    #[wasm_bindgen(js_name = recoverySet)]
    pub fn recovery_set(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Anchor[]")] anchors: Vec<JsValue>,
    ) -> Result<Vec<u8>, Thrown> {
        let anchors: Set<Anchor> = words(anchors)?;
        self.say(Body::RecoverySet(anchors.into_iter().collect()))
    }

    /// Changes how the family decides.
    pub fn policy(
        &mut self,
        quorum: f64,
        timelock_days: f64,
        toy_recovery: bool,
    ) -> Result<Vec<u8>, Thrown> {
        self.say(Body::Policy(Policy {
            quorum: small(quorum, "quorum")?,
            timelock_days: whole(timelock_days, "timelock_days")?,
            toy_recovery,
        }))
    }

    /// Makes a child its own principal, with keys that have accepted.
    pub fn promote(
        &mut self,
        child: &[u8],
        keys: &PublicKeys,
        proof: &[u8],
    ) -> Result<Vec<u8>, Thrown> {
        self.say(Body::Promote(Box::new(Promote {
            child: id(child, "cid")?,
            keys: keys.0.clone(),
            accept_sig: accept_sig(proof)?,
        })))
    }

    /// Has categories of a child destroyed; none means everything.
    pub fn erase(
        &mut self,
        child: &[u8],
        #[wasm_bindgen(unchecked_param_type = "Category[]")] categories: Vec<JsValue>,
    ) -> Result<Vec<u8>, Thrown> {
        let categories: Set<Category> = words(categories)?;
        let (child, categories) = (id(child, "cid")?, categories.into_iter().collect());
        self.say(Body::Erase(Erase { child, categories }))
    }

    /// The links, to be sent as a whole. The pen is used up.
    #[wasm_bindgen(unchecked_return_type = "Uint8Array[]")]
    pub fn finish(self) -> JsValue {
        list(self.links.iter().map(|link| bytes(link)))
    }
}

impl Pen {
    /// Writes one link; answers its hash.
    fn say(&mut self, body: Body) -> Result<Vec<u8>, Thrown> {
        let mut body = Some(body);
        self.write(&mut |pen, _| {
            if let Some(body) = body.take() {
                pen.write(body)?;
            }
            Ok(Vec::new())
        })?;
        Ok(self.family.seen().head.bytes().to_vec())
    }

    /// Lends the pen of the core, which borrows what this one owns.
    fn write(&mut self, write: &mut Writing<'_>) -> Result<(), Thrown> {
        let mut pen = chain::Pen::new(&self.family, &self.key, &self.trust, self.day);
        self.keys.extend(write(&mut pen, &self.bundle)?);
        let family = pen.family().clone();
        self.links.extend(pen.finish());
        self.family = family;
        Ok(())
    }

    fn grantee(&self, signer: KeyId) -> Result<Grantee, Refused> {
        if let Some(member) = self.family.member(signer) {
            let kind = match member.standing {
                Standing::Owner { .. } | Standing::Carer { .. } => GranteeKind::Guardian,
                Standing::Device { .. } => GranteeKind::Device,
                Standing::Teen { .. } => GranteeKind::Teen,
            };
            let keys = member.keys.clone();
            return Ok(Grantee { kind, keys });
        }
        let mut listings = self.trust.listings_of_signer(signer);
        let listing = listings.find(|listing| listing.is_listed_on(self.day));
        let listing = listing.ok_or(argument("grantee", "must be a member, or be listed"))?;
        Ok(Grantee { kind: listing.kind, keys: listing.keys.clone() })
    }

    fn header(&self, grantee: &Grantee, terms: &Terms) -> Result<Header, Thrown> {
        let mut nonce = [0; 16];
        PageRandom.fill_bytes(&mut nonce);
        let rights = Rights::from_bits(small(terms.rights()?, "rights")?);
        Ok(Header {
            suite: grantee.keys.kem.suite(),
            key: current_key(&self.family, &terms.child()?, &terms.category()?)?,
            grantee_kind: grantee.kind,
            grantee: grantee.keys.kem.id(),
            rights: rights.ok_or(argument("rights", "must be 1, 2, 3, 5 or 7"))?,
            purpose: word(&terms.purpose()?)?,
            notice: hash(&terms.notice_hash()?)?,
            not_before: self.day,
            expires: terms.expires()?.map(day).transpose()?,
            nonce,
        })
    }

    /// The key that a grant carries, if it lets read.
    fn key_for(&self, header: &Header) -> Result<Option<CategoryKey>, Refused> {
        if !header.rights.reads() {
            return Ok(None);
        }
        let key = self.keys.key(&header.key);
        key.cloned().map(Some).ok_or(argument("keyring", "must hold the key"))
    }
}

/// The name of the current key of a child and category.
pub(crate) fn current_key(
    family: &chain::Family,
    child: &[u8],
    category: &str,
) -> Result<KeyName, Thrown> {
    let (child, category) = (id(child, "cid")?, word(category)?);
    let made = family.keys(child, category).and_then(|line| line.current());
    let made = made.ok_or(argument("category", "must have a key already"))?;
    Ok(KeyName { family: family.id(), child, category, version: made.version.version })
}

fn hash(bytes: &[u8]) -> Result<Hash, Thrown> {
    fixed(bytes, "hash").map(Hash::from_bytes)
}
