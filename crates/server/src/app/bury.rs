//! After an old state was put back: what families have taken away since is taken away again, by
//! links that the server signs. It can't give anything, so a backup can't either.

use std::collections::BTreeSet;

use treehouse_protocol::category::KeyName;
use treehouse_protocol::chain::Family;
use treehouse_protocol::chain::body::{Body, Erase, REVOKED_MAX};
use treehouse_protocol::chain::family::Standing;
use treehouse_protocol::chain::replay::BATCH_LINKS_MAX;
use treehouse_protocol::grant::Header;
use treehouse_protocol::id::{AccountId, ChildId, FamilyId, Hash};
use treehouse_protocol::registry::{Category, Coded};
use treehouse_protocol::tombstone::Gone;

use super::{App, chain, closing, destruction, families, log};
use crate::domain::letter::Text;
use crate::domain::principal::Session;
use crate::error::Error;
use crate::store::{account, family};

/// How often the erasure of a family is carried on before it's given up: each takes a batch of links.
const ROUNDS_MAX: u32 = 64;

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

/// What the log says is gone for good.
#[derive(Debug, Clone, Default)]
pub struct Tombstones {
    all: BTreeSet<Hash>,
    /// Of those, the ones that the old state doesn't know.
    since: BTreeSet<Hash>,
}

impl Tombstones {
    /// Adds one; `since` says whether the old state doesn't know it.
    pub fn add(&mut self, commitment: Hash, since: bool) {
        self.all.insert(commitment);
        if since {
            self.since.insert(commitment);
        }
    }

    fn has(&self, gone: Gone) -> bool {
        self.all.contains(&gone.commitment())
    }

    /// For what may be there again for good reasons: a writer who was granted something anew has written
    /// anew.
    fn has_since(&self, gone: Gone) -> bool {
        self.since.contains(&gone.commitment())
    }
}

/// Buries everything that has a tombstone. Nobody may be served before this returns.
///
/// # Errors
/// The database fails, or a chain doesn't replay; doing it again goes on.
pub async fn again(app: &App, gone: &Tombstones) -> Result<Buried, Error> {
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
            if gone.has(Gone::Account(account)) {
                close(app, &Session { account, family, hash: Hash::NONE }).await?;
                buried.accounts += 1;
            }
        }
    }
    log::publish(app).await?;
    Ok(buried)
}

/// Closes an account that was closed before. What its family had then may be there again: guardians who
/// came later aren't, nor is what took carers out; so it's erased first if nobody else decides there.
async fn close(app: &App, session: &Session) -> Result<(), Error> {
    for _ in 0..ROUNDS_MAX {
        if closing::end(app, session, Text::AccountClosed).await? {
            return Ok(());
        }
        while destruction::carry_out(app).await? > 0 {}
    }
    Err(Error::Conflict("an account that was closed can't be closed again: its family isn't empty"))
}

fn erasures(_: &App, family: &Family, gone: &Tombstones, buried: &mut Buried) -> Vec<Body> {
    let mut bodies = Vec::new();
    for (child, _) in family.children().filter(|(_, child)| child.span.is_open()) {
        if gone.has(Gone::Child(family.id(), child)) {
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

/// Grants that were ended, also those that have run out meanwhile: what was written under them went with
/// their end.
fn grants(_: &App, family: &Family, gone: &Tombstones, buried: &mut Buried) -> Vec<Body> {
    let open = family.grants().filter(|(_, granted)| granted.span.is_open());
    let ended = open.filter(|(hash, granted)| {
        gone.has(Gone::Grant(family.id(), *hash)) || was_wiped(family, &granted.header, gone)
    });
    let revoked: Vec<Hash> = ended.map(|(hash, _)| hash).collect();
    buried.grants += revoked.len() as u64;
    revoked.chunks(REVOKED_MAX).map(|hashes| Body::Revoke(hashes.to_vec())).collect()
}

/// Whether what the holder of this grant wrote was destroyed after the old state. A toy that was taken
/// out at the same moment has no other tombstone for it.
fn was_wiped(family: &Family, header: &Header, gone: &Tombstones) -> bool {
    let (child, category) = (header.key.child, header.key.category);
    let mut holders = family.members().filter(|(_, it)| it.keys.kem.id() == header.grantee);
    header.rights.writes()
        && holders.any(|(key, _)| gone.has_since(Gone::Written(family.id(), child, category, key)))
}

fn toys(_: &App, family: &Family, gone: &Tombstones, buried: &mut Buried) -> Vec<Body> {
    let toys = family.members().filter(|(key, member)| {
        let toy = matches!(member.standing, Standing::Device { .. }) && member.span.is_open();
        toy && gone.has(Gone::Toy(family.id(), *key))
    });
    let bodies: Vec<Body> = toys.map(|(key, _)| Body::DeviceRemove(key)).collect();
    buried.toys += bodies.len() as u64;
    bodies
}

/// The categories of a child of which a version is gone that this chain doesn't know to be.
fn erased_categories(family: &Family, child: ChildId, gone: &Tombstones) -> Vec<Category> {
    let all = Category::ALL.iter().map(|row| row.0);
    let erased = all.filter(|category| {
        let Some(line) = family.keys(child, *category) else { return false };
        let last = line.current().map_or(0, |made| made.version.version);
        (line.erased() + 1..=last).any(|version| {
            let name = KeyName { family: family.id(), child, category: *category, version };
            gone.has(Gone::Key(name))
        })
    });
    erased.collect()
}
