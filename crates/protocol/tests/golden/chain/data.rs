//! What must be refused of children, their keys, grants and contacts.

use treehouse_protocol::cbor::Writer;
use treehouse_protocol::chain::body::{
    Approval, Body, Erase, KeyVersion, KeyVersions, Modes, Peer, Purge, Side,
};
use treehouse_protocol::grant::Header;
use treehouse_protocol::id::{ChildId, Day, FamilyId, Hash};
use treehouse_protocol::kem::KemPublic;
use treehouse_protocol::registry::{Category, GranteeKind, Purpose, Rights};

use super::before::{Before, key, server, unknown};
use super::cast::{self, Person};
use super::story::{Story, emma};
use crate::json::Json;
use crate::seeds;

pub fn vectors(story: &Story) -> Vec<Json> {
    [
        granted(story),
        granted_to_whom(story),
        granted_to_services(story),
        keys(story),
        children(story),
        revoked(story),
        contacts(story),
    ]
    .concat()
}

fn finn() -> ChildId {
    seeds::id("finn")
}

/// Photos for the bear, for play; with a change.
fn to_bear(before: &Before<'_>, change: impl FnOnce(&mut Header)) -> Body {
    let bear = cast::device("bear").kem.public();
    let rights = (Category::Photos, Rights::READ);
    let mut header = before.header((GranteeKind::Device, &bear), rights, Purpose::Play);
    change(&mut header);
    Body::Grant(before.sealed(header, &bear))
}

fn granted(story: &Story) -> Vec<Json> {
    let before = Before::new(story, "a service of the operator");
    let alice = key("alice");
    let due = Before::new(story, "alice replaces all that bob");
    let replaced = Before::new(story, "the server tells that its copies");
    let erased = Before::new(story, "on an account sign-in alone");
    let day = before.day;
    let profile = |header: &mut Header| header.key.category = Category::Profile;
    let refused =
        |name, change: fn(&mut Header)| before.refuses(name, &alice, to_bear(&before, change));
    vec![
        before.refuses(
            "a grant from before its link",
            &alice,
            to_bear(&before, |header| {
                header.not_before = Day(day.0 - 1);
            }),
        ),
        before.refuses(
            "a grant from 32 days after its link",
            &alice,
            to_bear(&before, |header| {
                header.not_before = day.plus(32);
            }),
        ),
        refused("a grant of a key that nobody made", |one| one.key.category = Category::Voice),
        refused("a grant of a version to come", |one| one.key.version = 2),
        refused("a grant of another family's key", |one| one.key.family = seeds::id("another")),
        refused("a grant of nobody's child", |one| one.key.child = seeds::id("nora")),
        due.refuses("a grant of a key that is due", &alice, to_bear(&due, |_| ())),
        replaced.refuses(
            "a grant of the version before",
            &alice,
            to_bear(&replaced, |one| {
                profile(one);
                one.key.version = 1;
            }),
        ),
        erased.refuses(
            "a grant of an erased key",
            &cast::device("emma's tablet").sig,
            to_bear(&erased, profile),
        ),
    ]
}

fn made(child: ChildId, versions: Vec<KeyVersion>) -> Body {
    Body::KeyVersion(KeyVersions { child, versions })
}

fn version(category: Category, version: u32, commitment: Hash) -> KeyVersion {
    let drop_box = unknown().drop_box_public();
    KeyVersion { category, version, commitment, drop_box, wrapped: None }
}

/// A chain with a second child that has a key for photos.
fn two_children(story: &Story) -> Before<'_> {
    let before = Before::new(story, "alice's ways back");
    let photos = version(Category::Photos, 1, unknown().commitment());
    let before = before.and(&key("alice"), Body::ChildAdd(finn()));
    before.and(&key("alice"), made(finn(), vec![photos]))
}

fn granted_to_whom(story: &Story) -> Vec<Json> {
    let before = two_children(story);
    let (alice, carol) = (key("alice"), key("carol"));
    let grant = |to: &KemPublic, kind, purpose, child| {
        let mut header = before.header((kind, to), (Category::Photos, Rights::READ), purpose);
        header.key.child = child;
        Body::Grant(before.sealed(header, to))
    };
    let [guardian, stranger] = ["carol", "dora"].map(|name| Person::new(name).keys.kem.public());
    let bear = cast::device("bear").kem.public();
    let (care, play) = (Purpose::Care, Purpose::Play);
    let (person, device, teen) = (GranteeKind::Guardian, GranteeKind::Device, GranteeKind::Teen);
    vec![
        before.refuses("a grant to a stranger", &alice, grant(&stranger, person, care, emma())),
        before.refuses("a toy granted as a guardian", &alice, grant(&bear, person, care, emma())),
        before.refuses(
            "a guardian granted as a teen",
            &alice,
            grant(&guardian, teen, care, emma()),
        ),
        before.refuses("another child's toy", &alice, grant(&bear, device, play, finn())),
        before.refuses("a carer of another child", &alice, grant(&guardian, person, care, finn())),
        before.refuses(
            "a carer grants for another child",
            &carol,
            grant(&bear, device, play, finn()),
        ),
        before.refuses(
            "a carer makes a key of another child",
            &carol,
            made(finn(), vec![version(Category::Photos, 2, Hash::of(b"kc"))]),
        ),
        before.refuses("a carer removes another child", &carol, Body::ChildRemove(finn())),
    ]
}

fn granted_to_services(story: &Story) -> Vec<Json> {
    let before = Before::new(story, "a service of the operator");
    let service = cast::service().kem.public();
    let refused = |name, before: &Before<'_>, kind, to: &KemPublic, purpose| {
        let rights = (Category::Profile, Rights::READ);
        let mut header = before.header((kind, to), rights, purpose);
        header.expires = Some(before.day.plus(30));
        before.refuses(name, &key("alice"), Body::Grant(before.sealed(header, to)))
    };
    let over = before.clone().later(390);
    let (kind, third) = (GranteeKind::Service, GranteeKind::ThirdParty);
    let stranger = Person::new("dora").keys.kem.public();
    vec![
        refused("a service for another purpose", &before, kind, &service, Purpose::Support),
        refused("a service as a third party", &before, third, &service, Purpose::ThirdParty),
        refused("a service that isn't listed", &before, kind, &stranger, Purpose::Moderation),
        refused("a service whose listing is over", &over, kind, &service, Purpose::Moderation),
    ]
}

fn keys(story: &Story) -> Vec<Json> {
    let before = Before::new(story, "the bear obeys");
    let alice = key("alice");
    let fresh = Hash::of(b"kc");
    let old = before.family.keys(emma(), Category::Profile).unwrap().current().unwrap();
    let old = old.version.commitment;
    let make =
        |name, versions: Vec<KeyVersion>| before.refuses(name, &alice, made(emma(), versions));
    let (photos, voice, video) = (Category::Photos, Category::Voice, Category::Video);
    vec![
        make(
            "one key for two categories",
            vec![version(voice, 1, fresh), version(video, 1, fresh)],
        ),
        make("a key that was announced before", vec![version(voice, 1, old)]),
        make("keys out of order", vec![version(video, 1, fresh), version(voice, 1, Hash::NONE)]),
        make("no key", Vec::new()),
        make("a key version again", vec![version(photos, 1, fresh)]),
        make("a version 0", vec![version(voice, 0, fresh)]),
    ]
}

fn children(story: &Story) -> Vec<Json> {
    let before = Before::new(story, "the bear obeys");
    let left = Before::new(story, "the camera is lost");
    let grown = Before::new(story, "emma makes keys");
    let (alice, bob) = (key("alice"), key("bob"));
    let erase = |child, categories: &[Category]| {
        Body::Erase(Erase { child, categories: categories.to_vec() })
    };
    let (photos, profile) = (Category::Photos, Category::Profile);
    let purge = Purge { link: before.family.genesis(), receipt: Hash::NONE, service: None };
    vec![
        before.refuses("a child again", &alice, Body::ChildAdd(emma())),
        left.refuses("a child comes back that left", &bob, Body::ChildAdd(finn())),
        left.refuses("a child leaves that left", &bob, Body::ChildRemove(finn())),
        left.refuses("a child is erased that left", &server(), erase(finn(), &[])),
        before.refuses("categories out of order", &alice, erase(emma(), &[photos, profile])),
        before.refuses("a category twice", &alice, erase(emma(), &[photos, photos])),
        grown.refuses("a guardian erases what is a teen's", &alice, erase(emma(), &[photos])),
        before.refuses("a guardian tells of destruction", &alice, Body::Purge(purge)),
    ]
}

fn revoked(story: &Story) -> Vec<Json> {
    let after = Before::new(story, "the server tells that its copies");
    let (alice, carol) = (key("alice"), key("carol"));
    let mut live: Vec<_> = after.family.live_grants(after.day).map(|(hash, _)| hash).collect();
    live.sort();
    live.reverse();
    let ended = after.family.grants().find(|(_, granted)| !granted.span.is_open()).unwrap().0;
    let genesis = after.family.genesis();
    let revoke = |hashes: Vec<Hash>| Body::Revoke(hashes);
    let waits = Before::new(story, "more than 14 days later");
    let announced = waits.family.seen().head;
    let grown = Before::new(story, "emma makes keys");
    let hers = grown.family.live_grants(grown.day).next().unwrap().0;
    vec![
        after.refuses("nothing taken back", &alice, revoke(Vec::new())),
        after.refuses("grants taken back out of order", &alice, revoke(live)),
        after.refuses("a grant taken back twice", &alice, revoke(vec![ended])),
        after.refuses("a link taken back that granted nothing", &alice, revoke(vec![genesis])),
        waits.refuses("a removal called off by a carer", &carol, revoke(vec![announced])),
        grown.refuses("a guardian takes back a teen's grant", &alice, revoke(vec![hers])),
    ]
}

/// Nora of dora's family, or dora herself.
pub fn other_side(peer: Peer) -> Side {
    let family: FamilyId = seeds::id("dora's family");
    Side { family, genesis: Hash::of(&Person::new("dora").found(family)), peer }
}

/// What alice writes of emma and somebody of dora's family, until so many days later.
pub fn approval(before: &Before<'_>, other: Side, days: u32, by: &str) -> Approval {
    let (modes, expires) = (Modes::from_bits(Modes::TEXT).unwrap(), before.day.plus(days));
    let (own, co) = (before.family.side(emma()), key(by));
    let co_sig = Approval::agree(own, other, modes, expires, &co);
    let co_key = key("dora").verify_key();
    Approval { child: emma(), other, modes, expires, co_key, co_sig }
}

fn contacts(story: &Story) -> Vec<Json> {
    let before = Before::new(story, "emma and nora");
    let alice = key("alice");
    let nora = other_side(Peer::Child(seeds::id("nora")));
    let refused = |name, approval: Approval| {
        before.refuses(name, &alice, Body::ContactApprove(Box::new(approval)))
    };
    let good = |days| approval(&before, nora, days, "dora");
    let own = Side { family: before.family.id(), ..nora };
    let nobody = Approval { child: seeds::id("nora"), ..good(9) };
    let mut full = before.clone();
    for days in 1..=8 {
        full = full.and(&alice, Body::ContactApprove(Box::new(good(days))));
    }
    let ninth = Body::ContactApprove(Box::new(good(9)));
    let ended = Before::new(story, "the service loses");
    let link = Hash::of(&story.links[13].bytes);
    vec![
        refused("a contact in the family", approval(&before, own, 9, "dora")),
        refused("a contact until today", good(0)),
        refused("a contact for 367 days", good(367)),
        refused("a contact that another guardian signed", approval(&before, nora, 9, "bob")),
        refused("a contact of nobody's child", nobody),
        before.replay("a contact in no mode", &no_mode(&before, nora)),
        full.refuses("a ninth approval of one contact", &alice, ninth),
        ended.refuses("a contact ended twice", &key("bob"), Body::ContactRevoke(link)),
    ]
}

/// A contact whose two signatures agree on no mode at all.
fn no_mode(before: &Before<'_>, other: Side) -> Vec<u8> {
    let right = approval(before, other, 9, "dora");
    let said = Approval::statement(before.family.side(emma()), other, right.modes, right.expires);
    // Both fields behind the sides: modes 1, and a day of three bytes.
    let mut said = said;
    let at = said.len() - 4;
    assert_eq!(said[at], Modes::TEXT);
    said[at] = 0;
    let co = key("dora");
    let signature = co.sign(&said);
    let like = Body::ContactApprove(Box::new(right.clone()));
    before.odd(like, &key("alice"), &|writer: &mut Writer| {
        let Peer::Child(nora) = other.peer else { unreachable!("it's a child's") };
        writer.array(9).bytes(emma().bytes()).bytes(other.family.bytes());
        writer.bytes(other.genesis.bytes()).uint(1_u8).bytes(nora.bytes());
        writer.uint(0_u8).uint(right.expires.0).bytes(co.verify_key().bytes());
        writer.bytes(&signature);
    })
}
