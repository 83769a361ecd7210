//! Who asks: a session's cookie, a toy's token with a proof of its key, or a steward's pass.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Service;
use super::asker::Asker;
use super::dpop::{ProofRefused, Request};
use super::problem::Problem;
use crate::app::{session, steward, toy};
use crate::domain::principal::{Principal, Session, Toy};
use crate::domain::steward::StewardId;
use crate::domain::token::Token;
use crate::error::Error;

/// The cookie of a session. The prefix makes browsers insist on HTTPS, this host and path `/`.
pub const COOKIE: &str = "__Host-treehouse";

/// A guardian who has signed in.
#[derive(Debug, Clone, Copy)]
pub struct Guardian(pub Session);

/// A guardian, or a toy that proved its key.
#[derive(Debug, Clone, Copy)]
pub struct Member(pub Principal);

/// A steward with a pass.
#[derive(Debug, Clone, Copy)]
pub struct Staff(pub StewardId);

/// A toy that proved its key, whatever the server asks of it.
#[derive(Debug, Clone)]
pub struct AnyToy {
    /// Who it says it is, and what is asked of it.
    pub claimed: Box<toy::Claimed>,
    /// The key that it proved.
    pub proven: treehouse_protocol::sign::VerifyKey,
}

/// A refusal of who asks; a toy is told the nonce that its next proof must have.
#[derive(Debug)]
pub struct Refusal {
    problem: Problem,
    nonce: Option<String>,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self { problem: error.into(), nonce: None }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let unauthorized = self.problem.status() == StatusCode::UNAUTHORIZED;
        let mut response = self.problem.into_response();
        let headers = response.headers_mut();
        if let Some(nonce) = self.nonce.and_then(|nonce| HeaderValue::from_str(&nonce).ok()) {
            headers.insert("dpop-nonce", nonce);
            let challenge = "DPoP error=\"use_dpop_nonce\", algs=\"EdDSA\"";
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        } else if unauthorized {
            let challenge = HeaderValue::from_static("DPoP algs=\"EdDSA\"");
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Guardian
where
    Service: FromRef<S>,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let service = Service::from_ref(state);
        let token = cookie(&parts.headers).ok_or(Error::Unauthenticated)?;
        // A page of another site may make a browser send the cookie, but not without saying so.
        if !is_same_origin(&parts.headers, &service.app.public_url) {
            return Err(Error::Denied("requests from pages of other sites aren't answered").into());
        }
        match parts.extensions.get() {
            Some(Asker::Guardian(session)) => Ok(Self(*session)),
            _ => Ok(Self(session::find(&service.app, &token).await?)),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Member
where
    Service: FromRef<S>,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        if parts.headers.contains_key(header::AUTHORIZATION) {
            let AnyToy { claimed, proven } = AnyToy::from_request_parts(parts, state).await?;
            let service = Service::from_ref(state);
            let toy: Toy = toy::admit(&service.app, &claimed, &proven).await?;
            return Ok(Self(Principal::Toy(toy)));
        }
        let Guardian(session) = Guardian::from_request_parts(parts, state).await?;
        Ok(Self(Principal::Guardian(session)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for AnyToy
where
    Service: FromRef<S>,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let service = Service::from_ref(state);
        let (text, shown) = token(&parts.headers, "DPoP ").ok_or(Error::Unauthenticated)?;
        let claimed = match parts.extensions.get() {
            Some(Asker::Toy(claimed)) => *claimed,
            _ => toy::find(&service.app, &shown).await?,
        };
        let claimed = Box::new(claimed);
        let url = format!("{}{}", service.app.public_url, parts.uri.path());
        let request = Request { method: parts.method.as_str(), url: &url, token: text };
        let mut proofs = parts.headers.get_all("dpop").iter();
        let proof = proofs.next().and_then(|proof| proof.to_str().ok()).unwrap_or_default();
        let now = service.app.now();
        let checked = match proofs.next() {
            None => service.proofs.check(proof, &request, now),
            Some(_) => Err(ProofRefused::Invalid),
        };
        let proven = checked.map_err(|refused| {
            let nonce = Some(service.proofs.nonce(now));
            let kind = |kind, title: &str| Problem::new(StatusCode::UNAUTHORIZED, kind, title);
            match refused {
                ProofRefused::Nonce => {
                    Refusal { problem: kind("use-dpop-nonce", "Use the nonce"), nonce }
                }
                ProofRefused::Invalid | ProofRefused::Replayed => {
                    Refusal { problem: kind("invalid-dpop-proof", "The proof is wrong"), nonce }
                }
                ProofRefused::Busy => Error::TooMany { retry_s: 60 }.into(),
            }
        })?;
        Ok(Self { claimed, proven })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Staff
where
    Service: FromRef<S>,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let service = Service::from_ref(state);
        let (_, pass) = token(&parts.headers, "Bearer ").ok_or(Error::Unauthenticated)?;
        match parts.extensions.get() {
            Some(Asker::Steward(steward)) => Ok(Self(*steward)),
            _ => Ok(Self(steward::find(&service.app, &pass).await?)),
        }
    }
}

/// The token that is shown under this scheme, as it stands there and read.
pub(super) fn token<'h>(headers: &'h HeaderMap, scheme: &str) -> Option<(&'h str, Token)> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix(scheme)?;
    Some((text, Token::parse(text)?))
}

/// The session's token, if exactly one cookie brings it.
pub(super) fn cookie(headers: &HeaderMap) -> Option<Token> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = cookies.flat_map(|text| text.split(';')).map(str::trim);
    let mut tokens = pairs.filter_map(|pair| pair.strip_prefix(COOKIE)?.strip_prefix('='));
    let token = tokens.next()?;
    if tokens.next().is_some() { None } else { Token::parse(token) }
}

/// Whether the request comes from a page of ours, or from no page at all.
pub(super) fn is_same_origin(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    let origin = text("origin").is_none_or(|origin| origin == public_url);
    let site = text("sec-fetch-site");
    origin && site.is_none_or(|site| site == "same-origin" || site == "none")
}
