//! `Idempotency-Key` on POST: a client that was cut off sends the same request again, and gets the
//! same answer without anything being done twice.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;
use tracing::Instrument;

use super::asker::Asker;
use super::problem::Problem;
use super::{LINKS_BODY_BYTES_MAX, Service};
use crate::app::idempotency::{
    self, ANSWER_BYTES_MAX, CARRIED_OUT_S_MAX, KEY_BYTES_MAX, Request as Known,
};
use crate::error::Error;

const KEY: &str = "idempotency-key";
const CARRIED_OUT_MAX: Duration = Duration::from_secs(CARRIED_OUT_S_MAX as u64);

/// Answers a request that came before as it was answered then. Only for who is known by cookie or
/// token: others get nothing that they could lose.
pub async fn once(State(service): State<Service>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let known = request.extensions().get::<Asker>();
    let asker =
        known.and(headers.get(header::AUTHORIZATION).or_else(|| headers.get(header::COOKIE)));
    let (Some(asker), Some(key), &Method::POST) =
        (asker.cloned(), headers.get(KEY), request.method())
    else {
        return next.run(request).await;
    };
    if is_passing(request.uri().path()) {
        return next.run(request).await;
    }
    if key.is_empty() || key.len() > KEY_BYTES_MAX {
        return Problem::invalid(KEY, "must have 1 to 128 bytes").into_response();
    }
    let (key, path) = (key.clone(), request.uri().to_string());
    let (mut parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LINKS_BODY_BYTES_MAX).await else {
        return Problem::too_large().into_response();
    };
    // The body may have been long in coming: whether the asker still counts is asked again.
    parts.extensions.remove::<Asker>();
    let said = [path.as_bytes(), &body];
    let known = idempotency::request(asker.as_bytes(), key.as_bytes(), &said);
    let request = Request::from_parts(parts, Body::from(body));
    // In a task of its own: a client that is cut off meanwhile takes along neither what it asked for nor
    // the answer that it will ask for again.
    let carried_out = carry_out(service, known, request, next).in_current_span();
    match tokio::spawn(carried_out).await {
        Ok(answer) => answer,
        Err(ended) if ended.is_panic() => std::panic::resume_unwind(ended.into_panic()),
        Err(_) => Problem::from(Error::Internal("a request was cut off")).into_response(),
    }
}

/// What passes through to a verifier: of neither questions nor answers may anything be kept, and few
/// answers are possible, so that a hash would tell them. Such a request counts once by itself.
fn is_passing(path: &str) -> bool {
    let own = path.strip_prefix("/v1/verifications/");
    own.is_some_and(|own| own.ends_with("/questions") || own.ends_with("/answers"))
}

/// Carries a request out, unless it was; and keeps the answer.
async fn carry_out(service: Service, known: Known, request: Request, next: Next) -> Response {
    match idempotency::claim(&service.app, known).await {
        Ok(None) => {}
        Ok(Some((status, body))) => return again(status, body),
        Err(error) => return Problem::from(error).into_response(),
    }
    let (answer, kept) = match timeout(CARRIED_OUT_MAX, next.run(request)).await {
        Ok(answer) => keepable(answer).await,
        Err(_) => (StatusCode::REQUEST_TIMEOUT.into_response(), None),
    };
    if let Err(error) = idempotency::settle(&service.app, known, kept).await {
        tracing::warn!(%error, "an answer was not kept; the same request will find it running");
    }
    answer
}

/// The answer, and what is kept of it: short JSON of a request that was carried out. What failed
/// may come again, and so may what gives a session or a file.
async fn keepable(answer: Response) -> (Response, Option<(u16, Vec<u8>)>) {
    let (parts, body) = answer.into_parts();
    let is_json =
        parts.headers.get(header::CONTENT_TYPE).is_none_or(|kind| kind == "application/json");
    let fits =
        parts.status.is_success() && is_json && !parts.headers.contains_key(header::SET_COOKIE);
    if !fits {
        return (Response::from_parts(parts, body), None);
    }
    let body: Bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let kept = (body.len() <= ANSWER_BYTES_MAX).then(|| (parts.status.as_u16(), body.to_vec()));
    (Response::from_parts(parts, Body::from(body)), kept)
}

fn again(status: u16, body: Vec<u8>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let mut response = (status, body).into_response();
    if status != StatusCode::NO_CONTENT {
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
    }
    response.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
    response
}
