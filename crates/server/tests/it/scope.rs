//! A seeded incident: what was handed out is told exactly, and what no honest reader does is
//! noticed.

use treehouse_protocol::id::ChildId;
use treehouse_protocol::registry::Category;
use treehouse_server::app::scope;
use treehouse_server::domain::scope::{Scope, Who};

use crate::http::{Ask, Caller};
use crate::people::{Person, sign_in};
use crate::toys::{Toy, record};
use crate::world::World;

/// A family with one child and so many pictures of it.
async fn home(world: &World, name: &str, pictures: usize) -> (Person, ChildId) {
    let mut person = Person::founder(world, name).await;
    let child = person.guardian.add_child(&[Category::Photos]).await.expect("a child");
    let camera = Toy::camera(world, &mut person, child).await;
    for _ in 0..pictures {
        let (_, bytes) = record(person.family().await, child, &camera.keys.sig);
        let path = format!("{}/records", person.family_path());
        let put = Ask::post(path, &serde_json::Value::Null).bytes("application/cbor", bytes);
        camera.caller.ask(put).await.expect(201);
    }
    (person, child)
}

async fn look(caller: &Caller, person: &Person, child: ChildId) -> u16 {
    let path = person.family_path();
    caller.ask(Ask::get(format!("{path}/records?child={child}&category=photos"))).await.status
}

async fn asked(world: &World, from_ms: i64, to_ms: i64, who: &Who) -> Scope {
    let found = scope::scope(&world.app, (from_ms, to_ms), who, |_| {}).await;
    found.expect("the log can be read")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seeded_incident_is_told_exactly() {
    for world in World::both().await {
        let now = || treehouse_server::port::clock::Clock::now(&world.clock).0;
        let (mut ada, mia) = home(&world, "ada", 3).await;
        let (eve, ben) = home(&world, "eve", 2).await;
        let frame = Toy::frame(&world, &mut ada, mia).await;
        // Before the incident, during it, and after it.
        assert_eq!(look(&ada.caller, &ada, mia).await, 200);
        world.clock.advance_ms(60_000);
        let begins = now();
        assert_eq!(look(&frame.caller, &ada, mia).await, 200);
        assert_eq!(look(&frame.caller, &ada, mia).await, 200);
        assert_eq!(look(&eve.caller, &eve, ben).await, 200);
        assert_eq!(look(&eve.caller, &ada, mia).await, 404, "another family's");
        world.clock.advance_ms(60_000);
        let ends = now();
        assert_eq!(look(&ada.caller, &ada, mia).await, 200);

        let all = asked(&world, begins, ends, &Who::Anybody).await;
        assert_eq!((all.families.len(), all.children(), all.items()), (2, 2, (5, 0)));
        let thief = Who::Key(frame.key());
        let taken = asked(&world, begins, ends, &thief).await;
        assert_eq!((taken.families.len(), taken.items()), (1, (3, 0)), "things, and not tries");
        let exposed = taken.families.values().flat_map(|shelves| shelves.values()).next();
        let exposed = exposed.expect("one shelf");
        assert_eq!(exposed.readers.get(&frame.key()), Some(&2));
        let begins_ms = u64::try_from(begins).expect("a time");
        assert_eq!(exposed.between_ms, Some((begins_ms, begins_ms)));
        let before = asked(&world, 0, begins, &thief).await;
        assert_eq!(before.items(), (0, 0), "it had got nothing before");
        // A child that is erased is told of no more.
        ada.guardian.erase(mia, &[]).await.expect("it is erased");
        world.work().await;
        let later = asked(&world, begins, ends, &Who::Anybody).await;
        assert_eq!((later.families.len(), later.items()), (1, (2, 0)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_stolen_token_was_handed_is_told_exactly() {
    for world in World::both().await {
        let (ada, mia) = home(&world, "ada", 3).await;
        let (eve, ben) = home(&world, "eve", 2).await;
        // The same guardian, signed in twice at the same time: only one token was stolen.
        let (stolen, _) = sign_in(&world, &ada.email, &ada.password).await;
        let thief = Caller::session(&world.http, stolen.clone());
        assert_eq!(look(&ada.caller, &ada, mia).await, 200);
        assert_eq!(look(&eve.caller, &eve, ben).await, 200);
        let token = scope::token(&stolen).expect("a token");
        let nothing = asked(&world, 0, i64::MAX, &token).await;
        assert_eq!((nothing.items(), nothing.without_token), ((0, 0), 0));
        assert_eq!(look(&thief, &ada, mia).await, 200);
        assert_eq!(look(&thief, &eve, ben).await, 404, "another family's");
        let seen = asked(&world, 0, i64::MAX, &token).await;
        assert_eq!((seen.families.len(), seen.items()), (1, (3, 0)));
        let exposed = seen.families.values().flat_map(|shelves| shelves.values()).next();
        let readings: u64 = exposed.expect("one shelf").readers.values().sum();
        assert_eq!(readings, 1, "the guardian's own reading isn't the thief's");
        // When the session is over, what it took can still be told.
        assert_eq!(thief.ask(Ask::delete("/v1/sessions/current")).await.status, 204);
        assert_eq!(asked(&world, 0, i64::MAX, &token).await.items(), (3, 0));
        let unknown = scope::token(&"A".repeat(43)).expect("a token");
        assert_eq!(asked(&world, 0, i64::MAX, &unknown).await.items(), (0, 0));
        assert!(scope::token("stolen").is_err());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_copied_table_holds_is_told_exactly() {
    for world in World::both().await {
        let (ada, mia) = home(&world, "ada", 3).await;
        let (eve, ben) = home(&world, "eve", 2).await;
        let record = scope::table(&world.app, "record").await.expect("a table");
        let owned = |family, child| {
            let owned = record.families.get(&family).expect("the family");
            (owned.rows, owned.shelves[&(child, Category::Photos)])
        };
        assert_eq!((record.rows, record.families.len()), (5, 2));
        assert_eq!([owned(ada.family_id(), mia), owned(eve.family_id(), ben)], [(3, 3), (2, 2)]);
        let account = scope::table(&world.app, "account").await.expect("a table");
        assert_eq!((account.rows, account.families.len()), (2, 2));
        let session = scope::table(&world.app, "session").await.expect("a table");
        assert_eq!(i64::try_from(session.rows).expect("a number"), world.census().await["session"]);
        assert!(session.rows >= 2 && session.families.is_empty(), "it names no family");
        assert!(scope::table(&world.app, "record; DROP TABLE record").await.is_err());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_beyond_its_budget_is_stopped_and_the_operator_is_told() {
    for world in World::both_with(|config| config.alarms.items_per_hour_max = 4).await {
        let (ada, mia) = home(&world, "ada", 2).await;
        let (eve, ben) = home(&world, "eve", 1).await;
        let quiet = world.letters().await;
        let answers = [
            look(&ada.caller, &ada, mia).await,
            look(&ada.caller, &ada, mia).await,
            look(&ada.caller, &ada, mia).await,
            look(&ada.caller, &ada, mia).await,
        ];
        assert_eq!(answers, [200, 200, 429, 429]);
        assert_eq!(look(&eve.caller, &eve, ben).await, 200, "nobody else is stopped");
        assert_eq!(world.letters().await - quiet, 1, "one letter to the operator");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_reads_a_canary_family_raises_an_alarm() {
    for world in World::both().await {
        let (ada, mia) = home(&world, "ada", 1).await;
        let quiet = world.letters().await;
        assert_eq!(look(&ada.caller, &ada, mia).await, 200);
        assert_eq!(world.letters().await, quiet, "an honest reader raises none");
        if world.engine == treehouse_server::store::Engine::Postgres {
            continue;
        }
        let mut config = world.config.clone();
        config.alarms.canary_families = vec![ada.family_id().to_string()];
        let (email, password) = (ada.email.clone(), ada.password.clone());
        let world = world.again(config).await;
        let (token, _) = sign_in(&world, &email, &password).await;
        let caller = Caller::session(&world.http, token);
        assert_eq!(look(&caller, &ada, mia).await, 200);
        assert_eq!(world.letters().await - quiet, 1, "the operator is told");
    }
}
