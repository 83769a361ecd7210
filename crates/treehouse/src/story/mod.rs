//! The story of two households, told while it happens and checked at every step: who can read
//! what, and who can't any more.

pub mod toys;

use anyhow::{Context, Result, ensure};
use treehouse_client::ClientError;
use treehouse_client::content::{AgeBand, Profile};
use treehouse_client::guardian::{Guardian, invitation_url};
use treehouse_client::toy::Toy;
use treehouse_protocol::id::ChildId;
use treehouse_protocol::registry::{Category, Purpose, Role};

use crate::world::{Person, World, notice};

/// Who hears the story.
pub trait Listener: Send {
    /// A new chapter.
    fn chapter(&mut self, title: &str);
    /// Something happened and was checked.
    fn step(&mut self, text: &str);
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
    /// The first child.
    pub mia: ChildId,
    /// The second child.
    pub noa: ChildId,
    /// Mia's camera.
    pub camera: Option<Toy>,
    /// Noa's watch.
    pub watch: Option<Toy>,
    /// A picture frame that may look at Mia's pictures.
    pub frame: Option<Toy>,
    /// A family that has nothing to do with them.
    pub stranger: Person,
}

const KEPT: [Category; 3] = [Category::Profile, Category::Photos, Category::Activity];

/// Tells the whole story. An error is a promise that was not kept.
pub async fn tell(world: &World, picture: &[u8], listener: &mut dyn Listener) -> Result<Cast> {
    let mut cast = consent(world, listener).await.context("consent")?;
    toys::link(world, &mut cast, listener).await.context("linking the toys")?;
    toys::snap(world, &mut cast, picture, listener).await.context("taking pictures")?;
    second_guardian(world, &mut cast, listener).await.context("a second guardian")?;
    toys::stolen(world, &mut cast, picture, listener).await.context("a stolen toy")?;
    withdrawal(world, &mut cast, picture, listener).await.context("withdrawal")?;
    recovery(world, &mut cast, listener).await.context("recovery")?;
    removal(world, &mut cast, listener).await.context("removing a guardian")?;
    toys::transfer(world, &mut cast, listener).await.context("handing a toy on")?;
    erasure(world, &mut cast, listener).await.context("erasure")?;
    Ok(cast)
}

/// A guardian is verified, founds a family and names two children.
async fn consent(world: &World, listener: &mut dyn Listener) -> Result<Cast> {
    listener.chapter("A parent consents");
    let mut ada = world.founder("ada").await?;
    listener.step("Ada opened an account; her password never left her telephone");
    listener.step("her letter was confirmed; the operator signed that she is an adult");
    let mia = ada.guardian.add_child(&KEPT).await?;
    let noa = ada.guardian.add_child(&KEPT).await?;
    for (child, nickname, age_band) in
        [(mia, "Mia Sommer", AgeBand::School), (noa, "Noa Winter", AgeBand::Small)]
    {
        let profile = Profile { nickname: nickname.to_owned(), age_band };
        ada.guardian.put_profile(child, &profile).await?;
        let read = ada.guardian.profile(child).await?;
        ensure!(read == Some(profile), "Ada reads the profile that she wrote");
    }
    listener.step("she named two children; the server stores noise");
    let mut stranger = world.founder("eve").await?;
    let family = ada.guardian.family_id()?;
    let foreign = stranger.guardian.withdraw_without_keys(family, Purpose::Play, None).await;
    ensure!(is_not_found(&foreign), "a foreign family doesn't exist for a stranger");
    stranger.guardian.sync().await?;
    listener.step("for Eve, a stranger, Ada's family doesn't exist");
    Ok(Cast { ada, ben: None, mia, noa, camera: None, watch: None, frame: None, stranger })
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

/// The father is let in, by a secret that the server never sees.
async fn second_guardian(
    world: &World,
    cast: &mut Cast,
    listener: &mut dyn Listener,
) -> Result<()> {
    listener.chapter("A second household");
    let ada = &mut cast.ada.guardian;
    let invitation = ada.invite(Role::Owner, &[]).await?;
    let url = invitation_url(&world.url, &invitation);
    let (ben, verified) = world.person("ben", Some(&url)).await?;
    ben.guardian.answer_invitation(&url, &verified).await?;
    listener.step("Ben opened Ada's invitation; its secret never reached the server");
    let share: [(ChildId, &[Category]); 1] = [(cast.mia, &[Category::Photos, Category::Profile])];
    let admitted = ada.admit(&invitation, &share, notice()).await?;
    ensure!(admitted == Some(ben.guardian.key()?), "Ada lets the one in whom she invited");
    let mut ben = ben;
    ben.guardian.sync().await?;
    let seen = opens(&mut ben.guardian, cast.mia).await?;
    ensure!(seen == opens(ada, cast.mia).await? && seen > 0, "Ben sees Mia's pictures");
    let unshared = ben.guardian.profile(cast.noa).await;
    ensure!(is_not_found(&unshared), "Ben doesn't read what Ada didn't share");
    listener.step("Ben sees Mia's pictures; what Ada didn't share of Noa, he doesn't");
    cast.ben = Some(ben);
    Ok(())
}

/// A purpose is withdrawn, and what was collected for it is destroyed.
async fn withdrawal(
    world: &World,
    cast: &mut Cast,
    picture: &[u8],
    listener: &mut dyn Listener,
) -> Result<()> {
    listener.chapter("Consent is withdrawn");
    let ada = &mut cast.ada.guardian;
    let before = opens(ada, cast.noa).await?;
    ensure!(before > 0, "there are pictures of Noa");
    let link = ada.withdraw(Purpose::Play, Some(cast.noa)).await?;
    world.work().await;
    let receipt = ada.receipt(link).await?.context("the receipt is there")?;
    ensure!(usize::try_from(receipt.records)? == before, "the receipt counts what was destroyed");
    ensure!(opens(ada, cast.noa).await? == 0, "nobody reads what was collected");
    listener.step(&format!(
        "Ada withdrew: {} pictures of Noa are gone, and she holds the server's receipt",
        receipt.records
    ));
    let watch = cast.watch.as_mut().context("Noa's watch")?;
    watch.snap(picture, None)?;
    let refused = watch.sync().await;
    ensure!(refused.is_err(), "without consent the server takes nothing");
    listener
        .step("Noa's watch takes another picture, and the server refuses it: no consent, no data");
    Ok(())
}

/// Ada forgets her password, and comes back with her recovery kit.
async fn recovery(world: &World, cast: &mut Cast, listener: &mut dyn Listener) -> Result<()> {
    listener.chapter("A forgotten password");
    let (email, kit) = (cast.ada.email.clone(), cast.ada.kit.clone());
    let server = world.connect().await?;
    Guardian::ask_link(&server, &email, true).await?;
    let token = world.letter(&email, "reset").await?;
    let password = "ada has a new and longer password".to_owned();
    let mut back = Guardian::register(&server, &token, &password, &world.ksf()).await?;
    ensure!(back.unlock().await.is_err(), "a mailbox alone gives no keys back");
    listener.step("a letter lets Ada sign in again, and gives no key back");
    back.unlock_with_kit(&kit).await?;
    back.sync().await?;
    let pictures = opens(&mut back, cast.mia).await?;
    ensure!(pictures > 0, "with the kit she reads her pictures again");
    let old = cast.ada.guardian.sync().await;
    ensure!(matches!(old, Err(ref error) if error.status() == Some(401)), "old sessions ended");
    let mut again = Guardian::sign_in(&server, &email, &password, &world.ksf()).await?;
    again.unlock().await?;
    again.sync().await?;
    ensure!(opens(&mut again, cast.mia).await? == pictures, "and with the new password, too");
    listener.step("the printed recovery kit does; everybody else was signed out");
    let old_password = cast.ada.password.clone();
    let wrong = Guardian::sign_in(&server, &email, &old_password, &world.ksf()).await;
    ensure!(matches!(wrong, Err(ClientError::WrongPassword)), "the old password is dead");
    cast.ada.guardian = again;
    cast.ada.password = password;
    Ok(())
}

/// A guardian is removed, and can't be silently.
async fn removal(world: &World, cast: &mut Cast, listener: &mut dyn Listener) -> Result<()> {
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
    listener.step("after 15 days he is out: new keys were made, and for him the family is gone");
    Ok(())
}

/// A child is erased.
async fn erasure(world: &World, cast: &mut Cast, listener: &mut dyn Listener) -> Result<()> {
    listener.chapter("Everything is erased");
    let ada = &mut cast.ada.guardian;
    let link = ada.erase(cast.mia, &[]).await?;
    world.work().await;
    let receipt = ada.receipt(link).await?.context("the receipt is there")?;
    ensure!(receipt.child == Some(cast.mia), "the receipt names the child");
    ensure!(receipt.outer_keys > 0, "outer keys were destroyed: backups are dead, too");
    let gone = ada.album(cast.mia).await;
    ensure!(gone.is_err() || gone.is_ok_and(|album| album.is_empty()), "nothing is left to read");
    listener.step(&format!(
        "Mia's data is gone: {} records, {} blobs and {} keys destroyed; the receipt is signed",
        receipt.records, receipt.blobs, receipt.outer_keys
    ));
    cast.stranger.guardian.sync().await?;
    Ok(())
}
