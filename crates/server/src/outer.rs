//! The outer layer (TH/1 section 10): what families store is sealed once more under keys that the
//! server can destroy. The keys lie in a database of their own, sealed under one of the
//! deployment's secrets, which is wrapped by the root key.

use std::sync::Arc;

use quick_cache::sync::Cache;
use rand_core::CryptoRng;
use treehouse_protocol::category::KeyName;
use treehouse_protocol::cbor::Writer;
use treehouse_protocol::outer::{self, OuterKey};
use treehouse_protocol::registry::Coded;
use treehouse_protocol::secret::Secret;
use zeroize::Zeroizing;

use crate::domain::data::Shelf;
use crate::error::Error;
use crate::store::db::Db;
use crate::store::outer_key::{self, Destroy, Put};

/// Outer keys that are kept at hand.
const CACHED_MAX: usize = 65_536;

/// The outer keys of all families.
#[derive(Clone)]
pub struct OuterKeys {
    db: Db,
    sealing: OuterKey,
    cache: Arc<Cache<KeyName, OuterKey>>,
}

impl OuterKeys {
    /// The keys in `db`, sealed under `sealing`.
    #[must_use]
    pub fn new(db: Db, sealing: OuterKey) -> Self {
        Self { db, sealing, cache: Arc::new(Cache::new(CACHED_MAX)) }
    }

    /// The key store's database, for health checks.
    #[must_use]
    pub const fn db(&self) -> &Db {
        &self.db
    }

    /// The key with this name, or a new one.
    ///
    /// # Errors
    /// The key store fails.
    pub async fn for_writing(
        &self,
        name: &KeyName,
        rng: &mut (dyn CryptoRng + Send),
    ) -> Result<OuterKey, Error> {
        if let Some(key) = self.find(name).await? {
            return Ok(key);
        }
        let fresh = OuterKey::generate(rng);
        let sealed = outer::seal(&self.sealing, &place(name), fresh.secret().expose(), rng)?;
        self.db.write(Put { key: *name, sealed }).await?;
        // Two writers may have made one each; the one that was kept counts.
        self.find(name).await?.ok_or(Error::Conflict("its key was destroyed meanwhile"))
    }

    /// The key with this name.
    ///
    /// # Errors
    /// The key store fails; [`Error::NotFound`] if the key was destroyed.
    pub async fn for_reading(&self, name: &KeyName) -> Result<OuterKey, Error> {
        self.find(name).await?.ok_or(Error::NotFound)
    }

    async fn find(&self, name: &KeyName) -> Result<Option<OuterKey>, Error> {
        if let Some(key) = self.cache.get(name) {
            return Ok(Some(key));
        }
        let Some(sealed) = outer_key::find(&self.db, name).await? else {
            return Ok(None);
        };
        let bytes = Zeroizing::new(outer::open(&self.sealing, &place(name), &sealed)?);
        let bytes = <[u8; 32]>::try_from(bytes.as_slice());
        let bytes = Zeroizing::new(bytes.map_err(|_| Error::Internal("outer_key.sealed"))?);
        let key = OuterKey::from_secret(Secret::from_bytes(*bytes));
        self.cache.insert(*name, key.clone());
        Ok(Some(key))
    }

    /// How many keys [`OuterKeys::destroy`] would destroy.
    ///
    /// # Errors
    /// The key store fails.
    pub async fn count(&self, what: Destroy) -> Result<u64, Error> {
        Ok(outer_key::count(&self.db, what).await?)
    }

    /// Destroys keys, in the store and at hand: whatever they sealed is dead.
    ///
    /// # Errors
    /// The key store fails; then nothing counts as destroyed.
    pub async fn destroy(&self, what: Destroy) -> Result<u64, Error> {
        let count = self.db.write(what).await?;
        self.cache.retain(|name, _| match what {
            Destroy::Shelf(of, version) => Shelf::of(name) != of || name.version > version,
            Destroy::Child(family, child) => name.family != family || name.child != child,
            Destroy::Family(family) => name.family != family,
        });
        Ok(count)
    }
}

impl std::fmt::Debug for OuterKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OuterKeys(●●)")
    }
}

fn place(name: &KeyName) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.array(5).text("outer-key").bytes(name.family.bytes()).bytes(name.child.bytes());
    writer.uint(name.category.code()).uint(name.version);
    writer.into_bytes()
}
