//! A family that writes, remembers what was acknowledged, and compares.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use treehouse_client::ClientError;
use treehouse_client::guardian::Guardian;
use treehouse_client::log::Log;
use treehouse_protocol::cbor::Canonical as _;
use treehouse_protocol::chain::body::Policy;
use treehouse_protocol::id::{FamilyId, RecordId};
use treehouse_protocol::leaf::What;
use treehouse_protocol::registry::Category;
use treehouse_server::random;
use treehouse_tlog::proof::Head;

use crate::client::{connect, enter};
use crate::house::House;
use crate::now;
use crate::serve::Served;
use crate::wire::Wire;

/// Bytes of a picture.
const PICTURE_BYTES: usize = 40_000;

/// A record that was sent.
#[derive(Clone)]
pub struct Sent {
    /// Its id.
    pub id: RecordId,
    bytes: Vec<u8>,
}

/// What was acknowledged, kept by the client.
#[derive(Default)]
pub struct Books {
    /// Records that are there.
    pub records: Vec<Sent>,
    /// Blobs that are complete.
    pub blobs: Vec<String>,
    /// Links that were appended.
    pub links_acknowledged: usize,
    /// Records that were handed out to the toy.
    pub reads: usize,
    /// Requests of which nobody knows what became.
    pub cut_off: usize,
    /// Links that were cut off and can't be sent again yet.
    pub waits: usize,
    links: Vec<Vec<u8>>,
    records_unknown: Vec<Sent>,
    blobs_unknown: Vec<String>,
    reads_unknown: usize,
    links_unknown: usize,
    blobs_checked: usize,
}

/// A family, its writer and its checker.
pub struct Family {
    house: House,
    writer: Guardian,
    checker: Guardian,
    url: String,
    picture: Vec<u8>,
    /// What was acknowledged.
    pub books: Books,
}

/// Whether a server still answers.
enum Told {
    Yes,
    CutOff,
}

impl Family {
    /// Founds a family.
    pub async fn found(served: &Served, number: usize) -> Result<Self> {
        let house = House::found(served, number).await?;
        let (writer, checker) = (enter(served, &house).await?, enter(served, &house).await?);
        let picture = house.seal_blob(PICTURE_BYTES)?;
        let links = writer.links()?.map(<[u8]>::to_vec).collect();
        let mut family =
            Self { house, writer, checker, url: served.url(), picture, books: Books::default() };
        family.books.links = links;
        // The first record was acknowledged, too.
        let listed = family.listed().await?;
        let bytes = listed.into_keys().next().context("the first record")?;
        family.books.records.push(Sent { id: family.house.record, bytes });
        Ok(family)
    }

    /// Its id.
    pub const fn id(&self) -> FamilyId {
        self.house.family
    }

    /// Links of its chain.
    pub const fn links(&self) -> usize {
        self.books.links.len()
    }

    /// Writes records, pictures and links and reads, until the server is gone.
    pub async fn write(mut self, mut wire: Wire) -> Result<Self> {
        let Some(nonce) = self.nonce(&mut wire).await? else {
            return Ok(self);
        };
        loop {
            let whole = self.write_record(&mut wire, &nonce).await?
                && self.read_record(&mut wire, &nonce).await?
                && self.write_record(&mut wire, &nonce).await?
                && self.write_picture(&mut wire, &nonce).await?
                && self.write_link().await?;
            if !whole {
                self.books.cut_off += 1;
                return Ok(self);
            }
        }
    }

    async fn nonce(&self, wire: &mut Wire) -> Result<Option<String>> {
        let path = format!("/v1/families/{}/records/{}", self.house.family, self.house.record);
        let proof = self.house.proof(&self.url, "GET", &path, "");
        Ok(match wire.get(&path, &proof).await {
            Ok(answer) => Some(answer.header("dpop-nonce").context("no nonce")?.to_owned()),
            Err(_) => None,
        })
    }

    async fn write_record(&mut self, wire: &mut Wire, nonce: &str) -> Result<bool> {
        let id = RecordId::random(&mut random::rng());
        let request = self.house.write(&self.url, nonce, id)?;
        let sent = Sent { id, bytes: body_of(&request)?.to_vec() };
        Ok(match exchange(wire, &request).await? {
            Told::Yes => {
                self.books.records.push(sent);
                true
            }
            Told::CutOff => {
                self.books.records_unknown.push(sent);
                false
            }
        })
    }

    /// Each reading is logged before it is answered.
    async fn read_record(&mut self, wire: &mut Wire, nonce: &str) -> Result<bool> {
        let request = self.house.read(&self.url, nonce);
        Ok(match exchange(wire, &request).await? {
            Told::Yes => {
                self.books.reads += 1;
                true
            }
            Told::CutOff => {
                self.books.reads_unknown += 1;
                false
            }
        })
    }

    async fn write_picture(&mut self, wire: &mut Wire, nonce: &str) -> Result<bool> {
        let requests = self.house.upload(&self.url, nonce, &self.picture);
        let blob = blob_of(&requests[1])?;
        for request in &requests {
            if matches!(exchange(wire, request).await?, Told::CutOff) {
                self.books.blobs_unknown.push(blob);
                return Ok(false);
            }
        }
        self.books.blobs.push(blob);
        Ok(true)
    }

    /// The client library sends what was cut off once more, and must not do it twice.
    async fn write_link(&mut self) -> Result<bool> {
        let odd = self.books.links.len() % 2 == 1;
        let policy = Policy { timelock_days: 20 + u32::from(odd), ..Policy::DEFAULT };
        match self.writer.set_policy(policy).await {
            Ok(()) => {
                self.books.links_acknowledged += 1;
                self.books.links = self.writer.links()?.map(<[u8]>::to_vec).collect();
                Ok(true)
            }
            Err(ClientError::Unreachable(_)) => {
                self.books.links_unknown += 1;
                Ok(false)
            }
            // Servers that share a database can't tell a dead one from a slow one for a while.
            Err(error) if error.is("conflict") => {
                self.books.links_unknown += 1;
                self.books.waits += 1;
                Ok(false)
            }
            Err(other) => Err(other).context("a link"),
        }
    }

    /// Compares what is there with what was acknowledged. What was cut off may be there or not,
    /// and is then as it was found. Pictures that were compared before are compared again only
    /// if `all` is.
    pub async fn check(&mut self, served: &Served, all: bool) -> Result<Vec<String>> {
        let mut found = self.check_records().await?;
        found.extend(self.check_links().await?);
        found.extend(self.check_pictures(served, all).await?);
        Ok(found)
    }

    /// Every sealed record of the child, and how often it is listed.
    async fn listed(&self) -> Result<BTreeMap<Vec<u8>, usize>> {
        let House { family, child, .. } = self.house;
        let mut times = BTreeMap::new();
        for signed in self.checker.sealed_shelf(family, child, Category::Photos).await? {
            *times.entry(signed.to_bytes()).or_insert(0) += 1;
        }
        Ok(times)
    }

    async fn check_records(&mut self) -> Result<Vec<String>> {
        let mut listed = self.listed().await?;
        let mut found = Vec::new();
        for Sent { id, bytes } in &self.books.records {
            match listed.remove(bytes) {
                Some(1) => {}
                Some(times) => found.push(format!("record {id} is there {times} times")),
                None => found.push(format!("record {id} is lost")),
            }
        }
        for sent in std::mem::take(&mut self.books.records_unknown) {
            match listed.remove(&sent.bytes) {
                Some(1) => self.books.records.push(sent),
                Some(times) => found.push(format!("record {} is there {times} times", sent.id)),
                None => {}
            }
        }
        if !listed.is_empty() {
            found.push(format!("{} records were never sent", listed.len()));
        }
        Ok(found)
    }

    async fn check_links(&mut self) -> Result<Vec<String>> {
        self.checker.sync().await?;
        let links: Vec<Vec<u8>> = self.checker.links()?.map(<[u8]>::to_vec).collect();
        let known = self.books.links.len();
        let mut found = Vec::new();
        if !links.starts_with(&self.books.links) {
            found.push(format!("a link of {} is lost or doubled", self.house.family));
        }
        let more = links.len().saturating_sub(known);
        if more > self.books.links_unknown {
            found.push(format!("{more} links of {} were never sent", self.house.family));
        }
        self.books.links_unknown = 0;
        self.books.links = links;
        Ok(found)
    }

    async fn check_pictures(&mut self, served: &Served, all: bool) -> Result<Vec<String>> {
        let mut wire = served.connect().await?;
        let mut nonce = self.nonce(&mut wire).await?.context("the server is gone")?;
        let mut found = Vec::new();
        let first = if all { 0 } else { self.books.blobs_checked };
        for blob in &self.books.blobs[first..] {
            match self.picture(&mut wire, &mut nonce, blob).await? {
                Some(true) => {}
                Some(false) => found.push(format!("picture {blob} is damaged")),
                None => found.push(format!("picture {blob} is lost")),
            }
        }
        for blob in std::mem::take(&mut self.books.blobs_unknown) {
            match self.picture(&mut wire, &mut nonce, &blob).await? {
                Some(true) => self.books.blobs.push(blob),
                Some(false) => found.push(format!("picture {blob} is there in part")),
                None => {}
            }
        }
        self.books.blobs_checked = self.books.blobs.len();
        Ok(found)
    }

    /// Whether a picture is there, and whole. A nonce ends while very many are looked at.
    async fn picture(
        &self,
        wire: &mut Wire,
        nonce: &mut String,
        blob: &str,
    ) -> Result<Option<bool>> {
        let path = format!("/v1/families/{}/blobs/{blob}", self.house.family);
        for _ in 0..2 {
            let proof = self.house.proof(&self.url, "GET", &path, nonce);
            let answer = wire.get(&path, &proof).await?;
            let fresh = answer.header("dpop-nonce").filter(|fresh| *fresh != nonce.as_str());
            match (answer.status, fresh) {
                (200, _) => return Ok(Some(answer.body == self.picture)),
                (404 | 409, _) => return Ok(None),
                (401, Some(fresh)) => fresh.clone_into(nonce),
                (other, _) => bail!("a picture is answered with {other}"),
            }
        }
        bail!("a fresh nonce is refused")
    }

    /// Waits for at most so long until everything is published and proven, and compares it: each
    /// link has its leaf, and each reading is logged once.
    pub async fn check_log(&mut self, served: &Served, wait: Duration) -> Result<Vec<String>> {
        let connection = connect(served).await?;
        let began = now();
        loop {
            let mut log = Log::follow(&connection, Head::EMPTY)?;
            let activity = self.checker.activity(&mut log).await?;
            let links = activity.leaves.iter().filter_map(|logged| match logged.leaf.event.what {
                What::Link { seen, .. } => Some(seen.seq),
                _ => None,
            });
            let links: Vec<u64> = links.collect();
            let toy = self.house.toy.sig.id();
            let is_read = |what: &What| matches!(what, What::Release(it) if it.reader == toy && it.blob.is_none());
            let reads = activity.leaves.iter().filter(|it| is_read(&it.leaf.event.what)).count();
            let places: BTreeSet<u64> = activity.leaves.iter().map(|logged| logged.place).collect();
            ensure!(places.len() == activity.leaves.len(), "two leaves have one place");
            let mut found: Vec<String> = Vec::new();
            found.extend(
                activity.unlogged.iter().map(|link| format!("link {} has no leaf", link.seq)),
            );
            found.extend(activity.unshown.iter().map(|link| format!("link {} is gone", link.seq)));
            if links.len() > self.books.links.len() {
                found.push("a link has two leaves".to_owned());
            }
            if !self.books.may_have_read(reads) {
                found.push(format!("{reads} readings are logged, not {}", self.books.reads));
            }
            if found.is_empty() || began.elapsed() > wait {
                return Ok(found);
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
}

impl Books {
    const fn may_have_read(&self, logged: usize) -> bool {
        self.reads <= logged && logged <= self.reads + self.reads_unknown
    }
}

/// A refusal is an error; a connection that breaks off isn't.
async fn exchange(wire: &mut Wire, request: &[u8]) -> Result<Told> {
    let Ok(answer) = wire.exchange(request).await else {
        return Ok(Told::CutOff);
    };
    let text = || String::from_utf8_lossy(&answer.body).into_owned();
    ensure!((200..300).contains(&answer.status), "refused: {}", text());
    Ok(Told::Yes)
}

fn body_of(request: &[u8]) -> Result<&[u8]> {
    let at = request.windows(4).position(|window| window == b"\r\n\r\n");
    request.get(at.context("a request has a head")? + 4..).context("a request has a body")
}

/// The id in the path of a part.
fn blob_of(request: &[u8]) -> Result<String> {
    let text = String::from_utf8_lossy(request);
    let (_, rest) = text.split_once("/blobs/").context("a blob's path")?;
    Ok(rest.split('/').next().context("a blob's id")?.to_owned())
}
