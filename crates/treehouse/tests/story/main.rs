//! The story of the demo, on both engines: two guardians in two households, two children, four
//! toys; consent, pictures taken offline, theft, withdrawal, recovery by kit, guardian and toy,
//! removal, transfer, erasure of a child and of the family. After each step everybody tries to read
//! everything.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod limits;
mod published;
#[path = "../../src/sample.rs"]
#[expect(dead_code, reason = "only the drawing is needed here")]
mod sample;
#[path = "../../src/story/mod.rs"]
mod story;
#[path = "../../../server/tests/support/mod.rs"]
#[expect(dead_code, reason = "only PostgreSQL's half is needed here")]
mod support;
#[path = "../../src/world.rs"]
mod world;

use std::path::Path;

use treehouse_client::opaque::Ksf;
use treehouse_server::config::Features;
use treehouse_server::store::Location;

use story::Listener;
use world::{Options, World};

/// Counts the steps, keeps what a guardian opened, and looks at the disk while everything is there.
struct Quiet {
    steps: usize,
    folder: std::path::PathBuf,
    look: fn(&Path),
}

impl Listener for Quiet {
    fn chapter(&mut self, title: &str) {
        if title == "A child is erased" {
            (self.look)(&self.folder);
            self.steps += 100;
        }
    }

    fn step(&mut self, _text: &str) {
        self.steps += 1;
    }

    fn picture(&mut self, name: &str, jpeg: &[u8]) -> anyhow::Result<()> {
        let opened = self.folder.join("opened");
        std::fs::create_dir_all(&opened)?;
        Ok(std::fs::write(opened.join(name), jpeg)?)
    }
}

async fn tell(
    folder: &Path,
    postgres: Option<(std::path::PathBuf, std::path::PathBuf)>,
    look: fn(&Path),
) {
    let listen = "127.0.0.1:0".parse().unwrap();
    let ksf = Ksf::cheap_for_load_tests;
    let options =
        Options { folder: folder.to_owned(), listen, postgres, features: Features::default(), ksf };
    let world = World::start(&options).await.unwrap();
    let mut quiet = Quiet { steps: 0, folder: folder.to_owned(), look };
    let picture = sample::picture(1).unwrap();
    let told = Box::pin(story::tell(&world, &picture, &mut quiet)).await;
    if let Err(broken) = told {
        panic!("a promise was not kept: {broken:#}");
    }
    assert!(quiet.steps >= 120, "the story has its steps");
    world.stop().await;
}

/// The story, and what a thief of the whole disk finds of a child in the middle of it: nothing. The
/// same search finds the same things where they lie in clear, in the letters and in what a guardian
/// opened.
#[tokio::test]
async fn the_story_holds_and_the_disk_has_no_name_and_no_picture() {
    let folder = tempfile::tempdir().unwrap();
    Box::pin(tell(folder.path(), None, search)).await;
}

#[tokio::test]
async fn the_story_holds_on_postgresql() {
    let folder = tempfile::tempdir().unwrap();
    let (main, keys) = (support::postgres().await, support::postgres().await);
    let file = |name: &str, location: &Location| {
        let Location::Postgres(url) = location else {
            panic!("PostgreSQL has a URL");
        };
        let path = folder.path().join(name);
        std::fs::write(&path, url).unwrap();
        path
    };
    let urls = (file("main", &main.location), file("keys", &keys.location));
    Box::pin(tell(folder.path(), Some(urls), |_| {})).await;
}

/// The control of the tables: a reader too many, one too few and a key in the wrong hands are found.
#[tokio::test]
async fn a_table_that_is_wrong_is_refused() {
    use story::readers::Cell::{Reads, Sealed, SignedOut};
    use story::readers::{self, Narrator, Of, Who};
    let folder = tempfile::tempdir().unwrap();
    let listen = "127.0.0.1:0".parse().unwrap();
    let ksf = Ksf::cheap_for_load_tests;
    let options = Options {
        folder: folder.path().to_owned(),
        listen,
        postgres: None,
        features: Features::default(),
        ksf,
    };
    let world = World::start(&options).await.unwrap();
    let mut quiet = Quiet { steps: 0, folder: folder.path().to_owned(), look: |_| {} };
    let told = &mut Narrator::new(&world, &mut quiet);
    let mut cast = Box::pin(story::consent::consent(&world, told)).await.unwrap();
    let (reads, none) = ([Reads(1), Reads(0), Reads(1)], readers::NOTHING);
    told.try_all(&mut cast, &[]).await.unwrap();
    let wrong = [
        ("one too few", (Who::Ada, Of::Mia, none), (Who::Ada, Of::Mia, reads)),
        ("one too many", (Who::Eve, Of::Mia, reads), (Who::Eve, Of::Mia, none)),
        (
            "opened, not ciphertext",
            (Who::Ada, Of::Noa, [Sealed { opens: 0, of: 1 }, Reads(0), Reads(1)]),
            (Who::Ada, Of::Noa, reads),
        ),
        ("no key", (Who::Eve, Of::Noa, [SignedOut; 3]), (Who::Eve, Of::Noa, none)),
    ];
    for (what, wrong, right) in wrong {
        assert!(told.try_all(&mut cast, &[wrong]).await.is_err(), "{what}");
        told.try_all(&mut cast, &[right]).await.unwrap();
    }
    let category = story::KEPT[0];
    for (who, holds) in [(Who::Ada, true), (Who::Eve, false)] {
        let found = cast.opens_with_what_it_holds(who, Of::Mia, category, &[]).unwrap();
        assert_eq!(found, holds, "{who:?}");
    }
    world.stop().await;
}

fn search(folder: &Path) {
    let (address, picture): (&[u8], &[u8]) = (b"families.example", b"\xff\xd8\xff\xe0\0\x10JFIF");
    let kept = ["store", "blobs", "toys"].map(|part| folder.join(part));
    let toy: &[u8] = b"owl camera";
    for needle in [b"Mia Sommer", b"Noa Winter", b"Kim Herbst", toy, address, picture] {
        let found = kept.iter().any(|part| finds(part, needle));
        assert!(!found, "{} lies in clear on the disk", String::from_utf8_lossy(needle));
    }
    assert!(finds(&folder.join("mail"), address), "letters name whom they go to");
    assert!(finds(&folder.join("opened"), picture), "what was opened is a JPEG");
    let sizes = kept.iter().map(|part| bytes_in(part)).collect::<Vec<_>>();
    assert!(sizes.iter().all(|bytes| *bytes > 1000), "there was something to search: {sizes:?}");
}

fn files_in(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_in(&path)) } else { files.push(path) }
    }
    files
}

fn finds(folder: &Path, needle: &[u8]) -> bool {
    files_in(folder).iter().any(|file| {
        let stored = std::fs::read(file).unwrap();
        stored.windows(needle.len()).any(|window| window == needle)
    })
}

fn bytes_in(folder: &Path) -> u64 {
    files_in(folder).iter().map(|file| file.metadata().unwrap().len()).sum()
}
