//! A browser's worker: its own connections and cookies, files in memory that the page keeps.

pub mod files;

use std::time::Duration;

use gloo_timers::future::TimeoutFuture;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use js_sys::{Array, JsString, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, Request, RequestInit, RequestRedirect, Response, WorkerGlobalScope};

use crate::error::ClientError;
use crate::http::{ANSWER_BYTES_MAX, Answer, Body, Call};

/// Whether cookies are kept and sent by somebody else.
pub const KEEPS_COOKIES: bool = true;

/// A browser doesn't tell why a request failed.
const BROKEN: ClientError = ClientError::Unreachable("no connection");

/// Connections to one deployment, which the browser makes. Cheap to clone.
#[derive(Clone)]
pub struct Transport;

impl Transport {
    /// With the authorities of the browser.
    pub const fn new(authority_pem: Option<&str>) -> Result<Self, ClientError> {
        match authority_pem {
            Some(_) => Err(ClientError::NotNow("a browser has authorities of its own")),
            None => Ok(Self),
        }
    }

    /// Sends a request, and reads the answer to its end. The browser adds the cookie of the
    /// session, for its own origin only.
    pub async fn send(
        &self,
        url: &str,
        call: &Call<'_>,
        headers: &[(&'static str, String)],
    ) -> Result<Answer, ClientError> {
        let response = fetch(url, call, headers).await.map_err(|_| BROKEN)?;
        let status = StatusCode::from_u16(response.status()).map_err(|_| BROKEN)?;
        let headers = headers_of(&response);
        let body = response.array_buffer().map_err(|_| BROKEN)?;
        let body = Uint8Array::new(&JsFuture::from(body).await.map_err(|_| BROKEN)?);
        if usize::try_from(body.length()).is_ok_and(|bytes| bytes > ANSWER_BYTES_MAX) {
            return Err(ClientError::Nonsense("it is too long"));
        }
        Ok(Answer { status, headers, body: body.to_vec() })
    }
}

async fn fetch(
    url: &str,
    call: &Call<'_>,
    headers: &[(&'static str, String)],
) -> Result<Response, JsValue> {
    let all = Headers::new()?;
    for (name, value) in headers {
        all.append(name, value)?;
    }
    let init = RequestInit::new();
    init.set_method(call.method.as_str());
    init.set_redirect(RequestRedirect::Error);
    match &call.body {
        Body::Empty => {}
        Body::Json(value) => {
            all.append("content-type", "application/json")?;
            init.set_body(&JsValue::from_str(&value.to_string()));
        }
        Body::Bytes(kind, bytes) => {
            all.append("content-type", kind)?;
            init.set_body(&Uint8Array::from(&**bytes));
        }
    }
    init.set_headers(&all);
    let request = Request::new_with_str_and_init(url, &init)?;
    let worker: WorkerGlobalScope = js_sys::global().unchecked_into();
    Ok(JsFuture::from(worker.fetch_with_request(&request)).await?.unchecked_into())
}

fn headers_of(response: &Response) -> HeaderMap {
    let pairs = js_sys::try_iter(&response.headers()).ok().flatten().into_iter().flatten();
    pairs
        .filter_map(|pair| {
            let pair: Array = pair.ok()?.unchecked_into();
            let name = HeaderName::try_from(pair.get(0).as_string()?).ok()?;
            Some((name, HeaderValue::try_from(pair.get(1).as_string()?).ok()?))
        })
        .collect()
}

/// Waits.
pub async fn sleep(pause: Duration) {
    TimeoutFuture::new(pause.as_millis().try_into().unwrap_or(u32::MAX)).await;
}

/// Text in Unicode's form NFC, in which it's the same from every keyboard.
pub fn nfc(text: &str) -> String {
    JsString::from(text).normalize("NFC").into()
}
