//! A parent is verified by talking to trained staff: two of them, every step of the script, and
//! nothing of it is kept but that.

use serde_json::{Value, json};
use treehouse_protocol::registry::Method;
use treehouse_server::config::Config;
use treehouse_server::data_map::RuleId;
use treehouse_server::domain::offer::Desk;
use treehouse_server::domain::talk::Talk;

use crate::access::cast::{ask_by, ask_verification};
use crate::http::{Ask, Caller};
use crate::people::Person;
use crate::world::World;

const REASON: &str = "Asked every question of the script.";

fn talked(code: &str, method: Method, reason: &str) -> Value {
    let done: Vec<_> = Talk::steps(method).map(|step| step.word).collect();
    json!({ "code": code, "done": done, "reason": reason })
}

async fn tell(steward: &Caller, body: &Value) -> u16 {
    steward.ask(Ask::post("/v1/steward/talks", body)).await.status
}

async fn decide(steward: &Caller, asked: &Value, approve: bool) -> u16 {
    let id = asked["verification"].as_str().expect("an id");
    let decided = json!({ "approve": approve, "reason": "Both of us are sure about it." });
    let ask = Ask::post(format!("/v1/steward/forms/{id}/decide"), &decided);
    steward.ask(ask).await.status
}

async fn standing(parent: &Person, asked: &Value) -> Value {
    let id = asked["verification"].as_str().expect("an id");
    parent.caller.ask(Ask::get(format!("/v1/verifications/{id}"))).await.expect(200).json()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_trained_people_are_convinced_by_a_talk() {
    for world in World::both().await {
        let sam = world.steward("sam", RuleId::StewardPass.ms()).await;
        let tom = world.steward("tom", RuleId::StewardPass.ms()).await;
        for (name, method) in [("ada", Method::Call), ("eve", Method::Video)] {
            let (parent, _) = Person::verified(&world, name, None).await;
            let word = if method == Method::Call { "call" } else { "video" };
            let asked = ask_by(&world, &parent, word).await;
            let code = asked["code"].as_str().expect("a code");
            assert!(asked["reached_at"].is_string(), "the parent learns where to turn to");
            assert_eq!(decide(&tom, &asked, true).await, 409, "nobody has talked yet");

            let mut short = talked(code, method, REASON);
            short["done"].as_array_mut().expect("steps").pop();
            assert_eq!(tell(&sam, &short).await, 422, "a step was left out");
            assert_eq!(tell(&sam, &talked("00000-00000", method, REASON)).await, 404);
            assert_eq!(standing(&parent, &asked).await["state"], "asked");

            assert_eq!(tell(&sam, &talked(code, method, REASON)).await, 200);
            assert_eq!(tell(&sam, &talked(code, method, REASON)).await, 409, "it counts once");
            assert_eq!(decide(&sam, &asked, true).await, 403, "nobody decides alone");
            assert_eq!(decide(&tom, &asked, true).await, 204);
            let attested = standing(&parent, &asked).await;
            assert_eq!(
                (&attested["state"], &attested["method"]),
                (&json!("attested"), &json!(word))
            );
            assert!(attested["attestation"].is_string());
        }
        let kept = world.census().await;
        assert_eq!(kept["scan"], 0, "a talk leaves no papers");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_talk_can_fail_and_the_parent_reads_why() {
    for world in World::both().await {
        let sam = world.steward("sam", RuleId::StewardPass.ms()).await;
        let tom = world.steward("tom", RuleId::StewardPass.ms()).await;
        let (parent, _) = Person::verified(&world, "ada", None).await;
        let asked = ask_by(&world, &parent, "call").await;
        let code = asked["code"].as_str().expect("a code");
        assert_eq!(tell(&sam, &talked(code, Method::Call, REASON)).await, 200);
        assert_eq!(decide(&tom, &asked, false).await, 204);
        let declined = standing(&parent, &asked).await;
        assert_eq!(declined["state"], "declined");
        assert!(declined["attestation"].is_null());
        let id = asked["verification"].as_str().expect("an id");
        let acts = parent.caller.ask(Ask::get(format!("/v1/verifications/{id}/acts"))).await;
        let acts = acts.expect(200).json();
        // Both happened at the same moment of the test's clock.
        let of = |word: &str| {
            let mut acts = acts.as_array().expect("acts").iter();
            acts.find(|act| act["act"] == word).expect("the act")["reason"].clone()
        };
        assert_eq!(of("talk"), REASON);
        assert_ne!(of("decline"), REASON);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_is_no_talk_and_a_talk_no_form() {
    for world in World::both().await {
        let sam = world.steward("sam", RuleId::StewardPass.ms()).await;
        let (parent, _) = Person::verified(&world, "ada", None).await;
        let form = ask_by(&world, &parent, "signed-form").await;
        let code = form["code"].as_str().expect("a code");
        assert_eq!(tell(&sam, &talked(code, Method::Call, REASON)).await, 409);
        let call = ask_by(&world, &parent, "call").await;
        let id = call["verification"].as_str().expect("an id");
        let pdf = Ask::get(format!("/v1/verifications/{id}/form"));
        parent.caller.ask(pdf).await.expect(409);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_sent_to_staff_that_isnt_there() {
    let unmanned = |config: &mut Config| {
        config.verification = Desk::default();
        config.sms = None;
    };
    for world in World::both_with(unmanned).await {
        let (parent, _) = Person::verified(&world, "ada", None).await;
        let offered = world.nobody().ask(Ask::get("/v1/deployment")).await.expect(200).json();
        assert_eq!(offered["methods"], json!(["e-mail-plus", "signed-form"]));
        for method in ["call", "video", "wallet", "text-plus"] {
            let body = ask_verification(&world, &parent.keys.sig, method);
            parent.caller.ask(Ask::post("/v1/verifications", &body)).await.expect(403);
        }
    }
}
