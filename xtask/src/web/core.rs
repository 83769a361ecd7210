//! The wasm cores, each with the ES module that loads it.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use wasm_bindgen_cli_support::Bindgen;

use super::finish;
use super::order;
use super::toolchain::Toolchain;

/// Ciphers and hashes as loops instead of unrolled: the browser's own AES and SHA-256 do the bulk.
const COMPACT: [&str; 4] =
    ["--cfg", "aes_backend_soft=\"compact\"", "--cfg", "sha2_backend_soft=\"compact\""];

/// One wasm file and the ES module that loads it.
#[derive(Debug)]
pub struct Core {
    /// The crate.
    pub package: &'static str,
    /// Whether with the parts that not everybody needs.
    pub default_features: bool,
    /// What its files are called.
    pub out_name: &'static str,
    /// Where they go, in the repository.
    pub folder: &'static str,
    /// Written by hand, and put beside them.
    pub face: &'static [&'static str],
    /// What a first visit may have to fetch.
    pub gzip_bytes_max: u64,
}

/// How to make cores, from whatever folder.
pub struct Builder<'a> {
    /// The compiler.
    pub toolchain: &'a Toolchain,
    /// Where it keeps what it has compiled.
    pub target: PathBuf,
}

impl Builder<'_> {
    /// Compiles a core, and writes its files.
    pub fn build(&self, core: &Core, workspace: &Path) -> Result<()> {
        let compiled = self.compile(core, workspace)?;
        let out = &workspace.join(core.folder);
        if out.exists() {
            fs::remove_dir_all(out).with_context(|| format!("clearing {}", out.display()))?;
        }
        fs::create_dir_all(out).with_context(|| format!("creating {}", out.display()))?;
        bind(&compiled, out, core.out_name)?;
        let wasm = out.join(format!("{}_bg.wasm", core.out_name));
        rewrite(&wasm, |module| order::by_name(&module))?;
        self.refuse_paths_of_this_machine(&wasm, workspace)?;
        for file in core.face {
            let from = workspace.join(file);
            let name = from.file_name().context("a file without a name")?;
            fs::copy(&from, out.join(name)).with_context(|| format!("copying {file}"))?;
        }
        for file in paths_in(out)?.iter().filter(|file| has_extension(file, "js")) {
            rewrite(file, |script| Ok(without_comments(&String::from_utf8(script)?)))?;
        }
        report_size(core, out, self.toolchain.builds_library())
    }

    fn compile(&self, core: &Core, workspace: &Path) -> Result<PathBuf> {
        let mut cargo = self.toolchain.cargo_build();
        cargo
            .current_dir(workspace)
            .args(["--quiet", "--locked", "--profile", "wasm", "--package", core.package])
            .args((!core.default_features).then_some("--no-default-features"))
            .arg("--target-dir")
            .arg(&self.target)
            .env("CARGO_ENCODED_RUSTFLAGS", self.compiler_flags(workspace)?);
        finish(&mut cargo)?;
        let file = format!("{}.wasm", core.package.replace('-', "_"));
        Ok(self.target.join(Toolchain::TARGET).join("wasm").join(file))
    }

    /// Panic messages name source files; without this the bytes would depend
    /// on where the checkout and the crates happen to lie.
    fn compiler_flags(&self, workspace: &Path) -> Result<OsString> {
        let (sources, sources_alias) = self.toolchain.sources();
        // What build scripts wrote lies with what was compiled; the last prefix that fits counts.
        let mut prefixes =
            vec![(workspace.to_owned(), "/treehouse"), (self.target.clone(), "/target")];
        // A folder per registry, whose name depends on the registry's address.
        for registry in paths_in(&cargo_home()?.join("registry/src"))? {
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

/// Writes `NAME.js`, `NAME.d.ts` and `NAME_bg.wasm`.
///
/// No wasm-opt after it: measured with -Os and -Oz, the file shrinks by an
/// eighth, and is a twentieth larger on the wire after gzip.
fn bind(compiled: &Path, out: &Path, name: &str) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(compiled)
        .out_name(name)
        // The page says where the wasm file is: with a default, bundlers copy
        // the file a second time and a worker can load the wrong one.
        .omit_default_module_path(true)
        // They give the functions their order, and go afterwards.
        .remove_name_section(false)
        .remove_producers_section(true)
        .typescript(true);
    bindgen.web(true)?;
    bindgen.generate(out).context("making the JavaScript bindings")
}

/// What a browser fetches: the wasm file and all that loads it. The limit holds where the standard
/// library is built for size, too; what a compiler brings along is larger by some twentieth.
fn report_size(core: &Core, out: &Path, limited: bool) -> Result<()> {
    let (name, limit) = (core.out_name, core.gzip_bytes_max);
    let (mut raw, mut packed) = (0, 0);
    for file in paths_in(out)? {
        if has_extension(&file, "wasm") || has_extension(&file, "js") {
            raw +=
                fs::metadata(&file).with_context(|| format!("measuring {}", file.display()))?.len();
            packed += gzip_bytes(&file)?;
        }
    }
    println!("{name}: {raw} bytes, {packed} with gzip -9, limit {limit}");
    if !limited {
        println!("{name}: the limit is for a standard library built for size, which this is not");
        return Ok(());
    }
    ensure!(packed <= limit, "{name} is too large for a first visit");
    Ok(())
}

fn has_extension(file: &Path, extension: &str) -> bool {
    file.extension().is_some_and(|found| found == extension)
}

fn rewrite(file: &Path, change: impl FnOnce(Vec<u8>) -> Result<Vec<u8>>) -> Result<()> {
    let bytes = fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    let changed = change(bytes).with_context(|| format!("changing {}", file.display()))?;
    fs::write(file, changed).with_context(|| format!("writing {}", file.display()))
}

/// A script without the lines that are comments: browsers don't read them.
fn without_comments(script: &str) -> Vec<u8> {
    let mut kept = String::new();
    for line in script.lines() {
        if !["//", "/*", "*"].iter().any(|mark| line.trim_start().starts_with(mark)) {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept.into_bytes()
}

fn gzip_bytes(file: &Path) -> Result<u64> {
    let gzip = Command::new("gzip")
        .args(["-9", "--no-name", "--stdout"])
        .arg(file)
        .output()
        .context("running gzip")?;
    ensure!(gzip.status.success(), "gzip failed: {}", String::from_utf8_lossy(&gzip.stderr));
    Ok(u64::try_from(gzip.stdout.len())?)
}

/// Where cargo keeps the sources of crates.
pub fn cargo_home() -> Result<PathBuf> {
    if let Some(home) = env::var_os("CARGO_HOME") {
        return Ok(home.into());
    }
    let home = env::home_dir().context("no home folder to find cargo's registry in")?;
    Ok(home.join(".cargo"))
}

fn paths_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    if !folder.exists() {
        return Ok(paths);
    }
    for entry in fs::read_dir(folder).with_context(|| format!("listing {}", folder.display()))? {
        paths.push(entry?.path());
    }
    paths.sort();
    Ok(paths)
}
