//! Rows as they lie there, for who examines whether each of them is one that the service wrote.

use std::collections::BTreeSet;

use treehouse_protocol::id::{AccountId, ChildId, FamilyId, Hash, KeyId, RecordId};

use super::args;
use super::db::{Db, Row, StoreError, statements};
use super::payment;
use crate::domain::leaf::{LeafId, LeafName};
use crate::domain::principal::SessionId;
use crate::domain::steward::{ActId, StewardId};
use crate::domain::verification::VerificationId;

statements! {
    RECORDS = "SELECT record_id, child_id, category, version, ver, writer, hash, sealed, frank_tag FROM record WHERE family_id = $1 AND record_id > $2 ORDER BY record_id LIMIT 500";
    TOYS = "SELECT key_id FROM toy WHERE family_id = $1 AND key_id > $2 ORDER BY key_id LIMIT 500";
    OWNERS = "SELECT owner_id FROM leaf WHERE owner_id > $1 ORDER BY owner_id LIMIT 1";
    RECEIPT = "SELECT receipt FROM destruction WHERE family_id = $1 AND link_hash = $2";
    LEAVES = "SELECT leaf_id, child_id, at_ms, leaf, name, place FROM leaf WHERE owner_id = $1 AND place > $2 ORDER BY place LIMIT 500";
    SWEEP_OWNERS_WAITING = "SELECT DISTINCT owner_id FROM leaf_waiting WHERE owner_id IS NOT NULL";
    SWEEP_WAITING = "SELECT leaf_id, child_id, at_ms, leaf, name FROM leaf_waiting WHERE owner_id = $1";
    SWEEP_ENTRIES_WAITING = "SELECT leaf FROM leaf_waiting WHERE owner_id IS NULL";
    ACCOUNTS = "SELECT account_id, email_index, email_sealed, family_id FROM account WHERE account_id > $1 ORDER BY account_id LIMIT 500";
    ADDRESSES = "SELECT email_index, account_id FROM address WHERE email_index > $1 ORDER BY email_index LIMIT 500";
    SESSIONS = "SELECT session_hash, session_id, account_id, created_ms, expires_ms FROM session WHERE session_hash > $1 ORDER BY session_hash LIMIT 500";
    MAIL_LINKS = "SELECT token_hash, purpose, email_index, email_sealed, expires_ms FROM mail_link WHERE token_hash > $1 ORDER BY token_hash LIMIT 500";
    STEWARDS = "SELECT steward_id, token_hash, expires_ms FROM steward WHERE steward_id > $1 ORDER BY steward_id LIMIT 500";
    ACTS = "SELECT act_id, steward_id, act, subject, reason, at_ms FROM steward_act WHERE act_id > $1 ORDER BY act_id LIMIT 500";
    INQUIRIES = "SELECT account_id, verification_id, method, reference, state, sealed FROM inquiry WHERE (account_id, verification_id) > ($1, $2) ORDER BY account_id, verification_id LIMIT 500";
    PAYMENTS = "SELECT account_id, verification_id, reference, state, amount, currency, sealed, payment_hash FROM payment WHERE (account_id, verification_id) > ($1, $2) ORDER BY account_id, verification_id LIMIT 500";
    VERIFICATIONS = "SELECT verification_id, method, state, signing_key, evidence, attestation, number_sealed FROM verification WHERE account_id = $1 AND verification_id > $2 ORDER BY verification_id LIMIT 500";
}

/// A record.
#[derive(Debug)]
pub struct RecordRow {
    pub record: RecordId,
    pub child: ChildId,
    pub category: i64,
    pub version: i64,
    pub ver: i64,
    pub writer: KeyId,
    pub hash: Hash,
    pub sealed: Option<Vec<u8>>,
    pub frank_tag: Option<Vec<u8>>,
}

/// Records of a family after one, in order; at most 500. As every page here.
pub async fn records(
    db: &Db,
    family: FamilyId,
    after: RecordId,
) -> Result<Vec<RecordRow>, StoreError> {
    let record = |row: &Row| {
        Ok(RecordRow {
            record: row.id(0)?,
            child: row.id(1)?,
            category: row.int(2)?,
            version: row.int(3)?,
            ver: row.int(4)?,
            writer: row.kid(5)?,
            hash: row.hash(6)?,
            sealed: row.opt_blob(7)?,
            frank_tag: row.opt_blob(8)?,
        })
    };
    db.rows(RECORDS, args![family, after]).await?.iter().map(record).collect()
}

/// The keys of a family's toys.
pub async fn toys(db: &Db, family: FamilyId, after: KeyId) -> Result<Vec<KeyId>, StoreError> {
    db.rows(TOYS, args![family, after]).await?.iter().map(|row| row.kid(0)).collect()
}

/// A leaf of the log.
#[derive(Debug)]
pub struct LeafRow {
    pub id: LeafId,
    pub child: Option<ChildId>,
    pub at_ms: i64,
    pub leaf: Vec<u8>,
    pub name: Option<LeafName>,
    /// None while it waits for one.
    pub place: Option<i64>,
}

fn leaf_of(row: &Row, place: Option<i64>) -> Result<LeafRow, StoreError> {
    let (id, child, at_ms) = (row.id(0)?, row.opt_id(1)?, row.int(2)?);
    Ok(LeafRow { id, child, at_ms, leaf: row.blob(3)?, name: row.opt_id(4)?, place })
}

/// Owners of leaves that wait.
pub async fn owners_waiting(db: &Db) -> Result<BTreeSet<[u8; 16]>, StoreError> {
    db.rows(SWEEP_OWNERS_WAITING, args![]).await?.iter().map(|row| row.bytes(0)).collect()
}

/// The next owner of leaves with a place after one; each is found once, however many leaves it has.
pub async fn owners(db: &Db, after: [u8; 16]) -> Result<Vec<[u8; 16]>, StoreError> {
    db.rows(OWNERS, args![after]).await?.iter().map(|row| row.bytes(0)).collect()
}

/// The receipt for what a link asked to have destroyed.
pub async fn receipt(db: &Db, family: FamilyId, link: Hash) -> Result<Option<Vec<u8>>, StoreError> {
    let row = db.row(RECEIPT, args![family, link]).await?;
    row.map_or(Ok(None), |row| row.opt_blob(0))
}

/// Leaves of an owner that wait for their places.
pub async fn waiting(db: &Db, owner: [u8; 16]) -> Result<Vec<LeafRow>, StoreError> {
    let rows = db.rows(SWEEP_WAITING, args![owner]).await?;
    rows.iter().map(|row| leaf_of(row, None)).collect()
}

/// Entries alone that wait for their places.
pub async fn entries_waiting(db: &Db) -> Result<Vec<Vec<u8>>, StoreError> {
    db.rows(SWEEP_ENTRIES_WAITING, args![]).await?.iter().map(|row| row.blob(0)).collect()
}

/// Leaves of an owner that come after a place.
pub async fn leaves(db: &Db, owner: [u8; 16], after: i64) -> Result<Vec<LeafRow>, StoreError> {
    let rows = db.rows(LEAVES, args![owner, after]).await?;
    rows.iter().map(|row| leaf_of(row, row.opt_int(5)?)).collect()
}

/// An account.
#[derive(Debug)]
pub struct AccountRow {
    pub account: AccountId,
    pub email_index: [u8; 32],
    pub email_sealed: Vec<u8>,
    pub family: Option<FamilyId>,
}

/// Accounts.
pub async fn accounts(db: &Db, after: AccountId) -> Result<Vec<AccountRow>, StoreError> {
    let account = |row: &Row| {
        let (account, email_index) = (row.id(0)?, row.bytes(1)?);
        Ok(AccountRow { account, email_index, email_sealed: row.blob(2)?, family: row.opt_id(3)? })
    };
    db.rows(ACCOUNTS, args![after]).await?.iter().map(account).collect()
}

/// Addresses, by their index, and whose they are.
pub async fn addresses(
    db: &Db,
    after: &[u8; 32],
) -> Result<Vec<([u8; 32], AccountId)>, StoreError> {
    let rows = db.rows(ADDRESSES, args![after]).await?;
    rows.iter().map(|row| Ok((row.bytes(0)?, row.id(1)?))).collect()
}

/// A session.
#[derive(Debug)]
pub struct SessionRow {
    pub hash: Hash,
    pub id: SessionId,
    pub account: AccountId,
    pub created_ms: i64,
    pub expires_ms: i64,
}

/// Sessions.
pub async fn sessions(db: &Db, after: Hash) -> Result<Vec<SessionRow>, StoreError> {
    let session = |row: &Row| {
        let (hash, id, account) = (row.hash(0)?, row.id(1)?, row.id(2)?);
        Ok(SessionRow { hash, id, account, created_ms: row.int(3)?, expires_ms: row.int(4)? })
    };
    db.rows(SESSIONS, args![after]).await?.iter().map(session).collect()
}

/// A link that was mailed.
#[derive(Debug)]
pub struct MailLinkRow {
    pub token: Hash,
    pub purpose: i64,
    pub email_index: [u8; 32],
    pub kept: Vec<u8>,
    pub expires_ms: i64,
}

/// Links that were mailed.
pub async fn mail_links(db: &Db, after: Hash) -> Result<Vec<MailLinkRow>, StoreError> {
    let link = |row: &Row| {
        let (token, purpose, email_index) = (row.hash(0)?, row.int(1)?, row.bytes(2)?);
        Ok(MailLinkRow { token, purpose, email_index, kept: row.blob(3)?, expires_ms: row.int(4)? })
    };
    db.rows(MAIL_LINKS, args![after]).await?.iter().map(link).collect()
}

/// Stewards: their ids, what is kept of their passes, and when those end.
pub async fn stewards(
    db: &Db,
    after: StewardId,
) -> Result<Vec<(StewardId, Vec<u8>, i64)>, StoreError> {
    let rows = db.rows(STEWARDS, args![after]).await?;
    rows.iter().map(|row| Ok((row.id(0)?, row.blob(1)?, row.int(2)?))).collect()
}

/// Something that a steward did.
#[derive(Debug)]
pub struct ActRow {
    pub id: ActId,
    pub steward: [u8; 16],
    pub act: String,
    pub subject: [u8; 16],
    pub reason: String,
    pub at_ms: i64,
}

/// What stewards did.
pub async fn acts(db: &Db, after: ActId) -> Result<Vec<ActRow>, StoreError> {
    let act = |row: &Row| {
        let (id, steward, act) = (row.id(0)?, row.bytes(1)?, row.text(2)?);
        let (subject, reason, at_ms) = (row.bytes(3)?, row.text(4)?, row.int(5)?);
        Ok(ActRow { id, steward, act, subject, reason, at_ms })
    };
    db.rows(ACTS, args![after]).await?.iter().map(act).collect()
}

/// A verification.
#[derive(Debug)]
pub struct VerificationRow {
    pub id: VerificationId,
    pub method: i64,
    pub state: i64,
    pub signing_key: Vec<u8>,
    pub evidence: Option<Vec<u8>>,
    pub attestation: Option<Vec<u8>>,
    pub number: Option<Vec<u8>>,
}

/// Verifications of an account.
pub async fn verifications(
    db: &Db,
    account: AccountId,
    after: VerificationId,
) -> Result<Vec<VerificationRow>, StoreError> {
    let verification = |row: &Row| {
        let (id, method, state) = (row.id(0)?, row.int(1)?, row.int(2)?);
        let (signing_key, evidence) = (row.blob(3)?, row.opt_blob(4)?);
        Ok(VerificationRow {
            id,
            method,
            state,
            signing_key,
            evidence,
            attestation: row.opt_blob(5)?,
            number: row.opt_blob(6)?,
        })
    };
    db.rows(VERIFICATIONS, args![account, after]).await?.iter().map(verification).collect()
}

/// A payment.
#[derive(Debug)]
pub struct PaymentRow {
    pub key: payment::Key,
    pub reference: Hash,
    pub state: i64,
    pub amount: i64,
    pub currency: String,
    pub sealed: Option<Vec<u8>>,
    pub payment: Option<Vec<u8>>,
}

/// Payments of parents.
pub async fn payments(db: &Db, after: payment::Key) -> Result<Vec<PaymentRow>, StoreError> {
    let payment = |row: &Row| {
        let (key, reference) = ((row.id(0)?, row.id(1)?), row.hash(2)?);
        let (state, amount, currency) = (row.int(3)?, row.int(4)?, row.text(5)?);
        let (sealed, payment) = (row.opt_blob(6)?, row.opt_blob(7)?);
        Ok(PaymentRow { key, reference, state, amount, currency, sealed, payment })
    };
    db.rows(PAYMENTS, args![after.0, after.1]).await?.iter().map(payment).collect()
}

/// What an outside verifier was asked.
#[derive(Debug)]
pub struct InquiryRow {
    pub key: payment::Key,
    pub method: i64,
    pub reference: Hash,
    pub state: i64,
    pub sealed: Option<Vec<u8>>,
}

/// What outside verifiers were asked.
pub async fn inquiries(db: &Db, after: payment::Key) -> Result<Vec<InquiryRow>, StoreError> {
    let inquiry = |row: &Row| {
        let (key, method, reference) = ((row.id(0)?, row.id(1)?), row.int(2)?, row.hash(3)?);
        Ok(InquiryRow { key, method, reference, state: row.int(4)?, sealed: row.opt_blob(5)? })
    };
    db.rows(INQUIRIES, args![after.0, after.1]).await?.iter().map(inquiry).collect()
}
