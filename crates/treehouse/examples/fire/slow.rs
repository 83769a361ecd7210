//! Slow and many clients: thousands of idle connections, heads, bodies and readings that take for
//! ever, and bad sign-ins. Families that use the server meanwhile must see no error, and at most
//! twice the latency.

mod crowd;
mod meter;

use std::net::Ipv4Addr;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};

use crate::house::House;
use crate::now;
use crate::serve::{Place, Served};
use crowd::{Opener, Slow, hold, naive_peer, sign_in_badly, silent};
use meter::{Seen, measure};

/// Families whose guardians use the server meanwhile.
const FAMILIES: usize = 4;
/// How long is measured, before, during and after.
const MEASURED: Duration = Duration::from_secs(6);
/// How many times the latency may be what it is without an attack.
const TIMES_MAX: u32 = 2;
/// The shares of requests, in percent, whose latency is compared, and what is forgiven them: half of
/// them show the server, the slowest of twenty whatever else the machine's disk does.
const COMPARED: [(usize, Duration); 2] =
    [(50, Duration::from_millis(5)), (95, Duration::from_millis(250))];
/// Memory that the attack may cost the server, in KiB.
const MEMORY_KIB_MAX: u64 = 512 << 10;
/// Connections of each slow kind.
const SLOW: usize = 200;
/// Bad sign-ins in a second.
const SIGN_INS_PER_S: u32 = 500;
/// Idle connections of one network address.
const OF_ONE: usize = 500;
/// How many the server is told to take from one.
const OF_ONE_MAX: usize = 600;
/// How soon a head that doesn't come to its end must be given up.
const HEAD_MAX: Duration = Duration::from_secs(15);
/// Open files besides the connections.
const FILES_LEFT: u64 = 2_000;

/// Attacks with so many idle connections.
pub async fn run(place: &Place, idle: usize) -> Result<()> {
    open_files(idle)?;
    place.replace("anonymous_per_minute_max = 1000000000", "anonymous_per_minute_max = 600")?;
    place.replace("[limits]", &format!("[limits]\nconnections_per_address_max = {OF_ONE_MAX}"))?;
    let served = place.serve().await?;
    let mut houses = Vec::new();
    for number in 0..FAMILIES {
        houses.push(House::found(&served, number).await?);
    }
    let before = measure(&served, &houses, MEASURED).await;
    let during = attack(&served, &houses, idle).await?;
    let after = measure(&served, &houses, MEASURED).await;
    println!("before {before}; during {during}; after {after}");
    judge(&during, &before, &after)?;
    println!("{}: nobody saw an error, or had to wait twice as long", place.engine());
    control(&served, &houses, &before).await?;
    served.kill()
}

/// The control of the measurement: a server that stands still for a second is noticed.
async fn control(served: &Served, houses: &[House], before: &Seen) -> Result<()> {
    let number = i32::try_from(served.process())?;
    let process = Pid::from_raw(number).context("a process has a number")?;
    kill_process(process, Signal::STOP)?;
    let going_on = async {
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        kill_process(process, Signal::CONT)
    };
    let (halted, went_on) =
        tokio::join!(measure(served, houses, Duration::from_millis(2_500)), going_on);
    went_on?;
    ensure!(judge(&halted, before, before).is_err(), "control: a server that stands still passed");
    println!("control: a server that stood still for 1.5 s was noticed ({halted})");
    Ok(())
}

fn judge(during: &Seen, before: &Seen, after: &Seen) -> Result<()> {
    ensure!(during.errors == 0, "{} of {} requests failed", during.errors, during.count());
    ensure!(during.count() >= 100, "only {} requests were sent", during.count());
    for (share, forgiven) in COMPARED {
        let usual = before.below(share).max(after.below(share));
        let (most, took) = (usual * TIMES_MAX + forgiven, during.below(share));
        ensure!(took <= most, "{share} % took up to {took:?}, and {usual:?} without an attack");
    }
    Ok(())
}

/// Everything at once; answers what good users saw.
async fn attack(served: &Served, houses: &[House], idle: usize) -> Result<Seen> {
    let opener = Opener::new(served)?;
    let alone_kib = served.memory_kib()?;
    let peer = naive_peer(served).await?;
    let naive = hold(&opener.to(peer), Slow::Head, SLOW / 10, [127, 0, 3, 1].into()).await?;
    let began = now();
    let heads = hold(&opener, Slow::Head, SLOW, [127, 0, 2, 1].into()).await?;
    let bodies = hold(&opener, Slow::Body, SLOW, [127, 0, 2, 2].into()).await?;
    let readers = hold(&opener, Slow::Reader, SLOW, [127, 0, 2, 3].into()).await?;
    let mut quiet = Vec::new();
    let first = now();
    for network in 0..u8::try_from(idle.div_ceil(OF_ONE))? {
        let from = Ipv4Addr::new(127, 0, 4, network + 1);
        let (held, refused) = silent(&opener, OF_ONE.min(idle - quiet.len()), from).await;
        ensure!(refused == 0, "{refused} of {} connections were refused", held.len() + refused);
        quiet.extend(held);
    }
    let took = first.elapsed();
    let sign_ins = sign_in_badly(&opener, SIGN_INS_PER_S, MEASURED).await?;
    let (seen, tried) = tokio::join!(measure(served, houses, MEASURED), sign_ins.run());
    let (held, grown_kib) = (served.open_files()?, served.memory_kib()?.saturating_sub(alone_kib));
    ensure!(held >= idle, "only {held} connections were held when all was measured");
    ensure!(grown_kib <= MEMORY_KIB_MAX, "the server took {grown_kib} KiB more");
    println!(
        "{} idle connections at once for {} MiB, opened in {:.1} s; {SLOW} slow heads, bodies and \
         readers each; {} bad sign-ins a second, of which {} were tried and {} refused",
        quiet.len(),
        grown_kib >> 10,
        took.as_secs_f64(),
        tried.sent / MEASURED.as_secs(),
        tried.carried_out,
        tried.refused
    );
    ensure!(
        tried.sent * 10 >= u64::from(SIGN_INS_PER_S) * MEASURED.as_secs() * 8,
        "too few sign-ins"
    );
    let (greedy, refused) = silent(&opener, OF_ONE_MAX + 50, [127, 0, 5, 1].into()).await;
    ensure!(refused >= 50 && greedy.len() <= OF_ONE_MAX, "one address got {}", greedy.len());
    tokio::time::sleep(HEAD_MAX.saturating_sub(began.elapsed())).await;
    let [left, kept] = [heads.open(), naive.open()];
    ensure!(left == 0, "{left} of {SLOW} heads that never end are still waited for");
    ensure!(kept == SLOW / 10, "control: a server that waits for ever has given up");
    println!(
        "heads that never end were given up, {} bodies and {} readers weren't; one address got {} \
         connections; control: a server that waits for ever held all {kept}",
        bodies.open(),
        readers.open(),
        greedy.len()
    );
    Ok(seen)
}

/// Room for that many connections in this process, and in the server that it starts.
fn open_files(idle: usize) -> Result<()> {
    let need = idle as u64 + FILES_LEFT;
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let enough = maximum.is_none_or(|maximum| maximum >= need);
    ensure!(enough, "{need} files must be allowed to be open: `ulimit -Hn {need}`, or as root");
    let current = maximum.map_or(need, |maximum| maximum.max(need));
    Ok(setrlimit(Resource::Nofile, Rlimit { current: Some(current), maximum })?)
}
