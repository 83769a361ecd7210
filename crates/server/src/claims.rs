//! What the notices claim, and the tests that each claim rests on: one table. A claim whose test
//! failed isn't made any more (FTC order of 8 January 2018, part IV; UK Children's Code, standard 6).
//!
//! Results are those of a file that the operator names. Without one, the notices rest on the tests
//! that the release passed, and the doctor says so; with one, a claim needs every test to have
//! passed in it: one that didn't run shows nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::requirements;
use crate::results::{Outcome, Results};

/// A sentence of the notices, and the demands whose tests show that it is so.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    /// The phrase, as the languages know it.
    pub phrase: &'static str,
    /// Rows of docs/requirements.toml.
    pub rows: &'static [&'static str],
    /// What becomes of it when a test failed.
    pub weight: Weight,
}

/// What becomes of a sentence that isn't shown to be so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// It isn't said any more.
    Said,
    /// The law demands that it is said, and so that it is so: no further child is served.
    Demanded,
}

/// Every claim.
pub const CLAIMS: [Claim; 9] = [
    Claim { phrase: "security-sealed", rows: &["DEF-07", "VTC-08"], weight: Weight::Said },
    Claim { phrase: "use-nothing-else", rows: &["DEF-15", "VPC-03"], weight: Weight::Said },
    Claim { phrase: "public-log", rows: &["OPC-4"], weight: Weight::Said },
    Claim { phrase: "public-none", rows: &["DEF-04"], weight: Weight::Demanded },
    Claim { phrase: "retention-text", rows: &["RET-01", "RET-02"], weight: Weight::Demanded },
    Claim { phrase: "retention-inactive", rows: &["RET-05"], weight: Weight::Demanded },
    Claim { phrase: "retention-backup", rows: &["DEF-13"], weight: Weight::Demanded },
    Claim { phrase: "rights-review", rows: &["PAR-03"], weight: Weight::Demanded },
    Claim { phrase: "rights-delete", rows: &["PAR-02", "RET-03"], weight: Weight::Demanded },
];

impl Claim {
    /// The tests that it rests on.
    #[must_use]
    pub fn tests(&self) -> BTreeSet<&'static str> {
        let rows = self.rows.iter().filter_map(|id| requirements::row(id));
        rows.flat_map(|row| row.tests.iter().map(String::as_str)).collect()
    }
}

/// Which claims aren't shown to be so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    broken: BTreeMap<&'static str, (Weight, Outcome)>,
}

impl Claims {
    /// What these results leave of the claims.
    #[must_use]
    pub fn of(results: &Results) -> Self {
        let mut broken = BTreeMap::new();
        for claim in CLAIMS {
            let tests = claim.tests();
            // A claim without a test is none.
            let worst = tests.iter().map(|test| results.of(test)).max();
            let worst = worst.unwrap_or(Outcome::NotRun);
            if worst != Outcome::Passed {
                broken.insert(claim.phrase, (claim.weight, worst));
            }
        }
        Self { broken }
    }

    /// Whether this phrase may be said: it's no claim, or is shown to be so, or must be said.
    #[must_use]
    pub fn may_say(&self, phrase: &str) -> bool {
        self.broken.get(phrase).is_none_or(|(weight, _)| *weight == Weight::Demanded)
    }

    /// The claims that aren't shown to be so, and what came of their tests.
    pub fn broken(&self) -> impl Iterator<Item = (&'static str, Outcome)> {
        self.broken.iter().map(|(phrase, (_, outcome))| (*phrase, *outcome))
    }

    /// Those of them without which no further child is served.
    pub fn demanded(&self) -> impl Iterator<Item = &'static str> {
        let demanded = self.broken.iter().filter(|(_, (weight, _))| *weight == Weight::Demanded);
        demanded.map(|(phrase, _)| *phrase)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file in which all tests of all claims passed, but these.
    fn results(failed: &[&str], left_out: &[&str]) -> Results {
        let tests: BTreeSet<&str> = CLAIMS.iter().flat_map(Claim::tests).collect();
        let cases = tests.iter().filter(|test| !left_out.contains(test)).map(|test| {
            let failure = if failed.contains(test) { "<failure/>" } else { "" };
            format!("<testcase name=\"{test}\">{failure}</testcase>")
        });
        Results::parse(&format!("<testsuite>{}</testsuite>", cases.collect::<String>())).unwrap()
    }

    #[test]
    fn every_claim_rests_on_rows_with_tests() {
        for claim in CLAIMS {
            assert!(claim.rows.iter().all(|id| requirements::row(id).is_some()), "{claim:?}");
            assert!(!claim.tests().is_empty(), "{claim:?} rests on nothing");
        }
        assert_eq!(Claims::of(&results(&[], &[])), Claims::default(), "the control: all stand");
    }

    #[test]
    fn a_failed_test_and_one_that_did_not_run_break_every_claim_that_rests_on_it() {
        for claim in CLAIMS {
            for test in claim.tests() {
                let failed = Claims::of(&results(&[test], &[]));
                let skipped = Claims::of(&results(&[], &[test]));
                for (claims, outcome) in [(failed, Outcome::Failed), (skipped, Outcome::NotRun)] {
                    let named = claims.broken().find(|(phrase, _)| *phrase == claim.phrase);
                    assert_eq!(named, Some((claim.phrase, outcome)), "{test}");
                    let demanded = claims.demanded().any(|phrase| phrase == claim.phrase);
                    assert_eq!(demanded, claim.weight == Weight::Demanded);
                    assert_eq!(claims.may_say(claim.phrase), demanded);
                    let others = CLAIMS.iter().filter(|other| !other.tests().contains(test));
                    for other in others {
                        assert!(claims.broken().all(|(phrase, _)| phrase != other.phrase));
                    }
                }
            }
        }
    }
}
