//! Blobs: large sealed streams, sent in parts and read by range.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{Stream, stream};
use serde::{Deserialize, Serialize};
use treehouse_protocol::blob::PART_BYTES;
use treehouse_protocol::id::{BlobId, ChildId, FamilyId, Hash};
use utoipa::ToSchema;

use super::super::extract::{Body, Hex, Json, Octets, Path};
use super::super::principal::Member;
use super::super::problem::Problem;
use super::chain::by_word;
use crate::app::App;
use crate::app::blob::{self, Announced};
use crate::domain::data::{Blob, Shelf};
use crate::domain::principal::Principal;

/// Bytes that are handed out before the right to them is looked at again.
const PIECE_BYTES: usize = 1024 * 1024;

/// A blob that is going to be sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginBlob {
    /// Its id.
    #[schema(value_type = String)]
    pub blob: Hex<BlobId>,
    /// The child.
    #[schema(value_type = String)]
    pub child: Hex<ChildId>,
    /// The word of the category.
    pub category: String,
    /// The version of its key.
    pub version: u32,
    /// Its length, sealed, in bytes; at most 2 GiB and a little.
    pub sealed_bytes: u64,
}

/// A part that has come.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartAnswer {
    /// Its number; the first is 0.
    pub part: u32,
    /// The SHA-256 of its bytes.
    #[schema(value_type = String)]
    pub hash: Hex<Hash>,
}

/// How far a blob has come.
#[derive(Debug, Serialize, ToSchema)]
pub struct BlobStatus {
    /// Its length, sealed, in bytes.
    pub sealed_bytes: u64,
    /// Bytes of each part but the last.
    pub part_bytes: u64,
    /// Whether every part has come.
    pub whole: bool,
    /// The parts that have come.
    pub parts: Vec<PartAnswer>,
}

/// Announces a blob. Announcing it again changes nothing.
#[utoipa::path(post, path = "/v1/families/{family}/blobs", tag = "data",
    params(("family" = String, Path, description = "the family's id")), request_body = BeginBlob,
    responses((status = 201, description = "It may be sent"), Problem))]
pub async fn begin(
    State(app): State<Arc<App>>,
    Member(principal): Member,
    Path(Hex(family)): Path<Hex<FamilyId>>,
    Json(body): Json<BeginBlob>,
) -> Result<StatusCode, Problem> {
    let category = by_word(&body.category, "category")?;
    let announced = Announced {
        id: body.blob.0,
        shelf: Shelf { family, child: body.child.0, category },
        version: body.version,
        sealed_bytes: body.sealed_bytes,
    };
    blob::begin(&app, &principal, &announced).await?;
    Ok(StatusCode::CREATED)
}

/// Takes one part of 8 MiB, or the last one. The same part may be sent again.
#[utoipa::path(put, path = "/v1/families/{family}/blobs/{blob}/parts/{part}", tag = "data",
    params(("family" = String, Path, description = "the family's id"),
        ("blob" = String, Path, description = "the blob's id"),
        ("part" = u32, Path, description = "the number of the part; the first is 0")),
    request_body(content = inline(Octets), content_type = "application/octet-stream"),
    responses((status = 204, description = "It is safe"), Problem))]
pub async fn put_part(
    State(app): State<Arc<App>>,
    Member(principal): Member,
    Path((Hex(family), Hex(blob), part)): Path<(Hex<FamilyId>, Hex<BlobId>, u32)>,
    Body(bytes): Body,
) -> Result<StatusCode, Problem> {
    blob::put_part(&app, &principal, family, blob, part, &bytes).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Calls a blob whole: from now on it may be read.
#[utoipa::path(post, path = "/v1/families/{family}/blobs/{blob}/complete", tag = "data",
    params(("family" = String, Path, description = "the family's id"),
        ("blob" = String, Path, description = "the blob's id")),
    responses((status = 204, description = "It is whole"), Problem))]
pub async fn complete(
    State(app): State<Arc<App>>,
    Member(principal): Member,
    Path((Hex(family), Hex(blob))): Path<(Hex<FamilyId>, Hex<BlobId>)>,
) -> Result<StatusCode, Problem> {
    blob::complete(&app, &principal, family, blob).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tells how far a blob has come: what a writer that was cut off asks.
#[utoipa::path(get, path = "/v1/families/{family}/blobs/{blob}/status", tag = "data",
    params(("family" = String, Path, description = "the family's id"),
        ("blob" = String, Path, description = "the blob's id")),
    responses((status = 200, body = BlobStatus, description = "How far it has come"), Problem))]
pub async fn status(
    State(app): State<Arc<App>>,
    Member(principal): Member,
    Path((Hex(family), Hex(blob))): Path<(Hex<FamilyId>, Hex<BlobId>)>,
) -> Result<axum::Json<BlobStatus>, Problem> {
    let status = blob::status(&app, &principal, family, blob).await?;
    let parts = status.parts.into_iter();
    Ok(axum::Json(BlobStatus {
        sealed_bytes: status.blob.sealed_bytes,
        part_bytes: PART_BYTES as u64,
        whole: status.blob.whole,
        parts: parts.map(|part| PartAnswer { part: part.part, hash: Hex(part.hash) }).collect(),
    }))
}

/// Gives a blob, or a range of it (RFC 9110 section 14).
#[utoipa::path(get, path = "/v1/families/{family}/blobs/{blob}", tag = "data",
    params(("family" = String, Path, description = "the family's id"),
        ("blob" = String, Path, description = "the blob's id"),
        ("range" = Option<String>, Header, description = "one range of bytes")),
    responses((status = 200, description = "The blob", content_type = "application/octet-stream"),
        (status = 206, description = "A range of it", content_type = "application/octet-stream"), Problem))]
pub async fn read(
    State(app): State<Arc<App>>,
    Member(principal): Member,
    Path((Hex(family), Hex(id))): Path<(Hex<FamilyId>, Hex<BlobId>)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let blob = blob::readable(&app, &principal, family, id).await?;
    let asked = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    let (status, range) = match parse_range(asked.unwrap_or_default(), blob.sealed_bytes) {
        Asked::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        Asked::Nothing => {
            let kind = "range-not-satisfiable";
            let title = "There are no such bytes";
            return Err(Problem::new(StatusCode::RANGE_NOT_SATISFIABLE, kind, title));
        }
        // No range, an unknown unit or several: the whole is a right answer (RFC 9110 14.2).
        Asked::Whole => (StatusCode::OK, 0..blob.sealed_bytes),
    };
    let whole = blob.sealed_bytes;
    let download = Download { app, principal, blob, range: range.clone(), at_hand: Bytes::new() };
    let mut answer = (status, axum::body::Body::from_stream(download.pieces())).into_response();
    let put = |name, text: String, answer: &mut Response| {
        if let Ok(value) = HeaderValue::from_str(&text) {
            answer.headers_mut().insert(name, value);
        }
    };
    put(header::CONTENT_TYPE, "application/octet-stream".to_owned(), &mut answer);
    put(header::ACCEPT_RANGES, "bytes".to_owned(), &mut answer);
    put(header::CONTENT_LENGTH, (range.end - range.start).to_string(), &mut answer);
    if status == StatusCode::PARTIAL_CONTENT {
        let text = format!("bytes {}-{}/{}", range.start, range.end - 1, whole);
        put(header::CONTENT_RANGE, text, &mut answer);
    }
    Ok(answer)
}

/// An answer that is under way.
struct Download {
    app: Arc<App>,
    principal: Principal,
    blob: Blob,
    /// What is still to come.
    range: Range<u64>,
    /// Of that, what is at hand: never more than one part.
    at_hand: Bytes,
}

impl Download {
    /// The bytes in pieces. Before each but the first is asked again whether the asker may read: a slow
    /// answer takes hours, and a withdrawal counts at once.
    fn pieces(self) -> impl Stream<Item = Result<Bytes, io::Error>> {
        let first = self.range.start;
        stream::try_unfold(self, move |mut download| async move {
            if download.range.is_empty() {
                return Ok(None);
            }
            if download.range.start != first {
                let Self { app, principal, blob, .. } = &download;
                let still = blob::require_readable(app, principal, blob).await;
                still.map_err(|_| cut_off("the reader may not read any more"))?;
            }
            let piece = download.piece().await?;
            Ok(Some((piece, download)))
        })
    }

    async fn piece(&mut self) -> Result<Bytes, io::Error> {
        if self.at_hand.is_empty() {
            self.at_hand = self.part().await?;
        }
        let piece = self.at_hand.split_to(self.at_hand.len().min(PIECE_BYTES));
        self.range.start += piece.len() as u64;
        Ok(piece)
    }

    /// What is asked for of the next part.
    async fn part(&self) -> Result<Bytes, io::Error> {
        let size = PART_BYTES as u64;
        let part = self.range.start / size;
        let number = u32::try_from(part).unwrap_or(u32::MAX);
        let bytes = blob::read_part(&self.app, &self.blob, number).await;
        let bytes = Bytes::from(bytes.map_err(|_| cut_off("the part can't be read"))?);
        let from = usize::try_from(self.range.start - part * size).unwrap_or(usize::MAX);
        let to = usize::try_from(self.range.end - part * size).unwrap_or(usize::MAX);
        let to = to.min(bytes.len());
        if from >= to {
            return Err(cut_off("the part is too short"));
        }
        Ok(bytes.slice(from..to))
    }
}

/// An answer that has begun can only be cut off; the reader sees that it isn't whole.
fn cut_off(why: &'static str) -> io::Error {
    io::Error::other(why)
}

/// What a `Range` header asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Asked {
    /// Everything: it isn't one range of bytes.
    Whole,
    /// These bytes.
    Part(Range<u64>),
    /// Bytes beyond the end.
    Nothing,
}

fn parse_range(text: &str, length: u64) -> Asked {
    let read = || {
        let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
        match (first, last) {
            ("", suffix) => Some(length.saturating_sub(suffix.parse().ok()?)..length),
            (first, "") => Some(first.parse().ok()?..length),
            (first, last) => {
                let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
                (first <= last).then(|| first..last.saturating_add(1).min(length))
            }
        }
    };
    match read() {
        None => Asked::Whole,
        Some(range) if range.start < range.end => Asked::Part(range),
        Some(_) => Asked::Nothing,
    }
}

/// Deletes a blob.
#[utoipa::path(delete, path = "/v1/families/{family}/blobs/{blob}", tag = "data",
    params(("family" = String, Path, description = "the family's id"),
        ("blob" = String, Path, description = "the blob's id")),
    responses((status = 204, description = "Deleted"), Problem))]
pub async fn delete(
    State(app): State<Arc<App>>,
    Member(principal): Member,
    Path((Hex(family), Hex(blob))): Path<(Hex<FamilyId>, Hex<BlobId>)>,
) -> Result<StatusCode, Problem> {
    blob::delete(&app, &principal, family, blob).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::{Asked, parse_range};

    #[test]
    fn ranges_are_read_as_rfc_9110_says() {
        assert_eq!(parse_range("bytes=0-9", 100), Asked::Part(0..10));
        assert_eq!(parse_range("bytes=90-", 100), Asked::Part(90..100));
        assert_eq!(parse_range("bytes=-10", 100), Asked::Part(90..100));
        assert_eq!(parse_range("bytes=-1000", 100), Asked::Part(0..100));
        assert_eq!(parse_range("bytes=95-200", 100), Asked::Part(95..100));
        assert_eq!(parse_range("bytes=100-", 100), Asked::Nothing);
        for not_one in ["bytes=5-3", "bytes=a-b", "items=0-1", "bytes=0-1,3-4", "bytes", ""] {
            assert_eq!(parse_range(not_one, 100), Asked::Whole, "{not_one}");
        }
    }
}
