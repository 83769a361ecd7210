//! Which crate may depend on which.

use super::manifests;
use super::tree::{Finding, Tree, line_of};

/// The name of the rule.
pub const RULE: &str = "directions";

const FAMILY: &str = "treehouse";

/// For each of our crates, the ones of ours that it may depend on.
///
/// Crates are split by who else must use the code: an auditor, a toy and a
/// browser can use theirs only while it doesn't pull in the server.
const MAY_USE: &[(&str, &[&str])] = &[
    ("treehouse-protocol", &[]),
    ("treehouse-tlog", &[]),
    ("treehouse-audit", &["treehouse-protocol", "treehouse-tlog"]),
    ("treehouse-client", &["treehouse-protocol", "treehouse-tlog"]),
    ("treehouse-browser", &["treehouse-protocol", "treehouse-tlog"]),
    ("treehouse-worker", &["treehouse-client", "treehouse-protocol"]),
    ("treehouse-server", &["treehouse-protocol", "treehouse-tlog"]),
    (
        "treehouse",
        &[
            "treehouse-audit",
            "treehouse-client",
            "treehouse-protocol",
            "treehouse-server",
            "treehouse-tlog",
        ],
    ),
    ("treehouse-fuzz", &["treehouse-protocol", "treehouse-tlog"]),
    // Developer commands write pages from what the crates declare.
    ("xtask", &["treehouse-protocol", "treehouse-server", "treehouse-tlog"]),
];

/// Finds crates that depend on one of ours that they must not know.
///
/// Dependencies of tests don't count: a test of the server may drive a client.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.files.iter().filter(|file| file.name() == "Cargo.toml") {
        let Some(package) = manifests::package_name(&file.text) else {
            continue;
        };
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == package) else {
            let advice = format!("say in xtask/src/tidy/directions.rs what {package} may use");
            findings.push(Finding::new(file, line_of(&file.text, "name"), RULE, advice));
            continue;
        };
        for declared in manifests::cargo(&file.text) {
            let name = declared.package.as_str();
            if name.starts_with(FAMILY) && !declared.for_tests && !allowed.contains(&name) {
                let advice = format!("{package} must not depend on {name}; move the shared code");
                findings.push(Finding::new(file, line_of(&file.text, name), RULE, advice));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::tree::assert_found;
    use super::*;

    fn check_one(text: &str) -> Vec<Finding> {
        check(&Tree::of(&[("crates/x/Cargo.toml", text)]))
    }

    #[test]
    fn the_protocol_may_not_use_the_log() {
        let found = check_one(
            "[package]\nname = \"treehouse-protocol\"\n[dependencies]\ntreehouse-tlog.workspace = true\n",
        );
        assert_found(&found, &["crates/x/Cargo.toml:4"]);
    }

    #[test]
    fn an_auditor_may_not_use_the_server_for_one_system_only() {
        let found = check_one(
            "[package]\nname = \"treehouse-audit\"\n\
             [target.'cfg(unix)'.dependencies]\ntreehouse-server = { path = \"..\" }\n",
        );
        assert_found(&found, &["crates/x/Cargo.toml:4"]);
    }

    #[test]
    fn a_renamed_crate_does_not_slip_through() {
        let found = check_one(
            "[package]\nname = \"treehouse-client\"\n[dependencies]\ns = { package = \"treehouse-server\" }\n",
        );
        assert_found(&found, &["crates/x/Cargo.toml:4"]);
    }

    #[test]
    fn a_crate_nobody_thought_about_is_found() {
        assert_found(
            &check_one("[package]\nname = \"treehouse-new\"\n"),
            &["crates/x/Cargo.toml:2"],
        );
    }

    #[test]
    fn allowed_directions_pass() {
        let found = check_one(
            "[package]\nname = \"treehouse-browser\"\n[dependencies]\ntreehouse-protocol = \"0\"\n\
             [dev-dependencies]\ntreehouse-server = \"0\"\n",
        );
        assert_found(&found, &[]);
    }
}
