//! The log's use cases: nothing sealed is handed out before it is logged that it was, and families
//! read what was logged about them.

use treehouse_protocol::id::{BlobId, FamilyId, RecordId};
use treehouse_protocol::leaf::Release;

use super::{App, alarm, families};
use crate::access::{self, DataPermit, action};
use crate::domain::data::Shelf;
use crate::domain::leaf::Seal;
use crate::domain::principal::Principal;
use crate::error::Error;
use crate::random;
use crate::store::leaf::{self, NoteRelease};
use crate::store::told::{self, Placed};

/// Leaves in one answer.
pub const PAGE_COUNT_MAX: u64 = leaf::BATCH_COUNT_MAX.unsigned_abs();

/// Logs that sealed records or a blob are about to be handed out. Only when this returns may they
/// be; whatever is in the way of the log is in the way of the answer.
///
/// # Errors
/// The leaf can't be written, or [`Error::TooMany`] for a reader beyond its budget.
pub(super) async fn release(
    app: &App,
    permit: &DataPermit<action::ReadData>,
    records: Vec<RecordId>,
    blob: Option<BlobId>,
) -> Result<(), Error> {
    if records.is_empty() && blob.is_none() {
        return Ok(());
    }
    app.ledger.require_whole()?;
    let items = u32::try_from(records.len() + usize::from(blob.is_some())).unwrap_or(u32::MAX);
    let touched = app.tripwires.touch(permit.shelf().family, permit.by(), items);
    for alarm in touched.alarms {
        alarm::raise(app, alarm).await?;
    }
    if touched.beyond {
        return Err(Error::TooMany { retry_s: 60 * 60 });
    }
    let Shelf { family, child, category } = permit.shelf();
    let (reader, grant) = (permit.by(), permit.grant());
    let release = Release { family, child, category, reader, grant, records, blob };
    let (seal, token) = (Seal::random(&mut random::rng()), permit.token());
    Ok(app.db.write(NoteRelease { seal, at_ms: app.now().0, release, token }).await?)
}

/// What was logged about a family and has a place in the log, from a place on.
///
/// # Errors
/// Not a member.
pub async fn of_family(
    app: &App,
    principal: &Principal,
    id: FamilyId,
    from: u64,
) -> Result<Vec<Placed>, Error> {
    let family = families::of(app, principal, id).await?;
    let permit = access::manage(principal, &family)?;
    Ok(told::of_family(&app.db, &permit, from).await?)
}

/// Gives places to all leaves that wait, and publishes them.
///
/// # Errors
/// The database or the log's folder fails.
pub async fn publish(app: &App) -> Result<(), Error> {
    while app.ledger.turn(&app.db, app.now().0).await? {}
    Ok(())
}

/// Leaves the log to other servers: this one stops.
///
/// # Errors
/// The database fails; they wait until the lease is over.
pub async fn give_back(app: &App) -> Result<(), Error> {
    app.ledger.give_back(&app.db).await
}
