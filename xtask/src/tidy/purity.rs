//! The protocol and the log decide; they never read a clock, a file or a random number by themselves.

use super::rust::{self, NamedPath};
use super::tree::{File, Finding, Tree};

/// The name of the rule.
pub const RULE: &str = "purity";

const HOMES: [&str; 2] = ["crates/protocol/src/", "crates/tlog/src/"];

const MODULES: [&[&str]; 7] = [
    &["std", "time"],
    &["std", "fs"],
    &["std", "net"],
    &["std", "thread"],
    &["std", "env"],
    &["std", "process"],
    &["std", "io"],
];
const CRATES: [&str; 3] = ["getrandom", "tokio", "rand"];
const NAMES: [&str; 11] = [
    "SystemTime",
    "Instant",
    "thread_rng",
    "OsRng",
    "SysRng",
    "async",
    "println",
    "eprintln",
    "print",
    "eprint",
    "dbg",
];

/// Finds effects in the crates that have none.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.with_extension("rs")
        .filter(|file| HOMES.iter().any(|home| file.path.starts_with(home)))
        .flat_map(check_file)
        .collect()
}

fn check_file(file: &File) -> Vec<Finding> {
    rust::paths(&file.text)
        .iter()
        .filter(|path| is_effect(path))
        .map(|path| {
            let advice = format!(
                "`{}` is an effect; take its result as an argument",
                path.segments.join("::")
            );
            Finding::new(file, path.line, RULE, advice)
        })
        .collect()
}

fn is_effect(path: &NamedPath) -> bool {
    MODULES.iter().any(|module| path.starts_with(module))
        || (path.segments.len() > 1 && CRATES.contains(&path.root()))
        || path.segments.iter().any(|segment| NAMES.contains(&segment.as_str()))
}

#[cfg(test)]
mod tests {
    use super::super::tree::assert_found;
    use super::*;

    fn lines(text: &str) -> usize {
        check(&Tree::of(&[("crates/protocol/src/a.rs", text)])).len()
    }

    #[test]
    fn every_effect_is_found() {
        let planted = [
            "use std::time::Duration;",
            "use std::{fs, fmt};",
            "fn f() { std::net::lookup() }",
            "use std::thread;",
            "use std::env;",
            "use std::process;",
            "use std::io::Read;",
            "fn f(now: SystemTime) {}",
            "fn f() { Instant::now() }",
            "fn f() { getrandom::fill(x) }",
            "use tokio::sync;",
            "async fn f() {}",
            "fn f() { println!(\"x\") }",
            "fn f() { thread_rng() }",
            "fn f() { rand_core::OsRng }",
        ];
        for text in planted {
            assert!(lines(text) > 0, "not found: {text}");
        }
    }

    #[test]
    fn the_place_is_right() {
        let tree = Tree::of(&[("crates/protocol/src/a.rs", "//! Pure.\n\nuse std::fs;\n")]);
        assert_found(&check(&tree), &["crates/protocol/src/a.rs:3"]);
        let tree = Tree::of(&[("crates/tlog/src/a.rs", "use std::fs;")]);
        assert_found(&check(&tree), &["crates/tlog/src/a.rs:1"]);
    }

    #[test]
    fn comments_strings_and_other_crates_are_free() {
        assert_eq!(lines("// std::fs\nconst A: &str = \"std::fs println!\"; use std::fmt;"), 0);
        assert_found(&check(&Tree::of(&[("crates/client/src/a.rs", "use std::fs;")])), &[]);
    }
}
