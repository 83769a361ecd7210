//! Who had the right to write a record: judged at the link that its writer had seen.

use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::Family;
use treehouse_protocol::franking::Franking;
use treehouse_protocol::id::Day;
use treehouse_protocol::record::{self, Header, Root};
use treehouse_protocol::registry::Category;
use treehouse_protocol::sign::SigningKey;

use super::before::key;
use super::cast::{self, DAY};
use super::story::{Story, emma};
use crate::json::{Entry, Json, hex};
use crate::seeds::{self, Drawn};

/// A record of emma's, as its writer dates it.
struct Written {
    what: &'static str,
    writer: SigningKey,
    key: (Category, u32),
    seq: u64,
    day: u32,
}

pub fn vectors(story: &Story) -> Vec<Json> {
    let by = |what, writer, key, seq, day| Written { what, writer, key, seq, day };
    let (photos, profile) = (Category::Photos, Category::Profile);
    let (camera, alice, bob) = (|| cast::device("camera").sig, || key("alice"), || key("bob"));
    let cases = [
        by("a camera that may only write", camera(), (photos, 1), 12, DAY + 1),
        by("who made the key, and was granted nothing", alice(), (photos, 1), 12, DAY + 1),
        by("who was granted it", bob(), (photos, 1), 12, DAY + 1),
        by("the version of then", alice(), (profile, 1), 14, DAY + 1),
        by("a camera that has gone since", camera(), (photos, 1), 21, DAY + 3),
        by("a guardian who was granted nothing", key("carol"), (photos, 1), 12, DAY + 1),
        by("a service that may only read", cast::service().sig, (profile, 1), 12, DAY + 1),
        by("a stranger", key("dora"), (photos, 1), 12, DAY + 1),
        by("a key that is due", alice(), (profile, 1), 15, DAY + 2),
        by("the version before", alice(), (profile, 1), 17, DAY + 2),
        by("a version to come", alice(), (profile, 2), 15, DAY + 2),
        by("a camera that has gone before", camera(), (photos, 1), 22, DAY + 4),
        by("a toy that isn't in yet", cast::device("bear").sig, (photos, 1), 7, DAY),
        by("a day before the grant", bob(), (photos, 1), 12, DAY - 1),
        by("a link that nobody has seen", alice(), (photos, 1), 23, DAY + 4),
    ];
    cases.iter().map(|case| written(story, case)).collect()
}

/// All are judged when the chain has 23 links, the last of which is 22.
fn written(story: &Story, case: &Written) -> Json {
    let count = 23;
    let links = story.links[..count].iter().map(|link| link.bytes.as_slice());
    let family = Family::replay(story.family.genesis(), links, &story.trust, story.day).unwrap();
    let (category, version) = case.key;
    let of = |(name, _): &&_| {
        let name: &treehouse_protocol::category::KeyName = name;
        (name.child, name.category, name.version) == (emma(), category, version)
    };
    let (name, secret) = story.keys.iter().find(of).unwrap();
    let header = Header {
        name: *name,
        record: seeds::id("record"),
        ver: 1,
        writer: case.writer.id(),
        day: Day(case.day),
        seq: case.seq,
    };
    let (public, mut rng) = (secret.drop_box_public(), Drawn::new(case.what));
    let (root, franking) = (Root::DropBox(&public), Franking::Without);
    let signed = record::seal(&header, root, b"", franking, &case.writer, &mut rng).unwrap();
    let entry = Entry::new(
        &format!("written: {}", case.what),
        "a record that whoever has these links takes or refuses, with no key of it",
    );
    let entry =
        entry.inputs([("after_links", (count as u64).into()), ("record", hex(signed.to_bytes()))]);
    match record::check_in(&signed, &family, &story.trust) {
        Ok(record) => entry.outputs([("hash", hex(record.hash().bytes()))]).into(),
        Err(refused) => entry.refused(&refused).into(),
    }
}
