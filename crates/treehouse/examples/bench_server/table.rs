//! From samples to lines: median of the rounds, what it's held against, goal, and whether it was
//! met.

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::{Value, json};

use crate::measures::{BLOB_BYTES, Sample, count};

/// What was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    /// Records stored.
    Writes,
    /// The disk's limit for them.
    Sqlite,
    /// Inserts of the peer.
    PgInserts,
    /// Records read with a proof.
    Reads,
    /// Records read with a session.
    SessionReads,
    /// Requests that do nothing.
    Nothing,
    /// Reads of the peer.
    PgReads,
    /// Sign-ins.
    SignIns,
    /// Reads during a storm of sign-ins.
    Storm,
    /// Blobs stored.
    Uploads,
    /// The disk's limit for them.
    Files,
    /// Files that the peer stores.
    NginxPuts,
    /// Files that the peer hands out.
    NginxGets,
    /// Listeners told.
    Rings,
    /// Notices made.
    Notices,
    /// Notices as pages.
    Pages,
    /// Notices as PDF.
    Sheets,
    /// Memory of a server that has just started.
    Idle,
    /// Memory with a thousand live connections.
    Live,
    /// The first start, which makes databases and keys.
    StartFresh,
    /// Every other start.
    StartAgain,
}

/// All samples.
pub struct Figures(pub BTreeMap<Name, Vec<Sample>>);

/// One line of the table.
pub struct Row {
    what: &'static str,
    figure: f64,
    unit: &'static str,
    cpu_us: f64,
    against: Option<(&'static str, f64, f64)>,
    goal: Option<Goal>,
}

/// When a line is as it should be.
pub enum Goal {
    /// So much or more.
    AtLeast(f64),
    /// So much or less.
    AtMost(f64),
    /// So many times what it's held against, or more.
    Times(f64),
    /// So many times what it's held against, or less.
    AtMostTimes(f64),
}

impl Row {
    /// A line with a figure and nothing else.
    pub const fn new(what: &'static str, figure: f64, unit: &'static str) -> Self {
        Self { what, figure, unit, cpu_us: f64::NAN, against: None, goal: None }
    }

    /// What each cost, in microseconds of CPU.
    pub fn costing(self, cpu_us: f64) -> Self {
        Self { cpu_us, ..self }
    }

    /// The same figure of something else.
    pub fn beside(self, what: &'static str, figure: f64) -> Self {
        Self { against: Some((what, figure, f64::NAN)), ..self }
    }

    /// What it should be.
    pub fn meant(self, goal: Goal) -> Self {
        Self { goal: Some(goal), ..self }
    }

    fn ratio(&self) -> f64 {
        self.against.map_or(f64::NAN, |(_, figure, _)| self.figure / figure)
    }

    fn is_met(&self) -> Option<bool> {
        self.goal.as_ref().map(|goal| match goal {
            Goal::AtLeast(least) => self.figure >= *least,
            Goal::AtMost(most) => self.figure <= *most,
            Goal::Times(times) => self.ratio() >= *times,
            Goal::AtMostTimes(times) => self.ratio() <= *times,
        })
    }

    fn goal(&self) -> String {
        let unit = self.unit;
        match self.goal {
            Some(Goal::AtLeast(least)) => format!(">= {least}{unit}"),
            Some(Goal::AtMost(most)) => format!("<= {most}{unit}"),
            Some(Goal::Times(times)) => format!(">= {times}x"),
            Some(Goal::AtMostTimes(times)) => format!("<= {times}x"),
            None => "–".to_owned(),
        }
    }

    fn json(&self) -> Value {
        json!({
            "what": self.what,
            "figure": self.figure,
            "unit": self.unit.trim(),
            "cpu_us": self.cpu_us,
            "against": self.against.map(|(what, figure, cpu_us)| {
                json!({ "what": what, "figure": figure, "cpu_us": cpu_us })
            }),
            "ratio": self.ratio(),
            "goal": self.goal(),
            "met": self.is_met(),
        })
    }
}

/// The one in the middle.
pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn number(value: f64, unit: &str) -> String {
    if value.is_nan() {
        return "–".to_owned();
    }
    let digits = usize::from(value < 100.0);
    format!("{value:.digits$}{unit}")
}

impl Figures {
    /// Adds a sample.
    pub fn note(&mut self, name: Name, sample: Sample) {
        self.0.entry(name).or_default().push(sample);
    }

    fn median(&self, name: Name, figure: impl Fn(&Sample) -> f64) -> Option<f64> {
        self.0.get(&name).map(|samples| median(samples.iter().map(figure)))
    }

    /// A line about speed. `each` is how much of the unit one operation is.
    fn speed(
        &self,
        what: &'static str,
        name: Name,
        (each, unit): (f64, &'static str),
    ) -> Option<Row> {
        let figure = self.median(name, Sample::per_second)? * each;
        let cpu_us = self.median(name, Sample::cpu_us)?;
        Some(Row { what, figure, unit, cpu_us, against: None, goal: None })
    }

    /// The same beside a limit, if that was measured.
    fn beside(&self, row: Option<Row>, name: &'static str, peer: Name, each: f64) -> Option<Row> {
        let cpu_us = self.median(peer, Sample::cpu_us);
        let figure = self.median(peer, Sample::per_second).map(|figure| figure * each);
        let against = figure.zip(cpu_us).map(|(figure, cpu_us)| (name, figure, cpu_us));
        row.map(|row| Row { against, ..row })
    }

    /// A line that's there only if the peer was.
    fn peer(&self, row: Option<Row>, name: &'static str, peer: Name, each: f64) -> Option<Row> {
        self.beside(row, name, peer, each).filter(|row| row.against.is_some())
    }

    fn wait(
        &self,
        what: &'static str,
        name: Name,
        percent: usize,
        goal: Option<Goal>,
    ) -> Option<Row> {
        let figure = self.median(name, |sample| sample.wait_ms(percent))?;
        Some(Row { what, figure, unit: " ms", cpu_us: f64::NAN, against: None, goal })
    }

    fn size(&self, what: &'static str, name: Name, most: f64) -> Option<Row> {
        let figure = self.median(name, |sample| sample.count)?;
        let goal = Some(Goal::AtMost(most));
        Some(Row { what, figure, unit: " MiB", cpu_us: f64::NAN, against: None, goal })
    }

    /// Every line of which there are samples.
    pub fn rows(&self) -> Vec<Row> {
        const EACH: (f64, &str) = (1.0, "/s");
        let with = |goal, row: Option<Row>| row.map(|row| Row { goal: Some(goal), ..row });
        let writes = || self.speed("durable record writes, with proof", Name::Writes, EACH);
        let reads = || self.speed("record reads, with proof", Name::Reads, EACH);
        let session = self.speed("record reads, with session", Name::SessionReads, EACH);
        let sign_ins = self.speed("sign-ins", Name::SignIns, EACH);
        let megabytes = count(BLOB_BYTES) / 1e6;
        let uploads = || self.speed("2 MB blobs stored", Name::Uploads, (megabytes, " MB/s"));
        let (put, get) = ("nginx, PUT, not synced", "nginx, a file of its size");
        let (limit, nothing) = ("SQLite, 64 rows a commit", "a request that does nothing");
        let pgcrypto = "PostgreSQL + pgcrypto";
        [
            with(Goal::AtLeast(6_000.0), self.beside(writes(), limit, Name::Sqlite, 1.0)),
            with(Goal::Times(10.0), self.peer(writes(), pgcrypto, Name::PgInserts, 1.0)),
            with(Goal::AtLeast(15_000.0), self.beside(reads(), nothing, Name::Nothing, 1.0)),
            with(Goal::Times(30.0), self.peer(reads(), pgcrypto, Name::PgReads, 1.0)),
            self.peer(reads(), get, Name::NginxGets, 1.0),
            self.beside(session, nothing, Name::Nothing, 1.0),
            with(Goal::AtLeast(1_500.0), sign_ins),
            self.wait("a read in a storm of sign-ins, median", Name::Storm, 50, None),
            self.wait("the same, 99 of 100", Name::Storm, 99, Some(Goal::AtMost(50.0))),
            self.beside(uploads(), "files, synced", Name::Files, megabytes),
            with(Goal::Times(1.0), self.peer(uploads(), put, Name::NginxPuts, megabytes)),
            self.wait("one append rings 64 listeners, median", Name::Rings, 50, None),
            self.wait("the same, 99 of 100", Name::Rings, 99, None),
            self.wait(
                "a notice in four languages, 99 of 100",
                Name::Notices,
                99,
                Some(Goal::AtMost(20.0)),
            ),
            self.wait("a notice as page, 99 of 100", Name::Pages, 99, Some(Goal::AtMost(20.0))),
            self.wait("a notice as PDF, 99 of 100", Name::Sheets, 99, None),
            self.size("memory after the start", Name::Idle, 40.0),
            self.size("memory with 1,000 live connections", Name::Live, 80.0),
            self.wait("first start, until ready", Name::StartFresh, 50, None),
            self.wait("start, until ready", Name::StartAgain, 50, None),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Prints a table.
pub fn print(rows: &[Row], mut out: impl Write) -> std::io::Result<()> {
    writeln!(
        out,
        "| what | figure | CPU each | held against | figure | CPU each | ratio | goal | met |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|---|---|")?;
    for row in rows {
        let figure = number(row.figure, row.unit);
        let cpu = number(row.cpu_us, " us");
        let (against, other, other_cpu) = match &row.against {
            Some((what, figure, cpu)) => (*what, number(*figure, row.unit), number(*cpu, " us")),
            None => ("–", "–".to_owned(), "–".to_owned()),
        };
        let ratio =
            if row.against.is_some() { format!("{:.2}x", row.ratio()) } else { "–".to_owned() };
        let met = row.is_met().map_or("–", |met| if met { "yes" } else { "NO" });
        let (what, goal) = (row.what, row.goal());
        writeln!(
            out,
            "| {what} | {figure} | {cpu} | {against} | {other} | {other_cpu} | {ratio} | {goal} | {met} |"
        )?;
    }
    Ok(())
}

/// The same for programs.
pub fn json(rows: &[Row]) -> Value {
    rows.iter().map(Row::json).collect()
}
