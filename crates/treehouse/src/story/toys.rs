//! The chapters about toys.

use anyhow::{Context, Result, ensure};
use treehouse_client::ClientError;
use treehouse_client::guardian::Guardian;
use treehouse_client::pairing::Check;
use treehouse_client::toy::{Progress, Toy};
use treehouse_protocol::chain::body::Caps;
use treehouse_protocol::id::ChildId;
use treehouse_protocol::kem::Suite;
use treehouse_protocol::registry::{Category, Rights};

use super::readers::Cell::{Reads, Refused};
use super::readers::Of::{Kim, Mia, Noa};
use super::readers::Who::{Ada, Ben, Eve, Frame, Tablet};
use super::readers::{NOTHING, Narrator, Row};
use super::{Cast, is_not_found, opens};
use crate::world::{World, notice};

/// How a guardian learns which keys are the toy's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Its picture is scanned.
    Scan,
    /// Its code is typed, and three pictures are compared.
    Code,
}

/// Links a new toy to a family.
pub async fn link_one(
    world: &World,
    guardian: &mut Guardian,
    name: &str,
    by: By,
    child: ChildId,
    caps: u8,
    rights: &[(Category, Rights)],
) -> Result<Toy> {
    let server = world.connect().await?;
    let folder = world.toy_folder(name);
    let suite =
        if rights.iter().any(|(_, rights)| rights.reads()) { Suite::XWing } else { Suite::X25519 };
    let mut toy = Toy::create(&folder, &server, suite)?;
    let mut waiting = toy.ask_code().await?;
    let caps = Caps::from_bits(caps).context("what a toy can do")?;
    let mut pairing = match by {
        By::Scan => guardian.link_scanned(&waiting.qr(), Some(child), caps).await?,
        By::Code => guardian.link_typed(&waiting.code(), Some(child), caps).await?,
    };
    let again = guardian.link_typed(&waiting.code(), Some(child), caps).await;
    ensure!(is_not_found(&again), "a code counts once");
    let Progress::Proposed(shown) = toy.progress(&mut waiting).await? else {
        anyhow::bail!("the toy is asked");
    };
    toy.accept(&waiting).await?;
    let accepted = guardian.accepted(&mut pairing).await?;
    let (check, proof) = accepted.context("the toy has accepted")?;
    ensure!(check == shown, "both sides show the same three pictures, or none");
    ensure!((check == Check::Scanned) == (by == By::Scan), "only of a typed code are there some");
    let read = notice(guardian.server()).await?;
    let key = guardian.finish_link(&pairing, proof, rights, read).await?;
    ensure!(key == toy.key(), "the toy that was linked is the one in the hand");
    ensure!(toy.progress(&mut waiting).await? == Progress::Linked, "the toy has its token");
    toy.refresh().await?;
    Ok(toy)
}

const FRAMED: &[Row] = &[(Frame, Mia, [Refused, Reads(0), Refused])];

const LINKED: &[Row] = &[(Tablet, Mia, [Reads(1), Reads(0), Refused])];

/// Toys are linked, and get names that only the family reads.
pub async fn link(world: &World, cast: &mut Cast, told: &mut Narrator<'_>) -> Result<()> {
    told.chapter("Toys are linked");
    let ada = &mut cast.ada.guardian;
    let write = [(Category::Photos, Rights::WRITE)];
    let read = [(Category::Photos, Rights::READ)];
    let camera = Caps::CAMERA;
    let linked = link_one(world, ada, "camera", By::Scan, cast.mia, camera, &write).await?;
    cast.camera = Some(linked);
    told.step(
        cast,
        &[],
        "Mia's camera: Ada scanned its picture, so the server couldn't swap its keys, nor the family",
    )
    .await?;
    let ada = &mut cast.ada.guardian;
    let linked = link_one(world, ada, "watch", By::Code, cast.noa, camera, &write).await?;
    cast.watch = Some(linked);
    told.step(
        cast,
        &[],
        "Noa's watch: the code was typed, and three pictures were the same on both",
    )
    .await?;
    let (ada, screen) = (&mut cast.ada.guardian, Caps::SCREEN);
    let linked = link_one(world, ada, "frame", By::Scan, cast.mia, screen, &read).await?;
    cast.frame = Some(linked);
    told.step(
        cast,
        FRAMED,
        "a picture frame may look at Mia's pictures; the cameras may only add some",
    )
    .await?;
    let both = [(Category::Photos, Rights::READ), (Category::Profile, Rights::READ)];
    let (ada, able) = (&mut cast.ada.guardian, Caps::SCREEN | Caps::RECOVERY);
    let linked = link_one(world, ada, "tablet", By::Scan, cast.mia, able, &both).await?;
    cast.tablet = Some(linked);
    let eve = &mut cast.eve.guardian;
    let linked = link_one(world, eve, "doll", By::Scan, cast.kim, camera, &write).await?;
    cast.doll = Some(linked);
    names(cast).await?;
    told.step(cast, LINKED, "each gets a name that the family reads and the server doesn't").await
}

async fn names(cast: &mut Cast) -> Result<()> {
    let ada = &mut cast.ada.guardian;
    let key = |toy: &Option<Toy>| toy.as_ref().map(Toy::key).context("a toy");
    let (camera, watch) = (key(&cast.camera)?, key(&cast.watch)?);
    ada.name_toy(camera, "the camera").await?;
    for (toy, name) in [(camera, "Mia's owl camera"), (watch, "Noa's fox watch")] {
        ada.name_toy(toy, name).await?;
        let listed = ada.toys().await?;
        let shown = listed.iter().find(|listed| listed.key == toy);
        ensure!(shown.and_then(|it| it.name.as_deref()) == Some(name), "Ada reads the name");
    }
    ensure!(ada.name_toy(camera, "").await.is_err(), "a name has a letter at least");
    Ok(())
}

/// The camera's two pictures have arrived.
const SENT: &[Row] = &[
    (Ada, Mia, [Reads(1), Reads(2), Reads(1)]),
    (Frame, Mia, [Refused, Reads(2), Refused]),
    (Tablet, Mia, [Reads(1), Reads(2), Refused]),
];

/// So have the watch's and the doll's.
const TAKEN: &[Row] =
    &[(Ada, Noa, [Reads(1), Reads(1), Reads(1)]), (Eve, Kim, [Reads(1), Reads(1), Reads(1)])];

/// Pictures are taken offline, and sent later.
pub async fn snap(
    world: &World,
    cast: &mut Cast,
    picture: &[u8],
    told: &mut Narrator<'_>,
) -> Result<()> {
    told.chapter("Toys take pictures");
    let camera = cast.camera.as_mut().context("Mia's camera")?;
    camera.snap(picture, None)?;
    camera.snap(picture, None)?;
    ensure!(camera.snap(b"not a picture", None).is_err(), "a damaged file is refused on the toy");
    ensure!(camera.waiting()? == 2, "and nothing of it is kept");
    told.step(
        cast,
        &[],
        "offline: two pictures wait in the camera, stripped of place and time, sealed",
    )
    .await?;
    let ada = &mut cast.ada.guardian;
    ensure!(opens(ada, cast.mia).await? == 0, "nothing has been sent yet");
    let mut rings = ada.live().await?;
    drop(cast.camera.take());
    let mut camera = Toy::open(&world.toy_folder("camera"))?;
    let sent = camera.sync().await?;
    ensure!((sent.sent, sent.waiting) == (2, 0), "both were sent");
    ensure!(rings.next().await.is_some(), "Ada's telephone rings");
    ensure!(opens(ada, cast.mia).await? == 2, "Ada sees both");
    cast.camera = Some(camera);
    told.step(
        cast,
        SENT,
        "switched off and on again, online: Ada's telephone rings, she sees both",
    )
    .await?;
    let ada = &mut cast.ada.guardian;
    let album = ada.album(cast.mia).await?;
    let first = album.first().context("Mia's first picture")?;
    let opened = ada.blob(&first.header, &first.photo.mid).await?;
    told.picture("mia-1", &opened)?;
    let own = cast.camera.as_mut().context("Mia's camera")?.shelf(Category::Photos).await;
    ensure!(is_not_found(&own), "a camera can't read back what it sent");
    told.step(cast, &[], "the camera itself can't read them any more").await?;
    let ada = &mut cast.ada.guardian;
    let frame = cast.frame.as_mut().context("the frame")?;
    let shown = frame.shelf(Category::Photos).await?;
    let opened = shown.iter().filter(|item| matches!(item.opened, Some(Ok(_)))).count();
    ensure!(opened == 2, "the frame shows both");
    let watch = cast.watch.as_mut().context("Noa's watch")?;
    watch.snap(picture, None)?;
    watch.sync().await?;
    ensure!(opens(ada, cast.noa).await? == 1, "Ada sees Noa's picture");
    let doll = cast.doll.as_mut().context("Eve's doll")?;
    doll.snap(picture, None)?;
    doll.sync().await?;
    told.step(cast, TAKEN, "the picture frame shows them; Eve, the stranger, gets nothing").await
}

const STOLEN: &[Row] = &[(Frame, Mia, NOTHING)];

/// A picture under the new key.
const GOES_ON: &[Row] = &[
    (Ada, Mia, [Reads(1), Reads(3), Reads(1)]),
    (Ben, Mia, [Reads(1), Reads(3), Refused]),
    (Tablet, Mia, [Reads(1), Reads(3), Refused]),
];

/// The frame is stolen: it is removed, keys change at once, and it forgets everything.
pub async fn stolen(
    world: &World,
    cast: &mut Cast,
    picture: &[u8],
    told: &mut Narrator<'_>,
) -> Result<()> {
    told.chapter("A toy is stolen");
    let ada = &mut cast.ada.guardian;
    let frame = cast.frame.as_mut().context("the frame")?;
    ada.remove_toy(frame.key()).await?;
    told.step(
        cast,
        STOLEN,
        "Ada removes the frame; in the same moment Mia's pictures get a new key",
    )
    .await?;
    let ada = &mut cast.ada.guardian;
    let camera = cast.camera.as_mut().context("Mia's camera")?;
    camera.snap(picture, None)?;
    camera.sync().await?;
    ensure!(opens(ada, cast.mia).await? == 3, "Ada sees the new picture");
    // Still switched off, and with its old keys: everybody tries before it is told to forget.
    told.try_all(cast, GOES_ON).await?;
    let (ada, frame) = (&mut cast.ada.guardian, cast.frame.as_mut().context("the frame")?);
    let thief = frame.refresh().await;
    ensure!(matches!(thief, Err(ClientError::Wiped)), "the stolen toy forgets everything");
    let folder = world.toy_folder("frame");
    ensure!(std::fs::read_dir(&folder)?.next().is_none(), "its memory is empty");
    let states = ada.toys().await?;
    let wiped = states.iter().any(|toy| toy.key == frame.key() && toy.state == "wiped");
    ensure!(wiped, "Ada is told that it forgot");
    told.step(cast, &[], "the thief switches it on: it forgets everything, and Ada is told").await
}

/// A toy goes to another family.
pub async fn transfer(world: &World, cast: &mut Cast, told: &mut Narrator<'_>) -> Result<()> {
    told.chapter("A toy is handed on");
    let ada = &mut cast.ada.guardian;
    let mut watch = cast.watch.take().context("Noa's watch")?;
    ada.remove_toy(watch.key()).await?;
    let released = watch.refresh().await;
    ensure!(matches!(released, Err(ClientError::Wiped)), "released, it forgets everything");
    let eve = &mut cast.eve.guardian;
    let write = [(Category::Photos, Rights::WRITE)];
    let mut watch = link_one(world, eve, "watch", By::Scan, cast.kim, Caps::CAMERA, &write).await?;
    watch.refresh().await?;
    ensure!(watch.child()? == cast.kim, "it belongs to the new child");
    cast.watch = Some(watch);
    told.step(
        cast,
        &[],
        "Ada releases the watch, it forgets everything, and Eve's family links it anew",
    )
    .await
}
