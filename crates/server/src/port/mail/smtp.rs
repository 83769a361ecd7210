//! Letters through a mail server.

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters, TlsVersion};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use super::{Address, MailError};
use crate::port::secret_text::SecretText;
use crate::port::web;

/// The longest that the server may take for one answer.
const ANSWER_MS_MAX: u64 = 20_000;
/// The longest that a letter may take in all.
const SEND_MS_MAX: u64 = 60_000;
/// The most connections that are open at once.
const CONNECTION_COUNT_MAX: u32 = 4;
/// After this time without a letter a connection is closed.
const IDLE_MS_MAX: u64 = 60_000;

/// A mail server, and who we are there.
#[derive(Debug, Clone)]
pub struct SmtpConfig {
    /// The name of the server, which its certificate has to hold.
    pub host: String,
    /// The port.
    pub port: u16,
    /// When TLS begins.
    pub starttls: StartTls,
    /// The user name.
    pub username: String,
    /// The password.
    pub password: SecretText,
    /// Who the letters are from.
    pub from: Address,
    /// A file with CA certificates (PEM) that are trusted besides the public ones.
    pub extra_ca: Option<PathBuf>,
}

/// When TLS begins. There is no choice without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartTls {
    /// After the server has offered it (usually port 587); a server that doesn't is refused.
    Required,
    /// With the first byte (usually port 465).
    Tls,
}

pub(super) struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

impl Smtp {
    pub(super) fn open(config: &SmtpConfig) -> Result<Self, MailError> {
        let tls = tls(config)?;
        let pool = PoolConfig::new()
            .max_size(CONNECTION_COUNT_MAX)
            .idle_timeout(Duration::from_millis(IDLE_MS_MAX));
        let credentials =
            Credentials::new(config.username.clone(), config.password.expose().to_owned());
        // "Dangerous" because it starts without TLS, which the next lines demand.
        let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&config.host)
            .port(config.port)
            .tls(match config.starttls {
                StartTls::Required => Tls::Required(tls),
                StartTls::Tls => Tls::Wrapper(tls),
            })
            .credentials(credentials)
            .hello_name(ClientId::Domain(config.from.domain().to_owned()))
            .timeout(Some(Duration::from_millis(ANSWER_MS_MAX)))
            .pool_config(pool)
            .build();
        Ok(Self { transport })
    }

    pub(super) async fn send(&self, message: Message) -> Result<(), MailError> {
        let limit = Duration::from_millis(SEND_MS_MAX);
        match tokio::time::timeout(limit, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(refusal(&error)),
            Err(_) => Err(MailError::Unavailable),
        }
    }

    pub(super) async fn ping(&self) -> Result<(), MailError> {
        let limit = Duration::from_millis(SEND_MS_MAX);
        match tokio::time::timeout(limit, self.transport.test_connection()).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Err(error)) => Err(refusal(&error)),
            Ok(Ok(false)) | Err(_) => Err(MailError::Unavailable),
        }
    }
}

fn tls(config: &SmtpConfig) -> Result<TlsParameters, MailError> {
    let mut tls =
        TlsParameters::builder(config.host.clone()).set_min_tls_version(TlsVersion::Tlsv12);
    if let Some(path) = &config.extra_ca {
        // Read here, since lettre takes a file without any certificate for an empty list.
        for certificate in web::certificates(path).map_err(|_| MailError::Untrusted)? {
            let certificate = Certificate::from_der(certificate.to_vec());
            tls = tls.add_root_certificate(certificate.map_err(|_| MailError::Untrusted)?);
        }
    }
    tls.build().map_err(|_| MailError::Untrusted)
}

/// What the caller can do about a failure; its text, which may repeat an address, ends here.
fn refusal(error: &lettre::transport::smtp::Error) -> MailError {
    /// Answers of RFC 4954 about a sign-in that is missing, too weak, wrong or not over TLS.
    const SIGN_IN: [u16; 4] = [530, 534, 535, 538];
    if error.status().is_some_and(|code| SIGN_IN.contains(&code.into())) {
        return MailError::SignIn;
    }
    // "Client" is what the library calls a server that offers no TLS.
    if error.is_client() || error.is_tls() || is_tls_failure(error) {
        return MailError::Untrusted;
    }
    if error.is_permanent() { MailError::Refused } else { MailError::Unavailable }
}

/// True if a TLS error is among the causes, also inside an I/O error.
fn is_tls_failure(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let inside = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if error.is::<rustls::Error>()
            || inside.is_some_and(<dyn Error + Send + Sync>::is::<rustls::Error>)
        {
            return true;
        }
        cause = error.source();
    }
    false
}
