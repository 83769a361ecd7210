//! What came of the tests, read from a `JUnit` file as `cargo nextest` writes it. Nothing is made up:
//! a test that the file doesn't name didn't run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use treehouse_protocol::id::Hash;

/// Bytes of a file of results.
pub const RESULTS_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// What came of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It ran and passed, wherever it stands.
    Passed,
    /// It isn't in the file, or was left out of the run.
    NotRun,
    /// It ran and failed, at least in one place.
    Failed,
}

impl Outcome {
    /// In words.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::NotRun => "not run",
            Self::Failed => "failed",
        }
    }
}

/// Why results weren't read.
#[derive(Debug, thiserror::Error)]
pub enum ResultsError {
    /// The file can't be read.
    #[error("the results {0} can't be read, or have more than 64 MiB")]
    Unreadable(PathBuf),
    /// It isn't what test runners write.
    #[error("the results {0} aren't a JUnit file: {1}")]
    Wrong(PathBuf, String),
}

/// What came of the tests of one run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Results {
    /// By the name of the test, without its module.
    tests: BTreeMap<String, Outcome>,
    /// When the run began, as the runner wrote it.
    pub at: Option<String>,
    /// The hash of the file.
    pub hash: Option<Hash>,
}

impl Results {
    /// Reads a file.
    ///
    /// # Errors
    /// It can't be read, or isn't a `JUnit` file.
    pub fn read(path: &Path) -> Result<Self, ResultsError> {
        let unreadable = || ResultsError::Unreadable(path.to_owned());
        let length = std::fs::metadata(path).map_err(|_| unreadable())?.len();
        if length > RESULTS_BYTES_MAX {
            return Err(unreadable());
        }
        let text = std::fs::read_to_string(path).map_err(|_| unreadable())?;
        Self::parse(&text).map_err(|why| ResultsError::Wrong(path.to_owned(), why))
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// It isn't XML, or has no test.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut results = Self { hash: Some(Hash::of(text.as_bytes())), ..Self::default() };
        let mut reader = Reader::from_str(text);
        let mut current: Option<(String, Outcome)> = None;
        loop {
            let event = reader.read_event().map_err(|error| error.to_string())?;
            match event {
                Event::Start(element) => results.begin(&element, &mut current)?,
                Event::Empty(element) => {
                    results.begin(&element, &mut current)?;
                    if element.name().as_ref() == b"testcase" {
                        results.end(&mut current);
                    }
                }
                Event::End(element) if element.name().as_ref() == b"testcase" => {
                    results.end(&mut current);
                }
                Event::Eof => break,
                _ => {}
            }
        }
        if current.is_some() {
            return Err("it ends in the middle".to_owned());
        }
        if results.tests.is_empty() { Err("it has no test".to_owned()) } else { Ok(results) }
    }

    fn begin(
        &mut self,
        element: &BytesStart<'_>,
        current: &mut Option<(String, Outcome)>,
    ) -> Result<(), String> {
        match element.name().as_ref() {
            b"testsuites" | b"testsuite" if self.at.is_none() => {
                self.at = attribute(element, "timestamp")?;
            }
            b"testcase" => {
                let path = attribute(element, "name")?.ok_or("a test has no name")?;
                // Tests are named by their functions; nextest writes the modules before them.
                let name = path.rsplit("::").next().unwrap_or_default().to_owned();
                *current = Some((name, Outcome::Passed));
            }
            b"failure" | b"error" => worsen(current, Outcome::Failed),
            b"skipped" => worsen(current, Outcome::NotRun),
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, current: &mut Option<(String, Outcome)>) {
        if let Some((name, outcome)) = current.take() {
            let worst = self.tests.entry(name).or_insert(outcome);
            *worst = outcome.max(*worst);
        }
    }

    /// What came of the test of this name.
    #[must_use]
    pub fn of(&self, test: &str) -> Outcome {
        self.tests.get(test).copied().unwrap_or(Outcome::NotRun)
    }

    /// How many tests ran.
    #[must_use]
    pub fn count(&self) -> usize {
        self.tests.values().filter(|outcome| **outcome != Outcome::NotRun).count()
    }
}

fn worsen(current: &mut Option<(String, Outcome)>, outcome: Outcome) {
    if let Some((_, worst)) = current {
        *worst = outcome.max(*worst);
    }
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Result<Option<String>, String> {
    let found = element.try_get_attribute(name).map_err(|error| error.to_string())?;
    let value = found.map(|found| found.normalized_value(XmlVersion::Explicit1_0));
    let value = value.transpose().map_err(|error| error.to_string())?;
    Ok(value.map(std::borrow::Cow::into_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="nextest-run" tests="6" failures="1" timestamp="2026-11-22T10:00:00.000+00:00">
  <testsuite name="a::b" tests="6">
    <testcase name="registers::tests::it_holds" classname="a::b" time="0.1"/>
    <testcase name="it_breaks" classname="a::b" time="0.1">
      <failure type="test failure">&lt;assertion&gt; failed</failure>
    </testcase>
    <testcase name="one::twice" classname="a::b"></testcase>
    <testcase name="two::twice" classname="a::b"><error/></testcase>
    <testcase name="left_out" classname="a::b"><skipped/></testcase>
    <testcase name="flaky" classname="a::b"><flakyFailure/></testcase>
  </testsuite>
</testsuites>"#;

    #[test]
    fn a_test_has_the_worst_of_its_outcomes_and_none_is_made_up() {
        let results = Results::parse(FILE).unwrap();
        for (test, outcome) in [
            ("it_holds", Outcome::Passed),
            ("flaky", Outcome::Passed),
            ("it_breaks", Outcome::Failed),
            ("twice", Outcome::Failed),
            ("left_out", Outcome::NotRun),
            ("never_heard_of", Outcome::NotRun),
        ] {
            assert_eq!(results.of(test), outcome, "{test}");
        }
        assert_eq!(results.count(), 4);
        assert_eq!(results.at.as_deref(), Some("2026-11-22T10:00:00.000+00:00"));
        assert_eq!(results.hash, Some(Hash::of(FILE.as_bytes())));
    }

    #[test]
    fn what_isnt_a_file_of_results_is_refused() {
        for text in ["", "passed", "<testsuites/>", "<testcase name=\"a\">", "<a", "<testcase/>"] {
            assert!(Results::parse(text).is_err(), "{text}");
        }
    }
}
