//! Reading what manifests say about dependencies.

use toml::{Table, Value};

/// A dependency as one manifest declares it.
#[derive(Debug, PartialEq, Eq)]
pub struct Declared {
    /// The name of the package, also when the manifest renames it.
    pub package: String,
    /// True if it is needed only to test or to measure.
    pub for_tests: bool,
}

/// Every dependency of a `Cargo.toml`, of all kinds and targets.
pub fn cargo(text: &str) -> Vec<Declared> {
    let Ok(manifest) = text.parse::<Table>() else {
        return Vec::new();
    };
    let mut found = tables(&manifest);
    let targets = manifest.get("target").and_then(Value::as_table);
    for target in targets.into_iter().flat_map(|targets| targets.values()) {
        found.extend(target.as_table().into_iter().flat_map(tables));
    }
    found
}

/// The `[package] name` of a `Cargo.toml`.
pub fn package_name(text: &str) -> Option<String> {
    let manifest = text.parse::<Table>().ok()?;
    Some(manifest.get("package")?.get("name")?.as_str()?.to_owned())
}

fn tables(parent: &Table) -> Vec<Declared> {
    const KINDS: [(&str, bool); 3] =
        [("dependencies", false), ("build-dependencies", false), ("dev-dependencies", true)];
    let mut found = Vec::new();
    for (kind, for_tests) in KINDS {
        let Some(table) = parent.get(kind).and_then(Value::as_table) else {
            continue;
        };
        found.extend(table.iter().map(|(key, value)| {
            let renamed = value.get("package").and_then(Value::as_str);
            Declared { package: renamed.unwrap_or(key).to_owned(), for_tests }
        }));
    }
    found
}

/// Every package that a `package.json` depends on.
pub fn npm(text: &str) -> Vec<String> {
    const KINDS: [&str; 4] =
        ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];
    let Ok(manifest) = serde_json::from_str::<serde_json::Value>(text) else {
        return Vec::new();
    };
    KINDS
        .iter()
        .filter_map(|kind| manifest.get(kind)?.as_object())
        .flat_map(|packages| packages.keys().cloned())
        .collect()
}

/// Every package that a Python requirements file names.
pub fn python(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| line.split('#').next().unwrap_or("").trim())
        .filter(|line| !line.is_empty() && !line.starts_with('-'))
        .map(|line| {
            let end = line.find(|c: char| "=<>!~[; @".contains(c)).unwrap_or(line.len());
            line.get(..end).unwrap_or(line).to_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_cargo_dependency_is_seen() {
        let found = cargo(
            "[dependencies]\na = \"1\"\nb = { package = \"real\", version = \"1\" }\n\
             [dev-dependencies]\nc = \"1\"\n\
             [target.'cfg(unix)'.dependencies]\nd = \"1\"\n[build-dependencies.e]\nversion = \"1\"\n",
        );
        let mut names: Vec<&str> = found.iter().map(|each| each.package.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["a", "c", "d", "e", "real"]);
        assert!(found.iter().any(|each| each.package == "c" && each.for_tests));
    }

    #[test]
    fn npm_names_may_have_a_scope() {
        assert_eq!(npm(r#"{"devDependencies": {"@hpke/core": "1.0.0"}}"#), ["@hpke/core"]);
    }

    #[test]
    fn python_names_end_where_the_version_starts() {
        assert_eq!(
            python("# why\ncbor2==5.6.5\npycose[x]>=1 # c\n-r other.txt\n"),
            ["cbor2", "pycose"]
        );
    }
}
