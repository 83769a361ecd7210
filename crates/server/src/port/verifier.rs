//! Whoever verifies parents for us, by the port that `docs/verifier.md` describes: questions that only
//! they can answer, or a document, which they show on the verifier's own page. No document and no
//! picture comes to this server.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Client, StatusCode, Url, header};
use serde::{Deserialize, Serialize};
use serde_json::json;
use treehouse_protocol::id::Hash;
use treehouse_protocol::registry::{Coded as _, Method};
use zeroize::Zeroizing;

use super::clock::Time;
use super::secret_text::SecretText;
use super::{signed, web};
use crate::domain::inquiry::{Asked, Question, Told};
use crate::domain::text;

/// How long a verifier may take for one answer, in seconds.
const ANSWER_S_MAX: u64 = 15;
/// Bytes of an answer.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Bytes of a verifier's word for something, and of a page's address.
const WORD_BYTES_MAX: usize = 120;
const PAGE_BYTES_MAX: usize = 2048;
/// The header that holds its signature.
pub const SIGNATURE: &str = "treehouse-signature";

/// Why the verifier didn't do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifierError {
    /// It doesn't know our key.
    #[error("the verifier refuses our key; check verifier.key_file")]
    SignIn,
    /// It won't do this, whenever it's asked in the same words.
    #[error("the verifier refuses what it was asked for")]
    Refused,
    /// It can't be reached, has no time, or doesn't speak as it should.
    #[error("the verifier doesn't answer as it should; try again later")]
    Unavailable,
    /// What it seems to say isn't signed by it, or is old.
    #[error("it isn't signed by the verifier, or is old")]
    Forged,
    /// It is about another inquiry than the one it was asked about.
    #[error("the verifier told of another inquiry than the one it was asked about")]
    Foreign,
    /// The authorities to trust aren't there; what is wrong with their file.
    #[error("the file of its authority {0}")]
    Authorities(&'static str),
    /// The key can't be sent, or is none to sign with.
    #[error(
        "the key in verifier.key_file must be plain ASCII on one line, the secret in \
         verifier.signing_secret_file of at least {SECRET_BYTES_MIN} bytes"
    )]
    Words,
    /// There is no client to ask with.
    #[error("a verifier can't be called from this machine")]
    Client,
}

/// Bytes of the secret that the verifier signs with.
const SECRET_BYTES_MIN: usize = 32;

/// A verifier, and who we are there.
#[derive(Debug, Clone)]
pub struct VerifierConfig {
    /// Where it is asked, such as `https://verifier.example/treehouse`.
    pub url: String,
    /// Our key.
    pub key: SecretText,
    /// What it signs with.
    pub signing_secret: SecretText,
    /// How many questions, with how many choices each, it is asked for; and how many must be right.
    pub questions: [u8; 3],
    /// A file with authorities (PEM) that are trusted instead of the public ones.
    pub ca_file: Option<PathBuf>,
}

/// The verifier.
pub struct Verifier {
    url: String,
    /// Whether it is a program on this machine: for trying out.
    is_here: bool,
    headers: HeaderMap,
    client: Client,
    signing_secret: SecretText,
    questions: [u8; 3],
}

/// A set of questions.
#[derive(Debug, Clone)]
pub struct Set {
    /// What the verifier calls it.
    pub word: String,
    /// The questions.
    pub questions: Vec<Question>,
}

/// What became of answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graded {
    /// What the verifier calls its report.
    pub report: String,
    /// How many were right.
    pub right: u8,
    /// Whether it is an adult whom the questions were about.
    pub adult: bool,
}

/// A page of the verifier's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// What the verifier calls the check.
    pub check: String,
    /// Where the parent goes.
    pub url: String,
}

#[derive(Deserialize)]
struct SetAnswer {
    reference: String,
    set: String,
    questions: Vec<QuestionAnswer>,
}

#[derive(Deserialize)]
struct QuestionAnswer {
    text: String,
    choices: Vec<String>,
}

#[derive(Deserialize)]
struct GradedAnswer {
    reference: String,
    set: String,
    report: String,
    right: u8,
    of: usize,
    adult: bool,
}

#[derive(Deserialize)]
struct PageAnswer {
    reference: String,
    check: String,
    page: String,
}

#[derive(Deserialize)]
struct Event {
    reference: String,
    check: String,
    authentic: bool,
    adult: bool,
    #[serde(default)]
    matched: bool,
    deleted_ms: Option<i64>,
    review_at: Option<String>,
}

#[derive(Deserialize)]
struct Ended {
    reference: String,
    check: String,
    deleted_ms: i64,
}

/// What came, and what it was signed with.
struct Answer {
    bytes: Zeroizing<Vec<u8>>,
    signature: String,
}

impl Verifier {
    /// Asks this verifier. Nothing is sent yet.
    ///
    /// # Errors
    /// What [`VerifierConfig`] names can't be used.
    pub fn new(config: &VerifierConfig) -> Result<Self, VerifierError> {
        let roots = web::trusted(config.ca_file.as_deref()).map_err(VerifierError::Authorities)?;
        let client = web::client(Duration::from_secs(ANSWER_S_MAX), roots);
        let client = client.ok_or(VerifierError::Client)?;
        let key = config.key.expose();
        let plain = !key.is_empty() && key.bytes().all(|sign| sign.is_ascii_graphic());
        let value = HeaderValue::from_str(&format!("Bearer {key}"));
        let mut value = value.map_err(|_| VerifierError::Words)?;
        value.set_sensitive(true);
        if !plain || config.signing_secret.expose().len() < SECRET_BYTES_MIN {
            return Err(VerifierError::Words);
        }
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::AUTHORIZATION, value);
        let url = config.url.trim_end_matches('/').to_owned();
        let is_here = url.starts_with("http://");
        let (signing_secret, questions) = (config.signing_secret.clone(), config.questions);
        Ok(Self { url, is_here, headers, client, signing_secret, questions })
    }

    /// How many of a set must be right.
    #[must_use]
    pub const fn right(&self) -> u8 {
        self.questions[2]
    }

    /// Asks for questions about somebody.
    ///
    /// # Errors
    /// [`VerifierError::Refused`] if it knows too little of them; see [`VerifierError`].
    pub async fn questions(
        &self,
        reference: Hash,
        asked: &Asked,
        until_ms: i64,
    ) -> Result<Set, VerifierError> {
        let [questions, choices, right] = self.questions;
        let body = json!({
            "reference": reference.to_string(),
            "person": {
                "name": asked.name(), "born_on": asked.born_on(), "address": asked.address(),
            },
            "questions": questions,
            "choices": choices,
            "right": right,
            "until_ms": until_ms,
        });
        let answer: SetAnswer = read(&self.post("/v1/questions", &body).await?.bytes)?;
        own(reference, &answer.reference)?;
        let questions = answer.questions.into_iter();
        let questions =
            questions.map(|QuestionAnswer { text, choices }| Question { text, choices });
        Ok(Set { word: word(answer.set)?, questions: questions.collect() })
    }

    /// Passes answers on, each as the place of a choice, and hears how many were right.
    ///
    /// # Errors
    /// See [`VerifierError`]. It may have been told all the same.
    pub async fn answers(
        &self,
        reference: Hash,
        set: &str,
        chosen: &[u8],
    ) -> Result<Graded, VerifierError> {
        let body = json!({ "reference": reference.to_string(), "chosen": chosen });
        let path = format!("/v1/questions/{set}/answers");
        let answer: GradedAnswer = read(&self.post(&path, &body).await?.bytes)?;
        own(reference, &answer.reference)?;
        let is_this = answer.set == set
            && answer.of == chosen.len()
            && usize::from(answer.right) <= chosen.len();
        if !is_this {
            return Err(VerifierError::Foreign);
        }
        let GradedAnswer { report, right, adult, .. } = answer;
        Ok(Graded { report: word(report)?, right, adult })
    }

    /// Asks for a page where a parent shows a document, and by the second method a face.
    ///
    /// # Errors
    /// See [`VerifierError`].
    pub async fn open(
        &self,
        reference: Hash,
        method: Method,
        until_ms: i64,
        back: &str,
    ) -> Result<Page, VerifierError> {
        let body = json!({
            "reference": reference.to_string(),
            "kind": method.word(),
            "until_ms": until_ms,
            "back": back,
        });
        let answer: PageAnswer = read(&self.post("/v1/checks", &body).await?.bytes)?;
        own(reference, &answer.reference)?;
        let page = Some(answer.page).filter(|page| self.may_be_shown(page));
        let url = page.ok_or(VerifierError::Unavailable)?;
        Ok(Page { check: word(answer.check)?, url })
    }

    /// Ends a check: whatever was shown is deleted. When it was, in milliseconds, by the verifier's own
    /// signed word; and the hash of that.
    ///
    /// # Errors
    /// [`VerifierError::Forged`] if it isn't signed; see [`VerifierError`].
    pub async fn end(
        &self,
        reference: Hash,
        check: &str,
        now: Time,
    ) -> Result<(i64, Hash), VerifierError> {
        let body = json!({ "reference": reference.to_string() });
        let answer = self.post(&format!("/v1/checks/{check}/end"), &body).await?;
        let secret = self.signing_secret.expose().as_bytes();
        if !signed::is_by(secret, &answer.signature, &answer.bytes, now) {
            return Err(VerifierError::Forged);
        }
        let ended: Ended = read(&answer.bytes)?;
        own(reference, &ended.reference)?;
        if ended.check != check {
            return Err(VerifierError::Foreign);
        }
        Ok((ended.deleted_ms, Hash::of(&answer.bytes)))
    }

    /// What the verifier says by itself.
    ///
    /// # Errors
    /// [`VerifierError::Forged`], or [`VerifierError::Unavailable`] if it isn't understood.
    pub fn heard(&self, signature: &str, body: &[u8], now: Time) -> Result<Told, VerifierError> {
        if !signed::is_by(self.signing_secret.expose().as_bytes(), signature, body, now) {
            return Err(VerifierError::Forged);
        }
        let event: Event = read(body)?;
        let reference = text::hash(&event.reference).ok_or(VerifierError::Foreign)?;
        let Event { check, authentic, adult, matched, deleted_ms, review_at, .. } = event;
        if review_at.as_ref().is_some_and(|page| !self.may_be_shown(page)) {
            return Err(VerifierError::Unavailable);
        }
        Ok(Told { reference, check, authentic, adult, matched, deleted_ms, review_at })
    }

    async fn post(&self, path: &str, body: &impl Serialize) -> Result<Answer, VerifierError> {
        let url = Url::parse(&format!("{}{path}", self.url)).map_err(|_| VerifierError::Client)?;
        let body = serde_json::to_vec(body).map_err(|_| VerifierError::Client)?;
        let request = self.client.post(url).headers(self.headers.clone()).body(body);
        // What the transport says of an error may hold an address.
        let mut answer = request.send().await.map_err(|_| VerifierError::Unavailable)?;
        let signature = answer.headers().get(SIGNATURE).and_then(|value| value.to_str().ok());
        let signature = signature.unwrap_or_default().to_owned();
        let mut bytes = Zeroizing::new(Vec::with_capacity(ANSWER_BYTES_MAX));
        while let Some(chunk) = answer.chunk().await.map_err(|_| VerifierError::Unavailable)? {
            if bytes.len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err(VerifierError::Unavailable);
            }
            bytes.extend_from_slice(&chunk);
        }
        match answer.status() {
            StatusCode::OK => Ok(Answer { bytes, signature }),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(VerifierError::SignIn),
            StatusCode::TOO_MANY_REQUESTS => Err(VerifierError::Unavailable),
            status if status.is_client_error() => Err(VerifierError::Refused),
            _ => Err(VerifierError::Unavailable),
        }
    }

    /// Whether somebody may be sent there: over TLS, or to the program on this machine.
    fn may_be_shown(&self, page: &str) -> bool {
        let origin = |url: &str| Url::parse(url).ok().map(|url| url.origin());
        let is_safe =
            page.starts_with("https://") || (self.is_here && origin(page) == origin(&self.url));
        is_safe && page.len() <= PAGE_BYTES_MAX && page.chars().all(|sign| sign.is_ascii_graphic())
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier(●●)")
    }
}

fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, VerifierError> {
    serde_json::from_slice(bytes).map_err(|_| VerifierError::Unavailable)
}

fn own(reference: Hash, told: &str) -> Result<(), VerifierError> {
    if text::hash(told) == Some(reference) { Ok(()) } else { Err(VerifierError::Foreign) }
}

/// A verifier's word for something, which becomes a part of addresses.
fn word(text: String) -> Result<String, VerifierError> {
    let fits = (1..=WORD_BYTES_MAX).contains(&text.len())
        && text.bytes().all(|sign| sign.is_ascii_alphanumeric() || matches!(sign, b'_' | b'-'));
    if fits { Ok(text) } else { Err(VerifierError::Unavailable) }
}
