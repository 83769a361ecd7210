//! Blobs: announced, sent in parts that may be sent again, and then whole or absent.

use bytes::Bytes;
use treehouse_protocol::blob::layout::Layout;
use treehouse_protocol::id::{BlobId, FamilyId, Hash};
use treehouse_protocol::outer;

use super::{App, families, log, notice, session};
use crate::access::{self, DataPermit, action};
use crate::data_map::RuleId;
use crate::domain::data::{Blob, Shelf, part_place};
use crate::domain::destruction::Step;
use crate::domain::principal::Principal;
use crate::error::Error;
use crate::port::blob::Place;
use crate::random;
use crate::store::blob::{self as store, Begin, Begun, Complete, Completed, Delete, Part, PutPart};

/// How often a request is decided again because the chain has grown meanwhile.
const TRIES_MAX: u32 = 4;

/// What a writer announces.
#[derive(Debug, Clone, Copy)]
pub struct Announced {
    /// The blob's id.
    pub id: BlobId,
    /// Whose data of which kind.
    pub shelf: Shelf,
    /// The version of its key.
    pub version: u32,
    /// Its length, sealed, in bytes.
    pub sealed_bytes: u64,
}

/// Announces a blob. Announcing it again changes nothing.
///
/// # Errors
/// No right to write, an impossible length, another blob has the id, or no room.
pub async fn begin(app: &App, principal: &Principal, blob: &Announced) -> Result<(), Error> {
    Layout::of_sealed(blob.sealed_bytes)?;
    for _ in 0..TRIES_MAX {
        let family = families::of(app, principal, blob.shelf.family).await?;
        let permit = access::write_blob(
            principal,
            &family,
            &blob.shelf,
            blob.version,
            app.today(),
            &app.trust,
        )?;
        let key = blob.shelf.key(blob.version);
        notice::require_covered(app, &family, permit.by(), &key)?;
        let begin = Begin {
            permit,
            id: blob.id,
            version: blob.version,
            sealed_bytes: blob.sealed_bytes,
            room_bytes_max: app.limits.family_bytes_max,
            now: app.now().0,
        };
        match app.db.write(begin).await? {
            Begun::Waiting => return Ok(()),
            Begun::ChainGrew => {}
            Begun::Taken => return Err(Error::Conflict("another blob has this id")),
            Begun::NoRoom => return Err(Error::Quota),
        }
    }
    Err(Error::Conflict("the chain is busy: try again"))
}

/// A blob that its own writer may add to, and the permission.
async fn own(
    app: &App,
    principal: &Principal,
    family: FamilyId,
    id: BlobId,
) -> Result<(Blob, DataPermit<action::WriteData>), Error> {
    let family = families::of(app, principal, family).await?;
    let permit = access::read_family(principal, &family)?;
    let (blob, _) = store::find(&app.db, &permit, id).await?.ok_or(Error::NotFound)?;
    if blob.writer != permit.by() {
        return Err(Error::NotFound);
    }
    let (shelf, version) = (Shelf::of(&blob.key), blob.key.version);
    let permit = access::write_blob(principal, &family, &shelf, version, app.today(), &app.trust)?;
    Ok((blob, permit))
}

/// Takes one part. Its bytes are safe on the disk before this returns; the same part may come
/// again.
///
/// # Errors
/// No right to write, no such part, the wrong length, or the blob is whole.
pub async fn put_part(
    app: &App,
    principal: &Principal,
    family: FamilyId,
    id: BlobId,
    part: u32,
    bytes: &[u8],
) -> Result<(), Error> {
    let (blob, permit) = own(app, principal, family, id).await?;
    let layout = Layout::of_sealed(blob.sealed_bytes)?;
    let range = layout.part_range(u64::from(part));
    let range = range.ok_or(Error::invalid("part", "must be one that the blob has"))?;
    if range.end - range.start != bytes.len() as u64 {
        return Err(Error::invalid("body", "must have the length of this part"));
    }
    if blob.whole {
        return Err(Error::Conflict("the blob is whole"));
    }
    let rng = &mut random::rng();
    let key = app.outer.for_writing(&blob.key, rng).await?;
    let sealed = outer::seal(&key, &part_place(&blob.key, id, part), bytes, rng)?;
    app.blobs.put(&Place { family, blob: id, part }, Bytes::from(sealed)).await?;
    let part = Part { part, hash: Hash::of(bytes) };
    if app.db.write(PutPart { permit, id, part }).await? {
        return Ok(());
    }
    // Erased meanwhile, so the bytes have to go, too; or called whole, and then they stay.
    if store::parts(&app.db, &blob).await?.is_empty() {
        app.blobs.delete_blob(family, id).await?;
    }
    Err(Error::Conflict("the blob doesn't wait for parts any more"))
}

/// Calls a blob whole.
///
/// # Errors
/// No right to write any more, or parts are missing.
pub async fn complete(
    app: &App,
    principal: &Principal,
    family: FamilyId,
    id: BlobId,
) -> Result<(), Error> {
    for _ in 0..TRIES_MAX {
        let (blob, permit) = own(app, principal, family, id).await?;
        let parts = Layout::of_sealed(blob.sealed_bytes)?.part_count();
        match app.db.write(Complete { permit, id, parts }).await? {
            Completed::Whole => return Ok(()),
            Completed::Missing => return Err(Error::Conflict("parts are missing: send them")),
            Completed::ChainGrew => {}
        }
    }
    Err(Error::Conflict("the chain is busy: try again"))
}

/// How far a blob has come, for its writer or a reader.
#[derive(Debug)]
pub struct Status {
    /// The blob.
    pub blob: Blob,
    /// The parts that have come.
    pub parts: Vec<Part>,
}

/// How far a blob has come: what a writer that was cut off asks.
///
/// # Errors
/// It isn't there, or the asker may neither read nor write it.
pub async fn status(
    app: &App,
    principal: &Principal,
    family: FamilyId,
    id: BlobId,
) -> Result<Status, Error> {
    let members = families::of(app, principal, family).await?;
    let permit = access::read_family(principal, &members)?;
    let found = store::find(&app.db, &permit, id).await?.ok_or(Error::NotFound)?;
    // Its writer, who may not read it, doesn't know whether its last word came through.
    let blob = match found {
        (blob, _) if blob.writer == permit.by() => blob,
        _ => read_permit(app, principal, family, id).await?.0,
    };
    let parts = store::parts(&app.db, &blob).await?;
    Ok(Status { blob, parts })
}

async fn read_permit(
    app: &App,
    principal: &Principal,
    id: FamilyId,
    blob: BlobId,
) -> Result<(Blob, DataPermit<action::ReadData>), Error> {
    for _ in 0..TRIES_MAX {
        let family = families::of(app, principal, id).await?;
        let permit = access::read_family(principal, &family)?;
        let (blob, seen) = store::find(&app.db, &permit, blob).await?.ok_or(Error::NotFound)?;
        // The decision must have known the chain as it stood when the row was read.
        if seen != family.seen() {
            continue;
        }
        let shelf = Shelf::of(&blob.key);
        let permit = access::read_data(principal, &family, &shelf, app.today(), &app.trust)?;
        return Ok((blob, permit));
    }
    Err(Error::Conflict("the chain is busy: try again"))
}

/// A blob that may be read from: whole, and by somebody who may. That it is, is logged.
///
/// # Errors
/// It isn't there or isn't whole, the asker may not read it, or it can't be logged.
pub async fn readable(
    app: &App,
    principal: &Principal,
    family: FamilyId,
    id: BlobId,
) -> Result<Blob, Error> {
    let (blob, permit) = read_permit(app, principal, family, id).await?;
    if !blob.whole {
        return Err(Error::NotFound);
    }
    log::release(app, &permit, Vec::new(), Some(id)).await?;
    Ok(blob)
}

/// Whether what was begun may go on: the asker may read this blob still, now. It was logged when it
/// began.
///
/// # Errors
/// The session or toy is gone, it isn't there any more, or the asker may not read it any more.
pub async fn require_readable(app: &App, principal: &Principal, blob: &Blob) -> Result<(), Error> {
    session::require(app, principal).await?;
    read_permit(app, principal, blob.key.family, blob.id).await.map(drop)
}

/// One part of a blob as its writer sealed it.
///
/// # Errors
/// Its key was destroyed, or the blob store fails.
pub async fn read_part(app: &App, blob: &Blob, part: u32) -> Result<Vec<u8>, Error> {
    let key = app.outer.for_reading(&blob.key).await?;
    let place = Place { family: blob.key.family, blob: blob.id, part };
    let sealed = app.blobs.read(&place, None).await?;
    Ok(outer::open(&key, &part_place(&blob.key, blob.id, part), &sealed)?)
}

/// Takes a blob away.
///
/// # Errors
/// It isn't there, or the asker doesn't decide for the child.
pub async fn delete(
    app: &App,
    principal: &Principal,
    id: FamilyId,
    blob: BlobId,
) -> Result<(), Error> {
    let family = families::of(app, principal, id).await?;
    let permit = access::read_family(principal, &family)?;
    let (blob, _) = store::find(&app.db, &permit, blob).await?.ok_or(Error::NotFound)?;
    access::delete_data(principal, &family, &Shelf::of(&blob.key))?;
    remove(app, id, blob.id).await
}

/// The bytes first: without its row nobody would find them again, and a receipt would say that they
/// went. If this ends in between, the row is still there for whoever asks again. Once more after it:
/// a part may have come in between.
async fn remove(app: &App, family: FamilyId, id: BlobId) -> Result<(), Error> {
    app.blobs.delete_blob(family, id).await?;
    app.db.write(Delete { family, id }).await?;
    app.blobs.delete_blob(family, id).await?;
    Ok(())
}

/// How many blobs a step of a plan is about.
pub(super) async fn count(app: &App, family: FamilyId, step: &Step) -> Result<u64, Error> {
    Ok(store::meant_by(&app.db, family, step).await?.len() as u64)
}

/// Destroys the blobs that a step of a plan is about.
pub(super) async fn destroy(app: &App, family: FamilyId, step: &Step) -> Result<(), Error> {
    for blob in store::meant_by(&app.db, family, step).await? {
        remove(app, family, blob).await?;
    }
    Ok(())
}

/// Sweeps up blobs that never became whole. Answers how many.
///
/// # Errors
/// The database or the blob store fails.
pub async fn sweep(app: &App) -> Result<usize, Error> {
    let abandoned = store::abandoned(&app.db, app.now().0 - RuleId::Upload.ms()).await?;
    for (family, blob) in &abandoned {
        remove(app, *family, *blob).await?;
    }
    Ok(abandoned.len())
}
