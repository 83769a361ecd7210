//! Invitations of a further guardian.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use treehouse_protocol::id::{AccountId, ChildId, FamilyId};
use treehouse_protocol::registry::{Coded, Role};
use utoipa::ToSchema;

use super::super::extract::{B64, Hex, Json, Path};
use super::super::principal::Guardian;
use super::super::problem::Problem;
use super::chain::by_word;
use crate::app::{App, invitation};
use crate::domain::invitation::{Invitation, InvitationId, InvitationState};
use crate::domain::principal::Principal;

/// Whom a guardian invites.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteGuardian {
    /// `owner` or `carer`.
    pub role: String,
    /// A carer's children; none for an owner.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 64)]
    pub children: Vec<Hex<ChildId>>,
}

/// An invitation.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvitationAnswer {
    /// Its id.
    #[schema(value_type = String)]
    pub invitation: Hex<InvitationId>,
    /// The family that invites.
    #[schema(value_type = String)]
    pub family: Hex<FamilyId>,
    /// `owner` or `carer`.
    pub role: &'static str,
    /// A carer's children.
    #[schema(value_type = Vec<String>)]
    pub children: Vec<Hex<ChildId>>,
    /// Whether somebody has answered.
    pub answered: bool,
    /// The answer, for the inviting family only.
    #[schema(value_type = Option<String>)]
    pub answer: Option<B64>,
    /// The account that answered, for the inviting family only.
    #[schema(value_type = Option<String>)]
    pub answered_by: Option<Hex<AccountId>>,
    /// The last moment, in milliseconds since 1970.
    pub expires_ms: i64,
}

impl From<Invitation> for InvitationAnswer {
    fn from(invitation: Invitation) -> Self {
        Self {
            invitation: Hex(invitation.id),
            family: Hex(invitation.family),
            role: invitation.offer.role.word(),
            children: invitation.offer.children.into_iter().map(Hex).collect(),
            answered: invitation.state == InvitationState::Answered,
            answer: invitation.answer.map(B64),
            answered_by: invitation.answered_by.map(Hex),
            expires_ms: invitation.expires_ms,
        }
    }
}

/// An answer to an invitation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerInvitation {
    /// What the inviter's client will check: keys, proof, attestation, acceptance.
    #[schema(value_type = String)]
    pub answer: B64,
}

/// Invites a further guardian. The secret of the invitation never comes here.
#[utoipa::path(post, path = "/v1/families/{family}/invitations", tag = "guardians",
    params(("family" = String, Path, description = "the family's id")), request_body = InviteGuardian,
    responses((status = 201, body = InvitationAnswer, description = "The invitation"), Problem))]
pub async fn invite(
    State(app): State<Arc<App>>,
    Guardian(own): Guardian,
    Path(Hex(family)): Path<Hex<FamilyId>>,
    Json(body): Json<InviteGuardian>,
) -> Result<(StatusCode, axum::Json<InvitationAnswer>), Problem> {
    let role: Role = by_word(&body.role, "role")?;
    let children = body.children.into_iter().map(|child| child.0).collect();
    let principal = Principal::Guardian(own);
    let invitation = invitation::invite(&app, &principal, family, role, children).await?;
    Ok((StatusCode::CREATED, axum::Json(invitation.into())))
}

/// Lists the open invitations of a family, with their answers.
#[utoipa::path(get, path = "/v1/families/{family}/invitations", tag = "guardians",
    params(("family" = String, Path, description = "the family's id")),
    responses((status = 200, body = Vec<InvitationAnswer>, description = "The invitations"), Problem))]
pub async fn list(
    State(app): State<Arc<App>>,
    Guardian(own): Guardian,
    Path(Hex(family)): Path<Hex<FamilyId>>,
) -> Result<axum::Json<Vec<InvitationAnswer>>, Problem> {
    let invitations = invitation::list(&app, &Principal::Guardian(own), family).await?;
    Ok(axum::Json(invitations.into_iter().map(Into::into).collect()))
}

/// Calls an invitation off, or clears away one that was carried out.
#[utoipa::path(delete, path = "/v1/families/{family}/invitations/{invitation}", tag = "guardians",
    params(("family" = String, Path, description = "the family's id"),
        ("invitation" = String, Path, description = "the invitation's id")),
    responses((status = 204, description = "Gone"), Problem))]
pub async fn delete(
    State(app): State<Arc<App>>,
    Guardian(own): Guardian,
    Path((Hex(family), Hex(id))): Path<(Hex<FamilyId>, Hex<InvitationId>)>,
) -> Result<StatusCode, Problem> {
    invitation::delete(&app, &Principal::Guardian(own), family, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tells an invited one what it is invited to.
#[utoipa::path(get, path = "/v1/invitations/{invitation}", tag = "guardians",
    params(("invitation" = String, Path, description = "the invitation's id")),
    responses((status = 200, body = InvitationAnswer, description = "The invitation"), Problem))]
pub async fn find(
    State(app): State<Arc<App>>,
    Guardian(own): Guardian,
    Path(Hex(id)): Path<Hex<InvitationId>>,
) -> Result<axum::Json<InvitationAnswer>, Problem> {
    let found = invitation::find(&app, id).await?;
    let mut answer = InvitationAnswer::from(found);
    // Who else answered is for the inviting family alone.
    if answer.answered_by != Some(Hex(own.account)) {
        (answer.answer, answer.answered_by) = (None, None);
    }
    Ok(axum::Json(answer))
}

/// Answers an invitation.
#[utoipa::path(post, path = "/v1/invitations/{invitation}/answer", tag = "guardians",
    params(("invitation" = String, Path, description = "the invitation's id")), request_body = AnswerInvitation,
    responses((status = 204, description = "The inviter will check it"), Problem))]
pub async fn answer(
    State(app): State<Arc<App>>,
    Guardian(own): Guardian,
    Path(Hex(id)): Path<Hex<InvitationId>>,
    Json(body): Json<AnswerInvitation>,
) -> Result<StatusCode, Problem> {
    invitation::answer(&app, &own, id, body.answer.0).await?;
    Ok(StatusCode::NO_CONTENT)
}
