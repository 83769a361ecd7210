//! The examples of the client library, against a real server: what a toy maker tries first works.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

#[path = "../../../client/examples/guardian.rs"]
#[expect(dead_code, reason = "its main reads a command line")]
mod guardian;
#[path = "../../src/sample.rs"]
#[expect(dead_code, reason = "only the drawing is needed here")]
mod sample;
#[path = "../../../client/examples/toy.rs"]
#[expect(dead_code, reason = "its main reads a command line")]
mod toy;
#[path = "../../src/world.rs"]
#[expect(dead_code, reason = "only the server is needed here")]
mod world;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use treehouse_client::content::limits::Limits;
use treehouse_client::guardian::Guardian;
use treehouse_client::opaque::Ksf;
use treehouse_client::picture;
use treehouse_client::recording::{self, Film};
use treehouse_client::toy::Toy;
use treehouse_protocol::chain::body::Caps;
use treehouse_protocol::id::ChildId;
use treehouse_protocol::kem::Suite;
use treehouse_protocol::registry::{Category, Coded as _, Rights};
use treehouse_server::config::Features;
use treehouse_server::data_map::{DataMap, Export, Feature, Place};

use world::{Options, World};

const EMAIL: &str = "robin@families.example";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_guardian_opens_what_the_toy_took_while_it_was_offline() {
    let folder = tempfile::tempdir().unwrap();
    let ksf = Ksf::cheap_for_load_tests;
    let listen = "127.0.0.1:0".parse().unwrap();
    let options = Options {
        folder: folder.path().to_owned(),
        listen,
        postgres: None,
        features: Features::default(),
        ksf,
    };
    let world = World::start(&options).await.unwrap();
    let mail = folder.path().join("mail");
    std::fs::create_dir_all(&mail).unwrap();
    let (url, authority_pem) = (world.url.clone(), world.authority.clone());
    let place = guardian::Place { url, authority_pem, mail, ksf: ksf() };
    let (shown, scanned) = tokio::sync::oneshot::channel();
    let pictures = [sample::picture(1).unwrap(), sample::picture(2).unwrap()];
    let qr = async { Ok(scanned.await?) };
    let guardian = guardian::be_a_guardian(&place, EMAIL, qr);
    let toys_folder = folder.path().join("toy");
    let show = |qr| shown.send(qr).unwrap();
    let toy = toy::be_a_toy(&world.url, &world.authority, &toys_folder, &pictures, show);
    let jobs = async {
        loop {
            world.app.work.notified().await;
            world.work().await;
        }
    };
    // Whoever fails first ends it: the other one would wait for ever.
    let both = async { tokio::try_join!(guardian, toy) };
    let (opened, sent) = tokio::select! {
        done = both => done.unwrap(),
        () = jobs => unreachable!("the jobs have no end"),
    };
    assert_eq!(sent.sent, 2, "both pictures were sent");
    assert!(opened.starts_with(&[0xff, 0xd8]), "and one was opened, a JPEG");

    let again = toy::be_a_toy(&world.url, &world.authority, &toys_folder, &pictures[..1], |_| {});
    assert_eq!(again.await.unwrap().sent, 1, "a toy that was switched off is still linked");
    world.stop().await;
}

/// The files of a tar, by name.
fn files(tar: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut archive = tar::Archive::new(std::fs::File::open(tar).unwrap());
    let mut files = BTreeMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        files.insert(entry.path().unwrap().display().to_string(), bytes);
    }
    files
}

fn holds(files: &BTreeMap<String, Vec<u8>>, within: &str, said: &[u8]) -> bool {
    let mut named = files.iter().filter(|(name, _)| name.contains(within));
    named.any(|(_, bytes)| bytes.windows(said.len()).any(|window| window == said))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_the_map_says_is_exported_is_in_the_familys_file() {
    let folder = tempfile::tempdir().unwrap();
    let listen = "127.0.0.1:0".parse().unwrap();
    let disclosing = [Feature::Contacts, Feature::Messages];
    let enabled = Feature::ALL.iter().filter(|feature| !disclosing.contains(feature)).copied();
    let features = Features { enabled: enabled.collect() };
    // The command line stretches passwords as it must.
    let options = Options {
        folder: folder.path().to_owned(),
        listen,
        postgres: None,
        features,
        ksf: Ksf::standard,
    };
    let world = World::start(&options).await.unwrap();
    let mail = folder.path().join("mail");
    std::fs::create_dir_all(&mail).unwrap();
    let (url, authority_pem) = (world.url.clone(), world.authority.clone());
    let place = guardian::Place { url, authority_pem, mail, ksf: Ksf::standard() };
    let (shown, scanned) = tokio::sync::oneshot::channel();
    let pictures = [sample::picture(1).unwrap()];
    let toys_folder = folder.path().join("toy");
    let tar = folder.path().join("everything.tar");
    let story = async {
        let qr = async { Ok(scanned.await?) };
        let guardian = guardian::be_a_guardian(&place, EMAIL, qr);
        let show = |qr| shown.send(qr).unwrap();
        let toy = toy::be_a_toy(&world.url, &world.authority, &toys_folder, &pictures, show);
        tokio::try_join!(guardian, toy).unwrap();
        keep_something_of_each_kind(&world, &folder.path().join("tablet")).await;
        export(&world, folder.path(), &tar).await;
    };
    let jobs = async {
        loop {
            world.app.work.notified().await;
            world.work().await;
        }
    };
    tokio::select! {
        () = Box::pin(story) => {}
        () = jobs => unreachable!("the jobs have no end"),
    }

    let files = files(&tar);
    assert_complete(&files);
    let family = &files["family.json"];
    for part in ["links", "leaves", "receipts"] {
        assert!(family.windows(part.len()).any(|window| window == part.as_bytes()), "{part}");
    }
    world.stop().await;
}

/// Checks that everything is there that the map says is exported.
fn assert_complete(files: &BTreeMap<String, Vec<u8>>) {
    for datum in DataMap::embedded().data().filter(|each| each.export == Some(Export::Content)) {
        for (kind, place) in datum.all_places() {
            let found = match (kind, place) {
                (Place::Field, "TH-PROFILE/1.nickname") => holds(files, "profile", b"Robin"),
                (Place::Field, "TH-PROFILE/1.age_band") => holds(files, "profile.json", b"6-9"),
                (Place::Field, "TH-NAME/1.name") => holds(files, "toys.json", b"the owl camera"),
                (Place::Field | Place::Blob, place) if place.starts_with("TH-PHOTO/1") => {
                    holds(files, "/photos/", b"TH-PHOTO/1") && holds(files, ".jpg", &[0xff, 0xd8])
                }
                (Place::Field, place) if place.starts_with("TH-LIMITS/1") => {
                    holds(files, "/settings/", b"TH-LIMITS/1")
                }
                (Place::Field, place) if place.starts_with("TH-LOST/1") => {
                    holds(files, "/settings/", LOST.as_bytes())
                }
                (Place::Field | Place::Blob, place) if place.starts_with("TH-VOICE/1") => {
                    holds(files, "/voice/", b"TH-VOICE/1") && holds(files, ".webm", b"A_OPUS")
                }
                (Place::Blob, "TH-VIDEO/1.poster") => holds(files, "/video/", &[0xff, 0xd8]),
                (Place::Field | Place::Blob, place) if place.starts_with("TH-VIDEO/1") => {
                    holds(files, "/video/", b"TH-VIDEO/1") && holds(files, ".webm", b"V_VP8")
                }
                // Sealed, as the server has it; what it opens to is above. And shelves that are only
                // offered where a parent was verified more surely than by e-mail.
                (Place::Column, _) | (Place::Shelf, "contacts" | "messages") => true,
                (Place::Shelf, shelf) => {
                    holds(files, &format!("/{shelf}/"), said(shelf).as_bytes())
                }
                _ => panic!("{place} of {} has no check here", datum.id),
            };
            assert!(found, "{place} isn't in the family's file: {:?}", files.keys());
        }
    }
}

/// What is kept of a kind of data.
fn said(category: &str) -> String {
    format!("an app's own {category} of a child")
}

const SPOKEN: &[u8] = include_bytes!("../../../client/tests/recordings/voice.webm");
const FILMED: &[u8] = include_bytes!("../../../client/tests/recordings/film.webm");
const LOST: &str = "Please give me back at the school.";

/// A tablet into which a child speaks, with which it films, and which it loses.
async fn record_something(guardian: &mut Guardian, child: ChildId, folder: &Path) {
    let server = guardian.server().clone();
    let mut toy = Toy::create(folder, &server, Suite::XWing).unwrap();
    let bits = Caps::CAMERA | Caps::MICROPHONE;
    let mut waiting = toy.ask_code_for(bits).await.unwrap();
    let caps = Caps::from_bits(bits).unwrap();
    let mut pairing = guardian.link_scanned(&waiting.qr(), Some(child), caps).await.unwrap();
    toy.progress(&mut waiting).await.unwrap();
    toy.accept(&waiting).await.unwrap();
    let (_, proof) = guardian.accepted(&mut pairing).await.unwrap().unwrap();
    let rights = [
        (Category::Voice, Rights::WRITE),
        (Category::Video, Rights::WRITE),
        (Category::Settings, Rights::READ),
    ];
    let read = world::notice(&server).await.unwrap();
    let key = guardian.finish_link(&pairing, proof, &rights, read).await.unwrap();
    toy.progress(&mut waiting).await.unwrap();
    toy.refresh().await.unwrap();
    toy.keep_voice(&recording::voice(SPOKEN).unwrap(), None).unwrap();
    let poster = picture::prepare(&sample::picture(3).unwrap()).unwrap().mid;
    let film = Film { poster: Some(poster), ..recording::video(FILMED).unwrap() };
    toy.keep_film(&film, None).unwrap();
    assert_eq!(toy.sync().await.unwrap().sent, 2);
    guardian.mark_lost(key, LOST).await.unwrap();
}

async fn keep_something_of_each_kind(world: &World, folder: &Path) {
    let server = world.connect().await.unwrap();
    let password = "three owls in a tree house";
    let mut guardian = Guardian::sign_in(&server, EMAIL, password, &Ksf::standard()).await.unwrap();
    guardian.unlock().await.unwrap();
    let rows = Category::ALL.iter();
    let rows = rows.filter(|row| !matches!(row.0, Category::Contacts | Category::Messages));
    let all: Vec<Category> = rows.map(|row| row.0).collect();
    guardian.sync().await.unwrap();
    let child = guardian.add_child(&all).await.unwrap();
    for category in all {
        guardian.keep(child, category, said(category.word()).as_bytes()).await.unwrap();
    }
    let limits = Limits { day_minutes: Some(60), ..Limits::default() };
    guardian.set_limits(child, &limits).await.unwrap();
    record_something(&mut guardian, child, folder).await;
}

/// As a guardian does it: by the command line.
async fn export(world: &World, folder: &Path, tar: &Path) {
    let (ca, password) = (folder.join("ca.pem"), folder.join("password"));
    std::fs::write(&ca, &world.authority).unwrap();
    std::fs::write(&password, "three owls in a tree house\n").unwrap();
    let run = async |arguments: &[&str]| {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_treehouse"));
        command.arg("family").args(arguments);
        command.arg("--home").arg(folder.join("home")).arg("--password-file").arg(&password);
        let output = command.output().await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let ca = ca.to_str().unwrap();
    run(&["sign-in", "--server", &world.url, "--ca", ca, "--email", EMAIL]).await;
    run(&["export", "--out", tar.to_str().unwrap()]).await;
}
