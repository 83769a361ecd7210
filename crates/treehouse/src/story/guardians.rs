//! The chapters about a second guardian.

use anyhow::{Context, Result, ensure};
use treehouse_client::guardian::invitation_url;
use treehouse_protocol::id::ChildId;
use treehouse_protocol::registry::{Category, Role};

use super::readers::Cell::{Reads, Refused};
use super::readers::Of::Mia;
use super::readers::Who::Ben;
use super::readers::{NOTHING, Narrator, Row};
use super::{Cast, is_not_found, opens};
use crate::world::{World, notice};

const WITH_BEN: &[Row] = &[(Ben, Mia, [Reads(1), Reads(2), Refused])];

const WITHOUT_BEN: &[Row] = &[(Ben, Mia, NOTHING)];

/// The father is let in, by a secret that the server never sees.
pub async fn second(world: &World, cast: &mut Cast, told: &mut Narrator<'_>) -> Result<()> {
    told.chapter("A second household");
    let ada = &mut cast.ada.guardian;
    let invitation = ada.invite(Role::Owner, &[]).await?;
    let url = invitation_url(&world.url, &invitation);
    let (ben, verified) = world.person("ben", Some(&url)).await?;
    ben.guardian.answer_invitation(&url, &verified).await?;
    cast.ben = Some(ben);
    told.step(cast, &[], "Ben opened Ada's invitation; its secret never reached the server")
        .await?;
    let (ada, ben) = (&mut cast.ada.guardian, cast.ben.as_mut().context("Ben")?);
    let share: [(ChildId, &[Category]); 1] = [(cast.mia, &[Category::Photos, Category::Profile])];
    let read = notice(ada.server()).await?;
    let admitted = ada.admit(&invitation, &share, read).await?;
    ensure!(admitted == Some(ben.guardian.key()?), "Ada lets the one in whom she invited");
    ben.guardian.sync().await?;
    let toys = ben.guardian.toys().await?;
    let names: Vec<&str> = toys.iter().filter_map(|toy| toy.name.as_deref()).collect();
    ensure!(names.contains(&"Mia's owl camera"), "Ben reads the names of Mia's toys: {names:?}");
    ensure!(!names.contains(&"Noa's fox watch"), "and not that of Noa's: {names:?}");
    told.step(cast, WITH_BEN, "Ben sees Mia's pictures; what Ada didn't share of Noa, he doesn't")
        .await
}

/// A guardian is removed, and can't be silently.
pub async fn removal(world: &World, cast: &mut Cast, told: &mut Narrator<'_>) -> Result<()> {
    told.chapter("A guardian leaves");
    let ada = &mut cast.ada.guardian;
    let ben = cast.ben.as_mut().context("Ben")?;
    let key = ben.guardian.key()?;
    let announcement = ada.announce_removal(key).await?;
    let early = ada.carry_out_removal(announcement).await;
    ensure!(early.is_err(), "no guardian silently expels another");
    ben.guardian.sync().await?;
    told.step(cast, &[], "Ada announces that Ben is to leave; he is told, and has 14 days").await?;
    world.pass_days(15);
    let (ada, ben) = (&mut cast.ada.guardian, cast.ben.as_mut().context("Ben")?);
    ada.carry_out_removal(announcement).await?;
    let gone = ben.guardian.sync().await;
    ensure!(is_not_found(&gone), "for a former guardian the family doesn't exist");
    ensure!(opens(ada, cast.mia).await? > 0, "Ada still reads the pictures");
    told.step(
        cast,
        WITHOUT_BEN,
        "after 15 days he is out: new keys were made, and for him the family is gone",
    )
    .await
}
