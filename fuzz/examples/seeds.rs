//! Writes the seeds again: `cargo run --release --manifest-path fuzz/Cargo.toml --example seeds`.
//!
//! Inputs that once crashed a target are named `crash-…` and are left alone.

use std::path::Path;
use std::{fs, io};

fn main() -> io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let seeds = treehouse_fuzz::seeds::all();
    for (target, name, bytes) in &seeds {
        let folder = corpus.join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), bytes)?;
        if *target == "replay" {
            // A story that nobody believes would teach the fuzzer nothing.
            println!("{name}: {} links taken", treehouse_fuzz::links_taken(bytes));
        }
    }
    let size: usize = seeds.iter().map(|(_, _, bytes)| bytes.len()).sum();
    println!("{} seeds, {size} bytes", seeds.len());
    Ok(())
}
