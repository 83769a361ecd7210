//! Signing in and out.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::AppendHeaders;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use treehouse_protocol::opaque::credential_identifier;
use utoipa::ToSchema;

use super::super::Service;
use super::super::extract::{B64, Hex, Json, Path};
use super::super::limits::Counted;
use super::super::principal::{COOKIE, Guardian};
use super::super::problem::Problem;
use crate::app::{App, session};
use crate::data_map::RuleId;
use crate::domain::account::EmailAddress;
use crate::domain::principal::SessionId;
use crate::domain::token::Token;

/// The first message of a sign-in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartSignIn {
    /// The e-mail address.
    #[schema(max_length = 254)]
    pub email: String,
    /// The OPAQUE message KE1, 96 bytes.
    #[schema(value_type = String)]
    pub request: B64,
}

/// The answer to it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignInStarted {
    /// To be sent back with the second message, within a minute.
    #[schema(value_type = String)]
    pub ticket: B64,
    /// The OPAQUE message KE2, 320 bytes.
    #[schema(value_type = String)]
    pub response: B64,
    /// The name that passwords are bound to.
    pub deployment: String,
}

/// The second message of a sign-in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FinishSignIn {
    /// The ticket.
    #[schema(value_type = String)]
    pub ticket: B64,
    /// The OPAQUE message KE3, 64 bytes.
    #[schema(value_type = String)]
    pub message: B64,
}

/// Who signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignedIn {
    /// The account.
    #[schema(value_type = String)]
    pub account: Hex<treehouse_protocol::id::AccountId>,
}

/// A session in the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionListed {
    /// Its name, to end it by.
    #[schema(value_type = String)]
    pub session: Hex<SessionId>,
    /// When it began, in milliseconds since 1970.
    pub created_ms: i64,
    /// When it ends, in milliseconds since 1970.
    pub expires_ms: i64,
    /// Whether it's the one that asks.
    pub own: bool,
}

/// Cookies as a header.
pub type SetCookie = AppendHeaders<[(HeaderName, HeaderValue); 1]>;

/// The header that gives a browser its session, or takes it away.
pub(super) fn set_cookie(token: Option<&Token>) -> SetCookie {
    const RULES: &str = "Path=/; Secure; HttpOnly; SameSite=Strict";
    let value = match token {
        Some(token) => {
            let age = RuleId::Session.ms() / 1000;
            format!("{COOKIE}={}; Max-Age={age}; {RULES}", *token.text())
        }
        None => format!("{COOKIE}=; Max-Age=0; {RULES}"),
    };
    let value = HeaderValue::from_str(&value);
    let value = value.unwrap_or_else(|_| HeaderValue::from_static(""));
    AppendHeaders([(header::SET_COOKIE, value)])
}

/// Reads an address.
pub(super) fn parse_email(text: &str) -> Result<EmailAddress, Problem> {
    let rule = "must be an e-mail address of at most 254 bytes";
    EmailAddress::parse(text).ok_or_else(|| Problem::invalid("email", rule))
}

/// Begins to sign in.
///
/// Known and unknown addresses are answered alike, in content, length and time.
#[utoipa::path(post, path = "/v1/sessions/start", tag = "sign-in", request_body = StartSignIn,
    responses((status = 200, body = SignInStarted, description = "The server's message"), Problem))]
pub async fn start(
    State(service): State<Service>,
    Json(body): Json<StartSignIn>,
) -> Result<axum::Json<SignInStarted>, Problem> {
    let email = parse_email(&body.email)?;
    let app = &service.app;
    let index = credential_identifier(&app.secrets.index, email.text());
    service.rates.count(Counted::SignIn, &index)?;
    let started = session::start(app, &email, &body.request.0).await?;
    let (ticket, response) = (B64(started.ticket), B64(started.response));
    Ok(axum::Json(SignInStarted { ticket, response, deployment: app.deployment.clone() }))
}

/// Finishes signing in: gives a session.
#[utoipa::path(post, path = "/v1/sessions", tag = "sign-in", request_body = FinishSignIn,
    responses((status = 201, body = SignedIn, description = "Signed in; the session is a cookie"), Problem))]
pub async fn finish(
    State(app): State<Arc<App>>,
    Json(body): Json<FinishSignIn>,
) -> Result<impl IntoResponse, Problem> {
    let (account, token) = session::finish(&app, &body.ticket.0, &body.message.0).await?;
    let answer = axum::Json(SignedIn { account: Hex(account) });
    Ok((StatusCode::CREATED, set_cookie(Some(&token)), answer))
}

/// Lists the sessions of the account.
#[utoipa::path(get, path = "/v1/sessions", tag = "sign-in",
    responses((status = 200, body = Vec<SessionListed>, description = "The sessions, oldest first"), Problem))]
pub async fn list(
    State(app): State<Arc<App>>,
    Guardian(own): Guardian,
) -> Result<axum::Json<Vec<SessionListed>>, Problem> {
    let sessions = session::list(&app, &own).await?;
    let listed = sessions.into_iter().map(|session| SessionListed {
        session: Hex(session.id),
        created_ms: session.created_ms,
        expires_ms: session.expires_ms,
        own: session.hash == own.hash,
    });
    Ok(axum::Json(listed.collect()))
}

/// Ends one session of the account.
#[utoipa::path(delete, path = "/v1/sessions/{session}", tag = "sign-in",
    params(("session" = String, Path, description = "the session's name")),
    responses((status = 204, description = "Ended"), Problem))]
pub async fn end(
    State(app): State<Arc<App>>,
    Guardian(own): Guardian,
    Path(Hex(id)): Path<Hex<SessionId>>,
) -> Result<StatusCode, Problem> {
    session::end(&app, &own, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Signs out.
#[utoipa::path(delete, path = "/v1/sessions/current", tag = "sign-in",
    responses((status = 204, description = "Signed out"), Problem))]
pub async fn sign_out(
    State(app): State<Arc<App>>,
    Guardian(own): Guardian,
) -> Result<impl IntoResponse, Problem> {
    session::sign_out(&app, &own).await?;
    Ok((StatusCode::NO_CONTENT, set_cookie(None)))
}

/// Signs out everywhere.
#[utoipa::path(delete, path = "/v1/sessions", tag = "sign-in",
    responses((status = 204, description = "Every session was ended"), Problem))]
pub async fn sign_out_everywhere(
    State(app): State<Arc<App>>,
    Guardian(own): Guardian,
) -> Result<impl IntoResponse, Problem> {
    session::sign_out_everywhere(&app, &own).await?;
    Ok((StatusCode::NO_CONTENT, set_cookie(None)))
}
