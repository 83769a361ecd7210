//! Refusals as problem documents (RFC 9457): one place that turns kinds of failure into HTTP.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::openapi::{Content, Ref, RefOr, Response as Answer, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

use crate::error::Error;

/// A refusal. In a box: it is an error of most functions here, and ten times as large as what
/// they answer else.
#[derive(Debug, Clone)]
pub struct Problem(Box<Document>);

/// What is wrong, and what to do.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = Problem)]
pub struct Document {
    /// What kind of problem: `urn:treehouse:problem:` and a word that never changes.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong this time, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The field that breaks a rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The rule that it breaks, as the end of a sentence that starts with the field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The number of the link that was refused, or of the last one that there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// The hash of the last link that there is, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head: Option<String>,
    /// The hash of the direct notice that a guardian must agree to, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
    /// How long to wait before the next try, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u64>,
}

impl Problem {
    /// A problem of this kind.
    #[must_use]
    pub fn new(status: StatusCode, kind: &str, title: &str) -> Self {
        Self(Box::new(Document {
            kind: format!("urn:treehouse:problem:{kind}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: None,
            field: None,
            rule: None,
            seq: None,
            head: None,
            notice: None,
            retry_after_s: None,
        }))
    }

    /// Its HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The same with a sentence of detail.
    #[must_use]
    pub fn with(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// A part of the request that breaks a rule.
    #[must_use]
    pub fn invalid(field: &str, rule: &str) -> Self {
        let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Invalid request");
        let mut problem = problem.with(format!("{field} {rule}"));
        problem.0.field = Some(field.to_owned());
        problem.0.rule = Some(rule.to_owned());
        problem
    }

    /// A body over its limit.
    #[must_use]
    pub fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Too large")
            .with("the body is over its limit")
    }

    /// The one answer for what isn't there and for what the asker may not know of.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found")
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::NotFound => Self::not_found(),
            Error::Unauthenticated => {
                Self::new(StatusCode::UNAUTHORIZED, "sign-in", "Sign in first")
            }
            Error::Denied(why) => {
                Self::new(StatusCode::FORBIDDEN, "denied", "Not allowed").with(why)
            }
            Error::Invalid { field, rule } => Self::invalid(field, rule),
            Error::Refused(refused) => Self::invalid(refused.field, refused.rule).with(text),
            Error::Chain(refused) => {
                let mut problem = Self::invalid(refused.cause.field, refused.cause.rule).with(text);
                problem.0.seq = Some(refused.seq);
                problem
            }
            Error::Behind(seen) => {
                let mut problem =
                    Self::new(StatusCode::CONFLICT, "behind", "The chain has grown").with(text);
                problem.0.seq = Some(seen.seq);
                problem.0.head = Some(seen.head.to_string());
                problem
            }
            Error::Conflict(why) => {
                Self::new(StatusCode::CONFLICT, "conflict", "Something is in the way").with(why)
            }
            Error::Superseded => {
                Self::new(StatusCode::CONFLICT, "superseded", "There is a later state").with(text)
            }
            Error::Gone(why) => Self::new(StatusCode::GONE, "gone", "Over").with(why),
            Error::TooMany { retry_s } => {
                let kind = "too-many-requests";
                let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, kind, "Too many requests");
                let mut problem = problem.with(text);
                problem.0.retry_after_s = Some(retry_s);
                problem
            }
            Error::Quota => {
                Self::new(StatusCode::INSUFFICIENT_STORAGE, "family-full", "The room is full")
                    .with(text)
            }
            Error::Halted(why) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "halted", "Halted").with(why)
            }
            Error::Unavailable(why) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not now").with(why)
            }
            Error::Outdated { notice } => {
                let title = "Consent to an older notice";
                let problem = Self::new(StatusCode::CONFLICT, "consent-outdated", title);
                let mut problem = problem.with(text);
                problem.0.notice = Some(notice.to_string());
                problem
            }
            Error::NotReady(_) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "not-ready", "Not ready for children")
                    .with(text)
            }
            Error::Full => {
                Self::new(StatusCode::INSUFFICIENT_STORAGE, "server-full", "No room left")
                    .with(text)
            }
            Error::Internal(what) => {
                tracing::error!(what, "internal error");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error")
            }
        }
    }
}

/// What stands at each operation of the OpenAPI document.
impl IntoResponses for Problem {
    fn responses() -> BTreeMap<String, RefOr<Answer>> {
        let content = Content::new(Some(Ref::from_schema_name("Problem")));
        let answer = ResponseBuilder::new()
            .description("What is wrong, and what to do")
            .content("application/problem+json", content);
        BTreeMap::from([("default".to_owned(), RefOr::T(answer.build()))])
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, retry) = (self.status(), self.0.retry_after_s);
        let mut response = (status, Json(self.0)).into_response();
        let headers = response.headers_mut();
        let problem = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, problem);
        if let Some(value) = retry.and_then(|s| HeaderValue::from_str(&s.to_string()).ok()) {
            headers.insert(header::RETRY_AFTER, value);
        }
        response
    }
}
