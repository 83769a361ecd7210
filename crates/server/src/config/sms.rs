//! How parents are texted who are verified by their telephone.

use std::path::PathBuf;

use serde::Deserialize;

use super::{Config, Rule};
use crate::domain::letter::{Sender, SmsText};
use crate::domain::operator::Operator;
use crate::domain::sms::{SMS_CHARS_MAX, SmsCode};

/// How text messages go out; without it nobody is texted.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, tag = "kind", rename_all = "kebab-case")]
pub enum Sms {
    /// Into a folder, one file a message.
    Outbox {
        /// The folder.
        folder: PathBuf,
    },
    /// To a gateway that speaks as Kannel does.
    Gateway {
        /// Where it takes messages: `https://`, or `http://` on this machine.
        url: String,
        /// The user.
        username: String,
        /// A file that holds the password.
        password_file: PathBuf,
        /// Who the messages are from.
        from: String,
        /// An authority of one's own to trust instead of the public ones, in PEM.
        ca_file: Option<PathBuf>,
    },
}

impl Sms {
    /// What must hold of these keys, and whether it does.
    pub(super) fn rules(config: &Config) -> [Rule; 3] {
        let rule = |key, demand, holds| Rule { key, demand, holds };
        let gateway = match &config.sms {
            Some(Self::Gateway { url, from, .. }) => Some((url, from)),
            _ => None,
        };
        [
            rule(
                "sms.url",
                "sms.url must begin with https://, or http:// and an address of this machine, and \
                 hold no password",
                gateway.is_none_or(|(url, _)| super::alarms::is_safe(url)),
            ),
            rule(
                "sms.from",
                "sms.from must be a number of at most 15 digits, or a word of at most 11 signs",
                gateway.is_none_or(|(_, from)| is_sender(from)),
            ),
            rule(
                "sms",
                "server.public_url and operator.email must be so short that a text message can hold \
                 both, and plain ASCII",
                config.sms.is_none() || fits(config),
            ),
        ]
    }
}

/// Whether networks show this as a sender (3GPP TS 23.040 section 9.1.2.5).
fn is_sender(from: &str) -> bool {
    let number = from.strip_prefix('+').unwrap_or(from);
    let is_number = !number.is_empty() && number.bytes().all(|sign| sign.is_ascii_digit());
    let is_word = from.bytes().all(|sign| sign.is_ascii_alphanumeric());
    (is_number && number.len() <= 15) || (is_word && (1..=11).contains(&from.len()))
}

/// Whether each message is one, whatever the code.
fn fits(config: &Config) -> bool {
    let lines: Vec<&str> = config.operator.address.iter().map(String::as_str).collect();
    let operator = Operator::parse(&config.operator.name, &lines, &config.operator.email);
    let (Some(operator), Some(code)) = (operator, SmsCode::parse("00000000")) else {
        return false;
    };
    let sender = Sender { url: &config.server.public_url, operator: &operator };
    let messages = [SmsText::AskBySms { code: &code }, SmsText::ConsentBySms];
    messages.iter().map(|text| text.body(sender)).all(|text| {
        text.len() <= SMS_CHARS_MAX
            && text.bytes().all(|sign| sign == b' ' || sign.is_ascii_graphic())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(url: &str, email: &str) -> Config {
        let mut config: Config = toml::from_str(super::super::EXAMPLE).unwrap();
        config.sms = Some(Sms::Outbox { folder: PathBuf::from("/nowhere") });
        url.clone_into(&mut config.server.public_url);
        email.clone_into(&mut config.operator.email);
        config
    }

    #[test]
    fn a_message_is_one_or_the_service_doesnt_start() {
        config("https://treehouse.example", "operator@treehouse.example").check().unwrap();
        let long = format!("https://{}.example", "a".repeat(60));
        assert!(config(&long, "operator@treehouse.example").check().is_err());
        let mut silent = config(&long, "operator@treehouse.example");
        silent.sms = None;
        silent.check().unwrap();
    }

    #[test]
    fn a_sender_is_a_number_or_a_word() {
        for good in ["12345", "+15555550123", "Treehouse", "Tree4house1"] {
            assert!(is_sender(good), "{good}");
        }
        for wrong in ["", "+", "+1234567890123456", "Tree house", "Treehouse1234", "Tree\r\nX: y"] {
            assert!(!is_sender(wrong), "{wrong}");
        }
    }
}
