//! What a toy keeps until it is sent, when something goes wrong on the way: a picture that can't be
//! sent, or was sent before, holds up none of the others.

use std::path::Path;

use treehouse_client::ClientError;
use treehouse_client::picture::Prepared;
use treehouse_client::toy::Toy;
use treehouse_protocol::chain::body::Caps;
use treehouse_protocol::id::{ChildId, RecordId};
use treehouse_protocol::registry::{Category, Rights};

use crate::people::Person;
use crate::recovery::linked;
use crate::toys::Toy as Frame;
use crate::world::World;
use crate::{raw, toys};

/// A family whose camera may add pictures and read none.
struct Home {
    ada: Person,
    child: ChildId,
    camera: Toy,
}

impl Home {
    async fn new(world: &World) -> Self {
        let mut ada = Person::founder(world, "ada").await;
        let child = ada.guardian.add_child(&[Category::Photos]).await.unwrap();
        let (caps, rights) = (Caps::from_bits(Caps::CAMERA).unwrap(), Rights::WRITE);
        let camera = linked(world, &mut ada, child, caps, &[(Category::Photos, rights)]).await;
        Self { ada, child, camera }
    }

    fn snap(&mut self) -> RecordId {
        let bytes = vec![7; 1000];
        let (full, mid, thumbnail) = (bytes.clone(), bytes.clone(), bytes);
        let picture = Prepared { full, mid, thumbnail, width: 8, height: 8 };
        self.camera.keep(&picture, None).unwrap()
    }

    /// The pictures that Ada opens.
    async fn album(&mut self) -> Vec<RecordId> {
        let album = self.ada.guardian.album(self.child).await.unwrap();
        let mut records: Vec<_> = album.iter().map(|picture| picture.record).collect();
        records.sort_unstable();
        records
    }
}

fn sorted<const N: usize>(mut records: [RecordId; N]) -> [RecordId; N] {
    records.sort_unstable();
    records
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_that_came_before_the_keys_changed_holds_up_no_other() {
    for world in World::both().await {
        let mut home = Home::new(&world).await;
        let frame: Frame = toys::Toy::frame(&world, &mut home.ada, home.child).await;
        let first = home.snap();
        // The power goes before the toy hears that it was taken.
        let kept = tempfile::tempdir().unwrap();
        copy(home.camera.folder(), kept.path());
        assert_eq!(home.camera.sync().await.unwrap().sent, 1);
        copy(kept.path(), home.camera.folder());
        home.camera = Toy::open(home.camera.folder()).unwrap();
        assert_eq!(home.camera.waiting().unwrap(), 1);
        // Without a reader, with another key.
        home.ada.guardian.remove_toy(frame.key()).await.unwrap();
        let second = home.snap();
        let sent = home.camera.sync().await.unwrap();
        assert_eq!((sent.sent, sent.waiting), (2, 0), "{:?}", world.engine);
        assert_eq!(home.album().await, sorted([first, second]), "each is there once");

        // Nor does one that a guardian has deleted meanwhile, and it doesn't come back.
        copy(kept.path(), home.camera.folder());
        home.camera = Toy::open(home.camera.folder()).unwrap();
        let album = home.ada.guardian.album(home.child).await.unwrap();
        let deleted = album.iter().find(|picture| picture.record == first).unwrap();
        home.ada.guardian.delete_picture(deleted).await.unwrap();
        assert_eq!(home.camera.sync().await.unwrap().waiting, 0);
        assert_eq!(home.album().await, [second]);
        std::fs::remove_dir_all(home.camera.folder()).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_whose_parts_had_all_come_is_sent_to_its_end() {
    for world in World::both().await {
        let mut home = Home::new(&world).await;
        let picture = home.snap();
        let [location, _] = raw::locations(&world);
        raw::execute(&location, "ALTER TABLE record RENAME TO away").await;
        assert!(home.camera.sync().await.is_err(), "its blobs are there, and it isn't");
        raw::execute(&location, "ALTER TABLE away RENAME TO record").await;
        assert_eq!(home.album().await, []);
        assert_eq!(home.camera.sync().await.unwrap().sent, 1, "{:?}", world.engine);
        assert_eq!(home.album().await, [picture]);
        std::fs::remove_dir_all(home.camera.folder()).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_picture_stays_and_the_others_go() {
    for world in World::both().await {
        let mut home = Home::new(&world).await;
        let [damaged, one, other] = [home.snap(), home.snap(), home.snap()];
        let file = home.camera.folder().join(format!("{damaged}.full"));
        std::fs::write(&file, b"damaged").unwrap();
        let told = home.camera.sync().await;
        assert!(matches!(told, Err(ClientError::Refused(_))), "{told:?}");
        assert_eq!(home.camera.waiting().unwrap(), 1);
        assert_eq!(home.album().await, sorted([one, other]));
        // The control: what concerns them all stops at the first.
        home.snap();
        home.ada.guardian.remove_toy(home.camera.key()).await.unwrap();
        let told = home.camera.sync().await;
        assert!(matches!(told, Err(ClientError::Wiped)), "{told:?}");
        std::fs::remove_dir_all(home.camera.folder()).unwrap();
    }
}
