//! Families are told of a breach by a document that the log holds, and each finds in its own log
//! whether it is concerned.

use std::collections::BTreeMap;

use serde_json::Value;
use treehouse_protocol::id::{Hash, KeyId};
use treehouse_protocol::registry::Category;
use treehouse_server::app::breach::{self, Tell};
use treehouse_server::app::scope;
use treehouse_server::data_map::Got;
use treehouse_server::domain::breach::{Readers, Text};
use treehouse_server::domain::scope::{Scope, Who};
use treehouse_server::domain::steward::StewardId;
use treehouse_server::port::clock::Clock as _;

use crate::http::Ask;
use crate::people::Person;
use crate::toys::{Toy, record};
use crate::world::World;

fn texts() -> BTreeMap<String, Text> {
    breach::texts(
        "[en]\nhappened = \"A toy was stolen.\"\ndone = \"Its token was ended.\"\n\
         [de]\nhappened = \"Ein Spielzeug wurde gestohlen.\"\ndone = \"Sein Zeichen gilt nicht mehr.\"\n",
    )
    .expect("texts")
}

/// Everything that is served to somebody without an account, and that the log has its hash.
async fn told(world: &World) -> Value {
    world.work().await;
    let answer = world.nobody().ask(Ask::get("/v1/breaches")).await.expect(200).json();
    let text = answer["text"].as_str().expect("text");
    let published =
        world.nobody().ask(Ask::get("/v1/publications/breaches")).await.expect(200).json();
    assert_eq!(published["hash"], Hash::of(text.as_bytes()).to_string());
    assert_eq!(published["version"], answer["version"]);
    assert!(published["logged"]["proof"].is_string(), "{published}");
    serde_json::from_str(text).expect("JSON")
}

/// Whether a notice names the holder of this key.
fn names(notice: &Value, key: KeyId) -> bool {
    let salt = notice["readers"]["salt"].as_str().expect("a salt");
    let salt = Hash::from_bytes(treehouse_server::domain::text::hex(salt).expect("hexadecimal"));
    let own = Readers::hash(salt, key).to_string();
    notice["readers"]["hashes"].as_array().expect("a list").iter().any(|each| *each == own)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_was_read_by_a_thief_is_told_so_and_nobody_else() {
    for world in World::both().await {
        let mut ada = Person::founder(&world, "ada").await;
        let mia = ada.guardian.add_child(&[Category::Photos]).await.expect("a child");
        let camera = Toy::camera(&world, &mut ada, mia).await;
        let frame = Toy::frame(&world, &mut ada, mia).await;
        let (_, bytes) = record(ada.family().await, mia, &camera.keys.sig);
        let path = format!("{}/records", ada.family_path());
        let put = Ask::post(path, &Value::Null).bytes("application/cbor", bytes);
        camera.caller.ask(put).await.expect(201);
        let begins = world.clock.now().0;
        let shelf = format!("{}/records?child={mia}&category=photos", ada.family_path());
        frame.caller.ask(Ask::get(shelf)).await.expect(200);
        world.clock.advance_ms(60_000);
        let now = world.clock.now().0;
        let span = (begins, now);

        let nothing = world.nobody().ask(Ask::get("/v1/breaches")).await.expect(200).json();
        assert_eq!((&nothing["version"], &nothing["text"]), (&0.into(), &"".into()));
        let none = world.nobody().ask(Ask::get("/v1/publications/breaches")).await;
        assert_eq!(none.status, 404);

        let thief = Who::Key(frame.key());
        let found = scope::scope(&world.app, span, &thief, |_| {}).await.expect("the log");
        let tell = |who, got| Tell { span, who, found: &found, got, aware_ms: now, texts: texts() };
        let drafted =
            breach::draft(&world.app, tell(&thief, Got::Released)).await.expect("a draft");
        let still = world.nobody().ask(Ask::get("/v1/breaches")).await.expect(200).json();
        assert_eq!((drafted.number, &still["version"]), (1, &0.into()), "a draft is no notice");

        breach::tell(&world.app, tell(&thief, Got::Released)).await.expect("it is published");
        let first = told(&world).await;
        let notice = &first[0];
        assert!(names(notice, frame.key()) && !names(notice, camera.key()));
        assert_eq!(notice["counts"]["families"], 1);
        assert_eq!(notice["counts"]["records"], 1);
        assert_eq!(notice["texts"]["de"]["done"], "Sein Zeichen gilt nicht mehr.");
        let data = notice["data"]["en"].to_string();
        assert!(data.contains("Pictures that a toy takes"), "{data}");
        assert_eq!(notice["data"]["en"]["readable"], Value::Array(Vec::new()), "it is sealed");
        let whole = first.to_string();
        for own in [frame.key().to_string(), mia.to_string()] {
            assert!(!whole.contains(&own), "{own} is told to everybody");
        }

        // A copy of the database concerns everybody; what was told before stays as it was.
        breach::tell(&world.app, tell(&Who::Anybody, Got::Database)).await.expect("a second one");
        let both = told(&world).await;
        assert_eq!((&both[0], &both[1]["number"]), (notice, &2.into()));
        assert_eq!(both[1]["readers"], Value::Null);
        assert!(both[1]["data"]["fr"]["sealed"].as_array().expect("a list").len() > 5);
        assert!(both[1]["data"]["fr"]["readable"].as_array().is_some_and(|all| !all.is_empty()));

        refused(&world, &found, span).await;
        assert_eq!(told(&world).await, both, "what is refused changes nothing");
    }
}

/// What can't be published.
async fn refused(world: &World, found: &Scope, (begins, now): (i64, i64)) {
    let steward = Who::Steward(StewardId::from_bytes([1; 16]));
    let spoken = |tag: &str, text: &str| {
        let text = Text { happened: text.to_owned(), done: "done".to_owned() };
        BTreeMap::from([(tag.to_owned(), text)])
    };
    let (span, got, anybody) = ((begins, now), Got::Released, Who::Anybody);
    let tell = |who, span, aware_ms, texts| Tell { span, who, found, got, aware_ms, texts };
    for wrong in [
        tell(&steward, span, now, texts()),
        tell(&anybody, (now, now), now, texts()),
        tell(&anybody, span, now + 1, texts()),
        tell(&anybody, span, begins - 1, texts()),
        tell(&anybody, span, now, spoken("de", "nur auf Deutsch")),
        tell(&anybody, span, now, spoken("en", " ")),
    ] {
        assert!(breach::tell(&world.app, wrong).await.is_err());
    }
    for wrong in ["happened = \"no language\"", "[en]\nhappened = \"and no more\"", "[en"] {
        assert!(breach::texts(wrong).is_err(), "{wrong}");
    }
}
