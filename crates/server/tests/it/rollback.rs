//! A server that shows a toy an older state of a record than the toy has seen: the toy notices,
//! also after it was switched off.

use treehouse_client::content::{AgeBand, Profile};
use treehouse_protocol::id::FamilyId;
use treehouse_protocol::registry::Category;
use treehouse_server::args;
use treehouse_server::store::{Sql, StoreError, Tx, Write};

use crate::people::Person;
use crate::recovery::tablet;
use crate::world::World;

const READ: Sql =
    Sql::new("SELECT hash, sealed, ver FROM record WHERE family_id = $1 AND category = $2");
const RESTORE: Sql = Sql::new(
    "UPDATE record SET hash = $3, sealed = $4, ver = $5 WHERE family_id = $1 AND category = $2",
);

/// What an operator does who puts an old row back.
struct Restore {
    family: FamilyId,
    hash: Vec<u8>,
    sealed: Vec<u8>,
    ver: i64,
}

impl Write for Restore {
    const NAME: &'static str = "restore-a-row";
    type Output = u64;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<u64, StoreError> {
        let (hash, sealed) = (self.hash.clone(), self.sealed.clone());
        let row = args![self.family, profile_code(), hash, sealed, self.ver];
        tx.execute(RESTORE, row).await
    }
}

fn profile_code() -> i64 {
    use treehouse_protocol::registry::Coded;
    i64::from(Category::Profile.code())
}

async fn restore_point(world: &World, family: FamilyId) -> Restore {
    let row = world.db.row(READ, args![family, profile_code()]).await.unwrap().unwrap();
    let (hash, sealed) = (row.blob(0).unwrap(), row.blob(1).unwrap());
    Restore { family, hash, sealed, ver: row.int(2).unwrap() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_toy_refuses_a_record_that_was_rolled_back_also_when_it_was_off() {
    for world in World::both().await {
        let mut ada = Person::founder(&world, "ada").await;
        let child = ada.guardian.add_child(&[Category::Profile]).await.unwrap();
        let family = ada.guardian.family_id().unwrap();
        let mut toy = tablet(&world, &mut ada, child, Category::Profile).await;
        let mut write = async |nickname: &str| {
            let profile = Profile { nickname: nickname.to_owned(), age_band: AgeBand::Small };
            ada.guardian.put_profile(child, &profile).await.unwrap();
        };
        write("the first").await;
        let old = restore_point(&world, family).await;
        write("the second").await;
        let new = restore_point(&world, family).await;
        let opens = async |toy: &mut treehouse_client::toy::Toy| {
            let items = toy.shelf(Category::Profile).await.unwrap();
            matches!(items[0].opened, Some(Ok(_)))
        };
        assert!(opens(&mut toy).await, "the present one opens");
        assert_eq!(world.db.write(old).await.unwrap(), 1);
        assert!(!opens(&mut toy).await, "an older one doesn't");
        let folder = toy.folder().to_owned();
        drop(toy);
        let mut toy = treehouse_client::toy::Toy::open(&folder).unwrap();
        assert!(!opens(&mut toy).await, "nor after the toy was off");
        world.db.write(new).await.unwrap();
        assert!(opens(&mut toy).await, "the present one opens again");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
