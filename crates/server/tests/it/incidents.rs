//! Incidents and the clocks of their reports: written down, published with a hash in the log, and told
//! in time.

use treehouse_protocol::id::Hash;
use treehouse_server::app::{evidence, incident};
use treehouse_server::domain::incident::{Kind, Report, Standing};
use treehouse_server::domain::steward::StewardName;
use treehouse_server::error::Error;
use treehouse_server::pack::Period;
use treehouse_server::port::clock::Clock as _;

use crate::http::Ask;
use crate::world::World;

const HOUR_MS: i64 = 60 * 60 * 1000;
const DAY_MS: i64 = 24 * HOUR_MS;

fn grace() -> StewardName {
    StewardName::parse("grace").expect("a name")
}

/// Goes on by so many hours; answers how many letters there are then.
async fn later(world: &World, hours: i64) -> usize {
    world.clock.advance_ms(hours * HOUR_MS);
    // What is found to be due is posted in the next turn.
    world.work().await;
    world.letters().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_operator_is_told_before_a_reports_clock_runs_out_and_when_it_has() {
    for world in World::both().await {
        let (now, by) = (|| world.clock.now().0, grace());
        let opened = incident::open(&world.app, &by, Kind::ExploitedHole, now(), "a hole");
        let number = opened.await.expect("it is written down").number;
        let sent = async |report| {
            let sent = incident::report(&world.app, &by, number, report, (now(), "R-1"));
            sent.await.expect("it is written down")
        };
        let letters = world.letters().await;
        assert_eq!(later(&world, 17).await, letters, "there is time");
        assert_eq!(later(&world, 2).await, letters + 1, "five hours are left");
        assert_eq!(world.letters().await, letters + 1, "once");
        assert_eq!(later(&world, 6).await, letters + 2, "it has run out");
        assert_eq!(later(&world, 10).await, letters + 2);
        sent(Report::EarlyWarning).await;
        // The control: what was sent in time raises nothing.
        sent(Report::Notification).await;
        assert_eq!(later(&world, 1000).await, letters + 2);
        incident::mended(&world.app, number, now()).await.expect("there is a way to close it");
        assert_eq!(later(&world, 13 * 24).await, letters + 2);
        assert_eq!(later(&world, 19).await, letters + 3, "fourteen days are nearly over");
        let last = sent(Report::Final).await;
        assert_eq!(last.standing(Report::Final, world.clock.now()), Standing::Sent);
        let closed = incident::close(&world.app, &grace(), number, "closed by version 2").await;
        assert!(closed.is_ok_and(|closed| closed.closed.is_some()));
        assert_eq!(later(&world, 1000).await, letters + 3);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_change_of_the_register_of_incidents_is_in_the_log_and_in_the_evidence() {
    for world in World::both().await {
        let now = || world.clock.now().0;
        let (from, app) = (world.clock.now().day(), &world.app);
        assert!(incident::list(app).await.expect("an empty register").is_empty());
        let by = grace();
        let open = |what: &'static str| incident::open(app, &by, Kind::SevereIncident, now(), what);
        let opened = open("the first").await.expect("it is written down");
        let wrong = [
            open("").await.err(),
            open("two\nlines").await.err(),
            incident::open(app, &grace(), Kind::SevereIncident, now() + 1, "x").await.err(),
        ];
        assert!(
            wrong.iter().all(|error| matches!(error, Some(Error::Invalid { .. }))),
            "{wrong:?}"
        );
        world.clock.advance_ms(DAY_MS);
        let sent = (now(), "R-7");
        let sent = incident::report(app, &by, opened.number, Report::EarlyWarning, sent);
        sent.await.expect("it is written down");
        let out_of_turn = incident::close(app, &grace(), opened.number, "too early").await;
        assert!(matches!(out_of_turn, Err(Error::Conflict(_))), "{out_of_turn:?}");
        // Two at once: one is told to look again, and nothing is lost.
        let both = tokio::join!(open("the second"), open("the third"));
        let written = [both.0.is_ok(), both.1.is_ok()].iter().filter(|done| **done).count();
        assert!((1..=2).contains(&written));
        let all = incident::list(app).await.expect("the register");
        assert_eq!(all.len(), 1 + written, "{all:?}");
        let numbers: Vec<u32> = all.iter().map(|each| each.number).collect();
        assert_eq!(numbers, (1..=u32::try_from(all.len()).expect("few")).collect::<Vec<_>>());

        world.work().await;
        let asked = world.nobody().ask(Ask::get("/v1/publications/incidents")).await;
        assert_eq!(asked.status, 404, "who uses a hole isn't told that it was noticed");
        let period = Period::new(from, world.clock.now().day()).expect("days");
        let found = evidence::collect(app, period, |_| {}).await.expect("the evidence");
        let own: Vec<_> =
            found.publications.iter().filter(|each| each.kind == "incidents").collect();
        assert_eq!(own.len(), 2 + written);
        assert!(
            own.iter().all(|each| each.place.is_some() && Hash::of(&each.document) == each.hash)
        );
        let second = String::from_utf8(own[1].document.clone()).expect("text");
        assert!(second.contains("\"by\": \"grace\"") && second.contains("R-7"), "{second}");
    }
}
