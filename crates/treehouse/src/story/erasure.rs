//! The chapters about the end of data: withdrawal, a child, the whole family, an account.

use anyhow::{Context, Result, ensure};
use treehouse_client::ClientError;
use treehouse_client::guardian::Guardian;
use treehouse_protocol::receipt::Receipt;
use treehouse_protocol::registry::Purpose;

use super::readers::Cell::Reads;
use super::readers::Of::{Mia, Noa};
use super::readers::Who::{Ada, Ben, Tablet};
use super::readers::{NOTHING, Narrator, Row};
use super::{Cast, opens};
use crate::world::World;

const WITHDRAWN: &[Row] = &[(Ada, Noa, [Reads(1), Reads(0), Reads(1)])];

const WITHOUT_MIA: &[Row] = &[(Ada, Mia, NOTHING), (Ben, Mia, NOTHING), (Tablet, Mia, NOTHING)];

const WITHOUT_NOA: &[Row] = &[(Ada, Noa, NOTHING)];

/// A purpose is withdrawn, and what was collected for it is destroyed.
pub async fn withdrawal(
    world: &World,
    cast: &mut Cast,
    picture: &[u8],
    told: &mut Narrator<'_>,
) -> Result<()> {
    told.chapter("Consent is withdrawn");
    let ada = &mut cast.ada.guardian;
    let before = opens(ada, cast.noa).await?;
    ensure!(before > 0, "there are pictures of Noa");
    let link = ada.withdraw(Purpose::Play, Some(cast.noa)).await?;
    world.work().await;
    let receipt = ada.receipt(link).await?.context("the receipt is there")?;
    ensure!(usize::try_from(receipt.records)? == before, "the receipt counts what was destroyed");
    ensure!(opens(ada, cast.noa).await? == 0, "nobody reads what was collected");
    let text = format!(
        "Ada withdrew: {} pictures of Noa are gone, and she holds the server's receipt",
        receipt.records
    );
    told.step(cast, WITHDRAWN, &text).await?;
    let watch = cast.watch.as_mut().context("Noa's watch")?;
    watch.snap(picture, None)?;
    let refused = watch.sync().await;
    ensure!(refused.is_err(), "without consent the server takes nothing");
    told.step(
        cast,
        &[],
        "Noa's watch takes another picture, and the server refuses it: no consent, no data",
    )
    .await
}

/// A child is erased.
pub async fn child(world: &World, cast: &mut Cast, told: &mut Narrator<'_>) -> Result<()> {
    told.chapter("A child is erased");
    let ada = &mut cast.ada.guardian;
    let link = ada.erase(cast.mia, &[]).await?;
    world.work().await;
    let receipt = ada.receipt(link).await?.context("the receipt is there")?;
    ensure!(receipt.child == Some(cast.mia), "the receipt names the child");
    ensure!(receipt.outer_keys > 0, "outer keys were destroyed: backups are dead, too");
    let text = format!(
        "Mia's data is gone: {} records, {} blobs and {} keys destroyed; the receipt is signed",
        receipt.records, receipt.blobs, receipt.outer_keys
    );
    told.step(cast, WITHOUT_MIA, &text).await
}

/// The rest of the family goes in one act, without any key; then the account.
pub async fn family(world: &World, cast: &mut Cast, told: &mut Narrator<'_>) -> Result<()> {
    told.chapter("Everything is erased");
    let (email, password) = (cast.ada.email.clone(), cast.ada.password.clone());
    let server = world.connect().await?;
    let session = Guardian::sign_in(&server, &email, &password, &world.ksf()).await?;
    let closed = session.close_account().await;
    ensure!(matches!(closed, Err(ref error) if error.status() == Some(409)), "the family first");
    told.step(cast, &[], "the last owner can't close the account while the family has children")
        .await?;
    let session = Guardian::sign_in(&server, &email, &password, &world.ksf()).await?;
    let family = session.own_family().await?;
    let before = session.receipts(family).await?.len();
    session.erase_family_without_keys(family).await?;
    world.work().await;
    let receipts = session.receipts(family).await?;
    ensure!(receipts.len() == before + 1, "one receipt for each child that was left");
    let noas = |receipt: &&Receipt| receipt.child == Some(cast.noa) && receipt.outer_keys > 0;
    receipts.iter().find(noas).context("the receipt for Noa's data")?;
    cast.ada.guardian.sync().await?;
    told.step(
        cast,
        WITHOUT_NOA,
        "with her session alone, without a key, Ada erases the whole family",
    )
    .await?;

    let (never, ksf) = ("nobody@families.example", world.ksf());
    let unknown = Guardian::sign_in(&server, never, &password, &ksf).await;
    let unknown = unknown.err().map(|error| error.to_string());
    session.close_account().await?;
    let gone = cast.ada.guardian.sync().await;
    ensure!(matches!(gone, Err(ref error) if error.status() == Some(401)), "sessions ended");
    let again = Guardian::sign_in(&server, &email, &password, &world.ksf()).await;
    ensure!(matches!(again, Err(ClientError::WrongPassword)), "the account is gone");
    let again = again.err().map(|error| error.to_string());
    ensure!(again == unknown, "an address that was, looks like one that never was");
    world.letter_says(&email, "Nothing of it is left").await?;
    told.step(cast, &[], "she closes her account; her address looks like one that never had any")
        .await?;
    let fresh = world.founder("ada").await?;
    ensure!(fresh.guardian.family_id()? != cast.family, "it is another family");
    cast.ada = fresh;
    cast.eve.guardian.sync().await?;
    told.step(cast, &[], "and may be used again, for a new account without a past").await
}
