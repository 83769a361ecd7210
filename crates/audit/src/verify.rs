//! The whole audit, in the order in which one thing rests on another.

use std::collections::BTreeSet;

use treehouse_protocol::sign::VerifyKey;
use treehouse_tlog::cosignature::Quorum;
use treehouse_tlog::key::LogKey;
use treehouse_tlog::tiles::Tiles;

use crate::calendar;
use crate::evidence::{self, Item};
use crate::export::{self, Export};
use crate::family::{self, Keys};
use crate::input::Document;
use crate::log::{self, Seen};
use crate::receipt;
use crate::report::{Report, Unreadable};

/// What is to be audited, beside the log's own files, and whose word counts.
#[derive(Debug, Clone)]
pub struct Brief {
    /// The log's key.
    pub key: LogKey,
    /// Who must have cosigned the checkpoint; nobody, if the log's own word is enough.
    pub quorum: Option<Quorum>,
    /// How old the quorum's cosignatures may be, in seconds; of any age without it.
    pub cosigned_within_s: Option<u64>,
    /// Checkpoints that were seen before.
    pub seen: Vec<Document>,
    /// Leaves.
    pub evidence: Vec<Document>,
    /// What was published, to be compared with the leaves.
    pub published: Vec<Document>,
    /// Receipts.
    pub receipts: Vec<Document>,
    /// Families' files.
    pub exports: Vec<Document>,
    /// Who attests adults; what a family's file says, if there are none.
    pub attesters: Vec<VerifyKey>,
    /// Who signs receipts; what a family's file says, if there are none.
    pub servers: Vec<VerifyKey>,
    /// The auditor's time, in seconds since 1970.
    pub now_s: u64,
}

impl Brief {
    /// An audit of a log alone.
    #[must_use]
    pub const fn of_log(key: LogKey, now_s: u64) -> Self {
        Self {
            key,
            quorum: None,
            cosigned_within_s: None,
            seen: Vec::new(),
            evidence: Vec::new(),
            published: Vec::new(),
            receipts: Vec::new(),
            exports: Vec::new(),
            attesters: Vec::new(),
            servers: Vec::new(),
            now_s,
        }
    }
}

/// Audits a log and what was handed over with it. `checkpoint` is the log's newest; `progress` is
/// told how many entries of how many were read.
///
/// # Errors
/// A file of the log can't be read now. Everything that is wrong stands in the report.
pub fn verify(
    tiles: &impl Tiles,
    checkpoint: &str,
    brief: &Brief,
    progress: impl FnMut(u64, u64),
) -> Result<Report, Unreadable> {
    let mut report = Report::default();
    let evidence: Vec<Item> =
        brief.evidence.iter().flat_map(|file| evidence::read(file, &mut report)).collect();
    let exports: Vec<Export> =
        brief.exports.iter().filter_map(|file| export::read(file, &mut report)).collect();
    let seen = heads(brief, &exports, &mut report);
    let leaves = exports.iter().flat_map(|export| &export.leaves);
    let wanted: BTreeSet<u64> = evidence.iter().chain(leaves).map(|item| item.index).collect();
    let log = log::check(tiles, checkpoint, brief, &seen, &wanted, &mut report, progress)?;
    let mut proven = Vec::new();
    match &log {
        Some(log) => proven = evidence::check(&evidence, log, &mut report),
        None if wanted.is_empty() => {}
        None => report.warn("the log", "isn't sound, so no leaf was compared with it"),
    }
    for document in &brief.published {
        evidence::published(document, &proven, &mut report);
    }
    let erasures = receipt::erasures(proven);
    for document in &brief.receipts {
        receipt::check(document, &brief.servers, &erasures, &mut report);
    }
    let given = Keys { attesters: &brief.attesters, servers: &brief.servers };
    for export in &exports {
        family::check(export, given, log.as_ref(), calendar::day_of(brief.now_s), &mut report);
    }
    Ok(report)
}

/// The heads that the log must begin with: of earlier checkpoints, and of what families saw.
fn heads(brief: &Brief, exports: &[Export], report: &mut Report) -> Vec<Seen> {
    let mut seen = Vec::new();
    for document in &brief.seen {
        seen.extend(log::seen(&document.name, &document.text, &brief.key, report));
    }
    for export in exports {
        if export.log != brief.key.to_string() {
            report.wrong(&export.name, "the family knows another key of the log");
            continue;
        }
        let place = format!("the checkpoint in {}", export.name);
        seen.extend(log::seen(&place, &export.checkpoint, &brief.key, report));
    }
    seen
}
