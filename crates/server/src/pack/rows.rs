//! The demands of the list, each with what came of its tests and with the log's word where it has one.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Collected, kinds};
use crate::requirements::{Row, Section, Status};
use crate::results::{Outcome, Results};

/// A test and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Test {
    pub(super) name: String,
    /// What came of it in the run that was given; nothing if none was.
    pub(super) result: Option<&'static str>,
}

/// A demand as the pack shows it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Shown {
    pub(super) section: String,
    pub(super) id: String,
    pub(super) asks: String,
    pub(super) clause: String,
    pub(super) status: &'static str,
    pub(super) control: Option<String>,
    pub(super) tests: Vec<Test>,
    /// What the tests come to, or that there is none.
    pub(super) verdict: String,
    /// Kinds of entries of the log that show it at work, with their number in the period.
    pub(super) log: BTreeMap<&'static str, u64>,
}

/// Rows that the log itself shows at work, and by which kinds of entries.
const LOGGED: [(&str, &[&str]); 18] = [
    ("NOT-01", &["link"]),
    ("VPC-01", &["link", "publication"]),
    ("VPC-04", &["attestation"]),
    ("VPC-M1", &["act", "attestation"]),
    ("VPC-12", &["link"]),
    ("PAR-02", &["erasure", "link"]),
    ("RET-03", &["erasure", "tombstone"]),
    ("DEF-13", &["erasure", "tombstone"]),
    ("NOT-02", &["publication"]),
    ("ORD-VIII", &["publication"]),
    ("ORD-VI", &["link", "release", "act", "publication"]),
    ("OPC-2", &["act"]),
    ("OPC-4", &["release"]),
    ("VTC-16", &["release"]),
    ("BRE-01", &["release"]),
    ("AGE-02", &["attestation"]),
    ("ETSI-6-2", &["link"]),
    ("SEC-07", &["publication"]),
];

/// Every demand, in the order of the list.
pub(super) fn rows(found: &Collected, list: &[Section], results: Option<&Results>) -> Vec<Shown> {
    let kinds = kinds(&found.log.counts);
    let each = list.iter().flat_map(|section| {
        let shown = section.rows.iter().map(|row| shown(&section.title, row, results, &kinds));
        shown.collect::<Vec<_>>()
    });
    each.collect()
}

fn shown(
    section: &str,
    row: &Row,
    results: Option<&Results>,
    kinds: &BTreeMap<&'static str, u64>,
) -> Shown {
    let outcome = |test: &String| results.map(|results| results.of(test));
    let outcomes: Vec<Option<Outcome>> = row.tests.iter().map(outcome).collect();
    let tests = row.tests.iter().zip(&outcomes);
    let tests = tests
        .map(|(name, outcome)| Test { name: name.clone(), result: outcome.map(Outcome::word) });
    let logged = LOGGED.iter().find(|(id, _)| *id == row.id).map_or(&[][..], |(_, kinds)| kinds);
    let log = logged.iter().map(|kind| (*kind, kinds.get(kind).copied().unwrap_or_default()));
    Shown {
        section: section.to_owned(),
        id: row.id.clone(),
        asks: row.asks.clone(),
        clause: row.clause.clone(),
        status: row.status.word(),
        // What isn't done is met by nothing yet.
        control: row.control.clone().filter(|_| row.status == Status::Done),
        verdict: verdict(row, &outcomes),
        tests: tests.collect(),
        log: log.collect(),
    }
}

fn verdict(row: &Row, outcomes: &[Option<Outcome>]) -> String {
    let why = row.why.as_deref().unwrap_or_default();
    match row.status {
        Status::Open => return format!("no test can be run: {why}"),
        Status::NotApplicable => return format!("doesn't apply: {why}"),
        Status::Done => {}
    }
    let count = |wanted: Outcome| outcomes.iter().flatten().filter(|each| **each == wanted).count();
    let (passed, failed) = (count(Outcome::Passed), count(Outcome::Failed));
    let all = outcomes.len();
    match (failed, passed) {
        _ if outcomes.contains(&None) => format!("{all} tests; no results were given"),
        (0, passed) if passed == all => format!("all {all} tests passed"),
        (0, passed) => format!("{passed} of {all} tests passed, the rest were not run"),
        (failed, _) => format!("{failed} of {all} tests FAILED"),
    }
}

/// How many demands have which verdict: done, open, not applicable, and of tests by result.
pub(super) fn summary(rows: &[Shown]) -> BTreeMap<&'static str, usize> {
    let mut sums = BTreeMap::new();
    for row in rows {
        *sums.entry(row.status).or_default() += 1;
    }
    for test in rows.iter().flat_map(|row| &row.tests) {
        let key = match test.result {
            Some("passed") => "tests-passed",
            Some("failed") => "tests-failed",
            Some(_) => "tests-not-run",
            None => "tests-without-results",
        };
        *sums.entry(key).or_default() += 1;
    }
    sums
}
