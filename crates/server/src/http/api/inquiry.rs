//! Verifying a parent by what only the parent knows or can show, through an outside verifier.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::Service;
use super::super::extract::{Body, Hex, Json, Octets, Path};
use super::super::limits::Counted;
use super::super::principal::Guardian;
use super::super::problem::Problem;
use super::verification::VerificationAnswer;
use crate::app::{App, inquiry};
use crate::domain::inquiry::Asked;
use crate::domain::verification::VerificationId;
use crate::port::verifier::SIGNATURE;

/// Whom a verifier is to ask about. It is told to the verifier, and kept nowhere.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskQuestions {
    /// First and last name.
    pub name: String,
    /// The day of birth, such as `1980-12-31`.
    pub born_on: String,
    /// The postal address, on one line.
    pub address: String,
}

/// Questions that a child can't answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuestionsAnswer {
    /// The questions.
    pub questions: Vec<QuestionAnswer>,
    /// Until when they may be answered, in milliseconds since 1970.
    pub until_ms: i64,
}

/// A question.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuestionAnswer {
    /// What is asked.
    pub text: String,
    /// What may be answered.
    pub choices: Vec<String>,
}

/// What was answered. It is passed on, and kept nowhere.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerQuestions {
    /// Of each question the place of a choice, the first being 0.
    pub chosen: Vec<u8>,
}

/// Has the verifier make questions, for `questions` alone. An account is shown three sets in thirty days.
#[utoipa::path(post, path = "/v1/verifications/{verification}/questions", tag = "verification",
    params(("verification" = String, Path, description = "the verification's id")),
    request_body = AskQuestions,
    responses((status = 200, body = QuestionsAnswer, description = "The questions"), Problem))]
pub async fn questions(
    State(service): State<Service>,
    Guardian(own): Guardian,
    Path(Hex(id)): Path<Hex<VerificationId>>,
    Json(body): Json<AskQuestions>,
) -> Result<axum::Json<QuestionsAnswer>, Problem> {
    let asked = Asked::new(&body.name, &body.born_on, &body.address)?;
    service.rates.count(Counted::Code, own.account.bytes())?;
    let handed = inquiry::questions(&service.app, &own, id, &asked).await?;
    let questions = handed
        .questions
        .into_iter()
        .map(|question| QuestionAnswer { text: question.text, choices: question.choices });
    let (questions, until_ms) = (questions.collect(), handed.until_ms);
    Ok(axum::Json(QuestionsAnswer { questions, until_ms }))
}

/// Answers the questions. It counts once.
#[utoipa::path(post, path = "/v1/verifications/{verification}/answers", tag = "verification",
    params(("verification" = String, Path, description = "the verification's id")),
    request_body = AnswerQuestions,
    responses((status = 200, body = VerificationAnswer, description = "How it stands"), Problem))]
pub async fn answers(
    State(service): State<Service>,
    Guardian(own): Guardian,
    Path(Hex(id)): Path<Hex<VerificationId>>,
    Json(body): Json<AnswerQuestions>,
) -> Result<axum::Json<VerificationAnswer>, Problem> {
    service.rates.count(Counted::Code, own.account.bytes())?;
    let found = inquiry::answer(&service.app, &own, id, &body.chosen).await?;
    Ok(axum::Json(VerificationAnswer::new(&service.app, found).await?))
}

/// Takes what the verifier has signed about a document: what it found, and that it was deleted.
#[utoipa::path(post, path = "/v1/verifier/events", tag = "verification",
    request_body(content = inline(Octets), content_type = "application/json"),
    responses((status = 204, description = "Taken"), Problem))]
pub async fn hear(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Body(bytes): Body,
) -> Result<StatusCode, Problem> {
    let signature = headers.get(SIGNATURE).and_then(|signed| signed.to_str().ok());
    inquiry::hear(&app, signature.unwrap_or_default(), &bytes).await?;
    Ok(StatusCode::NO_CONTENT)
}
