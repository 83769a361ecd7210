//! The client for what this server asks of others by itself: over TLS 1.3, without a proxy, without
//! following anybody elsewhere.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, redirect};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

const NO_AUTHORITY: &str = "holds no authority";

/// The authorities that everybody trusts.
#[must_use]
pub fn public_authorities() -> RootCertStore {
    webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect()
}

/// The certificates in this file, in PEM; at least one.
///
/// # Errors
/// What is wrong with the file, as the end of a sentence that begins with its name.
pub fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, &'static str> {
    let pem = std::fs::read(file).map_err(|_| "can't be read")?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let found = found.map_err(|_| "isn't PEM")?;
    if found.is_empty() { Err(NO_AUTHORITY) } else { Ok(found) }
}

/// The authorities in this file, in PEM, and no other.
///
/// # Errors
/// What is wrong with the file, as the end of a sentence that begins with its name.
pub fn authorities(file: &Path) -> Result<RootCertStore, &'static str> {
    let mut roots = RootCertStore::empty();
    for root in certificates(file)? {
        roots.add(root).map_err(|_| NO_AUTHORITY)?;
    }
    Ok(roots)
}

/// The authorities in this file, or those that everybody trusts.
///
/// # Errors
/// As [`authorities`].
pub fn trusted(ca_file: Option<&Path>) -> Result<RootCertStore, &'static str> {
    ca_file.map_or_else(|| Ok(public_authorities()), authorities)
}

/// A client that trusts these authorities, and whose requests take so long at most. `None` if the
/// library doesn't let us.
#[must_use]
pub fn client(timeout: Duration, roots: RootCertStore) -> Option<Client> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .ok()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let builder = Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .timeout(timeout)
        // The other end closes what lies idle; a request must not fail over that.
        .pool_max_idle_per_host(0)
        .user_agent(concat!("treehouse/", env!("CARGO_PKG_VERSION")));
    builder.build().ok()
}
