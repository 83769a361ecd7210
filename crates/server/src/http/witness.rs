//! A witness over HTTP (C2SP tlog-witness): one endpoint, with small limits of its own.
//!
//! What it gets and gives is public, and signed where it matters, so it may listen in clear where
//! nobody is in between; who is could only keep it from answering.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum_server::Handle;
use axum_server::accept::{Accept, DefaultAcceptor};
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use hyper_util::rt::TokioTimer;
use tower_http::timeout::TimeoutLayer;
use treehouse_tlog::key::LogKey;
use treehouse_tlog::witness::{AddError, REQUEST_BYTES_MAX, Refusal, Witness};

use super::bound::Bound;
use super::serve::{Certificate, ServeError, tls_config};
use crate::port::clock::Clock;
use crate::witness::{Opened, StateFile};

/// How long a request may take, in seconds: the head and the rest, each.
const REQUEST_S_MAX: u64 = 10;
/// Connections at a time; those beyond are closed at once. A log asks once a second at most.
const CONNECTIONS_MAX: usize = 64;
/// How long requests may go on after the witness was asked to stop, in seconds.
const GRACE_S: u64 = 5;

/// What the endpoint needs.
struct Desk {
    witness: Mutex<Witness>,
    file: StateFile,
    clock: Arc<dyn Clock>,
}

/// A witness that listens. Dropping it doesn't stop it; [`Witnessing::stop`] does.
#[derive(Debug)]
pub struct Witnessing {
    /// Where.
    pub address: SocketAddr,
    handle: Handle<SocketAddr>,
    task: tokio::task::JoinHandle<io::Result<()>>,
}

impl Witnessing {
    /// Stops taking requests, lets those that run come to their end, and returns.
    pub async fn stop(self) {
        self.handle.graceful_shutdown(Some(Duration::from_secs(GRACE_S)));
        // The task ends with an error only if the listener failed; then there's nothing to stop.
        drop(self.task.await);
    }
}

/// Why there is no witness.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError {
    /// It can't listen.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// Too many logs.
    #[error("a witness remembers at most 4,096 logs")]
    Logs,
}

/// Listens as a witness of these logs, in a task of the runtime in which it's called: over TLS with
/// a certificate, otherwise in clear.
///
/// # Errors
/// The certificate is unusable, the address is taken, or there are too many logs.
pub fn listen(
    opened: Opened,
    logs: Vec<LogKey>,
    clock: Arc<dyn Clock>,
    bound: Bound,
    certificate: Option<&Certificate>,
) -> Result<Witnessing, WitnessError> {
    let Opened { file, signer, memory } = opened;
    let witness = Witness::new(signer, logs, memory).map_err(|_| WitnessError::Logs)?;
    let desk = Arc::new(Desk { witness: Mutex::new(witness), file, clock });
    let (listener, address) = bound.into_parts();
    let taken = |_| ServeError::Listen(address);
    let handle = Handle::new();
    let mut server =
        axum_server::from_tcp(listener).map_err(taken)?.handle(handle.clone()).http1_only();
    server
        .http_builder()
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(REQUEST_S_MAX));
    let make = router(desk).into_make_service();
    let task = if let Some(certificate) = certificate {
        let mut tls = tls_config(certificate)?;
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        let tls = RustlsAcceptor::new(RustlsConfig::from_config(Arc::new(tls)));
        let few = Few { inner: tls, handle: handle.clone() };
        tokio::spawn(server.acceptor(few).serve(make))
    } else {
        let few = Few { inner: DefaultAcceptor::new(), handle: handle.clone() };
        tokio::spawn(server.acceptor(few).serve(make))
    };
    Ok(Witnessing { address, handle, task })
}

fn router(desk: Arc<Desk>) -> Router {
    let timeout = Duration::from_secs(REQUEST_S_MAX);
    Router::new()
        .route("/add-checkpoint", axum::routing::post(add_checkpoint))
        .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, timeout))
        .with_state(desk)
}

/// Cosigns a checkpoint that extends the last one.
async fn add_checkpoint(State(desk): State<Arc<Desk>>, body: Bytes) -> Response {
    let time = u64::try_from(desk.clock.now().0 / 1000).unwrap_or_default();
    // It writes to the disk before it signs.
    let answered = tokio::task::spawn_blocking(move || {
        let mut witness = desk.witness.lock().ok()?;
        Some(witness.add_checkpoint(&body, time, |memory| desk.file.save(memory)))
    });
    match answered.await {
        Ok(Some(Ok(line))) => ([(CONTENT_TYPE, "text/plain; charset=utf-8")], line).into_response(),
        Ok(Some(Err(AddError::Refused(refusal)))) => refuse(&refusal),
        Ok(Some(Err(AddError::Unsaved(error)))) => {
            tracing::error!(kind = %error.kind(), "the memory can't be saved; nothing was signed");
            unavailable()
        }
        // It panicked: what it remembers is to be read from the disk.
        Ok(None) | Err(_) => unavailable(),
    }
}

fn refuse(refusal: &Refusal) -> Response {
    if matches!(refusal, Refusal::Unproven(_)) {
        tracing::warn!("a log showed a history that doesn't begin with what it showed before");
    }
    let kind = match refusal {
        Refusal::Conflict { .. } => Refusal::CONFLICT_CONTENT_TYPE,
        _ => "text/plain; charset=utf-8",
    };
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::BAD_REQUEST);
    (status, [(CONTENT_TYPE, kind)], refusal.body()).into_response()
}

fn unavailable() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, "the witness can't save what it saw\n").into_response()
}

/// Takes a connection unless there are enough.
#[derive(Debug, Clone)]
struct Few<A> {
    inner: A,
    handle: Handle<SocketAddr>,
}

type Accepting<I, S> = Pin<Box<dyn Future<Output = io::Result<(I, S)>> + Send>>;

impl<A, I, S> Accept<I, S> for Few<A>
where
    A: Accept<I, S>,
    A::Future: Send + 'static,
    A::Stream: Send + 'static,
    A::Service: Send + 'static,
{
    type Stream = A::Stream;
    type Service = A::Service;
    type Future = Accepting<A::Stream, A::Service>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        // This one is counted already.
        if self.handle.connection_count() > CONNECTIONS_MAX {
            return Box::pin(async { Err(io::ErrorKind::ConnectionRefused.into()) });
        }
        Box::pin(self.inner.accept(stream, service))
    }
}
