//! After an old state was put back: what families have taken away since is taken away again, by
//! links that the server signs. It can't give anything, so a backup can't either.

use std::collections::BTreeSet;

use treehouse_protocol::category::KeyName;
use treehouse_protocol::chain::Family;
use treehouse_protocol::chain::body::{Body, Erase, REVOKED_MAX};
use treehouse_protocol::chain::family::Standing;
use treehouse_protocol::chain::replay::BATCH_LINKS_MAX;
use treehouse_protocol::id::{AccountId, ChildId, FamilyId, Hash};
use treehouse_protocol::registry::{Category, Coded};
use treehouse_protocol::tombstone::Gone;

use super::{App, chain, closing, destruction, families, log};
use crate::domain::principal::Session;
use crate::error::Error;
use crate::store::{account, family};

/// What had to go again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Buried {
    /// Families that were looked at; each chain was replayed from its first link.
    pub families: u64,
    /// Children, or categories of theirs, that were erased again.
    pub erased: u64,
    /// Grants that were ended again.
    pub grants: u64,
    /// Toys that were removed again.
    pub toys: u64,
    /// Accounts that were closed again.
    pub accounts: u64,
}

/// Buries everything that has a tombstone. Nobody may be served before this returns.
///
/// # Errors
/// The database fails, or a chain doesn't replay; doing it again goes on.
pub async fn again(app: &App, gone: &BTreeSet<Hash>) -> Result<Buried, Error> {
    let mut buried = Buried::default();
    let mut after = FamilyId::from_bytes([0; 16]);
    loop {
        let page = family::ids_after(&app.db, after).await?;
        let Some(last) = page.last() else { break };
        after = *last;
        for id in page {
            buried.families += 1;
            // One after the other: an erasure takes grants and toys along.
            for find in [erasures, grants, toys] {
                let family = families::find(app, id).await?;
                let bodies = find(app, &family, gone, &mut buried);
                for batch in bodies.chunks(BATCH_LINKS_MAX) {
                    chain::append_own(app, id, batch).await?;
                }
            }
        }
    }
    while destruction::carry_out(app).await? > 0 {}
    let mut after = AccountId::from_bytes([0; 16]);
    loop {
        let page = account::ids_after(&app.db, after).await?;
        let Some((last, _)) = page.last() else { break };
        after = *last;
        for (account, family) in page {
            if gone.contains(&Gone::Account(account).commitment()) {
                let session = Session { account, family, hash: Hash::NONE };
                closing::close(app, &session).await?;
                buried.accounts += 1;
            }
        }
    }
    log::publish(app).await?;
    Ok(buried)
}

fn erasures(_: &App, family: &Family, gone: &BTreeSet<Hash>, buried: &mut Buried) -> Vec<Body> {
    let mut bodies = Vec::new();
    for (child, _) in family.children().filter(|(_, child)| child.span.is_open()) {
        if gone.contains(&Gone::Child(family.id(), child).commitment()) {
            bodies.push(Body::Erase(Erase { child, categories: Vec::new() }));
            buried.erased += 1;
            continue;
        }
        let categories = erased_categories(family, child, gone);
        if !categories.is_empty() {
            buried.erased += categories.len() as u64;
            bodies.push(Body::Erase(Erase { child, categories }));
        }
    }
    bodies
}

fn grants(app: &App, family: &Family, gone: &BTreeSet<Hash>, buried: &mut Buried) -> Vec<Body> {
    let live = family.live_grants(app.today()).map(|(hash, _)| hash);
    let is_gone = |hash: &Hash| gone.contains(&Gone::Grant(family.id(), *hash).commitment());
    let revoked: Vec<Hash> = live.filter(is_gone).collect();
    buried.grants += revoked.len() as u64;
    revoked.chunks(REVOKED_MAX).map(|hashes| Body::Revoke(hashes.to_vec())).collect()
}

fn toys(_: &App, family: &Family, gone: &BTreeSet<Hash>, buried: &mut Buried) -> Vec<Body> {
    let toys = family.members().filter(|(key, member)| {
        let toy = matches!(member.standing, Standing::Device { .. }) && member.span.is_open();
        toy && gone.contains(&Gone::Toy(family.id(), *key).commitment())
    });
    let bodies: Vec<Body> = toys.map(|(key, _)| Body::DeviceRemove(key)).collect();
    buried.toys += bodies.len() as u64;
    bodies
}

/// The categories of a child of which a version is gone that this chain doesn't know to be.
fn erased_categories(family: &Family, child: ChildId, gone: &BTreeSet<Hash>) -> Vec<Category> {
    let all = Category::ALL.iter().map(|row| row.0);
    let erased = all.filter(|category| {
        let Some(line) = family.keys(child, *category) else { return false };
        let last = line.current().map_or(0, |made| made.version.version);
        (line.erased() + 1..=last).any(|version| {
            let name = KeyName { family: family.id(), child, category: *category, version };
            gone.contains(&Gone::Key(name).commitment())
        })
    });
    erased.collect()
}
