//! What the real `exiftool` finds in pictures.

use std::process::Command;

use serde_json::{Map, Value};

/// Everything that is in these files, known or not, by `group:tag`; one map for each file.
pub fn tags(pictures: &[&[u8]]) -> Vec<Map<String, Value>> {
    let folder = tempfile::tempdir().expect("there is room for pictures");
    let files: Vec<_> = (0..pictures.len()).map(|i| folder.path().join(i.to_string())).collect();
    for (file, bytes) in files.iter().zip(pictures) {
        std::fs::write(file, bytes).expect("there is room for pictures");
    }
    let output = Command::new("exiftool")
        .args(["-json", "-G1", "-a", "-u", "-ee3", "-api", "RequestAll=2"])
        .args(&files)
        .output()
        .unwrap_or_else(|error| {
            panic!(
                "exiftool doesn't start ({error}); run `cargo xtask setup`, or install \
                 libimage-exiftool-perl (macOS: brew install exiftool)"
            )
        });
    let found: Vec<Map<String, Value>> =
        serde_json::from_slice(&output.stdout).expect("exiftool answers in JSON");
    assert_eq!(found.len(), files.len(), "exiftool looked at every file");
    found
}
