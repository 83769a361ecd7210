//! A family's file, as `treehouse family export` writes it: what `docs/export.md` describes.

use serde::Deserialize;
use treehouse_protocol::id::{FamilyId, Hash};
use treehouse_protocol::sign::VerifyKey;

use crate::evidence::{Item, Written};
use crate::input::{self, Document};
use crate::report::Report;

/// What the first field of the file says.
pub const FORMAT: &str = "TH-EXPORT/1";

/// The file, decoded. Nothing of it is believed yet.
#[derive(Debug, Clone)]
pub(crate) struct Export {
    /// The file's name.
    pub(crate) name: String,
    pub(crate) family: FamilyId,
    pub(crate) genesis: Hash,
    pub(crate) log: String,
    pub(crate) attesters: Vec<VerifyKey>,
    pub(crate) servers: Vec<VerifyKey>,
    pub(crate) checkpoint: String,
    pub(crate) links: Vec<Vec<u8>>,
    pub(crate) leaves: Vec<Item>,
    pub(crate) receipts: Vec<Vec<u8>>,
}

#[derive(Debug, Deserialize)]
struct File {
    format: String,
    family: String,
    genesis: String,
    log: String,
    attesters: Vec<String>,
    servers: Vec<String>,
    checkpoint: String,
    links: Vec<String>,
    leaves: Vec<Written>,
    receipts: Vec<String>,
}

/// Reads a file; names every part that can't be read.
pub(crate) fn read(document: &Document, report: &mut Report) -> Option<Export> {
    let name = document.name.clone();
    let file = match serde_json::from_str::<File>(&document.text) {
        Ok(file) => file,
        Err(error) => {
            report.wrong(name, format!("isn't a family's file: {error}"));
            return None;
        }
    };
    if file.format != FORMAT {
        report.wrong(name, format!("is of another format than {FORMAT}"));
        return None;
    }
    let before = report.findings.len();
    let family = input::hex(&file.family).map(FamilyId::from_bytes);
    let genesis = input::hex(&file.genesis).map(Hash::from_bytes);
    let attesters = keys(&name, "attesters", &file.attesters, report);
    let servers = keys(&name, "servers", &file.servers, report);
    let links = items(&name, "link", &file.links, report);
    let receipts = items(&name, "receipt", &file.receipts, report);
    let mut leaves = Vec::new();
    for (number, leaf) in file.leaves.into_iter().enumerate() {
        leaves.extend(leaf.read(format!("{name} leaf {number}"), report));
    }
    let (Some(family), Some(genesis)) = (family, genesis) else {
        report.wrong(name, "the family or the genesis isn't an id or a hash");
        return None;
    };
    if report.findings.len() > before {
        return None;
    }
    let (log, checkpoint) = (file.log, file.checkpoint);
    Some(Export {
        name,
        family,
        genesis,
        log,
        attesters,
        servers,
        checkpoint,
        links,
        leaves,
        receipts,
    })
}

fn keys(name: &str, field: &str, texts: &[String], report: &mut Report) -> Vec<VerifyKey> {
    let mut keys = Vec::new();
    for text in texts {
        match input::key(text) {
            Ok(key) => keys.push(key),
            Err(why) => report.wrong(format!("{name} {field}"), why),
        }
    }
    keys
}

fn items(name: &str, what: &str, texts: &[String], report: &mut Report) -> Vec<Vec<u8>> {
    let mut items = Vec::new();
    for (number, text) in texts.iter().enumerate() {
        match input::b64(text) {
            Some(bytes) => items.push(bytes),
            None => report.wrong(format!("{name} {what} {number}"), "isn't base64url"),
        }
    }
    items
}
