//! Requests: TLS 1.3 only, bounded waits, problem documents as errors.

use std::sync::Arc;
use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};
use reqwest::{Method, Response, StatusCode};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use treehouse_protocol::id::{Hash, Id};

use crate::error::{ClientError, Problem};

/// How long a request may take, in seconds.
const REQUEST_S_MAX: u64 = 120;
/// How long making a connection may take, in seconds.
const CONNECT_S_MAX: u64 = 10;
/// Bytes of an answer.
const ANSWER_BYTES_MAX: usize = 96 << 20;

/// The TLS of every connection: version 1.3, and the public authorities or the given ones only.
pub fn tls(authority_pem: Option<&str>) -> Result<ClientConfig, ClientError> {
    const WRONG: ClientError = ClientError::Impostor("the given authority isn't a certificate");
    let mut roots = RootCertStore::empty();
    match authority_pem {
        Some(pem) => {
            for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                roots.add(certificate.map_err(|_| WRONG)?).map_err(|_| WRONG)?;
            }
            if roots.is_empty() {
                return Err(WRONG);
            }
        }
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|_| ClientError::Unreachable("TLS 1.3 isn't there"))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// A client over this TLS.
pub fn client(tls: ClientConfig) -> Result<reqwest::Client, ClientError> {
    let built = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .https_only(true)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(CONNECT_S_MAX))
        .timeout(Duration::from_secs(REQUEST_S_MAX))
        .user_agent(concat!("treehouse/", env!("CARGO_PKG_VERSION")))
        .build();
    built.map_err(|_| ClientError::Unreachable("the TLS settings are refused"))
}

/// One request.
#[derive(Debug)]
pub struct Call<'c> {
    /// The method.
    pub method: Method,
    /// The path, with query.
    pub path: String,
    /// The body.
    pub body: Body<'c>,
}

/// A body.
#[derive(Debug, Clone)]
pub enum Body<'c> {
    /// None.
    Empty,
    /// JSON.
    Json(serde_json::Value),
    /// Bytes, with their content type.
    Bytes(&'static str, std::borrow::Cow<'c, [u8]>),
}

impl<'c> Call<'c> {
    /// Reads something.
    pub fn get(path: String) -> Self {
        Self { method: Method::GET, path, body: Body::Empty }
    }

    /// Sends JSON.
    pub fn send(method: Method, path: String, body: serde_json::Value) -> Self {
        Self { method, path, body: Body::Json(body) }
    }

    /// Does something without a body.
    pub fn act(method: Method, path: String) -> Self {
        Self { method, path, body: Body::Empty }
    }

    /// Sends bytes.
    pub fn bytes(method: Method, path: String, kind: &'static str, bytes: &'c [u8]) -> Self {
        Self { method, path, body: Body::Bytes(kind, bytes.into()) }
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// Reads an answer to its end, up to a limit.
    pub async fn read(mut response: Response) -> Result<Self, ClientError> {
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(&error))? {
            if body.len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err(ClientError::Nonsense("it is too long"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Self { status, headers, body })
    }

    /// The same if the server didn't refuse.
    pub fn success(self) -> Result<Self, ClientError> {
        if self.status.is_success() {
            return Ok(self);
        }
        let status = self.status.as_u16();
        let problem = serde_json::from_slice::<Problem>(&self.body).unwrap_or_else(|_| Problem {
            kind: String::new(),
            title: "No problem document".to_owned(),
            status,
            detail: None,
            seq: None,
            retry_after_s: None,
        });
        Err(ClientError::Server(Box::new(Problem { status, ..problem })))
    }

    /// The JSON in it.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ClientError> {
        serde_json::from_slice(&self.body).map_err(|_| ClientError::Nonsense("its JSON is another"))
    }
}

/// Says of a transport error what to do, and repeats nothing of it: it may hold an address.
pub fn unreachable(error: &reqwest::Error) -> ClientError {
    let text = format!("{error:?}");
    if text.contains("UnknownIssuer") || text.contains("InvalidCertificate") {
        return ClientError::Impostor("its certificate isn't trusted; give its authority");
    }
    if error.is_timeout() {
        ClientError::Unreachable("it doesn't answer in time")
    } else if error.is_connect() {
        ClientError::Unreachable("no connection")
    } else {
        ClientError::Unreachable("the connection broke off")
    }
}

/// Bytes as base64url without padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct B64(pub Vec<u8>);

impl Serialize for B64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&b64(&self.0))
    }
}

impl<'de> Deserialize<'de> for B64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = Base64UrlUnpadded::decode_vec(&text);
        bytes.map(Self).map_err(|_| serde::de::Error::custom("not base64url"))
    }
}

/// Bytes as base64url without padding.
pub fn b64(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// Reads hexadecimal digits.
pub fn hex<const N: usize>(text: &str) -> Result<[u8; N], ClientError> {
    let wrong = ClientError::Nonsense("an id isn't hexadecimal");
    let mut bytes = [0; N];
    if text.len() != 2 * N || !text.is_ascii() {
        return Err(wrong);
    }
    for (index, byte) in bytes.iter_mut().enumerate() {
        let Ok(value) = u8::from_str_radix(&text[2 * index..][..2], 16) else {
            return Err(wrong);
        };
        *byte = value;
    }
    Ok(bytes)
}

/// Reads an id.
pub fn id<K>(text: &str) -> Result<Id<K>, ClientError> {
    hex(text).map(Id::from_bytes)
}

/// Reads a hash.
pub fn hash(text: &str) -> Result<Hash, ClientError> {
    hex(text).map(Hash::from_bytes)
}
