//! The chapters about lost keys. A mailbox alone gives none back; the printed kit does, or another
//! guardian, or a toy after three days in which everybody can say no.

use anyhow::{Context, Result, ensure};
use treehouse_client::ClientError;
use treehouse_client::guardian::Guardian;
use treehouse_protocol::chain::body::Policy;
use treehouse_protocol::registry::Method;

use super::readers::Of::{Kim, Mia, Noa};
use super::readers::Who::{Ada, Ben, Eve, Tablet};
use super::readers::{self, Reads};
use super::{Cast, Listener, opens};
use crate::world::{World, notice};

/// Before and after Ada comes back, nothing changes in who reads what.
const AS_BEFORE: &[Reads] = &[
    (Ada, Mia, [Some(1), Some(3), Some(1)]),
    (Ada, Noa, [Some(1), Some(0), Some(1)]),
    (Ben, Mia, [Some(1), Some(3), None]),
    (Tablet, Mia, [Some(1), Some(3), None]),
    (Eve, Kim, [Some(1), Some(1), Some(1)]),
];

/// While Ben has no keys.
const WAITING: &[Reads] = &[
    (Ada, Mia, [Some(1), Some(3), Some(1)]),
    (Ada, Noa, [Some(1), Some(0), Some(1)]),
    (Tablet, Mia, [Some(1), Some(3), None]),
    (Eve, Kim, [Some(1), Some(1), Some(1)]),
];

/// A toy hands over what it may read under the keys of today: not the pictures from before the theft.
const BY_A_TOY: &[Reads] = &[
    (Ada, Mia, [Some(1), Some(3), Some(1)]),
    (Ada, Noa, [Some(1), Some(0), Some(1)]),
    (Ben, Mia, [Some(1), Some(1), None]),
    (Tablet, Mia, [Some(1), Some(3), None]),
    (Eve, Kim, [Some(1), Some(1), Some(1)]),
];

/// A new password by mail, for who reads that mailbox: a session without keys.
async fn reset(world: &World, email: &str, password: &str) -> Result<Guardian> {
    let server = world.connect().await?;
    Guardian::ask_link(&server, email, true).await?;
    let token = world.letter(email, "reset").await?;
    let mut back = Guardian::register(&server, &token, password, &world.ksf()).await?;
    ensure!(back.unlock().await.is_err(), "a mailbox alone gives no keys back");
    ensure!(back.sync().await.is_err(), "and without keys nothing is read");
    Ok(back)
}

/// Ada forgets her password, and comes back with her recovery kit.
pub async fn by_kit(world: &World, cast: &mut Cast, listener: &mut dyn Listener) -> Result<()> {
    listener.chapter("A forgotten password");
    let (email, kit) = (cast.ada.email.clone(), cast.ada.kit.clone());
    let password = "ada has a new and longer password".to_owned();
    let mut back = reset(world, &email, &password).await?;
    listener.step("a letter lets Ada sign in again, and gives no key back");
    back.unlock_with_kit(&kit).await?;
    back.sync().await?;
    let pictures = opens(&mut back, cast.mia).await?;
    ensure!(pictures > 0, "with the kit she reads her pictures again");
    let old = cast.ada.guardian.sync().await;
    ensure!(matches!(old, Err(ref error) if error.status() == Some(401)), "old sessions ended");
    let server = world.connect().await?;
    let mut again = Guardian::sign_in(&server, &email, &password, &world.ksf()).await?;
    again.unlock().await?;
    again.sync().await?;
    ensure!(opens(&mut again, cast.mia).await? == pictures, "and with the new password, too");
    let wrong = Guardian::sign_in(&server, &email, &cast.ada.password, &world.ksf()).await;
    ensure!(matches!(wrong, Err(ClientError::WrongPassword)), "the old password is dead");
    cast.ada.guardian = again;
    cast.ada.password = password;
    readers::tell(world, cast, AS_BEFORE, listener).await?;
    listener.step("the printed recovery kit does; everybody else was signed out");
    Ok(())
}

/// Ada loses the kit, too, and Ben gives her keys back.
pub async fn by_guardian(
    world: &World,
    cast: &mut Cast,
    listener: &mut dyn Listener,
) -> Result<()> {
    listener.chapter("Password and kit are lost");
    let ben = &mut cast.ben.as_mut().context("Ben")?.guardian;
    cast.ada.guardian.trust_guardian(ben.key()?).await?;
    listener.step("while she had her keys, Ada let Ben hold a way back, sealed to him");
    let email = cast.ada.email.clone();
    let mut thief = reset(world, &email, "somebody who reads her letters").await?;
    thief.ask_guardian().await?;
    let asked = ben.asked_for_help().await?.pop().context("Ben is asked")?;
    ensure!(!thief.take_help().await?, "nobody has helped yet");
    listener.step("somebody who got into her mailbox asks Ben for help; a letter told both");
    let password = "ada begins once more with this one".to_owned();
    let mut back = reset(world, &email, &password).await?;
    let code = back.ask_guardian().await?;
    let refused = ben.help(&asked, &code).await;
    ensure!(matches!(refused, Err(ClientError::Impostor(_))), "another request, another code");
    let asked = ben.asked_for_help().await?.pop().context("Ben is asked")?;
    ensure!(asked.code() == code, "both screens show the same");
    ensure!(!back.take_help().await?, "before Ben helps, there is nothing");
    ensure!(back.sync().await.is_err(), "and nothing is read");
    listener.step("Ben helps only where his screen and Ada's show the same number");
    ben.help(&asked, &code).await?;
    ensure!(back.take_help().await?, "Ben has helped");
    back.sync().await?;
    let server = world.connect().await?;
    let mut again = Guardian::sign_in(&server, &email, &password, &world.ksf()).await?;
    again.unlock().await?;
    again.sync().await?;
    let stranger = thief.take_help().await;
    ensure!(stranger.is_err(), "who was in the mailbox is signed out");
    cast.ada.guardian = again;
    cast.ada.password = password;
    readers::tell(world, cast, AS_BEFORE, listener).await?;
    listener.step("Ada has the same keys as before; her new password opens them from now on");
    Ok(())
}

/// Somebody who reads Ben's letters has made new keys in his name, and they were verified.
async fn with_new_keys(world: &World, email: &str, password: &str) -> Result<(Guardian, String)> {
    let mut back = reset(world, email, password).await?;
    back.make_new_keys().await?;
    let read = notice(back.server()).await?;
    let asked = back.ask_verification(Method::EmailPlus, read).await?;
    let token = world.letter(email, "verify").await?;
    let server = world.connect().await?;
    Guardian::confirm(&server, &token).await?;
    let verified = back.verification(&asked.id).await?;
    let code = back.ask_toy(&verified).await?;
    Ok((back, code))
}

/// Ben loses everything, and Mia's tablet brings him back; Ada stops somebody else before.
pub async fn by_toy(world: &World, cast: &mut Cast, listener: &mut dyn Listener) -> Result<()> {
    listener.chapter("A toy brings a guardian back");
    let email = cast.ben.as_ref().context("Ben")?.email.clone();
    let tablet = cast.tablet.as_mut().context("the tablet")?;
    let (thief, code) = with_new_keys(world, &email, "somebody who reads his letters").await?;
    drop(thief);
    let asked = tablet.asked_back().await?.pop().context("the tablet is asked")?;
    ensure!(tablet.confirm(&asked, &code).await.is_err(), "no toy may, unless the family says so");
    let ada = &mut cast.ada.guardian;
    ada.set_policy(Policy { toy_recovery: true, ..Policy::DEFAULT }).await?;
    listener.step("Ada permits toys to bring a guardian back; without that, none can");
    let camera = cast.camera.as_mut().context("the camera")?;
    ensure!(camera.confirm(&asked, &code).await.is_err(), "and not every toy");
    let wrong = tablet.confirm(&asked, "0000 0000 0000 0000 0000").await;
    ensure!(matches!(wrong, Err(ClientError::Impostor(_))), "the numbers are compared first");
    let announced = tablet.confirm(&asked, &code).await?;
    world.letter_says("ada@", "is about to give a guardian new keys").await?;
    ada.call_off(announced).await?;
    world.pass_days(4);
    ensure!(tablet.hand_over(announced).await.is_err(), "what was called off never happens");
    listener.step("a thief with Ben's mailbox and the tablet: Ada gets a letter and calls it off");

    let password = "ben begins once more with this one".to_owned();
    let (mut back, code) = with_new_keys(world, &email, &password).await?;
    let asked = tablet.asked_back().await?.pop().context("the tablet is asked")?;
    ensure!(asked.code() == code, "the tablet shows the number that Ben's telephone shows");
    let announced = tablet.confirm(&asked, &code).await?;
    for _ in 0..4 {
        ensure!(tablet.hand_over(announced).await.is_err(), "three whole days must pass");
        ensure!(tablet.hand_over_due().await? == 0, "and the tablet waits by itself");
        ensure!(back.come_back().await.is_err(), "before that, the new keys open nothing");
        world.pass_days(1);
    }
    let ben = cast.ben.take().context("Ben")?;
    readers::check(world, cast, WAITING).await?;
    listener.step("Ben holds the tablet's button, and waits; for three days nothing opens");
    let tablet = cast.tablet.as_mut().context("the tablet")?;
    ensure!(tablet.hand_over_due().await? == 1, "the tablet hands over what it may read");
    let kit = back.come_back().await?.text().to_string();
    let server = world.connect().await?;
    let mut again = Guardian::sign_in(&server, &email, &password, &world.ksf()).await?;
    again.unlock().await?;
    again.sync().await?;
    cast.lost = Some(ben.guardian);
    cast.ben = Some(crate::world::Person { email, password, kit, guardian: again });
    cast.ada.guardian.sync().await?;
    readers::tell(world, cast, BY_A_TOY, listener).await?;
    listener.step("then he is back, with what the tablet may read; his old keys are worth nothing");
    Ok(())
}
