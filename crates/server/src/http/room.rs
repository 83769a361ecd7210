//! What goes on when a disk is full: whatever hands out, takes away or ends. Everything else is
//! refused before it begins, so that nothing is half done and the last room is left for these.

use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Service;
use super::problem::Problem;
use crate::error::Error;

/// Whether a request may go on without room. Consents are taken back and children erased by links or
/// by reductions, by who is signed in; a toy says that it was wiped.
fn goes_on(method: &Method, path: &str) -> bool {
    const STARTS: [&str; 1] = ["/v1/sessions"];
    const ENDS: [&str; 4] = ["/reductions", "/chain", "/wipe", "/wiped"];
    let harmless = [Method::GET, Method::HEAD, Method::OPTIONS, Method::DELETE].contains(method);
    harmless
        || STARTS.iter().any(|start| path.starts_with(start))
        || ENDS.iter().any(|end| path.ends_with(end))
}

/// Refuses what would need room while there is none.
pub async fn require(State(service): State<Service>, request: Request, next: Next) -> Response {
    if !goes_on(request.method(), request.uri().path()) && service.app.room.is_low() {
        return Problem::from(Error::Full).into_response();
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_away_goes_on_and_what_brings_more_does_not() {
        let family = "/v1/families/00112233445566778899aabbccddeeff";
        for (method, path) in [
            (Method::GET, format!("{family}/records")),
            (Method::DELETE, format!("{family}/records/00")),
            (Method::POST, format!("{family}/reductions")),
            (Method::POST, format!("{family}/chain")),
            (Method::POST, "/v1/sessions/start".to_owned()),
            (Method::DELETE, "/v1/account".to_owned()),
        ] {
            assert!(goes_on(&method, &path), "{method} {path}");
        }
        for (method, path) in [
            (Method::POST, format!("{family}/records")),
            (Method::POST, format!("{family}/blobs")),
            (Method::PUT, format!("{family}/blobs/00/parts/0")),
            (Method::POST, "/v1/families".to_owned()),
            (Method::POST, "/v1/accounts".to_owned()),
            (Method::PUT, "/v1/account/keys".to_owned()),
        ] {
            assert!(!goes_on(&method, &path), "{method} {path}");
        }
    }
}
