//! What a thief does get: what the stolen database tells without any key. It is read here as a
//! thief reads it, with SQLite alone and none of the server's code.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use serde::Serialize;
use treehouse_client::Chain;
use treehouse_protocol::chain::family::Standing;
use treehouse_protocol::id::{Day, Hash};
use treehouse_protocol::registry::{Category, Coded};
use treehouse_protocol::trust::Trust;
use treehouse_server::form::date;

const DAY_MS: i64 = 86_400_000;

/// One thing that a thief learns.
#[derive(Debug, Serialize)]
pub struct Learned {
    /// About what.
    pub subject: &'static str,
    /// What.
    pub learned: String,
}

/// Reads everything that isn't sealed.
///
/// # Errors
/// The stolen database can't be read.
pub fn read(database: &Path, trust: &Trust, today: Day) -> Result<Vec<Learned>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
    let stolen = Connection::open_with_flags(database, flags);
    let stolen = stolen.context("the stolen database doesn't open")?;
    let mut learned = Vec::new();
    let mut tell = |subject, learned_here| {
        learned.push(Learned { subject, learned: learned_here });
    };
    let one = |sql: &str| -> Result<String> { Ok(rows(&stolen, sql)?.concat().join(" ")) };

    tell("accounts", {
        let count = one("SELECT count(*) FROM account")?;
        let days = one("SELECT min(created_ms), max(created_ms) FROM account")?;
        format!("{count}, and when each was opened ({}); no name, no address", between(&days))
    });
    tell("sessions", {
        let count = one("SELECT count(*) FROM session")?;
        let days = one("SELECT min(created_ms), max(created_ms) FROM session")?;
        format!("{count}, and when each began ({})", between(&days))
    });
    tell("verifications", {
        let count = one("SELECT count(*) FROM verification")?;
        format!("{count}: by which method, when, and what came of it")
    });
    tell("families", told_by_chains(&stolen, trust, today)?);
    tell("records", {
        let counts = rows(&stolen, "SELECT category, count(*) FROM record GROUP BY category")?;
        let days = one("SELECT min(received_day), max(received_day) FROM record")?;
        let (first, last) = days.split_once(' ').unwrap_or((&days, &days));
        let counts: Vec<String> = counts.iter().map(|row| category(row)).collect();
        let days = [first, last].into_iter().filter_map(|day| day.parse().ok());
        format!(
            "{}; of each the child's number, the writer, and the day: {}",
            counts.join(", "),
            span(days)
        )
    });
    tell("sizes", {
        let sizes = "SELECT count(*), min(sealed_bytes), max(sealed_bytes) FROM blob";
        let sizes = rows(&stolen, sizes)?.concat();
        let distinct = one("SELECT count(DISTINCT sealed_bytes) FROM blob")?;
        let [count, least, most] = &sizes[..] else { anyhow::bail!("sizes are three numbers") };
        format!(
            "{count} sealed pictures of {least} to {most} bytes, {distinct} different: how large \
             a picture is shows to the byte"
        )
    });
    tell("toys", {
        let count = one("SELECT count(*) FROM toy")?;
        let days = one("SELECT min(linked_ms), max(linked_ms) FROM toy")?;
        format!(
            "{count}: their public keys, when linked ({}), the day of last contact",
            between(&days)
        )
    });
    Ok(learned)
}

/// The chains are public to whoever has them: who belongs to a family and what was consented to.
fn told_by_chains(stolen: &Connection, trust: &Trust, today: Day) -> Result<String> {
    let mut links: BTreeMap<Vec<u8>, Vec<Vec<u8>>> = BTreeMap::new();
    let mut statement =
        stolen.prepare("SELECT family_id, signed FROM link ORDER BY family_id, seq")?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        links.entry(row.get(0)?).or_default().push(row.get(1)?);
    }
    let (mut guardians, mut toys, mut children, mut grants) = (0, 0, 0, 0);
    for chain in links.values() {
        let genesis = Hash::of(chain.first().context("a chain has a first link")?);
        let chain = Chain::replay(genesis, chain.clone(), trust, today)?;
        let family = chain.family();
        children += family.children().count();
        grants += family.grants().count();
        let is_toy = |standing: &Standing| matches!(standing, Standing::Device { .. });
        toys += family.members().filter(|(_, member)| is_toy(&member.standing)).count();
        guardians += family.members().filter(|(_, member)| member.is_guardian()).count();
    }
    let count: usize = links.values().map(Vec::len).sum();
    Ok(format!(
        "{} families with {guardians} guardians, {children} children and {toys} toys, all as \
         numbers; {count} signed links: who let whom do what, for which purpose, on which day \
         ({grants} consents)",
        links.len()
    ))
}

fn category(row: &[String]) -> String {
    let [code, count] = row else {
        return String::new();
    };
    let category = code.parse().ok().and_then(Category::from_code);
    format!("{count} of {}", category.map_or("?", Coded::word))
}

/// Two times in milliseconds since 1970.
fn between(times: &str) -> String {
    let times = times.split(' ').filter_map(|time| time.parse::<i64>().ok());
    format!("to the millisecond; {}", span(times.map(|time| time / DAY_MS)))
}

/// The first and the last of some days since 1970.
fn span(days: impl Iterator<Item = i64>) -> String {
    let days = days.filter_map(|day| u32::try_from(day).ok());
    let mut dates: Vec<String> = days.map(|day| date(Day(day))).collect();
    dates.dedup();
    dates.join(" to ")
}

fn rows(stolen: &Connection, sql: &str) -> Result<Vec<Vec<String>>> {
    let mut statement = stolen.prepare(sql)?;
    let width = statement.column_count();
    let mut found = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = found.next()? {
        let text = |index| -> Result<String> {
            Ok(match row.get_ref(index)? {
                ValueRef::Integer(number) => number.to_string(),
                ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
                _ => String::new(),
            })
        };
        all.push((0..width).map(text).collect::<Result<_>>()?);
    }
    Ok(all)
}
