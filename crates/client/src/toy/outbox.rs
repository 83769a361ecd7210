//! What a toy keeps until it is sent. A picture, a voice message or a film is kept as it was
//! prepared, sealed in the folder; only when it is sent is it sealed for the family, under the key
//! that counts then. So nothing is lost when a guardian changes the keys while a toy is offline.

use serde::{Deserialize, Serialize};
use treehouse_protocol::blob::BlobRef;
use treehouse_protocol::category::KeyName;
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::franking::Franking;
use treehouse_protocol::id::{Day, RecordId};
use treehouse_protocol::record::{self, Header, Root};
use treehouse_protocol::registry::Category;

use super::Toy;
use crate::content::{Photo, Video, Voice};
use crate::data::{self, SealedBlob};
use crate::error::ClientError;
use crate::http::{B64, id};
use crate::picture::{self, Prepared};
use crate::random;
use crate::recording::{self, Film, Sound};

/// Pictures, voice messages and films that a toy keeps.
pub const WAITING_MAX: usize = 500;
/// Bytes of voice messages and films that it keeps.
pub const RECORDED_BYTES_MAX: u64 = 256 << 20;
const ITEM: &str = ".item";

/// Something that waits.
#[derive(Serialize, Deserialize)]
struct Waiting {
    record: String,
    #[serde(default)]
    what: What,
    taken_ms: Option<u64>,
    width: u32,
    height: u32,
    #[serde(default)]
    duration_ms: u32,
    /// Bytes of a voice message or a film.
    #[serde(default)]
    recorded_bytes: u64,
    parcel: Option<Parcel>,
}

/// What waits, and in which parts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum What {
    #[default]
    Picture,
    /// Its sound is WAV, and not `WebM`.
    Wav,
    Voice,
    Film,
    FilmWithPoster,
}

impl What {
    const fn category(self) -> Category {
        match self {
            Self::Picture => Category::Photos,
            Self::Wav | Self::Voice => Category::Voice,
            Self::Film | Self::FilmWithPoster => Category::Video,
        }
    }

    /// Each part's name, and its media type.
    const fn parts(self) -> &'static [(&'static str, &'static str)] {
        const POSTER: (&str, &str) = ("poster", picture::MEDIA_TYPE);
        match self {
            Self::Picture => &PICTURE,
            Self::Wav => &[("sound", recording::WAV_TYPE)],
            Self::Voice => &[("sound", recording::SOUND_TYPE)],
            Self::Film => &[("film", recording::FILM_TYPE)],
            Self::FilmWithPoster => &[("film", recording::FILM_TYPE), POSTER],
        }
    }
}

const PICTURE: [(&str, &str); 3] = [
    ("full", picture::MEDIA_TYPE),
    ("mid", picture::MEDIA_TYPE),
    ("thumbnail", picture::MEDIA_TYPE),
];

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
    /// What is now safe with the family.
    pub sent: usize,
    /// What still waits.
    pub waiting: usize,
}

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
        let Prepared { full, mid, thumbnail, width, height } = prepared;
        let waiting = Waiting {
            what: What::Picture,
            taken_ms,
            width: *width,
            height: *height,
            ..Waiting::nothing()
        };
        self.take(waiting, &[full, mid, thumbnail])
    }

    /// Takes a voice message into care, as [`recording::voice`] made it. Works offline.
    ///
    /// # Errors
    /// The toy isn't linked, no guardian has agreed to it, or its folder is full.
    pub fn keep_voice(
        &mut self,
        sound: &Sound,
        taken_ms: Option<u64>,
    ) -> Result<RecordId, ClientError> {
        self.require_consent(Category::Voice)?;
        let Sound { bytes, media_type, duration_ms } = sound;
        let what = if *media_type == recording::WAV_TYPE { What::Wav } else { What::Voice };
        let duration_ms = *duration_ms;
        self.take(Waiting { what, taken_ms, duration_ms, ..Waiting::nothing() }, &[bytes])
    }

    /// Takes a film into care, as [`recording::video`] made it. Works offline.
    ///
    /// # Errors
    /// The toy isn't linked, no guardian has agreed to it, or its folder is full.
    pub fn keep_film(
        &mut self,
        film: &Film,
        taken_ms: Option<u64>,
    ) -> Result<RecordId, ClientError> {
        self.require_consent(Category::Video)?;
        let Film { bytes, duration_ms, width, height, poster } = film;
        let (duration_ms, width, height) = (*duration_ms, *width, *height);
        let waiting = Waiting { taken_ms, width, height, duration_ms, ..Waiting::nothing() };
        match poster {
            Some(poster) => {
                self.take(Waiting { what: What::FilmWithPoster, ..waiting }, &[bytes, poster])
            }
            None => self.take(Waiting { what: What::Film, ..waiting }, &[bytes]),
        }
    }

    /// Keeps something with its parts, in the order of [`What::parts`].
    fn take(&mut self, mut waiting: Waiting, parts: &[&Vec<u8>]) -> Result<RecordId, ClientError> {
        self.child()?;
        self.require_found()?;
        let names = self.vault.names(ITEM)?;
        if names.len() >= WAITING_MAX {
            return Err(ClientError::Local("500 recordings wait to be sent: go online first"));
        }
        if waiting.what != What::Picture {
            waiting.recorded_bytes = parts.iter().map(|part| part.len() as u64).sum();
            let before = names.iter().filter_map(|name| Some(self.item(name).ok()?.recorded_bytes));
            if before.sum::<u64>() + waiting.recorded_bytes > RECORDED_BYTES_MAX {
                return Err(ClientError::Local("256 MiB wait to be sent: go online first"));
            }
        }
        let record = RecordId::random(&mut random::rng());
        for ((part, _), bytes) in waiting.what.parts().iter().zip(parts) {
            self.vault.put(&format!("{record}.{part}"), bytes)?;
        }
        // Last, and at once: what has no such file isn't there.
        waiting.record = record.to_string();
        self.put_item(&waiting)?;
        Ok(record)
    }

    /// How many pictures, voice messages and films wait to be sent.
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
    /// acknowledged is on the server's disk; what wasn't stays here, and in a lost toy everything.
    /// What can't be sent keeps none of the others.
    ///
    /// # Errors
    /// [`ClientError::Wiped`]; the log isn't the one that was seen before; the server can't be
    /// reached; the toy may no longer write. Or, once the others were sent, what is wrong with the
    /// first that couldn't be.
    pub async fn sync(&mut self) -> Result<Sent, ClientError> {
        self.refresh().await?;
        self.compare_log().await?;
        let names = self.vault.names(ITEM)?;
        // A lost toy sends nothing; nor does it throw anything away.
        if self.lost()?.is_some() {
            return Ok(Sent { sent: 0, waiting: names.len() });
        }
        let (mut sent, mut stays) = (0, None);
        for name in &names {
            match self.send_item(name).await {
                Ok(()) => sent += 1,
                Err(error) if self.is_of_one(name, &error) => stays = stays.or(Some(error)),
                Err(error) => return Err(self.after(error).await),
            }
        }
        match stays {
            Some(error) => Err(error),
            None => Ok(Sent { sent, waiting: names.len() - sent }),
        }
    }

    /// Whether this item can't be sent, and another perhaps can.
    fn is_of_one(&self, name: &str, error: &ClientError) -> bool {
        let category = self.item(name).map_or(Category::Photos, |item| item.what.category());
        match error {
            // Without a consent to voice, pictures go all the same.
            ClientError::Local(_) | ClientError::Refused(_) | ClientError::NotNow(_) => true,
            ClientError::Server(problem) => {
                matches!(problem.status, 409 | 413 | 422)
                    && !problem.is("consent-outdated")
                    && self.may_write(category)
            }
            _ => false,
        }
    }

    /// Whether the chain lets this toy write something of this kind, as far as it was read.
    #[must_use]
    pub fn may_write(&self, category: Category) -> bool {
        let (Ok(family), Ok(child), Some(chain)) = (self.family_id(), self.child(), &self.chain)
        else {
            return false;
        };
        let (seq, today) = (chain.seen().seq, self.today());
        data::writable(chain, child, category).is_ok_and(|made| {
            let name = KeyName { family, child, category, version: made.version.version };
            let trust = self.server.trust();
            chain.family().writer(self.key(), &name, seq, today, trust).is_ok()
        })
    }

    fn item(&self, name: &str) -> Result<Waiting, ClientError> {
        let missing = ClientError::Local("an item is gone");
        let bytes = self.vault.read(name)?.ok_or(missing)?;
        serde_json::from_slice(&bytes).map_err(|_| ClientError::Local("an item is damaged"))
    }

    async fn send_item(&self, name: &str) -> Result<(), ClientError> {
        let mut item = self.item(name)?;
        if item.what != What::Picture {
            self.require_consent(item.what.category())?;
        }
        match self.send(&mut item).await {
            // It came before, sealed under an older key, and the answer to that was lost; perhaps a
            // guardian has deleted it since.
            Err(error) if error.is("superseded") => {}
            other => other?,
        }
        self.forget(&item)
    }

    /// Refuses what no guardian has agreed to, before the server would.
    fn require_consent(&self, category: Category) -> Result<(), ClientError> {
        if self.may_write(category) {
            return Ok(());
        }
        Err(ClientError::NotNow("no guardian has agreed that this toy adds this kind of data"))
    }

    async fn send(&self, item: &mut Waiting) -> Result<(), ClientError> {
        let (family, child) = (self.family_id()?, self.child()?);
        let unread = ClientError::NotNow("the family's chain wasn't read yet");
        let chain = self.chain.as_ref().ok_or(unread)?;
        let version = data::writable(chain, child, item.what.category())?.version.version;
        if item.parcel.as_ref().is_none_or(|parcel| parcel.version != version) {
            item.parcel = Some(self.seal(item, version)?);
            self.put_item(item)?;
        }
        let Some(parcel) = &item.parcel else {
            return Ok(());
        };
        let record = id(&item.record)?;
        let header = self.header(item.what, record, version, Day(parcel.day), parcel.seq)?;
        for (blob, part) in &parcel.blobs {
            let bytes = self.vault.read(&format!("{}.{part}.sealed", item.record))?;
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
        what: What,
        record: RecordId,
        version: u32,
        day: Day,
        seq: u64,
    ) -> Result<Header, ClientError> {
        let (family, child) = (self.family_id()?, self.child()?);
        let name = KeyName { family, child, category: what.category(), version };
        Ok(Header { name, record, ver: 1, writer: self.key(), day, seq })
    }

    /// Seals an item for the family: its blobs, and the record that names them.
    fn seal(&self, item: &Waiting, version: u32) -> Result<Parcel, ClientError> {
        let unread = ClientError::NotNow("the family's chain wasn't read yet");
        let chain = self.chain.as_ref().ok_or(unread)?;
        let (day, seq) = (Day(self.state.day), chain.seen().seq);
        let header = self.header(item.what, id(&item.record)?, version, day, seq)?;
        let mut references = Vec::new();
        let mut blobs: Vec<(String, String)> = Vec::new();
        for (part, media_type) in item.what.parts() {
            let plain = self.vault.read(&format!("{}.{part}", item.record))?;
            let plain = plain.ok_or(ClientError::Local("an item is damaged"))?;
            let SealedBlob { reference, bytes } = data::seal_blob(&plain, media_type, &header)?;
            self.vault.put(&format!("{}.{part}.sealed", item.record), &bytes)?;
            blobs.push((reference.id.to_string(), (*part).to_owned()));
            references.push(reference);
        }
        let plain = item.content(references).ok_or(ClientError::Local("an item is damaged"))?;
        let made = data::writable(chain, header.name.child, header.name.category)?;
        let root = Root::DropBox(&made.version.drop_box);
        let rng = &mut random::rng();
        let signed = record::seal(&header, root, &plain, Franking::Without, &self.keys.sig, rng)?;
        Ok(Parcel { version, day: day.0, seq, signed: B64(signed.to_bytes()), blobs })
    }

    fn forget(&self, item: &Waiting) -> Result<(), ClientError> {
        // The item first: the files without it are not sent again.
        self.vault.remove(&format!("{}{ITEM}", item.record))?;
        for (part, _) in item.what.parts() {
            self.vault.remove(&format!("{}.{part}", item.record))?;
            self.vault.remove(&format!("{}.{part}.sealed", item.record))?;
        }
        Ok(())
    }
}

impl Waiting {
    const fn nothing() -> Self {
        Self {
            record: String::new(),
            what: What::Picture,
            taken_ms: None,
            width: 0,
            height: 0,
            duration_ms: 0,
            recorded_bytes: 0,
            parcel: None,
        }
    }

    /// The record's content, with its parts as they were sealed.
    fn content(&self, references: Vec<BlobRef>) -> Option<zeroize::Zeroizing<Vec<u8>>> {
        let Self { taken_ms, width, height, duration_ms, .. } = *self;
        let mut references = references.into_iter();
        let mut next = || references.next();
        let bytes = match self.what {
            What::Picture => {
                let (full, mid, thumbnail) = (next()?, next()?, next()?);
                Photo { taken_ms, width, height, full, mid, thumbnail }.to_bytes()
            }
            What::Wav | What::Voice => Voice { taken_ms, duration_ms, sound: next()? }.to_bytes(),
            What::Film | What::FilmWithPoster => {
                let (film, poster) = (next()?, next());
                Video { taken_ms, duration_ms, width, height, film, poster }.to_bytes()
            }
        };
        Some(zeroize::Zeroizing::new(bytes))
    }
}
