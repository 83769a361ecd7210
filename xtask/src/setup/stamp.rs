//! Remembering what was installed from, so that it's done again only when that changed.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// A fingerprint of the inputs of an installation.
pub fn fingerprint(inputs: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for input in inputs {
        // The length keeps ("ab", "c") apart from ("a", "bc").
        hash.update(input.len().to_be_bytes());
        hash.update(input);
    }
    format!("{:x}", hash.finalize())
}

/// True if the stamp file holds this fingerprint.
pub fn is_fresh(stamp: &Path, fingerprint: &str) -> bool {
    fs::read_to_string(stamp).is_ok_and(|held| held == fingerprint)
}

/// Writes the stamp, after everything else of the installation went well.
pub fn write(stamp: &Path, fingerprint: &str) -> Result<()> {
    fs::write(stamp, fingerprint).with_context(|| format!("cannot write {}", stamp.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_input_has_another_fingerprint() {
        assert_ne!(fingerprint(&[b"ab", b"c"]), fingerprint(&[b"a", b"bc"]));
        assert_eq!(fingerprint(&[b"ab"]), fingerprint(&[b"ab"]));
    }

    #[test]
    fn a_missing_stamp_is_not_fresh() {
        assert!(!is_fresh(Path::new("no/such/stamp"), ""));
    }
}
