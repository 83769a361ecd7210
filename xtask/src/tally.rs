//! Counting tests from what the test runners print.

use std::ops::Add;

/// Lines of what a failed test printed that are repeated at the end of a run.
const LINES_KEPT: usize = 30;

/// How many tests passed and failed, and what those that failed had to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: u64,
    pub failed: u64,
    /// One text for each thing that went wrong.
    pub complaints: Vec<String>,
}

impl Tally {
    /// One check that passed; for steps that don't count.
    pub const ONE_PASSED: Self = Self { passed: 1, failed: 0, complaints: Vec::new() };

    /// One check that failed, and why.
    pub fn failure(why: &anyhow::Error) -> Self {
        Self { passed: 0, failed: 1, complaints: vec![format!("{why:#}")] }
    }

    /// One check that ended like this.
    pub fn of(check: anyhow::Result<()>) -> Self {
        check.map_or_else(|error| Self::failure(&error), |()| Self::ONE_PASSED)
    }
}

impl Add for Tally {
    type Output = Self;

    fn add(self, mut other: Self) -> Self {
        let mut complaints = self.complaints;
        complaints.append(&mut other.complaints);
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed, complaints }
    }
}

/// The last lines of a text: what somebody needs who wants to know why a program failed.
pub fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES_KEPT)..].join("\n")
}

/// Reads nextest's line `Summary [ 0.1s] 3 tests run: 2 passed (1 slow), 1 failed, 0 skipped`.
///
/// Gives nothing when the line is missing, which means that no test ran.
pub fn nextest(text: &str) -> Option<Tally> {
    let text = without_colours(text);
    let line = text.lines().rfind(|line| line.trim_start().starts_with("Summary ["))?;
    let (_, counts) = line.split_once(" run:")?;
    let mut tally = Tally::default();
    for part in counts.split(',') {
        let Some((number, kind)) = part.trim().split_once(' ') else {
            continue;
        };
        let Ok(number) = number.parse::<u64>() else {
            continue;
        };
        match kind.split(" (").next().unwrap_or(kind).trim() {
            "passed" => tally.passed += number,
            "skipped" => {}
            // "failed", "timed out", "exec failed": whatever else it is called,
            // a test that didn't pass has failed.
            _ => tally.failed += number,
        }
    }
    tally.complaints = complaints(&text);
    Some(tally)
}

/// What nextest shows of each test that failed: the line with its name, and the end of what the
/// test printed. After the summary it only says the names again.
fn complaints(text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut shown: Option<Vec<&str>> = None;
    for line in text.lines().chain(["Summary ["]) {
        let status = line.trim_start().split_once(" [").map(|(word, _)| word);
        let begins = status.is_some_and(|word| !word.is_empty() && word.split(' ').all(is_status));
        if begins || line.trim_start().starts_with("Summary [") {
            complaints.extend(shown.take().map(|lines| short(&lines)));
        }
        if line.trim_start().starts_with("Summary [") {
            break;
        }
        let is_bad = begins && !matches!(status, Some("PASS" | "SLOW" | "START" | "LEAK"));
        match &mut shown {
            Some(lines) => lines.push(line),
            None if is_bad => shown = Some(vec![line]),
            None => {}
        }
    }
    complaints
}

/// Nextest says what became of a test in capitals.
fn is_status(word: &str) -> bool {
    word.len() > 1 && word.chars().all(|letter| letter.is_ascii_uppercase() || letter == '-')
}

fn short(lines: &[&str]) -> String {
    let Some((name, rest)) = lines.split_first() else { return String::new() };
    format!("{}\n{}", name.trim(), last_lines(&rest.join("\n")))
}

/// Adds up the lines `test result: ok. 3 passed; 0 failed; ..` of `cargo test`.
pub fn cargo_test(text: &str) -> Tally {
    let text = without_colours(text);
    text.lines()
        .filter(|line| line.starts_with("test result:"))
        .map(result_line)
        .fold(Tally::default(), Tally::add)
}

fn result_line(line: &str) -> Tally {
    let count = |kind: &str| {
        let words: Vec<&str> =
            line.split([' ', ';', '.']).filter(|word| !word.is_empty()).collect();
        let number = words.windows(2).find_map(|pair| match pair {
            [number, word] if *word == kind => number.parse().ok(),
            _ => None,
        });
        number.unwrap_or(0)
    };
    Tally { passed: count("passed"), failed: count("failed"), complaints: Vec::new() }
}

/// Drops the escape sequences that colour a terminal.
fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = after.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        rest = rest.get(1..).unwrap_or("");
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(passed: u64) -> Tally {
        Tally { passed, ..Tally::default() }
    }

    #[test]
    fn what_a_failed_test_printed_is_kept() {
        let text = "        PASS [   0.1s] (1/3) one first\n\
                    \u{1b}[31m        FAIL\u{1b}[0m [   0.2s] (2/3) one second\n\
                    \x20 stderr ───\n    thread panicked [here]: no\n\n\
                    \x20       PASS [   0.1s] (3/3) one third\n\
                    ────────────\n     Summary [ 1s] 3 tests run: 2 passed, 1 failed, 0 skipped\n\
                    \x20       FAIL [   0.2s] (2/3) one second\n";
        let complaints = nextest(text).unwrap().complaints;
        assert_eq!(complaints.len(), 1, "{complaints:?}");
        assert!(complaints[0].starts_with("FAIL [   0.2s] (2/3) one second\n"), "{complaints:?}");
        assert!(complaints[0].contains("thread panicked [here]: no"), "{complaints:?}");
        assert!(!complaints[0].contains("third"), "{complaints:?}");
    }

    #[test]
    fn a_good_run_is_counted() {
        let text = "  noise\n     Summary [   0.005s] 3 tests run: 3 passed (1 slow), 7 skipped\n";
        assert_eq!(nextest(text), Some(passed(3)));
    }

    #[test]
    fn every_way_to_fail_is_counted() {
        let text = "Summary [ 1s] 6/9 tests run: 2 passed, 1 failed, 2 timed out, 1 exec failed, 0 skipped";
        let tally = nextest(text).unwrap();
        assert_eq!((tally.passed, tally.failed), (2, 4));
    }

    #[test]
    fn colours_do_not_matter() {
        let text = "\u{1b}[32;1m     Summary\u{1b}[0m [ 1s] \u{1b}[1m1\u{1b}[0m test run: \u{1b}[1m1\u{1b}[0m \u{1b}[32;1mpassed\u{1b}[0m, 0 skipped";
        assert_eq!(nextest(text), Some(passed(1)));
    }

    #[test]
    fn no_summary_is_no_count() {
        assert_eq!(nextest("error: could not compile"), None);
    }

    #[test]
    fn documentation_tests_add_up() {
        let text = "test result: ok. 2 passed; 0 failed; 0 ignored\n\
                    test result: FAILED. 3 passed; 1 failed; 0 ignored\n";
        let tally = cargo_test(text);
        assert_eq!((tally.passed, tally.failed), (5, 1));
    }
}
