//! A compiler for wasm32-unknown-unknown, without a download of our own.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use super::{answer, debian};

/// The one line for a machine on which nothing else works.
const FIX: &str = "no wasm compiler here; run `rustup target add wasm32-unknown-unknown`";

/// A way to build for the browser.
pub struct Toolchain {
    /// None: the active toolchain has a standard library for wasm.
    unpacked: Option<Unpacked>,
    sources: PathBuf,
    sources_alias: String,
}

/// Debian's compiler for building Firefox and Chromium. It ships no standard
/// library for wasm, so cargo builds one from Debian's sources.
struct Unpacked {
    rustc: PathBuf,
    linker: PathBuf,
    libraries: PathBuf,
}

impl Toolchain {
    pub const TARGET: &str = "wasm32-unknown-unknown";

    /// The active toolchain if it can, else Debian's, unpacked into `folder`.
    pub fn find(folder: &Path) -> Result<Self> {
        let question = ["--print", "target-libdir", "--target", Self::TARGET];
        let library = answer(Command::new("rustc").args(question))?;
        if Path::new(library.trim()).exists() {
            return Self::new(Command::new("rustc"), None);
        }
        if !Path::new("/etc/debian_version").exists() {
            bail!(FIX);
        }
        let root = debian::unpack(folder).context(FIX)?;
        let unpacked = Unpacked {
            rustc: root.join("usr/bin/rustc"),
            linker: only_folder(&root.join("usr/lib"), "llvm-", "")?.join("bin/wasm-ld"),
            libraries: only_folder(&root.join("usr/lib"), "", "-linux-gnu")?,
        };
        let mut rustc = Command::new(&unpacked.rustc);
        rustc.env("LD_LIBRARY_PATH", &unpacked.libraries);
        Self::new(rustc, Some(unpacked))
    }

    fn new(mut rustc: Command, unpacked: Option<Unpacked>) -> Result<Self> {
        let version = answer(rustc.args(["--verbose", "--version"]))?;
        let commit = version
            .lines()
            .find_map(|line| line.strip_prefix("commit-hash: "))
            .context("rustc does not say its commit")?;
        let sysroot = answer(rustc.args(["--print", "sysroot"]))?;
        let sysroot = sysroot.lines().last().context("rustc does not say its sysroot")?;
        Ok(Self {
            unpacked,
            sources: Path::new(sysroot).join("lib/rustlib/src/rust"),
            sources_alias: format!("/rustc/{commit}"),
        })
    }

    /// Where the standard library's sources are, and the name they have in the
    /// compiled standard libraries of the Rust project.
    pub fn sources(&self) -> (&Path, &str) {
        (&self.sources, &self.sources_alias)
    }

    /// Whether the standard library is built here, for size and without messages of panics.
    pub fn builds_library(&self) -> bool {
        self.unpacked.is_some()
    }

    /// Cargo, set up to build for wasm; the caller says what.
    pub fn cargo_build(&self) -> Command {
        // Under `cargo xtask` this is the cargo that runs us.
        let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        let mut cargo = Command::new(cargo);
        cargo.args(["build", "--target", Self::TARGET]);
        if let Some(unpacked) = &self.unpacked {
            cargo
                .env("RUSTC", &unpacked.rustc)
                .env("LD_LIBRARY_PATH", &unpacked.libraries)
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", &unpacked.linker)
                // Unlocks -Zbuild-std on a stable compiler.
                .env("RUSTC_BOOTSTRAP", "1")
                .arg("-Zbuild-std=std,panic_abort")
                // In place of backtraces, which a browser does not have.
                .arg("-Zbuild-std-features=optimize_for_size");
        }
        cargo
    }

    /// What to tell the compiler beyond the profile: a panic ends the instance without composing a
    /// message first, because nobody in a browser would see it. It takes a standard library that is
    /// built for this.
    pub fn flags(&self) -> &'static [&'static str] {
        match self.unpacked {
            Some(_) => &[
                "-Zunstable-options",
                "-Cpanic=immediate-abort",
                "-Zlocation-detail=none",
                "-Zfmt-debug=none",
            ],
            None => &[],
        }
    }
}

fn only_folder(parent: &Path, start: &str, end: &str) -> Result<PathBuf> {
    for entry in fs::read_dir(parent).with_context(|| format!("listing {}", parent.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(start) && name.ends_with(end) && entry.path().is_dir() {
            return Ok(entry.path());
        }
    }
    bail!("no {start}*{end} in {}", parent.display())
}
