//! Requests as somebody else's client would send them: nothing is made right on the way.

use std::sync::{Arc, Mutex};

use base64ct::{Base64UrlUnpadded, Encoding};
use reqwest::Method;
use reqwest::header::HeaderMap;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::Value;
use treehouse_protocol::sign::SigningKey;

use crate::dpop::Proof;

/// The cookie of a session.
pub const COOKIE: &str = "__Host-treehouse";

/// Bytes as base64url without padding.
pub fn b64(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// Reads it again.
pub fn unb64(value: &Value) -> Vec<u8> {
    let text = value.as_str().expect("bytes are a string");
    Base64UrlUnpadded::decode_vec(text).expect("bytes are base64url")
}

/// A request.
#[derive(Debug, Clone)]
pub struct Ask {
    pub method: Method,
    pub path: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Option<Vec<u8>>,
}

impl Ask {
    /// One without a body.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), headers: Vec::new(), body: None }
    }

    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    pub fn post(path: impl Into<String>, body: &Value) -> Self {
        Self::new(Method::POST, path).json(body)
    }

    pub fn put(path: impl Into<String>, body: &Value) -> Self {
        Self::new(Method::PUT, path).json(body)
    }

    pub fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path)
    }

    /// The same with JSON.
    pub fn json(self, body: &Value) -> Self {
        self.bytes("application/json", body.to_string().into_bytes())
    }

    /// The same with these bytes.
    pub fn bytes(mut self, kind: &str, body: Vec<u8>) -> Self {
        self.body = Some(body);
        self.header("content-type", kind)
    }

    /// The same with a further header.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    /// The JSON in it.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// The word for the problem in it.
    pub fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], self.status, "{problem}");
        let kind = problem["type"].as_str().expect("a problem has a type");
        let kind = kind.strip_prefix("urn:treehouse:problem:").expect("a type of ours");
        kind.to_owned()
    }

    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The session that it gives.
    pub fn session(&self) -> String {
        let pair = self.header("set-cookie").split(';').next().unwrap_or_default();
        let token = pair.strip_prefix(COOKIE).and_then(|rest| rest.strip_prefix('='));
        token.filter(|token| !token.is_empty()).expect("a session is given").to_owned()
    }

    /// The same, if it has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{text}");
        self
    }

    pub const fn is_success(&self) -> bool {
        self.status / 100 == 2 || self.status == 101
    }
}

/// The way to one deployment.
#[derive(Debug, Clone)]
pub struct Http {
    pub url: String,
    http2: reqwest::Client,
    /// For the live channel.
    http1: reqwest::Client,
}

impl Http {
    pub fn new(url: &str, authority_pem: &str) -> Self {
        let mut roots = RootCertStore::empty();
        let certificate = CertificateDer::from_pem_slice(authority_pem.as_bytes());
        roots.add(certificate.expect("the authority is PEM")).expect("and a certificate");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .expect("TLS 1.3 is there")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let build = |alpn: &[u8]| {
            let mut tls = tls.clone();
            tls.alpn_protocols = vec![alpn.to_vec()];
            let builder = reqwest::Client::builder().tls_backend_preconfigured(tls);
            let builder = if alpn == b"h2" { builder } else { builder.http1_only() };
            builder.https_only(true).build().expect("the client can be made")
        };
        Self { url: url.to_owned(), http2: build(b"h2"), http1: build(b"http/1.1") }
    }

    /// Sends a request as it is.
    pub async fn send(&self, ask: &Ask) -> Answer {
        self.try_send(ask).await.unwrap_or_else(|error| panic!("{ask:?}: {error:?}"))
    }

    /// The same, if the connection may end instead.
    pub async fn try_send(&self, ask: &Ask) -> Result<Answer, reqwest::Error> {
        let response = self.begin(ask).await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = if status == 101 { Vec::new() } else { response.bytes().await?.to_vec() };
        Ok(Answer { status, headers, body })
    }

    /// The same, with the answer as it comes.
    pub async fn begin(&self, ask: &Ask) -> Result<reqwest::Response, reqwest::Error> {
        let upgrades = ask.headers.iter().any(|(name, _)| *name == "upgrade");
        let client = if upgrades { &self.http1 } else { &self.http2 };
        let mut request = client.request(ask.method.clone(), format!("{}{}", self.url, ask.path));
        for (name, value) in &ask.headers {
            request = request.header(*name, value);
        }
        if let Some(body) = &ask.body {
            request = request.body(body.clone());
        }
        request.send().await
    }
}

/// How somebody proves who asks.
#[derive(Debug)]
pub enum Proven {
    Nobody,
    Session(String),
    Toy { token: String, key: Box<SigningKey>, nonce: Mutex<String> },
    Pass(String),
}

/// Somebody who asks.
#[derive(Debug)]
pub struct Caller {
    pub http: Http,
    pub proven: Proven,
}

impl Caller {
    pub fn nobody(http: &Http) -> Self {
        Self { http: http.clone(), proven: Proven::Nobody }
    }

    pub fn session(http: &Http, token: String) -> Self {
        Self { http: http.clone(), proven: Proven::Session(token) }
    }

    pub fn toy(http: &Http, token: String, key: SigningKey) -> Self {
        let proven = Proven::Toy { token, key: Box::new(key), nonce: Mutex::default() };
        Self { http: http.clone(), proven }
    }

    pub fn steward(http: &Http, pass: String) -> Self {
        Self { http: http.clone(), proven: Proven::Pass(pass) }
    }

    /// Asks; a toy takes up the server's nonce and asks again, as toys do.
    pub async fn ask(&self, ask: Ask) -> Answer {
        let first = self.http.send(&self.signed(&ask)).await;
        let Proven::Toy { nonce, .. } = &self.proven else {
            return first;
        };
        let fresh = first.header("dpop-nonce");
        if fresh.is_empty() {
            return first;
        }
        fresh.clone_into(&mut nonce.lock().unwrap());
        if first.problem() == "use-dpop-nonce" {
            return self.http.send(&self.signed(&ask)).await;
        }
        first
    }

    /// The request with the headers that prove who asks.
    pub fn signed(&self, ask: &Ask) -> Ask {
        let ask = ask.clone();
        match &self.proven {
            Proven::Nobody => ask,
            Proven::Session(token) => ask.header("cookie", format!("{COOKIE}={token}")),
            Proven::Pass(token) => ask.header("authorization", format!("Bearer {token}")),
            Proven::Toy { token, key, nonce } => {
                let nonce = nonce.lock().unwrap().clone();
                let proof = Proof::of(&self.http, &ask, token, &nonce).sign(key);
                ask.header("authorization", format!("DPoP {token}")).header("dpop", proof)
            }
        }
    }
}
