//! A parent at a command line of its own, and the letters that it gets.

use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::net::TcpListener;
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::Value;

use super::place::{Place, Running};

const LOOKS_MAX: u32 = 600;
const LOOK_MS: u64 = 100;

#[expect(clippy::disallowed_methods, reason = "where the servers are is known when tests start")]
pub(super) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!(
            "run through `cargo xtask test --only unit`, or set {name} (xtask/src/setup/servers)"
        )
    })
}

/// Writes a configuration with a further section, for a port that the guardian knows.
fn listen(place: &Place, port: u16, section: &str) {
    place.write_secret("secrets/password", "five other quite unlikely words\n");
    place.write_config(|config| {
        let listen = format!("listen = \"127.0.0.1:{port}\"");
        let config =
            config.replace("listen = \"127.0.0.1:0\"\npublic", &format!("{listen}\npublic"));
        config.replace("https://localhost\"", &format!("https://localhost:{port}\"")) + section
    });
}

/// What a file says once it says something that begins so: as long as it takes.
pub(super) async fn waits_for(start: &str, texts: impl Fn() -> Vec<String>) -> String {
    for _ in 0..LOOKS_MAX {
        for text in texts() {
            if let Some((_, rest)) = text.split_once(start) {
                return rest.to_owned();
            }
        }
        tokio::time::sleep(Duration::from_millis(LOOK_MS)).await;
    }
    panic!("nothing says {start}")
}

pub(super) fn letters(place: &Place) -> Vec<String> {
    let files = fs::read_dir(place.path("outbox")).into_iter().flatten();
    // It gets this name when it's whole; under the one before it may be gone at once.
    let whole = files.map(|file| file.unwrap().path());
    let whole = whole.filter(|path| path.extension().is_some_and(|ending| ending == "eml"));
    let texts = whole.map(|path| fs::read_to_string(path).unwrap());
    texts.map(|text| text.replace("=\r\n", "")).collect()
}

pub(super) fn family(place: &Place, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_treehouse"));
    command.args(["family", "--json", "--home"]).arg(place.path("guardian"));
    command.arg("--password-file").arg(place.path("secrets/password"));
    command.args(words).output().unwrap()
}

pub(super) fn done(output: &Output) -> Value {
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A server with this further section, and the token of the letter to a parent who registers there.
pub(super) async fn registers(place: &Place, port: u16, section: &str) -> (Running, String) {
    listen(place, port, section);
    let server = place.serve();
    let url = format!("https://localhost:{port}");
    let ca = place.path("store/certificates/certificate.pem");
    let ca = ca.to_str().unwrap();
    let email = "ada@families.example";
    done(&family(place, &["register", "--server", &url, "--ca", ca, "--email", email]));
    let token = waits_for("/open#", || letters(place)).await;
    (server, token.chars().take_while(|sign| !sign.is_whitespace()).collect())
}

/// A port that nobody listens on, below those that systems give to connections: one of another test
/// would else have it now and then before its server does.
pub(super) fn free_port() -> u16 {
    let any = || 24_000 + u16::try_from(RandomState::new().hash_one(()) % 8_000).unwrap();
    let mut tried = std::iter::repeat_with(any).take(1_000);
    tried.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).expect("a port is free")
}
