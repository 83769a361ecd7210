//! Stewards see how it stands with the house: how much waits, and what is to be done. Nobody else sees
//! it, and nothing in it tells of a family.

use serde_json::{Value, json};
use treehouse_server::app::incident;
use treehouse_server::backup;
use treehouse_server::domain::incident::{Kind, Report};
use treehouse_server::domain::steward::StewardName;
use treehouse_server::port::clock::{Clock as _, DAY_MS, Time};
use treehouse_server::store::Engine;

use crate::http::{Ask, Caller};
use crate::people::{Person, address};
use crate::raw;
use crate::world::World;

const HOUR_MS: i64 = DAY_MS / 24;
const PASS_MS: i64 = 12 * HOUR_MS;

async fn look(sam: &Caller) -> Value {
    sam.ask(Ask::get("/v1/steward/house")).await.expect(200).json()
}

/// A queue: how much is in it, whether there is more, its oldest, and what to do.
fn queue(house: &Value, name: &str) -> (u64, bool, Option<i64>, String) {
    let queues = house["queues"].as_array().expect("queues");
    let found = queues.iter().find(|each| each["queue"] == name).expect("the queue");
    let depth = &found["depth"];
    (
        depth["count"].as_u64().expect("a count"),
        depth["more"].as_bool().expect("yes or no"),
        depth["oldest_ms"].as_i64(),
        found["care"].as_str().expect("a word").to_owned(),
    )
}

/// Sixteen bytes, or thirty-two, that begin with a number, as the engine writes them.
fn bytes(world: &World, number: usize, length: usize) -> String {
    let hex = format!("{number:08x}{}", "00".repeat(length - 4));
    match world.engine {
        Engine::Sqlite => format!("X'{hex}'"),
        Engine::Postgres => format!("'\\x{hex}'::bytea"),
    }
}

async fn insert(world: &World, table: &str, rows: &[String]) {
    let [main, _] = raw::locations(world);
    raw::execute(&main, &format!("INSERT INTO {table} VALUES {}", rows.join(", "))).await;
}

/// Two of each that wait, and one that is done or not yet due.
async fn fill(world: &World, now: i64, old: i64, new: i64) {
    let id = |number| bytes(world, number, 16);
    let hash = |number| bytes(world, number, 32);
    let verification = |number, method, state, came: i64| {
        let ends = came + 30 * DAY_MS;
        let [id, hash] = [id(number), hash(number)];
        format!(
            "({id}, {id}, {method}, {state}, {hash}, {hash}, NULL, NULL, NULL, NULL, NULL, NULL, \
             0, {ends}, NULL, NULL, 0)"
        )
    };
    let reviews = [
        verification(1, 3, 1, new),
        verification(2, 3, 2, old),
        verification(3, 5, 2, new),
        verification(4, 3, 0, old),
        verification(5, 3, 1, now - 30 * DAY_MS),
    ];
    insert(world, "verification", &reviews).await;
    let complaint = |number, state, at: i64| {
        format!("({}, {at}, '{state}', {}, NULL, NULL)", id(number), id(0))
    };
    let complaints =
        [complaint(1, "open", old), complaint(2, "open", new), complaint(3, "closed", old)];
    insert(world, "complaint", &complaints).await;
    let alarm = |number, at: i64| format!("({}, 'decoy', {at})", id(number));
    let alarms = [alarm(1, old), alarm(2, new), alarm(3, now - 8 * DAY_MS)];
    insert(world, "alarm", &alarms).await;
    let letter = |number, due: i64, tries, at: i64| {
        format!("({}, {}, {due}, {tries}, {at})", id(number), id(0))
    };
    let letters =
        [letter(1, old, 0, old), letter(2, now + DAY_MS, 3, new), letter(3, now + 1, 0, old)];
    insert(world, "letter", &letters).await;
    fill_jobs(world, old, new).await;
}

/// The same of what the server does by itself.
async fn fill_jobs(world: &World, old: i64, new: i64) {
    let id = |number| bytes(world, number, 16);
    let hash = |number| bytes(world, number, 32);
    let destruction = |number, state, at: i64| {
        format!("({}, {}, {state}, {}, NULL, {at}, NULL, NULL, NULL)", id(1), hash(number), id(0))
    };
    let destructions = [destruction(1, 2, old), destruction(2, 0, new), destruction(3, 1, old)];
    insert(world, "destruction", &destructions).await;
    let payment = |number, state, at: i64| {
        let [id, hash] = [id(number), hash(number)];
        format!("({id}, {id}, {hash}, {state}, 50, 'usd', NULL, NULL, 0, 0, 0, 0, {at})")
    };
    let payments = [payment(1, 2, old), payment(2, 2, new), payment(3, 1, old)];
    insert(world, "payment", &payments).await;
    let inquiry = |number, state, at: i64| {
        let [id, hash] = [id(number), hash(number)];
        format!("({id}, {id}, 7, {hash}, {state}, NULL, {at})")
    };
    let inquiries = [inquiry(1, 1, old), inquiry(2, 0, new), inquiry(3, 3, old)];
    insert(world, "inquiry", &inquiries).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_queue_is_counted_with_its_oldest() {
    for world in World::both().await {
        let sam = world.steward("sam", PASS_MS).await;
        let now = world.clock.now().0;
        let names =
            ["reviews", "complaints", "alarms", "letters", "destructions", "payments", "inquiries"];
        let house = look(&sam).await;
        for name in names {
            assert_eq!(queue(&house, name), (0, false, None, "good".to_owned()), "{name}");
        }
        // The older one of each waits for two hours.
        let (old, new) = (now - 2 * HOUR_MS, now - HOUR_MS);
        fill(&world, now, old, new).await;

        let house = look(&sam).await;
        let waits = |count, care: &str| (count, false, Some(old), care.to_owned());
        assert_eq!(queue(&house, "reviews"), waits(3, "good"));
        assert_eq!(queue(&house, "complaints"), waits(2, "good"));
        assert_eq!(queue(&house, "alarms"), waits(2, "look"));
        assert_eq!(queue(&house, "letters"), waits(2, "look"));
        assert_eq!(queue(&house, "destructions"), waits(2, "look"));
        assert_eq!(queue(&house, "payments"), waits(2, "good"));
        assert_eq!(queue(&house, "inquiries"), waits(2, "good"));
        let reviews = house["reviews"].as_array().expect("a list");
        let by_method: Vec<_> = reviews
            .iter()
            .map(|each| (each["method"].as_str().expect("a word"), &each["depth"]["count"]))
            .collect();
        assert_eq!(by_method, [("signed-form", &json!(2)), ("call", &json!(1))]);
        world.clock.advance_ms(DAY_MS - HOUR_MS);
        let sam = world.steward("sam", PASS_MS).await;
        assert_eq!(queue(&look(&sam).await, "destructions"), waits(2, "act"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_queue_is_counted_no_further_than_its_limit() {
    for world in World::both().await {
        let sam = world.steward("sam", PASS_MS).await;
        let now = world.clock.now().0;
        let complaint = |number| {
            let (id, sealed) = (bytes(&world, number, 16), bytes(&world, 0, 16));
            format!("({id}, {now}, 'open', {sealed}, NULL, NULL)")
        };
        insert(&world, "complaint", &(0..1000).map(complaint).collect::<Vec<_>>()).await;
        let told = |house: &Value| (queue(house, "complaints").0, queue(house, "complaints").1);
        assert_eq!(told(&look(&sam).await), (1000, false));
        insert(&world, "complaint", &(1000..1500).map(complaint).collect::<Vec<_>>()).await;
        assert_eq!(told(&look(&sam).await), (1000, true));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn toys_of_a_few_families_are_not_counted_out() {
    for world in World::both().await {
        let sam = world.steward("sam", PASS_MS).await;
        let today = world.clock.now().day().0;
        let toy = |family, number, state, day: u32| {
            let [family, key] = [family, number].map(|number| bytes(&world, number, 16));
            format!("({family}, {key}, {}, {state}, NULL, {day}, 0)", bytes(&world, number, 32))
        };
        let seen = |house: &Value, which: &str| house["fleet"][which]["count"].clone();
        let all =
            |house: &Value| ["seen", "unseen", "to_wipe", "wiped"].map(|which| seen(house, which));
        assert_eq!(all(&look(&sam).await), [json!(0), json!(0), json!(0), json!(0)]);
        // Four families: the first has nine toys, and so there are twelve, which would tell of it.
        let mut toys: Vec<_> = (0..9).map(|number| toy(1, number, 0, today)).collect();
        toys.extend((2..5).map(|family| toy(family, 10 * family, 0, today - 29)));
        toys.push(toy(1, 100, 0, today - 31));
        toys.push(toy(2, 101, 1, today));
        insert(&world, "toy", &toys).await;
        let none = Value::Null;
        let house = look(&sam).await;
        assert_eq!(all(&house), [none.clone(), none.clone(), none.clone(), json!(0)]);
        let shown = house["fleet"].to_string();
        assert!(!shown.contains("12") && !shown.contains('9'), "{shown}");
        // A fifth family, and five whose toys were wiped.
        let mut toys = vec![toy(5, 200, 0, today - 30)];
        toys.extend((1..6).map(|family| toy(family, 300 + family, 2, 0)));
        insert(&world, "toy", &toys).await;
        assert_eq!(all(&look(&sam).await), [json!(13), none.clone(), none, json!(5)]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn incidents_are_shown_with_their_next_report_and_without_what_happened() {
    for world in World::both().await {
        let sam = world.steward("sam", PASS_MS).await;
        let (now, by) = (world.clock.now().0, StewardName::parse("grace").expect("a name"));
        assert_eq!(look(&sam).await["incidents"], json!([]));
        let opened = incident::open(&world.app, &by, Kind::ExploitedHole, now, "a zwieback hole");
        let number = opened.await.expect("it is written down").number;
        let house = look(&sam).await;
        assert!(!house.to_string().contains("zwieback"));
        let shown = |next: &str, due_ms: i64, overdue: bool, care: &str| {
            json!([{
                "number": number, "kind": "exploited-hole", "aware_ms": now, "closed_ms": null,
                "next": next, "due_ms": due_ms, "overdue": overdue, "care": care,
            }])
        };
        assert_eq!(house["incidents"], shown("early-warning", now + DAY_MS, false, "look"));
        world.clock.advance_ms(DAY_MS);
        let sam = world.steward("sam", PASS_MS).await;
        let late = look(&sam).await;
        assert_eq!(late["incidents"], shown("early-warning", now + DAY_MS, true, "act"));
        let sent = (world.clock.now().0, "R-1");
        incident::report(&world.app, &by, number, Report::EarlyWarning, sent).await.expect("sent");
        let next = look(&sam).await;
        assert_eq!(next["incidents"], shown("notification", now + 3 * DAY_MS, false, "look"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_register_that_is_over_closes_the_gate_and_says_so() {
    let hash = "00".repeat(32);
    let review = |kind: &str| {
        format!(
            "[[review]]\nkind = \"{kind}\"\ndone_on = 2026-08-01\nby = \"x\"\nsha256 = \"{hash}\"\n"
        )
    };
    let text = format!(
        "[profile]\nphone = \"1\"\nsecurity_contact = \"a\"\ncoordinator = \"b\"\n\
         [[risk]]\nid = \"theft\"\nwhat = \"a\"\nlikelihood = 1\nseverity = 1\nsafeguard = \"b\"\n\
         shown_by = \"c\"\n{}{}\
         [[training]]\nsteward = \"sam\"\nsubject = \"parents\"\ndone_on = 2026-08-01\n\
         expires_on = 2027-08-01\n\
         [[party]]\nid = \"carrier\"\nname = \"Example Mail\"\nkind = \"service\"\npurpose = \"mail\"\n\
         gets = [\"guardian-address\"]\nregion = \"EU\"\nintegral = true\nreviewed_on = 2026-08-01\n\
         review_due_on = 2026-12-31\n\
         [party.assurance]\nsha256 = \"{hash}\"\nsigned_on = 2026-01-01\nexpires_on = 2026-09-10\n",
        review("risks"),
        review("program"),
    );
    for world in World::both_with(|config| {
        let file = config.registers.file.as_ref().expect("tests have registers");
        std::fs::write(file, &text).expect("the registers can be written");
    })
    .await
    {
        let line = |house: &Value, register: &str| {
            let entries = house["registers"]["entries"].as_array().expect("a list").clone();
            entries.into_iter().find(|each| each["register"] == register).expect("a line")
        };
        let sam = world.steward("sam", PASS_MS).await;
        let house = look(&sam).await;
        assert_eq!(house["registers"]["faults"], json!([]));
        let carrier = |closes: bool, care: &str| {
            json!({
                "register": "service", "name": "Example Mail", "until": "2026-09-10",
                "closes": closes, "care": care,
            })
        };
        assert_eq!(line(&house, "service"), carrier(false, "good"));
        assert_eq!(line(&house, "training")["name"], "sam: parents");
        assert_eq!(line(&house, "review")["until"], "2027-08-02");
        world.clock.advance_ms(10 * DAY_MS);
        let sam = world.steward("sam", PASS_MS).await;
        assert_eq!(line(&look(&sam).await, "service"), carrier(false, "look"));
        world.clock.advance_ms(29 * DAY_MS);
        let sam = world.steward("sam", PASS_MS).await;
        let over = look(&sam).await;
        assert_eq!(line(&over, "service"), carrier(true, "act"));
        let said = "the assurance of party carrier doesn't count today; it ends on 2026-09-10";
        assert_eq!(over["registers"]["faults"], json!([said]));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_log_and_backups_are_told_as_far_as_they_are_known() {
    for world in World::both().await {
        let sam = world.steward("sam", PASS_MS).await;
        let now = world.clock.now();
        world.work().await;
        let house = look(&sam).await;
        assert_eq!(house["keys"]["root_key"], "file");
        assert_eq!(house["keys"]["begun_ms"], now.0);
        assert_eq!(house["keys"]["broken"], json!([]));
        let log = &house["log"];
        assert!(log["size"].as_u64().expect("a size") > 0, "{log}");
        assert!(log["checkpoint_ms"].as_i64().expect("a time") > 0, "{log}");
        assert_eq!([&log["needed"], &log["cosigned"]], [&json!(0), &json!(0)]);
        assert_eq!((&log["halted"], &log["care"]), (&json!(false), &json!("look")), "no witness");
        let backup = |data: Option<i64>, restored: Option<i64>, care: &str| json!({ "data_ms": data, "keys_ms": data, "restored_ms": restored, "care": care });
        assert_eq!(house["backup"], backup(None, None, "act"), "nothing is known");
        if world.engine == Engine::Sqlite {
            let folder = tempfile::tempdir().expect("a folder");
            let (data, keys) = (folder.path().join("data"), folder.path().join("keys"));
            let taken = backup::take(&world.config, &data, &keys, now, |_| {}).await;
            assert!(taken.expect("it is taken").noted);
        } else {
            backup::note_taken(&world.config, now).expect("it is noted");
        }
        assert_eq!(look(&sam).await["backup"], backup(Some(now.0), None, "look"));
        backup::note_restored(&world.config, Time(now.0 + 1)).expect("it is noted");
        assert_eq!(look(&sam).await["backup"], backup(Some(now.0), Some(now.0 + 1), "good"));
        world.clock.advance_ms(7 * DAY_MS);
        let sam = world.steward("sam", PASS_MS).await;
        assert_eq!(look(&sam).await["backup"]["care"], "act", "the keys' time is over");
        let file = world.config.store.folder.join("backups.json");
        std::fs::write(file, "not one of ours").expect("it can be written");
        assert_eq!(look(&sam).await["backup"], backup(None, None, "act"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_at_the_house_needs_a_pass_is_no_act_and_names_nobody() {
    for world in World::both().await {
        let ada = Person::founder(&world, "ada").await;
        let sam = world.steward("sam", HOUR_MS).await;
        let ask = || Ask::get("/v1/steward/house");
        for caller in [&ada.caller, &world.nobody()] {
            let refused = caller.ask(ask()).await;
            assert_eq!(refused.status, 401, "{refused:?}");
        }
        let acts = world.census().await["steward_act"];
        let house = look(&sam).await.to_string();
        assert_eq!(world.census().await["steward_act"], acts);
        let family = ada.family_id().to_string();
        assert!(!house.contains(&family) && !house.contains(&address("ada")), "{house}");
        world.clock.advance_ms(HOUR_MS);
        assert_eq!(sam.ask(ask()).await.status, 401, "its pass is over");
    }
}
