//! The live channel: rings when there is something to fetch.

use futures_util::StreamExt as _;
use http::Method;
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream};

use crate::caller::Caller;
use crate::error::ClientError;
use crate::http::{Body, Call};

/// What there is to fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ring {
    /// The chain has grown up to this link.
    Chain(u64),
    /// The feed of records has grown up to this place.
    Feed(u64),
    /// Something else of the family has moved on.
    Family,
}

#[derive(Deserialize)]
struct Event {
    chain: Option<u64>,
    feed: Option<u64>,
}

/// An open channel. When it ends, connect again and read from the last place that is known: a
/// ring may have been missed.
#[derive(Debug)]
pub struct Live(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Live {
    pub(crate) async fn open(caller: &Caller) -> Result<Self, ClientError> {
        const FAILED: ClientError = ClientError::Unreachable("the live channel doesn't open");
        let path = "/v1/live".to_owned();
        let call = Call { method: Method::GET, path, body: Body::Empty };
        // Only an ordinary request tells a toy the nonce that its proof must have.
        caller.call(Call::get("/v1/live".to_owned())).await.ok();
        let url = caller.server().pinned().url.replacen("https://", "wss://", 1);
        let mut request =
            format!("{url}{}", call.path).into_client_request().map_err(|_| FAILED)?;
        for (name, value) in caller.headers(&call) {
            let value = HeaderValue::from_str(&value).map_err(|_| FAILED)?;
            request.headers_mut().insert(name, value);
        }
        let connector = Connector::Rustls(caller.server().transport().tls());
        let opened =
            tokio_tungstenite::connect_async_tls_with_config(request, None, true, Some(connector));
        opened.await.map(|(socket, _)| Self(socket)).map_err(|_| FAILED)
    }

    /// Waits for the next ring; `None` when the channel has ended.
    pub async fn next(&mut self) -> Option<Ring> {
        loop {
            match self.0.next().await?.ok()? {
                Message::Text(text) => {
                    let event = serde_json::from_str::<Event>(&text).ok()?;
                    return Some(match (event.chain, event.feed) {
                        (Some(seq), _) => Ring::Chain(seq),
                        (None, Some(feed)) => Ring::Feed(feed),
                        (None, None) => Ring::Family,
                    });
                }
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }
}
