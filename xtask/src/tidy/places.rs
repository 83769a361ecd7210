//! Nothing in the repository may work on one machine only.

use super::tree::{File, Finding, Tree};

/// The name of the rule.
pub const RULE: &str = "places";

/// Written in two parts, so that this file passes its own rule.
const FOLDERS: [&str; 4] =
    [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/Us", "ers/")];
const HOSTS: [&str; 6] = [
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("registry.", "npmjs.org"),
    concat!("pypi", ".org"),
    concat!("pythonhosted", ".org"),
    concat!("deb.", "debian.org"),
];

/// Finds folders of one machine and hosts of registries.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.files.iter().flat_map(check_file).collect()
}

fn check_file(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        if let Some(folder) = FOLDERS.iter().find(|folder| names_folder(line, folder)) {
            let advice = format!("{folder} is a place on one machine; use a relative path");
            findings.push(Finding::new(file, index + 1, RULE, advice));
        }
        if let Some(host) = HOSTS.iter().find(|host| line.contains(*host)) {
            let advice = if file.name() == "package-lock.json" {
                "put `omit-lockfile-registry-resolved=true` into .npmrc beside it and write it again"
                    .to_owned()
            } else {
                format!("{host} depends on the registry in use; name the package only")
            };
            findings.push(Finding::new(file, index + 1, RULE, advice));
        }
    }
    findings
}

/// True if the line has the folder at the start of a path, not in the middle of one.
fn names_folder(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || "_-.}~*".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::super::tree::assert_found;
    use super::*;

    #[test]
    fn every_place_is_found() {
        for place in FOLDERS.iter().chain(&HOSTS) {
            let text = format!("first\nsee \"{place}\"");
            assert_found(&check(&Tree::of(&[("a.md", &text)])), &["a.md:2"]);
        }
    }

    #[test]
    fn lock_files_are_no_exception() {
        let text = format!("{{\n\"resolved\": \"https://{}/x\"}}", HOSTS[2]);
        let found = check(&Tree::of(&[("web/package-lock.json", &text)]));
        assert_found(&found, &["web/package-lock.json:2"]);
        assert!(found[0].advice.contains("omit-lockfile-registry-resolved"));
    }

    #[test]
    fn a_folder_inside_a_relative_path_is_free() {
        let text = format!("src{}page and ${{HOME}}{}x", FOLDERS[2], FOLDERS[0]);
        assert_found(&check(&Tree::of(&[("a.md", &text)])), &[]);
    }
}
