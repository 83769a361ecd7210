//! The list of parts against what doesn't come from it: what the compiler is given, the lock files,
//! and the format's own schema, as its authors' library reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

use super::{PROGRAMS, WASM, WORKER, cargo};
use crate::cache::Cache;
use crate::setup::python;
use crate::{process, repository};

/// Reads the schema and the lock files.
const READER: &str = "xtask/src/release/read_sbom.py";

/// Checks a list. Answers what was compared.
///
/// # Errors
/// The first thing that is missing, too much or wrong.
pub fn run(cache: &Cache, file: &Path) -> Result<String> {
    let text = fs::read_to_string(file).with_context(|| format!("{}", file.display()))?;
    let list: Value = serde_json::from_str(&text).context("the list of parts is no JSON")?;
    let count = compare(cache, &list)?;
    let mut read = Command::new(python::sbom(cache)?);
    read.arg(repository::root().join(READER)).arg(file).arg(repository::root());
    let read = process::capture(&mut read).context("the list of parts is refused")?;
    Ok(format!("the list of parts has all {count} crates that are compiled; {}", read.trim()))
}

/// Compares what stands below our programs in the list with what cargo would compile for them. All
/// at once: what a crate is made of isn't the same for a browser, and the list has it all.
fn compare(cache: &Cache, list: &Value) -> Result<usize> {
    let programs = PROGRAMS.iter().chain([&WORKER]);
    let listed =
        below(list, programs.map(|name| cargo::reference(name, env!("CARGO_PKG_VERSION"))))?;
    let mut compiled = planned(cache, &PROGRAMS, None)?;
    compiled.extend(planned(cache, &[WORKER], Some(WASM))?);
    if let Some(missing) = compiled.difference(&listed).next() {
        bail!("the list of parts lacks {missing}, which is compiled");
    }
    if let Some(surplus) = listed.difference(&compiled).next() {
        bail!("the list of parts has {surplus}, which isn't compiled");
    }
    Ok(compiled.len())
}

/// Everything below these, themselves included, that is also a component.
fn below(list: &Value, roots: impl Iterator<Item = String>) -> Result<BTreeSet<String>> {
    let rows = |key: &str| list[key].as_array().with_context(|| format!("the list has no {key}"));
    let components: BTreeSet<&str> =
        rows("components")?.iter().filter_map(|row| row["bom-ref"].as_str()).collect();
    let edges: BTreeMap<&str, &Value> = rows("dependencies")?
        .iter()
        .filter_map(|row| Some((row["ref"].as_str()?, &row["dependsOn"])))
        .collect();
    let mut reached = BTreeSet::new();
    let mut waiting: Vec<String> = roots.collect();
    while let Some(name) = waiting.pop() {
        ensure!(components.contains(name.as_str()), "the list of parts lacks {name}");
        let next = edges.get(name.as_str()).and_then(|next| next.as_array());
        if reached.insert(name) {
            let next = next.into_iter().flatten().filter_map(Value::as_str);
            waiting.extend(next.map(str::to_owned));
        }
    }
    Ok(reached)
}

/// What cargo would compile for programs: its plan, which nothing else here is made from.
fn planned(cache: &Cache, programs: &[&str], target: Option<&str>) -> Result<BTreeSet<String>> {
    let mut command = process::cargo(cache);
    // The plan is shown by unstable cargo only; nothing is built with this.
    command.env("RUSTC_BOOTSTRAP", "1").args(["build", "-Z", "unstable-options", "--unit-graph"]);
    command.args(["--release", "--locked", "--quiet"]);
    command.args(programs.iter().flat_map(|name| ["--package", name]));
    match target {
        Some(target) => command.args(["--lib", "--target", target]),
        None => command.arg("--bins"),
    };
    let plan: Value = serde_json::from_str(&process::capture(&mut command)?)?;
    let units = plan["units"].as_array().context("cargo's plan has no units")?;
    // The standard library is a unit of some targets; it comes with the compiler.
    units
        .iter()
        .map(|unit| package(unit["pkg_id"].as_str().unwrap_or_default()))
        .collect::<Option<BTreeSet<String>>>()
        .context("cargo's plan has an unknown form")
}

/// `registry+…#name@version`, or `path+file:///…/name#version`.
fn package(id: &str) -> Option<String> {
    let (place, rest) = id.split_once('#')?;
    let (name, version) = match rest.split_once('@') {
        Some(both) => both,
        None => (place.rsplit_once('/')?.1, rest),
    };
    Some(cargo::reference(name, version))
}

/// How a list is spoilt.
type Fault = fn(&mut Value);

/// Lists with one fault each, every one of which must be refused for it.
pub fn control(cache: &Cache, file: &Path, text: &str) -> Result<()> {
    let list: Value = serde_json::from_str(text)?;
    let faults: [(&str, Fault); 5] = [
        ("lacks", |list| remove(list, "cargo:rustls@")),
        ("isn't compiled", add_a_crate),
        ("refused", |list| change(list, "cargo:rustls@", "0.0.1")),
        ("refused", |list| remove(list, "npm:svelte@")),
        ("refused", |list| list["components"][0]["type"] = json!("planted")),
    ];
    for (word, plant) in faults {
        let mut planted = list.clone();
        plant(&mut planted);
        ensure!(planted != list, "control: nothing was planted");
        fs::write(file, planted.to_string()).context("cannot write the planted list")?;
        match run(cache, file) {
            Err(error) if format!("{error:#}").contains(word) => {}
            Err(error) => bail!("control: a planted fault gave another error: {error:#}"),
            Ok(_) => bail!("control: a list of parts with a planted fault was accepted"),
        }
    }
    println!("control: {} planted faults were found", faults.len());
    fs::remove_file(file).context("cannot delete the planted list")
}

fn remove(list: &mut Value, start: &str) {
    let is = |row: &Value| row["bom-ref"].as_str().is_some_and(|name| name.starts_with(start));
    if let Some(rows) = list["components"].as_array_mut() {
        rows.retain(|row| !is(row));
    }
}

fn change(list: &mut Value, start: &str, version: &str) {
    for row in list["components"].as_array_mut().into_iter().flatten() {
        if row["bom-ref"].as_str().is_some_and(|name| name.starts_with(start)) {
            row["version"] = json!(version);
        }
    }
}

fn add_a_crate(list: &mut Value) {
    let name = "cargo:planted@1.0.0";
    let part = json!({ "type": "library", "bom-ref": name, "name": "planted", "version": "1.0.0" });
    for (key, row) in [("components", part), ("dependencies", json!({ "ref": name }))] {
        list[key].as_array_mut().into_iter().for_each(|rows| rows.push(row.clone()));
    }
    let program = cargo::reference(PROGRAMS[0], env!("CARGO_PKG_VERSION"));
    let rows = list["dependencies"].as_array_mut().into_iter().flatten();
    for row in rows.filter(|row| row["ref"] == json!(program)) {
        row["dependsOn"].as_array_mut().into_iter().for_each(|below| below.push(json!(name)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_of_a_plan_are_read() {
        let read = |id| package(id).unwrap();
        assert_eq!(read("registry+https://example.org/index#a@1.0.0"), "cargo:a@1.0.0");
        assert_eq!(read("path+file:///somewhere/treehouse#0.1.0"), "cargo:treehouse@0.1.0");
        assert_eq!(read("path+file:///somewhere/server#treehouse-server@0.1.0"), {
            "cargo:treehouse-server@0.1.0"
        });
        assert_eq!(package("nothing"), None);
    }

    #[test]
    fn what_stands_below_is_found_and_a_hole_is_an_error() {
        let list = json!({
            "components": [{ "bom-ref": "a" }, { "bom-ref": "b" }, { "bom-ref": "c" }],
            "dependencies": [{ "ref": "a", "dependsOn": ["b"] }, { "ref": "b", "dependsOn": [] }],
        });
        let all = below(&list, ["a".to_owned()].into_iter()).unwrap();
        assert_eq!(all, BTreeSet::from(["a".to_owned(), "b".to_owned()]));
        assert!(below(&list, ["d".to_owned()].into_iter()).is_err());
    }
}
