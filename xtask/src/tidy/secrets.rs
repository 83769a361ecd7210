//! No secret stands in the source: keys and tokens are made at first start, or read from files.

use super::tree::{Finding, Tree};

/// The name of the rule.
pub const RULE: &str = "secrets";

/// How secrets begin, each in two parts, so that this file passes its own rule; and how many letters
/// and digits follow at least.
const BEGINNINGS: [(&str, usize); 9] = [
    (concat!("-----BEGIN PRI", "VATE KEY-----"), 0),
    (concat!("-----BEGIN EC PRI", "VATE KEY-----"), 0),
    (concat!("-----BEGIN RSA PRI", "VATE KEY-----"), 0),
    (concat!("-----BEGIN OPENSSH PRI", "VATE KEY-----"), 0),
    (concat!("AK", "IA"), 16),
    (concat!("gh", "p_"), 36),
    (concat!("sk_", "live_"), 16),
    (concat!("xo", "xb-"), 10),
    (concat!("AGE-SECRET", "-KEY-1"), 20),
];

/// Finds what looks like a secret.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &tree.files {
        for (index, line) in file.text.lines().enumerate() {
            if BEGINNINGS.iter().any(|beginning| has(line, *beginning)) {
                let advice = "a secret stands here: have it made at start, or read from a file";
                findings.push(Finding::new(file, index + 1, RULE, advice));
            }
        }
    }
    findings
}

fn has(line: &str, (beginning, more): (&str, usize)) -> bool {
    line.match_indices(beginning).any(|(at, _)| {
        let rest = line[at + beginning.len()..].chars();
        rest.take_while(|sign| sign.is_ascii_alphanumeric() || *sign == '-').count() >= more
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_in_the_source_are_found_and_words_about_them_are_not() {
        for (beginning, more) in BEGINNINGS {
            let planted = format!("let key = \"{beginning}{}\";", "A7".repeat(more.div_ceil(2)));
            let tree = Tree::of(&[("crates/a/src/lib.rs", &planted)]);
            assert_eq!(check(&tree).len(), 1, "{beginning}");
            let tree = Tree::of(&[("docs/a.md", &planted)]);
            assert_eq!(check(&tree).len(), 1, "in any file: {beginning}");
        }
        let talk = "a private key begins with BEGIN, and an access key with four letters";
        assert_eq!(check(&Tree::of(&[("docs/a.md", talk)])), []);
    }
}
