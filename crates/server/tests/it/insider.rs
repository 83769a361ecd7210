//! Somebody with full write access to the database and no key: cells that are swapped, copied,
//! replayed and relabelled, and rows that are inserted. Whatever is done to it, nobody is let in,
//! no reader takes anything false for true, and whoever examines the rows, or reads, says so.

mod cells;
mod forged;

use std::collections::BTreeMap;

use treehouse_client::content::{AgeBand, Profile};
use treehouse_client::guardian::Guardian;
use treehouse_protocol::chain::Family;
use treehouse_protocol::id::{ChildId, RecordId, Seen};
use treehouse_protocol::opaque::Ksf;
use treehouse_protocol::registry::{Category, Role};
use treehouse_server::app::{log, rows};
use treehouse_server::store::{Engine, Row, Sql, StoreError, Tx, Value, Write, args};

use crate::http::{Ask, Caller};
use crate::people::Person;
use crate::toys::{Toy, record};
use crate::world::World;
use cells::{Cells, Dice};

/// How many times somebody tampers, on each engine: every kind of it hundreds of times on the one,
/// and dozens on the other, whose statements take longer.
const TAMPERINGS: [(Engine, usize); 2] = [(Engine::Sqlite, 1000), (Engine::Postgres, 200)];
const SEED: u64 = 0x5eed;

/// Leaves of what was handed out since the log was last published.
const FORGET: Sql = Sql::new("DELETE FROM leaf_waiting");

/// Statements that somebody runs, one after the other.
#[derive(Debug, Clone, Default)]
pub struct Tampering {
    pub what: String,
    pub done: Vec<(Sql, Vec<Value>)>,
    pub undone: Vec<(Sql, Vec<Value>)>,
}

struct Statements(Vec<(Sql, Vec<Value>)>);

impl Write for Statements {
    const NAME: &'static str = "test: insider";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        for (sql, args) in &self.0 {
            tx.execute(*sql, args.clone()).await?;
        }
        Ok(())
    }
}

/// Two families, and what is true of them.
struct House {
    world: World,
    ada: Person,
    eve: Person,
    mia: ChildId,
    kim: ChildId,
    doll: Toy,
    /// What each record holds.
    truth: BTreeMap<RecordId, Vec<u8>>,
    /// Where the chains end.
    ends: [Seen; 2],
}

async fn pictures(person: &mut Person, child: ChildId, toy: &Toy, count: usize) {
    for _ in 0..count {
        let (_, bytes) = record(person.family().await, child, &toy.keys.sig);
        let path = format!("{}/records", person.family_path());
        let put = Ask::new(reqwest::Method::POST, path).bytes("application/cbor", bytes);
        toy.caller.ask(put).await.expect(201);
    }
}

impl House {
    /// Lived in, so that every table that decides something has rows.
    async fn of(world: World) -> Self {
        let mut ada = Person::founder(&world, "ada").await;
        let mut eve = Person::founder(&world, "eve").await;
        let kept = [Category::Photos, Category::Profile];
        let mia = ada.guardian.add_child(&kept).await.expect("a child");
        let kim = eve.guardian.add_child(&kept).await.expect("a child");
        let camera = Toy::camera(&world, &mut ada, mia).await;
        Toy::frame(&world, &mut ada, mia).await;
        let doll = Toy::camera(&world, &mut eve, kim).await;
        ada.admit(&world, "ben", Role::Owner, &[(mia, &[Category::Photos])]).await;
        pictures(&mut ada, mia, &camera, 3).await;
        pictures(&mut eve, kim, &doll, 3).await;
        for (person, child) in [(&mut ada, mia), (&mut eve, kim)] {
            named(&mut person.guardian, child, "Kit").await;
        }
        for person in [&ada, &eve] {
            let asked = Guardian::ask_link(person.guardian.server(), &person.email, true).await;
            asked.expect("a link is mailed");
        }
        for name in ["sam", "tom"] {
            world.steward(name, 3_600_000).await;
        }
        log::publish(&world.app).await.expect("the log is published");
        let ends = [ada.family().await.seen(), eve.family().await.seen()];
        let truth = BTreeMap::new();
        let mut house = Self { world, ada, eve, mia, kim, doll, truth, ends };
        house.truth = house.read().await.0;
        assert_eq!(house.truth.len(), 8, "both read all that is theirs");
        house.forget().await;
        house
    }

    async fn run(&self, statements: &[(Sql, Vec<Value>)]) {
        let done = self.world.db.write(Statements(statements.to_vec())).await;
        done.expect("somebody with write access can do that");
    }

    async fn forget(&self) {
        self.run(&[(FORGET, args![])]).await;
    }

    async fn found(&self) -> Vec<rows::Altered> {
        rows::examine(&self.world.app).await.expect("the rows can be examined")
    }

    /// What both guardians read of everything that is theirs, and how much they refused to take.
    async fn read(&mut self) -> (BTreeMap<RecordId, Vec<u8>>, usize) {
        let (mut all, mut refused) = (BTreeMap::new(), 0);
        let shelves = [(&mut self.ada, self.mia), (&mut self.eve, self.kim)];
        for (person, child) in shelves {
            for category in [Category::Photos, Category::Profile] {
                let Ok(items) = person.guardian.shelf(child, category).await else {
                    continue;
                };
                for item in items {
                    match item.opened {
                        Some(Ok(opened)) => drop(all.insert(item.record, opened.plain.to_vec())),
                        Some(Err(_)) => refused += 1,
                        None => {}
                    }
                }
            }
        }
        (all, refused)
    }

    /// What a client that reads the chains for the first time makes of them: the truth or nothing.
    async fn replays(&self, what: &str) {
        for (person, end) in [&self.ada, &self.eve].into_iter().zip(self.ends) {
            let path = format!("{}/chain?from=0", person.family_path());
            let page = person.caller.ask(Ask::get(path)).await;
            if !page.is_success() {
                continue;
            }
            let page = page.json();
            let links = page["links"].as_array().expect("links").iter();
            let links: Vec<Vec<u8>> = links.map(crate::http::unb64).collect();
            let genesis = person.guardian.family().expect("it was read").genesis();
            let trust = person.guardian.server().trust();
            let (links, today) = (links.iter().map(Vec::as_slice), self.world.app.today());
            if let Ok(family) = Family::replay(genesis, links, trust, today) {
                assert!(family.seen().seq <= end.seq, "{what}: a link that nobody signed");
            }
        }
    }

    /// Nobody who wasn't let in reads anything.
    async fn nobody_is_let_in(&self, what: &str) {
        let listing = |person: &Person, child: ChildId| {
            Ask::get(format!("{}/records?child={child}&category=photos", person.family_path()))
        };
        let forged = Caller::session(&self.world.http, forged::token().text().to_string());
        let steward = Caller::steward(&self.world.http, forged::token().text().to_string());
        let text = forged::token().text().to_string();
        let doll = Caller::toy(&self.world.http, text, self.doll.keys.sig.clone());
        let tries = [
            (&self.eve.caller, listing(&self.ada, self.mia)),
            (&self.ada.caller, listing(&self.eve, self.kim)),
            (&self.doll.caller, listing(&self.ada, self.mia)),
            (&forged, listing(&self.ada, self.mia)),
            (&steward, Ask::get("/v1/steward/forms")),
            (&doll, listing(&self.ada, self.mia)),
        ];
        for (number, (caller, ask)) in tries.into_iter().enumerate() {
            let answer = caller.ask(ask).await;
            assert!(!answer.is_success(), "{what}: try {number} was let in");
        }
    }

    /// One tampering: done, looked at from all sides, and undone.
    async fn suffer(&mut self, tampering: &Tampering) {
        let what = &tampering.what;
        self.run(&tampering.done).await;
        let found = self.found().await;
        self.nobody_is_let_in(what).await;
        // Readers see chains and records; the rest is about who is let in.
        let mut refused = 0;
        if ["family", "link", "record"].iter().any(|table| what.contains(table)) {
            let (read, not_taken) = self.read().await;
            for (id, plain) in &read {
                assert_eq!(self.truth.get(id), Some(plain), "{what}: something false was read");
            }
            self.replays(what).await;
            refused = not_taken;
        }
        assert!(!found.is_empty() || refused > 0, "{what}: nobody says so");
        self.run(&tampering.undone).await;
        self.forget().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_writes_to_the_database_alone_gets_nothing_past_anybody() {
    let unlimited = |config: &mut treehouse_server::config::Config| {
        config.alarms.items_per_hour_max = u32::MAX;
        config.alarms.items_per_minute_max = u32::MAX;
    };
    for world in World::both_with(unlimited).await {
        let (_, count) = TAMPERINGS.into_iter().find(|(it, _)| *it == world.engine).expect("known");
        let mut house = Box::pin(House::of(world)).await;
        assert_eq!(house.found().await, [], "nobody has tampered yet");
        let old = Cells::read(&house.world).await;
        // A newer state of everything that may be put back.
        let (ada, mia) = (&mut house.ada.guardian, house.mia);
        newer(ada, mia).await;
        log::publish(&house.world.app).await.expect("the log is published");
        house.truth = house.read().await.0;
        house.ends[0] = house.ada.family().await.seen();
        house.forget().await;
        assert_eq!(house.found().await, [], "nobody has tampered yet");
        let (now, mut dice) = (Cells::read(&house.world).await, Dice(SEED));
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        for _ in 0..count {
            let (kind, tampering) = match dice.below(5) {
                0 => ("swapped", now.swap(&mut dice)),
                1 => ("copied", now.copy(&mut dice)),
                2 => ("replayed", now.replay(&old, &mut dice)),
                3 => ("relabelled", now.relabel(&mut dice)),
                _ => ("inserted", forged::any(&house, &mut dice).await),
            };
            *kinds.entry(kind).or_default() += 1;
            house.suffer(&tampering).await;
        }
        assert_eq!(house.found().await, [], "all of it was undone");
        assert!(kinds.values().all(|each| *each > count / 10), "{kinds:?}");
    }
}

async fn named(guardian: &mut Guardian, child: ChildId, nickname: &str) {
    let profile = Profile { nickname: nickname.to_owned(), age_band: AgeBand::School };
    guardian.put_profile(child, &profile).await.expect("it is kept");
}

/// A chain that goes on, and a record with a second state.
async fn newer(guardian: &mut Guardian, child: ChildId) {
    named(guardian, child, "Kitty").await;
    guardian.add_child(&[Category::Photos]).await.expect("another child");
}

/// The control: it is the seal that keeps a forged row out. With the secret, the same row counts,
/// and nobody could tell.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_with_the_seal_of_the_service_counts() {
    for world in World::both().await {
        let house = Box::pin(House::of(world)).await;
        for sealed in [false, true] {
            let forged = forged::session(&house, sealed);
            house.run(&forged.done).await;
            assert_eq!(house.found().await.is_empty(), sealed);
            let path =
                format!("{}/records?child={}&category=photos", house.ada.family_path(), house.mia);
            let caller = Caller::session(&house.world.http, forged::token().text().to_string());
            let answer = caller.ask(Ask::get(path)).await;
            assert_eq!(answer.status, if sealed { 200 } else { 401 });
            house.run(&forged.undone).await;
        }
    }
}

/// Whoever can write to the database sets nobody's password by a link that nobody mailed; the seal
/// is what keeps it out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_link_sets_no_password() {
    for world in World::both().await {
        let house = Box::pin(House::of(world)).await;
        for sealed in [false, true] {
            let forged = forged::mail_link(&house, sealed).await;
            house.run(&forged.done).await;
            assert_eq!(house.found().await.is_empty(), sealed);
            let (server, token) = (house.ada.guardian.server(), forged::token());
            let ksf = Ksf::cheap_for_load_tests();
            let set = Guardian::register(server, &token.text(), "mallory was here", &ksf).await;
            assert_eq!(set.is_ok(), sealed, "{:?}", set.err());
            house.run(&forged.undone).await;
        }
    }
}

/// Rows that somebody takes away, and the tables that are told: what else tells of each stays.
const GONE: [(&str, Sql); 6] = [
    (
        "record",
        Sql::new(
            "DELETE FROM record WHERE record_id = (SELECT record_id FROM record WHERE family_id = $1 ORDER BY record_id LIMIT 1)",
        ),
    ),
    (
        "steward_act",
        Sql::new(
            "DELETE FROM steward_act WHERE act_id = (SELECT act_id FROM steward_act WHERE subject <> $1 ORDER BY act_id LIMIT 1)",
        ),
    ),
    ("steward", Sql::new("DELETE FROM steward WHERE name = 'tom' AND steward_id <> $1")),
    (
        "verification",
        Sql::new(
            "DELETE FROM verification WHERE account_id IN (SELECT account_id FROM account WHERE family_id = $1)",
        ),
    ),
    ("account", Sql::new("DELETE FROM account WHERE family_id = $1")),
    ("family", Sql::new("DELETE FROM family WHERE family_id = $1")),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_is_gone_is_missed_where_something_tells_of_it() {
    for world in World::both().await {
        let mut house = Box::pin(House::of(world)).await;
        house.read().await;
        log::publish(&house.world.app).await.expect("the log is published");
        assert_eq!(house.found().await, [], "nobody has tampered yet");
        for (table, sql) in GONE {
            house.run(&[(sql, args![house.ada.family_id()])]).await;
            let found = house.found().await;
            let told = |altered: &rows::Altered| {
                altered.table == table && altered.rule.starts_with("must be there")
            };
            assert!(found.iter().any(told), "{table}: {found:?}");
        }
    }
}

/// The control: what the service itself has taken away is missed by nobody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_erased_and_closed_is_not_missed() {
    for world in World::both().await {
        let mut house = Box::pin(House::of(world)).await;
        house.read().await;
        log::publish(&house.world.app).await.expect("the log is published");
        let mia = house.mia;
        house.ada.guardian.erase(mia, &[Category::Photos]).await.expect("it is erased");
        house.eve.guardian.erase_family().await.expect("it is erased");
        house.world.work().await;
        assert_eq!(house.found().await, [], "receipts, and nothing else");
        let House { world, ada, eve, .. } = house;
        let found = async || rows::examine(&world.app).await.expect("the rows can be examined");
        eve.guardian.close_account().await.expect("the last owner takes the family along");
        assert_eq!(found().await, []);
        ada.guardian.close_account().await.expect("another decides there");
        assert_eq!(found().await, [], "its tombstone waits for a place");
        log::publish(&world.app).await.expect("the log is published");
        assert_eq!(found().await, [], "its tombstone is published");
    }
}

/// A column of a row, whatever its type.
fn value(row: &Row, column: usize) -> Value {
    if let Ok(Some(bytes)) = row.opt_blob(column) {
        return Value::Blob(bytes);
    }
    if let Ok(Some(number)) = row.opt_int(column) {
        return Value::Int(number);
    }
    row.opt_text(column).ok().flatten().map_or(Value::Null, Value::Text)
}
