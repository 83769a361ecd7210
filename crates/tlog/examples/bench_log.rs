//! The log's figures: `cargo xtask bench ledger`.
//!
//! What counts is this thread's CPU time, and the median of the rounds is printed.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::Write as _;

use cpu_time::ThreadTime;
use treehouse_tlog::audit;
use treehouse_tlog::checkpoint::SignedCheckpoint;
use treehouse_tlog::cosignature::{Quorum, cosign};
use treehouse_tlog::frontier::Frontier;
use treehouse_tlog::hash::Hash;
use treehouse_tlog::key::{KeyName, LogSigner, WitnessSigner};
use treehouse_tlog::proof::{
    Head, prove_consistency, prove_inclusion, verify_consistency, verify_inclusion,
};
use treehouse_tlog::standalone::Proof;
use treehouse_tlog::tile::TilePath;

const ENTRY_BYTES: usize = 200;
/// What a sequencer takes at once under load.
const BATCH: usize = 1000;
const PROOFS: u64 = 200;
const TIME: u64 = 1_795_305_600;

/// One line of the table.
struct Row {
    what: &'static str,
    /// Seconds of CPU for one of them.
    seconds: f64,
    /// So many in a second of one core.
    goal: f64,
}

/// The median CPU seconds of `work`, divided by what it does at once.
#[expect(clippy::cast_precision_loss, reason = "a few million at most")]
fn each(rounds: usize, count: u64, mut work: impl FnMut()) -> f64 {
    let mut seconds: Vec<f64> = (0..rounds)
        .map(|_| {
            let start = ThreadTime::now();
            work();
            start.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    seconds.get(rounds / 2).copied().unwrap_or(f64::NAN) / count as f64
}

struct Log {
    frontier: Frontier,
    files: BTreeMap<TilePath, Vec<u8>>,
}

impl Log {
    fn head(&self) -> Head {
        Head { size: self.frontier.size(), root: self.frontier.root() }
    }
}

fn entry(index: usize) -> Vec<u8> {
    let mut entry = index.to_le_bytes().to_vec();
    entry.resize(ENTRY_BYTES, b'.');
    entry
}

#[expect(clippy::expect_used, reason = "within all limits")]
fn grow(entries: &[Vec<u8>]) -> Log {
    let (mut frontier, mut files) = (Frontier::empty(), BTreeMap::new());
    for batch in entries.chunks(BATCH) {
        let appended = frontier.append(batch).expect("short entries");
        frontier = appended.frontier;
        files.extend(appended.files.into_iter().map(|file| (file.path, file.bytes)));
    }
    Log { frontier, files }
}

/// Seconds for one inclusion: a proof from tiles, and its check.
#[expect(clippy::expect_used, reason = "a measurement over what was just made")]
fn inclusion(rounds: usize, entries: &[Vec<u8>], log: &Log) -> f64 {
    let head = log.head();
    let places: Vec<u64> = (0..PROOFS).map(|at| at * head.size / PROOFS).collect();
    each(rounds, PROOFS, || {
        for &index in &places {
            let leaf = Hash::leaf(&entries[usize::try_from(index).expect("an index")]);
            let proof = prove_inclusion(&log.files, index, head.size).expect("proves");
            verify_inclusion(&leaf, index, &head, &proof).expect("verifies");
        }
    })
}

/// Seconds for one consistency: a proof from tiles, and its check.
#[expect(clippy::expect_used, reason = "a measurement over what was just made")]
fn consistency(rounds: usize, entries: &[Vec<u8>], log: &Log) -> f64 {
    let head = log.head();
    let old = |size: u64| grow(&entries[..usize::try_from(size).expect("a size")]).head();
    let olds = [1, head.size / 3, head.size / 2, head.size - 1].map(old);
    each(rounds, 4, || {
        for old in &olds {
            let proof = prove_consistency(&log.files, old.size, head.size).expect("proves");
            verify_consistency(old, &head, &proof).expect("verifies");
        }
    })
}

#[expect(clippy::expect_used, reason = "a measurement over what was just made")]
fn measure(rounds: usize, entries: &[Vec<u8>]) -> Vec<Row> {
    let count = entries.len() as u64;
    let name = |text| KeyName::parse(text).expect("a name");
    let signer = LogSigner::from_seed(name("log.example"), &[1; 32]);
    let witness = WitnessSigner::from_seed(name("witness.example"), &[2; 32]);
    let log = grow(entries);
    let head = log.head();
    let mut checkpoint = SignedCheckpoint::sign(&signer, head);
    let line = cosign(&witness, &checkpoint, TIME).expect("a time").to_string();
    checkpoint.add_cosignatures(&line, &[witness.key().clone()]).expect("a witness");
    let quorum = Quorum::new(1, vec![witness.key().clone()]).expect("one of one");
    let proof = Proof::make(&log.files, count / 3, &checkpoint).expect("proves").to_string();
    let (entry, keys) = (entry(usize::try_from(count / 3).expect("small")), [signer.key().clone()]);
    let row = |what, seconds, goal| Row { what, seconds, goal };
    vec![
        row(
            "append, in batches of 1,000",
            each(rounds, count, || drop(black_box(grow(entries)))),
            1e6,
        ),
        row(
            "verify the whole log",
            each(rounds, count, || {
                audit::verify(&log.files, &checkpoint, &[], |_, _| ()).expect("sound");
            }),
            1e6,
        ),
        row("prove and verify an inclusion, from tiles", inclusion(rounds, entries, &log), 5e3),
        row("prove and verify a consistency, from tiles", consistency(rounds, entries, &log), 2e3),
        row(
            "sign a checkpoint",
            each(rounds, 50, || {
                (0..50).for_each(|_| drop(black_box(SignedCheckpoint::sign(&signer, head))));
            }),
            1e4,
        ),
        row(
            "verify a stand-alone proof with 1 witness",
            each(rounds, 50, || {
                for _ in 0..50 {
                    let proof = Proof::parse(&proof).expect("a proof");
                    proof.verify(&entry, &keys, Some(&quorum)).expect("verifies");
                }
            }),
            5e3,
        ),
        row(
            "start again from the files",
            each(rounds, 1, || {
                black_box(Frontier::load(count, &log.files).expect("loads"));
            }),
            1e2,
        ),
    ]
}

fn main() -> std::io::Result<()> {
    let has = |flag: &str| std::env::args().any(|argument| argument == flag);
    let (rounds, count) = if has("--quick") { (3, 100_100) } else { (9, 1_000_100) };
    let entries: Vec<Vec<u8>> = (0..count).map(entry).collect();
    let mut out = std::io::stdout().lock();
    writeln!(out, "{count} entries of {ENTRY_BYTES} bytes\n")?;
    writeln!(out, "| what | CPU each | figure | goal | met |\n|---|---|---|---|---|")?;
    for Row { what, seconds, goal } in measure(rounds, &entries) {
        let (micros, figure) = (seconds * 1e6, seconds.recip());
        let met = if figure >= goal { "yes" } else { "NO" };
        writeln!(out, "| {what} | {micros:.2} us | {figure:.0}/s | >= {goal:.0}/s | {met} |")?;
    }
    Ok(())
}
