//! Time travel over every rule of the data map: until its last millisecond what it is about stays,
//! and then it goes.

use reqwest::Method;
use serde_json::json;
use treehouse_protocol::registry::{Category, Role};
use treehouse_server::app::retention::{Means, means};
use treehouse_server::app::rows::examine;
use treehouse_server::data_map::RuleId;
use treehouse_server::port::clock::{Clock, DAY_MS, Time};

use crate::access::cast;
use crate::http::Ask;
use crate::people::{Person, address};
use crate::raw;
use crate::toys::{Toy, Unlinked};
use crate::world::World;

/// How many rows there are of each rule's kind.
async fn rows(world: &World, table: &str) -> usize {
    let [main, _] = raw::locations(world);
    raw::dump(&main).await.iter().filter(|(of, _)| of == table).count()
}

/// Moves to just before the end, where everything must still be, and to the end, where it is gone.
async fn ends(world: &World, rule: RuleId, table: &str, begun: Time, kept: usize) {
    let before = rows(world, table).await;
    assert!(before > kept, "{rule:?}: nothing was there");
    world.clock.set(begun.plus_ms(rule.ms() - 1));
    world.work().await;
    assert_eq!(rows(world, table).await, before, "{:?} {rule:?}: too early", world.engine);
    world.clock.set(begun.plus_ms(rule.ms()));
    world.work().await;
    assert_eq!(rows(world, table).await, kept, "{:?} {rule:?}: it stays", world.engine);
    world.clock.set(begun);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_somebody_waits_as_long_as_the_map_says() {
    for world in World::both().await {
        let begun = world.clock.now();
        let nobody = world.nobody();
        let body = json!({ "email": address("eve"), "purpose": "register" });
        nobody.ask(Ask::post("/v1/accounts/links", &body)).await.expect(202);
        ends(&world, RuleId::MailLink, "mail_link", begun, 0).await;

        let _toy = Unlinked::new(&world).await;
        ends(&world, RuleId::Pairing, "pairing", begun, 0).await;

        let mut ada = Person::founder(&world, "ada").await;
        let invitation =
            Ask::post(format!("{}/invitations", ada.family_path()), &json!({ "role": "owner" }));
        let again = invitation.header("idempotency-key", "the first");
        ada.caller.ask(again).await.expect(201);
        ends(&world, RuleId::Answer, "idempotency", begun, 0).await;
        ends(&world, RuleId::Invitation, "invitation", begun, 0).await;

        let asks = Ask::put("/v1/account/recovery", &cast::recovery());
        ada.caller.ask(asks).await.expect(204);
        ends(&world, RuleId::Recovery, "recovery", begun, 0).await;

        let blob = json!({
            "blob": "0123456789abcdef0123456789abcdef",
            "child": ada.guardian.add_child(&[Category::Photos]).await.expect("a child").to_string(),
            "category": "photos",
            "version": 1,
            "sealed_bytes": cast::BLOB.len(),
        });
        let path = format!("{}/blobs", ada.family_path());
        ada.caller.ask(Ask::post(path, &blob)).await.expect(201);
        world.clock.set(begun.plus_ms(1));
        ends(&world, RuleId::Upload, "blob", begun.plus_ms(1), 0).await;
        world.clock.set(begun);

        // One verification was confirmed and stays; the form is waited for in vain.
        let form = cast::ask_verification(&world, &ada.keys.sig, "signed-form");
        ada.caller.ask(Ask::post("/v1/verifications", &form)).await.expect(201);
        ends(&world, RuleId::Verification, "verification", begun, 1).await;
        let mut text = cast::ask_verification(&world, &ada.keys.sig, "text-plus");
        text["number"] = json!("+15555550123");
        ada.caller.ask(Ask::post("/v1/verifications", &text)).await.expect(201);
        ends(&world, RuleId::SmsCode, "verification", begun, 1).await;
        let form = ada.caller.ask(Ask::post("/v1/verifications", &form)).await.expect(201).json();
        let id = form["verification"].as_str().expect("an id");
        let scan = Ask::new(Method::PUT, format!("/v1/verifications/{id}/scan"));
        ada.caller.ask(scan.bytes("image/png", cast::SCAN.to_vec())).await.expect(204);
        ends(&world, RuleId::Review, "scan", begun, 0).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_is_over_leaves_no_row() {
    for world in World::both().await {
        let begun = world.clock.now();
        let _ada = Person::verified(&world, "ada", None).await;
        ends(&world, RuleId::Session, "session", begun, 0).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn letters_toys_and_acts_of_staff_go_in_the_end() {
    for world in World::both().await {
        let [main, _] = raw::locations(&world);
        let mut ada = Person::founder(&world, "ada").await;
        let child = ada.guardian.add_child(&[Category::Photos]).await.expect("a child");
        let linked = world.clock.now().day();
        let camera = Toy::camera(&world, &mut ada, child).await;
        Toy::camera(&world, &mut ada, child).await;
        ada.guardian.remove_toy(camera.key()).await.expect("a toy is removed");
        // The letter that follows the next day is gone, too.
        world.clock.advance_ms(2 * DAY_MS);
        world.work().await;
        let begun = world.clock.now();
        // Nobody can take this letter: it was sealed for another place.
        let letter = "INSERT INTO letter (letter_id, sealed, due_ms, tries, written_ms) VALUES";
        let id = raw::literal(&world, &"7e".repeat(16));
        let now = begun.0;
        raw::execute(&main, &format!("{letter} ({id}, {id}, {now}, 0, {now})")).await;
        ends(&world, RuleId::Letter, "letter", begun, 0).await;

        // The linked toy stays, the removed one is waited for; its days are whole ones.
        let day = Time(i64::from(linked.0) * DAY_MS);
        world.clock.set(day);
        ends(&world, RuleId::Toy, "toy", day, 1).await;

        world.clock.set(begun);
        world.steward("sam", RuleId::StewardPass.ms()).await;
        ends(&world, RuleId::StewardAct, "steward_act", begun, 0).await;
        let pass_ended = begun.plus_ms(RuleId::StewardPass.ms());
        ends(&world, RuleId::StewardAct, "steward", pass_ended, 0).await;
        let alarm =
            format!("INSERT INTO alarm (alarm_id, word, at_ms) VALUES ({id}, 'rate', {now})");
        raw::execute(&main, &alarm).await;
        ends(&world, RuleId::StewardAct, "alarm", begun, 0).await;

        let complaint = json!({ "text": "somebody answered my letters in the wrong language" });
        world.nobody().ask(Ask::post("/v1/complaints", &complaint)).await.expect(201);
        ends(&world, RuleId::Complaint, "complaint", begun, 0).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_nobody_uses_is_warned_and_ends_with_its_family() {
    for world in World::both().await {
        let empty = world.census().await;
        let mut ada = Person::founder(&world, "ada").await;
        ada.guardian.add_child(&[Category::Photos]).await.expect("a child");
        let mut ben = Person::founder(&world, "ben").await;
        ben.guardian.add_child(&[Category::Photos]).await.expect("a child");
        let begun = Time(i64::from(world.clock.now().day().0) * DAY_MS);
        world.clock.advance_ms(2 * DAY_MS);
        let letters = world.letters().await;
        world.clock.set(begun.plus_ms(RuleId::Inactive.ms() - 1));
        world.work().await;
        assert_eq!(world.letters().await, letters, "too early");
        let warned = begun.plus_ms(RuleId::Inactive.ms());
        world.clock.set(warned);
        world.work().await;
        assert_eq!(world.letters().await, letters + 2, "both are told, once");
        world.work().await;
        assert_eq!(world.letters().await, letters + 2);

        // Ben signs in, and that's all it takes.
        world.clock.set(warned.plus_ms(RuleId::Warned.ms() - 1));
        ben.sign_in(&world).await;
        world.work().await;
        assert_eq!(rows(&world, "account").await, 2, "too early");
        world.clock.set(warned.plus_ms(RuleId::Warned.ms()));
        for _ in 0..3 {
            world.work().await;
        }
        assert_eq!(rows(&world, "account").await, 1);
        assert_eq!(rows(&world, "family").await, 1);
        ben.caller.ask(Ask::get("/v1/account")).await.expect(200);
        assert_eq!(world.letters().await, letters + 3, "Ada is told that it's over");

        world.clock.advance_ms(RuleId::Inactive.ms() + RuleId::Warned.ms());
        for _ in 0..2 {
            world.work().await;
        }
        world.clock.advance_ms(RuleId::Warned.ms());
        for _ in 0..3 {
            world.work().await;
        }
        assert_eq!(world.census().await, empty, "{:?}: nobody is left", world.engine);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_carer_doesnt_keep_the_account_of_an_owner_who_is_gone() {
    for world in World::both().await {
        let mut ada = Person::founder(&world, "ada").await;
        let child = ada.guardian.add_child(&[Category::Photos]).await.expect("a child");
        let share: [(_, &[Category]); 1] = [(child, &[Category::Photos])];
        let mut cara = ada.admit(&world, "cara", Role::Carer, &share).await;
        world.clock.advance_ms(RuleId::Inactive.ms() + DAY_MS);
        world.work().await;
        cara.sign_in(&world).await;
        world.clock.advance_ms(RuleId::Warned.ms());
        // Erased, destroyed, and then closed.
        for _ in 0..3 {
            world.work().await;
        }
        let left = (rows(&world, "account").await, rows(&world, "family").await);
        assert_eq!(left, (1, 0), "{:?}", world.engine);
        cara.sign_in(&world).await;
        let own = cara.caller.ask(Ask::get("/v1/account")).await.expect(200).json();
        assert!(own["family"].is_null(), "{own}");
        assert_eq!(examine(&world.app).await.expect("rows"), [], "nobody has tampered");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_toy_in_use_keeps_its_family() {
    for world in World::both().await {
        let mut ada = Person::founder(&world, "ada").await;
        let child = ada.guardian.add_child(&[Category::Photos]).await.expect("a child");
        let camera = Toy::camera(&world, &mut ada, child).await;
        world.clock.advance_ms(RuleId::Inactive.ms() - 1);
        camera.caller.ask(Ask::get(format!("{}/chain", ada.family_path()))).await.expect(200);
        world.clock.advance_ms(RuleId::Warned.ms());
        let letters = world.letters().await;
        world.work().await;
        assert_eq!(world.letters().await, letters, "nobody is warned");
    }
}

/// Where time travels over what a rule is about; nothing is left out, or this doesn't compile.
const fn travelled(rule: RuleId) -> Option<&'static str> {
    match rule {
        RuleId::MailLink
        | RuleId::Pairing
        | RuleId::Invitation
        | RuleId::Recovery
        | RuleId::Answer
        | RuleId::Upload
        | RuleId::Verification
        | RuleId::SmsCode
        | RuleId::CardPage
        | RuleId::Payment
        | RuleId::Inquiry
        | RuleId::Review
        | RuleId::Session
        | RuleId::Letter
        | RuleId::StewardAct
        | RuleId::Complaint
        | RuleId::Toy
        | RuleId::Inactive
        | RuleId::Warned => Some("here"),
        RuleId::SignIn | RuleId::Nonce | RuleId::StewardPass => Some("clock.rs"),
        RuleId::Account | RuleId::Verified | RuleId::Family | RuleId::Child => Some("data_map.rs"),
        RuleId::KeyBackup => Some("backup.rs"),
        RuleId::Rate
        | RuleId::Connection
        | RuleId::LogLine
        | RuleId::DataBackup
        | RuleId::Deployment => None,
    }
}

#[test]
fn every_rule_is_carried_out_or_says_by_whom() {
    for rule in RuleId::ALL {
        // What only the operator or the end of the process ends has no clock that a test moves.
        let outside = matches!(means(*rule), Means::Operator(_))
            || matches!(rule, RuleId::Rate | RuleId::Connection);
        let by_restore = *rule == RuleId::KeyBackup;
        assert_eq!(travelled(*rule).is_none(), outside && !by_restore, "{rule:?}");
    }
}
