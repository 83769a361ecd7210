//! A backup comes back whole, and brings nothing back that a family has taken away since.

use std::path::Path;
use std::sync::Arc;

use treehouse_client::guardian::Consent;
use treehouse_client::log::Log;
use treehouse_protocol::chain::body::Body;
use treehouse_protocol::id::{ChildId, Day};
use treehouse_protocol::registry::{Category, Purpose, Rights, Role};
use treehouse_server::backup::{self, BackupError, Options};
use treehouse_server::config::{Blobs, Config};
use treehouse_server::data_map::RuleId;
use treehouse_server::port::clock::DAY_MS;
use treehouse_server::store::Engine;
use treehouse_tlog::proof::Head;

use crate::http::{Ask, Caller};
use crate::people::{Person, notice};
use crate::toys::{Toy, Unlinked, record};
use crate::world::World;

/// A family with two children, each with a camera and a picture.
struct Home {
    ada: Person,
    children: [ChildId; 2],
    cameras: [Toy; 2],
}

impl Home {
    async fn new(world: &World) -> Self {
        let mut ada = Person::founder(world, "ada").await;
        let mut children = Vec::new();
        let mut cameras = Vec::new();
        for _ in 0..2 {
            let child = ada.guardian.add_child(&[Category::Photos]).await.expect("a child");
            let camera = Toy::camera(world, &mut ada, child).await;
            children.push(child);
            cameras.push(camera);
        }
        let (children, cameras) = (children.try_into(), cameras.try_into());
        let mut home = Self {
            ada,
            children: children.expect("two"),
            cameras: cameras.unwrap_or_else(|_| unreachable!("two were made")),
        };
        for at in 0..2 {
            home.snap(at).await.expect(201);
        }
        home
    }

    /// A picture by the camera of this child, and what the server says of it.
    async fn snap(&mut self, at: usize) -> crate::http::Answer {
        let (child, camera) = (self.children[at], &self.cameras[at]);
        let (_, bytes) = record(self.ada.family().await, child, &camera.keys.sig);
        let path = format!("{}/records", self.ada.family_path());
        let put = Ask::post(path, &serde_json::Value::Null).bytes("application/cbor", bytes);
        camera.caller.ask(put).await
    }

    /// How many pictures of this child are handed to Ada.
    async fn shown(&self, at: usize) -> Result<usize, u16> {
        let (path, child) = (self.ada.family_path(), self.children[at]);
        let page = Ask::get(format!("{path}/records?child={child}&category=photos"));
        let answer = self.ada.caller.ask(page).await;
        if answer.status != 200 {
            return Err(answer.status);
        }
        let records = answer.json()["records"].as_array().cloned().unwrap_or_default();
        Ok(records.iter().filter(|record| !record["signed"].is_null()).count())
    }
}

/// The configuration of a machine that was just set up, with the old one's root key.
fn elsewhere(config: &Config, folder: &Path) -> Config {
    let mut config = config.clone();
    config.store.folder = folder.join("store");
    config.blobs = Blobs::Disk { folder: folder.join("blobs") };
    config.log.folder = None;
    config
}

async fn restored(
    config: &Config,
    from: &Path,
    options: &Options,
    world: &World,
) -> Result<backup::Restored, BackupError> {
    let halves = (&*from.join("data"), &*from.join("keys"));
    let clock = Arc::new(world.clock.clone());
    Box::pin(backup::restore(config, Some(halves), options, clock, |_| {})).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_taken_away_since_the_backup_does_not_come_back() {
    for world in World::both().await {
        if world.engine != Engine::Sqlite {
            continue;
        }
        let mut home = Home::new(&world).await;
        world.work().await;
        let folder = tempfile::tempdir().expect("a folder");
        let (data, keys) = (folder.path().join("data"), folder.path().join("keys"));
        let now = treehouse_server::port::clock::Clock::now(&world.clock);
        let taken = backup::take(&world.config, &data, &keys, now, |_| {}).await;
        assert!(taken.expect("it is taken").log_size > 0);
        // After the backup one child is erased, the other's camera is taken away, and Ada reads.
        home.ada.guardian.erase(home.children[0], &[]).await.expect("erased");
        let camera = home.cameras[1].key();
        home.ada.guardian.remove_toy(camera).await.expect("removed");
        assert_eq!(home.shown(1).await, Ok(1));
        world.work().await;

        let config = elsewhere(&world.config, &folder.path().join("new"));
        let log = Some(world.log_folder.clone());
        let strict = Options { log: log.clone(), even_though_older: false };
        let refused = restored(&config, folder.path(), &strict, &world).await;
        let Err(BackupError::Older(lost)) = refused else { panic!("{refused:?}") };
        assert!(lost.0["tombstone"] >= 2 && lost.0["release"] == 1, "{lost}");
        assert!(!config.store.folder.join("treehouse.db").exists(), "nothing is left of the try");

        let loud = Options { log, even_though_older: true };
        let back = restored(&config, folder.path(), &loud, &world).await.expect("it comes back");
        assert_eq!((back.buried.erased, back.buried.toys), (1, 1), "{:?}", back.buried);
        let world = world.again(config).await;
        home.ada.caller = Caller::nobody(&world.http);
        home.ada.sign_in(&world).await;
        assert_eq!(home.shown(0).await, Err(404), "the erased child stays erased");
        assert_eq!(home.shown(1).await, Ok(1), "the other child's picture is back");
        // The log goes on where it was: what a client saw before is still its beginning.
        let mut log = Log::follow(&world.connect().await, Head::EMPTY).expect("a log");
        assert!(log.advance().await.expect("a log").size > lost.0.values().sum());
    }
}

/// A backup of this moment in a folder of its own; none on an engine whose own means are used.
async fn taken(world: &World) -> Option<tempfile::TempDir> {
    if world.engine != Engine::Sqlite {
        return None;
    }
    world.work().await;
    let folder = tempfile::tempdir().expect("a folder");
    let (data, keys) = (folder.path().join("data"), folder.path().join("keys"));
    let now = treehouse_server::port::clock::Clock::now(&world.clock);
    backup::take(&world.config, &data, &keys, now, |_| {}).await.expect("it is taken");
    Some(folder)
}

/// Puts it back, although the log knows more, and serves it.
async fn put_back(world: World, from: &Path) -> (backup::Restored, World) {
    world.work().await;
    let config = elsewhere(&world.config, &from.join("new"));
    let options = Options { log: Some(world.log_folder.clone()), even_though_older: true };
    let back = restored(&config, from, &options, &world).await.expect("it comes back");
    (back, world.again(config).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_was_closed_since_is_closed_again_though_its_carer_is_back() {
    for world in World::both().await {
        let mut ada = Person::founder(&world, "ada").await;
        let child = ada.guardian.add_child(&[Category::Photos]).await.expect("a child");
        let share: [(_, &[Category]); 1] = [(child, &[Category::Photos])];
        let mut cara = ada.admit(&world, "cara", Role::Carer, &share).await;
        let Some(folder) = taken(&world).await else { continue };
        ada.guardian.announce_removal(cara.key()).await.expect("the carer is out");
        ada.guardian.erase_family().await.expect("everything is erased");
        world.work().await;
        ada.caller.ask(Ask::delete("/v1/account")).await.expect(204);

        let (back, world) = Box::pin(put_back(world, folder.path())).await;
        assert_eq!((back.buried.accounts, back.buried.erased), (1, 1), "{:?}", back.buried);
        let census = world.census().await;
        assert_eq!((census["account"], census["family"], census["link"]), (1, 0, 0));
        cara.caller = Caller::nobody(&world.http);
        cara.sign_in(&world).await;
        let own = cara.caller.ask(Ask::get("/v1/account")).await.expect(200).json();
        assert!(own["family"].is_null(), "{own}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_writer_had_written_stays_away_though_its_grant_has_run_out_or_the_toy_went() {
    for world in World::both().await {
        let mut home = Home::new(&world).await;
        let short = home.children[0];
        // A further camera may write until tomorrow; that of the other child is taken out with its grant.
        let brief = Unlinked::new(&world).await.link(&world, &mut home.ada, short, &[]).await;
        let consent = Consent {
            child: short,
            categories: &[Category::Photos],
            grantee: brief.key(),
            rights: Rights::WRITE,
            purpose: Purpose::Play,
            notice: notice(&world),
            expires: Some(Day(home.ada.guardian.today().0 + 1)),
        };
        home.ada.guardian.consent(&consent).await.expect("granted");
        let (_, bytes) = record(home.ada.family().await, short, &brief.keys.sig);
        let path = home.ada.family_path();
        let put = Ask::post(format!("{path}/records"), &serde_json::Value::Null);
        brief.caller.ask(put.bytes("application/cbor", bytes)).await.expect(201);
        assert_eq!((home.shown(0).await, home.shown(1).await), (Ok(2), Ok(1)));
        let Some(folder) = taken(&world).await else { continue };

        home.ada.guardian.withdraw(Purpose::Play, Some(short)).await.expect("withdrawn");
        let (family, toy) = (home.ada.family().await, home.cameras[1].key());
        let kem = home.cameras[1].keys.public().kem.id();
        let held = family.grants().filter(|(_, it)| it.header.grantee == kem);
        let held: Vec<_> = held.map(|(hash, _)| hash).collect();
        let links = home
            .ada
            .links(|pen| {
                pen.write(Body::Revoke(held)).expect("a link");
                pen.write(Body::DeviceRemove(toy)).expect("a link");
            })
            .await;
        home.ada.caller.ask(Ask::post(format!("{path}/chain"), &links)).await.expect(201);
        world.work().await;
        assert_eq!((home.shown(0).await, home.shown(1).await), (Ok(0), Ok(0)));
        world.clock.advance_ms(2 * DAY_MS);

        let (back, world) = Box::pin(put_back(world, folder.path())).await;
        home.ada.caller = Caller::nobody(&world.http);
        home.ada.sign_in(&world).await;
        assert_eq!(back.buried.toys, 1, "{:?}", back.buried);
        assert_eq!(home.shown(0).await, Ok(0), "under a grant that has run out");
        assert_eq!(home.shown(1).await, Ok(0), "by a toy that went");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_that_is_damaged_or_old_or_half_is_refused_and_changes_nothing() {
    for world in World::both().await {
        let folder = tempfile::tempdir().expect("a folder");
        let (data, keys) = (folder.path().join("data"), folder.path().join("keys"));
        let now = treehouse_server::port::clock::Clock::now(&world.clock);
        let taken = backup::take(&world.config, &data, &keys, now, |_| {}).await;
        if world.engine == Engine::Postgres {
            assert!(matches!(taken, Err(BackupError::Postgres)), "{taken:?}");
            continue;
        }
        taken.expect("it is taken");
        let again = backup::take(&world.config, &data, &keys, now, |_| {}).await;
        assert!(matches!(again, Err(BackupError::NotEmpty(_))), "{again:?}");
        let config = elsewhere(&world.config, &folder.path().join("new"));
        let options = Options::default();
        let try_it = async || restored(&config, folder.path(), &options, &world).await;

        let other = tempfile::tempdir().expect("a folder");
        let (d, k) = (other.path().join("data"), other.path().join("keys"));
        backup::take(&world.config, &d, &k, now, |_| {}).await.expect("a second one");
        let halves = Some((&*data, &*k));
        let clock = Arc::new(world.clock.clone());
        let mixed = Box::pin(backup::restore(&config, halves, &options, clock, |_| {})).await;
        assert!(matches!(mixed, Err(BackupError::NotAPair)), "{mixed:?}");

        let file = data.join("treehouse.db");
        let good = std::fs::read(&file).expect("a file");
        let mut bad = good.clone();
        bad[4096] ^= 1;
        std::fs::write(&file, bad).expect("the disk works");
        let damaged = try_it().await;
        assert!(matches!(damaged, Err(BackupError::Damaged(_))), "{damaged:?}");
        std::fs::write(&file, good).expect("the disk works");

        world.clock.advance_ms(RuleId::KeyBackup.ms());
        let ended = try_it().await;
        assert!(matches!(ended, Err(BackupError::Ended(0))), "{ended:?}");
        assert!(!config.store.folder.exists(), "nothing was put anywhere");
    }
}
