//! The key store: the deployment's secrets and the outer keys, in a database of their own.

use treehouse_protocol::category::KeyName;
use treehouse_protocol::id::{ChildId, FamilyId};
use treehouse_protocol::registry::Coded;

use super::args;
use super::db::{Db, StoreError, Tx, Value, Write, statements};
use crate::domain::data::Shelf;

statements! {
    FIND_DEPLOYMENT = "SELECT wrapped FROM deployment WHERE name = $1";
    PUT_DEPLOYMENT = "INSERT INTO deployment (name, wrapped) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    FIND = "SELECT sealed FROM outer_key WHERE family_id = $1 AND child_id = $2 AND category = $3 AND version = $4";
    INSERT = "INSERT INTO outer_key (family_id, child_id, category, version, sealed) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (family_id, child_id, category, version) DO NOTHING";
    COUNT_SHELF = "SELECT COUNT(*) FROM outer_key WHERE family_id = $1 AND child_id = $2 AND category = $3 AND version <= $4";
    COUNT_CHILD = "SELECT COUNT(*) FROM outer_key WHERE family_id = $1 AND child_id = $2";
    COUNT_FAMILY = "SELECT COUNT(*) FROM outer_key WHERE family_id = $1";
    DESTROY_SHELF = "DELETE FROM outer_key WHERE family_id = $1 AND child_id = $2 AND category = $3 AND version <= $4";
    DESTROY_CHILD = "DELETE FROM outer_key WHERE family_id = $1 AND child_id = $2";
    DESTROY_FAMILY = "DELETE FROM outer_key WHERE family_id = $1";
}

/// The wrapped secrets of the deployment.
pub async fn deployment(db: &Db, name: &'static str) -> Result<Option<Vec<u8>>, StoreError> {
    db.row(FIND_DEPLOYMENT, args![name]).await?.map(|row| row.blob(0)).transpose()
}

/// Keeps the deployment's secrets, unless there are some: what two first starts made at once,
/// only one of them keeps.
#[derive(Debug)]
pub struct PutDeployment {
    /// Which.
    pub name: &'static str,
    /// Wrapped by the root key.
    pub wrapped: Vec<u8>,
}

impl Write for PutDeployment {
    const NAME: &'static str = "put-deployment";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        tx.execute(PUT_DEPLOYMENT, args![self.name, self.wrapped.clone()]).await.map(drop)
    }
}

/// The sealed outer key with this name.
pub async fn find(db: &Db, key: &KeyName) -> Result<Option<Vec<u8>>, StoreError> {
    let name = args![key.family, key.child, i64::from(key.category.code()), i64::from(key.version)];
    db.row(FIND, name).await?.map(|row| row.blob(0)).transpose()
}

/// Keeps a new outer key, unless there is one.
#[derive(Debug)]
pub struct Put {
    /// Its name.
    pub key: KeyName,
    /// The sealed key.
    pub sealed: Vec<u8>,
}

impl Write for Put {
    const NAME: &'static str = "put-outer-key";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let KeyName { family, child, category, version } = self.key;
        let (category, version) = (i64::from(category.code()), i64::from(version));
        let row = args![family, child, category, version, self.sealed.clone()];
        tx.execute(INSERT, row).await.map(drop)
    }
}

/// Destroys outer keys: every copy of what they sealed is dead from here on.
#[derive(Debug, Clone, Copy)]
pub enum Destroy {
    /// Those of one shelf, up to a version.
    Shelf(Shelf, u32),
    /// All of a child's.
    Child(FamilyId, ChildId),
    /// All of a family's.
    Family(FamilyId),
}

impl Destroy {
    fn which(self) -> Vec<Value> {
        match self {
            Self::Shelf(Shelf { family, child, category }, version) => {
                args![family, child, i64::from(category.code()), i64::from(version)]
            }
            Self::Child(family, child) => args![family, child],
            Self::Family(family) => args![family],
        }
    }
}

/// How many keys this would destroy.
pub async fn count(db: &Db, what: Destroy) -> Result<u64, StoreError> {
    let sql = match what {
        Destroy::Shelf(..) => COUNT_SHELF,
        Destroy::Child(..) => COUNT_CHILD,
        Destroy::Family(_) => COUNT_FAMILY,
    };
    db.row(sql, what.which()).await?.map_or(Ok(0), |row| row.u64(0))
}

impl Write for Destroy {
    const NAME: &'static str = "destroy-outer-keys";
    /// How many.
    type Output = u64;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<u64, StoreError> {
        let sql = match self {
            Self::Shelf(..) => DESTROY_SHELF,
            Self::Child(..) => DESTROY_CHILD,
            Self::Family(_) => DESTROY_FAMILY,
        };
        tx.execute(sql, self.which()).await
    }
}
