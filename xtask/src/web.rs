//! `cargo xtask web`: the browser's core, as a wasm file and the ES module
//! that loads it, in `web/dist/core`.
//!
//! Browsers run what a server sends them, so anyone must be able to build the
//! same bytes: paths of this machine stay out of the file, and
//! [`Web::check_reproducible`] proves it with a second build elsewhere. What is
//! left is the compiler: another release of it writes other bytes.

mod debian;
mod reproducible;
mod toolchain;

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail, ensure};
use wasm_bindgen_cli_support::Bindgen;

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

/// A first visit over a phone line at 1 Mbit/s has the core after a second and a half.
///
/// Ciphers, hashes and OPAQUE take 60 KiB of it, memory and formatting 15, the protocol 70, and
/// what passes values to and fro 30. What was tried in vain stands at [`bind`] and in Cargo.toml.
const CORE_GZIP_BYTES_MAX: u64 = 184 * 1024;

/// Ciphers and hashes as loops instead of unrolled: the browser's own AES and SHA-256 do the bulk.
const COMPACT: [&str; 4] =
    ["--cfg", "aes_backend_soft=\"compact\"", "--cfg", "sha2_backend_soft=\"compact\""];

const CRATE: &str = "treehouse-browser";

/// Builds the core; the cache keeps what is fetched.
pub fn run(cache: &Cache, options: &Web) -> Result<()> {
    let workspace = &repository::root();
    let toolchain = Toolchain::find(&cache.wasm_toolchain())?;
    // Apart from what else is built, because another compiler works here: sharing would rebuild
    // everything at each change between the two.
    let built = environment::variable("CARGO_TARGET_DIR")
        .map_or_else(|| workspace.join("target"), PathBuf::from);
    let core = Core { toolchain: &toolchain, target: built.join("wasm") };

    let out = workspace.join("web/dist/core");
    core.build(workspace, &out)?;
    report_size(&out.join("core_bg.wasm"))?;

    if options.check_reproducible {
        let elsewhere = built.join("reproducible");
        let copy = reproducible::copy_sources(workspace, &elsewhere)?;
        let second = elsewhere.join("core");
        core.build(&copy, &second)?;
        let files = reproducible::compare(&out, &second)?;
        println!("core: {files} files are the same bytes when built from another folder");
    }
    Ok(())
}

/// How to make the core, from whatever folder.
struct Core<'a> {
    toolchain: &'a Toolchain,
    target: PathBuf,
}

impl Core<'_> {
    fn build(&self, workspace: &Path, out: &Path) -> Result<()> {
        let compiled = self.compile(workspace)?;
        if out.exists() {
            fs::remove_dir_all(out).with_context(|| format!("clearing {}", out.display()))?;
        }
        fs::create_dir_all(out).with_context(|| format!("creating {}", out.display()))?;
        bind(&compiled, out)?;
        let wasm = out.join("core_bg.wasm");
        self.refuse_paths_of_this_machine(&wasm, workspace)
    }

    fn compile(&self, workspace: &Path) -> Result<PathBuf> {
        let mut cargo = self.toolchain.cargo_build();
        cargo
            .current_dir(workspace)
            .args(["--quiet", "--locked", "--profile", "wasm", "--package", CRATE])
            .arg("--target-dir")
            .arg(&self.target)
            .env("CARGO_ENCODED_RUSTFLAGS", self.compiler_flags(workspace)?);
        finish(&mut cargo)?;
        Ok(self.target.join(Toolchain::TARGET).join("wasm/treehouse_browser.wasm"))
    }

    /// Panic messages name source files; without this the bytes would depend
    /// on where the checkout and the crates happen to lie.
    fn compiler_flags(&self, workspace: &Path) -> Result<OsString> {
        let (sources, sources_alias) = self.toolchain.sources();
        let mut prefixes = vec![(workspace.to_owned(), "/treehouse")];
        // A folder per registry, whose name depends on the registry's address.
        for registry in folders_in(&cargo_home()?.join("registry/src"))? {
            prefixes.push((registry, "/crates"));
        }
        prefixes.push((sources.to_owned(), sources_alias));

        let mut flags = OsString::from(COMPACT.join("\u{1f}"));
        for flag in self.toolchain.flags() {
            flags.push("\u{1f}");
            flags.push(flag);
        }
        for (from, to) in prefixes {
            flags.push("\u{1f}--remap-path-prefix=");
            flags.push(from);
            flags.push("=");
            flags.push(to);
        }
        Ok(flags)
    }

    fn refuse_paths_of_this_machine(&self, wasm: &Path, workspace: &Path) -> Result<()> {
        let bytes = fs::read(wasm).with_context(|| format!("reading {}", wasm.display()))?;
        let private = [workspace, &cargo_home()?, self.toolchain.sources().0];
        for path in private {
            let needle = path.as_os_str().as_encoded_bytes();
            let found = bytes.windows(needle.len()).any(|window| window == needle);
            ensure!(!found, "{} contains the path {}", wasm.display(), path.display());
        }
        Ok(())
    }
}

/// Writes `core.js`, `core.d.ts` and `core_bg.wasm`.
///
/// No wasm-opt after it: measured with -Os and -Oz, the file shrinks by an
/// eighth, and is a twentieth larger on the wire after gzip.
fn bind(compiled: &Path, out: &Path) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(compiled)
        .out_name("core")
        // The page says where the wasm file is: with a default, bundlers copy
        // the file a second time and a worker can load the wrong one.
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .typescript(true);
    bindgen.web(true)?;
    bindgen.generate(out).context("making the JavaScript bindings")
}

fn report_size(wasm: &Path) -> Result<()> {
    let raw = fs::metadata(wasm).with_context(|| format!("measuring {}", wasm.display()))?.len();
    let gzip = Command::new("gzip")
        .args(["-9", "--no-name", "--stdout"])
        .arg(wasm)
        .output()
        .context("running gzip")?;
    ensure!(gzip.status.success(), "gzip failed: {}", String::from_utf8_lossy(&gzip.stderr));
    let gzip = u64::try_from(gzip.stdout.len())?;
    println!("core: {raw} bytes, {gzip} with gzip -9, limit {CORE_GZIP_BYTES_MAX}");
    ensure!(gzip <= CORE_GZIP_BYTES_MAX, "the core is too large for a first visit");
    Ok(())
}

fn cargo_home() -> Result<PathBuf> {
    if let Some(home) = env::var_os("CARGO_HOME") {
        return Ok(home.into());
    }
    let home = env::home_dir().context("no home folder to find cargo's registry in")?;
    Ok(home.join(".cargo"))
}

fn folders_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    if !folder.exists() {
        return Ok(folders);
    }
    for entry in fs::read_dir(folder).with_context(|| format!("listing {}", folder.display()))? {
        folders.push(entry?.path());
    }
    folders.sort();
    Ok(folders)
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
