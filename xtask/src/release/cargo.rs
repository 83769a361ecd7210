//! The crates in a program, from `cargo tree`, which knows features and platforms, and their hashes,
//! from `Cargo.lock`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context as _, Result, ensure};
use toml::Table;

use super::sbom::{Hash, Part, Parts};
use crate::cache::Cache;
use crate::{process, repository};

/// Adds a package of ours and everything below it, as far as it is compiled for this platform.
pub fn add(cache: &Cache, parts: &mut Parts, package: &str, target: &str) -> Result<()> {
    let hashes = hashes(&lock()?)?;
    let running: BTreeSet<String> =
        tree(cache, package, target, "normal")?.into_iter().map(|line| line.reference()).collect();
    let mut above: Vec<String> = Vec::new();
    for line in tree(cache, package, target, "normal,build")? {
        let reference = line.reference();
        above.truncate(line.depth);
        ensure!(above.len() == line.depth, "the tree of {package} has a gap");
        if let Some(part) = above.last().and_then(|above| parts.get_mut(above)) {
            part.below.insert(reference.clone());
        }
        let part = parts.entry(reference.clone()).or_insert_with(|| Part {
            name: line.name.clone(),
            version: line.version.clone(),
            licence: line.licence.clone(),
            hash: hashes.get(&reference).cloned(),
            is_program: line.depth == 0,
            runs: false,
            below: BTreeSet::new(),
        });
        part.runs |= running.contains(&reference);
        above.push(reference);
    }
    Ok(())
}

/// How a crate is called in the list.
pub fn reference(name: &str, version: &str) -> String {
    format!("cargo:{name}@{version}")
}

/// One line of the tree.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    depth: usize,
    name: String,
    version: String,
    licence: Option<String>,
}

impl Line {
    fn reference(&self) -> String {
        reference(&self.name, &self.version)
    }
}

fn tree(cache: &Cache, package: &str, target: &str, edges: &str) -> Result<Vec<Line>> {
    let mut command = process::cargo(cache);
    command.args(["tree", "--locked", "--quiet", "--package", package, "--target", target]);
    command.args(["--edges", edges, "--prefix", "depth", "--format", "{p}\t{l}\t"]);
    process::capture(&mut command)?.lines().map(line).collect()
}

/// `3serde_derive v1.0.0 (proc-macro)`, a tab, a licence, and another tab before what is elided.
fn line(text: &str) -> Result<Line> {
    let wrong = || format!("cargo tree has an unknown form: {text}");
    let digits = text.find(|sign: char| !sign.is_ascii_digit()).with_context(wrong)?;
    let (depth, rest) = text.split_at(digits);
    let mut fields = rest.split('\t');
    let mut words = fields.next().with_context(wrong)?.split(' ');
    let (name, version) = words.next().zip(words.next()).with_context(wrong)?;
    let version = version.strip_prefix('v').with_context(wrong)?;
    let licence = fields.next().filter(|licence| !licence.is_empty());
    Ok(Line {
        depth: depth.parse().with_context(wrong)?,
        name: name.to_owned(),
        version: version.to_owned(),
        // The old way of writing "or".
        licence: licence.map(|licence| licence.replace('/', " OR ").replace("  ", " ")),
    })
}

fn lock() -> Result<Table> {
    let text = fs::read_to_string(repository::root().join("Cargo.lock"));
    text.context("cannot read Cargo.lock")?.parse().context("Cargo.lock has an unknown form")
}

/// What the registry's packages hash to; ours have none.
fn hashes(lock: &Table) -> Result<BTreeMap<String, Hash>> {
    let packages = lock.get("package").and_then(toml::Value::as_array);
    let packages = packages.context("Cargo.lock has no packages")?;
    let field = |package: &toml::Value, key: &str| package.get(key)?.as_str().map(str::to_owned);
    let each = packages.iter().filter_map(|package| {
        let (name, version) = (field(package, "name")?, field(package, "version")?);
        let hash = Hash { kind: "SHA-256", hex: field(package, "checksum")? };
        Some((reference(&name, &version), hash))
    });
    Ok(each.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_tree_are_read() {
        let read = |text| line(text).unwrap();
        let ours = read("0treehouse v0.1.0 (/somewhere/crates/treehouse)\tApache-2.0\t");
        assert_eq!((ours.depth, ours.reference()), (0, "cargo:treehouse@0.1.0".to_owned()));
        let elided = read("12serde_derive v1.0.2 (proc-macro)\tMIT/Apache-2.0\t (*)");
        assert_eq!((elided.depth, elided.name.as_str()), (12, "serde_derive"));
        assert_eq!(elided.licence.as_deref(), Some("MIT OR Apache-2.0"));
        assert_eq!(read("1ring v0.17.14\t\t").licence, None);
        assert!(line("[build-dependencies]").is_err());
    }
}
