//! The client for what this server asks of others by itself: over TLS 1.3, without a proxy, without
//! following anybody elsewhere.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, redirect};

/// A client whose requests take so long at most. `None` if the library doesn't let us.
#[must_use]
pub fn client(timeout: Duration) -> Option<Client> {
    let roots: rustls::RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
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
