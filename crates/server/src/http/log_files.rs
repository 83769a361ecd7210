//! The public files of the log (C2SP tlog-tiles), for whoever asks: they name nobody.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use treehouse_tlog::tile::TilePath;
use treehouse_tlog::tiles::{Tiles as _, Unreadable};

use super::problem::Problem;
use crate::app::App;
use crate::error::Error;

/// The newest checkpoint.
pub async fn checkpoint(State(app): State<Arc<App>>) -> Result<impl IntoResponse, Problem> {
    let files = app.ledger.files().clone();
    let read = tokio::task::spawn_blocking(move || files.checkpoint()).await;
    let note = read.map_err(|_| unreadable())?.map_err(|_| unreadable())?;
    let note = note.ok_or_else(Problem::not_found)?;
    let headers = [(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, "no-cache")];
    Ok((headers, note))
}

/// A tile of hashes or a bundle of entries. It never changes.
pub async fn tile(
    State(app): State<Arc<App>>,
    Path(path): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let path = TilePath::parse(&format!("tile/{path}")).map_err(|_| Problem::not_found())?;
    let files = app.ledger.files().clone();
    let read = tokio::task::spawn_blocking(move || files.read(path)).await;
    let bytes = read.map_err(|_| unreadable())?.map_err(|why| match why {
        Unreadable::Missing => Problem::not_found(),
        Unreadable::Failed => unreadable(),
    })?;
    let forever = "public, max-age=31536000, immutable";
    Ok(([(CONTENT_TYPE, "application/octet-stream"), (CACHE_CONTROL, forever)], bytes))
}

fn unreadable() -> Problem {
    Error::Internal("the log's files").into()
}
