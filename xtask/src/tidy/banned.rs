//! What may stand nowhere: silenced lints, ignored tests, unfinished work, leaks.

use super::rust;
use super::tree::{File, Finding, Tree};

/// The name of the rule.
pub const RULE: &str = "banned";

const SOURCES: [&str; 13] =
    ["rs", "ts", "svelte", "mjs", "js", "py", "sh", "toml", "css", "html", "yml", "yaml", "sql"];
/// Written in two parts, so that this file passes its own rule.
const UNFINISHED: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX")];
const MACROS: [&str; 2] = ["todo", "unimplemented"];

/// Finds what is banned everywhere.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &tree.files {
        // Scripts such as .ci/run have no ending.
        let is_script = file.extension().is_empty() && file.text.starts_with("#!");
        if is_script || SOURCES.contains(&file.extension()) {
            findings.extend(unfinished(file));
        }
        if file.extension() == "rs" {
            findings.extend(silenced(file));
            findings.extend(called(file));
        }
    }
    findings
}

fn unfinished(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
        if let Some(word) = words.find(|word| UNFINISHED.contains(word)) {
            let advice = format!("{word}: finish it, or open an issue");
            findings.push(Finding::new(file, index + 1, RULE, advice));
        }
    }
    findings
}

fn silenced(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (words, line) in rust::attributes(&file.text) {
        let has = |word: &str| words.iter().any(|each| each == word);
        if has("allow") {
            let advice = "mend what the lint says, or #[expect(.., reason = \"..\")]";
            findings.push(Finding::new(file, line, RULE, advice));
        }
        if has("ignore") {
            findings.push(Finding::new(file, line, RULE, "a test runs or is deleted"));
        }
    }
    findings
}

fn called(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    for path in rust::paths(&file.text) {
        let last = path.segments.last().map_or("", String::as_str);
        if MACROS.contains(&last) && file_has_macro(file, last, path.line) {
            findings.push(Finding::new(file, path.line, RULE, "write the code"));
        }
        if path.segments.ends_with(&["Box".to_owned(), "leak".to_owned()]) {
            let advice = "a leaked string could become SQL; own it or borrow it";
            findings.push(Finding::new(file, path.line, RULE, advice));
        }
    }
    findings
}

/// Tells the macro from a field or function of the same name.
fn file_has_macro(file: &File, name: &str, line: usize) -> bool {
    let call = format!("{name}!");
    file.text.lines().nth(line - 1).is_some_and(|text| text.contains(&call))
}

#[cfg(test)]
mod tests {
    use super::super::tree::assert_found;
    use super::*;

    fn check_one(text: &str) -> Vec<Finding> {
        check(&Tree::of(&[("a.rs", text)]))
    }

    #[test]
    fn silenced_lints_are_found() {
        assert_found(&check_one("#[allow(dead_code)]\nfn f() {}"), &["a.rs:1"]);
        assert_found(&check_one("#![allow(dead_code)]\nfn f() {}"), &["a.rs:1"]);
        assert_found(&check_one("\n#[cfg_attr(test, allow(x))]\nfn f() {}"), &["a.rs:2"]);
        assert_found(&check_one("fn f() { #[allow(x)] let a = 1; }"), &["a.rs:1"]);
    }

    #[test]
    fn ignored_tests_are_found() {
        assert_found(&check_one("#[test]\n#[ignore = \"slow\"]\nfn f() {}"), &["a.rs:2"]);
    }

    #[test]
    fn unfinished_code_is_found() {
        assert_found(&check_one("fn f() { todo!() }"), &["a.rs:1"]);
        assert_found(&check_one("fn f() { std::unimplemented!(\"x\") }"), &["a.rs:1"]);
        for word in UNFINISHED {
            assert_found(&check_one(&format!("// {word}: later")), &["a.rs:1"]);
        }
        let script = format!("#!/bin/sh\n# {} later", UNFINISHED[0]);
        assert_found(&check(&Tree::of(&[(".ci/run", &script)])), &[".ci/run:2"]);
    }

    #[test]
    fn leaks_are_found() {
        assert_found(&check_one("fn f() { std::boxed::Box::leak(x) }"), &["a.rs:1"]);
    }

    #[test]
    fn words_that_only_look_alike_pass() {
        let text = "#[expect(x, reason = \"allow\")]\nfn todo_list() { let ignore = todo; }";
        assert_found(&check_one(text), &[]);
    }
}
