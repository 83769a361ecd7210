//! A disk that fails: from one call on, `fsync` or `pwrite64` of the server gives EIO. Whatever was
//! begun after that must not be acknowledged, and what was acknowledged before must be there.

mod trace;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use treehouse_protocol::id::RecordId;
use treehouse_server::random;

use crate::house::House;
use crate::serve::{Place, Served};
use crate::wire::Wire;
use trace::{Failing, Fault, Trace};

/// Records and pictures that are written in one run, unless the disk fails before.
const WRITES: usize = 8;
/// Requests that are tried after the first one that wasn't acknowledged.
const WRITES_AFTER: usize = 2;
/// How long one answer may take before it counts as none.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// How long a start may take on a failing disk.
const START_MAX: Duration = Duration::from_secs(20);
/// Bytes of a picture.
const PICTURE_BYTES: usize = 20_000;

/// What was tried and what became of it.
#[derive(Debug)]
struct Tried {
    /// The record, or the picture whose part it is.
    id: String,
    is_record: bool,
    began_s: f64,
    ended_s: f64,
    acknowledged: bool,
}

/// What a whole sweep came to.
#[derive(Default)]
struct Sums {
    runs: usize,
    hit: usize,
    unstarted: usize,
    acknowledged: usize,
    refused: usize,
}

/// Lets each of these calls fail, and all after it; then shows that a lie is found.
pub async fn run(place: &Place, calls: &[usize]) -> Result<()> {
    let served = place.serve().await?;
    let house = House::found(&served, 0).await?;
    served.kill()?;
    let mut sums = Sums::default();
    let mut kept = Vec::new();
    for fault in [Fault::Sync, Fault::Write] {
        for call in calls {
            let trace = Trace::new(&place.folder, fault, *call)?;
            let (tried, started) = attempt(place, &house, &trace).await?;
            let failing = trace.read()?;
            sums.add(&tried, &failing, started);
            let lies = lies(&tried, &failing);
            ensure!(lies.is_empty(), "{fault:?} from call {call} on: {}", lies.join("; "));
            kept.extend(tried.into_iter().filter(|it| it.acknowledged && it.is_record));
            lost(place, &house, &kept).await?;
        }
    }
    let Sums { runs, hit, unstarted, acknowledged, refused } = sums;
    println!(
        "a failing disk: {runs} runs, in {hit} of which a call failed ({unstarted} didn't start \
         then); {acknowledged} writes were acknowledged before, {refused} were not; none was \
         acknowledged that began after, and none is lost"
    );
    ensure!(hit * 2 >= runs && refused >= hit / 2, "too little failed for this to say anything");
    control(place, &house).await
}

impl Sums {
    fn add(&mut self, tried: &[Tried], failing: &[Failing], started: bool) {
        self.runs += 1;
        self.hit += usize::from(!failing.is_empty());
        self.unstarted += usize::from(!started);
        self.acknowledged += tried.iter().filter(|it| it.acknowledged).count();
        self.refused += tried.iter().filter(|it| !it.acknowledged).count();
    }
}

/// A sync that does nothing and says that all is well: a server can't know, and the check must.
async fn control(place: &Place, house: &House) -> Result<()> {
    let trace = Trace::new(&place.folder, Fault::Lie, 1)?;
    let (tried, started) = attempt(place, house, &trace).await?;
    let found = lies(&tried, &trace.read()?);
    ensure!(started && !found.is_empty(), "control: a disk that lies about syncs was not noticed");
    println!("control: {} acknowledgements after a sync that did nothing were found", found.len());
    Ok(())
}

/// Starts a server whose disk will fail, writes until it does, and kills it.
async fn attempt(place: &Place, house: &House, trace: &Trace) -> Result<(Vec<Tried>, bool)> {
    let mut tried = Vec::new();
    let Some(served) = place.serve_under(&trace.command(), START_MAX).await? else {
        return Ok((tried, false));
    };
    let mut missed = 0;
    for number in 0..WRITES {
        let one = if number % 4 == 3 {
            picture(&served, house).await
        } else {
            record(&served, house).await
        };
        missed += usize::from(!one.acknowledged);
        tried.push(one);
        if missed > WRITES_AFTER {
            break;
        }
    }
    served.kill()?;
    Ok((tried, true))
}

async fn record(served: &Served, house: &House) -> Tried {
    let id = RecordId::random(&mut random::rng());
    let began_s = wall_s();
    let sent = async {
        let mut wire = served.connect().await?;
        let nonce = house.nonce(&mut wire, served).await?;
        is_taken(&mut wire, &house.write(&served.url(), &nonce, id)?).await
    };
    let acknowledged = soon(sent).await;
    Tried { id: id.to_string(), is_record: true, began_s, ended_s: wall_s(), acknowledged }
}

async fn picture(served: &Served, house: &House) -> Tried {
    let (mut id, began_s) = (String::new(), wall_s());
    let sent = async {
        let mut wire = served.connect().await?;
        let nonce = house.nonce(&mut wire, served).await?;
        let requests = house.upload(&served.url(), &nonce, &house.seal_blob(PICTURE_BYTES)?);
        let path = String::from_utf8_lossy(&requests[1]).into_owned();
        let rest = path.split_once("/blobs/").context("a picture's path")?.1;
        id = rest.chars().take_while(char::is_ascii_hexdigit).collect();
        for request in &requests {
            if !is_taken(&mut wire, request).await? {
                return Ok(false);
            }
        }
        Ok(true)
    };
    let acknowledged = soon(sent).await;
    Tried { id, is_record: false, began_s, ended_s: wall_s(), acknowledged }
}

async fn is_taken(wire: &mut Wire, request: &[u8]) -> Result<bool> {
    Ok((200..300).contains(&wire.exchange(request).await?.status))
}

/// An error, or no answer in time, is no acknowledgement.
async fn soon(sent: impl Future<Output = Result<bool>>) -> bool {
    matches!(tokio::time::timeout(ANSWER_MAX, sent).await, Ok(Ok(true)))
}

/// What was acknowledged although it can't have reached the disk: a row that was sent after the
/// database's calls had begun to fail, or a picture one of whose own calls has failed.
fn lies(tried: &[Tried], failing: &[Failing]) -> Vec<String> {
    let database = failing.iter().filter(|it| it.is_of_database()).map(|it| it.at_s);
    let broken_s = database.fold(f64::INFINITY, f64::min);
    let acknowledged = tried.iter().filter(|it| it.acknowledged);
    let lies = acknowledged.filter_map(|it| {
        let own = !it.is_record && failing.iter().any(|failed| failed.path.contains(&it.id));
        let why = if it.began_s > broken_s {
            "was acknowledged after the database's disk had failed"
        } else if own {
            "was acknowledged although its own file had failed"
        } else {
            return None;
        };
        let what = if it.is_record { "record" } else { "picture" };
        Some(format!("{what} {} {why} ({:.3} s)", it.id, it.ended_s - broken_s))
    });
    lies.collect()
}

/// Starts the server on a sound disk, and looks for everything that was acknowledged.
async fn lost(place: &Place, house: &House, kept: &[Tried]) -> Result<()> {
    let served = place.serve().await?;
    let mut wire = served.connect().await?;
    let nonce = house.nonce(&mut wire, &served).await?;
    for record in kept {
        let path = format!("/v1/families/{}/records/{}", house.family, record.id);
        let proof = house.proof(&served.url(), "GET", &path, &nonce);
        let status = wire.get(&path, &proof).await?.status;
        ensure!(status == 200, "record {} was acknowledged and is lost ({status})", record.id);
    }
    served.kill()
}

/// The time that a trace is written in.
#[expect(clippy::disallowed_methods, reason = "a trace is compared with, which has wall time")]
fn wall_s() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}
