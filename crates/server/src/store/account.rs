//! Accounts, the links that open them, and a guardian's sealed keys.

use std::collections::BTreeSet;

use treehouse_protocol::id::{AccountId, FamilyId, Hash, KeyId, SlotId};

use super::args;
use super::db::{Db, Row, StoreError, Tx, Write, statements};
use super::letter::{self, Letter};
use super::session::{self, NewSession};
use crate::domain::account::LinkPurpose;
use crate::domain::row_seal::RowSeal;

statements! {
    INSERT_LINK = "INSERT INTO mail_link (token_hash, purpose, email_index, email_sealed, expires_ms) VALUES ($1, $2, $3, $4, $5)";
    FIND_LINK = "SELECT purpose, email_index, email_sealed, expires_ms FROM mail_link WHERE token_hash = $1 AND expires_ms > $2";
    TAKE_LINK = "DELETE FROM mail_link WHERE token_hash = $1 AND expires_ms > $2 RETURNING purpose, email_index, email_sealed, expires_ms";
    FIND_ADDRESS = "SELECT account_id FROM address WHERE email_index = $1";
    INSERT_ADDRESS = "INSERT INTO address (email_index, account_id) VALUES ($1, $2)";
    INSERT = "INSERT INTO account (account_id, email_index, email_sealed, opaque_record, created_ms) VALUES ($1, $2, $3, $4, $5)";
    FIND = "SELECT account_id, email_index, email_sealed, opaque_record, family_id FROM account WHERE account_id = $1";
    IDS_AFTER = "SELECT account_id, family_id FROM account WHERE account_id > $1 ORDER BY account_id LIMIT 500";
    FIND_BY_ADDRESS = "WITH near AS MATERIALIZED (SELECT (SELECT account_id FROM address WHERE email_index = $1) AS own, (SELECT account_id FROM account WHERE account_id >= $2 ORDER BY account_id LIMIT 1) AS above, (SELECT account_id FROM account WHERE account_id < $2 ORDER BY account_id DESC LIMIT 1) AS below) SELECT a.account_id, a.email_index, a.email_sealed, a.opaque_record, a.family_id FROM near CROSS JOIN account a WHERE a.account_id = COALESCE(near.own, near.above, near.below)";
    SET_PASSWORD = "UPDATE account SET opaque_record = $2 WHERE account_id = $1";
    SET_FAMILY = "UPDATE account SET family_id = $2 WHERE account_id = $1";
    FAMILY = "SELECT family_id FROM account WHERE account_id = $1";
    DELETE_OPAQUE_SLOTS = "DELETE FROM slot WHERE account_id = $1 AND anchor = $2";
    PUT_BUNDLE = "INSERT INTO bundle (account_id, family_id, key_id, sealed) VALUES ($1, $2, $3, $4) ON CONFLICT (account_id) DO UPDATE SET family_id = excluded.family_id, key_id = excluded.key_id, sealed = excluded.sealed";
    FIND_BUNDLE = "SELECT sealed FROM bundle WHERE account_id = $1";
    PUT_SLOT = "INSERT INTO slot (account_id, slot_id, anchor, sealed) VALUES ($1, $2, $3, $4) ON CONFLICT (account_id, slot_id) DO UPDATE SET anchor = excluded.anchor, sealed = excluded.sealed";
    DELETE_SLOT = "DELETE FROM slot WHERE account_id = $1 AND slot_id = $2";
    DELETE_SLOTS = "DELETE FROM slot WHERE account_id = $1";
    SLOT_IDS = "SELECT slot_id FROM slot WHERE account_id = $1";
    LIST_SLOTS = "SELECT sealed FROM slot WHERE account_id = $1 ORDER BY slot_id";
}

/// The ids of accounts after one, with their families, in order; at most 500.
pub async fn ids_after(
    db: &Db,
    after: AccountId,
) -> Result<Vec<(AccountId, Option<FamilyId>)>, StoreError> {
    let rows = db.rows(IDS_AFTER, args![after]).await?;
    rows.iter().map(|row| Ok((row.id(0)?, row.opt_id(1)?))).collect()
}

/// An account as stored.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// The keyed hash of the address.
    pub email_index: [u8; 32],
    /// The address, sealed for the mailer.
    pub email_sealed: Vec<u8>,
    /// What the password is checked with.
    pub opaque_record: Vec<u8>,
    /// The family, once it belongs to one.
    pub family: Option<FamilyId>,
}

/// A link that was mailed, as stored.
#[derive(Debug, Clone)]
pub struct MailLink {
    /// What for.
    pub purpose: LinkPurpose,
    /// The keyed hash of the address.
    pub email_index: [u8; 32],
    /// The sealed address.
    pub email_sealed: Vec<u8>,
}

/// The link in a row; none if it isn't one that the service has mailed.
fn link_of(row: &Row, token: Hash, seal: &RowSeal) -> Result<Option<MailLink>, StoreError> {
    let (purpose, email_index) = (LinkPurpose::from_code(row.int(0)?), row.bytes(1)?);
    let (kept, expires_ms) = (row.blob(2)?, row.int(3)?);
    let link = purpose.zip(kept.split_last_chunk()).and_then(|(purpose, (email_sealed, own))| {
        let same = *own == seal.link(token, purpose, &email_index, expires_ms);
        same.then(|| MailLink { purpose, email_index, email_sealed: email_sealed.to_vec() })
    });
    Ok(link)
}

fn account_of(row: &Row) -> Result<Account, StoreError> {
    Ok(Account {
        id: row.id(0)?,
        email_index: row.bytes(1)?,
        email_sealed: row.blob(2)?,
        opaque_record: row.blob(3)?,
        family: row.opt_id(4)?,
    })
}

/// The account with this id.
pub async fn find(db: &Db, account: AccountId) -> Result<Option<Account>, StoreError> {
    db.row(FIND, args![account]).await?.as_ref().map(account_of).transpose()
}

/// The account of this address. For an unknown one, somebody else's row is read, always the same
/// one, and thrown away: how long it takes doesn't tell. Which one that would be is looked up for a
/// known one, too.
pub async fn find_by_address(db: &Db, index: &[u8; 32]) -> Result<Option<Account>, StoreError> {
    let (near, _) = index.split_at(16);
    let row = db.row(FIND_BY_ADDRESS, args![index, near]).await?;
    let read = row.as_ref().map(account_of).transpose()?;
    Ok(read.filter(|account| account.email_index == *index))
}

/// A mailed link that still counts.
pub async fn find_link(
    db: &Db,
    seal: &RowSeal,
    token: Hash,
    now: i64,
) -> Result<Option<MailLink>, StoreError> {
    let row = db.row(FIND_LINK, args![token, now]).await?;
    row.map_or(Ok(None), |row| link_of(&row, token, seal))
}

/// The sealed bundle and the slots of an account.
pub async fn keys(
    db: &Db,
    account: AccountId,
) -> Result<Option<(Vec<u8>, Vec<Vec<u8>>)>, StoreError> {
    let Some(bundle) = db.row(FIND_BUNDLE, args![account]).await? else {
        return Ok(None);
    };
    let slots = db.rows(LIST_SLOTS, args![account]).await?;
    let slots = slots.iter().map(|row| row.blob(0)).collect::<Result<_, _>>()?;
    Ok(Some((bundle.blob(0)?, slots)))
}

/// Keeps a link and the letter that brings it.
#[derive(Debug)]
pub struct SendLink {
    /// The hash of the token.
    pub token: Hash,
    /// What is in the link's row.
    pub link: MailLink,
    /// What shows that the service wrote it.
    pub seal: RowSeal,
    /// When it ends, in milliseconds; in the past for a letter that brings no link.
    pub expires_ms: i64,
    /// The letter.
    pub letter: Letter,
}

impl Write for SendLink {
    const NAME: &'static str = "send-link";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let MailLink { purpose, email_index, email_sealed } = &self.link;
        let seal = self.seal.link(self.token, *purpose, email_index, self.expires_ms);
        let kept = [email_sealed.as_slice(), &seal].concat();
        let row = args![self.token, purpose.code(), email_index, kept, self.expires_ms];
        tx.execute(INSERT_LINK, row).await?;
        letter::enqueue(tx, &self.letter).await
    }
}

/// What became of a link that was used.
#[derive(Debug, PartialEq, Eq)]
pub enum Used {
    /// An account was opened, or its password set.
    Done(AccountId),
    /// The link was used before, or its time is over.
    Gone,
}

/// Opens an account, or sets its password, by a mailed link; the link counts once.
#[derive(Debug)]
pub struct UseLink {
    /// The hash of the token.
    pub token: Hash,
    /// What shows that the service mailed it.
    pub seal: RowSeal,
    /// The id of the account if it's new.
    pub fresh: AccountId,
    /// What the password is checked with from now on.
    pub opaque_record: Vec<u8>,
    /// The anchor code of the slots that the old password opened.
    pub opaque_anchor: u8,
    /// The session that begins with it.
    pub session: NewSession,
}

impl Write for UseLink {
    const NAME: &'static str = "use-link";
    type Output = Used;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Used, StoreError> {
        let now = self.session.created_ms;
        let Some(row) = tx.row(TAKE_LINK, args![self.token, now]).await? else {
            return Ok(Used::Gone);
        };
        let Some(link) = link_of(&row, self.token, &self.seal)? else {
            return Ok(Used::Gone);
        };
        let known = tx.row(FIND_ADDRESS, args![link.email_index]).await?;
        let account = match (link.purpose, known) {
            (LinkPurpose::Register, None) => {
                let (index, sealed) = (link.email_index, link.email_sealed);
                let row = args![self.fresh, index, sealed, self.opaque_record.clone(), now];
                tx.execute(INSERT, row).await?;
                tx.execute(INSERT_ADDRESS, args![link.email_index, self.fresh]).await?;
                self.fresh
            }
            (LinkPurpose::Reset, Some(row)) => {
                let account = row.id(0)?;
                replace_password(tx, account, &self.opaque_record, self.opaque_anchor).await?;
                account
            }
            _ => return Ok(Used::Gone),
        };
        session::insert(tx, account, &self.session).await?;
        Ok(Used::Done(account))
    }
}

/// A new password: whoever held the old one, or a session, is out.
async fn replace_password(
    tx: &mut Tx<'_>,
    account: AccountId,
    record: &[u8],
    opaque_anchor: u8,
) -> Result<(), StoreError> {
    tx.execute(SET_PASSWORD, args![account, record]).await?;
    tx.execute(DELETE_OPAQUE_SLOTS, args![account, i64::from(opaque_anchor)]).await?;
    session::end_all(tx, account).await
}

/// Sets a new password for who has a session: its slot comes in the same transaction, so there is
/// no moment without a way to the keys.
#[derive(Debug)]
pub struct ChangePassword {
    /// Whose.
    pub account: AccountId,
    /// The session of who asks, which must still stand.
    pub asker: Hash,
    /// What it is checked with from now on.
    pub opaque_record: Vec<u8>,
    /// The anchor code of the slots that the old password opened.
    pub opaque_anchor: u8,
    /// The new slot, if the account has keys yet.
    pub slot: Option<SlotRow>,
    /// The session that goes on; every other one ends.
    pub session: NewSession,
}

impl Write for ChangePassword {
    const NAME: &'static str = "change-password";
    /// Whether the session still stood.
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        if !session::stands(tx, self.account, self.asker).await? {
            return Ok(false);
        }
        replace_password(tx, self.account, &self.opaque_record, self.opaque_anchor).await?;
        if let Some(slot) = &self.slot {
            put_slot(tx, self.account, slot).await?;
        }
        session::insert(tx, self.account, &self.session).await?;
        Ok(true)
    }
}

/// A slot as stored.
#[derive(Debug, Clone)]
pub struct SlotRow {
    /// Its id.
    pub id: SlotId,
    /// The code of its anchor.
    pub anchor: u8,
    /// The slot.
    pub sealed: Vec<u8>,
}

async fn put_slot(tx: &mut Tx<'_>, account: AccountId, slot: &SlotRow) -> Result<(), StoreError> {
    let row = args![account, slot.id, i64::from(slot.anchor), slot.sealed.clone()];
    tx.execute(PUT_SLOT, row).await.map(drop)
}

/// Slots that an account may have.
pub const SLOTS_MAX: usize = 16;

/// What is kept of a guardian's sealed keys.
#[derive(Debug)]
pub enum Kept {
    /// A bundle, with the family and key that it says it is of; its slots replace every other one.
    All(FamilyId, KeyId, Vec<u8>),
    /// One more slot, or one in place of that with the same id.
    OneMore,
    /// One in place of that with the same id, which must be there.
    OneAgain,
}

/// Keeps a guardian's sealed keys: a bundle with all of its slots, or one slot.
#[derive(Debug)]
pub struct PutKeys {
    /// Whose.
    pub account: AccountId,
    /// The session of who asks, which must still stand.
    pub asker: Hash,
    /// What they are.
    pub keys: Kept,
    /// The slots.
    pub slots: Vec<SlotRow>,
}

impl Write for PutKeys {
    const NAME: &'static str = "put-keys";
    type Output = Put;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Put, StoreError> {
        let account = self.account;
        if !session::stands(tx, account, self.asker).await? {
            return Ok(Put::SignedOut);
        }
        // What is refused must change nothing, so all is asked before the first change.
        let mut slots: BTreeSet<SlotId> = self.slots.iter().map(|slot| slot.id).collect();
        if !matches!(self.keys, Kept::All(..)) {
            let there: BTreeSet<SlotId> = slot_ids(tx, account).await?.into_iter().collect();
            if matches!(self.keys, Kept::OneAgain) && !slots.is_subset(&there) {
                return Ok(Put::Missing);
            }
            slots.extend(there);
        }
        if slots.len() > SLOTS_MAX {
            return Ok(Put::NoRoom);
        }
        if let Kept::All(family, key, sealed) = &self.keys {
            tx.execute(DELETE_SLOTS, args![account]).await?;
            tx.execute(PUT_BUNDLE, args![account, *family, *key, sealed.clone()]).await?;
        }
        for slot in &self.slots {
            put_slot(tx, account, slot).await?;
        }
        Ok(Put::Done)
    }
}

/// What became of keys that were to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// They are.
    Done,
    /// There are more slots than an account may have. Nothing was changed.
    NoRoom,
    /// There is no such slot any more. Nothing was changed.
    Missing,
    /// The session was ended meanwhile. Nothing was changed.
    SignedOut,
}

async fn slot_ids(tx: &mut Tx<'_>, account: AccountId) -> Result<Vec<SlotId>, StoreError> {
    let rows = tx.rows(SLOT_IDS, args![account]).await?;
    rows.iter().map(|row| row.id(0)).collect()
}

/// Deletes one slot, but not the last one.
#[derive(Debug)]
pub struct DeleteSlot {
    /// Whose.
    pub account: AccountId,
    /// The session of who asks, which must still stand.
    pub asker: Hash,
    /// Which.
    pub slot: SlotId,
}

impl Write for DeleteSlot {
    const NAME: &'static str = "delete-slot";
    type Output = Deleted;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Deleted, StoreError> {
        if !session::stands(tx, self.account, self.asker).await? {
            return Ok(Deleted::SignedOut);
        }
        let slots = slot_ids(tx, self.account).await?;
        if !slots.contains(&self.slot) {
            return Ok(Deleted::Missing);
        }
        if slots.len() == 1 {
            return Ok(Deleted::Last);
        }
        tx.execute(DELETE_SLOT, args![self.account, self.slot]).await?;
        Ok(Deleted::Done)
    }
}

/// What became of a slot that was to be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    /// It is.
    Done,
    /// There is none with this id.
    Missing,
    /// It's the last: without it the keys would be lost.
    Last,
    /// The session was ended meanwhile.
    SignedOut,
}

/// Whether an account belongs to no other family. Somebody's consent to be let into one may be older
/// than a family of its own.
pub(super) async fn may_join(
    tx: &mut Tx<'_>,
    account: AccountId,
    family: FamilyId,
) -> Result<bool, StoreError> {
    // An account that was closed belongs to none.
    let row = tx.row(FAMILY, args![account]).await?;
    let own: Option<FamilyId> = row.map_or(Ok(None), |row| row.opt_id(0))?;
    Ok(own.is_none_or(|own| own == family))
}

/// Notes the family that an account belongs to from now on; ask [`may_join`] first.
pub(super) async fn join(
    tx: &mut Tx<'_>,
    account: AccountId,
    family: FamilyId,
) -> Result<(), StoreError> {
    tx.execute(SET_FAMILY, args![account, family]).await.map(drop)
}
