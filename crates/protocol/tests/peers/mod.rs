//! Peers: programs made of other people's implementations, and how the tests talk to them.
//! `README.md` beside this file says who checks what.
#![expect(dead_code, reason = "a test starts peers of one language only")]
#![expect(clippy::expect_used, reason = "a helper of a test that can't go on fails the test")]

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};

/// Names the Python that has the packages of `requirements.txt`; `cargo xtask test` sets it.
const PYTHON: &str = "TREEHOUSE_PEERS_PYTHON";

/// A running script. It ends when its standard input closes, that is, when this is dropped.
pub struct Peer {
    process: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    /// Starts a script that imports `package`.
    pub fn node(script: &str, package: &str) -> Self {
        assert!(
            folder().join("node_modules").join(package).exists(),
            "run `npm ci` in crates/protocol/tests/peers (cargo xtask test does)"
        );
        Self::start(Command::new("node").arg(script))
    }

    /// Starts a script that imports the packages of `requirements.txt`.
    pub fn python(script: &str) -> Self {
        let python = std::env::var_os(PYTHON).unwrap_or_else(|| OsString::from("python3"));
        let imports = Command::new(&python)
            .args(["-c", "import cbor2, cryptography, cwt"])
            .stderr(Stdio::null())
            .status();
        assert!(
            imports.is_ok_and(|status| status.success()),
            "{PYTHON} must name a Python that has the packages of \
             crates/protocol/tests/peers/requirements.txt (cargo xtask test makes one)"
        );
        Self::start(Command::new(python).arg(script))
    }

    fn start(command: &mut Command) -> Self {
        let mut process = command
            .current_dir(folder())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the peers need Node 20 and Python 3.10, or later");
        let requests = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().expect("piped"));
        Self { process, requests, answers }
    }

    /// Asks for one operation. What the peer refuses is answered with null; an error, such as an
    /// operation that it doesn't know, fails the test.
    pub fn ask(&mut self, op: &str, params: &Value) -> Value {
        let request = json!({ "op": op, "params": params });
        let requests = self.requests.as_mut().expect("open until dropped");
        writeln!(requests, "{request}").expect("the peer reads");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the peer answers");
        let mut answer: Value = serde_json::from_str(&line).expect("JSON");
        assert!(answer.get("error").is_none(), "{op}: {answer}");
        answer["ok"].take()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.requests.take());
        let ended = self.process.wait();
        assert!(std::thread::panicking() || ended.is_ok_and(|status| status.success()));
    }
}

/// Bytes on their way to a peer.
pub fn text(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// Bytes that a peer answered.
pub fn decoded(text: &Value) -> Vec<u8> {
    let text = text.as_str().expect("a text");
    Base64UrlUnpadded::decode_vec(text).expect("base64url")
}

/// The bytes in one field of an answer.
pub fn bytes(answer: &Value, field: &str) -> Vec<u8> {
    decoded(&answer[field])
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers")
}
