//! `cargo xtask docs`: what is written by the code or the list that it describes: the pages under
//! `docs/generated`, and what the auditors' pages of the app show.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::cache::Cache;
use crate::process;
use crate::repository;
use crate::steps::STEPS;
use crate::tidy;

/// A page and the function that writes it.
pub struct Page {
    pub path: &'static str,
    pub render: fn(&Cache) -> Result<String>,
}

/// Every generated page. To add one, add a row.
pub const PAGES: &[Page] = &[
    Page { path: "docs/generated/checks.md", render: |_| Ok(checks()) },
    Page {
        path: "docs/generated/requirements.md",
        render: |_| requirements(tidy::requirements::page),
    },
    Page {
        path: "web/src/audit/controls.json",
        render: |_| requirements(tidy::requirements::controls),
    },
    Page { path: "docs/generated/rules.md", render: |cache| protocol(cache, "rules") },
    Page { path: "docs/generated/registry.md", render: |cache| protocol(cache, "registry") },
    Page { path: "docs/generated/config.md", render: configuration },
    Page { path: "docs/generated/data-map.md", render: |cache| program(cache, &["data-map"]) },
    Page {
        path: "docs/generated/processing-record.md",
        render: |cache| program(cache, &["data-map", "--processing-record"]),
    },
    Page { path: "docs/generated/openapi.json", render: |cache| program(cache, &["openapi"]) },
];

/// Pages that tests write, and compare, because only a running server knows what stands in them.
const BY_TESTS: [&str; 1] = ["docs/generated/access.md"];

/// A table that the protocol crate prints of itself. It runs as a program of its own, so that the
/// developer commands don't have to be built with every cipher.
fn protocol(cache: &Cache, table: &str) -> Result<String> {
    let arguments = ["run", "--quiet", "--package", "treehouse-protocol"];
    process::capture(process::cargo(cache).args(arguments).args(["--example", "tables", table]))
}

/// What the program itself prints; it also runs on its own, for the same reason.
fn program(cache: &Cache, command: &[&str]) -> Result<String> {
    let arguments = ["run", "--quiet", "--package", "treehouse", "--"];
    process::capture(process::cargo(cache).args(arguments).args(command))
}

fn configuration(cache: &Cache) -> Result<String> {
    let example = program(cache, &["config", "example"])?;
    Ok(format!(
        "# The configuration\n\n\
         Written by `cargo xtask docs`; do not edit. `treehouse config example` prints it too. How \
         to use it: [operating](../operating.md).\n\n```toml\n{}\n```\n",
        example.trim_end()
    ))
}

/// What to do with pages that differ from the code.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Write,
    Check,
}

/// Writes every page, or says which are stale.
pub fn run(cache: &Cache, mode: Mode) -> Result<()> {
    let root = repository::root();
    let found = repository::files()?;
    let mut pages = Vec::new();
    for page in PAGES {
        pages.push((page.path, (page.render)(cache)?));
    }
    let stale = stale(&pages, &found, |path| fs::read_to_string(root.join(path)).ok());
    if mode == Mode::Check {
        if !stale.is_empty() {
            bail!("stale: {}; `cargo xtask docs` mends it", stale.join(", "));
        }
        return Ok(());
    }
    for (path, text) in &pages {
        write(&root.join(path), text)?;
        println!("wrote {path}");
    }
    let orphan = |path: &&String| pages.iter().all(|page| page.0 != path.as_str());
    match stale.iter().find(orphan) {
        Some(orphan) => bail!("{orphan} has no generator in xtask/src/docs.rs; delete it"),
        None => Ok(()),
    }
}

const FOLDER: &str = "docs/generated/";

/// Pages that differ from what their generator writes, and pages that have none.
fn stale(
    pages: &[(&str, String)],
    found: &[String],
    read: impl Fn(&str) -> Option<String>,
) -> Vec<String> {
    let differing = pages
        .iter()
        .filter(|(path, text)| read(path).as_deref() != Some(text))
        .map(|(path, _)| (*path).to_owned());
    let orphans = found
        .iter()
        .filter(|path| path.starts_with(FOLDER) && !BY_TESTS.contains(&path.as_str()))
        .filter(|path| pages.iter().all(|page| page.0 != path.as_str()))
        .cloned();
    differing.chain(orphans).collect()
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn requirements(render: fn(&str) -> Result<String, String>) -> Result<String> {
    let text = fs::read_to_string(repository::root().join(tidy::requirements::LIST));
    let text = text.with_context(|| format!("cannot read {}", tidy::requirements::LIST))?;
    render(&text).map_err(anyhow::Error::msg)
}

fn checks() -> String {
    let mut page = String::from(
        "# The checks\n\n\
         Written by `cargo xtask docs`; do not edit.\n\n\
         ## Steps of `cargo xtask test`\n\n\
         | step | what it shows |\n|---|---|\n",
    );
    page.extend(STEPS.iter().map(|step| format!("| {} | {} |\n", step.name, step.what)));
    page.push_str("\n## Rules of `cargo xtask tidy`\n\n| rule | what it asks |\n|---|---|\n");
    page.extend(tidy::RULES.iter().map(|rule| format!("| {} | {} |\n", rule.name, rule.what)));
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> [(&'static str, String); 1] {
        [("docs/generated/a.md", "fresh\n".to_owned())]
    }

    #[test]
    fn a_fresh_page_passes() {
        assert!(stale(&page(), &[], |_| Some("fresh\n".to_owned())).is_empty());
    }

    #[test]
    fn a_changed_or_missing_page_is_named() {
        let old = stale(&page(), &[], |_| Some("old\n".to_owned()));
        assert_eq!(old, ["docs/generated/a.md"]);
        assert_eq!(stale(&page(), &[], |_| None), ["docs/generated/a.md"]);
    }

    #[test]
    fn a_page_without_generator_is_named() {
        let found = ["docs/generated/b.md".to_owned()];
        let orphan = stale(&page(), &found, |_| Some("fresh\n".to_owned()));
        assert_eq!(orphan, ["docs/generated/b.md"]);
    }

    #[test]
    fn every_step_and_rule_stands_on_the_page_of_checks() {
        let page = checks();
        assert!(STEPS.iter().all(|step| page.contains(step.what)));
        assert!(tidy::RULES.iter().all(|rule| page.contains(rule.what)));
    }
}
