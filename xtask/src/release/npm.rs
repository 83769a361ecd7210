//! The packages in the web app, from `web/package-lock.json`, which knows their hashes too.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context as _, Result};
use base64ct::{Base64, Encoding as _};
use serde_json::{Map, Value};

use super::sbom::{Hash, Part, Parts};
use crate::repository;

const LOCK: &str = "web/package-lock.json";
const FOLDER: &str = "node_modules/";

/// Adds the app, the packages in it, and those that build it; what only another platform would need
/// is left out.
pub fn add(parts: &mut Parts) -> Result<()> {
    let text = fs::read_to_string(repository::root().join(LOCK));
    let text = text.with_context(|| format!("cannot read {LOCK}"))?;
    let lock: Value = serde_json::from_str(&text).with_context(|| format!("{LOCK} is no JSON"))?;
    let packages =
        lock["packages"].as_object().with_context(|| format!("{LOCK} has no packages"))?;
    for (path, package) in packages.iter().filter(|(_, package)| !is(package, "optional")) {
        parts.insert(reference(path, package)?, part(packages, path, package)?);
    }
    Ok(())
}

fn part(packages: &Map<String, Value>, path: &str, package: &Value) -> Result<Part> {
    let mut below = BTreeSet::new();
    for kind in ["dependencies", "devDependencies", "peerDependencies"] {
        for name in package[kind].as_object().into_iter().flat_map(Map::keys) {
            let found = found(packages, path, name).filter(|(_, found)| !is(found, "optional"));
            if let Some((path, found)) = found {
                below.insert(reference(path, found)?);
            }
        }
    }
    Ok(Part {
        name: name(path, package).to_owned(),
        version: version(package).to_owned(),
        licence: package["license"].as_str().map(str::to_owned),
        hash: package["integrity"].as_str().map(hash).transpose()?,
        is_program: path.is_empty(),
        runs: !is(package, "dev"),
        below,
    })
}

/// The package that `name` means to the one at `path`: the nearest, from the inside out.
fn found<'p>(
    packages: &'p Map<String, Value>,
    path: &str,
    name: &str,
) -> Option<(&'p str, &'p Value)> {
    let mut inside = path;
    loop {
        let slash = if inside.is_empty() { "" } else { "/" };
        let tried = format!("{inside}{slash}{FOLDER}{name}");
        if let Some((path, package)) = packages.get_key_value(&tried) {
            return Some((path, package));
        }
        if inside.is_empty() {
            return None;
        }
        inside = inside.rfind(FOLDER).map_or("", |at| inside[..at].trim_end_matches('/'));
    }
}

fn reference(path: &str, package: &Value) -> Result<String> {
    let name = name(path, package);
    anyhow::ensure!(!name.is_empty(), "{LOCK} has a package without a name");
    Ok(format!("npm:{name}@{}", version(package)))
}

/// The last part of the path; the app itself has none.
fn name<'p>(path: &'p str, package: &'p Value) -> &'p str {
    match path.rfind(FOLDER) {
        Some(at) => &path[at + FOLDER.len()..],
        None => package["name"].as_str().unwrap_or_default(),
    }
}

/// The app is as old as the programs.
fn version(package: &Value) -> &str {
    package["version"].as_str().unwrap_or(env!("CARGO_PKG_VERSION"))
}

fn is(package: &Value, what: &str) -> bool {
    package[what].as_bool().unwrap_or_default()
}

/// `sha512-` and Base64.
fn hash(integrity: &str) -> Result<Hash> {
    let wrong = || format!("{LOCK} has an unknown hash: {integrity}");
    let bytes = integrity.strip_prefix("sha512-").map(Base64::decode_vec).with_context(wrong)?;
    let bytes = bytes.ok().filter(|bytes| bytes.len() == 64).with_context(wrong)?;
    Ok(Hash { kind: "SHA-512", hex: super::hex(&bytes) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_package_of_a_name_is_meant() {
        let lock = serde_json::json!({
            "": { "name": "app" },
            "node_modules/a": { "version": "1.0.0" },
            "node_modules/a/node_modules/b": { "version": "2.0.0" },
            "node_modules/b": { "version": "1.0.0" },
        });
        let packages = lock.as_object().unwrap();
        let version = |path| found(packages, path, "b").map(|(_, package)| version(package));
        assert_eq!(version("node_modules/a"), Some("2.0.0"));
        // It stands beside itself.
        assert_eq!(version("node_modules/a/node_modules/b"), Some("2.0.0"));
        assert_eq!(version("node_modules/c"), Some("1.0.0"));
        assert_eq!(version(""), Some("1.0.0"));
        assert_eq!(found(packages, "node_modules/a", "c"), None);
    }

    #[test]
    fn a_hash_is_read_and_a_weak_one_is_not() {
        assert!(hash(&format!("sha512-{}", Base64::encode_string(&[7; 64]))).is_ok());
        assert!(hash(&format!("sha1-{}", Base64::encode_string(&[7; 20]))).is_err());
    }
}
