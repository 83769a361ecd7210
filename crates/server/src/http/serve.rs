//! Listening: TLS 1.3 only, HTTP/2 and HTTP/1.1, metrics on a listener of their own.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use hyper_util::rt::TokioTimer;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::{Service, router};
use crate::config::Tls;

/// How long requests may go on after the server was asked to stop, in seconds.
const GRACE_S: u64 = 20;
/// How long a client may take to send the head of a request, in seconds.
const HEAD_S_MAX: u64 = 10;

/// Why the server can't listen.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The certificate or its key can't be read, made, or used.
    #[error("the TLS certificate can't be used: {0}")]
    Certificate(&'static str),
    /// The address can't be listened on.
    #[error("can't listen on {0}; is another server running there?")]
    Listen(SocketAddr),
}

/// A certificate with its key, both in PEM.
#[derive(Debug)]
pub struct Certificate {
    /// The chain.
    pub chain_pem: String,
    key_pem: zeroize::Zeroizing<String>,
}

/// The self-signed certificate in this folder; made there if there's none. Clients of a demo
/// take `certificate.pem` as their authority.
///
/// # Errors
/// The folder can't be written.
pub fn self_signed(folder: &Path, names: Vec<String>) -> Result<Certificate, ServeError> {
    const UNWRITABLE: &str = "its folder can't be written";
    let (chain, key) = (folder.join("certificate.pem"), folder.join("certificate-key.pem"));
    if let (Ok(chain_pem), Ok(key_pem)) =
        (std::fs::read_to_string(&chain), std::fs::read_to_string(&key))
    {
        return Ok(Certificate { chain_pem, key_pem: key_pem.into() });
    }
    let failed = |_| ServeError::Certificate("it can't be made; is public_url a host's?");
    let made = rcgen::generate_simple_self_signed(names).map_err(failed)?;
    let (chain_pem, key_pem) = (made.cert.pem(), made.signing_key.serialize_pem());
    write_private(&key, &key_pem).map_err(|_| ServeError::Certificate(UNWRITABLE))?;
    std::fs::write(&chain, &chain_pem).map_err(|_| ServeError::Certificate(UNWRITABLE))?;
    Ok(Certificate { chain_pem, key_pem: key_pem.into() })
}

#[cfg(unix)]
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}

/// The certificate in these files.
///
/// # Errors
/// They can't be read.
pub fn from_files(chain: &Path, key: &Path) -> Result<Certificate, ServeError> {
    let read = |path: &Path| std::fs::read_to_string(path);
    let unreadable = |_| ServeError::Certificate("its files can't be read");
    Ok(Certificate {
        chain_pem: read(chain).map_err(unreadable)?,
        key_pem: read(key).map_err(unreadable)?.into(),
    })
}

fn tls_config(certificate: &Certificate) -> Result<ServerConfig, ServeError> {
    let wrong = ServeError::Certificate;
    let chain = CertificateDer::pem_slice_iter(certificate.chain_pem.as_bytes());
    let chain = chain.collect::<Result<Vec<_>, _>>();
    let chain = chain.map_err(|_| wrong("the chain isn't PEM"))?;
    let key = PrivateKeyDer::from_pem_slice(certificate.key_pem.as_bytes());
    let key = key.map_err(|_| wrong("the key isn't PEM"))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|_| wrong("TLS 1.3 isn't there"))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|_| wrong("the key isn't the certificate's"))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// A server that listens. Dropping it doesn't stop it; [`Listening::stop`] does.
#[derive(Debug)]
pub struct Listening {
    /// Where.
    pub address: SocketAddr,
    handle: Handle<SocketAddr>,
    service: Service,
    task: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Listening {
    /// Stops taking requests, lets those that run come to their end, and returns.
    pub async fn stop(self) {
        self.service.closing.send_replace(true);
        self.handle.graceful_shutdown(Some(Duration::from_secs(GRACE_S)));
        // The task ends with an error only if the listener failed; then there's nothing to stop.
        drop(self.task.await);
    }

    /// Tells when the server is about to stop.
    #[must_use]
    pub fn closing(&self) -> tokio::sync::watch::Receiver<bool> {
        self.service.closing.subscribe()
    }
}

/// Listens for HTTPS.
///
/// # Errors
/// The certificate is unusable, or the address is taken.
pub async fn listen(
    service: Service,
    address: SocketAddr,
    certificate: &Certificate,
) -> Result<Listening, ServeError> {
    let config = RustlsConfig::from_config(Arc::new(tls_config(certificate)?));
    let taken = |_| ServeError::Listen(address);
    let listener = std::net::TcpListener::bind(address).map_err(taken)?;
    listener.set_nonblocking(true).map_err(taken)?;
    let address = listener.local_addr().map_err(taken)?;
    let handle = Handle::new();
    let mut server =
        axum_server::from_tcp_rustls(listener, config).map_err(taken)?.handle(handle.clone());
    let builder = server.http_builder();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(HEAD_S_MAX));
    builder
        .http2()
        .timer(TokioTimer::new())
        .enable_connect_protocol()
        .max_concurrent_streams(128)
        .keep_alive_interval(Some(Duration::from_secs(30)));
    let make = router(&service).into_make_service_with_connect_info::<SocketAddr>();
    let task = tokio::spawn(server.serve(make));
    Ok(Listening { address, handle, service, task })
}

/// Listens for a metrics collector: in clear, on an address that only it reaches.
///
/// # Errors
/// The address is taken.
pub async fn listen_metrics(
    address: SocketAddr,
    render: impl Fn() -> String + Clone + Send + Sync + 'static,
) -> Result<SocketAddr, ServeError> {
    let taken = |_| ServeError::Listen(address);
    let listener = tokio::net::TcpListener::bind(address).await.map_err(taken)?;
    let bound = listener.local_addr().map_err(taken)?;
    let answer = move || async move { render() };
    let router = Router::new().route("/metrics", axum::routing::get(answer));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(bound)
}

/// Which names a self-signed certificate is for: the host of the public URL, and this machine.
#[must_use]
pub fn names_of(public_url: &str) -> Vec<String> {
    let host = public_url.trim_start_matches("https://");
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    let mut names = vec![host.to_owned(), "localhost".to_owned(), "127.0.0.1".to_owned()];
    names.dedup();
    names
}

/// Whether this way to a certificate makes one on its own.
#[must_use]
pub const fn is_self_signed(tls: &Tls) -> bool {
    matches!(tls, Tls::SelfSigned)
}
