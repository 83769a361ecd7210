//! What families were shown is kept, app by app, for good.

use treehouse_protocol::id::Hash;
use treehouse_server::app::{evidence, scan, screens};
use treehouse_server::error::Error;
use treehouse_server::pack::Period;
use treehouse_server::port::clock::Clock as _;
use treehouse_server::store::{Sql, StoreError, Tx, Write, args};

use crate::http::Ask;
use crate::world::World;

const PUT: Sql = Sql::new(
    "INSERT INTO notice (kind, version, hash, at_ms, program, document) VALUES ($1, $2, $3, $4, $5, $6)",
);
const YEAR_MS: i64 = 365 * 24 * 60 * 60 * 1000;

/// Begins to serve an app with this list of files, which is published as it is at a server's start.
struct Serve {
    version: u32,
    list: String,
    now: i64,
}

impl Write for Serve {
    const NAME: &'static str = "test: serve an app";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let Self { version, list, now } = self;
        let hash = Hash::of(list.as_bytes());
        tx.execute(PUT, args!["bundle", *version, hash, *now, "0", list.as_bytes()]).await.map(drop)
    }
}

/// The app that is built, if it is, has the first number.
async fn serve(world: &World, version: u32, list: &str) {
    let list = list.to_owned();
    let now = world.clock.now().0;
    world.db.write(Serve { version, list, now }).await.expect("it is published");
}

/// The list of an app of one file.
fn list_of(page: &str) -> String {
    format!("{}  index.html\n", Hash::of(page.as_bytes()))
}

/// An archive of these files.
fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, text) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        tar.append_data(&mut header, name, text.as_bytes()).expect("it is added");
    }
    tar.into_inner().expect("an archive")
}

/// The archive of an app of one file, with a picture.
fn whole(page: &str) -> Vec<u8> {
    let list = list_of(page);
    let said = format!("{{\"address\":\"/\",\"bundle\":\"{}\"}}", Hash::of(list.as_bytes()));
    archive(&[
        ("bundle.txt", &list),
        ("app/index.html", page),
        ("pictures/home.json", &said),
        ("pictures/home.png", "a picture"),
    ])
}

/// Archives that aren't kept, and why.
fn not_whole() -> Vec<(Vec<u8>, &'static str)> {
    let list = list_of("one");
    let own = format!("{{\"bundle\":\"{}\"}}", Hash::of(list.as_bytes()));
    let other = format!("{{\"bundle\":\"{}\"}}", Hash::of(b"another app"));
    let (app_file, picture) = (("app/index.html", "one"), ("pictures/a.png", "a picture"));
    vec![
        (whole("never"), "of an app that was never served"),
        (
            archive(&[
                ("bundle.txt", &list),
                picture,
                ("pictures/a.json", &own),
                ("bundle.txt", ""),
            ]),
            "with a second list",
        ),
        (archive(&[("other.txt", &list), app_file]), "without its list"),
        (archive(&[("bundle.txt", &list), picture]), "without its files"),
        (archive(&[("bundle.txt", &list), ("app/index.html", "two")]), "with another file"),
        (archive(&[("bundle.txt", &list), app_file]), "without pictures"),
        (
            archive(&[("bundle.txt", &list), app_file, ("pictures/a.json", &other), picture]),
            "with pictures of another app",
        ),
        (whole("one")[..1300].to_vec(), "cut off"),
        (whole("one")[..520].to_vec(), "cut off in its list"),
        (b"no archive".to_vec(), "none at all"),
    ]
}

async fn is_missed(world: &World) -> bool {
    let found = scan::run(&world.app, &world.config).await.expect("the server looks at itself");
    found.iter().any(|each| each.subject == "screens")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_app_that_was_served_is_kept_and_one_that_is_not_is_missed() {
    for world in World::both_with(|config| {
        let file = config.registers.file.as_ref().expect("tests have registers");
        // In a demonstration nobody is asked for anything.
        std::fs::write(file, "").expect("the registers can be written");
    })
    .await
    {
        let app = &world.app;
        serve(&world, 101, &list_of("one")).await;
        // The app that is built, if it is, was served, too, and nobody has kept it.
        let before = screens::unkept(app).await.expect("an answer").len();
        assert!(is_missed(&world).await);
        for (wrong, why) in not_whole() {
            let refused = screens::keep(app, wrong).await;
            assert!(matches!(refused, Err(Error::Invalid { .. })), "{why}: {refused:?}");
        }
        let first = whole("one");
        let kept = screens::keep(app, first.clone()).await.expect("it is kept");
        assert_eq!(kept, (1, Hash::of(&first)));
        assert_eq!(screens::keep(app, first.clone()).await.expect("it is there"), kept);
        let unkept = || async { screens::unkept(app).await.expect("an answer") };
        assert_eq!(unkept().await.len(), before - 1);
        // Two apps in a row: the one of which the archive is missing is missed for good.
        serve(&world, 102, &list_of("two")).await;
        serve(&world, 103, &list_of("three")).await;
        assert_eq!(screens::keep(app, whole("three")).await.expect("it is kept").0, 2);
        assert!(unkept().await.contains(&102) && is_missed(&world).await);
        assert!(!unkept().await.contains(&103));
        serve(&world, 104, &list_of("one")).await;
        assert!(!unkept().await.contains(&104), "it was kept when it was served first");

        // Years later nothing has taken it away; its hash is in the log, and all of it in the pack.
        let from = world.clock.now().day();
        world.clock.advance_ms(6 * YEAR_MS);
        world.work().await;
        let period = Period::new(from, world.clock.now().day()).expect("days");
        let found = evidence::collect(app, period, |_| {}).await.expect("the evidence");
        let own = found.publications.iter().filter(|each| each.kind == "screens");
        let own: Vec<_> =
            own.map(|each| (each.version, &each.document, each.place.is_some())).collect();
        assert_eq!((own.len(), own[0]), (2, (1, &first, true)));
        let told = world.nobody().ask(Ask::get("/v1/publications/screens")).await.expect(200);
        assert_eq!(told.json()["version"], 2);
    }
}
