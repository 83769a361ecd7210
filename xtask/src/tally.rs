//! Counting tests from what the test runners print.

use std::ops::Add;

/// How many tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: u64,
    pub failed: u64,
}

impl Tally {
    /// One check that passed; for steps that don't count.
    pub const ONE_PASSED: Self = Self { passed: 1, failed: 0 };
    /// One check that failed.
    pub const ONE_FAILED: Self = Self { passed: 0, failed: 1 };
}

impl Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
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
    Some(tally)
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
    Tally { passed: count("passed"), failed: count("failed") }
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

    #[test]
    fn a_good_run_is_counted() {
        let text = "  noise\n     Summary [   0.005s] 3 tests run: 3 passed (1 slow), 7 skipped\n";
        assert_eq!(nextest(text), Some(Tally { passed: 3, failed: 0 }));
    }

    #[test]
    fn every_way_to_fail_is_counted() {
        let text = "Summary [ 1s] 6/9 tests run: 2 passed, 1 failed, 2 timed out, 1 exec failed, 0 skipped";
        assert_eq!(nextest(text), Some(Tally { passed: 2, failed: 4 }));
    }

    #[test]
    fn colours_do_not_matter() {
        let text = "\u{1b}[32;1m     Summary\u{1b}[0m [ 1s] \u{1b}[1m1\u{1b}[0m test run: \u{1b}[1m1\u{1b}[0m \u{1b}[32;1mpassed\u{1b}[0m, 0 skipped";
        assert_eq!(nextest(text), Some(Tally { passed: 1, failed: 0 }));
    }

    #[test]
    fn no_summary_is_no_count() {
        assert_eq!(nextest("error: could not compile"), None);
    }

    #[test]
    fn documentation_tests_add_up() {
        let text = "test result: ok. 2 passed; 0 failed; 0 ignored\n\
                    test result: FAILED. 3 passed; 1 failed; 0 ignored\n";
        assert_eq!(cargo_test(text), Tally { passed: 5, failed: 1 });
    }
}
