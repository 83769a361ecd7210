//! What the law and the standards ask of the software, row by row, and which tests show it.
//!
//! The list is docs/requirements.toml, which `cargo xtask tidy` compares with the tests of the
//! source; it is part of the program, so that a deployment can say what it rests on.

use std::sync::LazyLock;

use serde::Deserialize;

const TEXT: &str = include_str!("../../../docs/requirements.toml");

static EMBEDDED: LazyLock<Result<Vec<Section>, String>> = LazyLock::new(|| parse(TEXT));

/// Rows that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// What they are about.
    pub title: String,
    /// The rows.
    #[serde(rename = "row")]
    pub rows: Vec<Row>,
}

/// One demand.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Its name, such as `DN1-03`.
    pub id: String,
    /// What is asked, in our words.
    pub asks: String,
    /// Where that stands.
    pub clause: String,
    /// What meets it, or will.
    pub control: Option<String>,
    /// How far it is met.
    pub status: Status,
    /// Why it isn't, or doesn't apply.
    pub why: Option<String>,
    /// The tests that show that it is.
    #[serde(default)]
    pub tests: Vec<String>,
}

/// How far a demand is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Tests show it.
    Done,
    /// Not yet, or not shown.
    Open,
    /// It isn't asked of this software.
    NotApplicable,
}

impl Status {
    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Open => "open",
            Self::NotApplicable => "not-applicable",
        }
    }
}

/// The list of this program.
///
/// # Errors
/// It can't be read: a fault of the program, which a test would have found.
pub fn embedded() -> Result<&'static [Section], &'static str> {
    EMBEDDED.as_ref().map(Vec::as_slice).map_err(String::as_str)
}

/// The row of this name, of the list of this program.
#[must_use]
pub fn row(id: &str) -> Option<&'static Row> {
    embedded().ok()?.iter().flat_map(|section| &section.rows).find(|row| row.id == id)
}

fn parse(text: &str) -> Result<Vec<Section>, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct List {
        section: Vec<Section>,
    }
    let list: List = toml::from_str(text).map_err(|error| error.to_string())?;
    for row in list.section.iter().flat_map(|section| &section.rows) {
        let whole = match row.status {
            Status::Done => !row.tests.is_empty() && row.why.is_none() && row.control.is_some(),
            Status::Open | Status::NotApplicable => row.tests.is_empty() && row.why.is_some(),
        };
        if !whole {
            return Err(format!("{} isn't done with tests and a control, nor says why", row.id));
        }
    }
    Ok(list.section)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_this_program_is_read_and_each_row_is_whole() {
        let list = embedded().unwrap();
        let rows = list.iter().map(|section| section.rows.len()).sum::<usize>();
        assert!(rows > 150, "{rows}");
        assert!(row("ORD-VIII").is_some_and(|row| row.clause.contains("VIII")));
        assert_eq!(row("DN9-99"), None);
    }

    #[test]
    fn a_row_that_is_done_without_a_control_or_a_test_is_refused() {
        let row = |rest: &str| {
            parse(&format!(
                "[[section]]\ntitle = \"t\"\n[[section.row]]\nid = \"A-1\"\nasks = \"a\"\n\
                 clause = \"c\"\n{rest}"
            ))
        };
        assert!(row("control = \"d\"\nstatus = \"done\"\ntests = [\"x\"]").is_ok(), "the control");
        for rest in [
            "status = \"done\"\ntests = [\"x\"]",
            "control = \"d\"\nstatus = \"done\"",
            "status = \"open\"",
            "status = \"open\"\nwhy = \"w\"\ntests = [\"x\"]",
            "status = \"perhaps\"\nwhy = \"w\"",
        ] {
            assert!(row(rest).is_err(), "{rest}");
        }
    }
}
