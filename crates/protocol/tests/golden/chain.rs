//! A family's sigchain: a story with every type of link, and what must be refused along it.

mod back;
mod before;
pub mod cast;
mod data;
mod members;
mod notes;
mod now;
mod refused;
mod story;
mod summary;
mod taken;
mod written;

use treehouse_protocol::chain::Family;
use treehouse_protocol::id::Hash;

use crate::json::{Entry, Json, hex};
use crate::seeds;
use story::Story;

pub fn vectors() -> Vec<Json> {
    let story = Story::tell();
    let links = story.links.iter().map(|link| link.bytes.as_slice());
    let genesis = Hash::of(&story.links[0].bytes);
    let replayed = Family::replay(genesis, links, &story.trust, story.day).unwrap();
    assert_eq!(replayed, story.family);

    let mut vectors = vec![cast_list(&story).into()];
    vectors.extend(story.links.iter().map(notes::link));
    // After the toys are in; when bob is back and all keys are new; at the end.
    for count in [13, 34, story.links.len()] {
        vectors.push(state(&story, count));
    }
    vectors.extend(refused::vectors(&story));
    // While keys are due: bob's first key has gone, and emma has come of age.
    for count in [31, 35] {
        vectors.push(state(&story, count));
    }
    vectors.extend(story.links.iter().filter_map(notes::signed_beside));
    vectors.extend(members::vectors(&story));
    vectors.extend(back::vectors(&story));
    vectors.extend(data::vectors(&story));
    vectors.extend(taken::vectors(&story));
    vectors.extend(written::vectors(&story));
    vectors
}

fn state(story: &Story, count: usize) -> Json {
    let links = story.links[..count].iter().map(|link| link.bytes.as_slice());
    let genesis = story.family.genesis();
    let family = Family::replay(genesis, links, &story.trust, story.day).unwrap();
    let name = format!("state after {count} links");
    Entry::new(&name, "what a replay comes to, from the pinned genesis")
        .outputs([("family", summary::family(&family))])
        .into()
}

fn cast_list(story: &Story) -> Entry {
    let trust = [("attester", "attester"), ("server", "server"), ("root", "root")];
    let trust = trust.map(|(name, label)| (name, hex(seeds::bytes(label))));
    let [attester, server, root] = trust;
    let people = cast::PEOPLE.map(|name| (name.to_owned(), hex(seeds::bytes(name))));
    let devices = cast::DEVICES.map(|(name, _)| (name.to_owned(), hex(seeds::bytes(name))));
    let keys = story.keys.iter().map(|(name, key)| {
        let text = format!(
            "child {}, cat {}, v {}",
            name.child,
            treehouse_protocol::registry::Coded::code(name.category),
            name.version
        );
        (text, hex(key.secret().expose()))
    });
    Entry::new(
        "cast",
        "who acts: bundle seeds of people, seeds of devices and of the service, Ed25519 seeds of \
         attester, server and offline root; the category keys that were made",
    )
    .inputs([
        attester,
        server,
        root,
        ("people", Json::Map(people.into())),
        ("devices", Json::Map(devices.into())),
        ("service", hex(seeds::bytes("moderation"))),
        ("listing", hex(cast::listing())),
        ("category_keys", Json::Map(keys.collect())),
        ("pinned_genesis", hex(story.family.genesis().bytes())),
    ])
}
