//! `cargo xtask web`: everything that a browser is sent, in `web/dist`.
//!
//! Browsers run what a server sends them, so anyone must be able to build the
//! same bytes: paths of this machine stay out of the files, and
//! `--check-reproducible` proves it with a second build elsewhere. What is
//! left is the compiler: another release of it writes other bytes.

mod app;
mod core;
mod debian;
mod order;
mod reproducible;
mod toolchain;

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, anyhow, bail, ensure};

pub use self::core::cargo_home;
use self::core::{Builder, Core};
use self::toolchain::Toolchain;
use crate::cache::Cache;
use crate::{environment, repository};

/// What the command line can ask of `cargo xtask web`.
#[derive(clap::Args, Debug)]
pub struct Web {
    /// Build a second time from a copy elsewhere and compare every byte.
    #[arg(long)]
    pub check_reproducible: bool,
}

/// The protocol alone, for pages and toys of others.
///
/// Where its bytes go, and what was tried in vain, stands in docs/adr/0007.
const PROTOCOL: Core = Core {
    package: "treehouse-browser",
    default_features: false,
    out_name: "core",
    folder: "web/dist/core",
    face: &["crates/browser/face.js", "crates/browser/face.d.ts", "crates/browser/types.d.ts"],
    gzip_bytes_max: 130 * 1024,
};

/// The same with signing in by password, for pages that offer it.
const PASSWORD: Core = Core {
    default_features: true,
    folder: "web/dist/core-with-password",
    gzip_bytes_max: 150 * 1024,
    ..PROTOCOL
};

/// The whole client, for our own pages: fetched while somebody types a password.
const CLIENT: Core = Core {
    package: "treehouse-worker",
    default_features: true,
    out_name: "client",
    folder: "web/src/core/wasm",
    face: &[],
    gzip_bytes_max: 404 * 1024,
};

/// Builds the cores and the app; the cache keeps what is fetched.
pub fn run(cache: &Cache, options: &Web) -> Result<()> {
    let workspace = &repository::root();
    let toolchain = Toolchain::find(&cache.wasm_toolchain())?;
    // Apart from what else is built, because another compiler works here: sharing would rebuild
    // everything at each change between the two.
    let built = environment::variable("CARGO_TARGET_DIR")
        .map_or_else(|| workspace.join("target"), PathBuf::from);
    let builder = |folder| Builder { toolchain: &toolchain, target: built.join(folder) };
    let first = builder("wasm");
    if !options.check_reproducible {
        build_cores(&first, workspace)?;
        return app::build(cache, workspace);
    }
    let copy = &reproducible::copy_sources(workspace, &built.join("reproducible"))?;
    let second = builder("wasm-elsewhere");
    // Side by side, because each of them keeps one processor busy for most of its time.
    std::thread::scope(|scope| {
        let elsewhere = scope.spawn(|| build_cores(&second, copy));
        build_cores(&first, workspace)?;
        elsewhere.join().map_err(|_| anyhow!("the second build panicked"))?
    })?;
    app::build(cache, workspace)?;
    app::build_copy(cache, copy)?;
    for folder in [PROTOCOL.folder, PASSWORD.folder, CLIENT.folder, app::FOLDER] {
        let files = reproducible::compare(&workspace.join(folder), &copy.join(folder))?;
        println!("{folder}: {files} files are the same bytes when built from another folder");
    }
    Ok(())
}

fn build_cores(builder: &Builder<'_>, workspace: &Path) -> Result<()> {
    [&PROTOCOL, &PASSWORD, &CLIENT].into_iter().try_for_each(|core| builder.build(core, workspace))
}

/// Runs a command and takes what it prints.
fn answer(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("starting {name}; is it installed?"))?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{name} failed: {}", complaint.trim());
    String::from_utf8(output.stdout).with_context(|| format!("{name} prints no text"))
}

/// Runs a command whose output the developer should see.
fn finish(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("starting {name}; is it installed?"))?;
    if !status.success() {
        bail!("{name} failed with {status}");
    }
    Ok(())
}
