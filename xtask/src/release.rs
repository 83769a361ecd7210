//! `cargo xtask release`: what is given to those who run Treehouse and to those who audit it: both
//! programs, the web app, the list of their parts, and how to check all of it.

mod cargo;
mod check;
mod npm;
mod sbom;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use sha2::{Digest as _, Sha256};

use crate::cache::Cache;
use crate::tally::Tally;
use crate::{process, repository, web};

/// What is released, as packages and programs of the same name.
const PROGRAMS: [&str; 2] = ["treehouse", "treehouse-audit"];
/// The client in the web app, compiled for browsers.
const WORKER: &str = "treehouse-worker";
const WASM: &str = "wasm32-unknown-unknown";
/// The list of parts, `CycloneDX` 1.6 in JSON.
const SBOM: &str = "treehouse.cdx.json";
const SUMS: &str = "SHA256SUMS";
const VERIFY: &str = "VERIFY.md";
/// The web app as `cargo xtask web` leaves it, and what it is called in a release.
const APP: &str = "web/dist";
const APP_RELEASED: &str = "web";

/// What the command line can ask of `cargo xtask release`.
#[derive(clap::Args, Debug)]
pub struct Release {
    /// Where to put it: a folder that isn't there yet [default: one in the cache]
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
    /// Build nothing: write the list of parts, and check it
    #[arg(long)]
    sbom_only: bool,
}

/// Makes a release.
pub fn run(cache: &Cache, options: &Release) -> Result<()> {
    let folder = match &options.to {
        Some(folder) => folder.clone(),
        None => new_folder(cache)?,
    };
    ensure!(!folder.exists(), "{} is there already; give another --to", folder.display());
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let folder = folder.canonicalize().context("the folder has gone")?;
    let inside = folder.starts_with(repository::root().canonicalize()?);
    ensure!(!inside, "a release doesn't belong into the repository; give another --to");
    write_sbom(cache, &folder)?;
    if !options.sbom_only {
        programs(cache, &folder)?;
        app(cache, &folder)?;
        let licence = repository::root().join("LICENSE");
        fs::copy(licence, folder.join("LICENSE")).context("cannot copy the licence")?;
        fs::write(folder.join(VERIFY), how_to_verify()?)
            .with_context(|| format!("cannot write {VERIFY}"))?;
    }
    fs::write(folder.join(SUMS), sums(&folder)?).with_context(|| format!("cannot write {SUMS}"))?;
    println!("released into {}", folder.display());
    println!("to check it there: sha256sum --check {SUMS}");
    Ok(())
}

/// The step `sbom`: the list of parts is whole, and a list that isn't is found out.
pub fn step(cache: &Cache) -> Result<Tally> {
    let folder = cache.releases().join(format!("step-{}", std::process::id()));
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let checked = write_sbom(cache, &folder);
    fs::remove_dir_all(&folder).with_context(|| format!("cannot delete {}", folder.display()))?;
    checked?;
    Ok(Tally::ONE_PASSED)
}

/// Writes the list of parts and checks what was written; then shows that the check can fail.
fn write_sbom(cache: &Cache, folder: &Path) -> Result<()> {
    let text = sbom::write(cache)?;
    let file = folder.join(SBOM);
    fs::write(&file, &text).with_context(|| format!("cannot write {}", file.display()))?;
    println!("{}", check::run(cache, &file)?);
    check::control(cache, &folder.join("planted.cdx.json"), &text)
}

fn new_folder(cache: &Cache) -> Result<PathBuf> {
    let commit = process::capture(
        std::process::Command::new("git").current_dir(repository::root()).args([
            "describe",
            "--always",
            "--dirty",
            "--abbrev=12",
        ]),
    )?;
    let name = format!("treehouse-{}-{}", env!("CARGO_PKG_VERSION"), commit.trim());
    Ok(cache.releases().join(name))
}

/// Bytes in hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let pair = [byte >> 4, byte & 15].map(|four| char::from_digit(u32::from(four), 16));
        digits.extend(pair.into_iter().flatten());
    }
    digits
}

fn programs(cache: &Cache, folder: &Path) -> Result<()> {
    let mut cargo = process::cargo(cache);
    // Paths of this machine stay out of the programs.
    let places = [(repository::root(), "treehouse"), (web::cargo_home()?, "cargo")];
    let remap = places.map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display()));
    cargo.env("CARGO_ENCODED_RUSTFLAGS", remap.join("\u{1f}"));
    cargo.args(["build", "--release", "--locked", "--bins"]);
    cargo.args(PROGRAMS.iter().flat_map(|name| ["--package", name]));
    cargo.args(["--message-format", "json-render-diagnostics"]);
    let messages = process::capture(&mut cargo)?;
    let built = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter_map(|message| message.get("executable")?.as_str().map(PathBuf::from));
    let built: Vec<PathBuf> = built.collect();
    for name in PROGRAMS {
        let program = built.iter().find(|path| path.file_name().is_some_and(|file| file == name));
        let program = program.with_context(|| format!("cargo didn't build {name}"))?;
        fs::copy(program, folder.join(name)).with_context(|| format!("cannot copy {name}"))?;
    }
    Ok(())
}

fn app(cache: &Cache, folder: &Path) -> Result<()> {
    web::run(cache, &web::Web { check_reproducible: true })?;
    copy(&repository::root().join(APP), &folder.join(APP_RELEASED))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot list {}", from.display()))? {
        let (from, to) = entry.map(|entry| (entry.path(), to.join(entry.file_name())))?;
        if from.is_dir() {
            copy(&from, &to)?;
        } else {
            fs::copy(&from, &to).with_context(|| format!("cannot copy {}", from.display()))?;
        }
    }
    Ok(())
}

/// One line a file, as `sha256sum --check` reads them, sorted by path.
fn sums(folder: &Path) -> Result<String> {
    let mut files = Vec::new();
    list(folder, &mut files)?;
    files.sort();
    let mut text = String::new();
    for file in files {
        let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let name = file.strip_prefix(folder)?.to_str().context("a path isn't UTF-8")?;
        writeln!(text, "{:x}  {name}", Sha256::digest(bytes))?;
    }
    Ok(text)
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in
        fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?
    {
        let path = entry.context("cannot list the release")?.path();
        if path.is_dir() {
            list(&path, files)?;
        } else if path.file_name().is_some_and(|name| name != SUMS) {
            files.push(path);
        }
    }
    Ok(())
}

fn how_to_verify() -> Result<String> {
    let compiler = process::capture(std::process::Command::new("rustc").arg("--version"))?;
    let date = repository::head_date()?;
    Ok(format!(
        "# How to check this release\n\n\
         Made from the source of {date} with {compiler}\n\
         - Every file is what was released: `sha256sum --check {SUMS}`, with the file {SUMS} from a \
         place that you trust more than the one that you have this from.\n\
         - The web app is the source's: `cargo xtask web --check-reproducible` with the same compiler \
         writes the same bytes. What a server sends has the hash that it says at `/v1/bundle`, and \
         `web` here has the same.\n\
         - What it is made of: {SBOM} (CycloneDX 1.6), with the hash of each package as the \
         registries know it. Compare it with any database of vulnerabilities.\n\
         - The list is whole: `cargo xtask release --sbom-only` writes it again from the source and \
         compares it with what the compiler is given.\n\n\
         The files aren't signed.\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_of_every_file_but_their_own() {
        let folder = std::env::temp_dir().join(format!("xtask-sums-{}", std::process::id()));
        fs::create_dir_all(folder.join("web")).unwrap();
        fs::write(folder.join("web/b"), "abc").unwrap();
        fs::write(folder.join("a"), "").unwrap();
        fs::write(folder.join(SUMS), "old").unwrap();
        let text = sums(&folder).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(
            text,
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a\n\
             ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  web/b\n"
        );
    }
}
