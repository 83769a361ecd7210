//! A parent is verified by a text message, with the program as it is: from its command line through its
//! server and a real SMS gateway to a telephone.

use std::fs;
use std::net::TcpListener;
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::Value;

use super::place::Place;

const LOOKS_MAX: u32 = 600;
const LOOK_MS: u64 = 100;
const NUMBER: &str = "+1 555 555 0199";

#[expect(clippy::disallowed_methods, reason = "where the servers are is known when tests start")]
pub(super) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!(
            "run through `cargo xtask test --only unit`, or set {name} (xtask/src/setup/servers)"
        )
    })
}

fn configure(place: &Place, port: u16) {
    place.write_secret("secrets/sms", &variable("TREEHOUSE_TEST_SMS_PASSWORD"));
    let sms = format!(
        "[sms]\nkind = \"gateway\"\nurl = \"{}\"\nusername = \"{}\"\npassword_file = \"{}\"\n\
         from = \"Treehouse\"\n",
        variable("TREEHOUSE_TEST_SMS"),
        variable("TREEHOUSE_TEST_SMS_USER"),
        place.path("secrets/sms").display(),
    );
    listen(place, port, &sms);
}

/// Writes a configuration with a further section, for a port that the guardian knows.
pub(super) fn listen(place: &Place, port: u16, section: &str) {
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parent_is_texted_through_a_real_gateway_and_founds_a_family() {
    let place = Place::new();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    configure(&place, port);
    let server = place.serve();
    let url = format!("https://localhost:{port}");
    let ca = place.path("store/certificates/certificate.pem");
    let ca = ca.to_str().unwrap();
    let email = "ada@families.example";
    done(&family(&place, &["register", "--server", &url, "--ca", ca, "--email", email]));
    let token = waits_for("/open#", || letters(&place)).await;
    let token: String = token.chars().take_while(|sign| !sign.is_whitespace()).collect();

    let none = family(&place, &["open", &token, "--method", "text-plus"]);
    assert_eq!(none.status.code(), Some(1), "it takes a number: {none:?}");
    let open = ["open", &token, "--method", "text-plus", "--number", NUMBER];
    assert!(done(&family(&place, &open))["kit"].is_string());

    let phones = variable("TREEHOUSE_TEST_SMS_PHONES");
    let start = format!("<Treehouse +15555550199 text localhost:{port}: your code is ");
    let texts = || vec![fs::read_to_string(&phones).unwrap()];
    let code: String = waits_for(&start, texts).await.chars().take(9).collect();
    let early = family(&place, &["found"]);
    assert_eq!(early.status.code(), Some(1), "nobody is verified yet: {early:?}");
    let other = if code == "0000 0000" { "0000 0001" } else { "0000 0000" };
    assert_eq!(family(&place, &["code", other]).status.code(), Some(1));
    done(&family(&place, &["code", &code]));
    assert!(done(&family(&place, &["found"]))["family"].is_string());

    server.stop();
    let log = place.log();
    for unseen in ["5555550199", "555 555 0199", &code, &code.replace(' ', "")] {
        assert!(!log.contains(unseen), "{unseen} in {log}");
    }
    let rows = place.run(&["doctor", "--rows"]);
    assert!(rows.status.success(), "{rows:?}");
}
