//! Records: accepted only under a live grant, stored inside the outer layer, handed out to whom
//! the chain names as a reader.

use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::franking::frank_tag;
use treehouse_protocol::id::{FamilyId, RecordId};
use treehouse_protocol::record;
use treehouse_protocol::sign::Signed;
use treehouse_protocol::{chain::Family, outer};

use super::{App, families, log, notice};
use crate::access::{self, DataPermit, action};
use crate::domain::data::{Entry, Shelf, record_place};
use crate::domain::principal::Principal;
use crate::error::Error;
use crate::live::Ring;
use crate::random;
use crate::store::record::{self as store, Delete, Put, Stored};

/// Bytes of a signed record: its plain text, padded, with everything around it.
pub const RECORD_BYTES_MAX: usize = 80 * 1024;
/// How often a request is decided again because the chain has grown meanwhile.
const TRIES_MAX: u32 = 4;

/// A record that is handed out: as it was signed, or empty if it was deleted.
#[derive(Debug)]
pub struct Released {
    /// What the server knows of it.
    pub entry: Entry,
    /// The signed record.
    pub signed: Option<Vec<u8>>,
}

/// Stores a record. Answers its place in the family's feed; the same for one that came before.
///
/// # Errors
/// Malformed, not signed by the asker, no live right to write, older than what is there, or no
/// room.
pub async fn put(
    app: &App,
    principal: &Principal,
    id: FamilyId,
    bytes: &[u8],
) -> Result<u64, Error> {
    access::own(principal, id)?;
    let signed = Signed::from_bytes(bytes)?;
    // What is at hand is nearly always the chain as it stands, and the write compares its head.
    // A refusal counts only of the chain as it stands.
    if let Some(family) = app.families.at_hand(id)
        && let Ok(Some(feed)) = put_in(app, principal, &family, &signed, bytes).await
    {
        return Ok(feed);
    }
    for _ in 0..TRIES_MAX {
        let family = families::of(app, principal, id).await?;
        if let Some(feed) = put_in(app, principal, &family, &signed, bytes).await? {
            return Ok(feed);
        }
    }
    Err(Error::Conflict("the chain is busy: try again"))
}

/// Stores a record as this state of the family allows; `None` if its chain has grown meanwhile.
async fn put_in(
    app: &App,
    principal: &Principal,
    family: &Family,
    signed: &Signed,
    bytes: &[u8],
) -> Result<Option<u64>, Error> {
    let rng = &mut random::rng();
    access::member(principal, family)?;
    let record = record::check_in(signed, family, &app.trust)?;
    let header = *record.header();
    let permit = access::write_data(principal, family, &header, app.today(), &app.trust)?;
    notice::require_covered(app, family, header.writer, &header.name)?;
    let key = app.outer.for_writing(&header.name, rng).await?;
    let place = record_place(&header.name, header.record, header.ver.into());
    let put = Put {
        permit,
        record: header.record,
        version: header.name.version,
        ver: header.ver.into(),
        hash: record.hash(),
        sealed: outer::seal(&key, &place, bytes, rng)?,
        frank_tag: frank_tag(&app.secrets.tag, &record).ok().map(|tag| *tag.bytes()),
        day: app.today(),
        room_bytes_max: app.limits.family_bytes_max,
    };
    match app.db.write(put).await? {
        Stored::At(feed) => {
            app.bells.ring(family.id(), Ring::Feed(feed));
            Ok(Some(feed))
        }
        Stored::ChainGrew => Ok(None),
        Stored::Stale => Err(Error::Superseded),
        Stored::NoRoom => Err(Error::Quota),
    }
}

/// One record.
///
/// # Errors
/// It isn't there, was deleted, or the asker may not read it.
pub async fn find(
    app: &App,
    principal: &Principal,
    id: FamilyId,
    record: RecordId,
) -> Result<Released, Error> {
    access::own(principal, id)?;
    // As for a write: the row is read together with the chain's head.
    if let Some(family) = app.families.at_hand(id)
        && let Ok(Some(released)) = find_in(app, principal, &family, record).await
    {
        return Ok(released);
    }
    for _ in 0..TRIES_MAX {
        let family = families::of(app, principal, id).await?;
        if let Some(released) = find_in(app, principal, &family, record).await? {
            return Ok(released);
        }
    }
    Err(Error::Conflict("the chain is busy: try again"))
}

/// One record as this state of the family allows; `None` if its chain has grown meanwhile.
async fn find_in(
    app: &App,
    principal: &Principal,
    family: &Family,
    record: RecordId,
) -> Result<Option<Released>, Error> {
    let permit = access::read_family(principal, family)?;
    let found = store::find(&app.db, &permit, record).await?;
    let (entry, seen) = found.ok_or(Error::NotFound)?;
    // The decision must have known the chain as it stood when the row was read.
    if seen != family.seen() {
        return Ok(None);
    }
    let shelf = Shelf::of(&entry.key);
    let permit = access::read_data(principal, family, &shelf, app.today(), &app.trust)?;
    let released = release(app, entry).await?;
    log_release(app, &permit, std::slice::from_ref(&released)).await?;
    Ok(Some(released))
}

/// The records of a shelf that came after a place in the feed.
///
/// # Errors
/// The asker may not read the shelf.
pub async fn page(
    app: &App,
    principal: &Principal,
    shelf: &Shelf,
    after: u64,
    count: i64,
) -> Result<Vec<Released>, Error> {
    for _ in 0..TRIES_MAX {
        let family = families::of(app, principal, shelf.family).await?;
        let permit = access::read_data(principal, &family, shelf, app.today(), &app.trust)?;
        let entries = store::page(&app.db, &permit, after, count).await?;
        if entries.iter().any(|(_, seen)| *seen != family.seen()) {
            continue;
        }
        let mut released = Vec::with_capacity(entries.len());
        for (entry, _) in entries {
            released.push(release(app, entry).await?);
        }
        log_release(app, &permit, &released).await?;
        return Ok(released);
    }
    Err(Error::Conflict("the chain is busy: try again"))
}

async fn log_release(
    app: &App,
    permit: &DataPermit<action::ReadData>,
    released: &[Released],
) -> Result<(), Error> {
    let with_content = released.iter().filter(|each| each.signed.is_some());
    log::release(app, permit, with_content.map(|each| each.entry.record).collect(), None).await
}

async fn release(app: &App, entry: Entry) -> Result<Released, Error> {
    let Some(sealed) = &entry.sealed else {
        return Ok(Released { entry, signed: None });
    };
    let key = match app.outer.for_reading(&entry.key).await {
        Ok(key) => key,
        // Its key was destroyed and the row not yet deleted: it is gone all the same.
        Err(Error::NotFound) => return Ok(Released { entry, signed: None }),
        Err(other) => return Err(other),
    };
    let place = record_place(&entry.key, entry.record, entry.ver);
    let signed = outer::open(&key, &place, sealed)?;
    Ok(Released { entry, signed: Some(signed) })
}

/// Takes one record away.
///
/// # Errors
/// It isn't there, or the asker doesn't decide for the child.
pub async fn delete(
    app: &App,
    principal: &Principal,
    id: FamilyId,
    record: RecordId,
) -> Result<(), Error> {
    for _ in 0..TRIES_MAX {
        let family: std::sync::Arc<Family> = families::of(app, principal, id).await?;
        let permit = access::read_family(principal, &family)?;
        let Some((entry, _)) = store::find(&app.db, &permit, record).await? else {
            return Err(Error::NotFound);
        };
        let permit = access::delete_data(principal, &family, &Shelf::of(&entry.key))?;
        if app.db.write(Delete { permit, record }).await? {
            app.bells.ring(id, Ring::Feed(entry.feed));
            return Ok(());
        }
    }
    Err(Error::Conflict("the chain is busy: try again"))
}
