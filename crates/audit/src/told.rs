//! Events in words: who, what and when. People are key ids; names stand nowhere in a log.

use treehouse_protocol::id::Id;
use treehouse_protocol::leaf::{Event, Release, What};
use treehouse_protocol::receipt::Receipt;
use treehouse_protocol::registry::Coded as _;

use crate::calendar;

/// An id of which the log doesn't say what it names.
type Bare = Id<()>;

/// What happened, as a sentence.
#[must_use]
pub fn event(event: &Event) -> String {
    let when = calendar::moment(event.at_ms / 1000);
    format!("{when}, {}", what(&event.what))
}

fn what(what: &What) -> String {
    match what {
        What::Link { family, seen } => {
            format!("link {} ({}) was added to the chain of family {family}", seen.seq, seen.head)
        }
        What::Attestation { account, attestation } => format!(
            "the operator signed that the holder of account {account} is a verified adult \
             (attestation {attestation})"
        ),
        What::Act { steward, act, subject, .. } => {
            let (steward, subject) = (Bare::from_bytes(*steward), Bare::from_bytes(*subject));
            format!("steward {steward} did: {act}, to {subject}")
        }
        What::Key { key, role } => format!("key {key:?} began to count as {role}"),
        What::Erasure { family, link, receipt } => format!(
            "data of family {family} was destroyed because link {link} asked for it (receipt \
             {receipt})"
        ),
        What::Release(release) => handed_out(release),
        What::Restore { known, published } => format!(
            "an older state of the database was put back: it knew {known} entries, and {published} \
             had been published"
        ),
        What::Publication { kind, version, hash } => {
            format!("version {version} of {kind} was published (hash {hash})")
        }
    }
}

fn handed_out(release: &Release) -> String {
    let Release { family, child, category, reader, grant, records, blob } = release;
    let what = match (records.len(), blob) {
        (0, Some(blob)) => format!("blob {blob}"),
        (1, None) => "1 sealed record".to_owned(),
        (count, None) => format!("{count} sealed records"),
        (count, Some(blob)) => format!("{count} sealed records and blob {blob}"),
    };
    let under = match grant {
        Some(grant) => format!("under grant {grant}"),
        None => "as the maker of the key".to_owned(),
    };
    let category = category.word();
    format!("key {reader:?} got {what} ({category}) of child {child} of family {family}, {under}")
}

/// What a receipt says, as a sentence.
#[must_use]
pub fn receipt(receipt: &Receipt) -> String {
    let Receipt { family, link, child, records, blobs, outer_keys, day, .. } = receipt;
    let whose = match child {
        Some(child) => format!("child {child} of family {family}"),
        None => format!("family {family}"),
    };
    let words = receipt.categories.iter().map(|category| category.word()).collect::<Vec<_>>();
    let which = if words.is_empty() { "everything".to_owned() } else { words.join(", ") };
    let day = calendar::date(*day);
    format!(
        "{day}, of {whose}, {which}: {records} records, {blobs} blobs and {outer_keys} keys were \
         destroyed because link {link} asked for it"
    )
}
