//! Every request counts against somebody, before anything is done for it: against the session, toy or
//! steward that its cookie or token names, or else against its network address. A cookie alone proves
//! nothing, so it's looked up first.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Service;
use super::limits::Counted;
use super::principal::{cookie, is_same_origin, token};
use super::problem::Problem;
use crate::app::{App, session, steward, toy};
use crate::domain::principal::Session;
use crate::domain::steward::StewardId;

/// Whom the cookie or token of a request names. A toy hasn't proven its key yet.
#[derive(Debug, Clone, Copy)]
pub(super) enum Asker {
    /// A guardian who has signed in.
    Guardian(Session),
    /// A toy, as it says.
    Toy(toy::Claimed),
    /// A steward with a pass.
    Steward(StewardId),
}

impl Asker {
    const fn bytes(&self) -> &[u8] {
        match self {
            Self::Guardian(session) => session.account.bytes(),
            Self::Toy(claimed) => claimed.toy.key.bytes(),
            Self::Steward(steward) => steward.bytes(),
        }
    }
}

/// Counts a request, and leaves whom it names for the handlers.
pub(super) async fn count(
    State(service): State<Service>,
    mut request: Request,
    next: Next,
) -> Response {
    // The app's files are the same for everybody, and asking for them tries nothing.
    if request.uri().path().starts_with("/assets/") {
        return next.run(request).await;
    }
    let asker = find(&service.app, request.headers()).await;
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let counted = match (&asker, peer) {
        (Some(asker), _) => service.rates.count(Counted::Member, asker.bytes()),
        (None, Some(ConnectInfo(peer))) => service.rates.count_peer(peer),
        (None, None) => Ok(()),
    };
    if let Err(error) = counted {
        return Problem::from(error).into_response();
    }
    if let Some(asker) = asker {
        request.extensions_mut().insert(asker);
    }
    next.run(request).await
}

/// Whom these headers name. Nobody, if the database fails: a handler that must know asks again, and
/// says so.
async fn find(app: &App, headers: &HeaderMap) -> Option<Asker> {
    if let Some((_, token)) = token(headers, "DPoP ")
        && let Ok(claimed) = toy::find(app, &token).await
    {
        return Some(Asker::Toy(claimed));
    }
    if let Some((_, token)) = token(headers, "Bearer ")
        && let Ok(steward) = steward::find(app, &token).await
    {
        return Some(Asker::Steward(steward));
    }
    // Another site's page can make a browser send the cookie, but not use up what its owner may ask.
    let token = cookie(headers).filter(|_| is_same_origin(headers, &app.public_url))?;
    session::find(app, &token).await.ok().map(Asker::Guardian)
}
