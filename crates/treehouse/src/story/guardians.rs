//! The chapters about a second guardian.

use anyhow::{Context, Result, ensure};
use treehouse_client::guardian::invitation_url;
use treehouse_protocol::id::ChildId;
use treehouse_protocol::registry::{Category, Role};

use super::readers::Of::{Kim, Mia, Noa};
use super::readers::Who::{Ada, Ben, Eve, Frame, Tablet};
use super::readers::{self, Reads};
use super::{Cast, Listener, is_not_found, opens};
use crate::world::{World, notice};

const WITH_BEN: &[Reads] = &[
    (Ada, Mia, [Some(1), Some(2), Some(1)]),
    (Ada, Noa, [Some(1), Some(1), Some(1)]),
    (Ben, Mia, [Some(1), Some(2), None]),
    (Frame, Mia, [None, Some(2), None]),
    (Tablet, Mia, [Some(1), Some(2), None]),
    (Eve, Kim, [Some(1), Some(1), Some(1)]),
];

const WITHOUT_BEN: &[Reads] = &[
    (Ada, Mia, [Some(1), Some(3), Some(1)]),
    (Ada, Noa, [Some(1), Some(0), Some(1)]),
    (Tablet, Mia, [Some(1), Some(3), None]),
    (Eve, Kim, [Some(1), Some(1), Some(1)]),
];

/// The father is let in, by a secret that the server never sees.
pub async fn second(world: &World, cast: &mut Cast, listener: &mut dyn Listener) -> Result<()> {
    listener.chapter("A second household");
    let ada = &mut cast.ada.guardian;
    let invitation = ada.invite(Role::Owner, &[]).await?;
    let url = invitation_url(&world.url, &invitation);
    let (ben, verified) = world.person("ben", Some(&url)).await?;
    ben.guardian.answer_invitation(&url, &verified).await?;
    listener.step("Ben opened Ada's invitation; its secret never reached the server");
    let share: [(ChildId, &[Category]); 1] = [(cast.mia, &[Category::Photos, Category::Profile])];
    let read = notice(ada.server()).await?;
    let admitted = ada.admit(&invitation, &share, read).await?;
    ensure!(admitted == Some(ben.guardian.key()?), "Ada lets the one in whom she invited");
    let mut ben = ben;
    ben.guardian.sync().await?;
    let toys = ben.guardian.toys().await?;
    let names: Vec<&str> = toys.iter().filter_map(|toy| toy.name.as_deref()).collect();
    ensure!(names.contains(&"Mia's owl camera"), "Ben reads the names of Mia's toys: {names:?}");
    ensure!(!names.contains(&"Noa's fox watch"), "and not that of Noa's: {names:?}");
    cast.ben = Some(ben);
    readers::tell(world, cast, WITH_BEN, listener).await?;
    listener.step("Ben sees Mia's pictures; what Ada didn't share of Noa, he doesn't");
    Ok(())
}

/// A guardian is removed, and can't be silently.
pub async fn removal(world: &World, cast: &mut Cast, listener: &mut dyn Listener) -> Result<()> {
    listener.chapter("A guardian leaves");
    let ada = &mut cast.ada.guardian;
    let ben = cast.ben.as_mut().context("Ben")?;
    let key = ben.guardian.key()?;
    let announcement = ada.announce_removal(key).await?;
    let early = ada.carry_out_removal(announcement).await;
    ensure!(early.is_err(), "no guardian silently expels another");
    ben.guardian.sync().await?;
    listener.step("Ada announces that Ben is to leave; he is told, and has 14 days");
    world.pass_days(15);
    ada.carry_out_removal(announcement).await?;
    let gone = ben.guardian.sync().await;
    ensure!(is_not_found(&gone), "for a former guardian the family doesn't exist");
    ensure!(opens(ada, cast.mia).await? > 0, "Ada still reads the pictures");
    readers::tell(world, cast, WITHOUT_BEN, listener).await?;
    listener.step("after 15 days he is out: new keys were made, and for him the family is gone");
    Ok(())
}
