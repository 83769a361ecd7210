//! Opening: the category keys that somebody holds, from the grants of a chain and from the copies
//! that it made for itself.

use crate::category::{CategoryKey, KeyName};
use crate::cbor::Canonical;
use crate::chain::CHAIN;
use crate::chain::body::{Body, Recover};
use crate::chain::family::Family;
use crate::chain::link::Link;
use crate::error::{Refused, require};
use crate::grant::{Grant, Header};
use crate::id::{Day, Hash};
use crate::kem::KemPrivate;
use crate::keys::Bundle;
use crate::sign::Signed;
use crate::sorted::Map;

/// Category keys by name; each is the one that the chain commits to. Wiped when dropped.
///
/// Each lies in a box of its own: a list that grows moves its entries, and leaves behind what
/// stood in them.
#[derive(Debug, Clone, Default)]
pub struct Keyring(Map<KeyName, Box<CategoryKey>>);

impl Keyring {
    /// The key with this name.
    #[must_use]
    pub fn key(&self, name: &KeyName) -> Option<&CategoryKey> {
        self.0.get(name).map(Box::as_ref)
    }

    /// All keys, by name.
    pub fn keys(&self) -> impl Iterator<Item = (&KeyName, &CategoryKey)> {
        self.0.iter().map(|(name, key)| (name, key.as_ref()))
    }

    /// Adds keys that the holder has just made.
    pub fn extend(&mut self, made: Vec<(KeyName, CategoryKey)>) {
        for (name, key) in made {
            self.0.insert(name, Box::new(key));
        }
    }

    /// Adds what the holder of `bundle` wrapped for itself when it made keys. Answers the copies
    /// that don't open.
    pub fn open_own_copies(&mut self, family: &Family, bundle: &Bundle) -> Vec<(KeyName, Refused)> {
        let holder = bundle.keys().sig.id();
        let mut refused = Vec::new();
        for (name, made) in family.made_by(holder) {
            let Some(wrapped) = &made.wrapped else {
                continue;
            };
            match CategoryKey::unwrap(wrapped, bundle, &name, made.commitment) {
                Ok(key) => self.0.insert(name, Box::new(key)),
                Err(cause) => refused.push((name, cause)),
            }
        }
        refused
    }

    /// Adds the keys of all grants among `links` to the holder of `keys` that hold on `day`.
    /// Answers the grants, by the hash of their header, that don't open or hold another key than
    /// the family agreed on: one bad grant must not hide the others.
    ///
    /// # Errors
    /// A link isn't part of the family's chain.
    pub fn open_grants<'a>(
        &mut self,
        family: &Family,
        links: impl IntoIterator<Item = &'a [u8]>,
        keys: &KemPrivate,
        day: Day,
    ) -> Result<Vec<(Hash, Refused)>, Refused> {
        let grantee = keys.public().id();
        let mut refused = Vec::new();
        for link in links {
            // A toy that brings a guardian back hands over what it may read in the same link.
            let (Body::Grant(grant) | Body::Recover(Recover::Complete { grant: Some(grant), .. })) =
                family.link(link)?.body
            else {
                continue;
            };
            // What is on the ring already isn't opened again: an encapsulation is slow.
            let adds = |header: &Header| {
                header.rights.reads()
                    && family.grant_holds(header, day)
                    && !self.0.contains_key(&header.key)
            };
            if grant.first().grantee == grantee && grant.headers().any(adds) {
                self.open_grant(family, &grant, keys, day, &mut refused);
            }
        }
        Ok(refused)
    }

    fn open_grant(
        &mut self,
        family: &Family,
        grant: &Grant,
        keys: &KemPrivate,
        day: Day,
        refused: &mut Vec<(Hash, Refused)>,
    ) {
        let live = |header: &&Header| family.grant_holds(header, day);
        let opened = match grant.open(keys) {
            Ok(opened) => opened,
            Err(cause) => {
                let hashes = grant.headers().filter(live).map(Header::hash);
                refused.extend(hashes.map(|hash| (hash, cause.clone())));
                return;
            }
        };
        let items = grant.headers().zip(opened);
        for (header, key) in items.filter(|(header, _)| live(header)) {
            match key.map(|key| family.granted_key(header, key, day)) {
                Some(Ok(key)) => self.0.insert(header.key, Box::new(key)),
                Some(Err(cause)) => refused.push((header.hash(), cause)),
                None => {}
            }
        }
    }
}

impl Family {
    /// A link of this chain. Its signature isn't checked again: replay did, and remembers the
    /// hash of exactly these bytes.
    ///
    /// # Errors
    /// It isn't part of the chain.
    pub fn link(&self, bytes: &[u8]) -> Result<Link, Refused> {
        let link: Link = Signed::from_bytes(bytes)?.decode_unverified()?;
        let index = usize::try_from(link.seq).unwrap_or(usize::MAX);
        let replayed = self.heads.get(index) == Some(&Hash::of(bytes));
        require(replayed, CHAIN, "links", "must be those that were replayed")?;
        Ok(link)
    }
}
