//! Destroying what a link of a chain says must go: outer keys first, for they kill every copy in
//! every backup; then rows and blobs; then the receipt. Each step can be done again, so a crash
//! anywhere loses nothing: the plan waits until its receipt is written.

use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::body::{Body, Purge};
use treehouse_protocol::id::{FamilyId, Hash};
use treehouse_protocol::receipt::Receipt;
use treehouse_protocol::sign::Signed;

use super::{App, blob, chain, families};
use crate::access;
use crate::domain::data::Shelf;
use crate::domain::destruction::{Counts, Plan, Step};
use crate::domain::leaf::Seal;
use crate::domain::principal::Principal;
use crate::error::Error;
use crate::live::Ring;
use crate::random;
use crate::store::family::{self, CountDestruction, Destruction, FinishDestruction};
use crate::store::leaf::Unlink;
use crate::store::outer_key::Destroy;
use crate::store::record::{self, Wipe};
use crate::store::told::{self, Placed};

/// Carries out the destructions that wait. Answers how many were finished.
///
/// # Errors
/// A database or the blob store fails; what is left is tried again.
pub async fn carry_out(app: &App) -> Result<usize, Error> {
    let (mut finished, mut failed) = (0, None);
    let mut open = family::open_destructions(&app.db, None).await?;
    while let Some(last) = open.last().cloned() {
        for destruction in open {
            // One that fails doesn't keep the others from being carried out.
            match carry_out_one(app, destruction).await {
                Ok(()) => finished += 1,
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        open = family::open_destructions(&app.db, Some(&last)).await?;
    }
    if finished > 0 {
        // The logs beside the databases still hold what was deleted.
        app.outer.db().settle()?;
        app.db.settle()?;
    }
    failed.map_or(Ok(finished), Err)
}

async fn carry_out_one(app: &App, destruction: Destruction) -> Result<(), Error> {
    let Destruction { family, link, .. } = destruction;
    if let Some(receipt) = &destruction.receipt {
        return tell(app, family, link, receipt).await;
    }
    let plan = Plan::from_bytes(&destruction.plan)?;
    let counts = count(app, &destruction, &plan).await?;
    for step in &plan.steps {
        destroy(app, plan.family, step).await?;
    }
    let receipt = Receipt {
        family: plan.family,
        link,
        child: plan.child(),
        categories: plan.categories(),
        records: counts.records,
        blobs: counts.blobs,
        outer_keys: counts.outer_keys,
        day: app.today(),
    };
    let receipt = Signed::sign(&app.secrets.server, &receipt).to_bytes();
    let (seal, now) = (Seal::random(&mut random::rng()), app.now().0);
    let finish = FinishDestruction { family, link, receipt: receipt.clone(), seal, now };
    if app.db.write(finish).await? {
        tell(app, family, link, &receipt).await?;
    }
    Ok(())
}

/// What there is to destroy: counted before anything goes, and kept, because a turn that is cut off
/// leaves less to count to the next one.
async fn count(app: &App, destruction: &Destruction, plan: &Plan) -> Result<Counts, Error> {
    if let Some(counts) = destruction.counts {
        return Ok(counts);
    }
    let mut counts = Counts::default();
    for (at, step) in plan.steps.iter().enumerate() {
        // What is named twice goes once.
        if plan.steps[..at].contains(step) {
            continue;
        }
        if let Some(keys) = outer_keys(plan.family, step) {
            counts.outer_keys += app.outer.count(keys).await?;
        }
        counts.records += record::count(&app.db, records(plan.family, step)).await?;
        counts.blobs += blob::count(app, plan.family, step).await?;
    }
    let Destruction { family, link, .. } = *destruction;
    let first = app.db.write(CountDestruction { family, link, counts }).await?;
    if first { Ok(counts) } else { Err(Error::Conflict("another server has begun with it")) }
}

/// Lets the chain tell that the receipt was signed.
async fn tell(app: &App, family: FamilyId, link: Hash, receipt: &[u8]) -> Result<(), Error> {
    let purge = Purge { link, receipt: Hash::of(receipt), service: None };
    chain::append_own(app, family, &[Body::Purge(purge)]).await?;
    app.bells.ring(family, Ring::Family);
    Ok(())
}

/// The outer keys that a step is about. What one writer wrote is sealed by keys that others used, too.
const fn outer_keys(family: FamilyId, step: &Step) -> Option<Destroy> {
    match *step {
        Step::Child(child) => Some(Destroy::Child(family, child)),
        Step::Category(child, category, version) => {
            Some(Destroy::Shelf(Shelf { family, child, category }, version))
        }
        Step::Writer(..) => None,
    }
}

/// The records that a step is about.
const fn records(family: FamilyId, step: &Step) -> Wipe {
    match *step {
        Step::Child(child) => Wipe::Child(family, child),
        Step::Category(child, category, version) => {
            Wipe::Shelf(Shelf { family, child, category }, version)
        }
        Step::Writer(child, category, writer) => {
            Wipe::Writer(Shelf { family, child, category }, writer)
        }
    }
}

async fn destroy(app: &App, family: FamilyId, step: &Step) -> Result<(), Error> {
    if let Some(keys) = outer_keys(family, step) {
        app.outer.destroy(keys).await?;
    }
    // Of one writer's, so many at a time.
    while app.db.write(records(family, step)).await? > 0 {}
    if let Step::Child(child) = *step {
        // Who read what about a child is about the child, too.
        app.db.write(Unlink { owner: *family.bytes(), child: Some(child) }).await?;
    }
    blob::destroy(app, family, step).await
}

/// A receipt, and that it is in the log.
#[derive(Debug)]
pub struct Receipted {
    /// The signed receipt; `None` while it's being done.
    pub receipt: Option<Vec<u8>>,
    /// Its leaf and the proof, once it is published in the log.
    pub logged: Option<(Placed, String)>,
}

/// The receipt for a link that asked for something to be destroyed.
///
/// # Errors
/// Not a member, or the link asked for nothing.
pub async fn receipt(
    app: &App,
    principal: &Principal,
    id: FamilyId,
    link: Hash,
) -> Result<Receipted, Error> {
    let family = families::of(app, principal, id).await?;
    let permit = access::read_family(principal, &family)?;
    let receipt = family::receipt(&app.db, &permit, link).await?.ok_or(Error::NotFound)?;
    let mut logged = None;
    if let Some(placed) = told::of_erasure(&app.db, &permit, link).await? {
        logged = app.ledger.prove(placed.place).await?.map(|proof| (placed, proof));
    }
    Ok(Receipted { receipt, logged })
}

/// All receipts that the family was given.
///
/// # Errors
/// Not a member.
pub async fn receipts(
    app: &App,
    principal: &Principal,
    id: FamilyId,
) -> Result<Vec<Vec<u8>>, Error> {
    let family = families::of(app, principal, id).await?;
    let permit = access::read_family(principal, &family)?;
    Ok(family::receipts(&app.db, &permit).await?)
}
