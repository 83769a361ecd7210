//! What was begun before something ended: a request whose body comes late, a sign-in under the old
//! password, a consent to be let in. And what is refused changes nothing.

use serde_json::{Value, json};
use treehouse_client::guardian::{Guardian, invitation_url};
use treehouse_protocol::id::FamilyId;
use treehouse_protocol::opaque::Ksf;
use treehouse_protocol::registry::Role;
use treehouse_server::app::{account, session};
use treehouse_server::domain::token::Token;
use treehouse_server::error::Error;

use crate::http::{Ask, unb64};
use crate::people::sign_in;
use crate::people::{Person, begin_sign_in, finish_sign_in, mailed_link, notice, registration};
use crate::raw;
use crate::world::World;

async fn kept(person: &Person) -> Value {
    person.caller.ask(Ask::get("/v1/account/keys")).await.expect(200).json()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_are_refused_take_no_slot_away_and_a_full_account_replaces_one() {
    for world in World::both().await {
        let ada = Person::founder(&world, "ada").await;
        let before = kept(&ada).await;
        let slots: Vec<Value> = (0..17).map(|_| ada.slot().1["slot"].clone()).collect();
        let many = json!({ "bundle": before["bundle"], "slots": slots });
        ada.caller.ask(Ask::put("/v1/account/keys", &many)).await.expect(409);
        assert_eq!(kept(&ada).await, before, "{:?}", world.engine);

        let full = json!({ "bundle": before["bundle"], "slots": slots[..16] });
        ada.caller.ask(Ask::put("/v1/account/keys", &full)).await.expect(204);
        let again = json!({ "slot": slots[3] });
        ada.caller.ask(Ask::put("/v1/account/slots", &again)).await.expect(204);
        let further = json!({ "slot": slots[16] });
        ada.caller.ask(Ask::put("/v1/account/slots", &further)).await.expect(409);
        assert_eq!(kept(&ada).await["slots"].as_array().map(Vec::len), Some(16));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slot_that_was_deleted_does_not_come_back_when_it_is_sealed_anew() {
    for world in World::both().await {
        let ada = Person::founder(&world, "ada").await;
        let (id, fresh) = ada.slot();
        let mut again = fresh.clone();
        again["again"] = true.into();
        let put = |body: &Value| ada.caller.ask(Ask::put("/v1/account/slots", body));
        put(&again).await.expect(404);
        put(&fresh).await.expect(204);
        put(&again).await.expect(204);
        ada.caller.ask(Ask::delete(format!("/v1/account/slots/{id}"))).await.expect(204);
        let before = kept(&ada).await;
        put(&again).await.expect(404);
        assert_eq!(kept(&ada).await, before, "{:?}", world.engine);
        // The control: as a new one it may.
        put(&fresh).await.expect(204);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_that_began_under_the_old_password_doesnt_end_under_the_new_one() {
    for world in World::both().await {
        let (ada, _) = Person::verified(&world, "ada", None).await;
        let nobody = world.nobody();
        let (login, body) = begin_sign_in(&ada.email, &ada.password);
        let started = nobody.ask(Ask::post("/v1/sessions/start", &body)).await.expect(200);
        let (finish, _) = finish_sign_in(login, &started);
        let server = world.connect().await;
        Guardian::ask_link(&server, &ada.email, true).await.unwrap();
        let token = world.letter(&ada.email, "reset").await;
        let new = "another password than before";
        Guardian::register(&server, &token, new, &Ksf::cheap_for_load_tests()).await.unwrap();
        nobody.ask(Ask::post("/v1/sessions", &finish)).await.expect(401);
        let (session, _) = sign_in(&world, &ada.email, new).await;
        assert!(!session.is_empty(), "the new one opens");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_was_ended_changes_nothing_with_a_body_that_comes_late() {
    for world in World::both().await {
        let (ada, _) = Person::verified(&world, "ada", None).await;
        let (text, _) = sign_in(&world, &ada.email, &ada.password).await;
        let app = &world.app;
        let thief = session::find(app, &Token::parse(&text).unwrap()).await.unwrap();
        let before = kept(&ada).await;
        let token = mailed_link(&world, "somebody@families.example").await;
        let record = registration(&world, &token, "a thief's password").await;
        let record = unb64(&record["record"]);
        let slots: Vec<Vec<u8>> = before["slots"].as_array().unwrap().iter().map(unb64).collect();
        let fits = unb64(&ada.slot().1["slot"]);
        let change = async || account::password_finish(app, &thief, &record, Some(&fits)).await;
        // Its head came in time; now everybody is signed out, and then comes the rest.
        session::sign_out_everywhere(app, &thief).await.unwrap();
        assert!(matches!(change().await, Err(Error::Unauthenticated)));
        let bundle = unb64(&before["bundle"]);
        let keys = account::put_keys(app, &thief, &bundle, &slots).await;
        assert!(matches!(keys, Err(Error::Unauthenticated)));
        let slot = account::put_slot(app, &thief, &slots[0]).await;
        assert!(matches!(slot, Err(Error::Unauthenticated)));
        // The control: with a session that stands, the same is done.
        let (text, _) = sign_in(&world, &ada.email, &ada.password).await;
        let own = session::find(app, &Token::parse(&text).unwrap()).await.unwrap();
        account::put_keys(app, &own, &bundle, &slots).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_drawn_out_of_a_family_by_an_older_consent() {
    for world in World::both().await {
        let mut eve = Person::founder(&world, "eve").await;
        let invitation = eve.guardian.invite(Role::Owner, &[]).await.unwrap();
        let url = invitation_url(&world.http.url, &invitation);
        let (vic, verified) = Person::verified(&world, "vic", Some(&url)).await;
        vic.guardian.answer_invitation(&url, &verified).await.unwrap();
        // Meanwhile the account has got a family of its own.
        let (own, account) = (FamilyId::from_bytes([7; 16]), vic.guardian.account());
        let [main, _] = raw::locations(&world);
        let set = format!(
            "UPDATE account SET family_id = {} WHERE account_id = {}",
            raw::literal(&world, &raw::hex(own.bytes())),
            raw::literal(&world, &raw::hex(account.bytes())),
        );
        raw::execute(&main, &set).await;
        let seen = eve.family().await.seen();
        assert!(eve.guardian.admit(&invitation, &[], notice(&world)).await.is_err());
        assert_eq!(eve.family().await.seen(), seen, "nothing was added");
        let (text, _) = sign_in(&world, &vic.email, &vic.password).await;
        let session = session::find(&world.app, &Token::parse(&text).unwrap()).await.unwrap();
        assert_eq!(session.family, Some(own));
    }
}
