//! What stewards do: look at forms, talk to parents, and decide in two steps. Every act needs a reason, and none
//! leads to a child's data.

#![expect(unused_qualifications, reason = "utoipa writes the parameters' paths out")]

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use treehouse_protocol::registry::Coded as _;
use utoipa::{IntoParams, ToSchema};

use super::super::extract::{Hex, Json, Path, Query};
use super::super::principal::Staff;
use super::super::problem::Problem;
use crate::app::{App, steward};
use crate::domain::steward::{ActId, Reason, StewardId};
use crate::domain::verification::{CaseCode, Decision, VerificationId};

/// A form or a talk that waits.
#[derive(Debug, Serialize, ToSchema)]
pub struct QueuedForm {
    /// The verification.
    #[schema(value_type = String)]
    pub verification: Hex<VerificationId>,
    /// `signed-form`, `face-match`, `call` or `video`.
    pub method: &'static str,
    /// `submitted` or `recommended`.
    pub state: &'static str,
    /// The code on the form, or that was read out.
    pub code: Option<String>,
    /// For `face-match` alone: the verifier's page where the face is compared with the document.
    pub review_at: Option<String>,
    /// The steward who recommended it; another one decides.
    #[schema(value_type = Option<String>)]
    pub recommended_by: Option<Hex<StewardId>>,
}

/// Why a steward does something.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Because {
    /// A sentence of 10 to 500 characters. The parent can read it.
    pub reason: String,
}

/// A talk with a parent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Talked {
    /// The code that the parent read out.
    pub code: String,
    /// The words of the steps of the script that were done: all of them.
    pub done: Vec<String>,
    /// A sentence of 10 to 500 characters. The parent can read it.
    pub reason: String,
}

/// Which verification.
#[derive(Debug, Serialize, ToSchema)]
pub struct Which {
    /// Its id.
    #[schema(value_type = String)]
    pub verification: Hex<VerificationId>,
}

/// A decision about a form.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Decide {
    /// Whether the form is a signed one of an adult.
    pub approve: bool,
    /// A sentence of 10 to 500 characters. The parent can read it.
    pub reason: String,
}

/// An act of a steward.
#[derive(Debug, Serialize, ToSchema)]
pub struct StewardAct {
    /// The id of the act.
    #[schema(value_type = String)]
    pub id: Hex<ActId>,
    /// The steward's name.
    pub by: String,
    /// What.
    pub act: &'static str,
    /// Why.
    pub reason: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
}

/// Which acts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ActQuery {
    /// Before this time, in milliseconds since 1970.
    pub before_ms: Option<i64>,
    /// And before the act with this id.
    #[param(value_type = Option<String>)]
    pub before: Option<Hex<ActId>>,
}

fn reason_of(text: &str) -> Result<Reason, Problem> {
    let rule = "must be one line of 10 to 500 characters";
    Reason::parse(text).ok_or_else(|| Problem::invalid("reason", rule))
}

/// Lists the forms and talks that wait for stewards.
#[utoipa::path(get, path = "/v1/steward/forms", tag = "stewards",
    responses((status = 200, body = Vec<QueuedForm>, description = "The forms"), Problem))]
pub async fn queue(
    State(app): State<Arc<App>>,
    Staff(own): Staff,
) -> Result<axum::Json<Vec<QueuedForm>>, Problem> {
    let waiting = steward::queue(&app, own).await?;
    let listed = waiting.into_iter().map(|form| QueuedForm {
        verification: Hex(form.id),
        method: form.method.word(),
        state: form.state.word(),
        code: form.code.map(|code| code.text().to_owned()),
        review_at: form.review_at,
        recommended_by: form.recommended_by.map(Hex),
    });
    Ok(axum::Json(listed.collect()))
}

/// Shows the scan of a form. Looking at it is an act with a reason.
#[utoipa::path(post, path = "/v1/steward/forms/{verification}/scan", tag = "stewards",
    params(("verification" = String, Path, description = "the verification's id")), request_body = Because,
    responses((status = 200, description = "The scan", content_type = "application/octet-stream"), Problem))]
pub async fn scan(
    State(app): State<Arc<App>>,
    Staff(own): Staff,
    Path(Hex(id)): Path<Hex<VerificationId>>,
    Json(body): Json<Because>,
) -> Result<impl IntoResponse, Problem> {
    let (kind, bytes) = steward::scan(&app, own, id, &reason_of(&body.reason)?).await?;
    let kind = HeaderValue::from_static(kind.media_type());
    Ok(([(header::CONTENT_TYPE, kind)], bytes.to_vec()))
}

/// Recommends a form: the first of two steps.
#[utoipa::path(post, path = "/v1/steward/forms/{verification}/recommend", tag = "stewards",
    params(("verification" = String, Path, description = "the verification's id")), request_body = Because,
    responses((status = 204, description = "Another steward decides"), Problem))]
pub async fn recommend(
    State(app): State<Arc<App>>,
    Staff(own): Staff,
    Path(Hex(id)): Path<Hex<VerificationId>>,
    Json(body): Json<Because>,
) -> Result<StatusCode, Problem> {
    steward::recommend(&app, own, id, &reason_of(&body.reason)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Says that a parent was talked to, and every step of the script done: the first of two steps.
#[utoipa::path(post, path = "/v1/steward/talks", tag = "stewards", request_body = Talked,
    responses((status = 200, body = Which, description = "Another steward decides"), Problem))]
pub async fn talk(
    State(app): State<Arc<App>>,
    Staff(own): Staff,
    Json(body): Json<Talked>,
) -> Result<axum::Json<Which>, Problem> {
    let code = CaseCode::parse(&body.code);
    let code = code.ok_or_else(|| Problem::invalid("code", "must be the code of the app"))?;
    let reason = reason_of(&body.reason)?;
    let id = steward::talk(&app, own, &code, &body.done, &reason).await?;
    Ok(axum::Json(Which { verification: Hex(id) }))
}

/// Decides about a form that another steward recommended, or a talk that another one had. A scan
/// is deleted with it.
#[utoipa::path(post, path = "/v1/steward/forms/{verification}/decide", tag = "stewards",
    params(("verification" = String, Path, description = "the verification's id")), request_body = Decide,
    responses((status = 204, description = "Decided; the parent is told"), Problem))]
pub async fn decide(
    State(app): State<Arc<App>>,
    Staff(own): Staff,
    Path(Hex(id)): Path<Hex<VerificationId>>,
    Json(body): Json<Decide>,
) -> Result<StatusCode, Problem> {
    let decision = if body.approve { Decision::Approve } else { Decision::Decline };
    steward::decide(&app, own, id, decision, &reason_of(&body.reason)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists what stewards did, the latest first; at most 100.
#[utoipa::path(get, path = "/v1/steward/acts", tag = "stewards", params(ActQuery),
    responses((status = 200, body = Vec<StewardAct>, description = "The acts"), Problem))]
pub async fn acts(
    State(app): State<Arc<App>>,
    Staff(own): Staff,
    Query(query): Query<ActQuery>,
) -> Result<axum::Json<Vec<StewardAct>>, Problem> {
    let before = query.before_ms.zip(query.before.map(|id| id.0));
    let acts = steward::acts(&app, own, before).await?;
    let listed = acts.into_iter().map(|listed| StewardAct {
        id: Hex(listed.id),
        by: listed.by,
        act: listed.act.word(),
        reason: listed.reason,
        at_ms: listed.at_ms,
    });
    Ok(axum::Json(listed.collect()))
}
