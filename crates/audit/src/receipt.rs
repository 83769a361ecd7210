//! Receipts: the server's signed word that something was destroyed.
//!
//! A file has one signed receipt a line, as base64url.

use treehouse_protocol::cbor::Canonical as _;
use treehouse_protocol::id::{FamilyId, Hash};
use treehouse_protocol::leaf::What;
use treehouse_protocol::receipt::Receipt;
use treehouse_protocol::sign::{Signed, VerifyKey};

use crate::evidence::Item;
use crate::input::{self, Document};
use crate::report::{Line, Report};
use crate::told;

/// A leaf that says that a receipt was given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Erasure {
    /// Its entry.
    pub(crate) index: u64,
    pub(crate) family: FamilyId,
    pub(crate) link: Hash,
    pub(crate) receipt: Hash,
}

/// The erasures among leaves.
pub(crate) fn erasures<'i>(items: impl IntoIterator<Item = &'i Item>) -> Vec<Erasure> {
    let each = items.into_iter().filter_map(|item| match item.leaf.event.what {
        What::Erasure { family, link, receipt } => {
            Some(Erasure { index: item.index, family, link, receipt })
        }
        _ => None,
    });
    each.collect()
}

/// Opens a signed receipt.
///
/// # Errors
/// It's malformed, or none of these keys signed it.
pub(crate) fn open(bytes: &[u8], servers: &[VerifyKey]) -> Result<Receipt, String> {
    let signed = Signed::from_bytes(bytes).map_err(|refused| refused.to_string())?;
    let by = signed.signer();
    let server = servers.iter().find(|key| key.id() == by);
    let server = server.ok_or(format!("is signed by key {by:?}, which isn't the server's"))?;
    signed.verify(server).map_err(|refused| refused.to_string())
}

/// What the erasures say of a receipt: its entry, or `None` if they don't know it.
///
/// # Errors
/// They name another receipt for the same link, or another link for the same receipt.
pub(crate) fn logged(
    receipt: &Receipt,
    hash: Hash,
    erasures: &[Erasure],
) -> Result<Option<u64>, String> {
    let asked =
        |erasure: &&Erasure| (erasure.family, erasure.link) == (receipt.family, receipt.link);
    if let Some(erasure) = erasures.iter().find(|erasure| erasure.receipt == hash) {
        let index = erasure.index;
        let other = format!("entry {index} names it for another family or link");
        return if asked(&erasure) { Ok(Some(index)) } else { Err(other) };
    }
    match erasures.iter().find(asked) {
        Some(erasure) => {
            Err(format!("entry {} names another receipt for the same link", erasure.index))
        }
        None => Ok(None),
    }
}

/// Checks the lines of a file, and tells what was destroyed.
pub(crate) fn check(
    document: &Document,
    servers: &[VerifyKey],
    erasures: &[Erasure],
    report: &mut Report,
) {
    for (place, line) in document.lines() {
        let Some(bytes) = input::b64(line) else {
            report.wrong(place, "isn't base64url");
            continue;
        };
        let receipt = match open(&bytes, servers) {
            Ok(receipt) => receipt,
            Err(why) => {
                report.wrong(place, why);
                continue;
            }
        };
        let text = told::receipt(&receipt);
        match logged(&receipt, Hash::of(&bytes), erasures) {
            Err(why) => report.wrong(place, why),
            Ok(Some(index)) => {
                report
                    .receipts
                    .push(Line { place, text: format!("{text}; logged as entry {index}") });
            }
            Ok(None) => {
                report.warn(&place, "no leaf that was handed over names this receipt");
                report.receipts.push(Line { place, text });
            }
        }
    }
}
