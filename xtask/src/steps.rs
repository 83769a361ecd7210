//! The steps of `cargo xtask test`, one row each.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::cache::Cache;
use crate::process::{self, Stream};
use crate::setup::{self, node, postgres, python, servers, system, tools};
use crate::tally::{self, Tally};
use crate::{deny, docs, drill, environment, fire, fuzz, release, repository, tidy, web};

/// One step: what it is called, what it shows, and how to run it.
///
/// `run` gives an error when the step could not do its work, and a count with
/// failures in it when tests ran and failed.
pub struct Step {
    pub name: &'static str,
    pub what: &'static str,
    pub run: fn(&Cache) -> Result<Tally>,
}

/// Every step, in the order in which they run. To add one, add a row.
pub const STEPS: &[Step] = &[
    Step { name: "setup", what: "everything the other steps need is installed", run: setup },
    Step { name: "fmt", what: "the code is formatted", run: fmt },
    Step { name: "clippy", what: "no lint complains", run: clippy },
    Step { name: "tidy", what: "the rules of the source tree hold", run: tidy },
    Step { name: "docs", what: "API docs build and generated pages are fresh", run: docs },
    Step { name: "deny", what: "dependencies are licensed, known and not vulnerable", run: deny },
    Step { name: "sbom", what: "the list of parts of a release is whole", run: release::step },
    Step { name: "unit", what: "tests of every crate", run: unit },
    Step {
        name: "drill",
        what: "a thief of disks, memory, wire and by injection reads no child",
        run: drill::run,
    },
    Step {
        name: "fire",
        what: "kills, bad disks, scanners, crowds: a server keeps its promises",
        run: fire::step,
    },
    Step { name: "web", what: "the wasm core and the web app build", run: web },
    Step { name: "peers", what: "independent implementations agree with ours", run: peers },
    Step { name: "browser", what: "journeys through a real browser", run: browser },
    Step { name: "fuzz", what: "no input crashes a decoder", run: fuzz },
];

/// The tests that talk to independent implementations, of every crate that has some.
const PEERS: &[&str] = &[
    "-p",
    "treehouse-protocol",
    "-p",
    "treehouse-tlog",
    "--features",
    "treehouse-protocol/peers,treehouse-tlog/peers",
    "-E",
    "binary(/^peer_/)",
];
/// The Python that has the packages of the peers.
const PEERS_PYTHON: &str = "TREEHOUSE_PEERS_PYTHON";
/// For the journeys: the Python with the provider of payments.
const SERVERS_PYTHON: &str = "TREEHOUSE_SERVERS_PYTHON";
/// The PostgreSQL server in which the server's tests make their databases.
const TEST_POSTGRES: &str = "TREEHOUSE_TEST_POSTGRES";
/// The Python that reads the service's OpenAPI document.
const OPENAPI_PYTHON: &str = "TREEHOUSE_OPENAPI_PYTHON";
/// The browser that the journeys drive.
const CHROMIUM: &str = "TREEHOUSE_CHROMIUM";
/// The photographs of the tests of pictures, which are not in the repository.
const PHOTOS: &str = "TREEHOUSE_TEST_PHOTOS";
/// Where a machine without internet has them, seen from the repository.
const PHOTOS_BESIDE: &str = "../shared/data/photos";
/// Where the browser journeys may keep profiles and pictures.
const CACHE: &str = "TREEHOUSE_CACHE";

fn setup(cache: &Cache) -> Result<Tally> {
    setup::run(cache)?;
    Ok(Tally::ONE_PASSED)
}

fn fmt(cache: &Cache) -> Result<Tally> {
    process::run(process::cargo(cache).args(["fmt", "--all", "--check"]))
        .context("`cargo fmt --all` mends it")?;
    Ok(Tally::ONE_PASSED)
}

fn clippy(cache: &Cache) -> Result<Tally> {
    process::run(
        process::cargo(cache)
            .args(["clippy", "--workspace", "--all-targets", "--all-features", "--locked"])
            .args(["--", "-D", "warnings"]),
    )?;
    Ok(Tally::ONE_PASSED)
}

fn tidy(_cache: &Cache) -> Result<Tally> {
    tidy::run()?;
    Ok(Tally::ONE_PASSED)
}

fn docs(cache: &Cache) -> Result<Tally> {
    process::run(process::cargo(cache).env("RUSTDOCFLAGS", "-D warnings").args([
        "doc",
        "--workspace",
        "--no-deps",
        "--all-features",
        "--locked",
    ]))?;
    docs::run(cache, docs::Mode::Check)?;
    Ok(Tally::ONE_PASSED)
}

fn deny(cache: &Cache) -> Result<Tally> {
    deny::run(cache)?;
    Ok(Tally::ONE_PASSED)
}

/// Runs those of the workspace's tests that an expression of nextest names.
pub fn some(cache: &Cache, tests: &str) -> Result<()> {
    let tally = with_servers(cache, &["--workspace", "-E", tests])?;
    ensure!(tally.failed == 0, "{} of these tests failed", tally.failed);
    Ok(())
}

fn with_servers(cache: &Cache, arguments: &[&str]) -> Result<Tally> {
    // Stopped again when the tests end, however they end.
    let (postgres, servers) = (postgres::Server::start(cache)?, servers::start(cache)?);
    let mut command = nextest_command(cache, arguments)?;
    servers.environment(&mut command);
    command.env(TEST_POSTGRES, postgres.address()).env(PHOTOS, photos()?);
    command.env(OPENAPI_PYTHON, python::openapi(cache)?);
    command.env(PEERS_PYTHON, python::peers(cache)?);
    nextest(&mut command)
}

fn unit(cache: &Cache) -> Result<Tally> {
    let unit = with_servers(cache, &["--workspace"])?;
    let watched = process::watch(
        process::cargo(cache).args(["test", "--workspace", "--doc", "--locked", "--no-fail-fast"]),
        Stream::Out,
    )?;
    let examples = tally::cargo_test(&watched.text);
    if !watched.success && examples.failed == 0 {
        bail!("the documentation tests do not build");
    }
    Ok(unit + examples)
}

fn photos() -> Result<PathBuf> {
    let beside = repository::root().join(PHOTOS_BESIDE);
    let folder = environment::variable(PHOTOS).map_or(beside, PathBuf::from);
    if !folder.is_dir() {
        bail!(
            "{} is no folder; set {PHOTOS} to one with the jpg and heic pictures of \
             https://github.com/ianare/exif-samples",
            folder.display()
        );
    }
    Ok(folder)
}

fn web(cache: &Cache) -> Result<Tally> {
    web::run(cache, &web::Web { check_reproducible: true })?;
    Ok(Tally::ONE_PASSED)
}

fn peers(cache: &Cache) -> Result<Tally> {
    let python = python::peers(cache)?;
    node::install(cache, node::PEERS)?;
    let mut command = nextest_command(cache, PEERS)?;
    command.env(PEERS_PYTHON, python);
    nextest(&mut command)
}

fn browser(cache: &Cache) -> Result<Tally> {
    let root = repository::root();
    let folder = root.join(node::JOURNEYS);
    let scripts = journeys(&folder)?;
    node::install(cache, node::JOURNEYS)?;
    node::install(cache, node::WEB)?;
    let chromium = system::chromium()?;
    let servers = python::servers(cache)?;
    let journey = |script: &str| {
        let mut command = Command::new("node");
        let script = folder.join(script);
        command.current_dir(&root).arg(script).env(CHROMIUM, &chromium).env(CACHE, cache.root());
        command.env(SERVERS_PYTHON, &servers);
        Tally::of(process::run_and_tell(&mut command))
    };
    Ok(scripts.iter().fold(Tally::default(), |tally, script| tally + journey(script)))
}

/// What `npm test` runs in this folder, in its order.
fn journeys(folder: &Path) -> Result<Vec<String>> {
    let package = fs::read_to_string(folder.join("package.json")).context("the journeys")?;
    let package: serde_json::Value = serde_json::from_str(&package).context("package.json")?;
    let script =
        package["scripts"]["test"].as_str().context("package.json has no script `test`")?;
    let is_journey = |word: &&str| Path::new(word).extension().is_some_and(|kind| kind == "mjs");
    let files: Vec<_> = script.split_whitespace().filter(is_journey).map(str::to_owned).collect();
    ensure!(!files.is_empty(), "package.json names no journey");
    Ok(files)
}

fn fuzz(cache: &Cache) -> Result<Tally> {
    fuzz::run(cache, &fuzz::Plan { seconds: fuzz::SECONDS_IN_SUITE })?;
    Ok(Tally::ONE_PASSED)
}

fn nextest_command(cache: &Cache, arguments: &[&str]) -> Result<Command> {
    let mut command = process::cargo_program(cache, &tools::nextest(cache)?);
    command.args(["nextest", "run", "--locked", "--no-fail-fast"]).args(arguments);
    Ok(command)
}

/// Runs nextest and counts; a run that counts nothing is an error, not a success.
fn nextest(command: &mut Command) -> Result<Tally> {
    let watched = process::watch(command, Stream::Err)?;
    let tally = tally::nextest(&watched.text).unwrap_or_default();
    if tally.failed == 0 && !watched.success {
        bail!("`{}` failed before it could count its tests", process::text(command));
    }
    if tally == Tally::default() {
        bail!("`{}` ran no test", process::text(command));
    }
    Ok(tally)
}
