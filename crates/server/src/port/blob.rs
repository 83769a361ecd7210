//! Where the sealed parts of blobs lie: on the local disk, or in a bucket that speaks S3.
//!
//! A part is whole or absent, whatever fails. Its name is three ids and nothing else, so storage
//! learns no more than the database already knows, and no client can choose a name.

mod bucket;
mod disk;
mod place;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutPayload};
use treehouse_protocol::id::{BlobId, FamilyId};
use treehouse_protocol::outer::{OVERHEAD_BYTES, PLAIN_BYTES_MAX};

pub use self::bucket::S3Config;
use self::disk::Disk;
pub use self::place::Place;

/// The most bytes of a part, sealed by a client and once more by the server.
pub const PART_BYTES_MAX: usize = PLAIN_BYTES_MAX + OVERHEAD_BYTES;
/// The most places that [`BlobStore::list_family`] answers at once.
pub const LIST_COUNT_MAX: usize = 1000;

/// Why storage did not do what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// There is no such part.
    #[error("there is no such part")]
    NotFound,
    /// The range is empty or reaches beyond the part.
    #[error("ask for a range that lies within the part")]
    Range,
    /// More than [`PART_BYTES_MAX`].
    #[error("split the blob: a part has at most {PART_BYTES_MAX} bytes")]
    TooLong,
    /// The disk or the quota is used up. The part that was to be written is absent, or as it was.
    #[error("blob storage is full; give it more room")]
    Full,
    /// Anything else. A write may or may not have happened; doing it again does no harm.
    #[error("blob storage does not answer as it should; check it and try again")]
    Unavailable,
}

/// The storage of blobs. Clones are the same storage.
#[derive(Debug, Clone)]
pub struct BlobStore(Arc<Medium>);

#[derive(Debug)]
enum Medium {
    Disk(Disk),
    Bucket(object_store::aws::AmazonS3),
}

impl BlobStore {
    /// Storage in a folder, which is made if it is missing, for the owner's eyes only.
    ///
    /// # Errors
    /// The folder can't be made or opened.
    pub fn disk(folder: &Path) -> Result<Self, BlobError> {
        Ok(Self(Arc::new(Medium::Disk(Disk::open(folder)?))))
    }

    /// Storage in a bucket, which has to exist. Nothing is sent yet: [`Self::ping`] tells whether
    /// the settings are right.
    ///
    /// # Errors
    /// The settings contradict each other or the endpoint is no URL.
    pub fn s3(config: &S3Config) -> Result<Self, BlobError> {
        Ok(Self(Arc::new(Medium::Bucket(bucket::open(config)?))))
    }

    /// Writes a part, in place of what was there. When it returns, the part survives a power cut.
    ///
    /// # Errors
    /// Too long, full, or unavailable.
    pub async fn put(&self, place: &Place, bytes: Bytes) -> Result<(), BlobError> {
        if bytes.len() > PART_BYTES_MAX {
            return Err(BlobError::TooLong);
        }
        let written = self.objects().put(&place.key(), PutPayload::from_bytes(bytes)).await;
        written.map(drop).map_err(|error| refusal(&error))
    }

    /// Reads a part, or `range` of its bytes.
    ///
    /// # Errors
    /// Not found, a range that is empty or reaches beyond the part, or unavailable.
    pub async fn read(&self, place: &Place, range: Option<Range<u64>>) -> Result<Bytes, BlobError> {
        let Some(range) = range else {
            return self.fetch(place, GetOptions::default()).await;
        };
        if range.is_empty() {
            return Err(BlobError::Range);
        }
        let wanted = range.end - range.start;
        let bounded = GetOptions::new().with_range(Some(GetRange::Bounded(range.clone())));
        match self.fetch(place, bounded).await {
            Ok(bytes) if bytes.len() as u64 == wanted => Ok(bytes),
            // Storage answers a range that starts too late with a failure, and cuts one that ends
            // too late; the length of the part tells whether that was it.
            Ok(_) | Err(BlobError::Unavailable) if self.length(place).await? < range.end => {
                Err(BlobError::Range)
            }
            Ok(_) => Err(BlobError::Unavailable),
            Err(error) => Err(error),
        }
    }

    /// Deletes every part of a blob. Deleting what isn't there is no error.
    ///
    /// # Errors
    /// Unavailable; some parts may be gone already.
    pub async fn delete_blob(&self, family: FamilyId, blob: BlobId) -> Result<(), BlobError> {
        match &*self.0 {
            Medium::Disk(disk) => disk.delete_blob(family, blob).await,
            Medium::Bucket(bucket) => bucket::delete(bucket, &place::blob(family, blob)).await,
        }
    }

    /// Deletes every part of every blob of a family. Deleting what isn't there is no error.
    ///
    /// # Errors
    /// Unavailable; some parts may be gone already.
    pub async fn delete_family(&self, family: FamilyId) -> Result<(), BlobError> {
        match &*self.0 {
            Medium::Disk(disk) => disk.delete_family(family).await,
            Medium::Bucket(bucket) => bucket::delete(bucket, &place::family(family)).await,
        }
    }

    /// The places of a family's parts in order, at most [`LIST_COUNT_MAX`] of them: for sweeps that
    /// compare storage with the database. Start without `after`, then go on with the last place of
    /// each answer, until an answer is empty.
    ///
    /// # Errors
    /// Unavailable, also when storage holds something that this type didn't write.
    pub async fn list_family(
        &self,
        family: FamilyId,
        after: Option<&Place>,
    ) -> Result<Vec<Place>, BlobError> {
        match &*self.0 {
            Medium::Disk(disk) => disk.list_family(family, after).await,
            Medium::Bucket(bucket) => bucket::list_family(bucket, family, after).await,
        }
    }

    /// Asks storage for an answer, to tell whether it is there and lets us in.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn ping(&self) -> Result<(), BlobError> {
        match &*self.0 {
            Medium::Disk(disk) => disk.ping().await,
            Medium::Bucket(bucket) => bucket::ping(bucket).await,
        }
    }

    async fn fetch(&self, place: &Place, options: GetOptions) -> Result<Bytes, BlobError> {
        let answer = self.objects().get_opts(&place.key(), options).await;
        let answer = answer.map_err(|error| refusal(&error))?;
        // Nothing longer is ever written, so this isn't ours; reading it could take all memory.
        if answer.meta.size > PART_BYTES_MAX as u64 {
            return Err(BlobError::Unavailable);
        }
        answer.bytes().await.map_err(|error| refusal(&error))
    }

    async fn length(&self, place: &Place) -> Result<u64, BlobError> {
        let meta = self.objects().head(&place.key()).await;
        meta.map(|meta| meta.size).map_err(|error| refusal(&error))
    }

    fn objects(&self) -> &dyn ObjectStore {
        match &*self.0 {
            Medium::Disk(disk) => disk.objects(),
            Medium::Bucket(bucket) => bucket,
        }
    }
}

/// What the caller can do about a failure; its text, which may name paths and hosts, ends here.
fn refusal(error: &object_store::Error) -> BlobError {
    if matches!(error, object_store::Error::NotFound { .. }) {
        return BlobError::NotFound;
    }
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<std::io::Error>() {
            return disk::refusal(error);
        }
        cause = error.source();
    }
    BlobError::Unavailable
}
