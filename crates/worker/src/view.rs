//! The family and what was logged about it, as pages see them.

use serde_json::{Value, json};
use treehouse_client::content::Profile;
use treehouse_client::content::limits::Limits;
use treehouse_client::guardian::{
    Activity, Guardian, ListedToy, Picture, Receipted, Recorded, Recording,
};
use treehouse_client::log::{Log, Published};
use treehouse_protocol::cbor::Canonical as _;
use treehouse_protocol::chain::body::{Body, Caps};
use treehouse_protocol::chain::family::{Member, Standing};
use treehouse_protocol::chain::{Family, Link};
use treehouse_protocol::id::{ChildId, Day, KeyId, Seen};
use treehouse_protocol::leaf::{Release, What};
use treehouse_protocol::registry::{Coded, Rights};
use treehouse_protocol::sign::Signed;
use treehouse_protocol::sorted::Map;

use crate::trouble::Trouble;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Milliseconds since 1970 at the beginning of a day.
const fn begin_ms(day: Day) -> u64 {
    day.0 as u64 * DAY_MS
}

/// A member's key as pages name it.
pub fn name(key: KeyId) -> String {
    key.to_string()
}

/// The word for what a grant allows.
pub fn rights_word(rights: Rights) -> &'static str {
    match (rights.reads(), rights.writes()) {
        (true, true) => "read-write",
        (true, false) => "read",
        (false, _) => "write",
    }
}

/// The rights with this word.
pub fn rights(word: &str) -> Result<Rights, Trouble> {
    match word {
        "read" => Ok(Rights::READ),
        "write" | "drop" => Ok(Rights::WRITE),
        "read-write" => Ok(Rights::READ_WRITE),
        _ => Err(Trouble::invalid("rights must be read, write or read-write")),
    }
}

/// Everything about the family.
pub fn family(
    guardian: &Guardian,
    profiles: &Map<ChildId, Profile>,
    toys: &[ListedToy],
    lost: &Map<KeyId, String>,
) -> Result<Value, Trouble> {
    let (family, today) = (guardian.family()?, guardian.today());
    let own = guardian.key()?;
    let living = family.children().filter(|(_, child)| child.span.is_open() && !child.erased);
    let children: Vec<Value> = living
        .map(|(id, child)| {
            let profile = profiles.get(&id);
            let kept: Vec<&str> = child.keys.keys().map(|category| category.word()).collect();
            json!({
                "id": id.to_string(),
                "nickname": profile.map(|profile| &profile.nickname),
                "ageBand": profile.map(|profile| profile.age_band.word()),
                "categories": kept,
                "grants": grants(family, id, today),
            })
        })
        .collect();
    let members = || family.members().filter(|(_, member)| member.span.is_open());
    let guardians: Vec<Value> = members()
        .filter_map(|(key, member)| {
            let role = role(member)?;
            let verified = family.verified_by(key).map(Coded::word);
            let own = key == own;
            Some(json!({ "key": name(key), "role": role, "self": own, "verified": verified }))
        })
        .collect();
    Ok(json!({
        "id": guardian.family_id()?.to_string(),
        "children": children,
        "guardians": guardians,
        "toys": toys.iter().map(|one| toy(one, lost)).collect::<Vec<_>>(),
        "today": today.0,
        "links": family.seen().seq + 1,
    }))
}

/// The word for a guardian's standing; none for a toy's.
pub const fn role(member: &Member) -> Option<&'static str> {
    match &member.standing {
        Standing::Owner { .. } => Some("owner"),
        Standing::Carer { .. } => Some("carer"),
        Standing::Teen { .. } => Some("teen"),
        Standing::Device { .. } => None,
    }
}

fn toy(toy: &ListedToy, lost: &Map<KeyId, String>) -> Value {
    json!({
        "key": name(toy.key),
        "child": toy.child.map(|child| child.to_string()),
        "state": toy.state,
        "name": toy.name,
        "lost": lost.get(&toy.key),
    })
}

fn grants(family: &Family, child: ChildId, today: Day) -> Vec<Value> {
    let live = family.live_grants(today).filter(|(_, grant)| grant.header.key.child == child);
    live.map(|(link, grant)| {
        let header = &grant.header;
        let sealing = header.grantee;
        let grantee = family.members().find(|(_, member)| member.keys.kem.id() == sealing);
        json!({
            "link": link.to_string(),
            "child": child.to_string(),
            "categories": [header.key.category.word()],
            "grantee": name(grantee.map_or(sealing, |(key, _)| key)),
            "rights": rights_word(header.rights),
            "purpose": header.purpose.word(),
            "notice": header.notice.to_string(),
            "expires": header.expires.map(|day| day.0),
        })
    })
    .collect()
}

/// What a toy can do, of what guardians are asked about.
pub fn can(caps: Caps) -> Vec<&'static str> {
    let all =
        [(Caps::CAMERA, "camera"), (Caps::MICROPHONE, "microphone"), (Caps::LOCATION, "location")];
    all.into_iter().filter(|(bits, _)| caps.has(*bits)).map(|(_, word)| word).collect()
}

/// What a toy may do with its child's data, as the chain says.
#[cfg(target_family = "wasm")]
pub fn may(
    family: &Family,
    toy: KeyId,
    child: ChildId,
    today: Day,
) -> Vec<(&'static str, &'static str)> {
    let Some(sealing) = family.member(toy).map(|member| member.keys.kem.id()) else {
        return Vec::new();
    };
    let live = family.live_grants(today);
    let own = live
        .filter(|(_, grant)| grant.header.grantee == sealing && grant.header.key.child == child);
    own.map(|(_, grant)| (grant.header.key.category.word(), rights_word(grant.header.rights)))
        .collect()
}

/// A picture of an album.
pub fn picture(picture: &Picture) -> Value {
    json!({
        "record": picture.record.to_string(),
        "child": picture.header.name.child.to_string(),
        "takenMs": picture.photo.taken_ms,
        "width": picture.photo.width,
        "height": picture.photo.height,
        "writer": name(picture.header.writer),
    })
}

/// A voice message or a film of an album.
pub fn recording(recording: &Recording) -> Value {
    let header = &recording.header;
    let (kind, taken_ms, duration_ms, (width, height)) = match &recording.recorded {
        Recorded::Voice(voice) => ("voice", voice.taken_ms, voice.duration_ms, (0, 0)),
        Recorded::Video(video) => {
            ("video", video.taken_ms, video.duration_ms, (video.width, video.height))
        }
    };
    json!({
        "record": recording.record.to_string(),
        "kind": kind,
        "child": header.name.child.to_string(),
        "takenMs": taken_ms,
        "durationMs": duration_ms,
        "width": width,
        "height": height,
        "poster": recording.recorded.poster().is_some(),
        "mediaType": recording.recorded.whole().media_type.text(),
        "writer": name(header.writer),
    })
}

/// What was logged.
pub fn activity(activity: &Activity, log: &Log, guardian: &Guardian) -> Result<Value, Trouble> {
    let family = guardian.family()?;
    let chain: Vec<&[u8]> = guardian.links()?.collect();
    let lines: Vec<Value> = activity
        .leaves
        .iter()
        .map(|logged| {
            let event = &logged.leaf.event;
            let mut line = said(&event.what, &chain, family);
            line["place"] = logged.place.into();
            line["atMs"] = event.at_ms.into();
            line["what"] = event.what.kind().word().into();
            line
        })
        .collect();
    let cosigned: Vec<String> = log.cosigned().iter().map(|one| one.witness.to_string()).collect();
    let places = |links: &[Seen]| links.iter().map(|seen| seen.seq).collect::<Vec<_>>();
    Ok(json!({
        "lines": lines,
        "unlogged": places(&activity.unlogged),
        "unshown": places(&activity.unshown),
        "checkpoint": log.checkpoint(),
        "cosigned": cosigned,
    }))
}

/// A link of the chain: what kind, whose decision, about whom. It was verified when the chain was
/// replayed; one that isn't there, because the log knows more than this client has read, is told
/// by its place alone.
fn linked(seen: Seen, bytes: &[u8], family: &Family) -> Value {
    let place = format!("link {}", seen.seq);
    let head = seen.head.to_string();
    let statement = Signed::from_bytes(bytes).ok();
    let signer = statement.as_ref().map(Signed::signer);
    let member = signer.and_then(|signer| Some((signer, family.member(signer)?)));
    let link = member
        .zip(statement)
        .and_then(|((_, member), statement)| statement.verify::<Link>(&member.keys.sig).ok());
    let who = match member {
        Some((key, member)) => {
            let kind = role(member).map_or("toy", |_| "guardian");
            format!("{kind} {}", name(key))
        }
        // Signed by the deployment, because an account without keys asked for it.
        None => "server".to_owned(),
    };
    let Some(link) = link else {
        return json!({ "who": who, "facts": ["", place, head] });
    };
    let child = match &link.body {
        Body::ChildAdd(child) | Body::ChildRemove(child) => Some(*child),
        Body::KeyVersion(made) => Some(made.child),
        Body::Erase(erase) => Some(erase.child),
        Body::DeviceAdd(add) => add.child,
        Body::Grant(grant) => grant.headers().next().map(|header| header.key.child),
        _ => None,
    };
    let child = child.map(|child| child.to_string());
    json!({ "who": who, "child": child, "facts": [link.body.link_type().word(), place, head] })
}

fn said(what: &What, chain: &[&[u8]], family: &Family) -> Value {
    match what {
        What::Link { seen, .. } => {
            let bytes = usize::try_from(seen.seq).ok().and_then(|seq| chain.get(seq));
            linked(*seen, bytes.copied().unwrap_or_default(), family)
        }
        What::Release(release) => released(release, family),
        What::Erasure { link, receipt, .. } => {
            json!({ "who": "server", "facts": [link.to_string(), receipt.to_string()] })
        }
        What::Attestation { attestation, .. } => {
            json!({ "who": "server", "facts": [attestation.to_string()] })
        }
        What::Act { act, reason, .. } => {
            json!({ "who": "steward", "facts": [act, reason.to_string()] })
        }
        What::Key { role, key } => json!({ "who": "server", "facts": [role, &name(*key)] }),
        What::Publication { kind, version, hash } => {
            json!({ "who": "server", "facts": [kind, &version.to_string(), &hash.to_string()] })
        }
        What::Restore { known, published } => {
            json!({ "who": "server", "facts": [known.to_string(), published.to_string()] })
        }
    }
}

fn released(release: &Release, family: &Family) -> Value {
    let reader = family.member(release.reader);
    let who = match reader.map(|member| &member.standing) {
        Some(Standing::Device { .. }) => "toy",
        Some(_) => "guardian",
        None => "service",
    };
    let count = release.records.len() + usize::from(release.blob.is_some());
    json!({
        "who": format!("{who} {}", name(release.reader)),
        "child": release.child.to_string(),
        "category": release.category.word(),
        "facts": [
            count.to_string(),
            release.grant.map_or_else(String::new, |grant| grant.to_string()),
        ],
    })
}

/// The log as it was seen last: its size, its checkpoint, and who has cosigned it.
pub fn log_status(log: &Log) -> Value {
    let cosigned: Vec<String> = log.cosigned().iter().map(|one| one.witness.to_string()).collect();
    json!({ "size": log.seen().size, "checkpoint": log.checkpoint(), "cosigned": cosigned })
}

/// Limits, in the order of the record: minutes a day, bedtime, school, kinds with their minutes.
pub fn limits(limits: &Limits) -> Value {
    let school = limits.school.as_ref().map(|school| {
        let kinds: Vec<u8> = school.kinds.iter().map(|kind| kind.code()).collect();
        json!([school.weekdays, school.hours.from, school.hours.until, kinds])
    });
    let kinds = limits.kinds.iter().map(|limit| json!([limit.kind.code(), limit.minutes]));
    let bedtime = limits.bedtime.map(|hours| [hours.from, hours.until]);
    json!([limits.day_minutes, bedtime, school, kinds.collect::<Value>()])
}

/// What was published, and where it is in the log.
pub fn publication(published: &Published) -> Value {
    let proven = published.proven.as_ref();
    let witnesses = proven.map(|proven| proven.cosigned.iter().map(|one| one.witness.to_string()));
    json!({
        "version": published.version,
        "hash": published.hash.to_string(),
        "atMs": published.at_ms,
        "place": proven.map(|proven| proven.index),
        "witnesses": witnesses.map(Iterator::collect::<Vec<_>>).unwrap_or_default(),
    })
}

/// A receipt, and where it is in the log.
pub fn receipt(receipted: &Receipted) -> Value {
    let Receipted { receipt, proven } = receipted;
    json!({
        "link": receipt.link.to_string(),
        "atMs": begin_ms(receipt.day),
        "items": [
            format!("records {}", receipt.records),
            format!("blobs {}", receipt.blobs),
            format!("keys {}", receipt.outer_keys),
        ],
        "place": proven.as_ref().map(|proven| proven.index),
    })
}
