//! Toys that are lost: a guardian's signed word, which no server begins, ends or forgets.

use treehouse_client::ClientError;
use treehouse_client::content::limits::Kind;
use treehouse_client::limits::LocalTime;
use treehouse_client::picture::Prepared;
use treehouse_client::toy::Toy;
use treehouse_protocol::chain::body::Caps;
use treehouse_protocol::id::ChildId;
use treehouse_protocol::registry::{Category, Rights};

use crate::people::Person;
use crate::raw;
use crate::recovery::linked;
use crate::world::World;

const TEXT: &str = "Please give me back at the school.";
const NOW: LocalTime = LocalTime { day: 20_000, minute: 12 * 60 };

struct Home {
    ada: Person,
    child: ChildId,
    toy: Toy,
}

impl Home {
    /// A family whose toy may read and add pictures, and reads settings.
    async fn new(world: &World) -> Self {
        let mut ada = Person::founder(world, "ada").await;
        let kept = [Category::Photos, Category::Settings];
        let child = ada.guardian.add_child(&kept).await.unwrap();
        let rights = [(Category::Photos, Rights::READ_WRITE), (Category::Settings, Rights::READ)];
        let toy = linked(world, &mut ada, child, camera(), &rights).await;
        Self { ada, child, toy }
    }

    fn snap(&mut self) -> Result<(), ClientError> {
        let bytes = vec![7; 1000];
        let (full, mid, thumbnail) = (bytes.clone(), bytes.clone(), bytes);
        let picture = Prepared { full, mid, thumbnail, width: 8, height: 8 };
        self.toy.keep(&picture, None).map(drop)
    }
}

fn camera() -> Caps {
    Caps::from_bits(Caps::CAMERA).unwrap()
}

fn is_lost<T: std::fmt::Debug>(told: &Result<T, ClientError>) -> bool {
    matches!(told, Err(ClientError::Lost))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_toy_hides_everything_until_a_guardian_says_that_it_is_found() {
    for world in World::both().await {
        let mut home = Home::new(&world).await;
        home.snap().unwrap();
        home.toy.sync().await.unwrap();
        assert_eq!(home.toy.shelf(Category::Photos).await.unwrap().len(), 1);
        let album = home.ada.guardian.album(home.child).await.unwrap();
        home.snap().unwrap();
        home.ada.guardian.mark_lost(home.toy.key(), TEXT).await.unwrap();
        // It hasn't heard of it, and works.
        assert_eq!(home.toy.lost().unwrap(), None);
        assert!(home.toy.obey(Kind::Pictures, NOW).is_ok());

        let sent = home.toy.sync().await.unwrap();
        assert_eq!((sent.sent, sent.waiting), (0, 1), "{:?}", world.engine);
        // Switched off and on, and out of reach: it's lost all the same.
        home.toy = Toy::open(home.toy.folder()).unwrap();
        assert_eq!(home.toy.lost().unwrap().as_deref(), Some(TEXT));
        assert!(is_lost(&home.toy.obey(Kind::Pictures, NOW)));
        assert!(is_lost(&home.snap()));
        assert!(is_lost(&home.toy.shelf(Category::Photos).await));
        let picture = &album[0];
        assert!(is_lost(&home.toy.blob(&picture.header, &picture.photo.full).await));
        let own = home.ada.guardian.lost_toys(home.child).await.unwrap();
        assert_eq!(own, [(home.toy.key(), TEXT.to_owned())]);
        assert_eq!(home.ada.guardian.album(home.child).await.unwrap().len(), 1);

        home.ada.guardian.mark_found(home.toy.key()).await.unwrap();
        assert_eq!(home.toy.sync().await.unwrap().sent, 1, "what waited wasn't thrown away");
        assert_eq!(home.toy.lost().unwrap(), None);
        assert_eq!(home.toy.shelf(Category::Photos).await.unwrap().len(), 2);
        assert!(home.toy.blob(&picture.header, &picture.photo.full).await.is_ok());
        assert_eq!(home.ada.guardian.lost_toys(home.child).await.unwrap(), []);
        std::fs::remove_dir_all(home.toy.folder()).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_withholds_or_rolls_back_the_word_finds_no_toy() {
    for world in World::both().await {
        let mut home = Home::new(&world).await;
        let toy = home.toy.key();
        home.ada.guardian.mark_lost(toy, "first").await.unwrap();
        home.toy.refresh().await.unwrap();
        home.ada.guardian.mark_found(toy).await.unwrap();
        home.toy.refresh().await.unwrap();
        // The control: a guardian's word does it.
        assert_eq!(home.toy.lost().unwrap(), None);
        let [location, _] = raw::locations(&world);
        let all = "CREATE TABLE kept AS SELECT * FROM record";
        raw::execute(&location, all).await;
        home.ada.guardian.mark_lost(toy, TEXT).await.unwrap();
        home.toy.refresh().await.unwrap();

        // The word "found", from before; under a place in the feed that the toy hasn't read yet.
        raw::execute(&location, "DELETE FROM record").await;
        raw::execute(&location, "INSERT INTO record SELECT * FROM kept").await;
        raw::execute(&location, "UPDATE record SET feed = feed + 100").await;
        home.toy.refresh().await.unwrap();
        assert_eq!(home.toy.lost().unwrap().as_deref(), Some(TEXT), "{:?}", world.engine);
        // And nothing at all.
        raw::execute(&location, "DELETE FROM record").await;
        home.toy.refresh().await.unwrap();
        assert_eq!(home.toy.lost().unwrap().as_deref(), Some(TEXT));
        std::fs::remove_dir_all(home.toy.folder()).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_word_about_one_toy_is_none_about_another_and_a_deaf_one_is_not_told() {
    for world in World::both().await {
        let mut home = Home::new(&world).await;
        let settings = [(Category::Settings, Rights::READ)];
        let other = linked(&world, &mut home.ada, home.child, camera(), &settings).await;
        let photos = [(Category::Photos, Rights::WRITE)];
        let deaf = linked(&world, &mut home.ada, home.child, camera(), &photos).await;
        let guardian = &mut home.ada.guardian;
        let told = guardian.mark_lost(deaf.key(), TEXT).await;
        assert!(matches!(told, Err(ClientError::NotNow(_))), "{told:?}");
        for wrong in ["", "two\nlines"] {
            assert!(matches!(
                guardian.mark_lost(other.key(), wrong).await,
                Err(ClientError::Refused(_))
            ));
        }
        guardian.mark_lost(other.key(), TEXT).await.unwrap();
        let mut other = other;
        other.refresh().await.unwrap();
        home.toy.refresh().await.unwrap();
        assert_eq!(other.lost().unwrap().as_deref(), Some(TEXT), "{:?}", world.engine);
        assert_eq!(home.toy.lost().unwrap(), None);
        // It's wiped and forgets that, too.
        home.ada.guardian.wipe_toy(other.key()).await.unwrap();
        assert!(matches!(other.sync().await, Err(ClientError::Wiped)));
        assert_eq!(other.lost().unwrap(), None);
        for toy in [home.toy, other, deaf] {
            std::fs::remove_dir_all(toy.folder()).unwrap();
        }
    }
}
