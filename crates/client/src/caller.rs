//! Who sends a request: a guardian by its session, a toy by its token and a proof of its key.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::header::SET_COOKIE;
use http::{Method, StatusCode};
use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::SigningKey;
use zeroize::Zeroizing;

use crate::dpop::{self, Request};
use crate::error::ClientError;
use crate::http::{Answer, Body, Call, b64};
use crate::platform;
use crate::random;
use crate::server::Server;

const COOKIE: &str = "__Host-treehouse";
/// How long to wait before a request that was cut off is sent again, in milliseconds.
const PAUSES_MS: [u64; 3] = [200, 1_000, 3_000];

/// Somebody who sends requests.
pub enum Caller {
    /// A guardian who has signed in.
    Guardian {
        /// The deployment.
        server: Server,
        /// The session.
        cookie: Mutex<Zeroizing<String>>,
    },
    /// A toy that was linked.
    Toy {
        /// The deployment.
        server: Server,
        /// Its token.
        token: Zeroizing<String>,
        /// Its key; large, so that it lies elsewhere.
        key: Box<SigningKey>,
        /// The server's last nonce.
        nonce: Mutex<String>,
    },
}

impl Caller {
    /// A guardian whose session came with this answer.
    pub fn signed_in(server: &Server, answer: &Answer) -> Result<Self, ClientError> {
        let cookie = session_of(answer).ok_or(ClientError::Nonsense("it gives no session"))?;
        Ok(Self::Guardian { server: server.clone(), cookie: Mutex::new(cookie) })
    }

    /// A guardian whose session the browser holds.
    #[cfg(target_family = "wasm")]
    pub fn resumed(server: &Server) -> Self {
        Self::Guardian { server: server.clone(), cookie: Mutex::default() }
    }

    /// A toy with this token.
    pub fn toy(server: &Server, token: &str, key: &SigningKey) -> Self {
        Self::Toy {
            server: server.clone(),
            token: Zeroizing::new(token.to_owned()),
            key: Box::new(key.clone()),
            nonce: Mutex::default(),
        }
    }

    /// The deployment.
    pub const fn server(&self) -> &Server {
        match self {
            Self::Guardian { server, .. } | Self::Toy { server, .. } => server,
        }
    }

    /// The session's or the toy's token.
    pub fn token(&self) -> Zeroizing<String> {
        match self {
            Self::Guardian { cookie, .. } => {
                cookie.lock().unwrap_or_else(PoisonError::into_inner).clone()
            }
            Self::Toy { token, .. } => token.clone(),
        }
    }

    /// Sends a request that must succeed.
    pub async fn call(&self, call: Call<'_>) -> Result<Answer, ClientError> {
        self.send(&call, None).await
    }

    /// The same with a header of its own.
    pub async fn call_with(
        &self,
        call: Call<'_>,
        header: (&'static str, String),
    ) -> Result<Answer, ClientError> {
        self.send(&call, Some(header)).await
    }

    async fn send(
        &self,
        call: &Call<'_>,
        header: Option<(&'static str, String)>,
    ) -> Result<Answer, ClientError> {
        let mut headers: Vec<_> = header.into_iter().collect();
        if call.method == Method::POST && !matches!(call.body, Body::Bytes(..)) {
            // What was cut off can be sent again, and isn't done twice.
            let key = Secret::<16>::random(&mut random::rng());
            headers.push(("idempotency-key", b64(key.expose())));
        }
        let mut pauses = PAUSES_MS.iter();
        loop {
            match (self.proven(call, &headers).await, pauses.next()) {
                (Err(ClientError::Unreachable(_)), Some(ms)) => {
                    platform::sleep(Duration::from_millis(*ms)).await;
                }
                (other, _) => return other,
            }
        }
    }

    /// Sends a request with proof of who asks, a second time if the proof needs another nonce.
    async fn proven(
        &self,
        call: &Call<'_>,
        headers: &[(&'static str, String)],
    ) -> Result<Answer, ClientError> {
        let first = self.once(call, headers).await?;
        // The first request of a toy, and one after a quiet minute, is answered with a nonce: the
        // second try counts.
        let stale =
            first.status == StatusCode::UNAUTHORIZED && first.headers.contains_key("dpop-nonce");
        let answer = if stale { self.once(call, headers).await? } else { first };
        answer.success()
    }

    async fn once(
        &self,
        call: &Call<'_>,
        more: &[(&'static str, String)],
    ) -> Result<Answer, ClientError> {
        let mut headers = self.headers(call);
        headers.extend_from_slice(more);
        let answer = self.server().answer(call, &headers).await?;
        match self {
            Self::Guardian { cookie, .. } => {
                if let Some(fresh) = session_of(&answer) {
                    *cookie.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
                }
            }
            Self::Toy { nonce, .. } => {
                let fresh = answer.headers.get("dpop-nonce").and_then(|nonce| nonce.to_str().ok());
                if let Some(fresh) = fresh {
                    fresh.clone_into(&mut nonce.lock().unwrap_or_else(PoisonError::into_inner));
                }
            }
        }
        Ok(answer)
    }

    /// The headers that prove who asks, for one request.
    pub fn headers(&self, call: &Call<'_>) -> Vec<(&'static str, String)> {
        match self {
            Self::Guardian { .. } if platform::KEEPS_COOKIES => Vec::new(),
            Self::Guardian { cookie, .. } => {
                let cookie = cookie.lock().unwrap_or_else(PoisonError::into_inner);
                vec![("cookie", format!("{COOKIE}={}", **cookie))]
            }
            Self::Toy { server, token, key, nonce } => {
                let path = call.path.split('?').next().unwrap_or_default();
                let url = format!("{}{path}", server.pinned().url);
                let nonce = nonce.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let method = call.method.as_str();
                // A toy's clock can't be trusted, so the server looks at its own nonce instead.
                let request = Request { method, url: &url, token, nonce: &nonce, now_s: 0 };
                let proof = dpop::proof(key, &request);
                vec![("authorization", format!("DPoP {}", **token)), ("dpop", proof)]
            }
        }
    }
}

/// The session's token; an empty one where a script can't read it.
fn session_of(answer: &Answer) -> Option<Zeroizing<String>> {
    if platform::KEEPS_COOKIES {
        return Some(Zeroizing::default());
    }
    let cookies = answer.headers.get_all(SET_COOKIE).iter();
    let mut pairs = cookies.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
    let token = pairs.find_map(|pair| pair.strip_prefix(COOKIE)?.strip_prefix('='))?;
    (!token.is_empty()).then(|| Zeroizing::new(token.to_owned()))
}

impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Caller(●●)")
    }
}
