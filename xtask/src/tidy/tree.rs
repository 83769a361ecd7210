//! The source tree as the rules see it.

use std::fmt;
use std::fs;

use anyhow::{Context, Result};

use crate::repository;

/// A file of the repository.
pub struct File {
    /// Relative to the root, with `/`.
    pub path: String,
    /// Empty for a file that isn't text.
    pub text: String,
}

impl File {
    /// The ending of the name, without the dot.
    pub fn extension(&self) -> &str {
        self.path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map_or("", |(_, e)| e)
    }

    /// The name without its folders.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// All files that are or would be committed.
pub struct Tree {
    pub files: Vec<File>,
}

impl Tree {
    /// Reads the repository.
    pub fn load() -> Result<Self> {
        let root = repository::root();
        let mut files = Vec::new();
        for path in repository::files()? {
            let bytes =
                fs::read(root.join(&path)).with_context(|| format!("cannot read {path}"))?;
            files.push(File { path, text: String::from_utf8(bytes).unwrap_or_default() });
        }
        Ok(Self { files })
    }

    /// Files whose name has this ending.
    pub fn with_extension<'a>(&'a self, extension: &'a str) -> impl Iterator<Item = &'a File> {
        self.files.iter().filter(move |file| file.extension() == extension)
    }

    /// The file at a path.
    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// A tree made up by a test.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Self {
        let files = files
            .iter()
            .map(|(path, text)| File { path: (*path).to_owned(), text: (*text).to_owned() })
            .collect();
        Self { files }
    }
}

/// A place where a rule does not hold, and what to do about it.
#[derive(Debug, PartialEq, Eq)]
pub struct Finding {
    pub path: String,
    pub line: usize,
    pub rule: &'static str,
    pub advice: String,
}

impl Finding {
    /// A finding in a file.
    pub fn new(file: &File, line: usize, rule: &'static str, advice: impl Into<String>) -> Self {
        Self { path: file.path.clone(), line, rule, advice: advice.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {} – {}", self.path, self.line, self.rule, self.advice)
    }
}

/// The number of the line that declares `name` in a manifest, or 1.
///
/// A line that starts with the name comes before one that only mentions it.
pub fn line_of(text: &str, name: &str) -> usize {
    let starts = |line: &str| line.trim_start_matches(['"', ' ', '\t']).starts_with(name);
    text.lines()
        .position(starts)
        .or_else(|| text.lines().position(|line| line.contains(name)))
        .map_or(1, |index| index + 1)
}

/// Fails unless exactly these `path:line` are found; for the tests of the rules.
#[cfg(test)]
pub fn assert_found(findings: &[Finding], expected: &[&str]) {
    let found: Vec<String> =
        findings.iter().map(|finding| format!("{}:{}", finding.path, finding.line)).collect();
    assert_eq!(found, expected, "{findings:#?}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_reads_as_a_sentence_with_a_place() {
        let file = File { path: "a/b.rs".to_owned(), text: String::new() };
        let finding = Finding::new(&file, 7, "lengths", "split it");
        assert_eq!(finding.to_string(), "a/b.rs:7: lengths – split it");
    }

    #[test]
    fn the_line_of_a_name_is_the_one_that_declares_it() {
        let text = "hpke = { features = [\"sha2\"] }\nx = { package = \"y\" }\nsha2 = \"1\"";
        assert_eq!(line_of(text, "sha2"), 3);
        assert_eq!(line_of(text, "y"), 2);
        assert_eq!(line_of(text, "gone"), 1);
    }

    #[test]
    fn extensions_are_the_part_after_the_last_dot() {
        let file = |path: &str| File { path: path.to_owned(), text: String::new() };
        assert_eq!(file("a.b/c.test.ts").extension(), "ts");
        assert_eq!(file("a.b/run").extension(), "");
    }
}
