//! Notices to read, to print and to keep: HTML, PDF and plain text, for whoever asks.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use base64ct::{Base64, Encoding as _};
use treehouse_protocol::id::Hash;

use super::api::notice::NoticeQuery;
use super::extract::{Path, Query};
use super::headers::{ANY_OPENER, SANDBOX};
use super::problem::Problem;
use crate::app::{App, notice};
use crate::error::Error;
use crate::notice::{Kind, STYLE, html, text};

/// A notice: `/notice/KIND.html`, `.txt` or `.pdf`.
pub async fn page(
    State(app): State<Arc<App>>,
    Path(file): Path<String>,
    Query(query): Query<NoticeQuery>,
) -> Result<Response, Problem> {
    let (kind, form) = file.rsplit_once('.').ok_or_else(Problem::not_found)?;
    let kind = Kind::from_word(kind).ok_or_else(Problem::not_found)?;
    let lang = query.lang()?;
    let made = |_| Problem::from(Error::Internal("a notice"));
    let mut headers = HeaderMap::new();
    let mut header = |name, value: &str| {
        // All are written here, of plain signs.
        HeaderValue::from_str(value).map(|value| headers.insert(name, value)).ok();
    };
    header(CONTENT_LANGUAGE, lang.tag());
    header(CACHE_CONTROL, "no-cache");
    let body = match form {
        "html" => {
            header(CONTENT_TYPE, "text/html; charset=utf-8");
            header(CONTENT_SECURITY_POLICY, &policy());
            header(ANY_OPENER.0, ANY_OPENER.1);
            let (version, _) = notice::find(&app, kind, query.version).await?;
            html(&version, lang).map_err(made)?.into_bytes()
        }
        "txt" => {
            header(CONTENT_TYPE, "text/plain; charset=utf-8");
            let (version, _) = notice::find(&app, kind, query.version).await?;
            text(&version, lang).map_err(made)?.into_bytes()
        }
        "pdf" => {
            header(CONTENT_TYPE, "application/pdf");
            notice::pdf(&app, kind, query.version, lang).await?
        }
        _ => return Err(Problem::not_found()),
    };
    Ok((headers, body).into_response())
}

/// Nothing runs, nothing is loaded, nothing is sent: only the one style that the page holds.
fn policy() -> String {
    let style = Base64::encode_string(Hash::of(STYLE.as_bytes()).bytes());
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'; {SANDBOX}"
    )
}
