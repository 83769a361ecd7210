//! Evidence packs: what `treehouse evidence` wrote, checked without the server.
//!
//! The log's key signs the list of files; each file must be as it is listed, and none may lie there
//! that isn't. Every entry that is shown must be under the checkpoint in the pack, every leaf that
//! is told must be that entry, and every published version must have the bytes whose hash was logged.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use treehouse_protocol::cbor::Canonical as _;
use treehouse_protocol::id::Hash;
use treehouse_protocol::leaf::{Entry, Leaf, What};
use treehouse_tlog::checkpoint::SignedCheckpoint;
use treehouse_tlog::hash::Hash as LogHash;
use treehouse_tlog::key::LogKey;
use treehouse_tlog::note::Note;
use treehouse_tlog::proof::{Head, verify_inclusion};

use crate::input;
use crate::report::{Report, Unreadable};

/// Files of a pack.
pub const FILES_MAX: usize = 100_000;

const MANIFEST: &str = "manifest.txt";
const SIGNATURE: &str = "manifest.sig";
const FIRST_LINE: &str = "treehouse evidence 1";
const FOLDERS_DEPTH_MAX: usize = 4;

/// A pack that is whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackFound {
    /// Of which deployment.
    pub deployment: String,
    /// The first day.
    pub from: String,
    /// The last day.
    pub to: String,
    /// How many files are as they are listed.
    pub files: usize,
    /// How many entries are under the checkpoint.
    pub proven: usize,
    /// How many published versions have the bytes that were logged.
    pub versions: usize,
    /// Entries under the checkpoint of the pack.
    pub log_size: u64,
}

/// One line of `log/proofs.jsonl`.
#[derive(Deserialize)]
struct Shown {
    place: u64,
    entry: String,
    leaf: Option<String>,
    proof: Vec<String>,
}

/// One row of `notices.json`.
#[derive(Deserialize)]
struct Published {
    kind: String,
    version: u32,
    sha256: String,
    place: Option<u64>,
    file: String,
}

/// What `log/counts.json` says of the log.
#[derive(Deserialize)]
struct Said {
    size: u64,
    days: BTreeMap<String, BTreeMap<String, u64>>,
}

/// Checks the pack in this folder. `None` if something that the rest stands on is wrong.
///
/// # Errors
/// A file can't be read.
pub fn check(
    folder: &Path,
    key: &LogKey,
    report: &mut Report,
) -> Result<Option<PackFound>, Unreadable> {
    let note = text(folder, SIGNATURE)?;
    let list = read(folder, MANIFEST)?;
    let signed = Note::parse(&note).and_then(|note| note.verify([key]).map(|()| note));
    let note = match signed {
        Ok(note) => note,
        Err(refused) => {
            report.wrong(SIGNATURE, refused);
            return Ok(None);
        }
    };
    let lines: Vec<&str> = note.text().lines().collect();
    let [FIRST_LINE, deployment, from, to, _made, hash] = lines[..] else {
        report.wrong(SIGNATURE, "isn't about an evidence pack");
        return Ok(None);
    };
    if Hash::of(&list).to_string() != hash {
        report.wrong(MANIFEST, "isn't the list that was signed");
        return Ok(None);
    }
    let files = listed(folder, &list, report)?;
    let log = checkpoint(folder, key, report)?;
    let Some(head) = log else {
        return Ok(None);
    };
    let leaves = proofs(folder, &head, report)?;
    let versions = versions(folder, &files, &leaves, report)?;
    Ok(Some(PackFound {
        deployment: deployment.to_owned(),
        from: from.to_owned(),
        to: to.to_owned(),
        files: files.len(),
        proven: leaves.len(),
        versions,
        log_size: head.size,
    }))
}

/// Compares the counts of the pack with those that were counted in a mirror of the log.
///
/// # Errors
/// The file can't be read.
pub fn recount(
    folder: &Path,
    days: &BTreeMap<String, crate::tally::Counts>,
    size: u64,
    report: &mut Report,
) -> Result<(), Unreadable> {
    const PLACE: &str = "log/counts.json";
    let Ok(said) = serde_json::from_str::<Said>(&text(folder, PLACE)?) else {
        report.wrong(PLACE, "can't be understood");
        return Ok(());
    };
    if said.size > size {
        let what = format!("is of {} entries, and the mirror has {size}", said.size);
        report.wrong(PLACE, what);
        return Ok(());
    }
    for (day, kinds) in &said.days {
        let counted = days.get(day).map(|counts| serde_json::json!(counts));
        for (kind, count) in kinds {
            let own = counted.as_ref().and_then(|counts| counts.get(kind)?.as_u64());
            // A mirror that is newer may have more of the last day.
            let grown = said.size < size && said.days.keys().next_back() == Some(day);
            let same = own == Some(*count) || grown && own.is_some_and(|own| own > *count);
            if !same {
                let own = own.unwrap_or_default();
                let what = format!("says {count} {kind} on {day}, and the log has {own}");
                report.wrong(PLACE, what);
            }
        }
    }
    Ok(())
}

/// Every file as it is listed, and no other. Answers the names of those that are.
fn listed(folder: &Path, list: &[u8], report: &mut Report) -> Result<BTreeSet<String>, Unreadable> {
    let list = String::from_utf8_lossy(list);
    let mut known = BTreeSet::from([MANIFEST.to_owned(), SIGNATURE.to_owned()]);
    let mut right = BTreeSet::new();
    for line in list.lines() {
        let Some((hash, name)) = line.split_once("  ") else {
            report.wrong(MANIFEST, "has a line that isn't a hash and a name");
            continue;
        };
        // A name can't lead out of the folder.
        let plain = |part: &str| !part.is_empty() && part != "." && part != "..";
        if name.contains('\\') || !name.split('/').all(plain) || !known.insert(name.to_owned()) {
            report.wrong(MANIFEST, format!("names {name:?}, which no pack has, or twice"));
            continue;
        }
        if !folder.join(name).is_file() {
            report.wrong(name, "isn't there");
        } else if Hash::of(&read(folder, name)?).to_string() == hash {
            right.insert(name.to_owned());
        } else {
            report.wrong(name, "isn't as it was when the list was signed");
        }
    }
    for name in found(folder)?.difference(&known) {
        report.wrong(name, "isn't on the list that was signed");
    }
    Ok(right)
}

/// The names of all files of a folder.
fn found(folder: &Path) -> Result<BTreeSet<String>, Unreadable> {
    let mut names = BTreeSet::new();
    let mut waiting = vec![(folder.to_owned(), String::new(), 0)];
    while let Some((path, prefix, depth)) = waiting.pop() {
        let unreadable = |why: String| Unreadable { place: path.display().to_string(), why };
        for each in fs::read_dir(&path).map_err(|error| unreadable(error.to_string()))? {
            let each = each.map_err(|error| unreadable(error.to_string()))?;
            let name = format!("{prefix}{}", each.file_name().to_string_lossy());
            let is_folder = each.path().is_dir();
            if is_folder && depth < FOLDERS_DEPTH_MAX {
                waiting.push((each.path(), format!("{name}/"), depth + 1));
            } else {
                names.insert(name);
            }
            if names.len() > FILES_MAX {
                return Err(unreadable("it has more than 100000 files".to_owned()));
            }
        }
    }
    Ok(names)
}

fn checkpoint(
    folder: &Path,
    key: &LogKey,
    report: &mut Report,
) -> Result<Option<Head>, Unreadable> {
    const PLACE: &str = "log/checkpoint";
    let signed = SignedCheckpoint::open(&text(folder, PLACE)?, std::slice::from_ref(key));
    match signed {
        Ok(signed) => Ok(Some(signed.head())),
        Err(refused) => {
            report.wrong(PLACE, refused);
            Ok(None)
        }
    }
}

/// The entries that are under the checkpoint; with what they tell, where the pack says it.
fn proofs(
    folder: &Path,
    head: &Head,
    report: &mut Report,
) -> Result<BTreeMap<u64, Option<Leaf>>, Unreadable> {
    const PLACE: &str = "log/proofs.jsonl";
    let mut proven = BTreeMap::new();
    for (number, line) in (1..).zip(text(folder, PLACE)?.lines()) {
        let place = format!("{PLACE} line {number}");
        match proof(line, head) {
            Ok((index, leaf)) => {
                proven.insert(index, leaf);
            }
            Err(why) => report.wrong(place, why),
        }
    }
    Ok(proven)
}

fn proof(line: &str, head: &Head) -> Result<(u64, Option<Leaf>), String> {
    let Shown { place, entry, leaf, proof } =
        serde_json::from_str(line).map_err(|error| format!("isn't an entry: {error}"))?;
    let bytes = input::b64(&entry).ok_or("has an entry that isn't base64url")?;
    let hashes: Option<Vec<LogHash>> = proof.iter().map(|hash| LogHash::parse(hash)).collect();
    let hashes = hashes.ok_or("has a hash that isn't one")?;
    verify_inclusion(&LogHash::leaf(&bytes), place, head, &hashes)
        .map_err(|refused| refused.to_string())?;
    Entry::from_bytes(&bytes).map_err(|refused| refused.to_string())?;
    let Some(leaf) = leaf else {
        return Ok((place, None));
    };
    let leaf = input::b64(&leaf).ok_or("has a leaf that isn't base64url")?;
    let leaf = Leaf::from_bytes(&leaf).map_err(|refused| refused.to_string())?;
    if leaf.entry().to_bytes() == bytes {
        Ok((place, Some(leaf)))
    } else {
        Err("tells something else than its entry".to_owned())
    }
}

/// How many published versions have the bytes that were logged.
fn versions(
    folder: &Path,
    listed: &BTreeSet<String>,
    leaves: &BTreeMap<u64, Option<Leaf>>,
    report: &mut Report,
) -> Result<usize, Unreadable> {
    const PLACE: &str = "notices.json";
    let Ok(versions) = serde_json::from_str::<Vec<Published>>(&text(folder, PLACE)?) else {
        report.wrong(PLACE, "can't be understood");
        return Ok(0);
    };
    let mut right = 0;
    for each in versions {
        let name = format!("{} version {}", each.kind, each.version);
        if !listed.contains(&each.file) {
            report.wrong(name, "has no file that is as it was listed");
            continue;
        }
        let own = Hash::of(&read(folder, &each.file)?);
        if own.to_string() != each.sha256 {
            report.wrong(name, "has other bytes than its hash says");
            continue;
        }
        let Some(place) = each.place else {
            report.warn(name, "has no place in the log yet");
            continue;
        };
        let logged = leaves.get(&place).and_then(Option::as_ref);
        let same = logged.is_some_and(|leaf| {
            matches!(&leaf.event.what, What::Publication { kind, version, hash }
                if *kind == each.kind && *version == each.version && *hash == own)
        });
        if same {
            right += 1;
        } else {
            report.wrong(name, format!("isn't what entry {place} of the log says"));
        }
    }
    Ok(right)
}

fn read(folder: &Path, name: &str) -> Result<Vec<u8>, Unreadable> {
    let path = folder.join(name);
    let unreadable = |why: String| Unreadable { place: path.display().to_string(), why };
    let length = fs::metadata(&path).map_err(|error| unreadable(error.to_string()))?.len();
    if length > input::FILE_BYTES_MAX {
        return Err(unreadable("it has more than 256 MiB".to_owned()));
    }
    fs::read(&path).map_err(|error| unreadable(error.to_string()))
}

fn text(folder: &Path, name: &str) -> Result<String, Unreadable> {
    Ok(String::from_utf8_lossy(&read(folder, name)?).into_owned())
}
