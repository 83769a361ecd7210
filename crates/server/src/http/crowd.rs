//! How many may be connected at once, and how long a connection may be silent. A connection costs
//! little, but whoever can hold any number of them keeps everybody else out.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum_server::accept::Accept;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

use super::REQUEST_S_MAX;
use super::serve::HEAD_S_MAX;
use crate::config::Limits;

/// In force: once it has said something, a connection may be silent for longer than any request
/// takes. Live channels are pinged more often.
const PATIENCE: Patience = Patience {
    first: Duration::from_secs(HEAD_S_MAX),
    silent: Duration::from_secs(REQUEST_S_MAX as u64 + 30),
};
/// Open files that connections must leave to databases, blobs and the log.
const FILES_LEFT: u64 = 512;

/// Who is connected.
pub struct Crowd {
    all_max: usize,
    each_max: usize,
    /// So that no address lies in memory.
    hasher: RandomState,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    all: usize,
    of: HashMap<u64, usize>,
}

/// A place in the crowd; free again when it's dropped.
pub struct Place {
    crowd: Arc<Crowd>,
    whose: u64,
}

impl Crowd {
    /// Nobody yet. As many may come as the configuration allows and this process may open files.
    pub fn new(limits: &Limits) -> Arc<Self> {
        let wanted = limits.connections_max as usize;
        let room = usize::try_from(files_max().saturating_sub(FILES_LEFT)).unwrap_or(usize::MAX);
        if room < wanted {
            tracing::warn!("not as many files may be open as limits.connections_max needs");
        }
        Arc::new(Self {
            all_max: wanted.min(room),
            each_max: limits.connections_per_address_max as usize,
            hasher: RandomState::new(),
            counts: Mutex::default(),
        })
    }

    /// A place for a connection from this address; none if there are too many, of it or of all. All
    /// of an IPv6 network of 64 bits counts as one address.
    pub fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Place> {
        let whose = match peer.to_canonical() {
            IpAddr::V4(ip) => self.hasher.hash_one(ip.octets()),
            IpAddr::V6(ip) => self.hasher.hash_one(&ip.octets()[..8]),
        };
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.all >= self.all_max
            || counts.of.get(&whose).is_some_and(|it| *it >= self.each_max)
        {
            return None;
        }
        counts.all += 1;
        *counts.of.entry(whose).or_default() += 1;
        Some(Place { crowd: Arc::clone(self), whose })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.crowd.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.all -= 1;
        if let Some(count) = counts.of.get_mut(&self.whose) {
            *count -= 1;
            if *count == 0 {
                counts.of.remove(&self.whose);
            }
        }
    }
}

/// How many files this process may open; raised to what the system allows it.
fn files_max() -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    let in_force = if raised.is_ok() { maximum } else { current };
    in_force.unwrap_or(u64::MAX)
}

/// Accepts with another acceptor whoever finds a place.
#[derive(Clone)]
pub struct Guarded<A> {
    /// The other acceptor.
    pub inner: A,
    /// Who is connected already.
    pub crowd: Arc<Crowd>,
}

type Opening<A, S> = Pin<Box<dyn Future<Output = io::Result<(Patient<A>, S)>> + Send>>;

impl<A, S> Accept<TcpStream, S> for Guarded<A>
where
    A: Accept<TcpStream, S>,
    A::Future: Send + 'static,
{
    type Stream = Patient<A::Stream>;
    type Service = A::Service;
    type Future = Opening<A::Stream, A::Service>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let peer = stream.peer_addr();
        let Some(place) = peer.ok().and_then(|peer| self.crowd.admit(peer.ip())) else {
            // Before anything is spent on TLS.
            return Box::pin(async { Err(io::ErrorKind::ConnectionRefused.into()) });
        };
        let opening = self.inner.accept(stream, service);
        Box::pin(async move {
            let (stream, service) = opening.await?;
            Ok((Patient::new(stream, place, PATIENCE), service))
        })
    }
}

/// How long a connection may be silent in both directions.
#[derive(Clone, Copy)]
struct Patience {
    /// Before the client's first word.
    first: Duration,
    /// Afterwards.
    silent: Duration,
}

/// A connection that ends when it has been silent for too long.
pub struct Patient<S> {
    stream: S,
    patience: Patience,
    spoken: bool,
    last: Instant,
    until: Pin<Box<Sleep>>,
    _place: Place,
}

impl<S> Patient<S> {
    fn new(stream: S, place: Place, patience: Patience) -> Self {
        let until = Box::pin(sleep(patience.first));
        Self { stream, patience, spoken: false, last: Instant::now(), until, _place: place }
    }

    fn heard(&mut self) {
        self.last = Instant::now();
    }

    /// Waits, and fails when that was too long.
    fn wait<T>(&mut self, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        while self.until.as_mut().poll(context).is_ready() {
            let Patience { first, silent } = self.patience;
            let due = self.last + if self.spoken { silent } else { first };
            if Instant::now() >= due {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            self.until.as_mut().reset(due);
        }
        Poll::Pending
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if read.is_pending() {
            return self.wait(context);
        }
        if buffer.filled().len() > before {
            self.spoken = true;
            self.heard();
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        if written.is_pending() {
            return self.wait(context);
        }
        self.heard();
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        if flushed.is_pending() {
            return self.wait(context);
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crowd(all: u32, each: u32) -> Arc<Crowd> {
        let limits =
            Limits { connections_max: all, connections_per_address_max: each, ..Limits::default() };
        Crowd::new(&limits)
    }

    #[test]
    fn one_address_leaves_room_for_others_and_a_place_becomes_free() {
        let crowd = crowd(3, 2);
        let [one, other] = ["192.0.2.1", "192.0.2.2"].map(|ip| ip.parse::<IpAddr>().unwrap());
        let first = crowd.admit(one).unwrap();
        let _second = crowd.admit(one).unwrap();
        assert!(crowd.admit(one).is_none());
        let _third = crowd.admit(other).unwrap();
        assert!(crowd.admit(other).is_none(), "there is no place for a fourth");
        drop(first);
        assert!(crowd.admit(one).is_some());
    }

    #[test]
    fn an_ipv6_network_is_one_address() {
        let crowd = crowd(9, 1);
        let _one = crowd.admit("2001:db8::1".parse().unwrap()).unwrap();
        assert!(crowd.admit("2001:db8::2".parse().unwrap()).is_none());
        assert!(crowd.admit("2001:db8:0:1::1".parse().unwrap()).is_some());
        let _two = crowd.admit("::ffff:192.0.2.1".parse().unwrap()).unwrap();
        assert!(crowd.admit("192.0.2.1".parse().unwrap()).is_none());
    }

    #[tokio::test]
    async fn who_says_nothing_is_sent_away_and_who_has_spoken_later() {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let patience =
            Patience { first: Duration::from_millis(20), silent: Duration::from_millis(100) };
        let place = || crowd(9, 9).admit("192.0.2.1".parse().unwrap()).unwrap();
        let began = Instant::now();
        let (_silent, stream) = tokio::io::duplex(64);
        let error = Patient::new(stream, place(), patience).read_u8().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(began.elapsed() >= patience.first);
        let (mut spoken, stream) = tokio::io::duplex(64);
        let mut patient = Patient::new(stream, place(), patience);
        spoken.write_u8(7).await.unwrap();
        assert_eq!(patient.read_u8().await.unwrap(), 7);
        let began = Instant::now();
        // It doesn't read what it's sent, either.
        let error = patient.write_all(&[0; 128]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(began.elapsed() > patience.first);
    }
}
