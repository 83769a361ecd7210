//! A log with its keys and witnesses, for tests: the sequencer and its folder, in memory.
#![expect(clippy::unwrap_used, reason = "a helper of a test that can't go on fails the test")]

use std::collections::BTreeMap;

use treehouse_tlog::checkpoint::SignedCheckpoint;
use treehouse_tlog::cosignature::{Quorum, cosign};
use treehouse_tlog::frontier::Frontier;
use treehouse_tlog::key::{KeyName, LogKey, LogSigner, WitnessSigner};
use treehouse_tlog::proof::Head;
use treehouse_tlog::tile::TilePath;

pub const ORIGIN: &str = "log.example/treehouse";
/// 2026-11-22, in seconds.
pub const TIME: u64 = 1_795_305_600;

pub struct Log {
    pub frontier: Frontier,
    pub files: BTreeMap<TilePath, Vec<u8>>,
    pub signer: LogSigner,
}

impl Log {
    pub fn new() -> Self {
        let (frontier, files) = (Frontier::empty(), BTreeMap::new());
        Self { frontier, files, signer: log_signer(1) }
    }

    /// A log of entries `0..count`, written at once.
    pub fn of(count: u64) -> Self {
        let mut log = Self::new();
        log.append(&entries(0..count));
        log
    }

    pub fn append(&mut self, entries: &[Vec<u8>]) {
        let appended = self.frontier.append(entries).unwrap();
        self.frontier = appended.frontier;
        self.files.extend(appended.files.into_iter().map(|file| (file.path, file.bytes)));
    }

    pub fn head(&self) -> Head {
        Head { size: self.frontier.size(), root: self.frontier.root() }
    }

    pub fn keys(&self) -> Vec<LogKey> {
        vec![self.signer.key().clone()]
    }

    /// The log's checkpoint, cosigned by all three witnesses.
    pub fn checkpoint(&self) -> SignedCheckpoint {
        let mut checkpoint = SignedCheckpoint::sign(&self.signer, self.head());
        for (signer, time) in witness_signers().iter().zip(TIME..) {
            let line = cosign(signer, &checkpoint, time).unwrap().to_string();
            checkpoint.add_cosignatures(&line, &[signer.key().clone()]).unwrap();
        }
        checkpoint
    }
}

pub fn name(text: &str) -> KeyName {
    KeyName::parse(text).unwrap()
}

pub fn log_signer(seed: u8) -> LogSigner {
    LogSigner::from_seed(name(ORIGIN), &[seed; 32])
}

pub fn witness_signers() -> Vec<WitnessSigner> {
    let signer =
        |at: u8| WitnessSigner::from_seed(name(&format!("w{at}.example")), &[100 + at; 32]);
    (1..=3).map(signer).collect()
}

/// Two of three.
pub fn quorum() -> Quorum {
    let keys = witness_signers().iter().map(|signer| signer.key().clone()).collect();
    Quorum::new(2, keys).unwrap()
}

/// Entries of different lengths, each different from all others.
pub fn entries(range: std::ops::Range<u64>) -> Vec<Vec<u8>> {
    range
        .map(|index| {
            let mut entry = format!("entry {index} ").into_bytes();
            entry.resize(entry.len() + (index % 41) as usize, b'.');
            entry
        })
        .collect()
}
