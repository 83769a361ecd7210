//! Reading and writing what the family keeps.

use http::Method;
use treehouse_protocol::blob::BlobRef;
use treehouse_protocol::category::KeyName;
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::error::Refused;
use treehouse_protocol::franking::Franking;
use treehouse_protocol::heads::Heads;
use treehouse_protocol::id::{ChildId, FamilyId, RecordId};
use treehouse_protocol::record::{self, Header, Opened, Root};
use treehouse_protocol::registry::Category;
use treehouse_protocol::sign::Signed;
use zeroize::Zeroizing;

use super::Guardian;
use crate::content::{Photo, Profile, Video, Voice};
use crate::data::{self, Reading};
use crate::error::ClientError;
use crate::http::Call;
use crate::random;
use crate::recording;

/// A record in a list.
#[derive(Debug)]
pub struct Item {
    /// Its id.
    pub record: RecordId,
    /// Its place in the feed.
    pub feed: u64,
    /// What was in it; `None` if it was deleted. An error for one that isn't what it says: one
    /// bad record hides no other.
    pub opened: Option<Result<Opened, Refused>>,
}

/// A picture of an album.
#[derive(Debug, Clone)]
pub struct Picture {
    /// Its record.
    pub record: RecordId,
    /// What stands before the record.
    pub header: Header,
    /// What the record says.
    pub photo: Photo,
}

/// A voice message or a film of an album.
#[derive(Debug, Clone)]
pub struct Recording {
    /// Its record.
    pub record: RecordId,
    /// What stands before the record.
    pub header: Header,
    /// What the record says.
    pub recorded: Recorded,
}

impl Recording {
    /// What to call its file.
    #[must_use]
    pub fn file_name(&self) -> String {
        let wav = self.recorded.whole().media_type.text() == recording::WAV_TYPE;
        format!("{}.{}", self.record, if wav { "wav" } else { "webm" })
    }
}

/// What was recorded.
#[derive(Debug, Clone)]
pub enum Recorded {
    /// A voice message.
    Voice(Voice),
    /// A film.
    Video(Video),
}

impl Recorded {
    /// The sound or the film.
    #[must_use]
    pub const fn whole(&self) -> &BlobRef {
        match self {
            Self::Voice(voice) => &voice.sound,
            Self::Video(video) => &video.film,
        }
    }

    /// The picture of a film, if it has one.
    #[must_use]
    pub const fn poster(&self) -> Option<&BlobRef> {
        match self {
            Self::Voice(_) => None,
            Self::Video(video) => video.poster.as_ref(),
        }
    }

    fn read(category: Category, plain: &[u8]) -> Option<Self> {
        match category {
            Category::Voice => Voice::from_bytes(plain).ok().map(Self::Voice),
            Category::Video => Video::from_bytes(plain).ok().map(Self::Video),
            _ => None,
        }
    }
}

/// A blob that is fetched and opened part by part: see [`Guardian::next_part`].
#[derive(Debug)]
pub struct Opening(Reading);

impl Guardian {
    /// Reads a shelf: everything of one kind that is kept of a child, opened as far as this
    /// guardian holds the keys.
    ///
    /// # Errors
    /// The shelf may not be read, or the server rolled a record back.
    pub async fn shelf(
        &mut self,
        child: ChildId,
        category: Category,
    ) -> Result<Vec<Item>, ClientError> {
        self.sync().await?;
        let family_id = self.family_id()?;
        let listed = data::records(&self.caller, family_id, child, category, 0).await?;
        let unread = ClientError::NotNow("the family's chain wasn't read yet");
        let family = self.chain.as_ref().ok_or(unread)?.family();
        let trust = self.caller.server().trust();
        let heads = self
            .heads
            .get_or_insert_with((child, category), || Heads::new(family_id, child, category));
        Ok(data::open_listed(listed, family, trust, &self.ring, |checked| heads.admit(checked)))
    }

    /// The pictures of a child that can be opened, oldest first.
    ///
    /// # Errors
    /// As for [`Guardian::shelf`].
    pub async fn album(&mut self, child: ChildId) -> Result<Vec<Picture>, ClientError> {
        let items = self.shelf(child, Category::Photos).await?;
        let opened = items.into_iter().filter_map(|item| Some((item.record, item.opened?.ok()?)));
        let pictures = opened.filter_map(|(record, opened)| {
            let photo = Photo::from_bytes(&opened.plain).ok()?;
            Some(Picture { record, header: opened.header, photo })
        });
        Ok(pictures.collect())
    }

    /// The voice messages and films of a child that can be opened: first what was said, then what
    /// was filmed, each oldest first. Of what the family keeps no key for, there are none.
    ///
    /// # Errors
    /// As for [`Guardian::shelf`].
    pub async fn recordings(&mut self, child: ChildId) -> Result<Vec<Recording>, ClientError> {
        self.sync().await?;
        let mut recordings = Vec::new();
        for category in [Category::Voice, Category::Video] {
            if self.family()?.keys(child, category).is_none() {
                continue;
            }
            for item in self.shelf(child, category).await? {
                let Some(Ok(opened)) = item.opened else {
                    continue;
                };
                if let Some(recorded) = Recorded::read(category, &opened.plain) {
                    let (record, header) = (item.record, opened.header);
                    recordings.push(Recording { record, header, recorded });
                }
            }
        }
        Ok(recordings)
    }

    /// Begins to fetch a blob, without having to hold all of it.
    #[must_use]
    pub fn open_blob(&self, header: &Header, reference: &BlobRef) -> Opening {
        Opening(Reading::new(header, reference))
    }

    /// The next part of a blob, opened; `None` once the whole was there and proven to be, and only
    /// then may it be shown.
    ///
    /// # Errors
    /// It isn't there, or isn't what the record says.
    pub async fn next_part(
        &self,
        opening: &mut Opening,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, ClientError> {
        opening.0.next(&self.caller).await
    }

    /// Fetches a blob that a record names, and opens it.
    ///
    /// # Errors
    /// It isn't there, or isn't what the record says.
    pub async fn blob(
        &self,
        header: &Header,
        reference: &BlobRef,
    ) -> Result<Zeroizing<Vec<u8>>, ClientError> {
        data::read_blob(&self.caller, header, reference).await
    }

    /// Keeps a child's profile.
    ///
    /// # Errors
    /// This guardian doesn't hold the key, or may not write.
    pub async fn put_profile(
        &mut self,
        child: ChildId,
        profile: &Profile,
    ) -> Result<(), ClientError> {
        let items = self.shelf(child, Category::Profile).await?;
        let mut opened = items.iter().filter_map(|item| item.opened.as_ref()?.as_ref().ok());
        let last = opened.next_back().map(|opened| opened.header);
        let record = last.map_or_else(|| RecordId::random(&mut random::rng()), |last| last.record);
        let ver = last.map_or(1, |last| last.ver + 1);
        self.put(child, Category::Profile, record, ver, &profile.to_bytes()).await
    }

    /// The profile of a child.
    ///
    /// # Errors
    /// As for [`Guardian::shelf`].
    pub async fn profile(&mut self, child: ChildId) -> Result<Option<Profile>, ClientError> {
        let items = self.shelf(child, Category::Profile).await?;
        let mut opened = items.iter().filter_map(|item| item.opened.as_ref()?.as_ref().ok());
        let last = opened.next_back();
        Ok(last.map(|opened| Profile::from_bytes(&opened.plain)).transpose()?)
    }

    /// Keeps something of any kind: an app's own records. Answers its id.
    ///
    /// # Errors
    /// This guardian doesn't hold the key, may not write, or it is over 64 KiB.
    pub async fn keep(
        &mut self,
        child: ChildId,
        category: Category,
        plain: &[u8],
    ) -> Result<RecordId, ClientError> {
        self.sync().await?;
        let record = RecordId::random(&mut random::rng());
        self.put(child, category, record, 1, plain).await?;
        Ok(record)
    }

    /// The records of a shelf as the server gives them, still sealed; of any family, to see what it
    /// gives to whom.
    ///
    /// # Errors
    /// The shelf may not be read.
    pub async fn sealed_shelf(
        &self,
        family: FamilyId,
        child: ChildId,
        category: Category,
    ) -> Result<Vec<Signed>, ClientError> {
        data::sealed(&self.caller, family, child, category).await
    }

    /// Seals something under the current key of a shelf, to be written there.
    pub(super) fn seal(
        &self,
        child: ChildId,
        category: Category,
        record: RecordId,
        ver: u32,
        plain: &[u8],
    ) -> Result<Signed, ClientError> {
        let chain = self.chain()?;
        let version = data::writable(chain, child, category)?.version.version;
        let keys = self.keys()?;
        let name = KeyName { family: keys.family, child, category, version };
        let missing = ClientError::Locked("this guardian doesn't hold the key");
        let key = self.ring.key(&name).ok_or(missing)?;
        let (writer, day, seq) = (keys.private.sig.id(), self.today, chain.seen().seq);
        let header = Header { name, record, ver, writer, day, seq };
        let (root, sig) = (Root::Category(key), &keys.private.sig);
        let rng = &mut random::rng();
        Ok(record::seal(&header, root, plain, Franking::Without, sig, rng)?)
    }

    /// Writes a record of one's own.
    pub(super) async fn put(
        &mut self,
        child: ChildId,
        category: Category,
        record: RecordId,
        ver: u32,
        plain: &[u8],
    ) -> Result<(), ClientError> {
        let signed = self.seal(child, category, record, ver, plain)?;
        data::put_record(&self.caller, self.family_id()?, &signed.to_bytes()).await
    }

    /// Deletes a picture: its record, and its blobs.
    ///
    /// # Errors
    /// This guardian doesn't decide for the child.
    pub async fn delete_picture(&self, picture: &Picture) -> Result<(), ClientError> {
        let Photo { full, mid, thumbnail, .. } = &picture.photo;
        self.delete(picture.record, &[full, mid, thumbnail]).await
    }

    /// Deletes a voice message or a film: its record, and its blobs.
    ///
    /// # Errors
    /// This guardian doesn't decide for the child.
    pub async fn delete_recording(&self, recording: &Recording) -> Result<(), ClientError> {
        let Recording { record, recorded, .. } = recording;
        let blobs: Vec<&BlobRef> =
            std::iter::once(recorded.whole()).chain(recorded.poster()).collect();
        self.delete(*record, &blobs).await
    }

    async fn delete(&self, record: RecordId, blobs: &[&BlobRef]) -> Result<(), ClientError> {
        let family = self.family_id()?;
        let path = format!("/v1/families/{family}/records/{record}");
        self.caller.call(Call::act(Method::DELETE, path)).await?;
        for reference in blobs {
            let path = format!("/v1/families/{family}/blobs/{}", reference.id);
            self.caller.call(Call::act(Method::DELETE, path)).await?;
        }
        Ok(())
    }
}
