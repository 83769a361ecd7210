//! Leaves that are handed over: each must be the entry at its place, and is then told in words.
//!
//! A file has one JSON object a line: `{"place": 7, "leaf": "…"}`, the leaf as base64url; for a
//! steward's act also `"reason": "…"`, whose hash stands in the leaf.

use serde::Deserialize;
use treehouse_protocol::cbor::Canonical as _;
use treehouse_protocol::id::Hash;
use treehouse_protocol::leaf::{Leaf, What};

use crate::input::{self, Document};
use crate::log::Entries;
use crate::report::{Line, Report};
use crate::told;

/// A leaf, and where it is said to be.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    /// The file and its line or item.
    pub(crate) place: String,
    /// The entry.
    pub(crate) index: u64,
    pub(crate) leaf: Leaf,
    pub(crate) reason: Option<String>,
}

/// A leaf as it stands in a file.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Written {
    place: u64,
    leaf: String,
    #[serde(default)]
    reason: Option<String>,
}

impl Written {
    /// Decodes it; says what is wrong if it can't be.
    pub(crate) fn read(self, place: String, report: &mut Report) -> Option<Item> {
        let Some(bytes) = input::b64(&self.leaf) else {
            report.wrong(place, "the leaf isn't base64url");
            return None;
        };
        match Leaf::from_bytes(&bytes) {
            Ok(leaf) => Some(Item { place, index: self.place, leaf, reason: self.reason }),
            Err(refused) => {
                report.wrong(place, refused);
                None
            }
        }
    }
}

/// Reads the lines of a file.
pub(crate) fn read(document: &Document, report: &mut Report) -> Vec<Item> {
    let mut items = Vec::new();
    for (place, line) in document.lines() {
        match serde_json::from_str::<Written>(line) {
            Ok(written) => items.extend(written.read(place, report)),
            Err(error) => report.wrong(place, format!("isn't a place and a leaf: {error}")),
        }
    }
    items
}

/// Compares leaves with the log, and tells what happened. Answers those that are in the log.
pub(crate) fn check<'i>(items: &'i [Item], log: &Entries, report: &mut Report) -> Vec<&'i Item> {
    let mut proven = Vec::new();
    for item in items {
        let Item { place, index, leaf, reason } = item;
        let wrong = log.refuse(*index, leaf).or_else(|| refuse_reason(leaf, reason.as_deref()));
        if let Some(wrong) = wrong {
            report.wrong(place, wrong);
            continue;
        }
        let event = told::event(&leaf.event);
        let text = match reason {
            Some(reason) => format!("entry {index}: {event}, because: {reason}"),
            None => format!("entry {index}: {event}"),
        };
        report.evidence.push(Line { place: place.clone(), text });
        proven.push(item);
    }
    proven
}

/// Compares a file with what the leaves say was published.
pub(crate) fn published(document: &Document, proven: &[&Item], report: &mut Report) {
    let own = Hash::of(document.text.as_bytes());
    let found = proven.iter().find_map(|item| match &item.leaf.event.what {
        What::Publication { kind, version, hash } if *hash == own => {
            Some(format!("is version {version} of {kind}, published by entry {}", item.index))
        }
        _ => None,
    });
    match found {
        Some(text) => report.evidence.push(Line { place: document.name.clone(), text }),
        None => {
            report.wrong(&document.name, "isn't what a leaf among the evidence says was published");
        }
    }
}

fn refuse_reason(leaf: &Leaf, reason: Option<&str>) -> Option<String> {
    match (&leaf.event.what, reason) {
        (_, None) => None,
        (What::Act { reason: hash, .. }, Some(reason)) if Hash::of(reason.as_bytes()) == *hash => {
            None
        }
        (What::Act { .. }, Some(_)) => Some("the reason isn't the one that was logged".to_owned()),
        (_, Some(_)) => Some("has a reason, but isn't a steward's act".to_owned()),
    }
}
