//! What is measured: each function puts one load on the server, once.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tokio::task::JoinSet;
use treehouse_protocol::id::RecordId;
use treehouse_server::random;

use crate::house::{House, begin_sign_in, finish_sign_in};
use crate::now;
use crate::serve::{Place, Served};
use crate::wire::{Wire, request};

/// Connections that put on the load.
pub const CONNECTIONS: usize = 64;
/// Of these, how many read while the others sign in.
const READERS: usize = 16;
/// Connections that upload: more than there are cores, as few as keep the disk busy.
pub const UPLOADERS: usize = 8;
/// Bytes of a blob.
pub const BLOB_BYTES: usize = 2_000_000;
/// Listeners of one ring.
const LISTENERS: usize = 64;
/// Live connections while memory is looked at.
const LIVE: usize = 1_000;

/// What a load came to.
#[derive(Debug, Default)]
pub struct Sample {
    /// How much was done.
    pub count: f64,
    /// How long it took, in seconds.
    pub wall_s: f64,
    /// What it cost whoever did it, in seconds of CPU; not a number if nobody looked.
    pub cpu_s: f64,
    /// How long each took, in milliseconds.
    pub waits_ms: Vec<f64>,
}

impl Sample {
    /// How much was done in a second.
    pub fn per_second(&self) -> f64 {
        self.count / self.wall_s
    }

    /// What each cost, in microseconds of CPU.
    pub fn cpu_us(&self) -> f64 {
        self.cpu_s / self.count * 1e6
    }

    /// How long all but so many of a hundred took at most, in milliseconds.
    pub fn wait_ms(&self, percent: usize) -> f64 {
        let mut waits = self.waits_ms.clone();
        waits.sort_by(f64::total_cmp);
        waits.get(waits.len() * percent / 100).copied().unwrap_or(f64::NAN)
    }
}

fn ms(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

/// A server with families in it.
pub struct Town {
    /// The server.
    pub served: Served,
    /// The families, one for each connection.
    pub houses: Vec<House>,
}

impl Town {
    /// Founds the families.
    pub async fn found(served: Served) -> Result<Self> {
        let mut houses = Vec::with_capacity(CONNECTIONS);
        for number in 0..CONNECTIONS {
            houses.push(House::found(&served, number).await?);
        }
        Ok(Self { served, houses })
    }

    async fn nonce(&self) -> Result<String> {
        self.houses[0].nonce(&mut self.served.connect().await?, &self.served).await
    }

    async fn drive(&self, loads: Vec<Vec<Vec<u8>>>) -> Result<Sample> {
        drive(&self.served.place(), loads).await
    }

    /// Every family's toy stores records, each of which is on disk before it is acknowledged.
    pub async fn writes(&self, each: usize) -> Result<Sample> {
        let (url, nonce, rng) = (self.served.url(), self.nonce().await?, &mut random::rng());
        let mut loads = Vec::with_capacity(CONNECTIONS);
        for house in &self.houses {
            let write = |_| house.write(&url, &nonce, RecordId::random(rng));
            loads.push((0..each).map(write).collect::<Result<_>>()?);
        }
        self.drive(loads).await
    }

    fn toys_read(&self, nonce: &str, readers: usize, each: usize) -> Vec<Vec<Vec<u8>>> {
        let url = self.served.url();
        let houses = self.houses.iter().take(readers);
        houses.map(|house| (0..each).map(|_| house.read(&url, nonce)).collect()).collect()
    }

    /// Every family's toy reads a record, with a proof of its key for each request.
    pub async fn reads(&self, each: usize) -> Result<Sample> {
        let nonce = self.nonce().await?;
        self.drive(self.toys_read(&nonce, CONNECTIONS, each)).await
    }

    /// Every guardian reads a record, with a session.
    pub async fn reads_with_session(&self, each: usize) -> Result<Sample> {
        let load = |house: &House| vec![house.read_with_session(); each];
        self.drive(self.houses.iter().map(load).collect()).await
    }

    /// Requests that do nothing: what HTTPS alone allows.
    pub async fn nothing(&self, each: usize) -> Result<Sample> {
        let load = vec![request("GET", "/healthz", "", "text/plain", b""); each];
        self.drive(vec![load; CONNECTIONS]).await
    }

    /// Every guardian signs in.
    pub async fn sign_ins(&self, each: usize) -> Result<Sample> {
        let cpu_s = self.served.cpu_s()?;
        let mut sample = self.storm(&self.houses, each).await?;
        sample.cpu_s = self.served.cpu_s()? - cpu_s;
        Ok(sample)
    }

    async fn storm(&self, houses: &[House], each: usize) -> Result<Sample> {
        let (mut tasks, mut ready) = (JoinSet::new(), Vec::new());
        for house in houses {
            let begun = (0..each).map(|_| begin_sign_in(&house.email));
            ready.push((self.served.connect().await?, begun.collect::<Result<Vec<_>>>()?));
        }
        let began = now();
        for (mut wire, begun) in ready {
            tasks.spawn(async move {
                let mut waits_ms = Vec::with_capacity(begun.len());
                for (login, first) in begun {
                    let began = now();
                    let started = wire.exchange(&first).await?.json()?;
                    wire.exchange(&finish_sign_in(login, &started)?).await?.json()?;
                    waits_ms.push(ms(began));
                }
                anyhow::Ok(waits_ms)
            });
        }
        let mut sample = Sample { cpu_s: f64::NAN, ..Sample::default() };
        while let Some(waits_ms) = tasks.join_next().await {
            sample.waits_ms.extend(waits_ms??);
        }
        sample.wall_s = began.elapsed().as_secs_f64();
        sample.count = count(sample.waits_ms.len());
        Ok(sample)
    }

    /// Some toys read while the other families' guardians sign in; the sample is the readers'.
    pub async fn reads_in_storm(&self, each: usize, sign_ins_each: usize) -> Result<Sample> {
        let nonce = self.nonce().await?;
        let load = self.toys_read(&nonce, READERS, each);
        let storm = self.storm(&self.houses[READERS..], sign_ins_each);
        let (reads, _) = tokio::try_join!(self.drive(load), storm)?;
        Ok(reads)
    }

    /// Toys upload blobs that were sealed before; counted in bytes.
    pub async fn uploads(&self, each: usize) -> Result<Sample> {
        let (url, nonce) = (self.served.url(), self.nonce().await?);
        let sealed = self.houses[0].seal_blob(BLOB_BYTES)?;
        let load = |house: &House| {
            (0..each).flat_map(|_| house.upload(&url, &nonce, &sealed)).collect::<Vec<_>>()
        };
        let loads = self.houses.iter().take(UPLOADERS).map(load).collect();
        let mut sample = self.drive(loads).await?;
        // Three requests a blob.
        sample.count /= 3.0;
        Ok(sample)
    }

    /// One toy appends, and every listener of its family is told: how long that takes, for each.
    pub async fn rings(&self, appends: usize) -> Result<Sample> {
        let (url, nonce, house) = (self.served.url(), self.nonce().await?, &self.houses[0]);
        let mut listeners = Vec::with_capacity(LISTENERS);
        for _ in 0..LISTENERS {
            listeners.push(self.listener(house, &nonce).await?);
        }
        let mut writer = self.served.connect().await?;
        let (cpu_s, mut sample) = (self.served.cpu_s()?, Sample::default());
        for _ in 0..appends {
            let append = house.write(&url, &nonce, RecordId::random(&mut random::rng()))?;
            let mut rung = JoinSet::new();
            let began = now();
            for mut wire in listeners.drain(..) {
                rung.spawn(async move {
                    let text = wire.frame().await?;
                    ensure!(text.contains("feed"), "another ring");
                    Ok((wire, ms(began)))
                });
            }
            ensure!(writer.exchange(&append).await?.status == 201, "the append is refused");
            while let Some(told) = rung.join_next().await {
                let (wire, wait_ms) = told??;
                listeners.push(wire);
                sample.waits_ms.push(wait_ms);
            }
            sample.wall_s += began.elapsed().as_secs_f64();
        }
        sample.cpu_s = self.served.cpu_s()? - cpu_s;
        sample.count = count(sample.waits_ms.len());
        Ok(sample)
    }

    async fn listener(&self, house: &House, nonce: &str) -> Result<Wire> {
        let mut wire = self.served.connect().await?;
        wire.listen(&house.proof(&self.served.url(), "GET", "/v1/live", nonce)).await?;
        Ok(wire)
    }

    /// Memory with a thousand live connections, in MiB.
    pub async fn memory_live_mib(&self) -> Result<f64> {
        let nonce = self.nonce().await?;
        let mut listeners = Vec::with_capacity(LIVE);
        for house in self.houses.iter().cycle().take(LIVE) {
            listeners.push(self.listener(house, &nonce).await?);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        self.served.memory_mib()
    }
}

/// Each connection sends its own requests, one after the other.
pub async fn drive(place: &Place, loads: Vec<Vec<Vec<u8>>>) -> Result<Sample> {
    let mut tasks = JoinSet::new();
    let mut wires = Vec::with_capacity(loads.len());
    for _ in &loads {
        wires.push(Wire::connect(&place.authority, place.port).await?);
    }
    let (began, cpu_s) = (now(), place.cpu_s()?);
    for (wire, load) in wires.into_iter().zip(loads) {
        tasks.spawn(send(wire, load));
    }
    let mut sample = Sample::default();
    while let Some(waits_ms) = tasks.join_next().await {
        sample.waits_ms.extend(waits_ms??);
    }
    sample.wall_s = began.elapsed().as_secs_f64();
    sample.cpu_s = place.cpu_s()? - cpu_s;
    sample.count = count(sample.waits_ms.len());
    Ok(sample)
}

async fn send(mut wire: Wire, load: Vec<Vec<u8>>) -> Result<Vec<f64>> {
    let mut waits_ms = Vec::with_capacity(load.len());
    for request in load {
        let began = now();
        let answer = wire.exchange(&request).await?;
        let text = || String::from_utf8_lossy(&answer.body).into_owned();
        ensure!((200..300).contains(&answer.status), "refused: {}", text());
        waits_ms.push(ms(began));
    }
    Ok(waits_ms)
}

/// A count as a number that can be divided.
pub fn count(length: usize) -> f64 {
    u32::try_from(length).map_or(f64::INFINITY, f64::from)
}
