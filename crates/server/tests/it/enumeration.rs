//! Whether somebody has an account here is told to nobody but the owner of the mailbox.

use serde_json::json;

use crate::http::{Answer, Ask};
use crate::people::{Person, address, begin_sign_in};
use crate::world::World;

/// What an answer shows to an onlooker: status, headers, and how long it is. The moment of the
/// answer is the same for everybody.
pub fn shown(answer: &Answer) -> (u16, Vec<(String, String)>, usize) {
    let headers = answer.headers.iter().filter(|(name, _)| *name != "date");
    let mut headers: Vec<_> = headers
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
        .collect();
    headers.sort();
    (answer.status, headers, answer.body.len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn known_and_unknown_addresses_are_answered_alike() {
    for world in World::both().await {
        let ada = Person::founder(&world, "ada").await;
        let unknown = address("eve");
        assert_eq!(ada.email.len(), unknown.len());
        let nobody = world.nobody();
        for purpose in ["register", "reset"] {
            let mut answers = Vec::new();
            for email in [&ada.email, &unknown] {
                let (letters, before) = (world.letters().await, world.census().await);
                let body = json!({ "email": email, "purpose": purpose });
                let answer = nobody.ask(Ask::post("/v1/accounts/links", &body)).await.expect(202);
                let after = world.census().await;
                assert_eq!(after["mail_link"] - before["mail_link"], 1, "{purpose}: one row");
                assert_eq!(world.letters().await - letters, 1, "{purpose}: one letter");
                answers.push(answer);
            }
            assert_eq!(shown(&answers[0]), shown(&answers[1]), "{purpose}");
            assert_eq!(answers[0].body, answers[1].body, "{purpose}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_tells_a_wrong_address_from_a_wrong_password_to_nobody() {
    for world in World::both().await {
        let ada = Person::founder(&world, "ada").await;
        let nobody = world.nobody();
        let mut started = Vec::new();
        for email in [&ada.email, &address("eve")] {
            let (_, body) = begin_sign_in(email, "not the password of anybody");
            let answer = nobody.ask(Ask::post("/v1/sessions/start", &body)).await.expect(200);
            started.push(answer);
        }
        assert_eq!(shown(&started[0]), shown(&started[1]));
        for field in ["ticket", "response", "deployment"] {
            let length = |answer: &Answer| answer.json()[field].as_str().map(str::len);
            assert_eq!(length(&started[0]), length(&started[1]), "{field}");
        }
        let mut finished = Vec::new();
        for answer in &started {
            let message = crate::http::b64(&[7; 64]);
            let body = json!({ "ticket": answer.json()["ticket"], "message": message });
            finished.push(nobody.ask(Ask::post("/v1/sessions", &body)).await.expect(401));
        }
        assert_eq!(shown(&finished[0]), shown(&finished[1]));
        assert_eq!(finished[0].body, finished[1].body);
    }
}
