//! The provider of payments that runs beside the tests, and the parents who pay there.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use treehouse_server::config::Card;

/// A card that is taken, and one that its bank declines.
pub const GOOD: &str = "4242 4242 4242 4242";
pub const DECLINED: &str = "4000 0000 0000 0341";
/// What it signs events with here.
pub const WEBHOOK_SECRET: &str = "whsec_known_to_everybody";
/// As long as an event may take: it is signed at once, and sent a second later.
const EVENT_S_MAX: u64 = 30;

/// An account there that nobody else has.
pub struct Provider {
    pub url: String,
    pub key: String,
    client: Client,
    folder: TempDir,
}

/// An event as it came.
#[derive(Debug, Clone)]
pub struct Event {
    pub signature: String,
    pub body: Vec<u8>,
}

impl Provider {
    pub fn new(word: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let key = format!("sk_test_{word}");
        std::fs::write(folder.path().join("key"), &key).expect("a file");
        std::fs::write(folder.path().join("webhook"), WEBHOOK_SECRET).expect("a file");
        let client = Client::builder().redirect(reqwest::redirect::Policy::none());
        let client = client.no_proxy().build().expect("a client");
        Self { url: variable("TREEHOUSE_TEST_CARD"), key, client, folder }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The section of a configuration.
    pub fn config(&self) -> Card {
        Card::Stripe {
            url: self.url.clone(),
            secret_key_file: self.file("key"),
            webhook_secret_file: Some(self.file("webhook")),
            currency: "usd".to_owned(),
            amount: 50,
            ca_file: None,
        }
    }

    /// Lets something fail, or nothing any more.
    pub async fn faults(&self, faults: Value) {
        let mut faults = faults;
        faults["key"] = json!(self.key);
        self.ask(Method::POST, "/_config/faults", Some(faults.to_string())).await;
    }

    /// Somebody types a card on the page; where the browser goes then, if it was taken.
    pub async fn pay(&self, page: &str, number: &str) -> Result<String, StatusCode> {
        let body = format!("number={}", number.replace(' ', "+"));
        let form = "application/x-www-form-urlencoded";
        let request = self.client.post(page).header("content-type", form).body(body);
        let answer = request.send().await.expect("it answers");
        match answer.status() {
            StatusCode::SEE_OTHER => {
                let to = answer.headers()["location"].to_str().expect("an address");
                Ok(to.to_owned())
            }
            status => Err(status),
        }
    }

    /// Ends a page before its time, as an operator can.
    pub async fn expire(&self, page: &str) {
        let path = format!("/v1/checkout/sessions/{}/expire", session(page));
        self.ask(Method::POST, &path, None).await;
    }

    /// What was taken under this reference, and what of it was given back: how often, and how much.
    pub async fn books(&self, reference: &str) -> [(usize, u64); 2] {
        let all = self.ask(Method::GET, "/v1/payment_intents?limit=100000", None).await;
        let all = all["data"].as_array().expect("a list").clone();
        let own = all.iter().filter(|intent| {
            intent["metadata"]["reference"] == json!(reference) && intent["status"] == "succeeded"
        });
        let (mut taken, mut back) = ((0, 0), (0, 0));
        for intent in own {
            taken = (taken.0 + 1, taken.1 + amount(intent));
            let path = format!(
                "/v1/refunds?limit=100&payment_intent={}",
                intent["id"].as_str().expect("an id")
            );
            let refunds = self.ask(Method::GET, &path, None).await;
            for refund in refunds["data"].as_array().expect("a list") {
                back = (back.0 + 1, back.1 + amount(refund));
            }
        }
        [taken, back]
    }

    /// Has every event sent to a port of this machine, and waits for the first of this kind about
    /// this reference, while something is done.
    pub async fn event(
        &self,
        kind: &str,
        reference: &str,
        done: impl Future<Output = ()>,
    ) -> Event {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("a port").port();
        let url = format!("http://127.0.0.1:{port}/");
        let to = json!({ "url": url, "secret": WEBHOOK_SECRET, "events": [kind] }).to_string();
        self.ask(Method::POST, &format!("/_config/webhooks/{port}"), Some(to)).await;
        done.await;
        let waits = async {
            loop {
                let event = next(&listener).await;
                let body: Value = serde_json::from_slice(&event.body).expect("JSON");
                if body["data"]["object"]["metadata"]["reference"] == json!(reference) {
                    return event;
                }
            }
        };
        let within = Duration::from_secs(EVENT_S_MAX);
        tokio::time::timeout(within, waits).await.expect("an event comes")
    }

    async fn ask(&self, method: Method, path: &str, body: Option<String>) -> Value {
        let request = self.client.request(method, format!("{}{path}", self.url));
        let request = request.header("authorization", format!("Bearer {}", self.key));
        let request = match body {
            Some(body) => request.header("content-type", "application/json").body(body),
            None => request,
        };
        let answer = request.send().await.expect("it answers");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        let bytes = answer.bytes().await.expect("an answer");
        serde_json::from_slice(&bytes).unwrap_or_default()
    }
}

/// What the provider calls a page.
pub fn session(page: &str) -> &str {
    page.rsplit('/').next().expect("a word")
}

fn amount(of: &Value) -> u64 {
    of["amount"].as_u64().expect("an amount")
}

async fn next(listener: &TcpListener) -> Event {
    let (stream, _) = listener.accept().await.expect("a call");
    let mut stream = BufReader::new(stream);
    let (mut signature, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.expect("a line");
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            if line.trim_end().is_empty() {
                break;
            }
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "stripe-signature" => value.clone_into(&mut signature),
            "content-length" => length = value.parse().expect("a length"),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.expect("a body");
    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    stream.write_all(answer).await.expect("an answer");
    Event { signature, body }
}

#[expect(clippy::disallowed_methods, reason = "where the servers are is known when tests start")]
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!(
            "run through `cargo xtask test --only unit`, or set {name} (xtask/src/setup/servers)"
        )
    })
}
