//! What the law and the standards ask, and which tests show it: a row that says it is done names
//! tests that exist, and a row that isn't says why.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use proc_macro2::{TokenStream, TokenTree};
use serde_json::json;
use toml::Value;

use super::rust;
use super::tree::{Finding, Tree};

/// The name of the rule.
pub const RULE: &str = "requirements";
/// The list.
pub const LIST: &str = "docs/requirements.toml";

/// One row of the list.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    id: String,
    asks: String,
    clause: String,
    control: Option<String>,
    status: Status,
}

#[derive(Debug, PartialEq, Eq)]
enum Status {
    Done(Vec<String>),
    Open(String),
    NotApplicable(String),
}

/// Checks the list against the tests of the source.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let Some(list) = tree.file(LIST) else {
        return Vec::new();
    };
    let sections = match read(&list.text) {
        Ok(sections) => sections,
        Err(problem) => return vec![Finding::new(list, 1, RULE, problem)],
    };
    let tests = tests(tree);
    let mut findings = Vec::new();
    let mut ids = BTreeSet::new();
    for row in sections.iter().flat_map(|(_, rows)| rows) {
        let line = line_of(&list.text, &row.id);
        if !ids.insert(&row.id) {
            findings.push(Finding::new(list, line, RULE, format!("{} stands twice", row.id)));
        }
        let Status::Done(named) = &row.status else {
            continue;
        };
        for test in named.iter().filter(|test| !tests.contains(*test)) {
            let advice = format!("{} names {test}, which is no test of the source", row.id);
            findings.push(Finding::new(list, line, RULE, advice));
        }
    }
    findings
}

/// The list as a page.
pub fn page(text: &str) -> Result<String, String> {
    let sections = read(text)?;
    let rows = || sections.iter().flat_map(|(_, rows)| rows);
    let done = rows().filter(|row| matches!(row.status, Status::Done(_))).count();
    let open = rows().filter(|row| matches!(row.status, Status::Open(_))).count();
    let concerned = done + open;
    let mut page = format!(
        "# Requirements\n\n\
         Written by `cargo xtask docs` from `{LIST}`; do not edit. What the law and the standards \
         ask of the software, in our words; each test runs in `cargo xtask test`. This is no legal \
         advice, and a test shows only what it does.\n\n\
         {done} of {concerned} rows that concern the software are done ({} %), {open} are open, {} \
         don't apply.\n",
        done * 100 / concerned.max(1),
        rows().count() - concerned,
    );
    for (title, rows) in &sections {
        let _ = write!(
            page,
            "\n## {title}\n\n| row | asks | clause | status | shown by |\n|---|---|---|---|---|\n"
        );
        for Row { id, asks, clause, status, .. } in rows {
            let (word, shown) = match status {
                Status::Done(tests) => {
                    let tests: Vec<String> = tests.iter().map(|test| format!("`{test}`")).collect();
                    ("done", tests.join(", "))
                }
                Status::Open(why) => ("**open**", why.clone()),
                Status::NotApplicable(why) => ("doesn't apply", why.clone()),
            };
            let _ = writeln!(page, "| {id} | {asks} | {clause} | {word} | {shown} |");
        }
    }
    Ok(page)
}

/// The list for the auditors' pages: sections with their rows, as JSON.
pub fn controls(text: &str) -> Result<String, String> {
    let row = |row: &Row| {
        let (status, tests, why) = match &row.status {
            Status::Done(tests) => ("done", tests.as_slice(), None),
            Status::Open(why) => ("open", [].as_slice(), Some(why)),
            Status::NotApplicable(why) => ("not-applicable", [].as_slice(), Some(why)),
        };
        json!({
            "id": row.id, "asks": row.asks, "clause": row.clause, "control": row.control,
            "status": status, "tests": tests, "why": why,
        })
    };
    let section = |(title, rows): &(String, Vec<Row>)| json!({ "title": title, "rows": rows.iter().map(row).collect::<Vec<_>>() });
    let sections: Vec<_> = read(text)?.iter().map(section).collect();
    serde_json::to_string_pretty(&sections)
        .map(|text| text + "\n")
        .map_err(|error| error.to_string())
}

fn read(text: &str) -> Result<Vec<(String, Vec<Row>)>, String> {
    let list: toml::Table = toml::from_str(text).map_err(|error| error.to_string())?;
    let sections = list.get("section").and_then(Value::as_array).ok_or("it has no section")?;
    let section = |section: &Value| {
        let title = string(section, "title")?;
        let rows = section.get("row").and_then(Value::as_array).ok_or("a section has no row")?;
        Ok((title, rows.iter().map(row).collect::<Result<Vec<_>, String>>()?))
    };
    sections.iter().map(section).collect()
}

fn row(value: &Value) -> Result<Row, String> {
    const KEYS: [&str; 7] = ["id", "asks", "clause", "control", "status", "why", "tests"];
    let id = string(value, "id")?;
    let keys = value.as_table().into_iter().flat_map(toml::Table::keys);
    if let Some(unknown) = keys.into_iter().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(format!("{id} has an unknown key {unknown}"));
    }
    let tests = value.get("tests").and_then(Value::as_array).into_iter().flatten();
    let tests: Vec<String> = tests.filter_map(Value::as_str).map(str::to_owned).collect();
    let why = string(value, "why").ok().filter(|why| !why.is_empty());
    let status = match (string(value, "status")?.as_str(), tests.is_empty(), why) {
        ("done", false, None) => Status::Done(tests),
        ("open", true, Some(why)) => Status::Open(why),
        ("not-applicable", true, Some(why)) => Status::NotApplicable(why),
        _ => {
            return Err(format!(
                "{id} must be done with tests, or open or not-applicable with why"
            ));
        }
    };
    let control = string(value, "control").ok();
    if matches!(status, Status::Done(_)) && control.is_none() {
        return Err(format!("{id} has no control"));
    }
    let (asks, clause) = (string(value, "asks")?, string(value, "clause")?);
    Ok(Row { id, asks, clause, control, status })
}

fn string(value: &Value, key: &str) -> Result<String, String> {
    let text = value.get(key).and_then(Value::as_str);
    text.map(str::to_owned).ok_or_else(|| format!("a row or section has no {key}"))
}

fn line_of(text: &str, id: &str) -> usize {
    let quoted = format!("id = \"{id}\"");
    text.lines().position(|line| line == quoted).map_or(1, |index| index + 1)
}

/// The names of all tests.
fn tests(tree: &Tree) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in tree.with_extension("rs").filter(|file| file.text.contains("test")) {
        collect(rust::tokens(&file.text), &mut found);
    }
    for file in tree.with_extension("mjs") {
        found.extend(journeys(&file.text));
    }
    found
}

/// The names of the browser journeys' tests, as they stand in the source.
fn journeys(text: &str) -> impl Iterator<Item = String> {
    let named = ["\"", "`"].into_iter().flat_map(move |quote| {
        let starts = text.split(&format!("test({quote}")).skip(1).collect::<Vec<_>>();
        starts.into_iter().filter_map(move |rest| rest.split_once(quote))
    });
    named.map(|(name, _)| name.to_owned())
}

/// Functions behind `#[test]`, `#[tokio::test(..)]` and the like.
fn collect(stream: TokenStream, found: &mut BTreeSet<String>) {
    let mut is_test = false;
    let mut trees = stream.into_iter().peekable();
    while let Some(tree) = trees.next() {
        match tree {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                if let Some(TokenTree::Group(group)) = trees.peek() {
                    is_test |= group
                        .stream()
                        .into_iter()
                        .any(|word| matches!(word, TokenTree::Ident(word) if word == "test"))
                        && !group.stream().to_string().starts_with("cfg");
                }
            }
            TokenTree::Ident(word) if word == "fn" => {
                if let (true, Some(TokenTree::Ident(name))) = (is_test, trees.peek()) {
                    found.insert(name.to_string());
                }
                is_test = false;
            }
            TokenTree::Group(group) => collect(group.stream(), found),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "#[tokio::test(flavor = \"x\")]\nasync fn it_holds() {}\nfn helps() {}\n\
                          #[cfg(test)] mod tests { #[test] fn inside() {} }";

    fn advice(row: &str) -> Vec<String> {
        let list = format!("[[section]]\ntitle = \"t\"\n{row}");
        let tree = Tree::of(&[(LIST, &list), ("crates/a/src/lib.rs", SOURCE)]);
        check(&tree).into_iter().map(|finding| finding.advice).collect()
    }

    fn row(rest: &str) -> String {
        format!(
            "[[section.row]]\nid = \"A-1\"\nasks = \"a\"\nclause = \"c\"\ncontrol = \"d\"\n{rest}\n"
        )
    }

    #[test]
    fn a_journeys_test_goes_by_its_name() {
        let source = "test(\"looks, and sees\", async () => {});\ntest(`in ${language}`, {}, f);";
        let names: Vec<String> = journeys(source).collect();
        assert_eq!(names, ["looks, and sees", "in ${language}"]);
    }

    #[test]
    fn a_test_that_exists_passes_and_another_doesnt() {
        for test in ["it_holds", "inside"] {
            let done = row(&format!("status = \"done\"\ntests = [\"{test}\"]"));
            assert_eq!(advice(&done), Vec::<String>::new());
        }
        for test in ["helps", "invented"] {
            let done = row(&format!("status = \"done\"\ntests = [\"{test}\"]"));
            assert_eq!(advice(&done).len(), 1, "{test}");
        }
    }

    #[test]
    fn a_row_without_a_test_or_a_reason_is_found() {
        for rest in [
            "status = \"done\"",
            "status = \"done\"\ntests = []",
            "status = \"open\"",
            "status = \"open\"\nwhy = \"\"",
            "status = \"open\"\nwhy = \"x\"\ntests = [\"it_holds\"]",
            "status = \"almost\"\nwhy = \"x\"",
            "status = \"open\"\nwhy = \"x\"\nnote = \"y\"",
        ] {
            assert_eq!(advice(&row(rest)).len(), 1, "{rest}");
        }
        let open = row("status = \"open\"\nwhy = \"not yet\"");
        assert_eq!(advice(&open), Vec::<String>::new(), "the control");
        assert_eq!(advice(&format!("{open}{open}")).len(), 1, "twice");
    }

    #[test]
    fn the_page_counts_what_is_there() {
        let list = format!(
            "[[section]]\ntitle = \"t\"\n{}{}",
            row("status = \"open\"\nwhy = \"not yet\""),
            row("status = \"done\"\ntests = [\"it_holds\"]").replace("A-1", "A-2"),
        );
        let page = page(&list).unwrap();
        assert!(page.contains("1 of 2 rows"), "{page}");
        assert!(page.contains("| A-2 | a | c | done | `it_holds` |"), "{page}");
    }
}
