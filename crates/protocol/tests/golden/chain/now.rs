//! What holds after some links: who may do what, what was announced and approved, what is due.

use treehouse_protocol::chain::body::{Body, GuardianRemove, Peer};
use treehouse_protocol::chain::{Family, Link};
use treehouse_protocol::id::{Day, Hash, KeyId};
use treehouse_protocol::registry::Coded;

use super::cast::{PEOPLE, Person};
use super::story::Story;
use super::summary::standing;
use crate::json::{Json, hex, map};

/// The longest freeze, in days.
const FREEZE_DAYS_MAX: u32 = 90;

pub fn now(family: &Family, story: &Story, day: Day, more: &[Vec<u8>]) -> Json {
    let seen = family.seen();
    let due = family.due();
    let due = due.iter().map(|(child, category)| {
        map([("cid", hex(child.bytes())), ("cat", u64::from(category.code()).into())])
    });
    let grants = family.live_grants(day).map(|(hash, _)| hex(hash.bytes()));
    map([
        ("seq", seen.seq.into()),
        ("head", hex(seen.head.bytes())),
        ("members", members(family)),
        ("children", Json::List(family.children().filter(is_open).map(child).collect())),
        ("frozen_until", frozen_until(family, day)),
        ("live_grants", Json::List(grants.collect())),
        ("announcements", announcements(family, story, day, more)),
        ("contacts", contacts(family, day)),
        ("due", Json::List(due.collect())),
    ])
}

type OneChild<'f> = (treehouse_protocol::id::ChildId, &'f treehouse_protocol::chain::family::Child);

fn is_open((_, child): &OneChild<'_>) -> bool {
    child.span.is_open()
}

fn child((cid, child): OneChild<'_>) -> Json {
    let keys = child.keys.iter().filter_map(|(category, line)| {
        let made = line.current().filter(|made| made.span.is_open())?;
        let cat = u64::from(category.code());
        Some(map([("cat", cat.into()), ("v", u64::from(made.version.version).into())]))
    });
    map([
        ("cid", hex(cid.bytes())),
        ("teen", child.teen.map_or(Json::Null, |kid| hex(kid.bytes()))),
        ("current_keys", Json::List(keys.collect())),
    ])
}

fn members(family: &Family) -> Json {
    let living = family.members().filter(|(_, member)| member.span.is_open());
    let rows = living.map(|(kid, member)| {
        let (word, children) = standing(&member.standing);
        let until = member.frozen_until;
        map([
            ("kid", hex(kid.bytes())),
            ("standing", word.into()),
            ("children", Json::List(children)),
            ("frozen_until", until.map_or(Json::Null, |day| u64::from(day.0).into())),
        ])
    });
    Json::List(rows.collect())
}

/// The first day on which the whole family is no longer frozen: that of somebody who isn't in it.
fn frozen_until(family: &Family, day: Day) -> Json {
    let nobody = KeyId::of(b"nobody");
    let free = (0..=FREEZE_DAYS_MAX).find(|days| !family.is_frozen(nobody, day.plus(*days)));
    match free {
        Some(0) | None => Json::Null,
        Some(days) => u64::from(day.plus(days).0).into(),
    }
}

fn contacts(family: &Family, day: Day) -> Json {
    let rows = family.contacts(day).map(|contact| {
        let (kind, id): (u64, _) = match &contact.other.peer {
            Peer::Child(child) => (1, hex(child.bytes())),
            Peer::Adult(kid) => (2, hex(kid.bytes())),
        };
        map([
            ("cid", hex(contact.child.bytes())),
            ("other_fid", hex(contact.other.family.bytes())),
            ("peer_kind", kind.into()),
            ("peer_id", id),
            ("modes", u64::from(contact.modes.bits()).into()),
            ("expires", u64::from(contact.expires.0).into()),
        ])
    });
    Json::List(rows.collect())
}

/// Those that stand, in the order of their links.
fn announcements(family: &Family, story: &Story, day: Day, more: &[Vec<u8>]) -> Json {
    let before = usize::try_from(family.seen().seq).unwrap() + 1 - more.len();
    let all = story.links[..before].iter().map(|told| told.bytes.as_slice());
    let all = all.chain(more.iter().map(Vec::as_slice));
    Json::List(all.filter_map(|link| announcement(family, story, day, link)).collect())
}

fn announcement(family: &Family, story: &Story, day: Day, bytes: &[u8]) -> Option<Json> {
    let hash = Hash::of(bytes);
    let row = |what: &str, of: KeyId, by: KeyId| {
        map([
            ("hash", hex(hash.bytes())),
            ("what", what.into()),
            ("kid", hex(of.bytes())),
            ("by", hex(by.bytes())),
        ])
    };
    if let Some(back) = family.recoveries().find(|back| back.link == hash) {
        return Some(row("recovery", back.lost, back.by));
    }
    let link = family.link(bytes).ok()?;
    let Body::GuardianRemove(GuardianRemove::Announce(of)) = link.body else {
        return None;
    };
    // Whoever could call it off has announced it, and it stands.
    let by = PEOPLE.map(|name| Person::new(name).keys.sig).into_iter().find(|key| {
        let seen = family.seen();
        let (seq, prev, body) = (seen.seq + 1, seen.head, Body::Revoke(vec![hash]));
        let revoke = Link { family: family.id(), seq, prev, day, body }.sign(key);
        family.clone().apply(&revoke, &story.trust, day).is_ok()
    })?;
    Some(row("removal", of, by.id()))
}
