//! Toys after they were linked.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use treehouse_protocol::id::{FamilyId, KeyId};
use utoipa::ToSchema;

use super::super::extract::{B64, Hex, Json, Path};
use super::super::principal::{AnyToy, Guardian, Member};
use super::super::problem::Problem;
use crate::app::{App, toy};
use crate::domain::principal::Principal;

/// A toy of a family.
#[derive(Debug, Serialize, ToSchema)]
pub struct ToyAnswer {
    /// Its signing key.
    #[schema(value_type = String)]
    pub key: Hex<KeyId>,
    /// `linked`, `to-be-wiped` or `wiped`.
    pub state: &'static str,
    /// Its name, sealed by a guardian.
    #[schema(value_type = Option<String>)]
    pub name: Option<B64>,
    /// The day of its last contact, in days since 1970.
    pub last_contact_day: u32,
    /// When it was linked, in milliseconds since 1970.
    pub linked_ms: i64,
}

/// A toy's name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SealedName {
    /// The name, sealed by a guardian; at most 1,024 bytes.
    #[schema(value_type = String)]
    pub name: B64,
}

/// Lists the toys of a family, those too that were removed.
#[utoipa::path(get, path = "/v1/families/{family}/toys", tag = "toys",
    params(("family" = String, Path, description = "the family's id")),
    responses((status = 200, body = Vec<ToyAnswer>, description = "The toys"), Problem))]
pub async fn list(
    State(app): State<Arc<App>>,
    Member(principal): Member,
    Path(Hex(family)): Path<Hex<FamilyId>>,
) -> Result<axum::Json<Vec<ToyAnswer>>, Problem> {
    let toys = toy::list(&app, &principal, family).await?;
    let listed = toys.into_iter().map(|toy| ToyAnswer {
        key: Hex(toy.key),
        state: toy.state.word(),
        name: toy.name_sealed.map(B64),
        last_contact_day: toy.last_contact_day,
        linked_ms: toy.linked_ms,
    });
    Ok(axum::Json(listed.collect()))
}

/// Keeps a toy's sealed name.
#[utoipa::path(put, path = "/v1/families/{family}/toys/{key}/name", tag = "toys",
    params(("family" = String, Path, description = "the family's id"),
        ("key" = String, Path, description = "the id of the toy's key")), request_body = SealedName,
    responses((status = 204, description = "Kept"), Problem))]
pub async fn rename(
    State(app): State<Arc<App>>,
    Guardian(own): Guardian,
    Path((Hex(family), Hex(key))): Path<(Hex<FamilyId>, Hex<KeyId>)>,
    Json(body): Json<SealedName>,
) -> Result<StatusCode, Problem> {
    toy::rename(&app, &Principal::Guardian(own), family, key, body.name.0).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Has a toy forget everything at its next contact.
#[utoipa::path(post, path = "/v1/families/{family}/toys/{key}/wipe", tag = "toys",
    params(("family" = String, Path, description = "the family's id"),
        ("key" = String, Path, description = "the id of the toy's key")),
    responses((status = 202, description = "It will be told"), Problem))]
pub async fn wipe(
    State(app): State<Arc<App>>,
    Guardian(own): Guardian,
    Path((Hex(family), Hex(key))): Path<(Hex<FamilyId>, Hex<KeyId>)>,
) -> Result<StatusCode, Problem> {
    toy::wipe(&app, &Principal::Guardian(own), family, key).await?;
    Ok(StatusCode::ACCEPTED)
}

/// A toy says that it has forgotten everything.
#[utoipa::path(post, path = "/v1/toys/wiped", tag = "toys",
    responses((status = 204, description = "Noted"), Problem))]
pub async fn wiped(
    State(app): State<Arc<App>>,
    AnyToy { claimed, proven }: AnyToy,
) -> Result<StatusCode, Problem> {
    toy::wiped(&app, &claimed, &proven).await?;
    Ok(StatusCode::NO_CONTENT)
}
