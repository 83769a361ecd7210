//! Closing an account: what is left of it is nothing, and what it belonged to isn't broken by it.

use reqwest::Method;
use serde_json::json;
use treehouse_client::guardian::Guardian;
use treehouse_protocol::opaque::Ksf;
use treehouse_protocol::registry::{Category, Role};

use crate::enumeration::shown;
use crate::http::Ask;
use crate::people::{Person, address, begin_sign_in};
use crate::toys::Toy;
use crate::world::World;

fn close() -> Ask {
    Ask::delete("/v1/account")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_account_leaves_no_row_and_an_address_that_nobody_has_used() {
    for world in World::both().await {
        let before = world.census().await;
        let mut ada = Person::founder(&world, "ada").await;
        let child = ada.guardian.add_child(&[Category::Photos]).await.unwrap();
        let body = json!({ "request": crate::http::b64(b"keys"), "kept": "" });
        ada.caller.ask(Ask::put("/v1/account/recovery", &body)).await.expect(204);
        let refused = ada.caller.ask(close()).await.expect(409);
        assert!(
            refused.json()["detail"].as_str().unwrap().contains("erase the family first"),
            "{refused:?}"
        );
        assert_eq!(ada.caller.ask(Ask::get("/v1/account")).await.status, 200, "nothing changed");

        let erase = Ask::post(
            format!("{}/reductions", ada.family_path()),
            &json!({ "what": "erase-family" }),
        );
        ada.caller.ask(erase).await.expect(201);
        let busy = ada.caller.ask(close()).await.expect(409);
        assert!(
            busy.json()["detail"].as_str().unwrap().contains("still being destroyed"),
            "{busy:?}"
        );
        world.work().await;
        let receipts = ada.guardian.receipts(ada.guardian.family_id().unwrap()).await.unwrap();
        assert!(receipts.iter().any(|receipt| receipt.child == Some(child)));

        // A link to set a new password is under way, and goes with the account.
        let reset = json!({ "email": ada.email, "purpose": "reset" });
        world.nobody().ask(Ask::post("/v1/accounts/links", &reset)).await.expect(202);
        ada.caller.ask(close()).await.expect(204);
        world.work().await;
        assert_eq!(world.census().await, before, "{:?}", world.engine);
        assert_eq!(ada.caller.ask(Ask::get("/v1/account")).await.status, 401);

        let mut started = Vec::new();
        for email in [&ada.email, &address("eve")] {
            let (_, body) = begin_sign_in(email, &ada.password);
            started.push(world.nobody().ask(Ask::post("/v1/sessions/start", &body)).await);
        }
        assert_eq!(shown(&started[0]), shown(&started[1]));
        let again = Person::founder(&world, "ada").await;
        assert_ne!(again.owner_family(), ada.owner_family());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_isnt_the_last_owner_goes_alone_and_the_others_are_told() {
    for world in World::both().await {
        let mut ada = Person::founder(&world, "ada").await;
        let child = ada.guardian.add_child(&[Category::Photos]).await.unwrap();
        let share: [(_, &[Category]); 1] = [(child, &[Category::Photos])];
        let ben = ada.admit(&world, "ben", Role::Owner, &share).await;
        let carer = ada.admit(&world, "cara", Role::Carer, &share).await;
        let letters = world.letters().await;
        carer.caller.ask(close()).await.expect(204);
        // One to who goes, and one to each who is in the family, which is the same and two more.
        assert_eq!(world.letters().await - letters, 1 + 3);
        let mut bens = ben.guardian;
        bens.sync().await.unwrap();
        bens.close_account().await.expect("Ben leaves");
        let family = ada.family().await;
        assert!(family.member(ben.keys.sig.id()).is_none(), "the chain says that he has left");
        assert!(family.member(carer.keys.sig.id()).is_some(), "without keys nobody says so");
        let ksf = Ksf::cheap_for_load_tests();
        let server = world.connect().await;
        assert!(Guardian::sign_in(&server, &ben.email, &ben.password, &ksf).await.is_err());
        ada.guardian.album(child).await.expect("the family goes on");
        let refused = ada.caller.ask(close()).await.expect(409);
        assert!(
            refused.json()["detail"].as_str().unwrap().contains("erase the family first"),
            "{refused:?}"
        );
        ada.guardian.erase_family().await.unwrap();
        world.work().await;
        let refused = ada.caller.ask(close()).await.expect(409);
        assert!(
            refused.json()["detail"].as_str().unwrap().contains("remove its carers first"),
            "{refused:?}"
        );
        ada.guardian.announce_removal(carer.keys.sig.id()).await.unwrap();
        ada.caller.ask(close()).await.expect(204);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_toy_of_a_family_that_is_gone_still_hears_that_it_must_forget() {
    for world in World::both().await {
        let mut ada = Person::founder(&world, "ada").await;
        let child = ada.guardian.add_child(&[Category::Photos]).await.unwrap();
        let camera = Toy::camera(&world, &mut ada, child).await;
        ada.guardian.erase_family().await.unwrap();
        world.work().await;
        let path = format!("{}/chain", ada.family_path());
        ada.caller.ask(close()).await.expect(204);
        camera.caller.ask(Ask::get(path)).await.expect(410);
        camera.caller.ask(Ask::new(Method::POST, "/v1/toys/wiped".to_owned())).await.expect(204);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_an_owner_erases_the_family_and_lets_guardians_in() {
    for world in World::both().await {
        let mut ada = Person::founder(&world, "ada").await;
        let child = ada.guardian.add_child(&[Category::Photos]).await.unwrap();
        let share: [(_, &[Category]); 1] = [(child, &[Category::Photos])];
        let carer = ada.admit(&world, "cara", Role::Carer, &share).await;
        let path = ada.family_path();
        let erase = || Ask::post(format!("{path}/reductions"), &json!({ "what": "erase-family" }));
        let invite = || Ask::post(format!("{path}/invitations"), &json!({ "role": "owner" }));
        carer.caller.ask(erase()).await.expect(403);
        carer.caller.ask(invite()).await.expect(403);
        let invitation = ada.caller.ask(invite()).await.expect(201).json();
        let invitation = invitation["invitation"].as_str().unwrap().to_owned();
        let answer = format!("/v1/invitations/{invitation}/answer");
        let body = json!({ "answer": crate::http::b64(b"an answer") });
        let own = carer.caller.ask(Ask::post(answer.clone(), &body)).await.expect(409);
        assert!(
            own.json()["detail"].as_str().unwrap().contains("belong to this family already"),
            "{own:?}"
        );
        let eve = Person::verified(&world, "eve", None).await.0;
        eve.caller.ask(Ask::post(answer, &body)).await.expect(204);
        ada.caller.ask(erase()).await.expect(201);
        ada.caller.ask(erase()).await.expect(404);
    }
}
