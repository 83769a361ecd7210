//! A deployment that has logged everything that can be logged, and what it handed out.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::{Value, json};
use tempfile::TempDir;
use treehouse_protocol::cbor::Canonical as _;
use treehouse_protocol::chain::body::{Body, Erase, Purge};
use treehouse_protocol::id::{AccountId, BlobId, Hash, KeyId, RecordId, Seen};
use treehouse_protocol::leaf::{Event, Leaf, Release, What};
use treehouse_protocol::receipt::Receipt;
use treehouse_protocol::registry::{Category, Rights};
use treehouse_protocol::sign::Signed;
use treehouse_tlog::checkpoint::SignedCheckpoint;
use treehouse_tlog::cosignature::cosign;
use treehouse_tlog::frontier::Frontier;
use treehouse_tlog::key::{KeyName, LogSigner, WitnessSigner};
use treehouse_tlog::proof::Head;

use crate::house::{DAY, House};

/// The day on which everything happens, as the auditor is told.
pub const TODAY: &str = "2024-10-04";
/// What was published as version 1 of the notice `direct`.
pub const NOTICE: &str = "a notice";
/// What a steward gave as reason.
pub const REASON: &str = "the scan was upside down; the name is the one of the account";
/// When witnesses cosigned, in seconds.
pub const TIME: u64 = DAY.0 as u64 * 86_400 + 3600;
/// Two full bundles and a partial one.
const ENTRIES: usize = 600;

pub struct Deployment {
    pub signer: LogSigner,
    pub house: House,
    /// What was logged, in order. The family's leaves come first.
    pub leaves: Vec<Leaf>,
    /// How many leaves are the family's.
    pub own: usize,
    pub receipt: Vec<u8>,
    files: TempDir,
}

/// What the program answered.
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Deployment {
    pub fn new() -> Self {
        let (mut house, child, keys, camera) = House::with_camera(7);
        let grant = house.allow(&camera, &keys[1].0, Some(&keys[1].1), Rights::READ);
        let owner = house.owner.clone();
        let asked = house.links.len();
        let erase = Erase { child, categories: vec![Category::Settings] };
        house.rotating(&owner, Body::Erase(erase));
        let link = Hash::of(&house.links[asked]);
        let receipt = receipt(&house, link);
        let server = house.server.clone();
        let purge = Purge { link, receipt: Hash::of(&receipt), service: None };
        house.sign(&server, Body::Purge(purge)).unwrap();

        let family = house.family.id();
        let links = (0..)
            .zip(&house.links)
            .map(|(seq, link)| What::Link { family, seen: Seen { seq, head: Hash::of(link) } });
        let mut events: Vec<What> = links.collect();
        events.push(What::Erasure { family, link, receipt: Hash::of(&receipt) });
        for (grant, blob) in [(Some(grant), None), (None, Some(BlobId::from_bytes([5; 16])))] {
            let records = vec![RecordId::from_bytes([4; 16])];
            let (category, reader) = (Category::Photos, camera.sig.id());
            events.push(What::Release(Release {
                family,
                child,
                category,
                reader,
                grant,
                records,
                blob,
            }));
        }
        let own = events.len();
        events.push(What::Key { key: house.attester.id(), role: "attester".to_owned() });
        events.push(What::Act {
            steward: [8; 16],
            act: "approve".to_owned(),
            subject: [9; 16],
            reason: Hash::of(REASON.as_bytes()),
        });
        events.push(What::Restore { known: 1, published: 2 });
        let hash = Hash::of(NOTICE.as_bytes());
        events.push(What::Publication { kind: "direct".to_owned(), version: 1, hash });
        while events.len() < ENTRIES {
            let mut account = [0; 16];
            account[..8].copy_from_slice(&events.len().to_be_bytes());
            let account = AccountId::from_bytes(account);
            events.push(What::Attestation { account, attestation: Hash::of(b"signed") });
        }
        let leaves: Vec<Leaf> = (0..).zip(events).map(|(index, what)| leaf(index, what)).collect();
        let signer = log_signer(1);
        let files = tempfile::tempdir().unwrap();
        publish(files.path(), &signer, &entries(&leaves), &witnesses(2));
        Self { signer, house, leaves, own, receipt, files }
    }

    /// An untouched copy of the log's files, to be damaged.
    pub fn copy(&self) -> TempDir {
        let copy = tempfile::tempdir().unwrap();
        copy_all(self.files.path(), copy.path());
        copy
    }

    /// The arguments without which nothing can be verified, and two witnesses.
    pub fn arguments(&self, log: &Path) -> Vec<String> {
        let key = self.signer.key().to_string();
        let mut arguments: Vec<String> =
            ["verify", "--on", TODAY, "--key", &key, "--log"].map(ToOwned::to_owned).to_vec();
        arguments.push(log.display().to_string());
        for witness in witnesses(2) {
            arguments.extend(["--witness".to_owned(), witness.key().to_string()]);
        }
        arguments
    }

    /// Verifies a copy of the log, with more arguments.
    pub fn verify(&self, log: &Path, more: &[&str]) -> Ran {
        let mut arguments = self.arguments(log);
        arguments.extend(more.iter().map(|word| (*word).to_owned()));
        run(&arguments)
    }

    /// One line of evidence.
    pub fn line(&self, place: usize) -> Value {
        json!({ "place": place, "leaf": b64(&self.leaves[place].to_bytes()) })
    }

    /// The place of the steward's act.
    pub fn act(&self) -> usize {
        self.own + 1
    }

    /// The family's file, as `docs/export.md` describes it.
    pub fn export(&self) -> Value {
        let house = &self.house;
        let links = house.links.iter().map(|link| b64(link)).collect::<Vec<_>>();
        let leaves = (0..self.own).map(|place| self.line(place)).collect::<Vec<_>>();
        json!({
            "format": "TH-EXPORT/1",
            "family": house.family.id().to_string(),
            "genesis": house.family.genesis().to_string(),
            "log": self.signer.key().to_string(),
            "attesters": [b64(house.attester.verify_key().bytes())],
            "servers": [b64(house.server.verify_key().bytes())],
            "checkpoint": fs::read_to_string(self.files.path().join("checkpoint")).unwrap(),
            "links": links,
            "leaves": leaves,
            "receipts": [b64(&self.receipt)],
        })
    }
}

impl Ran {
    #[track_caller]
    pub fn assert_right(&self) {
        assert_eq!(self.code, Some(0), "{}{}", self.out, self.err);
        assert!(self.out.contains("All is right"), "{}", self.out);
        assert!(!self.out.contains("WRONG"), "{}", self.out);
    }

    /// Something is wrong, and among what is said stands this place with this reason.
    #[track_caller]
    pub fn assert_wrong(&self, place: &str, what: &str) {
        assert_eq!(self.code, Some(1), "{}{}", self.out, self.err);
        let (_, findings) = self.out.split_once("WRONG\n").unwrap();
        let named = findings.lines().any(|line| {
            let said =
                line.trim_start().strip_prefix(place).and_then(|rest| rest.strip_prefix(": "));
            said.is_some_and(|said| said.contains(what))
        });
        assert!(named, "`{place}: …{what}` isn't among\n{findings}");
    }
}

/// Runs the program.
pub fn run(arguments: &[String]) -> Ran {
    let output =
        Command::new(env!("CARGO_BIN_EXE_treehouse-audit")).args(arguments).output().unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Writes a file beside the log's.
pub fn write(folder: &TempDir, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    path
}

pub fn log_signer(seed: u8) -> LogSigner {
    LogSigner::from_seed(KeyName::parse("toys.example/log").unwrap(), &[seed; 32])
}

/// `w1.example`, `w2.example`, …
pub fn witnesses(count: u8) -> Vec<WitnessSigner> {
    let name = |at: u8| KeyName::parse(&format!("w{at}.example")).unwrap();
    (1..=count).map(|at| WitnessSigner::from_seed(name(at), &[100 + at; 32])).collect()
}

pub fn leaf(index: u64, what: What) -> Leaf {
    let mut salt = [0; 32];
    salt[..8].copy_from_slice(&index.to_be_bytes());
    let at_ms = u64::from(DAY.0) * 86_400_000 + index;
    Leaf { salt, event: Event { at_ms, what } }
}

pub fn entries(leaves: &[Leaf]) -> Vec<Vec<u8>> {
    leaves.iter().map(|leaf| leaf.entry().to_bytes()).collect()
}

/// Writes a log into a folder, as the server does, with a checkpoint that witnesses cosigned.
pub fn publish(
    folder: &Path,
    signer: &LogSigner,
    entries: &[Vec<u8>],
    witnesses: &[WitnessSigner],
) {
    let appended = Frontier::empty().append(entries).unwrap();
    for file in &appended.files {
        let path = folder.join(file.path.to_string());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &file.bytes).unwrap();
    }
    let head = Head { size: appended.frontier.size(), root: appended.frontier.root() };
    let mut checkpoint = SignedCheckpoint::sign(signer, head);
    for (witness, time) in witnesses.iter().zip(TIME..) {
        let line = cosign(witness, &checkpoint, time).unwrap().to_string();
        checkpoint.add_cosignatures(&line, std::slice::from_ref(witness.key())).unwrap();
    }
    fs::write(folder.join("checkpoint"), checkpoint.to_string()).unwrap();
}

pub fn b64(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// A receipt for what a link asked for, signed by the server.
fn receipt(house: &House, link: Hash) -> Vec<u8> {
    Signed::sign(&house.server, &plain_receipt(house, link)).to_bytes()
}

pub fn plain_receipt(house: &House, link: Hash) -> Receipt {
    let child = house.family.children().next().map(|(id, _)| id);
    Receipt {
        family: house.family.id(),
        link,
        child,
        categories: vec![Category::Settings],
        records: 3,
        blobs: 0,
        outer_keys: 1,
        day: DAY,
    }
}

/// Somebody's key who isn't in the story.
pub fn stranger() -> KeyId {
    KeyId::from_bytes([77; 16])
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_all(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
