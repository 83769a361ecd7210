//! A server that shows an older state than was seen: a toy notices a record, also after it was
//! switched off, and a guardian a chain, also on a device that was never there.

use treehouse_client::content::{AgeBand, Profile};
use treehouse_client::guardian::Guardian;
use treehouse_client::log::Log;
use treehouse_client::{ClientError, Memory};
use treehouse_protocol::id::{FamilyId, Hash, Seen};
use treehouse_protocol::opaque::Ksf;
use treehouse_protocol::registry::{Anchor, Category, Coded, Role};
use treehouse_server::args;
use treehouse_server::store::{Row, Sql, StoreError, Tx, Write};
use treehouse_tlog::proof::Head;

use crate::people::Person;
use crate::raw;
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

const SLOTS: Sql = Sql::new("SELECT slot_id, sealed FROM slot");

/// A family's chain and everybody's key slots, as an operator kept them.
pub struct Older {
    family: FamilyId,
    seen: Seen,
    slots: Vec<(String, String)>,
}

impl Older {
    pub async fn keep(world: &World, ada: &mut Person) -> Self {
        let seen = ada.family().await.seen();
        let rows = world.db.rows(SLOTS, args![]).await.unwrap();
        let hex = |row: &Row, at| raw::hex(&row.blob(at).unwrap());
        let slots = rows.iter().map(|row| (hex(row, 0), hex(row, 1))).collect();
        Self { family: ada.family_id(), seen, slots }
    }

    /// Cuts the chain off behind this place. What is left was signed by whoever might.
    pub async fn cut(&self, world: World) -> World {
        let [location, _] = raw::locations(&world);
        let family = raw::literal(&world, &raw::hex(self.family.bytes()));
        let head = raw::literal(&world, &raw::hex(self.seen.head.bytes()));
        let seq = self.seen.seq;
        let cut = format!(
            "DELETE FROM link WHERE family_id = {family} AND seq > {seq}; \
             UPDATE family SET seq = {seq}, head = {head} WHERE family_id = {family}"
        );
        raw::execute(&location, &cut).await;
        // It has the longer one at hand.
        let config = world.config.clone();
        world.again(config).await
    }

    /// Puts back what the slots of these anchors were.
    pub async fn put_slots_back(&self, world: &World, anchor: Anchor) {
        let [location, _] = raw::locations(world);
        for (slot, sealed) in &self.slots {
            let (slot, sealed) = (raw::literal(world, slot), raw::literal(world, sealed));
            let anchor = anchor.code();
            let update = format!(
                "UPDATE slot SET sealed = {sealed} WHERE slot_id = {slot} AND anchor = {anchor}"
            );
            raw::execute(&location, &update).await;
        }
    }
}

/// Signs in on a device that was never here, without opening the keys.
async fn signed_in(world: &World, person: &Person) -> Guardian {
    let (server, ksf) = (world.connect().await, Ksf::cheap_for_load_tests());
    let signed_in = Guardian::sign_in(&server, &person.email, &person.password, &ksf).await;
    signed_in.expect("the password is right")
}

/// Reads the chain on a device that was never here, with the keys from the password's slot.
pub async fn on_a_new_device(world: &World, person: &Person) -> Result<Guardian, ClientError> {
    let mut guardian = signed_in(world, person).await;
    guardian.unlock().await?;
    guardian.sync().await?;
    Ok(guardian)
}

/// The same with the keys from the kit's slot.
async fn with_the_kit(world: &World, person: &Person) -> Result<Guardian, ClientError> {
    let mut guardian = signed_in(world, person).await;
    guardian.unlock_with_kit(&person.kit.text()).await?;
    guardian.sync().await?;
    Ok(guardian)
}

fn is_refused(shown: &Result<Guardian, ClientError>) -> bool {
    matches!(shown, Err(ClientError::Nonsense(why)) if why.contains("shorter"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_device_refuses_a_chain_that_was_cut_off_since_a_slot_was_sealed() {
    for world in World::both().await {
        let mut ada = Person::founder(&world, "ada").await;
        let older = Older::keep(&world, &mut ada).await;
        ada.guardian.add_child(&[Category::Photos]).await.unwrap();
        let whole = ada.family().await.seen();
        assert!(whole.seq > older.seen.seq);
        let folder = tempfile::tempdir().unwrap();
        let memory = Memory::of(folder.path());
        // The control: the whole chain.
        for shown in [on_a_new_device(&world, &ada).await, with_the_kit(&world, &ada).await] {
            let shown = shown.unwrap();
            assert_eq!(shown.family().unwrap().seen(), whole);
            memory.compare(shown.family().unwrap()).unwrap();
        }

        let world = Box::pin(older.cut(world)).await;
        let shown = on_a_new_device(&world, &ada).await;
        assert!(is_refused(&shown), "the password's slot: {:?}", shown.err());
        // The control: only the slot tells. Whoever kept it can put it back, too.
        older.put_slots_back(&world, Anchor::Opaque).await;
        let shown = on_a_new_device(&world, &ada).await.unwrap();
        assert_eq!(shown.family().unwrap().seen(), older.seen);
        // A browser that was here before remembers by itself.
        let shown = memory.compare(shown.family().unwrap());
        assert!(matches!(shown, Err(ClientError::Nonsense(_))), "{shown:?}");
        let shown = with_the_kit(&world, &ada).await;
        assert!(is_refused(&shown), "the kit's slot: {:?}", shown.err());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slot_is_sealed_anew_when_the_chain_has_grown_and_only_then() {
    for world in World::both().await {
        let mut ada = Person::founder(&world, "ada").await;
        let slots = async |ada: &mut Person| {
            let mut slots = Older::keep(&world, ada).await.slots;
            slots.sort();
            slots
        };
        let before = slots(&mut ada).await;
        drop(on_a_new_device(&world, &ada).await.unwrap());
        assert_eq!(slots(&mut ada).await, before, "nothing has changed");
        ada.guardian.add_child(&[Category::Photos]).await.unwrap();
        let after = slots(&mut ada).await;
        let names = |slots: &[(String, String)]| -> Vec<String> {
            slots.iter().map(|(slot, _)| slot.clone()).collect()
        };
        assert_eq!(names(&after), names(&before), "in place of the same");
        assert!(before.iter().zip(&after).all(|(before, after)| before != after), "each of them");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slot_of_who_was_invited_remembers_the_founding_from_the_start() {
    for world in World::both().await {
        let mut ada = Person::founder(&world, "ada").await;
        let genesis = ada.family().await.genesis();
        let ben = ada.admit(&world, "ben", Role::Owner, &[]).await;
        assert_eq!(ben.remembered_first(), Seen { seq: 0, head: genesis });
        // The control: who founds a family makes keys before there is anything to remember.
        assert_eq!(ada.remembered_first().head, Hash::NONE);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_the_log_proves_and_the_chain_lacks_is_told() {
    for world in World::both().await {
        let mut ada = Person::founder(&world, "ada").await;
        let older = Older::keep(&world, &mut ada).await;
        ada.guardian.add_child(&[Category::Photos]).await.unwrap();
        let whole: Vec<Hash> = ada.guardian.links().unwrap().map(Hash::of).collect();
        world.work().await;
        let told = async |world: &World| {
            let mut guardian = on_a_new_device(world, &ada).await.unwrap();
            let mut log = Log::follow(guardian.server(), Head::EMPTY).unwrap();
            guardian.activity(&mut log).await.unwrap()
        };
        // The control: the whole chain.
        let shown = told(&world).await;
        assert_eq!((shown.unshown, shown.unlogged), (vec![], vec![]));

        // The slot, too, so that it doesn't tell before the log does.
        let world = Box::pin(older.cut(world)).await;
        older.put_slots_back(&world, Anchor::Opaque).await;
        let shown = told(&world).await;
        let cut = (0..).zip(whole).map(|(seq, head)| Seen { seq, head });
        let cut: Vec<Seen> = cut.filter(|seen| seen.seq > older.seen.seq).collect();
        assert!(!cut.is_empty());
        assert_eq!((shown.unshown, shown.unlogged), (cut, vec![]));
    }
}
