//! What a chain amounts to, as a plain object; `types` says how it looks.

use treehouse_protocol::chain::Family;
use treehouse_protocol::chain::family::{Child, Granted, KeyLine, KeyMade, Member, Span, Standing};
use treehouse_protocol::id::{AccountId, ChildId, Day, Hash, KeyId};
use treehouse_protocol::registry::{Category, Coded};
use treehouse_protocol::sorted::Set;
use wasm_bindgen::prelude::JsValue;

use crate::js::{Plain, bytes, list, seen, seq};

pub fn of(family: &Family, today: Day) -> JsValue {
    let members = family.members().map(|(kid, one)| member(kid, one, family.anchors(kid)));
    let children = family.children().map(|(id, one)| child(id, one));
    let grants = family.live_grants(today).map(|(hash, one)| grant(hash, one));
    let policy = Plain::new()
        .with("quorum", family.policy().quorum.into())
        .with("timelockDays", family.policy().timelock_days.into())
        .with("toyRecovery", family.policy().toy_recovery.into());
    Plain::new()
        .with("id", bytes(family.id().bytes()))
        .with("genesis", bytes(family.genesis().bytes()))
        .with("seen", seen(family.seen()))
        .with("members", list(members))
        .with("children", list(children))
        .with("grants", list(grants))
        .with("due", keys(&family.due()))
        .with("rotationAdvised", keys(&family.rotation_advised(today)))
        .with("policy", policy.done())
        .done()
}

fn member(kid: KeyId, member: &Member, anchors: usize) -> JsValue {
    let of = |kind: &str, account: Option<&AccountId>, child: Option<&ChildId>| {
        Plain::new()
            .with("kind", kind.into())
            .with_some("account", account.map(|id| bytes(id.bytes())))
            .with_some("child", child.map(|id| bytes(id.bytes())))
    };
    let plain = match &member.standing {
        Standing::Owner { account } => of("owner", Some(account), None),
        Standing::Carer { account, children } => {
            let children = children.iter().map(|child| bytes(child.bytes()));
            of("carer", Some(account), None).with("children", list(children))
        }
        Standing::Device { child, caps } => {
            of("device", None, child.as_ref()).with("caps", caps.bits().into())
        }
        Standing::Teen { child } => of("teen", None, child.as_ref()),
    };
    spanned(plain, &member.span)
        .with("kid", bytes(kid.bytes()))
        .with("sealingKid", bytes(member.keys.kem.id().bytes()))
        .with("fingerprint", bytes(&member.keys.fingerprint()))
        .with_some("frozenUntil", member.frozen_until.map(|day| day.0.into()))
        .with("anchors", anchors.into())
        .done()
}

fn child(id: ChildId, child: &Child) -> JsValue {
    let keys = child.keys.iter().map(|(category, line)| key_line(*category, line));
    spanned(Plain::new(), &child.span)
        .with("id", bytes(id.bytes()))
        .with_some("teen", child.teen.map(|kid| bytes(kid.bytes())))
        .with("erased", child.erased.into())
        .with("keys", list(keys))
        .done()
}

fn key_line(category: Category, line: &KeyLine) -> JsValue {
    let versions = (1..).map_while(|number| line.version(number)).map(key_version);
    Plain::new()
        .with("category", category.word().into())
        .with("due", line.rotation_due().into())
        .with("versions", list(versions))
        .done()
}

fn key_version(made: &KeyMade) -> JsValue {
    spanned(Plain::new(), &made.span)
        .with("version", made.version.version.into())
        .with("commitment", bytes(made.version.commitment.bytes()))
        .with("dropBox", bytes(made.version.drop_box.bytes()))
        .with("maker", bytes(made.maker.bytes()))
        .done()
}

fn grant(hash: Hash, granted: &Granted) -> JsValue {
    let header = &granted.header;
    spanned(key(header.key.child, header.key.category), &granted.span)
        .with("hash", bytes(hash.bytes()))
        .with("version", header.key.version.into())
        .with("grantee", bytes(header.grantee.bytes()))
        .with("granteeKind", header.grantee_kind.word().into())
        .with("rights", header.rights.bits().into())
        .with("purpose", header.purpose.word().into())
        .with("noticeHash", bytes(header.notice.bytes()))
        .with("notBefore", header.not_before.0.into())
        .with_some("expires", header.expires.map(|day| day.0.into()))
        .with("by", bytes(granted.by.bytes()))
        .done()
}

fn keys(keys: &Set<(ChildId, Category)>) -> JsValue {
    list(keys.iter().map(|(child, category)| key(*child, *category).done()))
}

/// A plain object that begins with a child and a category.
pub fn key(child: ChildId, category: Category) -> Plain {
    Plain::new().with("child", bytes(child.bytes())).with("category", category.word().into())
}

fn spanned(plain: Plain, span: &Span) -> Plain {
    plain
        .with("since", seq(span.since).into())
        .with_some("until", span.until.map(|until| seq(until).into()))
}
