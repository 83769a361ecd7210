//! Opening an account, new passwords, and a guardian's sealed keys.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use treehouse_protocol::id::{AccountId, FamilyId, SlotId};
use treehouse_protocol::opaque::credential_identifier;
use utoipa::ToSchema;

use super::super::Service;
use super::super::extract::{B64, Hex, Json, Path};
use super::super::limits::Counted;
use super::super::principal::Guardian;
use super::super::problem::Problem;
use super::session::{SignedIn, parse_email, set_cookie};
use crate::app::{App, account, closing};
use crate::domain::account::LinkPurpose;
use crate::domain::token::Token;

/// What a mailed link is to be for.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LinkFor {
    /// To open an account.
    Register,
    /// To set a new password.
    Reset,
}

/// Asks for a link by mail.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskLink {
    /// The e-mail address.
    #[schema(max_length = 254)]
    pub email: String,
    /// What for.
    pub purpose: LinkFor,
}

/// The first message of a registration.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartRegistration {
    /// The token of the mailed link: what stands behind its `#`.
    pub token: String,
    /// The OPAQUE registration request, 32 bytes.
    #[schema(value_type = String)]
    pub request: B64,
}

/// The answer to it.
#[derive(Debug, Serialize, ToSchema)]
pub struct RegistrationStarted {
    /// The OPAQUE registration response, 64 bytes.
    #[schema(value_type = String)]
    pub response: B64,
    /// The name that passwords are bound to.
    pub deployment: String,
}

/// The last message of a registration.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FinishRegistration {
    /// The token of the mailed link.
    pub token: String,
    /// The OPAQUE registration record, 192 bytes.
    #[schema(value_type = String)]
    pub record: B64,
}

/// The first message of a change of password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartPassword {
    /// The OPAQUE registration request, 32 bytes.
    #[schema(value_type = String)]
    pub request: B64,
}

/// The last message of a change of password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FinishPassword {
    /// The OPAQUE registration record, 192 bytes.
    #[schema(value_type = String)]
    pub record: B64,
    /// The slot that the new password opens (TH-SLOT/1), if the account has keys.
    #[schema(value_type = Option<String>)]
    pub slot: Option<B64>,
}

/// The account that is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Own {
    /// The account.
    #[schema(value_type = String)]
    pub account: Hex<AccountId>,
    /// The family that it belongs to.
    #[schema(value_type = Option<String>)]
    pub family: Option<Hex<FamilyId>>,
}

/// A guardian's sealed keys.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SealedKeys {
    /// The sealed bundle (TH-GB/1).
    #[schema(value_type = String)]
    pub bundle: B64,
    /// The slots that open it (TH-SLOT/1), at most 16.
    #[schema(value_type = Vec<String>, max_items = 16)]
    pub slots: Vec<B64>,
}

/// One slot.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OneSlot {
    /// The slot (TH-SLOT/1).
    #[schema(value_type = String)]
    pub slot: B64,
    /// Whether it was there before: one that was deleted meanwhile stays deleted.
    #[serde(default)]
    pub again: bool,
}

pub(super) fn parse_token(text: &str) -> Result<Token, Problem> {
    Token::parse(text).ok_or_else(|| Problem::invalid("token", "must be that of a mailed link"))
}

/// Has a link mailed, to open an account or to set a new password.
///
/// The answer is the same whether there is an account or not; only the mailbox learns more.
#[utoipa::path(post, path = "/v1/accounts/links", tag = "accounts", request_body = AskLink,
    responses((status = 202, description = "A letter is on its way"), Problem))]
pub async fn send_link(
    State(service): State<Service>,
    Json(body): Json<AskLink>,
) -> Result<StatusCode, Problem> {
    let email = parse_email(&body.email)?;
    let index = credential_identifier(&service.app.secrets.index, email.text());
    service.rates.count(Counted::Letter, &index)?;
    let purpose = match body.purpose {
        LinkFor::Register => LinkPurpose::Register,
        LinkFor::Reset => LinkPurpose::Reset,
    };
    account::send_link(&service.app, &email, purpose).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Begins a registration with a mailed link.
#[utoipa::path(post, path = "/v1/accounts/start", tag = "accounts", request_body = StartRegistration,
    responses((status = 200, body = RegistrationStarted, description = "The server's message"), Problem))]
pub async fn register_start(
    State(app): State<Arc<App>>,
    Json(body): Json<StartRegistration>,
) -> Result<axum::Json<RegistrationStarted>, Problem> {
    let token = parse_token(&body.token)?;
    let response = B64(account::register_start(&app, &token, &body.request.0).await?);
    Ok(axum::Json(RegistrationStarted { response, deployment: app.deployment.clone() }))
}

/// Opens the account, or sets its new password, and signs in. The link counts once.
#[utoipa::path(post, path = "/v1/accounts", tag = "accounts", request_body = FinishRegistration,
    responses((status = 201, body = SignedIn, description = "Done; the session is a cookie"), Problem))]
pub async fn register_finish(
    State(app): State<Arc<App>>,
    Json(body): Json<FinishRegistration>,
) -> Result<impl IntoResponse, Problem> {
    let token = parse_token(&body.token)?;
    let (account, session) = account::register_finish(&app, &token, &body.record.0).await?;
    let answer = axum::Json(SignedIn { account: Hex(account) });
    Ok((StatusCode::CREATED, set_cookie(Some(&session)), answer))
}

/// Begins to change the password.
#[utoipa::path(post, path = "/v1/account/password/start", tag = "accounts", request_body = StartPassword,
    responses((status = 200, body = RegistrationStarted, description = "The server's message"), Problem))]
pub async fn password_start(
    State(app): State<Arc<App>>,
    Guardian(own): Guardian,
    Json(body): Json<StartPassword>,
) -> Result<axum::Json<RegistrationStarted>, Problem> {
    let response = B64(account::password_start(&app, &own, &body.request.0).await?);
    Ok(axum::Json(RegistrationStarted { response, deployment: app.deployment.clone() }))
}

/// Changes the password, together with the slot that it opens. Every other session ends.
#[utoipa::path(post, path = "/v1/account/password", tag = "accounts", request_body = FinishPassword,
    responses((status = 204, description = "Changed; the session is a new cookie"), Problem))]
pub async fn password_finish(
    State(app): State<Arc<App>>,
    Guardian(own): Guardian,
    Json(body): Json<FinishPassword>,
) -> Result<impl IntoResponse, Problem> {
    let slot = body.slot.as_ref().map(|slot| slot.0.as_slice());
    let token = account::password_finish(&app, &own, &body.record.0, slot).await?;
    Ok((StatusCode::NO_CONTENT, set_cookie(Some(&token))))
}

/// Tells who is signed in.
#[utoipa::path(get, path = "/v1/account", tag = "accounts",
    responses((status = 200, body = Own, description = "The account"), Problem))]
pub async fn own(Guardian(own): Guardian) -> axum::Json<Own> {
    axum::Json(Own { account: Hex(own.account), family: own.family.map(Hex) })
}

/// Closes the account: nothing of it is left, and the address is as if nobody had used it.
///
/// The family's last owner must have erased the family, which ends with the account; other guardians
/// stay, and are told.
#[utoipa::path(delete, path = "/v1/account", tag = "accounts",
    responses((status = 204, description = "Closed; every session has ended"), Problem))]
pub async fn close(
    State(app): State<Arc<App>>,
    Guardian(own): Guardian,
) -> Result<impl IntoResponse, Problem> {
    closing::close(&app, &own).await?;
    Ok((StatusCode::NO_CONTENT, set_cookie(None)))
}

/// Gives the sealed keys of the account.
#[utoipa::path(get, path = "/v1/account/keys", tag = "accounts",
    responses((status = 200, body = SealedKeys, description = "The bundle and its slots"), Problem))]
pub async fn keys(
    State(app): State<Arc<App>>,
    Guardian(own): Guardian,
) -> Result<axum::Json<SealedKeys>, Problem> {
    let account::Keys { bundle, slots } = account::keys(&app, &own).await?;
    let slots = slots.into_iter().map(B64).collect();
    Ok(axum::Json(SealedKeys { bundle: B64(bundle), slots }))
}

/// Keeps the sealed keys of the account, in place of what was there.
#[utoipa::path(put, path = "/v1/account/keys", tag = "accounts", request_body = SealedKeys,
    responses((status = 204, description = "Kept"), Problem))]
pub async fn put_keys(
    State(app): State<Arc<App>>,
    Guardian(own): Guardian,
    Json(body): Json<SealedKeys>,
) -> Result<StatusCode, Problem> {
    let slots: Vec<Vec<u8>> = body.slots.into_iter().map(|slot| slot.0).collect();
    account::put_keys(&app, &own, &body.bundle.0, &slots).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Keeps one slot, in place of the one with the same id.
#[utoipa::path(put, path = "/v1/account/slots", tag = "accounts", request_body = OneSlot,
    responses((status = 204, description = "Kept"), Problem))]
pub async fn put_slot(
    State(app): State<Arc<App>>,
    Guardian(own): Guardian,
    Json(body): Json<OneSlot>,
) -> Result<StatusCode, Problem> {
    if body.again {
        account::replace_slot(&app, &own, &body.slot.0).await?;
    } else {
        account::put_slot(&app, &own, &body.slot.0).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes one slot, but not the last.
#[utoipa::path(delete, path = "/v1/account/slots/{slot}", tag = "accounts",
    params(("slot" = String, Path, description = "the slot's id")),
    responses((status = 204, description = "Deleted"), Problem))]
pub async fn delete_slot(
    State(app): State<Arc<App>>,
    Guardian(own): Guardian,
    Path(Hex(slot)): Path<Hex<SlotId>>,
) -> Result<StatusCode, Problem> {
    account::delete_slot(&app, &own, slot).await?;
    Ok(StatusCode::NO_CONTENT)
}
