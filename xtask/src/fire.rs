//! The step `fire`: a real server is attacked on each engine, and each attack has a control in the
//! same run. docs/fire.md says what they are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::cache::Cache;
use crate::setup::{postgres, python, system};
use crate::tally::Tally;
use crate::{drill, process};

/// How much of each attack.
pub struct Plan {
    /// Kills of a server on each engine.
    kills: u32,
    /// From which call on the disk fails: one run each.
    calls: fn() -> Vec<u32>,
    /// Requests that must have been sent by what the document says.
    cases: u32,
    /// Cases that are thought up for each operation.
    examples: u32,
    /// How many places and forms of SQL injection sqlmap tries, from 1 to 5, and how boldly, to 3.
    injection: [u32; 2],
    /// How often each pair of requests is compared by time.
    turns: u32,
    /// Sequences of requests that are sent without a consent.
    sequences: u32,
    /// Where sqlmap, the crowds and those without a consent attack.
    engines: &'static [Engine],
}

/// What every change passes.
const IN_SUITE: Plan = Plan {
    kills: 30,
    calls: || vec![1, 5, 12, 20, 30, 45],
    cases: 4_500,
    examples: 40,
    injection: [1, 1],
    turns: 200,
    sequences: 100_000,
    // The second engine takes minutes more, and the suite has an hour.
    engines: &[Engine::Sqlite],
};
/// What `cargo xtask siege fire` does.
const SIEGE: Plan = Plan {
    kills: 500,
    calls: || (1..=200).collect(),
    cases: 20_000,
    examples: 300,
    injection: [5, 3],
    turns: 2_500,
    sequences: 1_000_000,
    engines: &[Engine::Sqlite, Engine::Postgres],
};

/// Connections that are held and never used.
const IDLE: &str = "10000";

/// The attacks by name, in their order.
const ATTACKS: [&str; 9] =
    ["kill", "full", "sweep", "timing", "inject", "slow", "unconsented", "tls", "contract"];

/// The attacks of the suite; each on each engine is one check.
pub fn step(cache: &Cache) -> Result<Tally> {
    run(cache, &IN_SUITE, &[])
}

/// The same for long, or those of them that are named.
pub fn siege(cache: &Cache, named: &[String]) -> Result<()> {
    if let Some(other) = named.iter().find(|name| !ATTACKS.contains(&name.as_str())) {
        bail!("there is no attack {other:?}; there are {}", ATTACKS.join(", "));
    }
    let tally = run(cache, &SIEGE, named)?;
    if tally.failed > 0 {
        bail!("{} attacks went through; their output says how", tally.failed);
    }
    Ok(())
}

fn run(cache: &Cache, plan: &Plan, named: &[String]) -> Result<Tally> {
    let attacker = drill::executable(cache, "fire", &[])?;
    let attack = Attack { program: drill::program(cache)?, attacker, cache, named };
    let kills = plan.kills.to_string();
    let mut tally = Tally::default();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        tally = tally + attack.check(engine, &["kill", "--kills", &kills]);
    }
    tally = tally + attack.check_on(Disk::Small, Engine::Sqlite, &["full"]);
    let calls: Vec<String> = (plan.calls)().iter().map(ToString::to_string).collect();
    tally = tally + attack.check(Engine::Sqlite, &["sweep", "--calls", &calls.join(",")]);
    let turns = plan.turns.to_string();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        tally = tally + attack.check(engine, &["timing", "--turns", &turns]);
    }
    let python = python::fire(cache)?;
    let [schemathesis, sqlmap, sslyze] = ["schemathesis", "sqlmap", "sslyze"]
        .map(|name| python.with_file_name(name).display().to_string());
    let [level, risk] = plan.injection.map(|number| number.to_string());
    let words = ["inject", "--sqlmap", &sqlmap, "--level", &level, "--risk", &risk];
    let sequences = plan.sequences.to_string();
    for engine in plan.engines {
        tally = tally + attack.check(*engine, &words);
        tally = tally + attack.check(*engine, &["slow", "--idle", IDLE]);
        tally = tally + attack.check(*engine, &["unconsented", "--sequences", &sequences]);
    }
    tally = tally + attack.check(Engine::Sqlite, &["tls", "--sslyze", &sslyze]);
    let (cases, examples) = (plan.cases.to_string(), plan.examples.to_string());
    let words =
        ["contract", "--schemathesis", &schemathesis, "--cases", &cases, "--examples", &examples];
    Ok(tally + attack.check(Engine::Sqlite, &words))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Engine {
    Sqlite,
    Postgres,
}

/// Where the server's folder lies.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Disk {
    /// On this machine's own.
    Own,
    /// On one in memory that only the attack sees, and may fill.
    Small,
}

struct Attack<'c> {
    program: PathBuf,
    attacker: PathBuf,
    cache: &'c Cache,
    /// Those that are carried out; all if none is named.
    named: &'c [String],
}

impl Attack<'_> {
    fn check(&self, engine: Engine, words: &[&str]) -> Tally {
        self.check_on(Disk::Own, engine, words)
    }

    fn check_on(&self, disk: Disk, engine: Engine, words: &[&str]) -> Tally {
        debug_assert!(ATTACKS.contains(&words[0]), "{} can't be asked for by name", words[0]);
        if !self.named.is_empty() && !self.named.iter().any(|name| name == words[0]) {
            return Tally::default();
        }
        Tally::of(self.carry_out(disk, engine, words))
    }

    /// Runs one attack in an empty folder, which is deleted afterwards.
    fn carry_out(&self, disk: Disk, engine: Engine, words: &[&str]) -> Result<()> {
        let folder = self.cache.servers().join(format!("fire-{}", std::process::id()));
        remove(&folder)?;
        let mut command = match disk {
            Disk::Own => Command::new(&self.attacker),
            Disk::Small => on_small_disk(&folder, &self.attacker)?,
        };
        command.args(words).arg("--program").arg(&self.program).arg("--folder").arg(&folder);
        // Stopped again when the attack ends, however it ends.
        let server = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(postgres::Server::start(self.cache)?),
        };
        if let Some(server) = &server {
            command.args(["--postgres", &server.create("data")?]);
            command.args(["--key-store-postgres", &server.create("keys")?]);
        }
        let ran = process::run_and_tell(&mut command);
        remove(&folder)?;
        ran
    }
}

/// A command in a mount namespace of its own, with a small disk at `folder`; both are gone when it
/// ends.
fn on_small_disk(folder: &Path, program: &Path) -> Result<Command> {
    const MOUNT: &str = "mount -t tmpfs -o size=128m,mode=700 tmpfs \"$1\" && shift && exec \"$@\"";
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut command = Command::new("unshare");
    // Without root, a namespace of users gives the right to mount something for oneself.
    if !system::is_root() {
        command.args(["--user", "--map-root-user"]);
    }
    command.args(["--mount", "--", "sh", "-c", MOUNT, "sh"]).arg(folder).arg(program);
    Ok(command)
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot delete {}", folder.display()))
        }
        _ => Ok(()),
    }
}
