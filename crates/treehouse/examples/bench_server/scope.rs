//! The breach scope over a long log: who was handed what under a stolen token, asked of the
//! service's own code, and compared with what was put there.
//!
//! The leaves are real ones, inserted in bulk into the service's own table, with the places that the
//! log would have given them. One token was stolen; it read in 137 families, whose own guardians read
//! there too, before, meanwhile and afterwards.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, ensure};
use rusqlite::{Connection, params};
use treehouse_protocol::cbor::Canonical as _;
use treehouse_protocol::id::{ChildId, FamilyId, Hash, KeyId, RecordId};
use treehouse_protocol::leaf::{Release, What};
use treehouse_protocol::registry::{Category, Coded as _};
use treehouse_server::app::scope;
use treehouse_server::domain::leaf::Seal;
use treehouse_server::domain::scope::{Scope, Who};
use treehouse_server::random;

use crate::measures::count;
use crate::now;
use crate::serve::{cpu_s, database, open};
use crate::table::{Goal, Row};

/// Leaves in a run.
const ENTRIES: usize = 10_000_000;
const ENTRIES_QUICK: usize = 200_000;
/// Families that have any.
const FAMILIES: usize = 100_000;
/// Readings under the stolen token.
const STOLEN: usize = 1_000;
/// Families in which it was used.
const FAMILIES_TAKEN: usize = 137;
/// How long an answer may take, in seconds.
const SECONDS_MAX: f64 = 5.0;
/// When the first leaf was written, and when about the last, in milliseconds since 1970.
const SPAN_MS: (i64, i64) = (1_792_000_000_000, 1_794_592_000_000);

/// What was handed out: one record of a child.
type Item = (FamilyId, ChildId, Category, RecordId);

/// How many leaves a run has, unless somebody says.
pub const fn entries_by_default(quick: bool) -> usize {
    if quick { ENTRIES_QUICK } else { ENTRIES }
}

/// Puts so many leaves there, and asks.
pub async fn scope(folder: &Path, entries: usize) -> Result<Vec<Row>> {
    drop(open(folder).await?);
    let stolen = Hash::of(b"a stolen token");
    let (began, mut db) = (now(), database(folder)?);
    let (taken, own) = fill(&mut db, entries, stolen)?;
    drop(db);
    let filled_s = began.elapsed().as_secs_f64();
    let app = open(folder).await?;
    let mut rows = vec![
        Row::new("leaves of releases in the log", count(entries), ""),
        Row::new("inserting them", count(entries) / filled_s, "/s"),
    ];
    let key = Who::Key(reader(0));
    let asks = [
        ("what a stolen token was handed", Who::Token(stolen), &taken),
        ("what the holder of a key was handed, by searching every leaf", key, &own),
    ];
    for (what, who, meant) in asks {
        let (began, cpu) = (now(), cpu_s(std::process::id())?);
        let found = scope::scope(&app, SPAN_MS, &who, |_| {}).await?;
        let (seconds, cpu) = (began.elapsed().as_secs_f64(), cpu_s(std::process::id())? - cpu);
        let row = Row::new(what, seconds, " s").costing(cpu * 1e6);
        rows.push(row.meant(Goal::AtMost(SECONDS_MAX)));
        let [precision, recall] = exactness(&found, meant);
        rows.push(Row::new("its precision", precision, "").meant(Goal::AtLeast(1.0)));
        rows.push(Row::new("its recall", recall, "").meant(Goal::AtLeast(1.0)));
        ensure!(found.leaves == entries as u64, "{} leaves were looked at", found.leaves);
    }
    ensure!(taken.len() == STOLEN.min(entries), "as many were taken as were meant to be");
    Ok(rows)
}

/// The same number for the same `of` and `number`, and hardly ever for others.
fn id(of: &str, number: usize) -> [u8; 16] {
    let hash = Hash::of(format!("{of} {number}").as_bytes());
    std::array::from_fn(|at| hash.bytes()[at])
}

fn reader(family: usize) -> KeyId {
    KeyId::from_bytes(id("reader", family))
}

/// What was handed out by the leaf of this number: in which family, and whether to the thief.
const fn reading(number: usize, entries: usize) -> (usize, bool) {
    let every = if entries / STOLEN == 0 { 1 } else { entries / STOLEN };
    let nth = number / every;
    if number % every == every / 2 && nth < STOLEN {
        return (nth % FAMILIES_TAKEN, true);
    }
    // Spread over all families as chance would.
    (((number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) & 0xffff_ffff) % FAMILIES, false)
}

/// Inserts the leaves. Answers what the thief was handed, and what the reader of the first family was.
fn fill(
    db: &mut Connection,
    entries: usize,
    stolen: Hash,
) -> Result<(BTreeSet<Item>, BTreeSet<Item>)> {
    const INSERT: &str = "INSERT INTO leaf (owner_id, leaf_id, child_id, at_ms, leaf, place, token_hash) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let indexes = without_indexes(db)?;
    let families: Vec<[[u8; 16]; 3]> = (0..FAMILIES)
        .map(|number| [id("family", number), id("child", number), *reader(number).bytes()])
        .collect();
    let tokens: Vec<Hash> =
        (0..FAMILIES).map(|number| Hash::of(format!("token {number}").as_bytes())).collect();
    let (mut taken, mut own, rng) = (BTreeSet::new(), BTreeSet::new(), &mut random::rng());
    let step_ms = (SPAN_MS.1 - SPAN_MS.0) / i64::try_from(entries)?;
    let group = db.transaction()?;
    let mut insert = group.prepare(INSERT)?;
    for number in 0..entries {
        let (at, place) = (number % Category::ALL.len(), i64::try_from(number)?);
        let (category, at_ms) = (Category::ALL[at].0, SPAN_MS.0 + place * step_ms);
        let (home, by_thief) = reading(number, entries);
        let [family, child, key] = families[home];
        let (family, child) = (FamilyId::from_bytes(family), ChildId::from_bytes(child));
        let (record, reader) = (RecordId::random(rng), KeyId::from_bytes(key));
        let records = vec![record];
        let release = Release { family, child, category, reader, grant: None, records, blob: None };
        let seal = Seal::random(rng);
        let leaf = seal.leaf(at_ms, What::Release(release)).to_bytes();
        let shown = if by_thief { stolen } else { tokens[home] };
        let (owner, id) = (&family.bytes()[..], &seal.id.bytes()[..]);
        insert.execute(params![
            owner,
            id,
            &child.bytes()[..],
            at_ms,
            leaf,
            place,
            &shown.bytes()[..]
        ])?;
        let item = (family, child, category, record);
        if by_thief {
            taken.insert(item);
        }
        // The thief reads with the guardian's rights, and so as the guardian.
        if home == 0 {
            own.insert(item);
        }
    }
    drop(insert);
    group.commit()?;
    for index in indexes {
        db.execute_batch(&index)?;
    }
    Ok((taken, own))
}

/// Makes a long insertion fast, in a database that nobody else has open; answers what makes its
/// indexes again.
fn without_indexes(db: &Connection) -> Result<Vec<String>> {
    const INDEXES: &str = "SELECT name, sql FROM sqlite_schema WHERE tbl_name = 'leaf' \
        AND type = 'index' AND sql IS NOT NULL";
    db.execute_batch(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -3000000;",
    )?;
    let mut indexes = db.prepare(INDEXES)?;
    let indexes: Vec<(String, String)> =
        indexes.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    for (name, _) in &indexes {
        db.execute_batch(&format!("DROP INDEX {name}"))?;
    }
    Ok(indexes.into_iter().map(|(_, sql)| sql).collect())
}

/// How much of what was told is so, and how much of what is so was told.
fn exactness(found: &Scope, meant: &BTreeSet<Item>) -> [f64; 2] {
    let mut told = BTreeSet::new();
    for (family, shelves) in &found.families {
        for ((child, category), exposed) in shelves {
            told.extend(exposed.records.iter().map(|record| (*family, *child, *category, *record)));
        }
    }
    let both = count(told.intersection(meant).count());
    [both / count(told.len()), both / count(meant.len())]
}
