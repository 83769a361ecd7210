//! `cargo xtask tidy`: the rules of the source tree that the compiler doesn't know.
//!
//! Each rule is a function from the tree to its findings, and each has tests
//! that plant a violation: a rule that finds nothing is not known to look.

mod banned;
mod dependencies;
mod directions;
mod layers;
mod lengths;
mod links;
mod manifests;
mod map;
mod places;
mod planted;
mod purity;
pub mod requirements;
mod rust;
mod secrets;
mod tree;

use anyhow::{Result, bail};

use self::tree::{Finding, Tree};

/// A rule of the source tree.
pub struct Rule {
    pub name: &'static str,
    pub what: &'static str,
    check: fn(&Tree) -> Vec<Finding>,
}

/// Every rule. To add one, add a row and a module with its tests.
pub const RULES: &[Rule] = &[
    Rule {
        name: directions::RULE,
        what: "crates depend on each other only in the allowed directions",
        check: directions::check,
    },
    Rule {
        name: layers::RULE,
        what: "modules of the server name only what lies beneath them; SQL, drivers, axum and \
               ciphers are named in one place each",
        check: layers::check,
    },
    Rule {
        name: lengths::RULE,
        what: "files have at most 500 lines, Rust functions at most 70",
        check: lengths::check,
    },
    Rule {
        name: purity::RULE,
        what: "protocol and log have no input, output, clock, randomness or threads of their own",
        check: purity::check,
    },
    Rule {
        name: banned::RULE,
        what: "no silenced lints, ignored tests, unfinished code or leaked memory",
        check: banned::check,
    },
    Rule {
        name: dependencies::RULE,
        what: "every direct dependency has a row in docs/dependencies.md that says why",
        check: dependencies::check,
    },
    Rule {
        name: planted::RULE,
        what: "the control of the drill, which seals nothing, is in no build by itself",
        check: planted::check,
    },
    Rule {
        name: map::RULE,
        what: "fields of sealed contents, log lines, labels, letters and cookies stand on the data map, \
               and what stands there is in the source",
        check: map::check,
    },
    Rule {
        name: requirements::RULE,
        what: "every row of docs/requirements.toml that is done names tests that are in the source, \
               and every other says why it isn't",
        check: requirements::check,
    },
    Rule {
        name: places::RULE,
        what: "no file names a folder of one machine or the host of a package registry",
        check: places::check,
    },
    Rule {
        name: secrets::RULE,
        what: "no key and no token stands in the source",
        check: secrets::check,
    },
    Rule {
        name: links::RULE,
        what: "links between files of the repository lead somewhere",
        check: links::check,
    },
];

/// Checks every rule; prints the findings and fails if there are any.
pub fn run() -> Result<()> {
    let tree = Tree::load()?;
    let mut findings: Vec<Finding> = RULES.iter().flat_map(|rule| (rule.check)(&tree)).collect();
    // One line may break a rule in several places; saying it once is enough.
    findings.dedup();
    for finding in &findings {
        println!("{finding}");
    }
    if !findings.is_empty() {
        bail!("tidy has {} findings", findings.len());
    }
    println!("tidy: {} rules hold in {} files", RULES.len(), tree.files.len());
    Ok(())
}
