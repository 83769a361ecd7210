//! Records.

#![expect(unused_qualifications, reason = "utoipa writes the parameters' paths out")]

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use treehouse_protocol::id::{ChildId, FamilyId, RecordId};
use treehouse_protocol::registry::Coded;
use utoipa::{IntoParams, ToSchema};

use super::super::extract::{B64, Body, Hex, Octets, Path, Query, count, place};
use super::super::principal::Member;
use super::super::problem::Problem;
use super::chain::by_word;
use crate::app::App;
use crate::app::record::{self, RECORD_BYTES_MAX, Released};
use crate::domain::data::Shelf;

/// Where a record lies.
#[derive(Debug, Serialize, ToSchema)]
pub struct Stored {
    /// Its place in the family's feed.
    pub feed: u64,
}

/// A record.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordAnswer {
    /// Its id.
    #[schema(value_type = String)]
    pub record: Hex<RecordId>,
    /// The child.
    #[schema(value_type = String)]
    pub child: Hex<ChildId>,
    /// The word of its category.
    pub category: &'static str,
    /// The version of its key.
    pub version: u32,
    /// The number of its state.
    pub ver: u64,
    /// Its place in the family's feed.
    pub feed: u64,
    /// The day on which it came, in days since 1970.
    pub received_day: u32,
    /// The record as its writer signed it (TH-REC/1); absent once it was deleted.
    #[schema(value_type = Option<String>)]
    pub signed: Option<B64>,
    /// The server's tag, for a report of abuse.
    #[schema(value_type = Option<String>)]
    pub frank_tag: Option<B64>,
}

impl From<Released> for RecordAnswer {
    fn from(Released { entry, signed }: Released) -> Self {
        Self {
            record: Hex(entry.record),
            child: Hex(entry.key.child),
            category: entry.key.category.word(),
            version: entry.key.version,
            ver: entry.ver,
            feed: entry.feed,
            received_day: entry.received.0,
            frank_tag: entry.frank_tag.filter(|_| signed.is_some()).map(B64),
            signed: signed.map(B64),
        }
    }
}

/// A page of a shelf.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordPage {
    /// The records, in the order of the feed; deleted ones without content.
    pub records: Vec<RecordAnswer>,
    /// What to ask for next, as `after`; absent on the last page.
    pub next: Option<u64>,
}

/// Which records.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RecordQuery {
    /// The child.
    #[param(value_type = String)]
    pub child: Hex<ChildId>,
    /// The word of the category.
    pub category: String,
    /// The last place in the feed that the asker knows.
    #[serde(default, deserialize_with = "place")]
    pub after: u64,
    /// How many, at most 100.
    #[serde(default = "page_max", deserialize_with = "count::<100, _>")]
    #[param(minimum = 1, maximum = 100)]
    pub limit: i64,
}

const fn page_max() -> i64 {
    100
}

/// Stores a sealed record. Sending the same one again changes nothing.
#[utoipa::path(post, path = "/v1/families/{family}/records", tag = "data",
    params(("family" = String, Path, description = "the family's id")),
    request_body(content = inline(Octets), content_type = "application/cbor", description = "the signed record (TH-REC/1)"),
    responses((status = 201, body = Stored, description = "Stored"), Problem))]
pub async fn put(
    State(app): State<Arc<App>>,
    Member(principal): Member,
    Path(Hex(family)): Path<Hex<FamilyId>>,
    Body(bytes): Body,
) -> Result<(StatusCode, axum::Json<Stored>), Problem> {
    if bytes.len() > RECORD_BYTES_MAX {
        return Err(Problem::invalid("body", "must have at most 80 KiB"));
    }
    let feed = record::put(&app, &principal, family, &bytes).await?;
    Ok((StatusCode::CREATED, axum::Json(Stored { feed })))
}

/// Lists the sealed records of one child in one category.
#[utoipa::path(get, path = "/v1/families/{family}/records", tag = "data",
    params(("family" = String, Path, description = "the family's id"), RecordQuery),
    responses((status = 200, body = RecordPage, description = "The records"), Problem))]
pub async fn page(
    State(app): State<Arc<App>>,
    Member(principal): Member,
    Path(Hex(family)): Path<Hex<FamilyId>>,
    Query(query): Query<RecordQuery>,
) -> Result<axum::Json<RecordPage>, Problem> {
    let category = by_word(&query.category, "category")?;
    let shelf = Shelf { family, child: query.child.0, category };
    let limit = query.limit;
    let released = record::page(&app, &principal, &shelf, query.after, limit).await?;
    let full = i64::try_from(released.len()).is_ok_and(|count| count == limit);
    let next = released.last().filter(|_| full).map(|last| last.entry.feed);
    let records = released.into_iter().map(RecordAnswer::from).collect();
    Ok(axum::Json(RecordPage { records, next }))
}

/// Gives one sealed record.
#[utoipa::path(get, path = "/v1/families/{family}/records/{record}", tag = "data",
    params(("family" = String, Path, description = "the family's id"),
        ("record" = String, Path, description = "the record's id")),
    responses((status = 200, body = RecordAnswer, description = "The record"), Problem))]
pub async fn find(
    State(app): State<Arc<App>>,
    Member(principal): Member,
    Path((Hex(family), Hex(record))): Path<(Hex<FamilyId>, Hex<RecordId>)>,
) -> Result<axum::Json<RecordAnswer>, Problem> {
    Ok(axum::Json(record::find(&app, &principal, family, record).await?.into()))
}

/// Deletes one record. An empty entry stays in the feed, for the other devices.
#[utoipa::path(delete, path = "/v1/families/{family}/records/{record}", tag = "data",
    params(("family" = String, Path, description = "the family's id"),
        ("record" = String, Path, description = "the record's id")),
    responses((status = 204, description = "Deleted"), Problem))]
pub async fn delete(
    State(app): State<Arc<App>>,
    Member(principal): Member,
    Path((Hex(family), Hex(record))): Path<(Hex<FamilyId>, Hex<RecordId>)>,
) -> Result<StatusCode, Problem> {
    record::delete(&app, &principal, family, record).await?;
    Ok(StatusCode::NO_CONTENT)
}
