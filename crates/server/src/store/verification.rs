//! Verifications of parents, and the scans that wait for stewards.

use treehouse_protocol::id::{AccountId, Hash};
use treehouse_protocol::leaf::What;
use treehouse_protocol::registry::{Coded, Method};
use treehouse_protocol::sign::VerifyKey;

use super::args;
use super::db::{Db, Row, Sql, StoreError, Tx, Write, statements};
use super::inquiry;
use super::leaf;
use super::letter::{self, Letter};
use super::payment::{self, NewPayment};
use super::steward::{self, NewAct};
use crate::domain::leaf::Seal;
use crate::domain::verification::{
    CaseCode, ScanType, VERIFICATIONS_MAX, VERIFICATIONS_MS, Verification, VerificationId,
    VerificationState,
};

// The numbers of the states stand in the statements; a test compares them with the type.
statements! {
    COUNT = "SELECT COUNT(*), MIN(created_ms) FROM verification WHERE account_id = $1 AND created_ms > $2";
    REPLACE = "UPDATE verification SET state = 5, token_hash = NULL, number_sealed = NULL WHERE account_id = $1 AND signing_key = $2 AND state IN (0, 1, 2) RETURNING verification_id";
    INSERT = "INSERT INTO verification (account_id, verification_id, method, state, signing_key, notice_hash, code, token_hash, number_sealed, created_ms, expires_ms) VALUES ($1, $2, $3, 0, $4, $5, $6, $7, $8, $9, $10)";
    FIND = "SELECT account_id, verification_id, method, state, signing_key, notice_hash, code, scan_hash, attestation, recommended_by, created_ms, expires_ms, script_hash FROM verification WHERE account_id = $1 AND verification_id = $2";
    FIND_BY_ID = "SELECT account_id, verification_id, method, state, signing_key, notice_hash, code, scan_hash, attestation, recommended_by, created_ms, expires_ms, script_hash FROM verification WHERE verification_id = $1";
    FIND_BY_CODE = "SELECT account_id, verification_id, method, state, signing_key, notice_hash, code, scan_hash, attestation, recommended_by, created_ms, expires_ms, script_hash FROM verification WHERE code = $1";
    FIND_BY_TOKEN = "SELECT account_id, verification_id, method, state, signing_key, notice_hash, code, scan_hash, attestation, recommended_by, created_ms, expires_ms, script_hash FROM verification WHERE token_hash = $1 AND expires_ms > $2";
    LIST = "SELECT account_id, verification_id, method, state, signing_key, notice_hash, code, scan_hash, attestation, recommended_by, created_ms, expires_ms, script_hash FROM verification WHERE account_id = $1 ORDER BY created_ms DESC LIMIT 100";
    QUEUE = "SELECT account_id, verification_id, method, state, signing_key, notice_hash, code, scan_hash, attestation, recommended_by, created_ms, expires_ms, script_hash FROM verification WHERE state = $1 AND expires_ms > $2 ORDER BY created_ms LIMIT 100";
    CONFIRM = "UPDATE verification SET state = 3, token_hash = NULL, number_sealed = NULL, evidence = $3, attestation = $4 WHERE token_hash = $1 AND state = 0 AND expires_ms > $2";
    SUBMIT = "UPDATE verification SET state = 1, scan_hash = $3, expires_ms = $4 WHERE account_id = $1 AND verification_id = $2 AND state = 0 AND expires_ms > $5";
    PUT_SCAN = "INSERT INTO scan (account_id, verification_id, content_type, sealed) VALUES ($1, $2, $3, $4)";
    FIND_SCAN = "SELECT content_type, sealed FROM scan WHERE account_id = $1 AND verification_id = $2";
    DELETE_SCAN = "DELETE FROM scan WHERE account_id = $1 AND verification_id = $2";
    RECOMMEND = "UPDATE verification SET state = 2, recommended_by = $3 WHERE account_id = $1 AND verification_id = $2 AND state = 1 AND expires_ms > $4";
    TALKED = "UPDATE verification SET state = 2, recommended_by = $3, expires_ms = $5, script_hash = $6 WHERE account_id = $1 AND verification_id = $2 AND state = 0 AND method IN (5, 6) AND expires_ms > $4";
    APPROVE = "UPDATE verification SET state = 3, evidence = $4, attestation = $5 WHERE account_id = $1 AND verification_id = $2 AND state = 2 AND recommended_by <> $3 AND expires_ms > $6";
    DECLINE = "UPDATE verification SET state = 4 WHERE account_id = $1 AND verification_id = $2 AND state = 2 AND recommended_by <> $3 AND expires_ms > $4";
    EXPIRED = "SELECT account_id, verification_id FROM verification WHERE state = $1 AND expires_ms <= $2 ORDER BY expires_ms LIMIT 1000";
    DELETE = "DELETE FROM verification WHERE account_id = $1 AND verification_id = $2";
}

fn verification_of(row: &Row) -> Result<Verification, StoreError> {
    let corrupt = |what| StoreError::Corrupt { what };
    let method = u8::try_from(row.int(2)?).ok().and_then(Method::from_code);
    let state = VerificationState::from_code(row.int(3)?);
    let code =
        row.opt_text(6)?.map(|text| CaseCode::parse(&text).ok_or(corrupt("verification.code")));
    Ok(Verification {
        account: row.id(0)?,
        id: row.id(1)?,
        method: method.ok_or(corrupt("verification.method"))?,
        state: state.ok_or(corrupt("verification.state"))?,
        key: VerifyKey::admit(&row.bytes(4)?).map_err(|_| corrupt("verification.signing_key"))?,
        notice: row.hash(5)?,
        code: code.transpose()?,
        scan: row.opt_bytes(7)?.map(Hash::from_bytes),
        attestation: row.opt_blob(8)?,
        recommended_by: row.opt_id(9)?,
        created_ms: row.int(10)?,
        expires_ms: row.int(11)?,
        script: row.opt_bytes(12)?.map(Hash::from_bytes),
    })
}

/// A verification of this account.
///
/// # Errors
/// The database fails.
pub async fn find(
    db: &Db,
    account: AccountId,
    id: VerificationId,
) -> Result<Option<Verification>, StoreError> {
    db.row(FIND, args![account, id]).await?.as_ref().map(verification_of).transpose()
}

/// A verification, for a steward.
///
/// # Errors
/// The database fails.
pub async fn find_by_id(db: &Db, id: VerificationId) -> Result<Option<Verification>, StoreError> {
    db.row(FIND_BY_ID, args![id]).await?.as_ref().map(verification_of).transpose()
}

/// The verification that has this code, for a steward.
///
/// # Errors
/// The database fails.
pub async fn find_by_code(db: &Db, code: &CaseCode) -> Result<Option<Verification>, StoreError> {
    db.row(FIND_BY_CODE, args![code.text()]).await?.as_ref().map(verification_of).transpose()
}

/// The verification whose link this is, while it counts.
///
/// # Errors
/// The database fails.
pub async fn find_by_token(
    db: &Db,
    token: Hash,
    now: i64,
) -> Result<Option<Verification>, StoreError> {
    db.row(FIND_BY_TOKEN, args![token, now]).await?.as_ref().map(verification_of).transpose()
}

/// The verifications of an account, the latest first; at most 100.
///
/// # Errors
/// The database fails.
pub async fn list(db: &Db, account: AccountId) -> Result<Vec<Verification>, StoreError> {
    db.rows(LIST, args![account]).await?.iter().map(verification_of).collect()
}

/// The verifications that stewards must look at in this state, the oldest first; at most 100.
///
/// # Errors
/// The database fails.
pub async fn queue(
    db: &Db,
    state: VerificationState,
    now: i64,
) -> Result<Vec<Verification>, StoreError> {
    db.rows(QUEUE, args![state.code(), now]).await?.iter().map(verification_of).collect()
}

/// By what the parent will answer, and so what is kept of it.
#[derive(Debug)]
pub enum Answer {
    /// By a link: the hash of its token, and the letter that brings it.
    Link(Hash, Letter),
    /// By the code of a text message: its hash, the sealed number, and the message.
    Sms(Hash, Vec<u8>, Letter),
    /// By a payment.
    Card(NewPayment),
    /// By what an outside verifier finds, who knows it by this.
    Inquiry(Hash),
    /// By a form with this code, or a talk in which it's read out.
    Code(CaseCode),
}

/// Begins a verification; the open one of the same account and key ends.
#[derive(Debug)]
pub struct Start {
    /// Whose.
    pub account: AccountId,
    /// Its id.
    pub id: VerificationId,
    /// How.
    pub method: Method,
    /// The key that is to be attested.
    pub key: VerifyKey,
    /// The notice that the parent was shown.
    pub notice: Hash,
    /// By what the parent will answer.
    pub answer: Answer,
    /// Now, in milliseconds.
    pub now: i64,
    /// The last moment, in milliseconds.
    pub expires_ms: i64,
}

/// What became of a start.
#[derive(Debug, PartialEq, Eq)]
pub enum Started {
    /// It has begun.
    Done,
    /// The account has begun too many; it may again at this time, in milliseconds.
    TooMany(i64),
}

impl Write for Start {
    const NAME: &'static str = "start-verification";
    type Output = Started;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Started, StoreError> {
        let since = args![self.account, self.now - VERIFICATIONS_MS];
        let row = tx.row(COUNT, since).await?.ok_or(StoreError::Corrupt { what: "a count" })?;
        if row.int(0)? >= VERIFICATIONS_MAX {
            return Ok(Started::TooMany(row.int(1)? + VERIFICATIONS_MS));
        }
        for row in tx.rows(REPLACE, args![self.account, self.key.bytes()]).await? {
            let replaced: VerificationId = row.id(0)?;
            tx.execute(DELETE_SCAN, args![self.account, replaced]).await?;
            inquiry::end(tx, (self.account, replaced)).await?;
        }
        let (code, token, number) = match &self.answer {
            Answer::Link(token, _) => (None, Some(*token), None),
            Answer::Sms(token, number, _) => (None, Some(*token), Some(number.clone())),
            Answer::Card(_) | Answer::Inquiry(_) => (None, None, None),
            Answer::Code(code) => (Some(code.text()), None, None),
        };
        let (method, key) = (self.method.code(), self.key.bytes());
        let begun = args![self.account, self.id, method, key, self.notice, code, token];
        let rest = args![number, self.now, self.expires_ms];
        tx.execute(INSERT, [begun, rest].concat()).await?;
        if let Answer::Link(_, letter) | Answer::Sms(_, _, letter) = &self.answer {
            letter::enqueue(tx, letter).await?;
        }
        if let Answer::Card(payment) = &self.answer {
            payment::insert(tx, (self.account, self.id), payment, self.now).await?;
        }
        if let Answer::Inquiry(reference) = self.answer {
            let key = (self.account, self.id);
            inquiry::insert(tx, key, self.method, reference, self.now).await?;
        }
        Ok(Started::Done)
    }
}

/// What is kept when the operator signs.
#[derive(Debug, Clone)]
pub struct Signature {
    /// Whom it is about.
    pub account: AccountId,
    /// The record of evidence, encoded.
    pub evidence: Vec<u8>,
    /// The attestation, signed.
    pub attestation: Vec<u8>,
    /// Chance for its leaf.
    pub seal: Seal,
}

impl Signature {
    pub(super) async fn log(&self, tx: &mut Tx<'_>, now: i64) -> Result<(), StoreError> {
        let attestation = Hash::of(&self.attestation);
        let what = What::Attestation { account: self.account, attestation };
        leaf::log(tx, &self.seal, now, what).await
    }
}

/// What somebody outside came to about a verification. The two statements attest it and decline it,
/// if it's one of theirs that still waits.
pub(super) struct Conclusion<'a> {
    pub attest: Sql,
    pub decline: Sql,
    pub key: (AccountId, VerificationId),
    /// What is kept of it, and the letter that tells of it; nothing if nobody is verified.
    pub signature: Option<&'a (Signature, Letter)>,
    /// Now, in milliseconds.
    pub now: i64,
}

impl Conclusion<'_> {
    /// Answers whether a parent is verified now: not if it was told before, the parent has begun again,
    /// or its time is over.
    pub(super) async fn write(self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let (account, verification) = self.key;
        let Some((signature, letter)) = self.signature else {
            tx.execute(self.decline, args![account, verification]).await?;
            return Ok(false);
        };
        let Signature { evidence, attestation, .. } = signature;
        let attested = args![account, verification, evidence, attestation, self.now];
        if tx.execute(self.attest, attested).await? == 0 {
            return Ok(false);
        }
        signature.log(tx, self.now).await?;
        letter::enqueue(tx, letter).await?;
        Ok(true)
    }
}

/// The parent confirms by the link of the letter, or by the code of the text message. It counts once.
#[derive(Debug)]
pub struct Confirm {
    /// The hash of the link's token, or of the code.
    pub token: Hash,
    /// What is kept of it.
    pub signature: Signature,
    /// The second letter or text message.
    pub letter: Letter,
    /// Now, in milliseconds.
    pub now: i64,
}

impl Write for Confirm {
    const NAME: &'static str = "confirm-verification";
    /// Whether it still counted.
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let Signature { evidence, attestation, .. } = &self.signature;
        let confirmed = args![self.token, self.now, evidence, attestation];
        if tx.execute(CONFIRM, confirmed).await? == 0 {
            return Ok(false);
        }
        self.signature.log(tx, self.now).await?;
        letter::enqueue(tx, &self.letter).await?;
        Ok(true)
    }
}

/// A scan of a form, sealed.
#[derive(Debug, Clone)]
pub struct Scan {
    /// The hash of the scan.
    pub hash: Hash,
    /// What kind of file it is.
    pub kind: ScanType,
    /// The sealed scan.
    pub sealed: Vec<u8>,
}

/// A form comes back.
#[derive(Debug)]
pub struct Submit {
    /// Whose.
    pub account: AccountId,
    /// Which verification.
    pub id: VerificationId,
    /// The scan.
    pub scan: Scan,
    /// The act of the steward who received it, if it came by post.
    pub act: Option<NewAct>,
    /// Now, in milliseconds.
    pub now: i64,
    /// Until when stewards must have decided, in milliseconds.
    pub expires_ms: i64,
}

impl Write for Submit {
    const NAME: &'static str = "submit-form";
    /// Whether it was waiting for a form.
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let Scan { hash, kind, sealed } = &self.scan;
        let submitted = args![self.account, self.id, hash, self.expires_ms, self.now];
        if tx.execute(SUBMIT, submitted).await? == 0 {
            return Ok(false);
        }
        let scan = args![self.account, self.id, kind.media_type(), sealed];
        tx.execute(PUT_SCAN, scan).await?;
        if let Some(act) = &self.act {
            steward::note(tx, act, self.id).await?;
        }
        Ok(true)
    }
}

/// A steward looks at a scan.
#[derive(Debug)]
pub struct ReadScan {
    /// Whose.
    pub account: AccountId,
    /// Which verification.
    pub id: VerificationId,
    /// The act.
    pub act: NewAct,
}

impl Write for ReadScan {
    const NAME: &'static str = "read-scan";
    /// What kind of file it is, and the sealed scan, if there is one.
    type Output = Option<(ScanType, Vec<u8>)>;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Self::Output, StoreError> {
        let Some(row) = tx.row(FIND_SCAN, args![self.account, self.id]).await? else {
            return Ok(None);
        };
        steward::note(tx, &self.act, self.id).await?;
        let kind = ScanType::from_media_type(&row.text(0)?);
        let kind = kind.ok_or(StoreError::Corrupt { what: "scan.content_type" })?;
        Ok(Some((kind, row.blob(1)?)))
    }
}

/// The first steward recommends a form.
#[derive(Debug)]
pub struct Recommend {
    /// Whose.
    pub account: AccountId,
    /// Which verification.
    pub id: VerificationId,
    /// The act.
    pub act: NewAct,
}

impl Write for Recommend {
    const NAME: &'static str = "recommend-form";
    /// Whether it was waiting for that.
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let recommended = args![self.account, self.id, self.act.by, self.act.at_ms];
        if tx.execute(RECOMMEND, recommended).await? == 0 {
            return Ok(false);
        }
        steward::note(tx, &self.act, self.id).await?;
        Ok(true)
    }
}

/// The first steward has talked to the parent.
#[derive(Debug)]
pub struct Talked {
    /// Whose.
    pub account: AccountId,
    /// Which verification.
    pub id: VerificationId,
    /// The act.
    pub act: NewAct,
    /// Until when another steward must have decided, in milliseconds.
    pub expires_ms: i64,
    /// The script that was followed.
    pub script: Hash,
}

impl Write for Talked {
    const NAME: &'static str = "talked";
    /// Whether a talk was waited for.
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let NewAct { by, at_ms, .. } = &self.act;
        let talked = args![self.account, self.id, *by, *at_ms, self.expires_ms, self.script];
        if tx.execute(TALKED, talked).await? == 0 {
            return Ok(false);
        }
        steward::note(tx, &self.act, self.id).await?;
        Ok(true)
    }
}

/// The second steward decides about a form or a talk; a scan is deleted either way.
#[derive(Debug)]
pub struct Decide {
    /// Whose.
    pub account: AccountId,
    /// Which verification.
    pub id: VerificationId,
    /// What is kept of an approval; nothing for a refusal.
    pub signature: Option<Signature>,
    /// The act.
    pub act: NewAct,
    /// What the parent is told.
    pub letter: Letter,
}

impl Write for Decide {
    const NAME: &'static str = "decide-form";
    /// Whether it was waiting for that, and for this steward.
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let (by, now) = (self.act.by, self.act.at_ms);
        let changed = match &self.signature {
            Some(Signature { evidence, attestation, .. }) => {
                let row = args![self.account, self.id, by, evidence, attestation, now];
                tx.execute(APPROVE, row).await?
            }
            None => tx.execute(DECLINE, args![self.account, self.id, by, now]).await?,
        };
        if changed == 0 {
            return Ok(false);
        }
        tx.execute(DELETE_SCAN, args![self.account, self.id]).await?;
        inquiry::end(tx, (self.account, self.id)).await?;
        steward::note(tx, &self.act, self.id).await?;
        if let Some(signature) = &self.signature {
            signature.log(tx, now).await?;
        }
        letter::enqueue(tx, &self.letter).await?;
        Ok(true)
    }
}

/// Deletes what came to nothing in time, with its scans: at most 1000 of each kind at once.
#[derive(Debug)]
pub struct Expire {
    /// Now, in milliseconds.
    pub now: i64,
}

impl Write for Expire {
    const NAME: &'static str = "expire-verifications";
    /// How many were deleted.
    type Output = u64;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<u64, StoreError> {
        use VerificationState::{Asked, Declined, Recommended, Replaced, Submitted};
        let mut deleted = 0;
        for state in [Asked, Submitted, Recommended, Declined, Replaced] {
            for row in tx.rows(EXPIRED, args![state.code(), self.now]).await? {
                let (account, id): (AccountId, VerificationId) = (row.id(0)?, row.id(1)?);
                tx.execute(DELETE_SCAN, args![account, id]).await?;
                inquiry::end(tx, (account, id)).await?;
                deleted += tx.execute(DELETE, args![account, id]).await?;
            }
        }
        Ok(deleted)
    }
}

#[cfg(test)]
mod tests;
