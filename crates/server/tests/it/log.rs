//! What happens is in the log, nothing is handed out without it, and whoever is erased is unlinked.

use std::sync::Arc;

use tokio::sync::watch;
use treehouse_client::log::Log;
use treehouse_protocol::id::{ChildId, KeyId};
use treehouse_protocol::leaf::{Kind, What};
use treehouse_protocol::registry::Category;
use treehouse_server::app::{App, log};
use treehouse_server::config::Config;
use treehouse_server::jobs;
use treehouse_server::ledger::LedgerError;
use treehouse_tlog::audit;
use treehouse_tlog::checkpoint::SignedCheckpoint;
use treehouse_tlog::key::LogKey;
use treehouse_tlog::proof::Head;

use crate::http::Ask;
use crate::people::Person;
use crate::toys::{Toy, record};
use crate::world::World;

/// A family with a child, a camera that has sent a picture, and a frame that has shown it.
pub struct Home {
    pub ada: Person,
    pub child: ChildId,
    camera: Toy,
    pub frame: Toy,
}

impl Home {
    pub async fn new(world: &World) -> Self {
        let mut ada = Person::founder(world, "ada").await;
        let child = ada.guardian.add_child(&[Category::Photos]).await.expect("a child");
        let camera = Toy::camera(world, &mut ada, child).await;
        let frame = Toy::frame(world, &mut ada, child).await;
        let (_, bytes) = record(ada.family().await, child, &camera.keys.sig);
        let path = format!("{}/records", ada.family_path());
        let put = Ask::post(path, &serde_json::Value::Null).bytes("application/cbor", bytes);
        camera.caller.ask(put).await.expect(201);
        Self { ada, child, camera, frame }
    }

    pub fn shelf(&self) -> Ask {
        let path = self.ada.family_path();
        Ask::get(format!("{path}/records?child={}&category=photos", self.child))
    }

    /// Who was handed records of the child, by the log.
    async fn readers(&mut self, world: &World, log: &mut Log) -> Vec<KeyId> {
        world.work().await;
        self.ada.family().await;
        let activity = self.ada.guardian.activity(log).await.expect("it is proven");
        assert_eq!(activity.unlogged, [], "each link of the chain is in the log");
        assert_eq!(activity.unshown, [], "and each link of the log in the chain");
        let releases = activity.leaves.iter().filter_map(|logged| match &logged.leaf.event.what {
            What::Release(release) if !release.records.is_empty() => Some(release.reader),
            _ => None,
        });
        releases.collect()
    }
}

/// Recomputes the whole published log, and counts its entries by kind.
pub fn audited(world: &World) -> Vec<Kind> {
    use treehouse_protocol::cbor::Canonical;
    let key = LogKey::parse(&world.app.ledger.verifier()).expect("a key");
    let files = world.app.ledger.files();
    let note = files.checkpoint().expect("the disk works").expect("there is a checkpoint");
    let checkpoint = SignedCheckpoint::open(&note, &[key]).expect("the log signed it");
    let mut kinds = Vec::new();
    let whole = audit::verify(files, &checkpoint, &[], |_, entry| {
        let entry = treehouse_protocol::leaf::Entry::from_bytes(entry).expect("an entry of ours");
        kinds.push(entry.kind);
    });
    assert_eq!(whole, Ok(()));
    assert_eq!(kinds.len() as u64, checkpoint.head().size);
    kinds
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_handed_what_is_in_the_log_and_proven_to_the_guardian() {
    for world in World::both().await {
        let mut home = Home::new(&world).await;
        let mut log = Log::follow(&world.connect().await, Head::EMPTY).expect("a log");
        assert_eq!(home.readers(&world, &mut log).await, [], "nobody has read yet");
        home.frame.caller.ask(home.shelf()).await.expect(200);
        // The camera may only add: it is refused, and nothing was handed out.
        home.camera.caller.ask(home.shelf()).await.expect(404);
        assert_eq!(home.readers(&world, &mut log).await, [home.frame.key()]);
        let before = log.seen();
        home.ada.caller.ask(home.shelf()).await.expect(200);
        let readers = home.readers(&world, &mut log).await;
        assert_eq!(readers, [home.frame.key(), home.ada.key()]);
        assert!(log.seen().size > before.size);
        let kinds = audited(&world);
        let count = |kind| kinds.iter().filter(|each| **each == kind).count();
        assert_eq!([count(Kind::Key), count(Kind::Attestation), count(Kind::Release)], [2, 1, 2]);
        assert_eq!(count(Kind::Link) as u64, home.ada.family().await.seen().seq + 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_went_back_or_tells_another_story_is_not_believed() {
    for world in World::both().await {
        let mut home = Home::new(&world).await;
        let server = world.connect().await;
        let mut log = Log::follow(&server, Head::EMPTY).expect("a log");
        home.readers(&world, &mut log).await;
        let seen = log.seen();
        let longer = Head { size: seen.size + 1, root: seen.root };
        let other = Head { size: seen.size, root: treehouse_tlog::hash::Hash::leaf(b"other") };
        for wrong in [longer, other] {
            let mut follower = Log::follow(&server, wrong).expect("a log");
            assert!(follower.advance().await.is_err(), "{wrong:?}");
        }
        let mut follower = Log::follow(&server, seen).expect("a log");
        assert_eq!(follower.advance().await.expect("the same log"), seen);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn erasing_a_child_unlinks_what_was_logged_about_it_and_the_log_stays_whole() {
    for world in World::both().await {
        let mut home = Home::new(&world).await;
        let mut log = Log::follow(&world.connect().await, Head::EMPTY).expect("a log");
        home.frame.caller.ask(home.shelf()).await.expect(200);
        assert_eq!(home.readers(&world, &mut log).await.len(), 1);
        // One that has no place in the log yet when the child is erased.
        home.frame.caller.ask(home.shelf()).await.expect(200);
        home.ada.guardian.erase(home.child, &[]).await.expect("it is erased");
        assert_eq!(home.readers(&world, &mut log).await, [], "who read it is nobody's any more");
        let kinds = audited(&world);
        let count = |kind| kinds.iter().filter(|each| **each == kind).count();
        assert_eq!([count(Kind::Release), count(Kind::Erasure)], [2, 1]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_handed_out_while_the_log_cannot_be_published() {
    for world in World::both_with(|config| config.log.behind_s_max = 0).await {
        let home = Home::new(&world).await;
        world.clock.pass_ms(1);
        let stopped = home.frame.caller.ask(home.shelf()).await;
        assert_eq!((stopped.status, stopped.problem().as_str()), (503, "halted"));
        let path = home.ada.family_path();
        home.ada.caller.ask(Ask::get(format!("{path}/chain"))).await.expect(200);
    }
}

/// How many entries are published.
fn published(app: &App) -> u64 {
    let checkpoint = app.ledger.checkpoint().expect("the files can be read");
    checkpoint.map_or(0, |signed| signed.head().size)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_leaves_the_log_to_the_next_at_once() {
    for world in World::both().await {
        let mut home = Home::new(&world).await;
        world.work().await;
        let next = world.second().await;
        home.ada.guardian.add_child(&[Category::Photos]).await.expect("a child");
        let before = published(&next);
        log::publish(&next).await.expect("nothing is in the way");
        assert_eq!(published(&next), before, "the lease of the first isn't over");
        // Jobs that are told to end do one turn at most, and the clock stands still.
        let (app, mailer) = (Arc::clone(&world.app), Arc::clone(&world.mailer));
        jobs::run(app, mailer, watch::Sender::new(true).subscribe()).await;
        home.ada.guardian.add_child(&[Category::Photos]).await.expect("another child");
        let before = published(&next);
        log::publish(&next).await.expect("nothing is in the way");
        assert!(published(&next) > before, "{:?}: it waits for the end of a lease", world.engine);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_follows_hands_nothing_out_while_the_other_publishes_nothing() {
    const BEHIND_S: u32 = 3;
    let behind = |config: &mut Config| config.log.behind_s_max = BEHIND_S.into();
    for world in World::both_with(behind).await {
        let home = Home::new(&world).await;
        world.work().await;
        let other = world.second().await;
        world.clock.advance_ms(60_000);
        log::publish(&other).await.expect("the lease of the first is over");
        world.work().await;
        let later = async || {
            world.clock.pass_ms(BEHIND_S * 1000 + 1);
            world.work().await;
            home.frame.caller.ask(home.shelf()).await
        };
        // Nothing waits, so nothing is late; then what was handed out just now does.
        later().await.expect(200);
        let stopped = later().await;
        assert_eq!(stopped.status, 503, "{:?}: it doesn't notice", world.engine);
        assert_eq!(stopped.problem(), "halted");
        log::publish(&other).await.expect("the other can again");
        world.work().await;
        home.frame.caller.ask(home.shelf()).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_are_ahead_of_the_database_or_damaged_are_refused() {
    for world in World::both().await {
        let home = Home::new(&world).await;
        world.work().await;
        let ledger = &world.app.ledger;
        assert_eq!(ledger.examine(&world.app.db).await, Ok(()));
        let [empty, _] = crate::support::engines().await;
        let empty = empty.open(treehouse_server::store::MAIN, &[]).await;
        let refused = ledger.examine(&empty).await;
        assert!(matches!(refused, Err(LedgerError::RolledBack { known: 0, .. })), "{refused:?}");
        let folder = world.log_folder.join("tile/0");
        for file in walk(&folder) {
            std::fs::write(file, [7; 32]).expect("the disk works");
        }
        assert_eq!(ledger.examine(&world.app.db).await, Err(LedgerError::Damaged));
        drop(home);
    }
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("one"));
    let each = entries.map(|entry| entry.path());
    each.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}
