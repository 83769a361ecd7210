//! Writing: the links that a guardian's client, a teen's or a toy's adds to a chain, as a batch
//! that the server takes as a whole or not at all.

use rand_core::CryptoRng;

use crate::category::{CategoryKey, KeyName};
use crate::chain::body::{Body, Genesis, KeyVersion, KeyVersions};
use crate::chain::family::Family;
use crate::chain::link::Link;
use crate::chain::replay::ChainRefused;
use crate::grant::{Grant, HEADERS_MAX, Header};
use crate::id::{ChildId, Day, FamilyId, Hash, KeyId};
use crate::kem::KemPublic;
use crate::keys::Bundle;
use crate::registry::{Category, Coded, GranteeKind, Purpose, Rights};
use crate::sign::SigningKey;
use crate::sorted::{Map, Set};
use crate::trust::Trust;

/// Signs links one after the other, each checked as everybody else will check it.
#[derive(Debug)]
pub struct Pen<'a> {
    family: Family,
    key: &'a SigningKey,
    trust: &'a Trust,
    day: Day,
    links: Vec<Vec<u8>>,
}

/// The first link of a family: signed by its founder.
#[must_use]
pub fn found(family: FamilyId, genesis: Genesis, day: Day, key: &SigningKey) -> Vec<u8> {
    let body = Body::Genesis(Box::new(genesis));
    Link { family, seq: 0, prev: Hash::NONE, day, body }.sign(key)
}

impl<'a> Pen<'a> {
    /// A pen that continues `family` with links of `key`, dated `day`.
    #[must_use]
    pub fn new(family: &Family, key: &'a SigningKey, trust: &'a Trust, day: Day) -> Self {
        Self { family: family.clone(), key, trust, day, links: Vec::new() }
    }

    /// Writes one link, and answers its hash.
    ///
    /// # Errors
    /// The link breaks a rule; nothing was written.
    pub fn write(&mut self, body: Body) -> Result<Hash, ChainRefused> {
        let seen = self.family.seen();
        let (family, seq, prev) = (self.family.id(), seen.seq + 1, seen.head);
        let link = Link { family, seq, prev, day: self.day, body }.sign(self.key);
        self.family.apply(&link, self.trust, self.day)?;
        self.links.push(link);
        Ok(self.family.seen().head)
    }

    /// The family as it will be when the batch is taken.
    #[must_use]
    pub const fn family(&self) -> &Family {
        &self.family
    }

    /// The batch, to be sent as a whole.
    #[must_use]
    pub fn finish(self) -> Vec<Vec<u8>> {
        self.links
    }

    /// Makes the first or the next key of some categories of a child, in one link. A maker with a
    /// bundle keeps its own copies there.
    ///
    /// # Errors
    /// The signer may not make keys for this child.
    pub fn make_keys(
        &mut self,
        child: ChildId,
        categories: &[Category],
        bundle: Option<&Bundle>,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<(KeyName, CategoryKey)>, ChainRefused> {
        let categories: Set<_> = categories.iter().copied().collect();
        // Room for all of them: a vector that grows leaves keys behind.
        let mut made = Vec::with_capacity(categories.len());
        let mut versions = Vec::new();
        for category in categories {
            let line = self.family.keys(child, category);
            let last = line.and_then(|line| line.current()).map_or(0, |made| made.version.version);
            let family = self.family.id();
            let name = KeyName { family, child, category, version: last.saturating_add(1) };
            let key = CategoryKey::generate(rng);
            versions.push(KeyVersion {
                category,
                version: name.version,
                commitment: key.commitment(),
                drop_box: key.drop_box_public(),
                wrapped: bundle.map(|bundle| key.wrap(bundle, &name)),
            });
            made.push((name, key));
        }
        self.write(Body::KeyVersion(KeyVersions { child, versions }))?;
        Ok(made)
    }

    /// Consents: grants `headers` to one grantee under one encapsulation.
    ///
    /// # Errors
    /// The headers don't fit together, or the chain's rules forbid the grant.
    pub fn consent(
        &mut self,
        headers: Vec<(Header, Option<&CategoryKey>)>,
        grantee: &KemPublic,
        rng: &mut dyn CryptoRng,
    ) -> Result<Hash, ChainRefused> {
        let seq = self.family.seen().seq + 1;
        let refused = |cause| ChainRefused { seq, link_type: None, cause };
        let grant = Grant::seal(headers, grantee, rng).map_err(refused)?;
        self.write(Body::Grant(grant))
    }

    /// Replaces every key that is due and that the signer may replace, and grants the new ones to
    /// everybody who still holds a grant on the old ones, also one that is yet to begin, on the same
    /// terms; and to whoever made the old ones and still decides for the child, as that guardian
    /// read by having made them.
    ///
    /// Together with the link that takes a reader out, this is the batch that
    /// [`Family::append`] asks for.
    ///
    /// # Errors
    /// The signer is frozen.
    pub fn rotate(
        &mut self,
        bundle: Option<&Bundle>,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<(KeyName, CategoryKey)>, ChainRefused> {
        let mut due: Map<ChildId, Vec<Category>> = Map::new();
        let signer = self.key.id();
        for (child, category) in self.family.due() {
            if self.family.decides_for(signer, child) {
                due.get_or_default(child).push(category);
            }
        }
        let count = due.values().map(Vec::len).sum();
        let mut made = Vec::with_capacity(count);
        for (child, categories) in due {
            made.extend(self.make_keys(child, &categories, bundle, rng)?);
        }
        // After all keys, so that a grantee needs one consent and not one for each child.
        self.grant_again(&made, rng)?;
        Ok(made)
    }

    /// Grants new versions to the makers of the versions before them, and to the holders of live
    /// grants on those.
    fn grant_again(
        &mut self,
        new: &[(KeyName, CategoryKey)],
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ChainRefused> {
        let mut consents: Map<(KeyId, u8), Vec<Vec<Again<'_>>>> = Map::new();
        for granted in self.family.standing_grants(self.day) {
            let old = &granted.header;
            let follows = |(name, _): &&(KeyName, CategoryKey)| {
                KeyName { version: name.version - 1, ..*name } == old.key
            };
            let Some((name, key)) = new.iter().find(follows) else {
                continue;
            };
            // Whoever is no longer listed, or not for this, isn't granted again.
            if self.sealing_key(old).is_none() {
                continue;
            }
            let not_before = old.not_before.max(self.day);
            let mut header = Header { key: *name, not_before, nonce: [0; 16], ..old.clone() };
            rng.fill_bytes(&mut header.nonce);
            let key = old.rights.reads().then_some(key);
            let grantee = (old.grantee, old.grantee_kind.code());
            add_again(consents.get_or_default(grantee), (header, key));
        }
        for (name, key) in new {
            if let Some(header) = self.to_maker(name, rng) {
                let grantee = (header.grantee, header.grantee_kind.code());
                add_again(consents.get_or_default(grantee), (header, Some(key)));
            }
        }
        for headers in consents.into_iter().flat_map(|(_, headers)| headers) {
            if let Some(public) = self.sealing_key(&headers[0].0) {
                self.consent(headers, &public, rng)?;
            }
        }
        Ok(())
    }

    /// What the guardian who made the version before is granted of a new one; `None` if that's the
    /// signer, or somebody who no longer decides.
    fn to_maker(&self, name: &KeyName, rng: &mut dyn CryptoRng) -> Option<Header> {
        let (family, child) = (&self.family, name.child);
        let maker = family.keys(child, name.category)?.version(name.version - 1)?.maker;
        let decides = maker != self.key.id() && family.decides_for(maker, child);
        let to = &family.member(maker).filter(|_| decides)?.keys.kem;
        // It consented itself; of the notices here, the one of the latest consent is the nearest.
        let latest = family.grants.newest(|granted| granted.header.key.child == child);
        let mut header = Header {
            suite: to.suite(),
            key: *name,
            grantee_kind: GranteeKind::Guardian,
            grantee: to.id(),
            rights: Rights::GUARDIAN,
            purpose: Purpose::Care,
            notice: latest.map_or(Hash::NONE, |granted| granted.header.notice),
            not_before: self.day,
            expires: None,
            nonce: [0; 16],
        };
        rng.fill_bytes(&mut header.nonce);
        Some(header)
    }

    /// To which key this is granted, if its grantee may be granted it on the pen's day.
    fn sealing_key(&self, header: &Header) -> Option<KemPublic> {
        let Header { grantee, grantee_kind: kind, purpose, .. } = header;
        if kind.is_listed() {
            let mut listings = self.trust.listings(*grantee);
            let listing = listings.find(|listing| {
                listing.is_listed_on(self.day)
                    && (listing.kind, listing.purpose) == (*kind, *purpose)
            })?;
            return Some(listing.keys.kem.clone());
        }
        let member = self.family.sealing.get(grantee).and_then(|kid| self.family.member(*kid));
        member.map(|member| member.keys.kem.clone())
    }
}

/// A header that is granted again, with its key.
type Again<'k> = (Header, Option<&'k CategoryKey>);

/// Adds a header to the consents of one grantee. One consent can't name a key twice for a purpose,
/// but grants can: what lies within the time of another with the same rights is dropped, and
/// anything else goes into a consent of its own.
fn add_again<'k>(consents: &mut Vec<Vec<Again<'k>>>, new: Again<'k>) {
    let until = |header: &Header| header.expires.unwrap_or(Day(u32::MAX));
    let covers = |long: &Header, short: &Header| {
        long.not_before <= short.not_before && until(short) <= until(long)
    };
    let alike = |old: &Header| (old.key, old.purpose) == (new.0.key, new.0.purpose);
    for (old, _) in consents.iter_mut().flatten() {
        if alike(old) && old.rights == new.0.rights {
            if covers(old, &new.0) {
                return;
            }
            if covers(&new.0, old) {
                *old = new.0;
                return;
            }
        }
    }
    let room = consents
        .iter_mut()
        .find(|headers| headers.len() < HEADERS_MAX && !headers.iter().any(|(old, _)| alike(old)));
    match room {
        Some(headers) => headers.push(new),
        None => consents.push(vec![new]),
    }
}
