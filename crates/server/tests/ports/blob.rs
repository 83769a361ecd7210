//! Every test runs on both media, except those about one medium's own troubles.

use std::fs;
use std::future::Future;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use bytes::Bytes;
use tempfile::TempDir;
use treehouse_protocol::id::{BlobId, FamilyId};
use treehouse_server::port::blob::{
    BlobError, BlobStore, LIST_COUNT_MAX, PART_BYTES_MAX, Place, S3Config,
};
use treehouse_server::port::secret_text::SecretText;

use crate::surroundings::{randomness, variable};

fn s3() -> S3Config {
    S3Config {
        endpoint: variable("TREEHOUSE_TEST_S3"),
        bucket: variable("TREEHOUSE_TEST_S3_BUCKET"),
        region: "us-east-1".to_owned(),
        access_key_id: variable("TREEHOUSE_TEST_S3_KEY_ID"),
        secret_access_key: SecretText::new(variable("TREEHOUSE_TEST_S3_SECRET")),
        allow_http: true,
    }
}

/// Runs a story on the disk and on S3.
async fn on_both<F: Future<Output = ()>>(story: impl Fn(BlobStore) -> F) {
    let folder = TempDir::new().unwrap();
    story(BlobStore::disk(folder.path()).unwrap()).await;
    story(BlobStore::s3(&s3()).unwrap()).await;
}

/// A place that nobody else uses.
fn somewhere() -> Place {
    randomness().with(|rng| Place {
        family: FamilyId::random(rng),
        blob: BlobId::random(rng),
        part: 0,
    })
}

fn bytes(length: usize, first: u8) -> Bytes {
    (0..length).map(|i| u8::try_from(i % 251).unwrap() ^ first).collect::<Vec<u8>>().into()
}

#[tokio::test]
async fn a_part_comes_back_as_it_went() {
    on_both(|store| async move {
        store.ping().await.unwrap();
        let place = somewhere();
        for length in [0, 1, 65_536, PART_BYTES_MAX] {
            let part = bytes(length, 7);
            store.put(&place, part.clone()).await.unwrap();
            assert!(store.read(&place, None).await.unwrap() == part, "{length} bytes");
        }
    })
    .await;
}

#[tokio::test]
async fn more_than_a_part_is_refused() {
    on_both(|store| async move {
        let place = somewhere();
        let refused = store.put(&place, bytes(PART_BYTES_MAX + 1, 0)).await;
        assert_eq!(refused, Err(BlobError::TooLong));
        assert_eq!(store.read(&place, None).await, Err(BlobError::NotFound));
    })
    .await;
}

#[tokio::test]
async fn a_range_is_read_exactly_or_refused() {
    on_both(|store| async move {
        let place = somewhere();
        let part = bytes(1000, 3);
        store.put(&place, part.clone()).await.unwrap();
        for (start, end) in [(0_u16, 1_u16), (0, 1000), (999, 1000), (100, 612)] {
            let read = store.read(&place, Some(start.into()..end.into())).await.unwrap();
            assert_eq!(read, part.slice(usize::from(start)..usize::from(end)));
        }
        for range in [0..1001, 999..1001, 1000..1001, 5000..5001, 5..5, 5..u64::MAX] {
            let refused = store.read(&place, Some(range.clone())).await;
            assert_eq!(refused, Err(BlobError::Range), "{range:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_was_never_put_is_not_found() {
    on_both(|store| async move {
        let place = somewhere();
        assert_eq!(store.read(&place, None).await, Err(BlobError::NotFound));
        assert_eq!(store.read(&place, Some(0..1)).await, Err(BlobError::NotFound));
        store.put(&place, bytes(1, 0)).await.unwrap();
        let next = Place { part: 1, ..place };
        assert_eq!(store.read(&next, None).await, Err(BlobError::NotFound));
    })
    .await;
}

#[tokio::test]
async fn deleting_takes_all_of_it_and_nothing_else() {
    on_both(|store| async move {
        let first = somewhere();
        let second = Place { part: 1, ..first };
        let sibling = Place { blob: somewhere().blob, ..first };
        let stranger = Place { family: somewhere().family, ..first };
        for place in [&first, &second, &sibling, &stranger] {
            store.put(place, bytes(10, 0)).await.unwrap();
        }
        store.delete_blob(first.family, first.blob).await.unwrap();
        assert_eq!(store.read(&first, None).await, Err(BlobError::NotFound));
        assert_eq!(store.read(&second, None).await, Err(BlobError::NotFound));
        assert_eq!(store.list_family(first.family, None).await.unwrap(), [sibling]);
        store.delete_family(first.family).await.unwrap();
        assert_eq!(store.list_family(first.family, None).await.unwrap(), []);
        assert!(store.read(&stranger, None).await.is_ok());
        // Once more, since a job may be repeated.
        store.delete_blob(first.family, first.blob).await.unwrap();
        store.delete_family(first.family).await.unwrap();
        store.put(&first, bytes(10, 1)).await.unwrap();
        assert_eq!(store.read(&first, None).await.unwrap(), bytes(10, 1));
    })
    .await;
}

#[tokio::test]
async fn a_familys_places_are_listed_in_order_page_by_page() {
    on_both(|store| async move {
        let start = somewhere();
        let count = u32::try_from(LIST_COUNT_MAX).unwrap() + 3;
        let mut expected: Vec<Place> = (0..count).map(|part| Place { part, ..start }).collect();
        expected.push(Place { blob: somewhere().blob, ..start });
        expected.sort_unstable();
        let mut tasks = tokio::task::JoinSet::new();
        for chunk in expected.chunks(100) {
            let (store, chunk) = (store.clone(), chunk.to_vec());
            tasks.spawn(async move {
                for place in chunk {
                    store.put(&place, bytes(1, 0)).await.unwrap();
                }
            });
        }
        tasks.join_all().await;
        let first = store.list_family(start.family, None).await.unwrap();
        let second = store.list_family(start.family, first.last()).await.unwrap();
        let third = store.list_family(start.family, second.last()).await.unwrap();
        assert_eq!((first.len(), second.len(), third.len()), (LIST_COUNT_MAX, 4, 0));
        assert!([first, second].concat() == expected);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_put_one_part_at_once_leave_one_whole_part() {
    on_both(|store| async move {
        let place = somewhere();
        let parts = [bytes(300_000, 1), bytes(200_000, 2)];
        for _ in 0..10 {
            let [one, other] = parts.clone();
            let results = tokio::join!(store.put(&place, one), store.put(&place, other));
            assert_eq!(results, (Ok(()), Ok(())));
            let left = store.read(&place, None).await.unwrap();
            assert!(parts.contains(&left), "{} bytes are left", left.len());
        }
        assert_eq!(store.list_family(place.family, None).await.unwrap(), [place]);
    })
    .await;
}

#[tokio::test]
async fn on_disk_only_the_owner_may_look() {
    let folder = TempDir::new().unwrap();
    let inside = folder.path().join("blobs");
    let _store = BlobStore::disk(&inside).unwrap();
    assert_eq!(fs::metadata(&inside).unwrap().permissions().mode() & 0o777, 0o700);
}

#[tokio::test]
async fn what_a_crash_left_on_disk_is_not_listed_and_goes_with_its_blob() {
    let folder = TempDir::new().unwrap();
    let store = BlobStore::disk(folder.path()).unwrap();
    let place = somewhere();
    store.put(&place, bytes(10, 0)).await.unwrap();
    let parts = folder.path().join(place.family.to_string()).join(place.blob.to_string());
    fs::write(parts.join("00000001#1"), b"half a pa").unwrap();
    assert_eq!(store.list_family(place.family, None).await.unwrap(), [place]);
    store.delete_blob(place.family, place.blob).await.unwrap();
    assert!(!parts.exists());
}

#[tokio::test]
async fn a_name_that_is_not_ours_stops_a_sweep() {
    let folder = TempDir::new().unwrap();
    let store = BlobStore::disk(folder.path()).unwrap();
    let place = somewhere();
    store.put(&place, bytes(10, 0)).await.unwrap();
    fs::write(folder.path().join(place.family.to_string()).join("holiday.jpg"), b"").unwrap();
    assert_eq!(store.list_family(place.family, None).await, Err(BlobError::Unavailable));
}

#[tokio::test]
async fn a_file_where_a_folder_should_be_is_an_error_not_a_loss() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, b"").unwrap();
    assert_eq!(BlobStore::disk(&file.join("in it")).unwrap_err(), BlobError::Unavailable);
    let store = BlobStore::disk(folder.path()).unwrap();
    let place = somewhere();
    fs::write(folder.path().join(place.family.to_string()), b"").unwrap();
    assert_eq!(store.put(&place, bytes(1, 0)).await, Err(BlobError::Unavailable));
    fs::remove_dir_all(folder.path()).unwrap();
    assert_eq!(store.ping().await, Err(BlobError::Unavailable));
}

#[tokio::test]
async fn a_full_disk_says_so_and_leaves_the_part_as_it_was() {
    let folder = TempDir::new().unwrap();
    let Some(_disk) = SmallDisk::mount(folder.path()) else {
        // Only root may mount one. What is left is checked where errors are told apart, in
        // port/blob/disk.rs.
        return;
    };
    let store = BlobStore::disk(folder.path()).unwrap();
    let place = somewhere();
    let too_much = bytes(SmallDisk::BYTES * 2, 0);
    assert_eq!(store.put(&place, too_much.clone()).await, Err(BlobError::Full));
    assert_eq!(store.read(&place, None).await, Err(BlobError::NotFound));
    store.put(&place, bytes(1000, 1)).await.unwrap();
    assert_eq!(store.put(&place, too_much).await, Err(BlobError::Full));
    assert_eq!(store.read(&place, None).await.unwrap(), bytes(1000, 1));
}

/// A file system in memory with little room.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    const BYTES: usize = 256 * 1024;

    fn mount(folder: &'a Path) -> Option<Self> {
        let size = format!("size={},mode=700", Self::BYTES);
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder).stderr(Stdio::null());
        mount.status().is_ok_and(|status| status.success()).then_some(Self(folder))
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        assert!(Command::new("umount").arg("-l").arg(self.0).status().unwrap().success());
    }
}

#[tokio::test]
async fn s3_without_the_right_key_or_bucket_or_server_is_unavailable() {
    let wrong = [
        S3Config { secret_access_key: SecretText::new("wrong".to_owned()), ..s3() },
        S3Config { bucket: "no-such-bucket".to_owned(), ..s3() },
    ];
    for config in wrong {
        let store = BlobStore::s3(&config).unwrap();
        assert_eq!(store.ping().await, Err(BlobError::Unavailable), "{config:?}");
    }
    let store = BlobStore::s3(&S3Config { endpoint: "http://127.0.0.1:9".to_owned(), ..s3() });
    let put = store.unwrap().put(&somewhere(), bytes(1, 0)).await;
    assert_eq!(put, Err(BlobError::Unavailable));
}

#[tokio::test]
async fn http_needs_consent_and_settings_are_printed_without_the_secret() {
    let config = S3Config { allow_http: false, ..s3() };
    let refused = BlobStore::s3(&config).unwrap().ping().await;
    assert_eq!(refused, Err(BlobError::Unavailable));
    let printed = format!("{config:?} {:?}", BlobStore::s3(&config).unwrap());
    assert!(!printed.contains(config.secret_access_key.expose()), "{printed}");
}
