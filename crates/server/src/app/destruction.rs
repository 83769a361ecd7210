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
use crate::domain::destruction::{Plan, Step};
use crate::domain::leaf::Seal;
use crate::domain::principal::Principal;
use crate::error::Error;
use crate::live::Ring;
use crate::random;
use crate::store::family::{self, Destruction, FinishDestruction};
use crate::store::leaf::Unlink;
use crate::store::outer_key::Destroy;
use crate::store::record::Wipe;
use crate::store::told::{self, Placed};

/// Carries out the destructions that wait. Answers how many were finished.
///
/// # Errors
/// A database or the blob store fails; what is left is tried again.
pub async fn carry_out(app: &App) -> Result<usize, Error> {
    let open = family::open_destructions(&app.db).await?;
    let mut finished = 0;
    for destruction in open {
        carry_out_one(app, destruction).await?;
        finished += 1;
    }
    if finished > 0 {
        // The logs beside the databases still hold what was deleted.
        app.outer.db().settle()?;
        app.db.settle()?;
    }
    Ok(finished)
}

#[derive(Default)]
struct Counts {
    records: u64,
    blobs: u64,
    outer_keys: u64,
}

async fn carry_out_one(app: &App, destruction: Destruction) -> Result<(), Error> {
    let plan = Plan::from_bytes(&destruction.plan)?;
    let mut counts = Counts::default();
    for step in &plan.steps {
        destroy(app, plan.family, step, &mut counts).await?;
    }
    let receipt = Receipt {
        family: plan.family,
        link: destruction.link,
        child: plan.child(),
        categories: plan.categories(),
        records: counts.records,
        blobs: counts.blobs,
        outer_keys: counts.outer_keys,
        day: app.today(),
    };
    let signed = Signed::sign(&app.secrets.server, &receipt).to_bytes();
    let (family, link) = (destruction.family, destruction.link);
    let (seal, now) = (Seal::random(&mut random::rng()), app.now().0);
    let receipt = signed.clone();
    if app.db.write(FinishDestruction { destruction, receipt, seal, now }).await? {
        let purge = Purge { link, receipt: Hash::of(&signed), service: None };
        chain::append_own(app, family, &[Body::Purge(purge)]).await?;
        app.bells.ring(family, Ring::Family);
    }
    Ok(())
}

async fn destroy(
    app: &App,
    family: FamilyId,
    step: &Step,
    counts: &mut Counts,
) -> Result<(), Error> {
    match *step {
        Step::Child(child) => {
            counts.outer_keys += app.outer.destroy(Destroy::Child(family, child)).await?;
            counts.records += app.db.write(Wipe::Child(family, child)).await?;
            // Who read what about a child is about the child, too.
            app.db.write(Unlink { owner: *family.bytes(), child: Some(child) }).await?;
        }
        Step::Category(child, category, version) => {
            let shelf = Shelf { family, child, category };
            counts.outer_keys += app.outer.destroy(Destroy::Shelf(shelf, version)).await?;
            counts.records += app.db.write(Wipe::Shelf(shelf, version)).await?;
        }
        Step::Writer(child, category, writer) => loop {
            let shelf = Shelf { family, child, category };
            let gone = app.db.write(Wipe::Writer(shelf, writer)).await?;
            counts.records += gone;
            if gone == 0 {
                break;
            }
        },
    }
    counts.blobs += blob::destroy(app, family, step).await?;
    Ok(())
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
