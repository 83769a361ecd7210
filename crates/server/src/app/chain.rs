//! Chains: founding a family, adding links, and what a session alone may take away.

use std::collections::BTreeSet;
use std::sync::Arc;

use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::body::{Body, Erase, Recover};
use treehouse_protocol::chain::family::Standing;
use treehouse_protocol::chain::replay::BATCH_LINKS_MAX;
use treehouse_protocol::chain::{Family, Link};
use treehouse_protocol::id::{ChildId, FamilyId, Hash, KeyId, Seen};
use treehouse_protocol::registry::{Category, Method, Purpose};
use treehouse_protocol::sign::Signed;
use treehouse_protocol::tombstone::Gone;

use super::{App, account, families, notice, pairing};
use crate::access::{self, Permit, action};
use crate::domain::destruction::Plan;
use crate::domain::leaf::{LeafId, Seal};
use crate::domain::letter::Text;
use crate::domain::principal::{Principal, Session};
use crate::error::Error;
use crate::live::Ring;
use crate::random;
use crate::store::family::{self, Append, Appended, Effects, Found};
use crate::store::letter::Letter;

const OTHER_FAMILY: Error = Error::Conflict("the account belongs to a family already");

/// Bytes of all links of one batch.
pub const BATCH_BYTES_MAX: usize = 512 * 1024;

/// Founds a family with the first links of its chain. The account must be the one that the
/// genesis attests, and belong to no family yet.
///
/// # Errors
/// A link breaks a rule, another's attestation, the account has a family, or the operator isn't
/// ready for children.
pub async fn found(app: &App, session: &Session, links: Vec<Vec<u8>>) -> Result<Seen, Error> {
    app.require_ready()?;
    if session.family.is_some() {
        return Err(OTHER_FAMILY);
    }
    let first = links.first().ok_or(Error::invalid("links", "must begin with a genesis link"))?;
    let today = app.today();
    let replayed = Family::replay(Hash::of(first), [first.as_slice()], &app.trust, today);
    let mut family = replayed.map_err(Error::Chain)?;
    let founder = family.members().find_map(|(_, member)| member.account());
    if founder != Some(session.account) {
        return Err(Error::invalid("vpc", "must attest the account that founds the family"));
    }
    if links.len() > 1 {
        let rest: Vec<&[u8]> = links.iter().skip(1).map(Vec::as_slice).collect();
        family = family.append(&rest, &app.trust, today).map_err(Error::Chain)?;
    }
    check_strength(&family, &links)?;
    check_sensors(app, &family, &links)?;
    notice::require_known(app, None, &family, &links)?;
    let (id, seen) = (family.id(), family.seen());
    let seals = Seal::several(links.len(), &mut random::rng());
    let found =
        Found { family: id, account: session.account, links, seen, seals, now: app.now().0 };
    let is_new = app.db.write(found).await.map_err(|error| match Error::from(error) {
        Error::Conflict(_) => Error::Conflict("there is a family with this id"),
        other => other,
    })?;
    if !is_new {
        return Err(OTHER_FAMILY);
    }
    app.families.keep(&Arc::new(family));
    Ok(seen)
}

/// A page of a chain.
#[derive(Debug)]
pub struct Page {
    /// The links, in order.
    pub links: Vec<Vec<u8>>,
    /// Where the chain ends.
    pub seen: Seen,
}

/// The links from `seq` on.
///
/// # Errors
/// Not a member.
pub async fn page(
    app: &App,
    principal: &Principal,
    id: FamilyId,
    from: u64,
    count: i64,
) -> Result<Page, Error> {
    let family = families::of(app, principal, id).await?;
    let permit = access::read_family(principal, &family)?;
    let links = family::links(&app.db, permit.family(), from, count).await?;
    Ok(Page { links, seen: family.seen() })
}

/// Adds a batch of links, as a whole or not at all.
///
/// # Errors
/// Not a member, a link breaks a rule, or [`Error::Behind`] if the chain doesn't end at `after`.
pub async fn append(
    app: &App,
    principal: &Principal,
    id: FamilyId,
    after: Seen,
    links: Vec<Vec<u8>>,
) -> Result<Seen, Error> {
    let family = families::of(app, principal, id).await?;
    let permit = access::append(principal, &family)?;
    if family.seen() != after {
        return Err(Error::Behind(family.seen()));
    }
    write(app, permit, &family, links).await
}

async fn write(
    app: &App,
    permit: Permit<action::Append>,
    family: &Arc<Family>,
    links: Vec<Vec<u8>>,
) -> Result<Seen, Error> {
    let batch: Vec<&[u8]> = links.iter().map(Vec::as_slice).collect();
    let grown = family.append(&batch, &app.trust, app.today()).map_err(Error::Chain)?;
    check_strength(&grown, &links)?;
    check_sensors(app, &grown, &links)?;
    notice::require_known(app, Some(family), &grown, &links)?;
    let mut effects = effects(family, &grown, &links)?;
    effects.letters = announced(app, family, &grown, &links).await?;
    let works = !effects.destructions.is_empty() || !effects.letters.is_empty();
    let seen = grown.seen();
    let seals = Seal::several(links.len(), &mut random::rng());
    let now = app.now().0;
    match app.db.write(Append { permit, links, seen, effects, seals, now }).await? {
        Appended::Done => {}
        Appended::Behind => {
            let family = families::find(app, family.id()).await?;
            return Err(Error::Behind(family.seen()));
        }
        Appended::Elsewhere => return Err(OTHER_FAMILY),
        // Another server was quicker to tell.
        Appended::Told => return Ok(family.seen()),
    }
    app.families.keep(&Arc::new(grown));
    app.bells.ring(family.id(), Ring::Chain(seen.seq));
    if works {
        app.wake();
    }
    Ok(seen)
}

/// What a batch asks for beside itself.
fn effects(before: &Family, after: &Family, links: &[Vec<u8>]) -> Result<Effects, Error> {
    let (mut destructions, mut plans, mut told) = (Vec::new(), Vec::new(), Vec::new());
    for bytes in links {
        let link = after.link(bytes)?;
        if let Body::Purge(purge) = &link.body {
            told.push(purge.link);
        }
        if let Some(plan) = Plan::of(before, after, &link) {
            destructions.push((Hash::of(bytes), plan.to_bytes()));
            plans.push(plan);
        }
    }
    let joined = after.members().filter(|(key, member)| {
        member.span.is_open() && member.is_guardian() && before.member(*key).is_none()
    });
    let removed = before.members().filter(|(key, member)| {
        let device = matches!(member.standing, Standing::Device { .. });
        device && member.span.is_open() && after.member(*key).is_none()
    });
    let toys_removed: Vec<KeyId> = removed.map(|(key, _)| key).collect();
    let mut gone: Vec<Gone> = plans.iter().flat_map(Plan::gone).collect();
    gone.extend(toys_removed.iter().map(|key| Gone::Toy(before.id(), *key)));
    // What a toy held ends with its place, and what it wrote stays: ended again one by one, it
    // would be destroyed.
    let of_toys: BTreeSet<KeyId> = toys_removed
        .iter()
        .filter_map(|key| before.member(*key).map(|member| member.keys.kem.id()))
        .collect();
    let open = |family: &Family| -> BTreeSet<Hash> {
        let open = family.grants().filter(|(_, granted)| {
            granted.span.is_open() && !of_toys.contains(&granted.header.grantee)
        });
        open.map(|(hash, _)| hash).collect()
    };
    let (granted, still) = (open(before), open(after));
    gone.extend(granted.difference(&still).map(|grant| Gone::Grant(before.id(), *grant)));
    let rng = &mut random::rng();
    let named = gone.into_iter().map(|gone| (LeafId::random(rng), gone)).collect();
    Ok(Effects {
        destructions,
        gone: named,
        toys_removed,
        accounts_joined: joined.filter_map(|(_, member)| member.account()).collect(),
        letters: Vec::new(),
        told,
    })
}

/// What every guardian is told because of a batch: that a toy is about to bring somebody back, and
/// that this can still be called off. Without this letter a time lock would protect nobody.
async fn announced(
    app: &App,
    before: &Family,
    after: &Family,
    links: &[Vec<u8>],
) -> Result<Vec<Letter>, Error> {
    let mut letters = Vec::new();
    for bytes in links {
        if !matches!(after.link(bytes)?.body, Body::Recover(Recover::Announce(_))) {
            continue;
        }
        letters.extend(account::letters(app, before, Text::KeysAnnounced).await?);
    }
    Ok(letters)
}

/// E-mail plus and text plus verify an adult only as long as nothing is disclosed (16 CFR
/// 312.5(b)(2)): a grant to a service or third party, and a contact with another family, take a
/// stronger method.
fn check_strength(family: &Family, links: &[Vec<u8>]) -> Result<(), Error> {
    let weak = |signer: KeyId| -> bool {
        let method = family.verified_by(signer);
        matches!(method, Some(Method::EmailPlus | Method::TextPlus))
    };
    for bytes in links {
        let link = family.link(bytes)?;
        let discloses = match &link.body {
            Body::Grant(grant) => grant.headers().any(|header| header.grantee_kind.is_listed()),
            Body::ContactApprove(_) => true,
            _ => false,
        };
        let signer = Signed::from_bytes(bytes)?.signer();
        if discloses && weak(signer) {
            return Err(Error::Denied(
                "data is disclosed by this: verify yourself by a stronger method than e-mail first",
            ));
        }
    }
    Ok(())
}

/// A toy that no notice tells the sensors of gets no place, by whatever way it comes.
fn check_sensors(app: &App, family: &Family, links: &[Vec<u8>]) -> Result<(), Error> {
    for bytes in links {
        if let Body::DeviceAdd(add) = &family.link(bytes)?.body {
            pairing::require_listed(app, add.caps)?;
        }
    }
    Ok(())
}

/// What a session takes away without any key; the server signs the links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reduction {
    /// Every grant for this purpose, on the data of a child or of all children.
    Withdraw(Purpose, Option<ChildId>),
    /// A toy's place in the family.
    RemoveToy(KeyId),
    /// All data of a child, and the child with it; or some categories.
    Erase(ChildId, Option<Category>),
    /// Every child with all data, and every toy.
    EraseFamily,
    /// A guardian's new keys, which a toy has announced.
    CallOff(Hash),
}

/// Takes access away. It works without keys, also for a guardian who lost them.
///
/// # Errors
/// Not a guardian of this family, nothing to take away, or the chain forbids it.
pub async fn reduce(
    app: &App,
    principal: &Principal,
    id: FamilyId,
    reduction: Reduction,
) -> Result<Seen, Error> {
    /// Somebody else may write at the same moment; each time one of us gets on.
    const TRIES_MAX: u32 = 8;
    for _ in 0..TRIES_MAX {
        let family = families::of(app, principal, id).await?;
        let by = access::reduce(principal, &family)?.by();
        let links = sign(app, &family, bodies_of(app, &family, by, reduction)?);
        let permit = access::append(principal, &family)?;
        match write(app, permit, &family, links).await {
            Err(Error::Behind(_)) => {}
            other => return other,
        }
    }
    Err(Error::Conflict("the chain is busy: try again"))
}

fn bodies_of(
    app: &App,
    family: &Family,
    by: KeyId,
    reduction: Reduction,
) -> Result<Vec<Body>, Error> {
    let decides = |child: ChildId| family.decides_for(by, child);
    match reduction {
        Reduction::Withdraw(purpose, child) => {
            let live = family.live_grants(app.today()).filter(|(_, granted)| {
                let header = &granted.header;
                let meant = child.is_none_or(|child| child == header.key.child);
                header.purpose == purpose && meant && decides(header.key.child)
            });
            let hashes: Vec<Hash> = live.map(|(hash, _)| hash).collect();
            if hashes.is_empty() {
                return Err(Error::NotFound);
            }
            let chunks = hashes.chunks(treehouse_protocol::chain::body::REVOKED_MAX);
            Ok(chunks.map(|hashes| Body::Revoke(hashes.to_vec())).collect())
        }
        Reduction::RemoveToy(key) => {
            access::stops(family, by, key)?;
            Ok(vec![Body::DeviceRemove(key)])
        }
        Reduction::Erase(child, category) => {
            if !decides(child) {
                return Err(Error::NotFound);
            }
            let categories = category.into_iter().collect();
            Ok(vec![Body::Erase(Erase { child, categories })])
        }
        Reduction::EraseFamily => erase_family(family, by),
        Reduction::CallOff(announcement) => {
            let announced = family.recoveries().find(|asked| asked.link == announcement);
            let announced = announced.ok_or(Error::NotFound)?;
            if announced.lost != by && !access::is_owner(family, by) {
                return Err(Error::Denied("an owner calls this off, or the one whose keys it is"));
            }
            Ok(vec![Body::Revoke(vec![announcement])])
        }
    }
}

/// Every child that an owner decides for, with its toys; then the toys of the whole family. All in
/// one batch: there is no moment in which half a family is left.
fn erase_family(family: &Family, by: KeyId) -> Result<Vec<Body>, Error> {
    if !access::is_owner(family, by) {
        return Err(Error::Denied("only an owner erases the whole family"));
    }
    let children = family.children().filter(|(child, _)| family.decides_for(by, *child));
    let erased = children.map(|(child, _)| Body::Erase(Erase { child, categories: Vec::new() }));
    let toys = family.members().filter(|(_, member)| {
        member.span.is_open() && matches!(member.standing, Standing::Device { child: None, .. })
    });
    let bodies: Vec<Body> = erased.chain(toys.map(|(key, _)| Body::DeviceRemove(key))).collect();
    if bodies.is_empty() {
        return Err(Error::NotFound);
    }
    // The rest, of more toys than a batch has room for, is asked for again.
    Ok(bodies.into_iter().take(BATCH_LINKS_MAX).collect())
}

/// Signs links with the server's own key, which may only take access away.
pub(super) fn sign(app: &App, family: &Family, bodies: Vec<Body>) -> Vec<Vec<u8>> {
    let (mut seen, day, id) = (family.seen(), app.today(), family.id());
    let links = bodies.into_iter().map(|body| {
        let link = Link { family: id, seq: seen.seq + 1, prev: seen.head, day, body };
        let bytes = link.sign(&app.secrets.server);
        seen = Seen { seq: seen.seq + 1, head: Hash::of(&bytes) };
        bytes
    });
    links.collect()
}

/// Adds links that the server signs on its own: purge receipts, and what an old state that was put
/// back must lose again.
pub(super) async fn append_own(app: &App, id: FamilyId, bodies: &[Body]) -> Result<(), Error> {
    const TRIES_MAX: u32 = 8;
    for _ in 0..TRIES_MAX {
        let family = families::find(app, id).await?;
        let permit = access::append_as_server(&family, app.secrets.server.id());
        match write(app, permit, &family, sign(app, &family, bodies.to_vec())).await {
            Err(Error::Behind(_)) => {}
            other => return other.map(drop),
        }
    }
    Err(Error::Conflict("the chain is busy: try again"))
}
