//! Nobody new is served before the operator can show what the law asks of it; whoever is served
//! already goes on.

use serde_json::json;
use treehouse_client::guardian::Guardian;
use treehouse_protocol::opaque::Ksf;
use treehouse_protocol::pairing::UserCode;
use treehouse_protocol::registry::Method;
use treehouse_server::random;

use crate::http::{Ask, b64};
use crate::people::{Person, address, notice};
use crate::world::World;

/// Registers that lack something, and what is said of it.
const WRONG: [(&str, &str); 2] = [
    ("", "profile.phone isn't filled in"),
    ("[profile]\nphone = \"1\"\nsecurity_contact = \"a\"\ncoordinator = \"b\"\n", "no [[risk]]"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_begins_before_the_registers_are_filled_in() {
    for (text, said) in WRONG {
        for world in World::both_with(|config| {
            let file = config.registers.file.as_ref().expect("tests have registers");
            std::fs::write(file, text).expect("the registers can be written");
        })
        .await
        {
            let (email, server) = (address("ada"), world.connect().await);
            Guardian::ask_link(&server, &email, false).await.expect("a link is mailed");
            let token = world.letter(&email, "open").await;
            let ksf = Ksf::cheap_for_load_tests();
            let guardian = Guardian::register(&server, &token, "ada climbs the tree house", &ksf);
            let mut guardian = guardian.await.expect("an account is opened");
            guardian.make_keys(None).await.expect("keys are made");
            let asked = guardian.ask_verification(Method::EmailPlus, notice(&world)).await;
            let refused = asked.expect_err("no verification begins");
            assert_eq!(refused.status(), Some(503), "{refused}");
            assert!(refused.to_string().contains(said), "{refused}");
            let ready = world.nobody().ask(Ask::get("/readyz")).await;
            assert_eq!(ready.status, 200, "who is served already is served");
            let text = String::from_utf8_lossy(&ready.body).into_owned();
            assert!(text.starts_with("ready\n") && text.contains(said), "{text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn once_something_is_over_no_toy_is_linked_and_no_family_founded() {
    const DAY_MS: i64 = 24 * 60 * 60 * 1000;
    let hash = "00".repeat(32);
    let review = |kind: &str| {
        format!(
            "[[review]]\nkind = \"{kind}\"\ndone_on = 2026-08-01\nby = \"x\"\nsha256 = \"{hash}\"\n"
        )
    };
    let text = format!(
        "[profile]\nphone = \"1\"\nsecurity_contact = \"a\"\ncoordinator = \"b\"\n\
         [[risk]]\nid = \"theft\"\nwhat = \"a\"\nlikelihood = 1\nseverity = 1\nsafeguard = \"b\"\n\
         shown_by = \"c\"\n{}{}",
        review("risks"),
        review("program"),
    );
    for world in World::both_with(|config| {
        let file = config.registers.file.as_ref().expect("tests have registers");
        std::fs::write(file, &text).expect("the registers can be written");
    })
    .await
    {
        let mut ada = Person::founder(&world, "ada").await;
        let (mut bob, _) = Person::verified(&world, "bob", None).await;
        world.clock.advance_ms(366 * DAY_MS);
        ada.sign_in(&world).await;
        bob.sign_in(&world).await;
        let claim = json!({ "user_code": UserCode::generate(&mut random::rng()).text() });
        let claim = Ask::post(format!("{}/pairings", ada.family_path()), &claim);
        let found = Ask::post("/v1/families", &json!({ "links": [b64(b"a genesis")] }));
        for refused in [ada.caller.ask(claim).await, bob.caller.ask(found).await] {
            assert_eq!(refused.status, 503, "{refused:?}");
            assert_eq!(refused.problem(), "not-ready");
        }
        let chain = Ask::get(format!("{}/chain", ada.family_path()));
        assert_eq!(ada.caller.ask(chain).await.status, 200, "who is served goes on");
    }
}
