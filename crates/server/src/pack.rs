//! The evidence pack: what an operator hands to an assessor, an authority or a court. Clause by
//! clause what is asked, what meets it and which test shows it; every notice that was ever
//! published, byte for byte; registers, staff's acts and incidents; and the log's proof of them.
//!
//! It holds no family's data: of families it has counts alone. What is in it can be checked without
//! the server, by `treehouse-audit evidence`.

mod assessed;
mod assessment;
mod conformance;
mod manifest;
mod page;
mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io;
use std::path::Path;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::Serialize;
use serde_json::{Value, json};
use treehouse_protocol::cbor::Canonical as _;
use treehouse_protocol::id::{Day, Hash};
use treehouse_protocol::leaf::{Entry, Leaf};
use treehouse_protocol::registry::{Coded as _, Method};
use treehouse_tlog::hash::Hash as LogHash;

pub use self::assessed::impact_assessment;
pub use self::manifest::{MANIFEST, SIGNATURE, statement};
use crate::data_map::Feature;
use crate::domain::operator::Operator;
use crate::domain::steward::Act;
use crate::port::clock::{DAY_MS, Time};
use crate::registers::{Date, Registers};
use crate::requirements::Section;
use crate::results::Results;

/// Days of a period: the order's twenty years, and a little more.
pub const PERIOD_DAYS_MAX: u32 = 7400;

/// How many entries of each kind the log has, by day.
pub type Counts = BTreeMap<Day, BTreeMap<&'static str, u64>>;
/// The files of a pack, by their names.
pub type Pages = BTreeMap<String, Vec<u8>>;

/// The days that a pack is about, both of them within.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first.
    pub from: Day,
    /// The last.
    pub to: Day,
}

impl Period {
    /// These days, if they follow each other and aren't more than [`PERIOD_DAYS_MAX`].
    #[must_use]
    pub fn new(from: Day, to: Day) -> Option<Self> {
        (from <= to && to.0 - from.0 < PERIOD_DAYS_MAX).then_some(Self { from, to })
    }

    /// Whether a day lies within.
    #[must_use]
    pub fn has(self, day: Day) -> bool {
        (self.from..=self.to).contains(&day)
    }

    /// When it begins, and when it's over, in milliseconds since 1970.
    #[must_use]
    pub fn ms(self) -> (i64, i64) {
        (i64::from(self.from.0) * DAY_MS, (i64::from(self.to.0) + 1) * DAY_MS)
    }
}

/// The log, and what is shown of it.
#[derive(Debug, Clone)]
pub struct LogPart {
    /// Its public key.
    pub key: String,
    /// The checkpoint as it is published.
    pub checkpoint: String,
    /// Entries under it.
    pub size: u64,
    /// Entries of the period.
    pub counts: Counts,
    /// Entries with their proofs.
    pub proven: Vec<Proven>,
}

/// An entry and its proof; and what it tells, if that is about nobody but the deployment.
#[derive(Debug, Clone)]
pub struct Proven {
    /// Its place in the log, from 0.
    pub place: u64,
    /// Its bytes.
    pub entry: Vec<u8>,
    /// What it tells.
    pub leaf: Option<Leaf>,
    /// The proof that it is under the checkpoint.
    pub proof: Vec<LogHash>,
}

/// A version of a notice or of the registers.
#[derive(Debug, Clone)]
pub struct Publication {
    /// The word of its kind.
    pub kind: &'static str,
    /// Its number, from 1.
    pub version: u32,
    /// The hash of its bytes.
    pub hash: Hash,
    /// When it was published.
    pub at: Time,
    /// The version of the program that made it.
    pub program: String,
    /// Its bytes.
    pub document: Vec<u8>,
    /// Where in the log its leaf is, once it is.
    pub place: Option<u64>,
}

/// What a steward did.
#[derive(Debug, Clone)]
pub struct Acted {
    /// When.
    pub at: Time,
    /// The steward's name.
    pub by: String,
    /// What.
    pub act: Act,
}

/// Everything that a deployment can show for a period.
#[derive(Debug, Clone)]
pub struct Collected {
    /// The deployment's name.
    pub deployment: String,
    /// Where it is.
    pub public_url: String,
    /// Who runs it.
    pub operator: Operator,
    /// The version of the program.
    pub program: &'static str,
    /// When it was gathered.
    pub made: Time,
    /// For which days.
    pub period: Period,
    /// The ways in which a parent may be verified now.
    pub methods: Vec<Method>,
    /// What is on now.
    pub features: BTreeSet<Feature>,
    /// The log.
    pub log: LogPart,
    /// Every version of every notice and of the registers.
    pub publications: Vec<Publication>,
    /// Every state of the registers, and since when it counts.
    pub registers: Vec<(Time, Registers)>,
    /// What stewards did in the period.
    pub acts: Vec<Acted>,
    /// When an older state of the database was put back, and how many entries it lacked.
    pub restores: Vec<(Day, u64)>,
    /// The impact assessment of what is on now.
    pub impact_assessment: String,
    /// Alarms, by their words.
    pub alarms: Vec<(Time, String)>,
    /// How many complaints came in the period, by their state.
    pub complaints: BTreeMap<&'static str, u64>,
}

/// The files of a pack, without what signs them.
#[must_use]
pub fn pages(found: &Collected, list: &[Section], results: Option<&Results>) -> Pages {
    let mut pages = Pages::new();
    let mut put = |name: &str, value: &Value| pages.insert(name.to_owned(), lines(value));
    let rows = rows::rows(found, list, results);
    put("requirements.json", &json!(rows));
    put("log/counts.json", &counts(found));
    put("notices.json", &json!(found.publications.iter().map(publication).collect::<Vec<_>>()));
    put("registers.json", &assessment::registers(found));
    put("acts.json", &acts(found));
    put("incidents.json", &incidents(found));
    put("assessment.json", &assessment::assessment(found, &rows));
    for (name, document) in conformance::documents(list) {
        pages.insert(format!("conformance/{name}.json"), lines(&document));
    }
    pages.insert("impact-assessment.md".to_owned(), found.impact_assessment.clone().into_bytes());
    pages.insert("log/checkpoint".to_owned(), found.log.checkpoint.clone().into_bytes());
    pages.insert("log/key.txt".to_owned(), format!("{}\n", found.log.key).into_bytes());
    pages.insert("log/proofs.jsonl".to_owned(), proofs(&found.log).into_bytes());
    for each in &found.publications {
        pages.insert(file_of(each), each.document.clone());
    }
    pages.insert("index.html".to_owned(), page::html(found, &rows).into_bytes());
    pages.insert("index.txt".to_owned(), index(found, &pages).into_bytes());
    pages
}

/// Writes files into a folder that is new or empty.
///
/// # Errors
/// There is something in it, or the disk fails.
pub fn write(folder: &Path, files: &Pages) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    if std::fs::read_dir(folder)?.next().is_some() {
        return Err(io::Error::from(io::ErrorKind::DirectoryNotEmpty));
    }
    for (name, bytes) in files {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, bytes)?;
    }
    Ok(())
}

fn lines(value: &impl Serialize) -> Vec<u8> {
    // A value of texts, numbers and lists always has a JSON form.
    let mut bytes = serde_json::to_vec_pretty(value).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

fn date(day: Day) -> String {
    Date::of(day).to_string()
}

/// A time for people, to the minute.
pub(crate) fn moment(time: Time) -> String {
    let minutes = time.0.div_euclid(60_000).rem_euclid(24 * 60);
    format!("{} {:02}:{:02} UTC", date(time.day()), minutes / 60, minutes % 60)
}

/// Where a publication lies in the pack.
fn file_of(each: &Publication) -> String {
    let form = match each.kind {
        "registers" => "toml",
        "bundle" => "txt",
        "screens" => "tar",
        _ => "json",
    };
    format!("published/{}-{}.{form}", each.kind, each.version)
}

fn publication(each: &Publication) -> Value {
    json!({
        "kind": each.kind,
        "version": each.version,
        "sha256": each.hash.to_string(),
        "at_ms": each.at.0,
        "at": moment(each.at),
        "program": each.program,
        "place": each.place,
        "file": file_of(each),
    })
}

fn counts(found: &Collected) -> Value {
    let days = found.log.counts.iter().map(|(day, kinds)| (date(*day), json!(kinds)));
    json!({
        "from": date(found.period.from),
        "to": date(found.period.to),
        "size": found.log.size,
        "days": days.collect::<BTreeMap<_, _>>(),
        "kinds": kinds(&found.log.counts),
    })
}

/// How many entries of each kind the period has.
fn kinds(counts: &Counts) -> BTreeMap<&'static str, u64> {
    let mut sums = BTreeMap::new();
    for (kind, count) in counts.values().flatten() {
        *sums.entry(*kind).or_default() += count;
    }
    sums
}

fn acts(found: &Collected) -> Value {
    let each = found.acts.iter().map(|acted| {
        json!({ "at": moment(acted.at), "at_ms": acted.at.0, "by": acted.by, "act": acted.act.word() })
    });
    json!({
        "acts": each.collect::<Vec<_>>(),
        "reasons": "each leaf of an act has the hash of its reason; `treehouse steward acts` shows them",
    })
}

fn incidents(found: &Collected) -> Value {
    let restores = found.restores.iter();
    let restores =
        restores.map(|(day, lacked)| json!({ "day": date(*day), "entries_lost": lacked }));
    let alarms = found.alarms.iter();
    let alarms =
        alarms.map(|(at, word)| json!({ "at": moment(*at), "at_ms": at.0, "alarm": word }));
    json!({
        "alarms": alarms.collect::<Vec<_>>(),
        "restores": restores.collect::<Vec<_>>(),
        "breaches": "`treehouse scope` tells of each who, what, when, and by when whom to tell",
    })
}

/// One line for each entry.
fn proofs(log: &LogPart) -> String {
    let b64 = Base64UrlUnpadded::encode_string;
    let mut text = String::new();
    for Proven { place, entry, leaf, proof } in &log.proven {
        let read = Entry::from_bytes(entry).ok();
        let line = json!({
            "place": place,
            "kind": read.map(|entry| entry.kind.word()),
            "day": read.map(|entry| date(entry.day)),
            "entry": b64(entry),
            "leaf": leaf.as_ref().map(|leaf| b64(&leaf.to_bytes())),
            "proof": proof.iter().map(ToString::to_string).collect::<Vec<_>>(),
        });
        // Writing to a string can't fail.
        let _ = writeln!(text, "{line}");
    }
    text
}

/// What each file is, and how to check them.
fn index(found: &Collected, pages: &Pages) -> String {
    const WHAT: [(&str, &str); 13] = [
        ("index.html", "all of it for people, in one page"),
        ("requirements.json", "each demand, what meets it, its tests and what came of them"),
        ("assessment.json", "what an assessor of the whole period asks for"),
        (
            "notices.json",
            "every version of every notice, of registers and app, with hash and place",
        ),
        ("published/", "those versions, byte for byte"),
        ("registers.json", "the registers as they stand, and the days on which they had a fault"),
        ("acts.json", "what stewards did"),
        ("impact-assessment.md", "the data protection impact assessment of what is on"),
        ("conformance/", "EN 303 645, EN 18031-2 and CRA Annex I, provision by provision"),
        ("incidents.json", "alarms, and states of the database that were put back"),
        ("log/checkpoint", "the log as it is published, and who cosigned that"),
        ("log/counts.json", "how many entries of each kind the log has, by day"),
        ("log/proofs.jsonl", "entries with proofs that they are under the checkpoint"),
    ];
    let mut text = format!(
        "Evidence of {} ({}), {} to {}\nMade {} by Treehouse {}\n\n",
        found.deployment,
        found.public_url,
        date(found.period.from),
        date(found.period.to),
        moment(found.made),
        found.program
    );
    for (name, what) in WHAT {
        let _ = writeln!(text, "{name:20}  {what}");
    }
    let _ = write!(
        text,
        "\n{} files, each with its SHA-256 in {MANIFEST}, which {SIGNATURE} signs with the log's key.\n\
         Check it with:\n  treehouse-audit evidence . --key '{}'\n\
         and compare the key with what others were given. With --log and a mirror of the log it\n\
         also counts the entries again.\n\n\
         It holds no family's data: of families the log shows kinds, days and hashes.\n\
         A demand without a test that can be run says so. This is no legal advice.\n",
        pages.len() + 1,
        found.log.key,
    );
    text
}

#[cfg(test)]
mod tests;
