//! Every direct dependency is explained.

use std::collections::BTreeMap;

use super::manifests;
use super::tree::{File, Finding, Tree, line_of};
use crate::setup::{system, tools};

/// The name of the rule.
pub const RULE: &str = "dependencies";

const PAGE: &str = "docs/dependencies.md";

/// Finds dependencies without a row, and rows without a dependency.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let needs = system::NEEDS.iter().chain(system::MACHINE_NEEDS);
    let installed = needs.flat_map(|need| need.debian.iter().copied());
    let built = tools::TOOLS.iter().map(|tool| tool.name);
    check_with(tree, &installed.chain(built).collect::<Vec<&str>>())
}

/// The same, with the programs that set-up installs given by hand.
fn check_with(tree: &Tree, programs: &[&str]) -> Vec<Finding> {
    let rows = tree.file(PAGE).map(rows).unwrap_or_default();
    let mut known: Vec<String> = programs.iter().map(|name| (*name).to_owned()).collect();
    let mut findings = Vec::new();
    for file in &tree.files {
        for name in declared(file) {
            if !rows.contains_key(&name) && !known.contains(&name) {
                let line = line_of(&file.text, &name);
                findings.push(Finding::new(file, line, RULE, missing(&name)));
            }
            known.push(name);
        }
    }
    let Some(page) = tree.file(PAGE) else {
        return findings;
    };
    for program in programs.iter().filter(|program| !rows.contains_key(**program)) {
        findings.push(Finding::new(page, 1, RULE, missing(program)));
    }
    for (name, line) in rows.iter().filter(|(name, _)| !known.contains(name)) {
        let advice = format!("nothing depends on `{name}` any more; delete the row");
        findings.push(Finding::new(page, *line, RULE, advice));
    }
    findings
}

fn missing(name: &str) -> String {
    format!("`{name}` has no row in {PAGE}; say there why it is needed")
}

/// Names of the dependencies that a manifest declares, without our own crates.
fn declared(file: &File) -> Vec<String> {
    let name = file.name();
    if name == "Cargo.toml" {
        let all = manifests::cargo(&file.text).into_iter().map(|each| each.package);
        return all.filter(|package| !package.starts_with("treehouse")).collect();
    }
    if name == "package.json" {
        return manifests::npm(&file.text);
    }
    if name.starts_with("requirements") && file.extension() == "txt" {
        return manifests::python(&file.text);
    }
    Vec::new()
}

/// The names that table rows start with, and their lines.
fn rows(page: &File) -> BTreeMap<String, usize> {
    let mut rows = BTreeMap::new();
    for (index, line) in page.text.lines().enumerate() {
        let name = line.strip_prefix("| `").and_then(|rest| rest.split_once("` |"));
        if let Some((name, _)) = name {
            rows.insert(name.to_owned(), index + 1);
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::super::tree::assert_found;
    use super::*;

    const MANIFEST: &str = "[dependencies]\nserde = \"1\"\ntreehouse-tlog = \"0\"\n";

    #[test]
    fn a_dependency_without_a_row_is_found_in_every_kind_of_manifest() {
        let tree = Tree::of(&[
            ("docs/dependencies.md", "| name | why |\n"),
            ("a/Cargo.toml", MANIFEST),
            ("b/package.json", "{\"dependencies\":\n{\"vite\": \"8\"}}"),
            ("c/requirements.txt", "cbor2==5\n"),
        ]);
        let expected = ["a/Cargo.toml:2", "b/package.json:2", "c/requirements.txt:1"];
        assert_found(&check_with(&tree, &[]), &expected);
    }

    #[test]
    fn a_page_that_is_missing_explains_nothing() {
        let tree = Tree::of(&[("a/Cargo.toml", MANIFEST)]);
        assert_found(&check_with(&tree, &[]), &["a/Cargo.toml:2"]);
    }

    #[test]
    fn a_stale_row_is_found() {
        let page = "| name | why |\n|---|---|\n| `serde` | x |\n| `gone` | y |\n";
        let tree = Tree::of(&[(PAGE, page), ("a/Cargo.toml", MANIFEST)]);
        assert_found(&check_with(&tree, &[]), &["docs/dependencies.md:4"]);
    }

    #[test]
    fn a_program_without_a_row_is_found() {
        let tree = Tree::of(&[(PAGE, "| `git` | x |\n")]);
        assert_found(&check_with(&tree, &["git", "chromium"]), &["docs/dependencies.md:1"]);
    }
}
