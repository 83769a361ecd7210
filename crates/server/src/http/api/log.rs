//! What was logged about a family. The public log itself is static files under `/log/`.

#![expect(unused_qualifications, reason = "utoipa writes the parameters' paths out")]

use std::sync::Arc;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use treehouse_protocol::id::FamilyId;
use utoipa::{IntoParams, ToSchema};

use super::super::extract::{B64, Hex, Path, Query, place};
use super::super::principal::Member;
use super::super::problem::Problem;
use crate::app::{App, log};

/// A leaf that has a place in the log.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeafAnswer {
    /// Its place, from 0.
    pub place: u64,
    /// The leaf (TH-LEAF/1): event and salt. Whoever holds it can prove what happened.
    #[schema(value_type = String)]
    pub leaf: B64,
}

/// A page of a family's leaves.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeafPage {
    /// The leaves, in the order of the log.
    pub leaves: Vec<LeafAnswer>,
    /// What to ask for next, as `from`; absent on the last page.
    pub next: Option<u64>,
}

/// Which leaves.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct LeafQuery {
    /// The first place of interest.
    #[serde(default, deserialize_with = "place")]
    pub from: u64,
}

/// Lists what was logged about a family, for its guardians: links of its chain, what was handed
/// out and to whom, what was erased.
#[utoipa::path(get, path = "/v1/families/{family}/log", tag = "families",
    params(("family" = String, Path, description = "the family's id"), LeafQuery),
    responses((status = 200, body = LeafPage, description = "The leaves"), Problem))]
pub async fn of_family(
    State(app): State<Arc<App>>,
    Member(principal): Member,
    Path(Hex(family)): Path<Hex<FamilyId>>,
    Query(query): Query<LeafQuery>,
) -> Result<axum::Json<LeafPage>, Problem> {
    let placed = log::of_family(&app, &principal, family, query.from).await?;
    let full = placed.len() as u64 >= log::PAGE_COUNT_MAX;
    let next = placed.last().filter(|_| full).map(|last| last.place + 1);
    let leaves = placed.into_iter();
    let leaves = leaves.map(|each| LeafAnswer { place: each.place, leaf: B64(each.leaf) });
    Ok(axum::Json(LeafPage { leaves: leaves.collect(), next }))
}
