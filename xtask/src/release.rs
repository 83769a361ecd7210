//! `cargo xtask release`: what is given to those who run Treehouse and to those who audit it: both
//! programs, the web app, the list of their parts, and how to check all of it.

mod cargo;
mod check;
mod npm;
mod sbom;
mod signature;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use sha2::{Digest as _, Sha256};

use crate::cache::Cache;
use crate::tally::Tally;
use crate::{deny, process, repository, web};

/// What is released, as packages and programs of the same name.
const PROGRAMS: [&str; 2] = ["treehouse", "treehouse-audit"];
/// The client in the web app, compiled for browsers.
const WORKER: &str = "treehouse-worker";
const WASM: &str = "wasm32-unknown-unknown";
/// The list of parts, `CycloneDX` 1.6 in JSON.
const SBOM: &str = "treehouse.cdx.json";
/// What families are shown, for `treehouse screens keep`.
const SCREENS: &str = "screens.tar";
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
    /// Sign it with this key of OpenSSH's, or with the agent's if it's the public half
    #[arg(long, value_name = "KEY")]
    sign: Option<PathBuf>,
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
    if options.sbom_only {
        return make(cache, &folder, options);
    }
    // It audits a planted project first, whose holes it must find.
    audited(|| deny::run(cache), || make(cache, &folder, options))
}

fn make(cache: &Cache, folder: &Path, options: &Release) -> Result<()> {
    write_sbom(cache, folder)?;
    if !options.sbom_only {
        // The programs hold the app.
        app(cache, folder)?;
        programs(cache, folder)?;
        screens(cache, folder)?;
        let licence = repository::root().join("LICENSE");
        fs::copy(licence, folder.join("LICENSE")).context("cannot copy the licence")?;
        fs::write(folder.join(VERIFY), how_to_verify(options.sign.as_deref())?)
            .with_context(|| format!("cannot write {VERIFY}"))?;
    }
    fs::write(folder.join(SUMS), sums(folder)?).with_context(|| format!("cannot write {SUMS}"))?;
    if let Some(key) = &options.sign {
        signature::sign(folder, key)?;
    }
    println!("released into {}", folder.display());
    println!("to check it there: sha256sum --check {SUMS}");
    Ok(())
}

/// Makes a release after an audit, and none that the audit complains about.
fn audited(audit: impl FnOnce() -> Result<()>, make: impl FnOnce() -> Result<()>) -> Result<()> {
    audit().context("nothing is released with a known hole: replace what is named above")?;
    make()
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

/// The archive of the app's screens, by the program that holds the app, with the pictures that the
/// journeys took of it.
fn screens(cache: &Cache, folder: &Path) -> Result<()> {
    let mut command = std::process::Command::new(folder.join(PROGRAMS[0]));
    command.args(["screens", "--json", "archive", "--out"]).arg(folder.join(SCREENS));
    let pictures = cache.screenshots();
    if pictures.is_dir() {
        command.arg("--pictures").arg(pictures);
    }
    let told: serde_json::Value = serde_json::from_str(&process::capture(&mut command)?)?;
    let count = told["pictures"].as_u64().unwrap_or_default();
    ensure!(
        count > 0,
        "no journey has taken pictures of this app: run `cargo xtask test --only web --only browser`"
    );
    println!("{SCREENS}: the app, and {count} pictures of its screens");
    Ok(())
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
        } else if path.file_name().is_some_and(|name| name != SUMS && name != signature::FILE) {
            files.push(path);
        }
    }
    Ok(())
}

fn how_to_verify(key: Option<&Path>) -> Result<String> {
    let signed = match key {
        None => "The files aren't signed: this release is for trying out.\n".to_owned(),
        Some(key) => signature::how_to_verify(&signature::public(key)?),
    };
    let compiler = process::capture(std::process::Command::new("rustc").arg("--version"))?;
    let date = repository::head_date()?;
    Ok(format!(
        "# How to check this release\n\n\
         Made from the source of {date} with {compiler}\n\
         - Every file is what was released: `sha256sum --check {SUMS}`.\n\
         - The web app is the source's: `cargo xtask web --check-reproducible` with the same compiler \
         writes the same bytes. What a server sends has the hash that it says at `/v1/bundle`, and \
         `web` here has the same.\n\
         - {SCREENS} has every file of the app and pictures of its screens: \
         `treehouse screens keep` keeps it where the law wants that.\n\
         - What it is made of: {SBOM} (CycloneDX 1.6), with the hash of each package as the \
         registries know it. Compare it with any database of vulnerabilities.\n\
         - The list is whole: `cargo xtask release --sbom-only` writes it again from the source and \
         compares it with what the compiler is given.\n\n\
         {signed}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_released_that_the_audit_complains_about() {
        let released = std::cell::Cell::new(0);
        let make = || {
            released.set(released.get() + 1);
            Ok(())
        };
        let refused = audited(|| anyhow::bail!("RUSTSEC-2020-0071 in time 0.1.42"), make);
        let said = format!("{:#}", refused.unwrap_err());
        assert!(said.contains("known hole") && said.contains("RUSTSEC-2020-0071"), "{said}");
        assert_eq!(released.get(), 0);
        audited(|| Ok(()), make).unwrap();
        assert_eq!(released.get(), 1, "the control");
    }

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
