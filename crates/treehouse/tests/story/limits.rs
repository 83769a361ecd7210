//! Limits that a guardian signs, and toys that obey them offline.

use treehouse_client::ClientError;
use treehouse_client::content::limits::{Hours, Kind, KindLimit, Limits};
use treehouse_client::limits::{LocalTime, Verdict, Why};
use treehouse_client::opaque::Ksf;
use treehouse_client::toy::Toy;
use treehouse_protocol::chain::body::Caps;
use treehouse_protocol::registry::{Category, Rights};
use treehouse_server::config::Features;

use crate::story::toys::{By, link_one};
use crate::world::{Options, World};

const EVENING: LocalTime = LocalTime { day: 20_000, minute: 20 * 60 + 15 };
const NOON: LocalTime = LocalTime { day: 20_000, minute: 12 * 60 };

fn limits() -> Limits {
    Limits {
        day_minutes: Some(30),
        bedtime: Some(Hours { from: 20 * 60, until: 7 * 60 }),
        school: None,
        kinds: vec![KindLimit { kind: Kind::Watch, minutes: 0 }],
    }
}

fn refuses(toy: &Toy, kind: Kind, now: LocalTime) -> Option<Why> {
    match toy.obey(kind, now) {
        Err(ClientError::Limit(why)) => Some(why),
        other => {
            other.unwrap();
            None
        }
    }
}

#[tokio::test]
async fn toys_obey_offline_what_a_guardian_signed() {
    let folder = tempfile::tempdir().unwrap();
    let listen = "127.0.0.1:0".parse().unwrap();
    let (ksf, features) = (Ksf::cheap_for_load_tests, Features::default());
    let options =
        Options { folder: folder.path().to_owned(), listen, postgres: None, features, ksf };
    let world = World::start(&options).await.unwrap();
    let mut ada = world.founder("ada").await.unwrap().guardian;
    let child = ada.add_child(&[Category::Photos, Category::Settings]).await.unwrap();
    assert_eq!(ada.limits(child).await.unwrap(), None);
    let write = (Category::Photos, Rights::WRITE);
    let read = [write, (Category::Settings, Rights::READ)];
    let caps = Caps::CAMERA;
    let mut camera =
        link_one(&world, &mut ada, "camera", By::Scan, child, caps, &read).await.unwrap();
    let mut deaf =
        link_one(&world, &mut ada, "deaf", By::Scan, child, caps, &[write]).await.unwrap();

    // Nothing is set, and nothing was heard yet.
    assert_eq!(refuses(&camera, Kind::Pictures, EVENING), None);
    ada.set_limits(child, &limits()).await.unwrap();
    assert_eq!(ada.limits(child).await.unwrap(), Some(limits()));
    assert_eq!(refuses(&camera, Kind::Pictures, EVENING), None);

    camera.refresh().await.unwrap();
    deaf.refresh().await.unwrap();
    drop(camera);
    // Switched on again, and never online from here on.
    let camera = Toy::open(&world.toy_folder("camera")).unwrap();
    assert_eq!(camera.limits().unwrap(), Some(limits()));
    assert_eq!(refuses(&camera, Kind::Pictures, EVENING), Some(Why::Bedtime(7 * 60)));
    assert_eq!(refuses(&camera, Kind::Watch, NOON), Some(Why::Never));
    assert_eq!(camera.may(Kind::Pictures, NOON).unwrap(), Verdict::Yes(Some(30)));
    camera.spend(Kind::Play, NOON.day, 30).unwrap();
    assert_eq!(refuses(&camera, Kind::Pictures, NOON), Some(Why::DayUsed));
    // Who may not read settings can't obey them: the control.
    assert_eq!(refuses(&deaf, Kind::Pictures, EVENING), None);

    // Another toy goes, and keys change: one that comes later obeys all the same, and so does the
    // first when limits are lifted.
    ada.remove_toy(deaf.key()).await.unwrap();
    ada.remove_toy(camera.key()).await.unwrap();
    let mut watch =
        link_one(&world, &mut ada, "watch", By::Scan, child, caps, &read).await.unwrap();
    watch.refresh().await.unwrap();
    assert_eq!(refuses(&watch, Kind::Pictures, EVENING), Some(Why::Bedtime(7 * 60)));
    ada.set_limits(child, &Limits::default()).await.unwrap();
    watch.sync().await.unwrap();
    assert_eq!(refuses(&watch, Kind::Pictures, EVENING), None);
    world.stop().await;
}
