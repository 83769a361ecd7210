//! Text messages to parents who are verified by their telephone: into a folder, or through a gateway of
//! the operator's that speaks as Kannel does (User's Guide 1.4.5, "Using HTTP POST method").
//!
//! A number goes nowhere else: nothing but this takes a [`ConsentSmsNumber`].

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, StatusCode, header};

use super::outbox::Outbox;
use super::randomness::Randomness;
use super::secret_text::SecretText;
use super::web;
use crate::domain::sms::{ConsentSmsNumber, SMS_CHARS_MAX};

/// How long a gateway may take for one message, in seconds.
const SEND_S_MAX: u64 = 5;

/// Why a text message was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SmsError {
    /// It's too long for one message, or has signs that not every telephone shows.
    #[error("a text message must be of at most {SMS_CHARS_MAX} signs, all of them of GSM 03.38")]
    Unfit,
    /// The gateway will never take this message: nobody there has that number.
    #[error("the SMS gateway refuses this message for good")]
    Refused,
    /// The gateway doesn't know our name or password, or this machine.
    #[error(
        "the SMS gateway refuses our sign-in; check sms.username, sms.password_file, and whom it allows"
    )]
    SignIn,
    /// The gateway can't be reached or has no time. The message may or may not have gone out.
    #[error("the SMS gateway does not answer as it should; try again later")]
    Unavailable,
    /// The authorities to trust aren't there; what is wrong with their file.
    #[error("the file of its authority {0}")]
    Authorities(&'static str),
    /// User, password or sender can't be sent.
    #[error("sms.username, sms.from and the password must be plain ASCII on one line")]
    Words,
    /// There is no client to send with.
    #[error("an SMS gateway can't be called from this machine")]
    Client,
    /// The folder of the outbox can't be written.
    #[error("the folder of text messages can't be written; check it and its disk")]
    Folder,
}

/// A gateway, and who we are there.
#[derive(Debug, Clone)]
pub struct GatewayConfig {
    /// Where it takes messages, such as `https://sms.example/cgi-bin/sendsms`.
    pub url: String,
    /// The user.
    pub username: String,
    /// The password.
    pub password: SecretText,
    /// Who the messages are from: a number, or a word where the networks allow one.
    pub from: String,
    /// A file with authorities (PEM) that are trusted instead of the public ones.
    pub ca_file: Option<PathBuf>,
}

/// The way that text messages go.
pub struct Sms(Way);

enum Way {
    Outbox(Outbox, Randomness),
    Gateway(Box<Gateway>),
}

struct Gateway {
    url: String,
    headers: HeaderMap,
    client: Client,
}

impl Sms {
    /// Messages become files of a folder, which is made if it is missing: for demos and tests, and
    /// for operators whose own program picks them up.
    ///
    /// # Errors
    /// The folder can't be made.
    pub fn outbox(folder: &Path, randomness: Randomness) -> Result<Self, SmsError> {
        let outbox = Outbox::open(folder, "txt").map_err(|_| SmsError::Folder)?;
        Ok(Self(Way::Outbox(outbox, randomness)))
    }

    /// Messages go to a gateway. Nothing is sent yet.
    ///
    /// # Errors
    /// What [`GatewayConfig`] names can't be used.
    pub fn gateway(config: &GatewayConfig) -> Result<Self, SmsError> {
        let roots = web::trusted(config.ca_file.as_deref()).map_err(SmsError::Authorities)?;
        let client = web::client(Duration::from_secs(SEND_S_MAX), roots);
        let client = client.ok_or(SmsError::Client)?;
        let mut headers = HeaderMap::new();
        let plain = HeaderValue::from_static("text/plain");
        headers.insert(header::CONTENT_TYPE, plain);
        let words = [
            ("x-kannel-username", config.username.as_str()),
            ("x-kannel-password", config.password.expose()),
            ("x-kannel-from", config.from.as_str()),
        ];
        for (name, word) in words {
            headers.insert(HeaderName::from_static(name), secret(word)?);
        }
        Ok(Self(Way::Gateway(Box::new(Gateway { url: config.url.clone(), headers, client }))))
    }

    /// Sends a message. Sending it again after [`SmsError::Unavailable`] may deliver it twice.
    ///
    /// # Errors
    /// See [`SmsError`].
    pub async fn send(&self, to: &ConsentSmsNumber, text: &str) -> Result<(), SmsError> {
        if text.chars().count() > SMS_CHARS_MAX || !text.chars().all(is_plain) {
            return Err(SmsError::Unfit);
        }
        match &self.0 {
            Way::Outbox(outbox, randomness) => {
                let id = format!("{:032x}", u128::from_be_bytes(randomness.bytes()));
                let file = format!("To: {}\n\n{text}\n", to.text());
                outbox.write(id, file.into_bytes()).await.map_err(|_| SmsError::Folder)
            }
            Way::Gateway(gateway) => gateway.send(to, text).await,
        }
    }
}

/// A letter of ASCII that is one of GSM 03.38, too, without an escape; never a line break.
fn is_plain(sign: char) -> bool {
    sign == ' ' || (sign.is_ascii_graphic() && !"[\\]^`{|}~".contains(sign))
}

fn secret(word: &str) -> Result<HeaderValue, SmsError> {
    let plain = !word.is_empty() && word.is_ascii();
    let mut value = HeaderValue::from_str(word).map_err(|_| SmsError::Words)?;
    value.set_sensitive(true);
    if plain { Ok(value) } else { Err(SmsError::Words) }
}

impl Gateway {
    /// The number and the words of the sign-in are headers: an address stands in logs on the way.
    async fn send(&self, to: &ConsentSmsNumber, text: &str) -> Result<(), SmsError> {
        let mut headers = self.headers.clone();
        headers.insert(HeaderName::from_static("x-kannel-to"), secret(to.text())?);
        let request = self.client.post(&self.url).headers(headers).body(text.to_owned());
        // What the transport says of an error may hold an address.
        let answer = request.send().await.map_err(|_| SmsError::Unavailable)?;
        match answer.status() {
            // Taken, or held for later: then it's the gateway's.
            StatusCode::ACCEPTED | StatusCode::OK => Ok(()),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(SmsError::SignIn),
            StatusCode::BAD_REQUEST => Err(SmsError::Refused),
            _ => Err(SmsError::Unavailable),
        }
    }
}

impl fmt::Debug for Sms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Way::Outbox(..) => "Sms(outbox)",
            Way::Gateway(_) => "Sms(gateway)",
        })
    }
}
