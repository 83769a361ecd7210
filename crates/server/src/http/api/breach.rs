//! Notices of breaches, for whoever asks: who is concerned may have no account any more.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::problem::Problem;
use crate::app::{App, breach};
use crate::error::Error;

/// What families are told of breaches.
#[derive(Debug, Serialize, ToSchema)]
pub struct BreachesAnswer {
    /// The number of the version, from 1; 0 if there was no breach.
    pub version: u32,
    /// What was published, a list in JSON as docs/breach.md says. SHA-256 of it is the hash of the
    /// publication `breaches`; empty if there was no breach.
    pub text: String,
}

/// Gives every notice of a breach.
#[utoipa::path(get, path = "/v1/breaches", tag = "notices",
    responses((status = 200, body = BreachesAnswer, description = "The notices"), Problem))]
pub async fn list(State(app): State<Arc<App>>) -> Result<axum::Json<BreachesAnswer>, Problem> {
    let (version, document) = breach::published(&app).await?;
    let text = String::from_utf8(document);
    let text = text.map_err(|_| Error::Internal("the notices of breaches"))?;
    Ok(axum::Json(BreachesAnswer { version, text }))
}
