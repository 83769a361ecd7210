//! Headers of every answer, errors too.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

const ALWAYS: [(HeaderName, &str); 7] = [
    // One year, and for every name below: nothing here is ever served in clear.
    (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains"),
    // Answers of the API are data: nothing in them may run or be framed.
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    // What the server hands out is for one asker alone.
    (header::CACHE_CONTROL, "no-store"),
];

/// For a page that isn't the app's, beside its own policy: it runs nothing, and is of no origin, so that it
/// reaches nothing that the app keeps in the browser. What it links to may be saved.
pub const SANDBOX: &str = "sandbox allow-downloads";
/// A browser shows no page that is both put into a sandbox and kept from who opened it; this one has
/// nothing that could be reached.
pub const ANY_OPENER: (HeaderName, &str) =
    (HeaderName::from_static("cross-origin-opener-policy"), "unsafe-none");

/// Adds what every answer must have, unless the handler knows better.
pub async fn secure(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
