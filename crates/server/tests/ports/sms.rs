//! Text messages into a folder, and through Kannel to telephones.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use tempfile::TempDir;
use treehouse_server::domain::sms::{ConsentSmsNumber, SMS_CHARS_MAX};
use treehouse_server::port::secret_text::SecretText;
use treehouse_server::port::sms::{GatewayConfig, Sms, SmsError};

use crate::surroundings::{fresh_word, path, randomness, variable};

/// Looks at the telephones, a tenth of a second apart.
const LOOKS_MAX: u32 = 100;
const LOOK_MS: u64 = 100;

fn number(text: &str) -> ConsentSmsNumber {
    ConsentSmsNumber::parse(text).unwrap()
}

fn config() -> GatewayConfig {
    GatewayConfig {
        url: variable("TREEHOUSE_TEST_SMS"),
        username: variable("TREEHOUSE_TEST_SMS_USER"),
        password: SecretText::new(variable("TREEHOUSE_TEST_SMS_PASSWORD")),
        from: "Treehouse".to_owned(),
        ca_file: None,
    }
}

/// How often the telephones were shown this.
fn shown(line: &str) -> usize {
    let phones = fs::read_to_string(path("TREEHOUSE_TEST_SMS_PHONES")).unwrap();
    phones.matches(line).count()
}

/// Waits until a message stands on a telephone, whole.
async fn arrives(to: &str, text: &str) {
    let line = format!("<Treehouse {to} text {text}>");
    for _ in 0..LOOKS_MAX {
        if shown(&line) == 1 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(LOOK_MS)).await;
    }
    panic!("no telephone shows {line}")
}

#[tokio::test]
async fn a_text_goes_through_kannel_to_its_telephone() {
    let (sms, word) = (Sms::gateway(&config()).unwrap(), fresh_word());
    let text = format!("{word}: it's 1234 5678, isn't it? 100%+ & <a@b_c.example>; \"x\"=y/z #1!");
    sms.send(&number("+1 555 555 0101"), &text).await.unwrap();
    arrives("+15555550101", &text).await;
    let longest = format!("{word}{}", "x".repeat(SMS_CHARS_MAX - word.len()));
    sms.send(&number("+15555550102"), &longest).await.unwrap();
    arrives("+15555550102", &longest).await;
}

#[tokio::test]
async fn a_gateway_that_refuses_says_which_of_both_is_wrong() {
    let word = fresh_word();
    let wrong = GatewayConfig { password: SecretText::new("wrong".to_owned()), ..config() };
    let refused = Sms::gateway(&wrong).unwrap().send(&number("+15555550103"), &word).await;
    assert_eq!(refused, Err(SmsError::SignIn));
    let nobody = format!("{}55555555", variable("TREEHOUSE_TEST_SMS_REFUSED"));
    let sms = Sms::gateway(&config()).unwrap();
    assert_eq!(sms.send(&number(&nobody), &word).await, Err(SmsError::Refused));
    let away = GatewayConfig { url: "http://127.0.0.1:9/cgi-bin/sendsms".to_owned(), ..config() };
    let sms_away = Sms::gateway(&away).unwrap();
    assert_eq!(sms_away.send(&number("+15555550103"), &word).await, Err(SmsError::Unavailable));
    // The control: the same message, rightly sent, is the only one that comes.
    sms.send(&number("+15555550103"), &word).await.unwrap();
    arrives("+15555550103", &word).await;
    assert_eq!(shown(&word), 1);
}

#[tokio::test]
async fn what_isnt_one_short_message_isnt_sent() {
    let folder = TempDir::new().unwrap();
    let sms = Sms::outbox(folder.path(), randomness()).unwrap();
    let long = "x".repeat(SMS_CHARS_MAX + 1);
    for text in [long.as_str(), "two\nlines", "a\r\nX-Kannel-To: +1", "é", "{}", "a\0b"] {
        assert_eq!(sms.send(&number("+15555550104"), text).await, Err(SmsError::Unfit), "{text:?}");
    }
    for word in ["", "two\nlines", "é"] {
        let config = GatewayConfig { username: word.to_owned(), ..config() };
        assert_eq!(Sms::gateway(&config).unwrap_err(), SmsError::Words, "{word:?}");
    }
    sms.send(&number("+15555550104"), "short").await.unwrap();
    let files: Vec<PathBuf> =
        fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 1);
    assert_eq!(fs::read_to_string(&files[0]).unwrap(), "To: +15555550104\n\nshort\n");
    assert_eq!(fs::metadata(&files[0]).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_gateway_prints_nothing_of_itself() {
    let config = config();
    assert!(!format!("{config:?}").contains(config.password.expose()));
    assert_eq!(format!("{:?}", Sms::gateway(&config).unwrap()), "Sms(gateway)");
}
