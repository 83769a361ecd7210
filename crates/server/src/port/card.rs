//! Payments by card, through a provider that speaks as Stripe does (docs.stripe.com/api, Checkout
//! Sessions, Refunds, and "Verify webhook signatures manually"). The parent pays on the provider's own
//! page: no card's number comes to this server or to a page of it.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, StatusCode, Url, header};
use serde::Deserialize;
use treehouse_protocol::id::Hash;

use super::clock::Time;
use super::secret_text::SecretText;
use super::{signed, web};
use crate::domain::card::{Charge, Price, Report, Stage};
use crate::domain::text;

/// How long a provider may take for one answer, in seconds.
const ANSWER_S_MAX: u64 = 10;
/// Bytes of an answer.
const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// Bytes of a provider's word for a page or payment, and of a page's address.
const WORD_BYTES_MAX: usize = 255;
const PAGE_BYTES_MAX: usize = 4096;
/// The version of the interface that answers are in.
const VERSION: &str = "2024-06-20";

/// Why the provider didn't do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// It doesn't know our key.
    #[error("the card provider refuses our key; check card.secret_key_file")]
    SignIn,
    /// It won't do this, whenever it's asked in the same words.
    #[error("the card provider refuses what it was asked for")]
    Refused,
    /// It can't be reached or has no time. It may or may not have done what it was asked for.
    #[error("the card provider doesn't answer as it should; try again later")]
    Unavailable,
    /// An event isn't signed by the provider, or is old.
    #[error("the event isn't signed by the card provider, or is old")]
    Forged,
    /// The authorities to trust aren't there; what is wrong with their file.
    #[error("the file of its authority {0}")]
    Authorities(&'static str),
    /// The key can't be sent.
    #[error("the key in card.secret_key_file must be plain ASCII on one line")]
    Words,
    /// There is no client to ask with.
    #[error("a card provider can't be called from this machine")]
    Client,
}

/// A provider, and who we are there.
#[derive(Debug, Clone)]
pub struct StripeConfig {
    /// Where it is asked, such as `https://api.stripe.com`.
    pub url: String,
    /// Our key.
    pub secret_key: SecretText,
    /// What it signs events with, if it tells of them.
    pub webhook_secret: Option<SecretText>,
    /// What parents pay.
    pub price: Price,
    /// A file with authorities (PEM) that are trusted instead of the public ones.
    pub ca_file: Option<PathBuf>,
}

/// The provider.
pub struct Cards {
    url: String,
    /// Whether it is a program on this machine: for trying out, where no money moves.
    is_here: bool,
    headers: HeaderMap,
    client: Client,
    webhook_secret: Option<SecretText>,
    price: Price,
}

/// A page that is to be made.
#[derive(Debug, Clone)]
pub struct NewPage<'a> {
    /// What we call the payment.
    pub reference: Hash,
    /// What is paid.
    pub price: Price,
    /// What for, as the page shows it.
    pub product: &'a str,
    /// Until when, in milliseconds.
    pub until_ms: i64,
    /// Where the parent goes from there.
    pub back: &'a str,
}

/// A page of the provider's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// What the provider calls it.
    pub session: String,
    /// Where the parent pays.
    pub url: String,
}

#[derive(Deserialize)]
struct SessionAnswer {
    id: String,
    url: Option<String>,
    status: String,
    client_reference_id: Option<String>,
    #[serde(default)]
    livemode: bool,
    /// Asked for in full; otherwise it would be a word.
    payment_intent: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct IntentAnswer {
    id: String,
    status: String,
    currency: String,
    #[serde(default)]
    metadata: Metadata,
    latest_charge: Option<ChargeAnswer>,
}

#[derive(Deserialize)]
struct ChargeAnswer {
    amount: u64,
    paid: bool,
    captured: bool,
}

#[derive(Default, Deserialize)]
struct Metadata {
    reference: Option<String>,
}

#[derive(Deserialize)]
struct RefundAnswer {
    status: String,
}

#[derive(Deserialize)]
struct Failure {
    error: FailureWords,
}

#[derive(Deserialize)]
struct FailureWords {
    code: Option<String>,
}

#[derive(Deserialize)]
struct EventAnswer {
    data: EventWhat,
}

#[derive(Deserialize)]
struct EventWhat {
    object: EventObject,
}

#[derive(Deserialize)]
struct EventObject {
    client_reference_id: Option<String>,
    #[serde(default)]
    metadata: Metadata,
}

impl Cards {
    /// Asks this provider. Nothing is sent yet.
    ///
    /// # Errors
    /// What [`StripeConfig`] names can't be used.
    pub fn stripe(config: &StripeConfig) -> Result<Self, CardError> {
        let roots = web::trusted(config.ca_file.as_deref()).map_err(CardError::Authorities)?;
        let client = web::client(Duration::from_secs(ANSWER_S_MAX), roots);
        let client = client.ok_or(CardError::Client)?;
        let mut headers = HeaderMap::new();
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(header::CONTENT_TYPE, form);
        let version = HeaderName::from_static("stripe-version");
        headers.insert(version, HeaderValue::from_static(VERSION));
        headers.insert(header::AUTHORIZATION, authorization(config.secret_key.expose())?);
        let url = config.url.trim_end_matches('/').to_owned();
        let (is_here, price) = (url.starts_with("http://"), config.price);
        let webhook_secret = config.webhook_secret.clone();
        Ok(Self { url, is_here, headers, client, webhook_secret, price })
    }

    /// What parents pay.
    #[must_use]
    pub const fn price(&self) -> Price {
        self.price
    }

    /// Makes a page. The same request again makes no second one.
    ///
    /// # Errors
    /// See [`CardError`].
    pub async fn open(&self, page: &NewPage<'_>) -> Result<Page, CardError> {
        let reference = page.reference.to_string();
        let (amount, until) = (page.price.amount().to_string(), page.until_ms / 1000);
        let until = until.to_string();
        let fields = [
            ("mode", "payment"),
            // Only what a bank tells the account's holder of, payment by payment.
            ("payment_method_types[0]", "card"),
            ("line_items[0][quantity]", "1"),
            ("line_items[0][price_data][currency]", page.price.currency().code()),
            ("line_items[0][price_data][unit_amount]", &amount),
            ("line_items[0][price_data][product_data][name]", page.product),
            ("client_reference_id", &reference),
            ("metadata[reference]", &reference),
            ("payment_intent_data[metadata][reference]", &reference),
            ("expires_at", &until),
            ("success_url", page.back),
            ("cancel_url", page.back),
        ];
        let again = format!("page-{reference}");
        let answer = self.post("/v1/checkout/sessions", &fields, &again).await?;
        let answer: SessionAnswer = read(&answer)?;
        let url = answer.url.filter(|url| self.may_be_shown(url));
        let url = url.ok_or(CardError::Unavailable)?;
        Ok(Page { session: word(answer.id)?, url })
    }

    /// How a page stands.
    ///
    /// # Errors
    /// See [`CardError`].
    pub async fn report(&self, session: &str) -> Result<Report, CardError> {
        let path = format!("/v1/checkout/sessions/{session}");
        let url = self.address(&path, &[("expand[]", "payment_intent.latest_charge")])?;
        let request = self.client.get(url).headers(self.headers.clone());
        let answer: SessionAnswer = read(&answered(request).await?)?;
        let stage = match answer.status.as_str() {
            "open" => Stage::Open,
            "complete" => Stage::Complete,
            "expired" => Stage::Expired,
            _ => return Err(CardError::Unavailable),
        };
        let charge = match answer.payment_intent {
            Some(intent) => {
                let intent = serde_json::from_value(intent);
                charge_of(intent.map_err(|_| CardError::Unavailable)?)?
            }
            None => None,
        };
        let reference = answer.client_reference_id.as_deref().and_then(text::hash);
        Ok(Report { reference, is_real: answer.livemode || self.is_here, stage, charge })
    }

    /// Gives all of a payment back. The same `again` makes no second refund; it is a new one only
    /// after the provider has refused.
    ///
    /// # Errors
    /// See [`CardError`].
    pub async fn give_back(&self, payment: &str, again: &str) -> Result<(), CardError> {
        let fields = [("payment_intent", payment)];
        match self.post("/v1/refunds", &fields, again).await {
            Ok(answer) => {
                let answer: RefundAnswer = read(&answer)?;
                let taken = matches!(answer.status.as_str(), "succeeded" | "pending");
                if taken { Ok(()) } else { Err(CardError::Refused) }
            }
            Err(Trouble::GivenBack) => Ok(()),
            Err(Trouble::Other(error)) => Err(error),
        }
    }

    /// Which payment an event is about, if it is about one of ours: a hint to ask the provider, and
    /// nothing more.
    ///
    /// # Errors
    /// [`CardError::Forged`].
    pub fn heard(
        &self,
        signature: &str,
        body: &[u8],
        now: Time,
    ) -> Result<Option<Hash>, CardError> {
        let secret = self.webhook_secret.as_ref().ok_or(CardError::Forged)?;
        if !signed::is_by(secret.expose().as_bytes(), signature, body, now) {
            return Err(CardError::Forged);
        }
        let event: Result<EventAnswer, _> = serde_json::from_slice(body);
        let object = event.ok().map(|event| event.data.object);
        let ours =
            object.and_then(|object| object.metadata.reference.or(object.client_reference_id));
        Ok(ours.as_deref().and_then(text::hash))
    }

    async fn post(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        again: &str,
    ) -> Result<Vec<u8>, Trouble> {
        let form = self.address(path, fields)?;
        let body = form.query().unwrap_or_default().to_owned();
        let mut headers = self.headers.clone();
        let again = HeaderValue::from_str(again).map_err(|_| CardError::Words)?;
        headers.insert(HeaderName::from_static("idempotency-key"), again);
        let url = self.address(path, &[])?;
        read_out(self.client.post(url).headers(headers).body(body)).await
    }

    /// An address there, or a form as addresses have it.
    fn address(&self, path: &str, fields: &[(&str, &str)]) -> Result<Url, CardError> {
        let url = format!("{}{path}", self.url);
        let url =
            if fields.is_empty() { Url::parse(&url) } else { Url::parse_with_params(&url, fields) };
        url.map_err(|_| CardError::Client)
    }

    /// Whether a parent may be sent there: over TLS, or to the program on this machine.
    fn may_be_shown(&self, page: &str) -> bool {
        let host = |url: &str| Url::parse(url).ok().map(|url| url.origin());
        let is_safe =
            page.starts_with("https://") || (self.is_here && host(page) == host(&self.url));
        is_safe && page.len() <= PAGE_BYTES_MAX && page.chars().all(|sign| sign.is_ascii_graphic())
    }
}

/// What came instead of an answer.
enum Trouble {
    /// Everything was given back before.
    GivenBack,
    Other(CardError),
}

impl From<CardError> for Trouble {
    fn from(error: CardError) -> Self {
        Self::Other(error)
    }
}

impl From<Trouble> for CardError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::GivenBack => Self::Refused,
            Trouble::Other(error) => error,
        }
    }
}

async fn answered(request: reqwest::RequestBuilder) -> Result<Vec<u8>, CardError> {
    Ok(read_out(request).await?)
}

async fn read_out(request: reqwest::RequestBuilder) -> Result<Vec<u8>, Trouble> {
    const UNAVAILABLE: Trouble = Trouble::Other(CardError::Unavailable);
    // What the transport says of an error may hold an address.
    let mut answer = request.send().await.map_err(|_| UNAVAILABLE)?;
    let status = answer.status();
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|_| UNAVAILABLE)? {
        if bytes.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(UNAVAILABLE);
        }
        bytes.extend_from_slice(&chunk);
    }
    match status {
        StatusCode::OK => Ok(bytes),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(CardError::SignIn.into()),
        // Another request with the same key is under way, or there were too many.
        StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS => Err(UNAVAILABLE),
        status if status.is_client_error() => {
            let failure: Result<Failure, _> = serde_json::from_slice(&bytes);
            let code = failure.ok().and_then(|failure| failure.error.code);
            match code.as_deref() {
                Some("charge_already_refunded") => Err(Trouble::GivenBack),
                _ => Err(CardError::Refused.into()),
            }
        }
        _ => Err(UNAVAILABLE),
    }
}

fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, CardError> {
    serde_json::from_slice(bytes).map_err(|_| CardError::Unavailable)
}

/// A provider's word for something, which becomes a part of addresses.
fn word(text: String) -> Result<String, CardError> {
    let fits = (1..=WORD_BYTES_MAX).contains(&text.len())
        && text.bytes().all(|sign| sign.is_ascii_alphanumeric() || sign == b'_');
    if fits { Ok(text) } else { Err(CardError::Unavailable) }
}

fn charge_of(intent: IntentAnswer) -> Result<Option<Charge>, CardError> {
    let Some(charge) = intent.latest_charge else { return Ok(None) };
    Ok(Some(Charge {
        payment: word(intent.id)?,
        reference: intent.metadata.reference.as_deref().and_then(text::hash),
        amount: charge.amount,
        currency: intent.currency,
        paid: charge.paid && intent.status == "succeeded",
        captured: charge.captured,
    }))
}

fn authorization(key: &str) -> Result<HeaderValue, CardError> {
    let plain = !key.is_empty() && key.bytes().all(|sign| sign.is_ascii_graphic());
    let value = HeaderValue::from_str(&format!("Bearer {key}"));
    let mut value = value.map_err(|_| CardError::Words)?;
    value.set_sensitive(true);
    if plain { Ok(value) } else { Err(CardError::Words) }
}

impl fmt::Debug for Cards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cards(stripe)")
    }
}
