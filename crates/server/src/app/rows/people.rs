//! Accounts, their sessions and verifications, and stewards.

use std::collections::BTreeSet;

use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::id::{AccountId, Hash};
use treehouse_protocol::leaf::What;
use treehouse_protocol::opaque::credential_identifier;
use treehouse_protocol::registry::{Coded, Method};
use treehouse_protocol::sign::{Signed, VerifyKey};

use super::{Guardians, Pages, Search};
use crate::app::{card, inquiry, letter, sms};
use crate::data_map::RuleId;
use crate::domain::account::LinkPurpose;
use crate::domain::leaf::DEPLOYMENT;
use crate::domain::steward::{Act, ActId, StewardId};
use crate::domain::verification::{VerificationId, VerificationState};
use crate::error::Error;
use crate::store::db::StoreError;
use crate::store::rows::{
    self, AccountRow, ActRow, InquiryRow, MailLinkRow, PaymentRow, SessionRow, VerificationRow,
};
use crate::store::{account, verification};

pub(super) async fn examine(search: &mut Search<'_>, guardians: &Guardians) -> Result<(), Error> {
    accounts(search, guardians).await?;
    addresses(search).await?;
    payments(search).await?;
    inquiries(search).await?;
    sessions(search).await?;
    mail_links(search).await?;
    stewards(search).await
}

async fn accounts(search: &mut Search<'_>, guardians: &Guardians) -> Result<(), Error> {
    let mut pages = Pages::after(AccountId::from_bytes([0; 16]), |row: &AccountRow| row.account);
    while let Some(page) = pages.next(rows::accounts(&search.app.db, pages.after).await?) {
        for row in page {
            let families = guardians.get(&row.account);
            let known = match row.family {
                Some(family) => families.is_some_and(|own| own.contains(&family)),
                None => families.is_none(),
            };
            let rule = "must belong to the family whose chain has let it in";
            search.require(known, "account", row.account.bytes(), rule);
            let rule = "must have the sealed address that its index is of";
            let same = address(search, &row);
            search.require(same, "account", row.account.bytes(), rule);
            let found = account::find_by_address(&search.app.db, &row.email_index).await?;
            let same = found.is_some_and(|found| found.id == row.account);
            search.require(same, "account", row.account.bytes(), "must be found by its address");
            verifications(search, row.account).await?;
        }
    }
    Ok(())
}

fn address(search: &Search<'_>, row: &AccountRow) -> bool {
    let app = search.app;
    letter::open_address(app, &row.email_sealed, &row.email_index).is_ok_and(|email| {
        credential_identifier(&app.secrets.index, email.text()) == row.email_index
    })
}

async fn addresses(search: &mut Search<'_>) -> Result<(), Error> {
    let mut pages = Pages::after([0; 32], |row: &([u8; 32], AccountId)| row.0);
    while let Some(page) = pages.next(rows::addresses(&search.app.db, &pages.after).await?) {
        for (index, account) in page {
            let found = account::find(&search.app.db, account).await?;
            let same = found.is_some_and(|found| found.email_index == index);
            search.require(
                same,
                "address",
                account.bytes(),
                "must lead to the account that has it",
            );
        }
    }
    Ok(())
}

async fn verifications(search: &mut Search<'_>, account: AccountId) -> Result<(), Error> {
    let told = search.told(*account.bytes()).await?;
    let (mut attestations, first) = (BTreeSet::new(), VerificationId::from_bytes([0; 16]));
    let mut pages = Pages::after(first, |row: &VerificationRow| row.id);
    while let Some(page) =
        pages.next(rows::verifications(&search.app.db, account, pages.after).await?)
    {
        for row in page {
            attestations.extend(row.attestation.as_deref().map(Hash::of));
            let ended = row.state == VerificationState::Attested.code();
            let holds = match &row.attestation {
                Some(attestation) => ended && attested(search, account, &row, attestation, &told),
                None => !ended,
            };
            let rule = "must be what the attester signed, and the log tells of";
            search.require(holds, "verification", row.id.bytes(), rule);
            let rule = "must hold the number that is texted, while it is";
            search.require(texted(search, &row), "verification", row.id.bytes(), rule);
        }
    }
    for (_, what) in &told {
        if let What::Attestation { attestation, .. } = what {
            let rule = "must be there: the log tells of its attestation";
            let there = attestations.contains(attestation);
            search.require(there, "verification", account.bytes(), rule);
        }
    }
    Ok(())
}

/// Whether the number of a row is the one that it was begun with, and none is kept that isn't needed.
fn texted(search: &Search<'_>, row: &VerificationRow) -> bool {
    let waits = row.state == VerificationState::Asked.code()
        && row.method == i64::from(Method::TextPlus.code());
    let number = row.number.as_deref();
    let opens = |sealed| sms::open_number(search.app, row.id, sealed).is_ok();
    number.is_some() == waits && number.is_none_or(opens)
}

fn attested(
    search: &Search<'_>,
    account: AccountId,
    row: &VerificationRow,
    signed: &[u8],
    told: &[(u64, What)],
) -> bool {
    let app = search.app;
    let attestation = Hash::of(signed);
    let logged = told.iter().any(|(_, what)| *what == What::Attestation { account, attestation });
    let key: Option<[u8; 32]> = row.signing_key.as_slice().try_into().ok();
    let key = key.and_then(|key| VerifyKey::admit(&key).ok());
    let (Some(key), Ok(signed)) = (key, Signed::from_bytes(signed)) else {
        return false;
    };
    logged
        && app.trust.attested(&signed, &key, app.today()).is_ok_and(|said| {
            said.account == account
                && i64::from(said.method.code()) == row.method
                && row.evidence.as_ref().is_none_or(|kept| Hash::of(kept) == said.evidence)
        })
}

async fn payments(search: &mut Search<'_>) -> Result<(), Error> {
    let first = (AccountId::from_bytes([0; 16]), VerificationId::from_bytes([0; 16]));
    let mut pages = Pages::after(first, |row: &PaymentRow| row.key);
    while let Some(page) = pages.next(rows::payments(&search.app.db, pages.after).await?) {
        for row in page {
            let whole = match verification::find(&search.app.db, row.key.0, row.key.1).await {
                Ok(found) => card::is_whole(search.app, &row, found.as_ref()),
                Err(StoreError::Corrupt { .. }) => false,
                Err(error) => return Err(error.into()),
            };
            let rule = "must be one that the service asked a provider for";
            search.require(whole, "payment", row.key.1.bytes(), rule);
        }
    }
    Ok(())
}

async fn inquiries(search: &mut Search<'_>) -> Result<(), Error> {
    let first = (AccountId::from_bytes([0; 16]), VerificationId::from_bytes([0; 16]));
    let mut pages = Pages::after(first, |row: &InquiryRow| row.key);
    while let Some(page) = pages.next(rows::inquiries(&search.app.db, pages.after).await?) {
        for row in page {
            let whole = match verification::find(&search.app.db, row.key.0, row.key.1).await {
                Ok(found) => inquiry::is_whole(search.app, &row, found.as_ref()),
                Err(StoreError::Corrupt { .. }) => false,
                Err(error) => return Err(error.into()),
            };
            let rule = "must be one that the service asked a verifier";
            search.require(whole, "inquiry", row.key.1.bytes(), rule);
        }
    }
    Ok(())
}

async fn sessions(search: &mut Search<'_>) -> Result<(), Error> {
    let seal = search.app.row_seal();
    let mut pages = Pages::after(Hash::NONE, |row: &SessionRow| row.hash);
    while let Some(page) = pages.next(rows::sessions(&search.app.db, pages.after).await?) {
        for row in page {
            let name = seal.session(row.account, row.hash, row.created_ms, row.expires_ms);
            search.require(
                name == row.id,
                "session",
                row.id.bytes(),
                "must be one that the service began",
            );
        }
    }
    Ok(())
}

async fn mail_links(search: &mut Search<'_>) -> Result<(), Error> {
    let seal = search.app.row_seal();
    let mut pages = Pages::after(Hash::NONE, |row: &MailLinkRow| row.token);
    while let Some(page) = pages.next(rows::mail_links(&search.app.db, pages.after).await?) {
        for row in page {
            let purpose = LinkPurpose::from_code(row.purpose);
            let sealed = purpose.zip(row.kept.last_chunk()).is_some_and(|(purpose, own)| {
                *own == seal.link(row.token, purpose, &row.email_index, row.expires_ms)
            });
            let rule = "must be one that the service mailed";
            search.require(sealed, "mail_link", row.token.bytes(), rule);
        }
    }
    Ok(())
}

async fn stewards(search: &mut Search<'_>) -> Result<(), Error> {
    let (seal, mut acts) = (search.app.row_seal(), BTreeSet::new());
    for (at_ms, what) in search.told(DEPLOYMENT).await? {
        if let What::Act { steward, act, subject, reason } = what {
            acts.insert((at_ms, steward, act, subject, reason));
        }
    }
    // What is over may have been swept up.
    let over_ms = search.app.now().minus_ms(RuleId::StewardAct.ms()).0;
    let lasts = |at_ms: u64| i64::try_from(at_ms).is_ok_and(|at_ms| at_ms > over_ms);
    let (mut known, mut noted) = (BTreeSet::new(), BTreeSet::new());
    let first = StewardId::from_bytes([0; 16]);
    let mut pages = Pages::after(first, |row: &(StewardId, Vec<u8>, i64)| row.0);
    while let Some(page) = pages.next(rows::stewards(&search.app.db, pages.after).await?) {
        for (id, kept, expires_ms) in page {
            known.insert(*id.bytes());
            let given = |(_, by, act, subject, _): &(u64, [u8; 16], String, [u8; 16], Hash)| {
                act == Act::GivePass.word() && by == id.bytes() && subject == id.bytes()
            };
            let given = acts.iter().any(given);
            search.require(
                given,
                "steward",
                id.bytes(),
                "must have been given a pass, as the log tells",
            );
            // A pass that has ended lets nobody in.
            let sealed = expires_ms <= search.app.now().0 || seal.is_pass(id, &kept, expires_ms);
            search.require(sealed, "steward", id.bytes(), "must have the pass that it was given");
        }
    }
    let mut pages = Pages::after(ActId::from_bytes([0; 16]), |row: &ActRow| row.id);
    while let Some(page) = pages.next(rows::acts(&search.app.db, pages.after).await?) {
        for row in page {
            let at_ms = u64::try_from(row.at_ms).unwrap_or(u64::MAX);
            let reason = Hash::of(row.reason.as_bytes());
            let act = (at_ms, row.steward, row.act, row.subject, reason);
            let logged = acts.contains(&act);
            noted.insert(act);
            search.require(
                logged,
                "steward_act",
                row.id.bytes(),
                "must be an act that the log tells of",
            );
        }
    }
    for act in acts.iter().filter(|act| lasts(act.0)) {
        let rule = "must be there, as the log tells of what one did";
        search.require(known.contains(&act.1), "steward", &act.1, rule);
        let rule = "must be there, as the log tells of it";
        search.require(noted.contains(act), "steward_act", &act.1, rule);
    }
    Ok(())
}
