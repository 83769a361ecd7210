//! A parent is verified by a face that two people have compared with its document at an outside verifier's;
//! and where such a verifier is offered, and what shows that its rows are ours.

use serde_json::json;
use treehouse_protocol::registry::Method;
use treehouse_server::data_map::{Feature, RuleId};
use treehouse_server::domain::evidence::Proof;
use treehouse_server::port::clock::Clock;

use crate::access::cast::ask_verification;
use crate::http::{Answer, Ask, Caller};
use crate::people::Person;
use crate::raw;
use crate::verifier::{Event, Fault, check_of};
use crate::verifiers::{deployments, examined, forgeries, is_kept, proof, show, state, tell};
use crate::world::World;

async fn decide(steward: &Caller, id: &str, approve: bool) -> Answer {
    let decided = json!({ "approve": approve, "reason": "Both pictures show the same person." });
    steward.ask(Ask::post(format!("/v1/steward/forms/{id}/decide"), &decided)).await
}

async fn recommend(steward: &Caller, id: &str) -> Answer {
    let because = json!({ "reason": "I have compared the two pictures." });
    steward.ask(Ask::post(format!("/v1/steward/forms/{id}/recommend"), &because)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_face_counts_when_two_people_have_compared_it_and_it_is_deleted() {
    let (verifier, worlds) = deployments(|_| {}).await;
    for world in worlds {
        let sam = world.steward("sam", RuleId::StewardPass.ms()).await;
        let tom = world.steward("tom", RuleId::StewardPass.ms()).await;
        let (mut ada, _) = Person::verified(&world, "ada", None).await;
        let (id, page) = show(&world, &ada, "face-match").await;
        let (now, told) = (world.clock.now(), verifier.told(&page));

        // Without people who look nothing counts, and what is deleted nobody can look at.
        let mut alone = told.clone();
        alone["deleted_ms"] = json!(now.0);
        tell(&world, &Event::signed(&alone, now)).await.expect(204);
        assert_eq!(state(&ada, &id).await, "asked");
        recommend(&sam, &id).await.expect(409);
        let event = Event::signed(&told, now);
        for forged in forgeries(&event) {
            tell(&world, &forged).await.expect(403);
        }
        for _ in 0..2 {
            tell(&world, &event).await.expect(204);
            assert_eq!(state(&ada, &id).await, "submitted");
        }
        let queue = sam.ask(Ask::get("/v1/steward/forms")).await.expect(200).json();
        assert_eq!(queue[0]["review_at"], told["review_at"]);
        assert_eq!(examined(&world).await, [""; 0]);

        decide(&tom, &id, true).await.expect(409);
        recommend(&sam, &id).await.expect(204);
        decide(&sam, &id, true).await.expect(403);
        ada.caller
            .ask(Ask::post(format!("/v1/steward/forms/{id}/decide"), &json!({})))
            .await
            .expect(401);
        for fault in [Fault::Down, Fault::Unsigned, Fault::Keeps, Fault::OtherCheck, Fault::Foreign]
        {
            verifier.fault(fault);
            decide(&tom, &id, true).await.expect(503);
            assert_eq!(state(&ada, &id).await, "recommended", "{fault:?}");
        }
        verifier.fault(Fault::None);
        decide(&tom, &id, true).await.expect(204);
        assert_eq!(state(&ada, &id).await, "attested");
        let ended = verifier.ended(&page).expect("it's deleted");
        let Proof::Face { deleted_ms, recommended_by, decided_by, .. } = proof(&world, &id).await
        else {
            panic!("a face was compared")
        };
        assert_eq!(i64::try_from(deleted_ms), Ok(ended));
        assert_ne!(recommended_by, decided_by);
        assert!(!is_kept(&world, check_of(&page)).await);
        let attested = ada.guardian.verification(&id).await.expect("it's there");
        ada.guardian.found_family(&attested).await.expect("a family is founded");
        let own = ada.key();
        assert_eq!(ada.family().await.verified_by(own), Some(Method::FaceMatch));
        assert_eq!(examined(&world).await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_face_that_isnt_the_documents_verifies_nobody_and_is_deleted() {
    let (verifier, worlds) = deployments(|_| {}).await;
    for world in worlds {
        let sam = world.steward("sam", RuleId::StewardPass.ms()).await;
        let tom = world.steward("tom", RuleId::StewardPass.ms()).await;
        let now = world.clock.now();
        let (eve, _) = Person::verified(&world, "eve", None).await;
        let (id, page) = show(&world, &eve, "face-match").await;
        tell(&world, &Event::signed(&verifier.told(&page), now)).await.expect(204);
        recommend(&tom, &id).await.expect(204);
        decide(&sam, &id, false).await.expect(204);
        assert_eq!(state(&eve, &id).await, "declined");
        assert!(verifier.ended(&page).is_some());
        let (id, page) = show(&world, &eve, "face-match").await;
        let mut other = verifier.told(&page);
        other["matched"] = json!(false);
        tell(&world, &Event::signed(&other, now)).await.expect(204);
        assert_eq!(state(&eve, &id).await, "declined");
        assert!(verifier.ended(&page).is_some(), "what was refused is deleted, too");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_inquiry_that_somebody_altered_is_found() {
    let (_verifier, worlds) = deployments(|_| {}).await;
    for world in worlds {
        let (ada, _) = Person::verified(&world, "ada", None).await;
        let (eve, _) = Person::verified(&world, "eve", None).await;
        let (id, _) = show(&world, &ada, "government-id").await;
        let (other, _) = show(&world, &eve, "face-match").await;
        let [main, _] = raw::locations(&world);
        assert_eq!(examined(&world).await, [""; 0], "the control");
        let [id, other] = [&id, &other].map(|id| raw::literal(&world, id));
        let foreign = format!("(SELECT sealed FROM inquiry WHERE verification_id = {other})");
        let swapped = format!("sealed = {foreign}");
        let changes = [
            ("state = 2", Some("state = 1")),
            ("state = 3", Some("state = 1")),
            ("state = 9", Some("state = 1")),
            ("method = 9", Some("method = 8")),
            ("method = 4", Some("method = 8")),
            (swapped.as_str(), None),
        ];
        for (done, undone) in changes {
            let set =
                |what: &str| format!("UPDATE inquiry SET {what} WHERE verification_id = {id}");
            raw::execute(&main, &set(done)).await;
            assert_eq!(examined(&world).await, ["inquiry"], "{done}");
            if let Some(undone) = undone {
                raw::execute(&main, &set(undone)).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_verifier_is_offered_where_there_is_one_and_counts_for_what_discloses() {
    let (_verifier, worlds) =
        deployments(|config| config.features.enabled.push(Feature::Messages)).await;
    for world in worlds {
        let offered = world.nobody().ask(Ask::get("/v1/deployment")).await.expect(200).json();
        let methods = offered["methods"].as_array().expect("methods");
        let notice = world.nobody().ask(Ask::get("/notice/direct.html?lang=en")).await.expect(200);
        let notice = String::from_utf8_lossy(&notice.body).into_owned();
        for (method, said) in [
            ("questions", "By questions:"),
            ("government-id", "By an identity document:"),
            ("face-match", "By an identity document and your face:"),
        ] {
            assert!(methods.contains(&json!(method)), "{method}");
            assert!(notice.contains(said), "{said}");
        }
    }
    for world in World::both().await {
        let (ada, _) = Person::verified(&world, "ada", None).await;
        for method in ["questions", "government-id", "face-match"] {
            let body = ask_verification(&world, &ada.keys.sig, method);
            ada.caller.ask(Ask::post("/v1/verifications", &body)).await.expect(403);
        }
        let event = Event { signature: "t=1,v1=00".to_owned(), body: b"{}".to_vec() };
        tell(&world, &event).await.expect(404);
    }
}
