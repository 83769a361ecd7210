//! Every damage to a log is found and located.

use treehouse_tlog::audit::{Finding, Rule, verify};
use treehouse_tlog::hash::Hash;
use treehouse_tlog::tile::{Content, Entries, TilePath, encode_hashes, push_entry};

use crate::house::{Log, entries};

/// Enough for three levels of tiles, with a partial one in each.
const LARGE: u64 = 66_000;
/// Two full bundles and a partial one.
const SMALL: u64 = 600;
/// Every so many bytes one is flipped; `examples/flip_bytes.rs` flips each.
const STRIDE: usize = 61;

fn path(text: &str) -> TilePath {
    TilePath::parse(text).unwrap()
}

/// Audits the files of `changed` as what the checkpoint of `signed` promises.
fn audit(changed: &Log, signed: &Log) -> Result<(), Finding> {
    verify(&changed.files, &signed.checkpoint(), &[], |_, _| ())
}

fn finding(rule: Rule, file: &str, entry: u64) -> Result<(), Finding> {
    Err(Finding { rule, file: Some(path(file)), entry: Some(entry) })
}

/// Writes other entries into a bundle, and their hashes into its tile.
fn replace(log: &mut Log, place: &str, entries: &[Vec<u8>]) {
    let mut bundle = Vec::new();
    for entry in entries {
        push_entry(&mut bundle, entry).unwrap();
    }
    let hashes: Vec<Hash> = entries.iter().map(|entry| Hash::leaf(entry)).collect();
    log.files.insert(path(&format!("tile/entries/{place}")), bundle);
    log.files.insert(path(&format!("tile/0/{place}")), encode_hashes(&hashes));
}

#[test]
fn sound_logs_pass_and_show_every_entry() {
    for size in [0, 1, 255, 256, 257, 512, 65_536, LARGE] {
        let log = Log::of(size);
        let mut shown = Vec::new();
        let seen = [0, size / 2, size].map(|size| Log::of(size).head());
        let result = verify(&log.files, &log.checkpoint(), &seen, |index, entry| {
            assert_eq!(index, shown.len() as u64);
            shown.push(entry.to_vec());
        });
        assert_eq!(result, Ok(()), "{size}");
        assert!(shown == entries(0..size));
    }
}

#[test]
fn full_files_serve_for_partial_ones() {
    let (mut log, earlier) = (Log::of(SMALL), Log::of(300));
    log.files.retain(|path, _| path.width() == 256 || path.content() != Content::Entries);
    // The bundle of 300 is gone, and so are the tiles that were partial then.
    let full = verify(&Log::of(1024).files, &earlier.checkpoint(), &[], |_, _| ());
    let lost = "tile/1/000.p/1";
    assert_eq!(full, Err(Finding { rule: Rule::Missing, file: Some(path(lost)), entry: None }));
    let mut files = Log::of(1024).files;
    files.insert(path(lost), earlier.files[&path(lost)].clone());
    assert_eq!(verify(&files, &earlier.checkpoint(), &[], |_, _| ()), Ok(()));
}

#[test]
fn truncation_is_named() {
    let log = Log::of(SMALL);
    for file in log.files.keys() {
        let mut changed = Log::of(SMALL);
        changed.files.remove(file);
        let missing = Finding { rule: Rule::Missing, file: Some(*file), entry: None };
        assert_eq!(audit(&changed, &log), Err(missing));
        for cut in [1, 32, 40] {
            let mut bytes = log.files[file].clone();
            bytes.truncate(bytes.len().saturating_sub(cut));
            changed.files.insert(*file, bytes);
            let found = audit(&changed, &log).unwrap_err();
            assert_eq!((found.rule, found.file), (Rule::Truncated, Some(*file)));
        }
        let longer = [&log.files[file][..], &[0; 32]].concat();
        changed.files.insert(*file, longer);
        let found = audit(&changed, &log).unwrap_err();
        assert_eq!((found.rule, found.file), (Rule::Surplus, Some(*file)));
    }
    // The last entries are gone as if they had never been.
    let found = audit(&Log::of(SMALL - 10), &log).unwrap_err();
    assert_eq!(found.rule, Rule::Missing);
}

#[test]
fn an_altered_entry_is_told_from_an_altered_hash() {
    let log = Log::of(SMALL);
    for (file, tile, entry) in
        [("tile/entries/001", "tile/0/001", 300), ("tile/entries/002.p/88", "tile/0/002.p/88", 599)]
    {
        let mut changed = Log::of(SMALL);
        let bundle = changed.files.get_mut(&path(file)).unwrap();
        let word = format!("entry {entry} ");
        let at = bundle.windows(word.len()).position(|window| window == word.as_bytes()).unwrap();
        bundle[at] = b'E';
        assert_eq!(audit(&changed, &log), finding(Rule::EntryAltered, file, entry));
        let message = audit(&changed, &log).unwrap_err().to_string();
        assert!(
            message.starts_with(&format!("entry {entry} in {file} doesn't match")),
            "{message}"
        );
        let mut changed = Log::of(SMALL);
        let at = usize::try_from(entry % 256).unwrap() * 32;
        changed.files.get_mut(&path(tile)).unwrap()[at] ^= 1;
        assert_eq!(audit(&changed, &log), finding(Rule::HashAltered, tile, entry));
    }
    let mut changed = Log::of(LARGE);
    changed.files.get_mut(&path("tile/1/000")).unwrap()[32 * 7] ^= 1;
    let log = Log::of(LARGE);
    assert_eq!(audit(&changed, &log), finding(Rule::HashAltered, "tile/1/000", 7 * 256));
    let mut changed = Log::of(LARGE);
    changed.files.get_mut(&path("tile/2/000.p/1")).unwrap()[5] ^= 1;
    assert_eq!(audit(&changed, &log), finding(Rule::HashAltered, "tile/2/000.p/1", 0));
}

#[test]
fn reordering_is_named() {
    let log = Log::of(SMALL);
    let mut swapped = entries(256..512);
    swapped.swap(10, 200);
    let mut changed = Log::of(SMALL);
    let tile = changed.files[&path("tile/0/001")].clone();
    replace(&mut changed, "001", &swapped);
    changed.files.insert(path("tile/0/001"), tile);
    assert_eq!(audit(&changed, &log), finding(Rule::Reordered, "tile/entries/001", 266));
    // Two whole bundles changed places together with their tiles.
    let mut changed = Log::of(SMALL);
    replace(&mut changed, "000", &entries(256..512));
    replace(&mut changed, "001", &entries(0..256));
    assert_eq!(audit(&changed, &log), finding(Rule::Reordered, "tile/1/000.p/2", 0));
}

#[test]
fn a_splice_is_named() {
    let log = Log::of(SMALL);
    let mut other = entries(256..512);
    other[44] = b"never logged".to_vec();
    let mut changed = Log::of(SMALL);
    replace(&mut changed, "001", &other);
    assert_eq!(audit(&changed, &log), finding(Rule::Spliced, "tile/1/000.p/2", 256));
    // An entry was taken out, and all after it moved up.
    let mut shorter = entries(256..513);
    shorter.remove(44);
    replace(&mut changed, "001", &shorter);
    assert_eq!(audit(&changed, &log), finding(Rule::Spliced, "tile/1/000.p/2", 256));
    // Under a full tile of level 1, the level above remembers.
    let (log, mut changed) = (Log::of(LARGE), Log::of(LARGE));
    replace(&mut changed, "001", &other);
    assert_eq!(audit(&changed, &log), finding(Rule::Spliced, "tile/1/000", 256));
}

#[test]
fn a_rewritten_log_is_another_history() {
    let log = Log::of(SMALL);
    let mut rewritten = Log::new();
    let mut all = entries(0..SMALL);
    all[44] = b"never logged".to_vec();
    rewritten.append(&all);
    let whole = Finding { rule: Rule::OtherHistory, file: None, entry: None };
    assert_eq!(audit(&rewritten, &log), Err(whole));
    assert_eq!(audit(&rewritten, &rewritten), Ok(()));
}

#[test]
fn a_fork_is_named_by_whoever_saw_the_other_side() {
    let mut fork = Log::of(300);
    fork.append(&entries(1000..1300));
    let verify = |seen: &[u64]| {
        let seen: Vec<_> = seen.iter().map(|size| Log::of(*size).head()).collect();
        verify(&fork.files, &fork.checkpoint(), &seen, |_, _| ())
    };
    assert_eq!(verify(&[300, 1, 299]), Ok(()));
    let found = |entry| Err(Finding { rule: Rule::Fork, file: None, entry: Some(entry) });
    assert_eq!(verify(&[301]), found(300));
    assert_eq!(verify(&[600, 1, 450]), found(449));
    assert_eq!(verify(&[600]), found(599));
}

#[test]
fn a_rollback_is_named() {
    let log = Log::of(300);
    let seen = [Log::of(301).head()];
    let found = verify(&log.files, &log.checkpoint(), &seen, |_, _| ());
    assert_eq!(found, Err(Finding { rule: Rule::Rollback, file: None, entry: None }));
}

#[test]
fn any_flipped_byte_is_found_and_located() {
    let log = Log::of(SMALL);
    let checkpoint = log.checkpoint();
    let mut changed = log.files.clone();
    let mut flipped = 0;
    for (file, bytes) in &log.files {
        let ends = match file.content() {
            Content::Entries => ends(bytes),
            Content::Hashes(_) => (1..=bytes.len() / 32).map(|at| at * 32).collect(),
        };
        for at in (0..bytes.len()).step_by(STRIDE) {
            changed.get_mut(file).unwrap()[at] ^= 1 << (at % 8);
            let found = verify(&changed, &checkpoint, &[], |_, _| ()).unwrap_err();
            changed.get_mut(file).unwrap()[at] ^= 1 << (at % 8);
            assert_eq!(found.file, Some(*file), "byte {at} of {file}: {found}");
            let item = ends.iter().take_while(|end| **end <= at).count() as u64;
            let item = file.index() * 256 + item;
            let entry = match file.content() {
                Content::Entries | Content::Hashes(0) => item,
                Content::Hashes(level) => item << (8 * level),
            };
            // A length that was changed may still hold this entry's beginning.
            assert_eq!(found.entry, Some(entry), "byte {at} of {file}: {found}");
            flipped += 1;
        }
    }
    assert!(flipped > 500, "{flipped}");
    assert_eq!(verify(&changed, &checkpoint, &[], |_, _| ()), Ok(()));
}

/// Where each entry of a bundle ends.
fn ends(bundle: &[u8]) -> Vec<usize> {
    let mut end = 0;
    let ends = Entries::new(bundle).map(|entry| {
        end += 2 + entry.unwrap().len();
        end
    });
    ends.collect()
}
