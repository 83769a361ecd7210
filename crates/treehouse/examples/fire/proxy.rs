//! A proxy that proves who asks, for programs that can't: it takes plain HTTP on this machine, with
//! `Authorization: Bearer` and the name of a user, and sends the request on with that user's session
//! or with a proof of the toy's key. Without a name, a request goes on as it is.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;

use crate::hole::Hole;
use crate::house::{House, sign_in};
use crate::serve::Served;
use crate::wire::{Answer, Wire};

/// Bytes of a request; the scanners send less.
const REQUEST_BYTES_MAX: usize = 4 << 20;

/// Who can be asked for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum User {
    /// The guardian of the first family.
    Ada,
    /// The guardian of the second.
    Ben,
    /// The toy of the first.
    Toy,
}

/// The two families and their sessions.
pub struct Proxy {
    authority: String,
    port: u16,
    url: String,
    ada: House,
    ben: House,
    hole: Option<Hole>,
    cookies: Mutex<BTreeMap<User, String>>,
    nonce: Mutex<String>,
    /// How many requests were sent on.
    pub count: AtomicUsize,
    /// How many of them weren't refused.
    pub taken: AtomicUsize,
}

/// A request as it was read.
struct Asked {
    line: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    user: Option<User>,
}

impl Proxy {
    /// A proxy before this server, and before a planted hole if there is one.
    pub fn new(served: &Served, ada: House, ben: House, hole: Option<Hole>) -> Arc<Self> {
        Arc::new(Self {
            authority: served.authority.clone(),
            port: served.port,
            url: served.url(),
            ada,
            ben,
            hole,
            cookies: Mutex::default(),
            nonce: Mutex::default(),
            count: AtomicUsize::default(),
            taken: AtomicUsize::default(),
        })
    }

    /// Listens until the runtime ends.
    pub async fn listen(self: Arc<Self>) -> Result<SocketAddr> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let proxy = Arc::clone(&self);
                // A connection that breaks off is the scanner's affair.
                tokio::spawn(async move { drop(proxy.serve(stream).await) });
            }
        });
        Ok(address)
    }

    async fn serve(&self, mut stream: TcpStream) -> Result<()> {
        let mut wire = Wire::connect(&self.authority, self.port).await?;
        let mut buffer = Vec::new();
        while let Some(asked) = read(&mut stream, &mut buffer).await? {
            self.count.fetch_add(1, Ordering::Relaxed);
            if let Some(hole) = self.hole.as_ref().filter(|_| Hole::is_asked(&asked.line)) {
                stream.write_all(&fallen(hole, &asked.line).await).await?;
                continue;
            }
            let is_head = asked.line.starts_with("HEAD ");
            let answer = if let Ok(answer) = self.answer(&mut wire, &asked).await {
                answer
            } else {
                // The server closes a connection after some errors; a fresh one tells why.
                wire = Wire::connect(&self.authority, self.port).await?;
                self.answer(&mut wire, &asked).await?
            };
            if (200..300).contains(&answer.status) {
                self.taken.fetch_add(1, Ordering::Relaxed);
            }
            stream.write_all(answer.head.as_bytes()).await?;
            if !is_head {
                stream.write_all(&answer.body).await?;
            }
            if answer.header("connection") == Some("close") {
                wire = Wire::connect(&self.authority, self.port).await?;
            }
        }
        Ok(())
    }

    /// Sends a request, a second time if its session or its proof was too old.
    async fn answer(&self, wire: &mut Wire, asked: &Asked) -> Result<Answer> {
        let answer = self.once(wire, asked).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        match asked.user {
            None => return Ok(answer),
            Some(User::Toy) => match answer.header("dpop-nonce") {
                Some(nonce) => nonce.clone_into(&mut *self.nonce.lock().await),
                None => return Ok(answer),
            },
            Some(user) => drop(self.cookies.lock().await.remove(&user)),
        }
        self.once(wire, asked).await
    }

    async fn once(&self, wire: &mut Wire, asked: &Asked) -> Result<Answer> {
        let proof = match asked.user {
            None => String::new(),
            Some(User::Toy) => {
                let mut words = asked.line.split(' ');
                let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
                let path = target.split('?').next().unwrap_or("");
                self.ada.proof(&self.url, method, path, &self.nonce.lock().await)
            }
            Some(user) => self.cookie(user).await?,
        };
        let mut head = format!("{}\r\nhost: localhost:{}\r\n{proof}", asked.line, self.port);
        for (name, value) in &asked.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        let _ = write!(head, "content-length: {}\r\n\r\n", asked.body.len());
        wire.exchange(&[head.as_bytes(), &asked.body].concat()).await
    }

    async fn cookie(&self, user: User) -> Result<String> {
        let mut cookies = self.cookies.lock().await;
        if let Some(cookie) = cookies.get(&user) {
            return Ok(cookie.clone());
        }
        let house = if user == User::Ada { &self.ada } else { &self.ben };
        let mut wire = Wire::connect(&self.authority, self.port).await?;
        let cookie = sign_in(&mut wire, &house.email).await?;
        cookies.insert(user, cookie.clone());
        Ok(cookie)
    }
}

/// What the hole answers, as bytes to send.
async fn fallen(hole: &Hole, line: &str) -> Vec<u8> {
    let (status, body) = hole.answer(line).await;
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} -\r\ncontent-type: text/plain\r\ncontent-length: {length}\r\n\r\n"
    );
    [head.into_bytes(), body].concat()
}

/// Listens for whoever falls into the hole, with nothing else behind it.
pub async fn listen_before(hole: Arc<Hole>) -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let hole = Arc::clone(&hole);
            tokio::spawn(async move {
                let mut buffer = Vec::new();
                while let Ok(Some(asked)) = read(&mut stream, &mut buffer).await {
                    if stream.write_all(&fallen(&hole, &asked.line).await).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    Ok(address)
}

/// Reads a request; none if the connection has ended.
async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<Option<Asked>> {
    let end = loop {
        if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if buffer.len() > REQUEST_BYTES_MAX || stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    };
    // Header values may hold bytes that are no UTF-8; what they are doesn't matter here.
    let head: String = buffer.drain(..end).map(char::from).collect();
    let mut lines = head.trim_end().split("\r\n");
    let line = lines.next().context("a request has a first line")?.to_owned();
    let (mut headers, mut length, mut user) = (Vec::new(), 0, None);
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap_or(0),
            "host" | "connection" | "accept-encoding" | "cookie" | "dpop" => {}
            "authorization" => user = named(value),
            _ => headers.push((name.to_owned(), value.to_owned())),
        }
    }
    while buffer.len() < length.min(REQUEST_BYTES_MAX) {
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
    let body = buffer.drain(..length).collect();
    Ok(Some(Asked { line, headers, body, user }))
}

fn named(authorization: &str) -> Option<User> {
    match authorization.strip_prefix("Bearer ")? {
        "ada" => Some(User::Ada),
        "ben" => Some(User::Ben),
        "toy" => Some(User::Toy),
        _ => None,
    }
}
