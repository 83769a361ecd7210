//! Letters to guardians and operators: into a folder, or through a mail server.
//!
//! A letter says as little as it can: mail is read by everybody on the way.

mod address;
mod smtp;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use lettre::Message;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, SinglePart};

pub use self::address::{ADDRESS_BYTES_MAX, Address, InvalidAddress};
use self::smtp::Smtp;
pub use self::smtp::{SmtpConfig, StartTls};
use super::clock::Clock;
use super::outbox::Outbox;
use super::randomness::Randomness;

/// The most bytes of a subject.
pub const SUBJECT_BYTES_MAX: usize = 200;
/// The most bytes of a text.
pub const TEXT_BYTES_MAX: usize = 64 * 1024;

/// A letter in plain text.
pub struct Letter {
    /// Who gets it.
    pub to: Address,
    /// One line, at most [`SUBJECT_BYTES_MAX`].
    pub subject: String,
    /// At most [`TEXT_BYTES_MAX`].
    pub text: String,
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Letter(●●)")
    }
}

/// Why a letter was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// A subject with a line break or other control character, or something too long.
    #[error(
        "write a subject of one line and at most {SUBJECT_BYTES_MAX} bytes, and a text of at most \
         {TEXT_BYTES_MAX} bytes"
    )]
    Unfit,
    /// The mail server will never take this letter.
    #[error("the mail server refuses this letter for good; ask for another address")]
    Refused,
    /// The mail server doesn't know our name or password.
    #[error("the mail server refuses our sign-in; check the user name and password")]
    SignIn,
    /// The mail server offers no TLS, or a certificate that nobody we trust has signed.
    #[error("the mail server's TLS can't be trusted; check its name and port, or give its CA")]
    Untrusted,
    /// The mail server can't be reached or has no time. The letter may or may not have gone out.
    #[error("the mail server does not answer as it should; try again later")]
    Unavailable,
    /// The folder of the outbox can't be written.
    #[error("the mail folder can't be written; check it and its disk")]
    Folder,
}

/// The way that letters go.
pub struct Mailer {
    way: Way,
    from: Address,
    clock: Arc<dyn Clock>,
    randomness: Randomness,
}

enum Way {
    Outbox(Outbox),
    Smtp(Smtp),
}

impl Mailer {
    /// Letters become files of a folder, which is made if it is missing: for demos and tests, and
    /// for operators whose own program picks them up.
    ///
    /// # Errors
    /// The folder can't be made.
    pub fn outbox(
        folder: &Path,
        from: Address,
        clock: Arc<dyn Clock>,
        randomness: Randomness,
    ) -> Result<Self, MailError> {
        // RFC 5322.
        let outbox = Outbox::open(folder, "eml").map_err(|_| MailError::Folder)?;
        Ok(Self { way: Way::Outbox(outbox), from, clock, randomness })
    }

    /// Letters go to a mail server, always over TLS. Nothing is sent yet: [`Self::ping`] tells
    /// whether the settings are right.
    ///
    /// # Errors
    /// The extra CA is no certificate.
    pub fn smtp(
        config: &SmtpConfig,
        clock: Arc<dyn Clock>,
        randomness: Randomness,
    ) -> Result<Self, MailError> {
        let from = config.from.clone();
        Ok(Self { way: Way::Smtp(Smtp::open(config)?), from, clock, randomness })
    }

    /// Sends a letter. Sending it again after [`MailError::Unavailable`] may deliver it twice.
    ///
    /// # Errors
    /// See [`MailError`].
    pub async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        let id = hex(&self.randomness.bytes());
        let message = self.compose(letter, &id)?;
        match &self.way {
            Way::Outbox(outbox) => {
                outbox.write(id, message.formatted()).await.map_err(|_| MailError::Folder)
            }
            Way::Smtp(smtp) => smtp.send(message).await,
        }
    }

    /// Asks the mail server for an answer, to tell whether it is there and lets us in.
    ///
    /// # Errors
    /// As for sending.
    pub async fn ping(&self) -> Result<(), MailError> {
        match &self.way {
            Way::Outbox(outbox) => outbox.ping().await.map_err(|_| MailError::Folder),
            Way::Smtp(smtp) => smtp.ping().await,
        }
    }

    fn compose(&self, letter: &Letter, id: &str) -> Result<Message, MailError> {
        let Letter { to, subject, text } = letter;
        // A line break could start a header of the attacker's own.
        let fits = subject.len() <= SUBJECT_BYTES_MAX && !subject.chars().any(char::is_control);
        if !fits || text.len() > TEXT_BYTES_MAX {
            return Err(MailError::Unfit);
        }
        Message::builder()
            .from(Mailbox::new(None, self.from.to_lettre()))
            .to(Mailbox::new(None, to.to_lettre()))
            .subject(subject.as_str())
            .date(self.clock.now().system_time())
            .message_id(Some(format!("<{id}@{}>", self.from.domain())))
            // RFC 3834: keeps holiday notices from answering.
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .singlepart(SinglePart::plain(text.clone()))
            .map_err(|_| MailError::Unfit)
    }
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.way {
            Way::Outbox(_) => "Mailer(outbox)",
            Way::Smtp(_) => "Mailer(smtp)",
        })
    }
}

fn hex(bytes: &[u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(*bytes))
}
