//! A full disk: what takes away and what hands out goes on, what brings more is refused in clear
//! words, and all of it works again once there is room.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use treehouse_protocol::id::RecordId;
use treehouse_protocol::registry::Purpose;
use treehouse_server::random;

use crate::client::enter;
use crate::house::House;
use crate::now;
use crate::serve::{Place, Served};
use crate::wire::{Wire, request};

/// Bytes of room on the disk beyond which it isn't one that was made for this: it would take long to
/// fill, and what else lies on it would suffer.
const DISK_BYTES_MAX: u64 = 512 << 20;
/// How long an answer may take while the disk is full.
const ANSWER_MAX: Duration = Duration::from_secs(2);
/// How soon everything must work again.
const AGAIN_MAX: Duration = Duration::from_secs(10);
/// Readings while it is full.
const READINGS: usize = 200;
/// Bytes of a picture.
const PICTURE_BYTES: usize = 40_000;

/// Fills the disk under a server, and empties it again.
pub async fn run(place: &Place) -> Result<()> {
    let served = place.serve().await?;
    let (ada, ben) = (House::found(&served, 0).await?, House::found(&served, 1).await?);
    let cleo = House::found(&served, 2).await?;
    let mut wire = served.connect().await?;
    let nonce = cleo.nonce(&mut wire, &served).await?;
    let (_, early) = write(&mut wire, &served, &cleo, &nonce).await?;
    ensure!(early == 201, "there is room, and a record is answered with {early}");
    let filler = Filler::fill(&place.folder)?;
    refused(&served, &cleo, &nonce).await?;
    handed_out(&mut wire, &served, &cleo, &nonce).await?;
    taken_away(&served, &ada, &ben).await?;
    refused(&served, &cleo, &nonce).await?;
    drop(filler);
    let (again, record) = works_again(&served, &cleo, &nonce).await?;
    served.kill()?;
    let served = place.serve().await?;
    found_after_restart(&served, &cleo, record).await?;
    println!(
        "a full disk: {READINGS} readings, a withdrawal, an erasure and sign-ins went on; records, \
         pictures and accounts were refused with 507; everything worked again after {} ms",
        again.as_millis()
    );
    served.kill()
}

/// What was written as soon as there was room again is there.
async fn found_after_restart(served: &Served, house: &House, record: RecordId) -> Result<()> {
    let mut wire = served.connect().await?;
    let nonce = house.nonce(&mut wire, served).await?;
    let path = format!("/v1/families/{}/records/{record}", house.family);
    let answer = wire.get(&path, &house.proof(&served.url(), "GET", &path, &nonce)).await?;
    ensure!(answer.status == 200, "after a restart a record is answered with {}", answer.status);
    Ok(())
}

async fn write(
    wire: &mut Wire,
    served: &Served,
    house: &House,
    nonce: &str,
) -> Result<(RecordId, u16)> {
    let id = RecordId::random(&mut random::rng());
    let answer = wire.exchange(&house.write(&served.url(), nonce, id)?).await?;
    Ok((id, answer.status))
}

/// Everything that would need room gets a problem document, soon.
async fn refused(served: &Served, house: &House, nonce: &str) -> Result<()> {
    let url = served.url();
    let picture = house.seal_blob(PICTURE_BYTES)?;
    let [begin, part, _] = house.upload(&url, nonce, &picture);
    let record = house.write(&url, nonce, RecordId::random(&mut random::rng()))?;
    let link = json!({ "email": "somebody@families.example", "language": "en" }).to_string();
    let link = request("POST", "/v1/accounts/links", "", "application/json", link.as_bytes());
    for (what, asked) in
        [("a record", record), ("a picture", begin), ("a part", part), ("an account", link)]
    {
        let since = now();
        // What is refused before its body was read ends the connection.
        let answer = served.connect().await?.exchange(&asked).await?;
        ensure!(since.elapsed() < ANSWER_MAX, "{what} was refused late");
        ensure!(answer.status == 507, "{what} was answered with {}", answer.status);
        let kind = answer.header("content-type") == Some("application/problem+json");
        ensure!(kind, "{what} was refused without a problem document");
        let problem: Value = serde_json::from_slice(&answer.body)?;
        let said = problem["type"].as_str().is_some_and(|kind| kind.ends_with("server-full"));
        ensure!(said, "{what} was refused with {problem}");
    }
    Ok(())
}

/// Each reading is logged before it is answered, and that takes room.
async fn handed_out(wire: &mut Wire, served: &Served, house: &House, nonce: &str) -> Result<()> {
    for _ in 0..READINGS {
        let answer = wire.exchange(&house.read(&served.url(), nonce)).await?;
        ensure!(answer.status == 200, "a reading was answered with {}", answer.status);
    }
    let ready = wire.get("/readyz", "").await?;
    ensure!(ready.status == 200, "it isn't ready: {}", ready.status);
    Ok(())
}

/// One guardian takes a consent back, another erases a child; both sign in for it.
async fn taken_away(served: &Served, ada: &House, ben: &House) -> Result<()> {
    let mut guardian = enter(served, ben).await.context("sign-in on a full disk")?;
    let reads = |house: &House, nonce: &str| house.read(&served.url(), nonce);
    guardian.withdraw(Purpose::Play, Some(ben.child)).await.context("a withdrawal")?;
    let mut wire = served.connect().await?;
    let nonce = ben.nonce(&mut wire, served).await?;
    let answer = wire.exchange(&reads(ben, &nonce)).await?;
    ensure!(answer.status == 404, "after a withdrawal it is read: {}", answer.status);
    let mut guardian = enter(served, ada).await?;
    guardian.erase(ada.child, &[]).await.context("an erasure")?;
    let nonce = ada.nonce(&mut wire, served).await?;
    let answer = wire.exchange(&reads(ada, &nonce)).await?;
    // The toy went with the child, and is told to forget everything.
    ensure!(answer.status == 410, "after an erasure it is read: {}", answer.status);
    Ok(())
}

/// How long it took until a record was taken in again, and which.
async fn works_again(served: &Served, house: &House, nonce: &str) -> Result<(Duration, RecordId)> {
    let began = now();
    loop {
        let mut wire = served.connect().await?;
        let (record, status) = write(&mut wire, served, house, nonce).await?;
        if status == 201 {
            return Ok((began.elapsed(), record));
        }
        ensure!(status == 507, "with room again a record is answered with {status}");
        ensure!(began.elapsed() < AGAIN_MAX, "there is room again, and nothing is taken in");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A file that takes all the room there is; deleted when this is dropped.
struct Filler(PathBuf);

impl Filler {
    fn fill(folder: &Path) -> Result<Self> {
        let disk = rustix::fs::statvfs(folder)?;
        let bytes = disk.f_blocks.saturating_mul(disk.f_frsize);
        ensure!(bytes <= DISK_BYTES_MAX, "this disk is too large to be filled: {bytes} bytes");
        let filler = Self(folder.join("filler"));
        let mut file = File::create(&filler.0)?;
        for size in [1 << 20, 4096] {
            let zeros = vec![0; size];
            loop {
                match file.write_all(&zeros) {
                    Ok(()) => {}
                    Err(error) if error.kind() == ErrorKind::StorageFull => break,
                    Err(other) => bail!("the disk can't be filled: {other}"),
                }
            }
        }
        // The control: whoever writes now without what the server has kept fails.
        let control = fs::write(folder.join("control"), [0; 4096]);
        let is_full = control.is_err_and(|error| error.kind() == ErrorKind::StorageFull);
        ensure!(is_full, "control: the disk isn't full");
        println!("control: nothing can be written to the disk any more");
        Ok(filler)
    }
}

impl Drop for Filler {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.0));
        drop(fs::remove_file(self.0.with_file_name("control")));
    }
}
