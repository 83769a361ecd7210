//! The list of parts: `CycloneDX` 1.6 in JSON, the same bytes for the same commit.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{PROGRAMS, WASM, WORKER, cargo, npm};
use crate::cache::Cache;
use crate::{process, repository};

/// What the whole release is called in its own list.
const ROOT: &str = "treehouse-release";

/// What the packages of one registry hash to.
#[derive(Debug, Clone)]
pub struct Hash {
    pub kind: &'static str,
    pub hex: String,
}

/// A package that the release is made of, or with.
#[derive(Debug)]
pub struct Part {
    pub name: String,
    pub version: String,
    /// An SPDX expression.
    pub licence: Option<String>,
    /// Of the package as the registry has it; ours have none.
    pub hash: Option<Hash>,
    pub is_program: bool,
    /// Whether it is in what runs, or only helps to build it.
    pub runs: bool,
    /// What it is made of or with, by reference.
    pub below: BTreeSet<String>,
}

/// All of them, by how they are called in the list.
pub type Parts = BTreeMap<String, Part>;

/// The list as a file.
pub fn write(cache: &Cache) -> Result<String> {
    let mut parts = Parts::new();
    let host = host()?;
    for program in PROGRAMS {
        cargo::add(cache, &mut parts, program, &host)?;
    }
    cargo::add(cache, &mut parts, WORKER, WASM)?;
    npm::add(&mut parts)?;
    let components: Vec<Value> = parts.iter().map(component).collect();
    let programs = parts.iter().filter(|(_, part)| part.is_program).map(|(name, _)| name);
    let mut dependencies = vec![json!({ "ref": ROOT, "dependsOn": programs.collect::<Vec<_>>() })];
    dependencies.extend(parts.iter().map(|(name, part)| {
        let below: Vec<&String> = part.below.iter().collect();
        json!({ "ref": name, "dependsOn": below })
    }));
    let root = json!({
        "type": "application", "bom-ref": ROOT, "name": "treehouse",
        "version": env!("CARGO_PKG_VERSION"), "licenses": [{ "license": { "id": "Apache-2.0" } }],
    });
    let compiler = json!({ "type": "application", "name": "rustc", "version": compiler()? });
    let list = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": serial(&components),
        "version": 1,
        "metadata": {
            "timestamp": format!("{}T00:00:00Z", repository::head_date()?),
            "tools": { "components": [compiler] },
            "component": root,
        },
        "components": components,
        "dependencies": dependencies,
    });
    let text = serde_json::to_string_pretty(&list).context("the list can't be written")?;
    Ok(text + "\n")
}

fn component((reference, part): (&String, &Part)) -> Value {
    let kind = if part.is_program { "application" } else { "library" };
    let mut component = json!({
        "type": kind,
        "bom-ref": reference,
        "name": part.name,
        "version": part.version,
        "scope": if part.runs { "required" } else { "excluded" },
    });
    if let Some(licence) = &part.licence {
        component["licenses"] = json!([{ "expression": licence }]);
    }
    // What has no hash is ours, and in no registry.
    if let Some(hash) = &part.hash {
        component["hashes"] = json!([{ "alg": hash.kind, "content": hash.hex }]);
        // Package URLs write the @ of an npm scope as %40.
        let (kind, rest) = reference.split_once(':').unwrap_or(("generic", reference));
        let (name, version) = rest.rsplit_once('@').unwrap_or((rest, ""));
        component["purl"] = json!(format!("pkg:{kind}/{}@{version}", name.replace('@', "%40")));
    }
    component
}

/// A name for this list, as a UUID (RFC 9562, version 8) that comes from what it lists.
fn serial(components: &[Value]) -> String {
    let hash = Sha256::digest(json!(components).to_string());
    let hex = |range: std::ops::Range<usize>| super::hex(&hash[range]);
    let (third, fourth) = (hex(6..8), hex(8..10));
    format!(
        "urn:uuid:{}-{}-8{}-a{}-{}",
        hex(0..4),
        hex(4..6),
        &third[1..],
        &fourth[1..],
        hex(10..16)
    )
}

/// What this machine's compiler builds for.
fn host() -> Result<String> {
    field("host: ")
}

fn compiler() -> Result<String> {
    field("release: ")
}

fn field(start: &str) -> Result<String> {
    let said = process::capture(std::process::Command::new("rustc").arg("-vV"))?;
    let field = said.lines().find_map(|line| line.strip_prefix(start));
    field.map(str::to_owned).with_context(|| format!("rustc -vV doesn't say `{start}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_registry_is_named_as_databases_of_vulnerabilities_name_it() {
        let part = |hash: Option<Hash>| Part {
            name: "@lucide/svelte".to_owned(),
            version: "1.0.0".to_owned(),
            licence: Some("ISC".to_owned()),
            hash,
            is_program: false,
            runs: true,
            below: BTreeSet::new(),
        };
        let reference = "npm:@lucide/svelte@1.0.0".to_owned();
        let hash = Hash { kind: "SHA-512", hex: "00".to_owned() };
        let listed = component((&reference, &part(Some(hash))));
        assert_eq!(listed["purl"], "pkg:npm/%40lucide/svelte@1.0.0");
        assert_eq!(component((&reference, &part(None))).get("purl"), None);
    }

    #[test]
    fn a_serial_number_is_a_uuid_of_the_content() {
        let (one, other) = (serial(&[json!(1)]), serial(&[json!(2)]));
        assert_ne!(one, other);
        assert_eq!((one.len(), &one[23..24], &one[28..29]), (45, "8", "a"));
    }
}
