//! Blobs in a bucket that speaks S3.

use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};
use treehouse_protocol::id::FamilyId;

use super::place::{self, Place};
use super::{BlobError, LIST_COUNT_MAX};
use crate::port::secret_text::SecretText;

/// How often a request is sent again after a failure that may pass.
const RETRY_COUNT_MAX: usize = 3;
/// After this time a request isn't sent again.
const RETRY_MS_MAX: u64 = 20_000;
/// The longest that one request may take.
const REQUEST_MS_MAX: u64 = 30_000;
/// The longest that making a connection may take.
const CONNECT_MS_MAX: u64 = 5_000;

/// Where a bucket is, and who we are there.
#[derive(Debug, Clone)]
pub struct S3Config {
    /// The URL of the service, without the bucket.
    pub endpoint: String,
    /// The name of the bucket.
    pub bucket: String,
    /// The region, as the service calls it.
    pub region: String,
    /// The id of the access key.
    pub access_key_id: String,
    /// The access key.
    pub secret_access_key: SecretText,
    /// True if the endpoint may be `http:`, for a service on the same machine. What is sent is
    /// sealed, but anybody on the way could delete or withhold it.
    pub allow_http: bool,
}

pub(super) fn open(config: &S3Config) -> Result<AmazonS3, BlobError> {
    let client = ClientOptions::new()
        .with_allow_http(config.allow_http)
        .with_timeout(Duration::from_millis(REQUEST_MS_MAX))
        .with_connect_timeout(Duration::from_millis(CONNECT_MS_MAX));
    let retry = RetryConfig {
        backoff: BackoffConfig::default(),
        max_retries: RETRY_COUNT_MAX,
        retry_timeout: Duration::from_millis(RETRY_MS_MAX),
    };
    AmazonS3Builder::new()
        .with_endpoint(&config.endpoint)
        .with_bucket_name(&config.bucket)
        .with_region(&config.region)
        .with_access_key_id(&config.access_key_id)
        .with_secret_access_key(config.secret_access_key.expose())
        .with_client_options(client)
        .with_retry(retry)
        .build()
        .map_err(|error| super::refusal(&error))
}

/// Deletes everything whose key starts with `prefix` and a slash.
pub(super) async fn delete(bucket: &AmazonS3, prefix: &Path) -> Result<(), BlobError> {
    let keys = bucket.list(Some(prefix)).map_ok(|meta| meta.location).boxed();
    let mut deleted = bucket.delete_stream(keys);
    loop {
        match deleted.try_next().await {
            Ok(Some(_)) | Err(object_store::Error::NotFound { .. }) => {}
            Ok(None) => return Ok(()),
            Err(error) => return Err(super::refusal(&error)),
        }
    }
}

pub(super) async fn list_family(
    bucket: &AmazonS3,
    family: FamilyId,
    after: Option<&Place>,
) -> Result<Vec<Place>, BlobError> {
    let prefix = place::family(family);
    let keys = match after {
        Some(after) => bucket.list_with_offset(Some(&prefix), &after.key()),
        None => bucket.list(Some(&prefix)),
    };
    // S3 lists keys in order.
    keys.take(LIST_COUNT_MAX)
        .map(|meta| {
            let meta = meta.map_err(|error| super::refusal(&error))?;
            Place::from_key(&meta.location).ok_or(BlobError::Unavailable)
        })
        .try_collect()
        .await
}

pub(super) async fn ping(bucket: &AmazonS3) -> Result<(), BlobError> {
    // Asking for an object wouldn't do: a bucket that doesn't exist says "not found" to it, too.
    let nobody = place::family(FamilyId::from_bytes([0; 16]));
    let listed = bucket.list(Some(&nobody)).try_next().await;
    listed.map(drop).map_err(|_| BlobError::Unavailable)
}
