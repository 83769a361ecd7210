//! How it begins: a verified parent, two children, and a stranger.

use anyhow::{Result, ensure};
use treehouse_client::content::{AgeBand, Profile};
use treehouse_client::guardian::Guardian;
use treehouse_protocol::id::ChildId;
use treehouse_protocol::registry::{Category, Purpose};
use treehouse_server::random;

use super::readers::Cell::Reads;
use super::readers::Of::{Kim, Mia, Noa};
use super::readers::Who::{Ada, Eve};
use super::readers::{Narrator, Row};
use super::{Cast, KEPT, is_not_found};
use crate::world::World;

const NAMED: &[Row] = &[
    (Ada, Mia, [Reads(1), Reads(0), Reads(1)]),
    (Ada, Noa, [Reads(1), Reads(0), Reads(1)]),
    (Eve, Kim, [Reads(1), Reads(0), Reads(1)]),
];

/// A guardian is verified, founds a family and names two children.
pub async fn consent(world: &World, told: &mut Narrator<'_>) -> Result<Cast> {
    told.chapter("A parent consents");
    let mut all = Box::pin(stage(world)).await?;
    let cast = &mut all;
    told.step(cast, &[], "Ada opened an account; her password never left her telephone").await?;
    told.step(cast, &[], "her letter was confirmed; the operator signed that she is an adult")
        .await?;
    cast.mia = child(&mut cast.ada.guardian, "Mia Sommer", AgeBand::School).await?;
    cast.noa = child(&mut cast.ada.guardian, "Noa Winter", AgeBand::Small).await?;
    cast.kim = child(&mut cast.eve.guardian, "Kim Herbst", AgeBand::Tween).await?;
    told.step(cast, NAMED, "she named two children; the server stores noise").await?;
    let stranger = &cast.eve.guardian;
    let foreign = stranger.withdraw_without_keys(cast.family, Purpose::Play, None).await;
    ensure!(is_not_found(&foreign), "a foreign family doesn't exist for a stranger");
    told.step(
        cast,
        &[],
        "for Eve, a stranger, Ada's family doesn't exist; nor for the operator's staff",
    )
    .await?;
    Ok(all)
}

/// Two families without children: those are named later, and until then they are just as unknown
/// to the server as these ids.
async fn stage(world: &World) -> Result<Cast> {
    let (ada, eve) = (world.founder("ada").await?, world.founder("eve").await?);
    let (family, eves) = (ada.guardian.family_id()?, eve.guardian.family_id()?);
    let unknown = || ChildId::random(&mut random::rng());
    Ok(Cast {
        ada,
        ben: None,
        lost: None,
        keyless: None,
        thief: None,
        family,
        mia: unknown(),
        noa: unknown(),
        camera: None,
        watch: None,
        frame: None,
        tablet: None,
        eve,
        eves,
        kim: unknown(),
        doll: None,
        pass: world.steward("sam").await?,
    })
}

async fn child(guardian: &mut Guardian, nickname: &str, age_band: AgeBand) -> Result<ChildId> {
    let child = guardian.add_child(&KEPT).await?;
    let profile = Profile { nickname: nickname.to_owned(), age_band };
    guardian.put_profile(child, &profile).await?;
    let read = guardian.profile(child).await?;
    ensure!(read == Some(profile), "a guardian reads the profile that it wrote");
    guardian.keep(child, Category::Activity, b"twenty minutes of the game with the owls").await?;
    Ok(child)
}
