//! Whether every row that says who somebody is, or what is whose, is one that the service wrote.
//! Whoever has write access to the database, and to nothing else, can't make one: each is held by
//! something that doesn't lie there.
//!
//! | rows | what holds them |
//! |---|---|
//! | `link`, `family` | signatures and the rules of the chain; the log |
//! | `record` | the outer layer's place, the writer's signature and right, the server's tag |
//! | `toy` | the chain, which names its key |
//! | `account`, `address` | the keyed hash of the sealed address; the chain, which names its guardians |
//! | `verification` | the attester's signature, the hash of the evidence in it; the log |
//! | `payment` | the keyed hash of its verification and price; the sealed words of the provider |
//! | `inquiry` | the keyed hash of its verification and method; the sealed words of the verifier |
//! | `session`, `mail_link`, `steward` | a seal ([`crate::domain::row_seal`]) |
//! | `steward_act` | the log |
//! | `leaf` | the published log |
//!
//! Rows that are gone are seen where something else tells of them: a family and its links, an account,
//! an attestation, a receipt, a record that was handed out, a steward and what one did.
//!
//! What it can't see: a whole older state of a record, a record that nobody was ever handed, a blob,
//! a toy, a session, and whatever is gone together with its leaves of the log: that they were
//! forgotten is what an erasure looks like. Those who read have seen it, and say so.

mod families;
mod gone;
mod people;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use quick_cache::sync::Cache;
use serde::Serialize;
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::id::{AccountId, FamilyId};
use treehouse_protocol::leaf::{Leaf, What};
use treehouse_tlog::tile::{Content, Entries};
use treehouse_tlog::tiles::{self, Tiles as _};

use super::App;
use crate::domain::leaf::{self as logged, LeafId};
use crate::error::Error;
use crate::store::leaf;
use crate::store::rows::{self, LeafRow};

/// Bundles of the log's entries that are kept at hand.
const BUNDLES_MAX: usize = 64;

/// A row that the service didn't write, or not like this.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Altered {
    /// Its table.
    pub table: &'static str,
    /// Its id, or that of whom it belongs to, in hexadecimal digits.
    pub row: String,
    /// What isn't so.
    pub rule: &'static str,
}

/// What is known after the families were examined: in which of them an account is a guardian.
type Guardians = BTreeMap<AccountId, BTreeSet<FamilyId>>;

/// What is found on the way.
struct Search<'a> {
    app: &'a App,
    /// Entries that have a place.
    placed: u64,
    /// Entries under the published checkpoint.
    published: u64,
    bundles: Cache<u64, std::sync::Arc<Vec<Vec<u8>>>>,
    /// Accounts of those who decide in a family now.
    deciding: BTreeSet<AccountId>,
    found: Vec<Altered>,
}

/// The rows of a table, page by page, in the order of their names.
struct Pages<N, R> {
    /// The name of the last row of the pages so far.
    after: N,
    name: fn(&R) -> N,
}

impl<N, R> Pages<N, R> {
    /// Begins after a name.
    const fn after(after: N, name: fn(&R) -> N) -> Self {
        Self { after, name }
    }

    /// Passes a page on, and remembers where the next begins; `None` after the last.
    fn next(&mut self, page: Vec<R>) -> Option<Vec<R>> {
        self.after = (self.name)(page.last()?);
        Some(page)
    }
}

/// Examines every row of these tables. Answers those that aren't the service's.
///
/// # Errors
/// The database or the log's files fail. What a row says is never an error.
pub async fn examine(app: &App) -> Result<Vec<Altered>, Error> {
    let checkpoint = app.ledger.checkpoint().map_err(|_| Error::Internal("the log's files"))?;
    let published = checkpoint.map_or(0, |signed| signed.head().size);
    let (placed, bundles) = (leaf::progress(&app.db).await?.size, Cache::new(BUNDLES_MAX));
    let (deciding, found) = (BTreeSet::new(), Vec::new());
    let mut search = Search { app, placed, published, bundles, deciding, found };
    let guardians = families::examine(&mut search).await?;
    people::examine(&mut search, &guardians).await?;
    gone::examine(&mut search).await?;
    Ok(search.found)
}

impl Search<'_> {
    fn found(&mut self, table: &'static str, row: &[u8], rule: &'static str) {
        let mut digits = String::new();
        for byte in row {
            // Writing to a string can't fail.
            let _ = write!(digits, "{byte:02x}");
        }
        self.found.push(Altered { table, row: digits, rule });
    }

    fn require(&mut self, holds: bool, table: &'static str, row: &[u8], rule: &'static str) {
        if !holds {
            self.found(table, row, rule);
        }
    }

    /// What the log says of an owner, by its leaves; each is compared with the published entry.
    async fn told(&mut self, owner: [u8; 16]) -> Result<Vec<(u64, What)>, Error> {
        let mut told = Vec::new();
        // First those that wait: one that is placed meanwhile is met again, and not missed.
        let waiting = rows::waiting(&self.app.db, owner).await?;
        let mut waiting: BTreeMap<LeafId, LeafRow> =
            waiting.into_iter().map(|row| (row.id, row)).collect();
        let mut pages = Pages::after(i64::MIN, |row: &LeafRow| row.place.unwrap_or(i64::MAX));
        while let Some(page) = pages.next(rows::leaves(&self.app.db, owner, pages.after).await?) {
            for row in page {
                waiting.remove(&row.id);
                told.extend(self.leaf(owner, &row));
            }
        }
        for row in waiting.values() {
            told.extend(self.leaf(owner, row));
        }
        Ok(told)
    }

    /// When something happened, and what, by a leaf of this owner.
    fn leaf(&mut self, owner: [u8; 16], row: &LeafRow) -> Option<(u64, What)> {
        let Ok(leaf) = Leaf::from_bytes(&row.leaf) else {
            self.found("leaf", row.id.bytes(), "must be a leaf");
            return None;
        };
        let what = &leaf.event.what;
        // Before there were names, the deployment's rows were looked up by their ids.
        let by_id = row.name.is_some_and(|name| name.bytes() == row.id.bytes());
        let same = logged::owner(what) == owner
            && logged::child(what) == row.child
            && u64::try_from(row.at_ms) == Ok(leaf.event.at_ms)
            && (by_id || row.name == logged::name(what));
        self.require(same, "leaf", row.id.bytes(), "must be in the row of what it tells");
        if let Some(place) = row.place {
            self.place(row, place, &leaf);
        }
        Some((leaf.event.at_ms, leaf.event.what))
    }

    fn place(&mut self, row: &LeafRow, place: i64, leaf: &Leaf) {
        let place = u64::try_from(place).unwrap_or(u64::MAX);
        self.require(place < self.placed, "leaf", row.id.bytes(), "must have a place in the log");
        if place >= self.published {
            return;
        }
        let entry = self.entry(place);
        let same = entry.is_some_and(|entry| entry == leaf.entry().to_bytes());
        self.require(
            same,
            "leaf",
            row.id.bytes(),
            "must be the published log's entry of its place",
        );
    }

    /// An entry of the published log.
    fn entry(&self, place: u64) -> Option<Vec<u8>> {
        let path = tiles::holding(Content::Entries, place, self.published)?;
        let bundle = self.bundles.get_or_insert_with(&path.index(), || {
            let files = self.app.ledger.files();
            let bytes = files.read(path).or_else(|_| files.read(path.full())).map_err(|_| ())?;
            let entries = Entries::new(&bytes).map(|entry| entry.map(<[u8]>::to_vec));
            entries.collect::<Result<Vec<_>, _>>().map(std::sync::Arc::new).map_err(|_| ())
        });
        let at = usize::try_from(place % u64::from(treehouse_tlog::tile::TILE_WIDTH)).ok()?;
        bundle.ok()?.get(at).cloned()
    }
}
