//! The log itself: its checkpoint, who saw it, what was seen before, and every file.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use treehouse_protocol::cbor::Canonical as _;
use treehouse_protocol::leaf::{Entry, Leaf};
use treehouse_tlog::audit::{self, Rule};
use treehouse_tlog::checkpoint::SignedCheckpoint;
use treehouse_tlog::cosignature::Quorum;
use treehouse_tlog::key::LogKey;
use treehouse_tlog::proof::Head;
use treehouse_tlog::tiles::Tiles;

use crate::calendar;
use crate::report::{Report, Unreadable};
use crate::tally::{Counts, Tally};
use crate::verify::Brief;

/// Seconds that a witness' clock may be ahead of the auditor's.
pub const AHEAD_S_MAX: u64 = 3600;

const CHECKPOINT: &str = "checkpoint";

/// A log that is sound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogFound {
    /// Its name.
    pub origin: String,
    /// How many entries it has.
    pub size: u64,
    /// The root over them.
    pub root: String,
    /// The witnesses that saw it, of those that were asked for, and when.
    pub cosigned: Vec<Cosigner>,
    /// How many earlier checkpoints it was compared with.
    pub seen: usize,
    /// What it counts, by month.
    pub months: BTreeMap<String, Counts>,
    /// The same by day.
    pub days: BTreeMap<String, Counts>,
}

/// A witness that saw a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cosigner {
    /// Its name.
    pub witness: String,
    /// When, by its clock.
    pub time: String,
}

/// A head of the log that somebody saw before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Who: a file.
    pub(crate) place: String,
    pub(crate) head: Head,
}

/// The entries that were asked for, of a log that is sound.
#[derive(Debug)]
pub(crate) struct Entries {
    size: u64,
    found: BTreeMap<u64, Vec<u8>>,
}

impl Entries {
    /// Why a leaf isn't the entry at this place, if it isn't.
    pub(crate) fn refuse(&self, place: u64, leaf: &Leaf) -> Option<String> {
        if place >= self.size {
            let size = self.size;
            return Some(format!("names entry {place}, but the log has {size} entries"));
        }
        let Some(found) = self.found.get(&place) else {
            return Some(format!("names entry {place}, which wasn't looked at"));
        };
        let own = leaf.entry();
        if *found == own.to_bytes() {
            return None;
        }
        let logged = Entry::from_bytes(found).ok();
        let alike = logged.is_some_and(|logged| (logged.kind, logged.day) == (own.kind, own.day));
        let why = if alike { "another event or another salt" } else { "another kind or day" };
        Some(format!("isn't entry {place}: that one is of {why}"))
    }
}

/// A checkpoint that the log's key signed, as a head that was seen; what is wrong otherwise.
pub(crate) fn seen(place: &str, note: &str, key: &LogKey, report: &mut Report) -> Option<Seen> {
    match SignedCheckpoint::open(note, std::slice::from_ref(key)) {
        Ok(signed) => Some(Seen { place: place.to_owned(), head: signed.head() }),
        Err(refused) => {
            report.wrong(place, format!("isn't a checkpoint of this log: {refused}"));
            None
        }
    }
}

/// Checks the log. Answers the entries at the places that are wanted, if all of it is sound.
///
/// # Errors
/// A file can't be read now, which says nothing about the log.
pub(crate) fn check(
    tiles: &impl Tiles,
    note: &str,
    brief: &Brief,
    seen: &[Seen],
    wanted: &BTreeSet<u64>,
    report: &mut Report,
    mut progress: impl FnMut(u64, u64),
) -> Result<Option<Entries>, Unreadable> {
    let checkpoint = match SignedCheckpoint::open(note, std::slice::from_ref(&brief.key)) {
        Ok(checkpoint) => checkpoint,
        Err(refused) => {
            report.wrong(CHECKPOINT, refused);
            return Ok(None);
        }
    };
    let head = checkpoint.head();
    let cosigned = cosigners(&checkpoint, brief, report);
    let before = report.findings.len();
    let earlier = compare(head, seen, report);
    let (mut tally, mut found) = (Tally::default(), BTreeMap::new());
    let verified = audit::verify(tiles, &checkpoint, &earlier, |index, entry| {
        tally.add(index, entry);
        if wanted.contains(&index) {
            found.insert(index, entry.to_vec());
        }
        progress(index + 1, head.size);
    });
    if let Err(finding) = verified {
        blame(&finding, seen, report)?;
    }
    if report.findings.len() > before {
        return Ok(None);
    }
    tally.judge(calendar::day_of(brief.now_s), report);
    report.log = Some(LogFound {
        origin: checkpoint.origin().to_string(),
        size: head.size,
        root: head.root.to_string(),
        cosigned,
        seen: seen.len(),
        months: tally.months(),
        days: tally.days(),
    });
    Ok(Some(Entries { size: head.size, found }))
}

/// Compares sizes and, where they are the same, roots. Answers the heads that the files must be
/// compared with.
fn compare(head: Head, seen: &[Seen], report: &mut Report) -> Vec<Head> {
    let mut earlier = Vec::new();
    for Seen { place, head: old } in seen {
        if old.size > head.size {
            let (old, size) = (old.size, head.size);
            let what = format!(
                "was rolled back: {place} shows that the log's key signed {old} entries before, \
                 and now it has {size}"
            );
            report.wrong(CHECKPOINT, what);
        } else if old.size == head.size && old.root != head.root {
            report.wrong(CHECKPOINT, forked(place, old.size));
        } else {
            earlier.push(*old);
        }
    }
    earlier
}

fn forked(place: &str, size: u64) -> String {
    format!(
        "is a fork: its first {size} entries aren't the ones of {place}, and the log's key signed \
         both. Keep both files, they are the proof"
    )
}

/// Names what is wrong with the files.
fn blame(finding: &audit::Finding, seen: &[Seen], report: &mut Report) -> Result<(), Unreadable> {
    let audit::Finding { rule, file, entry } = *finding;
    let place = match (entry, file) {
        (Some(entry), Some(file)) => format!("entry {entry} in {file}"),
        (Some(entry), None) => format!("entry {entry}"),
        (None, Some(file)) => file.to_string(),
        (None, None) => "the log".to_owned(),
    };
    if rule == Rule::Unreadable {
        return Err(Unreadable { place, why: "the disk or the folder fails".to_owned() });
    }
    let size = entry.map(|entry| entry + 1).unwrap_or_default();
    let mut others = seen.iter().filter(|seen| rule == Rule::Fork && seen.head.size == size);
    match others.next() {
        Some(Seen { place, .. }) => report.wrong(CHECKPOINT, forked(place, size)),
        None => report.wrong(place, rule.text()),
    }
    Ok(())
}

/// Who of the witnesses that were asked for saw the checkpoint; says so if they are too few.
fn cosigners(checkpoint: &SignedCheckpoint, brief: &Brief, report: &mut Report) -> Vec<Cosigner> {
    let Some(quorum) = &brief.quorum else {
        return Vec::new();
    };
    let cosigned = match quorum.check(checkpoint) {
        Ok(cosigned) => cosigned,
        Err(error) => {
            report.wrong(CHECKPOINT, format!("{error}; {}", who(checkpoint, quorum)));
            return Vec::new();
        }
    };
    let is_fresh = |time: u64| {
        brief.cosigned_within_s.is_none_or(|within| time.saturating_add(within) >= brief.now_s)
    };
    let fresh = cosigned.iter().filter(|cosigned| is_fresh(cosigned.time)).count();
    for cosigned in &cosigned {
        let (witness, time) = (&cosigned.witness, calendar::moment(cosigned.time));
        if cosigned.time > brief.now_s.saturating_add(AHEAD_S_MAX) {
            report.warn(CHECKPOINT, format!("{witness} cosigned at {time}, in the future"));
        }
        if fresh < quorum.need() && !is_fresh(cosigned.time) {
            report.wrong(CHECKPOINT, format!("the cosignature of {witness} is old: {time}"));
        }
    }
    let named = cosigned.into_iter().map(|cosigned| Cosigner {
        witness: cosigned.witness.to_string(),
        time: calendar::moment(cosigned.time),
    });
    named.collect()
}

/// Which witnesses are missing, and whose lines are there that nobody asked for.
fn who(checkpoint: &SignedCheckpoint, quorum: &Quorum) -> String {
    let lines = checkpoint.note().signatures();
    let signed = |key: &&treehouse_tlog::key::WitnessKey| {
        lines.iter().any(|line| line.is_by(key.name(), key.id()))
    };
    let missing = quorum.witnesses().iter().filter(|key| !signed(key));
    let missing = missing.map(|key| key.name().to_string()).collect::<Vec<_>>();
    let known = |line: &&treehouse_tlog::note::Signature| {
        line.name == *checkpoint.origin()
            || quorum.witnesses().iter().any(|key| line.is_by(key.name(), key.id()))
    };
    let others = lines.iter().filter(|line| !known(line));
    let others = others.map(|line| line.name.to_string()).collect::<Vec<_>>();
    let list = |names: Vec<String>| {
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    };
    format!(
        "missing: {}; signed by others, which count for nothing: {}",
        list(missing),
        list(others)
    )
}
