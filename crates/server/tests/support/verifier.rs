//! An outside verifier as `docs/verifier.md` describes one, over HTTP on this machine: it makes questions,
//! grades answers, shows pages for documents, signs what it tells, and can be made to do each wrongly.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use tempfile::TempDir;
use treehouse_server::config;
use treehouse_server::port::clock::{Clock, SystemClock, Time};

use crate::raw;

/// What it signs with here.
const SECRET: &str = "a secret of thirty-two known signs";
const KEY: &str = "vk_known_to_everybody";
/// Whom it knows nothing of.
pub const UNKNOWN: &str = "Nobody Atall";

/// What it does wrongly.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Fault {
    #[default]
    None,
    /// It doesn't answer.
    Down,
    /// It asks four questions where five were wanted.
    Few,
    /// Two of its questions have two choices: a guess passes once in 500 sets.
    Coin,
    /// It asks a question twice.
    Twice,
    /// Two choices of a question are the same.
    Echo,
    /// It answers for another inquiry.
    Foreign,
    /// The questions were about somebody who is no adult.
    Minor,
    /// It says of another set how many were right.
    OtherSet,
    /// It ends a check without signing that.
    Unsigned,
    /// It says that it will delete later.
    Keeps,
    /// It has ended another check.
    OtherCheck,
    /// It sends parents to a page that isn't its own.
    Elsewhere,
}

#[derive(Default)]
struct Books {
    fault: Fault,
    made: usize,
    /// By set: the reference, and the right choice of each question.
    sets: BTreeMap<String, (String, Vec<u8>)>,
    /// By check: what was asked for, and when it was ended.
    checks: BTreeMap<String, (Value, Option<i64>)>,
    /// Every body that was sent here.
    heard: Vec<Value>,
}

type Shared = Arc<Mutex<Books>>;

/// The verifier.
pub struct Verifier {
    pub url: String,
    books: Shared,
    folder: TempDir,
}

/// What it tells by itself.
#[derive(Debug, Clone)]
pub struct Event {
    pub signature: String,
    pub body: Vec<u8>,
}

impl Event {
    pub fn signed(body: &Value, at: Time) -> Self {
        let body = body.to_string().into_bytes();
        Self { signature: sign(SECRET, &body, at), body }
    }
}

impl Verifier {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("key"), KEY).expect("a file");
        std::fs::write(folder.path().join("secret"), SECRET).expect("a file");
        let books = Shared::default();
        let router = Router::new()
            .route("/v1/questions", post(questions))
            .route("/v1/questions/{set}/answers", post(answers))
            .route("/v1/checks", post(checks))
            .route("/v1/checks/{check}/end", post(end))
            .with_state(Arc::clone(&books));
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = socket.local_addr().expect("it has an address");
        tokio::spawn(async move { axum::serve(socket, router).await });
        Self { url: format!("http://{address}"), books, folder }
    }

    /// The section of a configuration.
    pub fn config(&self) -> config::Verifier {
        config::Verifier {
            url: self.url.clone(),
            key_file: self.folder.path().join("key"),
            signing_secret_file: self.folder.path().join("secret"),
            methods: vec![
                config::Way::Questions,
                config::Way::GovernmentId,
                config::Way::FaceMatch,
            ],
            questions: 5,
            choices: 5,
            right: 5,
            ca_file: None,
        }
    }

    /// Does something wrongly from now on, or nothing any more.
    pub fn fault(&self, fault: Fault) {
        self.books().fault = fault;
    }

    /// The right choices of the latest set.
    pub fn right(&self) -> Vec<u8> {
        let books = self.books();
        books.sets[&format!("set-{}", books.made)].1.clone()
    }

    /// What it would tell of a check: an adult's document, found, matched and not deleted yet.
    pub fn told(&self, page: &str) -> Value {
        let check = check_of(page);
        let reference = self.books().checks[check].0["reference"].clone();
        json!({
            "reference": reference, "check": check, "authentic": true, "adult": true,
            "matched": true, "deleted_ms": null, "review_at": format!("{}/review/{check}", self.url),
        })
    }

    /// When it ended a check, if it did.
    pub fn ended(&self, page: &str) -> Option<i64> {
        self.books().checks[check_of(page)].1
    }

    /// Everything that was sent here.
    pub fn heard(&self) -> Vec<Value> {
        self.books().heard.clone()
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().expect("nobody has panicked")
    }
}

/// What it calls the check that has this page.
pub fn check_of(page: &str) -> &str {
    page.rsplit('/').next().expect("a word")
}

fn sign(secret: &str, body: &[u8], at: Time) -> String {
    let at_s = at.0 / 1000;
    let mac = <Hmac<Sha256> as hmac::Mac>::new_from_slice(secret.as_bytes()).expect("a secret");
    let tag = mac.chain_update(format!("{at_s}.")).chain_update(body).finalize().into_bytes();
    format!("t={at_s},v1={}", raw::hex(&tag))
}

/// Writes down what was asked, of whoever shows the key.
fn entered(shared: &Shared, headers: &HeaderMap, body: &Value) -> Result<Fault, StatusCode> {
    let shown = headers.get("authorization").and_then(|value| value.to_str().ok());
    if shown != Some(&format!("Bearer {KEY}")) {
        return Err(StatusCode::UNAUTHORIZED);
    }
    let mut books = shared.lock().expect("nobody has panicked");
    if books.fault == Fault::Down {
        return Err(StatusCode::BAD_GATEWAY);
    }
    books.heard.push(body.clone());
    Ok(books.fault)
}

fn reference(fault: Fault, body: &Value) -> Value {
    if fault == Fault::Foreign { json!("00".repeat(32)) } else { body["reference"].clone() }
}

async fn questions(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Json<Value>, StatusCode> {
    let fault = entered(&shared, &headers, &body)?;
    if body["person"]["name"] == UNKNOWN {
        return Err(StatusCode::NOT_FOUND);
    }
    let mut books = shared.lock().expect("nobody has panicked");
    books.made += 1;
    let (made, count) = (books.made, if fault == Fault::Few { 4 } else { 5_usize });
    let mut asked: Vec<Value> = (0..count)
        .map(|place| {
            let choices: Vec<_> = (0..5).map(|n| format!("Street {made}{place}{n}")).collect();
            json!({ "text": format!("Where did you live in year {place} of {made}?"), "choices": choices })
        })
        .collect();
    match fault {
        Fault::Coin => {
            for question in &mut asked[..2] {
                question["choices"] = json!(["Yes", "No"]);
            }
        }
        Fault::Twice => asked[2]["text"] = asked[1]["text"].clone(),
        Fault::Echo => asked[2]["choices"][3] = asked[2]["choices"][1].clone(),
        _ => {}
    }
    let right = (0..count).map(|place| u8::try_from((made + place) % 5).expect("small")).collect();
    let set = format!("set-{made}");
    let own = body["reference"].as_str().expect("a reference").to_owned();
    books.sets.insert(set.clone(), (own, right));
    Ok(Json(json!({ "reference": reference(fault, &body), "set": set, "questions": asked })))
}

async fn answers(
    State(shared): State<Shared>,
    Path(set): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Json<Value>, StatusCode> {
    let fault = entered(&shared, &headers, &body)?;
    // The first answers to a set count.
    let books = &mut shared.lock().expect("nobody has panicked");
    let (own, right) = books.sets.remove(&set).ok_or(StatusCode::GONE)?;
    assert_eq!(body["reference"], json!(own));
    let chosen = body["chosen"].as_array().expect("answers");
    let hits = right.iter().zip(chosen).filter(|(right, chosen)| json!(right) == **chosen).count();
    let said = if fault == Fault::OtherSet { "set-0" } else { &set };
    Ok(Json(json!({
        "reference": reference(fault, &body), "set": said, "report": format!("report-{set}"),
        "right": hits, "of": chosen.len(), "adult": fault != Fault::Minor,
    })))
}

async fn checks(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Json<Value>, StatusCode> {
    let fault = entered(&shared, &headers, &body)?;
    let mut books = shared.lock().expect("nobody has panicked");
    books.made += 1;
    let check = format!("check-{}", books.made);
    books.checks.insert(check.clone(), (body.clone(), None));
    let own = headers["host"].to_str().expect("a host");
    let host = if fault == Fault::Elsewhere { "127.0.0.1:9" } else { own };
    let page = format!("http://{host}/show/{check}");
    Ok(Json(json!({ "reference": reference(fault, &body), "check": check, "page": page })))
}

async fn end(
    State(shared): State<Shared>,
    Path(check): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, StatusCode> {
    let body: Value = serde_json::from_slice(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    let fault = entered(&shared, &headers, &body)?;
    let (now, mut books) = (SystemClock.now(), shared.lock().expect("nobody has panicked"));
    let later = if fault == Fault::Keeps { 86_400_000 } else { 0 };
    let row = books.checks.get_mut(&check).ok_or(StatusCode::NOT_FOUND)?;
    let at_ms = *row.1.get_or_insert(now.0);
    let said = if fault == Fault::OtherCheck { "check-0" } else { &check };
    let ended = json!({
        "reference": reference(fault, &body), "check": said, "deleted_ms": at_ms + later,
    });
    let bytes = ended.to_string();
    let secret =
        if fault == Fault::Unsigned { "somebody else's secret of 32 signs" } else { SECRET };
    let signature = sign(secret, bytes.as_bytes(), now);
    Ok(([("treehouse-signature", signature)], bytes).into_response())
}
