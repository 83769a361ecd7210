//! A machine of its own: TLS 1.3 by rustls, files in folders.

pub mod files;

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Response};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use unicode_normalization::UnicodeNormalization as _;

use crate::error::ClientError;
use crate::http::{ANSWER_BYTES_MAX, Answer, Body, Call};

/// Whether cookies are kept and sent by somebody else.
pub const KEEPS_COOKIES: bool = false;

/// How long a request may take, in seconds.
const REQUEST_S_MAX: u64 = 120;
/// How long making a connection may take, in seconds.
const CONNECT_S_MAX: u64 = 10;

/// Connections to one deployment. Cheap to clone.
#[derive(Clone)]
pub struct Transport {
    client: Client,
    tls: Arc<ClientConfig>,
}

impl Transport {
    /// TLS 1.3 only, with the public authorities, or with the given one only, in PEM.
    pub fn new(authority_pem: Option<&str>) -> Result<Self, ClientError> {
        let mut tls = tls(authority_pem)?;
        let live = Arc::new(tls.clone());
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let built = Client::builder()
            .tls_backend_preconfigured(tls)
            .https_only(true)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(CONNECT_S_MAX))
            .timeout(Duration::from_secs(REQUEST_S_MAX))
            .user_agent(concat!("treehouse/", env!("CARGO_PKG_VERSION")))
            .build();
        let client = built.map_err(|_| ClientError::Unreachable("the TLS settings are refused"))?;
        Ok(Self { client, tls: live })
    }

    /// Sends a request, and reads the answer to its end.
    pub async fn send(
        &self,
        url: &str,
        call: &Call<'_>,
        headers: &[(&'static str, String)],
    ) -> Result<Answer, ClientError> {
        let mut request = self.client.request(call.method.clone(), url);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = match &call.body {
            Body::Empty => request,
            Body::Json(value) => request.json(value),
            Body::Bytes(kind, bytes) => request.header("content-type", *kind).body(bytes.to_vec()),
        };
        let response = request.send().await.map_err(|error| unreachable(&error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        Ok(Answer { status, headers, body: body(response).await? })
    }

    /// For the live channel, which speaks HTTP/1.1.
    pub fn tls(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.tls)
    }
}

fn tls(authority_pem: Option<&str>) -> Result<ClientConfig, ClientError> {
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

/// Reads a body to its end, up to the limit.
async fn body(mut response: Response) -> Result<Vec<u8>, ClientError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(&error))? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(ClientError::Nonsense("it is too long"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Says of a transport error what to do, and repeats nothing of it: it may hold an address.
fn unreachable(error: &reqwest::Error) -> ClientError {
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

/// Waits.
pub async fn sleep(pause: Duration) {
    tokio::time::sleep(pause).await;
}

/// Text in Unicode's form NFC, in which it's the same from every keyboard.
pub fn nfc(text: &str) -> String {
    text.nfc().collect()
}
