//! Chains, records and blobs over the wire: what guardians and toys do alike.

use http::Method;
use serde::Deserialize;
use serde_json::json;
use treehouse_protocol::blob::layout::Layout;
use treehouse_protocol::blob::stream::{Opener, Sealer};
use treehouse_protocol::blob::{BlobKey, BlobRef, Context, MediaType, PART_BYTES, PREFIX_BYTES};
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::{Family, Keyring};
use treehouse_protocol::error::Refused;
use treehouse_protocol::id::{AccountId, BlobId, ChildId, Day, FamilyId, Hash, RecordId, Seen};
use treehouse_protocol::record::{self, Expected, Header, Record};
use treehouse_protocol::registry::{Category, Coded};
use treehouse_protocol::sign::Signed;
use treehouse_protocol::trust::Trust;

use crate::caller::Caller;
use crate::chain::Chain;
use crate::error::ClientError;
use crate::guardian::Item;
use crate::http::{B64, Call, hash, id};
use crate::random;

#[derive(Deserialize)]
struct Place {
    seq: u64,
    head: String,
}

#[derive(Deserialize)]
struct ChainPage {
    links: Vec<B64>,
    seen: Place,
    /// Today, by the server's calendar.
    day: u32,
}

/// Brings a chain up to date; the first time, replays it from the pinned genesis. Answers today, by
/// the server's calendar, but never before a day that was seen.
pub async fn sync(
    caller: &Caller,
    family: FamilyId,
    genesis: Hash,
    chain: &mut Option<Chain>,
    mut today: Day,
) -> Result<Day, ClientError> {
    caller.server().check_once().await?;
    loop {
        let from = chain.as_ref().map_or(0, |chain| chain.seen().seq + 1);
        let path = format!("/v1/families/{family}/chain?from={from}");
        let page: ChainPage = caller.call(Call::get(path)).await?.json()?;
        today = today.max(Day(page.day));
        let seen = Seen { seq: page.seen.seq, head: hash(&page.seen.head)? };
        let links: Vec<Vec<u8>> = page.links.into_iter().map(|link| link.0).collect();
        let trust = caller.server().trust();
        let nothing = links.is_empty();
        match chain {
            Some(chain) => chain.extend(links, trust, today)?,
            None => *chain = Some(Chain::replay(genesis, links, trust, today)?),
        }
        let reached = chain.as_ref().map_or(Seen { seq: 0, head: Hash::NONE }, Chain::seen);
        if reached == seen {
            return Ok(today);
        }
        if nothing || reached.seq >= seen.seq {
            return Err(ClientError::Nonsense("its chain is shorter than, or not, the one we saw"));
        }
    }
}

/// Sends a batch of links. `None`: the chain has grown, and the batch must be written again.
pub async fn append(
    caller: &Caller,
    family: FamilyId,
    after: Seen,
    links: &[Vec<u8>],
) -> Result<Option<()>, ClientError> {
    let links: Vec<B64> = links.iter().map(|link| B64(link.clone())).collect();
    let after = json!({ "seq": after.seq, "head": after.head.to_string() });
    let body = json!({ "after": after, "links": links });
    let path = format!("/v1/families/{family}/chain");
    match caller.call(Call::send(Method::POST, path, body)).await {
        Ok(_) => Ok(Some(())),
        Err(error) if error.is("behind") => Ok(None),
        Err(error) => Err(error),
    }
}

#[derive(Deserialize)]
struct AskedAnswer {
    account: String,
    request: B64,
}

/// What guardians of a family ask who lost their keys, with the account of each.
pub async fn asked_back(
    caller: &Caller,
    family: FamilyId,
) -> Result<Vec<(AccountId, Vec<u8>)>, ClientError> {
    let call = Call::get(format!("/v1/families/{family}/recoveries"));
    let asked: Vec<AskedAnswer> = caller.call(call).await?.json()?;
    asked.into_iter().map(|asked| Ok((id(&asked.account)?, asked.request.0))).collect()
}

/// A record as the server lists it.
#[derive(Debug)]
pub struct Listed {
    /// Its id.
    pub record: RecordId,
    /// Its place in the feed.
    pub feed: u64,
    /// The signed record; `None` once it was deleted.
    pub signed: Option<Signed>,
}

#[derive(Deserialize)]
struct RecordAnswer {
    record: String,
    feed: u64,
    signed: Option<B64>,
}

#[derive(Deserialize)]
struct RecordPage {
    records: Vec<RecordAnswer>,
    next: Option<u64>,
}

/// All records of a shelf after a place in the feed.
pub async fn records(
    caller: &Caller,
    family: FamilyId,
    child: ChildId,
    category: Category,
    mut after: u64,
) -> Result<Vec<Listed>, ClientError> {
    let mut all = Vec::new();
    loop {
        let category = category.word();
        let path = format!(
            "/v1/families/{family}/records?child={child}&category={category}&after={after}"
        );
        let page: RecordPage = caller.call(Call::get(path)).await?.json()?;
        for answer in page.records {
            let signed = answer.signed.map(|bytes| Signed::from_bytes(&bytes.0)).transpose()?;
            all.push(Listed { record: id(&answer.record)?, feed: answer.feed, signed });
        }
        match page.next {
            Some(next) if next > after => after = next,
            Some(_) => return Err(ClientError::Nonsense("its feed goes backwards")),
            None => return Ok(all),
        }
    }
}

/// The records of a shelf that weren't deleted, as they are.
pub async fn sealed(
    caller: &Caller,
    family: FamilyId,
    child: ChildId,
    category: Category,
) -> Result<Vec<Signed>, ClientError> {
    let listed = records(caller, family, child, category, 0).await?;
    Ok(listed.into_iter().filter_map(|listed| listed.signed).collect())
}

/// Opens what was listed, as far as `ring` has the keys: each record that the family's chain lets
/// its writer write, and that `admit` takes. One bad record hides no other.
pub fn open_listed(
    listed: Vec<Listed>,
    family: &Family,
    trust: &Trust,
    ring: &Keyring,
    mut admit: impl FnMut(&Record) -> Result<(), Refused>,
) -> Vec<Item> {
    let open = |listed: Listed| {
        let opened = listed.signed.map(|signed| {
            let checked = record::check_in(&signed, family, trust)?;
            admit(&checked)?;
            let name = checked.header().name;
            let missing = Refused::new("TH-REC/1", "v", "must be of a key that was granted");
            let key = ring.key(&name).ok_or(missing)?;
            checked.open(key, &Expected { name, record: Some(listed.record) })
        });
        Item { record: listed.record, feed: listed.feed, opened }
    };
    listed.into_iter().map(open).collect()
}

/// Sends a record.
pub async fn put_record(
    caller: &Caller,
    family: FamilyId,
    signed: &[u8],
) -> Result<(), ClientError> {
    let path = format!("/v1/families/{family}/records");
    caller.call(Call::bytes(Method::POST, path, "application/cbor", signed)).await.map(drop)
}

/// A blob, sealed and ready to be sent.
#[derive(Debug, Clone)]
pub struct SealedBlob {
    /// What the record says of it.
    pub reference: BlobRef,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Seals a blob in the context of the record that will hold its reference.
pub fn seal_blob(
    plain: &[u8],
    media_type: &str,
    header: &Header,
) -> Result<SealedBlob, ClientError> {
    let rng = &mut random::rng();
    let (blob, key) = (BlobId::random(rng), BlobKey::generate(rng));
    let layout = Layout::of_plain(plain.len() as u64)?;
    let mut bytes = Vec::with_capacity(usize::try_from(layout.sealed_len()).unwrap_or(0));
    let context = Context::new(header);
    let mut sealer = Sealer::start(&key, &context, layout, rng, &mut bytes);
    sealer.push(plain, &mut bytes)?;
    sealer.finish()?;
    let media_type = MediaType::parse(media_type)?;
    let mut reference = BlobRef::new(blob, key, layout, media_type, header);
    reference.sealed_hash = Some(Hash::of(&bytes));
    Ok(SealedBlob { reference, bytes })
}

#[derive(Deserialize)]
struct BlobStatus {
    whole: bool,
    parts: Vec<PartAnswer>,
}

#[derive(Deserialize)]
struct PartAnswer {
    part: u32,
    hash: String,
}

/// Sends a sealed blob, or what is missing of it.
pub async fn put_blob(
    caller: &Caller,
    header: &Header,
    blob: BlobId,
    bytes: &[u8],
) -> Result<(), ClientError> {
    let name = header.name;
    let body = json!({
        "blob": blob.to_string(),
        "child": name.child.to_string(),
        "category": name.category.word(),
        "version": name.version,
        "sealed_bytes": bytes.len(),
    });
    let blobs = format!("/v1/families/{}/blobs", name.family);
    caller.call(Call::send(Method::POST, blobs.clone(), body)).await?;
    let status: BlobStatus =
        caller.call(Call::get(format!("{blobs}/{blob}/status"))).await?.json()?;
    if status.whole {
        return Ok(());
    }
    for (part, piece) in (0_u32..).zip(bytes.chunks(PART_BYTES)) {
        let own = Hash::of(piece).to_string();
        if status.parts.iter().any(|there| there.part == part && there.hash == own) {
            continue;
        }
        let path = format!("{blobs}/{blob}/parts/{part}");
        let call = Call::bytes(Method::PUT, path, "application/octet-stream", piece);
        caller.call(call).await?;
    }
    caller.call(Call::act(Method::POST, format!("{blobs}/{blob}/complete"))).await.map(drop)
}

/// A blob that is fetched and opened part by part.
pub struct Reading {
    path: String,
    header: Header,
    reference: BlobRef,
    part: u64,
    opener: Option<Opener>,
}

impl std::fmt::Debug for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reading({}, part {})", self.reference.id, self.part)
    }
}

impl Reading {
    /// Begins with the first part.
    pub fn new(header: &Header, reference: &BlobRef) -> Self {
        let path = format!("/v1/families/{}/blobs/{}", header.name.family, reference.id);
        Self { path, header: *header, reference: reference.clone(), part: 0, opener: None }
    }

    /// The next part, opened; `None` once the whole was there, and proven to be. What came before
    /// that counts for nothing if this fails.
    pub async fn next(
        &mut self,
        caller: &Caller,
    ) -> Result<Option<zeroize::Zeroizing<Vec<u8>>>, ClientError> {
        const CUT: ClientError = ClientError::Nonsense("the blob is cut off");
        let layout = self.reference.layout;
        if self.part == layout.part_count() {
            return match self.opener.take() {
                Some(opener) => Ok(opener.finish().map(|()| None)?),
                None => Err(CUT),
            };
        }
        let range = layout.part_range(self.part).ok_or(CUT)?;
        let bytes = read_range(caller, &self.path, &range).await?;
        if bytes.len() as u64 != range.end - range.start {
            return Err(CUT);
        }
        let rest = if self.opener.is_some() {
            bytes.as_slice()
        } else {
            let (prefix, rest) = bytes.split_first_chunk::<PREFIX_BYTES>().ok_or(CUT)?;
            let context = self.reference.context(&self.header);
            self.opener = Some(Opener::new(&self.reference.key, &context, layout, prefix)?);
            rest
        };
        let mut plain = zeroize::Zeroizing::new(Vec::with_capacity(rest.len()));
        if let Some(opener) = &mut self.opener {
            opener.push(rest, &mut plain)?;
        }
        self.part += 1;
        Ok(Some(plain))
    }
}

/// Fetches a blob and opens it; never more than one part of it is sealed in memory.
pub async fn read_blob(
    caller: &Caller,
    header: &Header,
    reference: &BlobRef,
) -> Result<zeroize::Zeroizing<Vec<u8>>, ClientError> {
    let mut reading = Reading::new(header, reference);
    let mut plain = zeroize::Zeroizing::new(Vec::new());
    while let Some(part) = reading.next(caller).await? {
        plain.extend_from_slice(&part);
    }
    Ok(plain)
}

async fn read_range(
    caller: &Caller,
    path: &str,
    range: &std::ops::Range<u64>,
) -> Result<Vec<u8>, ClientError> {
    let call = Call::get(path.to_owned());
    let asked = ("range", format!("bytes={}-{}", range.start, range.end - 1));
    Ok(caller.call_with(call, asked).await?.body)
}

/// Today by the server's calendar, but never before a day that was seen.
pub async fn today(caller: &Caller, before: Day) -> Result<Day, ClientError> {
    Ok(caller.server().check().await?.max(before))
}

/// The version that is current, if nothing says that it must be replaced.
pub fn writable(
    chain: &Chain,
    child: ChildId,
    category: Category,
) -> Result<&treehouse_protocol::chain::family::KeyMade, ClientError> {
    let line = chain.family().keys(child, category);
    let made = line.and_then(|line| line.current()).filter(|made| made.due_since.is_none());
    made.ok_or(ClientError::NotNow(
        "there is no key for this kind of data that may be written under",
    ))
}
