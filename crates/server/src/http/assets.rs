//! The web app, embedded: pages, their scripts, and the hash of all of it.
//!
//! A debug build reads the files from `web/dist/app` at each request; a release build holds them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use axum::http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};
use serde::Serialize;
use treehouse_protocol::id::Hash;

use super::headers::{ANY_OPENER, SANDBOX};
use super::problem::Problem;

/// Names that change with their content lie here.
const IMMUTABLE: &str = "assets/";
/// The part of the site that programs ask: never a page.
const NOT_PAGES: [&str; 4] = ["v1/", "log/", "notice/", IMMUTABLE];
/// What a page may do: run our scripts and our core, and talk to this server.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' blob: data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; \
    worker-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'; \
    trusted-types svelte-trusted-html treehouse-worker";
/// What the browser may be asked for on our pages.
const PERMISSIONS: &str = "camera=(self), microphone=(self), geolocation=(), payment=(), usb=(), \
    publickey-credentials-create=(self), publickey-credentials-get=(self)";
const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><title>Treehouse</title>\
    <h1>The app isn't built</h1><p>Run <code>cargo xtask web</code> and start the server again. \
    Toys and the command line work without it.</p></html>";

#[derive(RustEmbed)]
#[folder = "../../web/dist/app"]
struct Bundle;

/// A file of the app, or the page that stands for every address of it.
pub async fn page(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return Problem::not_found().into_response();
    }
    let path = uri.path().trim_start_matches('/');
    if let Some(file) = Bundle::get(path) {
        return served(path, &file, &headers);
    }
    let last = path.rsplit('/').next().unwrap_or_default();
    let is_page = !NOT_PAGES.iter().any(|start| path.starts_with(start)) && !last.contains('.');
    if !is_page || !wants_page(&headers) {
        return Problem::not_found().into_response();
    }
    let entry = match path.split('/').next() {
        Some("toy") => "toy.html",
        Some("console") => "console.html",
        Some("audit") => "audit.html",
        _ => "index.html",
    };
    let Some(file) = Bundle::get(entry) else {
        let policy = format!("default-src 'none'; frame-ancestors 'none'; {SANDBOX}");
        let policy = [(CONTENT_SECURITY_POLICY, policy)];
        return (StatusCode::SERVICE_UNAVAILABLE, policy, [ANY_OPENER], Html(NOT_BUILT))
            .into_response();
    };
    served(entry, &file, &headers)
}

fn wants_page(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/html"))
}

fn served(path: &str, file: &EmbeddedFile, headers: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", hex(&file.metadata.sha256_hash()));
    let mut response = match HeaderValue::from_str(&tag) {
        Ok(tag) if headers.get(IF_NONE_MATCH) == Some(&tag) => {
            StatusCode::NOT_MODIFIED.into_response()
        }
        _ => body_of(path, file, headers),
    };
    let cache = if path.starts_with(IMMUTABLE) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let own = response.headers_mut();
    own.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    own.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    own.insert(VARY, HeaderValue::from_static("accept-encoding"));
    let fixed =
        [("cross-origin-embedder-policy", "require-corp"), ("permissions-policy", PERMISSIONS)];
    for (name, value) in fixed {
        own.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        own.insert(ETAG, tag);
    }
    response
}

fn body_of(path: &str, file: &EmbeddedFile, headers: &HeaderMap) -> Response {
    let kind = [(CONTENT_TYPE, content_type(path))];
    let taken = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let brotli =
        taken.is_some_and(|taken| taken.split(',').any(|one| one.trim().starts_with("br")));
    let smaller = brotli.then(|| Bundle::get(&format!("{path}.br"))).flatten();
    match smaller {
        Some(smaller) => {
            (kind, [(CONTENT_ENCODING, "br")], smaller.data.into_owned()).into_response()
        }
        None => (kind, file.data.to_vec()).into_response(),
    }
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("wasm") => "application/wasm",
        Some("json" | "webmanifest") => "application/json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// The hash of everything that the app is made of, so that two people can compare what they got.
#[derive(Debug, Serialize)]
pub struct BundleHash {
    /// SHA-256 over a line for each file: its SHA-256, two blanks, its name, a line feed; in the
    /// order of the names. `sha256sum` writes the same lines.
    sha256: String,
    /// Each file's own.
    files: BTreeMap<String, String>,
}

/// Each file's own hash, by its name.
fn files() -> BTreeMap<String, String> {
    let names = Bundle::iter().filter(|name| !name.ends_with(".br"));
    names
        .filter_map(|name| {
            let file = Bundle::get(&name)?;
            Some((name.into_owned(), hex(&file.metadata.sha256_hash())))
        })
        .collect()
}

fn lines(files: &BTreeMap<String, String>) -> String {
    let mut lines = String::new();
    for (name, hash) in files {
        // Writing to a string can't fail.
        let _ = writeln!(lines, "{hash}  {name}");
    }
    lines
}

/// A line for each file of the app, of which the log holds the hash; empty if it isn't built.
#[must_use]
pub fn list() -> String {
    lines(&files())
}

/// Each file of the app, with its name.
#[must_use]
pub fn contents() -> Vec<(String, Vec<u8>)> {
    let names = files().into_keys();
    let each = names.filter_map(|name| {
        let file = Bundle::get(&name)?;
        Some((name, file.data.into_owned()))
    });
    each.collect()
}

/// What the app is made of.
pub async fn bundle() -> axum::Json<BundleHash> {
    let files = files();
    axum::Json(BundleHash { sha256: Hash::of(lines(&files).as_bytes()).to_string(), files })
}

fn hex(bytes: &[u8; 32]) -> String {
    Hash::from_bytes(*bytes).to_string()
}
