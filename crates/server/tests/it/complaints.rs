//! Complaints: anybody sends one, staff reads it for a reason and answers, and nobody else finds it.

use serde_json::json;
use treehouse_server::app::{complaint, evidence, steward};
use treehouse_server::domain::complaint::{ComplaintState, ComplaintText};
use treehouse_server::domain::steward::{Reason, StewardId, StewardName};
use treehouse_server::error::Error;
use treehouse_server::pack::Period;

use crate::http::Ask;
use crate::people::address;
use crate::raw;
use crate::world::World;

const TEXT: &str = "The toy next door takes\npictures of my zwieback.";
const ANSWER: &str = "We have asked the neighbour's guardians to turn it.";

async fn grace(world: &World) -> StewardId {
    let name = StewardName::parse("grace").expect("a name");
    let pass = steward::issue_pass(&world.app, &name, 1000, &reason()).await.expect("a pass");
    steward::find(&world.app, &pass).await.expect("a steward")
}

fn reason() -> Reason {
    Reason::parse("a complaint waits for an answer").expect("a reason")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_complaint_is_sealed_read_for_a_reason_answered_by_letter_and_counted() {
    for world in World::both().await {
        let email = address("neighbour");
        let body = json!({ "text": TEXT, "email": email });
        world.nobody().ask(Ask::post("/v1/complaints", &body)).await.expect(201);
        let [main, _] = raw::locations(&world);
        let secrets =
            [email.clone(), raw::hex(email.as_bytes()), "zwieback".into(), raw::hex(b"zwieback")];
        let rows = raw::dump(&main).await;
        assert!(rows.iter().any(|(table, _)| table == "complaint"), "the control: it is there");
        for (table, row) in rows {
            let shown = row.to_lowercase();
            assert!(secrets.iter().all(|secret| !shown.contains(secret)), "{table}");
        }
        let by = grace(&world).await;
        let open = complaint::list(&world.app, by, ComplaintState::Open).await.expect("a list");
        let [(id, _)] = open[..] else { panic!("one complaint: {open:?}") };
        let acts = world.census().await["steward_act"];
        let read = complaint::read(&world.app, by, id, &reason()).await.expect("it is there");
        assert_eq!(read.text.text(), TEXT);
        assert_eq!(world.census().await["steward_act"], acts + 1, "a look is an act");

        let letters = world.letters().await;
        let answer = ComplaintText::parse(ANSWER).expect("an answer");
        let goes = complaint::answer(&world.app, by, id, &answer, &reason()).await;
        assert!(goes.expect("it is answered"));
        assert_eq!(world.letters().await, letters + 1);
        let again = complaint::answer(&world.app, by, id, &answer, &reason()).await;
        assert!(matches!(again, Err(Error::Conflict(_))), "it isn't open any more");

        let body = json!({ "text": "nobody needs to answer this one" });
        world.nobody().ask(Ask::post("/v1/complaints", &body)).await.expect(201);
        let open = complaint::list(&world.app, by, ComplaintState::Open).await.expect("a list");
        complaint::close(&world.app, by, open[0].0, &reason()).await.expect("it is closed");
        let today = world.app.today();
        world.work().await;
        let period = Period::new(today, today).expect("a day");
        let found = evidence::collect(&world.app, period, |_| {}).await.expect("evidence");
        let counts: Vec<_> = found.complaints.into_iter().collect();
        assert_eq!(counts, [("answered", 1), ("closed", 1)]);
        let words: Vec<_> = found.acts.iter().map(|acted| acted.act.word()).collect();
        assert!(
            words.contains(&"read-complaint") && words.contains(&"answer-complaint"),
            "{words:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_sends_so_many_complaints_an_hour_and_no_more() {
    for world in World::both_with(|config| config.limits.letters_per_hour_max = 3).await {
        let body = json!({ "text": "this is sent again and again" });
        for _ in 0..3 {
            world.nobody().ask(Ask::post("/v1/complaints", &body)).await.expect(201);
        }
        let refused = world.nobody().ask(Ask::post("/v1/complaints", &body)).await;
        assert_eq!((refused.status, refused.problem().as_str()), (429, "too-many-requests"));
        assert_eq!(world.census().await["complaint"], 3);
    }
}
