//! The texts and files of the transparency log. What is read is written as it came, and nothing
//! that the keys didn't sign is believed.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use treehouse_tlog::checkpoint::{Checkpoint, SignedCheckpoint};
use treehouse_tlog::cosignature::{Quorum, cosign};
use treehouse_tlog::frontier::Frontier;
use treehouse_tlog::key::{KeyName, LogKey, LogSigner, WitnessKey, WitnessSigner};
use treehouse_tlog::note::Note;
use treehouse_tlog::proof::{Head, prove_consistency};
use treehouse_tlog::standalone::Proof;
use treehouse_tlog::tile::{Entries, TilePath, decode_hashes, encode_hashes, push_entry};
use treehouse_tlog::witness::{Memory, Request, Witness};

use crate::seeds::Seed;

const TIME: u64 = 1_795_305_600;
const SIZE: u64 = 300;

/// A log with a witness, made once.
struct Log {
    files: BTreeMap<TilePath, Vec<u8>>,
    signer: LogSigner,
    witness: WitnessSigner,
    checkpoint: SignedCheckpoint,
}

static LOG: LazyLock<Log> = LazyLock::new(|| {
    let name = |text| KeyName::parse(text).expect("a name");
    let signer = LogSigner::from_seed(name("log.example"), &[1; 32]);
    let witness = WitnessSigner::from_seed(name("w.example"), &[2; 32]);
    let appended = Frontier::empty().append(&entries()).expect("short entries");
    let frontier = appended.frontier;
    let head = Head { size: frontier.size(), root: frontier.root() };
    let mut checkpoint = SignedCheckpoint::sign(&signer, head);
    let line = cosign(&witness, &checkpoint, TIME).expect("a time").to_string();
    checkpoint.add_cosignatures(&line, &[witness.key().clone()]).expect("a witness");
    let files = appended.files.into_iter().map(|file| (file.path, file.bytes)).collect();
    Log { files, signer, witness, checkpoint }
});

fn entries() -> Vec<[u8; 8]> {
    (0..SIZE).map(u64::to_be_bytes).collect()
}

/// Notes, checkpoints and keys.
pub fn checkpoint(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    if let Ok(note) = Note::parse(text) {
        assert_eq!(note.to_string(), text, "a note has one text");
        if let Ok(checkpoint) = Checkpoint::parse(note.text()) {
            assert_eq!(checkpoint.to_string(), note.text());
        }
        if let Ok(opened) = SignedCheckpoint::verify(note, &[LOG.signer.key().clone()]) {
            assert_eq!(opened.head(), LOG.checkpoint.head(), "the log signed only this");
            let quorum = Quorum::new(1, vec![LOG.witness.key().clone()]).expect("one of one");
            drop(quorum.check(&opened));
        }
    }
    if let Ok(key) = LogKey::parse(text) {
        assert_eq!(key.to_string(), text, "a key has one text");
    }
    if let Ok(key) = WitnessKey::parse(text) {
        assert_eq!(key.to_string(), text, "a key has one text");
    }
}

/// Proofs that stand alone.
pub fn log_proof(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    if let Ok(proof) = Proof::parse(text) {
        assert_eq!(proof.to_string(), text, "a proof has one text");
        let proven = proof.verify(&7_u64.to_be_bytes(), &[LOG.signer.key().clone()], None);
        assert!(proven.is_err() || text.contains("\nindex 7\n"), "another index was proven");
    }
}

/// Names of files, and their contents.
pub fn tile_path(input: &[u8]) {
    if let Some(Ok(path)) = std::str::from_utf8(input).ok().map(TilePath::parse) {
        assert_eq!(path.to_string().as_bytes(), input, "a path has one text");
    }
    if let Ok(hashes) = decode_hashes(input) {
        assert_eq!(encode_hashes(&hashes), input);
    }
    let mut bundle = Vec::new();
    let whole = Entries::new(input)
        .all(|entry| entry.is_ok_and(|entry| push_entry(&mut bundle, entry).is_ok()));
    assert!(!whole || bundle == input, "a bundle has one encoding");
}

/// Requests to a witness, and what it remembers.
pub fn witness(input: &[u8]) {
    if let Ok(request) = Request::parse(input) {
        assert_eq!(request.to_string().as_bytes(), input, "a request has one text");
    }
    if let Some(Ok(memory)) = std::str::from_utf8(input).ok().map(Memory::parse) {
        assert_eq!(Memory::parse(&memory.to_string()), Ok(memory));
    }
    let logs = vec![LOG.signer.key().clone()];
    let fresh = Witness::new(LOG.witness.clone(), logs, Memory::default());
    let mut witness = fresh.expect("one log");
    let mut saved = false;
    let answer = witness.add_checkpoint(input, TIME, |_| {
        saved = true;
        Ok::<(), ()>(())
    });
    assert_eq!(answer.is_ok(), saved, "what was answered was saved");
    let origin = LOG.signer.key().name();
    let head = if saved { LOG.checkpoint.head() } else { Head::EMPTY };
    assert_eq!(witness.memory().head(origin), head);
}

/// The seeds of these targets.
#[must_use]
pub fn seeds() -> Vec<Seed> {
    let seed = |target, name: &str, text: String| (target, name.to_owned(), text.into_bytes());
    let checkpoint = &LOG.checkpoint;
    let request = |old| {
        let proof = prove_consistency(&LOG.files, old, SIZE).expect("proves");
        Request { old, proof, checkpoint: checkpoint.note().clone() }.to_string()
    };
    let proof = Proof::make(&LOG.files, 7, checkpoint).expect("proves");
    let extra = proof.clone().with_extra(b"salt".to_vec()).expect("it's short");
    let mut bundle = Vec::new();
    push_entry(&mut bundle, b"one").expect("it's short");
    push_entry(&mut bundle, b"").expect("it's short");
    vec![
        seed("checkpoint", "cosigned", checkpoint.to_string()),
        seed("checkpoint", "log-key", LOG.signer.key().to_string()),
        seed("checkpoint", "witness-key", LOG.witness.key().to_string()),
        seed("log_proof", "plain", proof.to_string()),
        seed("log_proof", "extra", extra.to_string()),
        seed("tile_path", "hashes", "tile/0/x001/x234/067".to_owned()),
        seed("tile_path", "partial", "tile/entries/000.p/5".to_owned()),
        ("tile_path", "bundle".to_owned(), bundle),
        seed("witness", "first", request(0)),
        seed("witness", "later", request(200)),
        seed("witness", "memory", Memory::default().to_string()),
    ]
}
