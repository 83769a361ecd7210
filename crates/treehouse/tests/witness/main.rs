//! `treehouse witness` as somebody runs it: its own process, a real file, real HTTP.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that can't go on must fail")]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;
use treehouse_tlog::checkpoint::SignedCheckpoint;
use treehouse_tlog::cosignature::Quorum;
use treehouse_tlog::frontier::Frontier;
use treehouse_tlog::key::{KeyName, LogSigner, WitnessKey};
use treehouse_tlog::proof::{Head, prove_consistency};
use treehouse_tlog::tile::TilePath;
use treehouse_tlog::witness::{REQUEST_BYTES_MAX, Request};

/// A log that grows in memory.
#[derive(Clone)]
struct Log {
    signer: LogSigner,
    frontier: Frontier,
    files: BTreeMap<TilePath, Vec<u8>>,
}

impl Log {
    fn new(name: &str) -> Self {
        let signer = LogSigner::from_seed(KeyName::parse(name).unwrap(), &[7; 32]);
        Self { signer, frontier: Frontier::empty(), files: BTreeMap::new() }
    }

    fn grow(&mut self, entries: &[&str]) -> &mut Self {
        let appended = self.frontier.append(entries).unwrap();
        self.frontier = appended.frontier;
        self.files.extend(appended.files.into_iter().map(|file| (file.path, file.bytes)));
        self
    }

    fn checkpoint(&self) -> SignedCheckpoint {
        let (size, root) = (self.frontier.size(), self.frontier.root());
        SignedCheckpoint::sign(&self.signer, Head { size, root })
    }

    /// What the log asks of a witness that cosigned `old` entries last.
    fn request(&self, old: u64) -> String {
        let proof = prove_consistency(&self.files, old, self.frontier.size()).unwrap();
        Request { old, proof, checkpoint: self.checkpoint().note().clone() }.to_string()
    }
}

/// The folder of somebody who runs a witness.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn state(&self) -> PathBuf {
        self.0.path().join("witness.state")
    }

    fn init(&self) -> Output {
        let name = "witness.example/w1";
        command(&["init", "--name", name, "--json"], &self.state()).output().unwrap()
    }

    fn key(&self) -> WitnessKey {
        let made = self.init();
        assert!(made.status.success(), "{made:?}");
        let said: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
        WitnessKey::parse(said["key"].as_str().unwrap()).unwrap()
    }

    fn serve(&self, log: &Log) -> Running {
        let key = log.signer.key().to_string();
        let arguments = ["serve", "--json", "--listen", "127.0.0.1:0", "--log", &key];
        let mut child = command(&arguments, &self.state())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: serde_json::Value = serde_json::from_str(&line).expect("it says where");
        Running { address: said["address"].as_str().unwrap().parse().unwrap(), child }
    }
}

fn command(arguments: &[&str], state: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_treehouse"));
    command.arg("witness").args(arguments).arg("--state").arg(state);
    command
}

/// A witness that runs; it's killed, as by a power cut, when this is dropped.
struct Running {
    address: SocketAddr,
    child: Child,
}

impl Running {
    fn add(&self, body: &str) -> (u16, String, String) {
        self.ask("POST", "/add-checkpoint", body)
    }

    /// Status, head and body of the answer.
    fn ask(&self, method: &str, path: &str, body: &str) -> (u16, String, String) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: witness\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        // It may refuse before it has read everything.
        let _ = stream.write_all(body.as_bytes());
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").expect("an answer has a head");
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, head.to_lowercase(), body.to_owned())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Has this witness' word for this log's newest head, checked as clients check it.
fn cosigned(log: &Log, answer: &(u16, String, String), key: &WitnessKey) -> bool {
    let mut checkpoint = log.checkpoint();
    let quorum = Quorum::new(1, vec![key.clone()]).unwrap();
    assert!(quorum.check(&checkpoint).is_err(), "the control: nobody has cosigned yet");
    answer.0 == 200
        && checkpoint.add_cosignatures(&answer.2, std::slice::from_ref(key)).is_ok()
        && quorum.check(&checkpoint).is_ok()
}

#[test]
fn it_cosigns_growth_and_remembers_across_kills() {
    let place = Place::new();
    let (key, mut log) = (place.key(), Log::new("log.example/log"));
    log.grow(&["one", "two", "three"]);
    let witness = place.serve(&log);
    assert!(cosigned(&log, &witness.add(&log.request(0)), &key));
    drop(witness);

    let before = log.clone();
    log.grow(&["four", "five"]);
    let witness = place.serve(&log);
    let stale = witness.add(&log.request(0));
    assert_eq!((stale.0, stale.2.as_str()), (409, "3\n"), "it remembers, and tells its size");
    assert!(stale.1.contains("text/x.tlog.size"), "{}", stale.1);
    assert!(cosigned(&log, &witness.add(&log.request(3)), &key));
    drop(witness);

    let witness = place.serve(&log);
    assert!(cosigned(&log, &witness.add(&log.request(5)), &key), "the same again");
    // A log that went back, with the old checkpoint and with an honest old size.
    assert_eq!(witness.add(&before.request(3)).0, 409);
    let mut rollback = before.request(3);
    rollback.replace_range(.."old 3".len(), "old 5");
    assert_eq!(witness.add(&rollback).0, 400, "an old size beyond the checkpoint's");
    // A fork of the same size, and a longer one, with proofs of its own.
    let mut fork = before;
    fork.grow(&["vier", "fünf"]);
    assert_eq!(witness.add(&fork.request(5)).0, 409);
    fork.grow(&["sechs"]);
    assert_eq!(witness.add(&fork.request(5)).0, 422);
    drop(witness);
    let witness = place.serve(&log);
    assert_eq!(witness.add(&fork.request(5)).0, 422, "nothing of it was kept");
    log.grow(&["six"]);
    assert!(cosigned(&log, &witness.add(&log.request(5)), &key), "the true log goes on");
}

#[test]
fn it_answers_garbage_and_strangers_as_the_specification_says() {
    let place = Place::new();
    let (key, mut log) = (place.key(), Log::new("log.example/log"));
    log.grow(&["one"]);
    let witness = place.serve(&log);
    let mut stranger = Log::new("other.example/log");
    assert_eq!(witness.add(&stranger.grow(&["one"]).request(0)).0, 404);
    let forged = log.request(0).replace("AAAA", "AAAB");
    let mut impostor = log.clone();
    impostor.signer = LogSigner::from_seed(log.signer.key().name().clone(), &[8; 32]);
    assert_eq!(witness.add(&impostor.request(0)).0, 403);
    for garbage in ["", "old 0", "old -1\n\nx\n", "\0\0\0"] {
        assert_eq!(witness.add(garbage).0, 400, "{garbage:?}");
    }
    assert_eq!(witness.add(&"x".repeat(REQUEST_BYTES_MAX + 1)).0, 413);
    assert_eq!(witness.ask("GET", "/add-checkpoint", "").0, 405);
    assert_eq!(witness.ask("POST", "/", &forged).0, 404);
    assert!(cosigned(&log, &witness.add(&log.request(0)), &key), "the control");
}

#[test]
fn it_does_not_start_without_its_memory_twice_or_in_clear_where_others_listen() {
    let place = Place::new();
    let log = Log::new("log.example/log");
    let key = log.signer.key().to_string();
    let start = |listen: &str| {
        let arguments = ["serve", "--listen", listen, "--log", &key];
        let ended = command(&arguments, &place.state()).output().unwrap();
        assert_eq!(ended.status.code(), Some(1));
        String::from_utf8(ended.stderr).unwrap()
    };
    assert!(start("127.0.0.1:0").contains("isn't there"));
    assert!(!place.state().exists(), "a lost memory isn't made anew");
    place.key();
    let again = place.init();
    assert_eq!(again.status.code(), Some(1), "nor by init");
    assert!(start("0.0.0.0:0").contains("--tls-cert"));
    let witness = place.serve(&log);
    assert!(start("127.0.0.1:0").contains("another witness"));
    drop(witness);
    std::fs::write(place.state(), "treehouse witness 1\n").unwrap();
    assert!(start("127.0.0.1:0").contains("damaged"));
}
