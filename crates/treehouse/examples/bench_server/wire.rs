//! The smallest HTTP/1.1 client that a load needs, over TLS 1.3: requests are bytes that were
//! made before, so that the load costs little.

use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// One connection.
pub struct Wire {
    stream: TlsStream<TcpStream>,
    /// What was read and not used yet.
    buffer: Vec<u8>,
}

/// An answer.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Status line and headers.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a header, by its name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut named = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| value)
    }

    /// The JSON of an answer that isn't a refusal.
    pub fn json(&self) -> Result<Value> {
        let text = || String::from_utf8_lossy(&self.body).into_owned();
        ensure!((200..300).contains(&self.status), "refused: {}", text());
        serde_json::from_slice(&self.body).with_context(text)
    }
}

/// The bytes of a request. `headers` are whole lines.
pub fn request(method: &str, path: &str, headers: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\n{headers}content-type: {kind}\r\n\
         content-length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

impl Wire {
    /// Connects to a server of this machine.
    pub async fn connect(authority_pem: &str, port: u16) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(authority_pem.as_bytes()) {
            roots.add(certificate?)?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        let name = ServerName::try_from("localhost")?;
        let stream = TlsConnector::from(Arc::new(tls)).connect(name, stream).await?;
        Ok(Self { stream, buffer: Vec::new() })
    }

    /// Sends a request and reads its answer.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<Answer> {
        self.stream.write_all(request).await?;
        self.stream.flush().await?;
        let end = self.until(|bytes| find(bytes, b"\r\n\r\n").map(|at| at + 4)).await?;
        let head = String::from_utf8(self.buffer.drain(..end).collect())?;
        let status = head.get(9..12).and_then(|status| status.parse().ok());
        let mut answer = Answer { status: status.context("no status")?, head, body: Vec::new() };
        let length = match answer.header("content-length") {
            Some(length) => length.parse()?,
            None => 0,
        };
        self.until(|bytes| (bytes.len() >= length).then_some(length)).await?;
        answer.body = self.buffer.drain(..length).collect();
        Ok(answer)
    }

    /// Sends JSON in clear words, for what isn't measured.
    pub async fn post(&mut self, path: &str, headers: &str, body: &Value) -> Result<Answer> {
        let body = body.to_string();
        let bytes = request("POST", path, headers, "application/json", body.as_bytes());
        self.exchange(&bytes).await
    }

    /// Asks for something, for what isn't measured.
    pub async fn get(&mut self, path: &str, headers: &str) -> Result<Answer> {
        let bytes = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n");
        self.exchange(bytes.as_bytes()).await
    }

    /// Turns the connection into a WebSocket (RFC 6455).
    pub async fn listen(&mut self, headers: &str) -> Result<()> {
        // The value from the RFC: the answer to it proves nothing that the load needs.
        let upgrade = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
                       sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        let answer = self.get("/v1/live", &format!("{headers}{upgrade}")).await?;
        ensure!(answer.status == 101, "no live channel: {}", answer.status);
        Ok(())
    }

    /// The text of the next frame that has one; the server's frames are short and not masked.
    pub async fn frame(&mut self) -> Result<String> {
        loop {
            self.until(|bytes| (bytes.len() >= 2).then_some(2)).await?;
            let (kind, length) = (self.buffer[0] & 15, usize::from(self.buffer[1]));
            ensure!(length < 126, "a long frame");
            self.until(|bytes| (bytes.len() >= 2 + length).then_some(2)).await?;
            let frame: Vec<u8> = self.buffer.drain(..2 + length).collect();
            if kind == 1 {
                return Ok(String::from_utf8(frame[2..].to_vec())?);
            }
        }
    }

    async fn until(&mut self, found: impl Fn(&[u8]) -> Option<usize>) -> Result<usize> {
        loop {
            if let Some(at) = found(&self.buffer) {
                return Ok(at);
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server has closed the connection");
            }
        }
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
