//! What a chain amounts to; `face.js` says how the parts are called.

use treehouse_protocol::cbor::Writer;
use treehouse_protocol::chain::Family;
use treehouse_protocol::chain::family::{Child, Granted, KeyLine, Member, Span, Standing};
use treehouse_protocol::id::{ChildId, Day, Hash, KeyId};
use treehouse_protocol::registry::{Category, Coded};
use treehouse_protocol::sorted::Set;

use crate::value::{optional_uint, seen, seq};

pub fn write(writer: &mut Writer, family: &Family, today: Day) {
    writer.array(9).bytes(family.id().bytes()).bytes(family.genesis().bytes());
    seen(writer, family.seen());
    let members: Vec<_> = family.members().collect();
    writer.list(&members, |writer, (kid, one)| member(writer, *kid, one, family.anchors(*kid)));
    let children: Vec<_> = family.children().collect();
    writer.list(&children, |writer, (id, one)| child(writer, *id, one));
    let grants: Vec<_> = family.live_grants(today).collect();
    writer.list(&grants, |writer, (hash, one)| grant(writer, *hash, one));
    keys(writer, &family.due());
    keys(writer, &family.rotation_advised(today));
    let policy = family.policy();
    writer.array(3).uint(policy.quorum).uint(policy.timelock_days);
    writer.uint(u8::from(policy.toy_recovery));
}

fn member(writer: &mut Writer, kid: KeyId, member: &Member, anchors: usize) {
    let (standing, account, child, children, caps) = match &member.standing {
        Standing::Owner { account } => ("owner", Some(account), None, None, None),
        Standing::Carer { account, children } => {
            ("carer", Some(account), None, Some(children), None)
        }
        Standing::Device { child, caps } => ("device", None, child.as_ref(), None, Some(caps)),
        Standing::Teen { child } => ("teen", None, child.as_ref(), None, None),
    };
    writer.array(12).bytes(kid.bytes()).bytes(member.keys.kem.id().bytes()).text(standing);
    writer.optional_bytes(account.map(|id| id.bytes().as_slice()));
    match children {
        Some(children) => {
            let children: Vec<_> = children.iter().collect();
            writer.list(&children, |writer, child| {
                writer.bytes(child.bytes());
            })
        }
        None => writer.null(),
    };
    writer.optional_bytes(child.map(|id| id.bytes().as_slice()));
    optional_uint(writer, caps.map(|caps| caps.bits().into()));
    writer.bytes(&member.keys.fingerprint());
    span(writer, &member.span);
    optional_uint(writer, member.frozen_until.map(|day| day.0));
    writer.uint(anchors as u64);
}

fn child(writer: &mut Writer, id: ChildId, child: &Child) {
    writer.array(6).bytes(id.bytes());
    span(writer, &child.span);
    writer.optional_bytes(child.teen.as_ref().map(|kid| kid.bytes().as_slice()));
    writer.uint(u8::from(child.erased));
    let lines: Vec<_> = child.keys.iter().collect();
    writer.list(&lines, |writer, (category, line)| key_line(writer, **category, line));
}

fn key_line(writer: &mut Writer, category: Category, line: &KeyLine) {
    writer.array(3).text(category.word()).uint(u8::from(line.rotation_due()));
    let versions: Vec<_> = (1..).map_while(|number| line.version(number)).collect();
    writer.list(&versions, |writer, made| {
        writer.array(6).uint(made.version.version).bytes(made.version.commitment.bytes());
        writer.bytes(made.version.drop_box.bytes()).bytes(made.maker.bytes());
        span(writer, &made.span);
    });
}

fn grant(writer: &mut Writer, hash: Hash, granted: &Granted) {
    let header = &granted.header;
    writer.array(14);
    key(writer, header.key.child, header.key.category);
    span(writer, &granted.span);
    writer.bytes(hash.bytes()).uint(header.key.version).bytes(header.grantee.bytes());
    writer.text(header.grantee_kind.word()).uint(header.rights.bits()).text(header.purpose.word());
    writer.bytes(header.notice.bytes()).uint(header.not_before.0);
    optional_uint(writer, header.expires.map(|day| day.0));
    writer.bytes(granted.by.bytes());
}

fn keys(writer: &mut Writer, keys: &Set<(ChildId, Category)>) {
    let keys: Vec<_> = keys.iter().collect();
    writer.list(&keys, |writer, (child, category)| {
        writer.array(2);
        key(writer, *child, *category);
    });
}

/// A child and a category, in an array that the caller has begun.
pub fn key(writer: &mut Writer, child: ChildId, category: Category) {
    writer.bytes(child.bytes()).text(category.word());
}

fn span(writer: &mut Writer, span: &Span) {
    writer.uint(seq(span.since));
    optional_uint(writer, span.until.map(seq));
}
