//! Flips every byte of a log of 1 MB, one after the other, and asks whether the audit finds the
//! file: `cargo run --release -p treehouse-tlog --example flip_bytes -- [STRIDE]`.
//!
//! The tests do so with a sample; this takes a core a quarter of an hour.

use std::collections::BTreeMap;
use std::io::Write as _;

use treehouse_tlog::audit;
use treehouse_tlog::checkpoint::SignedCheckpoint;
use treehouse_tlog::frontier::Frontier;
use treehouse_tlog::key::{KeyName, LogSigner};
use treehouse_tlog::proof::Head;
use treehouse_tlog::tile::TilePath;

const ENTRIES: usize = 4300;
const ENTRY_BYTES: usize = 200;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let stride = std::env::args().nth(1).map_or(Ok(1), |stride| stride.parse::<usize>())?.max(1);
    let entry = |index: usize| [&index.to_le_bytes()[..], &[7; ENTRY_BYTES - 8]].concat();
    let entries: Vec<Vec<u8>> = (0..ENTRIES).map(entry).collect();
    let appended = Frontier::empty().append(&entries)?;
    let frontier = appended.frontier;
    let files = appended.files.into_iter().map(|file| (file.path, file.bytes));
    let files: BTreeMap<TilePath, Vec<u8>> = files.collect();
    let signer = LogSigner::from_seed(KeyName::parse("log.example")?, &[1; 32]);
    let head = Head { size: frontier.size(), root: frontier.root() };
    let checkpoint = SignedCheckpoint::sign(&signer, head);
    let (mut changed, mut flipped, mut missed) = (files.clone(), 0_usize, 0_usize);
    for (path, bytes) in &files {
        for at in (0..bytes.len()).step_by(stride) {
            if let Some(file) = changed.get_mut(path) {
                file[at] ^= 1 << (at % 8);
            }
            let found = audit::verify(&changed, &checkpoint, &[], |_, _| ());
            if !found.is_err_and(|finding| finding.file == Some(*path)) {
                missed += 1;
            }
            if let Some(file) = changed.get_mut(path) {
                file[at] = bytes[at];
            }
            flipped += 1;
        }
    }
    let size: usize = files.values().map(Vec::len).sum();
    writeln!(std::io::stdout(), "{size} bytes, {flipped} flipped, {missed} not found")?;
    if missed > 0 { Err("damage was not found".into()) } else { Ok(()) }
}
