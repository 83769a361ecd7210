//! What a browser remembers of a deployment: its keys, and how far its log had come.

use std::path::Path;

use treehouse_server::config::Config;
use treehouse_server::store::Engine;
use treehouse_worker::{Asked, Desk, Given};

use crate::people::Person;
use crate::world::World;

/// Asks by a word as a page does, in a browser that has just been opened and keeps this folder.
/// Answers the kind of trouble there is, if there is any.
async fn ask(world: &World, folder: &Path, about: &str) -> Result<serde_json::Value, String> {
    let mut desk = Desk::new(&world.http.url, Some(&world.authority), folder);
    let asked = Asked { word: about.to_owned(), args: Vec::new(), bytes: Vec::new() };
    match Box::pin(desk.call(&asked)).await {
        Ok(Given::Json(value)) => Ok(value),
        Ok(other) => panic!("{other:?}"),
        Err(trouble) => {
            let trouble = serde_json::to_value(trouble).expect("JSON");
            Err(trouble["kind"].as_str().expect("a word").to_owned())
        }
    }
}

/// The same name at the same address, with keys of its own.
fn set_up_anew(config: &Config, folder: &Path) -> Config {
    let mut config = config.clone();
    config.store.folder = folder.join("store");
    config.log.folder = None;
    config
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_that_was_here_before_refuses_a_server_with_other_keys() {
    let [world, _] = World::both().await;
    assert_eq!(world.engine, Engine::Sqlite);
    let (kept, anew) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    ask(&world, kept.path(), "deployment").await.expect("the first contact");
    // The control: the same server, started again.
    let config = world.config.clone();
    let world = world.again(config).await;
    ask(&world, kept.path(), "deployment").await.expect("the server that it knows");

    let config = set_up_anew(&world.config, anew.path());
    let world = world.again(config).await;
    for about in ["deployment", "pinned", "logStatus"] {
        assert_eq!(ask(&world, kept.path(), about).await.unwrap_err(), "other-keys", "{about}");
    }
    // The control: whoever was never here gets to know it.
    let fresh = tempfile::tempdir().unwrap();
    ask(&world, fresh.path(), "deployment").await.expect("the first contact");
    // What is damaged isn't forgotten: that would be a first contact.
    for name in std::fs::read_dir(kept.path()).unwrap() {
        std::fs::write(name.unwrap().path(), "{").unwrap();
    }
    assert_eq!(ask(&world, kept.path(), "deployment").await.unwrap_err(), "local");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_that_saw_the_log_refuses_one_that_went_back() {
    let [world, _] = World::both().await;
    let kept = tempfile::tempdir().unwrap();
    world.work().await;
    let files = world.app.ledger.files().clone();
    let old = files.checkpoint().unwrap().expect("a checkpoint");
    Person::founder(&world, "ada").await;
    world.work().await;
    let new = files.checkpoint().unwrap().expect("a checkpoint");
    assert_ne!(old, new);
    ask(&world, kept.path(), "logStatus").await.expect("it is proven");
    files.put_checkpoint(old).await.unwrap();
    assert_eq!(ask(&world, kept.path(), "logStatus").await.unwrap_err(), "unproven");
    files.put_checkpoint(new).await.unwrap();
    ask(&world, kept.path(), "logStatus").await.expect("it is proven");
}
