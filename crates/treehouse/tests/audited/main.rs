//! The story of the demo up to the point at which Ada's family still exists, on both engines: the
//! log that it left, and the file that Ada hands over, pass the auditor, who shares no line with
//! server and client. What is altered doesn't.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod pack;
#[path = "../../src/sample.rs"]
#[expect(dead_code, reason = "only the drawing is needed here")]
mod sample;
#[path = "../../src/story/mod.rs"]
#[expect(dead_code, reason = "the last chapter isn't told")]
mod story;
#[path = "../../../server/tests/support/mod.rs"]
#[expect(dead_code, reason = "only PostgreSQL's half is needed here")]
mod support;
#[path = "../../src/world.rs"]
mod world;

use std::path::{Path, PathBuf};

use treehouse_audit::calendar::DAY_S;
use treehouse_audit::folder::Folder;
use treehouse_audit::input::Document;
use treehouse_audit::{Brief, Report, verify};
use treehouse_client::log::Log;
use treehouse_client::opaque::Ksf;
use treehouse_server::app;
use treehouse_server::config::Features;
use treehouse_server::store::Location;
use treehouse_tlog::key::LogKey;
use treehouse_tlog::proof::Head;

use story::readers::Narrator;
use story::{Cast, Listener, consent, erasure, guardians, recovery, toys};
use world::{Options, World};

struct Silent;

impl Listener for Silent {
    fn chapter(&mut self, _title: &str) {}

    fn step(&mut self, _text: &str) {}
}

fn audit(log: &Path, key: &LogKey, export: &str, now_s: u64) -> Report {
    let document = Document { name: "family.json".to_owned(), text: export.to_owned() };
    let brief = Brief { exports: vec![document], ..Brief::of_log(key.clone(), now_s) };
    let folder = Folder::new(log);
    verify(&folder, &folder.checkpoint().unwrap(), &brief, |_, _| {}).unwrap()
}

/// Every chapter but the last, in which the family is erased.
async fn live(world: &World, picture: &[u8]) -> anyhow::Result<Cast> {
    let silent = &mut Silent;
    let told = &mut Narrator::without_tries(silent);
    let mut cast = Box::pin(consent::consent(world, told)).await?;
    let all = &mut cast;
    Box::pin(toys::link(world, all, told)).await?;
    Box::pin(toys::snap(world, all, picture, told)).await?;
    Box::pin(guardians::second(world, all, told)).await?;
    Box::pin(toys::stolen(world, all, picture, told)).await?;
    Box::pin(erasure::withdrawal(world, all, picture, told)).await?;
    Box::pin(recovery::by_kit(world, all, told)).await?;
    Box::pin(recovery::by_guardian(world, all, told)).await?;
    Box::pin(recovery::by_toy(world, all, told)).await?;
    Box::pin(guardians::removal(world, all, told)).await?;
    Box::pin(toys::transfer(world, all, told)).await?;
    Box::pin(erasure::child(world, all, told)).await?;
    Ok(cast)
}

/// A world in this folder; or in the databases that these files name.
async fn begin(folder: &Path, postgres: Option<(PathBuf, PathBuf)>) -> World {
    let listen = "127.0.0.1:0".parse().unwrap();
    let ksf = Ksf::cheap_for_load_tests;
    let options =
        Options { folder: folder.to_owned(), listen, postgres, features: Features::default(), ksf };
    World::start(&options).await.unwrap()
}

async fn tell(folder: &Path, postgres: Option<(PathBuf, PathBuf)>) {
    let world = begin(folder, postgres).await;
    let picture = sample::picture(1).unwrap();
    let told = Box::pin(live(&world, &picture)).await;
    let mut ada = told.unwrap_or_else(|broken| panic!("{broken:#}")).ada.guardian;
    app::log::publish(&world.app).await.unwrap();
    let mut log = Log::follow(ada.server(), Head::EMPTY).unwrap();
    let export = ada.export(&mut log).await.unwrap();
    assert!(export.is_whole(), "everything that happened is in the log");
    let key = LogKey::parse(&world.app.ledger.verifier()).unwrap();
    let now_s = u64::from(ada.today().0 + 1) * DAY_S;
    let export = serde_json::to_string(&export).unwrap();
    let files = folder.join("store/log");

    let report = audit(&files, &key, &export, now_s);
    assert!(report.is_right(), "{:#?}", report.findings);
    let family = report.families.first().unwrap();
    assert!(family.links >= 20 && family.receipts >= 2, "{family:#?}");
    let tells = |word: &str| family.activity.iter().any(|line| line.contains(word));
    assert!(tells("(photos)") && tells("was added to the chain") && tells("was destroyed"));
    let found = report.log.unwrap();
    let all: u64 = found.months.values().map(treehouse_audit::tally::Counts::total).sum();
    assert_eq!(all, found.size, "every entry is one that an outsider can count");

    // The control: whoever leaves a link's leaf out of the file is found out, whichever it is.
    let whole: serde_json::Value = serde_json::from_str(&export).unwrap();
    let mut missed = 0;
    for left_out in 0..whole["leaves"].as_array().unwrap().len() {
        let mut altered = whole.clone();
        altered["leaves"].as_array_mut().unwrap().remove(left_out);
        let report = audit(&files, &key, &altered.to_string(), now_s);
        let of_a_link = |place: &str| place.starts_with("family.json link ");
        missed += usize::from(report.findings.iter().any(|finding| of_a_link(&finding.place)));
    }
    assert_eq!(missed, family.links);
    world.stop().await;
}

#[tokio::test]
async fn the_story_passes_the_auditor_on_the_embedded_store() {
    let folder = tempfile::tempdir().unwrap();
    Box::pin(tell(folder.path(), None)).await;
}

#[tokio::test]
async fn the_story_passes_the_auditor_on_postgresql() {
    let folder = tempfile::tempdir().unwrap();
    let (main, keys) = (support::postgres().await, support::postgres().await);
    let place = folder.path();
    let urls = (urls(place, "main", &main.location), urls(place, "keys", &keys.location));
    Box::pin(tell(folder.path(), Some(urls))).await;
}

/// A file with the URL of a database.
fn urls(folder: &Path, name: &str, location: &Location) -> PathBuf {
    let Location::Postgres(url) = location else {
        panic!("PostgreSQL has a URL");
    };
    let path = folder.join(name);
    std::fs::write(&path, url).unwrap();
    path
}
