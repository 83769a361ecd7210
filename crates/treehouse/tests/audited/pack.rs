//! The evidence pack of a deployment in which families live: it passes the auditor and a reader that
//! shares no code with us, what is altered doesn't, and nothing of a family is in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use base64ct::{Base64UrlUnpadded, Encoding as _};
use treehouse_audit::Report;
use treehouse_audit::pack as audited;
use treehouse_protocol::id::Id;
use treehouse_server::app::{evidence, log};
use treehouse_server::pack::{self, MANIFEST, Pages, Period, SIGNATURE};
use treehouse_server::requirements;
use treehouse_tlog::key::LogKey;

use crate::story::readers::Narrator;
use crate::story::{Cast, consent, toys};
use crate::world::World;
use crate::{Silent, begin, sample, support, urls};

/// Names the Python that has `cryptography`; `cargo xtask test` sets it.
const PYTHON: &str = "TREEHOUSE_PEERS_PYTHON";
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/audited/check_pack.py");

async fn pages(world: &World) -> (Pages, LogKey) {
    log::publish(&world.app).await.unwrap();
    let today = world.app.today();
    let period = Period::new(treehouse_protocol::id::Day(today.0 - 1), today).unwrap();
    let found = evidence::collect(&world.app, period, |_| {}).await.unwrap();
    let mut pages = pack::pages(&found, requirements::embedded().unwrap(), None);
    let (manifest, statement) = pack::statement(&found, &pages);
    let note = world.app.ledger.sign(statement).unwrap().to_string();
    pages.insert(MANIFEST.to_owned(), manifest);
    pages.insert(SIGNATURE.to_owned(), note.into_bytes());
    (pages, LogKey::parse(&found.log.key).unwrap())
}

fn audit(folder: &Path, key: &LogKey) -> Report {
    let mut report = Report::default();
    report.pack = audited::check(folder, key, &mut report).unwrap();
    report
}

fn read_by_python(folder: &Path, key: &LogKey) -> Output {
    let python = std::env::var_os(PYTHON).unwrap_or_else(|| {
        panic!(
            "{PYTHON} isn't set; run the tests through `cargo xtask test --only unit`, or set it \
             to a Python with the packages of crates/protocol/tests/peers/requirements.txt"
        )
    });
    Command::new(python).arg(SCRIPT).arg(folder).arg(key.to_string()).output().unwrap()
}

/// What names somebody of the story, in every form in which it could stand in a file.
fn canaries(cast: &Cast) -> Vec<Vec<u8>> {
    fn forms<K>(id: Id<K>) -> [Vec<u8>; 3] {
        let b64 = Base64UrlUnpadded::encode_string(id.bytes());
        [id.to_string().into_bytes(), b64.into_bytes(), id.bytes().to_vec()]
    }
    let mut found: Vec<Vec<u8>> = Vec::new();
    for person in [&cast.ada, &cast.eve] {
        for text in [&person.email, &person.password, &person.kit] {
            found.push(text.clone().into_bytes());
        }
    }
    found.extend(["Mia Sommer", "Noa Winter", "Kim Herbst"].map(|name| name.as_bytes().to_vec()));
    found.extend([cast.family, cast.eves].into_iter().flat_map(forms));
    found.extend([cast.mia, cast.noa, cast.kim].into_iter().flat_map(forms));
    found
}

/// Files in which one of these stands; leaves are looked at as they are, too.
fn leaks(pages: &Pages, canaries: &[Vec<u8>]) -> Vec<String> {
    let has = |bytes: &[u8]| {
        canaries.iter().any(|canary| bytes.windows(canary.len()).any(|window| window == canary))
    };
    let mut found = Vec::new();
    for (name, bytes) in pages {
        let words = String::from_utf8_lossy(bytes).into_owned();
        let mut words = words.split(['"', ' ', '\n']).filter(|word| word.len() > 20);
        let inside =
            words.any(|word| Base64UrlUnpadded::decode_vec(word).is_ok_and(|raw| has(&raw)));
        if has(bytes) || inside {
            found.push(name.clone());
        }
    }
    found
}

async fn tell(folder: &Path, postgres: Option<(PathBuf, PathBuf)>) {
    let world = begin(folder, postgres).await;
    let mut silent = Silent;
    let told = &mut Narrator::without_tries(&mut silent);
    let mut cast = Box::pin(consent::consent(&world, told)).await.unwrap();
    Box::pin(toys::link(&world, &mut cast, told)).await.unwrap();
    let picture = sample::picture(1).unwrap();
    Box::pin(toys::snap(&world, &mut cast, &picture, told)).await.unwrap();

    let (pages, key) = pages(&world).await;
    let canaries = canaries(&cast);
    assert_eq!(leaks(&pages, &canaries), [""; 0]);
    // The control: what is planted is found, in words and inside of a leaf.
    for planted in [
        cast.ada.email.clone(),
        Base64UrlUnpadded::encode_string(&[&[7; 9][..], cast.family.bytes(), &[7; 9]].concat()),
    ] {
        let mut planted_in = pages.clone();
        planted_in.insert("acts.json".to_owned(), format!("\"{planted}\"").into_bytes());
        assert_eq!(leaks(&planted_in, &canaries), ["acts.json"]);
    }

    let out = folder.join("pack");
    pack::write(&out, &pages).unwrap();
    let report = audit(&out, &key);
    assert!(report.is_right(), "{:#?}", report.findings);
    let found = report.pack.unwrap();
    // Seven notices and the registers; and the app, where it is built.
    assert_eq!(found.files, pages.len() - 2, "{found:?}");
    assert!((8..=9).contains(&found.versions), "{found:?}");
    assert!(found.proven >= 12, "{found:?}");
    let said = read_by_python(&out, &key);
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    assert!(
        String::from_utf8_lossy(&said.stdout)
            .contains(&format!("\"versions\": {}", found.versions))
    );
    altered(&out, &key);
    world.stop().await;
}

/// Each file, changed by a byte; and one that nobody signed.
fn altered(out: &Path, key: &LogKey) {
    let refused = |what: &str| {
        let mut report = Report::default();
        let found = audited::check(out, key, &mut report);
        assert!(found.is_err() || !report.is_right(), "{what}");
        assert!(!read_by_python(out, key).status.success(), "{what}");
    };
    for name in [
        "requirements.json",
        "published/direct-1.json",
        "log/proofs.jsonl",
        "log/checkpoint",
        MANIFEST,
        SIGNATURE,
    ] {
        let path = out.join(name);
        let bytes = fs::read(&path).unwrap();
        let mut changed = bytes.clone();
        changed[bytes.len() / 2] ^= 1;
        fs::write(&path, changed).unwrap();
        refused(name);
        fs::remove_file(&path).unwrap();
        refused(name);
        fs::write(&path, &bytes).unwrap();
    }
    fs::write(out.join("published/direct-9.json"), "{}").unwrap();
    refused("a file that isn't listed");
    fs::remove_file(out.join("published/direct-9.json")).unwrap();
    assert!(audit(out, key).is_right(), "the control: as it was");
}

#[tokio::test]
async fn the_evidence_pack_passes_auditor_and_peer_and_holds_nothing_of_a_family() {
    let folder = tempfile::tempdir().unwrap();
    Box::pin(tell(folder.path(), None)).await;
}

#[tokio::test]
async fn the_same_pack_is_made_on_postgresql() {
    let folder = tempfile::tempdir().unwrap();
    let (main, keys) = (support::postgres().await, support::postgres().await);
    let urls =
        (urls(folder.path(), "main", &main.location), urls(folder.path(), "keys", &keys.location));
    Box::pin(tell(folder.path(), Some(urls))).await;
}
