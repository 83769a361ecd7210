//! What a replayed chain says, in short.

use treehouse_protocol::chain::Family;
use treehouse_protocol::chain::family::{Child, Span, Standing};
use treehouse_protocol::registry::Coded;

use crate::json::{Json, hex, map};

fn span(span: &Span) -> Json {
    let until = span.until.map_or(Json::Null, Json::from);
    map([("since", span.since.into()), ("until", until)])
}

pub fn family(family: &Family) -> Json {
    let seen = family.seen();
    let policy = family.policy();
    let due = family.due();
    let due = due.iter().map(|(child, category)| {
        map([("cid", hex(child.bytes())), ("cat", u64::from(category.code()).into())])
    });
    map([
        ("fid", hex(family.id().bytes())),
        ("genesis", hex(family.genesis().bytes())),
        ("seq", seen.seq.into()),
        ("head", hex(seen.head.bytes())),
        ("members", members(family)),
        ("children", children(family)),
        ("grants", grants(family)),
        (
            "policy",
            map([
                ("quorum", u64::from(policy.quorum).into()),
                ("timelock_days", u64::from(policy.timelock_days).into()),
                ("toy_recovery", u64::from(policy.toy_recovery).into()),
            ]),
        ),
        ("due", Json::List(due.collect())),
    ])
}

/// The word for it, and the children that it's for.
pub fn standing(standing: &Standing) -> (&'static str, Vec<Json>) {
    let (word, children): (_, Vec<_>) = match standing {
        Standing::Owner { .. } => ("owner", Vec::new()),
        Standing::Carer { children, .. } => ("carer", children.iter().copied().collect()),
        Standing::Device { child, .. } => ("device", child.iter().copied().collect()),
        Standing::Teen { child } => ("teen", child.iter().copied().collect()),
    };
    (word, children.iter().map(|child| hex(child.bytes())).collect())
}

fn members(family: &Family) -> Json {
    let rows = family.members().map(|(kid, member)| {
        let (standing, children) = standing(&member.standing);
        let frozen = member.frozen_until;
        map([
            ("kid", hex(kid.bytes())),
            ("kem_kid", hex(member.keys.kem.id().bytes())),
            ("standing", standing.into()),
            ("children", Json::List(children)),
            ("anchors", (family.anchors(kid) as u64).into()),
            ("frozen_until", frozen.map_or(Json::Null, |day| u64::from(day.0).into())),
            ("span", span(&member.span)),
        ])
    });
    Json::List(rows.collect())
}

fn children(family: &Family) -> Json {
    let rows = family.children().map(|(id, child)| {
        map([
            ("cid", hex(id.bytes())),
            ("teen", child.teen.map_or(Json::Null, |kid| hex(kid.bytes()))),
            ("erased", u64::from(child.erased).into()),
            ("span", span(&child.span)),
            ("keys", keys(child)),
        ])
    });
    Json::List(rows.collect())
}

fn keys(child: &Child) -> Json {
    let mut rows = Vec::new();
    for (category, line) in &child.keys {
        for number in 1.. {
            let Some(made) = line.version(number) else {
                break;
            };
            rows.push(map([
                ("cat", u64::from(category.code()).into()),
                ("v", u64::from(number).into()),
                ("maker", hex(made.maker.bytes())),
                ("kc", hex(made.version.commitment.bytes())),
                ("span", span(&made.span)),
            ]));
        }
    }
    Json::List(rows)
}

fn grants(family: &Family) -> Json {
    let rows = family.grants().map(|(hash, granted)| {
        let header = &granted.header;
        map([
            ("hash", hex(hash.bytes())),
            ("by", hex(granted.by.bytes())),
            ("grantee_kid", hex(header.grantee.bytes())),
            ("cat", u64::from(header.key.category.code()).into()),
            ("v", u64::from(header.key.version).into()),
            ("rights", u64::from(header.rights.bits()).into()),
            ("span", span(&granted.span)),
        ])
    });
    Json::List(rows.collect())
}
