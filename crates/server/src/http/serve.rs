//! Listening: TLS 1.3 only, HTTP/2 and HTTP/1.1, metrics on a listener of their own.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use futures_util::StreamExt;
use hyper_util::rt::TokioTimer;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WantsServerCert;
use rustls::{ClientConfig, ConfigBuilder, ServerConfig};
use rustls_acme::caches::DirCache;
use rustls_acme::{AcmeConfig, acme::ACME_TLS_ALPN_NAME};

use super::bound::Bound;
use super::crowd::{Crowd, Guarded};
use super::metrics::Recorder;
use super::{Service, router};
use crate::config::{Config, Tls};
use crate::port::web;

/// How long requests may go on after the server was asked to stop, in seconds.
const GRACE_S: u64 = 20;
/// How long a client may take to send the head of a request, in seconds.
pub(super) const HEAD_S_MAX: u64 = 10;
/// How long live channels may take to say goodbye, in seconds.
const GOODBYE_S_MAX: u64 = 5;
/// How often counters of who doesn't ask any more are forgotten, in seconds.
const SWEEP_S: u64 = 60;
/// How often measured times are put into their classes, in seconds.
const UPKEEP_S: u64 = 5;
/// The folder of certificates, in the store's folder.
pub const CERTIFICATES: &str = "certificates";
/// The chain of the self-signed certificate, in that folder.
pub const CERTIFICATE_FILE: &str = "certificate.pem";

/// Why the server can't listen.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The certificate or its key can't be read, made, or used.
    #[error("the TLS certificate can't be used: {0}")]
    Certificate(&'static str),
    /// The authorities to trust aren't there; what is wrong with their file.
    #[error("tls.directory_ca_file {0}")]
    Authorities(&'static str),
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
    const UNWRITABLE: &str = "its folder can't be written, or holds a key without a certificate";
    let (chain, key) = (folder.join(CERTIFICATE_FILE), folder.join("certificate-key.pem"));
    if let (Ok(chain_pem), Ok(key_pem)) =
        (std::fs::read_to_string(&chain), std::fs::read_to_string(&key))
    {
        return Ok(Certificate { chain_pem, key_pem: key_pem.into() });
    }
    let failed = |_| ServeError::Certificate("it can't be made; is public_url a host's?");
    let made = rcgen::generate_simple_self_signed(names).map_err(failed)?;
    let (chain_pem, key_pem) = (made.cert.pem(), made.signing_key.serialize_pem());
    // The key last: until it is there, both are made anew.
    std::fs::write(&chain, &chain_pem).map_err(|_| ServeError::Certificate(UNWRITABLE))?;
    write_private(&key, &key_pem).map_err(|_| ServeError::Certificate(UNWRITABLE))?;
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

pub(super) fn tls_config(certificate: &Certificate) -> Result<ServerConfig, ServeError> {
    let wrong = ServeError::Certificate;
    let chain = CertificateDer::pem_slice_iter(certificate.chain_pem.as_bytes());
    let chain = chain.collect::<Result<Vec<_>, _>>();
    let chain = chain.map_err(|_| wrong("the chain isn't PEM"))?;
    let key = PrivateKeyDer::from_pem_slice(certificate.key_pem.as_bytes());
    let key = key.map_err(|_| wrong("the key isn't PEM"))?;
    let mut config = tls13()?
        .with_single_cert(chain, key)
        .map_err(|_| wrong("the key isn't the certificate's"))?;
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
    Ok(config)
}

const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

fn tls13() -> Result<ConfigBuilder<ServerConfig, WantsServerCert>, ServeError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|_| ServeError::Certificate("TLS 1.3 isn't there"))?;
    Ok(builder.with_no_client_auth())
}

/// Listens for HTTPS as the configuration says.
///
/// # Errors
/// The certificate can't be read, made or used, or the address is taken.
pub async fn listen_as(service: Service, config: &Config) -> Result<Listening, ServeError> {
    let address = config.server.listen;
    let folder = config.store.folder.join(CERTIFICATES);
    let unmade = |_| ServeError::Certificate("its folder can't be made");
    match &config.tls {
        Tls::SelfSigned => {
            std::fs::create_dir_all(&folder).map_err(unmade)?;
            let certificate = self_signed(&folder, names_of(&config.server.public_url))?;
            listen(service, Bound::to(address).await?, &certificate)
        }
        Tls::Files { certificate, key } => {
            let certificate = from_files(certificate, key)?;
            listen(service, Bound::to(address).await?, &certificate)
        }
        Tls::Acme { contact, directory, directory_ca_file } => {
            std::fs::create_dir_all(&folder).map_err(unmade)?;
            let host = host_of(&config.server.public_url);
            let acme = AcmeConfig::new([host]).contact_push(contact);
            let acme = match directory {
                Some(directory) => acme.directory(directory),
                None => acme.directory_lets_encrypt(true),
            };
            let acme = match directory_ca_file {
                Some(file) => acme.client_tls_config(Arc::new(trusting(file)?)),
                None => acme,
            };
            let bound = Bound::to(address).await?;
            listen_acme(service, bound, acme.cache(DirCache::new(folder)))
        }
    }
}

/// A client that trusts the authority in this file, in PEM, and no other.
fn trusting(file: &Path) -> Result<ClientConfig, ServeError> {
    let roots = web::authorities(file).map_err(ServeError::Authorities)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|_| ServeError::Certificate("TLS isn't there"))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// Listens with a certificate that is asked for, and renewed, while the server runs. The
/// authority's challenge (TLS-ALPN-01) is answered on the same port, by the certificate resolver.
fn listen_acme(
    service: Service,
    bound: Bound,
    acme: AcmeConfig<std::io::Error>,
) -> Result<Listening, ServeError> {
    let mut state = acme.state();
    let mut config = tls13()?.with_cert_resolver(state.resolver());
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
    config.alpn_protocols.push(ACME_TLS_ALPN_NAME.to_vec());
    let mut closing = service.closing.subscribe();
    tokio::spawn(async move {
        loop {
            let event = tokio::select! {
                event = state.next() => event,
                _ = closing.changed() => return,
            };
            match event {
                Some(Ok(_)) => tracing::info!("the certificate's authority answered"),
                // Its text may hold the contact's address.
                Some(Err(_)) => tracing::error!(
                    "no certificate from the authority yet; is port 443 of public_url this server?"
                ),
                None => return,
            }
        }
    });
    serve(service, bound, config)
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
        // Live channels and jobs look at it until they have ended.
        let goodbye = Duration::from_secs(GOODBYE_S_MAX);
        if tokio::time::timeout(goodbye, self.service.closing.closed()).await.is_err() {
            tracing::warn!("a live channel or a job didn't end in time");
        }
    }

    /// Tells when the server is about to stop.
    #[must_use]
    pub fn closing(&self) -> tokio::sync::watch::Receiver<bool> {
        self.service.closing.subscribe()
    }
}

/// Listens for HTTPS, in tasks of the runtime in which it's called.
///
/// # Errors
/// The certificate is unusable, or the address is taken.
pub fn listen(
    service: Service,
    bound: Bound,
    certificate: &Certificate,
) -> Result<Listening, ServeError> {
    serve(service, bound, tls_config(certificate)?)
}

fn serve(service: Service, bound: Bound, config: ServerConfig) -> Result<Listening, ServeError> {
    let config = RustlsConfig::from_config(Arc::new(config));
    let (listener, address) = bound.into_parts();
    let taken = |_| ServeError::Listen(address);
    let handle = Handle::new();
    let crowd = Crowd::new(&service.app.limits);
    let server = axum_server::from_tcp_rustls(listener, config).map_err(taken)?;
    let mut server = server.map(|inner| Guarded { inner, crowd }).handle(handle.clone());
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
    tokio::spawn(sweep(service.clone()));
    Ok(Listening { address, handle, service, task })
}

/// Forgets counters until the server stops.
async fn sweep(service: Service) {
    let mut closing = service.closing.subscribe();
    let mut turn = tokio::time::interval(Duration::from_secs(SWEEP_S));
    loop {
        tokio::select! {
            _ = turn.tick() => service.rates.sweep(),
            _ = closing.changed() => return,
        }
    }
}

/// Listens for a metrics collector: in clear, on an address that only it reaches.
///
/// # Errors
/// The address is taken.
pub async fn listen_metrics(
    address: SocketAddr,
    recorder: Recorder,
) -> Result<SocketAddr, ServeError> {
    let taken = |_| ServeError::Listen(address);
    let listener = tokio::net::TcpListener::bind(address).await.map_err(taken)?;
    let bound = listener.local_addr().map_err(taken)?;
    let shown = recorder.clone();
    let answer = move || async move { shown.render() };
    let router = Router::new().route("/metrics", axum::routing::get(answer));
    tokio::spawn(async move { axum::serve(listener, router).await });
    tokio::spawn(async move {
        let mut turn = tokio::time::interval(Duration::from_secs(UPKEEP_S));
        loop {
            turn.tick().await;
            // Measured times wait in memory until then, even if no collector ever comes.
            recorder.upkeep();
        }
    });
    Ok(bound)
}

/// Which names a self-signed certificate is for: the host of the public URL, and this machine.
#[must_use]
pub fn names_of(public_url: &str) -> Vec<String> {
    let mut names = vec![host_of(public_url).to_owned()];
    for name in ["localhost", "127.0.0.1"] {
        if names[0] != name {
            names.push(name.to_owned());
        }
    }
    names
}

/// The host of a URL, without its port.
fn host_of(public_url: &str) -> &str {
    let host = public_url.trim_start_matches("https://");
    match host.rsplit_once(':') {
        // The colons of an IPv6 address stand in brackets.
        Some((host, port)) if !port.ends_with(']') => host,
        _ => host,
    }
    .trim_start_matches('[')
    .trim_end_matches(']')
}

/// Whether this way to a certificate makes one on its own.
#[must_use]
pub const fn is_self_signed(tls: &Tls) -> bool {
    matches!(tls, Tls::SelfSigned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_for_the_host_and_this_machine() {
        let local = ["localhost", "127.0.0.1"];
        assert_eq!(names_of("https://localhost:8443"), local);
        assert_eq!(names_of("https://a.example"), ["a.example", "localhost", "127.0.0.1"]);
        assert_eq!(host_of("https://[::1]:8443"), "::1");
        assert_eq!(host_of("https://[2001:db8::1]"), "2001:db8::1");
    }
}
