//! The data map against the databases: nothing is stored that isn't on it, and what it says is over
//! is gone.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::json;
use treehouse_protocol::registry::{Category, Coded as _};
use treehouse_server::data_map::{DataMap, Event, Place, RuleId};
use treehouse_server::doctor::{self, Verdict};
use treehouse_server::port::clock::{Clock, DAY_MS};
use treehouse_server::start;
use treehouse_server::store::Engine;

use crate::access::cast::{self, Household};
use crate::http::Ask;
use crate::raw::{self, hex};
use crate::toys::Toy;
use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_smuggled_column_stops_migrate_and_start_by_its_name() {
    let mut smuggled = 0;
    for world in World::both().await {
        start::migrate(&world.config).await.expect("the control: nothing is smuggled");
        for location in raw::locations(&world) {
            for table in raw::tables(&location).await {
                let column = format!("smuggled_{smuggled}");
                raw::execute(&location, &format!("ALTER TABLE {table} ADD COLUMN {column} TEXT"))
                    .await;
                let refused = start::migrate(&world.config).await.expect_err("it is seen");
                let named = refused.to_string().contains(&format!("{table}.{column}"));
                assert!(named, "{:?}: {refused}", world.engine);
                assert_eq!(refuses(&world, &column), world.engine == Engine::Sqlite);
                raw::execute(&location, &format!("ALTER TABLE {table} DROP COLUMN {column}")).await;
                smuggled += 1;
            }
            raw::execute(&location, "CREATE TABLE diary (secret TEXT)").await;
            let refused = start::start(&world.config, std::sync::Arc::new(world.clock.clone()));
            let refused = refused.await.expect_err("a whole table is seen");
            assert!(refused.to_string().contains("diary.secret"), "{refused}");
            raw::execute(&location, "DROP TABLE diary").await;
            smuggled += 1;
        }
        start::migrate(&world.config).await.expect("all of it was taken out again");
    }
    assert!(smuggled >= 50, "only {smuggled} columns were smuggled");
}

/// Whether the doctor refuses the deployment because of this column. It connects to nothing, so it
/// sees into embedded databases only.
fn refuses(world: &World, column: &str) -> bool {
    let findings = doctor::examine(&world.config, world.clock.now());
    findings.iter().any(|finding| {
        let named = finding.advice.as_ref().is_some_and(|advice| advice.contains(column));
        finding.verdict == Verdict::Refuse && named
    })
}

/// Tables with something that ends by one of these events, by the map. The key of a toy that wasn't
/// told to forget everything waits longer, for its next contact.
fn tables_that_end(events: &[Event]) -> BTreeSet<String> {
    let map = DataMap::embedded();
    let mut tables = BTreeSet::new();
    for kind in [Place::Column, Place::KeyColumn] {
        for (place, datum) in map.places(kind) {
            let table = place.split('.').next().unwrap_or_default();
            if events.contains(&map.rule(datum.retention).after) && table != "toy" {
                tables.insert(table.to_owned());
            }
        }
    }
    tables
}

/// The tables with a row that holds one of these ids.
async fn holding(world: &World, ids: &[String]) -> BTreeSet<String> {
    let mut tables = BTreeSet::new();
    for location in raw::locations(world) {
        for (table, row) in raw::dump(&location).await {
            if ids.iter().any(|id| row.contains(id)) {
                tables.insert(table);
            }
        }
    }
    tables
}

/// Lets a household have everything else that the map knows, and answers every id of it.
async fn fill(world: &World, own: &mut Household) -> Vec<String> {
    let all: Vec<Category> = Category::ALL.iter().map(|row| row.0).collect();
    own.owner.guardian.add_child(&all).await.expect("a second child");
    let reset = json!({ "email": own.owner.email, "purpose": "reset" });
    world.nobody().ask(Ask::post("/v1/accounts/links", &reset)).await.expect(202);
    let frame = Toy::frame(world, &mut own.owner, own.child).await;
    let path = own.owner.family_path();
    let read = format!("{path}/records?child={}&category=photos", own.child);
    frame.caller.ask(Ask::get(read)).await.expect(200);
    let form = cast::ask_verification(world, &own.owner.keys.sig, "signed-form");
    let form = own.owner.caller.ask(Ask::post("/v1/verifications", &form)).await.expect(201);
    let form = form.json()["verification"].as_str().expect("an id").to_owned();
    let scan = Ask::new(Method::PUT, format!("/v1/verifications/{form}/scan"));
    own.owner.caller.ask(scan.bytes("image/png", cast::SCAN.to_vec())).await.expect(204);
    let account = own.owner.caller.ask(Ask::get("/v1/account")).await.expect(200).json();
    let account = account["account"].as_str().expect("an id").to_owned();
    let family = own.owner.family().await;
    let mut ids = vec![account, form, family.id().to_string()];
    ids.extend(family.children().map(|(child, _)| child.to_string()));
    ids.extend(family.members().map(|(key, _)| hex(key.bytes())));
    ids
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_erased_is_gone_from_every_table_of_the_map() {
    for world in World::both().await {
        let mut own = Box::pin(Household::new(&world, "ada")).await;
        let ids = Box::pin(fill(&world, &mut own)).await;
        let ended = [Event::AccountClosed, Event::FamilyEnded, Event::ChildErased];
        let mut must = tables_that_end(&ended);
        // Only hashes stand there, and only until the log is published.
        must.remove("log_entry");
        let before = holding(&world, &ids).await;
        let missing: Vec<_> = must.difference(&before).collect();
        assert!(missing.is_empty(), "{:?}: the family has no row in {missing:?}", world.engine);

        let path = format!("{}/reductions", own.owner.family_path());
        let erase = Ask::post(path, &json!({ "what": "erase-family" }));
        own.owner.caller.ask(erase).await.expect(201);
        world.work().await;
        own.owner.caller.ask(Ask::delete("/v1/account")).await.expect(204);
        world.work().await;
        let after = holding(&world, &ids).await;
        let left: Vec<_> = after.intersection(&must).collect();
        assert!(left.is_empty(), "{:?}: {left:?} still hold an id", world.engine);

        // What ends later by the map is gone when its time has come.
        let longest = RuleId::ALL.iter().map(|rule| rule.ms()).max().unwrap_or_default();
        world.clock.advance_ms(longest + DAY_MS);
        world.work().await;
        world.work().await;
        let after = holding(&world, &ids).await;
        assert!(after.is_empty(), "{:?}: {after:?} still hold an id", world.engine);
    }
}
