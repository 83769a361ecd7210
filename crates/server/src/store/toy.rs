//! Toys: their tokens, and what a family notes of them beside the chain.

use treehouse_protocol::id::{FamilyId, Hash, KeyId};

use super::db::{Db, Row, StoreError, Tx, Write, statements};
use super::{args, family, pairing};
use crate::access::{Permit, action};

statements! {
    PUT = "INSERT INTO toy (family_id, key_id, token_hash, state, last_contact_day, linked_ms) VALUES ($1, $2, $3, 0, $4, $5) ON CONFLICT (family_id, key_id) DO UPDATE SET token_hash = excluded.token_hash, state = 0, last_contact_day = excluded.last_contact_day";
    FIND_BY_TOKEN = "SELECT family_id, key_id, state, last_contact_day FROM toy WHERE token_hash = $1";
    LIST = "SELECT key_id, state, name_sealed, last_contact_day, linked_ms FROM toy WHERE family_id = $1 ORDER BY key_id LIMIT 1024";
    SET_STATE = "UPDATE toy SET state = $3 WHERE family_id = $1 AND key_id = $2 AND state < $3";
    SET_NAME = "UPDATE toy SET name_sealed = $3 WHERE family_id = $1 AND key_id = $2";
    SET_CONTACT = "UPDATE toy SET last_contact_day = $3 WHERE family_id = $1 AND key_id = $2 AND last_contact_day < $3";
}

/// What the server asks of a toy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ToyState {
    /// It belongs to the family.
    Linked,
    /// It must forget everything at its next contact.
    Wipe,
    /// It has said that it forgot everything.
    Wiped,
}

impl ToyState {
    pub(super) const fn code(self) -> i64 {
        self as i64
    }

    fn from_code(code: i64) -> Result<Self, StoreError> {
        let mut all = [Self::Linked, Self::Wipe, Self::Wiped].into_iter();
        all.find(|state| state.code() == code).ok_or(StoreError::Corrupt { what: "toy.state" })
    }

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Linked => "linked",
            Self::Wipe => "to-be-wiped",
            Self::Wiped => "wiped",
        }
    }
}

/// A toy that showed its token.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// Its family.
    pub family: FamilyId,
    /// Its signing key.
    pub key: KeyId,
    /// What is asked of it.
    pub state: ToyState,
    /// The day of its last contact.
    pub last_contact_day: u32,
}

/// A toy in a family's list.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Its signing key.
    pub key: KeyId,
    /// What is asked of it.
    pub state: ToyState,
    /// Its name, sealed by a guardian.
    pub name_sealed: Option<Vec<u8>>,
    /// The day of its last contact.
    pub last_contact_day: u32,
    /// When it was linked, in milliseconds.
    pub linked_ms: i64,
}

/// The toy with this token.
pub async fn find_by_token(db: &Db, token: Hash) -> Result<Option<Known>, StoreError> {
    let row = db.row(FIND_BY_TOKEN, args![token]).await?;
    row.map(|row| {
        let (family, key) = (row.id(0)?, row.kid(1)?);
        let (state, last_contact_day) = (ToyState::from_code(row.int(2)?)?, row.u32(3)?);
        Ok(Known { family, key, state, last_contact_day })
    })
    .transpose()
}

/// The toys of a family, those too that were removed.
pub async fn list(db: &Db, permit: &Permit<action::ReadFamily>) -> Result<Vec<Listed>, StoreError> {
    let listed = |row: &Row| {
        Ok(Listed {
            key: row.kid(0)?,
            state: ToyState::from_code(row.int(1)?)?,
            name_sealed: row.opt_blob(2)?,
            last_contact_day: row.u32(3)?,
            linked_ms: row.int(4)?,
        })
    };
    db.rows(LIST, args![permit.family()]).await?.iter().map(listed).collect()
}

pub(super) async fn give_token(
    tx: &mut Tx<'_>,
    finish: &pairing::Finish,
) -> Result<(), StoreError> {
    let row = args![finish.family, finish.key, finish.token, i64::from(finish.day), finish.now];
    tx.execute(PUT, row).await.map(drop)
}

/// A toy that the chain no longer has must forget everything.
pub(super) async fn follow_chain(
    tx: &mut Tx<'_>,
    family: FamilyId,
    effects: &family::Effects,
) -> Result<(), StoreError> {
    for key in &effects.toys_removed {
        tx.execute(SET_STATE, args![family, *key, ToyState::Wipe.code()]).await?;
    }
    Ok(())
}

/// Asks a toy to forget everything at its next contact, whether it still belongs or not.
#[derive(Debug)]
pub struct AskWipe {
    /// The permission.
    pub permit: Permit<action::Reduce>,
    /// Which toy.
    pub key: KeyId,
}

impl Write for AskWipe {
    const NAME: &'static str = "ask-wipe";
    /// Whether anything changed.
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let row = args![self.permit.family(), self.key, ToyState::Wipe.code()];
        Ok(tx.execute(SET_STATE, row).await? == 1)
    }
}

/// A toy says that it has forgotten everything.
#[derive(Debug)]
pub struct Wiped {
    /// Its family.
    pub family: FamilyId,
    /// Its key.
    pub key: KeyId,
}

impl Write for Wiped {
    const NAME: &'static str = "toy-wiped";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let row = args![self.family, self.key, ToyState::Wiped.code()];
        tx.execute(SET_STATE, row).await.map(drop)
    }
}

/// Notes that a toy was in contact today.
#[derive(Debug)]
pub struct Contact {
    /// Its family.
    pub family: FamilyId,
    /// Its key.
    pub key: KeyId,
    /// Today.
    pub day: u32,
}

impl Write for Contact {
    const NAME: &'static str = "toy-contact";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        tx.execute(SET_CONTACT, args![self.family, self.key, i64::from(self.day)]).await.map(drop)
    }
}

/// Keeps the sealed name of a toy.
#[derive(Debug)]
pub struct Rename {
    /// The permission.
    pub permit: Permit<action::Manage>,
    /// Which toy.
    pub key: KeyId,
    /// The name, sealed by a guardian.
    pub name_sealed: Vec<u8>,
}

impl Write for Rename {
    const NAME: &'static str = "rename-toy";
    /// Whether there is such a toy.
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let row = args![self.permit.family(), self.key, self.name_sealed.clone()];
        Ok(tx.execute(SET_NAME, row).await? == 1)
    }
}
