//! Blobs in a folder of the local disk.

use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use futures_util::TryStreamExt;
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use treehouse_protocol::id::{BlobId, FamilyId};

use super::place::{self, Place};
use super::{BlobError, LIST_COUNT_MAX};

/// A folder that holds one folder a family, one folder a blob in it, and one file a part.
#[derive(Debug)]
pub(super) struct Disk {
    folder: PathBuf,
    objects: LocalFileSystem,
}

impl Disk {
    pub(super) fn open(folder: &Path) -> Result<Self, BlobError> {
        const OWNER_ONLY: u32 = 0o700;
        let made = std::fs::DirBuilder::new().recursive(true).mode(OWNER_ONLY).create(folder);
        made.map_err(|error| refusal(&error))?;
        let objects =
            LocalFileSystem::new_with_prefix(folder).map_err(|error| super::refusal(&error))?;
        // Without it a part that was answered for may be gone after a power cut.
        Ok(Self { folder: folder.to_owned(), objects: objects.with_fsync(true) })
    }

    pub(super) fn objects(&self) -> &LocalFileSystem {
        &self.objects
    }

    pub(super) async fn delete_blob(
        &self,
        family: FamilyId,
        blob: BlobId,
    ) -> Result<(), BlobError> {
        let folder = self.folder.join(family.to_string());
        delete(folder.join(blob.to_string()), folder).await
    }

    pub(super) async fn delete_family(&self, family: FamilyId) -> Result<(), BlobError> {
        delete(self.folder.join(family.to_string()), self.folder.clone()).await
    }

    pub(super) async fn list_family(
        &self,
        family: FamilyId,
        after: Option<&Place>,
    ) -> Result<Vec<Place>, BlobError> {
        let prefix = place::family(family);
        let mut keys = self.objects.list(Some(&prefix));
        let mut places = Vec::new();
        while let Some(meta) = keys.try_next().await.map_err(|error| super::refusal(&error))? {
            let place = Place::from_key(&meta.location).ok_or(BlobError::Unavailable)?;
            if after.is_none_or(|after| place > *after) {
                places.push(place);
            }
        }
        // A folder tells its files in no order.
        places.sort_unstable();
        places.truncate(LIST_COUNT_MAX);
        Ok(places)
    }

    pub(super) async fn ping(&self) -> Result<(), BlobError> {
        let listed = tokio::fs::read_dir(&self.folder).await;
        listed.map(drop).map_err(|error| refusal(&error))
    }
}

/// Deletes a folder whole, with what a crash in the middle of a write may have left in it, and
/// makes sure that a power cut doesn't bring it back.
async fn delete(folder: PathBuf, parent: PathBuf) -> Result<(), BlobError> {
    let deleted = tokio::task::spawn_blocking(move || -> io::Result<()> {
        match std::fs::remove_dir_all(&folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            other => other?,
        }
        std::fs::File::open(parent)?.sync_all()
    });
    match deleted.await {
        Ok(done) => done.map_err(|error| refusal(&error)),
        Err(_) => Err(BlobError::Unavailable),
    }
}

/// What the caller can do about a failure of the disk.
pub(super) fn refusal(error: &io::Error) -> BlobError {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => BlobError::Full,
        _ => BlobError::Unavailable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_from_other_troubles_at_any_depth() {
        let found = |kind: ErrorKind| {
            let source = Box::new(io::Error::from(kind));
            super::super::refusal(&object_store::Error::Generic { store: "disk", source })
        };
        assert_eq!(found(ErrorKind::StorageFull), BlobError::Full);
        assert_eq!(found(ErrorKind::QuotaExceeded), BlobError::Full);
        assert_eq!(found(ErrorKind::PermissionDenied), BlobError::Unavailable);
    }
}
