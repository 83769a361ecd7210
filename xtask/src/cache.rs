//! Where downloads and build products live that outlast a clone.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::environment;

/// A folder outside the repository: `TREEHOUSE_CACHE`, else the user's cache folder.
///
/// Everything in it can be deleted at any time; the next command makes it again.
pub struct Cache {
    root: PathBuf,
}

impl Cache {
    /// Finds the cache folder and makes it.
    pub fn locate() -> Result<Self> {
        let root = match environment::variable("TREEHOUSE_CACHE") {
            Some(path) => PathBuf::from(path),
            None => default_root()?,
        };
        fs::create_dir_all(&root).with_context(|| format!("cannot make {}", root.display()))?;
        let root =
            root.canonicalize().with_context(|| format!("cannot resolve {}", root.display()))?;
        Ok(Self { root })
    }

    /// The cache folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where Cargo builds on a build server.
    pub fn target(&self) -> PathBuf {
        self.root.join("target")
    }

    /// Where `cargo install` puts the programs that the checks need.
    pub fn tools(&self) -> PathBuf {
        self.root.join("tools")
    }

    /// Where the Python environments live.
    pub fn venv(&self) -> PathBuf {
        self.root.join("venv")
    }

    /// What servers write that run for a test.
    pub fn servers(&self) -> PathBuf {
        self.root.join("servers")
    }

    /// npm's own download cache.
    pub fn npm(&self) -> PathBuf {
        self.root.join("npm")
    }

    /// Where the compiler for WebAssembly is unpacked.
    pub fn wasm_toolchain(&self) -> PathBuf {
        self.root.join("wasm-toolchain")
    }

    /// Fuzzing builds, found inputs and crashes.
    pub fn fuzz(&self) -> PathBuf {
        self.root.join("fuzz")
    }

    /// The unpacked database of known vulnerabilities.
    pub fn advisories(&self) -> PathBuf {
        self.root.join("advisories")
    }

    /// What `cargo xtask release` makes.
    pub fn releases(&self) -> PathBuf {
        self.root.join("releases")
    }

    /// Pictures that the journeys take.
    pub fn screenshots(&self) -> PathBuf {
        self.root.join("screenshots")
    }

    /// What `cargo mutants` writes.
    pub fn mutants(&self) -> PathBuf {
        self.root.join("mutants")
    }
}

fn default_root() -> Result<PathBuf> {
    let home = environment::variable("HOME")
        .context("neither TREEHOUSE_CACHE nor HOME is set; set one of them")?;
    let caches = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };
    Ok(Path::new(&home).join(caches).join("treehouse"))
}
