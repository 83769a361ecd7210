//! The web app is built by `cargo xtask web`. Without it, the server still builds and says so.

use std::path::Path;

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/dist/app");
    if let Err(error) = std::fs::create_dir_all(&folder) {
        println!("cargo::error=can't make {}: {error}", folder.display());
    }
    println!("cargo::rerun-if-changed={}", folder.display());
}
