//! Guardians who lost their keys and ask the family for a way back.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use treehouse_protocol::id::{AccountId, FamilyId, KeyId};
use utoipa::ToSchema;

use super::super::Service;
use super::super::extract::{B64, Hex, Json, Path};
use super::super::limits::Counted;
use super::super::principal::{Guardian, Member};
use super::super::problem::Problem;
use crate::app::{App, recovery};
use crate::domain::principal::Principal;

/// What a guardian asks who lost its keys.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskBack {
    /// For guardians and toys of the family: public keys, and slots that are sealed to guardians;
    /// at most 16,384 bytes.
    #[schema(value_type = String)]
    pub request: B64,
    /// For the asker itself, sealed; at most 4,096 bytes.
    #[schema(value_type = String)]
    pub kept: B64,
}

/// What the own account has asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnRecovery {
    /// What was asked.
    #[schema(value_type = String)]
    pub request: B64,
    /// What the asker keeps for itself.
    #[schema(value_type = String)]
    pub kept: B64,
    /// What a guardian answered, sealed to the asker.
    #[schema(value_type = Option<String>)]
    pub answer: Option<B64>,
    /// The signing key of that guardian.
    #[schema(value_type = Option<String>)]
    pub answered_by: Option<Hex<KeyId>>,
    /// Until when it counts, in milliseconds since 1970.
    pub expires_ms: i64,
}

/// What a guardian of the family asks.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecoveryAnswer {
    /// The account that asks.
    #[schema(value_type = String)]
    pub account: Hex<AccountId>,
    /// What is asked.
    #[schema(value_type = String)]
    pub request: B64,
    /// Whether a guardian has answered.
    pub answered: bool,
    /// Until when it counts, in milliseconds since 1970.
    pub expires_ms: i64,
}

/// What helps.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HelpBack {
    /// Sealed to the asker; at most 4,096 bytes.
    #[schema(value_type = String)]
    pub answer: B64,
}

/// Asks the family for a way back to lost keys; every guardian of it is written to.
#[utoipa::path(put, path = "/v1/account/recovery", tag = "accounts", request_body = AskBack,
    responses((status = 204, description = "Asked"), Problem))]
pub async fn ask(
    State(service): State<Service>,
    Guardian(own): Guardian,
    Json(body): Json<AskBack>,
) -> Result<StatusCode, Problem> {
    service.rates.count(Counted::Letter, own.account.bytes())?;
    recovery::ask(&service.app, &own, body.request.0, body.kept.0).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tells what the account has asked, and what was answered.
#[utoipa::path(get, path = "/v1/account/recovery", tag = "accounts",
    responses((status = 200, body = OwnRecovery, description = "The request"), Problem))]
pub async fn find(
    State(app): State<Arc<App>>,
    Guardian(own): Guardian,
) -> Result<axum::Json<OwnRecovery>, Problem> {
    let found = recovery::find(&app, &own).await?;
    Ok(axum::Json(OwnRecovery {
        request: B64(found.request),
        kept: B64(found.kept),
        answer: found.answer.map(B64),
        answered_by: found.answered_by.map(Hex),
        expires_ms: found.expires_ms,
    }))
}

/// Takes back what the account has asked.
#[utoipa::path(delete, path = "/v1/account/recovery", tag = "accounts",
    responses((status = 204, description = "Gone"), Problem))]
pub async fn delete(
    State(app): State<Arc<App>>,
    Guardian(own): Guardian,
) -> Result<StatusCode, Problem> {
    recovery::delete(&app, &own).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists what guardians ask who lost their keys.
#[utoipa::path(get, path = "/v1/families/{family}/recoveries", tag = "guardians",
    params(("family" = String, Path, description = "the family's id")),
    responses((status = 200, body = Vec<RecoveryAnswer>, description = "The requests"), Problem))]
pub async fn list(
    State(app): State<Arc<App>>,
    Member(principal): Member,
    Path(Hex(family)): Path<Hex<FamilyId>>,
) -> Result<axum::Json<Vec<RecoveryAnswer>>, Problem> {
    let asked = recovery::list(&app, &principal, family).await?;
    let listed = asked.into_iter().map(|asked| RecoveryAnswer {
        account: Hex(asked.account),
        request: B64(asked.request),
        answered: asked.answer.is_some(),
        expires_ms: asked.expires_ms,
    });
    Ok(axum::Json(listed.collect()))
}

/// Helps a guardian who lost its keys.
#[utoipa::path(post, path = "/v1/families/{family}/recoveries/{account}/answer", tag = "guardians",
    params(("family" = String, Path, description = "the family's id"),
        ("account" = String, Path, description = "the account that asks")), request_body = HelpBack,
    responses((status = 204, description = "Kept for the asker"), Problem))]
pub async fn answer(
    State(app): State<Arc<App>>,
    Guardian(own): Guardian,
    Path((Hex(family), Hex(account))): Path<(Hex<FamilyId>, Hex<AccountId>)>,
    Json(body): Json<HelpBack>,
) -> Result<StatusCode, Problem> {
    recovery::answer(&app, &Principal::Guardian(own), family, account, body.answer.0).await?;
    Ok(StatusCode::NO_CONTENT)
}
