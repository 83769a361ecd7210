//! The feature that seals nothing is in no build that doesn't ask for it by name.

use toml::{Table, Value};

use super::tree::{File, Finding, Tree};

pub const RULE: &str = "planted";
const FEATURE: &str = "planted-plaintext";

/// Finds manifests that let the feature in by themselves, and files that build with it.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let manifests = tree.files.iter().filter(|file| file.path.ends_with("Cargo.toml"));
    let settings = tree.files.iter().filter(|file| file.path.starts_with(".cargo/"));
    manifests.flat_map(in_manifest).chain(settings.flat_map(in_settings)).collect()
}

/// Only a feature of the same name may ask for it: then a command line asked for that.
fn in_manifest(file: &File) -> Vec<Finding> {
    let Ok(manifest) = file.text.parse::<Table>() else {
        return Vec::new();
    };
    let features = manifest.get("features").and_then(Value::as_table);
    let allowed = features.and_then(|features| features.get(FEATURE));
    let named = allowed.map_or(0, |value| 1 + value.to_string().matches(FEATURE).count());
    let code = file.text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let everywhere: usize = code.map(|line| line.matches(FEATURE).count()).sum();
    if everywhere == named {
        return Vec::new();
    }
    vec![finding(file)]
}

fn in_settings(file: &File) -> Vec<Finding> {
    if file.text.contains(FEATURE) { vec![finding(file)] } else { Vec::new() }
}

fn finding(file: &File) -> Finding {
    let advice = "planted-plaintext seals nothing; only a feature of that name may ask for it";
    Finding::new(file, 1, RULE, advice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tree::assert_found;

    fn check_one(path: &str, text: &str) -> Vec<Finding> {
        check(&Tree::of(&[(path, text)]))
    }

    #[test]
    fn a_feature_of_the_same_name_is_fine() {
        let text = "[features]\nplanted-plaintext = [\"core/planted-plaintext\"]\n";
        assert_found(&check_one("crates/a/Cargo.toml", text), &[]);
    }

    #[test]
    fn whatever_else_asks_for_it_is_found() {
        let planted = "planted-plaintext = []\n";
        for text in [
            format!("[features]\ndefault = [\"planted-plaintext\"]\n{planted}"),
            format!("[features]\nquick = [\"core/planted-plaintext\"]\n{planted}"),
            "[dependencies]\ncore = { path = \"c\", features = [\"planted-plaintext\"] }\n".into(),
        ] {
            assert_found(&check_one("crates/a/Cargo.toml", &text), &["crates/a/Cargo.toml:1"]);
        }
        let alias = "[alias]\nx = \"build --features planted-plaintext\"\n";
        assert_found(&check_one(".cargo/config.toml", alias), &[".cargo/config.toml:1"]);
    }
}
