//! How it begins: a verified parent, two children, and a stranger.

use anyhow::{Result, ensure};
use treehouse_client::content::{AgeBand, Profile};
use treehouse_client::guardian::Guardian;
use treehouse_protocol::id::ChildId;
use treehouse_protocol::registry::{Category, Purpose};

use super::readers::Of::{Kim, Mia, Noa};
use super::readers::Who::{Ada, Eve};
use super::readers::{self, Reads};
use super::{Cast, KEPT, Listener, is_not_found};
use crate::world::World;

const THEN: &[Reads] = &[
    (Ada, Mia, [Some(1), Some(0), Some(1)]),
    (Ada, Noa, [Some(1), Some(0), Some(1)]),
    (Eve, Kim, [Some(1), Some(0), Some(1)]),
];

/// A guardian is verified, founds a family and names two children.
pub async fn consent(world: &World, listener: &mut dyn Listener) -> Result<Cast> {
    listener.chapter("A parent consents");
    let mut ada = world.founder("ada").await?;
    listener.step("Ada opened an account; her password never left her telephone");
    listener.step("her letter was confirmed; the operator signed that she is an adult");
    let mia = child(&mut ada.guardian, "Mia Sommer", AgeBand::School).await?;
    let noa = child(&mut ada.guardian, "Noa Winter", AgeBand::Small).await?;
    listener.step("she named two children; the server stores noise");
    let mut eve = world.founder("eve").await?;
    let kim = child(&mut eve.guardian, "Kim Herbst", AgeBand::Tween).await?;
    let (family, eves) = (ada.guardian.family_id()?, eve.guardian.family_id()?);
    let foreign = eve.guardian.withdraw_without_keys(family, Purpose::Play, None).await;
    ensure!(is_not_found(&foreign), "a foreign family doesn't exist for a stranger");
    let pass = world.steward("sam").await?;
    let mut cast = Cast {
        ada,
        ben: None,
        lost: None,
        family,
        mia,
        noa,
        camera: None,
        watch: None,
        frame: None,
        tablet: None,
        eve,
        eves,
        kim,
        doll: None,
        pass,
    };
    readers::tell(world, &mut cast, THEN, listener).await?;
    listener.step("for Eve, a stranger, Ada's family doesn't exist; nor for the operator's staff");
    Ok(cast)
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
