//! The attackers: connections from many addresses of this machine.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::client::TlsStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::house::{b64, begin_sign_in};
use crate::serve::Served;
use crate::wire::{Wire, request};

/// Handshakes at the same time.
const AT_ONCE: usize = 32;
/// Bytes that a slow reader has room for.
const ROOM_BYTES: u32 = 4_096;
/// How often a slow client says a byte.
const BYTE_EVERY: Duration = Duration::from_secs(1);
/// Connections over which sign-ins are tried.
const SIGN_IN_WIRES: u32 = 50;

/// Opens connections to one server.
#[derive(Clone)]
pub struct Opener {
    plain: TlsConnector,
    second: TlsConnector,
    authority: String,
    port: u16,
}

impl Opener {
    /// For this server.
    pub fn new(served: &Served) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(served.authority.as_bytes()) {
            roots.add(certificate?)?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let plain = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut second = plain.clone();
        second.alpn_protocols = vec![b"h2".to_vec()];
        let [plain, second] = [plain, second].map(|config| TlsConnector::from(Arc::new(config)));
        Ok(Self { plain, second, authority: served.authority.clone(), port: served.port })
    }

    /// The same for another server with the same certificate.
    pub fn to(&self, port: u16) -> Self {
        Self { port, ..self.clone() }
    }

    async fn open(
        &self,
        tls: &TlsConnector,
        from: Ipv4Addr,
        room: Option<u32>,
    ) -> Result<TlsStream<TcpStream>> {
        let socket = TcpSocket::new_v4()?;
        if let Some(room) = room {
            socket.set_recv_buffer_size(room)?;
        }
        socket.bind(SocketAddr::from((from, 0)))?;
        let stream = socket.connect(SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))).await?;
        Ok(tls.connect(ServerName::try_from("localhost")?, stream).await?)
    }
}

/// Opens so many connections that speak HTTP/2 and say nothing more. Answers them, and how many
/// were refused.
pub async fn silent(
    opener: &Opener,
    count: usize,
    from: Ipv4Addr,
) -> (Vec<TlsStream<TcpStream>>, usize) {
    // RFC 9113, section 3.4: the preface, and a SETTINGS frame without any.
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    let (mut tasks, mut held, mut refused) = (JoinSet::new(), Vec::new(), 0);
    let mut take = |opened: Option<TlsStream<TcpStream>>| match opened {
        Some(stream) => held.push(stream),
        None => refused += 1,
    };
    for _ in 0..count {
        if tasks.len() >= AT_ONCE {
            take(tasks.join_next().await.and_then(Result::ok).flatten());
        }
        let opener = opener.clone();
        tasks.spawn(async move {
            let mut stream = opener.open(&opener.second, from, None).await.ok()?;
            stream.write_all(PREFACE).await.ok()?;
            // Its settings: it has taken the connection.
            stream.read_u8().await.ok()?;
            Some(stream)
        });
    }
    while let Some(opened) = tasks.join_next().await {
        take(opened.ok().flatten());
    }
    (held, refused)
}

/// In what a client is slow.
#[derive(Clone, Copy)]
pub enum Slow {
    /// The head of a request that never ends.
    Head,
    /// The body.
    Body,
    /// Reading the answer.
    Reader,
}

impl Slow {
    const fn begins(self) -> &'static str {
        match self {
            Self::Head => "GET /v1/deployment HTTP/1.1\r\nhost: localhost\r\nx-slow: ",
            Self::Body => {
                "POST /v1/sessions/start HTTP/1.1\r\nhost: localhost\r\ncontent-type: \
                 application/json\r\ncontent-length: 100000\r\n\r\n"
            }
            Self::Reader => "GET /v1/openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n",
        }
    }
}

/// Slow clients; gone when this is dropped.
pub struct Held {
    open: Arc<AtomicUsize>,
    _tasks: JoinSet<()>,
}

impl Held {
    /// How many the server hasn't closed.
    pub fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }
}

/// Opens so many connections that are slow.
pub async fn hold(opener: &Opener, slow: Slow, count: usize, from: Ipv4Addr) -> Result<Held> {
    let (open, mut tasks) = (Arc::new(AtomicUsize::default()), JoinSet::new());
    for _ in 0..count {
        let room = matches!(slow, Slow::Reader).then_some(ROOM_BYTES);
        let mut stream = opener.open(&opener.plain, from, room).await?;
        stream.write_all(slow.begins().as_bytes()).await?;
        open.fetch_add(1, Ordering::Relaxed);
        let open = Arc::clone(&open);
        tasks.spawn(async move {
            drag(stream, slow).await;
            open.fetch_sub(1, Ordering::Relaxed);
        });
    }
    Ok(Held { open, _tasks: tasks })
}

/// Says a byte now and then until the server has enough of it.
async fn drag(mut stream: TlsStream<TcpStream>, slow: Slow) {
    let mut said = [0; 512];
    loop {
        if matches!(slow, Slow::Reader) {
            tokio::time::sleep(BYTE_EVERY).await;
            // Never reads: only whether it can still write tells.
            continue;
        }
        tokio::select! {
            // An answer, or the end: it isn't waited for any more.
            _ = stream.read(&mut said) => return,
            () = tokio::time::sleep(BYTE_EVERY) => {
                let sent = stream.write_all(b"a").await;
                if sent.is_err() || stream.flush().await.is_err() {
                    return;
                }
            }
        }
    }
}

/// The control: a server that waits for ever.
pub async fn naive_peer(served: &Served) -> Result<u16> {
    let folder = served.folder.join("store/certificates");
    let chain = CertificateDer::pem_file_iter(folder.join("certificate.pem"))?;
    let key = PrivateKeyDer::from_pem_file(folder.join("certificate-key.pem"))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_single_cert(chain.collect::<Result<_, _>>()?, key)?;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut stream = acceptor.accept(stream).await?;
                tokio::io::copy(&mut stream, &mut tokio::io::sink()).await
            });
        }
    });
    Ok(port)
}

/// Sign-ins that will fail, ready to be sent.
pub struct SignIns {
    wires: Vec<Wire>,
    pace: Duration,
    length: Duration,
    starts: Vec<Vec<u8>>,
}

/// What became of them.
#[derive(Default)]
pub struct Tried {
    /// How many were begun.
    pub sent: u64,
    /// How many of them came to a wrong password.
    pub carried_out: u64,
    /// How many were told to come back later.
    pub refused: u64,
}

/// Prepares bad sign-ins to accounts that nobody has.
pub async fn sign_in_badly(opener: &Opener, per_s: u32, length: Duration) -> Result<SignIns> {
    let (mut wires, mut starts) = (Vec::new(), Vec::new());
    for number in 0..SIGN_IN_WIRES {
        wires.push(Wire::connect(&opener.authority, opener.port).await?);
        starts.push(begin_sign_in(&format!("nobody-{number}@strangers.example"))?.1);
    }
    let pace = Duration::from_secs(1) * SIGN_IN_WIRES / per_s;
    Ok(SignIns { wires, pace, length, starts })
}

impl SignIns {
    /// Sends them, at their pace or as fast as they are answered.
    pub async fn run(self) -> Tried {
        let counts: Arc<[AtomicU64; 3]> = Arc::default();
        let mut tasks = JoinSet::new();
        for (mut wire, start) in self.wires.into_iter().zip(self.starts) {
            let (counts, pace, length) = (Arc::clone(&counts), self.pace, self.length);
            tasks.spawn(tokio::time::timeout(length, async move {
                let mut turn = tokio::time::interval(pace);
                loop {
                    turn.tick().await;
                    counts[0].fetch_add(1, Ordering::Relaxed);
                    let outcome = try_one(&mut wire, &start).await?;
                    counts[outcome].fetch_add(1, Ordering::Relaxed);
                }
                #[expect(unreachable_code, reason = "it says what an error is")]
                anyhow::Ok(())
            }));
        }
        while tasks.join_next().await.is_some() {}
        let [sent, carried_out, refused] =
            [0, 1, 2].map(|which: usize| counts[which].load(Ordering::Relaxed));
        Tried { sent, carried_out, refused }
    }
}

/// One bad sign-in; 1 if it was carried out, 2 if it was refused before.
async fn try_one(wire: &mut Wire, start: &[u8]) -> Result<usize> {
    let begun = wire.exchange(start).await?;
    if begun.status == 429 {
        return Ok(2);
    }
    let begun = begun.json()?;
    let ticket = begun["ticket"].as_str().context("a ticket")?;
    let body = json!({ "ticket": ticket, "message": b64(&[7; 64]) }).to_string();
    let finish = request("POST", "/v1/sessions", "", "application/json", body.as_bytes());
    let answer = wire.exchange(&finish).await?;
    Ok(if answer.status == 429 { 2 } else { 1 })
}
