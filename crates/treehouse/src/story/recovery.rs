//! The chapters about lost keys. A mailbox alone gives none back; the printed kit does, or another
//! guardian, or a toy after three days in which everybody can say no.

use anyhow::{Context, Result, ensure};
use treehouse_client::ClientError;
use treehouse_client::guardian::Guardian;
use treehouse_protocol::chain::body::Policy;
use treehouse_protocol::registry::Method;

use super::readers::Cell::{Reads, Refused, Sealed, SignedOut};
use super::readers::Of::{Mia, Noa};
use super::readers::Who::{Ada, Ben, Keyless, LostPhone, Thief};
use super::readers::{Cell, NOTHING, Narrator, Row};
use super::{Cast, opens};
use crate::world::{World, notice};

/// What a session without keys is handed, and can't open: `of` records.
const fn sealed(of: usize) -> Cell {
    Sealed { opens: 0, of }
}

/// What the server hands to a session of Ada's, keys or none.
const ADAS_MIA: [Cell; 3] = [sealed(1), sealed(3), sealed(1)];
const ADAS_NOA: [Cell; 3] = [sealed(1), Reads(0), sealed(1)];

/// Ada's password was reset: her telephone is signed out, and still holds its keys; who has her
/// letters has a session, and no keys.
const ADA_RESET: &[Row] = &[
    (Ada, Mia, [SignedOut; 3]),
    (Ada, Noa, [SignedOut; 3]),
    (Keyless, Mia, ADAS_MIA),
    (Keyless, Noa, ADAS_NOA),
];

/// The same, and it was somebody else.
const ADA_ROBBED: &[Row] = &[
    (Ada, Mia, [SignedOut; 3]),
    (Ada, Noa, [SignedOut; 3]),
    (Thief, Mia, ADAS_MIA),
    (Thief, Noa, ADAS_NOA),
];

/// She resets it again.
const THIEF_OUT: &[Row] = &[
    (Thief, Mia, NOTHING),
    (Thief, Noa, NOTHING),
    (Keyless, Mia, ADAS_MIA),
    (Keyless, Noa, ADAS_NOA),
];

/// She reads what she read before.
const ADA_BACK: &[Row] = &[
    (Ada, Mia, [Reads(1), Reads(3), Reads(1)]),
    (Ada, Noa, [Reads(1), Reads(0), Reads(1)]),
    (Keyless, Mia, NOTHING),
    (Keyless, Noa, NOTHING),
];

/// Ben has lost his keys, and the telephone that has them was signed out by a thief's reset.
const BEN_ROBBED: &[Row] = &[
    (Ben, Mia, NOTHING),
    (LostPhone, Mia, [SignedOut, SignedOut, Refused]),
    (Thief, Mia, [sealed(1), sealed(3), Refused]),
];

/// He resets his password himself.
const BEN_WAITS: &[Row] = &[(Thief, Mia, NOTHING), (Keyless, Mia, [sealed(1), sealed(3), Refused])];

/// A toy hands over what it may read under the keys of today: not the pictures from before the
/// theft. Keys are new: the lost telephone's open nothing more.
const BY_A_TOY: &[Row] = &[
    (Ben, Mia, [Reads(1), Sealed { opens: 1, of: 3 }, Refused]),
    (LostPhone, Mia, NOTHING),
    (Keyless, Mia, NOTHING),
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
pub async fn by_kit(world: &World, cast: &mut Cast, told: &mut Narrator<'_>) -> Result<()> {
    told.chapter("A forgotten password");
    let (email, kit) = (cast.ada.email.clone(), cast.ada.kit.clone());
    let password = "ada has a new and longer password".to_owned();
    cast.keyless = Some(reset(world, &email, &password).await?);
    told.step(cast, ADA_RESET, "a letter lets Ada sign in again, and gives no key back").await?;
    let mut back = cast.keyless.take().context("the session")?;
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
    told.step(cast, ADA_BACK, "the printed recovery kit does; everybody else was signed out").await
}

/// Ada loses the kit, too, and Ben gives her keys back.
pub async fn by_guardian(world: &World, cast: &mut Cast, told: &mut Narrator<'_>) -> Result<()> {
    told.chapter("Password and kit are lost");
    let ben = &mut cast.ben.as_mut().context("Ben")?.guardian;
    cast.ada.guardian.trust_guardian(ben.key()?).await?;
    told.step(cast, &[], "while she had her keys, Ada let Ben hold a way back, sealed to him")
        .await?;
    let ben = &mut cast.ben.as_mut().context("Ben")?.guardian;
    let email = cast.ada.email.clone();
    let mut thief = reset(world, &email, "somebody who reads her letters").await?;
    thief.ask_guardian().await?;
    let asked = ben.asked_for_help().await?.pop().context("Ben is asked")?;
    ensure!(!thief.take_help().await?, "nobody has helped yet");
    cast.thief = Some(thief);
    told.step(
        cast,
        ADA_ROBBED,
        "somebody who got into her mailbox asks Ben for help; a letter told both",
    )
    .await?;
    let ben = &mut cast.ben.as_mut().context("Ben")?.guardian;
    let password = "ada begins once more with this one".to_owned();
    let mut back = reset(world, &email, &password).await?;
    let code = back.ask_guardian().await?;
    let refused = ben.help(&asked, &code).await;
    ensure!(matches!(refused, Err(ClientError::Swapped(_))), "another request, another code");
    let asked = ben.asked_for_help().await?.pop().context("Ben is asked")?;
    ensure!(asked.code() == code, "both screens show the same");
    ensure!(!back.take_help().await?, "before Ben helps, there is nothing");
    ensure!(back.sync().await.is_err(), "and nothing is read");
    cast.keyless = Some(back);
    told.step(cast, THIEF_OUT, "Ben helps only where his screen and Ada's show the same number")
        .await?;
    let ben = &mut cast.ben.as_mut().context("Ben")?.guardian;
    let mut back = cast.keyless.take().context("the session")?;
    ben.help(&asked, &code).await?;
    ensure!(back.take_help().await?, "Ben has helped");
    back.sync().await?;
    let server = world.connect().await?;
    let mut again = Guardian::sign_in(&server, &email, &password, &world.ksf()).await?;
    again.unlock().await?;
    again.sync().await?;
    let stranger = cast.thief.take().context("the thief")?.take_help().await;
    ensure!(stranger.is_err(), "who was in the mailbox is signed out");
    cast.ada.guardian = again;
    cast.ada.password = password;
    told.step(
        cast,
        ADA_BACK,
        "Ada has the same keys as before; her new password opens them from now on",
    )
    .await
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
pub async fn by_toy(world: &World, cast: &mut Cast, told: &mut Narrator<'_>) -> Result<()> {
    told.chapter("A toy brings a guardian back");
    let email = cast.ben.as_ref().context("Ben")?.email.clone();
    let (thief, code) = with_new_keys(world, &email, "somebody who reads his letters").await?;
    cast.thief = Some(thief);
    cast.lost = cast.ben.take().map(|ben| ben.guardian);
    let tablet = cast.tablet.as_mut().context("the tablet")?;
    let asked = tablet.asked_back().await?.pop().context("the tablet is asked")?;
    ensure!(tablet.confirm(&asked, &code).await.is_err(), "no toy may, unless the family says so");
    let ada = &mut cast.ada.guardian;
    ada.set_policy(Policy { toy_recovery: true, ..Policy::DEFAULT }).await?;
    told.step(
        cast,
        BEN_ROBBED,
        "Ada permits toys to bring a guardian back; without that, none can",
    )
    .await?;
    let tablet = cast.tablet.as_mut().context("the tablet")?;
    let camera = cast.camera.as_mut().context("the camera")?;
    ensure!(camera.confirm(&asked, &code).await.is_err(), "and not every toy");
    let wrong = tablet.confirm(&asked, "0000 0000 0000 0000 0000").await;
    ensure!(matches!(wrong, Err(ClientError::Swapped(_))), "the numbers are compared first");
    let announced = tablet.confirm(&asked, &code).await?;
    world.letter_says("ada@", "is about to give a guardian new keys").await?;
    cast.ada.guardian.call_off(announced).await?;
    world.pass_days(4);
    ensure!(tablet.hand_over(announced).await.is_err(), "what was called off never happens");
    told.step(
        cast,
        &[],
        "a thief with Ben's mailbox and the tablet: Ada gets a letter and calls it off",
    )
    .await?;

    let tablet = cast.tablet.as_mut().context("the tablet")?;
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
    cast.keyless = Some(back);
    told.step(
        cast,
        BEN_WAITS,
        "Ben holds the tablet's button, and waits; for three days nothing opens",
    )
    .await?;
    let mut back = cast.keyless.take().context("the session")?;
    let tablet = cast.tablet.as_mut().context("the tablet")?;
    ensure!(tablet.hand_over_due().await? == 1, "the tablet hands over what it may read");
    let kit = back.come_back().await?.text().to_string();
    let server = world.connect().await?;
    let mut again = Guardian::sign_in(&server, &email, &password, &world.ksf()).await?;
    again.unlock().await?;
    again.sync().await?;
    cast.ben = Some(crate::world::Person { email, password, kit, guardian: again });
    cast.ada.guardian.sync().await?;
    told.step(
        cast,
        BY_A_TOY,
        "then he is back, with what the tablet may read; his old keys are worth nothing",
    )
    .await
}
