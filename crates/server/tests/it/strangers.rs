//! Who proves nothing is counted by network address, whatever cookie or token comes along; who proves
//! who it is isn't kept out by others behind the same address.

use serde_json::json;
use treehouse_protocol::registry::Category;
use treehouse_server::domain::token::Token;
use treehouse_server::random;

use crate::http::{Ask, COOKIE};
use crate::people::Person;
use crate::toys::Toy;
use crate::world::World;

/// More than a family and its toy need to be there, and soon used up.
const EACH_MINUTE: u32 = 120;

/// Whether one of so many requests is refused for being one too many. It needn't be the first: a place
/// comes free every half second.
async fn is_kept_out(world: &World, ask: &Ask, tries: u32) -> bool {
    let nobody = world.nobody();
    for _ in 0..tries {
        if nobody.ask(ask.clone()).await.status == 429 {
            return true;
        }
    }
    false
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cookie_or_token_of_nobody_counts_against_the_address_and_a_live_one_doesnt() {
    for world in
        World::both_with(|config| config.limits.anonymous_per_minute_max = EACH_MINUTE).await
    {
        let mut ada = Person::founder(&world, "ada").await;
        let child = ada.guardian.add_child(&[Category::Photos]).await.unwrap();
        let camera = Toy::camera(&world, &mut ada, child).await;
        let pass = world.steward("sam", 60_000).await;
        let token = || Token::generate(&mut random::rng()).text().to_string();
        let made_up = [
            ("cookie", "theme=dark".to_owned()),
            ("cookie", format!("{COOKIE}={}", token())),
            ("authorization", format!("DPoP {}", token())),
            ("authorization", format!("Bearer {}", token())),
            ("authorization", "Basic bm9ib2R5OnByb3Zlcw==".to_owned()),
        ];
        let (open, own) = (Ask::get("/v1/deployment"), Ask::get("/v1/account"));
        let first = own.clone().header(made_up[1].0, &made_up[1].1);
        assert!(is_kept_out(&world, &first, 10 * EACH_MINUTE).await, "{:?}", world.engine);
        for (name, value) in made_up {
            for ask in [&open, &own] {
                let ask = ask.clone().header(name, &value);
                assert!(is_kept_out(&world, &ask, 20).await, "{name}: {value}");
            }
        }
        // Somebody's cookie that another site's page has sent along proves nothing, either.
        let foreign = ada.caller.signed(&open).header("sec-fetch-site", "cross-site");
        assert!(is_kept_out(&world, &foreign, 20).await);
        let files = Ask::get("/assets/nothing.js");
        assert!(
            !is_kept_out(&world, &files, 2 * EACH_MINUTE).await,
            "the app's files aren't counted"
        );
        // Behind the same address: who is known goes on, on pages for anybody, too.
        let toys = format!("{}/toys", ada.family_path());
        for _ in 0..5 {
            ada.caller.ask(open.clone()).await.expect(200);
            ada.caller.ask(own.clone()).await.expect(200);
            camera.caller.ask(Ask::get(&toys)).await.expect(200);
            pass.ask(Ask::get("/v1/steward/forms")).await.expect(200);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_counts_wherever_it_asks() {
    for world in World::both_with(|config| config.limits.requests_per_minute_max = 60).await {
        let (ada, _) = Person::verified(&world, "ada", None).await;
        let start = json!({ "email": "nobody@families.example", "request": "" });
        let ask = Ask::post("/v1/sessions/start", &start);
        let mut answers = Vec::new();
        while answers.last() != Some(&429) && answers.len() < 600 {
            answers.push(ada.caller.ask(ask.clone()).await.status);
        }
        assert_eq!(answers.last(), Some(&429), "{:?}", world.engine);
        // The control: who isn't signed in is another.
        assert_ne!(world.nobody().ask(ask).await.status, 429);
    }
}

/// What opens a live channel.
fn upgrade() -> Ask {
    Ask::get("/v1/live")
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_family_has_so_many_live_channels_and_gets_a_place_back() {
    for world in World::both_with(|config| config.limits.live_per_family_max = 2).await {
        let ada = Person::founder(&world, "ada").await;
        let open = async |person: &Person| {
            world.http.begin(&person.caller.signed(&upgrade())).await.unwrap()
        };
        let (first, second) = (open(&ada).await, open(&ada).await);
        assert_eq!([first.status(), second.status()], [101, 101]);
        assert_eq!(open(&ada).await.status(), 429, "{:?}", world.engine);
        // Another family has its own.
        let eve = Person::founder(&world, "eve").await;
        let others = open(&eve).await;
        assert_eq!(others.status(), 101);
        drop(first.upgrade().await.unwrap());
        let mut again = open(&ada).await;
        for _ in 0..100 {
            if again.status() == 101 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            again = open(&ada).await;
        }
        assert_eq!(again.status(), 101, "a channel that has ended makes room");
    }
}
