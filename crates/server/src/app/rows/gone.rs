//! Rows that must be there and aren't: those that chains and the log tell of. Each table's own rows
//! are counted where they are examined; here are those whose whole family or account is gone.

use std::collections::BTreeSet;

use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::id::{AccountId, FamilyId, Hash};
use treehouse_protocol::leaf::{Entry, Kind, What};
use treehouse_protocol::tombstone::Gone;

use super::{Pages, Search};
use crate::domain::leaf::DEPLOYMENT;
use crate::error::Error;
use crate::store::rows;
use crate::store::{account, family, leaf};

pub(super) async fn examine(search: &mut Search<'_>) -> Result<(), Error> {
    owners(search).await?;
    guardians(search).await
}

/// Whoever the log still tells something of must be there: with a family or an account, what is told
/// of it goes.
async fn owners(search: &mut Search<'_>) -> Result<(), Error> {
    // First those of leaves that wait: one that is placed meanwhile is met again, and not missed.
    let mut waiting = rows::owners_waiting(&search.app.db).await?;
    waiting.remove(&DEPLOYMENT);
    let mut pages = Pages::after(DEPLOYMENT, |owner: &[u8; 16]| *owner);
    while let Some(page) = pages.next(rows::owners(&search.app.db, pages.after).await?) {
        for owner in page {
            waiting.remove(&owner);
            must_be_there(search, owner).await?;
        }
    }
    for owner in waiting {
        must_be_there(search, owner).await?;
    }
    Ok(())
}

async fn must_be_there(search: &mut Search<'_>, owner: [u8; 16]) -> Result<(), Error> {
    let (as_family, as_account) = (FamilyId::from_bytes(owner), AccountId::from_bytes(owner));
    if family::head(&search.app.db, as_family).await?.is_some()
        || account::find(&search.app.db, as_account).await?.is_some()
    {
        return Ok(());
    }
    let told = search.told(owner).await?;
    let of_account = |what: &What| matches!(what, What::Attestation { .. });
    let table = if told.iter().any(|(_, what)| of_account(what)) { "account" } else { "family" };
    // What went meanwhile is told of no more.
    search.require(told.is_empty(), table, &owner, "must be there, as the log tells of it");
    Ok(())
}

/// Whoever decides in a family must have an account, unless it was closed.
async fn guardians(search: &mut Search<'_>) -> Result<(), Error> {
    let mut missing = Vec::new();
    for account in std::mem::take(&mut search.deciding) {
        if account::find(&search.app.db, account).await?.is_none() {
            missing.push(account);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let closed = tombstones(search).await?;
    for account in missing {
        let was_closed = closed.contains(&Gone::Account(account).commitment());
        let rule = "must be there: its holder decides in a family, and it wasn't closed";
        search.require(was_closed, "account", account.bytes(), rule);
    }
    Ok(())
}

/// What is gone for good by the log, whether it's published, has a place or waits for one.
async fn tombstones(search: &Search<'_>) -> Result<BTreeSet<Hash>, Error> {
    let mut entries = rows::entries_waiting(&search.app.db).await?;
    let mut place = search.published;
    loop {
        let staged = leaf::staged(&search.app.db, place).await?;
        if staged.is_empty() {
            break;
        }
        place += staged.len() as u64;
        entries.extend(staged);
    }
    let published = (0..search.published).filter_map(|place| search.entry(place));
    let gone = entries.into_iter().chain(published).filter_map(|bytes| {
        let entry = Entry::from_bytes(&bytes).ok()?;
        (entry.kind == Kind::Tombstone).then_some(entry.commitment)
    });
    Ok(gone.collect())
}
