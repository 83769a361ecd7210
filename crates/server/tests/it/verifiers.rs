//! A parent is verified by an outside verifier: by questions that only a grown-up can answer, or by a
//! document. Nothing of them stays, and nothing counts twice.

use serde_json::{Value, json};
use treehouse_protocol::cbor::Canonical as _;
use treehouse_protocol::registry::Method;
use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::SigningKey;
use treehouse_server::app::rows;
use treehouse_server::config::Config;
use treehouse_server::data_map::RuleId;
use treehouse_server::domain::evidence::{Evidence, Proof};
use treehouse_server::domain::inquiry::{ANSWER_MS, SETS_MAX};
use treehouse_server::domain::text;
use treehouse_server::domain::verification::VERIFICATIONS_MS;
use treehouse_server::port::clock::Clock as _;
use treehouse_server::random;
use treehouse_server::store::{Sql, args};

use crate::access::cast::ask_by;
use crate::http::{Answer, Ask};
use crate::people::Person;
use crate::raw;
use crate::verifier::{Event, Fault, UNKNOWN, Verifier, check_of};
use crate::world::World;

const EVIDENCE: Sql = Sql::new("SELECT evidence FROM verification WHERE verification_id = $1");
const ADDRESS: &str = "17 Unforgettable Lane, Nowhere";

/// A verifier, and two deployments that trust it, at its time.
pub async fn deployments(change: impl Fn(&mut Config)) -> (Verifier, [World; 2]) {
    let verifier = Verifier::start().await;
    let with = |config: &mut Config| {
        config.verifier = Some(verifier.config());
        change(config);
    };
    let worlds = World::both_now(with).await;
    (verifier, worlds)
}

async fn begin(world: &World, parent: &Person, method: &str) -> (String, Value) {
    let asked = ask_by(world, parent, method).await;
    (asked["verification"].as_str().expect("an id").to_owned(), asked)
}

/// A document or a face: the verification, and the verifier's page.
pub async fn show(world: &World, parent: &Person, method: &str) -> (String, String) {
    let (id, asked) = begin(world, parent, method).await;
    (id, asked["show_at"].as_str().expect("a page").to_owned())
}

async fn ask_questions(parent: &Person, id: &str, name: &str) -> Answer {
    let person = json!({ "name": name, "born_on": "1980-12-31", "address": ADDRESS });
    let ask = Ask::post(format!("/v1/verifications/{id}/questions"), &person);
    parent.caller.ask(ask.header("idempotency-key", format!("questions {id}"))).await
}

async fn answer(parent: &Person, id: &str, chosen: &[u8]) -> Answer {
    let body = json!({ "chosen": chosen });
    let ask = Ask::post(format!("/v1/verifications/{id}/answers"), &body);
    parent.caller.ask(ask.header("idempotency-key", format!("answers {id}"))).await
}

pub async fn state(parent: &Person, id: &str) -> String {
    let found = parent.caller.ask(Ask::get(format!("/v1/verifications/{id}"))).await;
    found.expect(200).json()["state"].as_str().expect("a state").to_owned()
}

pub async fn tell(world: &World, event: &Event) -> Answer {
    let ask = Ask::new(reqwest::Method::POST, "/v1/verifier/events");
    let ask = ask.bytes("application/json", event.body.clone());
    world.nobody().ask(ask.header("treehouse-signature", event.signature.clone())).await
}

/// What a verification leaves.
pub async fn proof(world: &World, id: &str) -> Proof {
    let bytes: [u8; 16] = text::hex(id).expect("an id");
    let row = world.db.row(EVIDENCE, args![bytes.to_vec()]).await.expect("rows").expect("a row");
    Evidence::from_bytes(&row.blob(0).expect("evidence")).expect("it's read").proof
}

/// Whether something stands in the databases, in clear or as a hash of the request.
pub async fn is_kept(world: &World, needle: &str) -> bool {
    let hex = raw::hex(needle.as_bytes());
    let mut kept = false;
    for location in raw::locations(world) {
        let rows = raw::dump(&location).await;
        assert!(!rows.is_empty());
        kept |= rows.iter().any(|(_, row)| row.contains(needle) || row.contains(&hex));
    }
    kept
}

pub async fn examined(world: &World) -> Vec<&'static str> {
    let found = rows::examine(&world.app).await.expect("rows are read");
    found.iter().map(|altered| altered.table).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parent_answers_what_a_child_cant_and_nothing_of_it_stays() {
    let (verifier, worlds) = deployments(|_| {}).await;
    for world in worlds {
        let (mut ada, _) = Person::verified(&world, "ada", None).await;
        let [main, _] = raw::locations(&world);
        let (id, asked) = begin(&world, &ada, "questions").await;
        assert_eq!((&asked["state"], &asked["show_at"]), (&json!("asked"), &Value::Null));
        answer(&ada, &id, &[0; 5]).await.expect(409);
        let before = raw::rows(&main, "idempotency").await;
        let made = ask_questions(&ada, &id, "Ada Unforgettable").await.expect(200).json();
        let shown = made["questions"].as_array().expect("questions").clone();
        assert_eq!((shown.len(), shown[0]["choices"].as_array().map(Vec::len)), (5, Some(5)));
        ask_questions(&ada, &id, "Ada Unforgettable").await.expect(409);
        assert_eq!(examined(&world).await, [""; 0]);

        let right = verifier.right();
        for wrong in [&right[..4], &[5, 0, 0, 0, 0]] {
            answer(&ada, &id, wrong).await.expect(422);
        }
        let found = answer(&ada, &id, &right).await.expect(200).json();
        assert_eq!(found["state"], "attested");
        assert!(found["attestation"].is_string());
        answer(&ada, &id, &right).await.expect(410);
        let after = raw::rows(&main, "idempotency").await;
        assert_eq!(after, before, "neither requests nor answers are remembered");

        // Only what the evidence is for is left.
        let Proof::Questions { shape, right, .. } = proof(&world, &id).await else {
            panic!("questions were asked")
        };
        assert_eq!((shape.choices(), shape.right(), right), (&[5; 5][..], 5, 5));
        assert_eq!(shape.per_billion(), 320_000);
        let question = shown[0]["text"].as_str().expect("a question");
        let choice = shown[0]["choices"][0].as_str().expect("a choice");
        for needle in [question, choice, "Unforgettable", "1980-12-31", "set-1", "report-set"] {
            assert!(!is_kept(&world, needle).await, "{needle} is in a row");
        }
        // The control of the search: what is kept is found.
        assert!(is_kept(&world, "treehouse-evidence/1").await);
        let told = verifier.heard();
        assert!(told.iter().any(|body| body["person"]["address"] == ADDRESS), "it's passed on");

        let attested = ada.guardian.verification(&id).await.expect("it's there");
        ada.guardian.found_family(&attested).await.expect("a family is founded");
        let own = ada.key();
        assert_eq!(ada.family().await.verified_by(own), Some(Method::Questions));
        assert_eq!(examined(&world).await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn questions_that_can_be_guessed_are_shown_to_nobody() {
    let (verifier, worlds) = deployments(|_| {}).await;
    for world in worlds {
        let (ada, _) = Person::verified(&world, "ada", None).await;
        let (id, _) = begin(&world, &ada, "questions").await;
        for fault in
            [Fault::Few, Fault::Coin, Fault::Twice, Fault::Echo, Fault::Foreign, Fault::Down]
        {
            verifier.fault(fault);
            let refused = ask_questions(&ada, &id, "Ada").await.expect(503);
            let said = String::from_utf8_lossy(&refused.body).into_owned();
            assert!(!said.contains("Street"), "{fault:?}: {said}");
            answer(&ada, &id, &[0; 5]).await.expect(409);
        }
        verifier.fault(Fault::None);
        ask_questions(&ada, &id, UNKNOWN).await.expect(409);
        // The control: none of that was shown, so none of it has counted.
        ask_questions(&ada, &id, "Ada").await.expect(200);
        answer(&ada, &id, &verifier.right()).await.expect(200);
        assert_eq!(state(&ada, &id).await, "attested");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_seen_three_sets_is_locked_out_for_a_month() {
    let (verifier, worlds) = deployments(|_| {}).await;
    for world in worlds {
        let (ada, _) = Person::verified(&world, "ada", None).await;
        let (eve, _) = Person::verified(&world, "eve", None).await;
        for tried in 0..SETS_MAX {
            let (id, _) = begin(&world, &ada, "questions").await;
            ask_questions(&ada, &id, "Ada").await.expect(200);
            // Who looks and doesn't answer has seen it, too.
            if tried > 0 {
                let mut chosen = verifier.right();
                chosen[3] = (chosen[3] + 1) % 5;
                let found = answer(&ada, &id, &chosen).await.expect(200).json();
                assert_eq!(
                    (&found["state"], &found["attestation"]),
                    (&json!("declined"), &Value::Null)
                );
            }
        }
        let (id, _) = begin(&world, &ada, "questions").await;
        let heard = verifier.heard().len();
        let refused = ask_questions(&ada, &id, "Ada").await.expect(429).json();
        let wait_s = refused["retry_after_s"].as_i64().expect("a time");
        assert!((1..=RuleId::Inquiry.ms() / 1000).contains(&wait_s), "{wait_s}");
        assert_eq!(verifier.heard().len(), heard, "nobody was asked");
        // Another account isn't, and other ways are open.
        let (other, _) = begin(&world, &eve, "questions").await;
        ask_questions(&eve, &other, "Eve").await.expect(200);
        world.clock.advance_ms(VERIFICATIONS_MS);
        begin(&world, &ada, "signed-form").await;
        let (id, _) = begin(&world, &ada, "questions").await;
        ask_questions(&ada, &id, "Ada").await.expect(429);

        world.clock.advance_ms(RuleId::Inquiry.ms());
        world.work().await;
        assert_eq!(world.census().await["inquiry"], 0, "nothing of it stays");
        let mut ada = ada;
        ada.sign_in(&world).await;
        let (id, _) = begin(&world, &ada, "questions").await;
        ask_questions(&ada, &id, "Ada").await.expect(200);
        answer(&ada, &id, &verifier.right()).await.expect(200);
        assert_eq!(state(&ada, &id).await, "attested");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_count_in_time_from_an_adult_and_for_their_own_set() {
    let (verifier, worlds) = deployments(|_| {}).await;
    for world in worlds {
        let (ada, _) = Person::verified(&world, "ada", None).await;
        let (eve, _) = Person::verified(&world, "eve", None).await;
        let (id, _) = begin(&world, &ada, "questions").await;
        ask_questions(&eve, &id, "Eve").await.expect(404);
        ask_questions(&ada, &id, "Ada").await.expect(200);
        answer(&eve, &id, &verifier.right()).await.expect(404);
        world.clock.advance_ms(ANSWER_MS);
        answer(&ada, &id, &verifier.right()).await.expect(410);
        assert_eq!(state(&ada, &id).await, "declined");

        for (fault, status) in
            [(Fault::OtherSet, 503), (Fault::Foreign, 503), (Fault::Down, 503), (Fault::Minor, 200)]
        {
            let name = format!("parent{}", status + fault as i32);
            let (parent, _) = Person::verified(&world, &name, None).await;
            let (id, _) = begin(&world, &parent, "questions").await;
            ask_questions(&parent, &id, "Ada").await.expect(200);
            verifier.fault(fault);
            let right = verifier.right();
            answer(&parent, &id, &right).await.expect(u16::try_from(status).expect("a status"));
            verifier.fault(Fault::None);
            assert_eq!(state(&parent, &id).await, "declined", "{fault:?}");
            answer(&parent, &id, &right).await.expect(410);
        }

        // Somebody who can write to the database has another key attested for Eve's answers.
        let own = SigningKey::from_seed(&Secret::random(&mut random::rng()));
        let (id, _) = begin(&world, &eve, "questions").await;
        ask_questions(&eve, &id, "Eve").await.expect(200);
        swap_key(&world, &id, &own).await;
        answer(&eve, &id, &verifier.right()).await.expect(500);
        assert_eq!(state(&eve, &id).await, "asked");
        swap_key(&world, &id, &eve.keys.sig).await;
        answer(&eve, &id, &verifier.right()).await.expect(200);
        assert_eq!(state(&eve, &id).await, "attested", "the control");
    }
}

async fn swap_key(world: &World, id: &str, key: &SigningKey) {
    let [main, _] = raw::locations(world);
    let key = raw::literal(world, &raw::hex(key.verify_key().bytes()));
    let id = raw::literal(world, id);
    let change = "UPDATE verification SET signing_key =";
    raw::execute(&main, &format!("{change} {key} WHERE verification_id = {id}")).await;
}

pub fn forgeries(event: &Event) -> Vec<Event> {
    let mut body = event.body.clone();
    body.push(b' ');
    let (at, tag) = event.signature.split_once(",v1=").expect("a signature");
    let other = if tag.starts_with('0') { "1" } else { "0" };
    let altered = format!("{at},v1={other}{}", &tag[1..]);
    let later = format!("{at}0,v1={tag}");
    let signatures = [String::new(), at.to_owned(), altered, later, format!("{at},v0={tag}")];
    let forged = signatures.into_iter().map(|signature| Event { signature, ..event.clone() });
    forged.chain([Event { body, ..event.clone() }]).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_counts_when_the_verifier_signs_that_it_has_deleted_it() {
    let (verifier, worlds) = deployments(|_| {}).await;
    for world in worlds {
        let (mut ada, _) = Person::verified(&world, "ada", None).await;
        let (eve, _) = Person::verified(&world, "eve", None).await;
        let (id, page) = show(&world, &ada, "government-id").await;
        let (of_eve, page_of_eve) = show(&world, &eve, "government-id").await;
        assert_eq!(examined(&world).await, [""; 0]);
        let now = world.clock.now();
        let mut told = verifier.told(&page);
        tell(&world, &Event::signed(&told, now)).await.expect(204);
        assert_eq!(state(&ada, &id).await, "asked", "it isn't deleted");
        told["deleted_ms"] = json!(now.0 + RuleId::Review.ms());
        tell(&world, &Event::signed(&told, now)).await.expect(204);
        assert_eq!(state(&ada, &id).await, "asked", "nobody has deleted it tomorrow");

        told["deleted_ms"] = json!(now.0);
        let event = Event::signed(&told, now);
        for forged in forgeries(&event) {
            tell(&world, &forged).await.expect(403);
        }
        // Of another check, or under a reference that is another's or nobody's.
        let mut crossed = told.clone();
        crossed["reference"] = verifier.told(&page_of_eve)["reference"].clone();
        tell(&world, &Event::signed(&crossed, now)).await.expect(409);
        crossed["reference"] = json!("00".repeat(32));
        tell(&world, &Event::signed(&crossed, now)).await.expect(204);
        world.clock.advance_ms(10 * 60_000);
        tell(&world, &event).await.expect(403);
        world.clock.set(now);
        assert_eq!((state(&ada, &id).await, state(&eve, &of_eve).await), two("asked"));

        // The control; told again it changes nothing.
        for _ in 0..2 {
            tell(&world, &event).await.expect(204);
            assert_eq!(state(&ada, &id).await, "attested");
        }
        let Proof::Document { deleted_ms, .. } = proof(&world, &id).await else {
            panic!("a document was shown")
        };
        assert_eq!(i64::try_from(deleted_ms), Ok(now.0));
        assert!(!is_kept(&world, check_of(&page)).await);
        let attested = ada.guardian.verification(&id).await.expect("it's there");
        ada.guardian.found_family(&attested).await.expect("a family is founded");
        let own = ada.key();
        assert_eq!(ada.family().await.verified_by(own), Some(Method::GovernmentId));
        assert_eq!(examined(&world).await, [""; 0]);
    }
}

fn two(word: &str) -> (String, String) {
    (word.to_owned(), word.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_that_shows_nothing_or_comes_too_late_verifies_nobody() {
    let (verifier, worlds) = deployments(|_| {}).await;
    for world in worlds {
        let now = world.clock.now();
        let tells = async |page: &str, key: &str, value: Value| {
            let mut told = verifier.told(page);
            told["deleted_ms"] = json!(now.0);
            told[key] = value;
            tell(&world, &Event::signed(&told, world.clock.now())).await.expect(204);
        };
        let (ada, _) = Person::verified(&world, "ada", None).await;
        for key in ["authentic", "adult"] {
            let (id, page) = show(&world, &ada, "government-id").await;
            tells(&page, key, json!(false)).await;
            assert_eq!(state(&ada, &id).await, "declined", "{key}");
            tells(&page, key, json!(true)).await;
            assert_eq!(state(&ada, &id).await, "declined", "it was told");
        }
        // Who has begun again, or whose key was changed in the database, isn't verified by it.
        let (first, page) = show(&world, &ada, "government-id").await;
        let (second, later) = show(&world, &ada, "government-id").await;
        tells(&page, "adult", json!(true)).await;
        assert_eq!(state(&ada, &first).await, "replaced");
        let own = SigningKey::from_seed(&Secret::random(&mut random::rng()));
        swap_key(&world, &second, &own).await;
        tells(&later, "adult", json!(true)).await;
        assert_eq!(state(&ada, &second).await, "declined");

        let (eve, _) = Person::verified(&world, "eve", None).await;
        for fault in [Fault::Down, Fault::Elsewhere, Fault::Foreign] {
            verifier.fault(fault);
            let (_, asked) = begin(&world, &eve, "government-id").await;
            assert_eq!(asked["show_at"], Value::Null, "{fault:?}");
        }
        verifier.fault(Fault::None);
        let (id, page) = show(&world, &eve, "government-id").await;
        world.clock.advance_ms(RuleId::CardPage.ms());
        tells(&page, "adult", json!(true)).await;
        world.work().await;
        eve.caller.ask(Ask::get(format!("/v1/verifications/{id}"))).await.expect(404);
    }
}
