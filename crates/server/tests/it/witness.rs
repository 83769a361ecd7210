//! Outsiders see what the log publishes, and clients take nothing that they haven't seen.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;

use tempfile::TempDir;
use treehouse_client::ClientError;
use treehouse_client::log::Log;
use treehouse_client::toy::Toy;
use treehouse_protocol::kem::Suite;
use treehouse_server::app;
use treehouse_server::config::{Config, LogWitness};
use treehouse_server::error::Error;
use treehouse_server::http::bound::Bound;
use treehouse_server::http::witness::{Witnessing, listen};
use treehouse_server::ledger;
use treehouse_server::port::clock::SystemClock;
use treehouse_server::random;
use treehouse_server::witness::StateFile;
use treehouse_tlog::checkpoint::SignedCheckpoint;
use treehouse_tlog::cosignature::Quorum;
use treehouse_tlog::frontier::Frontier;
use treehouse_tlog::key::{KeyName, LogKey, LogSigner, WitnessKey};
use treehouse_tlog::proof::Head;

use crate::log::Home;
use crate::people::Person;
use crate::world::World;

/// How long a server has the log for itself that has stopped.
const LEASE_MS: i64 = 30_000;

/// A witness that somebody else runs, on a port of its own.
struct Outsider {
    folder: TempDir,
    address: SocketAddr,
    key: WitnessKey,
    running: Option<Witnessing>,
}

impl Outsider {
    /// One that doesn't run yet.
    fn new(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let name = KeyName::parse(name).unwrap();
        let state = folder.path().join("state");
        let key = StateFile::create(&state, name, &mut random::rng()).unwrap();
        let free = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let address = free.and_then(|free| free.local_addr()).unwrap();
        Self { folder, address, key, running: None }
    }

    fn row(&self) -> LogWitness {
        LogWitness { key: self.key.to_string(), url: format!("http://{}", self.address) }
    }

    async fn start(&mut self, worlds: &[World]) {
        let opened = StateFile::open(&self.folder.path().join("state")).unwrap();
        let key = |world: &World| LogKey::parse(&world.app.ledger.verifier()).unwrap();
        let logs = worlds.iter().map(key).collect();
        let bound = Bound::to(self.address).await.unwrap();
        let listening = listen(opened, logs, Arc::new(SystemClock), bound, None);
        self.running = Some(listening.unwrap());
    }

    async fn stop(&mut self) {
        self.running.take().expect("it runs").stop().await;
    }
}

fn outsiders() -> [Outsider; 3] {
    ["one", "two", "three"].map(|name| Outsider::new(&format!("witness.example/{name}")))
}

/// Two of three are needed.
fn two_of(outsiders: &[Outsider]) -> impl Fn(&mut Config) + use<> {
    let rows: Vec<_> = outsiders.iter().map(Outsider::row).collect();
    move |config: &mut Config| {
        config.log.witness.clone_from(&rows);
        config.log.witnesses_needed = 2;
    }
}

fn checkpoint(world: &World) -> Option<SignedCheckpoint> {
    let key = LogKey::parse(&world.app.ledger.verifier()).unwrap();
    let note = world.app.ledger.files().checkpoint().unwrap();
    note.map(|note| SignedCheckpoint::open(&note, &[key]).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_checkpoint_moves_on_only_when_enough_outsiders_have_seen_it() {
    let mut outsiders = outsiders();
    let worlds = World::both_with(two_of(&outsiders)).await;
    outsiders[0].start(&worlds).await;
    for world in &worlds {
        let refused = app::log::publish(&world.app).await;
        assert!(matches!(refused, Err(Error::Halted(_))), "one of two: {refused:?}");
        assert_eq!(checkpoint(world), None);
    }
    outsiders[1].start(&worlds).await;
    let keys = outsiders.iter().map(|outsider| outsider.key.clone()).collect();
    let quorum = Quorum::new(2, keys).unwrap();
    for world in &worlds {
        app::log::publish(&world.app).await.expect("two of two");
        let cosigned = quorum.check(&checkpoint(world).unwrap()).expect("it carries them");
        assert_eq!(cosigned.len(), 2);
    }
    // The other one away, then back with what it remembers; the third was never there.
    outsiders[0].stop().await;
    for world in &worlds {
        let before = checkpoint(world);
        world.connect().await;
        Home::new(world).await;
        assert!(app::log::publish(&world.app).await.is_err());
        assert_eq!(checkpoint(world), before);
    }
    outsiders[0].start(&worlds).await;
    for world in &worlds {
        let before = checkpoint(world).unwrap().head().size;
        app::log::publish(&world.app).await.expect("two again");
        assert!(checkpoint(world).unwrap().head().size > before);
        quorum.check(&checkpoint(world).unwrap()).expect("it carries them");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_handed_out_while_the_witnesses_are_away_for_too_long() {
    const BEHIND_S: u32 = 5;
    let mut outsiders = outsiders();
    let change = two_of(&outsiders);
    let worlds = World::both_with(|config| {
        change(config);
        config.log.behind_s_max = BEHIND_S.into();
    });
    let worlds = worlds.await;
    outsiders[0].start(&worlds).await;
    outsiders[1].start(&worlds).await;
    let mut homes = Vec::new();
    for world in &worlds {
        let home = Home::new(world).await;
        world.work().await;
        home.frame.caller.ask(home.shelf()).await.expect(200);
        homes.push(home);
    }
    outsiders[1].stop().await;
    for (world, home) in worlds.iter().zip(&homes) {
        let ask = async || {
            world.work().await;
            home.frame.caller.ask(home.shelf()).await
        };
        world.clock.pass_ms(BEHIND_S * 1000);
        ask().await.expect(200);
        world.clock.pass_ms(1);
        let stopped = ask().await;
        assert_eq!((stopped.status, stopped.problem().as_str()), (503, "halted"));
    }
    outsiders[1].start(&worlds).await;
    for (world, home) in worlds.iter().zip(&homes) {
        world.work().await;
        home.frame.caller.ask(home.shelf()).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_is_proven_and_witnessed_once_it_is_published() {
    let mut outsiders = outsiders();
    let worlds = World::both_with(two_of(&outsiders)).await;
    outsiders[0].start(&worlds).await;
    outsiders[1].start(&worlds).await;
    let mut asked = Vec::new();
    for world in &worlds {
        let mut home = Home::new(world).await;
        world.work().await;
        let link = home.ada.guardian.erase(home.child, &[]).await.expect("it is erased");
        asked.push((home, link));
    }
    outsiders[1].stop().await;
    for (world, (home, link)) in worlds.iter().zip(&asked) {
        world.work().await;
        let receipted = home.ada.guardian.receipted(*link).await.expect("an answer");
        assert_eq!(receipted.expect("a receipt").proven, None, "nobody has seen it yet");
    }
    outsiders[1].start(&worlds).await;
    for (world, (home, link)) in worlds.iter().zip(&asked) {
        world.work().await;
        let receipted = home.ada.guardian.receipted(*link).await.expect("it is proven");
        let proven = receipted.and_then(|receipted| receipted.proven).expect("it is published");
        assert_eq!(proven.cosigned.len(), 2);
        assert!(proven.index < proven.head.size);
    }
}

/// What an operator can do that has the log's key: another history, in place of the published one.
fn replace_log(world: &World, entries: usize) {
    let name = ledger::origin(&world.http.url).unwrap();
    let signer = LogSigner::from_seed(name, world.app.secrets.log.expose());
    let entries: Vec<String> = (0..entries).map(|number| format!("other {number}")).collect();
    let appended = Frontier::empty().append(&entries).unwrap();
    let head = Head { size: appended.frontier.size(), root: appended.frontier.root() };
    if world.log_folder.exists() {
        std::fs::remove_dir_all(&world.log_folder).unwrap();
    }
    for file in appended.files {
        let path = world.log_folder.join(file.path.to_string());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, file.bytes).unwrap();
    }
    let checkpoint = SignedCheckpoint::sign(&signer, head).to_string();
    std::fs::write(world.log_folder.join("checkpoint"), checkpoint).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_toy_that_was_switched_off_knows_whether_it_is_the_same_log() {
    for world in World::both().await {
        let (folder, fresh) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let server = world.connect().await;
        world.work().await;
        let mut toy = Toy::create(folder.path(), &server, Suite::X25519).unwrap();
        toy.compare_log().await.expect("the log as it is");
        drop(toy);
        let mut toy = Toy::open(folder.path()).unwrap();
        toy.compare_log().await.expect("the same log");
        drop(toy);
        for entries in [1, 1000] {
            replace_log(&world, entries);
            let mut toy = Toy::open(folder.path()).unwrap();
            let refused = toy.compare_log().await;
            assert!(matches!(refused, Err(ClientError::Unproven(_))), "{entries}: {refused:?}");
        }
        std::fs::remove_dir_all(&world.log_folder).unwrap();
        let refused = Toy::open(folder.path()).unwrap().compare_log().await;
        assert!(matches!(refused, Err(ClientError::Unproven(_))), "gone: {refused:?}");
        // The control: who saw nothing before can't know.
        replace_log(&world, 1000);
        let mut stranger = Toy::create(fresh.path(), &server, Suite::X25519).unwrap();
        stranger.compare_log().await.expect("without witnesses, a stranger is deceived");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sees_the_log_for_the_first_time_is_not_deceived_where_witnesses_are_needed() {
    let mut outsiders = outsiders();
    let worlds = World::both_with(two_of(&outsiders)).await;
    outsiders[0].start(&worlds).await;
    outsiders[1].start(&worlds).await;
    for world in &worlds {
        world.work().await;
        let mut log = Log::follow(&world.connect().await, Head::EMPTY).expect("a log");
        log.advance().await.expect("the control: it was witnessed");
        replace_log(world, 1000);
        let mut stranger = Log::follow(&world.connect().await, Head::EMPTY).expect("a log");
        let refused = stranger.advance().await;
        assert!(matches!(refused, Err(ClientError::Unproven(_))), "{refused:?}");
    }
}

/// The same deployments with these witnesses, two of which are needed.
async fn with_witnesses(worlds: [World; 2], outsiders: &[&Outsider]) -> [World; 2] {
    let rows: Vec<_> = outsiders.iter().map(|outsider| outsider.row()).collect();
    let mut changed = Vec::new();
    for world in worlds {
        let mut config = world.config.clone();
        config.log.witness.clone_from(&rows);
        let world = world.again(config).await;
        // The server that was stopped has the log's lease until then.
        world.clock.advance_ms(LEASE_MS);
        changed.push(world);
    }
    changed.try_into().ok().expect("two were changed")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_witness_that_is_gone_for_good_is_replaced_and_whoever_pinned_it_needs_the_others() {
    let mut pinned = outsiders();
    let mut fresh = ["four", "five"].map(|name| Outsider::new(&format!("witness.example/{name}")));
    let mut worlds = World::both_with(two_of(&pinned)).await;
    for outsider in &mut pinned {
        outsider.start(&worlds).await;
    }
    let mut followers = Vec::new();
    for world in &worlds {
        world.work().await;
        let mut log = Log::follow(&world.connect().await, Head::EMPTY).expect("a log");
        log.advance().await.expect("it is witnessed");
        followers.push(log);
    }
    // One is gone, and another takes its place: two of those that were pinned are still there.
    pinned[2].stop().await;
    fresh[0].start(&worlds).await;
    worlds = Box::pin(with_witnesses(worlds, &[&pinned[0], &pinned[1], &fresh[0]])).await;
    for (world, log) in worlds.iter().zip(&mut followers) {
        let before = log.seen().size;
        Person::founder(world, "ben").await;
        app::log::publish(&world.app).await.expect("two of those that there are now");
        log.advance().await.expect("two that it pinned have cosigned");
        assert!(log.seen().size > before);
    }
    // So is a second: the log goes on, and who pinned the first three doesn't believe it any more.
    pinned[1].stop().await;
    fresh[1].start(&worlds).await;
    worlds = Box::pin(with_witnesses(worlds, &[&pinned[0], &fresh[0], &fresh[1]])).await;
    for (world, log) in worlds.iter().zip(&mut followers) {
        Person::founder(world, "cleo").await;
        app::log::publish(&world.app).await.expect("two of those that there are now");
        let refused = log.advance().await;
        assert!(matches!(refused, Err(ClientError::Unproven(_))), "{refused:?}");
        // Whoever makes contact again goes on from the head that was seen, which is proven.
        let mut again = Log::follow(&world.connect().await, log.seen()).expect("a log");
        again.advance().await.expect("three others are pinned, and the log has only grown");
        assert!(again.seen().size > log.seen().size);
        // The control: not from a head of another history.
        let other = Head { root: Frontier::empty().root(), ..log.seen() };
        let mut elsewhere = Log::follow(&world.connect().await, other).expect("a log");
        let refused = elsewhere.advance().await;
        assert!(matches!(refused, Err(ClientError::Unproven(_))), "{refused:?}");
    }
}
