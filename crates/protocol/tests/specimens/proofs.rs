//! What is left to prove: receipts, and what the log holds and hides.

use treehouse_protocol::id::{BlobId, Hash, KeyId, RecordId, Seen};
use treehouse_protocol::leaf::{Event, Leaf, RECORDS_MAX, Release, What};
use treehouse_protocol::receipt::Receipt;
use treehouse_protocol::registry::Category;

use super::{AccountId, CHILD, DAY, FAMILY, Specimen};

const KEY: KeyId = KeyId::from_bytes([14; 16]);

/// A specimen of each, and a leaf of each kind that has one.
pub fn all() -> Vec<Specimen> {
    let mut all = vec![
        Specimen::of("receipt", &receipt()),
        Specimen::of("entry", &leaf(whats().remove(0).1).entry()),
    ];
    all.extend(whats().into_iter().map(|(name, what)| Specimen::of(name, &leaf(what))));
    all
}

/// The longest leaf: a page of records.
pub fn longest() -> Specimen {
    let records = vec![RecordId::from_bytes([15; 16]); RECORDS_MAX];
    Specimen::of("longest-leaf", &leaf(What::Release(Release { records, ..release() })))
}

fn leaf(what: What) -> Leaf {
    Leaf { salt: [16; 32], event: Event { at_ms: u64::from(DAY.0) * 86_400_000 + 1, what } }
}

fn receipt() -> Receipt {
    Receipt {
        family: FAMILY,
        link: Hash::of(b"link"),
        child: Some(CHILD),
        categories: vec![Category::Photos],
        records: 300,
        blobs: 3,
        outer_keys: 1,
        day: DAY,
    }
}

fn release() -> Release {
    Release {
        family: FAMILY,
        child: CHILD,
        category: Category::Photos,
        reader: KEY,
        grant: Some(Hash::of(b"grant")),
        records: vec![RecordId::from_bytes([15; 16])],
        blob: None,
    }
}

fn whats() -> Vec<(&'static str, What)> {
    let account = AccountId::from_bytes([17; 16]);
    let blob = Some(BlobId::from_bytes([10; 16]));
    let own = Release { grant: None, records: Vec::new(), blob, ..release() };
    let seen = Seen { seq: 4, head: Hash::of(b"link") };
    let hash = Hash::of(b"bytes");
    vec![
        ("leaf-link", What::Link { family: FAMILY, seen }),
        ("leaf-attestation", What::Attestation { account, attestation: hash }),
        (
            "leaf-act",
            What::Act {
                steward: [18; 16],
                act: "approve".to_owned(),
                subject: [19; 16],
                reason: hash,
            },
        ),
        ("leaf-key", What::Key { key: KEY, role: "attester".to_owned() }),
        ("leaf-erasure", What::Erasure { family: FAMILY, link: hash, receipt: hash }),
        ("leaf-release", What::Release(release())),
        ("leaf-release-own", What::Release(own)),
        ("leaf-restore", What::Restore { known: 1_000, published: 1_001 }),
        ("leaf-publication", What::Publication { kind: "direct".to_owned(), version: 2, hash }),
    ]
}
