//! Which module of the server may name which, and where drivers, web framework and ciphers live.

use super::rust::{self, NamedPath};
use super::tree::{File, Finding, Tree};

/// The name of the rule.
pub const RULE: &str = "layers";

const SERVER: &str = "crates/server/src/";
const OUTER: &str = "crates/server/src/outer.rs";
const ROOT_KEY: &str = "crates/server/src/port/root_key";
const PROTOCOL: &str = "crates/protocol/";
const TLOG: &str = "crates/tlog/";

/// Layers of the server; a module names only lower ones and its neighbours.
///
/// Modules that aren't listed (configuration, ports, errors) are open to all.
const HEIGHTS: &[(&str, u8)] = &[
    ("domain", 0),
    ("access", 1),
    // A write and its leaf in the ledger share a transaction.
    ("store", 2),
    ("outer", 2),
    ("ledger", 2),
    ("app", 3),
    ("http", 4),
    ("jobs", 4),
];

/// Pairs that the heights would allow.
const FORBIDDEN: &[(&str, &str)] = &[("http", "store"), ("http", "jobs"), ("jobs", "http")];

/// Crates that only some files may name, and why.
struct Reserved {
    crates: &'static [&'static str],
    /// Files outside these prefixes don't matter to the reservation.
    within: &'static [&'static str],
    homes: &'static [&'static str],
    advice: &'static str,
}

const RESERVED: &[Reserved] = &[
    Reserved {
        crates: &["rusqlite", "libsqlite3_sys", "tokio_postgres", "deadpool_postgres", "sqlx"],
        within: &["crates/"],
        homes: &[
            "crates/server/src/store/",
            "crates/server/src/store.rs",
            "crates/server/tests/",
            // Measures drivers as the limit of what a server over them can do.
            "crates/treehouse/examples/bench_server/",
            // Reads a stolen database as a thief does, without our code.
            "crates/treehouse/src/drill/thief.rs",
            // An insider who deletes rows behind the server's back.
            "crates/treehouse/examples/fire/kill/rows.rs",
            // An insider who writes and deletes rows, before an operator asks the doctor.
            "crates/treehouse/tests/serve/examined.rs",
            // The planted hole, which is nothing but a driver and text.
            "crates/treehouse/examples/fire/hole.rs",
        ],
        advice: "only store/ names a database driver; add a store function",
    },
    Reserved {
        crates: &["axum", "axum_extra", "axum_server"],
        within: &["crates/"],
        homes: &["crates/server/src/http/", "crates/server/src/http.rs", "crates/server/tests/"],
        advice: "only http/ names the web framework; return a value of the domain",
    },
    Reserved {
        crates: &[
            "aes_gcm",
            "aes_gcm_siv",
            "argon2",
            "aws_lc_rs",
            "chacha20poly1305",
            "curve25519_dalek",
            "ed25519_dalek",
            "hpke",
            "opaque_ke",
            "ring",
            "x25519_dalek",
        ],
        within: &["crates/"],
        // The root key's port stretches the operator's passphrase, which no other key comes from.
        homes: &[PROTOCOL, TLOG, OUTER, ROOT_KEY],
        advice: "only the protocol crate, the log, outer.rs and the root key's port name a cipher; \
                 call theirs",
    },
];

/// Finds names that stand in the wrong layer.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.with_extension("rs") {
        let paths = rust::paths(&file.text);
        findings.extend(misplaced_crates(file, &paths));
        if file.path.starts_with(SERVER) {
            findings.extend(upward_names(file, &paths));
            findings.extend(stray_sql(file));
        }
    }
    findings
}

fn misplaced_crates(file: &File, paths: &[NamedPath]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let lies_in = |prefixes: &[&str]| prefixes.iter().any(|prefix| file.path.starts_with(prefix));
    for reserved in RESERVED.iter().filter(|each| lies_in(each.within) && !lies_in(each.homes)) {
        for (index, path) in paths.iter().enumerate() {
            // A single word is a local name, unless it is imported whole.
            let before = index.checked_sub(1).and_then(|before| paths.get(before));
            let is_import = before.is_some_and(|path| ["use", "crate"].contains(&path.root()));
            let is_crate = path.segments.len() > 1 || is_import;
            if is_crate && reserved.crates.contains(&path.root()) {
                findings.push(Finding::new(file, path.line, RULE, reserved.advice));
            }
        }
    }
    findings
}

fn upward_names(file: &File, paths: &[NamedPath]) -> Vec<Finding> {
    let module = module_of(&file.path);
    let Some(own) = module.first() else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for path in paths {
        let Some(target) = top_module(&module, path) else {
            continue;
        };
        let upward = match (height(own), height(&target)) {
            (Some(here), Some(there)) => there > here,
            _ => false,
        };
        let forbidden = FORBIDDEN.contains(&(own.as_str(), target.as_str()));
        if upward || forbidden {
            let advice = format!("{own} must not name {target}; see HEIGHTS in this rule");
            findings.push(Finding::new(file, path.line, RULE, advice));
        }
    }
    findings
}

/// Finds SQL outside the one place that may hold it.
fn stray_sql(file: &File) -> Vec<Finding> {
    const STARTS: [&str; 8] = [
        "SELECT ",
        "INSERT INTO ",
        "UPDATE ",
        "DELETE FROM ",
        "CREATE TABLE ",
        "CREATE INDEX ",
        "ALTER TABLE ",
        "DROP TABLE ",
    ];
    if ["store/", "store.rs"].iter().any(|home| file.path.starts_with(&format!("{SERVER}{home}"))) {
        return Vec::new();
    }
    rust::strings(&file.text)
        .into_iter()
        .filter(|(text, _)| STARTS.iter().any(|start| text.trim_start().starts_with(start)))
        .map(|(_, line)| {
            Finding::new(file, line, RULE, "only store/ holds SQL; add a store function")
        })
        .collect()
}

fn height(module: &str) -> Option<u8> {
    HEIGHTS.iter().find(|(name, _)| *name == module).map(|(_, height)| *height)
}

/// The module path of a file of the server: `store/db.rs` is `[store, db]`.
fn module_of(path: &str) -> Vec<String> {
    let inner = path.strip_prefix(SERVER).unwrap_or(path);
    let inner = inner.strip_suffix(".rs").unwrap_or(inner);
    let mut module: Vec<String> = inner.split('/').map(str::to_owned).collect();
    if module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    if module == ["lib"] || module == ["main"] {
        module.clear();
    }
    module
}

/// The top module that a path leads to, if it starts at the crate's root or climbs to it.
fn top_module(module: &[String], path: &NamedPath) -> Option<String> {
    let climbs = path.segments.iter().take_while(|segment| *segment == "super").count();
    if path.root() == "crate" {
        return path.segments.get(1).cloned();
    }
    if climbs == 0 {
        return None;
    }
    let around: Vec<&String> = module.iter().chain(&path.inside).collect();
    let kept = around.len().checked_sub(climbs)?;
    let full = around.into_iter().take(kept).chain(path.segments.iter().skip(climbs));
    full.into_iter().next().cloned()
}

#[cfg(test)]
mod tests {
    use super::super::tree::assert_found;
    use super::*;

    fn check_one(path: &str, text: &str) -> Vec<Finding> {
        check(&Tree::of(&[(path, text)]))
    }

    #[test]
    fn the_domain_may_not_name_the_store() {
        let path = "crates/server/src/domain/toy.rs";
        assert_found(&check_one(path, "use crate::{\n  access,\n};"), &[&format!("{path}:2")]);
        assert_found(
            &check_one(path, "fn f() { crate::store::toy::read() }"),
            &[&format!("{path}:1")],
        );
    }

    #[test]
    fn climbing_with_super_is_seen() {
        let path = "crates/server/src/access.rs";
        assert_found(&check_one(path, "use super::app::erase;"), &[&format!("{path}:1")]);
        assert_found(
            &check_one(path, "mod tests { use super::super::app; }"),
            &[&format!("{path}:1")],
        );
        assert_found(&check_one(path, "mod tests { use super::app; }"), &[]);
    }

    #[test]
    fn pages_may_not_reach_past_the_use_cases() {
        let path = "crates/server/src/http/api/toy.rs";
        assert_found(&check_one(path, "use crate::store::toy;"), &[&format!("{path}:1")]);
        assert_found(&check_one(path, "use crate::app::toy;"), &[]);
    }

    #[test]
    fn macros_are_no_hiding_place() {
        let path = "crates/server/src/domain/toy.rs";
        assert_found(
            &check_one(path, "fn f() { log!(crate::http::x()); }"),
            &[&format!("{path}:1")],
        );
    }

    #[test]
    fn drivers_sql_and_the_web_framework_stay_at_home() {
        let app = "crates/server/src/app/toy.rs";
        assert_found(&check_one(app, "use rusqlite::Connection;"), &[&format!("{app}:1")]);
        assert_found(&check_one(app, "use axum::{Json};"), &[&format!("{app}:1")]);
        assert_found(&check_one(app, "const Q: &str =\n \"SELECT 1\";"), &[&format!("{app}:2")]);
        let store = "crates/server/src/store/toy.rs";
        assert_found(&check_one(store, "use rusqlite::{Row}; const Q: &str = \"SELECT 1\";"), &[]);
    }

    #[test]
    fn ciphers_stay_at_home() {
        let client = "crates/client/src/lib.rs";
        assert_found(&check_one(client, "use aes_gcm::Aes256Gcm;"), &[&format!("{client}:1")]);
        assert_found(&check_one(client, "use aes_gcm as a;"), &[&format!("{client}:1")]);
        assert_found(&check_one(client, "extern crate aes_gcm;"), &[&format!("{client}:1")]);
        assert_found(&check_one(client, "fn f(hpke: u8) { let ring = hpke; }"), &[]);
        assert_found(&check_one("crates/protocol/src/seal.rs", "use aes_gcm::Aes256Gcm;"), &[]);
        assert_found(&check_one(OUTER, "use aws_lc_rs::aead;"), &[]);
        let root_file = format!("{ROOT_KEY}/file.rs");
        assert_found(&check_one(&root_file, "use argon2::Argon2;"), &[]);
        let mail = "crates/server/src/port/mail.rs";
        assert_found(&check_one(mail, "use argon2::Argon2;"), &[&format!("{mail}:1")]);
    }

    #[test]
    fn a_provider_inside_the_tls_crate_is_not_a_cipher_of_ours() {
        let main = "crates/treehouse/src/main.rs";
        assert_found(
            &check_one(main, "fn f() { rustls::crypto::aws_lc_rs::default_provider(); }"),
            &[],
        );
    }
}
