//! The story of two households, told while it happens and checked at every step. With each step a
//! table says who reads what, and everybody else tries in vain: [`readers`].

pub mod consent;
pub mod erasure;
pub mod guardians;
pub mod log;
pub mod readers;
pub mod recovery;
pub mod toys;

use anyhow::{Context, Result, ensure};
use treehouse_client::ClientError;
use treehouse_client::guardian::Guardian;
use treehouse_client::toy::Toy;
use treehouse_protocol::id::{ChildId, FamilyId};
use treehouse_protocol::registry::Category;

use self::readers::Narrator;
use crate::world::{Person, World};

/// Who hears the story.
pub trait Listener: Send {
    /// A new chapter.
    fn chapter(&mut self, title: &str);
    /// Something happened and was checked.
    fn step(&mut self, text: &str);
    /// Who reads something now; everybody else was tried, and doesn't.
    fn readers(&mut self, _text: &str) {}
    /// A guardian opened a picture, which is a JPEG.
    ///
    /// # Errors
    /// It can't be shown.
    fn picture(&mut self, _name: &str, _jpeg: &[u8]) -> Result<()> {
        Ok(())
    }
}

/// Everybody in the story.
pub struct Cast {
    /// The mother, who founds the family.
    pub ada: Person,
    /// The father, in another household.
    pub ben: Option<Person>,
    /// Ben's old telephone, with the keys that he lost.
    pub lost: Option<Guardian>,
    /// A session that has no keys, or not yet.
    pub keyless: Option<Guardian>,
    /// The session of somebody who reads a guardian's letters.
    pub thief: Option<Guardian>,
    /// Ada's family.
    pub family: FamilyId,
    /// The first child.
    pub mia: ChildId,
    /// The second child.
    pub noa: ChildId,
    /// Mia's camera.
    pub camera: Option<Toy>,
    /// Noa's watch; later Eve's child's.
    pub watch: Option<Toy>,
    /// A picture frame that may look at Mia's pictures.
    pub frame: Option<Toy>,
    /// Mia's tablet, which may bring a guardian back.
    pub tablet: Option<Toy>,
    /// A family that has nothing to do with them.
    pub eve: Person,
    /// Eve's family.
    pub eves: FamilyId,
    /// Eve's child.
    pub kim: ChildId,
    /// The toy of Eve's child.
    pub doll: Option<Toy>,
    /// The pass of a steward.
    pub pass: String,
}

/// What is kept of a child in this story.
pub const KEPT: [Category; 3] = [Category::Profile, Category::Photos, Category::Activity];

/// Tells the whole story. An error is a promise that was not kept.
pub async fn tell(world: &World, picture: &[u8], listener: &mut dyn Listener) -> Result<Cast> {
    let told = &mut Narrator::new(world, listener);
    let mut cast = Box::pin(consent::consent(world, told)).await.context("consent")?;
    let all = &mut cast;
    Box::pin(toys::link(world, all, told)).await.context("linking the toys")?;
    Box::pin(toys::snap(world, all, picture, told)).await.context("taking pictures")?;
    Box::pin(guardians::second(world, all, told)).await.context("a second guardian")?;
    Box::pin(log::anybody(world, all, told)).await.context("the log")?;
    Box::pin(toys::stolen(world, all, picture, told)).await.context("a stolen toy")?;
    Box::pin(erasure::withdrawal(world, all, picture, told)).await.context("withdrawal")?;
    Box::pin(recovery::by_kit(world, all, told)).await.context("recovery by the kit")?;
    Box::pin(recovery::by_guardian(world, all, told)).await.context("recovery by Ben")?;
    Box::pin(recovery::by_toy(world, all, told)).await.context("recovery by a toy")?;
    Box::pin(guardians::removal(world, all, told)).await.context("removing a guardian")?;
    Box::pin(toys::transfer(world, all, told)).await.context("handing a toy on")?;
    Box::pin(erasure::child(world, all, told)).await.context("erasing a child")?;
    Box::pin(erasure::family(world, all, told)).await.context("erasing the family")?;
    Ok(cast)
}

/// Whether the server says that something doesn't exist.
pub(crate) fn is_not_found<T>(result: &Result<T, ClientError>) -> bool {
    matches!(result, Err(error) if error.status() == Some(404))
}

/// How many pictures of a child a guardian can open.
pub(crate) async fn opens(guardian: &mut Guardian, child: ChildId) -> Result<usize> {
    let pictures = guardian.album(child).await?;
    for picture in &pictures {
        let photo = &picture.photo;
        let plain = guardian.blob(&picture.header, &photo.thumbnail).await?;
        ensure!(plain.starts_with(&[0xff, 0xd8]), "a thumbnail opens to a JPEG");
    }
    Ok(pictures.len())
}
