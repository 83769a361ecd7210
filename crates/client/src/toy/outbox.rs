//! What a toy keeps until it is sent. A picture is kept as it was prepared, sealed in the folder;
//! only when it is sent is it sealed for the family, under the key that counts then. So nothing is
//! lost when a guardian changes the keys while a toy is offline.

use serde::{Deserialize, Serialize};
use treehouse_protocol::category::KeyName;
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::franking::Franking;
use treehouse_protocol::id::{BlobId, Day, RecordId};
use treehouse_protocol::record::{self, Header, Root};
use treehouse_protocol::registry::Category;

use super::Toy;
use crate::content::Photo;
use crate::data::{self, SealedBlob};
use crate::error::ClientError;
use crate::http::{B64, id};
use crate::picture::{self, Prepared};
use crate::random;

/// Pictures that a toy keeps.
pub const WAITING_MAX: usize = 500;
const ITEM: &str = ".item";

/// A picture that waits.
#[derive(Serialize, Deserialize)]
struct Waiting {
    record: String,
    taken_ms: Option<u64>,
    width: u32,
    height: u32,
    parcel: Option<Parcel>,
}

/// The same, sealed for the family and perhaps sent in part: sent again byte by byte until it
/// is all there.
#[derive(Serialize, Deserialize)]
struct Parcel {
    version: u32,
    day: u32,
    seq: u64,
    signed: B64,
    blobs: Vec<(String, String)>,
}

/// What a round of sending came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// Pictures that are now safe with the family.
    pub sent: usize,
    /// Pictures that still wait.
    pub waiting: usize,
}

const SIZES: [&str; 3] = ["full", "mid", "thumbnail"];

impl Toy {
    /// Takes a picture into care: strips everything but the pixels, makes its smaller sizes, and
    /// keeps it until it is sent. Works offline. A picture that can't be used is refused here, and
    /// nothing of it is kept.
    ///
    /// # Errors
    /// The toy isn't linked, its folder is full, or the picture is damaged or of a format that
    /// can't be cleaned.
    #[cfg(not(target_family = "wasm"))]
    pub fn snap(&mut self, bytes: &[u8], taken_ms: Option<u64>) -> Result<RecordId, ClientError> {
        self.child()?;
        self.keep(&picture::prepare(bytes)?, taken_ms)
    }

    /// The same for a picture that was prepared already.
    ///
    /// # Errors
    /// The toy isn't linked, or its folder is full.
    pub fn keep(
        &mut self,
        prepared: &Prepared,
        taken_ms: Option<u64>,
    ) -> Result<RecordId, ClientError> {
        self.child()?;
        if self.waiting()? >= WAITING_MAX {
            return Err(ClientError::Local("500 pictures wait to be sent: go online first"));
        }
        let Prepared { full, mid, thumbnail, width, height } = prepared;
        let record = RecordId::random(&mut random::rng());
        for (size, bytes) in SIZES.iter().zip([full, mid, thumbnail]) {
            self.vault.put(&format!("{record}.{size}"), bytes)?;
        }
        let (width, height) = (*width, *height);
        let waiting = Waiting { record: record.to_string(), taken_ms, width, height, parcel: None };
        // Last, and at once: a picture without this file isn't there.
        self.put_item(&waiting)?;
        Ok(record)
    }

    /// How many pictures wait to be sent.
    ///
    /// # Errors
    /// The folder can't be read.
    pub fn waiting(&self) -> Result<usize, ClientError> {
        Ok(self.vault.names(ITEM)?.len())
    }

    fn put_item(&self, waiting: &Waiting) -> Result<(), ClientError> {
        let bytes = serde_json::to_vec(waiting);
        let bytes = bytes.map_err(|_| ClientError::Local("an item can't be written"))?;
        self.vault.put(&format!("{}{ITEM}", waiting.record), &zeroize::Zeroizing::new(bytes))
    }

    /// Goes online: reads what the family decided, and sends what waits. Whatever was
    /// acknowledged is on the server's disk; what wasn't stays here. A picture that can't be sent
    /// keeps none of the others.
    ///
    /// # Errors
    /// [`ClientError::Wiped`]; the log isn't the one that was seen before; the server can't be
    /// reached; the toy may no longer write. Or, once the others were sent, what is wrong with the
    /// first that couldn't be.
    pub async fn sync(&mut self) -> Result<Sent, ClientError> {
        self.refresh().await?;
        self.compare_log().await?;
        let names = self.vault.names(ITEM)?;
        let (mut sent, mut stays) = (0, None);
        for name in &names {
            match self.send_item(name).await {
                Ok(()) => sent += 1,
                Err(error) if self.is_of_one(&error) => stays = stays.or(Some(error)),
                Err(error) => return Err(self.after(error).await),
            }
        }
        match stays {
            Some(error) => Err(error),
            None => Ok(Sent { sent, waiting: names.len() - sent }),
        }
    }

    /// Whether this picture can't be sent, and another perhaps can.
    fn is_of_one(&self, error: &ClientError) -> bool {
        match error {
            ClientError::Local(_) | ClientError::Refused(_) => true,
            ClientError::Server(problem) => {
                matches!(problem.status, 409 | 413 | 422)
                    && !problem.is("consent-outdated")
                    && self.may_write()
            }
            _ => false,
        }
    }

    /// Whether the chain lets this toy write pictures, as far as it was read.
    fn may_write(&self) -> bool {
        let (Ok(family), Ok(child), Some(chain)) = (self.family_id(), self.child(), &self.chain)
        else {
            return false;
        };
        let (category, (seq, today)) = (Category::Photos, (chain.seen().seq, self.today()));
        data::writable(chain, child, category).is_ok_and(|made| {
            let name = KeyName { family, child, category, version: made.version.version };
            let trust = self.server.trust();
            chain.family().writer(self.key(), &name, seq, today, trust).is_ok()
        })
    }

    async fn send_item(&self, name: &str) -> Result<(), ClientError> {
        let missing = ClientError::Local("an item is gone");
        let bytes = self.vault.read(name)?.ok_or(missing)?;
        let item = serde_json::from_slice::<Waiting>(&bytes);
        let mut item = item.map_err(|_| ClientError::Local("an item is damaged"))?;
        match self.send(&mut item).await {
            // It came before, sealed under an older key, and the answer to that was lost; perhaps a
            // guardian has deleted it since.
            Err(error) if error.is("superseded") => {}
            other => other?,
        }
        self.forget(&item)
    }

    async fn send(&self, item: &mut Waiting) -> Result<(), ClientError> {
        let (family, child) = (self.family_id()?, self.child()?);
        let unread = ClientError::NotNow("the family's chain wasn't read yet");
        let chain = self.chain.as_ref().ok_or(unread)?;
        let version = data::writable(chain, child, Category::Photos)?.version.version;
        if item.parcel.as_ref().is_none_or(|parcel| parcel.version != version) {
            item.parcel = Some(self.seal(item, version)?);
            self.put_item(item)?;
        }
        let Some(parcel) = &item.parcel else {
            return Ok(());
        };
        let record = id(&item.record)?;
        let header = self.header(record, version, Day(parcel.day), parcel.seq)?;
        for (blob, size) in &parcel.blobs {
            let bytes = self.vault.read(&format!("{}.{size}.sealed", item.record))?;
            let bytes = bytes.ok_or(ClientError::Local("an item is damaged"))?;
            data::put_blob(
                self.caller()?,
                &header,
                id::<treehouse_protocol::id::kind::Blob>(blob)?,
                &bytes,
            )
            .await?;
        }
        data::put_record(self.caller()?, family, &parcel.signed.0).await
    }

    fn header(
        &self,
        record: RecordId,
        version: u32,
        day: Day,
        seq: u64,
    ) -> Result<Header, ClientError> {
        let (family, child) = (self.family_id()?, self.child()?);
        let name = KeyName { family, child, category: Category::Photos, version };
        Ok(Header { name, record, ver: 1, writer: self.key(), day, seq })
    }

    /// Seals a picture for the family: three blobs, and the record that names them.
    fn seal(&self, item: &Waiting, version: u32) -> Result<Parcel, ClientError> {
        let unread = ClientError::NotNow("the family's chain wasn't read yet");
        let chain = self.chain.as_ref().ok_or(unread)?;
        let (day, seq) = (Day(self.state.day), chain.seen().seq);
        let record = id(&item.record)?;
        let header = self.header(record, version, day, seq)?;
        let mut references = Vec::new();
        let mut blobs: Vec<(String, String)> = Vec::new();
        for size in SIZES {
            let plain = self.vault.read(&format!("{}.{size}", item.record))?;
            let plain = plain.ok_or(ClientError::Local("an item is damaged"))?;
            let SealedBlob { reference, bytes } =
                data::seal_blob(&plain, picture::MEDIA_TYPE, &header)?;
            self.vault.put(&format!("{}.{size}.sealed", item.record), &bytes)?;
            let blob: BlobId = reference.id;
            blobs.push((blob.to_string(), size.to_owned()));
            references.push(reference);
        }
        let mut references = references.into_iter();
        let mut next = || references.next().ok_or(ClientError::Local("an item is damaged"));
        let photo = Photo {
            taken_ms: item.taken_ms,
            width: item.width,
            height: item.height,
            full: next()?,
            mid: next()?,
            thumbnail: next()?,
        };
        let made = data::writable(chain, header.name.child, Category::Photos)?;
        let root = Root::DropBox(&made.version.drop_box);
        let plain = zeroize::Zeroizing::new(photo.to_bytes());
        let rng = &mut random::rng();
        let signed = record::seal(&header, root, &plain, Franking::Without, &self.keys.sig, rng)?;
        Ok(Parcel { version, day: day.0, seq, signed: B64(signed.to_bytes()), blobs })
    }

    fn forget(&self, item: &Waiting) -> Result<(), ClientError> {
        // The item first: the files without it are not sent again.
        self.vault.remove(&format!("{}{ITEM}", item.record))?;
        for size in SIZES {
            self.vault.remove(&format!("{}.{size}", item.record))?;
            self.vault.remove(&format!("{}.{size}.sealed", item.record))?;
        }
        Ok(())
    }
}
