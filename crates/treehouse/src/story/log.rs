//! The chapter about the log: who was handed what, proven, and a log that is put back.

use anyhow::{Context, Result, ensure};
use treehouse_client::ClientError;
use treehouse_client::log::{Kept, Log};
use treehouse_protocol::leaf::What;
use treehouse_tlog::proof::Head;

use super::readers::Narrator;
use super::{Cast, opens};
use crate::world::{WITNESSES, World};

/// A guardian checks what was logged, and notices an operator who takes some of it back.
pub async fn anybody(world: &World, cast: &mut Cast, told: &mut Narrator<'_>) -> Result<()> {
    told.chapter("Anybody can check");
    world.work().await;
    let server = world.connect().await?;
    let ada = &mut cast.ada.guardian;
    ada.sync().await?;
    let mut log = Log::follow(&server, Head::EMPTY)?;
    let activity = ada.activity(&mut log).await?;
    ensure!(activity.unlogged.is_empty(), "every link of the family's chain is in the log");
    ensure!(activity.unshown.is_empty(), "and every link of it that the log proves is shown");
    let mut readers = Vec::new();
    for logged in &activity.leaves {
        if let What::Release(release) = &logged.leaf.event.what {
            readers.push(release.reader);
        }
    }
    let frame = cast.frame.as_ref().context("the frame")?.key();
    let ben = cast.ben.as_ref().context("Ben")?.guardian.key()?;
    let camera = cast.camera.as_ref().context("the camera")?.key();
    ensure!(readers.contains(&frame) && readers.contains(&ben), "those who looked are in the log");
    ensure!(!readers.contains(&camera), "the camera, which only adds, was handed nothing");
    let handed = readers.len();
    readers.sort();
    readers.dedup();
    let lines = activity.leaves.len();
    let text = format!(
        "Ada reads who was handed what: {handed} times something of her children, to {} of those \
         that she let in; all {lines} lines are proven in the log",
        readers.len()
    );
    told.step(cast, &[], &text).await?;

    let witnesses = log.cosigned().len();
    ensure!(witnesses == WITNESSES, "each witness has cosigned the checkpoint");
    let text = format!(
        "{witnesses} witnesses have cosigned the log, on this same machine, which proves nothing \
         against its operator: run yours elsewhere (treehouse witness)"
    );
    told.step(cast, &[], &text).await?;

    let files = world.app.ledger.files().clone();
    let old = files.checkpoint()?.context("a checkpoint")?;
    opens(&mut cast.ada.guardian, cast.mia).await?;
    world.work().await;
    log.advance().await?;
    let (new, kept) = (files.checkpoint()?.context("a checkpoint")?, Kept::from(log.seen()));
    ensure!(old != new, "that Ada looked is in the log, too");
    files.put_checkpoint(old).await?;
    let mut later = Log::follow(&server, Kept::head_of(Some(&kept))?)?;
    let noticed = later.advance().await;
    ensure!(matches!(noticed, Err(ClientError::Unproven(_))), "a rollback is noticed");
    files.put_checkpoint(new).await?;
    later.advance().await?;
    told.step(
        cast,
        &[],
        "The operator puts an older log back, as if nobody had looked since: Ada's client remembers \
         the newer one, and refuses it",
    )
    .await
}
