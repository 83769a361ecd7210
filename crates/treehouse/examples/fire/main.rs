//! Attacks on a real server, with a control for each: `cargo xtask test --only fire`.
//!
//! The server is `treehouse serve` in a process and a folder of its own, as an operator runs it.
//! docs/fire.md says what is done and what was found.

#[path = "../../src/drill/canary.rs"]
#[expect(dead_code, reason = "the drill plants more kinds of canaries")]
mod canary;
mod client;
mod contract;
mod dump;
#[path = "../../src/drill/encoding.rs"]
mod encoding;
mod full;
mod hole;
#[path = "../bench_server/house.rs"]
mod house;
mod inject;
mod kill;
#[path = "../bench_server/post.rs"]
mod post;
mod power;
mod proxy;
#[path = "../../src/drill/search.rs"]
#[expect(dead_code, reason = "the drill tells how many patterns it looks for")]
mod search;
mod serve;
mod slow;
mod sweep;
mod timing;
mod tls;
mod unconsented;
#[path = "../bench_server/wire.rs"]
#[expect(dead_code, reason = "the benchmark needs more of a connection")]
mod wire;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use hole::Hole;
use serve::{Databases, Place};

/// Now, for telling how long a server was away.
#[expect(clippy::disallowed_methods, reason = "how soon a server is back is what is asked")]
fn now() -> Instant {
    Instant::now()
}

/// What the command line says.
struct Arguments(Vec<String>);

impl Arguments {
    fn value(&self, flag: &str) -> Option<&str> {
        let at = self.0.iter().position(|argument| argument == flag)?;
        self.0.get(at + 1).map(String::as_str)
    }

    fn need(&self, flag: &str) -> Result<&str> {
        self.value(flag).with_context(|| format!("{flag} is missing"))
    }

    fn number(&self, flag: &str) -> Result<usize> {
        self.need(flag)?.parse().with_context(|| format!("{flag} is no number"))
    }

    /// The program, the folder and the databases of the server under attack.
    fn place(&self) -> Result<Place> {
        let (data, keys) = (self.value("--postgres"), self.value("--key-store-postgres"));
        let databases = data
            .zip(keys)
            .map(|(data, keys)| Databases { data: data.to_owned(), keys: keys.to_owned() });
        let (program, folder) = (self.need("--program")?, self.need("--folder")?);
        Place::new(PathBuf::from(program), PathBuf::from(folder), databases)
    }
}

fn main() -> Result<()> {
    let arguments = Arguments(std::env::args().skip(1).collect());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match arguments.0.first().map(String::as_str) {
            Some("kill") => {
                Box::pin(kill::run(&arguments.place()?, arguments.number("--kills")?)).await
            }
            Some("full") => Box::pin(full::run(&arguments.place()?)).await,
            Some("sweep") => {
                let calls = arguments.need("--calls")?.split(',').map(str::parse);
                let calls = calls.collect::<Result<Vec<usize>, _>>().context("--calls")?;
                Box::pin(sweep::run(&arguments.place()?, &calls)).await
            }
            Some("contract") => {
                let plan = contract::Plan {
                    schemathesis: Path::new(arguments.need("--schemathesis")?),
                    cases: arguments.number("--cases")?,
                    examples: arguments.number("--examples")?,
                };
                Box::pin(contract::run(&arguments.place()?, &plan)).await
            }
            Some("inject") => {
                let plan = inject::Plan {
                    sqlmap: Path::new(arguments.need("--sqlmap")?),
                    level: arguments.number("--level")?,
                    risk: arguments.number("--risk")?,
                };
                Box::pin(inject::run(&arguments.place()?, &plan)).await
            }
            Some("dump") => {
                let hole = match arguments.value("--postgres") {
                    Some(file) => {
                        Hole::into_postgres(std::fs::read_to_string(file)?.trim()).await?
                    }
                    None => Hole::into_sqlite(Path::new(arguments.need("--database")?))?,
                };
                let sqlmap = Path::new(arguments.need("--sqlmap")?);
                Box::pin(dump::run(sqlmap, hole, Path::new(arguments.need("--loot")?))).await
            }
            Some("slow") => {
                Box::pin(slow::run(&arguments.place()?, arguments.number("--idle")?)).await
            }
            Some("timing") => {
                Box::pin(timing::run(&arguments.place()?, arguments.number("--turns")?)).await
            }
            Some("power") => {
                let plan = power::Plan {
                    cuts: arguments.number("--cuts")?,
                    parts: Path::new(arguments.need("--parts")?),
                    work: Path::new(arguments.need("--work")?),
                    report: Path::new(arguments.need("--report")?),
                };
                Box::pin(power::run(&arguments.place()?, &plan)).await
            }
            Some("tls") => {
                let sslyze = Path::new(arguments.need("--sslyze")?);
                Box::pin(tls::run(&mut arguments.place()?, sslyze)).await
            }
            Some("unconsented") => {
                let sequences = arguments.number("--sequences")?;
                Box::pin(unconsented::run(&arguments.place()?, sequences)).await
            }
            _ => bail!(
                "say which attack: kill, full, sweep, contract, inject, dump, slow, timing, tls, \
                 unconsented, power"
            ),
        }
    })
}
